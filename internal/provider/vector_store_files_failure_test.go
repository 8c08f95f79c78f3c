package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// One bad file among many: the others are attached, the error has its key and the reason, and the next apply does only what is left.
func TestVectorStoreFiles_oneBadFile(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithOutcome("bad.md", openaitest.Outcome{Code: "invalid_file", Message: "The file could not be parsed.", Times: 2})))
		s := tf.fake
		a, bad, good := s.page("a.md"), s.page("bad.md"), s.page("good.md")
		withBad := map[string]string{"a.md": a, "bad.md": bad, "good.md": good}
		tf.attach(map[string]string{"a.md": a}, nil)
		tf.mustApply(t)
		s.expectRequests(t, 0, a)()

		tf.attach(withBad, nil)
		tf.fails(t, `1 of 3 files could not be attached.*bad\.md: The file could not be parsed \(invalid_file\)\..*The next apply does only the remaining work`)
		s.expectRequests(t, 0, bad, good)()
		tf.fails(t, `1 of 3 files could not be attached.*bad\.md`) // tried again, and only that one
		s.expectRequests(t, 1, bad)()
		tf.mustHave(t, withBad)
		s.expectRequests(t, 1, bad)()
		s.expectAttached(t, a, bad, good)()
	})
}

// What the next apply would do to a tainted resource depends on deletion_policy.
func TestVectorStoreFiles_badFileInTheFirstApply(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{"delete": "detach all files, and attach and index them again", "keep": "replace it"} {
		inBubble(t, func(t *testing.T) {
			t.Helper()
			tf := newAttached(t, newBubbleFake(t, openaitest.WithOutcome("bad.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty."})))
			tf.attach(map[string]string{"a.md": tf.fake.page("a.md"), "bad.md": tf.fake.page("bad.md")}, map[string]any{"deletion_policy": policy})
			tf.fails(t, `1 of 2 files could not be attached.*The next apply would `+want+`\. Run terraform untaint`)
		})
	}
}

func TestVectorStoreFiles_failuresAsWarnings(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithOutcome("bad*.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty."})))
		s := tf.fake
		a, bad, other, b := s.page("a.md"), s.page("bad.md"), s.page("bad-too.md"), s.page("b.md")
		files := func(id string) map[string]string { return map[string]string{"a.md": a, "b.md": id} }
		empty := map[string]string{"b.md": "It is empty (invalid_file)"}
		const attributes = `{"new":true}`
		attach := func(id, attributes string) {
			more := map[string]any{"on_failure": "warn"}
			if attributes != "" {
				more["attributes"] = map[string]any{"b.md": attributes}
			}
			tf.attach(files(id), more)
		}
		attach(bad, "")
		out := tf.apply(t.Context(), s.URL)
		out.mustSucceed(t, "apply")
		expectSaid(t, out, `WARNING: 1 of 2 files could not be indexed: *b\.md: It is empty \(invalid_file\)`)
		tf.expectState(t, map[string]string{"a.md": a}, empty)
		s.expectRequests(t, 0, a, bad)()
		tf.expectNoChanges(t) // not tried again
		s.expectRequests(t, 0)()

		attach(other, "") // another file: tried
		tf.mustApply(t)
		tf.expectState(t, map[string]string{"a.md": a}, empty)
		s.expectAttached(t, a, other)()
		s.expectRequests(t, 1, other)()

		attach(b, "")
		tf.mustHave(t, files(b))
		s.expectAttached(t, a, b)()
		s.expectRequests(t, 1, b)()

		attach(bad, attributes) // its successor fails: the old one stays, with its attributes
		tf.mustApply(t)
		tf.expectState(t, files(b), empty)
		s.expectAttached(t, a, b, bad)()
		s.expectRequests(t, 0, bad)()
		tf.expectNoChanges(t)

		attach(b, attributes) // back to the old one: the failure is over, and the attributes arrive
		tf.mustHave(t, files(b))
		s.expectAttached(t, a, b)()
		for _, attached := range s.Attachments(tf.store) {
			if attached.FileID == b && attached.Attributes["new"] != true {
				t.Errorf("the file has the attributes %v, want new = true", attached.Attributes)
			}
		}
		s.expectRequests(t, 1)()
	})
}

