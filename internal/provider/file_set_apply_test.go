package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// newSet is a set of n files that is not applied yet.
func newSet(t *testing.T, fake service, n int) *core {
	t.Helper()
	tf := newCore(t, fake, true)
	for i := range n {
		tf.declare(t, fmt.Sprintf("%02d.txt", i), fmt.Sprintf("version 1 of file %d\n", i))
	}
	return tf
}

// rename moves all keys, and the files with them.
func (tf *core) rename(t *testing.T, prefix string) {
	t.Helper()
	for i, name := range tf.names {
		tf.names[i] = prefix + name
		moved := writeFile(t, filepath.Join(tf.dir, prefix+name), read(t, tf.paths[i]))
		tf.paths[i] = moved
	}
}

// fails applies and expects an error that matches all of these.
func (tf *core) fails(t *testing.T, want ...string) *outcome {
	t.Helper()
	out := tf.apply(t.Context(), tf.fake.URL)
	if !out.failed() {
		t.Errorf("the apply succeeded: %s", out)
	}
	expectSaid(t, out, want...)
	return out
}

func expectSaid(t *testing.T, out *outcome, want ...string) {
	t.Helper()
	for _, pattern := range want {
		if !regexp.MustCompile(`(?s)` + pattern).MatchString(out.String()) {
			t.Errorf("it says\n%s\nwant %s", out, pattern)
		}
	}
}

// leftoversOf returns what the state of the set has left over.
func (tf *core) leftoversOf() []leftover {
	if tf.current["set"] == nil {
		return nil
	}
	return leftovers(tf.current["set"])
}

// planOne refreshes and plans the only resource.
func (tf *core) planOne(t *testing.T) (change, *outcome) {
	t.Helper()
	return tf.planOneAt(t, tf.fake.URL)
}

func (tf *core) planOneAt(t *testing.T, base string) (change, *outcome) {
	t.Helper()
	out := &outcome{}
	for _, c := range tf.plan(t.Context(), base, tf.configuration(), out) {
		if !c.deposed {
			return c, out
		}
	}
	t.Fatalf("there is no plan: %s", out)
	return change{}, out
}

// While uploads are refused nothing is deleted, whatever is the reason: what is gone under one key may be what could not be
// uploaded under another.
func TestFileSet_nothingIsDeletedAfterAFailedUpload(t *testing.T) {
	t.Parallel()
	quota := openaitest.Fault{Status: 429, Body: `{"error":{"message":"No credit.","type":"insufficient_quota","code":"insufficient_quota"}}`}
	for name, fault := range map[string]openaitest.Fault{
		"400": refusal(400), "401": refusal(401), "403": refusal(403), "404": refusal(404), "413": refusal(413),
		"quota": quota, "500": soon(refusal(500)), "no source": {},
	} {
		for _, times := range []int{1, -1} {
			if name == "500" && times == 1 {
				continue // passes
			}
			t.Run(fmt.Sprintf("%s/times %d", name, times), func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					tf := newSet(t, newBubbleFake(t), 4)
					tf.mustApply(t)
					tf.rename(t, "kb/")
					fault.Method, fault.Times = "POST", times
					switch {
					case name != "no source":
						tf.fake.Inject(fault)
					case times == 1:
						_ = os.Remove(tf.paths[2])
					default:
						for _, path := range tf.paths {
							_ = os.Remove(path)
						}
					}
					before := len(tf.fake.Files())
					tf.fails(t, `of 4 files could not be uploaded`, `Nothing was deleted: files that were replaced or removed stay at OpenAI`)
					tf.fake.expectSent(t, "DELETE", 0)()
					if now := len(tf.fake.Files()); now < before {
						t.Errorf("%d files are left, want at least %d", now, before)
					}
					for i := range 4 { // the removed keys are still in the state
						if claims := tf.claims(); !slices.ContainsFunc(slices.Collect(maps.Values(claims)), func(c claim) bool { return c.where == fmt.Sprintf("%02d.txt", i) }) {
							t.Errorf("the state does not have %02d.txt: %v", i, claims)
						}
					}
					expectSameKeys(t, tf)

					tf.fake.ClearFaults()
					for i, path := range tf.paths {
						writeFile(t, path, fmt.Sprintf("version 1 of file %d\n", i))
					}
					tf.mustApply(t)
					tf.expectAgreement(t, nil)
					tf.expectNoChanges(t)
					tf.mustDestroy(t)
					tf.expectOnly(t, nil)
				})
			})
		}
	}
}

