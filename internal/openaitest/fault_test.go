package openaitest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

var aFile = form{{"purpose", "vision"}, {"file@a.png", "hello"}}

// eventually waits for a request that satisfies want and returns it.
func eventually(t *testing.T, s *openaitest.Server, want func(openaitest.Request) bool) openaitest.Request {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var found openaitest.Request
	err := s.WaitForRequests(ctx, func(requests []openaitest.Request) bool {
		for _, r := range requests {
			if want(r) {
				found = r
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatalf("%v; requests %+v", err, s.Requests())
	}
	return found
}

func done(r openaitest.Request) bool { return r.Done }

func TestFault_holdsInTheMiddleOfTheBody(t *testing.T) {
	s, c := newServer(t)
	hold := make(chan struct{})
	s.Inject(openaitest.Fault{Method: http.MethodPost, Hold: hold, HoldAfter: 1 << 20})
	sent := make(chan reply, 1)
	go func() {
		sent <- c.do(t, http.MethodPost, "/files", form{{"purpose", "vision"}, {"file@a.png", strings.Repeat("x", 8<<20)}})
	}()
	eventually(t, s, func(r openaitest.Request) bool { return r.BodyBytes >= 1<<20 })
	if held := s.Requests()[0]; held.BodyBytes > 2<<20 || held.Done {
		t.Errorf("it has read on: %+v", held)
	}
	close(hold)
	if got := <-sent; got.status != http.StatusOK || s.Files()[0].Bytes != 8<<20 {
		t.Error(got)
	}
}

func TestFault_answersInstead(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{
		Method: http.MethodPost, Path: "/files", Status: http.StatusTooManyRequests,
		Header: http.Header{"retry-after": {"7"}, "x-request-id": nil}, Body: "<html>slow down</html>",
	})
	if got := c.get(t, "/files"); got.status != http.StatusOK {
		t.Error("the fault is not for GET:", got)
	}
	got := c.do(t, http.MethodPost, "/files", aFile)
	got.want(t, http.StatusTooManyRequests, "<html>slow down</html>")
	if got.header.Get("Retry-After") != "7" || got.header.Get("X-Request-Id") != "" ||
		got.header.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Error("headers", got.header)
	}
	if len(s.Files()) != 0 {
		t.Error("a file was made")
	}
	c.upload(t, "vision", "a.png", "x") // a fault applies once
	requests := s.Requests()
	if requests[0].Fault || !requests[1].Fault || requests[1].Status != http.StatusTooManyRequests || requests[2].Fault {
		t.Errorf("requests %+v", requests)
	}
}

func TestFault_whichRequests(t *testing.T) {
	bad := http.StatusTeapot
	for name, test := range map[string]struct {
		faults []openaitest.Fault
		paths  []string
		want   []int
	}{
		"once":           {[]openaitest.Fault{{Status: bad}}, []string{"/files", "/files"}, []int{418, 200}},
		"twice":          {[]openaitest.Fault{{Status: bad, Times: 2}}, []string{"/files", "/files", "/files"}, []int{418, 418, 200}},
		"always":         {[]openaitest.Fault{{Status: bad, Times: -1}}, []string{"/files", "/files", "/files"}, []int{418, 418, 418}},
		"after two":      {[]openaitest.Fault{{Status: bad, Skip: 2}}, []string{"/files", "/files", "/files", "/files"}, []int{200, 200, 418, 200}},
		"one by one":     {[]openaitest.Fault{{Status: 500}, {Status: 503}}, []string{"/files", "/files", "/files"}, []int{500, 503, 200}},
		"a pattern":      {[]openaitest.Fault{{Status: bad, Path: "/files/*/content"}}, []string{"/files", "/files/x/content"}, []int{200, 418}},
		"one path":       {[]openaitest.Fault{{Status: bad, Path: "/files/*"}}, []string{"/files", "/files/x"}, []int{200, 418}},
		"another method": {[]openaitest.Fault{{Status: bad, Method: "PUT"}}, []string{"/files"}, []int{200}},
		"a condition": {
			[]openaitest.Fault{{Status: bad, Match: func(r *http.Request) bool { return r.URL.Query().Has("after") }}},
			[]string{"/files", "/files?after=x"},
			[]int{200, 418},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newServer(t)
			for _, f := range test.faults {
				s.Inject(f)
			}
			for i, path := range test.paths {
				if got := c.get(t, path); got.status != test.want[i] {
					t.Errorf("request %d: %d, want %d", i+1, got.status, test.want[i])
				}
			}
		})
	}
}

