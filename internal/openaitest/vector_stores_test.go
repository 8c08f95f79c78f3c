package openaitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// clock is a clock that a test moves.
type clock struct{ seconds atomic.Int64 }

func (c *clock) option() openaitest.Option {
	c.seconds.Store(now)
	return openaitest.WithClock(func() time.Time { return time.Unix(c.seconds.Load(), 0) })
}

func (c *clock) pass(d time.Duration) { c.seconds.Add(int64(d / time.Second)) }

// newStore makes a vector store and returns its id.
func (c client) newStore(t *testing.T, body string) string {
	t.Helper()
	got := c.do(t, http.MethodPost, "/vector_stores", body)
	if got.status != http.StatusOK {
		t.Fatalf("new vector store: %d %s", got.status, got.body)
	}
	return got.text(t, "id")
}

// storeJSON is a vector store as the service writes it.
func storeJSON(id, name, description string) string {
	return fmt.Sprintf(`{
  "id": "%s",
  "object": "vector_store",
  "created_at": 1700000000,
  "name": %s,
  "description": %s,
  "usage_bytes": 0,
  "file_counts": {
    "in_progress": 0,
    "completed": 0,
    "failed": 0,
    "cancelled": 0,
    "total": 0
  },
  "status": "completed",
  "expires_after": null,
  "expires_at": null,
  "last_active_at": 1700000000,
  "metadata": {}
}
`, id, name, description)
}

// Recorded in November 2025; null without a name since 2024.
func TestVectorStore_createRetrieveDelete(t *testing.T) {
	_, c := newFixedServer(t)
	got := c.do(t, http.MethodPost, "/vector_stores", "{}")
	id := got.text(t, "id")
	if !strings.HasPrefix(id, "vs_") || len(id) != len("vs_681bb47f51ec819188b63fff74653f81") {
		t.Errorf("got the id %s, want vs_ and 32 hexadecimal digits", id)
	}
	got.want(t, http.StatusOK, storeJSON(id, "null", "null"))
	named := c.newStore(t, `{"name":"docs","description":"all of them"}`)
	c.get(t, "/vector_stores/"+named).want(t, http.StatusOK, storeJSON(named, `"docs"`, `"all of them"`))

	c.do(t, http.MethodDelete, "/vector_stores/"+id, nil).want(t, http.StatusOK,
		fmt.Sprintf("{\n  \"id\": %q,\n  \"object\": \"vector_store.deleted\",\n  \"deleted\": true\n}\n", id))
	gone := refusal("No vector store found with id '" + id + "'.")
	for method, path := range map[string]string{http.MethodGet: "", http.MethodDelete: "", http.MethodPost: "/files"} {
		c.do(t, method, "/vector_stores/"+id+path, nil).want(t, http.StatusNotFound, gone)
	}
}

