package openaitest

import (
	"cmp"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault describes a failure to inject into requests. The zero Fault matches the next request and changes nothing.
//
// If several faults match, the first one that is due applies. Without Status, Body, AnswerBody or RedirectTo, the request gets its normal
// response, but delayed, truncated or modified.
type Fault struct {
	// Which requests.

	Method string                   // empty means any
	Path   string                   // pattern of path.Match on the path without /v1; empty means any
	Match  func(*http.Request) bool // nil means any; must not read the body
	Skip   int                      // requests that pass first
	Times  int                      // requests that it applies to; 0 means 1, negative means all

	// When. The wait comes before the operation; if the client goes away, nothing is done. A body that the operation needs is read before
	// the wait, so that the server notices when the client disconnects.

	Delay time.Duration
	Hold  <-chan struct{} // waits until it is closed
	// HoldAfter is how many bytes of the body are read before Hold is waited for. The operation then reads on.
	HoldAfter int64
	// AfterBody reads the whole body before the fault answers. Without an answer of its own, the wait comes after the operation: the file
	// exists, but the client has no response yet.
	AfterBody bool

	// Another answer, instead of the operation.

	Status     int                       // 0 means 200, or 307 with RedirectTo
	Header     http.Header               // added to any answer; a key without values removes the header
	Body       string                    // as it is: JSON, HTML or anything
	AnswerBody func(http.ResponseWriter) // writes the body; a failing write ends it, so it may be endless
	RedirectTo string                    // URL

	// A broken request.

	CutRequestAfter int64 // bytes of the body to read before the connection is reset; -1 resets before reading
	// StallBody does not read the body. It waits until Hold is closed, the client disconnects or the server closes, and then resets the
	// connection. It cannot detect a disconnect while bytes are still in transit.
	StallBody bool

	// A broken answer.

	LoseAnswer     bool                                // do the operation, then reset the connection, or answer Status
	TruncateAnswer int                                 // bytes of the answer's body to send before the connection ends
	DripAnswer     time.Duration                       // send one byte each interval
	Mutate         func(map[string]any) map[string]any // change the answer if it is JSON
}

// Inject adds a fault. It panics if the pattern of its path is malformed.
func (s *Server) Inject(f Fault) {
	if _, err := path.Match(f.Path, ""); err != nil {
		panic("openaitest: fault with path " + f.Path + ": " + err.Error())
	}
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.add(f)
}

// ClearFaults forgets all faults.
func (s *Server) ClearFaults() { s.faults.clear() }

// faultList keeps faults in the order they were injected.
type faultList struct {
	mu     sync.Mutex
	faults []Fault
}

func (l *faultList) add(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, f)
}

func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

// take returns the fault that applies to a request, and counts it.
func (l *faultList) take(r *http.Request, path string) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.faults {
		f := &l.faults[i]
		if !f.matches(r, path) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		taken := *f
		if f.Times--; f.Times == 0 {
			l.faults = slices.Delete(l.faults, i, i+1)
		}
		return taken, true
	}
	return Fault{}, false
}

func (f *Fault) matches(r *http.Request, requestPath string) bool {
	if f.Method != "" && f.Method != r.Method {
		return false
	}
	if f.Path != "" {
		if ok, _ := path.Match(f.Path, requestPath); !ok {
			return false
		}
	}
	return f.Match == nil || f.Match(r)
}

// answers reports whether the fault has its own answer.
func (f *Fault) answers() bool {
	return f.Status != 0 || f.Body != "" || f.AnswerBody != nil || f.RedirectTo != ""
}

func (f *Fault) answer() answer {
	a := answer{
		status:  cmp.Or(f.Status, http.StatusOK),
		header:  http.Header{},
		body:    io.NopCloser(strings.NewReader(f.Body)),
		size:    int64(len(f.Body)),
		chunked: true,
	}
	if f.RedirectTo != "" {
		a.status = cmp.Or(f.Status, http.StatusTemporaryRedirect)
		a.header.Set("Location", f.RedirectTo)
	}
	switch {
	case strings.HasPrefix(f.Body, "{"):
		a.header.Set("Content-Type", "application/json")
	case strings.HasPrefix(f.Body, "<"):
		a.header.Set("Content-Type", "text/html; charset=UTF-8")
	}
	return a
}

// fail answers a request with a fault.
func (x *exchange) fail(f Fault) {
	switch {
	case f.CutRequestAfter != 0:
		_, _ = io.CopyN(io.Discard, x.request.Body, max(f.CutRequestAfter, 0))
		x.reset()
	case f.StallBody:
		x.stall(f)
	case f.LoseAnswer:
		x.lose(f)
	case f.answers():
		if f.AfterBody {
			_, _ = io.Copy(io.Discard, x.request.Body)
		}
		if !x.pause(f.Delay, f.Hold) {
			x.reset()
			return
		}
		x.sendFault(f)
	default:
		x.late(f)
	}
}

func (x *exchange) stall(f Fault) {
	select {
	case <-f.Hold:
	case <-x.request.Context().Done():
	}
	x.reset()
}

// lose does the operation and sends no answer.
func (x *exchange) lose(f Fault) {
	a := x.operate(nil)
	_ = a.body.Close()
	if !x.pause(f.Delay, f.Hold) || !f.answers() {
		x.reset()
		return
	}
	x.sendFault(f)
}

// late waits and does the operation, or the other way round.
func (x *exchange) late(f Fault) {
	if f.AfterBody {
		a := x.operate(f.Mutate)
		if !x.pause(f.Delay, f.Hold) {
			_ = a.body.Close()
			x.reset()
			return
		}
		x.send(a, f)
		return
	}
	if f.HoldAfter > 0 {
		x.body.holdAfter, x.body.hold = f.HoldAfter, func() { x.pause(0, f.Hold) }
	} else if f.Delay > 0 || f.Hold != nil {
		body, err := keep(x.request.Body, x.server.dir)
		defer body.release()
		if err != nil || !x.pause(f.Delay, f.Hold) {
			x.reset() // the client went away
			return
		}
		x.request.Body = body.open()
	}
	x.send(x.operate(f.Mutate), f)
}

func (x *exchange) sendFault(f Fault) {
	a := f.answer()
	if f.AnswerBody == nil {
		x.send(a, f)
		return
	}
	x.sendHeader(a, f.Header)
	f.AnswerBody(endingWriter{x.w})
}

// endingWriter ends the handler when the client has disconnected.
type endingWriter struct{ http.ResponseWriter }

func (w endingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return n, nil
}

// Unwrap lets http.ResponseController find the connection.
func (w endingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
