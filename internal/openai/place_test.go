package openai_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

func TestPlace_Same(t *testing.T) {
	t.Parallel()
	const here, there = "https://api.openai.com/v1", "https://gateway.test/openai"
	for name, test := range map[string]struct {
		a, b openai.Place
		want bool
	}{
		"unknown":                              {openai.Place{}, openai.Place{BaseURL: here, Project: "p"}, true},
		"both unknown":                         {openai.Place{}, openai.Place{}, true},
		"address":                              {openai.Place{BaseURL: here}, openai.Place{BaseURL: here}, true},
		"other address":                        {openai.Place{BaseURL: here}, openai.Place{BaseURL: there}, false},
		"project behind a gateway":             {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: there, Project: "p"}, true},
		"other project":                        {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here, Project: "q"}, false},
		"other organization":                   {openai.Place{BaseURL: here, Organization: "o"}, openai.Place{BaseURL: here, Organization: "q"}, false},
		"other organization, same project":     {openai.Place{BaseURL: here, Organization: "o", Project: "p"}, openai.Place{BaseURL: here, Organization: "q", Project: "p"}, false},
		"same organization, other project":     {openai.Place{BaseURL: here, Organization: "o", Project: "p"}, openai.Place{BaseURL: here, Organization: "o", Project: "q"}, false},
		"same organization, one names project": {openai.Place{BaseURL: here, Organization: "o", Project: "p"}, openai.Place{BaseURL: there, Organization: "o"}, true},
		"only one side names a project":        {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here}, true},
		"one names, other address":             {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: there}, false},
		"one names org, other project":         {openai.Place{BaseURL: here, Organization: "o"}, openai.Place{BaseURL: here, Project: "p"}, true},
	} {
		if got, back := test.a.Same(test.b), test.b.Same(test.a); got != test.want || back != test.want {
			t.Errorf("%s: got %t, and %t the other way round, want %t", name, got, back, test.want)
		}
	}
}

func TestPlace_Certainly(t *testing.T) {
	t.Parallel()
	const here = "https://api.openai.com/v1"
	for name, test := range map[string]struct {
		a, b openai.Place
		want bool
	}{
		"project":                          {openai.Place{BaseURL: here, Project: "p"}, openai.Place{Project: "p"}, true},
		"organization":                     {openai.Place{Organization: "o"}, openai.Place{Organization: "o"}, true},
		"only the address":                 {openai.Place{BaseURL: here}, openai.Place{BaseURL: here}, false},
		"unknown":                          {openai.Place{}, openai.Place{}, false},
		"other project":                    {openai.Place{Organization: "o", Project: "p"}, openai.Place{Organization: "o", Project: "q"}, false},
		"other organization, same project": {openai.Place{Organization: "o", Project: "p"}, openai.Place{Organization: "q", Project: "p"}, false},
	} {
		if got := test.a.Certainly(test.b); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}

func TestPlace_SilentOn(t *testing.T) {
	t.Parallel()
	const here = "https://api.openai.com/v1"
	for name, test := range map[string]struct {
		now, earlier openai.Place
		want         bool
	}{
		"nothing was named":             {openai.Place{BaseURL: here}, openai.Place{BaseURL: here}, false},
		"not remembered":                {openai.Place{BaseURL: here}, openai.Place{}, false},
		"project is named no more":      {openai.Place{BaseURL: here, Organization: "o"}, openai.Place{BaseURL: here, Organization: "o", Project: "p"}, true},
		"organization is named no more": {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here, Organization: "o", Project: "p"}, true},
		"all are named":                 {openai.Place{Organization: "o", Project: "p"}, openai.Place{Organization: "o", Project: "p"}, false},
		"named for the first time":      {openai.Place{Organization: "o", Project: "p"}, openai.Place{BaseURL: here}, false},
	} {
		if got := test.now.SilentOn(test.earlier); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}

func TestPlace_Against(t *testing.T) {
	t.Parallel()
	const here, there = "https://api.openai.com/v1", "https://gateway.test/openai"
	for _, test := range []struct {
		a, b openai.Place
		want string
	}{
		{openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here, Project: "q"}, "project p"},
		{openai.Place{BaseURL: here, Organization: "o", Project: "p"}, openai.Place{BaseURL: here, Organization: "q", Project: "q"}, "project p, organization o"},
		{openai.Place{BaseURL: here, Organization: "o", Project: "p"}, openai.Place{BaseURL: here, Organization: "o", Project: "q"}, "project p"},
		{openai.Place{BaseURL: here}, openai.Place{BaseURL: there}, here},
		{openai.Place{BaseURL: here}, openai.Place{BaseURL: there, Project: "p"}, here},
		{openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: there}, "project p, " + here},
		{openai.Place{BaseURL: here}, openai.Place{BaseURL: here, Organization: "o", Project: "p"}, here + ", whose responses do not name the project"},
		{openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here, Organization: "o", Project: "p"}, here + ", whose responses do not name the organization"},
	} {
		if got := test.a.Against(test.b); got != test.want {
			t.Errorf("%+v against %+v: got %s, want %s", test.a, test.b, got, test.want)
		}
	}
}