// A file fails after it was indexed. The plan says so, once, and what happens next.
func TestVectorStoreFiles_failsLater(t *testing.T) {
	t.Parallel()
	for onFailure, next := range map[string]string{"warn": `They are listed in failed, and are attached again only`, "error": `The next apply attaches them again\.`} {
		t.Run(onFailure, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			s := tf.fake
			a, b := s.page("a.md"), s.page("b.md")
			files := map[string]string{"a.md": a, "b.md": b}
			tf.attach(files, map[string]any{"on_failure": onFailure})
			tf.mustHave(t, files)
			s.SetOutcome(tf.store, b, openaitest.Outcome{Code: "server_error", Message: "An internal error occurred."})
			_, out := tf.planOne(t)
			expectSaid(t, out, `WARNING: Files are no longer indexed: Searches of vector store \w+ no longer find 1 file:\s+b\.md: An internal error occurred \(server_error\)\.\s+`+next)
			tf.mustApply(t)
			if onFailure == "error" {
				tf.expectState(t, files, nil)
			} else {
				tf.expectState(t, map[string]string{"a.md": a}, map[string]string{"b.md": "An internal error occurred (server_error)"})
			}
			tf.expectNoChanges(t)
			if said := tf.says(t); said != "" {
				t.Errorf("a later plan says %s, want nothing", said)
			}
		})
	}
}

// A create of which a part failed is tainted. Files that the service refuses are not in the vector store.
func TestAccVectorStoreFiles_createThatFailsInPart(t *testing.T) {
	s := newFake(t)
	a, table, plain := s.page("a.md"), s.page("table.csv"), s.page("LICENSE")
	files := map[string]string{"a.md": a, "table.csv": table, "docs/LICENSE": plain}
	s.run(t,
		resource.TestStep{
			Config: s.attachedFiles(files),
			ExpectError: says(`2 of 3 files could not be attached`, `2 files: Files with extensions \[.csv, none\] are not supported for retrieval`,
				`docs/LICENSE, table\.csv`, `terraform untaint`),
		},
		resource.TestStep{
			PreConfig:         s.expectRequests(t, 0, a),
			Config:            s.attachedFiles(map[string]string{"a.md": a}),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(map[string]string{"a.md": a}))),
			PostApplyFunc:     s.expectAttached(t, a),
		},
	)
}

func TestAccVectorStoreFiles_createThatAttachesNothing(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: 403, Body: `{"error":{"message":"You have insufficient permissions."}}`})
	a, b := s.page("a.md"), s.page("b.md")
	files := map[string]string{"a.md": a, "b.md": b}
	s.run(t,
		resource.TestStep{
			Config:      s.attachedFiles(files),
			ExpectError: says(`2 of 2 files could not be attached`, `You have insufficient permissions`, `b\.md`, `this apply has added nothing to the state`),
		},
		resource.TestStep{ // not tainted: created, not replaced
			Config:           s.attachedFiles(files),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionCreate)),
			PostApplyFunc:    s.expectAttached(t, a, b),
		},
	)
}

