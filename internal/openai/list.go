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
	"time"
)

// listing describes a list of one section of the API.
type listing struct {
	section  string // for [Client.ConfirmMissing]; empty: the list says nothing about the place
	path     []string
	query    url.Values
	header   http.Header // further headers
	pageSize int         // how many objects to ask for at a time; 0: as many as the server gives
	limit    int         // maximum number of objects; 0: all
	maxPages int         // pages after which the list ends with [ErrListCut]; 0: never
}

// listed yields the objects of a list. It follows pages to the end and yields each object once. It ends at an empty page, at a page
// without anything new, and at a page that does not say that there is more. An error is the last thing it yields.
func listed[T any](ctx context.Context, c *Client, l listing, id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var (
			none   T
			seen   = map[uint64]bool{} // hashes: IDs are of any length
			seed   = maphash.MakeSeed()
			after  []string // cursors, the best one last
			cursor string
		)
		for pages := range maxListPages {
			if l.maxPages > 0 && pages == l.maxPages {
				yield(none, ErrListCut)
				return
			}
			page, err := fetchPage[T](ctx, c, l, cursor, len(seen))
			if errors.Is(err, ErrNotFound) && len(after) > 1 {
				// The object that marks the place has just been deleted: go on after the one before it.
				after = after[:len(after)-1]
				cursor = after[len(after)-1]
				continue
			}
			if err != nil {
				yield(none, err)
				return
			}
			after = after[:0]
			fresh := false
			for _, object := range page.Data {
				after = append(after, id(object))
				if id(object) == "" {
					yield(none, fmt.Errorf("%w: an object in the list has no ID", ErrAnswer))
					return
				}
				key := maphash.String(seed, id(object))
				if seen[key] {
					continue
				}
				seen[key], fresh = true, true
				if !yield(object, nil) || len(seen) == l.limit {
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
		yield(none, fmt.Errorf("%w: the list does not end; stopped after %d objects", ErrAnswer, len(seen)))
	}
}

type page[T any] struct {
	Object  string `json:"object"`
	Data    []T    `json:"data"`
	HasMore *bool  `json:"has_more"` // nil: the server knows no pages

	pollAfter time.Duration // 0: the server does not say
}

func fetchPage[T any](ctx context.Context, c *Client, l listing, after string, have int) (page[T], error) {
	query := url.Values{}
	for name, values := range l.query {
		query[name] = values
	}
	size := l.pageSize
	if l.limit > 0 && (size == 0 || l.limit-have < size) {
		size = l.limit - have
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
			// To take it for an empty list would make every object look missing.
			return &permanentError{fmt.Errorf("%w: it is not a list", ErrAnswer)}
		}
		if l.section != "" {
			c.place.listed(l.section)
		}
		answer.pollAfter = pollAfter(resp.Header)
		return nil
	})
	return answer, err
}
