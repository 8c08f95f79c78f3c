package openai

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Answers have whole seconds, so only several of them show how far the clock of the service is ahead.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := &clock{}
		answer := func(ahead time.Duration) {
			clock.observe(http.Header{"Date": {time.Now().Add(ahead).UTC().Format(http.TimeFormat)}})
		}
		expect := func(atLeast, atMost time.Duration) {
			t.Helper()
			if got := clock.offset(); got < atLeast || got > atMost {
				t.Errorf("got %s ahead, want %s to %s", got, atLeast, atMost)
			}
		}
		const hour = time.Hour
		time.Sleep(900 * time.Millisecond) // of the bubble, which begins at a whole second
		answer(hour)
		expect(hour-900*time.Millisecond, hour-900*time.Millisecond)
		time.Sleep(200 * time.Millisecond)
		answer(hour)
		expect(hour-100*time.Millisecond, hour-100*time.Millisecond)
		time.Sleep(800 * time.Millisecond)
		answer(hour) // later in its second, which says less
		expect(hour-100*time.Millisecond, hour-100*time.Millisecond)
		answer(-hour) // a clock was set
		expect(-hour-time.Second, -hour)
		clock.observe(http.Header{"Date": {"yesterday"}})
		expect(-hour-time.Second, -hour)
		if got := clock.second(time.Now()); got.Nanosecond() != 0 || time.Until(got) > -hour || time.Until(got) < -hour-2*time.Second {
			t.Errorf("got the second %s, want one an hour ago", got)
		}
	})
}
