package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// list returns the names of the files of a list, and the error that ended it.
func list(t *testing.T, client *openai.Client, params openai.ListFilesParams) (names string, err error) {
	t.Helper()
	var all []string
	for file, listErr := range client.ListFiles(t.Context(), params) {
		if err != nil {
			t.Errorf("%+v after %v", file, err)
		}
		if err = listErr; err == nil {
			all = append(all, file.Filename)
		}
	}
	return strings.Join(all, " "), err
}

func TestListFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params   openai.ListFilesParams
		page     int
		want     string
		err      error
		requests int
	}{
		"one page":               {openai.ListFilesParams{}, 10, "e d c b a", nil, 1},
		"pages":                  {openai.ListFilesParams{}, 2, "e d c b a", nil, 3},
		"full last page":         {openai.ListFilesParams{}, 5, "e d c b a", nil, 1},
		"oldest first":           {openai.ListFilesParams{Order: "asc"}, 2, "a b c d e", nil, 3},
		"purpose":                {openai.ListFilesParams{Purpose: "batch"}, 2, "b a", nil, 1},
		"none":                   {openai.ListFilesParams{Purpose: "vision"}, 2, "", nil, 1},
		"limit":                  {openai.ListFilesParams{Limit: 3}, 10, "e d c", nil, 1},
		"limit over pages":       {openai.ListFilesParams{Limit: 3}, 2, "e d c", nil, 2},
		"limit at a page's end":  {openai.ListFilesParams{Limit: 4}, 2, "e d c b", nil, 2},
		"limit nobody reaches":   {openai.ListFilesParams{Limit: 50_000}, 10, "e d c b a", nil, 1},
		"most pages":             {openai.ListFilesParams{MaxPages: 2}, 2, "e d c b", openai.ErrListCut, 2},
		"as many pages as asked": {openai.ListFilesParams{MaxPages: 3}, 2, "e d c b a", nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{}, openaitest.WithPageSize(test.page))
				for _, name := range []string{"a", "b"} {
					s.AddFile(name, "batch", []byte("{}\n"))
				}
				for _, name := range []string{"c", "d", "e"} {
					s.AddFile(name, "user_data", []byte("{}\n"))
				}
				got, err := list(t, client, test.params)
				if got != test.want || !errors.Is(err, test.err) || len(s.Requests()) != test.requests {
					t.Errorf("%q, %v after %d requests", got, err, len(s.Requests()))
				}
			})
		})
	}
}

func TestListFiles_limitIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{}, openaitest.WithPageSize(2))
		for range 5 {
			s.AddFile("a", "batch", []byte("{}\n"))
		}
		for _, limit := range []int64{0, 5, 20_000} {
			if _, err := list(t, client, openai.ListFilesParams{Limit: limit}); err != nil {
				t.Error(err)
			}
		}
		var got []string
		for _, request := range s.Requests() {
			got = append(got, request.Query.Get("limit"))
		}
		// the service takes no more than 10000
		want := []string{"", "", "", "5", "3", "1", "10000", "10000", "10000"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
	})
}

func TestListFiles_stopsWhenTheCallerHasEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{}, openaitest.WithPageSize(2))
		for range 5 {
			s.AddFile("a", "batch", []byte("{}\n"))
		}
		for _, err := range client.ListFiles(t.Context(), openai.ListFilesParams{}) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if len(s.Requests()) != 1 {
			t.Error("requests", len(s.Requests()))
		}
	})
}

// script answers each request for a list with the next of these pages, and the last of them again and again.
func script(asked *[]string, pages ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page := pages[min(len(*asked), len(pages)-1)]
		*asked = append(*asked, r.URL.Query().Get("after"))
		_, _ = io.WriteString(w, page)
	}
}

