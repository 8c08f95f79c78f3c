package openaitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestWithProcessing(t *testing.T) {
	_, c := newServer(t, openaitest.WithProcessing(3))
	id := c.upload(t, "fine-tune", "a.jsonl", "{}")
	busy := refusal("File is still processing. Check back later.")
	if got := c.get(t, "/files/"+id); got.text(t, "status") != "processing" {
		t.Error(got)
	}
	c.do(t, http.MethodDelete, "/files/"+id, nil).want(t, http.StatusConflict, busy)
	c.do(t, http.MethodDelete, "/files/"+id, nil).want(t, http.StatusConflict, busy)
	if got := c.get(t, "/files/"+id); got.text(t, "status") != "processed" {
		t.Error(got)
	}
	if got := c.do(t, http.MethodDelete, "/files/"+id, nil); got.status != http.StatusOK {
		t.Error(got)
	}
}

func TestWithStatus(t *testing.T) {
	s, c := newServer(t, openaitest.WithStatus("error", "bad line"))
	id := c.upload(t, "vision", "a.png", "x")
	got := c.get(t, "/files/"+id)
	if got.text(t, "status") != "error" || got.text(t, "status_details") != "bad line" || s.Files()[0].StatusDetails != "bad line" {
		t.Error(got)
	}
}

func TestWithReadLag(t *testing.T) {
	s, c := newServer(t, openaitest.WithReadLag(2))
	id := c.upload(t, "vision", "a.png", "x")
	for i, want := range []int{404, 404, 200} {
		if got := c.get(t, "/files/"+id); got.status != want {
			t.Errorf("retrieve %d: %d", i+1, got.status)
		}
	}
	for i, want := range []bool{false, false, true} {
		if got := c.get(t, "/files"); strings.Contains(got.body, id) != want {
			t.Errorf("list %d: %s", i+1, got.body)
		}
	}
	if len(s.Files()) != 1 {
		t.Error("files", s.Files())
	}
}

// A compatible server: 201, no status, errors that are texts, and no body after a delete.
func TestWithRewrite(t *testing.T) {
	_, c := newServer(t, openaitest.WithRewrite(func(r *http.Request, status int, body map[string]any) (int, map[string]any) {
		switch {
		case r.Method == http.MethodDelete && status == http.StatusOK:
			return http.StatusNoContent, nil
		case status >= http.StatusBadRequest:
			return status, map[string]any{"error": "sorry"}
		case r.Method == http.MethodPost:
			status = http.StatusCreated
		}
		delete(body, "status")
		return status, body
	}))
	got := c.do(t, http.MethodPost, "/files", aFile)
	if got.status != http.StatusCreated || strings.Contains(got.body, `"status"`) || !strings.Contains(got.body, `"bytes": 5,`) {
		t.Error(got)
	}
	c.get(t, "/files/x").want(t, http.StatusNotFound, "{\n  \"error\": \"sorry\"\n}\n")
	c.do(t, http.MethodDelete, "/files/"+got.text(t, "id"), nil).want(t, http.StatusNoContent, "")
}

func TestWithoutOperation(t *testing.T) {
	s, c := newServer(t, openaitest.WithoutOperation(http.MethodDelete, "/files/"))
	file := s.AddFile("a.png", "vision", []byte("x"))
	if got := c.do(t, http.MethodDelete, "/files/"+file.ID, nil); got.status != http.StatusMethodNotAllowed {
		t.Error(got)
	}
	if got := c.get(t, "/files/"+file.ID); got.status != http.StatusOK {
		t.Error(got)
	}
}

func TestServer_wrongMethod(t *testing.T) {
	_, c := newServer(t)
	if got := c.do(t, http.MethodPut, "/files", "{}"); got.status != http.StatusMethodNotAllowed {
		t.Error(got)
	}
}

func TestWithQuery(t *testing.T) {
	_, c := newServer(t, openaitest.WithQuery("api-version", "2024-10-21"))
	for query, want := range map[string]int{"": 404, "?api-version=": 404, "?api-version=x": 404, "?api-version=2024-10-21": 200} {
		if got := c.get(t, "/files"+query); got.status != want {
			t.Errorf("%q: %d", query, got.status)
		}
	}
}

func TestWithDiscard(t *testing.T) {
	s, c := newServer(t, openaitest.WithDiscard())
	id := c.upload(t, "vision", "a.png", "hello")
	file := s.Files()[0]
	// printf hello | sha256sum
	if file.Bytes != 5 || file.SHA256 != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("file %+v", file)
	}
	if _, ok := s.Content(id); ok {
		t.Error("the content was kept")
	}
	if got := c.get(t, "/files/"+id+"/content"); got.status != http.StatusBadRequest {
		t.Error(got)
	}
}

func TestWithLatency(t *testing.T) {
	_, c := newServer(t, openaitest.WithLatency(30*time.Millisecond))
	began := time.Now()
	c.get(t, "/files")
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Error("it took", took)
	}
}

func TestWithBandwidth(t *testing.T) {
	_, c := newServer(t, openaitest.WithBandwidth(1_000_000))
	began := time.Now()
	id := c.upload(t, "vision", "a.png", strings.Repeat("x", 100_000))
	up := time.Since(began)
	c.get(t, "/files/"+id+"/content")
	down := time.Since(began) - up
	// 100 kB at 1 MB/s
	if up < 100*time.Millisecond || down < 100*time.Millisecond {
		t.Errorf("100 kB took %v up and %v down", up, down)
	}
}

func TestNew_isAHandler(t *testing.T) {
	s := openaitest.New()
	t.Cleanup(s.Close)
	if s.URL != "" {
		t.Error("URL", s.URL)
	}
}
