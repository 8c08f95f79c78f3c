package openai_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// With three repetitions a request is sent once or four times. An upload whose body was sent is repeated only where it is
// sure that no file was made of it.
func TestRetry_statuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ status, get, post int }{
		{300, 1, 1},
		{304, 1, 1},
		{400, 1, 1},
		{401, 1, 1},
		{403, 1, 1},
		{404, 1, 1},
		{405, 1, 1},
		{408, 4, 1},
		{409, 4, 1},
		{410, 1, 1},
		{413, 1, 1},
		{422, 1, 1},
		{425, 4, 1},
		{429, 4, 4},
		{500, 4, 1},
		{501, 1, 1},
		{502, 4, 1},
		{503, 4, 1},
		{504, 4, 1},
		{505, 1, 1},
		{520, 4, 1}, // Cloudflare
		{529, 4, 1}, // overloaded
	} {
		t.Run(strconv.Itoa(test.status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(test.status, nil, "no")))
				check := func(operation string, want int, err error) {
					if got := refusal(t, err).StatusCode; got != test.status || requests != want {
						t.Errorf("%s: %v after %d requests, want %d", operation, err, requests, want)
					}
					requests = 0
				}
				_, err := client.RetrieveFile(t.Context(), "f")
				check("retrieve", test.get, err)
				check("download", test.get, download(client.DownloadFile(t.Context(), "f", 1, nil)))
				if test.status != http.StatusConflict { // which a deletion waits for
					deletes := test.get
					if test.status == http.StatusNotFound || test.status == http.StatusGone {
						deletes = 2 // the refusal does not name the file, so the file is asked for
					}
					check("delete", deletes, client.DeleteFile(t.Context(), "f"))
				}
				_, err = client.CreateFile(t.Context(), params("a.txt", "hello"))
				check("create", test.post, err)
			})
		})
	}
}

func TestRetry_none(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 0}, counted(&requests, answers(http.StatusServiceUnavailable, nil, "no")))
		if _, err := client.RetrieveFile(t.Context(), "f"); requests != 1 || refusal(t, err).StatusCode != 503 {
			t.Errorf("%v after %d requests", err, requests)
		}
	})
}

func TestRetry_succeedsInTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 3}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests <= 3 {
				answers(http.StatusBadGateway, nil, "")(w, r)
				return
			}
			answers(http.StatusOK, nil, `{"id":"f"}`)(w, r)
		}))
		if file, err := client.RetrieveFile(t.Context(), "f"); err != nil || file.ID != "f" || requests != 4 {
			t.Errorf("%+v, %v after %d requests", file, err, requests)
		}
	})
}

// The clock of a bubble moves only when everybody waits, so the pauses are exact but for their jitter.
func TestRetry_pauses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status      int
		header      map[string]string
		repeated    bool
		least, most time.Duration
	}{
		"no wish":                    {503, nil, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"seconds":                    {503, map[string]string{"Retry-After": "7"}, true, 7 * time.Second, 7700 * time.Millisecond},
		"fraction":                   {503, map[string]string{"Retry-After": "1.5"}, true, 1500 * time.Millisecond, 1650 * time.Millisecond},
		"milliseconds":               {503, map[string]string{"Retry-After-Ms": "20"}, true, 20 * time.Millisecond, 22 * time.Millisecond},
		"milliseconds go first":      {503, map[string]string{"Retry-After": "60", "Retry-After-Ms": "20"}, true, 20 * time.Millisecond, 22 * time.Millisecond},
		"date":                       {503, map[string]string{"Retry-After": "Sat, 01 Jan 2000 00:00:30 GMT"}, true, 30 * time.Second, 33 * time.Second},
		"date that has passed":       {503, map[string]string{"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"zero":                       {503, map[string]string{"Retry-After": "0"}, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"negative":                   {503, map[string]string{"Retry-After": "-5"}, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"words":                      {503, map[string]string{"Retry-After": "soon"}, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"NaN":                        {503, map[string]string{"Retry-After": "NaN"}, true, 375 * time.Millisecond, 500 * time.Millisecond},
		"two minutes":                {503, map[string]string{"Retry-After": "120"}, true, 2 * time.Minute, 132 * time.Second},
		"more than two minutes":      {503, map[string]string{"Retry-After": "121"}, false, 0, 0},
		"a year":                     {429, map[string]string{"Retry-After": "31536000"}, false, 0, 0},
		"more than a Duration holds": {429, map[string]string{"Retry-After": "1e300"}, false, 0, 0},
		"infinite":                   {429, map[string]string{"Retry-After": "Inf"}, false, 0, 0},
		"far date":                   {503, map[string]string{"Retry-After": "Sun, 01 Jan 2300 00:00:00 GMT"}, false, 0, 0},
		// the pause is for the whole client too, which has a jitter of its own
		"too many requests": {429, map[string]string{"Retry-After": "10"}, true, 10 * time.Second, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if start := time.Now().UTC().Format(time.DateTime); start != "2000-01-01 00:00:00" {
					t.Fatal("a bubble starts at", start)
				}
				var at []time.Time
				client := connect(t, openai.Config{MaxRetries: 1}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					at = append(at, time.Now())
					answers(test.status, test.header, "no")(w, r)
				}))
				_, err := client.RetrieveFile(t.Context(), "f")
				if (len(at) > 1) != test.repeated {
					t.Fatalf("%v after %d requests", err, len(at))
				}
				if told := strings.Contains(err.Error(), "; the server asks to try again after "); told == test.repeated {
					t.Error(err)
				}
				if test.repeated {
					if pause := at[1].Sub(at[0]); pause < test.least || pause > test.most {
						t.Errorf("paused %s, want %s to %s", pause, test.least, test.most)
					}
				}
			})
		})
	}
}

