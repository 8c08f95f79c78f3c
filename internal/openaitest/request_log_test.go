package openaitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestRequests_tellWhatWasSent(t *testing.T) {
	s, c := newFixedServer(t)
	r := c.request(t, http.MethodPost, "/files?api-version=1", form{
		{"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}, {"file@data/a.png", "hello"}, {"purpose", "vision"},
	})
	length := r.ContentLength
	r.ContentLength = -1 // sent in chunks
	r.Header.Set("X-Gateway", "one")
	send(t, r)
	got := eventually(t, s, done)
	want := openaitest.Request{
		Method:        http.MethodPost,
		Path:          "/files",
		RawPath:       "/v1/files",
		Query:         url.Values{"api-version": {"1"}},
		ContentLength: -1,
		BodyBytes:     length,
		Status:        http.StatusOK,
		Form:          map[string]string{"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600", "purpose": "vision"},
		FieldOrder:    []string{"expires_after[anchor]", "expires_after[seconds]", "file", "purpose"},
		Filename:      "data/a.png",
		FileID:        "file-1",
		Done:          true,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(openaitest.Request{}, "Header", "RequestID")); diff != "" {
		t.Error("request (-want +got):\n", diff)
	}
	if got.Header.Get("X-Gateway") != "one" {
		t.Error("header", got.Header)
	}
	if name := s.Files()[0].Filename; name != "data/a.png" {
		t.Error("the file is named", name)
	}
}

func TestRequests_showProgress(t *testing.T) {
	s, c := newServer(t)
	body, feed := io.Pipe()
	r := c.request(t, http.MethodPost, "/files", aFile)
	r.Body, r.ContentLength = body, -1
	answered := make(chan reply)
	go func() {
		got, _ := try(r)
		answered <- got
	}()
	text := aFile.body()
	_, _ = feed.Write(text[:150])
	got := eventually(t, s, func(q openaitest.Request) bool { return q.BodyBytes == 150 && q.Form["purpose"] == "vision" })
	if got.Done || got.Status != 0 || got.Filename != "" {
		t.Errorf("request %+v", got)
	}
	_, _ = feed.Write(text[150:])
	eventually(t, s, func(q openaitest.Request) bool { return q.BodyBytes == int64(len(text)) })
	_ = feed.Close()
	// An answer before the end of the request would tell its length.
	if got := <-answered; got.status != http.StatusOK || got.header.Get("Content-Length") != "" {
		t.Error(got)
	}
}

func TestRequests_reset(t *testing.T) {
	s, c := newServer(t)
	c.get(t, "/files")
	s.ResetRequests()
	c.get(t, "/files/x")
	if got := s.Requests(); len(got) != 1 || got[0].Path != "/files/x" {
		t.Errorf("requests %+v", got)
	}
}

func TestWaitForRequests_givesUp(t *testing.T) {
	s, _ := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.WaitForRequests(ctx, func([]openaitest.Request) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWithRequestLimit(t *testing.T) {
	s, c := newServer(t, openaitest.WithRequestLimit(2))
	for _, path := range []string{"/files/1", "/files/2", "/files/3"} {
		c.get(t, path)
	}
	if got := s.Requests(); len(got) != 2 || got[0].Path != "/files/2" || got[1].Path != "/files/3" {
		t.Errorf("requests %+v", got)
	}
}

func TestWithLog(t *testing.T) {
	logged := make(chan openaitest.Request, 1)
	_, c := newServer(t, openaitest.WithLog(func(r openaitest.Request) { logged <- r }))
	c.get(t, "/files/x")
	if got := <-logged; got.Path != "/files/x" || got.Status != http.StatusNotFound || !got.Done {
		t.Errorf("request %+v", got)
	}
}