func TestAccVectorStoreFiles_changedElsewhere(t *testing.T) {
	s := newFake(t)
	a, b, c := s.page("a.md"), s.page("b.md"), s.page("c.md")
	files := map[string]string{"a.md": a, "b.md": b, "c.md": c}
	var gone string
	s.run(t,
		resource.TestStep{Config: s.attachedFiles(files), PostApplyFunc: s.expectRequests(t, 0, a, b, c)},
		resource.TestStep{ // one was detached by hand
			PreConfig:        func() { s.Detach(s.storeID(t), b) },
			Config:           s.attachedFiles(files),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    all(s.expectAttached(t, a, b, c), s.expectRequests(t, 0, b)),
		},
		resource.TestStep{ // one is no longer processed
			PreConfig: func() {
				s.SetOutcome(s.storeID(t), c, openaitest.Outcome{Code: "server_error", Message: "An internal error occurred."})
			},
			Config:        s.attachedFiles(files),
			PostApplyFunc: all(s.expectAttached(t, a, b, c), s.expectRequests(t, 1, c)),
		},
		resource.TestStep{ // the vector store was deleted
			PreConfig: func() { gone = s.storeID(t); s.DeleteVectorStore(gone) },
			Config:    s.attachedFiles(files),
			ConfigPlanChecks: planned(
				plancheck.ExpectResourceAction(storeAddress, plancheck.ResourceActionCreate), attachmentsAction(plancheck.ResourceActionCreate),
			),
			PostApplyFunc: all(s.expectAttached(t, a, b, c), s.expectRequests(t, 0, a, b, c)),
		},
		resource.TestStep{Config: s.attachedFiles(files), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

// What could not be detached is not forgotten: its key is in the error, and the next apply detaches it.
func TestVectorStoreFiles_detachThatFails(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		s := tf.fake
		a, b, a2 := s.page("a.md"), s.page("b.md"), s.page("a.md")
		tf.attach(map[string]string{"a.md": a, "b.md": b}, nil)
		tf.mustApply(t)
		s.Inject(openaitest.Fault{Method: http.MethodDelete, Status: 400, Times: 2, Body: `{"error":{"message":"Not now."}}`})
		tf.attach(map[string]string{"a.md": a2}, nil)
		tf.fails(t, `2 of 2 files could not be detached.*Not now.*a\.md, b\.md`)
		s.expectAttached(t, a, b, a2)()
		s.ResetRequests()
		tf.mustHave(t, map[string]string{"a.md": a2})
		s.expectAttached(t, a2)()
		s.expectRequests(t, 2)()
	})
}

func TestVectorStoreFiles_refusedAtPlan(t *testing.T) {
	t.Parallel()
	type arguments = map[string]any
	for name, test := range map[string]struct {
		files map[string]string
		more  arguments
		want  string
	}{
		"a file under two keys":         {map[string]string{"a.md": "file-1", "b.md": "file-1"}, nil, `File is declared more than once.*a\.md, b\.md have the same file ID, file-1`},
		"attributes without a file":     {map[string]string{"a.md": "file-1"}, arguments{"attributes": arguments{"b.md": "{}"}}, `Attributes without a file.*the key "b\.md"`},
		"attributes that are no object": {map[string]string{"a.md": "file-1"}, arguments{"attributes": arguments{"a.md": "[1]"}}, `Attributes are not valid.*attributes\["a\.md"\]: It is an array instead of a JSON object`},
		"an overlap that is too large": {
			map[string]string{"a.md": "file-1"},
			arguments{"chunking_strategy": arguments{"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51}},
			`Overlap is too large.*at most half`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			tf.attach(test.files, test.more)
			out := &outcome{}
			tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
			out.expectError(t, test.want)
			tf.fake.expectRequests(t, 0)()
		})
	}
}

// A gateway has no route for DELETE. What it denies is still attached, and stays in the state.
func TestVectorStoreFiles_gatewayWithoutDelete(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		s := tf.fake
		a, b := s.page("a.md"), s.page("b.md")
		tf.attach(map[string]string{"a.md": a, "b.md": b}, nil)
		tf.mustApply(t)
		s.Inject(openaitest.Fault{Method: http.MethodDelete, Path: "/vector_stores/*/files/*", Status: 404, Times: -1, Body: "<html><title>404 Not Found</title></html>"})
		tf.attach(map[string]string{"a.md": a}, nil)
		tf.fails(t, `1 of 1 file could not be detached.*this 404 cannot be trusted.*including DELETE`)
		s.expectAttached(t, a, b)()
		tf.expectState(t, map[string]string{"a.md": a, "b.md": b}, nil)
		s.ClearFaults()
		tf.mustHave(t, map[string]string{"a.md": a})
		s.expectAttached(t, a)()
	})
}

