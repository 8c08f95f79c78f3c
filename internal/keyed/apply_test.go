package keyed_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
)

// shelf is a service whose things are texts. It refuses what it is told to.
type shelf struct {
	mu       sync.Mutex
	refuse   map[string]keyed.Failure // by key when something is made, by thing when it is removed
	spoils   string                   // key whose thing is not what was declared and cannot be removed
	requests []string
}

func (s *shelf) note(request string) keyed.Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	return s.refuse[request]
}

func (s *shelf) make(_ context.Context, key string) keyed.Made[string] {
	f := s.note("make " + key)
	switch {
	case f.Reason != "":
		return keyed.Made[string]{Failure: &f}
	case key == s.spoils:
		return keyed.Made[string]{Leftover: new(key + " spoiled"), Failure: &keyed.Failure{Reason: "spoiled"}}
	}
	return keyed.Made[string]{Thing: key + " new"}
}

func (s *shelf) remove(_ context.Context, item keyed.Item[string]) *keyed.Failure {
	if f := s.note("remove " + item.Thing); f.Reason != "" {
		return &f
	}
	return nil
}

// work replaces r and s, makes m, removes g and what an earlier apply has left, and keeps k.
func (s *shelf) work() keyed.Work[string] {
	return keyed.Work[string]{
		Plan:      keyed.Plan{Keep: []string{"k"}, Make: []string{"m"}, Replace: []string{"r", "s"}, Remove: []string{"g"}},
		Existing:  map[string]string{"k": "k old", "r": "r old", "s": "s old", "g": "g old"},
		Leftovers: []keyed.Item[string]{{Key: "l", Thing: "l old"}},
		Make:      keyed.Each(1, s.make),
		Remove:    keyed.Each(1, s.remove),
	}
}

type things = map[string]string

func item(key, thing string) keyed.Item[string] { return keyed.Item[string]{Key: key, Thing: thing} }

