package openai

import (
	"context"
	"path"
	"strings"
	"sync"
	"unicode"
)

// likeness is what makes uploads look alike in the list of files.
type likeness struct {
	purpose string
	name    string // as [comparableName] returns it
	size    int64  // bytes
}

func likenessOf(params CreateFileParams) likeness {
	return likeness{params.Purpose, comparableName(params.Filename), params.Size}
}

// comparableName returns the part of a filename that servers preserve: some store only the last element, others replace all
// characters except letters, digits and a few marks.
func comparableName(filename string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, path.Base(sentFilename(filename)))
}

// sameName reports whether a server may have stored a file under one name although the other one was sent.
func sameName(kept, sent string) bool {
	return kept == sent || comparableName(kept) == comparableName(sent)
}

// queue decides which uploads may be sent in parallel. After a lost response, uploads that look alike could be confused with each
// other, so a search for a lost file excludes them.
type queue struct {
	mu     sync.Mutex
	groups map[likeness]*group
}

func newQueue() *queue { return &queue{groups: map[likeness]*group{}} }

// group holds the uploads that look alike.
type group struct {
	turns   map[*turn]bool
	changed chan struct{} // closed at the next change
}

// turn is the place of one upload in the queue.
type turn struct {
	queue *queue
	like  likeness
	alone bool // it must not be sent in parallel with others

	state      turnState
	unresolved bool     // its response was lost, and it is not known yet whether there is a file
	givenUp    []string // the SHA-256 of each earlier attempt whose response was lost, and whose file may still appear
	ended      bool     // that will not be found out any more
}

type turnState int

const (
	waiting   turnState = iota // to be sent, or to search
	sharing                    // is sent, possibly in parallel with others
	exclusive                  // is sent or searches, with no other that looks like it
)

// enter waits until an upload may be sent.
func (q *queue) enter(ctx context.Context, like likeness, alone bool) (*turn, error) {
	t := &turn{queue: q, like: like, alone: alone}
	q.mu.Lock()
	g := q.groups[like]
	if g == nil {
		g = &group{turns: map[*turn]bool{}, changed: make(chan struct{})}
		q.groups[like] = g
	}
	g.turns[t] = true
	q.mu.Unlock()

	next := sharing
	if alone {
		next = exclusive
	}
	if err := t.become(ctx, next); err != nil {
		t.end()
		return nil, err
	}
	return t, nil
}

// search waits until no other upload that looks alike is being sent, and keeps others from starting. It returns how many unidentified files
// of lost responses may be in the list. Earlier attempts to send the same content do not count.
func (t *turn) search(ctx context.Context, sha256 string) (lost int, err error) {
	t.queue.mu.Lock()
	t.unresolved = true
	if t.state == sharing {
		t.set(waiting)
	}
	t.queue.mu.Unlock()
	err = t.become(ctx, exclusive)
	return t.countLost(sha256), err
}

// release lets other uploads that look alike be sent or search, until this one settles.
func (t *turn) release() {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.set(waiting)
}

// settle waits until no other upload that looks alike is being sent or looks for its file, and keeps others from starting.
func (t *turn) settle(ctx context.Context) error {
	for {
		if err := t.become(ctx, exclusive); err != nil {
			return err
		}
		t.queue.mu.Lock()
		g := t.queue.groups[t.like]
		if !g.searches() {
			t.queue.mu.Unlock()
			return nil
		}
		t.set(waiting)
		changed := g.changed
		t.queue.mu.Unlock()
		if err := await(ctx, changed); err != nil {
			return err
		}
	}
}

// searches reports whether an upload looks for its file, or is about to do so.
func (g *group) searches() bool {
	for t := range g.turns {
		if t.unresolved && !t.ended {
			return true
		}
	}
	return false
}

// resolve records that the file of the upload was found.
func (t *turn) resolve() {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.unresolved = false
}

// giveUp records that no file was found, and that the upload is sent again. The file may still appear.
func (t *turn) giveUp(sha256 string) {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.unresolved = false
	t.givenUp = append(t.givenUp, sha256)
}

// settled records that files of attempts that were given up have appeared, or will not appear any more.
func (t *turn) settled() {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.givenUp = nil
}

// countLost returns how many files of lost responses nobody has found, see [turn.search].
func (t *turn) countLost(sha256 string) int {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	n := 0
	for other := range t.queue.groups[t.like].turns {
		if other.unresolved {
			n++
		}
		for _, content := range other.givenUp {
			if other != t && content != sha256 {
				n++
			}
		}
	}
	return n
}

// othersGaveUp reports whether files of others that look alike may still appear, which gave up attempts whose responses were lost.
func (t *turn) othersGaveUp() bool {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	for other := range t.queue.groups[t.like].turns {
		if other != t && len(other.givenUp) > 0 {
			return true
		}
	}
	return false
}

// sharesName reports whether an upload of the same purpose and name, but another size, is in the queue.
func (t *turn) sharesName() bool {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	for like := range t.queue.groups {
		if like.size != t.like.size && like.purpose == t.like.purpose && like.name == t.like.name {
			return true
		}
	}
	return false
}

// end removes the upload from the queue. One whose files were never found stays counted, because they may still appear.
func (t *turn) end() {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	g := t.queue.groups[t.like]
	if t.unresolved || len(t.givenUp) > 0 {
		t.ended = true
		t.set(waiting)
		return
	}
	delete(g.turns, t)
	if len(g.turns) == 0 {
		delete(t.queue.groups, t.like)
	}
	t.set(waiting)
}

// become waits until an upload may be in a state, and puts it there.
func (t *turn) become(ctx context.Context, next turnState) error {
	for {
		t.queue.mu.Lock()
		g := t.queue.groups[t.like]
		if t.state == next || g.admits(next) {
			t.set(next)
			t.queue.mu.Unlock()
			return nil
		}
		changed := g.changed
		t.queue.mu.Unlock()
		if err := await(ctx, changed); err != nil {
			return err
		}
	}
}

// await waits for a change of a group.
func await(ctx context.Context, changed <-chan struct{}) error {
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// admits reports whether one more upload may be in a state.
func (g *group) admits(next turnState) bool {
	for t := range g.turns {
		if t.state == exclusive || t.state == sharing && next == exclusive {
			return false
		}
	}
	return true
}

// set changes the state of an upload, and notifies all that wait for a change. The caller holds the lock.
func (t *turn) set(state turnState) {
	if t.state == state {
		return
	}
	t.state = state
	g := t.queue.groups[t.like]
	if g == nil { // the last upload of its group
		return
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

// claims are the IDs of files that resources of this process hold, so that no search mistakes one of them for a lost file.
type claims struct {
	mu  sync.Mutex
	ids map[string]bool
}

func newClaims() *claims { return &claims{ids: map[string]bool{}} }

func (c *claims) add(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids[id] = true
}

func (c *claims) has(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[id]
}
