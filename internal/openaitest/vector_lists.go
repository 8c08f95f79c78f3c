package openaitest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Limits of lists of vector stores and of what is in them.
const (
	defaultVectorLimit = 20
	maxVectorLimit     = 100
)

// cursorQuery is what a client asks of a list that goes in both directions.
type cursorQuery struct {
	limit         int
	ascending     bool
	after, before string
	filter        string // status of files; empty means all
}

func parseCursorQuery(query url.Values) (cursorQuery, error) {
	q := cursorQuery{limit: defaultVectorLimit, after: query.Get("after"), before: query.Get("before"), filter: query.Get("filter")}
	if query.Has("limit") {
		n, err := strconv.Atoi(query.Get("limit"))
		if err != nil {
			return q, wrongType("limit", "an integer")
		}
		if err := inRange("limit", n, 1, maxVectorLimit); err != nil {
			return q, err
		}
		q.limit = n
	}
	switch order := query.Get("order"); order {
	case "asc":
		q.ascending = true
	case "", "desc":
	default:
		return q, notSupported("order", order, "'asc' and 'desc'")
	}
	switch q.filter {
	case "", inProgress, completed, failed, cancelled:
	default:
		return q, notSupported("filter", q.filter, "'in_progress', 'completed', 'failed', and 'cancelled'")
	}
	return q, nil
}

func notSupported(param, value, supported string) *apiError {
	return refused("invalid_value", param, "Invalid value: '%s'. Supported values are: %s.", value, supported)
}

// cursorPage is a page of a list.
type cursorPage[T any] struct {
	Object  string  `json:"object"`
	Data    []T     `json:"data"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
	HasMore bool    `json:"has_more"`
}

// newPage makes a page of elements; noNull sends "" instead of null.
func newPage[T any](elements []T, more, noNull bool, id func(T) string) cursorPage[T] {
	page := cursorPage[T]{Object: "list", Data: elements, HasMore: more}
	if n := len(elements); n > 0 {
		page.FirstID, page.LastID = new(id(elements[0])), new(id(elements[n-1]))
	} else {
		page.Data = []T{}
		if noNull {
			page.FirstID, page.LastID = new(""), new("")
		}
	}
	return page
}

// cut returns the elements of a page and whether more follow in its direction. all is oldest first; place finds a cursor in it. visible
// reports whether to include an element; it is called in list order.
func cut[T any](all []T, q cursorQuery, place func(id string) (int, error), visible func(T) bool) (page []T, more bool, err error) {
	from, to := -1, len(all) // places that the page lies between
	for _, cursor := range []struct {
		id  string
		end *int
	}{{q.after, &from}, {q.before, &to}} {
		if cursor.id == "" {
			continue
		}
		at, err := place(cursor.id)
		if err != nil {
			return nil, false, err
		}
		if !q.ascending {
			at = len(all) - 1 - at
		}
		*cursor.end = at
	}
	backward := q.before != "" && q.after == "" // the page ends where the cursor is
	for i := range max(to-from-1, 0) {
		at := from + 1 + i
		if backward {
			at = to - 1 - i
		}
		if !q.ascending {
			at = len(all) - 1 - at
		}
		if !visible(all[at]) {
			continue
		}
		if len(page) == q.limit {
			more = true
			break
		}
		page = append(page, all[at])
	}
	if backward {
		slices.Reverse(page)
	}
	return page, more, nil
}

// listFiles returns a page of attached files. all is sorted.
func (s *vectorStores) listFiles(v *vectorStore, all []*attachment, q cursorQuery, now time.Time) (any, error) {
	page, more, err := cut(all, q, func(id string) (int, error) {
		a, ok := v.byFile[id]
		if ok {
			if at, ok := slices.BinarySearchFunc(all, a, attachedBefore); ok {
				return at, nil
			}
		}
		if at := slices.IndexFunc(all, func(a *attachment) bool { return a.file.ID == id }); at >= 0 {
			return at, nil
		}
		return 0, notAttached(v.id, id)
	}, func(a *attachment) bool {
		if a.noList > 0 {
			a.noList--
			return false
		}
		if a.detachedAt.IsZero() && now.Sub(a.attachedAt) < s.options.listLag {
			return false
		}
		return q.filter == "" || s.status(a, now) == q.filter
	})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(page, func(a *attachment) bool { return a.outcome.Poison }) {
		return nil, refuse(http.StatusInternalServerError, "The server had an error processing your request. Sorry about that! "+
			"You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error.").
			withType("server_error")
	}
	objects := make([]attachmentObject, len(page))
	for i, a := range page {
		objects[i] = s.attachmentObject(v, a, now)
	}
	return newPage(objects, more, s.options.noNull, func(o attachmentObject) string { return o.ID }), nil
}
