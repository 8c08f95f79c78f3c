package openaitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// attach attaches a file and returns the answer; more is further members of the body.
func (c client) attach(t *testing.T, store, file, more string) reply {
	t.Helper()
	return c.do(t, http.MethodPost, "/vector_stores/"+store+"/files", fmt.Sprintf(`{"file_id":%q%s}`, file, more))
}

// attachmentJSON is a file in a vector store as the service writes it.
func attachmentJSON(store string, bytes int, status, attributes string, chunk, overlap int) string {
	return fmt.Sprintf(`{
  "id": "file-1",
  "object": "vector_store.file",
  "usage_bytes": %d,
  "created_at": 1700000000,
  "vector_store_id": "%s",
  "status": "%s",
  "last_error": null,
  "chunking_strategy": {
    "type": "static",
    "static": {
      "max_chunk_size_tokens": %d,
      "chunk_overlap_tokens": %d
    }
  },
  "attributes": %s
}
`, bytes, store, status, chunk, overlap, attributes)
}

// Recorded between 2024 and May 2025.
func TestVectorStoreFile_attachUpdateDetach(t *testing.T) {
	s, c := newFixedServer(t)
	store := c.newStore(t, "{}")
	file := s.AddFile("a.md", "user_data", []byte("hello")).ID
	path := "/vector_stores/" + store + "/files/" + file
	c.attach(t, store, file, "").want(t, http.StatusOK, attachmentJSON(store, 0, "in_progress", "{}", 800, 400))
	c.get(t, path).want(t, http.StatusOK, attachmentJSON(store, 5, "completed", "{}", 800, 400))
	c.do(t, http.MethodPost, path, `{"attributes":{"lang":"en","year":2026.0,"draft":false}}`).want(t, http.StatusOK,
		attachmentJSON(store, 5, "completed", "{\n    \"draft\": false,\n    \"lang\": \"en\",\n    \"year\": 2026\n  }", 800, 400))
	c.do(t, http.MethodPost, path, `{"attributes":{"lang":"de"}}`).want(t, http.StatusOK,
		attachmentJSON(store, 5, "completed", "{\n    \"lang\": \"de\"\n  }", 800, 400))
	c.do(t, http.MethodPost, path, `{"attributes":null}`).want(t, http.StatusOK, attachmentJSON(store, 5, "completed", "{}", 800, 400))
	c.get(t, path+"/content").want(t, http.StatusOK, `{
  "object": "vector_store.file_content.page",
  "data": [
    {
      "type": "text",
      "text": "hello"
    }
  ],
  "has_more": false,
  "next_page": null
}
`)
	if got := c.get(t, "/vector_stores/"+store); !strings.Contains(got.body, `"usage_bytes": 5`) || !strings.Contains(got.body, `"completed": 1`) {
		t.Errorf("got the store %s, want one file of 5 bytes", got.body)
	}
	c.do(t, http.MethodDelete, path, nil).want(t, http.StatusOK,
		"{\n  \"id\": \"file-1\",\n  \"object\": \"vector_store.file.deleted\",\n  \"deleted\": true\n}\n")
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		c.do(t, method, path, nil).want(t, http.StatusNotFound, refusal("No file found with id 'file-1' in vector store '"+store+"'."))
	}
	if got := c.get(t, "/files/"+file); got.status != http.StatusOK {
		t.Errorf("got %d for the file, want it to stay", got.status)
	}
}

func TestVectorStoreFile_chunks(t *testing.T) {
	s, c := newFixedServer(t)
	store := c.newStore(t, "{}")
	file := s.AddFile("a.md", "user_data", []byte("hello")).ID
	c.attach(t, store, file, `,"attributes":{"a":"b"},"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":100,"chunk_overlap_tokens":50}}`).
		want(t, http.StatusOK, attachmentJSON(store, 0, "in_progress", "{\n    \"a\": \"b\"\n  }", 100, 50))
	want := []openaitest.Attachment{{
		FileID: file, Filename: "a.md", Status: "completed", Attributes: map[string]any{"a": "b"}, MaxTokens: 100, Overlap: 50, AttachedAt: now,
	}}
	if diff := cmp.Diff(want, s.Attachments(store)); diff != "" {
		t.Error("attachments (-want +got):\n", diff)
	}
	// A second time nothing changes.
	c.attach(t, store, file, `,"attributes":{"a":"c"},"chunking_strategy":{"type":"auto"}`).
		want(t, http.StatusOK, attachmentJSON(store, 5, "completed", "{\n    \"a\": \"b\"\n  }", 100, 50))
}

