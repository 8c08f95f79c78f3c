package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// maxVectorStorePage is the maximum length of a page of vector stores, or of files of a vector store.
const maxVectorStorePage = 100

// VectorStoreExpired is the status of a vector store that has expired. Its files are detached, and it can no longer be used.
const VectorStoreExpired = "expired"

// VectorStore is an index of files that can be searched. Compatible servers omit any field but the ID, or set it to null.
//
// Reference: https://platform.openai.com/docs/api-reference/vector-stores/object
type VectorStore struct {
	ID           string
	Name         string // may be empty
	Description  string // may be empty
	Status       string // in_progress, completed or expired; it never says that files failed
	CreatedAt    *time.Time
	ExpiresAt    *time.Time // nil: it does not expire
	LastActiveAt *time.Time
	ExpiresAfter int64       // days after the last activity, 1 to 365; 0: it does not expire
	UsageBytes   *int64      // nil: the server does not say
	FileCounts   *FileCounts // nil: the server does not say
	Metadata     map[string]string
}

// FileCounts are the numbers of files of a vector store, or of a batch, by status.
type FileCounts struct {
	InProgress int64 `json:"in_progress"`
	Completed  int64 `json:"completed"`
	Failed     int64 `json:"failed"`
	Cancelled  int64 `json:"cancelled"`
	Total      int64 `json:"total"`
}

// fileCounts reads numbers of files; nil if there are none.
func fileCounts(v any) *FileCounts {
	counts := object(v)
	if _, ok := number(counts["total"]); !ok {
		return nil
	}
	return &FileCounts{
		InProgress: whole(counts["in_progress"]),
		Completed:  whole(counts["completed"]),
		Failed:     whole(counts["failed"]),
		Cancelled:  whole(counts["cancelled"]),
		Total:      whole(counts["total"]),
	}
}