// The replacement of a file cannot be indexed, and its earlier version has been deleted. The apply of another key says so, and the state
// does not claim that the file can be found.
func TestVectorStoreFiles_earlierVersionIsDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithOutcome("broken.md", openaitest.Outcome{Code: "invalid_file", Message: "It is broken."})))
		s := tf.fake
		a, b, broken, b2 := s.page("a.md"), s.page("b.md"), s.page("broken.md"), s.page("b.md")
		warn := map[string]any{"on_failure": "warn"}
		reason := map[string]string{"a.md": "It is broken (invalid_file)"}
		tf.attach(map[string]string{"a.md": a, "b.md": b}, warn)
		tf.mustApply(t)
		tf.attach(map[string]string{"a.md": broken, "b.md": b}, warn)
		tf.mustApply(t)
		tf.expectState(t, map[string]string{"a.md": a, "b.md": b}, reason)

		tf.attach(map[string]string{"a.md": broken, "b.md": b2}, warn)
		c, out := tf.planOne(t)
		out.mustSucceed(t, "plan")
		s.DeleteFile(a) // as a set with deferred deletions does in the same apply
		tf.carryOut(t.Context(), tf.start(t.Context(), s.URL, out), c)
		out.mustSucceed(t, "apply")
		expectSaid(t, out, `WARNING: Files are no longer attached: Vector store vs_\w+ no longer has the earlier versions of a\.md, and their replacements could not be indexed`)
		tf.expectState(t, map[string]string{"b.md": b2}, reason)
	})
}

