package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// A file is detached by hand between the plan and the apply. The vector store has as many files as the resource declares anyway, because
// it has others too. The next plan says what is missing.
func TestVectorStoreFiles_detachedAfterThePlan(t *testing.T) {
	t.Parallel()
	for name, attachOther := range map[string]func(attachedCore) []string{
		"no other file": func(attachedCore) []string { return nil },
		"the file of others": func(tf attachedCore) []string {
			other := tf.fake.page("other.md")
			tf.fake.Attach(tf.store, other)
			return []string{other}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t))
				others := attachOther(tf)
				files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
				tf.attach(files, nil)
				tf.mustHave(t, files)
				files["c.md"] = tf.fake.page("c.md")
				tf.attach(files, nil)
				tf.applyAfter(t, func() { tf.fake.Detach(tf.store, files["a.md"]) })
				if c, _ := tf.planOne(t); c.none() {
					t.Error("the next plan is empty, want it to attach a.md again")
				}
				tf.mustHave(t, files)
				tf.fake.expectAttached(t, append(others, files["a.md"], files["b.md"], files["c.md"])...)()
			})
		})
	}
}

// For a while, the service does not know attachments of another run. They are detached, or named.
func TestVectorStoreFiles_detachedTooEarly(t *testing.T) {
	t.Parallel()
	remove := func(tf attachedCore, files map[string]string) {
		tf.attach(map[string]string{"b.md": files["b.md"]}, nil)
	}
	destroy := func(tf attachedCore, _ map[string]string) { tf.resources = map[string]map[string]any{} }
	split := func(tf attachedCore, files map[string]string) {
		tf.attach(files, map[string]any{"chunking_strategy": map[string]any{"max_chunk_size_tokens": 400, "chunk_overlap_tokens": 100}})
	}
	for name, test := range map[string]struct {
		lag   time.Duration
		reads bool   // a GET does not know them either
		want  string // a warning; empty: the files are detached
		after func(tf attachedCore, files map[string]string)
	}{
		"a key is removed":                      {3 * time.Second, false, "", remove},
		"the resource is destroyed":             {3 * time.Second, false, "", destroy},
		"other chunks":                          {3 * time.Second, false, "", split},
		"a key is removed, reads are late too":  {1500 * time.Millisecond, true, "", remove},
		"it is destroyed, reads are late too":   {1500 * time.Millisecond, true, "", destroy},
		"a key is removed, which does not work": {time.Hour, false, `Files may still be attached.*a\.md \(file-\w+\)\. The next apply`, remove},
		"it is destroyed, which does not work":  {time.Hour, false, `ERROR: 1 of 2 files could not be detached:\s+a\.md \(file-\w+\): The service answered that the file is not attached, but vector store \w+ still contains it`, destroy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t))
				files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
				tf.attach(files, nil)
				tf.mustHave(t, files)
				known := time.Now().Add(test.lag)
				tf.fake.Inject(openaitest.Fault{
					Times: -1, Status: http.StatusNotFound, Body: notAttached(files["a.md"]),
					Match: func(r *http.Request) bool {
						return time.Now().Before(known) && (r.Method == http.MethodDelete || test.reads && r.Method == http.MethodGet) && strings.Contains(r.URL.Path, "/files/"+files["a.md"]) && strings.Contains(r.URL.Path, "/vector_stores/")
					},
				})
				test.after(tf, files)
				out := tf.apply(t.Context(), tf.fake.URL)
				if test.want != "" {
					expectOutput(t, out.String(), test.want)
					tf.fake.ClearFaults()
					tf.mustApply(t)
					if got := tf.fake.Attachments(tf.store); slices.ContainsFunc(got, func(has openaitest.Attachment) bool { return has.FileID == files["a.md"] }) {
						t.Errorf("got %v attached after another apply", got)
					}
					return
				}
				out.mustSucceed(t, "apply")
				for _, attached := range tf.fake.Attachments(tf.store) {
					if attached.FileID == files["a.md"] && (name != "other chunks" || attached.MaxTokens != 400) {
						t.Errorf("got %+v attached after %s", attached, out)
					}
				}
			})
		})
	}
}