// expectSameKeys expects files, file_ids and content_sha256 to have the same keys.
func expectSameKeys(t *testing.T, tf *core) {
	t.Helper()
	values := elements(tf.current["set"].value)
	want := slices.Sorted(maps.Keys(elements(values["file_ids"])))
	for _, name := range []string{"files", "content_sha256"} {
		if got := slices.Sorted(maps.Keys(elements(values[name]))); !slices.Equal(got, want) {
			t.Errorf("%s has the keys %s, want those of file_ids: %s", name, got, want)
		}
	}
}

// The rename is taken back after it has failed: nothing has to be uploaded.
func TestFileSet_failedRenameIsTakenBack(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 3)
	tf.mustApply(t)
	names, paths := slices.Clone(tf.names), slices.Clone(tf.paths)
	tf.rename(t, "kb/")
	tf.fake.Inject(openaitest.Fault{Method: "POST", Times: -1, Status: 400, Body: `{"error":{"message":"No."}}`})
	tf.fails(t)
	tf.names, tf.paths = names, paths
	tf.expectNoChanges(t)
	expectSameKeys(t, tf)
}

// The same bytes under the same keys, in another directory.
func TestFileSet_otherPathsToTheSameBytes(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 3)
	tf.mustApply(t)
	dir := t.TempDir()
	for i, path := range tf.paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tf.paths[i] = writeFile(t, filepath.Join(dir, filepath.Base(path)), string(content))
	}
	tf.expectNoChanges(t)
}

// The content of one key moves to another one whose upload fails. The key itself gets a new content, and that succeeds: the old
// file is the only one with the moved content, so it stays until the other upload succeeds too.
func TestFileSet_oldFileStaysWhileAnotherUploadFails(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	tf.declare(t, "a.txt", one)
	tf.declare(t, "b.txt", two)
	tf.mustApply(t)
	tf.edit(t, 0, three)
	tf.edit(t, 1, one)
	var shortest atomic.Int64
	shortest.Store(1 << 20)
	for _, request := range tf.fake.Requests() {
		if request.Method == http.MethodPost {
			shortest.Store(min(shortest.Load(), request.ContentLength)) // that of a file of four bytes
		}
	}
	tf.fake.Inject(openaitest.Fault{Method: "POST", Times: -1, Status: 413, Body: "no", Match: func(r *http.Request) bool { return r.ContentLength == shortest.Load() }})
	tf.fails(t, `1 of 2 files could not be uploaded`, `  b\.txt: `)
	if n := len(tf.fake.Files()); n != 3 {
		t.Errorf("%d files are there, want the two old ones and a new one", n)
	}
	if got := tf.leftoversOf(); len(got) != 1 || got[0].Key != "a.txt" || got[0].Pending {
		t.Errorf("left over: %v, want the old file of a.txt", got)
	}
	if ids := elements(elements(tf.current["set"].value)["file_ids"]); len(ids) != 2 {
		t.Errorf("file_ids has %v, want the two keys that are declared", ids)
	}
	tf.fake.ClearFaults()
	tf.mustApply(t)
	tf.fake.expectContents(t, one, three)()
	tf.expectAgreement(t, nil)
	if got := tf.leftoversOf(); len(got) != 0 {
		t.Errorf("left over: %v, want nothing", got)
	}
}

// A plan that has only leftovers to delete shows that, and the IDs stay known to all that use them.
func TestFileSet_planOfLeftovers(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.mustApply(t)
	tf.edit(t, 0, "version 2\n")
	tf.fake.Inject(openaitest.Fault{Method: "DELETE", Times: -1, Status: 400, Body: "no"})
	tf.fails(t, `1 of 1 file could not be deleted`, `00\.txt \(file-\w+\): Deleting file file-\w+: no \(HTTP 400`)

	c, out := tf.planOne(t)
	out.mustSucceed(t, "plan")
	expectSaid(t, out, `Files of earlier applies will be deleted.*did not delete 1 file at OpenAI that the set no longer needs, because an upload or the deletion failed: 00\.txt \(file-\w+\)`)
	planned := elements(c.planned)
	if pending := planned["pending_deletion"]; !pending.IsFullyKnown() || len(elements(pending)) > 0 {
		t.Errorf("pending_deletion is planned as %s, want empty", pending)
	}
	for _, name := range []string{"file_ids", "content_sha256", "id"} {
		if !planned[name].IsFullyKnown() {
			t.Errorf("%s is planned as %s, want it known", name, planned[name])
		}
	}
	tf.fake.ClearFaults()
	tf.fake.ResetRequests()
	tf.mustApply(t)
	tf.fake.expectSent(t, "POST", 0)()
	tf.fake.expectSent(t, "DELETE", 1)()
	tf.expectAgreement(t, nil)
	tf.expectNoChanges(t)
}

