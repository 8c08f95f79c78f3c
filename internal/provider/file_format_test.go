package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

const batchLine = `{"custom_id":"%d","method":"POST","url":"/v1/responses","body":{"model":"gpt-5-mini","input":"x"}}` + "\n"

func lines(n int) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, batchLine, i)
	}
	return all.String()
}

func (s service) ofPurpose(purpose, source string, more ...string) string {
	return strings.Replace(s.fromSource(source, more...), "user_data", purpose, 1)
}

func TestAccFileResource_refusedFormatIsAnErrorAtPlan(t *testing.T) {
	for name, test := range map[string]struct{ purpose, filename, content, want string }{
		"extension of a batch":     {"batch", "lines.json", lines(1), `File .*would be refused for the purpose batch.*\.jsonl.*check_format = false`},
		"line that is no object":   {"fine-tune", "train.jsonl", "{}\n[]\n", `File .*would be refused for the purpose fine-tune.*line 2`},
		"byte order mark":          {"fine-tune", "train.jsonl", "\ufeff{}\n", `File .*would be refused.*byte order mark`},
		"extension of fine-tuning": {"fine-tune", "train.txt", "{}\n", `File .*would be refused.*\.jsonl`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			source := writeFile(t, filepath.Join(t.TempDir(), test.filename), test.content)
			s.run(t, resource.TestStep{Config: s.ofPurpose(test.purpose, source), PlanOnly: true, ExpectError: says(test.want)})
			s.expectSent(t, "POST", 0)()
		})
	}
}

func TestAccFileResource_formatIsNotCheckedWhenTurnedOff(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "train.jsonl"), "[]\n")
	s.run(t, resource.TestStep{
		Config:      s.ofPurpose("fine-tune", source, "check_format = false"),
		ExpectError: says(`File was not uploaded`, `every line is a`), // the service refuses it now
	})
	s.expectSent(t, "POST", 1)()
}

func TestAccCLI_formatThatALaterJobRefusesIsWarnedOf(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, strings.Replace(oneFile, "user_data", "batch", 1)+"\n")
	w.mustReplace(t, "data/notes.txt", "data/lines.jsonl")
	source := filepath.Join(w.dir, "data", "lines.jsonl")
	writeFile(t, source, lines(1000)+fmt.Sprintf(batchLine, 7))

	out := w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: File .*may be useless for the purpose batch .*lines 8 and 1001: .*custom_id`)
	expectOutput(t, out, `Warning: File will expire after 30 days`)

	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if out := w.mustRun(t, "plan", "-no-color"); strings.Contains(out, "Warning: File") {
		t.Errorf("a warning of bytes that are uploaded:\n%s", out)
	}

	writeFile(t, source, lines(1000)+fmt.Sprintf(batchLine, 7)+"\n"+fmt.Sprintf(batchLine, 8))
	out = w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `1 to add, 0 to change, 1 to destroy`)
	expectOutput(t, out, `lines 8 and 1001: .*custom_id`)
	expectOutput(t, out, `Warning: File will expire after 30 days`)
}

// What is planned anew because of another purpose is looked at as well.
func TestAccCLI_otherPurposeIsCheckedAtThePlan(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"openai_file":     strings.Replace(oneFile, "data/notes.txt", "lines.jsonl", 1),
		"openai_file_set": strings.Replace(strings.ReplaceAll(batchSet, "requests.jsonl", "lines.jsonl"), `"batch"`, `"user_data"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, newFake(t), config)
			writeFile(t, filepath.Join(w.dir, "lines.jsonl"), lines(2)+fmt.Sprintf(batchLine, 1))
			w.mustRun(t, "apply", "-auto-approve", "-no-color")
			w.mustReplace(t, "user_data", "batch")
			out := w.mustRun(t, "plan", "-no-color")
			expectOutput(t, out, `1 to add, 0 to change, 1 to destroy`)
			expectOutput(t, out, `lines 2 and 3: .*custom_id`)
			expectOutput(t, out, `Warning: File will expire after 30 days`)
		})
	}
}

// Terraform shows one of several warnings with the same summary.
func TestAccCLI_formatOfEachFileIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), `
resource "openai_file" "test" {
  for_each = toset(["a.jsonl", "b.jsonl"])
  purpose  = "evals"
  source   = each.value
}
`)
	for _, name := range []string{"a.jsonl", "b.jsonl"} {
		writeFile(t, filepath.Join(w.dir, name), "{}\n")
	}
	out := w.mustRun(t, "plan", "-no-color")
	for _, name := range []string{"a.jsonl", "b.jsonl"} {
		expectOutput(t, out, name+`: line 1: item is missing`)
	}
}

func TestAccCLI_formatOfManyFilesIsWarnedOf(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, `
resource "openai_file_set" "test" {
  purpose = "evals"
  files   = { "good.jsonl" = "good.jsonl", "bad.jsonl" = "bad.jsonl" }
}
`)
	writeFile(t, filepath.Join(w.dir, "good.jsonl"), `{"item":{"q":1}}`+"\n")
	writeFile(t, filepath.Join(w.dir, "bad.jsonl"), `{"item":{"q":1}}`+"\n"+`{"q":1}`+"\n")
	out := w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: File .*may be useless for the purpose evals .*bad\.jsonl: line 2: `)
	if strings.Contains(out, "good.jsonl:") {
		t.Errorf("a warning of the good file:\n%s", out)
	}
}