func TestError_about(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want bool
	}{
		"OpenAI":                    {`{"error":{"message":"No such File object: file-abc","type":"invalid_request_error","param":"id","code":null}}`, true},
		"param":                     {`{"error":{"message":"Not found","param":"file-abc"}}`, true},
		"quoted":                    {`{"detail":"File 'file-abc' not found."}`, true},
		"in brackets":               {`{"message":"no such file (file-abc)"}`, true},
		"FastAPI":                   {`{"detail":"Not Found"}`, false},
		"HTML":                      {`<html><title>file-abc</title></html>`, false},
		"plain text":                {`No such File object: file-abc`, false},
		"empty":                     {``, false},
		"JSON text":                 {`"file-abc"`, false},
		"URL":                       {`{"error":{"message":"Invalid URL (GET /v1/files/file-abc)"}}`, false},
		"URL, and the id":           {`{"error":{"message":"GET /files/file-abc: no file file-abc"}}`, true},
		"query":                     {`{"message":"no route for ?id=file-abc"}`, false},
		"other id":                  {`{"error":{"message":"No such File object: file-xyz","param":"id"}}`, false},
		"beginning of another id":   {`{"error":{"message":"No such File object: file-abcd"}}`, false},
		"beginning, with a hyphen":  {`{"error":{"message":"No such File object: file-abc-1"}}`, false},
		"end of another id":         {`{"error":{"message":"No such File object: my_file-abc"}}`, false},
		"param that is only the id": {`{"error":{"message":"No such File object","param":"id"}}`, false},
	} {
		if got := openai.About([]byte(test.body), "file-abc"); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
	if openai.About([]byte(`{"error":{"message":"","param":""}}`), "") {
		t.Error("a refusal is about no id")
	}
}

func TestConfirmMissing_decision(t *testing.T) {
	t.Parallel()
	here := openai.Place{BaseURL: "https://api.openai.com/v1", Project: "p"}
	there := openai.Place{BaseURL: "https://api.openai.com/v1", Project: "q"}
	nameless := openai.Place{BaseURL: "https://api.openai.com/v1"}                               // here, when answers named nothing
	fully := openai.Place{BaseURL: "https://api.openai.com/v1", Organization: "o", Project: "p"} // here, when answers still named both
	named, unnamed := openai.ParsedRefusal(404, `{"error":{"message":"No such File object: file-abc"}}`), openai.ParsedRefusal(404, `{"detail":"Not Found"}`)
	const missing, otherPlace, unverified = "missing", "other place", "unverified"
	for name, test := range map[string]struct {
		notFound, list error
		then           openai.Place
		want           string
	}{
		"a list":                               {unnamed, nil, here, missing},
		"a list, place not remembered":         {unnamed, nil, openai.Place{}, missing},
		"a list of another place":              {named, nil, there, otherPlace},
		"a list that names no organization":    {named, nil, fully, otherPlace},
		"a list, named for the first time":     {named, nil, nameless, otherPlace},
		"no list, another place":               {unnamed, openai.NewRefusal(404, "", true), there, otherPlace},
		"no list, the id is named":             {named, openai.NewRefusal(404, "", true), here, missing},
		"list not allowed, the id is named":    {named, openai.NewRefusal(405, "", true), here, missing},
		"list not made, the id is named":       {named, openai.NewRefusal(501, "", true), here, missing},
		"no list, the id is not named":         {unnamed, openai.NewRefusal(404, "", true), here, unverified},
		"list refused, the id is named":        {named, openai.NewRefusal(403, "", true), here, unverified},
		"list fails, the id is named":          {named, openai.NewRefusal(500, "", true), here, unverified},
		"nobody answers, the id is named":      {named, io.EOF, here, unverified},
		"the list is a page, the id is named":  {named, openai.ErrWebPage, here, unverified},
		"the list is none, though it is asked": {unnamed, openai.ErrAnswer, here, unverified},
	} {
		err := openai.DecideMissing(openai.SectionFiles, "file-abc", test.notFound, test.list, test.then, here)
		got := missing
		if _, ok := errors.AsType[*openai.OtherPlaceError](err); ok {
			got = otherPlace
		} else if _, ok := errors.AsType[*openai.UnverifiedError](err); ok {
			got = unverified
		} else if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, test.want)
		}
	}
}

