package openai

import (
	"context"
	"sync"
)

// gate is what the uploads of one process have to agree on: how many go at one time, which of them could be taken for one
// another, and which files belong to somebody already.
type gate struct {
	slots chan struct{}

	mu     sync.Mutex
	keys   map[string]*lookalikes // by what makes two uploads look alike
	claims map[string]bool        // ids that belong to somebody in this process
	unsure bool                   // it is not known which files there were before
}

// lookalikes are the uploads under way that could be taken for one another: same name, same size.
type lookalikes struct {
	sharing int           // how many go side by side
	alone   bool          // one goes, or searches, alone
	lost    int           // how many have lost their answer, and nobody knows yet what became of them
	changed chan struct{} // closed at the next change
}

func newGate(limit int) *gate {
	return &gate{
		slots:  make(chan struct{}, limit),
		keys:   map[string]*lookalikes{},
		claims: map[string]bool{},
	}
}

// slot waits until one more request with content may go. free ends that.
func (g *gate) slot(ctx context.Context) (free func(), err error) {
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// claim remembers that a file belongs to somebody, so that no search takes it for a lost one.
func (g *gate) claim(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.claims[id] = true
}

// doubt notes that the files which there were before could not be claimed.
func (g *gate) doubt() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsure = true
}

func (g *gate) doubts() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.unsure
}

func (g *gate) claimed(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.claims[id]
}

// turn is the right of one upload to go.
type turn struct {
	gate  *gate
	key   string
	alone bool
	taken bool // false while it waits
	lost  bool // its answer is lost, and nobody knows yet what became of it
}

// enter waits until an upload may go beside those that look alike, or alone.
func (g *gate) enter(ctx context.Context, key string, alone bool) (*turn, error) {
	t := &turn{gate: g, key: key, alone: alone}
	return t, t.wait(ctx, func(l *lookalikes) bool {
		if l.alone || (alone && l.sharing > 0) {
			return false
		}
		t.take(l)
		return true
	})
}

func (t *turn) take(l *lookalikes) {
	t.taken = true
	if t.alone {
		l.alone = true
	} else {
		l.sharing++
	}
}

func (t *turn) give(l *lookalikes) {
	switch {
	case !t.taken:
		return
	case t.alone:
		l.alone = false
	default:
		l.sharing--
	}
	t.taken = false
	close(l.changed)
	l.changed = make(chan struct{})
}

// search waits until all uploads that look alike have ended and keeps others from starting. losers counts those whose answer
// was lost, this one included.
func (t *turn) search(ctx context.Context) (losers int, err error) {
	t.gate.mu.Lock()
	l := t.gate.keys[t.key]
	if !t.lost {
		t.lost = true
		l.lost++
	}
	if !t.alone {
		t.give(l)
		t.alone = true
		t.gate.mu.Unlock()
		err = t.wait(ctx, func(l *lookalikes) bool {
			if l.alone || l.sharing > 0 {
				return false
			}
			t.take(l)
			return true
		})
		t.gate.mu.Lock()
	}
	defer t.gate.mu.Unlock()
	return t.gate.keys[t.key].lost, err
}

// found ends the doubt: it is known now what became of the upload.
func (t *turn) found() {
	t.gate.mu.Lock()
	defer t.gate.mu.Unlock()
	if t.lost {
		t.lost = false
		t.gate.keys[t.key].lost--
	}
}

// othersSearch tells whether others that look alike do not know yet what became of their upload.
func (t *turn) othersSearch() bool {
	t.gate.mu.Lock()
	defer t.gate.mu.Unlock()
	return t.gate.keys[t.key].lost > 0
}

// leave ends the turn.
func (t *turn) leave() {
	t.gate.mu.Lock()
	defer t.gate.mu.Unlock()
	l := t.gate.keys[t.key]
	t.give(l)
	if !l.alone && l.sharing == 0 && l.lost == 0 {
		delete(t.gate.keys, t.key)
	}
}

// wait tries again after each change until try succeeds or ctx ends.
func (t *turn) wait(ctx context.Context, try func(*lookalikes) bool) error {
	for {
		t.gate.mu.Lock()
		l := t.gate.keys[t.key]
		if l == nil {
			l = &lookalikes{changed: make(chan struct{})}
			t.gate.keys[t.key] = l
		}
		done, changed := try(l), l.changed
		t.gate.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
