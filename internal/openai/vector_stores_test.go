package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestCreateVectorStore_lostAnswer(t *testing.T) {
	lost := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true}
	cut := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", CutRequestAfter: 1 << 20}
	gateway := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true, Status: http.StatusGatewayTimeout, Body: "<title>504</title>"}
	for name, test := range map[string]struct {
		faults []openaitest.Fault
		others int // vector stores of the same name that somebody else creates meanwhile
		found  bool
		stores int
		err    string
	}{
		"answered":                          {stores: 1},
		"not created: retried":              {faults: []openaitest.Fault{cut}, stores: 1},
		"created: found":                    {faults: []openaitest.Fault{lost}, found: true, stores: 1},
		"a gateway gave up: found":          {faults: []openaitest.Fault{gateway}, found: true, stores: 1},
		"several: named, and none is taken": {faults: []openaitest.Fault{lost}, others: 1, stores: 2, err: "vs_"},
		"never answered":                    {faults: []openaitest.Fault{cut, cut, cut, cut, cut, cut}, err: "after 6 of at most 6 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, client := newService(t, openai.Config{MaxRetries: 5})
				fake.AddVectorStore("docs") // an older one
				time.Sleep(time.Hour)
				for _, fault := range test.faults {
					fake.Inject(fault)
				}
				for range test.others {
					fake.AddVectorStore("docs")
				}
				created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
				if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got the error %v, want %q", err, test.err)
				}
				stores := fake.VectorStores()[1:]
				if len(stores) != test.stores {
					t.Errorf("got %d vector stores, want %d", len(stores), test.stores)
				}
				if err == nil && created.ID != stores[0].ID {
					t.Errorf("got %s, and the service has %s", created.ID, stores[0].ID)
				}
				if (created.Found != nil) != test.found {
					t.Errorf("got found = %v, want %t", created.Found, test.found)
				}
			})
		})
	}
}

// A list that is behind, and clocks that are not known, leave no second vector store unnoticed.
func TestCreateVectorStore_lostAnswerInDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		options []openaitest.Option
		behind  time.Duration
		dated   bool
		twins   int
		doubt   bool
	}{
		"the list is behind":                  {options: []openaitest.Option{openaitest.WithReadLag(1)}, dated: true, twins: 1},
		"no date, a minute behind":            {behind: time.Minute, doubt: true},
		"no date, two hours behind":           {behind: 2 * time.Hour, twins: 1},
		"date of a gateway, two hours behind": {behind: 2 * time.Hour, dated: true, twins: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := openaitest.WithClock(func() time.Time { return time.Now().Add(-test.behind) })
				fake := openaitest.New(append(test.options, clock)...)
				t.Cleanup(fake.Close)
				client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					fake.ServeHTTP(otherDate{w, test.dated}, r)
				}))
				fake.AddVectorStore("docs") // an older one
				time.Sleep(3 * time.Hour)   // of the bubble
				fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true})
				created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
				stores := fake.VectorStores()
				lost := stores[1].ID
				doubt, isDoubt := errors.AsType[*openai.DuplicateVectorStoreError](err)
				switch {
				case isDoubt != test.doubt, !isDoubt && err != nil:
					t.Fatalf("got the error %v, want doubt %t", err, test.doubt)
				case isDoubt && !reflect.DeepEqual(doubt.IDs, []string{lost}):
					t.Errorf("got %v, want %s", err, lost)
				case len(created.Twins) != test.twins, test.twins > 0 && (created.Twins[0] != lost || created.ID != stores[2].ID):
					t.Errorf("got %s with the twins %v, want %d of %v", created.ID, created.Twins, test.twins, stores)
				}
			})
		})
	}
}

