package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// A file is detached by hand between the plan and the apply. The vector store has as many files as the resource declares all the same, because
// it has others too. The next plan says what is missing.
func TestVectorStoreFiles_detachedAfterThePlan(t *testing.T) {
	t.Parallel()
	for name, attachOther := range map[string]func(*testing.T, attachedCore){
		"no other file":      func(*testing.T, attachedCore) {},
		"the file of others": func(_ *testing.T, tf attachedCore) { tf.fake.Attach(tf.store, tf.fake.page("other.md")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t))
				attachOther(t, tf)
				files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
				tf.attach(files, nil)
				tf.mustHave(t, files)
				files["c.md"] = tf.fake.page("c.md")
				tf.attach(files, nil)
				out := &outcome{}
				changes := tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
				tf.fake.Detach(tf.store, files["a.md"])
				process := tf.start(t.Context(), tf.fake.URL, out)
				for _, c := range changes {
					tf.carryOut(t.Context(), process, c)
				}
				out.mustSucceed(t, "apply")
				if c, _ := tf.planOne(t); c.none() {
					t.Error("the next plan is empty, want it to attach a.md again")
				}
				tf.mustHave(t, files)
				tf.fake.expectAttached(t, files["a.md"], files["b.md"], files["c.md"])
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
		"a key is removed, which does not work": {time.Hour, false, `Files are still attached.*a\.md \(file-\w+\)\. The next apply`, remove},
		"it is destroyed, which does not work":  {time.Hour, false, `Files are still attached.*a\.md \(file-\w+\)\. Detach them by other means`, destroy},
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
					Times: -1, Status: http.StatusNotFound, Body: fmt.Sprintf(`{"error":{"message":"No file found with id '%s'.","type":"invalid_request_error","param":null,"code":null}}`, files["a.md"]),
					Match: func(r *http.Request) bool {
						return time.Now().Before(known) && (r.Method == http.MethodDelete || test.reads && r.Method == http.MethodGet) && strings.Contains(r.URL.Path, "/files/"+files["a.md"]) && strings.Contains(r.URL.Path, "/vector_stores/")
					},
				})
				test.after(tf, files)
				out := tf.apply(t.Context(), tf.fake.URL)
				out.mustSucceed(t, "apply")
				if test.want != "" {
					expectOutput(t, out.String(), test.want)
					return
				}
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
		if strings.Contains(out.String(), "still attached") || time.Since(began) > 10*time.Second {
			t.Errorf("got %s after %s, want no warning", out, time.Since(began))
		}
		tf.expectNoChanges(t)
	})
}
