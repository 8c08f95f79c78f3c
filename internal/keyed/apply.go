package keyed

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Batch processes many items and reports the result of each by its index. report may be called concurrently. When it returns false,
// or ctx has ended, the batch starts no further item. An item that is not reported was not started.
type Batch[T, R any] func(ctx context.Context, items []T, report func(i int, outcome R) (goOn bool))

// Each returns a batch that processes each item separately, at most limit of them in parallel.
func Each[T, R any](limit int, one func(ctx context.Context, item T) R) Batch[T, R] {
	return func(ctx context.Context, items []T, report func(int, R) bool) {
		var (
			next  atomic.Int64
			ended atomic.Bool
			group sync.WaitGroup
		)
		work := func() {
			for !ended.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				if !report(i, one(ctx, items[i])) {
					ended.Store(true)
				}
			}
		}
		for range min(limit, len(items)) {
			group.Go(work)
		}
		group.Wait()
	}
}

// Made is the result of creating a thing.
type Made[E any] struct {
	Thing    E        // what exists under the key now; not used after a failure
	Leftover *E       // an additional thing that is not as declared and has to be removed; nil: there is none
	Failure  *Failure // nil: Thing is as declared
}

// Work is what an apply has to do.
//
//	first          at the same time          then, if all of it succeeded
//	Plan.Make      make                      remove Leftovers
//	Plan.Replace   make, the old one stays   remove the old one, unless Defer
//	Plan.Remove    it stays                  remove it, unless Defer
type Work[E any] struct {
	Plan      Plan
	Existing  map[string]E // before the apply
	Leftovers []Item[E]    // what earlier applies could not remove

	Make   Batch[string, Made[E]]
	Remove Batch[Item[E], *Failure] // nil for what does not exist any more

	// Defer leaves what is replaced or removed to the caller: it is returned as [Result.Retired].
	Defer bool

	// Independent means that no thing replaces a thing of another key, so a failure under one key does not prevent removals for others.
	// Otherwise nothing is removed after a failure: a removed key may be the old name of one that could not be created.
	Independent bool

	// Progress, unless nil, is called at this interval and at the end; never concurrently.
	Progress func(Progress)
	Every    time.Duration
}

// Progress is the progress of an apply.
type Progress struct{ Made, ToMake, Removed, ToRemove, Failed int }

// Result is what an apply has done.
type Result[E any] struct {
	Existing  map[string]E
	Leftovers []Item[E] // what exists besides, and has to be removed by a later apply
	Retired   []Item[E] // with [Work.Defer]: what was replaced or removed and still exists
	Failures  []Failure // sorted by key
	NotBegun  []string  // keys that were not started, sorted
	Postponed int       // removals that wait for an apply in which everything can be made
	Progress  Progress  // at the end
}

// Apply does the work until a hopeless failure or the end of ctx stops it. It then finishes what is in progress and starts nothing
// else.
func Apply[E any](ctx context.Context, work Work[E]) Result[E] {
	a := &apply[E]{work: work, result: Result[E]{Existing: maps.Clone(work.Existing)}}
	if a.result.Existing == nil {
		a.result.Existing = map[string]E{}
	}
	plan := work.Plan
	a.result.Progress.ToMake = len(plan.Make) + len(plan.Replace)
	a.result.Progress.ToRemove = len(work.Leftovers)
	if !work.Defer {
		a.result.Progress.ToRemove += len(plan.Replace) + len(plan.Remove)
	}
	stop := a.watch()
	a.make(ctx)
	a.remove(ctx)
	stop()
	slices.SortFunc(a.result.Failures, func(x, y Failure) int { return cmp.Compare(x.Key, y.Key) })
	slices.Sort(a.result.NotBegun)
	return a.result
}

type apply[E any] struct {
	work     Work[E]
	replaced []Item[E] // their successors exist
	ended    bool      // a failure was hopeless

	mu     sync.Mutex
	result Result[E]
}

