// Package openai is a client for the Files part of the OpenAI API and of servers compatible with it.
//
// It streams: memory does not grow with the size of a file. It repeats what is safe to repeat, and where an answer was
// lost it looks for the file before it sends it again. It knows nothing of Terraform.
//
// API reference: https://platform.openai.com/docs/api-reference/files
package openai

import (
	"cmp"
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
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Defaults of [Config].
const (
	DefaultBaseURL              = "https://api.openai.com/v1"
	DefaultMaxRetries           = 5
	DefaultMaxConcurrentUploads = 10

	DefaultMultipartThreshold = MaxFileSize
)

// Config says where the service is and how to talk to it.
type Config struct {
	// BaseURL is the address of the service up to and including the version, by default [DefaultBaseURL]. A query in it is
	// sent with every request.
	BaseURL string

	// APIKey is sent as a bearer token. Empty: Header has to authorize the requests.
	APIKey string

	// Organization and Project are ids, sent as the headers OpenAI-Organization and OpenAI-Project when not empty.
	Organization string
	Project      string

	// Header holds further headers of every request. They win over those made from the fields above.
	Header http.Header

	// UserAgent is sent as the header User-Agent when not empty.
	UserAgent string

	// MaxRetries is the number of attempts after the first; 0 means none.
	MaxRetries int

	// MaxConcurrentUploads is the number of uploads at one time, parts included, at least 1; 0 means
	// [DefaultMaxConcurrentUploads].
	MaxConcurrentUploads int

	// MultipartThreshold is the size in bytes above which a file is uploaded in parts; 0 means [DefaultMultipartThreshold].
	MultipartThreshold int64

	// Logger hears of requests, waits and the progress of long uploads; nil means nobody does. It never gets a body, a
	// header or a query.
	Logger *slog.Logger
}

// Client sends requests to one service. It is safe for use by several goroutines.
type Client struct {
	base       *url.URL
	header     http.Header
	http       *http.Client
	maxRetries int
	log        *slog.Logger
	secrets    *strings.Replacer
	threshold  int64
	gate       *gate
	clock      *clock
	place      *placeTracker
}

// NewClient returns a client for the service that cfg describes. It sends nothing yet.
func NewClient(cfg Config) (*Client, error) {
	base, err := ParseBaseURL(cmp.Or(cfg.BaseURL, DefaultBaseURL))
	if err != nil {
		return nil, err
	}

	header := http.Header{}
	set := func(name, value string) {
		if value != "" {
			header.Set(name, value)
		}
	}
	set("User-Agent", cfg.UserAgent)
	set("OpenAI-Organization", cfg.Organization)
	set("OpenAI-Project", cfg.Project)
	if cfg.APIKey != "" {
		header.Set("Authorization", "Bearer "+cfg.APIKey)
	}
	for name, values := range cfg.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}

	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}

	c := &Client{
		base:       base,
		header:     header,
		maxRetries: cfg.MaxRetries,
		log:        log,
		secrets:    redactor(cfg, base),
		threshold:  cmp.Or(cfg.MultipartThreshold, DefaultMultipartThreshold),
		gate:       newGate(cmp.Or(cfg.MaxConcurrentUploads, DefaultMaxConcurrentUploads)),
		clock:      &clock{},
		place:      newPlaceTracker(cfg, base),
	}
	c.http = c.newHTTPClient()
	return c, nil
}

// MaxConcurrentUploads is the number of requests with content that this client sends at one time.
func (c *Client) MaxConcurrentUploads() int { return cap(c.gate.slots) }