// UnmarshalJSON reads a vector store object.
func (s *VectorStore) UnmarshalJSON(b []byte) error {
	var wire struct {
		ID           identifier `json:"id"`
		Name         any        `json:"name"`
		Description  any        `json:"description"`
		Status       any        `json:"status"`
		CreatedAt    any        `json:"created_at"`
		ExpiresAt    any        `json:"expires_at"`
		LastActiveAt any        `json:"last_active_at"`
		ExpiresAfter any        `json:"expires_after"`
		UsageBytes   any        `json:"usage_bytes"`
		FileCounts   any        `json:"file_counts"`
		Metadata     any        `json:"metadata"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	*s = VectorStore{
		ID:           string(wire.ID),
		Name:         text(wire.Name),
		Description:  text(wire.Description),
		Status:       text(wire.Status),
		CreatedAt:    instant(wire.CreatedAt),
		ExpiresAt:    instant(wire.ExpiresAt),
		LastActiveAt: instant(wire.LastActiveAt),
		ExpiresAfter: whole(object(wire.ExpiresAfter)["days"]),
		FileCounts:   fileCounts(wire.FileCounts),
	}
	if size, ok := number(wire.UsageBytes); ok {
		n := int64(size)
		s.UsageBytes = &n
	}
	if metadata := object(wire.Metadata); len(metadata) > 0 {
		s.Metadata = make(map[string]string, len(metadata))
		for key, value := range metadata {
			s.Metadata[key] = text(value)
		}
	}
	return nil
}

// VectorStoreParams describes a vector store to be created or changed.
type VectorStoreParams struct {
	Name         string
	Description  string // only at creation: the API cannot change it
	ExpiresAfter int64  // days after the last activity, 1 to 365; 0: never
	Metadata     map[string]string
}

// vectorStoreExpiry is expires_after in a request.
type vectorStoreExpiry struct {
	Anchor string `json:"anchor"`
	Days   int64  `json:"days"`
}

func newVectorStoreExpiry(days int64) *vectorStoreExpiry {
	if days == 0 {
		return nil
	}
	return &vectorStoreExpiry{Anchor: "last_active_at", Days: days}
}

// RetrieveVectorStore returns a vector store: GET /vector_stores/{vector_store_id}. An unknown one is [ErrNotFound]; an expired one
// may still be readable, with the status [VectorStoreExpired].
func (c *Client) RetrieveVectorStore(ctx context.Context, id string) (VectorStore, error) {
	r, err := vectorStoreRequest(http.MethodGet, nil, SectionVectorStores, id)
	if err != nil {
		return VectorStore{}, err
	}
	for try := 0; ; try++ {
		store, err := c.doVectorStore(ctx, r)
		if err == nil {
			err = expectID(store.ID, id)
		}
		if errors.Is(err, ErrNotFound) && c.createdRecently(id) && try < maxNotFound && sleep(ctx, exponential(try)) == nil {
			continue // a read that is behind the creation
		}
		if err != nil {
			return VectorStore{}, wrap("reading vector store "+oneLine(id), err)
		}
		return store, nil
	}
}

// UpdateVectorStore changes name, expiry and metadata of a vector store: POST /vector_stores/{vector_store_id}. The metadata replaces
// all that was there.
func (c *Client) UpdateVectorStore(ctx context.Context, id string, params VectorStoreParams) (VectorStore, error) {
	var name *string
	if params.Name != "" {
		name = &params.Name
	}
	metadata := params.Metadata
	if metadata == nil {
		metadata = map[string]string{}
	}
	body := struct {
		Name         *string            `json:"name"`
		ExpiresAfter *vectorStoreExpiry `json:"expires_after"`
		Metadata     map[string]string  `json:"metadata"`
	}{name, newVectorStoreExpiry(params.ExpiresAfter), metadata}
	r, err := vectorStoreRequest(http.MethodPost, body, SectionVectorStores, id)
	if err != nil {
		return VectorStore{}, err
	}
	store, err := c.doVectorStore(ctx, r)
	return store, wrap("changing vector store "+oneLine(id), err)
}

// DeleteVectorStore deletes a vector store, not the files in it: DELETE /vector_stores/{vector_store_id}. An unknown one is
// [ErrNotFound].
func (c *Client) DeleteVectorStore(ctx context.Context, id string) error {
	c.Claim(id) // a list that is behind may still have it
	return wrap("deleting vector store "+oneLine(id), c.doDelete(ctx, SectionVectorStores, id))
}

// doDelete deletes or detaches the object at the end of a path.
func (c *Client) doDelete(ctx context.Context, path ...string) error {
	r, err := vectorStoreRequest(http.MethodDelete, nil, path...)
	if err != nil {
		return err
	}
	return c.delete(ctx, r, path[len(path)-1])
}

// ListVectorStores yields the vector stores of the project, newest first: GET /vector_stores.
func (c *Client) ListVectorStores(ctx context.Context) iter.Seq2[VectorStore, error] {
	return all(ctx, c, list{
		what:     "vector stores",
		section:  SectionVectorStores,
		path:     []string{SectionVectorStores},
		query:    url.Values{"order": {"desc"}},
		header:   betaHeader,
		pageSize: maxVectorStorePage,
	}, func(s *VectorStore) string { return s.ID }, nil)
}

func (c *Client) doVectorStore(ctx context.Context, r request) (VectorStore, error) {
	var store VectorStore
	err := c.do(ctx, r, func(resp *http.Response) error {
		store = VectorStore{}
		if err := c.decode(resp, &store); err != nil {
			return err
		}
		return requireID(store.ID)
	})
	if err == nil {
		c.Claim(store.ID)
	}
	return store, err
}

// betaHeader is what the official SDKs send with every request of this section.
var betaHeader = http.Header{"Openai-Beta": {"assistants=v2"}}

// vectorStoreRequest is a request of the vector stores API, with a body in JSON unless it is nil.
func vectorStoreRequest(method string, body any, path ...string) (request, error) {
	r, err := post(path, body)
	r.method, r.header = method, betaHeader
	return r, err
}

// wrap names an operation in an error; nil stays nil.
func wrap(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// MergeMetadata returns the metadata of a vector store after a change: declared pairs are set, pairs that are no longer declared
// are removed, and all others are retained.
func MergeMetadata(current, declaredBefore, declared map[string]string) map[string]string {
	merged := maps.Clone(current)
	if merged == nil {
		merged = map[string]string{}
	}
	for key := range declaredBefore {
		delete(merged, key)
	}
	maps.Copy(merged, declared)
	return merged
}
