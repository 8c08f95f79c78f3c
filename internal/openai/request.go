package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// request is one call of the API.
type request struct {
	method string
	path   []string // elements below the base URL, unescaped
	query  url.Values

	// body returns the content of one attempt, from the start; nil: the request has none.
	body        func() (io.ReadCloser, error)
	length      int64 // bytes that body yields
	contentType string

	// header holds further headers; those of [Config] override them.
	header http.Header

	// safe reports whether the request may be retried after a transient failure; nil: always.
	safe func(*requestError) bool

	// slots limits how many requests with content are sent in parallel; nil: no limit. A wait between two attempts holds no slot.
	slots chan struct{}

	// grace gives an answer a moment after the end of the context, once the whole body is sent; nil: it has none.
	grace *grace
}

// do sends a request until accept takes what came back, or until a retry is not safe or not worth it. accept only sees answers
// with a status of 2xx, and does not close their bodies. Any failure of the exchange is a [requestError].
func (c *Client) do(ctx context.Context, r request, accept func(*http.Response) error) error {
	target, err := c.url(r.path, r.query)
	if err != nil {
		return err
	}
	var (
		began    = time.Now()
		failure  *requestError // of the latest attempt
		failures int           // those that count against the maximum number of retries
	)
	for attempts := 1; ; attempts++ {
		end, err := c.begin(ctx, r)
		if err != nil {
			return failure.interrupted(err)
		}
		expect := r.length >= expectContinueSize && !c.noContinue.Load()
		failure = c.attempt(ctx, r, target, expect, accept)
		end()
		if failure == nil {
			return nil
		}
		failure.attempts, failure.elapsed = attempts, time.Since(began)
		if expect && errors.Is(failure, errExpectationFailed) {
			c.noContinue.Store(true) // RFC 9110, section 15.5.18: send it without
			continue
		}
		next := decideRetry(failure, failures, c.maxRetries)
		if !next.retry || r.safe != nil && !r.safe(failure) {
			return failure
		}
		if next.counts {
			failures++
		}
		c.logRetry(ctx, r, failure, next.wait)
		if err := sleep(ctx, next.wait); err != nil {
			return failure.interrupted(err)
		}
	}
}

// attempt sends a request once. It returns nil when accept took the answer.
func (c *Client) attempt(ctx context.Context, r request, target string, expect bool, accept func(*http.Response) error) *requestError {
	body := &sentBody{open: r.body, length: r.length}
	fail := func(err error) *requestError {
		return &requestError{method: r.method, url: c.secrets.Replace(withoutSecrets(target)), bodySent: body.whole(), err: c.redactError(err)}
	}
	ctx, endGrace := r.grace.extend(ctx, answerUntil, body.whole)
	defer endGrace()
	ctx, stall := watchStall(ctx, r.body != nil)
	defer stall.stop()
	body.progress = stall.progress

	req, err := c.newRequest(ctx, r, target, body, expect)
	if err != nil {
		return fail(err)
	}
	started := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		err = c.whyUnanswered(req, stall.reason(err))
		c.logFailure(ctx, req, started, err)
		return fail(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	c.logAnswer(ctx, req, resp, started)
	c.clock.observe(resp.Header)
	c.place.observe(resp.Header)
	resp.Body = &watchedBody{ReadCloser: resp.Body, stall: stall}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		refusal := c.newError(resp)
		refusal.wholeSection = len(r.path) == 1 && !r.query.Has("after")
		c.pacer.observe(refusal)
		return fail(refusal)
	}
	if err := accept(resp); err != nil {
		return fail(err)
	}
	return nil
}

// begin waits until an attempt may be sent: until the service takes requests again after a 429 and, for a request with content,
// until there is a slot. end gives the slot back.
func (c *Client) begin(ctx context.Context, r request) (end func(), err error) {
	for {
		if err := c.pacer.wait(ctx); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if r.slots == nil {
			return func() {}, nil
		}
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if c.pacer.pause() <= 0 {
			return func() { <-r.slots }, nil
		}
		<-r.slots // the wait for the slot saw another 429
	}
}

func (c *Client) newRequest(ctx context.Context, r request, target string, body *sentBody, expect bool) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, target, http.NoBody)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, r.header)
	maps.Copy(req.Header, c.header)
	if r.body == nil {
		return req, nil
	}
	if req.Body, err = body.next(); err != nil {
		return nil, err
	}
	req.GetBody = body.next // for a connection that the server closed before it got anything
	req.ContentLength = r.length
	req.Header.Set("Content-Type", r.contentType)
	if expect {
		req.Header.Set("Expect", "100-continue")
	}
	return req, nil
}