func TestFileSet_noOldFileIsForgottenWhenSeveralCannotBeDeleted(t *testing.T) {
	t.Parallel()
	for _, destroys := range []bool{false, true} {
		t.Run(fmt.Sprintf("destroys %t", destroys), func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), true)
			tf.declare(t, "a.txt", "1")
			tf.mustApply(t)
			tf.fake.Inject(openaitest.Fault{Method: "DELETE", Times: -1, Status: 403, Body: "no"})
			for _, content := range []string{"2", "3", "4"} {
				tf.edit(t, 0, content)
				tf.fails(t, `could not be deleted`)
			}
			tf.fake.expectFiles(t, "1", "2", "3", "4")()
			if got := tf.leftoversOf(); len(got) != 3 {
				t.Errorf("left over: %v, want three files", got)
			}
			tf.fake.ClearFaults()
			if !destroys {
				tf.mustApply(t)
				tf.fake.expectFiles(t, "4")()
			}
			tf.mustDestroy(t)
			tf.fake.expectFiles(t)()
		})
	}
}

// A hopeless answer ends the apply: no upload is begun after it, equal reasons are told once, and there is no state.
func TestFileSet_hopelessAnswerEndsTheCreate(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 50)
	// As many as may be are under way at a time.
	tf.fake.Inject(openaitest.Fault{Method: "POST", Times: -1, Hold: tf.fake.uploading(t, 10), Status: 401, Body: `{"error":{"message":"Incorrect API key provided."}}`})
	out := tf.fails(t, `50 of 50 files could not be uploaded`, `10 files: Incorrect API key provided \(HTTP 401 from POST http:\S+/v1/files\)\.\n    00\.txt, 01\.txt, 02\.txt and 7 more`,
		`40 files: not started`, `Check the provider's api_key`, `No upload succeeded, so this apply has added nothing to the state: apply again\.`)
	if n := strings.Count(out.String(), "Incorrect API key"); n != 1 {
		t.Errorf("the reason is told %d times, want once", n)
	}
	tf.fake.expectSent(t, "POST", 10)()
	if len(tf.current) != 0 {
		t.Errorf("the state has %v, want nothing", tf.current)
	}
}

// A replacement of the whole set that uploads nothing leaves the old set as it was.
func TestFileSet_createBeforeDestroyThatUploadsNothing(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 3)
	tf.cbd = true
	tf.mustApply(t)
	before := tf.current["set"]
	tf.purpose = "vision"
	tf.fake.Inject(openaitest.Fault{Method: "POST", Times: -1, Status: 401, Body: "no"})
	tf.fails(t)
	if now := tf.current["set"]; now == nil || now.tainted || !now.value.Equal(before.value) || len(tf.deposed["set"]) > 0 {
		t.Errorf("the set is %v and %d are deposed, want the old set and none", now, len(tf.deposed["set"]))
	}
	tf.fake.expectSent(t, "DELETE", 0)()
	tf.fake.ClearFaults()
	tf.mustApply(t)
	tf.expectAgreement(t, nil)
}

func TestFileSet_createThatFailsInPart(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 5)
	tf.fake.Inject(openaitest.Fault{Method: "POST", Times: 2, Status: 400, Body: `{"error":{"message":"Not this one."}}`})
	tf.fails(t, `2 of 5 files could not be uploaded`, `2 files: Not this one \(HTTP 400 from POST http:\S+/v1/files\)\.`, `Run terraform untaint`)
	expectSameKeys(t, tf)
	tf.current["set"].tainted = false // terraform untaint
	id := str(elements(tf.current["set"].value)["id"])
	tf.fake.ResetRequests()
	tf.mustApply(t)
	tf.fake.expectSent(t, "POST", 2)()
	tf.fake.expectSent(t, "DELETE", 0)()
	tf.expectAgreement(t, nil)
	if got := str(elements(tf.current["set"].value)["id"]); got != id || !regexp.MustCompile(`^set-[0-9a-f]{24}$`).MatchString(got) {
		t.Errorf("the ID is %q, want %q as at first", got, id)
	}
}

