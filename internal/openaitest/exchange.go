package openaitest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// exchange is one request and its response.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	request *http.Request
	path    string   // decoded and without /v1
	project *project // of the key; nil: the key is not accepted
	body    *meteredBody
	header  http.Header // of the answer, beside those that every answer has
	entry   *Request
	began   time.Time
}

func newExchange(s *Server, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{
		server:  s,
		w:       w,
		request: r,
		path:    strings.TrimPrefix(r.URL.Path, prefix),
		header:  http.Header{},
		began:   time.Now(),
	}
	x.project, _ = s.authorize(r)
	x.entry = &Request{
		Method:        r.Method,
		Path:          x.path,
		RawPath:       r.URL.EscapedPath(),
		Query:         r.URL.Query(),
		Header:        r.Header.Clone(),
		ContentLength: r.ContentLength,
		RequestID:     newRequestID(),
	}
	s.log.add(x.entry)
	x.body = &meteredBody{
		ReadCloser: r.Body,
		count:      func(n int64) { x.note(func(entry *Request) { entry.BodyBytes += n }) },
		pace:       newPace(r.Context(), s.options.bandwidth),
		ended:      r.ContentLength == 0,
	}
	r.Body = x.body
	return x
}

// note changes the entry of the request in the log.
func (x *exchange) note(change func(*Request)) {
	x.server.log.update(func() { change(x.entry) })
}

func (x *exchange) done() {
	var entry Request
	x.note(func(e *Request) {
		e.Done = true
		entry = e.clone()
	})
	if log := x.server.options.log; log != nil {
		log(entry)
	}
}

// pause waits for a time and until hold is closed, if it is not nil. It returns false if the client or the server went away.
func (x *exchange) pause(d time.Duration, hold <-chan struct{}) bool {
	ctx := x.request.Context()
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// answer is a response to the client.
type answer struct {
	status  int
	header  http.Header
	body    io.ReadCloser
	size    int64 // bytes of the body
	chunked bool  // send it without its size
	plain   bool  // without the headers of the service
	packs   bool  // compressed for a client that asks for it
}

// operate does what the request asks for. A mutate that is not nil changes the answer if it is JSON.
func (x *exchange) operate(mutate func(map[string]any) map[string]any) answer {
	value, err := x.handle()
	switch value := value.(type) {
	case *download:
		return value.answer()
	case *Gateway:
		return value.answer(x.request)
	}
	status := http.StatusOK
	if err != nil {
		refusal := asAPIError(err)
		if refusal.retryAfter > 0 {
			x.header.Set("Retry-After", strconv.Itoa(refusal.retryAfter))
		}
		status, value = refusal.status, refusal.envelope()
	}
	if rewrite := x.server.options.rewrite; rewrite != nil {
		var body map[string]any
		status, body = rewrite(x.request, status, object(value))
		value = body
	}
	if mutate != nil {
		value = mutate(object(value))
	}
	a := jsonAnswer(status, value)
	maps.Copy(a.header, x.header)
	return a
}

func asAPIError(err error) *apiError {
	if refusal, ok := errors.AsType[*apiError](err); ok {
		return refusal
	}
	return refuse(http.StatusInternalServerError, "The server had an error while processing your request: %v", err).
		withType("server_error")
}

// jsonAnswer renders value as the service does: indented, with a newline at the end, in chunks.
func jsonAnswer(status int, value any) answer {
	a := answer{status: status, header: http.Header{}, body: http.NoBody, chunked: true}
	if body, ok := value.(map[string]any); ok && body == nil {
		return a
	}
	a.header.Set("Content-Type", "application/json")
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		panic("openaitest: answer is not JSON: " + err.Error())
	}
	a.packs, a.size = true, int64(text.Len())
	a.body = io.NopCloser(&text)
	return a
}

// object turns an answer into a map.
func object(value any) map[string]any {
	text, err := json.Marshal(value)
	if err != nil {
		panic("openaitest: answer is not JSON: " + err.Error())
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		panic("openaitest: answer is not an object: " + err.Error())
	}
	return body
}

