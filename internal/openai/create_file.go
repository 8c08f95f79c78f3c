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

// CreateFileParams describes a file to be uploaded.
type CreateFileParams struct {
	Purpose  string
	Filename string

	// ExpiresAfter is the lifetime of the file in seconds from its creation, 3600 to 2592000; 0 means that the service decides,
	// which is 30 days for the purpose batch and no expiry for the others.
	ExpiresAfter int64

	Content io.ReaderAt
	Size    int64 // bytes of Content; other lengths are a [ContentError]

	// Alone keeps [Client.UploadFile] from sending another file of the same purpose, name and size meanwhile. After a lost
	// response, the file can then be distinguished from others.
	Alone bool
}

// Uploaded is a file that the service has created.
type Uploaded struct {
	File

	// SHA256 is the hash of the bytes that were sent, in lowercase hex; empty if the service answered before it had all of them.
	SHA256 string

	// Found is why the response to the upload was lost, if the file was then found in the list. Usually nil.
	Found error

	// Compared means that the content of a file that was found has been downloaded and is what was sent. Otherwise only the
	// purpose, the name, the size and the time of creation are known to fit.
	Compared bool

	// Twins are the IDs of files that look the same and that no resource holds. They appeared in the list only after a response was
	// lost, no file was found, and the upload was retried. Usually nil.
	Twins []string

	// Unchecked says why there may be twins that are not known. Usually nil.
	Unchecked error
}

// LostAnswerError says that a whole file was sent and no usable response came back, so that the service may or may not have
// created a file.
type LostAnswerError struct {
	Err error

	sha256   string // of what was sent
	uploadID string // of the upload in parts; empty: it was sent in one request
}

func (e *LostAnswerError) Error() string { return e.Err.Error() }

func (e *LostAnswerError) Unwrap() error { return e.Err }

// createFile creates a file in one request: POST /files. The content is streamed with a length known beforehand, and its SHA-256 is
// computed from the bytes that are sent.
//
// OpenAI has no idempotency keys. A failure before the whole body was handed over, and any 429, is retried; after that the
// file may exist, and createFile returns a [LostAnswerError] instead.
func (u *uploader) createFile(ctx context.Context, params CreateFileParams, grace *grace) (Uploaded, error) {
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
	form.progress = u.logProgress(ctx, params)

	var file File
	err = u.client.do(ctx, request{
		method:      http.MethodPost,
		path:        []string{SectionFiles},
		body:        form.body,
		length:      form.length(),
		contentType: form.contentType,
		safe:        createdNothing,
		slots:       u.slots,
		grace:       grace,
	}, func(resp *http.Response) error {
		if err := u.client.decode(resp, &file); err != nil {
			return err
		}
		return requireID(file.ID)
	})
	if err != nil {
		err = fmt.Errorf("uploading %s: %w", params.Filename, err)
		if ambiguous(err) && !errors.Is(err, ErrUnusableID) {
			err = &LostAnswerError{Err: err, sha256: form.sha256()}
		}
		return Uploaded{}, err
	}
	return u.created(ctx, params, file, form.sha256()), nil
}

// progressEvery is the minimum interval between two log lines about one upload.
const progressEvery = 5 * time.Second

// logProgress returns a function that logs the progress of an upload.
func (u *uploader) logProgress(ctx context.Context, params CreateFileParams) func(sent int64) {
	began := time.Now()
	var last atomic.Int64 // nanoseconds since began
	return func(sent int64) {
		elapsed := time.Since(began)
		before := last.Load()
		if elapsed-time.Duration(before) < progressEvery || !last.CompareAndSwap(before, int64(elapsed)) {
			return
		}
		percent, rate := sent*100/max(params.Size, 1), float64(sent)/1e6/elapsed.Seconds()
		u.client.log.InfoContext(ctx, fmt.Sprintf("Uploading %s: %d%% of %.1f MB, %.1f MB/s", oneLine(params.Filename), percent, float64(params.Size)/1e6, rate),
			slog.String("filename", params.Filename),
			slog.Int64("bytes", params.Size),
			slog.Int64("percent", percent),
			slog.String("rate", fmt.Sprintf("%.1f MB/s", rate)))
	}
}