// The state of a version that had neither IDs nor places nor leftovers.
func TestFileSet_stateOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.mustApply(t)
	old := tf.fake.AddFile("old.txt", "user_data", []byte("an old version"))
	values := elements(tf.current["set"].value)
	values["id"] = tftypes.NewValue(tftypes.String, nil)
	values["pending_deletion"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)
	for name, value := range map[string]string{"file_ids": old.ID, "content_sha256": oneSHA256} {
		all := elements(values[name])
		all["00.txt (to be deleted)"] = tftypes.NewValue(tftypes.String, value)
		values[name] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, all)
	}
	tf.current["set"] = &instance{value: tftypes.NewValue(tf.current["set"].value.Type(), values)}

	tf.fake.ResetRequests()
	tf.mustApply(t)
	tf.fake.expectSent(t, "POST", 0)()
	tf.fake.expectSent(t, "DELETE", 1)()
	tf.expectAgreement(t, nil)
	tf.expectNoChanges(t)
	if id := str(elements(tf.current["set"].value)["id"]); !strings.HasPrefix(id, "set-") {
		t.Errorf("the ID is %q, want one", id)
	}

	// Without a refresh the plan gives it an ID once.
	values = elements(tf.current["set"].value)
	values["id"] = tftypes.NewValue(tftypes.String, nil)
	values["pending_deletion"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)
	tf.current["set"] = &instance{value: tftypes.NewValue(tf.current["set"].value.Type(), values)}
	out := &outcome{}
	process := tf.start(t.Context(), tf.fake.URL, out)
	c := process.plan(t.Context(), "set", tf.current["set"], encode(process.typ, tf.configuration()["set"]))
	tf.carryOut(t.Context(), process, c)
	out.mustSucceed(t, "apply without a refresh")
	if id := str(elements(tf.current["set"].value)["id"]); !strings.HasPrefix(id, "set-") {
		t.Errorf("the ID is %q, want one", id)
	}
	tf.expectNoChanges(t)
}

// policy sets deletion_policy.
func (tf *core) policy(value string) { tf.arguments = []map[string]any{{"deletion_policy": value}} }

// With defer, what is replaced stays until the next apply that changes the set.
func TestFileSet_deferredDeletions(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	tf.policy("defer")
	tf.declare(t, "a.txt", "a1")
	tf.declare(t, "b.txt", "b1")
	tf.mustApply(t)
	tf.edit(t, 0, "a2")
	tf.remove(1)
	tf.mustApply(t)
	tf.fake.expectContents(t, "a1", "a2", "b1")()
	if got := tf.leftoversOf(); len(got) != 2 || !got[0].Pending || !got[1].Pending {
		t.Errorf("left over: %v, want two pending files", got)
	}
	tf.expectNoChanges(t)
	tf.fake.expectSent(t, "DELETE", 0)()

	// They outlive an apply whose upload fails.
	tf.edit(t, 0, "a3")
	tf.fake.Inject(openaitest.Fault{Method: "POST", Status: 400, Body: "no"})
	tf.fails(t)
	tf.fake.expectContents(t, "a1", "a2", "b1")()
	if got := tf.leftoversOf(); len(got) != 2 || !got[0].Pending {
		t.Errorf("left over: %v, want two pending files", got)
	}

	tf.mustApply(t)
	tf.fake.expectFiles(t, "a2", "a3")()
	tf.expectNoChanges(t)

	// Those of the last change go with the set.
	tf.mustDestroy(t)
	tf.fake.expectFiles(t)()
}

func TestFileSet_changeFromDeferToDelete(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	tf.policy("defer")
	tf.declare(t, "a.txt", "a1")
	tf.mustApply(t)
	tf.edit(t, 0, "a2")
	tf.mustApply(t)
	tf.policy("delete")
	tf.mustApply(t)
	tf.fake.expectFiles(t, "a2")()
	tf.expectNoChanges(t)
}

// A file is deleted only if neither the last apply nor this one has set keep.
func TestFileSet_changeOfThePolicyWithARemovedKey(t *testing.T) {
	t.Parallel()
	for _, policies := range [][2]string{{"keep", "delete"}, {"delete", "keep"}, {"keep", "defer"}} {
		t.Run(policies[0]+" to "+policies[1], func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), true)
			tf.policy(policies[0])
			tf.declare(t, "a.txt", one)
			tf.declare(t, "b.txt", two)
			tf.mustApply(t)
			removed := tf.fake.Files()
			id := removed[slices.IndexFunc(removed, func(f openaitest.File) bool { return f.Filename == "b.txt" })].ID
			tf.policy(policies[1])
			tf.remove(1)
			out := tf.apply(t.Context(), tf.fake.URL)
			out.mustSucceed(t, "apply")
			expectSaid(t, out, `1 file retained at OpenAI \(set-\w+\): .*b\.txt \(`+id+`\)`)
			tf.fake.expectSent(t, "DELETE", 0)()
			tf.expectAgreement(t, []string{id})
			tf.expectNoChanges(t)
		})
	}
}

func TestFileSet_destroyThatKeepsNamesTheFiles(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	tf.policy("keep")
	tf.declare(t, "a.txt", one)
	tf.mustApply(t)
	out := tf.destroy(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "destroy")
	expectSaid(t, out, `WARNING: 1 file retained at OpenAI \(set-\w+\): .*a\.txt \(`+tf.fake.Files()[0].ID+`\)`)
	tf.fake.expectFiles(t, one)()
}