func TestVectorStoreFile_outcomes(t *testing.T) {
	var clock clock
	s, c := newServer(t, clock.option(), openaitest.WithIndexing(2*time.Second),
		openaitest.WithOutcome("bad-*", openaitest.Outcome{Code: "invalid_file", Message: "The file could not be parsed."}),
		openaitest.WithOutcome("stuck.md", openaitest.Outcome{Stuck: true, Times: 1}))
	store := c.newStore(t, "{}")
	ids := map[string]string{}
	for _, name := range []string{"good.md", "docs/bad-1.md", "stuck.md"} {
		ids[name] = s.AddFile(name, "user_data", []byte("x")).ID
		c.attach(t, store, ids[name], "")
	}
	status := func(name string) string {
		t.Helper()
		return c.get(t, "/vector_stores/"+store+"/files/"+ids[name]).text(t, "status")
	}
	for name := range ids {
		if got := status(name); got != "in_progress" {
			t.Errorf("%s: got %s at once, want in_progress", name, got)
		}
	}
	clock.pass(2 * time.Second)
	for name, want := range map[string]string{"good.md": "completed", "docs/bad-1.md": "failed", "stuck.md": "in_progress"} {
		if got := status(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if got := c.listAt(t, "/vector_stores/"+store+"/files?filter="+want); got.IDs != ids[name] {
			t.Errorf("%s: got the list %+v of %s files, want it alone", name, got, want)
		}
	}
	got := c.get(t, "/vector_stores/"+store+"/files/"+ids["docs/bad-1.md"])
	if want := "\"last_error\": {\n    \"code\": \"invalid_file\",\n    \"message\": \"The file could not be parsed.\"\n  }"; !strings.Contains(got.body, want) {
		t.Errorf("got %s, want %s in it", got.body, want)
	}
	if got := c.get(t, "/vector_stores/"+store); got.text(t, "status") != "in_progress" || !strings.Contains(got.body, "\"in_progress\": 1,\n    \"completed\": 1,\n    \"failed\": 1,") {
		t.Errorf("got %s, want a store in progress with one file of each kind", got.body)
	}
	// Detached and attached again, it gets through.
	c.do(t, http.MethodDelete, "/vector_stores/"+store+"/files/"+ids["stuck.md"], nil)
	c.attach(t, store, ids["stuck.md"], "")
	clock.pass(2 * time.Second)
	if got := status("stuck.md"); got != "completed" {
		t.Errorf("got %s the second time, want completed", got)
	}
	s.SetOutcome(store, ids["good.md"], openaitest.Outcome{Code: "server_error"})
	if got := status("good.md"); got != "failed" {
		t.Errorf("got %s, want the outcome that was set", got)
	}
}

// Recorded: the answer names extensions, and nothing of the batch is attached.
func TestVectorStoreFile_unsupportedExtensions(t *testing.T) {
	s, c := newServer(t, openaitest.WithOutcome("secret.md", openaitest.Outcome{Refused: true}))
	store := c.newStore(t, "{}")
	quoted := func(names ...string) string {
		var ids []string
		for _, name := range names {
			ids = append(ids, fmt.Sprintf("%q", s.AddFile(name, "user_data", []byte("x")).ID))
		}
		return strings.Join(ids, ",")
	}
	for names, want := range map[string]string{
		"a.md b.csv":          ".csv",
		"b.xlsx a.csv c.xlsx": ".csv, .xlsx",
		"LICENSE a.md":        "none",
		"report.PDF":          ".PDF",
		"dir.md/Makefile":     "none",
		"secret.md":           ".md",
	} {
		for path, format := range map[string]string{"/vector_stores/" + store + "/file_batches": `{"file_ids":[%s]}`, "/vector_stores": `{"file_ids":[%s]}`} {
			got := c.do(t, http.MethodPost, path, fmt.Sprintf(format, quoted(strings.Fields(names)...)))
			message := "Files with extensions [" + want + "] are not supported for retrieval. See https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
			got.want(t, http.StatusBadRequest, strings.Replace(strings.Replace(refusal(message), `"param": null`, `"param": "file_ids"`, 1),
				`"code": null`, `"code": "unsupported_file"`, 1))
		}
	}
	if got := s.Attachments(store); len(got) != 0 || len(s.VectorStores()) != 1 {
		t.Errorf("got %+v, want nothing attached and no other store", got)
	}
}

func TestVectorStoreFile_otherExtensions(t *testing.T) {
	s, c := newServer(t, openaitest.WithExtensions(".csv", ""))
	store := c.newStore(t, "{}")
	for name, want := range map[string]int{"a.csv": 200, "LICENSE": 200, "a.md": 400} {
		if got := c.attach(t, store, s.AddFile(name, "user_data", []byte("x")).ID, ""); got.status != want {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, want)
		}
	}
}