func TestRetry_pausesGrow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status     int
		pauses     []float64 // seconds
		from, upTo float64   // of them
	}{
		"no service": {503, []float64{.5, 1, 2, 4, 8, 16, 30, 30, 30}, .75, 1},
		// the first five are more than the minute by which OpenAI counts
		"too many requests": {429, []float64{2, 4, 8, 16, 30, 30, 30, 30, 30}, 1, 1.25},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				client := connect(t, openai.Config{MaxRetries: 9}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					at = append(at, time.Now())
					answers(test.status, nil, "no")(w, r)
				}))
				_, _ = client.RetrieveFile(t.Context(), "f")
				for i, pause := range test.pauses {
					if got := at[i+1].Sub(at[i]).Seconds(); got > test.upTo*pause || got < test.from*pause {
						t.Errorf("pause %d: %g s, want %g to %g times %g s", i, got, test.from, test.upTo, pause)
					}
				}
			})
		})
	}
}

func TestRetry_whatTheServerSaysOfIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status    int
		header    map[string]string
		body      string
		get, post int
	}{
		"should":              {400, map[string]string{"X-Should-Retry": "true"}, "no", 4, 1},
		"should, 429":         {429, map[string]string{"X-Should-Retry": "true"}, "no", 4, 4},
		"should not":          {503, map[string]string{"X-Should-Retry": "false"}, "no", 1, 1},
		"should not, 429":     {429, map[string]string{"X-Should-Retry": "false"}, "no", 1, 1},
		"nonsense":            {503, map[string]string{"X-Should-Retry": "maybe"}, "no", 4, 1},
		"should, but in 1 h":  {503, map[string]string{"X-Should-Retry": "true", "Retry-After": "3600"}, "no", 1, 1},
		"no money":            {429, nil, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`, 1, 1},
		"no money, but retry": {429, map[string]string{"X-Should-Retry": "true"}, `{"error":{"code":"insufficient_quota"}}`, 1, 1},
		"rate limit":          {429, nil, `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`, 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(test.status, test.header, test.body)))
				_, err := client.RetrieveFile(t.Context(), "f")
				if requests != test.get || refusal(t, err).StatusCode != test.status {
					t.Errorf("retrieve: %v after %d requests", err, requests)
				}
				requests = 0
				_, err = client.CreateFile(t.Context(), params("a.txt", "hello"))
				if requests != test.post || refusal(t, err).StatusCode != test.status {
					t.Errorf("create: %v after %d requests", err, requests)
				}
			})
		})
	}
}

func TestRetry_allRequestsOfAClientPauseTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		at := map[string][]time.Duration{}
		client := connect(t, openai.Config{MaxRetries: 1}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			at[r.URL.Path] = append(at[r.URL.Path], time.Since(start))
			mu.Unlock()
			if time.Since(start) == 0 {
				w.Header().Set("Retry-After", "10")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			answers(http.StatusOK, nil, `{"id":"`+path.Base(r.URL.Path)+`"}`)(w, r)
		}))
		get := func(ctx context.Context, id string) error { _, err := client.RetrieveFile(ctx, id); return err }
		done := make(chan error)
		go func() { done <- get(t.Context(), "slow") }()
		synctest.Wait()
		go func() { done <- get(t.Context(), "other") }()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			if err := get(impatient, "impatient"); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			done <- nil
		}()
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if slow := at["/v1/files/slow"]; len(slow) != 2 || slow[1] < 10*time.Second {
			t.Error("the one that was refused came at", slow)
		}
		if other := at["/v1/files/other"]; len(other) != 1 || other[0] < 10*time.Second || other[0] > 12*time.Second {
			t.Error("another one came at", other)
		}
		if len(at) != 2 {
			t.Error("requests", at)
		}
	})
}

func TestRetry_cancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(http.StatusServiceUnavailable, map[string]string{"Retry-After": "60"}, "busy")))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("the timeout of 1s is over"))
		defer cancel()
		_, err := client.RetrieveFile(ctx, "f")
		const want = "reading file f: the timeout of 1s is over while waiting to retry after: busy (HTTP 503 from GET http://api.test/v1/files/f)"
		if err == nil || err.Error() != want || requests != 1 {
			t.Errorf("got %v after %d requests, want %s", err, requests, want)
		}
		_ = refusal(t, err) // it is one
	})
}

func TestRetry_connections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		dials int
		want  string
	}{
		"refused":             {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, 4, "connection refused"},
		"timeout":             {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection timed out")}, 4, "connection timed out"},
		"no such host":        {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.test", IsNotFound: true}}, 1, "lookup api.test: no such host"},
		"name server is busy": {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "api.test", IsTemporary: true}}, 4, "server misbehaving"},
		"certificate":         {&tls.CertificateVerificationError{Err: errors.New("x509: expired")}, 1, "x509: expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dials := 0
				client := dialer(t, openai.Config{MaxRetries: 3}, func(context.Context, string, string) (net.Conn, error) {
					dials++
					return nil, test.err
				})
				_, err := client.RetrieveFile(t.Context(), "f")
				if !errors.Is(err, test.err) || dials != test.dials || !strings.Contains(err.Error(), test.want) {
					t.Errorf("retrieve: %v after %d attempts", err, dials)
				}
				dials = 0
				_, err = client.UploadFile(t.Context(), params("a.txt", "hello"))
				if !errors.Is(err, test.err) || dials != test.dials || strings.Contains(err.Error(), "may exist") {
					t.Errorf("upload: %v after %d attempts", err, dials)
				}
			})
		})
	}
}

// records keeps what was logged.
type records struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func TestClient_log(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &records{}
		logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{
			Level: slog.LevelDebug,
			ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
				switch attr.Key {
				case slog.TimeKey, "wait", "duration": // jitter
					return slog.Attr{}
				}
				return attr
			},
		}))
		requests := 0
		client := connect(t, openai.Config{BaseURL: "http://user:hunter2-password@api.test/v1?sig=hunter2-query", APIKey: "hunter2-key", MaxRetries: 1, Logger: logger},
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests++; requests == 1 {
					answers(http.StatusServiceUnavailable, map[string]string{"X-Request-Id": "req_1"}, "busy with hunter2-key hunter2-query hunter2-password")(w, r)
					return
				}
				answers(http.StatusOK, map[string]string{"X-Request-Id": "req_2"}, `{"id":"f","filename":"hunter2-body"}`)(w, r)
			}))
		if _, err := client.RetrieveFile(t.Context(), "f"); err != nil {
			t.Error(err)
		}
		want := `level=DEBUG msg="Request answered" method=GET path=/v1/files/f request_bytes=0 status=503 request_id=req_1
level=INFO msg="Waiting before a retry" method=GET path="[files f]" attempt=1 max_retries=1 reason="busy with [redacted] [redacted] [redacted] (HTTP 503, request req_1)"
level=DEBUG msg="Request answered" method=GET path=/v1/files/f request_bytes=0 status=200 request_id=req_2
`
		if diff := cmp.Diff(want, log.text.String()); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
	})
}
