package openai

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// ErrListCut says that a list goes on after the pages that were asked for.
var ErrListCut = errors.New("the list goes on")

// Bounds of a list, so that a server whose pages never end does not take all memory and time.
const (
	maxListed    = 1_000_000 // objects
	maxListPages = 10_000
)

// list describes a list of objects of the API.
type list struct {
	what     string // is listed, for messages
	section  string // for [Client.ConfirmMissing]; empty: the list says nothing about the place
	path     []string
	query    url.Values
	header   http.Header
	pageSize int   // how many objects to ask for at a time; 0: as many as the server gives
	maxPage  int   // the maximum number that may be requested
	limit    int64 // maximum number of objects; 0: all
	maxPages int   // pages after which the list ends with [ErrListCut]; 0: never

	observe func(http.Header) // is told the headers of each page; may be nil
}

// all yields the objects of a list that are wanted; a nil wanted means all of them. It follows pages to the end and yields each object once.
// It ends at an empty page, at a page without anything new, and at a page that does not say that there is more. An error is the last thing
// it yields.
func all[T any](ctx context.Context, c *Client, l list, id func(*T) string, wanted func(*T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		r := lister[T]{client: c, list: l, id: id, wanted: wanted, seen: map[uint64]bool{}, seed: maphash.MakeSeed()}
		for r.next(ctx) {
			for _, object := range r.fresh {
				if !yield(object, nil) {
					return
				}
			}
		}
		if r.err != nil {
			var none T
			yield(none, fmt.Errorf("listing %s: %w", l.what, r.err))
		}
	}
}

// lister reads a list page by page.
type lister[T any] struct {
	client *Client
	list   list
	id     func(*T) string
	wanted func(*T) bool // nil: all are

	pages int
	asked int             // objects that were asked for; 0: as many as the server gives
	taken int64           // wanted objects
	seen  map[uint64]bool // hashes: IDs are of any length
	seed  maphash.Seed

	fresh   []T      // objects of the latest page that no earlier one had
	cursors []string // IDs that mark the end of the latest page, the best one last
	ended   bool
	err     error // why it ended too early
}

// next reads a page and reports whether there was one.
func (r *lister[T]) next(ctx context.Context) bool {
	switch {
	case r.ended:
		return false
	case r.list.maxPages > 0 && r.pages == r.list.maxPages:
		return r.fail(ErrListCut)
	case r.pages == maxListPages, len(r.seen) >= maxListed:
		return r.fail(fmt.Errorf("%w: the list does not end; stopped after %d objects", ErrAnswer, len(r.seen)))
	}
	r.pages++
	cursor := ""
	if len(r.cursors) > 0 {
		cursor = r.cursors[len(r.cursors)-1]
	}
	r.asked = r.pageSize()
	page, err := fetchPage[T](ctx, r.client, r.list, cursor, r.asked)
	if errors.Is(err, ErrNotFound) && len(r.cursors) > 1 {
		// The object that marks the place has just been deleted: go on after the one before it.
		r.cursors, r.fresh = r.cursors[:len(r.cursors)-1], nil
		return true
	}
	if err != nil {
		return r.fail(err)
	}
	return r.take(page)
}

func (r *lister[T]) take(page page[T]) bool {
	before := len(r.seen)
	r.fresh, r.cursors = nil, r.cursors[:0]
	for _, object := range page.Data {
		id := r.id(&object)
		if id == "" {
			r.fail(fmt.Errorf("%w: an object in the list has no id", ErrAnswer))
			return true // the objects before it
		}
		r.cursors = append(r.cursors, id)
		if key := maphash.String(r.seed, id); !r.seen[key] {
			r.seen[key] = true
			if r.wanted == nil || r.wanted(&object) {
				r.fresh, r.taken = append(r.fresh, object), r.taken+1
			}
		}
		if r.list.limit > 0 && r.taken == r.list.limit {
			r.ended = true
			return true
		}
	}
	// A server that knows no pages may have cut the list anyway, where it was asked to.
	cut := page.HasMore == nil && r.list.limit > 0 && len(page.Data) == r.asked
	r.ended = len(r.seen) == before || !cut && (page.HasMore == nil || !*page.HasMore)
	return true
}

// pageSize returns how many objects to ask for; 0: as many as the server gives. While the server does not narrow the list itself, the
// limit says nothing about that.
func (r *lister[T]) pageSize() int {
	if r.list.limit > 0 && r.taken == int64(len(r.seen)) {
		return int(min(r.list.limit-r.taken, int64(r.list.maxPage)))
	}
	return r.list.pageSize
}

func (r *lister[T]) fail(err error) bool {
	r.err, r.ended = err, true
	return false
}

// page is one page of a list.
type page[T any] struct {
	Object  string `json:"object"`
	Data    []T    `json:"data"`
	HasMore *bool  `json:"has_more"` // nil: the server knows no pages
}

func fetchPage[T any](ctx context.Context, c *Client, l list, after string, size int) (page[T], error) {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	if size > 0 {
		query.Set("limit", strconv.Itoa(size))
	}
	if after != "" {
		query.Set("after", after)
	}
	var answer page[T]
	err := c.do(ctx, request{method: http.MethodGet, path: l.path, query: query, header: l.header}, func(resp *http.Response) error {
		answer = page[T]{}
		if err := c.decode(resp, &answer); err != nil {
			return err
		}
		if answer.Data == nil && answer.Object != "list" {
			// If this counted as an empty list, every object would look missing, and every lost upload as if it had created
			// nothing.
			return &permanentError{fmt.Errorf("%w: it is not a list of %s", ErrAnswer, l.what)}
		}
		if l.section != "" {
			c.place.listed(l.section)
		}
		if l.observe != nil {
			l.observe(resp.Header)
		}
		return nil
	})
	return answer, err
}