// Under keep, replaced files are never deleted, so a failed upload does not promise it.
func TestFileSet_failedUploadUnderKeep(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	tf.policy("keep")
	tf.declare(t, "a.txt", one)
	tf.declare(t, "b.txt", two)
	tf.mustApply(t)
	tf.remove(1)
	tf.edit(t, 0, "a2")
	tf.declarePath(filepath.Join(t.TempDir(), "missing.txt"))
	out := tf.apply(t.Context(), tf.fake.URL)
	expectSaid(t, out, `WARNING: 1 file retained at OpenAI`, `ERROR: 1 of 2 files could not be uploaded`)
	if strings.Contains(out.String(), "Nothing was deleted") {
		t.Errorf("got %s, which says that files are deleted later", out)
	}
	tf.fake.expectSent(t, "DELETE", 0)()
}

// The service does not delete a file that it still uses. The advice is the same for every reason why the retries end.
func TestFileSet_deletionThatConflicts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newCore(t, newBubbleFake(t), true)
		tf.declare(t, "a.txt", one)
		tf.mustApply(t)
		tf.fake.Inject(openaitest.Fault{Method: "DELETE", Times: -1, Status: 409, Body: `{"error":{"message":"In use."}}`})
		out := tf.destroy(t.Context(), tf.fake.URL)
		expectSaid(t, out, `In use.*The service refuses to delete the file for now\. Run the same command again later\.`)
	})
}

// What was deleted before a hopeless answer leaves the state, and no other deletion is begun.
func TestFileSet_hopelessAnswerEndsTheDestroy(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 60)
	tf.mustApply(t)
	tf.fake.Inject(openaitest.Fault{Method: "DELETE", Skip: 7, Times: -1, Status: 403, Body: `{"error":{"message":"No permission."}}`})
	out := tf.destroy(t.Context(), tf.fake.URL)
	if !out.failed() {
		t.Error("the destroy succeeded")
	}
	expectSaid(t, out, `53 of 60 files could not be deleted`, `No permission`, `\d\d files: not started`, `Run the same command again`)
	if n := tf.fake.sent("DELETE"); n > 17 {
		t.Errorf("%d deletions were begun, want 7 and at most the 10 that run in parallel", n)
	}
	if n := len(tf.claims()); n != 53 {
		t.Errorf("the state has %d files, want 53", n)
	}
	expectSameKeys(t, tf)
	tf.fake.ClearFaults()
	tf.mustDestroy(t)
	tf.fake.expectFiles(t)()
}

// inProject is the fake under the key of a project, which its answers name.
func inProject(t *testing.T, fake service, project string) string {
	t.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Openai-Project", project)
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL + "/v1"
}

// Under the key of another project, or where there is no Files API any more, every file looks missing. Nothing leaves the state.
func TestFileSet_anotherPlace(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"another project": `created in project proj_a, but the provider now talks to project proj_b`,
		"no Files API":    `HTTP 404.*cannot be trusted.*base_url`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// prepare applies 8 files and returns where they are, and what makes them look missing.
			prepare := func(t *testing.T) (tf *core, base string, moves func() string) {
				t.Helper()
				fake, other := newFake(t, openaitest.WithProject("")), newFake(t, openaitest.WithProject(""))
				var gone atomic.Bool
				front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if gone.Load() {
						http.NotFound(w, r)
						return
					}
					w.Header().Set("Openai-Project", "proj_a")
					fake.ServeHTTP(w, r)
				}))
				t.Cleanup(front.Close)
				base = front.URL + "/v1"
				tf = newSet(t, fake, 8)
				tf.apply(t.Context(), base).mustSucceed(t, "apply")
				return tf, base, func() string {
					if name == "another project" {
						return inProject(t, other, "proj_b")
					}
					gone.Store(true)
					return base
				}
			}
			untouched := func(t *testing.T, tf *core, out *outcome) {
				t.Helper()
				if !out.failed() {
					t.Errorf("it succeeded: %s", out)
				}
				expectSaid(t, out, want, `Nothing was removed from the state`)
				if n := len(tf.claims()); n != 8 {
					t.Errorf("the state has %d files, want 8", n)
				}
				if n := len(tf.fake.Files()); n != 8 {
					t.Errorf("the service has %d files, want 8", n)
				}
				var private map[string][]byte
				must(0, json.Unmarshal(tf.current["set"].private, &private))
				if place := string(private["place"]); !strings.Contains(place, "proj_a") {
					t.Errorf("the remembered place is %s, want project proj_a", place)
				}
			}
			t.Run("refresh", func(t *testing.T) {
				t.Parallel()
				tf, _, moves := prepare(t)
				untouched(t, tf, tf.apply(t.Context(), moves()))
			})
			t.Run("destroy", func(t *testing.T) {
				t.Parallel()
				tf, _, moves := prepare(t)
				untouched(t, tf, tf.destroy(t.Context(), moves()))
			})
			t.Run("destroy without refresh", func(t *testing.T) {
				t.Parallel()
				tf, _, moves := prepare(t)
				out := &outcome{}
				process := tf.start(t.Context(), moves(), out)
				tf.carryOut(t.Context(), process, change{address: "set", prior: tf.current["set"], delete: true, planned: process.null, config: process.null})
				untouched(t, tf, out)
			})
			t.Run("saved plan", func(t *testing.T) {
				t.Parallel()
				tf, base, moves := prepare(t)
				tf.edit(t, 0, "version 2\n")
				c, out := tf.planOneAt(t, base)
				out.mustSucceed(t, "plan")
				tf.carryOut(t.Context(), tf.start(t.Context(), moves(), out), c)
				untouched(t, tf, out)
			})
			t.Run("saved plan that only removes", func(t *testing.T) {
				t.Parallel()
				tf, base, moves := prepare(t)
				tf.remove(0)
				c, out := tf.planOneAt(t, base)
				out.mustSucceed(t, "plan")
				tf.carryOut(t.Context(), tf.start(t.Context(), moves(), out), c)
				untouched(t, tf, out)
			})
		})
	}
}