// listAnd404 answers 404 to everything but its list, which is answered with a status and a body.
func listAnd404(requests *[]string, status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r.Method+" "+r.URL.RequestURI())
		if r.URL.Path == "/v1/files" {
			answers(status, header, body)(w, r)
			return
		}
		answers(http.StatusNotFound, header, `{"detail":"Not Found"}`)(w, r)
	}
}

func TestClient_ConfirmMissing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status   int
		body     string
		want     string // in the error; empty: it is missing
		requests int    // for two files
	}{
		"a list":       {200, `{"object":"list","data":[]}`, "", 3}, // asked for once
		"only data":    {200, `{"data":[]}`, "", 3},
		"a page":       {200, `<title>Sign in</title>`, "the list of files could not be read either: the server answered HTTP 200 with a web page titled “Sign in”", 4},
		"another JSON": {200, `{"status":"ok"}`, "it is not a list of files (GET http://api.test/v1/files)", 4},
		"404":          {404, `{"detail":"Not Found"}`, "Not Found (HTTP 404 from GET http://api.test/v1/files)", 4},
		"401":          {401, `{}`, "Unauthorized (HTTP 401 from GET http://api.test/v1/files)", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests []string
				client := connect(t, openai.Config{MaxRetries: 3}, listAnd404(&requests, test.status, nil, test.body))
				for _, id := range []string{"file-1", "file-2"} {
					_, notFound := client.RetrieveFile(t.Context(), id)
					err := client.ConfirmMissing(t.Context(), openai.SectionFiles, id, notFound, client.Place())
					if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "/files/"+id)) {
						t.Errorf("got %v, want %s", err, test.want)
					}
				}
				if len(requests) != test.requests || requests[1] != "GET /v1/files" {
					t.Errorf("got requests %q, want %d", requests, test.requests)
				}
			})
		})
	}
}

// A 404 that names the file needs the list once in a process, if it was answered.
func TestClient_ConfirmMissing_named(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status   int
		body     string
		want     string // in the error; empty: it is missing
		requests int    // for two files
	}{
		"a list":            {200, `{"object":"list","data":[]}`, "", 1},
		"only data":         {200, `{"data":[]}`, "", 1},
		"data is null":      {200, `{"object":"list","data":null}`, "", 1},
		"data of no object": {200, `{"object":"file"}`, "it is not a list", 2},
		"a refusal":         {401, `{}`, "Unauthorized", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests []string
				client := connect(t, openai.Config{}, listAnd404(&requests, test.status, nil, test.body))
				for _, id := range []string{"file-1", "file-2"} {
					notFound := openai.ParsedRefusal(404, `{"error":{"message":"No such File object: `+id+`"}}`)
					err := client.ConfirmMissing(t.Context(), openai.SectionFiles, id, notFound, client.Place())
					if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
						t.Errorf("got %s, want %q", got, test.want)
					}
				}
				if len(requests) != test.requests {
					t.Errorf("got requests %q, want %d", requests, test.requests)
				}
			})
		})
	}
}

// The text names the status that the service has answered.
func TestClient_ConfirmMissing_status(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests []string
		client := connect(t, openai.Config{}, listAnd404(&requests, 200, nil, `{"object":"list","data":[{"id":"file-1"}]}`))
		for _, status := range []int{404, 410} {
			err := client.ConfirmMissing(t.Context(), openai.SectionFiles, "file-1", openai.ParsedRefusal(status, `{"detail":"Gone"}`), client.Place())
			if want := fmt.Sprintf("this %d cannot be trusted", status); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
	})
}

// A gateway may lack a route for single files, or for one method. The list then still has what it denies.
func TestClient_ConfirmMissing_stillListed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		notFound, want string
		requests       []string
	}{
		"names the file":       {`{"error":{"message":"No such File object: file-1"}}`, "", []string{"GET /v1/files?limit=1"}},
		"a route that is none": {`{"message":"no Route matched with those values: /v1/files/file-1"}`, "the list of files still has it", []string{"GET /v1/files"}},
		"a web page":           {`<html></html>`, "the list of files still has it", []string{"GET /v1/files"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests []string
				client := connect(t, openai.Config{}, listAnd404(&requests, 200, nil, `{"object":"list","data":[{"id":"file-1"}]}`))
				err := client.ConfirmMissing(t.Context(), openai.SectionFiles, "file-1", openai.ParsedRefusal(404, test.notFound), client.Place())
				if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if !slices.Equal(requests, test.requests) {
					t.Errorf("got requests %q, want %q", requests, test.requests)
				}
			})
		})
	}
}

