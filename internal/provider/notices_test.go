package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const oneBatch = `
resource "openai_file" "test" {
  purpose  = "batch"
  filename = "requests.jsonl"
  content  = "{\"custom_id\":\"1\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":{\"model\":\"gpt-4o\"}}\n"
}
`

const batchSet = `
resource "openai_file_set" "test" {
  purpose = "batch"
  files   = { "requests.jsonl" = "${path.module}/requests.jsonl" }
}
`

// longAgo is a fake at which it is 29 days and 12 hours ago, until later is called.
func longAgo(t *testing.T) (s service, later func()) {
	t.Helper()
	var passed atomic.Bool
	fake := newFake(t, openaitest.WithClock(func() time.Time {
		if passed.Load() {
			return time.Now()
		}
		return time.Now().Add(-(29*24 + 12) * time.Hour)
	}))
	return fake, func() { passed.Store(true) }
}

func TestAccCLI_filesThatExpireSoonAreTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, want string }{
		"openai_file":     {oneBatch, `Warning: File expires soon: file-\w+ .* File file-\w+ \(requests\.jsonl\) expires at 20`},
		"openai_file_set": {batchSet, `Warning: Files expire soon \(set-\w+\) .* OpenAI deletes 1 file of the set: requests\.jsonl\.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, later := longAgo(t)
			w := newWorkspace(t, s, test.config)
			writeFile(t, filepath.Join(w.dir, "requests.jsonl"), `{"custom_id":"1","method":"POST","url":"/v1/responses","body":{"model":"gpt-4o"}}`+"\n")
			w.mustRun(t, "apply", "-auto-approve", "-no-color")
			later()
			expectOutput(t, w.mustRun(t, "plan", "-no-color", "-detailed-exitcode"), test.want)
		})
	}
}

// The time of a refresh is that in the state, so it does not help to set a longer one alone.
func TestAccCLI_refreshThatTakesTooLong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, want string }{
		"openai_file":     {oneBatch, `Error: File could not be read`},
		"openai_file_set": {batchSet, `Error: Files could not be looked up`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFake(t)
			w := newWorkspace(t, s, test.config)
			w.mustReplace(t, `purpose `, "timeouts = { read = \"10ms\" }\n  purpose ")
			writeFile(t, filepath.Join(w.dir, "requests.jsonl"), `{"custom_id":"1","method":"POST","url":"/v1/responses","body":{"model":"gpt-4o"}}`+"\n")
			w.mustRun(t, "apply", "-auto-approve", "-no-color")
			s.Inject(openaitest.Fault{Method: "GET", Times: -1, Delay: time.Hour})
			out, err := w.run(t, "plan", "-no-color")
			if err == nil {
				t.Error("the plan succeeded")
			}
			expectOutput(t, out, test.want+` .*The timeout has expired\. Set a longer one for read, and apply once with -refresh=false`)
			w.mustReplace(t, "10ms", "1m")
			w.mustRun(t, "apply", "-auto-approve", "-no-color", "-refresh=false") // as it says
			s.ClearFaults()
			expectOutput(t, w.mustRun(t, "plan", "-no-color"), `No changes`)
			s.expectSent(t, "POST", 1)()
		})
	}
}

func TestAccCLI_fileThatIsGoneNamesTheProject(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, "provider \"openai\" {\n  project = \"proj_1\"\n}\n"+oneFile)
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.DeleteFile(s.Files()[0].ID)
	out := w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: File no longer exists: file-\w+ .* It will be uploaded again\. The provider is configured for project proj_1\.`)
	expectOutput(t, out, `Plan: 1 to add`)
}

