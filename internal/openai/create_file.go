package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
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

	// Alone keeps [Client.UploadFile] from sending another file of the same name and size meanwhile. A lost upload can then
	// always be told from the others.
	Alone bool
}

// Uploaded is a file that the service has made.
type Uploaded struct {
	File

	// SHA256 is that of the bytes which were sent, in lower-case hex; empty when the service answered before it had them all.
	SHA256 string

	// Twins are the ids of files that look the same and belong to nobody. An answer was lost, no file was found, the content was
	// sent again, and only then they were in the list. Nil as a rule.
	Twins []string

	// Found says that the answer to the upload was lost, and why; the file was then found in the list. Nil otherwise.
	Found error
}

// LostAnswerError says that a whole file was sent and no usable answer came back, so that the service may or may not have
// made a file of it.
type LostAnswerError struct {
	Err error

	sha256   string // of what was sent
	uploadID string // of the upload in parts; empty: it was sent in one request
}

func (e *LostAnswerError) Error() string { return e.Err.Error() }

func (e *LostAnswerError) Unwrap() error { return e.Err }

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

	sending, end := outlive(ctx, answerUntil, func() bool { _, whole := form.sent(); return whole })
	defer end()

	var file File
	err = c.do(sending, request{
		method: http.MethodPost,
		path:   []string{"files"},
		body: func() (io.ReadCloser, error) {
			if err := context.Cause(ctx); err != nil {
				return nil, err
			}
			return form.body()
		},
		length:      form.length(),
		contentType: form.contentType,
		retry: func(err error) bool {
			_, whole := form.sent()
			again := retryable(err) && ctx.Err() == nil && (!whole || errors.Is(err, ErrRateLimited))
			if again {
				form.discard() // there is an answer: a cancellation has nothing to wait for
			}
			return again
		},
	}, func(resp *http.Response) error {
		if err := c.decode(resp, &file); err != nil {
			return err
		}
		c.redact(ctx, &file)
		return requireID(file.ID)
	})
	sum, whole := form.sent()
	if err != nil {
		err = fmt.Errorf("uploading %s: %w", params.Filename, err)
		if whole && ambiguous(err) {
			err = &LostAnswerError{Err: err, sha256: sum}
		}
		return Uploaded{}, err
	}
	c.gate.claim(file.ID)
	return Uploaded{File: file, SHA256: sum}, nil
}

// ambiguous tells whether a file may have been made of a body that was sent whole, although the request failed with err.
func ambiguous(err error) bool {
	if _, ok := errors.AsType[*ContentError](err); ok {
		return false
	}
	answer, ok := errors.AsType[*Error](err)
	if !ok {
		return true // no answer, or not a readable one
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusConflict:
		return true
	}
	return answer.StatusCode >= 500
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
