package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const setAddress = "openai_file_set.test"

// fromDir declares a set of all files below a directory.
func (s service) fromDir(dir string, more ...string) string {
	return s.config(fmt.Sprintf(`
resource "openai_file_set" "test" {
  purpose = "user_data"
  files   = { for f in fileset(%[1]q, "**") : f => "%[1]s/${f}" }
  %[2]s
}`, dir, strings.Join(more, "\n  ")))
}

// writeFiles writes n files, each with its own number in it, and returns their directory.
func writeFiles(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		writeFile(t, filepath.Join(dir, fmt.Sprintf("d%d", i%3), fmt.Sprintf("%04d.txt", i)), fmt.Sprintf("file %04d", i))
	}
	return dir
}

func setKey(i int) string { return fmt.Sprintf("d%d/%04d.txt", i%3, i) }

func setAttribute(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(setAddress, tfjsonpath.New(name), want)
}

func setAction(want plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(setAddress, want)
}

func TestAccFileSetResource_entriesComeChangeAndGo(t *testing.T) {
	s := newFake(t)
	dir := writeFiles(t, 0)
	a := writeFile(t, filepath.Join(dir, "docs", "a.txt"), one)
	writeFile(t, filepath.Join(dir, "b.txt"), two)
	s.run(t,
		resource.TestStep{
			Config: s.fromDir(dir),
			ConfigStateChecks: states(
				setAttribute("content_sha256", knownvalue.MapExact(map[string]knownvalue.Check{
					"docs/a.txt": knownvalue.StringExact(oneSHA256), "b.txt": knownvalue.StringExact(twoSHA256),
				})),
				setAttribute("file_ids", knownvalue.MapSizeExact(2)),
			),
			PostApplyFunc: func() {
				s.expectSent(t, "POST", 2)()
				for _, file := range s.Files() {
					if file.Filename != "a.txt" && file.Filename != "b.txt" {
						t.Errorf("a file is named %q, want the last element of its key", file.Filename)
					}
				}
			},
		},
		resource.TestStep{Config: s.fromDir(dir), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
		resource.TestStep{ // one is edited: the new file comes first, the other entry is not touched
			PreConfig: func() { writeFile(t, a, three) },
			Config:    s.fromDir(dir),
			ConfigPlanChecks: planned(
				setAction(plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(setAddress, tfjsonpath.New("file_ids").AtMapKey("docs/a.txt")),
				plancheck.ExpectKnownValue(setAddress, tfjsonpath.New("content_sha256").AtMapKey("b.txt"), knownvalue.StringExact(twoSHA256)),
			),
			PostApplyFunc: all(s.expectSent(t, "POST", 3), s.expectSent(t, "DELETE", 1), func() {
				requests := s.Requests()
				for i, request := range requests {
					if request.Method == http.MethodDelete && requests[i-1].Method != http.MethodPost {
						t.Error("the old file was deleted before the new one was there")
					}
				}
			}),
		},
		resource.TestStep{ // one is added, one is removed
			PreConfig: func() {
				writeFile(t, filepath.Join(dir, "c.txt"), one)
				_ = os.Remove(filepath.Join(dir, "b.txt"))
			},
			Config:            s.fromDir(dir),
			ConfigPlanChecks:  planned(setAction(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: states(setAttribute("file_ids", knownvalue.MapSizeExact(2))),
			PostApplyFunc:     all(s.expectSent(t, "POST", 4), s.expectSent(t, "DELETE", 2), s.expectFiles(t, three, one)),
		},
	)
	s.expectFiles(t)()
}

func TestFileSet_thousandFiles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newSet(t, newBubbleFake(t), 1000)
		step := func(what string, posts, deletes int) {
			t.Helper()
			t.Log(what)
			tf.fake.ResetRequests()
			tf.mustApply(t)
			tf.fake.expectSent(t, "POST", posts)()
			tf.fake.expectSent(t, "DELETE", deletes)()
			tf.expectAgreement(t, nil)
		}
		step("create", 1000, 0)
		tf.fake.ResetRequests()
		tf.expectNoChanges(t)
		if n := len(tf.fake.Requests()); n > 3 {
			t.Errorf("%d requests for a plan without changes, want at most 3", n)
		}
		for i := range 10 {
			tf.edit(t, i*7, "edited")
		}
		step("ten edited", 10, 10)
		for i, file := range tf.fake.Files() {
			if i%200 == 0 {
				tf.fake.DeleteFile(file.ID)
			}
		}
		step("five deleted elsewhere", 5, 0)
		for range 3 {
			tf.remove(500)
		}
		step("three removed", 0, 3)
		tf.mustDestroy(t)
		tf.fake.expectFiles(t)()
	})
}

func TestAccFileSetResource_hundredsOfFiles(t *testing.T) {
	s := newFake(t)
	dir := writeFiles(t, 300)
	s.run(t,
		resource.TestStep{Config: s.fromDir(dir), PostApplyFunc: all(s.expectSent(t, "POST", 300), s.ResetRequests)},
		resource.TestStep{ // ten edited, three removed
			PreConfig: func() {
				for i := range 10 {
					writeFile(t, filepath.Join(dir, setKey(i*7)), "edited")
				}
				for i := range 3 {
					_ = os.Remove(filepath.Join(dir, setKey(i+200)))
				}
			},
			Config:           s.fromDir(dir),
			ConfigPlanChecks: planned(setAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    all(s.expectSent(t, "POST", 10), s.expectSent(t, "DELETE", 13)),
		},
	)
	s.expectFiles(t)()
}

func TestAccFileSetResource_refusedEntriesAreDoneByTheNextApply(t *testing.T) {
	s := newFake(t)
	dir := writeFiles(t, 20)
	refuse := func(r *http.Request) bool { return r.Method == http.MethodPost }
	s.run(t,
		resource.TestStep{Config: s.fromDir(dir)},
		resource.TestStep{
			PreConfig: func() {
				for i := range 6 {
					writeFile(t, filepath.Join(dir, setKey(i)), fmt.Sprintf("edited %d", i))
				}
				s.ResetRequests()
				s.Inject(openaitest.Fault{Match: refuse, Times: 2, Status: 400, Body: `{"error":{"message":"Not this one."}}`})
			},
			Config:      s.fromDir(dir),
			ExpectError: says(`2 of 6 files could not be uploaded`, `2 files: Not this one \(HTTP 400 from POST \S+\)\.`, `Nothing was deleted`),
		},
		resource.TestStep{
			PreConfig:     all(s.expectSent(t, "POST", 6), s.expectSent(t, "DELETE", 0), s.ResetRequests),
			Config:        s.fromDir(dir),
			PostApplyFunc: all(s.expectSent(t, "POST", 2), s.expectSent(t, "DELETE", 6)),
		},
	)
}

func TestAccCLI_firstApplyOfASetFailsInPart(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Times: 2, Status: 400, Body: `{"error":{"message":"Not this one."}}`})
	w := newWorkspace(t, s, s.fromDir(writeFiles(t, 30)))
	w.env = append(w.env, "TF_LOG_PROVIDER=INFO", "TF_LOG_PATH="+filepath.Join(w.dir, "info.log"))
	out, err := w.run(t, "apply", "-auto-approve", "-no-color")
	if err == nil {
		t.Error("the apply succeeded")
	}
	expectOutput(t, out, `2 of 30 files could not be uploaded`)
	expectOutput(t, out, `terraform untaint`)
	expectOutput(t, read(t, filepath.Join(w.dir, "info.log")), `\[INFO\] .*openai_file_set: 28 of 30 files uploaded \(93%\), 2 failed`)
	if n := len(s.Files()); n != 28 {
		t.Errorf("%d files are there, want 28", n)
	}
	s.ResetRequests()
	w.mustRun(t, "untaint", setAddress)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.expectSent(t, "POST", 2)()
	s.expectSent(t, "DELETE", 0)()
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")
	s.expectFiles(t)()
}