// url joins path elements and a query to the base URL. Each element is escaped, so an ID of any shape stays one element.
func (c *Client) url(path []string, query url.Values) (string, error) {
	u := *c.base
	plain, raw := []string{c.base.Path}, []string{c.base.EscapedPath()}
	for _, element := range path {
		// Dots cannot be escaped in a way that survives every proxy: they would name another operation.
		if element == "" || element == "." || element == ".." {
			return "", fmt.Errorf("%q is not an id", element)
		}
		plain, raw = append(plain, element), append(raw, url.PathEscape(element))
	}
	u.Path, u.RawPath = strings.Join(plain, "/"), strings.Join(raw, "/")

	values := c.base.Query()
	maps.Copy(values, query)
	u.RawQuery = values.Encode()
	return u.String(), nil
}

// withoutSecrets returns the scheme, host and path of an address.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

// maxAnswer bounds an answer in JSON, in bytes. A page of 10,000 files has about 3 MB.
const maxAnswer = 64 << 20

var errEmptyAnswer = fmt.Errorf("%w: it is empty", ErrAnswer)

// decode reads the JSON of an accepted request into v. Some servers and proxies answer 200 with a web page.
func (c *Client) decode(resp *http.Response, v any) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends too early", ErrAnswer)
	case err != nil:
		return err
	case len(body) > maxAnswer:
		return fmt.Errorf("%w: it is longer than %d MiB", ErrAnswer, maxAnswer>>20)
	case len(body) == 0:
		return errEmptyAnswer
	}
	err = json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && !hasSecretContent(resp.Request.Context()) && wrongType.Field != "" {
		return &permanentError{fmt.Errorf("%w: HTTP %d, but its field %s has the wrong type (%s)", ErrAnswer, resp.StatusCode, oneLine(wrongType.Field), wrongType.Value)}
	}
	start := string(body[:min(len(body), maxErrorBody)])
	secret := hasSecretContent(resp.Request.Context())
	switch {
	case isPage(start) && secret:
		return &webPageError{status: resp.StatusCode, said: "a web page instead of JSON; " + notShown}
	case isPage(start):
		return &webPageError{status: resp.StatusCode, said: oneLine(c.secrets.Replace(pageText(start)))}
	case secret:
		return fmt.Errorf("%w: HTTP %d with a body that is not valid JSON; %s", ErrAnswer, resp.StatusCode, notShown)
	}
	return fmt.Errorf("%w: HTTP %d with %s", ErrAnswer, resp.StatusCode, oneLine(c.secrets.Replace(start)))
}

// post returns a request that sends v as JSON; nil sends nothing.
func post(path []string, v any) (request, error) {
	r := request{method: http.MethodPost, path: path}
	if v == nil {
		return r, nil
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return r, err
	}
	r.body = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(encoded))), nil }
	r.length, r.contentType = int64(len(encoded)), "application/json"
	return r, nil
}

func (c *Client) logRetry(ctx context.Context, r request, failure *requestError, wait time.Duration) {
	wait = max(wait, c.pacer.pause())
	c.log.InfoContext(ctx, "Waiting before a retry",
		slog.String("method", r.method), slog.Any("path", r.path), slog.Duration("wait", wait.Round(time.Millisecond)),
		slog.Int("attempt", failure.attempts), slog.Int("max_retries", c.maxRetries), slog.String("reason", failure.err.Error()))
}

func (c *Client) logFailure(ctx context.Context, req *http.Request, started time.Time, err error) {
	c.log.LogAttrs(ctx, slog.LevelDebug, "Request failed", append(requestAttrs(req, started), slog.String("error", c.redactError(err).Error()))...)
}

func (c *Client) logAnswer(ctx context.Context, req *http.Request, resp *http.Response, started time.Time) {
	c.log.LogAttrs(ctx, slog.LevelDebug, "Request answered", append(requestAttrs(req, started),
		slog.Int("status", resp.StatusCode), slog.String("request_id", c.requestID(resp.Header)))...)
}

func requestAttrs(req *http.Request, started time.Time) []slog.Attr {
	return []slog.Attr{
		slog.String("method", req.Method),
		slog.String("path", req.URL.EscapedPath()),
		slog.Int64("request_bytes", req.ContentLength),
		slog.Duration("duration", time.Since(started)),
	}
}