func TestListFiles_compatibleServers(t *testing.T) {
	t.Parallel()
	const a, b, c = `{"id":"1","filename":"a"}`, `{"id":"2","filename":"b"}`, `{"id":"3","filename":"c"}`
	page := func(more string, files ...string) string {
		return `{"data":[` + strings.Join(files, ",") + `]` + more + `}`
	}
	const more, last = `,"has_more":true`, `,"has_more":false`
	for name, test := range map[string]struct {
		pages []string
		want  string
		asked []string // cursors
		err   string   // empty: none
	}{
		"no has_more":        {[]string{page("", a, b)}, "a b", []string{""}, ""},
		"null has_more":      {[]string{page(`,"has_more":null`, a, b)}, "a b", []string{""}, ""},
		"no data":            {[]string{`{}`}, "", []string{""}, "it is not a list of files"},
		"null":               {[]string{`null`}, "", []string{""}, "it is not a list of files"},
		"null data":          {[]string{`{"data":null,"has_more":true}`}, "", []string{""}, "it is not a list of files"},
		"error with 200":     {[]string{`{"error":{"message":"busy"}}`}, "", []string{""}, "it is not a list of files"},
		"list of null":       {[]string{`{"object":"list","data":null}`}, "", []string{""}, ""},
		"empty last page":    {[]string{page(more, a), page(more)}, "a", []string{"", "1"}, ""},
		"the same page":      {[]string{page(more, a, b)}, "a b", []string{"", "2"}, ""},
		"overlapping pages":  {[]string{page(more, a, b), page(more, b, c), page(last, c)}, "a b c", []string{"", "2", "3"}, ""},
		"a file twice":       {[]string{page(last, a, a, b)}, "a b", []string{""}, ""},
		"no id":              {[]string{page(more, a), page(more, b, `{"filename":"c"}`)}, "a b", []string{"", "1"}, "an object in the list has no id"},
		"HTML on page 2":     {[]string{page(more, a), "<title>Busy</title>"}, "a", []string{"", "1"}, "titled “Busy”"},
		"a list alone":       {[]string{`[` + a + `]`}, "", []string{""}, "HTTP 200 with [{"},
		"another kind of id": {[]string{page(more, `{"id":"a/b&c=d","filename":"a"}`), page(last, b)}, "a b", []string{"", "a/b&c=d"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				client := connect(t, openai.Config{}, script(&asked, test.pages...))
				got, err := list(t, client, openai.ListFilesParams{})
				if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				if err != nil && (!errors.Is(err, openai.ErrAnswer) || !strings.HasPrefix(err.Error(), "listing files: ")) {
					t.Error(err)
				}
				if diff := cmp.Diff(test.asked, asked); got != test.want || diff != "" {
					t.Errorf("got %q, want %q; asked (-want +got):\n%s", got, test.want, diff)
				}
			})
		})
	}
}

func TestListFiles_refusalOnPage2(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, openaitest.WithPageSize(2))
		for _, name := range []string{"a", "b", "c"} {
			s.AddFile(name, "batch", []byte("{}\n"))
		}
		s.Inject(openaitest.Fault{Skip: 1, Status: http.StatusForbidden, Body: "no"})
		got, err := list(t, client, openai.ListFilesParams{})
		if got != "c b" || !errors.Is(err, openai.ErrForbidden) || len(s.Requests()) != 2 {
			t.Errorf("%q, %v after %d requests", got, err, len(s.Requests()))
		}
		s.Inject(openaitest.Fault{Skip: 1, Status: http.StatusBadGateway, Body: "no"})
		if got, err := list(t, client, openai.ListFilesParams{}); got != "c b a" || err != nil {
			t.Errorf("a page is worth another attempt: %q, %v", got, err)
		}
	})
}

// A page starts after the last file of the one before; the service answers 404 when that file has gone meanwhile.
func TestListFiles_lastFileOfAPageIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		deleted, want string
		err           error
	}{
		{"c", "e d c b a", nil},
		{"d c", "e d c b a", nil},
		{"e d c", "e d c", openai.ErrNotFound},
	} {
		t.Run(test.deleted, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{}, openaitest.WithPageSize(3))
				ids := map[string]string{}
				for _, name := range []string{"a", "b", "c", "d", "e"} {
					ids[name] = s.AddFile(name, "batch", []byte("{}\n")).ID
				}
				var got []string
				var last error
				for file, err := range client.ListFiles(t.Context(), openai.ListFilesParams{}) {
					if last = err; err != nil {
						continue
					}
					got = append(got, file.Filename)
					if file.Filename == "c" {
						for name := range strings.FieldsSeq(test.deleted) {
							s.DeleteFile(ids[name])
						}
					}
				}
				if names := strings.Join(got, " "); names != test.want || !errors.Is(last, test.err) {
					t.Errorf("%q, %v", names, last)
				}
			})
		})
	}
}

func TestListFiles_notFoundOnTheFirstPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{}, counted(&requests, answers(http.StatusNotFound, nil, "404 page not found")))
		if got, err := list(t, client, openai.ListFilesParams{}); got != "" || !errors.Is(err, openai.ErrNotFound) || requests != 1 {
			t.Errorf("%q, %v after %d requests", got, err, requests)
		}
	})
}

