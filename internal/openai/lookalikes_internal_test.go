package openai

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// enters starts an upload and reports whether it may be sent now.
func enters(t *testing.T, q *queue, like likeness, alone bool) (*turn, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	turn, err := q.enter(ctx, like, alone)
	return turn, err == nil
}

// searches reports whether an upload may search now, and how many have lost their responses.
func searches(t *testing.T, turn *turn) (unresolved int, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	unresolved, err := turn.search(ctx, "")
	return unresolved, err == nil
}

func TestQueue(t *testing.T) {
	t.Parallel()
	like := likeness{"user_data", "a.txt", 5}
	other := likeness{"user_data", "a.txt", 6}
	const alone, shared = true, false

	for name, test := range map[string]func(*testing.T, *queue){
		"look-alikes share": func(t *testing.T, q *queue) {
			t.Helper()
			for range 3 {
				if _, ok := enters(t, q, like, shared); !ok {
					t.Error("one waits")
				}
			}
		},
		"one alone waits for all, and all for it": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, shared)
			if _, ok := enters(t, q, like, alone); ok {
				t.Error("sent beside another one")
			}
			first.end()
			lonely, ok := enters(t, q, like, alone)
			if !ok {
				t.Error("waits for nobody")
			}
			if _, ok := enters(t, q, like, shared); ok {
				t.Error("another one is sent beside it")
			}
			if _, ok := enters(t, q, other, alone); !ok {
				t.Error("one of another size waits")
			}
			lonely.end()
			if _, ok := enters(t, q, like, shared); !ok {
				t.Error("waits for one that has ended")
			}
		},
		"a search waits for those that are sent, and keeps others from starting": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, shared)
			second, _ := enters(t, q, like, shared)
			if _, ok := searches(t, first); ok {
				t.Error("searches while another one is sent")
			}
			second.end()
			if unresolved, ok := searches(t, first); !ok || unresolved != 1 {
				t.Errorf("got %d, %t, want one that searches", unresolved, ok)
			}
			if _, ok := enters(t, q, like, shared); ok {
				t.Error("another one starts meanwhile")
			}
		},
		"those that lost their responses search one after another": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, shared)
			second, _ := enters(t, q, like, shared)
			if _, ok := searches(t, first); ok {
				t.Error("searches while the other one is sent")
			}
			if unresolved, ok := searches(t, second); !ok || unresolved != 2 {
				t.Errorf("got %d, %t, want two that lost", unresolved, ok)
			}
			if _, ok := searches(t, first); ok {
				t.Error("two search at the same time")
			}
			second.resolve()
			second.end()
			if unresolved, ok := searches(t, first); !ok || unresolved != 1 {
				t.Errorf("got %d, %t, want one that is left", unresolved, ok)
			}
		},
		"one that was never found stays counted": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, alone)
			searches(t, first)
			first.end()
			second, ok := enters(t, q, like, alone)
			if !ok {
				t.Error("waits for one that has ended")
			}
			if n := second.countLost(""); n != 1 {
				t.Errorf("got %d unresolved, want the first one", n)
			}
			if unresolved, ok := searches(t, second); !ok || unresolved != 2 {
				t.Errorf("got %d, %t, want both", unresolved, ok)
			}
		},
		"a second search goes on with the first": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, shared)
			searches(t, first)
			if unresolved, ok := searches(t, first); !ok || unresolved != 1 {
				t.Errorf("got %d, %t, want one", unresolved, ok)
			}
		},
		"the same name of another size": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, shared)
			if first.sharesName() {
				t.Error("there is none yet")
			}
			second, _ := enters(t, q, other, shared)
			if !first.sharesName() {
				t.Error("there is one")
			}
			second.end()
			if first.sharesName() {
				t.Error("it has ended")
			}
		},
		"nothing is left": func(t *testing.T, q *queue) {
			t.Helper()
			first, _ := enters(t, q, like, shared)
			second, _ := enters(t, q, like, alone) // never gets its turn
			if second != nil {
				t.Error("a turn without the right to be sent")
			}
			first.end()
			if len(q.groups) != 0 {
				t.Errorf("got %d groups, want none", len(q.groups))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newQueue()) })
		})
	}
}

func TestQueue_reasonOfTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, like, reason := newQueue(), likeness{}, errors.New("the timeout of 1s is over")
		if _, err := q.enter(t.Context(), like, true); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, reason)
		defer cancel()
		if _, err := q.enter(ctx, like, false); !errors.Is(err, reason) {
			t.Errorf("got %v, want %v", err, reason)
		}
	})
}