func TestVectorStore_modify(t *testing.T) {
	s, c := newFixedServer(t)
	id := c.newStore(t, `{"name":"docs","description":"d","metadata":{"a":"1","b":"2"},"expires_after":{"anchor":"last_active_at","days":7}}`)
	got := c.get(t, "/vector_stores/"+id)
	for _, want := range []string{`"days": 7`, `"expires_at": 1700604800`, `"anchor": "last_active_at"`, `"a": "1"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("got %s, want %s in it", got.body, want)
		}
	}
	for body, want := range map[string]openaitest.VectorStore{
		`{}`: {Name: "docs", Metadata: map[string]string{"a": "1", "b": "2"}, ExpiresAfter: 7},
		`{"name":"new","metadata":{"c":"3"},"expires_after":null}`: {Name: "new", Metadata: map[string]string{"c": "3"}},
		`{"name":null,"metadata":null}`:                            {Metadata: map[string]string{}, ExpiresAfter: 7},
	} {
		c.do(t, http.MethodDelete, "/vector_stores/"+id, nil)
		id = c.newStore(t, `{"name":"docs","description":"d","metadata":{"a":"1","b":"2"},"expires_after":{"anchor":"last_active_at","days":7}}`)
		if got := c.do(t, http.MethodPost, "/vector_stores/"+id, body); got.status != http.StatusOK {
			t.Errorf("%s: got %d %s", body, got.status, got.body)
		}
		want.ID, want.Description, want.CreatedAt, want.LastActiveAt = id, "d", now, now
		if diff := cmp.Diff([]openaitest.VectorStore{want}, s.VectorStores()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestVectorStore_refusals(t *testing.T) {
	s, c := newServer(t, openaitest.WithMaxBatch(3))
	id := c.newStore(t, "{}")
	file := s.AddFile("a.md", "user_data", []byte("x")).ID
	store := "/vector_stores/" + id
	many := func(n int, format string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i))
		}
		return strings.Join(all, ",")
	}
	attach := func(more string) string { return `{"file_id":"` + file + `",` + more + `}` }
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"store unknown":     {"GET", "/vector_stores/vs_x", "", 404, "No vector store found with id 'vs_x'."},
		"store prefix":      {"GET", "/vector_stores/x", "", 400, "Invalid 'vector_store_id': 'x'. Expected an ID that begins with 'vs_'."},
		"batch prefix":      {"GET", store + "/file_batches/" + id, "", 400, "Invalid 'batch_id': '" + id + "'. Expected an ID that begins with 'vsfb_'."},
		"batch unknown":     {"GET", store + "/file_batches/vsfb_x", "", 404, "No file batch found with id 'vsfb_x'"},
		"file prefix":       {"GET", store + "/files/x", "", 400, "Invalid 'file_id': 'x'. Expected an ID that begins with 'file-'."},
		"not attached":      {"GET", store + "/files/" + file, "", 404, "No file found with id '" + file + "' in vector store '" + id + "'."},
		"not detached":      {"DELETE", store + "/files/" + file, "", 404, "No file found with id '" + file + "' in vector store '" + id + "'."},
		"attach unknown":    {"POST", store + "/files", `{"file_id":"file-gone"}`, 404, "No file found with id 'file-gone' in vector store '" + id + "'."},
		"attach nothing":    {"POST", store + "/files", `{}`, 400, "Missing required parameter: 'file_id'."},
		"description":       {"POST", store, `{"description":"x"}`, 400, "Unknown parameter: 'description'."},
		"anchor":            {"POST", store, `{"expires_after":{"anchor":"now","days":1}}`, 400, "Invalid value: 'now'. Value must be 'last_active_at'"},
		"days 0":            {"POST", store, `{"expires_after":{"anchor":"last_active_at","days":0}}`, 400, "Invalid 'expires_after.days': integer below minimum value"},
		"days 366":          {"POST", store, `{"expires_after":{"anchor":"last_active_at","days":366}}`, 400, "Expected a value <= 365, but got 366 instead."},
		"name":              {"POST", "/vector_stores", `{"name":1}`, 400, "Invalid type for 'name': expected a string."},
		"not JSON":          {"POST", "/vector_stores", `{`, 400, "We could not parse the JSON body of your request."},
		"17 pairs":          {"POST", "/vector_stores", `{"metadata":{` + many(17, `"%d":"x"`) + `}}`, 400, "at most 16 properties, but got an object with 17"},
		"long key":          {"POST", "/vector_stores", `{"metadata":{"` + strings.Repeat("k", 65) + `":"x"}}`, 400, "maximum length 64, but got a string with length 65"},
		"long value":        {"POST", "/vector_stores", `{"metadata":{"k":"` + strings.Repeat("é", 513) + `"}}`, 400, "Invalid 'metadata.k': string too long."},
		"number":            {"POST", "/vector_stores", `{"metadata":{"k":1}}`, 400, "Invalid type for 'metadata.k': expected a string."},
		"501 files":         {"POST", "/vector_stores", `{"file_ids":[` + many(501, `"file-%d"`) + `]}`, 400, "Invalid 'file_ids': array too long."},
		"nested attribute":  {"POST", store + "/files", attach(`"attributes":{"k":{}}`), 400, "Invalid type for 'attributes.k': expected a string, number, or boolean."},
		"chunk of 99":       {"POST", store + "/files", attach(`"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":99,"chunk_overlap_tokens":1}}`), 400, "Invalid 'chunking_strategy.static.max_chunk_size_tokens': integer below"},
		"overlap":           {"POST", store + "/files", attach(`"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":100,"chunk_overlap_tokens":51}}`), 400, "Expected a value <= 50, but got 51"},
		"numbers in place":  {"POST", store + "/files", attach(`"chunking_strategy":{"type":"static","size":100}`), 400, "Unknown parameter: 'chunking_strategy.size'."},
		"no overlap":        {"POST", store + "/files", attach(`"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":100}}`), 400, "Missing required parameter: 'chunking_strategy.static.chunk_overlap_tokens'."},
		"batch of 4":        {"POST", store + "/file_batches", `{"file_ids":["file-1","file-2","file-3","file-4"]}`, 400, "Invalid 'file_ids': array too long. Expected an array with maximum length 3, but got an array with length 4 instead."},
		"batch of objects":  {"POST", store + "/file_batches", `{"files":[{},{},{},{}]}`, 400, "Invalid 'files': array too long."},
		"empty batch":       {"POST", store + "/file_batches", `{"files":[]}`, 400, "Invalid 'files': empty array."},
		"both":              {"POST", store + "/file_batches", `{"files":[],"file_ids":[]}`, 400, "Mutually exclusive parameters"},
		"element":           {"POST", store + "/file_batches", `{"files":[{"file_id":"file-1","x":1}]}`, 400, "Unknown parameter: 'files[0].x'."},
		"limit 0":           {"GET", store + "/files?limit=0", "", 400, "Invalid 'limit': integer below minimum value"},
		"limit 101":         {"GET", "/vector_stores?limit=101", "", 400, "Expected a value <= 100, but got 101 instead."},
		"order":             {"GET", store + "/files?order=up", "", 400, "Invalid value: 'up'."},
		"filter":            {"GET", store + "/files?filter=done", "", 400, "Invalid value: 'done'."},
		"cursor":            {"GET", store + "/files?after=file-gone", "", 404, "No file found with id 'file-gone'"},
		"search":            {"POST", store + "/search", `{}`, 400, "Missing required parameter: 'query'."},
		"51 results":        {"POST", store + "/search", `{"query":"x","max_num_results":51}`, 400, "Expected a value <= 50"},
		"filter type":       {"POST", store + "/search", `{"query":"x","filters":{"type":"like","key":"k","value":"v"}}`, 400, "Invalid value: 'like'."},
		"no attributes":     {"POST", store + "/files/" + file, `{}`, 400, "Missing required parameter: 'attributes'."},
		"chunks of a file":  {"POST", store + "/files/" + file, `{"attributes":{},"chunking_strategy":{"type":"auto"}}`, 400, "Unknown parameter: 'chunking_strategy'."},
		"list of batches":   {"GET", store + "/file_batches", "", 405, "Not allowed to GET"},
		"score threshold 2": {"POST", store + "/search", `{"query":"x","ranking_options":{"score_threshold":2}}`, 400, "expected a number from 0 to 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var body any
			if test.body != "" {
				body = test.body
			}
			got := c.do(t, test.method, test.path, body)
			if got.status != test.status || !strings.Contains(got.body, test.want) {
				t.Errorf("got %d %s, want %d with %s", got.status, got.body, test.status, test.want)
			}
		})
	}
	if got := s.Attachments(id); len(got) != 0 {
		t.Errorf("got the attachments %+v, want none", got)
	}
}

func TestVectorStore_lists(t *testing.T) {
	s, c := newServer(t)
	names := map[string]string{"": ""}
	var ids []string
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		id := s.AddVectorStore(name)
		names[id] = name
		ids = append(ids, id)
	}
	for query, want := range map[string]page{
		"":                                       {"5 4 3 2 1", "5", "1", false},
		"?order=asc":                             {"1 2 3 4 5", "1", "5", false},
		"?limit=2":                               {"5 4", "5", "4", true},
		"?limit=2&after=" + ids[3]:               {"3 2", "3", "2", true},
		"?limit=2&before=" + ids[1]:              {"4 3", "4", "3", true},
		"?limit=9&before=" + ids[1]:              {"5 4 3", "5", "3", false},
		"?order=asc&limit=2&after=" + ids[0]:     {"2 3", "2", "3", true},
		"?order=asc&before=" + ids[2]:            {"1 2", "1", "2", false},
		"?after=" + ids[4] + "&before=" + ids[1]: {"4 3", "4", "3", false},
		"?after=" + ids[0]:                       {"", "", "", false},
	} {
		got := c.listAt(t, "/vector_stores"+query)
		for _, id := range ids {
			got.IDs = strings.ReplaceAll(got.IDs, id, names[id])
		}
		got.First, got.Last = names[got.First], names[got.Last]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestVectorStore_listsTwentyByDefault(t *testing.T) {
	s, c := newServer(t)
	for range 21 {
		s.AddVectorStore("x")
	}
	if got := c.listAt(t, "/vector_stores"); len(strings.Fields(got.IDs)) != 20 || !got.More {
		t.Errorf("got %+v, want 20 of 21", got)
	}
}

func TestVectorStore_expires(t *testing.T) {
	var clock clock
	s, c := newServer(t, clock.option())
	file := s.AddFile("a.md", "user_data", []byte("hello")).ID
	id := c.newStore(t, `{"file_ids":["`+file+`"],"expires_after":{"anchor":"last_active_at","days":1}}`)
	clock.pass(23 * time.Hour)
	c.do(t, http.MethodPost, "/vector_stores/"+id+"/search", `{"query":"hello"}`) // counts as activity
	clock.pass(23 * time.Hour)
	if got := c.get(t, "/vector_stores/"+id); got.text(t, "status") != "completed" || !strings.Contains(got.body, `"total": 1`) {
		t.Errorf("got %s, want a store that lives on", got.body)
	}
	clock.pass(24 * time.Hour)
	got := c.get(t, "/vector_stores/"+id)
	if got.text(t, "status") != "expired" || !strings.Contains(got.body, `"total": 0`) || !strings.Contains(got.body, `"usage_bytes": 0`) {
		t.Errorf("got %s, want an expired store without files", got.body)
	}
	if got := c.listAt(t, "/vector_stores/"+id+"/files"); got.IDs != "" || len(s.Attachments(id)) != 0 {
		t.Errorf("got %+v, want no files", got)
	}
	for path, body := range map[string]string{"": `{"name":"x"}`, "/files": `{"file_id":"` + file + `"}`, "/search": `{"query":"x"}`} {
		got := c.do(t, http.MethodPost, "/vector_stores/"+id+path, body)
		got.want(t, http.StatusBadRequest, refusal("Vector store '"+id+"' has expired."))
	}
	if got := c.get(t, "/files/"+file); got.status != http.StatusOK {
		t.Errorf("got %d for the file, want it to stay", got.status)
	}
	if got := c.do(t, http.MethodDelete, "/vector_stores/"+id, nil); got.status != http.StatusOK || len(s.VectorStores()) != 0 {
		t.Errorf("got %d %s, want the expired store deleted", got.status, got.body)
	}
}

func TestVectorStore_ofAnotherProject(t *testing.T) {
	s, a := newServer(t, openaitest.WithProjectKey("sk-b", "org-b", "proj_b"))
	b := client{a.url, "sk-b"}
	id := a.newStore(t, "{}")
	got := b.get(t, "/vector_stores/"+id)
	got.want(t, http.StatusNotFound, refusal("No vector store found with id '"+id+"'."))
	if got.header.Get("Openai-Project") != "proj_b" {
		t.Errorf("got the headers %v, want those of proj_b", got.header)
	}
	if got := b.listAt(t, "/vector_stores"); got.IDs != "" {
		t.Errorf("got %+v, want no stores of another project", got)
	}
	foreign := b.upload(t, "user_data", "b.md", "x")
	if got := a.do(t, http.MethodPost, "/vector_stores/"+id+"/files", `{"file_id":"`+foreign+`"}`); got.status != http.StatusNotFound {
		t.Errorf("got %d %s, want 404 for the file of another project", got.status, got.body)
	}
	if !s.DeleteVectorStore(id) || s.DeleteVectorStore(id) || len(s.VectorStores()) != 0 {
		t.Errorf("got the stores %+v, want none", s.VectorStores())
	}
}

func TestVectorStore_readLag(t *testing.T) {
	_, c := newServer(t, openaitest.WithReadLag(1))
	id := c.newStore(t, "{}")
	for i, want := range []int{404, 200} {
		if got := c.get(t, "/vector_stores/"+id); got.status != want {
			t.Errorf("retrieve %d: got %d, want %d", i+1, got.status, want)
		}
	}
	for i, want := range []string{"", id} {
		if got := c.listAt(t, "/vector_stores"); got.IDs != want {
			t.Errorf("list %d: got %+v, want %s", i+1, got, want)
		}
	}
}

func TestVectorStore_searches(t *testing.T) {
	s, c := newServer(t)
	id := c.newStore(t, "{}")
	for name, text := range map[string]string{
		"refunds.md":  "Shipping takes three days.\n\nRefunds are paid within 14 days of the return.",
		"shipping.md": "Shipping is free.",
		"legal.md":    "Nothing to see.",
	} {
		file := s.AddFile(name, "user_data", []byte(text))
		s.Attach(id, file.ID)
		s.SetAttributes(id, file.ID, map[string]any{"lang": "en", "year": 2026.0, "draft": name == "shipping.md"})
	}
	search := func(body string) string {
		t.Helper()
		return c.do(t, http.MethodPost, "/vector_stores/"+id+"/search", body).body
	}
	if got := search(`{"query":"When are refunds paid?"}`); !strings.Contains(got, `"filename": "refunds.md"`) ||
		!strings.Contains(got, `"text": "Refunds are paid within 14 days of the return."`) || !strings.Contains(got, `"score": 0.75`) {
		t.Errorf("got %s, want the passage about refunds with the score 0.75", got)
	}
	order := func(text string) string {
		var names []string
		for line := range strings.SplitSeq(text, "\n") {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), `"filename": "`); ok {
				names = append(names, strings.TrimSuffix(name, `",`))
			}
		}
		return strings.Join(names, " ")
	}
	filtered := func(filter string) string { return `{"query":["free shipping","refunds"],"filters":` + filter + `}` }
	for body, want := range map[string]string{
		`{"query":["free shipping","refunds"]}`:                                                                                  "shipping.md refunds.md",
		`{"query":["free shipping","refunds"],"max_num_results":1}`:                                                              "shipping.md",
		`{"query":["free shipping","refunds"],"ranking_options":{"score_threshold":0.5}}`:                                        "shipping.md",
		`{"query":"unheard of","rewrite_query":true}`:                                                                            "refunds.md", // "of"
		filtered(`{"type":"eq","key":"draft","value":true}`):                                                                     "shipping.md",
		filtered(`{"type":"ne","key":"draft","value":true}`):                                                                     "refunds.md",
		filtered(`{"type":"gt","key":"year","value":2026}`):                                                                      "",
		filtered(`{"type":"gte","key":"year","value":2026}`):                                                                     "shipping.md refunds.md",
		filtered(`{"type":"lt","key":"lang","value":"fr"}`):                                                                      "shipping.md refunds.md",
		filtered(`{"type":"lte","key":"year","value":"2026"}`):                                                                   "",
		filtered(`{"type":"in","key":"lang","value":["de","en"]}`):                                                               "shipping.md refunds.md",
		filtered(`{"type":"nin","key":"lang","value":["de","en"]}`):                                                              "",
		filtered(`{"type":"and","filters":[{"type":"eq","key":"lang","value":"en"},{"type":"eq","key":"draft","value":false}]}`): "refunds.md",
		filtered(`{"type":"or","filters":[{"type":"eq","key":"lang","value":"de"},{"type":"eq","key":"draft","value":true}]}`):   "shipping.md",
	} {
		if got := search(body); order(got) != want {
			t.Errorf("%s: got %s, want %q", body, got, want)
		}
	}
}
