package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// manyAttached declares the files of ids.json with attributes, in a vector store.
const manyAttached = `
locals {
  files = jsondecode(file("ids.json"))
}
resource "openai_vector_store" "test" {
  name = "docs"
}
resource "openai_vector_store_files" "test" {
  vector_store_id = openai_vector_store.test.id
  files           = local.files
  attributes      = { for key in keys(local.files) : key => jsonencode({ page = key }) }
}
`

// knowledgeBase is a workspace with many files.
type knowledgeBase struct {
	*workspace
	s   service
	ids map[string]string
}

func newKnowledgeBase(t *testing.T, s service, n int) *knowledgeBase {
	t.Helper()
	k := &knowledgeBase{newWorkspace(t, s, manyAttached), s, map[string]string{}}
	for i := range n {
		k.edit(t, i)
	}
	k.declare(t)
	return k
}

// edit makes a key mean a new file.
func (k *knowledgeBase) edit(t *testing.T, i int) {
	t.Helper()
	name := fmt.Sprintf("%05d.md", i)
	k.ids[name] = k.s.page(name)
}

func (k *knowledgeBase) declare(t *testing.T) {
	t.Helper()
	encoded, err := json.Marshal(k.ids)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(k.dir, "ids.json"), string(encoded))
	k.s.ResetRequests()
}

// expectFew expects at most so many requests besides DELETEs since the log was reset, and exactly so many DELETEs, and resets it.
func (k *knowledgeBase) expectFew(t *testing.T, what string, atMost, deletes int) {
	t.Helper()
	deleted := k.s.sent(http.MethodDelete)
	if n := len(k.s.Requests()) - deleted; n > atMost {
		t.Errorf("%s: %d requests, want at most %d", what, n, atMost)
	}
	if deleted != deletes {
		t.Errorf("%s: %d requests DELETE, want %d", what, deleted, deletes)
	}
	k.s.ResetRequests()
}

func TestVectorStoreFiles_manyFiles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		const n = 2000
		tf := newAttached(t, newBubbleFake(t, openaitest.WithAttachLimits(0, 0), openaitest.WithOutcome("00077.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty.", Times: 1})))
		k := &knowledgeBase{s: tf.fake, ids: map[string]string{}}
		for i := range n {
			k.edit(t, i)
		}
		declare := func() {
			attributes := map[string]any{}
			for key := range k.ids {
				attributes[key] = fmt.Sprintf(`{"page":%q}`, key)
			}
			tf.attach(k.ids, map[string]any{"attributes": attributes})
			tf.fake.ResetRequests()
		}
		declare()
		tf.fails(t, `1 of 2,000 files could not be attached.*00077\.md: It is empty \(invalid_file\)`)
		k.expectFew(t, "first apply", 20, 0)
		tf.current[theResource].tainted = false // terraform untaint
		tf.mustApply(t)
		k.expectFew(t, "apply of what is left", 12, 1)
		tf.expectNoChanges(t)
		k.expectFew(t, "plan without a change", 3, 0)

		for i := 0; i < n; i += 100 {
			k.edit(t, i)
		}
		declare()
		tf.mustApply(t)
		k.expectFew(t, "apply of 1%", 20, n/100)
		tf.expectState(t, k.ids, nil)
		if got := len(tf.fake.Attachments(tf.store)); got != n {
			t.Errorf("the vector store has %d files, want %d", got, n)
		}
		tf.expectNoChanges(t)
	})
}

func TestAccCLI_vectorStoreOfHundredsOfFiles(t *testing.T) {
	t.Parallel()
	const n = 600 // two batches
	s := newFake(t, openaitest.WithAttachLimits(0, 0), openaitest.WithOutcome("00077.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty.", Times: 1}))
	k := newKnowledgeBase(t, s, n)
	out, err := k.run(t, "apply", "-auto-approve", "-no-color")
	if err == nil {
		t.Errorf("a file failed, and the apply did not:\n%s", out)
	}
	expectOutput(t, out, `1 of 600 files could not be attached .*00077\.md: It is empty \(invalid_file\)`)
	k.mustRun(t, "untaint", "-no-color", attachmentsAddress)
	k.s.ResetRequests()
	k.mustRun(t, "apply", "-auto-approve", "-no-color")
	k.expectFew(t, "apply of what is left", 12, 1)
	expectOutput(t, k.mustRun(t, "plan", "-no-color"), `No changes`)
	k.expectFew(t, "plan without a change", 3, 0)
	if got := len(s.Attachments(s.storeID(t))); got != n {
		t.Errorf("the vector store has %d files, want %d", got, n)
	}
}