// ParseBaseURL checks the address of a service: http or https, with a host. Its error never shows a password or a query.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		// url.Error repeats the whole text, which may hold a password.
		return nil, errors.New("not a URL; expected something like " + DefaultBaseURL)
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return nil, errors.New("not an http or https URL with a host; expected something like " + DefaultBaseURL)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// request is one call of the API.
type request struct {
	method string
	path   []string // elements below the base URL, unescaped
	query  url.Values

	// body returns the content of one attempt, from the start; nil: the request has none.
	body        func() (io.ReadCloser, error)
	length      int64 // bytes that body yields
	contentType string

	// retry overrides [retryable], which is right for requests that may be repeated at will.
	retry func(error) bool
}

// do sends a request until answer accepts what came back, or until repeating it is not safe or not worth it. A status
// other than 2xx never reaches answer: it becomes an [*Error]. answer must close the body.
func (c *Client) do(ctx context.Context, r request, answer func(*http.Response) error) error {
	target, err := c.url(r.path, r.query)
	if err != nil {
		return err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.method, target, nil)
	if err != nil {
		return c.transportError(err)
	}
	// Some proxies refuse a request without it; content is not always JSON.
	req.Header.Set("Accept", "*/*")
	maps.Copy(req.Header, c.header)
	if r.body != nil {
		if err := setBody(req, r); err != nil {
			return err
		}
	}

	worthRepeating := r.retry
	if worthRepeating == nil {
		worthRepeating = retryable
	}
	var failure error // of the latest attempt
	repeat := retryablehttp.Client{
		HTTPClient: c.http,
		RetryMax:   c.maxRetries,
		Backoff: func(_, _ time.Duration, attempt int, _ *http.Response) time.Duration {
			return c.backoff(ctx, r, attempt, failure)
		},
		CheckRetry: func(ctx context.Context, _ *http.Response, err error) (bool, error) {
			if err == nil {
				return false, nil
			}
			failure = c.transportError(err)
			return ctx.Err() == nil && worthRepeating(failure), nil
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	req.SetResponseHandler(func(resp *http.Response) error {
		c.clock.observe(resp.Header)
		c.place.observe(resp.Header)
		if resp.StatusCode < 200 || resp.StatusCode > 299 {
			defer func() { _ = resp.Body.Close() }()
			return c.newError(resp)
		}
		return answer(resp)
	})

	_, err = repeat.Do(req) //nolint:bodyclose // the response handler closes it, or hands it on
	if err == nil {
		return nil
	}
	if failure == nil {
		return c.transportError(err)
	}
	if stop := context.Cause(ctx); stop != nil && !errors.Is(failure, stop) {
		return fmt.Errorf("%w while waiting to try again after: %w", stop, failure)
	}
	return failure
}

// url joins path elements and a query to the base URL. Each element is escaped, so an id of any shape stays one element.
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

// clock knows how far the clock of the service is from ours.
type clock struct {
	ahead atomic.Int64 // nanoseconds
}

func (c *clock) observe(header http.Header) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		c.ahead.Store(int64(time.Until(date)))
	}
}

func (c *clock) offset() time.Duration { return time.Duration(c.ahead.Load()) }

// Now returns the time by the clock of the service, as far as its answers have told it.
func (c *Client) Now() time.Time { return time.Now().Add(c.clock.offset()) }

// maxAnswer bounds an answer in JSON, in bytes. A page of 10,000 files has about 3 MB.
const maxAnswer = 64 << 20

var errEmptyAnswer = fmt.Errorf("%w: it is empty", ErrAnswer)

// decode reads the JSON of an accepted request into v and closes the body. Some servers and proxies answer 200 with a page of
// HTML.
func (c *Client) decode(resp *http.Response, v any) error {
	defer func() { _ = resp.Body.Close() }()
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
	switch {
	case err == nil:
		return nil
	case hasSecretContent(resp.Request.Context()):
		return fmt.Errorf("%w: HTTP %d with something else; %s", ErrAnswer, resp.StatusCode, notShown)
	}
	return fmt.Errorf("%w: HTTP %d with %s", ErrAnswer, resp.StatusCode, oneLine(c.secrets.Replace(pageText(string(body[:min(len(body), maxErrorBody)])))))
}
