package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/openaifiles/terraform-provider-openai/internal/provider"
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

func TestAccFileResource_rejectedFormatIsAnErrorAtPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ purpose, filename, content, want string }{
		"line that is no object":   {"fine-tune", "train.jsonl", "{}\n[]\n", `File .*would be rejected for the purpose fine-tune.*line 2: an array.*check_format = false.*terraform destroy -refresh=false`},
		"array in a line":          {"fine-tune", "train.jsonl", `[{"messages":[]}]`, `File .*would be rejected.*the file: content is one JSON array`},
		"extension of fine-tuning": {"fine-tune", "train.txt", "{}\n", `File .*would be rejected.*\.jsonl`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			source := writeFile(t, filepath.Join(t.TempDir(), test.filename), test.content)
			s.run(t, resource.TestStep{Config: s.ofPurpose(test.purpose, source), PlanOnly: true, ExpectError: says(test.want)})
			s.expectSent(t, "POST", 0)()
		})
	}
}

// formatDiagnostics writes diagnostics as a user reads them.
func formatDiagnostics(diags diag.Diagnostics) string {
	var all []string
	for _, d := range diags {
		all = append(all, fmt.Sprintf("%s: %s\n%s\n", d.Severity(), d.Summary(), d.Detail()))
	}
	return strings.Join(all, "\n")
}

