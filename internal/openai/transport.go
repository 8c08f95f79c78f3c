package openai

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// answerTimeout and stallTimeout are how long a request may stay without any progress: without and with content to send.
	// A service may need a while to take in hundreds of megabytes.
	answerTimeout = time.Minute
	stallTimeout  = 5 * time.Minute

	// expectContinueSize is the length from which a request asks for permission before it sends its body, in bytes. A
	// refusal of the key is then known before the file has gone out.
	expectContinueSize = 1 << 20
)

// ErrStalled says that a connection made no progress for as long as this client waits.
var ErrStalled = errors.New("the server made no progress for too long")

func (c *Client) newHTTPClient() *http.Client {
	var transport http.RoundTripper = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		// An upload fills a connection. HTTP/2 would put all of them onto one.
		Protocols:             http1(),
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       30 * time.Second,
		ExpectContinueTimeout: 2 * time.Second,
		// A file has to arrive as it is, and a small answer must not unpack into a huge one.
		DisableCompression: true,
		WriteBufferSize:    256 << 10,
		ReadBufferSize:     64 << 10,
	}
	transport = logTransport{next: transport, client: c}
	transport = stallTransport{next: transport}
	transport = &pauseTransport{next: transport, log: c.log}
	return &http.Client{
		Transport: transport,
		// The key and the other headers must not follow to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func http1() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return &p
}

func setBody(req *retryablehttp.Request, r request) error {
	err := req.SetBody(retryablehttp.ReaderFunc(func() (io.Reader, error) { return r.body() }))
	if err != nil {
		return err
	}
	req.ContentLength = r.length
	req.Header.Set("Content-Type", r.contentType)
	if r.length >= expectContinueSize {
		req.Header.Set("Expect", "100-continue")
	}
	return nil
}

// stallTransport ends a request that makes no progress. One that does may take as long as it needs.
type stallTransport struct {
	next http.RoundTripper
}

func (t stallTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	limit := answerTimeout
	if req.Body != nil && req.Body != http.NoBody {
		limit = stallTimeout
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(limit, func() { cancel(ErrStalled) })
	watch := func(body io.ReadCloser) io.ReadCloser {
		return &watchedBody{ReadCloser: body, ctx: ctx, progress: func() { timer.Reset(limit) }}
	}

	req = req.Clone(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = watch(req.Body)
		if again := req.GetBody; again != nil {
			req.GetBody = func() (io.ReadCloser, error) {
				body, err := again()
				if err != nil {
					return nil, err
				}
				return watch(body), nil
			}
		}
	}

	resp, err := t.next.RoundTrip(req)
	if err != nil {
		timer.Stop()
		if errors.Is(context.Cause(ctx), ErrStalled) {
			err = ErrStalled
		}
		cancel(nil)
		return nil, err
	}
	resp.Body = &watchedBody{
		ReadCloser: resp.Body,
		ctx:        ctx,
		progress:   func() { timer.Reset(limit) },
		closed:     func() { timer.Stop(); cancel(nil) },
	}
	return resp, nil
}

type watchedBody struct {
	io.ReadCloser
	ctx      context.Context
	progress func()
	closed   func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.progress()
	}
	if err != nil && !errors.Is(err, io.EOF) && errors.Is(context.Cause(b.ctx), ErrStalled) {
		err = ErrStalled
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.closed != nil {
		b.closed()
	}
	return err
}

// logTransport tells the log of each request: what was asked, what came back, how long it took.
type logTransport struct {
	next   http.RoundTripper
	client *Client
}

func (t logTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	attrs := []slog.Attr{
		slog.String("method", req.Method),
		slog.String("path", req.URL.EscapedPath()),
		slog.Int64("request_bytes", req.ContentLength),
		slog.Duration("duration", time.Since(began)),
	}
	if err != nil {
		t.client.log.LogAttrs(req.Context(), slog.LevelDebug, "Request failed", append(attrs, slog.String("error", t.client.transportError(err).Error()))...)
		return nil, err
	}
	attrs = append(attrs, slog.Int("status", resp.StatusCode), slog.String("request_id", t.client.requestID(resp.Header)))
	t.client.log.LogAttrs(req.Context(), slog.LevelDebug, "Request answered", attrs...)
	return resp, nil
}
