package provider_test

import (
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

func TestAccFileSetResource_thousandFiles(t *testing.T) {
	s := newFake(t)
	dir := writeFiles(t, 1000)
	quiet := func() { s.ResetRequests() }
	s.run(t,
		resource.TestStep{
			Config:        s.fromDir(dir),
			PostApplyFunc: all(s.expectSent(t, "POST", 1000), quiet),
		},
		resource.TestStep{ // no change: no upload, few requests
			PreConfig:        quiet,
			Config:           s.fromDir(dir),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			PostApplyFunc: func() {
				s.expectSent(t, "POST", 0)()
				runs := 3 // the step refreshes, plans and applies
				if n := len(s.Requests()); n > 3*runs {
					t.Errorf("%d requests for a run without changes", n)
				}
			},
		},
		resource.TestStep{ // ten edited
			PreConfig: func() {
				quiet()
				for i := range 10 {
					writeFile(t, filepath.Join(dir, setKey(i*7)), "edited")
				}
			},
			Config:        s.fromDir(dir),
			PostApplyFunc: all(s.expectSent(t, "POST", 10), s.expectSent(t, "DELETE", 10)),
		},
		resource.TestStep{ // five deleted elsewhere
			PreConfig: func() {
				quiet()
				for i, file := range s.Files() {
					if i%200 == 0 {
						s.DeleteFile(file.ID)
					}
				}
			},
			Config:           s.fromDir(dir),
			ConfigPlanChecks: planned(setAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    all(s.expectSent(t, "POST", 5), s.expectSent(t, "DELETE", 0)),
		},
		resource.TestStep{ // three removed
			PreConfig: func() {
				quiet()
				for i := range 3 {
					_ = os.Remove(filepath.Join(dir, setKey(i+500)))
				}
			},
			Config:        s.fromDir(dir),
			PostApplyFunc: all(s.expectSent(t, "POST", 0), s.expectSent(t, "DELETE", 3)),
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
	expectOutput(t, read(t, filepath.Join(w.dir, "info.log")), `\[INFO\] .*openai_file_set: 28 of 30 files uploaded \(93 %\), 2 failed`)
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

// What was not begun is not blamed on each file, and the advice is that of a first apply.
func TestAccCLI_firstApplyOfASetIsInterrupted(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Times: -1, Delay: time.Hour})
	w := newWorkspace(t, s, s.fromDir(writeFiles(t, 30)))
	out, err := w.interrupt(t, s, func(requests []openaitest.Request) bool { return uploads(requests) == 10 })
	if err == nil {
		t.Error("the apply succeeded")
	}
	expectOutput(t, out, `30 of 30 files could not be uploaded .*20 files: not begun .*The run was interrupted\. No upload succeeded, so nothing is in the state: apply again\.`)
	s.expectSent(t, "POST", 10)()
	s.expectFiles(t)()
	if state := w.mustRun(t, "state", "list"); state != "" {
		t.Errorf("the state has %s", state)
	}
}

// A file that moves to another key is there before it goes.
func TestAccFileSetResource_movedFileIsUploadedFirst(t *testing.T) {
	s := newFake(t)
	dir := writeFiles(t, 3)
	var atDeletion atomic.Int64 // files at the service when the first one is deleted
	s.run(t,
		resource.TestStep{Config: s.fromDir(dir)},
		resource.TestStep{
			PreConfig: func() {
				if err := os.Rename(filepath.Join(dir, setKey(1)), filepath.Join(dir, "moved.txt")); err != nil {
					t.Fatal(err)
				}
				s.Inject(openaitest.Fault{Method: "POST", Delay: time.Second}) // long enough for a deletion that does not wait
				s.Inject(openaitest.Fault{Method: "DELETE", Match: func(*http.Request) bool {
					atDeletion.CompareAndSwap(0, int64(len(s.Files())))
					return false
				}})
			},
			Config:        s.fromDir(dir),
			PostApplyFunc: all(s.expectSent(t, "POST", 4), s.expectSent(t, "DELETE", 1)),
		},
	)
	if n := atDeletion.Load(); n != 4 {
		t.Errorf("%d files were there when the old one was deleted, want 4", n)
	}
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
func TestAccFileSetResource_badUploadThatCannotBeDeletedReplacesNothing(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"other bytes":    func(file map[string]any) { file["bytes"] = 1 },
		"not to be used": func(file map[string]any) { file["status"] = "error" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			dir := t.TempDir()
			a := writeFile(t, filepath.Join(dir, "a.txt"), one)
			s.run(t,
				resource.TestStep{Config: s.fromDir(dir)},
				resource.TestStep{
					PreConfig: func() {
						writeFile(t, a, two)
						s.Inject(openaitest.Fault{Method: "POST", Mutate: func(file map[string]any) map[string]any {
							spoil(file)
							return file
						}})
						s.Inject(openaitest.Fault{Method: "DELETE", Times: -1, Status: 403, Body: "no"})
					},
					Config:      s.fromDir(dir),
					ExpectError: says(`1 of 1 file could not be uploaded`),
				},
				resource.TestStep{
					PreConfig: all(s.expectFiles(t, one, two), s.ClearFaults),
					Config:    s.fromDir(dir),
					ConfigStateChecks: states(setAttribute("content_sha256", knownvalue.MapExact(map[string]knownvalue.Check{
						"a.txt": knownvalue.StringExact(twoSHA256),
					}))),
					PostApplyFunc: all(s.expectFiles(t, two), s.expectSent(t, "POST", 3)),
				},
			)
			s.expectFiles(t)()
		})
	}
}

func TestAccFileSetResource_adviceIsGivenOnce(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Times: -1, Status: 401, Body: `{"error":{"message":"No."}}`})
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
		ExpectError: says(`a\.txt: Processing file file-\w+ failed: Line 3 is broken\. The file file-\w+ was deleted again at OpenAI\.`),
	})
	s.expectFiles(t)()
	s.expectSent(t, "DELETE", 1)()
}

// Of files that may exist and are in no state, every key is named.
func TestAccFileSetResource_everyLostUploadIsNamed(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Times: -1, LoseAnswer: true})
	s.Inject(openaitest.Fault{Method: "GET", Path: "/files", Times: -1, Status: 403, Body: "no"})
	s.run(t, resource.TestStep{
		Config:      s.fromDir(writeFiles(t, 15)),
		ExpectError: says(`15 of 15 files could not be uploaded`, `and 5 more`, `not known whether there is a file at OpenAI for d0/0000\.txt, d0/0003\.txt`, `d2/0014\.txt\.`, `openai_files`),
	})
	if n := len(s.Files()); n != 15 {
		t.Errorf("%d files are there, want one of each upload", n)
	}
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
			PostApplyFunc: all(s.expectFiles(t, one, "two"), s.expectSent(t, "POST", 2)),
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
