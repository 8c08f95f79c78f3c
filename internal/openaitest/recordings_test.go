package openaitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// answers are those that the real service has given to one kind of request.
type answers struct {
	bodies  []string       // as [outline] returns them
	types   []string       // values of Content-Type
	headers map[string]int // how many of them had a header, by its name
}

// recorded returns the answers of the exchanges that OPENAI_RECORDINGS holds, by [kindOf].
func recorded(t *testing.T) map[string]*answers {
	t.Helper()
	path := os.Getenv("OPENAI_RECORDINGS")
	if path == "" {
		t.Skip("OPENAI_RECORDINGS names no recorded exchanges")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var exchanges []struct {
		Method  string      `json:"method"`
		URI     string      `json:"uri"`
		Status  int         `json:"status"`
		Headers [][2]string `json:"headers"`
		Body    []byte      `json:"body"`
	}
	if err := json.Unmarshal(text, &exchanges); err != nil {
		t.Fatal(err)
	}
	all := map[string]*answers{}
	for _, e := range exchanges {
		kind := kindOf(e.Method, strings.TrimPrefix(e.URI, "https://api.openai.com/v1"), e.Status)
		if all[kind] == nil {
			all[kind] = &answers{headers: map[string]int{}}
		}
		a := all[kind]
		a.bodies = append(a.bodies, outline(string(e.Body)))
		for _, header := range e.Headers {
			name := http.CanonicalHeaderKey(header[0])
			a.headers[name]++
			if name == "Content-Type" {
				a.types = append(a.types, header[1])
			}
		}
	}
	return all
}

var anID = regexp.MustCompile(`/(file|upload)[-_][0-9A-Za-z]+`)

// kindOf returns a request without its IDs and its query, and the status of its answer, as in "GET /files/ID 200".
func kindOf(method, path string, status int) string {
	path, _, _ = strings.Cut(path, "?")
	return fmt.Sprint(method, " ", anID.ReplaceAllString(path, "/ID"), " ", status)
}

var (
	aText   = regexp.MustCompile(`: "(?:[^"\\]|\\.)*"`)
	aNumber = regexp.MustCompile(`: [0-9]+`)
	further = regexp.MustCompile(`\}(, \{[^{}]*\})+`)
)

// outline returns a body of the service without its values, its indentation, and the further elements of a list. The members, their order
// and null remain. Errors remain as they are.
func outline(body string) string {
	if strings.Contains(body, `"error": {`) {
		return body
	}
	body = aNumber.ReplaceAllString(aText.ReplaceAllString(body, `: "…"`), ": 0")
	return further.ReplaceAllString(strings.Join(strings.Fields(body), " "), "}")
}

// ofConnections are headers that belong to the connection or to the edge of the service.
var ofConnections = []string{
	"Connection", "Transfer-Encoding", "Content-Length", "Content-Encoding", "Server", "X-Openai-Proxy-Wasm", "Access-Control-Expose-Headers",
}

func TestRecordings_serverAnswersLikeTheService(t *testing.T) {
	t.Parallel()
	all := recorded(t)
	_, c := newServer(t)
	id := c.upload(t, "fine-tune", "a.jsonl", "{}")
	upload, cancelled := c.newUpload(t, "fine-tune", "a.jsonl", 2), c.newUpload(t, "fine-tune", "b.jsonl", 2)
	part := c.addPart(t, upload, "{}")
	requested := map[string]bool{}
	for _, request := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, "/files", form{{"purpose", "user_data"}, {"file@a.txt", "hello"}}},
		{http.MethodPost, "/files", form{{"purpose", "batch"}, {"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}, {"file@a.jsonl", "{}"}}},
		{http.MethodPost, "/files", form{{"purpose", "world_domination"}, {"file@a.txt", "hello"}}},
		{http.MethodGet, "/files?purpose=fine-tune", nil},
		{http.MethodGet, "/files/" + id, nil},
		{http.MethodGet, "/files/fake_id", nil},
		{http.MethodGet, "/files/" + id + "/content", nil},
		{http.MethodGet, "/files/fake_id/content", nil},
		{http.MethodDelete, "/files/" + id, nil},
		{http.MethodDelete, "/files/fake_id", nil},
		{http.MethodPost, "/uploads", `{"purpose":"batch","filename":"c.jsonl","bytes":2,"mime_type":"text/jsonl"}`},
		{http.MethodPost, "/uploads/" + cancelled + "/parts", form{{"data@blob", "{}"}}},
		{http.MethodPost, "/uploads/" + upload + "/complete", fmt.Sprintf(`{"part_ids":[%q]}`, part)},
		{http.MethodPost, "/uploads/" + cancelled + "/cancel", nil},
	} {
		got := c.do(t, request.method, request.path, request.body)
		kind := kindOf(request.method, request.path, got.status)
		want := all[kind]
		if want == nil {
			t.Errorf("%s: no such answer is recorded", kind)
			continue
		}
		requested[kind] = true
		if !strings.HasSuffix(request.path, "/content") || got.status != http.StatusOK {
			if body := outline(got.body); !slices.Contains(want.bodies, body) {
				t.Errorf("%s: got\n%s\nwant one of\n%s", kind, body, strings.Join(slices.Compact(slices.Sorted(slices.Values(want.bodies))), "\n"))
			}
		}
		if contentType := got.header.Get("Content-Type"); !slices.Contains(want.types, contentType) {
			t.Errorf("%s: got the Content-Type %q, want one of %q", kind, contentType, want.types)
		}
		for name, n := range want.headers {
			if n == len(want.bodies) && !slices.Contains(ofConnections, name) && got.header.Get(name) == "" {
				t.Errorf("%s: got no header %s, want one as in each recorded answer", kind, name)
			}
		}
	}
	for kind := range all {
		if !requested[kind] {
			t.Errorf("%s: recorded, but not requested from the server", kind)
		}
	}
}