// Attempts whose responses were lost have created vector stores that come late. They are named, whatever becomes of the last attempt.
func TestCreateVectorStore_lateTwins(t *testing.T) {
	for name, test := range map[string]struct {
		late time.Duration
		last *openaitest.Fault // nil: it succeeds
		want string            // a part of the error
	}{
		"the last attempt succeeds":               {3 * time.Second, nil, ""},
		"the response of the last one is lost":    {3 * time.Second, &openaitest.Fault{LoseAnswer: true}, ""},
		"the last attempt is refused":             {3 * time.Second, &openaitest.Fault{Status: 403}, "an earlier attempt got no response: a vector store named"},
		"it is refused, and there is no such one": {-1, &openaitest.Fault{Status: 403}, "an earlier attempt got no response, so the vector store may exist anyway"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, client := newService(t, openai.Config{MaxRetries: 2})
				fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", CutRequestAfter: 1 << 20})
				if test.late > 0 {
					time.AfterFunc(test.late, func() { fake.AddVectorStore("docs") })
				}
				if test.last != nil {
					test.last.Method, test.last.Path = http.MethodPost, "/vector_stores"
					fake.Inject(*test.last)
				}
				created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
				if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Fatalf("got the error %v, want %q", err, test.want)
				}
				if err != nil {
					return
				}
				stores := fake.VectorStores()
				if len(stores) != 2 || created.ID != stores[0].ID || !slices.Equal(created.Twins, []string{stores[1].ID}) {
					t.Errorf("got %s with the twins %v of %v, want the first one, and the second as its twin", created.ID, created.Twins, stores)
				}
			})
		})
	}
}

// A vector store of the same name that was there a moment before, such as the one that is replaced, is not taken for the new one.
func TestCreateVectorStore_lostAnswerBesideItsPredecessor(t *testing.T) {
	for name, test := range map[string]struct {
		fault openaitest.Fault
		takes bool
	}{
		"it was created":     {openaitest.Fault{LoseAnswer: true}, true},
		"it was not created": {openaitest.Fault{CutRequestAfter: 1 << 20}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, client := newService(t, openai.Config{MaxRetries: 2})
				predecessor := fake.AddVectorStore("docs")
				time.Sleep(2100 * time.Millisecond) // of the bubble
				test.fault.Method, test.fault.Path = http.MethodPost, "/vector_stores"
				fake.Inject(test.fault)
				created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
				if test.takes {
					if stores := fake.VectorStores(); err != nil || len(stores) != 2 || created.ID != stores[1].ID {
						t.Errorf("got %s, %v of %v, want the second one", created.ID, err, stores)
					}
					return
				}
				if doubt, ok := errors.AsType[*openai.DuplicateVectorStoreError](err); !ok || !slices.Equal(doubt.IDs, []string{predecessor}) {
					t.Errorf("got %+v, %v, want a doubt about %s", created, err, predecessor)
				}
			})
		})
	}
}

// A list that is behind still has the vector store that was just deleted. It is not the new one.
func TestCreateVectorStore_deletedStoreInAListThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newService(t, openai.Config{MaxRetries: 2})
		old := fake.AddVectorStore("docs")
		list := fmt.Sprintf(`{"object":"list","data":[{"id":%q,"object":"vector_store","name":"docs","created_at":%d}],"has_more":false}`, old, time.Now().Unix())
		if err := client.DeleteVectorStore(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		fake.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores", Body: list, Times: -1})
		fake.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
		created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
		if stores := fake.VectorStores(); err != nil || len(stores) != 1 || created.ID != stores[0].ID {
			t.Errorf("got %s, %v of %v, want the new one", created.ID, err, stores)
		}
	})
}