// What was not started is not blamed on each file, and the advice is that of a first apply.
func TestFileSet_firstApplyIsInterrupted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newSet(t, newBubbleFake(t), 30)
		tf.fake.Inject(openaitest.Fault{Method: "POST", Times: -1, Delay: time.Hour})
		ctx, interrupt := context.WithCancel(t.Context())
		uploading := tf.fake.uploading(t, 10)
		go func() {
			<-uploading
			interrupt()
		}()
		out := tf.apply(ctx, tf.fake.URL)
		// Some files may have been sent as a whole before the interruption, which needs further words.
		const sent = `(The whole file was sent, but the response was lost\. If the service created the file anyway, it is not in the state: ` +
			`look for it with the data source openai_files and delete it, or import it as an openai_file\. )?`
		out.expectError(t, `30 of 30 files could not be uploaded.*20 files: not started.*The run was interrupted\. `+sent+`No upload succeeded, so this apply has added nothing to the state: apply again\.`)
		tf.fake.expectSent(t, "POST", 10)()
		tf.fake.expectFiles(t)()
		if len(tf.current) > 0 {
			t.Errorf("the state has %v, want nothing", tf.claims())
		}
	})
}

// A file that moves to another key is there before it goes.
func TestFileSet_movedFileIsUploadedFirst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newSet(t, newBubbleFake(t), 3)
		tf.mustApply(t)
		tf.names[1] = "moved.txt"
		var atDeletion atomic.Int64                                          // files at the service when the first one is deleted
		tf.fake.Inject(openaitest.Fault{Method: "POST", Delay: time.Minute}) // long enough for a deletion that does not wait
		tf.fake.Inject(openaitest.Fault{Method: "DELETE", Match: func(*http.Request) bool {
			atDeletion.CompareAndSwap(0, int64(len(tf.fake.Files())))
			return false
		}})
		tf.mustApply(t)
		tf.fake.expectSent(t, "POST", 4)()
		tf.fake.expectSent(t, "DELETE", 1)()
		if n := atDeletion.Load(); n != 4 {
			t.Errorf("%d files were there when the old one was deleted, want 4", n)
		}
		tf.expectAgreement(t, nil)
	})
}

