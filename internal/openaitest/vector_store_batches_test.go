package openaitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// counts is how the service writes the number of files.
func counts(inProgress, completed, failed, cancelled int) string {
	return fmt.Sprintf(`"file_counts": {
    "in_progress": %d,
    "completed": %d,
    "failed": %d,
    "cancelled": %d,
    "total": %d
  }`, inProgress, completed, failed, cancelled, inProgress+completed+failed+cancelled)
}

// batchJSON is a batch as the service writes it.
func batchJSON(id, store, status, counts string) string {
	return fmt.Sprintf(`{
  "id": "%s",
  "object": "vector_store.file_batch",
  "created_at": 1700000000,
  "status": "%s",
  "vector_store_id": "%s",
  %s
}
`, id, status, store, counts)
}

// newBatch attaches file-1 to file-n as one batch and returns the answer.
func (c client) newBatch(t *testing.T, store string, n int) reply {
	t.Helper()
	var files []string
	for i := range n {
		files = append(files, fmt.Sprintf(`{"file_id":"file-%d","attributes":{"n":%[1]d}}`, i+1))
	}
	return c.do(t, http.MethodPost, "/vector_stores/"+store+"/file_batches", `{"files":[`+strings.Join(files, ",")+`]}`)
}

func TestVectorStoreBatch_createAndList(t *testing.T) {
	s, c := newFixedServer(t)
	store := c.newStore(t, "{}")
	for range 4 {
		s.AddFile("a.md", "user_data", []byte("hello"))
	}
	s.Attach(store, "file-4")
	got := c.newBatch(t, store, 3)
	id := got.text(t, "id")
	if !strings.HasPrefix(id, "vsfb_") || len(id) != len("vsfb_")+32 {
		t.Errorf("got the id %s, want vsfb_ and 32 hexadecimal digits", id)
	}
	got.want(t, http.StatusOK, batchJSON(id, store, "in_progress", counts(3, 0, 0, 0)))
	path := "/vector_stores/" + store + "/file_batches/" + id
	for query, want := range map[string]page{
		"":                         {"file-3 file-2 file-1", "file-3", "file-1", false},
		"?limit=2&order=asc":       {"file-1 file-2", "file-1", "file-2", true},
		"?limit=2&after=file-3":    {"file-2 file-1", "file-2", "file-1", false},
		"?filter=in_progress":      {"", "", "", false},
		"?before=file-1&limit=100": {"file-3 file-2", "file-3", "file-2", false},
	} {
		if diff := cmp.Diff(want, c.listAt(t, path+"/files"+query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for i, a := range s.Attachments(store)[:3] {
		if got := a.Attributes["n"]; got != float64(i+1) {
			t.Errorf("%s: got the attribute %v, want %d", a.FileID, got, i+1)
		}
	}
	if got := s.VectorBatches(store); len(got) != 1 || got[0] != 3 {
		t.Errorf("got batches of %v files, want one of 3", got)
	}
}

// Recorded since November 2025: the service answers with the vector store, of which the batch is a part.
func TestVectorStoreBatch_retrieveAnswersWithTheStore(t *testing.T) {
	s, c := newFixedServer(t)
	store := c.newStore(t, `{"name":"docs"}`)
	for range 3 {
		s.AddFile("a.md", "user_data", []byte("hello"))
	}
	s.Attach(store, "file-3")
	id := c.newBatch(t, store, 2).text(t, "id")
	got := c.get(t, "/vector_stores/"+store+"/file_batches/"+id)
	if got.text(t, "id") != store || got.text(t, "object") != "vector_store" || got.text(t, "status") != "completed" ||
		!strings.Contains(got.body, counts(0, 3, 0, 0)) {
		t.Errorf("got %s, want the vector store with its three files", got.body)
	}
}

func TestVectorStoreBatch_retrieveAsDocumented(t *testing.T) {
	s, c := newFixedServer(t, openaitest.WithDocumentedBatches(), openaitest.WithEmptyCounts(1), openaitest.WithPollAfter(1500*time.Millisecond),
		openaitest.WithOutcome("bad.md", openaitest.Outcome{Code: "server_error", Message: "An internal error occurred."}))
	store := c.newStore(t, "{}")
	s.AddFile("a.md", "user_data", []byte("hello"))
	s.AddFile("bad.md", "user_data", []byte("hello"))
	created := c.newBatch(t, store, 2)
	id := created.text(t, "id")
	path := "/vector_stores/" + store + "/file_batches/" + id
	c.get(t, path).want(t, http.StatusOK, batchJSON(id, store, "in_progress", counts(0, 0, 0, 0)))
	got := c.get(t, path)
	got.want(t, http.StatusOK, batchJSON(id, store, "completed", counts(0, 1, 1, 0)))
	for _, r := range []reply{created, got, c.get(t, "/vector_stores/"+store+"/files/file-1")} {
		if after := r.header.Get("Openai-Poll-After-Ms"); after != "1500" {
			t.Errorf("got openai-poll-after-ms %q, want 1500", after)
		}
	}
	// Detached files no longer count.
	s.Detach(store, "file-1")
	c.get(t, path).want(t, http.StatusOK, batchJSON(id, store, "completed", counts(0, 0, 1, 0)))
}

func TestVectorStoreBatch_cancel(t *testing.T) {
	var clock clock
	s, c := newServer(t, clock.option(), openaitest.WithIndexing(time.Minute), openaitest.WithIDs(func() func() string {
		n := 0
		return func() string { n++; return fmt.Sprint("file-", n) }
	}()))
	store := c.newStore(t, "{}")
	s.AddFile("a.md", "user_data", []byte("x"))
	s.AddFile("b.md", "user_data", []byte("x"))
	id := c.newBatch(t, store, 2).text(t, "id")
	path := "/vector_stores/" + store + "/file_batches/" + id + "/cancel"
	c.do(t, http.MethodPost, path, nil).want(t, http.StatusOK, batchJSON(id, store, "cancelled", counts(0, 0, 0, 2)))
	if got := c.listAt(t, "/vector_stores/"+store+"/files?filter=cancelled"); got.IDs != "file-2 file-1" {
		t.Errorf("got %+v, want both files cancelled", got)
	}
	s.Detach(store, "file-1")
	s.Detach(store, "file-2")
	id = c.newBatch(t, store, 1).text(t, "id")
	clock.pass(time.Minute)
	got := c.do(t, http.MethodPost, "/vector_stores/"+store+"/file_batches/"+id+"/cancel", nil)
	if got.text(t, "status") != "completed" { // recorded
		t.Errorf("got %s, want a finished batch to stay completed", got.body)
	}
}

func TestVectorStoreBatch_sharedAttributes(t *testing.T) {
	s, c := newFixedServer(t)
	store := c.newStore(t, "{}")
	s.AddFile("a.md", "user_data", []byte("x"))
	s.AddFile("b.md", "user_data", []byte("x"))
	attach := func(body string) {
		t.Helper()
		if got := c.do(t, http.MethodPost, "/vector_stores/"+store+"/file_batches", body); got.status != http.StatusOK {
			t.Fatalf("got %d %s, want 200", got.status, got.body)
		}
	}
	attach(`{"file_ids":["file-1"],"attributes":{"a":"b"}}`)
	attach(`{"files":[{"file_id":"file-2"}],"attributes":{"a":"b"}}`) // ignored with files
	got := s.Attachments(store)
	if got[0].Attributes["a"] != "b" || len(got[1].Attributes) != 0 {
		t.Errorf("got %+v, want attributes for the first file only", got)
	}
}

func TestVectorStore_profiles(t *testing.T) {
	for name, test := range map[string]struct {
		opt      openaitest.Option
		batch    int    // status
		status   string // in the answer to an attachment
		want     string // in the store
		chunking string
	}{
		"OpenAI":           {openaitest.WithPageSize(1), 200, "in_progress", `"name": null`, `"type": "static"`},
		"Azure":            {openaitest.AsAzure(), 200, "in_progress", `"name": ""`, `"type": "static"`},
		"OGX":              {openaitest.AsOGX(), 200, "completed", `"provider_id": "faiss"`, `"type": "auto"`},
		"LiteLLM":          {openaitest.AsLiteLLM(), 404, "in_progress", `"name": null`, `"type": "static"`},
		"no batches (405)": {openaitest.WithoutBatches(405), 405, "in_progress", `"name": null`, `"type": "static"`},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newFixedServer(t, test.opt)
			store := c.newStore(t, "{}")
			s.AddFile("a.md", "user_data", []byte("x"))
			if got := c.newBatch(t, store, 1); got.status != test.batch {
				t.Errorf("got %d %s for a batch, want %d", got.status, got.body, test.batch)
			}
			s.Detach(store, "file-1")
			got := c.attach(t, store, "file-1", `,"chunking_strategy":{"type":"auto"}`)
			if got.status != http.StatusOK || got.text(t, "status") != test.status || !strings.Contains(got.body, test.chunking) {
				t.Errorf("got %d %s, want %s and %s", got.status, got.body, test.status, test.chunking)
			}
			if got := c.get(t, "/vector_stores/"+store); !strings.Contains(got.body, test.want) {
				t.Errorf("got %s, want %s in it", got.body, test.want)
			}
		})
	}
	s, c := newFixedServer(t, openaitest.AsAzure())
	store := c.newStore(t, "{}")
	for range 501 {
		s.AddFile("a.md", "user_data", []byte("x"))
	}
	if got := c.newBatch(t, store, 501); got.status != http.StatusBadRequest || !strings.Contains(got.body, "maximum length 500") {
		t.Errorf("got %d %s, want 501 files refused", got.status, got.body)
	}
	if got := c.get(t, "/vector_stores/"+store+"/files"); !strings.Contains(got.body, `"first_id": ""`) {
		t.Errorf("got %s, want an empty first_id", got.body)
	}
}

// The time to attach, list and detach grows with the number of files, not with its square.
func BenchmarkVectorStore(b *testing.B) {
	for _, n := range []int{10_000, 40_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				s := openaitest.New(openaitest.WithAttachLimits(0, 0), openaitest.WithRequestLimit(1))
				store := s.AddVectorStore("docs")
				for range n / 2_000 {
					var ids []string
					for range 2_000 {
						ids = append(ids, fmt.Sprintf("%q", s.AddFile("a.md", "user_data", []byte("x")).ID))
					}
					handle(b, s, http.MethodPost, "/vector_stores/"+store+"/file_batches", `{"file_ids":[`+strings.Join(ids, ",")+`]}`, http.StatusOK)
				}
				detachAll(b, s, store, n)
				s.Close()
			}
		})
	}
}

// detachAll lists all files of a store, and detaches each.
func detachAll(b *testing.B, s *openaitest.Server, store string, want int) {
	b.Helper()
	path := "/vector_stores/" + store + "/files"
	var ids []string
	for after := ""; ; {
		var list struct {
			Data    []struct{ ID string } `json:"data"`
			LastID  string                `json:"last_id"`
			HasMore bool                  `json:"has_more"`
		}
		text := handle(b, s, http.MethodGet, path+"?limit=100"+after, "", http.StatusOK)
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			b.Fatal(err)
		}
		for _, file := range list.Data {
			ids = append(ids, file.ID)
		}
		if !list.HasMore {
			break
		}
		after = "&after=" + list.LastID
	}
	if len(ids) != want {
		b.Fatalf("got %d files, want %d", len(ids), want)
	}
	for _, id := range ids {
		handle(b, s, http.MethodDelete, path+"/"+id, "", http.StatusOK)
	}
}

// handle makes a server answer without a network, and returns the answer.
func handle(t testing.TB, s *openaitest.Server, method, path, body string, status int) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+openaitest.Key)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != status {
		t.Errorf("%s %s: got %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	return w.Body.String()
}