func TestFault_malformedPatternPanics(t *testing.T) {
	s, _ := newServer(t)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	s.Inject(openaitest.Fault{Path: "["})
}

func TestFault_clear(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{Status: http.StatusTeapot, Times: -1})
	s.ClearFaults()
	if got := c.get(t, "/files"); got.status != http.StatusOK {
		t.Error(got)
	}
}

func TestFault_redirect(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{RedirectTo: "http://elsewhere.example/v1/files"})
	got := c.get(t, "/files")
	if got.status != http.StatusTemporaryRedirect || got.header.Get("Location") != "http://elsewhere.example/v1/files" {
		t.Error(got)
	}
}

func TestFault_afterBody(t *testing.T) {
	s, c := newServer(t)
	hold := make(chan struct{})
	s.Inject(openaitest.Fault{Status: http.StatusBadGateway, AfterBody: true, Hold: hold})
	r := c.request(t, http.MethodPost, "/files", aFile)
	answered := make(chan reply)
	go func() {
		got, _ := try(r)
		answered <- got
	}()
	eventually(t, s, func(q openaitest.Request) bool { return q.BodyBytes == r.ContentLength && q.Status == 0 })
	close(hold)
	if got := <-answered; got.status != http.StatusBadGateway || len(s.Files()) != 0 {
		t.Error(got)
	}
}

func TestFault_cutsTheRequest(t *testing.T) {
	for _, after := range []int64{-1, 100_000} {
		s, c := newServer(t)
		s.Inject(openaitest.Fault{CutRequestAfter: after})
		large := form{{"purpose", "vision"}, {"file@a.png", strings.Repeat("x", 32<<20)}}
		if got, err := try(c.request(t, http.MethodPost, "/files", large)); err == nil {
			t.Errorf("after %d bytes: answered %d", after, got.status)
		}
		if got := s.Requests()[0]; got.Status != 0 || got.BodyBytes != max(after, 0) {
			t.Errorf("after %d bytes: %d bytes read, status %d", after, got.BodyBytes, got.Status)
		}
		if len(s.Files()) != 0 {
			t.Error("a file was made")
		}
	}
}

func TestFault_losesTheAnswer(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{LoseAnswer: true})
	if got, err := try(c.request(t, http.MethodPost, "/files", aFile)); err == nil { // which error depends on the platform
		t.Errorf("got the answer %d, want none", got.status)
	}
	s.Inject(openaitest.Fault{LoseAnswer: true, Status: http.StatusBadGateway, Body: "<html>"})
	if got := c.do(t, http.MethodPost, "/files", aFile); got.status != http.StatusBadGateway {
		t.Error(got)
	}
	files, requests := s.Files(), s.Requests()
	if len(files) != 2 || requests[0].FileID != files[0].ID || requests[0].Status != 0 || requests[1].FileID != files[1].ID {
		t.Errorf("files %+v, requests %+v", files, requests)
	}
}

func TestFault_truncatesTheAnswer(t *testing.T) {
	s, c := newServer(t)
	file := s.AddFile("a.png", "vision", []byte(strings.Repeat("x", 100_000)))
	for path, want := range map[string]string{"/files": "{\n  \"ob", "/files/" + file.ID + "/content": "xxxxxxx"} {
		s.Inject(openaitest.Fault{TruncateAnswer: 7})
		got, err := try(c.request(t, http.MethodGet, path, nil))
		if got.body != want || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: body %q, error %v", path, got.body, err)
		}
	}
}

func TestFault_mutatesTheAnswer(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{Mutate: func(body map[string]any) map[string]any {
		delete(body, "first_id")
		body["has_more"] = "yes"
		return body
	}})
	got := c.get(t, "/files")
	if strings.Contains(got.body, "first_id") || got.text(t, "has_more") != "yes" {
		t.Error(got)
	}
}