func TestAccCLI_setThatIsReplacedWithoutItsFiles(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), strings.Replace(batchSet, `"batch"`, `"user_data"`, 1))
	source := writeFile(t, filepath.Join(w.dir, "requests.jsonl"), one)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	expectOutput(t, w.mustRun(t, "plan", "-no-color", "-detailed-exitcode"), `Warning: Source file does not exist .* requests\.jsonl: /.*/requests\.jsonl .*They stay as they are unless another change replaces the set\.`)
	w.mustReplace(t, `"user_data"`, `"vision"`)
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: File will be deleted without a replacement .* requests\.jsonl: /.*Unless deletion_policy is "keep", it is also deleted at OpenAI\.`)
}

func TestAccCLI_importOfAnUnknownID(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), "provider \"openai\" {\n  project = \"proj_1\"\n}\n"+oneFile)
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
	out, err := w.run(t, "import", "-no-color", fileAddress, "file-unknown")
	if err == nil {
		t.Error("the import succeeded")
	}
	expectOutput(t, out, `Error: File cannot be imported There is no file with the ID file-unknown: it was deleted, has expired, is misspelled, or belongs to another project\. .* No such File object: file-unknown \(HTTP 404.* The provider is configured for project proj_1`)
}

// Terraform shows only the first of several warnings with the same summary, so the summary names the file that nobody holds.
func TestNotices_fileThatWasUploadedTwice(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]bool{"openai_file": false, "openai_file_set": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				fake := newBubbleFake(t, openaitest.WithReadLag(1))
				fake.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
				tf := newCore(t, fake, set)
				tf.declare(t, "notes.txt", one)
				key := ""
				if set {
					tf.names[0], key = "2026/notes.txt", `2026/notes\.txt: `
				}
				out := tf.apply(t.Context(), fake.URL)
				out.mustSucceed(t, "apply")
				files := fake.Files()
				if len(files) != 2 {
					t.Fatalf("got the files %v, want two", files)
				}
				subject := ": " + files[0].ID
				if set {
					subject = ` \(set-\w+\)`
				}
				expectSaid(t, out, `WARNING: File may have been uploaded twice`+subject+`: `+key+`The response .*retried: `+files[1].ID+`\. `+files[0].ID+` now also exists, with the same name and size`)
			})
		})
	}
}

// Nobody knows whether there is a second file if the list fails.
func TestNotices_fileThatMayHaveBeenUploadedTwice(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		fake := newBubbleFake(t)
		fake.Inject(openaitest.Fault{Method: "POST", CutRequestAfter: 1 << 20})
		fake.Inject(openaitest.Fault{Method: "GET", Path: "/files", Skip: 2, Times: -1, Status: 403, Body: "no"})
		tf := newCore(t, fake, false)
		tf.declare(t, "notes.txt", one)
		out := tf.apply(t.Context(), fake.URL)
		out.mustSucceed(t, "apply")
		id := fake.Files()[0].ID
		expectSaid(t, out, `WARNING: File may have been uploaded twice: `+id+`: .*retried: `+id+`\. It is not known whether the lost upload has created a file as well: .*HTTP 403.*`+
			`other files with this name and 4 bytes, created at about the same time as `+id)
	})
}

// A server that gives strange IDs cannot forge lines or colours of a terminal.
func TestNotices_idsThatDoNotPrint(t *testing.T) {
	t.Parallel()
	for _, isSet := range []bool{false, true} {
		t.Run(fmt.Sprintf("set %t", isSet), func(t *testing.T) {
			t.Parallel()
			n := 0
			tf := newCore(t, newFake(t, openaitest.WithIDs(func() string { n++; return fmt.Sprintf("file-\x1b[31m%d", n) })), isSet)
			tf.declare(t, "a.txt", one)
			tf.arguments = []map[string]any{{"deletion_policy": "keep"}}
			tf.fake.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
			said := tf.apply(t.Context(), tf.fake.URL).String()
			tf.fake.DeleteFile(tf.fake.Files()[0].ID)
			said += tf.apply(t.Context(), tf.fake.URL).String()
			said += tf.destroy(t.Context(), tf.fake.URL).String()
			if strings.Contains(said, "\x1b") {
				t.Errorf("got a control character in %q", said)
			}
			for _, want := range []string{`the file was found`, `no longer exist`, `(retained|left) at OpenAI`} {
				expectOutput(t, said, want+`.*file-\\x1b\[31m\d`)
			}
		})
	}
}