func TestListFiles_endsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 5}, openaitest.WithPageSize(1))
		s.AddFile("a", "batch", []byte("{}\n"))
		s.AddFile("b", "batch", []byte("{}\n"))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for _, err := range client.ListFiles(ctx, openai.ListFilesParams{}) {
			last = err
			cancel()
		}
		if !errors.Is(last, context.Canceled) || len(s.Requests()) != 1 {
			t.Errorf("%v after %d requests", last, len(s.Requests()))
		}
	})
}

func FuzzListPage(f *testing.F) {
	for _, page := range []string{
		"", "null", `{}`, `{"data":{}}`, `{"data":[null]}`, `{"data":[1]}`, `{"data":[{"id":""}],"has_more":true}`,
		`{"data":[{"id":"a"},{"id":"a"}],"has_more":true}`, `{"data":[{"id":{"message":"a"}}],"has_more":"yes"}`,
		`{"data":[{"id":"a","bytes":1e308,"created_at":"0000-01-01T00:00:00Z","expires_at":9e99}]}`, `{"DATA":[{"ID":"a"}]}`,
	} {
		f.Add(page)
	}
	var page string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) }))
	f.Cleanup(server.Close)
	client, err := openai.NewClient(openai.Config{BaseURL: server.URL})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.CloseIdleConnections)

	f.Fuzz(func(t *testing.T, text string) {
		page = text
		seen := map[string]bool{}
		var last error
		for file, err := range client.ListFiles(t.Context(), openai.ListFilesParams{}) {
			if last != nil {
				t.Fatalf("%+v after %v", file, last)
			}
			if last = err; err != nil {
				continue
			}
			if file.ID == "" || seen[file.ID] {
				t.Errorf("file %+v", file)
			}
			seen[file.ID] = true
			if file.Bytes != nil && *file.Bytes < 0 {
				t.Errorf("%d bytes", *file.Bytes)
			}
			if _, err := json.Marshal([]any{file.CreatedAt, file.ExpiresAt}); err != nil {
				t.Error(err)
			}
		}
		if last != nil && !errors.Is(last, openai.ErrAnswer) {
			t.Error(fmt.Errorf("%q: %w", text, last))
		}
	})
}

// Another type than the API promises does not change with a retry.
func TestListFiles_wrongTypeIsNotRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 3}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			_, _ = w.Write([]byte(`{"object":"list","data":{"id":"file-1"}}`))
		}))
		_, err := list(t, client, openai.ListFilesParams{})
		if err == nil || !strings.Contains(err.Error(), "HTTP 200, but its field data has the wrong type (object)") || requests != 1 {
			t.Errorf("got %v after %d requests, want one and the name of the field", err, requests)
		}
	})
}

// Some servers ignore the purpose that is asked for. Files that state another one are left out, and do not count.
func TestListFiles_serverIgnoresThePurpose(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit    int64
		page     int
		noPages  bool
		want     string
		requests int
	}{
		"one page":                {0, 10, false, "b a", 1},
		"pages":                   {0, 2, false, "b a", 3},
		"limit":                   {1, 10, false, "b", 2}, // the first page has one file, as was asked for
		"limit over pages":        {2, 2, false, "b a", 3},
		"limit, without has_more": {2, 10, true, "b a", 2},
		"no has_more":             {0, 10, true, "b a", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openaitest.New(openaitest.WithPageSize(test.page))
				t.Cleanup(s.Close)
				client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					query := r.URL.Query()
					query.Del("purpose")
					r.URL.RawQuery = query.Encode()
					s.ServeHTTP(w, r)
				}))
				for _, file := range []struct{ name, purpose string }{{"a", "batch"}, {"b", "batch"}, {"c", "vision"}, {"d", "vision"}, {"e", "vision"}} {
					s.AddFile(file.name, file.purpose, []byte("{}\n"))
				}
				if test.noPages {
					s.Inject(openaitest.Fault{Times: -1, Mutate: func(list map[string]any) map[string]any {
						delete(list, "has_more")
						return list
					}})
				}
				got, err := list(t, client, openai.ListFilesParams{Purpose: "batch", Limit: test.limit})
				if got != test.want || err != nil || len(s.Requests()) != test.requests {
					t.Errorf("got %q, %v after %d requests, want %q after %d", got, err, len(s.Requests()), test.want, test.requests)
				}
			})
		})
	}
}