func TestVectorStoreFile_attachLag(t *testing.T) {
	s, c := newServer(t, openaitest.WithAttachLag(2))
	store := c.newStore(t, "{}")
	file := s.AddFile("a.md", "user_data", []byte("x")).ID
	c.attach(t, store, file, "")
	path := "/vector_stores/" + store + "/files/" + file
	for i, want := range []int{404, 404, 200, 200} {
		method := []string{http.MethodGet, http.MethodDelete, http.MethodGet, http.MethodDelete}[i]
		if got := c.do(t, method, path, nil); got.status != want {
			t.Errorf("request %d: got %d %s, want %d", i+1, got.status, got.body, want)
		}
	}
	c.attach(t, store, file, "")
	for i, want := range []string{"", "", file} {
		if got := c.listAt(t, "/vector_stores/"+store+"/files"); got.IDs != want {
			t.Errorf("list %d: got %+v, want %q", i+1, got, want)
		}
	}
}

func TestVectorStoreFile_detachLag(t *testing.T) {
	var clock clock
	s, c := newServer(t, clock.option(), openaitest.WithDetachLag(3*time.Second))
	store := c.newStore(t, "{}")
	file := s.AddFile("a.md", "user_data", []byte("x")).ID
	s.Attach(store, file)
	if !s.Detach(store, file) || s.Detach(store, file) {
		t.Fatal("it was not detached once")
	}
	if got := c.get(t, "/vector_stores/"+store+"/files/"+file); got.status != http.StatusNotFound || len(s.Attachments(store)) != 0 {
		t.Errorf("got %d, want 404", got.status)
	}
	for _, want := range []string{file, ""} {
		if got := c.listAt(t, "/vector_stores/"+store+"/files"); got.IDs != want {
			t.Errorf("got the list %+v, want %q", got, want)
		}
		clock.pass(3 * time.Second)
	}
}

