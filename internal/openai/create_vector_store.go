package openai

import (
	"cmp"
	"context"
	"fmt"
	"iter"
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
	job := &storeJob{Client: c, name: params.Name, began: time.Now(), grace: r.grace}
	created, err := job.run(ctx, r)
	if err != nil {
		return CreatedVectorStore{}, fmt.Errorf("creating the vector store: %w", err)
	}
	return created, nil
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

// storeJob is one call of [Client.CreateVectorStore].
type storeJob struct {
	*Client
	name  string
	began time.Time
	grace *grace

	givenUp int // attempts whose responses were lost, and whose vector stores were not found
}

func (j *storeJob) run(ctx context.Context, r request) (CreatedVectorStore, error) {
	for ; ; j.givenUp++ {
		store, err := j.doVectorStore(ctx, r)
		created := CreatedVectorStore{VectorStore: store}
		switch {
		case err == nil:
			j.recent.Store(store.ID, time.Now())
		case !ambiguous(err):
			return CreatedVectorStore{}, j.afterGivenUp(ctx, err)
		default:
			found, searchErr := j.findLost(ctx, err)
			if searchErr != nil {
				return CreatedVectorStore{}, searchErr
			}
			if found == nil {
				continue
			}
			created = CreatedVectorStore{VectorStore: *found, Found: err}
		}
		if j.givenUp > 0 {
			created.Twins, created.Unchecked = j.twins(ctx, created.CreatedAt)
		}
		return created, nil
	}
}

// afterGivenUp returns the error of a creation that failed, with what earlier attempts may have created whose responses were lost.
func (j *storeJob) afterGivenUp(ctx context.Context, err error) error {
	if j.givenUp == 0 {
		return err
	}
	ids, _ := j.twins(ctx, nil) // whether or not the list was read, the vector store may exist
	if len(ids) > 0 {
		return fmt.Errorf("%w; an earlier attempt got no response: %w", err, &DuplicateVectorStoreError{Name: j.name, IDs: ids})
	}
	return &LostVectorStoreError{fmt.Errorf("%w; an earlier attempt got no response, so the vector store may exist anyway", err)}
}

// findLost returns the vector store of a request that failed with lost, or nil if the request has to be retried. Its error says why
// neither can be done.
func (j *storeJob) findLost(ctx context.Context, lost error) (*VectorStore, error) {
	isLast := j.givenUp >= j.maxRetries || !Temporary(lost)
	found, err := j.search(ctx, lost, isLast)
	switch {
	case err != nil:
		return nil, &LostVectorStoreError{fmt.Errorf("%w; it may exist anyway: %w", lost, err)}
	case found != nil:
		j.Claim(found.ID)
		return found, nil
	case ctx.Err() != nil:
		return nil, &LostVectorStoreError{fmt.Errorf("%w; it may exist anyway, although the list does not show it yet", lost)}
	case isLast:
		return nil, &LostVectorStoreError{fmt.Errorf("%w; the list shows no such vector store yet, after %d of at most %d attempts", lost, j.givenUp+1, j.maxRetries+1)}
	}
	return nil, nil //nolint:nilnil // there is no such vector store, and nothing failed
}

// search looks for a vector store after a request to create it that failed with lost; nil: there is none. After a gateway timeout, the
// service may create it a little later. If there is no further attempt, or what is found is in doubt, it looks as long as the list may be
// behind. The search claims what its error names.
func (j *storeJob) search(ctx context.Context, lost error, isLast bool) (*VectorStore, error) {
	searching, end := j.grace.extend(ctx, searchUntil, always)
	defer end()
	patience, lostAt := j.patienceAfter(lost), time.Now()
	if isLast {
		patience = max(patience, listLag)
	}
	for look := 0; ; look++ {
		pause := exponential(j.givenUp + look)
		if left := time.Until(lostAt.Add(listLag)); left > 0 {
			pause = min(pause, left)
		}
		waiting := ctx // a cancellation cuts the wait short, not the search
		if ctx.Err() != nil {
			waiting = searching
		}
		_ = sleep(waiting, pause)
		found, err := j.similarStores(searching, j.name, j.began)
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			patience = listLag // there is no further attempt, and little time
		}
		only, sure, doubt := j.choose(found)
		waited := time.Since(lostAt)
		switch {
		case sure, only != nil && waited >= listLag, only == nil && doubt == nil && waited >= patience:
			return only, nil
		case doubt != nil && waited >= max(patience, listLag):
			return nil, j.named(doubt)
		}
	}
}

