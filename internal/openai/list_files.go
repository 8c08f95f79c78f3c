package openai

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// ListFilesParams narrows a list; the zero value asks for everything, newest first.
type ListFilesParams struct {
	Purpose string // only files of this purpose
	Order   string // asc or desc, by creation; empty: desc
	Limit   int    // maximum number of files to return; 0 means all

	// PageSize is how many files to ask for at a time, up to 10,000; 0 means as many as the server gives.
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

// maxListLimit is the maximum number of files that one page may be asked for.
const maxListLimit = 10_000

// ListFiles yields the files of the project: GET /files. It follows pages to the end and yields each file once. It ends at an
// empty page, at a page without anything new, and at a page that does not say that there is more; an error is the last
// thing it yields.
func (c *Client) ListFiles(ctx context.Context, params ListFilesParams) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		l := fileLister{client: c, params: params, seen: map[uint64]bool{}, seed: maphash.MakeSeed()}
		for l.next(ctx) {
			for _, file := range l.fresh {
				if !yield(file, nil) {
					return
				}
			}
		}
		if l.err != nil {
			yield(File{}, fmt.Errorf("listing files: %w", l.err))
		}
	}
}

// fileLister reads a list page by page.
type fileLister struct {
	client *Client
	params ListFilesParams

	pages int
	seen  map[uint64]bool // hashes: IDs are of any length
	seed  maphash.Seed

	fresh   []File   // files of the latest page that no earlier one had
	cursors []string // IDs that mark the end of the latest page, the best one last
	ended   bool
	err     error // why it ended too early
}

// next reads a page and reports whether there was one.
func (l *fileLister) next(ctx context.Context) bool {
	switch {
	case l.ended:
		return false
	case l.params.MaxPages > 0 && l.pages == l.params.MaxPages:
		return l.fail(ErrListCut)
	case l.pages == maxListPages, len(l.seen) >= maxListFiles:
		return l.fail(fmt.Errorf("%w: the list does not end; stopped after %d files", ErrAnswer, len(l.seen)))
	}
	l.pages++
	cursor := ""
	if len(l.cursors) > 0 {
		cursor = l.cursors[len(l.cursors)-1]
	}
	page, err := l.client.listPage(ctx, l.params, cursor, len(l.seen))
	if errors.Is(err, ErrNotFound) && len(l.cursors) > 1 {
		// The file that marks the place has just been deleted: go on after the one before it.
		l.cursors, l.fresh = l.cursors[:len(l.cursors)-1], nil
		return true
	}
	if err != nil {
		return l.fail(err)
	}
	return l.take(page)
}

func (l *fileLister) take(page listPage) bool {
	l.fresh, l.cursors = nil, l.cursors[:0]
	for _, file := range page.Data {
		if file.ID == "" {
			l.fail(fmt.Errorf("%w: a file in the list has no id", ErrAnswer))
			return true // the files before it
		}
		l.cursors = append(l.cursors, file.ID)
		if key := maphash.String(l.seed, file.ID); !l.seen[key] {
			l.seen[key] = true
			l.fresh = append(l.fresh, file)
		}
		if len(l.seen) == l.params.Limit {
			l.ended = true
			return true
		}
	}
	l.ended = len(l.fresh) == 0 || page.HasMore == nil || !*page.HasMore
	return true
}

func (l *fileLister) fail(err error) bool {
	l.err, l.ended = err, true
	return false
}

// listPage is an answer to GET /files.
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
		limit = min(params.Limit-have, maxListLimit)
	}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if after != "" {
		query.Set("after", after)
	}
	var page listPage
	err := c.do(ctx, request{method: http.MethodGet, path: []string{SectionFiles}, query: query}, func(resp *http.Response) error {
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
		c.redactFile(ctx, &page.Data[i])
	}
	return page, err
}
