package openaitest

import (
	"context"
	"io"
	"net/http"
	"time"
)

// pace holds a stream to a number of bytes per second. A nil pace does not.
type pace struct {
	ctx       context.Context // ends the waiting
	perSecond int64           // bytes
	began     time.Time
	bytes     int64 // so far
}

// newPace returns nil for no limit.
func newPace(ctx context.Context, bytesPerSecond int64) *pace {
	if bytesPerSecond <= 0 {
		return nil
	}
	return &pace{ctx: ctx, perSecond: bytesPerSecond}
}

// clip shortens p to what flows in 20 ms, so that the stream is even.
func (p *pace) clip(b []byte) []byte {
	if p == nil {
		return b
	}
	const perTick = 50 // ticks in a second
	return b[:min(int64(len(b)), max(p.perSecond/perTick, 1))]
}

// wait waits until n more bytes may have passed.
func (p *pace) wait(n int) {
	if p == nil {
		return
	}
	if p.began.IsZero() {
		p.began = time.Now()
	}
	p.bytes += int64(n)
	due := p.began.Add(time.Duration(float64(p.bytes) / float64(p.perSecond) * float64(time.Second)))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
	}
}

// meteredBody is the body of a request: counted and held to its pace.
type meteredBody struct {
	io.ReadCloser
	count func(n int64)
	pace  *pace
	ended bool // there is no more to read

	hold      func() // waits, once holdAfter bytes are read; nil: does not
	holdAfter int64
}

func (b *meteredBody) Read(p []byte) (int, error) {
	if b.hold != nil && b.holdAfter <= 0 {
		b.hold()
		b.hold = nil
	}
	n, err := b.ReadCloser.Read(b.pace.clip(p))
	b.pace.wait(n)
	b.holdAfter -= int64(n)
	if n > 0 {
		b.count(int64(n))
	}
	b.ended = b.ended || err != nil
	return n, err
}

type pacedReader struct {
	io.Reader
	pace *pace
}

func (r *pacedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(r.pace.clip(p))
	r.pace.wait(n)
	return n, err
}

// flushingWriter sends everything at once, so that a slow stream arrives evenly.
type flushingWriter struct{ w http.ResponseWriter }

func (f *flushingWriter) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	return n, err
}