func TestAccFileSetResource_oldFileThatCannotBeDeletedIsNotForgotten(t *testing.T) {
	s := newFake(t)
	dir := t.TempDir()
	a := writeFile(t, filepath.Join(dir, "a.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromDir(dir)},
		resource.TestStep{
			PreConfig: func() {
				writeFile(t, a, two)
				s.Inject(openaitest.Fault{Method: "DELETE", Status: 403, Body: "no"})
			},
			Config:      s.fromDir(dir),
			ExpectError: says(`1 of 1 file could not be deleted`, `a\.txt \(file-\w+\): Deleting file file-\w+: no \(HTTP 403`),
		},
		resource.TestStep{
			PreConfig:         s.expectFiles(t, one, two),
			Config:            s.fromDir(dir),
			ConfigStateChecks: states(setAttribute("file_ids", knownvalue.MapSizeExact(1))),
			PostApplyFunc:     all(s.expectFiles(t, two), s.expectSent(t, "POST", 2)),
		},
	)
}

// The service has something else than was sent, and does not let it be deleted: the old file stays, and the next apply brings the
// new one.
func TestFileSet_badUploadThatCannotBeDeletedReplacesNothing(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(map[string]any){
		"other bytes":    func(file map[string]any) { file["bytes"] = 1 },
		"not to be used": func(file map[string]any) { file["status"] = "error" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), true)
			tf.declare(t, "a.txt", one)
			tf.mustApply(t)
			tf.edit(t, 0, two)
			tf.fake.Inject(openaitest.Fault{Method: "POST", Mutate: func(file map[string]any) map[string]any {
				spoil(file)
				return file
			}})
			tf.fake.Inject(openaitest.Fault{Method: "DELETE", Times: -1, Status: 403, Body: "no"})
			tf.fails(t, `1 of 1 file could not be uploaded`)
			tf.fake.expectFiles(t, one, two)()
			tf.fake.ClearFaults()
			tf.mustApply(t)
			tf.expectAgreement(t, nil)
			tf.fake.expectFiles(t, two)()
			tf.fake.expectSent(t, "POST", 3)()
			tf.mustDestroy(t)
			tf.fake.expectFiles(t)()
		})
	}
}

func TestAccFileSetResource_adviceIsGivenOnce(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Times: -1, Hold: s.uploading(t, 3), Status: 401, Body: `{"error":{"message":"No."}}`})
	s.run(t, resource.TestStep{
		Config:      s.fromDir(writeFiles(t, 3)),
		ExpectError: says(`3 of 3 files could not be uploaded`, `3 files: No \(HTTP 401 from POST http:\S+\/v1\/files\)\.\s+d0/0000\.txt, d1/0001\.txt, d2/0002\.txt\s+Check the provider's api_key`),
	})
	s.expectFiles(t)()
}