// named claims what an error names: no other creation adopts one of them.
func (j *storeJob) named(doubt *DuplicateVectorStoreError) error {
	j.Claim(doubt.IDs...)
	return doubt
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

// choose decides which of the vector stores that may be the one of a lost response it is; all nil: there is none. One that was there
// before, such as the one that it replaces, does not count beside others, and is never taken for it. sure is false if the one found may
// have been there before and others may still appear in the list.
func (j *storeJob) choose(found []VectorStore) (only *VectorStore, sure bool, doubt *DuplicateVectorStoreError) {
	if len(found) == 0 {
		return nil, false, nil
	}
	newer := slices.DeleteFunc(slices.Clone(found), func(s VectorStore) bool {
		return s.CreatedAt != nil && (s.CreatedAt.Before(j.clock.second(j.began)) || j.earlierStores.lacks(*s.CreatedAt, j.clock))
	})
	switch {
	case len(newer) == 0:
		return nil, false, &DuplicateVectorStoreError{Name: j.name, IDs: storeIDs(found)}
	case len(newer) > 1, j.earlierStores.mayInclude(j.began):
		return nil, false, &DuplicateVectorStoreError{Name: j.name, IDs: storeIDs(newer)}
	}
	only = &newer[0]
	return only, only.CreatedAt == nil || !j.earlierStores.mayLack(*only.CreatedAt, j.clock), nil
}

// twins returns the IDs of vector stores that look like the new one, after attempts whose responses were lost. One of them may have
// created a store that appeared in the list only after the search, or has an earlier time than expected. The error says why there may be
// others. createdAt is the time of the new one, if there is one.
func (j *storeJob) twins(ctx context.Context, createdAt *time.Time) ([]string, error) {
	looking, end := j.grace.extend(ctx, lookUntil, always)
	defer end()
	interrupted := sleep(ctx, listLag)
	found, err := j.similarStores(looking, j.name, j.clock.began(j.began, createdAt))
	j.Claim(storeIDs(found)...) // they are named: no other creation adopts one of them
	if err == nil && len(found) >= j.givenUp {
		return storeIDs(found), nil
	}
	return storeIDs(found), cmp.Or(err, interrupted)
}

// similarStores returns the vector stores of a name that were created since a local time and that no resource holds, newest first.
func (c *Client) similarStores(ctx context.Context, name string, since time.Time) ([]VectorStore, error) {
	var found []VectorStore
	for store, err := range c.newestStores(ctx, since) {
		if err != nil {
			return found, err
		}
		if store.Name == name && !c.uploads.claims.has(store.ID) {
			found = append(found, store)
		}
	}
	return found, nil
}

// newestStores yields the vector stores that may have been created since a local time, newest first.
func (c *Client) newestStores(ctx context.Context, since time.Time) iter.Seq2[VectorStore, error] {
	return func(yield func(VectorStore, error) bool) {
		for store, err := range c.ListVectorStores(ctx) {
			earliest := c.clock.earliest(since) // known from the response at the latest
			switch {
			case err != nil:
				yield(VectorStore{}, err)
				return
			case store.CreatedAt != nil && store.CreatedAt.Before(earliest.Add(-time.Minute)):
				return // newest first; a minute of tolerance for servers that do not order strictly
			case store.CreatedAt != nil && store.CreatedAt.Before(earliest):
			case !yield(store, nil):
				return
			}
		}
	}
}

func storeIDs(stores []VectorStore) []string {
	var all []string
	for _, store := range stores {
		all = append(all, store.ID)
	}
	return all
}

// LostVectorStoreError says that no usable response to a creation came back, so that the vector store may or may not exist.
type LostVectorStoreError struct{ Err error }

func (e *LostVectorStoreError) Error() string { return e.Err.Error() }

func (e *LostVectorStoreError) Unwrap() error { return e.Err }

// DuplicateVectorStoreError says that the response to a creation was lost, and that the store, if there is one, cannot be identified.
type DuplicateVectorStoreError struct {
	Name string
	IDs  []string // newest first
}

func (e *DuplicateVectorStoreError) Error() string {
	if len(e.IDs) == 1 {
		return fmt.Sprintf("a vector store named %q was created in the meantime, but it is not known whether this request created it: %s", e.Name, e.IDs[0])
	}
	return fmt.Sprintf("several vector stores named %q were created in the meantime, but it is not known which of them this request created: %s",
		e.Name, strings.Join(e.IDs, ", "))
}