// A saved plan under another key uploads nothing at all.
func TestFileSet_savedPlanUnderAnotherKeySendsNothing(t *testing.T) {
	t.Parallel()
	fake, other := newFake(t, openaitest.WithProject("")), newFake(t, openaitest.WithProject(""))
	tf := newSet(t, fake, 3)
	base := inProject(t, fake, "proj_a")
	tf.apply(t.Context(), base).mustSucceed(t, "apply")
	tf.edit(t, 0, "version 2\n")
	c, out := tf.planOneAt(t, base)
	tf.carryOut(t.Context(), tf.start(t.Context(), inProject(t, other, "proj_b"), out), c)
	if !out.failed() {
		t.Error("the apply succeeded")
	}
	other.expectSent(t, "POST", 0)()
	if n := other.sent("GET"); n != 2 {
		t.Errorf("%d GET requests, want the list and one file", n)
	}
}

// A set of which only old files are left knows its place by them, whatever is to become of them.
func TestFileSet_savedPlanUnderAnotherKeyWithOldFilesOnly(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"keep", "delete", "defer"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			fake, other := newFake(t, openaitest.WithProject("")), newFake(t, openaitest.WithProject(""))
			tf := newSet(t, fake, 1)
			base := inProject(t, fake, "proj_a")
			tf.policy("defer")
			tf.apply(t.Context(), base).mustSucceed(t, "apply")
			tf.remove(0)
			tf.apply(t.Context(), base).mustSucceed(t, "apply of an empty set")
			tf.policy(policy)
			tf.declare(t, "new.txt", one)
			before := tf.leftoversOf()
			c, out := tf.planOneAt(t, base)
			tf.carryOut(t.Context(), tf.start(t.Context(), inProject(t, other, "proj_b"), out), c)
			out.expectError(t, `Nothing was uploaded.*was created in project proj_a, but the provider now talks to project proj_b`)
			other.expectSent(t, "POST", 0)()
			if after := tf.leftoversOf(); len(after) != 1 || after[0] != before[0] {
				t.Errorf("got %v left over, want %v", after, before)
			}
		})
	}
}

// A gateway in front of the same project is the same place.
func TestFileSet_sameProjectAtAnotherAddress(t *testing.T) {
	t.Parallel()
	fake := newFake(t, openaitest.WithProject(""))
	tf := newSet(t, fake, 3)
	tf.apply(t.Context(), inProject(t, fake, "proj_a")).mustSucceed(t, "apply")
	fake.DeleteFile(fake.Files()[0].ID)
	out := tf.apply(t.Context(), inProject(t, fake, "proj_a"))
	out.mustSucceed(t, "apply")
	expectSaid(t, out, `Files no longer exist`)
	tf.expectAgreement(t, nil)
}

// What could not be looked up is not forgotten.
func TestFileSet_failedLookupsForgetNothing(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t, openaitest.WithPageSize(5)), 12)
	tf.mustApply(t)
	tf.fake.Inject(openaitest.Fault{Method: "GET", Path: "/files", Skip: 1, Times: -1, Status: 400, Body: "no"})
	tf.fake.Inject(openaitest.Fault{Method: "GET", Path: "/files/*", Skip: 3, Times: 1, Status: 400, Body: "no"})
	tf.fails(t, `Files could not be looked up`)
	if n := len(tf.claims()); n != 12 {
		t.Errorf("the state has %d files, want 12", n)
	}
	tf.fake.ClearFaults()
	tf.expectNoChanges(t)
}