func TestAccFileSetResource_emptySet(t *testing.T) {
	s := newFake(t)
	dir := t.TempDir()
	s.run(t,
		resource.TestStep{Config: s.fromDir(dir), ConfigStateChecks: states(setAttribute("file_ids", knownvalue.MapSizeExact(0)))},
		resource.TestStep{Config: s.fromDir(dir), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
		resource.TestStep{
			PreConfig:     func() { writeFile(t, filepath.Join(dir, "a.txt"), one) },
			Config:        s.fromDir(dir),
			PostApplyFunc: s.expectFiles(t, one),
		},
	)
}

func TestAccFileSetResource_fileThatCannotBeProcessedIsDeletedAgain(t *testing.T) {
	s := newFake(t, openaitest.WithStatus("error", "Line 3 is broken"))
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.txt"), one)
	s.run(t, resource.TestStep{
		Config:      s.fromDir(dir),
		ExpectError: says(`a\.txt: Processing file file-\w+ failed: Line 3 is broken\. The provider has deleted file file-\w+ at OpenAI\.`, `Fix the content, and apply again\.`),
	})
	s.expectFiles(t)()
	s.expectSent(t, "DELETE", 1)()
}

// Of files that may exist and are in no state, every key is named.
func TestFileSet_everyLostUploadIsNamed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newSet(t, newBubbleFake(t), 15)
		tf.fake.Inject(openaitest.Fault{Method: "POST", Times: -1, LoseAnswer: true})
		tf.fake.Inject(openaitest.Fault{Method: "GET", Path: "/files", Times: -1, Status: 403, Body: "no"})
		tf.fails(t, `15 of 15 files could not be uploaded.*and 5 more.*not known whether there is a file at OpenAI for 00\.txt, 01\.txt.*14\.txt\..*openai_files`)
		if n := len(tf.fake.Files()); n != 15 {
			t.Errorf("%d files are there, want one of each upload", n)
		}
	})
}

func TestAccFileSetResource_errorsAreNotHiddenBehindWarnings(t *testing.T) {
	s := newFake(t)
	dir := t.TempDir()
	for i := range 12 { // too few examples each: a warning
		writeFile(t, filepath.Join(dir, fmt.Sprintf("%02d.jsonl", i)), `{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}`)
	}
	writeFile(t, filepath.Join(dir, "z.jsonl"), "[]")
	s.run(t, resource.TestStep{
		Config: s.config(fmt.Sprintf(`
resource "openai_file_set" "test" {
  purpose = "fine-tune"
  files   = { for f in fileset(%[1]q, "*") : f => "%[1]s/${f}" }
}`, dir)),
		ExpectError: says(`File .*would be rejected`, `z\.jsonl`),
	})
	s.expectSent(t, "POST", 0)()
}

