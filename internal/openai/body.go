package openai

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// sentBody is the body of one attempt. It counts what is handed over, because only a request whose whole body went out can have
// had an effect.
type sentBody struct {
	open     func() (io.ReadCloser, error) // nil: there is none
	length   int64                         // bytes
	progress func()                        // called for whatever is handed over

	latest atomic.Pointer[bodyReader]
}

// next returns the body from its start. The HTTP package may still read an earlier one, so they share nothing.
func (b *sentBody) next() (io.ReadCloser, error) {
	content, err := b.open()
	if err != nil {
		return nil, err
	}
	reader := &bodyReader{ReadCloser: content, progress: b.progress}
	reader.left.Store(b.length)
	b.latest.Store(reader)
	return reader, nil
}

// whole reports whether all of the body was handed over.
func (b *sentBody) whole() bool {
	reader := b.latest.Load()
	return reader != nil && reader.left.Load() <= 0
}

type bodyReader struct {
	io.ReadCloser
	left     atomic.Int64 // bytes
	progress func()
}

func (r *bodyReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if n > 0 {
		r.left.Add(-int64(n))
		r.progress()
	}
	return n, err
}

// answerTimeout and stallTimeout are how long a request may stay without any progress: without and with content to send. A service
// may need a while to take in hundreds of megabytes.
const (
	answerTimeout = time.Minute
	stallTimeout  = 5 * time.Minute
)

// ErrStalled says that a connection made no progress for as long as this client waits.
var ErrStalled = errors.New("the server made no progress for too long")

// stallWatch ends an attempt that makes no progress. One that does may take as long as it needs.
type stallWatch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limit  time.Duration
}

// watchStall returns a context that ends when [stallWatch.progress] is not called for too long.
func watchStall(ctx context.Context, withContent bool) (context.Context, *stallWatch) {
	s := &stallWatch{limit: answerTimeout}
	if withContent {
		s.limit = stallTimeout
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.timer = time.AfterFunc(s.limit, func() { s.cancel(ErrStalled) })
	return s.ctx, s
}

func (s *stallWatch) progress() { s.timer.Reset(s.limit) }

func (s *stallWatch) stop() {
	s.timer.Stop()
	s.cancel(nil)
}

// reason returns [ErrStalled] for an error that it has caused, and other errors as they are.
func (s *stallWatch) reason(err error) error {
	if errors.Is(context.Cause(s.ctx), ErrStalled) {
		return ErrStalled
	}
	return err
}

// watchedBody is the body of an answer.
type watchedBody struct {
	io.ReadCloser
	stall *stallWatch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.stall.progress()
	}
	return n, err
}