// Whether there is a second one is not known if nobody could look until the end.
func TestCreateVectorStore_twinsThatCannotBeLookedFor(t *testing.T) {
	for name, test := range map[string]struct {
		status int           // of the list, after the search; 0: it works
		stop   time.Duration // after the beginning; 0: never
		want   string
	}{
		"the list fails":     {500, 0, "HTTP 500"},
		"cancelled":          {0, 1500 * time.Millisecond, "context canceled"},
		"nothing goes wrong": {0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, client := newService(t, openai.Config{MaxRetries: 2})
				fake.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.stop > 0 {
					time.AfterFunc(test.stop, cancel)
				}
				if test.status > 0 {
					time.AfterFunc(1500*time.Millisecond, func() {
						fake.Inject(openaitest.Fault{Method: http.MethodGet, Status: test.status, Times: -1})
					})
				}
				created, err := client.CreateVectorStore(ctx, openai.VectorStoreParams{Name: "docs"})
				if err != nil || len(fake.VectorStores()) != 1 {
					t.Fatalf("got %+v, %v and %v, want one", created, err, fake.VectorStores())
				}
				if got := fmt.Sprint(created.Unchecked); (created.Unchecked != nil) != (test.want != "") || !strings.Contains(got, test.want) {
					t.Errorf("got %s, want %q", got, test.want)
				}
			})
		})
	}
}

// Two of the same name at the same time: a lost answer does not take one for the other.
func TestCreateVectorStore_sameNameAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newService(t, openai.Config{MaxRetries: 5}, openaitest.WithLatency(time.Second))
		fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true})
		fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", AfterBody: true, Delay: time.Minute})
		ids := make(chan string)
		for range 2 {
			go func() {
				created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
				if err != nil {
					t.Error(err)
				}
				ids <- created.ID
			}()
		}
		if first, second := <-ids, <-ids; first == second || len(fake.VectorStores()) != 2 {
			t.Errorf("got %s and %s, and the service has %d", first, second, len(fake.VectorStores()))
		}
	})
}

func TestCreateVectorStore_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newService(t, openai.Config{})
		fake.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Delay: 300 * time.Millisecond})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		created, err := client.CreateVectorStore(ctx, openai.VectorStoreParams{Name: "docs"})
		if err != nil || created.ID != fake.VectorStores()[0].ID {
			t.Errorf("got %q and %v, want the vector store whose answer was under way", created.ID, err)
		}
	})
}

func TestRetrieveVectorStore_rightAfterCreation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, client := newService(t, openai.Config{}, openaitest.WithReadLag(3))
		created, err := client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "docs"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.RetrieveVectorStore(t.Context(), created.ID); err != nil {
			t.Errorf("a read that is behind the creation: %v", err)
		}
		fake.ResetRequests()
		if _, err := client.RetrieveVectorStore(t.Context(), "vs_other"); !errors.Is(err, openai.ErrNotFound) || len(fake.Requests()) != 1 {
			t.Errorf("got %v after %d requests for another one, want a 404 after one", err, len(fake.Requests()))
		}
	})
}

func TestVectorStore_shapes(t *testing.T) {
	zero, at := int64(0), time.Unix(1762447816, 0).UTC()
	for name, test := range map[string]struct {
		body string
		want openai.VectorStore
	}{
		"OpenAI": {
			`{"id":"vs_1","object":"vector_store","created_at":1762447816,"name":null,"description":null,"usage_bytes":0,"file_counts":{"in_progress":0,"completed":1,"failed":0,"cancelled":0,"total":1},
			  "status":"completed","expires_after":null,"expires_at":null,"last_active_at":null,"metadata":{}}`,
			openai.VectorStore{ID: "vs_1", CreatedAt: &at, UsageBytes: &zero, FileCounts: &openai.FileCounts{Completed: 1, Total: 1}, Status: "completed"},
		},
		"with an expiry and metadata": {
			`{"id":"vs_1","name":"docs","expires_after":{"anchor":"last_active_at","days":7},"expires_at":1762447816,"metadata":{"env":"prod","dimension":384}}`,
			openai.VectorStore{ID: "vs_1", Name: "docs", ExpiresAfter: 7, ExpiresAt: &at, Metadata: map[string]string{"env": "prod", "dimension": "384"}},
		},
		"numbers as texts": {
			`{"id":"vs_1","usage_bytes":"0","file_counts":{"in_progress":"1","completed":2.0,"failed":null,"total":"3"},"expires_after":{"days":"7"}}`,
			openai.VectorStore{ID: "vs_1", ExpiresAfter: 7, UsageBytes: &zero, FileCounts: &openai.FileCounts{InProgress: 1, Completed: 2, Total: 3}},
		},
		"other types": {`{"id":"vs_1","file_counts":3,"metadata":["a"],"expires_after":"never"}`, openai.VectorStore{ID: "vs_1"}},
		"no total":    {`{"id":"vs_1","file_counts":{"completed":1}}`, openai.VectorStore{ID: "vs_1"}},
		"only an id":  {`{"id":"vs_1"}`, openai.VectorStore{ID: "vs_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(200, map[string]string{"Content-Type": "application/json"}, test.body))
				got, err := client.RetrieveVectorStore(t.Context(), "vs_1")
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
			})
		})
	}
}

