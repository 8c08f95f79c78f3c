package openaitest

import (
	"math"
	"net/http"
	"sync"
	"time"
)

// rate counts what happened within the last minute.
type rate struct {
	events []event // oldest first
	total  int     // of the events
}

type event struct {
	at time.Time
	n  int
}

// wait returns how long to wait before n more events, so that no minute has more than limit events. 0 means that they may happen now. More
// than limit events may happen at once if there were none in the last minute.
func (r *rate) wait(now time.Time, n, limit int) time.Duration {
	for len(r.events) > 0 && now.Sub(r.events[0].at) >= time.Minute {
		r.total -= r.events[0].n
		r.events = r.events[1:]
	}
	over := r.total + n - limit
	if limit == 0 || over <= 0 {
		return 0
	}
	var wait time.Duration
	for _, e := range r.events {
		wait = e.at.Add(time.Minute).Sub(now)
		if over -= e.n; over <= 0 {
			break
		}
	}
	return wait
}

// add counts n at this time.
func (r *rate) add(now time.Time, n int) {
	r.events = append(r.events, event{now, n})
	r.total += n
}

// sharedRate is a rate of several projects.
type sharedRate struct {
	mu sync.Mutex
	rate
}

func (r *sharedRate) wait(now time.Time, n, limit int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rate.wait(now, n, limit)
}

func (r *sharedRate) add(now time.Time, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rate.add(now, n)
}

// rateLimited is an answer that asks to wait.
func rateLimited(what string, wait time.Duration) *apiError {
	e := refuse(http.StatusTooManyRequests, "Rate limit reached for %s. Please try again in %s.", what, wait.Round(time.Millisecond)).
		withType("requests").withCode("rate_limit_exceeded")
	e.retryAfter = max(int(math.Ceil(wait.Seconds())), 1)
	return e
}