func TestSameName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kept, sent string
		want       bool
	}{
		{"a.txt", "a.txt", true},
		{"a.txt", "b.txt", false},
		{"a.txt", "A.txt", false},
		{"a.txt", "dir/a.txt", true},
		{"dir/a.txt", "dir/a.txt", true},
		{"b.txt", "dir/a.txt", false},
		{"a%0Ab.txt", "a\nb.txt", true},
		{"a%22b.txt", `a"b.txt`, true},
		{`a"b.txt`, `a"b.txt`, true},
		{"gr__e__1_.txt", "größe (1).txt", true},
		{"größe (1).txt", "größe (1).txt", true},
		{"a-b_c.txt", "a-b_c.txt", true},
		{"a.b.txt", "a_b.txt", false},
		{"modified_file.jsonl", "a.jsonl", false},
		{"", "a.txt", false},
	} {
		if got := sameName(test.kept, test.sent); got != test.want {
			t.Errorf("%q kept, %q sent: got %t, want %t", test.kept, test.sent, got, test.want)
		}
	}
}

func TestDecideRetry(t *testing.T) {
	t.Parallel()
	limited := &Error{StatusCode: 429, retryAfter: time.Minute}
	busy := &Error{StatusCode: 503}
	for name, test := range map[string]struct {
		err         error
		elapsed     time.Duration
		failures    int
		max         int
		want        bool
		counts      bool
		least, most time.Duration
	}{
		"busy":                          {busy, 0, 0, 5, true, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"busy, the last retry":          {busy, 0, 4, 5, true, true, 6 * time.Second, 8 * time.Second},
		"busy, too often":               {busy, 0, 5, 5, false, true, 0, time.Minute},
		"no retries":                    {busy, 0, 0, 0, false, false, 0, 0},
		"limited":                       {limited, 0, 0, 5, true, false, 0, 0},
		"limited, after all retries":    {limited, 19 * time.Minute, 5, 5, true, false, 0, 0},
		"limited, for too long":         {limited, 20 * time.Minute, 5, 5, false, true, 0, 2 * time.Minute},
		"limited, long, but no retries": {limited, 20 * time.Minute, 0, 5, true, true, time.Minute, 66 * time.Second},
		"limited, no retries":           {limited, 0, 0, 0, false, false, 0, 0},
		"limited without a time":        {&Error{StatusCode: 429}, 0, 0, 5, true, true, 2 * time.Second, 2500 * time.Millisecond},
		"limited for a year":            {&Error{StatusCode: 429, retryAfter: 365 * 24 * time.Hour}, 0, 0, 5, false, false, 0, 0},
		"refused":                       {&Error{StatusCode: 401}, 0, 0, 5, false, false, 0, 0},
		"proxy, 500":                    {&proxyError{status: 500}, 0, 0, 5, true, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"proxy, 499":                    {&proxyError{status: 499}, 0, 0, 5, false, false, 0, 0},
		"busy with a time":              {&Error{StatusCode: 503, retryAfter: 10 * time.Second}, 0, 0, 5, true, true, 10 * time.Second, 11 * time.Second},
		"unreadable content":            {&ContentError{errors.New("input/output error")}, 0, 0, 5, false, false, 0, 0},
		"reset":                         {errors.New("connection reset by peer"), 0, 0, 5, true, true, 375 * time.Millisecond, 500 * time.Millisecond},
	} {
		got := decideRetry(&requestError{err: test.err, elapsed: test.elapsed}, test.failures, test.max)
		if got.retry != test.want || got.retry && (got.counts != test.counts || got.wait < test.least || got.wait > test.most) {
			t.Errorf("%s: got %+v, want %t, counts %t, %s to %s", name, got, test.want, test.counts, test.least, test.most)
		}
	}
}

func TestMimeType(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.md": "text/markdown", "a.ts": "application/typescript", "a.go": "text/x-golang", "a.c": "text/x-c", "a.sh": "application/x-sh",
		"a.csv": "text/csv", "a.CSV": "text/csv", "a.jsonl": "text/jsonl", "dir.md/a": "application/octet-stream", "a.unknown-extension": "application/octet-stream",
		"a": "application/octet-stream",
	} {
		if got := mimeType(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