func TestVectorStoreFile_deletedFileIsDetached(t *testing.T) {
	var clock clock
	s, c := newServer(t, clock.option())
	one, two := c.newStore(t, "{}"), c.newStore(t, "{}")
	deleted, removed := s.AddFile("a.md", "user_data", []byte("x")).ID, s.AddFile("b.md", "user_data", []byte("x")).ID
	got := c.do(t, http.MethodPost, "/files", form{
		{"purpose", "user_data"}, {"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}, {"file@c.md", "x"},
	})
	expiring := got.text(t, "id")
	for _, store := range []string{one, two} {
		s.Attach(store, deleted, removed, expiring)
	}
	c.do(t, http.MethodDelete, "/files/"+deleted, nil)
	s.DeleteFile(removed)
	for _, store := range []string{one, two} {
		if got := c.listAt(t, "/vector_stores/"+store+"/files"); got.IDs != expiring {
			t.Errorf("got the list %+v, want %s", got, expiring)
		}
		if got := c.get(t, "/vector_stores/"+store+"/files/"+deleted); got.status != http.StatusNotFound {
			t.Errorf("got %d for the deleted file, want 404", got.status)
		}
	}
	clock.pass(time.Hour)
	if got := c.get(t, "/vector_stores/"+one); !strings.Contains(got.body, `"total": 0`) {
		t.Errorf("got %s, want no file once it has expired", got.body)
	}
}

// A list that meets a broken file fails; its other pages and the other requests do not.
func TestVectorStoreFile_poison(t *testing.T) {
	s, c := newFixedServer(t, openaitest.WithOutcome("bad.md", openaitest.Outcome{Poison: true}))
	store := c.newStore(t, "{}")
	for _, name := range []string{"a.md", "bad.md", "c.md", "d.md"} {
		s.Attach(store, s.AddFile(name, "user_data", []byte("x")).ID) // file-1 to file-4
	}
	path := "/vector_stores/" + store + "/files"
	if got := c.listAt(t, path+"?limit=2"); got.IDs != "file-4 file-3" || !got.More {
		t.Errorf("got %+v, want the page before the broken file", got)
	}
	for _, query := range []string{"?limit=2&after=file-3", "?limit=3", "?order=asc&limit=2"} {
		if got := c.get(t, path+query); got.status != http.StatusInternalServerError || !strings.Contains(got.body, `"server_error"`) {
			t.Errorf("%s: got %d %s, want 500", query, got.status, got.body)
		}
	}
	if got := c.get(t, path+"/file-2"); got.status != http.StatusOK {
		t.Errorf("got %d by id, want 200", got.status)
	}
	c.do(t, http.MethodDelete, path+"/file-2", nil)
	if got := c.listAt(t, path); got.IDs != "file-4 file-3 file-1" {
		t.Errorf("got %+v, want a list that works again", got)
	}
}

func TestVectorStoreFile_lists(t *testing.T) {
	s, c := newFixedServer(t)
	store := c.newStore(t, "{}")
	for range 5 {
		s.AddFile("a.md", "user_data", []byte("x"))
	}
	s.Attach(store, "file-3", "file-1", "file-5", "file-2", "file-4") // in one second: they are ordered by id
	for query, want := range map[string]page{
		"":                                    {"file-5 file-4 file-3 file-2 file-1", "file-5", "file-1", false},
		"?limit=2":                            {"file-5 file-4", "file-5", "file-4", true},
		"?limit=2&after=file-4":               {"file-3 file-2", "file-3", "file-2", true},
		"?limit=2&before=file-2":              {"file-4 file-3", "file-4", "file-3", true},
		"?order=asc&limit=2&after=file-3":     {"file-4 file-5", "file-4", "file-5", false},
		"?filter=completed&limit=1":           {"file-5", "file-5", "file-5", true},
		"?filter=failed":                      {"", "", "", false},
		"?order=asc&filter=completed&limit=5": {"file-1 file-2 file-3 file-4 file-5", "file-1", "file-5", false},
	} {
		if diff := cmp.Diff(want, c.listAt(t, "/vector_stores/"+store+"/files"+query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestVectorStoreFile_attachLimits(t *testing.T) {
	var clock clock
	s, c := newServer(t, clock.option(), openaitest.WithAttachLimits(3, 5), openaitest.WithProjectKey("sk-b", openaitest.Organization, "proj_b"))
	store, other := c.newStore(t, "{}"), c.newStore(t, "{}")
	file := s.AddFile("a.md", "user_data", []byte("x")).ID
	for range 3 {
		if got := c.attach(t, store, file, ""); got.status != http.StatusOK {
			t.Fatalf("got %d %s, want 200", got.status, got.body)
		}
		clock.pass(10 * time.Second)
	}
	limited := func(got reply, after string) {
		t.Helper()
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != after || !strings.Contains(got.body, `"code": "rate_limit_exceeded"`) {
			t.Errorf("got %d %v %s, want 429 with Retry-After %s", got.status, got.header, got.body, after)
		}
	}
	limited(c.attach(t, store, file, ""), "30") // the first of three is 30 seconds old
	batch := func(c client, store, file string, n int) reply {
		t.Helper()
		ids := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("%q,", file), n), ",")
		return c.do(t, http.MethodPost, "/vector_stores/"+store+"/file_batches", `{"file_ids":[`+ids+`]}`)
	}
	limited(batch(c, other, file, 3), "30") // 3 and 3 are more than 5 files
	if got := batch(c, other, file, 2); got.status != http.StatusOK {
		t.Errorf("got %d %s, want 200 for two more files", got.status, got.body)
	}
	b := client{c.url, "sk-b"}
	limited(batch(b, b.newStore(t, "{}"), b.upload(t, "user_data", "b.md", "x"), 1), "30") // the files of an organization count together
	clock.pass(30 * time.Second)
	if got := c.attach(t, store, file, ""); got.status != http.StatusOK {
		t.Errorf("got %d %s, want 200 after the wait", got.status, got.body)
	}
}

func TestVectorStoreFile_defaultLimits(t *testing.T) {
	var clock clock
	s := openaitest.New(clock.option())
	t.Cleanup(s.Close)
	attach := func(store string, files, status int) {
		t.Helper()
		var ids []string
		for range files {
			ids = append(ids, fmt.Sprintf("%q", s.AddFile("a.md", "user_data", []byte("x")).ID))
		}
		handle(t, s, http.MethodPost, "/vector_stores/"+store+"/file_batches", `{"file_ids":[`+strings.Join(ids, ",")+`]}`, status)
	}
	one, two := s.AddVectorStore("one"), s.AddVectorStore("two")
	for range 300 {
		attach(one, 1, http.StatusOK)
	}
	attach(one, 1, http.StatusTooManyRequests)
	attach(two, 1701, http.StatusTooManyRequests)
	attach(two, 1700, http.StatusOK)
	attach(two, 1, http.StatusTooManyRequests)
}

// The race detector watches this one.
func TestVectorStoreFile_concurrently(t *testing.T) {
	s := openaitest.New(openaitest.WithAttachLimits(0, 0))
	t.Cleanup(s.Close)
	store := s.AddVectorStore("docs")
	path := "/vector_stores/" + store
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 20 {
				id := s.AddFile("a.md", "user_data", []byte("hello")).ID
				handle(t, s, http.MethodPost, path+"/file_batches", fmt.Sprintf(`{"file_ids":[%q]}`, id), http.StatusOK)
				handle(t, s, http.MethodGet, path+"/files", "", http.StatusOK)
				handle(t, s, http.MethodPost, path+"/search", `{"query":"hello"}`, http.StatusOK)
				handle(t, s, http.MethodGet, path, "", http.StatusOK)
				if i%2 == 0 {
					handle(t, s, http.MethodDelete, "/files/"+id, "", http.StatusOK)
				}
			}
		})
	}
	group.Wait()
	if got := s.Attachments(store); len(got) != 80 {
		t.Errorf("got %d attachments, want the 80 whose files were not deleted", len(got))
	}
}

func TestVectorStoreFile_requestLog(t *testing.T) {
	s, c := newServer(t)
	store := c.newStore(t, `{"name":"docs"}`)
	c.attach(t, store, "file-gone", "")
	requests := s.Requests()
	if got := requests[0]; got.JSON != `{"name":"docs"}` || got.Path != "/vector_stores" {
		t.Errorf("got the request %+v", got)
	}
	if got := requests[1]; got.JSON != `{"file_id":"file-gone"}` || got.Path != "/vector_stores/"+store+"/files" || got.Status != http.StatusNotFound {
		t.Errorf("got the request %+v", got)
	}
}
