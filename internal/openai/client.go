// Package openai is a client for the Files, Uploads and Vector stores APIs of OpenAI and of servers compatible with it.
//
// It streams: memory does not grow with the size of a file. It retries what is safe to retry, and after a lost response it looks
// for the file before it sends it again. It knows nothing of Terraform.
//
// API reference: https://platform.openai.com/docs/api-reference/files
package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Defaults of [Config].
const (
	DefaultBaseURL              = "https://api.openai.com/v1"
	DefaultMaxRetries           = 5
	DefaultMaxConcurrentUploads = 10

	DefaultMultipartThreshold = MaxFileSize
	DefaultGatewayPatience    = 25 * time.Second
)

// Config says where the service is and how to talk to it.
type Config struct {
	// BaseURL is the address of the service up to and including the version, by default [DefaultBaseURL]. A query in it is
	// sent with every request.
	BaseURL string

	// APIKey is sent as a bearer token. Empty: Header has to authorize the requests.
	APIKey string

	// Organization and Project are IDs, sent as the headers OpenAI-Organization and OpenAI-Project when not empty.
	Organization string
	Project      string

	// Header holds additional headers of every request. They override those made from the fields above. A [ReservedHeader] is
	// refused.
	Header http.Header

	// UserAgent is sent as the header User-Agent when not empty.
	UserAgent string

	// MaxRetries is the maximum number of retries after a transient failure; 0 means none.
	MaxRetries int

	// MaxConcurrentUploads is the maximum number of requests with content that are sent in parallel, parts included, at least 1;
	// 0 means [DefaultMaxConcurrentUploads].
	MaxConcurrentUploads int

	// MultipartThreshold is the size in bytes above which a file is uploaded in parts; 0 means [DefaultMultipartThreshold].
	MultipartThreshold int64

	// Dial opens connections; nil means the network of the machine and the proxy of the environment.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// GatewayPatience is how long a file is looked for in the list after a gateway timeout of its upload, because the service may
	// finish later; 0 means [DefaultGatewayPatience].
	GatewayPatience time.Duration

	// Logger receives requests, waits and the progress of long uploads; nil means that nothing is logged. It never receives a
	// body, a header or a query.
	Logger *slog.Logger
}

// Client sends requests to one service. It is safe for concurrent use.
type Client struct {
	base       *url.URL
	header     http.Header
	http       *http.Client
	transport  *http.Transport
	maxRetries int
	log        *slog.Logger
	secrets    *strings.Replacer
	clock      *clock
	place      *placeTracker
	pacer      *pacer
	noContinue atomic.Bool // a proxy refuses Expect: 100-continue
	uploads    *uploader

	earlierStores *earlier
	storeNames    sync.Map // name of a vector store to the chan struct{} that is full while one is created
	attached      sync.Map // ID of a vector store to the [atomic.Int64] of files that this client has attached to it
	detached      sync.Map // the same of those that it has detached
	recent        sync.Map // ID of a vector store, or that and a file, to the time at which this client has created it or attached it
}

// NewClient returns a client for the service that cfg describes. It sends nothing yet.
func NewClient(cfg Config) (*Client, error) {
	base, err := ParseBaseURL(cmp.Or(cfg.BaseURL, DefaultBaseURL))
	if err != nil {
		return nil, err
	}
	header, err := cfg.requestHeader()
	if err != nil {
		return nil, err
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		base:       base,
		header:     header,
		transport:  newTransport(cfg.Dial),
		maxRetries: cfg.MaxRetries,
		log:        log,
		secrets:    redactor(cfg, base),
		clock:      &clock{},
		place:      newPlaceTracker(cfg, base),
		pacer:      &pacer{log: log},
	}
	c.http = &http.Client{
		Transport: c.transport,
		// The key and the other headers must not follow to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.uploads, c.earlierStores = newUploader(c, cfg), newEarlier()
	return c, nil
}

// requestHeader returns the headers of every request. Its error does not show their values.
func (cfg Config) requestHeader() (http.Header, error) {
	header := http.Header{
		// Some proxies refuse a request without it; content is not always JSON.
		"Accept": {"*/*"},
		// A file has to arrive as it is, and a small answer must not unpack into a huge one.
		"Accept-Encoding": {"identity"},
	}
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
		if ReservedHeader(name) {
			return nil, fmt.Errorf("the header %s is reserved: it describes the connection or the body, which the client controls", name)
		}
		header[http.CanonicalHeaderKey(name)] = values
	}
	for name, values := range header {
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, fmt.Errorf("%q cannot be the name of a header", name)
		}
		for _, value := range values {
			if !httpguts.ValidHeaderFieldValue(value) {
				return nil, fmt.Errorf("the value of the header %s holds a line break or another control character", name)
			}
		}
	}
	return header, nil
}

// MaxConcurrentUploads returns the maximum number of requests with content that this client sends in parallel.
func (c *Client) MaxConcurrentUploads() int { return cap(c.uploads.slots) }

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

// clock measures how far the clock of the service is ahead of the local one.
type clock struct {
	ahead atomic.Int64 // nanoseconds
	known atomic.Bool  // an answer had a Date
}

// observe takes the time of an answer. Times are whole seconds, rounded down, and an answer takes a while, so the largest difference is the
// nearest to the truth, unless a clock was set meanwhile.
func (c *clock) observe(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	const inexact = 2 * time.Second
	ahead := time.Until(date)
	if lower := c.offset() - ahead; c.known.Load() && lower > 0 && lower < inexact {
		return
	}
	c.ahead.Store(int64(ahead))
	c.known.Store(true)
}

func (c *clock) offset() time.Duration { return time.Duration(c.ahead.Load()) }

const (
	// clockSlack is how far the time of an object may be behind the one that the service puts into its answers.
	clockSlack = 10 * time.Second

	// unknownClockSlack is how far it may be behind the local clock if the service puts no time into its answers.
	unknownClockSlack = time.Hour
)

// since returns the time that the service may give to an object which it creates at a local time.
func (c *clock) since(local time.Time) time.Time { return local.Add(c.offset() - clockSlack) }

// second returns the second of the service at a local time. What it creates later has an earlier time only if its clocks differ.
func (c *clock) second(local time.Time) time.Time { return local.Add(c.offset()).Truncate(time.Second) }

// earliest returns the earliest time that the service may give to an object which it creates at a local time.
func (c *clock) earliest(local time.Time) time.Time {
	if c.known.Load() {
		return c.since(local)
	}
	return local.Add(-unknownClockSlack)
}

// began returns the local time at which a task began, or an earlier one if the service has just given such a time to an object that
// was created since.
func (c *clock) began(local time.Time, created *time.Time) time.Time {
	if created == nil {
		return local
	}
	behind := time.Now().Add(c.offset()).Sub(*created)
	return local.Add(-max(behind, 0))
}

// Now returns the time by the clock of the service, as far as its answers have told it.
func (c *Client) Now() time.Time { return time.Now().Add(c.clock.offset()) }