// A gateway has no route for single files of a vector store. What it denies is still attached, so it stays in the state.
func TestVectorStoreFiles_gatewayWithoutSingleFiles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithOutcome("broken.md", openaitest.Outcome{Code: "invalid_file", Message: "It is broken."})))
		s := tf.fake
		a, b, broken, b2 := s.page("a.md"), s.page("b.md"), s.page("broken.md"), s.page("b.md")
		warn := map[string]any{"on_failure": "warn"}
		tf.attach(map[string]string{"a.md": a, "b.md": b}, warn)
		tf.mustApply(t)
		tf.attach(map[string]string{"a.md": broken, "b.md": b}, warn)
		tf.mustApply(t)
		s.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores/*/files/" + a, Status: 404, Times: -1, Body: "<html><title>404 Not Found</title></html>"})
		tf.attach(map[string]string{"a.md": broken, "b.md": b2}, warn)
		out := tf.apply(t.Context(), s.URL)
		expectSaid(t, out, `WARNING: Earlier versions of files were not looked up: .*this 404 cannot be trusted, because the list of the files of vector store vs_\w+ still has it`)
		tf.expectState(t, map[string]string{"a.md": a, "b.md": b2}, map[string]string{"a.md": "It is broken (invalid_file)"})
	})
}

// on_failure is about files. A refusal of all of them, or one by a gateway, is an error, and the next apply tries again.
func TestVectorStoreFiles_refusalsThatAreNotAboutFiles(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]openaitest.Fault{
		"not found":          {Status: http.StatusNotFound, Body: "404 page not found"},
		"not allowed":        {Status: http.StatusMethodNotAllowed, Body: "Not allowed"},
		"not implemented":    {Status: http.StatusNotImplemented, Body: "<title>Not implemented</title>"},
		"maintenance":        {Status: http.StatusBadRequest, Body: `{"error":{"message":"The service is in maintenance."}}`},
		"maintenance, plain": {Status: http.StatusBadRequest, Body: "The service is in maintenance."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md"), "c.md": tf.fake.page("c.md")}
			for _, path := range []string{"/vector_stores/*/file_batches", "/vector_stores/*/files"} {
				fault.Method, fault.Path, fault.Times = http.MethodPost, path, 20
				tf.fake.Inject(fault)
			}
			tf.attach(files, map[string]any{"on_failure": "warn"})
			tf.fails(t, `3 of 3 files could not be attached: `)
			tf.fake.ClearFaults()
			tf.mustHave(t, files)
		})
	}
}

// The service refuses one file without naming it, and accepts others: the reason is the file, so a warning is enough.
func TestVectorStoreFiles_refusalOfOneFile(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
	refusal := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: http.StatusBadRequest, Body: `{"error":{"message":"The file is broken."}}`}
	tf.fake.Inject(refusal) // of both
	refusal.Skip = 1        // the first half
	tf.fake.Inject(refusal)
	tf.attach(map[string]string{"a.md": a, "b.md": b}, map[string]any{"on_failure": "warn"})
	out := tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply")
	expectSaid(t, out, `WARNING: 1 of 2 files could not be indexed: .*b\.md: The file is broken\.`)
	tf.expectState(t, map[string]string{"a.md": a}, map[string]string{"b.md": "The file is broken"})
	tf.expectNoChanges(t)

	c := tf.fake.page("c.md")
	refusal.Body, refusal.Skip = "Blocked by the firewall.", 0 // which is not the service
	tf.fake.Inject(refusal)
	tf.attach(map[string]string{"a.md": a, "c.md": c, "d.md": tf.fake.page("d.md")}, map[string]any{"on_failure": "warn"})
	tf.fake.Inject(refusal)
	tf.fails(t, `1 of 3 files could not be attached: .*Blocked by the firewall`)
}

// The vector store counts a file that it does not list, so there is nothing to detach.
func TestVectorStoreFiles_exclusiveAndMiscounted(t *testing.T) {
	t.Parallel()
	ghosts := 0.0
	fake := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		if counts, ok := body["file_counts"].(map[string]any); ok && body["object"] == "vector_store" {
			total, _ := counts["total"].(float64)
			counts["total"] = total + ghosts
		}
		return status, body
	}))
	tf := newAttached(t, fake)
	files := map[string]string{"a.md": fake.page("a.md")}
	tf.attach(files, map[string]any{"exclusive": true})
	tf.mustHave(t, files)
	ghosts = 1
	if c, out := tf.planOne(t); c.none() {
		t.Errorf("the plan is empty, want a warning of one more file: %s", out)
	}
	tf.mustHave(t, files)
	fake.Attach(tf.store, fake.page("other.md"))
	if c, out := tf.planOne(t); c.none() {
		t.Errorf("the plan is empty, want a warning of another file: %s", out)
	}
	tf.mustHave(t, files)
}

// One file is detached and another one attached elsewhere: the number of files is the same, and their size is not.
func TestVectorStoreFiles_exchangedElsewhere(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a := tf.fake.page("a.md")
	files := map[string]string{"a.md": a}
	tf.attach(files, nil)
	tf.mustHave(t, files)
	tf.fake.Detach(tf.store, a)
	tf.fake.Attach(tf.store, tf.fake.page("another one.md"))
	c, out := tf.planOne(t)
	expectSaid(t, out, `Files are no longer attached: .*a\.md`)
	if c.none() {
		t.Error("the plan is empty, want the file to be attached again")
	}
	tf.mustHave(t, files)
}

// A server has other words for the status of a file.
func TestVectorStoreFiles_statusOfAnotherServer(t *testing.T) {
	t.Parallel()
	for word, test := range map[string]struct{ said, failure string }{
		"processed": {said: `^$`},
		"embedded":  {said: `WARNING: Files have an unknown status: The server reports the status "embedded" for a\.md\.`},
		"error":     {said: `ERROR: 1 of 1 file could not be attached: .*a\.md: its status is "error"`, failure: `its status is "error", and the service does not say why`},
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
				if body["object"] == "vector_store.file" && body["status"] == "completed" {
					body["status"] = word
				}
				return status, body
			})))
			a := tf.fake.page("a.md")
			files, failed := map[string]string{"a.md": a}, map[string]string(nil)
			tf.attach(files, nil)
			out := tf.apply(t.Context(), tf.fake.URL)
			expectSaid(t, out, test.said)
			if test.failure != "" {
				files, failed = nil, map[string]string{"a.md": test.failure}
			}
			tf.expectState(t, files, failed)
		})
	}
}

// Files that were deleted are no longer attached, so one request for each is enough, whatever others have attached.
func TestVectorStoreFiles_deletedFilesAreDetachedOnce(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	files, old := map[string]string{}, []string{}
	for _, key := range []string{"a.md", "b.md", "c.md"} {
		files[key] = tf.fake.page(key)
		old = append(old, files[key])
	}
	tf.fake.Attach(tf.store, tf.fake.page("other.md"))
	tf.attach(files, nil)
	tf.mustHave(t, files)
	for key := range files {
		files[key] = tf.fake.page("new " + key)
	}
	tf.attach(files, nil)
	c, out := tf.planOne(t)
	for _, id := range old { // by the apply of the file set
		tf.fake.DeleteFile(id)
	}
	tf.fake.ResetRequests()
	tf.carryOut(t.Context(), tf.start(t.Context(), tf.fake.URL, out), c)
	out.mustSucceed(t, "apply")
	tf.expectState(t, files, nil)
	tf.fake.expectSent(t, http.MethodDelete, 3)()
}

// A read is behind, so the service does not know the file that is to be detached. The second request fails: that is an error.
func TestVectorStoreFiles_detachedAgainInVain(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
	tf.attach(map[string]string{"a.md": a}, nil)
	tf.mustHave(t, map[string]string{"a.md": a})
	detach := openaitest.Fault{Method: http.MethodDelete, Status: http.StatusNotFound, Body: `{"error":{"message":"No file found with id '` + a + `'."}}`}
	tf.fake.Inject(detach)
	detach.Status, detach.Body = http.StatusBadRequest, `{"error":{"message":"Not now."}}`
	tf.fake.Inject(detach)
	tf.attach(map[string]string{"a.md": b}, nil)
	tf.fails(t, `1 of 1 file could not be detached: .*a\.md: .*Not now`)
	tf.expectState(t, map[string]string{"a.md": b}, nil)
	tf.mustHave(t, map[string]string{"a.md": b})
	tf.fake.expectAttached(t, b)()
}

// The service does not know one of the files: the others are attached at once, and the error says what may be wrong with this one.
func TestVectorStoreFiles_unknownFile(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
		tf.attach(map[string]string{"a.md": a, "b.md": b, "c.md": "file-unknown"}, nil)
		tf.fails(t, `1 of 3 files could not be attached: .*c\.md: No file found with id 'file-unknown'.*the file was deleted or belongs to a different project than the vector store`)
		tf.expectState(t, map[string]string{"a.md": a, "b.md": b}, map[string]string{"c.md": "No file found with id 'file-unknown' in vector store '" + tf.store + "'"})
		var withA []int // statuses
		for _, request := range tf.fake.Requests() {
			if request.Method == http.MethodPost && strings.Contains(request.JSON, a) {
				withA = append(withA, request.Status)
			}
		}
		if !slices.Equal(withA, []int{http.StatusNotFound, http.StatusOK}) {
			t.Errorf("a.md was sent with the answers %v, want one refusal", withA)
		}
	})
}

func TestAccVectorStoreFiles_refusedAtPlan(t *testing.T) {
	s := newFake(t)
	s.run(t,
		resource.TestStep{
			Config:      s.attachedFiles(map[string]string{"a.md": "file-1", "b.md": "file-1"}),
			PlanOnly:    true,
			ExpectError: says(`File is declared more than once`, `a\.md, b\.md have the same file ID, file-1`),
		},
		resource.TestStep{
			Config:      s.attachedFiles(map[string]string{"a.md": "file-1"}, "}\nimport {\n  to = openai_vector_store_files.test\n  id = \"vs_1\""),
			PlanOnly:    true,
			ExpectError: says(`cannot be imported`, `apply it: it adopts files that are already attached`),
		},
	)
}

// says plans and returns what is said of it.
func (tf attachedCore) says(t *testing.T) string {
	t.Helper()
	_, out := tf.planOne(t)
	out.mustSucceed(t, "plan")
	return out.String()
}

func TestVectorStoreFiles_warnings(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a, b, c := tf.fake.page("a.md"), tf.fake.page("b.csv"), tf.fake.page("c.md")
	const long = 300 // characters, more than the guide allows
	for _, step := range []struct {
		name  string
		files map[string]string
		more  map[string]any
		want  []string // summaries
	}{
		{"a create without files", nil, nil, []string{"No files will be attached"}},
		{"an extension that is not documented", map[string]string{"a.md": a, "b.csv": b}, nil, []string{"Files may be refused"}},
		{"a long attribute", map[string]string{"a.md": a}, map[string]any{"attributes": map[string]any{"a.md": fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", long))}}, []string{"Attributes may be refused"}},
		{"nothing to warn of", map[string]string{"a.md": a, "c.md": c}, nil, nil},
		{"apply", map[string]string{"a.md": a, "c.md": c}, nil, nil},
		{"the rest is known already", map[string]string{"a.md": a, "b.csv": b}, nil, []string{"Files may be refused"}},
		{"one file goes", map[string]string{"a.md": a}, nil, nil},
		{"all files go", nil, nil, []string{"All files will be detached: files is empty, so the apply detaches everything (2 files) from vector store " + tf.store}},
	} {
		tf.attach(step.files, step.more)
		if step.name == "apply" {
			tf.mustApply(t)
		}
		said := tf.says(t)
		if n := strings.Count(said, "WARNING"); n != len(step.want) {
			t.Errorf("%s: got %d warnings, want %d:\n%s", step.name, n, len(step.want), said)
		}
		for _, want := range step.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: got\n%s\nwant %s", step.name, said, want)
			}
		}
	}
}

func TestAccCLI_vectorStoreFilesWarnings(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	a, b := s.page("a.md"), s.page("b.csv")
	store := s.AddVectorStore("docs")
	config := func(files, more string) string {
		return fmt.Sprintf("resource \"openai_vector_store_files\" \"test\" {\n  vector_store_id = %q\n  files = {%s}\n  %s\n}\n", store, files, more)
	}
	w := newWorkspace(t, s, config("", ""))
	write := func(files, more string) {
		t.Helper()
		writeFile(t, w.dir+"/main.tf", required+config(files, more))
	}
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: No files will be attached .* fileset\(\) returns no files, but also no error, for a directory`)
	write(fmt.Sprintf("\"a.md\" = %q, \"b.csv\" = %q", a, b), "")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Files may be refused .* b\.csv`)
	write(fmt.Sprintf("\"a.md\" = %q", a), "")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	write("", "")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: All files will be detached .*detaches everything \(1 file\) from vector store `+store)
	s.Attach(store, s.page("other.md"))
	write(fmt.Sprintf("\"a.md\" = %q", a), "exclusive = true")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Other files will be detached .* has 1 file that this resource does not declare`)
	write(fmt.Sprintf("\"a.md\" = %q", a), `deletion_policy = "keep"`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	expectOutput(t, w.mustRun(t, "destroy", "-auto-approve", "-no-color"), `Warning: Files stay attached The resource is removed from the state without detaching 1 file from vector store `+store)
}

// Under the key of another project everything answers 404: nothing leaves the state, and nothing is attached elsewhere.
func TestAccCLI_vectorStoresInTheWrongPlace(t *testing.T) {
	t.Parallel()
	const otherKey = "sk-other"
	s := newFake(t, openaitest.WithProjectKey(otherKey, "org-2", "proj_2"))
	a, b := s.page("a.md"), s.page("b.md")
	w := newWorkspace(t, s, "resource \"openai_vector_store\" \"test\" {\n  name = \"docs\"\n}\n"+attachments("test", map[string]string{"a.md": a}))
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	before := read(t, w.dir+"/terraform.tfstate")
	own := w.env
	w.env = append(slices.Clone(own), "OPENAI_API_KEY="+otherKey)
	for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"}} {
		out, err := w.run(t, append(args, "-no-color")...)
		if err == nil {
			t.Errorf("%v succeeded:\n%s", args, out)
		}
		expectOutput(t, out, `was created in project \S+, organization \S+, but the provider now talks to project proj_2`)
	}
	w.mustReplace(t, fmt.Sprintf("%q = %q", "a.md", a), fmt.Sprintf("%q = %q", "a.md", b))
	w.mustReplace(t, `name = "docs"`, `name = "other"`)
	out, err := w.run(t, "apply", "-auto-approve", "-refresh=false", "-no-color")
	if err == nil {
		t.Errorf("an apply without a refresh succeeded:\n%s", out)
	}
	expectOutput(t, out, `Vector store was not changed .* but the provider now talks to project proj_2`)
	if after := read(t, w.dir+"/terraform.tfstate"); after != before {
		t.Errorf("the state has changed:\n%s", after)
	}
	s.expectAttached(t, a)()
	w.env = own
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")
	if n := len(s.VectorStores()); n != 0 {
		t.Errorf("%d vector stores are left", n)
	}
}

// Files of others stay until everything is attached: they may be those of a resource that this one is to replace.
func TestVectorStoreFiles_exclusiveThatFails(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		s := tf.fake
		a, other := s.page("a.md"), s.page("other.md")
		s.Attach(tf.store, other)
		s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: 403, Body: "no", Times: -1})
		tf.attach(map[string]string{"a.md": a}, map[string]any{"exclusive": true})
		tf.fails(t, `1 of 1 file could not be attached`)
		s.expectAttached(t, other)()
		s.ClearFaults()
		tf.mustHave(t, map[string]string{"a.md": a})
		s.expectAttached(t, a)()
	})
}

// Each refusal comes with the advice for vector stores, not with that for uploads.
func TestVectorStoreFiles_advice(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		401: `lacks the permission for vector stores`,
		403: `The service refuses this request\. Check the permissions of the key`,
		413: `very low limit for the size of a request`,
		429: `Wait and apply again.*300 requests a minute that attach files to one vector store`,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t))
				tf.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file*", Status: status, Body: `{"error":{"message":"No."}}`, Times: -1})
				tf.attach(map[string]string{"a.md": tf.fake.page("a.md")}, nil)
				out := tf.fails(t, want)
				if strings.Contains(out.String(), "1,000 uploads") || strings.Contains(out.String(), "512 MB") {
					t.Errorf("got %s, want no word of uploads", out)
				}
			})
		})
	}
}

// A rate limit of another operation than attaching has nothing to do with the one for attaching.
func TestVectorStoreFiles_adviceOfOtherOperations(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		tf.attach(map[string]string{"a.md": tf.fake.page("a.md")}, nil)
		tf.mustApply(t)
		tf.fake.Inject(openaitest.Fault{Method: http.MethodDelete, Path: "/vector_stores/*/files/*", Status: 429, Body: `{"error":{"message":"No."}}`, Times: -1})
		out := tf.destroy(t.Context(), tf.fake.URL)
		out.expectError(t, `Wait and run the same command again`)
		if strings.Contains(out.String(), "300 requests") {
			t.Errorf("got %s, want no word of attaching", out)
		}
	})
}

// A destroy that fails says what to do to destroy the rest.
func TestVectorStoreFiles_failedDestroy(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
	tf.attach(map[string]string{"a.md": a, "b.md": b}, nil)
	tf.mustApply(t)
	tf.fake.Inject(openaitest.Fault{Method: http.MethodDelete, Path: "/vector_stores/*/files/" + b, Status: 403, Body: "no"})
	out := tf.destroy(t.Context(), tf.fake.URL)
	out.expectError(t, `1 of 2 files could not be detached.*Run the same command again to detach the rest\.`)
	if text := out.String(); strings.Contains(text, "next apply") || strings.Contains(text, "up to date") {
		t.Errorf("got %s, want no word of an apply", text)
	}
	tf.mustDestroy(t)
	tf.fake.expectAttached(t)()
}