func TestAccFileSetResource_otherPathsAreNoChange(t *testing.T) {
	s := newFake(t)
	laptop, pipeline := writeFiles(t, 3), writeFiles(t, 3)
	s.run(t,
		resource.TestStep{Config: s.fromDir(laptop)},
		resource.TestStep{Config: s.fromDir(pipeline), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

func TestAccFileSetResource_unknownUntilApply(t *testing.T) {
	s := newFake(t)
	dir := t.TempDir()
	made := filepath.Join(dir, "made.txt")
	still := writeFile(t, filepath.Join(t.TempDir(), "still.txt"), one)
	config := func(line string) string {
		return s.config(fmt.Sprintf(`
resource "openai_file_set" "test" {
  purpose = "user_data"
  files   = { "still.txt" = %q, "made.txt" = terraform_data.path.output }
}
resource "terraform_data" "path" {
  input      = %q
  triggers_replace = [terraform_data.make.id]
}
`, still, made)) + makes(made, line)
	}
	s.run(t,
		resource.TestStep{Config: config("one")},
		resource.TestStep{
			Config: config("two"),
			ConfigPlanChecks: planned(
				plancheck.ExpectUnknownValue(setAddress, tfjsonpath.New("content_sha256").AtMapKey("made.txt")),
				plancheck.ExpectKnownValue(setAddress, tfjsonpath.New("content_sha256").AtMapKey("still.txt"), knownvalue.StringExact(oneSHA256)),
			),
			PostApplyFunc: all(s.expectFiles(t, one, two), s.expectSent(t, "POST", 3)),
		},
	)
}

func TestAccFileSetResource_argumentsOfAllEntries(t *testing.T) {
	s := newFake(t)
	dir := writeFiles(t, 2)
	s.run(t,
		resource.TestStep{Config: s.fromDir(dir, `expires_after = { seconds = 3600 }`), PostApplyFunc: func() {
			for _, file := range s.Files() {
				if file.ExpiresAt == nil || *file.ExpiresAt != file.CreatedAt+3600 {
					t.Errorf("%s expires at %v", file.Filename, file.ExpiresAt)
				}
			}
		}},
		resource.TestStep{Config: s.fromDir(dir), ConfigPlanChecks: planned(setAction(plancheck.ResourceActionDestroyBeforeCreate))},
		resource.TestStep{Config: s.fromDir(dir, `deletion_policy = "keep"`), ConfigPlanChecks: planned(setAction(plancheck.ResourceActionUpdate)), PostApplyFunc: s.expectSent(t, "POST", 4)},
	)
	if n := len(s.Files()); n != 2 {
		t.Errorf("%d files are left, want the two that are to be kept", n)
	}
}

func TestAccFileSetResource_badEntriesAreRefusedAtPlan(t *testing.T) {
	s := newFake(t)
	dir := t.TempDir()
	s.run(t, resource.TestStep{
		Config:      s.config(fmt.Sprintf("resource \"openai_file_set\" \"test\" {\n purpose = \"user_data\"\n files = { \"a.txt\" = %q }\n}\n", dir)),
		ExpectError: says(`a directory`),
	}, resource.TestStep{
		Config:      s.config("resource \"openai_file_set\" \"test\" {\n purpose = \"user_data\"\n files = { \"a.txt\" = \"\" }\n}\n"),
		ExpectError: says(`string length must be at least 1`),
	}, resource.TestStep{
		Config:      s.config("resource \"openai_file_set\" \"test\" {\n purpose = \"user_data\"\n files = { \"a.txt\" = null }\n}\n"),
		ExpectError: says(`files`, `[Nn]ull`),
	})
	s.expectSent(t, "POST", 0)()
}

// The path of one file changes, and another one is made anew by the apply, with the same bytes: Terraform plans the set again
// during the apply, when more is known.
func TestAccFileSetResource_otherPathBesideAFileThatIsMadeAnew(t *testing.T) {
	s := newFake(t)
	dir := t.TempDir()
	made := filepath.Join(dir, "made.txt")
	first := writeFile(t, filepath.Join(dir, "job1", "a.txt"), one)
	second := writeFile(t, filepath.Join(dir, "job2", "a.txt"), one)
	config := func(path, trigger string) string {
		return s.config(fmt.Sprintf(`
resource "openai_file_set" "test" {
  purpose = "user_data"
  files   = { "a.txt" = %q, "made.txt" = terraform_data.path.output }
}
resource "terraform_data" "make" {
  triggers_replace = [%q]
  provisioner "local-exec" { command = "printf two > %s" }
}
resource "terraform_data" "path" {
  input            = %q
  triggers_replace = [terraform_data.make.id]
}
`, path, trigger, made, made))
	}
	s.run(t,
		resource.TestStep{Config: config(first, "1")},
		resource.TestStep{
			Config: config(second, "2"),
			ConfigPlanChecks: planned(
				plancheck.ExpectUnknownValue(setAddress, tfjsonpath.New("file_ids").AtMapKey("made.txt")),
				plancheck.ExpectKnownValue(setAddress, tfjsonpath.New("content_sha256").AtMapKey("a.txt"), knownvalue.StringExact(oneSHA256)),
			),
			PostApplyFunc: all(s.expectContents(t, one, "two"), s.expectSent(t, "POST", 2)),
		},
		resource.TestStep{Config: config(second, "2"), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
		resource.TestStep{ // what is uploaded comes from the declared path, though the state keeps the earlier one
			PreConfig:     func() { writeFile(t, second, three) },
			Config:        config(second, "2"),
			PostApplyFunc: s.expectFiles(t, "two", three),
		},
	)
}

// Bad keys are refused at plan, on the key, also those that no state can hold.
func TestAccCLI_keysOfASetThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, `
resource "openai_file_set" "test" {
  purpose = "user_data"
  files   = { for f in fileset("${path.module}/files", "*") : f => "files/${f}" }
}
`)
	if err := os.MkdirAll(filepath.Join(w.dir, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "files", "caf\xe9.txt"), []byte(one), 0o600); err != nil {
		t.Skip(err) // a file system of Unicode alone
	}
	out, err := w.run(t, "plan", "-no-color")
	if err == nil {
		t.Error("the plan succeeded")
	}
	expectOutput(t, out, `Error: Key cannot be used .*on main\.tf line \d+.*"caf\\xe9\.txt" is not valid UTF-8`)

	w.mustReplace(t, `{ for f in fileset("${path.module}/files", "*") : f => "files/${f}" }`, `{ "dir\\sub.txt" = "a.txt", ".." = "a.txt" }`)
	out, err = w.run(t, "plan", "-no-color")
	if err == nil {
		t.Error("the plan succeeded")
	}
	expectOutput(t, out, `Key cannot be used .*"dir\\\\sub\.txt" contains a backslash`)
	expectOutput(t, out, `Key cannot be used .*key "\.\.".*terraform destroy -refresh=false`)
}

func TestAccCLI_importOfASet(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), strings.Replace(batchSet, `"batch"`, `"user_data"`, 1))
	writeFile(t, filepath.Join(w.dir, "requests.jsonl"), one)
	out, err := w.run(t, "import", "-no-color", setAddress, "file-abc")
	if err == nil {
		t.Error("the import succeeded")
	}
	expectOutput(t, out, `Error: File set cannot be imported .*import each as an openai_file by its ID`)
}
