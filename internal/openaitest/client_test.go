package openaitest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// now is the time on the clock of a test, 2023-11-14 22:13:20 UTC.
const now = 1700000000

// client sends requests as they are: it knows nothing of the API but its address and its key.
type client struct {
	url, key string
}

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   string
}

// newServer starts a server that stops with the test.
func newServer(t *testing.T, opts ...openaitest.Option) (*openaitest.Server, client) {
	t.Helper()
	s := openaitest.NewServer(opts...)
	t.Cleanup(s.Close)
	return s, client{s.URL, openaitest.Key}
}

// newFixedServer starts a server with a clock that stands still and ids file-1, file-2 and so on.
func newFixedServer(t *testing.T, opts ...openaitest.Option) (*openaitest.Server, client) {
	t.Helper()
	n := 0
	fixed := []openaitest.Option{
		openaitest.WithClock(func() time.Time { return time.Unix(now, 0) }),
		openaitest.WithIDs(func() string { n++; return fmt.Sprint("file-", n) }),
	}
	return newServer(t, append(fixed, opts...)...)
}

// live tells whether assumptions are checked against the real service.
func live() bool { return os.Getenv("OPENAI_LIVE") == "1" }

// assumed returns a client of the service about which assumptions are made: the fake, or the real one with OPENAI_LIVE=1.
func assumed(t *testing.T) client {
	t.Helper()
	if !live() {
		_, c := newServer(t)
		return c
	}
	c := client{os.Getenv("OPENAI_BASE_URL"), os.Getenv("OPENAI_API_KEY")}
	if c.url == "" {
		c.url = "https://api.openai.com/v1"
	}
	if c.key == "" {
		t.Fatal("OPENAI_LIVE=1 needs OPENAI_API_KEY")
	}
	return c
}

// request makes a request; its body may be a form, a string or nil.
func (c client) request(t *testing.T, method, path string, body any) *http.Request {
	t.Helper()
	var (
		reader io.Reader
		kind   string
	)
	switch body := body.(type) {
	case string:
		reader, kind = strings.NewReader(body), "application/json"
	case form:
		reader, kind = bytes.NewReader(body.body()), "multipart/form-data; boundary="+boundary
	}
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// try sends a request on a connection of its own.
func try(r *http.Request) (reply, error) {
	transport := &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body)}, err
}

// send sends a request that must be answered.
func send(t *testing.T, r *http.Request) reply {
	t.Helper()
	got, err := try(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (c client) do(t *testing.T, method, path string, body any) reply {
	t.Helper()
	return send(t, c.request(t, method, path, body))
}

func (c client) get(t *testing.T, path string) reply {
	t.Helper()
	return c.do(t, http.MethodGet, path, nil)
}

// upload makes a file and returns its id.
func (c client) upload(t *testing.T, purpose, filename, content string) string {
	t.Helper()
	got := c.do(t, http.MethodPost, "/files", form{{"purpose", purpose}, {"file@" + filename, content}})
	if got.status != http.StatusOK {
		t.Fatalf("upload of %s: %d %s", filename, got.status, got.body)
	}
	return got.text(t, "id")
}

// text returns a member of the answer that is a text.
func (r reply) text(t *testing.T, name string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(r.body), &members); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	text, ok := members[name].(string)
	if !ok {
		t.Fatalf("no text %q in %s", name, r.body)
	}
	return text
}

// want compares the answer with a status and a body as it is written.
func (r reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if r.status != status || r.body != body {
		t.Errorf("got %d %s\nwant %d %s", r.status, r.body, status, body)
	}
}

// refusal is how the service writes an error.
func refusal(message string) string {
	return fmt.Sprintf(`{
  "error": {
    "message": %s,
    "type": "invalid_request_error",
    "param": null,
    "code": null
  }
}
`, quote(message))
}

// refusalWithDetail is how the service writes some of the errors of files; param is JSON.
func refusalWithDetail(message, param string) string {
	return fmt.Sprintf(`{
  "error": {
    "message": %[1]s,
    "type": "invalid_request_error",
    "param": %[2]s,
    "code": null
  },
  "detail": {
    "message": %[1]s,
    "code": null
  }
}
`, quote(message), param)
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

const boundary = "e5a1b2c3d4"

// form is the fields of a multipart form, a name and a value each. The name of a file is field@filename.
type form [][2]string

func (f form) body() []byte {
	var b bytes.Buffer
	for _, field := range f {
		name, filename, isFile := strings.Cut(field[0], "@")
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, name)
		if isFile {
			fmt.Fprintf(&b, "; filename=\"%s\"\r\nContent-Type: application/octet-stream", filename)
		}
		fmt.Fprintf(&b, "\r\n\r\n%s\r\n", field[1])
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes()
}