func TestFileSet_emptySetIsWarnedOf(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 3)
	tf.mustApply(t)
	tf.names, tf.paths = nil, nil
	_, out := tf.planOne(t)
	expectSaid(t, out, `WARNING: All files of the set will be deleted: files is empty, so 3 files will be deleted at OpenAI\. .*fileset\(\)`)

	created := newCore(t, newFake(t), true)
	_, out = created.planOne(t)
	expectSaid(t, out, `WARNING: File set has no files: files is empty: 0 files will be uploaded\. .*fileset\(\)`)
	created.mustApply(t)
	if _, out = created.planOne(t); out.String() != "" {
		t.Errorf("a plan without changes says %s", out)
	}
}

func TestFileSet_emptyFile(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.declare(t, ".gitkeep", "")
	_, out := tf.planOne(t)
	out.mustSucceed(t, "plan")
	expectSaid(t, out, `WARNING: Source file is empty:   \.gitkeep: `+regexp.QuoteMeta(tf.paths[2])+`\n\nOpenAI refuses empty files, so the apply would fail\. Exclude them from the argument files, or write to them before the apply`)
	tf.fails(t, `1 of 3 files could not be uploaded`, `  \.gitkeep: .*it is empty`, `Exclude empty files`)
}

// An uploaded file that is emptied can still be destroyed.
func TestFileSet_emptiedFile(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.mustApply(t)
	tf.edit(t, 1, "")
	tf.fails(t, `WARNING: Source file is empty`, `01\.txt: .*it is empty`)
	tf.fake.expectSent(t, "DELETE", 0)()
	tf.expectOnly(t, slices.Collect(maps.Keys(tf.claims())))
	tf.mustDestroy(t)
}

// Many files that do not exist: the first keys with their paths, how many more, and where paths start, all of it once.
func TestFileSet_manyMissingFiles(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	for i := range 100 {
		tf.names = append(tf.names, fmt.Sprintf("%02d.txt", i))
		tf.paths = append(tf.paths, fmt.Sprintf("nowhere/%02d.txt", i))
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	_, planned := tf.planOne(t)
	planned.mustSucceed(t, "plan")
	applied := tf.fails(t, `100 of 100 files could not be uploaded`)
	for _, out := range []*outcome{planned, applied} {
		expectSaid(t, out, `  00\.txt: `+regexp.QuoteMeta(filepath.Join(here, "nowhere", "00.txt")), `and 90 more`)
	}
	expectSaid(t, planned, `100 source files do not exist yet`)
	for out, want := range map[*outcome]int{planned: 1, applied: 2} { // an apply plans first
		if n := strings.Count(out.String(), "Relative paths start in"); n != want {
			t.Errorf("it says %d times where paths start, want %d:\n%s", n, want, out)
		}
	}
	tf.fake.expectSent(t, "POST", 0)()
}

// A set that was uploaded before its keys became bad can still be destroyed, without a refresh.
func TestFileSet_badKeysAreRefusedAtPlan(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 1)
	tf.mustApply(t)
	for i := range 30 {
		tf.names, tf.paths = append(tf.names, fmt.Sprintf(`dir\%02d.txt`, i)), append(tf.paths, tf.paths[0])
	}
	_, out := tf.planOne(t)
	if !out.failed() {
		t.Error("the plan succeeded")
	}
	expectSaid(t, out, `Key cannot be used: The key "dir\\\\00\.txt" contains a backslash.*terraform destroy -refresh=false`, `The problems of 20 more keys are not shown`)
	if n := len(out.diagnostics); n != 11 {
		t.Errorf("%d messages, want one for each of the first ten keys and one for the others", n)
	}
}

func TestFileSet_directoryIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 1)
	tf.declarePath(tf.dir)
	_, out := tf.planOne(t)
	if !out.failed() {
		t.Error("the plan succeeded")
	}
	expectSaid(t, out, `is a directory`, `terraform destroy -refresh=false`)
}

// Some servers store equal contents once and return the same ID again. Nothing that is still declared is deleted there.
func TestFileSet_serverThatStoresContentsOnce(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t, openaitest.WithIDs(func() string { return "file-same" })), true)
	tf.declare(t, "a.txt", one)
	tf.mustApply(t)
	tf.rename(t, "b-")
	tf.fake.ResetRequests()
	tf.mustApply(t)
	tf.fake.expectSent(t, "DELETE", 0)()
}

