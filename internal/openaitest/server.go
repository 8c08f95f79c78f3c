// Package openaitest is a fake of OpenAI's Files, Uploads and Vector stores API, in the manner of [net/http/httptest]. It answers as the real
// service was seen or is documented to answer, and fails on demand in the ways networks and services do. It also runs batches, with the same
// answer to every request, so that the guide on batches can be followed.
//
// It shares no code with the client under test, so a wrong JSON tag in the client fails a test.
package openaitest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Key is the API key that a server accepts unless [WithKey] names another.
const Key = "sk-test-openaitest"

// Organization and Project are the IDs in responses, unless [WithOrganization] or [WithProject] set others.
const (
	Organization = "org-openaitest"
	Project      = "proj_openaitest"
)

// prefix starts every path of the API.
const prefix = "/v1"

// Server is a fake service. Any number of requests may use it at once.
type Server struct {
	// URL is the base URL that a client is given, such as http://127.0.0.1:41234/v1; empty for a server made by New.
	URL string

	options  options
	projects map[string]*project // by API key
	main     *project            // that of options.key
	faults   faultList
	log      requestLog

	dir  string       // of contents that are too large for memory
	http *http.Server // nil for a server made by New

	closed   context.Context // done when the server closes
	close    context.CancelFunc
	mu       sync.Mutex     // orders close and the start of requests
	requests sync.WaitGroup // that are being answered
}

// NewServer starts a server on a free port of the loopback interface. The caller closes it. It panics if it cannot listen.
func NewServer(opts ...Option) *Server {
	s := New(opts...)
	listener, err := new(net.ListenConfig).Listen(s.closed, "tcp", "127.0.0.1:0")
	if err != nil {
		s.Close()
		panic("openaitest: cannot listen: " + err.Error())
	}
	s.URL = "http://" + listener.Addr().String() + prefix
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: time.Minute,
		// Broken connections are expected.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = s.http.Serve(listener) }()
	return s
}

// New returns a server that does not listen: it is a handler for paths that start with /v1. The caller stops the HTTP server that uses it,
// and then calls Close. It panics if it cannot make a directory for contents.
func New(opts ...Option) *Server {
	dir, err := os.MkdirTemp("", "openaitest")
	if err != nil {
		panic("openaitest: cannot keep contents: " + err.Error())
	}
	s := &Server{options: defaults(), dir: dir}
	for _, opt := range opts {
		opt(&s.options)
	}
	s.log.limit = s.options.requestLimit
	attached := map[string]*sharedRate{}
	s.main = newProject(&s.options, s.options.account, attached)
	s.projects = map[string]*project{s.options.key: s.main}
	for key, account := range s.options.accounts {
		s.projects[key] = newProject(&s.options, account, attached)
	}
	s.closed, s.close = context.WithCancel(context.Background())
	return s
}

// Close stops the server, gives up the requests it holds, and removes its temporary files. It may be called again.
func (s *Server) Close() {
	s.mu.Lock()
	s.close()
	s.mu.Unlock()
	if s.http != nil {
		_ = s.http.Close()
	}
	s.requests.Wait()
	_ = os.RemoveAll(s.dir)
}

// ServeHTTP answers one request and keeps it in the log.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.requests.Done()

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.closed, cancel)()

	x := newExchange(s, w, r.WithContext(ctx))
	defer x.done()
	if !x.pause(s.options.latency, nil) {
		x.reset()
		return
	}
	if fault, ok := s.faults.take(x.request, x.path); ok {
		x.note(func(entry *Request) { entry.Fault = true })
		x.fail(fault)
		return
	}
	x.send(x.operate(nil), Fault{})
}

// enter reports whether the server still takes requests, and counts this one.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Err() != nil {
		return false
	}
	s.requests.Add(1)
	return true
}