// Files are gone although nobody detached them: a set deletes what it replaces. That is no reason to wait or to warn, whatever else happens to
// the vector store meanwhile.
func TestVectorStoreFiles_deletedBesideOthers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		tf.fake.Attach(tf.store, tf.fake.page("other.md"))
		files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
		tf.attach(files, nil)
		tf.mustHave(t, files)
		tf.fake.DeleteFile(files["a.md"])
		tf.fake.Attach(tf.store, tf.fake.page("more.md"), tf.fake.page("still more.md")) // by another resource
		files["a.md"] = tf.fake.page("a.md")
		tf.attach(files, nil)
		began := time.Now()
		out := tf.apply(t.Context(), tf.fake.URL)
		out.mustSucceed(t, "apply")
		if strings.Contains(out.String(), "be attached") || time.Since(began) > 10*time.Second {
			t.Errorf("got %s after %s, want no warning", out, time.Since(began))
		}
		tf.expectNoChanges(t)
	})
}

// The apply is interrupted, or the service fails, before it is known whether files are detached that it does not know. They are named, and the
// next apply detaches them.
func TestVectorStoreFiles_detachmentThatIsNotKnown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		get  int           // status of a GET of the attachment; 0: it is there
		stop time.Duration // after the beginning of the apply; 0: never
	}{
		"interrupted":                {0, 900 * time.Millisecond},
		"it cannot be asked":         {500, 0},
		"interrupted, and not asked": {500, 900 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t))
				files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
				tf.attach(files, nil)
				tf.mustHave(t, files)
				attachment := "/vector_stores/*/files/" + files["a.md"]
				tf.fake.Inject(openaitest.Fault{Method: http.MethodDelete, Path: attachment, Times: -1, Status: http.StatusNotFound, Body: notAttached(files["a.md"])})
				if test.get > 0 {
					tf.fake.Inject(openaitest.Fault{Method: http.MethodGet, Path: attachment, Times: -1, Status: test.get})
				}
				delete(files, "a.md")
				tf.attach(files, nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.stop > 0 {
					time.AfterFunc(test.stop, cancel)
				}
				out := tf.apply(ctx, tf.fake.URL)
				expectOutput(t, out.String(), `Files may still be attached.*a\.md \(file-\w+\)\. The next apply tries to detach them again`)
				tf.fake.ClearFaults()
				tf.mustHave(t, files)
				tf.fake.expectAttached(t, files["b.md"])()
			})
		})
	}
}

// A file is detached by hand between the plan and the apply, and the service does not know another one for a moment that is to be detached. The
// numbers of files agree anyway.
func TestVectorStoreFiles_detachedByHandAndTooEarly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
		tf.attach(files, nil)
		tf.mustHave(t, files)
		removed := files["a.md"]
		delete(files, "a.md")
		tf.attach(files, nil)
		known := time.Now().Add(time.Second)
		tf.fake.Inject(openaitest.Fault{
			Method: http.MethodDelete, Path: "/vector_stores/*/files/" + removed, Times: -1, Status: http.StatusNotFound, Body: notAttached(removed),
			Match: func(*http.Request) bool { return time.Now().Before(known) },
		})
		tf.applyAfter(t, func() { tf.fake.Detach(tf.store, files["b.md"]) })
		tf.mustHave(t, files)
		tf.fake.expectAttached(t, files["b.md"])()
	})
}

// applyAfter applies a plan that was made before something happens.
func (tf attachedCore) applyAfter(t *testing.T, happens func()) {
	t.Helper()
	out := &outcome{}
	changes := tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
	happens()
	process := tf.start(t.Context(), tf.fake.URL, out)
	for _, c := range changes {
		tf.carryOut(t.Context(), process, c)
	}
	out.mustSucceed(t, "apply")
}

// notAttached is the body of a 404 to a request for an attachment.
func notAttached(file string) string {
	return fmt.Sprintf(`{"error":{"message":"No file found with id '%s'.","type":"invalid_request_error","param":null,"code":null}}`, file)
}

// A file that is gone needs one request to detach it, and one that confirms it.
func TestVectorStoreFiles_goneFileIsAskedForOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
		tf.attach(files, nil)
		tf.mustHave(t, files)
		gone := files["a.md"]
		delete(files, "a.md")
		tf.attach(files, nil)
		tf.fake.ResetRequests()
		tf.applyAfter(t, func() { tf.fake.Detach(tf.store, gone) })
		var got []string
		for _, r := range tf.fake.Requests() {
			if strings.HasSuffix(r.Path, "/files/"+gone) {
				got = append(got, r.Method)
			}
		}
		if want := []string{http.MethodDelete, http.MethodGet}; !slices.Equal(got, want) {
			t.Errorf("got the requests %v for the file that is gone, want %v", got, want)
		}
		tf.mustHave(t, files)
	})
}
