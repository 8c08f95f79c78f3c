package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A destroy plans first, so a broken local file must not be in its way, or the error says how to get past it.
func TestAccCLI_destroyWithBrokenLocalFile(t *testing.T) {
	t.Parallel()
	const example = `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}` + "\n"
	for name, test := range map[string]struct {
		config string
		broken func(path string) error
		want   string // warning or error
		fails  bool
	}{
		"missing":    {oneFile, os.Remove, "", false},
		"empty":      {oneFile, func(path string) error { return os.Truncate(path, 0) }, "", false},
		"other hash": {strings.Replace(oneFile, "  source ", "  content_sha256 = \""+oneSHA256+"\"\n  source ", 1), func(path string) error { return os.WriteFile(path, []byte(two), 0o600) }, "", false},
		"directory": {oneFile, func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o700)
		}, `Error: Source is a directory .* run terraform destroy -refresh=false, which skips this check`, true},
		"lines that the upload refuses": {
			strings.NewReplacer("user_data", "fine-tune", "notes.txt", "train.jsonl").Replace(oneFile),
			func(path string) error { return os.WriteFile(path, []byte("no JSON\n"), 0o600) },
			`Error: File train\.jsonl`, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFake(t)
			w := newWorkspace(t, s, test.config)
			content, source := one, filepath.Join(w.dir, "data", "notes.txt")
			if strings.Contains(test.config, "train.jsonl") {
				content, source = strings.Repeat(example, 10), filepath.Join(w.dir, "data", "train.jsonl")
			}
			writeFile(t, source, content)
			w.mustRun(t, "apply", "-auto-approve", "-no-color")
			if err := test.broken(source); err != nil {
				t.Fatal(err)
			}
			out, err := w.run(t, "destroy", "-auto-approve", "-no-color")
			if failed := err != nil; failed != test.fails {
				t.Fatalf("got failed %t, want %t:\n%s", failed, test.fails, out)
			}
			if test.fails {
				expectOutput(t, out, test.want)
				s.expectFiles(t, content)()
				w.mustRun(t, "destroy", "-auto-approve", "-no-color", "-refresh=false") // as it says
			}
			s.expectFiles(t)()
		})
	}
}

// The version of write-only content was a number before it was a text.
func TestAccCLI_versionInAnOlderState(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, `
resource "openai_file" "test" {
  purpose            = "user_data"
  filename           = "secret.txt"
  content_wo         = "secret"
  content_wo_version = 7
}
`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	state := filepath.Join(w.dir, "terraform.tfstate")
	older := strings.Replace(read(t, state), `"content_wo_version": "7"`, `"content_wo_version": 7`, 1)
	if older == read(t, state) {
		t.Fatal("the state has no version")
	}
	older = strings.Replace(older, `"content_base64_wo": null,`, "", 1)
	writeFile(t, state, older)
	expectOutput(t, w.mustRun(t, "plan", "-no-color", "-detailed-exitcode"), `No changes`)
	w.mustReplace(t, `= 7`, `= "7"`)
	expectOutput(t, w.mustRun(t, "plan", "-no-color", "-detailed-exitcode"), `No changes`)
	w.mustReplace(t, `= "7"`, `= 8`)
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `content_wo_version += "7" -> "8" # forces replacement`)
}

func TestAccCLI_warningsAreShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), `
resource "openai_file" "lines" {
  count    = 3
  purpose  = "batch"
  filename = "${count.index}.jsonl"
  content  = "{\"custom_id\":\"${count.index}\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":{\"model\":\"gpt-4o\"}}\n"
}
resource "openai_file" "typo" {
  purpose  = "fine_tune"
  filename = "a.txt"
  content  = "a"
}
resource "openai_file" "absent" {
  count   = 2
  purpose = "user_data"
  source  = "no/${count.index}.md"
}
`)
	out := w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: Purpose fine_tune is not one of OpenAI's .* Did you mean "fine-tune"\?`)
	for _, name := range []string{"no/0.md", "no/1.md"} {
		expectOutput(t, out, `Warning: Source file `+name+` does not exist yet`)
	}
	if n := strings.Count(out, "Warning: File will expire after 30 days"); n != 1 {
		t.Errorf("got %d warnings of the expiry, want one:\n%s", n, out)
	}
	if strings.Contains(out, "similar warning") {
		t.Errorf("got a warning more than once:\n%s", out)
	}
}