func TestApply(t *testing.T) {
	no, hopeless := keyed.Failure{Reason: "no"}, keyed.Failure{Reason: "no", Hopeless: true}
	made := []string{"make m", "make r", "make s"}
	for name, test := range map[string]struct {
		refuse map[string]keyed.Failure
		spoils string
		change func(*keyed.Work[string])

		existing  things
		leftovers []keyed.Item[string]
		retired   []keyed.Item[string]
		failed    []string
		notBegun  []string
		postponed int
		requests  []string
	}{
		"everything succeeds: removals come last": {
			existing: things{"k": "k old", "m": "m new", "r": "r new", "s": "s new"},
			requests: slices.Concat(made, []string{"remove g old", "remove r old", "remove s old", "remove l old"}),
		},
		"what could not be made: nothing is removed": {
			refuse:    map[string]keyed.Failure{"make m": no},
			existing:  things{"k": "k old", "r": "r new", "s": "s new", "g": "g old"},
			leftovers: []keyed.Item[string]{item("r", "r old"), item("s", "s old"), item("l", "l old")},
			failed:    []string{"m"},
			postponed: 4,
			requests:  made,
		},
		"what could not be replaced stays": {
			refuse:    map[string]keyed.Failure{"make r": no},
			existing:  things{"k": "k old", "m": "m new", "r": "r old", "s": "s new", "g": "g old"},
			leftovers: []keyed.Item[string]{item("s", "s old"), item("l", "l old")},
			failed:    []string{"r"},
			postponed: 3,
			requests:  made,
		},
		"a hopeless failure: nothing else is begun": {
			refuse:    map[string]keyed.Failure{"make m": hopeless},
			existing:  things{"k": "k old", "r": "r old", "s": "s old", "g": "g old"},
			leftovers: []keyed.Item[string]{item("l", "l old")},
			failed:    []string{"m"},
			notBegun:  []string{"r", "s"},
			postponed: 2,
			requests:  []string{"make m"},
		},
		"something spoiled is left besides the old one": {
			spoils:    "r",
			existing:  things{"k": "k old", "m": "m new", "r": "r old", "s": "s new", "g": "g old"},
			leftovers: []keyed.Item[string]{item("r", "r spoiled"), item("s", "s old"), item("l", "l old")},
			failed:    []string{"r"},
			postponed: 3,
			requests:  made,
		},
		"what could not be removed is not forgotten": {
			refuse:    map[string]keyed.Failure{"remove g old": no, "remove s old": no, "remove l old": no},
			existing:  things{"k": "k old", "m": "m new", "r": "r new", "s": "s new", "g": "g old"},
			leftovers: []keyed.Item[string]{item("s", "s old"), item("l", "l old")},
			failed:    []string{"g", "l", "s"},
			requests:  slices.Concat(made, []string{"remove g old", "remove r old", "remove s old", "remove l old"}),
		},
		"a hopeless removal ends the removals": {
			refuse:    map[string]keyed.Failure{"remove r old": hopeless},
			existing:  things{"k": "k old", "m": "m new", "r": "r new", "s": "s new"},
			leftovers: []keyed.Item[string]{item("r", "r old"), item("s", "s old"), item("l", "l old")},
			failed:    []string{"r"},
			notBegun:  []string{"l", "s"},
			requests:  slices.Concat(made, []string{"remove g old", "remove r old"}),
		},
		"deferred: only leftovers are removed": {
			change:   func(w *keyed.Work[string]) { w.Defer = true },
			existing: things{"k": "k old", "m": "m new", "r": "r new", "s": "s new"},
			retired:  []keyed.Item[string]{item("r", "r old"), item("s", "s old"), item("g", "g old")},
			requests: slices.Concat(made, []string{"remove l old"}),
		},
		"deferred, and something could not be made": {
			change:    func(w *keyed.Work[string]) { w.Defer = true },
			refuse:    map[string]keyed.Failure{"make m": no},
			existing:  things{"k": "k old", "r": "r new", "s": "s new", "g": "g old"},
			leftovers: []keyed.Item[string]{item("l", "l old")},
			retired:   []keyed.Item[string]{item("r", "r old"), item("s", "s old")},
			failed:    []string{"m"},
			postponed: 2,
			requests:  made,
		},
		"independent: only what could not be replaced stays": {
			change:   func(w *keyed.Work[string]) { w.Independent = true },
			refuse:   map[string]keyed.Failure{"make r": no},
			existing: things{"k": "k old", "m": "m new", "r": "r old", "s": "s new"},
			failed:   []string{"r"},
			requests: slices.Concat(made, []string{"remove g old", "remove s old", "remove l old"}),
		},
		"independent, and hopeless": {
			change:    func(w *keyed.Work[string]) { w.Independent = true },
			refuse:    map[string]keyed.Failure{"make r": hopeless},
			existing:  things{"k": "k old", "m": "m new", "r": "r old", "s": "s old", "g": "g old"},
			leftovers: []keyed.Item[string]{item("l", "l old")},
			failed:    []string{"r"},
			notBegun:  []string{"s"},
			postponed: 2,
			requests:  []string{"make m", "make r"},
		},
		"nothing to do": {
			change:   func(w *keyed.Work[string]) { *w = keyed.Work[string]{} },
			existing: things{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{refuse: test.refuse, spoils: test.spoils}
			work := s.work()
			if test.change != nil {
				test.change(&work)
			}
			got := keyed.Apply(t.Context(), work)
			equal(t, "existing", got.Existing, test.existing)
			equal(t, "leftovers", got.Leftovers, test.leftovers)
			equal(t, "retired", got.Retired, test.retired)
			equal(t, "not started", got.NotBegun, test.notBegun)
			equal(t, "postponed", got.Postponed, test.postponed)
			equal(t, "requests", s.requests, test.requests)
			var failed []string
			for _, f := range got.Failures {
				failed = append(failed, f.Key)
			}
			equal(t, "failed", failed, test.failed)
		})
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) && fmt.Sprint(got) != fmt.Sprint(want) { // nil and empty are the same
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestApply_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &shelf{}
	work := s.work()
	work.Make = keyed.Each(1, func(ctx context.Context, key string) keyed.Made[string] {
		cancel() // what is under way is finished
		return s.make(ctx, key)
	})
	got := keyed.Apply(ctx, work)
	equal(t, "requests", s.requests, []string{"make m"})
	equal(t, "not started", got.NotBegun, []string{"r", "s"})
	equal(t, "existing", got.Existing, things{"k": "k old", "m": "m new", "r": "r old", "s": "s old", "g": "g old"})
}

// A batch takes many keys in one request, and reports each of them.
func TestApply_batches(t *testing.T) {
	var batches [][]string
	work := keyed.Work[string]{
		Plan: keyed.Plan{Make: []string{"a", "b", "c", "d", "e", "f", "g"}},
		Make: func(_ context.Context, keys []string, report func(int, keyed.Made[string]) bool) {
			i, goOn := 0, true
			for batch := range slices.Chunk(keys, 3) {
				if !goOn {
					return
				}
				batches = append(batches, batch)
				for _, key := range batch {
					made := keyed.Made[string]{Thing: key}
					if key == "e" {
						made.Failure = &keyed.Failure{Reason: "no", Hopeless: true}
					}
					goOn = report(i, made) && goOn
					i++
				}
			}
		},
	}
	got := keyed.Apply(t.Context(), work)
	equal(t, "batches", batches, [][]string{{"a", "b", "c"}, {"d", "e", "f"}})
	equal(t, "existing", got.Existing, things{"a": "a", "b": "b", "c": "c", "d": "d", "f": "f"})
	equal(t, "not started", got.NotBegun, []string{"g"})
}

func TestEach_limit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		one := func(context.Context, int) int {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return 0
		}
		began, done := time.Now(), 0
		keyed.Each(4, one)(t.Context(), make([]int, 10), func(int, int) bool {
			mu.Lock()
			defer mu.Unlock()
			done++
			return true
		})
		equal(t, "in parallel", most, 4)
		equal(t, "done", done, 10)
		equal(t, "time", time.Since(began), 3*time.Second)
	})
}

func TestApply_progress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []keyed.Progress
		s := &shelf{refuse: map[string]keyed.Failure{"remove r old": {Reason: "no"}}}
		work := s.work()
		work.Make = keyed.Each(1, func(ctx context.Context, key string) keyed.Made[string] {
			time.Sleep(4 * time.Second)
			return s.make(ctx, key)
		})
		work.Every, work.Progress = 5*time.Second, func(p keyed.Progress) { got = append(got, p) }
		keyed.Apply(t.Context(), work)
		equal(t, "progress", got, []keyed.Progress{
			{Made: 1, ToMake: 3, ToRemove: 4},                        // after 5 s
			{Made: 2, ToMake: 3, ToRemove: 4},                        // after 10 s
			{Made: 3, ToMake: 3, Removed: 3, ToRemove: 4, Failed: 1}, // at the end
		})
	})
}
