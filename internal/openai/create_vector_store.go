package openai

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// CreatedVectorStore is a vector store that the service has created.
type CreatedVectorStore struct {
	VectorStore

	// Found says why the response to the creation was lost; the store was then found in the list. Nil otherwise.
	Found error

	// Twins are the IDs of stores of the same name that no resource holds. They appeared in the list only after a response was lost,
	// no store was found, and the request was retried. Usually nil.
	Twins []string

	// Unchecked says why there may be twins that are not known. Usually nil.
	Unchecked error
}

// CreateVectorStore creates a vector store: POST /vector_stores. After a lost response it looks for the store in the list: same
// name, created since, not claimed. If there is none, it retries the request. If there is one, it adopts it. If there are several,
// an error names them.
func (c *Client) CreateVectorStore(ctx context.Context, params VectorStoreParams) (CreatedVectorStore, error) {
	body := struct {
		Name         string             `json:"name,omitempty"`
		Description  string             `json:"description,omitempty"`
		ExpiresAfter *vectorStoreExpiry `json:"expires_after,omitempty"`
		Metadata     map[string]string  `json:"metadata,omitempty"`
	}{params.Name, params.Description, newVectorStoreExpiry(params.ExpiresAfter), params.Metadata}
	r, err := vectorStoreRequest(http.MethodPost, body, SectionVectorStores)
	if err != nil {
		return CreatedVectorStore{}, err
	}
	r.safe, r.grace = notArrived, newGrace()
	done, err := c.takeTurn(ctx, params.Name)
	if err != nil {
		return CreatedVectorStore{}, err
	}
	defer done()
	began := time.Now()
	for attempt := 0; ; attempt++ {
		store, err := c.doVectorStore(ctx, r)
		switch {
		case err == nil:
			c.recent.Store(store.ID, time.Now())
			created := CreatedVectorStore{VectorStore: store}
			if attempt > 0 {
				created.Twins, created.Unchecked = c.twinsOfStore(ctx, r.grace, store, began)
			}
			return created, nil
		case !ambiguous(err):
			return CreatedVectorStore{}, fmt.Errorf("creating the vector store: %w", err)
		}
		found, searchErr := c.searchLostStore(ctx, r.grace, params.Name, began, attempt, err)
		switch {
		case searchErr != nil:
			return CreatedVectorStore{}, fmt.Errorf("creating the vector store: %w; it may exist anyway: %w", err, searchErr)
		case found != nil:
			c.Claim(found.ID)
			return CreatedVectorStore{VectorStore: *found, Found: err}, nil
		case attempt >= c.maxRetries || !Temporary(err) || ctx.Err() != nil:
			return CreatedVectorStore{}, fmt.Errorf("creating the vector store: %w; the list shows none, after %d attempts", err, attempt+1)
		}
	}
}

// takeTurn waits until no other vector store of this name is created by this client: after a lost response they could not be
// distinguished.
func (c *Client) takeTurn(ctx context.Context, name string) (done func(), err error) {
	turn, _ := c.storeNames.LoadOrStore(name, make(chan struct{}, 1))
	turns, _ := turn.(chan struct{})
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// searchLostStore looks for a vector store after a request to create it that failed with lost; nil: there is none. After a gateway
// timeout, the service may create it a little later.
func (c *Client) searchLostStore(ctx context.Context, g *grace, name string, since time.Time, attempt int, lost error) (*VectorStore, error) {
	searching, end := g.extend(ctx, searchUntil, always)
	defer end()
	lostAt := time.Now()
	for look := 0; ; look++ {
		_ = sleep(ctx, exponential(attempt+look)) // a cancellation cuts the wait short, not the search
		found, err := c.findVectorStore(searching, name, since)
		if err != nil || found != nil || ctx.Err() != nil || time.Since(lostAt) >= c.patienceAfter(lost) {
			return found, err
		}
	}
}

// patienceAfter returns how long an object may take to appear after the response to the request that creates it was lost.
func (c *Client) patienceAfter(lost error) time.Duration {
	if mayFinishLater(lost) {
		return c.uploads.patience
	}
	return 0
}

// notArrived reports whether the service cannot have carried out a request that failed.
func notArrived(failure *requestError) bool { return !ambiguous(failure) }

// findVectorStore looks for a vector store whose creation was not answered; nil: there is none. One that was there before, such as the
// one that it replaces, does not count beside others, and is never taken for it.
func (c *Client) findVectorStore(ctx context.Context, name string, since time.Time) (*VectorStore, error) {
	found, err := c.similarStores(ctx, name, since)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	newer := slices.DeleteFunc(slices.Clone(found), func(s VectorStore) bool {
		return s.CreatedAt != nil && s.CreatedAt.Before(c.clock.second(since))
	})
	switch len(newer) {
	case 0:
		return nil, &DuplicateVectorStoreError{Name: name, IDs: storeIDs(found)}
	case 1:
		return &newer[0], nil
	}
	return nil, &DuplicateVectorStoreError{Name: name, IDs: storeIDs(newer)}
}

// twinsOfStore returns the IDs of stores that look like a new one, after attempts whose responses were lost. One of them may have
// created a store that appeared in the list only after the search, or has an earlier time than expected. The error says why there may be
// others.
func (c *Client) twinsOfStore(ctx context.Context, g *grace, store VectorStore, began time.Time) ([]string, error) {
	looking, end := g.extend(ctx, lookUntil, always)
	defer end()
	interrupted := sleep(ctx, listLag)
	found, err := c.similarStores(looking, store.Name, c.clock.began(began, store.CreatedAt))
	return storeIDs(found), cmp.Or(err, interrupted)
}

// similarStores returns the vector stores of a name that were created since a local time and that no resource holds, newest first.
func (c *Client) similarStores(ctx context.Context, name string, since time.Time) ([]VectorStore, error) {
	var found []VectorStore
	for store, err := range c.ListVectorStores(ctx) {
		if err != nil {
			return found, err
		}
		earliest := c.clock.earliest(since)
		switch {
		case store.CreatedAt != nil && store.CreatedAt.Before(earliest.Add(-time.Minute)):
			return found, nil // newest first; a minute of tolerance for servers that do not order strictly
		case store.CreatedAt != nil && store.CreatedAt.Before(earliest):
		case store.Name == name && !c.uploads.claims.has(store.ID):
			found = append(found, store)
		}
	}
	return found, nil
}

func storeIDs(stores []VectorStore) []string {
	var all []string
	for _, store := range stores {
		all = append(all, store.ID)
	}
	return all
}

// DuplicateVectorStoreError says that the response to a creation was lost, and that the store, if there is one, cannot be identified.
type DuplicateVectorStoreError struct {
	Name string
	IDs  []string // newest first
}

func (e *DuplicateVectorStoreError) Error() string {
	if len(e.IDs) == 1 {
		return fmt.Sprintf("a vector store named %q was created meanwhile, and whether it belongs to this creation is not known: %s", e.Name, e.IDs[0])
	}
	return fmt.Sprintf("several vector stores named %q were created meanwhile, and which of them belongs to this creation is not known: %s",
		e.Name, strings.Join(e.IDs, ", "))
}
