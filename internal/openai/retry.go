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

	// minRateBackoff makes the five default pauses longer than a minute: OpenAI's limits are by the minute.
	minRateBackoff = 2 * time.Second

	// maxRetryAfter is the maximum pause that the client waits when the server asks for one. A longer one is an error.
	maxRetryAfter = 2 * time.Minute

	// maxRateLimited is how long a request may be delayed by pauses that the server asks for, without using up retries. 10,000
	// files at 1,000 a minute take ten minutes.
	maxRateLimited = 20 * time.Minute

	// minFreePause is the minimum pause that uses up no retries. With shorter ones, the client would retry endlessly.
	minFreePause = time.Second
)

// retryDecision is what to do after an attempt failed.
type retryDecision struct {
	retry  bool
	wait   time.Duration // before the next attempt; a pause of all requests comes in addition
	counts bool          // against the maximum number of retries
}

// decideRetry decides what to do after a failure. failures is the number of earlier failures that count.
//
//	failure                                  retry    wait
//	another attempt fails too                no
//	429 with a Retry-After of at least 1 s   always   what it asks for, with all requests of the client, for up to 20 minutes
//	other refusals with Retry-After          counts   what it asks for
//	429                                      counts   2 s, 4 s … 30 s
//	any other                                counts   0.5 s, 1 s … 30 s
func decideRetry(failure *requestError, failures, maxRetries int) retryDecision {
	if !Temporary(failure) || maxRetries == 0 {
		return retryDecision{}
	}
	refusal, _ := errors.AsType[*Error](failure)
	limited := refusal != nil && refusal.StatusCode == http.StatusTooManyRequests
	if limited && refusal.retryAfter >= minFreePause && failure.elapsed < maxRateLimited {
		return retryDecision{retry: true}
	}
	next := retryDecision{retry: failures < maxRetries, wait: exponential(failures), counts: true}
	switch {
	case refusal != nil && refusal.retryAfter > 0:
		next.wait = refusal.retryAfter + jitter(refusal.retryAfter/10)
	case limited:
		next.wait = min(minRateBackoff<<min(failures, 10), maxBackoff)
		next.wait += jitter(next.wait / 4)
	}
	return next
}

// Temporary reports whether a request that failed with err may succeed on a retry.
func Temporary(err error) bool {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.temporary()
	}
	var (
		content     *ContentError
		certificate *tls.CertificateVerificationError
		lookup      *net.DNSError
		tooLong     *TooLongError
		permanent   *permanentError
		target      *sinkError
		proxy       *proxyError
		network     *net.OpError
	)
	switch {
	case errors.As(err, &content), // the file on disk has the problem
		errors.As(err, &tooLong), errors.As(err, &permanent), errors.As(err, &target),
		errors.As(err, &certificate), errors.Is(err, http.ErrSchemeMismatch),
		errors.Is(err, ErrWebPage), errors.Is(err, errHTTP2Only),
		errors.As(err, &lookup) && lookup.IsNotFound,
		errors.As(err, &network) && network.Op == "proxyconnect":
		return false
	case errors.As(err, &proxy):
		return proxy.status >= 500
	}
	return true
}

// permanentError is a failure that a retry cannot fix.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// temporary reports whether the same request may be answered differently a little later.
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

// createdNothing reports whether the service has surely created nothing, although a request to create something failed.
func createdNothing(failure *requestError) bool {
	return !failure.bodySent || errors.Is(failure, ErrRateLimited)
}

// ambiguous reports whether the service may have created something, although the request that asks for it failed with err.
func ambiguous(err error) bool {
	failure, ok := errors.AsType[*requestError](err)
	if !ok || !failure.bodySent || isLocal(err) || errors.Is(err, errHTTP2Only) {
		return false
	}
	refusal, ok := errors.AsType[*Error](err)
	if !ok {
		return true // no answer, or not a readable one
	}
	switch refusal.StatusCode {
	case http.StatusRequestTimeout, http.StatusConflict:
		return true
	}
	return refusal.StatusCode >= 500
}

// exponential returns 0.5 s, 1 s, 2 s and so on up to 30 s, each less up to a quarter, so that clients do not retry all at once.
func exponential(failures int) time.Duration {
	wait := min(minBackoff<<min(failures, 10), maxBackoff)
	return wait - jitter(wait/4)
}

// jitter returns a random duration from 0 up to limit.
func jitter(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit) //nolint:gosec // spreads load, guards nothing
}

// retryAfter reads how long the server asks to wait: Retry-After-Ms in milliseconds, or Retry-After in seconds or as a date, which
// goes by the clock of the server. 0 means that it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return seconds(ms / 1000)
	}
	value := header.Get("Retry-After")
	if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
		return seconds(s)
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
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

// pacer makes all requests of a client wait together when the server asks one of them to slow down, because the limit is one for
// the whole account.
type pacer struct {
	log *slog.Logger

	mu    sync.Mutex
	until time.Time
}

// observe notes the pause that a refusal asks for.
func (p *pacer) observe(refusal *Error) {
	if refusal.StatusCode != http.StatusTooManyRequests || refusal.retryAfter <= 0 || refusal.retryAfter > maxRetryAfter {
		return
	}
	until := time.Now().Add(refusal.retryAfter)
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

// pause returns how long requests have to wait at present.
func (p *pacer) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// wait returns when requests may be sent again after a pause.
func (p *pacer) wait(ctx context.Context) error {
	for {
		pause := p.pause()
		if pause <= 0 {
			return nil
		}
		p.log.InfoContext(ctx, "Waiting because the server asked the provider to slow down", slog.Duration("wait", pause.Round(time.Millisecond)))
		if err := sleep(ctx, pause+jitter(min(pause/4, time.Second))); err != nil {
			return err
		}
	}
}

// sleep waits for d, or for the end of ctx, whose cause it returns then.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
