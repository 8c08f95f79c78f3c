package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// CreateFileParams describes a file to be made.
type CreateFileParams struct {
	Purpose  string
	Filename string

	// ExpiresAfter is the life of the file in seconds from its creation, 3600 to 2592000; 0 means that the service decides,
	// which is 30 days for the purpose batch and forever for the others.
	ExpiresAfter int64

	Content io.ReaderAt
	Size    int64 // bytes of Content; other lengths are a [ContentError]
}

// Uploaded is a file that the service has made.
type Uploaded struct {
	File

	// SHA256 is that of the bytes which were sent, in lower-case hex; empty when the service answered before it had them all.
	SHA256 string

	// Found says that the answer to the upload was lost, and why; the file was then found in the list. Nil otherwise.
	Found error
}

// LostAnswerError says that a whole file was sent and no usable answer came back, so that the service may or may not have
// made a file of it.
type LostAnswerError struct {
	Err error

	sha256 string // of what was sent
}

func (e *LostAnswerError) Error() string { return e.Err.Error() }

func (e *LostAnswerError) Unwrap() error { return e.Err }

// cancelGrace is how long the answer to a file that was sent whole is waited for after a cancellation. It is about to come,
// and without it nobody would know the id.
const cancelGrace = 800 * time.Millisecond

// CreateFile makes a file in one request: POST /files. The content is streamed with a length known beforehand, its SHA-256
// is taken from the very bytes that are sent.
//
// OpenAI has no idempotency keys. A failure before the whole body was handed over, and any 429, is repeated; after that the
// file may exist, and CreateFile returns a [LostAnswerError] instead. Most callers want [Client.UploadFile].
func (c *Client) CreateFile(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	fields := []field{{"purpose", params.Purpose}}
	if params.ExpiresAfter > 0 {
		fields = append(fields,
			field{"expires_after[anchor]", "created_at"},
			field{"expires_after[seconds]", strconv.FormatInt(params.ExpiresAfter, 10)})
	}
	form, err := newForm(fields, "file", params.Filename, params.Content, params.Size)
	if err != nil {
		return Uploaded{}, err
	}
	form.progress = c.logProgress(ctx, params)

	// A cancellation ends the request at once, unless everything is sent.
	sending, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	stop := context.AfterFunc(ctx, func() {
		if _, whole := form.sent(); whole {
			_ = sleep(sending, cancelGrace)
		}
		end(context.Cause(ctx))
	})
	defer stop()

	var file File
	err = c.do(sending, request{
		method:      http.MethodPost,
		path:        []string{"files"},
		body:        form.body,
		length:      form.length(),
		contentType: form.contentType,
		retry: func(err error) bool {
			_, whole := form.sent()
			return retryable(err) && ctx.Err() == nil && (!whole || errors.Is(err, ErrRateLimited))
		},
	}, func(resp *http.Response) error {
		if err := decode(resp, &file); err != nil {
			return err
		}
		if file.ID == "" {
			return fmt.Errorf("%w: it has no id", ErrAnswer)
		}
		return nil
	})
	sum, whole := form.sent()
	if err != nil {
		err = fmt.Errorf("uploading %s: %w", params.Filename, err)
		if whole && ambiguous(err) {
			err = &LostAnswerError{Err: err, sha256: sum}
		}
		return Uploaded{}, err
	}
	c.uploads.claim(file.ID)
	return Uploaded{File: file, SHA256: sum}, nil
}

// ambiguous tells whether a file may have been made of a body that was sent whole, although the request failed with err.
func ambiguous(err error) bool {
	var content *ContentError
	if errors.As(err, &content) {
		return false
	}
	var answer *Error
	if !errors.As(err, &answer) {
		return true // no answer, or not a readable one
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusConflict:
		return true
	}
	return answer.StatusCode >= 500
}

// UploadFile makes a file and repeats that as long as it is worth it, without making it twice. When an answer was lost it
// lists the files of the purpose, newest first: no file of that name and size made since then, and the upload is repeated;
// exactly one, and it is the one; several are an error that names them.
//
// Uploads of the same name and size go one after the other, and no more than [Config.MaxConcurrentUploads] go at one time.
func (c *Client) UploadFile(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	free, err := c.uploads.acquire(ctx, fmt.Sprintf("%d %s", params.Size, params.Filename))
	if err != nil {
		return Uploaded{}, fmt.Errorf("uploading %s: %w", params.Filename, err)
	}
	defer free()

	began := time.Now()
	for attempt := 0; ; attempt++ {
		uploaded, err := c.CreateFile(ctx, params)
		var lost *LostAnswerError
		if !errors.As(err, &lost) {
			return uploaded, err
		}
		found, searchErr := c.findLost(ctx, params, began, attempt)
		if searchErr != nil {
			return Uploaded{}, fmt.Errorf("%w; the file may exist all the same: %w", err, searchErr)
		}
		if found != nil {
			c.uploads.claim(found.ID)
			// What was sent whole is what the service has.
			return Uploaded{File: *found, SHA256: lost.sha256, Found: lost.Err}, nil
		}
		if attempt >= c.maxRetries || ctx.Err() != nil || !retryable(lost.Err) {
			return Uploaded{}, err
		}
		c.log.InfoContext(ctx, "Uploading again: the answer was lost and no such file was made",
			slog.String("filename", params.Filename), slog.String("reason", lost.Error()))
	}
}

