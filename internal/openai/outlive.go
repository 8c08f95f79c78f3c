package openai

import (
	"context"
	"sync"
	"time"
)

// What a cancellation would lose gets a moment, counted from the cancellation: first the answer to a file that was sent whole, without
// which nobody would know its id; then the search for a file whose answer did not come; then the removal of what nobody wants; and a
// last look for what could not be removed. A run ends within two seconds.
const (
	answerUntil  = 1200 * time.Millisecond
	searchUntil  = 1500 * time.Millisecond
	abandonUntil = 1700 * time.Millisecond
	lookUntil    = 1900 * time.Millisecond
)

// outlive returns a context that ends when ctx has ended: at once, or some time after it if that is worth it.
func outlive(ctx context.Context, until time.Duration, worthIt func() bool) (longer context.Context, end func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if worthIt() {
			_ = sleep(longer, until-sinceEnd(ctx))
		}
		cancel(context.Cause(ctx))
	})
	return longer, func() { stop(); cancel(nil) }
}

func always() bool { return true }

type endKey struct{}

// withEnd returns a context that remembers when it was first seen to have ended, for all that outlives it together.
func withEnd(ctx context.Context) context.Context {
	return context.WithValue(ctx, endKey{}, sync.OnceValue(time.Now))
}

// sinceEnd tells how long ago a context has ended; 0 if it does not remember.
func sinceEnd(ctx context.Context) time.Duration {
	end, ok := ctx.Value(endKey{}).(func() time.Time)
	if !ok {
		return 0
	}
	return time.Since(end())
}