// fail records a failure and reports whether to continue.
func (a *apply[E]) fail(key string, f *Failure) (goOn bool) {
	if f == nil {
		return true
	}
	failure := *f
	failure.Key = cmp.Or(f.Key, key)
	a.result.Failures = append(a.result.Failures, failure)
	a.result.Progress.Failed++
	a.ended = a.ended || f.Hopeless
	return !f.Hopeless
}

func (a *apply[E]) make(ctx context.Context) {
	keys := slices.Concat(a.work.Plan.Make, a.work.Plan.Replace)
	if len(keys) == 0 {
		return
	}
	slices.Sort(keys)
	begun := make([]bool, len(keys))
	a.work.Make(ctx, keys, func(i int, made Made[E]) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		begun[i] = true
		key := keys[i]
		if made.Leftover != nil {
			a.result.Leftovers = append(a.result.Leftovers, Item[E]{key, *made.Leftover})
		}
		if made.Failure == nil {
			a.result.Progress.Made++
			a.result.Existing[key] = made.Thing
			if old, ok := a.work.Existing[key]; ok {
				a.replaced = append(a.replaced, Item[E]{key, old})
			}
		}
		return a.fail(key, made.Failure)
	})
	for i, key := range keys {
		if !begun[i] {
			a.result.NotBegun = append(a.result.NotBegun, key)
		}
	}
}

func (a *apply[E]) remove(ctx context.Context) {
	var gone []Item[E] // no longer declared; each stays under its key until it is removed
	for _, key := range a.work.Plan.Remove {
		gone = append(gone, Item[E]{key, a.work.Existing[key]})
	}
	old := a.work.Leftovers // under no key
	if a.work.Defer {
		a.result.Retired = a.replaced
	} else {
		old = slices.Concat(a.replaced, old)
	}
	if !a.mayRemove(ctx) {
		a.result.Leftovers = append(a.result.Leftovers, old...)
		a.result.Postponed = len(gone) + len(old)
		return
	}
	if a.work.Defer {
		a.result.Retired = append(a.result.Retired, gone...)
		for _, item := range gone {
			delete(a.result.Existing, item.Key)
		}
		gone = nil
	}
	a.removeAll(ctx, gone, old)
}

// mayRemove reports whether the results of creations allow removals.
func (a *apply[E]) mayRemove(ctx context.Context) bool {
	if a.work.Independent {
		return !a.ended && ctx.Err() == nil
	}
	return len(a.result.Failures) == 0 && len(a.result.NotBegun) == 0
}

// removeAll removes the things of removed keys, and the old ones of replaced keys.
func (a *apply[E]) removeAll(ctx context.Context, gone, old []Item[E]) {
	targets := slices.Concat(gone, old)
	if len(targets) == 0 {
		return
	}
	begun, removed := make([]bool, len(targets)), make([]bool, len(targets))
	a.work.Remove(ctx, targets, func(i int, f *Failure) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		begun[i] = true
		if removed[i] = f == nil; removed[i] {
			a.result.Progress.Removed++
		}
		return a.fail(targets[i].Key, f)
	})
	for i, target := range targets {
		if !begun[i] {
			a.result.NotBegun = append(a.result.NotBegun, target.Key)
		}
		switch underKey := i < len(gone); {
		case removed[i] && underKey:
			delete(a.result.Existing, target.Key)
		case !removed[i] && !underKey:
			a.result.Leftovers = append(a.result.Leftovers, target)
		}
	}
}

// watch reports the progress at intervals. stop ends that with a last report.
func (a *apply[E]) watch() (stop func()) {
	if a.work.Progress == nil {
		return func() {}
	}
	report := func() {
		a.mu.Lock()
		progress := a.result.Progress
		a.mu.Unlock()
		a.work.Progress(progress)
	}
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(a.work.Every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				report()
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		group.Wait()
		report()
	}
}