func TestClient_ConfirmMissing_cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests []string
		client := connect(t, openai.Config{}, listAnd404(&requests, http.StatusOK, nil, `{"object":"list","data":[]}`))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := client.ConfirmMissing(ctx, openai.SectionFiles, "file-1", openai.NewRefusal(404, "", false), openai.Place{})
		if _, ok := errors.AsType[*openai.UnverifiedError](err); !ok || len(requests) != 0 {
			t.Errorf("got %v after %q, want no verdict and no request", err, requests)
		}
	})
}

func TestClient_Place(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cfg    openai.Config
		header map[string]string
		want   openai.Place
	}{
		"configured": {
			openai.Config{Organization: "org-1", Project: "proj_1"},
			nil,
			openai.Place{BaseURL: "http://api.test/v1", Organization: "org-1", Project: "proj_1"},
		},
		"named by the service": {
			openai.Config{Project: "proj_1"},
			map[string]string{"openai-organization": "org-2", "openai-project": "proj_2"},
			openai.Place{BaseURL: "http://api.test/v1", Organization: "org-2", Project: "proj_2"},
		},
		"half named": {
			openai.Config{Project: "proj_1"},
			map[string]string{"openai-organization": "org-2"},
			openai.Place{BaseURL: "http://api.test/v1", Organization: "org-2", Project: "proj_1"},
		},
		"no secrets": {
			openai.Config{BaseURL: "http://user:hunter2@API.test/v1?sig=hunter2"},
			nil,
			openai.Place{BaseURL: "http://api.test/v1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests []string
				client := connect(t, test.cfg, listAnd404(&requests, http.StatusOK, test.header, `{"object":"list","data":[]}`))
				_, _ = client.RetrieveFile(t.Context(), "file-1")
				if got := client.Place(); got != test.want {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
			})
		})
	}
}

// Not every answer names both.
func TestClient_Place_isKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		header := map[string]string{"openai-organization": "org-1", "openai-project": "proj_1"}
		client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answers(http.StatusOK, header, `{"id":"f"}`)(w, r)
			delete(header, "openai-project")
		}))
		for range 2 {
			if _, err := client.RetrieveFile(t.Context(), "f"); err != nil {
				t.Fatal(err)
			}
		}
		if got := client.Place(); got.Project != "proj_1" || got.Organization != "org-1" {
			t.Errorf("got %+v, want both as first named", got)
		}
	})
}

// A gateway may lack the route for the removal of a file from a vector store.
func TestClient_ConfirmDetached(t *testing.T) {
	t.Parallel()
	const files = "GET /v1/vector_stores/vs_1/files"
	for name, test := range map[string]struct {
		notFound string
		status   int    // of the list
		list     string // its body
		want     string // in the error; empty: it is detached
		requests []string
	}{
		"names the file":       {`{"error":{"message":"No file found with id 'file-1' in vector store 'vs_1'."}}`, 200, "", "", nil},
		"a web page, listed":   {`<html></html>`, 200, `{"data":[{"id":"file-2"},{"id":"file-1"}]}`, "the list of the files of vector store vs_1 still has it", []string{files}},
		"a web page, unlisted": {`<html></html>`, 200, `{"data":[{"id":"file-2"}]}`, "", []string{files}},
		"a route":              {`{"error":{"message":"Invalid URL (DELETE /v1/vector_stores/vs_1/files/file-1)"}}`, 200, `{"data":[{"id":"file-1"}]}`, "still has it", []string{files}},
		"no list":              {`<html></html>`, 404, `{}`, "could not be read either", []string{files}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests []string
				client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests = append(requests, r.Method+" "+r.URL.Path)
					answers(test.status, nil, test.list)(w, r)
				}))
				err := client.ConfirmDetached(t.Context(), "vs_1", "file-1", openai.ParsedRefusal(404, test.notFound))
				if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if !slices.Equal(requests, test.requests) {
					t.Errorf("got requests %q, want %q", requests, test.requests)
				}
			})
		})
	}
}