// What the last successful apply wanted to keep is kept, even if the apply in between failed.
func TestFileSet_keepOutlivesAFailedApply(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.policy("keep")
	tf.mustApply(t)
	tf.policy("delete")
	tf.edit(t, 0, "version 2\n")
	tf.remove(1)
	tf.fake.Inject(openaitest.Fault{Method: "POST", Status: 400, Body: "no"})
	tf.fails(t, `could not be uploaded`)
	tf.fake.ResetRequests()
	tf.mustApply(t)
	tf.fake.expectSent(t, "DELETE", 0)()
}

// A server answers every upload with the same ID, whatever was sent.
func TestFileSet_serverWithOneID(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t, openaitest.WithIDs(func() string { return "file-same" })), 3)
	out := tf.fails(t, `2 of 3 files could not be uploaded`, `The server answered with the ID file-same, which it had already given to a file with different content`, `Run terraform untaint`)
	if ids := elements(elements(tf.current["set"].value)["file_ids"]); len(ids) != 1 {
		t.Errorf("file_ids has %v, want one key\n%s", ids, out)
	}
	tf.fake.expectSent(t, http.MethodDelete, 0)()
}

// Equal reasons are told once, with the attempts and the time that the requests took.
func TestFileSet_groupedReasonsNameTheAttempts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newSet(t, newBubbleFake(t), 3)
		tf.mustApply(t)
		tf.fake.Inject(openaitest.Fault{Method: "DELETE", Times: -1, Status: 503, Body: `{"error":{"message":"The server is overloaded."}}`})
		out := tf.destroy(t.Context(), tf.fake.URL)
		expectSaid(t, out, `3 of 3 files could not be deleted`, `3 files: The server is overloaded \(HTTP 503 from DELETE http://127\.0\.0\.1/v1/files/…\), after up to 3 attempts in [\d.]+s\.\n`)
	})
}

// A set whose apply fails keeps what uses its IDs from the apply. So what that apply replaced stays for one more apply, in which the
// vector store gets the new version, and goes with the change after that.
func TestFileSet_deferredDeletionsOfAFailedApply(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), true)
	tf.policy("defer")
	tf.declare(t, "a.txt", "a1")
	tf.declare(t, "b.txt", "b1")
	tf.mustApply(t)
	tf.edit(t, 0, "a2")
	tf.edit(t, 1, "bb2")
	var shortest atomic.Int64
	tf.fake.Inject(openaitest.Fault{Method: "POST", Status: 400, Times: -1, Body: "no", Match: func(r *http.Request) bool {
		before := shortest.Swap(r.ContentLength)
		return before != 0 && before != r.ContentLength // one of the two
	}})
	tf.fails(t, `1 of 2 files could not be uploaded`)
	tf.fake.ClearFaults()
	replaced := tf.leftoversOf()
	if len(replaced) != 1 {
		t.Fatalf("left over: %v, want the old version of one file", replaced)
	}
	tf.mustApply(t)
	if _, ok := tf.fake.Content(replaced[0].ID); !ok {
		t.Error("the old version was deleted before anything could use the new one")
	}
	tf.expectNoChanges(t)
	tf.edit(t, 0, "a3")
	tf.mustApply(t)
	if _, ok := tf.fake.Content(replaced[0].ID); ok {
		t.Error("the old version is still there after another change")
	}
	tf.mustDestroy(t)
	tf.fake.expectFiles(t)()
}

// A server that ignores expires_after keeps files for good, and a user has to know.
func TestFileSet_serverThatIgnoresExpiry(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.arguments = []map[string]any{{"expires_after": map[string]any{"seconds": 7200, "anchor": "created_at"}}}
	ignored := func(answer map[string]any) map[string]any {
		return eachFile(answer, func(file map[string]any) { file["expires_at"] = nil })
	}
	tf.fake.Inject(openaitest.Fault{Times: -1, Mutate: ignored})
	out := tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply")
	expectSaid(t, out, `WARNING: Server did not store expires_after \(set-\w+\): The response to the upload of 00\.txt \(file-\w+\) has no expiry`)
	if n := strings.Count(out.String(), "WARNING: Server did not store"); n != 1 {
		t.Errorf("got %d warnings, want one for all files", n)
	}
	tf.expectNoChanges(t)
}

// What was deleted for good may be answered with 410 instead of 404.
func TestFileSet_goneForGood(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.mustApply(t)
	id := tf.fake.Files()[0].ID
	tf.fake.DeleteFile(id)
	tf.fake.Inject(openaitest.Fault{Path: "/files/" + id, Times: -1, Status: http.StatusGone, Body: `{"error":{"message":"` + id + ` was deleted"}}`})
	out := tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply")
	expectSaid(t, out, `WARNING: Files no longer exist \(set-\w+\): The service does not know 1 file of the set`)
	tf.expectAgreement(t, nil)
}