// cancelSearch is how long the search for a lost upload may take when the run has been cancelled.
const cancelSearch = 700 * time.Millisecond

// findLost returns the file that an upload made whose answer was lost, or nil when there is none.
func (c *Client) findLost(ctx context.Context, params CreateFileParams, began time.Time, attempt int) (*File, error) {
	if sleep(ctx, exponential(attempt)) != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), cancelSearch)
		defer cancel()
	}

	// Times of the service are whole seconds.
	since := began.Add(c.clock.offset()).Add(-2 * time.Second)
	var (
		found      []File
		older      int
		previous   time.Time
		descending = true // until two neighbours tell otherwise: not every server knows the order
	)
	for file, err := range c.ListFiles(ctx, ListFilesParams{Purpose: params.Purpose, Order: "desc"}) {
		if err != nil {
			return nil, err
		}
		if file.CreatedAt != nil {
			if !previous.IsZero() && file.CreatedAt.After(previous) {
				descending = false
			}
			previous = *file.CreatedAt
			if file.CreatedAt.Before(since) {
				if older++; older > 1 && descending {
					break
				}
				continue
			}
		}
		if file.Filename == params.Filename && file.Bytes != nil && *file.Bytes == params.Size && !c.uploads.claimed(file.ID) {
			found = append(found, file)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil //nolint:nilnil // no file is an answer, and no error
	case 1:
		return &found[0], nil
	}
	ids := make([]string, len(found))
	for i, file := range found {
		ids[i] = file.ID
	}
	return nil, &DuplicateError{Filename: params.Filename, IDs: ids}
}

// DuplicateError says that several files may be the one whose upload was not answered.
type DuplicateError struct {
	Filename string
	IDs      []string // newest first
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%d files named %s and of the same size were made meanwhile: %s", len(e.IDs), e.Filename, strings.Join(e.IDs, ", "))
}

// uploads is what the uploads of one process have to agree on.
type uploads struct {
	slots chan struct{}

	mu     sync.Mutex
	busy   map[string]chan struct{} // by what makes two uploads look alike; closed when free
	claims map[string]bool          // ids that belong to somebody in this process
}

func newUploads(limit int) *uploads {
	return &uploads{
		slots:  make(chan struct{}, limit),
		busy:   map[string]chan struct{}{},
		claims: map[string]bool{},
	}
}

// acquire waits until no upload with the same key is under way and one more may start. free ends that.
func (u *uploads) acquire(ctx context.Context, key string) (free func(), err error) {
	done := make(chan struct{})
	for {
		u.mu.Lock()
		other, taken := u.busy[key]
		if !taken {
			u.busy[key] = done
		}
		u.mu.Unlock()
		if !taken {
			break
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	release := func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.busy, key)
		close(done)
	}
	select {
	case u.slots <- struct{}{}:
	case <-ctx.Done():
		release()
		return nil, context.Cause(ctx)
	}
	return func() { <-u.slots; release() }, nil
}

// claim remembers that a file belongs to somebody, so that no search takes it for a lost one.
func (u *uploads) claim(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.claims[id] = true
}

func (u *uploads) claimed(id string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.claims[id]
}

// progressEvery is the shortest time between two lines of the log about one upload.
const progressEvery = 5 * time.Second

// logProgress returns what tells the log how far an upload is.
func (c *Client) logProgress(ctx context.Context, params CreateFileParams) func(sent int64) {
	began := time.Now()
	var last atomic.Int64 // nanoseconds since began
	return func(sent int64) {
		elapsed := time.Since(began)
		before := last.Load()
		if elapsed-time.Duration(before) < progressEvery || !last.CompareAndSwap(before, int64(elapsed)) {
			return
		}
		c.log.InfoContext(ctx, "Uploading",
			slog.String("filename", params.Filename),
			slog.Int64("bytes", params.Size),
			slog.Int64("percent", sent*100/max(params.Size, 1)),
			slog.String("rate", fmt.Sprintf("%.1f MB/s", float64(sent)/1e6/elapsed.Seconds())))
	}
}
