package openai

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"
)

// earlier knows which files or vector stores were there before the first creation of this process.
type earlier struct {
	list  sync.Once
	known chan struct{} // closed when they are claimed, or cannot be

	mu     sync.Mutex
	asked  time.Time // when they were listed; zero: they were not
	failed bool      // they could not be listed, so they are not claimed
}

func newEarlier() *earlier { return &earlier{known: make(chan struct{})} }

// claimTimeout is how long the first creation waits for the list of what was there before.
const claimTimeout = 5 * time.Second

// ClaimNewest claims the newest files of the project. Times of the service are whole seconds, and its clocks differ: without this,
// a file that an earlier run created a moment ago could be taken for one whose response was lost. Only the first call lists; all of
// them return when it is done, or when their own context ends. When the list cannot be read, no file is adopted that may be older
// than this call.
func (c *Client) ClaimNewest(ctx context.Context) {
	c.claimNewest(ctx, c.uploads.earlier, func(ctx context.Context, since time.Time) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for file, err := range c.uploads.newestFiles(ctx, "", since) {
				if !yield(file.ID, err) {
					return
				}
			}
		}
	})
}

// ClaimNewestVectorStores does for vector stores what [Client.ClaimNewest] does for files.
func (c *Client) ClaimNewestVectorStores(ctx context.Context) {
	c.claimNewest(ctx, c.earlierStores, func(ctx context.Context, since time.Time) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for store, err := range c.newestStores(ctx, since) {
				if !yield(store.ID, err) {
					return
				}
			}
		}
	})
}

func (c *Client) claimNewest(ctx context.Context, e *earlier, newest func(ctx context.Context, since time.Time) iter.Seq2[string, error]) {
	e.list.Do(func() {
		ctx := context.WithoutCancel(ctx) // for all that wait, not only for the first
		go func() {
			defer close(e.known)
			ctx, cancel := context.WithTimeout(ctx, claimTimeout)
			defer cancel()
			asked := time.Now()
			e.note(asked, false)
			for id, err := range newest(ctx, asked.Add(-clockSlack)) {
				if err != nil {
					e.note(asked, true)
					c.log.WarnContext(ctx, "The newest files or vector stores could not be listed", slog.String("reason", err.Error()))
					return
				}
				c.Claim(id)
			}
		}()
	})
	select {
	case <-e.known:
	case <-ctx.Done():
	}
}

func (e *earlier) note(asked time.Time, failed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked, e.failed = asked, failed
}

// mayInclude reports whether an object of an earlier run, which nobody has claimed, could pass for one that was created since began.
func (e *earlier) mayInclude(began time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failed && began.Before(e.asked.Add(2*clockSlack))
}

// lacks reports whether an object that was created at a time of the service may have been missing in the list although it was there: the
// list may be behind. An object that has such a time and is not claimed may be what the new one replaces.
func (e *earlier) lacks(created time.Time, clock *clock) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	listed := clock.second(e.asked)
	return !e.asked.IsZero() && created.Before(listed) && !created.Before(listed.Add(-listLag-time.Second))
}

// mayLack reports whether an object was created in the second in which the list was read, so that it may have been there before.
func (e *earlier) mayLack(created time.Time, clock *clock) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.asked.IsZero() && created.Equal(clock.second(e.asked))
}