// Nobody knows the vector store that is declared: it never existed.
func TestVectorStoreFiles_noSuchVectorStore(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	tf.attach(map[string]string{"a.md": tf.fake.page("a.md")}, map[string]any{"vector_store_id": "vs_unknown"})
	tf.fails(t, `Vector store vs_unknown does not exist\.\n\nCheck vector_store_id`)
}

// The time of a refresh is that in the state, so it does not help to set a longer one alone.
func TestVectorStoreFiles_refreshThatTakesTooLong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ path, want string }{
		"the vector store": {"/vector_stores/*", "Vector store could not be read"},
		"its files":        {"/vector_stores/*/files", "Files of the vector store could not be listed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t))
				a := tf.fake.page("a.md")
				tf.attach(map[string]string{"a.md": a}, map[string]any{"timeouts": map[string]any{"read": "4s"}})
				tf.mustApply(t)
				tf.fake.Attach(tf.store, tf.fake.page("b.md")) // so that the refresh lists the files
				tf.fake.Inject(openaitest.Fault{Method: http.MethodGet, Path: test.path, Times: -1, Delay: time.Hour})
				out := tf.apply(t.Context(), tf.fake.URL)
				expectOutput(t, out.String(), `ERROR: `+test.want+`: .*The timeout has expired\. Set a longer one for read, and apply once with -refresh=false`)
				tf.expectState(t, map[string]string{"a.md": a}, nil)
			})
		})
	}
}