func TestAccCLI_numbersThatAreNotWhole(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ config, want string }{
		"seconds": {
			"resource \"openai_file\" %q {\n  purpose = \"user_data\"\n  filename = \"a.txt\"\n  content = \"a\"\n  expires_after = { seconds = 3600.5 }\n}\n",
			`expires_after\.seconds is 3600\.5, but it must be a whole number between 3600 and 2592000\.`,
		},
		"limit":     {"data \"openai_files\" %q {\n  limit = 1.5\n}\n", `limit is 1\.5, but it must be a whole number of at least 1\.`},
		"large":     {"data \"openai_files\" %q {\n  limit = 1e30\n}\n", `limit is 1e\+30, but it must be a whole number of at least 1`},
		"max_bytes": {"data \"openai_file_content\" %q {\n  id = \"file-a\"\n  max_bytes = 0.5\n}\n", `max_bytes is 0\.5, but it must be a whole number between 1 and 104857600\.`},
	}
	var config strings.Builder
	for name, test := range tests {
		fmt.Fprintf(&config, test.config, name)
	}
	w := newWorkspace(t, newFake(t), config.String())
	out, err := w.run(t, "validate", "-no-color")
	if n := strings.Count(out, "Error: "); err == nil || n != len(tests) {
		t.Errorf("got %d errors (%v), want one for each block:\n%s", n, err, out)
	}
	for name, test := range tests {
		expectOutput(t, out, `with (data\.)?openai_\w+\.`+name+`,.*?`+test.want)
	}
}

// fileset() returns names as they are on disk, and one in Latin-1 cannot be in a state.
func TestAccCLI_nameThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), `
resource "openai_file" "test" {
  for_each = fileset("data", "*")
  purpose  = "user_data"
  source   = "data/${each.value}"
}
`)
	if err := os.MkdirAll(filepath.Join(w.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "data", "M\xfcller.txt"), []byte(one), 0o600); err != nil {
		t.Skip("this file system has UTF-8 names only")
	}
	out, err := w.run(t, "plan", "-no-color")
	if err == nil {
		t.Error("the plan succeeded")
	}
	expectOutput(t, out, `Error: Text is not UTF-8 .* source contains bytes that are not UTF-8, such as those of Latin-1\. Rename the file`)
}

// -replace uploads content whose version is the same, so the warning must not promise that nothing is uploaded.
func TestAccCLI_replaceWithTheSameVersion(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, "resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  filename = \"a.txt\"\n  content_wo = \"one\"\n  content_wo_version = 1\n}\n")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	w.mustReplace(t, `"one"`, `"two"`)
	expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color", "-replace="+fileAddress), `Unless something else replaces the file, nothing is uploaded`)
	s.expectFiles(t, "two")()
}

// The same through Terraform, whose destroy drops the warnings of its refresh: the state and the file stay.
func TestAccCLI_destroyAtAWrongAddress(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, oneFile)
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	right := w.env
	w.env = append(slices.Clone(right), "OPENAI_BASE_URL="+strings.TrimSuffix(s.URL, "/v1"))
	for _, args := range [][]string{{"apply"}, {"destroy"}, {"destroy", "-refresh=false"}} {
		out, err := w.run(t, append(args, "-auto-approve", "-no-color")...)
		if err == nil {
			t.Errorf("%s succeeded:\n%s", args, out)
		}
		expectOutput(t, out, `Nothing was removed from the state\. Check the provider's base_url`)
		if list := strings.TrimSpace(w.mustRun(t, "state", "list")); list != fileAddress {
			t.Errorf("got %q in the state after %s, want %s", list, args, fileAddress)
		}
	}
	w.env = right
	expectOutput(t, w.mustRun(t, "plan", "-no-color", "-detailed-exitcode"), `No changes`)
	s.expectFiles(t, one)()
	s.expectSent(t, "POST", 1)()
}