func TestFault_drips(t *testing.T) {
	const interval = time.Millisecond
	s, c := newServer(t)
	id := c.upload(t, "vision", "a.png", strings.Repeat("x", 50))
	s.Inject(openaitest.Fault{DripAnswer: interval})
	began := time.Now()
	got := c.get(t, "/files/"+id+"/content")
	if took := time.Since(began); len(got.body) != 50 || took < 49*interval {
		t.Errorf("%d bytes in %v", len(got.body), took)
	}
}

func TestFault_delays(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{Delay: 50 * time.Millisecond})
	began := time.Now()
	c.upload(t, "vision", "a.png", "x")
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Error("it took", took)
	}
}

// A client that gives up while its request is held must not leave a file; one whose answer is held does.
func TestFault_holdsUntilTheClientIsGone(t *testing.T) {
	for _, afterBody := range []bool{false, true} {
		t.Run(fmt.Sprint("AfterBody ", afterBody), func(t *testing.T) {
			s, c := newServer(t)
			s.Inject(openaitest.Fault{Hold: make(chan struct{}), AfterBody: afterBody})
			ctx, cancel := context.WithCancel(t.Context())
			r := c.request(t, http.MethodPost, "/files", aFile)
			failed := make(chan error)
			go func() {
				_, err := try(r.WithContext(ctx))
				failed <- err
			}()
			eventually(t, s, func(q openaitest.Request) bool {
				return q.BodyBytes == r.ContentLength && (q.FileID != "") == afterBody
			})
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Error("error", err)
			}
			if got := eventually(t, s, done); got.Status != 0 {
				t.Errorf("answered %d", got.Status)
			}
			if made := len(s.Files()) == 1; made != afterBody {
				t.Errorf("a file was made: %t", made)
			}
		})
	}
}

func TestFault_holdsUntilReleased(t *testing.T) {
	s, c := newServer(t)
	hold := make(chan struct{})
	s.Inject(openaitest.Fault{Hold: hold, Method: http.MethodPost})
	answered := make(chan reply)
	r := c.request(t, http.MethodPost, "/files", aFile)
	go func() {
		got, _ := try(r)
		answered <- got
	}()
	eventually(t, s, func(q openaitest.Request) bool { return q.BodyBytes == r.ContentLength })
	if got := s.Requests()[0]; got.Status != 0 || got.Done {
		t.Errorf("it was not held: %+v", got)
	}
	close(hold)
	if got := <-answered; got.status != http.StatusOK || len(s.Files()) != 1 {
		t.Error(got)
	}
}

func TestFault_stallsTheBody(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{StallBody: true})
	ctx, cancel := context.WithCancel(t.Context())
	large := form{{"purpose", "vision"}, {"file@a.png", strings.Repeat("x", 32<<20)}}
	r := c.request(t, http.MethodPost, "/files", large).WithContext(ctx)
	failed := make(chan error)
	go func() {
		_, err := try(r)
		failed <- err
	}()
	eventually(t, s, func(q openaitest.Request) bool { return q.Fault })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error("error", err)
	}
	s.Close() // releases it
	if got := eventually(t, s, done); got.BodyBytes != 0 || got.Status != 0 {
		t.Errorf("%+v", got)
	}
}

func TestFault_endlessAnswer(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{AnswerBody: func(w http.ResponseWriter) {
		for {
			_, _ = io.WriteString(w, strings.Repeat(" ", 1<<16))
		}
	}})
	r := c.request(t, http.MethodGet, "/files", nil)
	transport := &http.Transport{}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, resp.Body, 10<<20); err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	_ = resp.Body.Close()
	eventually(t, s, done)
}

func TestServer_closeReleasesHeldRequests(t *testing.T) {
	s, c := newServer(t)
	s.Inject(openaitest.Fault{Hold: make(chan struct{})})
	r := c.request(t, http.MethodGet, "/files", nil)
	failed := make(chan error)
	go func() {
		_, err := try(r)
		failed <- err
	}()
	eventually(t, s, func(q openaitest.Request) bool { return q.Fault })
	s.Close()
	s.Close()
	if err := <-failed; err == nil {
		t.Error("it was answered")
	}
}