func TestFormat_messages(t *testing.T) {
	const (
		openAI = "https://api.openai.com/v1"
		chat   = `{"messages":[{"role":"user","content":"Hello."},{"role":"assistant","content":"Hello."}]}` + "\n"
		lfs    = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
		off    = " check_format = false turns this check off."
		skips  = ` check_format = false turns this check off; "terraform destroy -refresh=false" skips it.`
	)
	noModel := func(n int) string {
		return strings.ReplaceAll(strings.ReplaceAll(lines(n), `"model":"gpt-5-mini",`, ""), `"x"`, `"secret"`)
	}
	bad := "" // each line is bad in a way of its own
	for _, line := range []string{`{"messages":1}`, `{"prompt":1}`, `{"completion":1}`, `{"input":{"messages":1}}`, `{"a":1}`} {
		bad += line + "\n"
	}
	for _, test := range []struct{ name, purpose, filename, baseURL, disk, content, want string }{
		{"good", "batch", "a.jsonl", openAI, "a.jsonl", lines(3), ""},
		{
			"the same in many lines", "batch", "a.jsonl", openAI, "in/a.jsonl", noModel(6150),
			"Warning: File a.jsonl may be rejected by the batch job\nin/a.jsonl:\n  line 1 and 6,149 others: body.model is missing\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{
			"two lines, and others", "batch", "a.jsonl", openAI, "a.jsonl", lines(2) + lines(2),
			"Warning: File a.jsonl may be rejected by the batch job\na.jsonl:\n  lines 1, 3 and 1 other: custom_id \"0\" is used twice\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{
			"inline content is not repeated", "batch", "a.jsonl", openAI, "", lines(1) + lines(1),
			"Warning: File a.jsonl may be rejected by the batch job\ncontent:\n  lines 1 and 2: custom_id … is used twice\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{
			"batch without the extension", "batch", "a.txt", openAI, "a.txt", lines(1),
			"Warning: File a.txt may be rejected by the batch job\na.txt:\n  the file: the filename \"a.txt\" does not end in .jsonl\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{
			"error and warning", "fine-tune", "a.jsonl", openAI, "a.jsonl", chat + "[]\n",
			"Error: File a.jsonl would be rejected for the purpose fine-tune\na.jsonl:\n  line 2: an array, not an object\n\nOpenAI rejects the upload." + skips + "\n\n" +
				"Warning: File a.jsonl may be rejected by the fine-tune job\na.jsonl:\n  the file: 2 of the 10 examples that a training file needs; a validation file may have fewer\n\n" +
				"Fixing the errors alone may not be enough: the job that uses the file may reject it." + off + "\n",
		},
		{
			"many kinds", "fine-tune", "a.jsonl", openAI, "a.jsonl", bad + chat + chat + chat + chat + strings.NewReplacer(`"user"`, `"human"`, `"Hello."`, `1`).Replace(chat),
			"Warning: File a.jsonl may be rejected by the fine-tune job\na.jsonl:\n  line 1: messages is a number, not an array\n" +
				"  lines 1, 2 and 2 others: a prompt and completion example, but the first one is a chat example\n  line 2: prompt is a number, not a string\n" +
				"  line 2: completion is missing\n  line 3: prompt is missing\n  line 3: completion is a number, not a string\n" +
				"  line 4: input.messages is a number, not an array\n  line 4: preferred_output is missing\n  line 4: non_preferred_output is missing\n" +
				"  line 5: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion\n  and 2 more kinds of problems\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{
			"byte order mark for OpenAI", "fine-tune", "a.jsonl", "https://API.OpenAI.com:443/v1", "a.jsonl", "\ufeff" + strings.Repeat(chat, 10),
			"Error: File a.jsonl would be rejected for the purpose fine-tune\na.jsonl:\n  line 1: starts with a byte order mark; save the file as UTF-8 without one\n\nOpenAI rejects the upload." + skips + "\n",
		},
		{
			"byte order mark for Azure", "fine-tune", "a.jsonl", "https://name.openai.azure.com/openai/v1", "a.jsonl", "\ufeff" + strings.Repeat(chat, 10),
			"Warning: File a.jsonl may be rejected by the fine-tune job\na.jsonl:\n  line 1: starts with a byte order mark, which Azure OpenAI requires and OpenAI rejects\n\n" +
				"The service accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{"batch for Azure", "batch", "a.jsonl", "https://name.openai.azure.com/openai/v1", "a.jsonl", strings.ReplaceAll(lines(3), "/v1/responses", "/chat/completions"), ""},
		{
			"batch for Azure at OpenAI, which an empty URL means", "batch", "a.jsonl", "", "a.jsonl", strings.ReplaceAll(lines(3), "/v1/responses", "/chat/completions"),
			"Warning: File a.jsonl may be rejected by the batch job\na.jsonl:\n  line 1: url is \"/chat/completions\", which is not an endpoint that batches of OpenAI can call\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{
			"pointer of any purpose", "user_data", "a.pdf", openAI, "in/a.pdf", lfs,
			"Warning: File a.pdf is a Git LFS pointer\nin/a.pdf contains a reference to the content, not the content itself. " +
				"Run \"git lfs pull\" to fetch it before the apply." + off + "\n",
		},
		{
			"pointer of a batch", "batch", "a.jsonl", openAI, "a.jsonl", lfs,
			"Warning: File a.jsonl may be rejected by the batch job\na.jsonl:\n  the file: content is a Git LFS pointer, not JSON Lines; fetch the content with \"git lfs pull\"\n\n" +
				"OpenAI accepts the upload, but the job that uses the file may reject it." + off + "\n",
		},
		{"compressed data of another purpose", "user_data", "a.gz", openAI, "a.gz", "\x1f\x8b\x08", ""},
		{"short content of another purpose", "user_data", "a.txt", openAI, "a.txt", "v", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := formatDiagnostics(provider.CheckFormat(test.purpose, test.filename, test.baseURL, test.disk, test.content, true))
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
			if got := provider.CheckFormat(test.purpose, test.filename, test.baseURL, test.disk, test.content, false); len(got) > 0 {
				t.Errorf("turned off: got %v, want nothing", got)
			}
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
	expectOutput(t, out, `Warning: File .*may be rejected by the batch job .*lines 8 and 1001: .*custom_id`)
	expectOutput(t, out, `Warning: File will expire after 30 days`)

	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if out := w.mustRun(t, "plan", "-no-color"); strings.Contains(out, "Warning: File") {
		t.Errorf("a warning of bytes that are uploaded:\n%s", out)
	}

	writeFile(t, source, lines(1000)+fmt.Sprintf(batchLine, 7)+"\n"+fmt.Sprintf(batchLine, 8))
	out = w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `1 to add, 0 to change, 1 to destroy`)
	expectOutput(t, out, `lines 8, 1001 and 1 other: custom_id .* line 1002: blank line`)
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
	expectOutput(t, out, `Warning: File .*may be rejected by the evals job .*bad\.jsonl: line 2: `)
	if strings.Contains(out, "good.jsonl:") {
		t.Errorf("a warning of the good file:\n%s", out)
	}
}
