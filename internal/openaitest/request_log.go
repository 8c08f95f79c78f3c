package openaitest

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Request is a request as the server saw it.
type Request struct {
	Method        string
	Path          string // decoded and without /v1
	RawPath       string // as sent
	Query         url.Values
	Header        http.Header
	ContentLength int64             // bytes of the body, as announced; -1 means chunked
	BodyBytes     int64             // bytes of the body read so far
	Status        int               // of the answer; 0 means that none was sent
	RequestID     string            // sent in the answer as x-request-id
	JSON          string            // a body in JSON, as sent
	Form          map[string]string // fields of a form other than files
	FieldOrder    []string          // names of all fields of a form, files included, as they came
	Filename      string            // of the file in a form, as sent
	FileID        string            // of the file that the request created; empty means none
	Fault         bool              // an injected fault was applied
	Done          bool              // the server is done with it
}

// requestLog keeps requests in the order they came.
type requestLog struct {
	limit int // most entries; 0 means all

	mu      sync.Mutex
	entries []*Request
	changed chan struct{} // closed at the next change; nil while nobody waits
}

func (l *requestLog) add(entry *Request) {
	l.update(func() {
		if l.limit > 0 && len(l.entries) >= l.limit {
			l.entries = slices.Delete(l.entries, 0, len(l.entries)-l.limit+1)
		}
		l.entries = append(l.entries, entry)
	})
}

// update changes entries and wakes those who wait for a change.
func (l *requestLog) update(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

func (l *requestLog) snapshot() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.copy()
}

// watch returns the requests so far, and a channel that is closed at the next change.
func (l *requestLog) watch() ([]Request, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.copy(), l.changed
}

// copy returns entries that no later change reaches. The caller holds the lock.
func (l *requestLog) copy() []Request {
	requests := make([]Request, len(l.entries))
	for i, entry := range l.entries {
		requests[i] = entry.clone()
	}
	return requests
}

func (r *Request) clone() Request {
	c := *r
	c.Form = maps.Clone(r.Form)
	c.FieldOrder = slices.Clone(r.FieldOrder)
	return c
}

// Requests returns the requests so far, in the order they came.
func (s *Server) Requests() []Request { return s.log.snapshot() }

// ResetRequests forgets the requests so far, those in progress included.
func (s *Server) ResetRequests() { s.log.update(func() { s.log.entries = nil }) }

// WaitForRequests waits until the requests so far satisfy enough. It asks at every change, and gives up with the error of ctx.
func (s *Server) WaitForRequests(ctx context.Context, enough func([]Request) bool) error {
	for {
		requests, changed := s.log.watch()
		if enough(requests) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