func TestVectorStoreFile_shapes(t *testing.T) {
	for name, test := range map[string]struct{ body, reason, chunking string }{
		"failed":         {`{"status":"failed","last_error":{"code":"invalid_file","message":"The file could not be parsed."}}`, "The file could not be parsed (invalid_file)", ""},
		"without a word": {`{"status":"cancelled","last_error":null}`, `its status is "cancelled", and the service does not say why`, ""},
		"only a code":    {`{"status":"failed","last_error":{"code":"server_error"}}`, "server_error", ""},
		"a text":         {`{"status":"failed","last_error":"Out of memory.","attributes":["a"],"chunking_strategy":"auto"}`, "Out of memory", ""},
		"static":         {`{"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":200,"chunk_overlap_tokens":50}}}`, "", "200/50"},
		"auto":           {`{"chunking_strategy":{"type":"auto"}}`, "", "800/400"},
		"other":          {`{"chunking_strategy":{"type":"other"}}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(200, nil, test.body))
				file, err := client.RetrieveVectorStoreFile(t.Context(), "vs_1", "file-1")
				if err != nil || file.ID != "file-1" {
					t.Fatal(file, err)
				}
				if test.reason != "" && file.Reason() != test.reason {
					t.Errorf("got the reason %q, want %q", file.Reason(), test.reason)
				}
				chunking := ""
				if file.Chunking != nil {
					chunking = fmt.Sprintf("%d/%d", file.Chunking.MaxChunkSize, file.Chunking.Overlap)
				}
				if chunking != test.chunking {
					t.Errorf("got the chunking %q, want %q", chunking, test.chunking)
				}
			})
		})
	}
}

// A server repeats the key in the reason why it could not process a file.
func TestVectorStoreFile_secretsAreRedacted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const key = "sk-planted-4711"
		broken := `{"id":"file-1","status":"failed","last_error":{"code":"` + key + `","message":"Wrong key ` + key + `"}}`
		client := connect(t, openai.Config{APIKey: key}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := broken
			if strings.HasSuffix(r.URL.Path, "/files") {
				body = `{"object":"list","data":[` + broken + `]}`
			}
			_, _ = w.Write([]byte(body))
		}))
		file, err := client.RetrieveVectorStoreFile(t.Context(), "vs_1", "file-1")
		reasons := []string{file.Reason()}
		for file, listErr := range client.ListVectorStoreFiles(t.Context(), "vs_1", openai.ListVectorStoreFilesParams{}) {
			reasons, err = append(reasons, file.Reason()), errors.Join(err, listErr)
		}
		const want = "Wrong key [redacted] ([redacted])"
		if err != nil || !reflect.DeepEqual(reasons, []string{want, want}) {
			t.Errorf("got the reasons %q and %v, want %q twice", reasons, err, want)
		}
	})
}

func TestVectorStoreFile_idOfItsOwn(t *testing.T) {
	for body, want := range map[string]string{`{"id":"file-1"}`: "file-1", `{"id":"vsf_1","file_id":"file-1"}`: "file-1"} {
		var file openai.VectorStoreFile
		if err := json.Unmarshal([]byte(body), &file); err != nil || file.ID != want {
			t.Errorf("%s: got the file %q and %v, want %q", body, file.ID, err, want)
		}
	}
}

func TestVectorStoreFile_status(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":"completed"}`:                         openai.FileCompleted,
		`{"status":"completed","last_error":{}}`:         openai.FileCompleted,
		`{"status":"Processed"}`:                         openai.FileCompleted,
		`{"status":null}`:                                openai.FileCompleted,
		`{"last_error":{"code":"server_error"}}`:         openai.FileFailed,
		`{"status":"QUEUED"}`:                            openai.FileInProgress,
		`{"status":"in_progress","last_error":"slow"}`:   openai.FileInProgress,
		`{"status":"FAILED"}`:                            openai.FileFailed,
		`{"status":"error"}`:                             openai.FileFailed,
		`{"status":"broken","last_error":"No space."}`:   openai.FileFailed,
		`{"status":"canceled"}`:                          openai.FileCancelled,
		`{"status":"cancelled","last_error":{"code":1}}`: openai.FileCancelled,
		`{"status":"Embedded"}`:                          "embedded",
	} {
		var file openai.VectorStoreFile
		if err := json.Unmarshal([]byte(body), &file); err != nil || file.Status != want {
			t.Errorf("%s: got %q and %v, want %q", body, file.Status, err, want)
		}
	}
}

// What is not set is not sent: the service has its own defaults.
func TestSearchVectorStore_arguments(t *testing.T) {
	for name, test := range map[string]struct {
		params openai.SearchParams
		want   string
	}{
		"query alone": {openai.SearchParams{Query: "q"}, `{"query":"q"}`},
		"threshold":   {openai.SearchParams{Query: "q", ScoreThreshold: 0.5}, `{"query":"q","ranking_options":{"score_threshold":0.5}}`},
		"all": {
			openai.SearchParams{Query: "q", MaxResults: 3, ScoreThreshold: 1, Filters: []byte(`{"type":"eq","key":"lang","value":"en"}`)},
			`{"query":"q","max_num_results":3,"filters":{"type":"eq","key":"lang","value":"en"},"ranking_options":{"score_threshold":1}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, client := newService(t, openai.Config{})
				results, err := client.SearchVectorStore(t.Context(), fake.AddVectorStore("docs"), test.params)
				if err != nil || len(results) != 0 {
					t.Errorf("got %v and %v, want no results", results, err)
				}
				requests := fake.Requests()
				if got := requests[len(requests)-1]; got.JSON != test.want || !strings.HasSuffix(got.Path, "/search") {
					t.Errorf("%s %s sent %s, want %s", got.Method, got.Path, got.JSON, test.want)
				}
			})
		})
	}
}

// The answer of https://platform.openai.com/docs/api-reference/vector-stores/search, and one that says little.
func TestSearchVectorStore_results(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{}, answers(http.StatusOK, nil, `{"object":"vector_store.search_results.page","search_query":"q","data":[
			{"file_id":"file_123","filename":"document.pdf","score":0.95,"attributes":{"author":"John Doe","year":2023},
				"content":[{"type":"text","text":"Relevant chunk"},{"type":"text","text":"Another one"}]},
			{"file_id":"file_456","attributes":null,"content":[]}],"has_more":false,"next_page":null}`))
		results, err := client.SearchVectorStore(t.Context(), "vs_1", openai.SearchParams{Query: "q"})
		if err != nil {
			t.Fatal(err)
		}
		want := []openai.SearchResult{
			{FileID: "file_123", Filename: "document.pdf", Score: 0.95, Attributes: map[string]any{"author": "John Doe", "year": 2023.0}, Text: "Relevant chunk\nAnother one"},
			{FileID: "file_456"},
		}
		if !reflect.DeepEqual(results, want) {
			t.Errorf("got %+v, want %+v", results, want)
		}
	})
}