// send sends an answer as the fault requires.
func (x *exchange) send(a answer, f Fault) {
	defer func() { _ = a.body.Close() }()
	early := !x.body.ended
	if early {
		a.chunked = false // the last chunk would wait for the rest of the request
	}
	if a.packs && strings.Contains(x.request.Header.Get("Accept-Encoding"), "gzip") && f.TruncateAnswer == 0 && f.DripAnswer == 0 {
		a.pack()
	}
	x.sendHeader(a, f.Header)

	body := io.Reader(a.body)
	if f.TruncateAnswer > 0 {
		body = io.LimitReader(body, int64(f.TruncateAnswer))
	}
	switch bandwidth := x.server.options.bandwidth; {
	case f.DripAnswer > 0:
		x.drip(body, f.DripAnswer)
	case bandwidth > 0:
		_, _ = io.Copy(&flushingWriter{x.w}, &pacedReader{body, newPace(x.request.Context(), bandwidth)})
	default:
		_, _ = io.Copy(x.w, body)
	}
	x.flush()
	if f.TruncateAnswer > 0 {
		panic(http.ErrAbortHandler)
	}
	if early {
		x.linger()
	}
}

// pack compresses the answer.
func (a *answer) pack() {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // the level is valid
	_, err := io.Copy(w, a.body)
	if err := errors.Join(err, w.Close(), a.body.Close()); err != nil {
		panic("openaitest: answer cannot be compressed: " + err.Error())
	}
	a.header.Set("Content-Encoding", "gzip")
	a.body, a.size = io.NopCloser(&packed), int64(packed.Len())
}

// linger continues to read the request after an early response. Otherwise, a client that reads the response only after sending its body
// would see a broken connection. A client that expects 100 Continue has not sent its body.
func (x *exchange) linger() {
	const most = 64 << 20 // bytes
	if x.request.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, x.body, most)
	}
}

// sendHeader sends the status and the headers seen on answers of the service; those of the fault come last.
func (x *exchange) sendHeader(a answer, fault http.Header) {
	header := x.w.Header()
	header.Set("Date", x.server.options.clock().UTC().Format(http.TimeFormat))
	if !a.plain {
		x.signHeader(header)
	}
	if !a.chunked {
		header.Set("Content-Length", strconv.FormatInt(a.size, 10))
	}
	maps.Copy(header, a.header)
	for key, values := range fault {
		header[http.CanonicalHeaderKey(key)] = values
	}
	x.note(func(entry *Request) { entry.Status = a.status })
	if !x.body.ended && x.request.Header.Get("Expect") == "" {
		_ = http.NewResponseController(x.w).EnableFullDuplex() // answer before the body is read
	}
	x.w.WriteHeader(a.status)
}

// signHeader adds the headers by which an answer of the service is known.
func (x *exchange) signHeader(header http.Header) {
	named := account{}
	if x.project != nil {
		named = x.project.account
	}
	for key, value := range map[string]string{
		"Access-Control-Allow-Origin": "*",
		"Openai-Organization":         named.organization,
		"Openai-Processing-Ms":        strconv.FormatInt(time.Since(x.began).Milliseconds(), 10),
		"Openai-Project":              named.project,
		"Openai-Version":              "2020-10-01",
		"Strict-Transport-Security":   "max-age=31536000; includeSubDomains; preload",
		"X-Content-Type-Options":      "nosniff",
		"X-Request-Id":                x.entry.RequestID,
	} {
		if value != "" {
			header.Set(key, value)
		}
	}
}

// drip sends one byte each interval, until the client goes away.
func (x *exchange) drip(body io.Reader, interval time.Duration) {
	x.flush()
	for {
		one := make([]byte, 1)
		if _, err := io.ReadFull(body, one); err != nil || !x.pause(interval, nil) {
			return
		}
		if _, err := x.w.Write(one); err != nil {
			return
		}
		x.flush()
	}
}

func (x *exchange) flush() { _ = http.NewResponseController(x.w).Flush() }

// reset breaks the connection so that the client sees "connection reset by peer".
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close with a reset and drop what is not sent yet
	}
	_ = conn.Close()
}
