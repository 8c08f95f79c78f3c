package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/cli"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// shellBlocks returns the blocks of commands on a page, without the indentation of the list they are in.
func shellBlocks(page string) []string {
	var blocks []string
	for _, match := range regexp.MustCompile("(?ms)^( *)```shell\n(.*?)^ *```$").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, strings.ReplaceAll("\n"+match[2], "\n"+match[1], "\n"))
	}
	return blocks
}

// newGuide returns a workspace that holds an example of a guide, and installs the provider with init.
func newGuide(t *testing.T, s service, dir string) *workspace {
	t.Helper()
	for _, program := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not on PATH", program)
		}
	}
	w := copyExample(t, s, dir)
	provider, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	installation, err := cli.Mirror(filepath.Join(t.TempDir(), "mirror"), provider)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(w.dir, "cli.rc"), installation)
	return w
}

// shell runs commands of a page and returns what they print. Requests to OpenAI go to the fake, and an apply does not ask.
func (w *workspace) shell(t *testing.T, s service, commands string, env ...string) (string, error) {
	t.Helper()
	commands = strings.NewReplacer("https://api.openai.com/v1", s.URL, "sk-…", openaitest.Key).Replace(commands)
	const program = "terraform() { \"$CLI\" \"$@\"; }\n"
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", program+commands)
	inOwnGroup(cmd)
	cmd.WaitDelay = time.Second
	cmd.Dir = w.dir
	cmd.Env = append(slices.Clone(w.env), "CLI="+w.cli, "TF_CLI_ARGS_apply=-auto-approve")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (w *workspace) mustShell(t *testing.T, s service, commands string) string {
	t.Helper()
	out, err := w.shell(t, s, commands)
	if err != nil {
		t.Fatalf("%s\n%s\n%s", commands, err, out)
	}
	return out
}

// submatch returns what the group of a pattern matches.
func submatch(t *testing.T, pattern, text string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no match for %s in\n%s", pattern, text)
	}
	return match[1]
}

// The commands of the guide upload the requests, run the batch, and read the answers.
func TestAccGuides_batch(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newGuide(t, s, "guides/batch")
	blocks := shellBlocks(read(t, filepath.Join(docsDir, "guides", "batch.md")))
	if len(blocks) != 4 {
		t.Fatalf("got %d blocks of commands, want 4", len(blocks))
	}
	w.mustShell(t, s, blocks[0])
	id := submatch(t, `"id": "(batch_\w+)"`, w.mustShell(t, s, blocks[1]))
	got := w.mustShell(t, s, strings.ReplaceAll(blocks[2], "batch_abc123", id))
	if status := submatch(t, `"status": "(\w+)"`, got); status != "completed" {
		t.Fatalf("got the status %s\n%s", status, got)
	}
	output := submatch(t, `"output_file_id": "(file-\w+)"`, got)
	got = w.mustShell(t, s, strings.ReplaceAll(blocks[3], placeholderFile, output))
	for _, review := range []string{"coat", "gloves", "scarf"} {
		if !regexp.MustCompile(`"` + review + `" = "[^"]+"`).MatchString(got) {
			t.Errorf("got no answer about the %s\n%s", review, got)
		}
	}
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
}

// The guide finds the files of an interrupted run; one is deleted, and one is imported.
func TestAccGuides_interruptedRun(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newGuide(t, s, "guides/when-things-fail")
	blocks := shellBlocks(read(t, filepath.Join(docsDir, "guides", "when-things-fail.md")))
	if len(blocks) != 2 {
		t.Fatalf("got %d blocks of commands, want 2", len(blocks))
	}
	const handbook = "# Handbook\n\nOrders can be returned within 30 days.\n"
	unwanted := s.AddFile("handbook.md", "user_data", []byte(handbook)).ID
	found := s.AddFile("handbook.md", "user_data", []byte(handbook)).ID
	w.mustRun(t, "init")
	out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
	for _, id := range []string{unwanted, found} {
		expectOutput(t, out, `"`+id+`" = "\d+ bytes, uploaded at `)
	}

	w.mustShell(t, s, "export OPENAI_API_KEY='sk-…'\n"+strings.ReplaceAll(blocks[0], placeholderFile, unwanted))
	writeFile(t, filepath.Join(w.dir, "found.tf"), fmt.Sprintf(`
resource "openai_file" "found" {
  purpose  = "user_data"
  filename = "handbook.md"
  content  = %q
}
`, handbook))
	w.mustShell(t, s, strings.ReplaceAll(blocks[1], placeholderFile, found))
	expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color"), `0 added, 1 changed, 0 destroyed`)
	if got := len(s.Files()); got != 2 {
		t.Errorf("got %d files, want 2: that of the configuration and the imported one", got)
	}
}

