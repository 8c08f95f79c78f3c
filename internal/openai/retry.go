package openai

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	minBackoff = 500 * time.Millisecond
	maxBackoff = 30 * time.Second

	// minRateBackoff makes the five pauses that there are unless set longer than a minute: OpenAI's limits are by the minute.
	minRateBackoff = 2 * time.Second

	// maxRetryAfter is the longest pause that is worth waiting for when the server asks for one. A longer one is told to
	// the user instead.
	maxRetryAfter = 2 * time.Minute
)

// retryable tells whether to repeat a request that failed with err and that does no harm when it is repeated.
func retryable(err error) bool {
	if answer, ok := errors.AsType[*Error](err); ok {
		return answer.temporary()
	}
	var (
		content     *ContentError
		certificate *tls.CertificateVerificationError
		lookup      *net.DNSError
		tooLong     *TooLongError
		permanent   *permanentError
	)
	switch {
	case errors.As(err, &content), // the file on disk is at fault
		errors.As(err, &tooLong), errors.As(err, &permanent),
		errors.As(err, &certificate),
		errors.As(err, &lookup) && lookup.IsNotFound:
		return false
	}
	return true
}

// permanentError is a failure that another attempt does not mend.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// temporary tells whether the same request may be answered otherwise a little later.
func (e *Error) temporary() bool {
	if e.retryAfter > maxRetryAfter || e.Code == quotaExceeded {
		return false
	}
	switch e.shouldRetry {
	case "true":
		return true
	case "false":
		return false
	}
	switch e.StatusCode {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return e.StatusCode >= 500
}

// backoff returns how long to wait after a failed attempt, counted from 0, and says why in the log.
func (c *Client) backoff(ctx context.Context, r request, attempt int, failure error) time.Duration {
	wait := exponential(attempt)
	if answer, ok := errors.AsType[*Error](failure); ok && answer.retryAfter > 0 {
		wait = answer.retryAfter + jitter(answer.retryAfter/10)
	} else if errors.Is(failure, ErrRateLimited) {
		wait = min(minRateBackoff<<min(attempt, 10), maxBackoff)
		wait += jitter(wait / 4)
	}
	c.log.InfoContext(ctx, "Waiting before another attempt",
		slog.String("method", r.method), slog.Any("path", r.path), slog.Duration("wait", wait.Round(time.Millisecond)),
		slog.Int("attempt", attempt+1), slog.Int("max_retries", c.maxRetries), slog.String("reason", failure.Error()))
	return wait
}

// exponential returns 0.5 s, 1 s, 2 s and so on up to 30 s, each less up to a quarter, so that many clients do not come back
// together.
func exponential(attempt int) time.Duration {
	wait := min(minBackoff<<min(attempt, 10), maxBackoff)
	return wait - jitter(wait/4)
}

// jitter returns a random duration from 0 up to limit.
func jitter(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit) //nolint:gosec // spreads load, guards nothing
}

// retryAfter reads how long the server asks to wait: Retry-After-Ms in milliseconds, or Retry-After in seconds or as a date.
// 0 means that it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return seconds(ms / 1000)
	}
	value := header.Get("Retry-After")
	if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
		return seconds(s)
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}

// seconds converts without overflow: a server may ask for more than a Duration can hold.
func seconds(s float64) time.Duration {
	const most = 365 * 24 * 3600
	return time.Duration(min(s, most) * float64(time.Second))
}

// pauseTransport makes all requests of a client wait together when the server asks one of them to slow down: the limit is
// one for the whole account, 1,000 uploads a minute.
type pauseTransport struct {
	next http.RoundTripper
	log  *slog.Logger

	mu    sync.Mutex
	until time.Time
}

func (t *pauseTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.wait(req.Context()); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		if pause := retryAfter(resp.Header, time.Now()); pause > 0 && pause <= maxRetryAfter {
			t.extend(time.Now().Add(pause))
		}
	}
	return resp, err
}

func (t *pauseTransport) extend(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.until) {
		t.until = until
	}
}

func (t *pauseTransport) wait(ctx context.Context) error {
	for {
		t.mu.Lock()
		pause := time.Until(t.until)
		t.mu.Unlock()
		if pause <= 0 {
			return nil
		}
		t.log.InfoContext(ctx, "Waiting because the server asked to slow down", slog.Duration("wait", pause.Round(time.Millisecond)))
		if err := sleep(ctx, pause+jitter(min(pause/4, time.Second))); err != nil {
			return err
		}
	}
}

// sleep waits for d, or for the end of ctx, whose cause it returns then.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
