package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Limits of the service, in bytes.
//
// Source: https://platform.openai.com/docs/api-reference/files/create
const (
	MaxFileSize   = 512 << 20 // in one request
	MaxUploadSize = 8 << 30   // in parts
)

// MaxListLimit is the most files that one page of a list may be asked for.
const MaxListLimit = 10_000

// Purposes are the values of purpose that OpenAI accepts for a new file. Compatible servers have their own.
var Purposes = []string{"assistants", "batch", "fine-tune", "vision", "user_data", "evals"}

// File is a file kept by the service. Compatible servers leave out or null any field but the id.
//
// Reference: https://platform.openai.com/docs/api-reference/files/object
type File struct {
	ID            string
	Filename      string
	Purpose       string
	Bytes         *int64     // size of the content; nil means the server does not say
	CreatedAt     *time.Time // nil means the server does not say
	ExpiresAt     *time.Time // nil means the file does not expire
	Status        string     // uploaded, processed, error, or what a compatible server has; may be empty
	StatusDetails string     // why the status is error; may be empty
}

// UnmarshalJSON reads a File object. Times may be numbers or RFC 3339 texts.
func (f *File) UnmarshalJSON(b []byte) error {
	var wire struct {
		ID            any `json:"id"`
		Filename      any `json:"filename"`
		Purpose       any `json:"purpose"`
		Bytes         any `json:"bytes"`
		CreatedAt     any `json:"created_at"`
		ExpiresAt     any `json:"expires_at"`
		Status        any `json:"status"`
		StatusDetails any `json:"status_details"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	*f = File{
		ID:            text(wire.ID),
		Filename:      text(wire.Filename),
		Purpose:       text(wire.Purpose),
		CreatedAt:     instant(wire.CreatedAt),
		ExpiresAt:     instant(wire.ExpiresAt),
		Status:        text(wire.Status),
		StatusDetails: text(wire.StatusDetails),
	}
	if size, ok := number(wire.Bytes); ok {
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
	var file File
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"files", id}}, func(resp *http.Response) error {
		return c.decode(resp, &file)
	})
	if err != nil {
		return File{}, fmt.Errorf("reading file %s: %w", oneLine(id), err)
	}
	c.gate.claim(id)
	c.redact(ctx, &file)
	file.ID = id // whatever the server tells: nobody must take over the file of somebody else
	return file, nil
}

// DeleteFile removes a file: DELETE /files/{file_id}. While the service still processes the file it answers 409; DeleteFile
// tries again until ctx ends. A file that does not exist is [ErrNotFound].
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

// discardGrace is how long a file that was uploaded in vain may take to be deleted after a cancellation. The upload has had its time.
const discardGrace = lookUntil - searchUntil

// DiscardFile deletes a file that nobody wants; one that is gone already is no error. It goes on for a moment after ctx has
// ended, and for half a minute at most.
func (c *Client) DiscardFile(ctx context.Context, id string) error {
	ctx, end := outlive(ctx, discardGrace, always)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, abandonTimeout)
	defer cancel()
	if err := c.DeleteFile(ctx, id); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

func (c *Client) deleteFile(ctx context.Context, id string) error {
	var answer struct {
		Deleted *bool `json:"deleted"`
	}
	err := c.do(ctx, request{
		method: http.MethodDelete,
		path:   []string{"files", id},
		retry:  func(err error) bool { return retryable(err) && !errors.Is(err, ErrConflict) },
	}, func(resp *http.Response) error {
		err := c.decode(resp, &answer)
		if errors.Is(err, errEmptyAnswer) {
			return nil // 204 of a compatible server
		}
		return err
	})
	if err == nil && answer.Deleted != nil && !*answer.Deleted {
		err = fmt.Errorf("%w: it says that the file was not deleted", ErrAnswer)
	}
	if err != nil {
		return fmt.Errorf("deleting file %s: %w", oneLine(id), err)
	}
	return nil
}

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
// [TooLongError], and reading stops there. Each attempt writes from the start into what start returns. OpenAI refuses the
// purposes assistants and user_data with HTTP 400.
func (c *Client) DownloadFile(ctx context.Context, id string, limit int64, start func() io.Writer) error {
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"files", id, "content"}}, func(resp *http.Response) error {
		defer func() { _ = resp.Body.Close() }()
		if resp.ContentLength > limit {
			return &TooLongError{Limit: limit, Size: resp.ContentLength}
		}
		n, err := io.Copy(sink{start()}, io.LimitReader(resp.Body, limit+1))
		if n > limit {
			return &TooLongError{Limit: limit, Size: resp.ContentLength}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("downloading file %s: %w", oneLine(id), err)
	}
	return nil
}

// sink tells what fails where a download is written to: to ask the service again does not help.
type sink struct{ io.Writer }

func (s sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err != nil {
		err = &permanentError{err}
	}
	return n, err
}

// ListFilesParams narrows a list; the zero value asks for everything, newest first.
type ListFilesParams struct {
	Purpose string // only files of this purpose
	Order   string // asc or desc, by creation; empty: desc
	Limit   int    // most files to return; 0 means all

	// PageSize is how many files to ask for at a time, up to [MaxListLimit]; 0 means as many as the server gives.
	PageSize int

	// MaxPages ends the list with [ErrListCut] after so many pages; 0 means never.
	MaxPages int
}

// ErrListCut says that a list goes on after the pages that were asked for.
var ErrListCut = errors.New("the list goes on")

// Bounds of a list, so that a server whose pages never end does not take all memory and time.
const (
	maxListFiles = 1_000_000
	maxListPages = 10_000
)

// ListFiles yields the files of the project: GET /files. It follows pages to the end and yields each file once. It ends at an
// empty page, at a page without anything new, and at a page that does not say that there is more; an error is the last
// thing it yields.
func (c *Client) ListFiles(ctx context.Context, params ListFilesParams) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		fail := func(err error) { yield(File{}, fmt.Errorf("listing files: %w", err)) }
		var (
			seen   = map[uint64]bool{} // hashes: ids are of any length
			seed   = maphash.MakeSeed()
			after  []string // cursors, the best one last
			cursor string
		)
		for pages := range maxListPages {
			if params.MaxPages > 0 && pages == params.MaxPages {
				fail(ErrListCut)
				return
			}
			page, err := c.listPage(ctx, params, cursor, len(seen))
			if errors.Is(err, ErrNotFound) && len(after) > 1 {
				// The file that marks the place has just been deleted: go on after the one before it.
				after = after[:len(after)-1]
				cursor = after[len(after)-1]
				continue
			}
			if err != nil {
				fail(err)
				return
			}
			after = after[:0]
			fresh := false
			for _, file := range page.Data {
				if file.ID == "" {
					fail(fmt.Errorf("%w: a file in the list has no id", ErrAnswer))
					return
				}
				after = append(after, file.ID)
				key := maphash.String(seed, file.ID)
				if seen[key] {
					continue
				}
				seen[key], fresh = true, true
				if !yield(file, nil) || len(seen) == params.Limit {
					return
				}
			}
			if !fresh || page.HasMore == nil || !*page.HasMore {
				return
			}
			if len(seen) >= maxListFiles {
				break
			}
			cursor = after[len(after)-1]
		}
		fail(fmt.Errorf("%w: the list does not end; stopped after %d files", ErrAnswer, len(seen)))
	}
}

type listPage struct {
	Object  string `json:"object"`
	Data    []File `json:"data"`
	HasMore *bool  `json:"has_more"` // nil: the server knows no pages
}

func (c *Client) listPage(ctx context.Context, params ListFilesParams, after string, have int) (listPage, error) {
	query := url.Values{}
	if params.Purpose != "" {
		query.Set("purpose", params.Purpose)
	}
	if params.Order != "" {
		query.Set("order", params.Order)
	}
	limit := params.PageSize
	if params.Limit > 0 {
		limit = min(params.Limit-have, MaxListLimit)
	}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if after != "" {
		query.Set("after", after)
	}
	var page listPage
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"files"}, query: query}, func(resp *http.Response) error {
		page = listPage{}
		if err := c.decode(resp, &page); err != nil {
			return err
		}
		if page.Data == nil && page.Object != "list" {
			// To take it for an empty list would make every file look gone, and every lost upload look as if it never was.
			return &permanentError{fmt.Errorf("%w: it is not a list of files", ErrAnswer)}
		}
		c.place.listed(SectionFiles)
		return nil
	})
	for i := range page.Data {
		c.redact(ctx, &page.Data[i])
	}
	return page, err
}

// redact takes out of a file what a server may repeat of the configuration or of a secret content.
func (c *Client) redact(ctx context.Context, file *File) {
	file.StatusDetails = c.secrets.Replace(file.StatusDetails)
	if hasSecretContent(ctx) && file.StatusDetails != "" {
		file.StatusDetails = notShown
	}
}
