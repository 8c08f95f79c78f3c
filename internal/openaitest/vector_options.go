package openaitest

import (
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// vectorOptions are the options of vector stores.
type vectorOptions struct {
	attachRequests int // per minute and vector store; 0 means no limit
	attachFiles    int // per minute and organization; 0 means no limit
	maxBatch       int // files in a batch
	indexing       time.Duration
	synchronous    bool // files are ready when the answer to their attachment is sent
	pollAfter      time.Duration
	extensions     []string // of files that may be attached
	outcomes       []*outcome
	attachLag      int
	detachLag      time.Duration
	listLag        time.Duration
	batchIsBatch   bool // a retrieve of a batch answers with the batch
	emptyCounts    int
	noBatches      int // status of the answer to operations of batches; 0: the server has them
	noNull         bool
	autoStays      bool
	metadata       map[string]string // added to that of every vector store
}

// Limits of the service.
const (
	maxAttachRequests = 300   // per minute and vector store
	maxAttachFiles    = 2_000 // per minute and organization
	maxBatchFiles     = 2_000
	maxStoreFiles     = 500 // file_ids of a new vector store
)

// extensions are the extensions of files that may be attached to a vector store.
//
// Source: https://platform.openai.com/docs/guides/retrieval
var extensions = strings.Fields(".c .cpp .cs .css .doc .docx .go .html .java .js .json .md .pdf .php .pptx .py .rb .sh .tex .ts .txt")

func vectorDefaults() vectorOptions {
	return vectorOptions{
		attachRequests: maxAttachRequests,
		attachFiles:    maxAttachFiles,
		maxBatch:       maxBatchFiles,
		extensions:     extensions,
	}
}

// Outcome is the outcome of a file that is attached to a vector store. The zero Outcome is a file that is completed.
type Outcome struct {
	Code    string // of last_error, such as invalid_file; empty: the file does not fail
	Message string // of last_error
	Stuck   bool   // it stays in_progress forever
	Refused bool   // it may not be attached, as if its extension were not supported
	Poison  bool   // lists of the store answer 500 from the page on that has the file
	Times   int    // how many attachments of matching files it applies to, then they are completed; 0 means all
}

// outcome is an Outcome with the names it is for.
type outcome struct {
	Outcome
	pattern string
	used    atomic.Int64 // times that it was asked for
}

// WithOutcome sets the outcome of attached files whose name matches a pattern of path.Match. The first one that matches and is not
// used up counts. It panics if the pattern is malformed.
func WithOutcome(pattern string, o Outcome) Option {
	if _, err := path.Match(pattern, ""); err != nil {
		panic("openaitest: outcome for " + pattern + ": " + err.Error())
	}
	return func(opts *options) { opts.outcomes = append(opts.outcomes, &outcome{Outcome: o, pattern: pattern}) }
}

// WithIndexing makes attached files stay in_progress for d on the clock of the server. By default only the answer to the
// attachment says in_progress.
func WithIndexing(d time.Duration) Option { return func(o *options) { o.indexing = d } }

// WithPollAfter sends d in the header openai-poll-after-ms of responses about batches and attached files. By default, the header is absent:
// SDKs read it, but no recorded response has it.
func WithPollAfter(d time.Duration) Option { return func(o *options) { o.pollAfter = d } }

// WithAttachLimits sets the maximum number of attach requests per minute and vector store, including batches, and of attached files per
// minute and organization. The defaults are 300 and 2,000; 0 means no limit.
func WithAttachLimits(requests, files int) Option {
	return func(o *options) { o.attachRequests, o.attachFiles = requests, files }
}

// WithMaxBatch refuses batches of more than n files. The default is 2,000; Azure takes 500.
func WithMaxBatch(n int) Option { return func(o *options) { o.maxBatch = n } }

// WithExtensions allows only files with these extensions in vector stores, such as .md; an empty one stands for a name without.
// The default is the documented list.
func WithExtensions(extensions ...string) Option {
	return func(o *options) { o.extensions = slices.Clone(extensions) }
}

// WithAttachLag hides a file that was just attached from its first n requests, which get 404, and from the first n lists that
// it belongs to.
func WithAttachLag(n int) Option { return func(o *options) { o.attachLag = n } }

// WithDetachLag leaves a detached file in lists and searches for d on the clock of the server.
func WithDetachLag(d time.Duration) Option { return func(o *options) { o.detachLag = d } }

// WithListLag leaves a file that was just attached out of lists for d on the clock of the server.
func WithListLag(d time.Duration) Option { return func(o *options) { o.listLag = d } }

// WithDocumentedBatches answers a retrieve of a batch with the batch, as documented. By default the answer is the vector
// store, with its id and counts, as the service does since November 2025.
func WithDocumentedBatches() Option { return func(o *options) { o.batchIsBatch = true } }

// WithEmptyCounts makes the first n retrieves of a batch say in_progress with all counts 0.
func WithEmptyCounts(n int) Option { return func(o *options) { o.emptyCounts = n } }

// WithoutBatches answers all operations of batches with a status such as 404, 405 or 501.
func WithoutBatches(status int) Option { return func(o *options) { o.noBatches = status } }

// WithAddedMetadata adds these pairs to the metadata of every vector store, as OGX does.
func WithAddedMetadata(pairs map[string]string) Option {
	return func(o *options) { o.metadata = pairs }
}

// WithEmptyForNull sends "" instead of null for the name of a vector store and the cursors of an empty list, as Azure and OGX
// do.
func WithEmptyForNull() Option { return func(o *options) { o.noNull = true } }

// WithSynchronousIndexing answers an attachment when the file is ready, as OGX does.
func WithSynchronousIndexing() Option { return func(o *options) { o.synchronous = true } }

// WithAutoChunking reports the chunking strategy auto as it was given, as OGX does. By default it comes back as static.
func WithAutoChunking() Option { return func(o *options) { o.autoStays = true } }

// AsAzure makes the vector stores behave like Azure OpenAI: batches of 500, and "" for null.
func AsAzure() Option {
	return together(WithMaxBatch(500), WithEmptyForNull(), WithDocumentedBatches())
}

// AsOGX makes the vector stores behave like OGX, formerly llama-stack: it adds metadata, processes files while the client waits,
// and reports auto and "".
func AsOGX() Option {
	return together(WithSynchronousIndexing(), WithEmptyForNull(), WithAutoChunking(), WithDocumentedBatches(), WithAttachLimits(0, 0),
		WithAddedMetadata(map[string]string{"provider_id": "faiss", "embedding_model": "all-MiniLM-L6-v2", "embedding_dimension": "384"}))
}

// AsLiteLLM makes the vector stores behave like a LiteLLM proxy, which has no batches.
func AsLiteLLM() Option { return WithoutBatches(404) }

func together(opts ...Option) Option {
	return func(o *options) {
		for _, opt := range opts {
			opt(o)
		}
	}
}

// decide returns the outcome of a file that is attached now.
func (o *vectorOptions) decide(filename string) Outcome {
	for _, candidate := range o.outcomes {
		if ok, _ := path.Match(candidate.pattern, path.Base(filename)); !ok {
			continue
		}
		if n := candidate.used.Add(1); candidate.Times == 0 || n <= int64(candidate.Times) {
			return candidate.Outcome
		}
	}
	return Outcome{}
}

// unsupported returns the extension of a file that may not be attached, none for a name without; ok means that it may.
func (o *vectorOptions) unsupported(filename string) (extension string, ok bool) {
	extension = path.Ext(filename)
	refused := slices.ContainsFunc(o.outcomes, func(candidate *outcome) bool {
		ok, _ := path.Match(candidate.pattern, path.Base(filename))
		return ok && candidate.Refused
	})
	if !refused && slices.Contains(o.extensions, extension) {
		return "", true
	}
	if extension == "" {
		extension = "none"
	}
	return extension, false
}
