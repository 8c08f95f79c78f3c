package openai

import (
	"context"
	"sync"
	"time"
)

// After a cancellation, these steps get extra time, counted from the cancellation: receiving the response to a completely sent file, whose
// ID would otherwise be lost; searching for a file whose response was lost; cancelling what is incomplete; and a last look for what could
// not be removed. A run ends within seven seconds: GitHub Actions, for one, sends a second
// signal 7.5 seconds after the first, and Terraform then stops without writing the state.
const (
	answerUntil  = 5000 * time.Millisecond
	searchUntil  = 6000 * time.Millisecond
	abandonUntil = 6400 * time.Millisecond
	lookUntil    = 6800 * time.Millisecond
)

// grace is the time that one operation has after a cancellation. All that outlives it is counted from the moment at which the
// cancellation was first seen. A nil grace is none.
type grace struct {
	began func() time.Time // first called when the cancellation is seen
}

func newGrace() *grace { return &grace{began: sync.OnceValue(time.Now)} }

// extend returns a context that ends when ctx has ended: at once, or at a moment of the grace if it is worth waiting for it then.
func (g *grace) extend(ctx context.Context, until time.Duration, worthIt func() bool) (longer context.Context, end func()) {
	if g == nil {
		return ctx, func() {}
	}
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		began := g.began()
		if worthIt() {
			_ = sleep(longer, until-time.Since(began))
		}
		cancel(context.Cause(ctx))
	})
	return longer, func() { stop(); cancel(nil) }
}

func always() bool { return true }
