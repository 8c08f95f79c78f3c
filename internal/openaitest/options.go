package openaitest

import (
	"net/http"
	"time"
)

// Option changes how a server behaves.
type Option func(*options)

type options struct {
	key           string
	account       account            // of key
	accounts      map[string]account // of further keys
	gateway       *Gateway           // answers URLs that are not of the API; nil: the service does
	pageSize      int
	clock         func() time.Time
	maxFileSize   int64 // bytes
	maxBatchSize  int64 // bytes
	maxPartSize   int64 // bytes
	maxUploadSize int64 // bytes
	processing    int
	status        string
	statusDetails string
	readLag       int
	rewrite       func(*http.Request, int, map[string]any) (int, map[string]any)
	ids           func() string
	without       []operations
	latency       time.Duration
	bandwidth     int64 // bytes per second; 0 means no limit
	discard       bool
	query         map[string]string
	log           func(Request)
	requestLimit  int // 0 means no limit

	vectorOptions
}

// operations are those of one method whose path starts with prefix.
type operations struct{ method, prefix string }

// defaults are the documented limits of the service.
func defaults() options {
	return options{
		key:           Key,
		account:       account{Organization, Project},
		pageSize:      maxListLimit,
		clock:         time.Now,
		maxFileSize:   512 << 20,
		maxBatchSize:  200 << 20,
		maxPartSize:   64 << 20,
		maxUploadSize: 8 << 30,
		status:        "processed",
		ids:           newFileID,
		vectorOptions: vectorDefaults(),
	}
}

// WithKey makes key the API key that is accepted instead of [Key].
func WithKey(key string) Option { return func(o *options) { o.key = key } }

// WithOrganization sets the organization that responses name instead of [Organization]. If it is empty, responses name none, as with some
// gateways.
func WithOrganization(id string) Option { return func(o *options) { o.account.organization = id } }

// WithProject sets the project that responses name instead of [Project]. If it is empty, responses name none, as in responses of the
// service until August 2025.
func WithProject(id string) Option { return func(o *options) { o.account.project = id } }

// WithProjectKey accepts another API key, of another project with files of its own. Answers to it name that organization and
// project, unless they are empty.
func WithProjectKey(key, organization, project string) Option {
	return func(o *options) {
		if o.accounts == nil {
			o.accounts = map[string]account{}
		}
		o.accounts[key] = account{organization, project}
	}
}

// WithGateway puts a gateway in front of the service. The gateway answers all requests for URLs outside the API, whatever their key.
func WithGateway(g Gateway) Option { return func(o *options) { o.gateway = &g } }

// WithPageSize caps a page of a list at n files, whatever limit a client asks for.
func WithPageSize(n int) Option { return func(o *options) { o.pageSize = n } }

// WithClock makes now the clock of the server. It must be safe for concurrent use.
func WithClock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// WithMaxFileSize refuses files above n bytes. The default is 512 MiB.
func WithMaxFileSize(n int64) Option { return func(o *options) { o.maxFileSize = n } }

// WithMaxBatchSize refuses files of the purpose batch above n bytes. The default is 200 MiB.
func WithMaxBatchSize(n int64) Option { return func(o *options) { o.maxBatchSize = n } }

// WithPartSize refuses parts of an Upload above n bytes. The default is 64 MiB.
func WithPartSize(n int64) Option { return func(o *options) { o.maxPartSize = n } }

// WithMaxUploadSize refuses Uploads above n bytes in total. The default is 8 GiB.
func WithMaxUploadSize(n int64) Option { return func(o *options) { o.maxUploadSize = n } }

// WithProcessing gives new files the status processing until n requests have found them in it: retrieves, which say so, and
// deletes, which are refused.
func WithProcessing(n int) Option { return func(o *options) { o.processing = n } }

// WithStatus gives new files a status other than processed, with its details.
func WithStatus(status, details string) Option {
	return func(o *options) { o.status, o.statusDetails = status, details }
}

// WithReadLag hides a new file from its first n retrieves and from the first n lists it belongs to.
func WithReadLag(n int) Option { return func(o *options) { o.readLag = n } }

// WithRewrite passes every answer in JSON through rewrite, which turns the fake into a compatible server. Numbers are float64, and the keys
// of a rewritten response come in alphabetical order. If rewrite returns a nil body, the response has no body.
func WithRewrite(rewrite func(r *http.Request, status int, body map[string]any) (int, map[string]any)) Option {
	return func(o *options) { o.rewrite = rewrite }
}

// WithIDs takes the ids of new files from next, one call at a time.
func WithIDs(next func() string) Option { return func(o *options) { o.ids = next } }

// WithoutOperation answers 405 to a method on paths that start with pathPrefix, such as /files/. Paths are without /v1.
func WithoutOperation(method, pathPrefix string) Option {
	return func(o *options) { o.without = append(o.without, operations{method, pathPrefix}) }
}

// WithLatency makes every request wait for d first.
func WithLatency(d time.Duration) Option { return func(o *options) { o.latency = d } }

// WithBandwidth limits the speed at which request and response bodies are transferred. A connection carries one request at a time, so this
// is its bandwidth.
func WithBandwidth(bytesPerSecond int64) Option {
	return func(o *options) { o.bandwidth = bytesPerSecond }
}

// WithDiscard hashes and counts contents but does not keep them, so that a benchmark measures the client. Contents cannot be
// downloaded, and the SHA-256 of a file made from several parts is not known.
func WithDiscard() Option { return func(o *options) { o.discard = true } }

// WithQuery refuses requests that lack a query parameter with this value, as classic Azure does without its api-version. An
// empty value stands for any.
func WithQuery(key, value string) Option {
	return func(o *options) {
		if o.query == nil {
			o.query = map[string]string{}
		}
		o.query[key] = value
	}
}

// WithLog calls log at the end of every request. log may be called concurrently.
func WithLog(log func(Request)) Option { return func(o *options) { o.log = log } }

// WithRequestLimit keeps only the last n requests in the log, for a server that runs for long.
func WithRequestLimit(n int) Option { return func(o *options) { o.requestLimit = n } }
