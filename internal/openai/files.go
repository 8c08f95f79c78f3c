package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of the service, in bytes.
//
// Source: https://platform.openai.com/docs/api-reference/files/create
const (
	MaxFileSize   = 512 << 20 // in one request
	MaxUploadSize = 8 << 30   // in parts
)

// Purposes are the values of purpose that OpenAI accepts for a new file. Compatible servers have their own.
var Purposes = []string{"assistants", "batch", "fine-tune", "vision", "user_data", "evals"}

// File is a file stored by the service. Compatible servers may omit any field but the id, or set it to null.
//
// Reference: https://platform.openai.com/docs/api-reference/files/object
type File struct {
	ID            string
	Filename      string
	Purpose       string
	Bytes         *int64     // size of the content, at least 1; nil means the server does not say
	CreatedAt     *time.Time // nil means the server does not say
	ExpiresAt     *time.Time // nil means the file does not expire
	Status        string     // uploaded, processed, error, or what a compatible server has; may be empty
	StatusDetails string     // why the status is error; may be empty
}

// UnmarshalJSON reads a File object. Times may be numbers or RFC 3339 texts.
func (f *File) UnmarshalJSON(b []byte) error {
	var wire struct {
		ID            identifier `json:"id"`
		Filename      any        `json:"filename"`
		Purpose       any        `json:"purpose"`
		Bytes         any        `json:"bytes"`
		CreatedAt     any        `json:"created_at"`
		ExpiresAt     any        `json:"expires_at"`
		Status        any        `json:"status"`
		StatusDetails any        `json:"status_details"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	*f = File{
		ID:            string(wire.ID),
		Filename:      text(wire.Filename),
		Purpose:       text(wire.Purpose),
		CreatedAt:     instant(wire.CreatedAt),
		ExpiresAt:     instant(wire.ExpiresAt),
		Status:        text(wire.Status),
		StatusDetails: text(wire.StatusDetails),
	}
	if size, ok := number(wire.Bytes); ok && size > 0 { // no file is empty: some servers say 0 when they do not know
		n := int64(size)
		f.Bytes = &n
	}
	return nil
}

// number reads a JSON number, or a text that holds one.
func number(v any) (float64, bool) {
	n, ok := v.(float64)
	if s, isText := v.(string); isText {
		var err error
		n, err = strconv.ParseFloat(s, 64)
		ok = err == nil
	}
	return n, ok && n >= 0 && n <= math.MaxInt64/2
}

// whole reads a whole number as [number] does; 0 if there is none.
func whole(v any) int64 {
	n, _ := number(v)
	return int64(n)
}

// object reads a JSON object; nil if it is something else.
func object(v any) map[string]any {
	fields, _ := v.(map[string]any)
	return fields
}

// instant reads a time: Unix seconds or an RFC 3339 text. 0 and null mean that there is none.
func instant(v any) *time.Time {
	var t time.Time
	if n, ok := number(v); ok {
		const year9999 = 253402300799
		if n == 0 || n > year9999 {
			return nil
		}
		t = time.Unix(int64(n), 0)
	} else if s, isText := v.(string); isText {
		var err error
		if t, err = time.Parse(time.RFC3339, s); err != nil {
			return nil
		}
	} else {
		return nil
	}
	t = t.UTC()
	return &t
}

// RetrieveFile returns a file without its content: GET /files/{file_id}. A file that does not exist, or no longer, is
// [ErrNotFound].
func (c *Client) RetrieveFile(ctx context.Context, id string) (File, error) {
	file, err := c.retrieveFile(ctx, id)
	if err == nil {
		c.uploads.claims.add(id)
	}
	return file, err
}

// retrieveFile is [Client.RetrieveFile] for a file that nobody holds.
func (c *Client) retrieveFile(ctx context.Context, id string) (File, error) {
	var file File
	err := c.do(ctx, request{method: http.MethodGet, path: []string{SectionFiles, id}}, func(resp *http.Response) error {
		file = File{}
		if err := c.decode(resp, &file); err != nil {
			return err
		}
		return expectID(file.ID, id)
	})
	if err != nil {
		return File{}, fmt.Errorf("reading file %s: %w", oneLine(id), err)
	}
	c.redactFile(ctx, &file)
	return file, nil
}

// DeleteFile deletes a file: DELETE /files/{file_id}. While the service still processes the file it answers 409; DeleteFile
// retries until ctx ends. A file that does not exist is [ErrNotFound].
func (c *Client) DeleteFile(ctx context.Context, id string) error {
	for attempt := 0; ; attempt++ {
		err := c.deleteFile(ctx, id)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		wait := exponential(attempt)
		c.log.InfoContext(ctx, "Waiting until the file may be deleted", slog.String("id", id), slog.Duration("wait", wait))
		if sleep(ctx, wait) != nil {
			return err
		}
	}
}

// discardGrace is the time to delete a file that cannot be used after a cancellation, in addition to the time of the upload.
const discardGrace = lookUntil - searchUntil

// discardTimeout limits the time to delete a file that cannot be used.
const discardTimeout = 30 * time.Second

// DiscardFile deletes a file that cannot be used. A file that is already deleted is no error. It continues for a moment after ctx
// has ended, and for at most half a minute.
func (c *Client) DiscardFile(ctx context.Context, id string) error {
	ctx, end := newGrace().extend(ctx, discardGrace, always)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, discardTimeout)
	defer cancel()
	if err := c.DeleteFile(ctx, id); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

func (c *Client) deleteFile(ctx context.Context, id string) error {
	c.uploads.claims.add(id) // a list that is behind may still have it
	r := request{method: http.MethodDelete, path: []string{SectionFiles, id}, safe: notConflict}
	return wrap("deleting file "+oneLine(id), c.delete(ctx, r, id))
}

// notConflict reports whether a failure is not a conflict, which its caller handles itself.
func notConflict(failure *requestError) bool { return !errors.Is(failure, ErrConflict) }

// TooLongError says that a content is longer than the caller wants to read.
type TooLongError struct {
	Limit int64 // bytes
	Size  int64 // bytes; -1 means the server does not say
}

func (e *TooLongError) Error() string {
	if e.Size < 0 {
		return fmt.Sprintf("it has more than %d bytes", e.Limit)
	}
	return fmt.Sprintf("it has %d bytes, more than %d", e.Size, e.Limit)
}

// DownloadFile reads the content of a file of at most limit bytes: GET /files/{file_id}/content. A longer one is a
// [TooLongError], and reading stops there. Each attempt writes from the start into what start returns. size is the number of bytes that
// were written. OpenAI refuses the purposes assistants and user_data with HTTP 400.
//
// An empty answer or a web page is an [ErrAnswer], unless the file has that size.
func (c *Client) DownloadFile(ctx context.Context, id string, limit int64, start func() io.Writer) (size int64, err error) {
	var head prefix
	err = c.do(ctx, request{method: http.MethodGet, path: []string{SectionFiles, id, "content"}}, func(resp *http.Response) error {
		if resp.ContentLength > limit {
			return &TooLongError{Limit: limit, Size: resp.ContentLength}
		}
		head = prefix{}
		var err error
		if size, err = io.Copy(io.MultiWriter(sink{start()}, &head), io.LimitReader(resp.Body, limit+1)); size > limit {
			return &TooLongError{Limit: limit, Size: resp.ContentLength}
		}
		return err
	})
	if err == nil && (size == 0 || isPage(head.String())) {
		err = c.expectSize(ctx, id, size, head.String())
	}
	if err != nil {
		return size, fmt.Errorf("downloading file %s: %w", oneLine(id), err)
	}
	return size, nil
}

// expectSize refuses an answer that can hardly be the content of a file, unless it has the size of the file, as far as the service says.
func (c *Client) expectSize(ctx context.Context, id string, size int64, head string) error {
	file, err := c.retrieveFile(ctx, id)
	switch {
	case err == nil && (file.Bytes == nil || *file.Bytes == size):
		return nil
	case size == 0:
		return errEmptyAnswer
	}
	return &webPageError{status: http.StatusOK, said: oneLine(c.secrets.Replace(pageText(head)))}
}

// prefix holds the first bytes that are written to it, at most [maxErrorBody].
type prefix struct{ strings.Builder }

func (p *prefix) Write(b []byte) (int, error) {
	_, _ = p.Builder.Write(b[:min(len(b), maxErrorBody-p.Len())])
	return len(b), nil
}

// sink marks what fails where a download is written to: asking the service again does not help.
type sink struct{ io.Writer }

func (s sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err != nil {
		err = &sinkError{err}
	}
	return n, err
}

// sinkError is a download that could not be written.
type sinkError struct{ error }

func (e *sinkError) Unwrap() error { return e.error }