// The guide moves a file of another provider without uploading or deleting anything.
func TestAccGuides_movingFromAnotherProvider(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := copyExample(t, s, "guides/migrating")
	file := s.AddFile("handbook.md", "user_data", []byte(read(t, filepath.Join(w.dir, "data", "handbook.md"))))
	const earlier = `openai = { source = "mkdev-me/openai" }`
	w.startNeighbors(t, earlier, []neighbor{{address: "mkdev-me/openai", resources: []object{
		{name: "file", arguments: []string{"file", "purpose"}, returns: map[string]string{"id": file.ID}},
	}}})
	example := read(t, filepath.Join(w.dir, "main.tf"))
	writeFile(t, filepath.Join(w.dir, "main.tf"), `
terraform {
  required_providers {
    `+earlier+`
  }
}

resource "openai_file" "old_handbook" {
  file    = "data/handbook.md"
  purpose = "user_data"
}
`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")

	writeFile(t, filepath.Join(w.dir, "main.tf"), strings.Replace(strings.ReplaceAll(example, placeholderFile, file.ID),
		"openaifiles = {", earlier+"\n    openaifiles = {", 1))
	s.ResetRequests()
	out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
	expectOutput(t, out, `1 imported, 0 added, 1 changed, 0 destroyed`)
	expectOutput(t, out, `openai_file\.old_handbook will (no longer be managed|not be managed anymore)`)
	s.expectSent(t, "POST", 0)()
	s.expectSent(t, "DELETE", 0)()
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
}

// steps returns the commands of a job of the workflow.
func steps(t *testing.T, job string) []string {
	t.Helper()
	_, workflow, _ := strings.Cut(read(t, filepath.Join(docsDir, "guides", "pipelines.md")), "```yaml\n")
	workflow, _, _ = strings.Cut(workflow, "```\n")
	_, text, ok := strings.Cut(workflow, "\n  "+job+":\n")
	if !ok {
		t.Fatalf("the workflow has no job %s", job)
	}
	if end := regexp.MustCompile(`\n  \w+:\n`).FindStringIndex(text); end != nil {
		text = text[:end[0]+1]
	}
	var all []string
	for _, match := range regexp.MustCompile(`(?m)^(?:      - |        )run: (?:\|\n((?:          .*\n)+)|(.+)$)`).FindAllStringSubmatch(text, -1) {
		all = append(all, match[1]+match[2])
	}
	return all
}

// The jobs of the workflow plan, summarize the plan, and apply it.
func TestAccGuides_workflow(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newGuide(t, s, "guides/pipelines")
	plan, apply := steps(t, "plan"), steps(t, "apply")
	if len(plan) != 2 || len(apply) != 2 {
		t.Fatalf("got the steps %q and %q, want two of each job", plan, apply)
	}
	// What the commands need around them, which only GitHub reads.
	page := read(t, filepath.Join(docsDir, "guides", "pipelines.md"))
	for _, want := range []string{
		"      - id: plan\n        shell: bash #", "      exitcode: ${{ steps.plan.outputs.exitcode }}\n", "          path: tfplan\n",
		"\n    if: github.event_name == 'push' && needs.plan.outputs.exitcode == '2'\n", "          name: tfplan\n      - run: terraform apply ",
		"      - if: github.event_name == 'push' && steps.plan.outputs.exitcode == '2'\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the workflow lacks %q", want)
		}
	}
	w.mustRun(t, "init") // writes .terraform.lock.hcl, which the jobs need
	output, summary := filepath.Join(w.dir, "output"), filepath.Join(w.dir, "summary")
	run := func(commands []string) error {
		t.Helper()
		for _, file := range []string{output, summary} {
			if err := os.RemoveAll(file); err != nil {
				t.Fatal(err)
			}
		}
		out, err := w.shell(t, s, strings.Join(commands, "\n"), "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary)
		t.Log(out)
		return err
	}
	expect := func(exitcode, text string) {
		t.Helper()
		if got, want := read(t, output), "exitcode="+exitcode+"\n"; got != want {
			t.Errorf("got the output %q, want %q", got, want)
		}
		if got := read(t, summary); got != text {
			t.Errorf("got the summary\n%s\nwant\n%s", got, text)
		}
	}

	if err := run(plan); err != nil {
		t.Fatal(err)
	}
	expect("2", "**openai_file_set.docs**: create\n- upload: 3\n  - faq/care.md\n  - faq/sizes.md\n  - returns.md\n")
	s.expectSent(t, "POST", 0)()
	if err := run(apply); err != nil {
		t.Fatal(err)
	}
	if got := len(s.Files()); got != 3 {
		t.Errorf("got %d files, want 3", got)
	}
	if err := run(plan); err != nil {
		t.Fatal(err)
	}
	expect("0", "No changes.\n")

	// A problem of the plan fails the job, and the summary says what it is.
	w.mustReplace(t, `purpose = "user_data"`, `purpose = ""`)
	if err := run(plan); err == nil {
		t.Error("got no error for a plan that fails")
	}
	if got := read(t, output); got != "exitcode=1\n" {
		t.Errorf("got the output %q, want exit code 1", got)
	}
	if got := read(t, summary); !strings.HasPrefix(got, "**error**: ") {
		t.Errorf("got the summary %q, want the error of the plan", got)
	}
}