// Ctrl-C while files are processed: the next apply attaches none of them again.
func TestAccCLI_interruptWhileFilesAreProcessed(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	s := newFake(t, openaitest.WithIndexing(time.Hour), openaitest.WithClock(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	k := newKnowledgeBase(t, s, 20)
	out, err := k.interrupt(t, s, func(requests []openaitest.Request) bool {
		attached := false
		for _, request := range requests {
			attached = attached || strings.HasSuffix(request.Path, "/file_batches") && request.Done
		}
		return attached
	})
	if err == nil {
		t.Errorf("an interrupted apply succeeded:\n%s", out)
	}
	expectOutput(t, out, `20 of 20 files could not be attached .*not known whether the file was indexed`)
	s.ResetRequests()
	ahead.Store(int64(2 * time.Hour))
	k.mustRun(t, "untaint", "-no-color", attachmentsAddress)
	k.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.expectRequests(t, 0)()
	expectOutput(t, k.mustRun(t, "plan", "-no-color"), `No changes`)
	k.mustRun(t, "destroy", "-auto-approve", "-no-color")
}

// A list that fails past a page, a server that tells no numbers, and files that are listed late.
func TestVectorStoreFiles_oddServers(t *testing.T) {
	t.Parallel()
	noCounts := openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		if body["object"] == "vector_store" {
			delete(body, "file_counts")
		}
		return status, body
	})
	for name, option := range map[string]openaitest.Option{
		"a list that fails":  openaitest.WithOutcome("b.md", openaitest.Outcome{Poison: true}),
		"no numbers":         noCounts,
		"no batches":         openaitest.AsLiteLLM(),
		"late reads":         openaitest.WithAttachLag(2),
		"late detachments":   openaitest.WithDetachLag(time.Minute),
		"late vector stores": openaitest.WithReadLag(1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t, option))
				s := tf.fake
				a, b, c, d, e := s.page("a.md"), s.page("b.md"), s.page("c.md"), s.page("d.md"), s.page("e.md")
				files, changed := map[string]string{"a.md": a, "b.md": b, "c.md": c, "d.md": d}, map[string]string{"a.md": e, "b.md": b, "c.md": c, "d.md": d}
				tf.attach(files, nil)
				tf.mustHave(t, files)
				s.expectAttached(t, a, b, c, d)()
				s.expectRequests(t, 0, a, b, c, d)()
				s.Detach(tf.store, c)
				tf.attach(changed, nil)
				tf.mustHave(t, changed)
				s.expectAttached(t, e, b, c, d)()
				if got := s.attachRequests(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values([]string{c, e}))) {
					t.Errorf("%v were attached, want the one that was detached and the new one: %s, %s", got, c, e)
				}
				tf.mustDestroy(t)
				s.expectAttached(t)()
			})
		})
	}
}

// IDs that are not known before the apply: what is wrong with them is told then, and nothing is attached.
func TestAccVectorStoreFiles_sameFileTwiceKnownAtApply(t *testing.T) {
	s := newFake(t)
	a := s.page("a.md")
	config := strings.Replace(s.attachedFiles(map[string]string{"a.md": "X", "b.md": "X"}), `"X"`, "terraform_data.id.output", 2) +
		fmt.Sprintf("resource \"terraform_data\" \"id\" {\n  input = %q\n}\n", a)
	s.run(t, resource.TestStep{Config: config, ExpectError: says(`File is declared more than once`, `a\.md, b\.md have the same file ID`)})
	s.expectRequests(t, 1)() // the vector store
}
