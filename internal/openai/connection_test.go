package openai_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// A proxy refuses, or is not there. Nothing else would happen with the next request.
func TestClient_proxy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		base     string
		status   int // of the proxy; 0: it is not there
		requests int32
		want     string
	}{
		"https, wants a password": {"https://api.test/v1", 407, 1, "reading file f: the proxy ADDRESS requires a user name and a password, which belong in HTTPS_PROXY or HTTP_PROXY (GET https://api.test/v1/files/f)"},
		"http, wants a password":  {"http://api.test/v1", 407, 1, "reading file f: the proxy ADDRESS requires a user name and a password, which belong in HTTPS_PROXY or HTTP_PROXY (HTTP 407 from GET http://api.test/v1/files/f)"},
		"https, forbids":          {"https://api.test/v1", 403, 1, "reading file f: the proxy ADDRESS refused to connect: HTTP 403 Forbidden (GET https://api.test/v1/files/f)"},
		"https, cannot for now":   {"https://api.test/v1", 503, 2, "reading file f: the proxy ADDRESS refused to connect: HTTP 503 Service Unavailable (GET https://api.test/v1/files/f, after 2 attempts in "},
		"https, is not there":     {"https://api.test/v1", 0, 0, "reading file f: the proxy ADDRESS cannot be reached: dial tcp ADDRESS: "},
		"http, is not there":      {"http://api.test/v1", 0, 0, "reading file f: the proxy ADDRESS cannot be reached: dial tcp ADDRESS: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				w.WriteHeader(test.status)
			}))
			t.Cleanup(proxy.Close)
			address := proxy.Listener.Addr().String()
			if test.status == 0 {
				proxy.Close()
			}
			retries := 5
			if test.status == 503 {
				retries = 1 // this one waits for real
			}
			client := networkClient(t, openai.Config{BaseURL: test.base, APIKey: "hunter2-key", MaxRetries: retries})
			client.ProxyThrough(&url.URL{Scheme: "http", User: url.UserPassword("me", "hunter2-proxy"), Host: address})
			began := time.Now()
			_, err := client.RetrieveFile(t.Context(), "f")
			want := strings.ReplaceAll(test.want, "ADDRESS", address)
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if throughTunnel := name != "http, wants a password"; errors.Is(err, openai.ErrProxy) != throughTunnel {
				t.Errorf("got %v, want an ErrProxy: %t", err, throughTunnel)
			}
			if requests.Load() != test.requests || !openai.Hopeless(err) || time.Since(began) > 5*time.Second {
				t.Errorf("got %d requests in %s, hopeless %t; want %d", requests.Load(), time.Since(began), openai.Hopeless(err), test.requests)
			}
		})
	}
}

// A server that speaks only HTTP/2 does not understand an upload.
func TestClient_serverThatSpeaksOnlyHTTP2(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		client := dialer(t, openai.Config{MaxRetries: 5}, func(context.Context, string, string) (net.Conn, error) {
			dials++
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close() //nolint:errcheck // the test is over
				request, err := http.ReadRequest(bufio.NewReader(theirs))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				_, _ = theirs.Write([]byte("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00")) // SETTINGS
			}()
			return ours, nil
		})
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err == nil || !strings.Contains(err.Error(), "the server speaks only HTTP/2, but uploads need HTTP/1.1 (POST http://api.test/v1/files)") || dials > 2 {
			t.Errorf("got %v after %d connections", err, dials)
		}
		_, err = client.RetrieveFile(t.Context(), "f")
		if err == nil || !openai.Hopeless(err) || strings.Contains(err.Error(), "attempts") {
			t.Errorf("got %v, want a hopeless error after one attempt", err)
		}
	})
}

func TestClient_serverThatSpeaksOnlyHTTP2OverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{NextProtos: []string{"h2-only"}, MinVersion: tls.VersionTLS12} // Go itself falls back from h2 to HTTP/1.1
	server.StartTLS()
	t.Cleanup(server.Close)
	client := networkClient(t, openai.Config{BaseURL: server.URL, MaxRetries: 5})
	client.Trust(server.Certificate())
	_, err := client.RetrieveFile(t.Context(), "f")
	if err == nil || !openai.Hopeless(err) || !strings.Contains(err.Error(), "the server speaks only HTTP/2") {
		t.Errorf("got %v", err)
	}
}

// A web page for an answer is that of a login. It is not asked for again where that is safe anyway.
func TestClient_webPageIsAskedForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(http.StatusOK, nil, "<html><title>Sign in</title>")))
		_, readErr := client.RetrieveFile(t.Context(), "f")
		_, listErr := list(t, client, openai.ListFilesParams{})
		for _, err := range []error{readErr, client.DeleteFile(t.Context(), "f"), listErr} {
			if err == nil || !strings.Contains(err.Error(), "the server answered HTTP 200 with a web page titled “Sign in” instead of JSON") || !openai.Hopeless(err) {
				t.Errorf("got %v", err)
			}
		}
		if requests != 3 {
			t.Errorf("got %d requests, want one of each kind", requests)
		}
	})
}

// Every error names the request, and after retries how many there were and how long they took.
func TestClient_errorsNameTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{BaseURL: "http://user:hunter2-password@api.test:8080/base/v1?sig=hunter2-query", APIKey: "hunter2-key", MaxRetries: 3},
			answers(http.StatusServiceUnavailable, map[string]string{"Retry-After": "20", "X-Request-Id": "req_1"}, "busy"))
		_, err := client.RetrieveFile(t.Context(), "a/b")
		// three pauses of 20 seconds, each longer by up to a tenth
		pattern := regexp.MustCompile(`^reading file a/b: busy \(HTTP 503 from GET http://api\.test:8080/base/v1/files/a%2Fb, request req_1, after 4 attempts in 1m[0-6]s\)$`)
		if err == nil || !pattern.MatchString(err.Error()) {
			t.Errorf("got %v, want %s", err, pattern)
		}
		_, err = list(t, client, openai.ListFilesParams{Purpose: "batch"})
		if err == nil || !strings.Contains(err.Error(), "from GET http://api.test:8080/base/v1/files, request") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	})
}

// An answer that took long says how long.
func TestClient_slowErrorsNameTheTime(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]string{31 * time.Second: ", after 31s)", 9900 * time.Millisecond: ""} {
		synctest.Test(t, func(t *testing.T) {
			s, client := newService(t, openai.Config{})
			s.Inject(openaitest.Fault{Delay: took, Status: http.StatusBadRequest, Body: `{"error":{"message":"no"}}`})
			_, err := client.RetrieveFile(t.Context(), "f")
			switch {
			case err == nil || !strings.Contains(err.Error(), "no (HTTP 400 from GET http://api.test/v1/files/f"):
				t.Errorf("got %v, want the refusal", err)
			case !strings.HasSuffix(err.Error(), want), want == "" && strings.Contains(err.Error(), "after"):
				t.Errorf("got %v after %s, want %q at its end", err, took, want)
			}
		})
	}
}

// An HTTP/1.0 proxy refuses to ask for permission first. The content is then sent without, now and later.
func TestUploadFile_expectationFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var expected []string
		s := openaitest.New()
		t.Cleanup(s.Close)
		client := connect(t, openai.Config{MaxRetries: 0}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			expected = append(expected, r.Header.Get("Expect"))
			if r.Header.Get("Expect") != "" {
				w.WriteHeader(http.StatusExpectationFailed)
				return
			}
			s.ServeHTTP(w, r)
		}))
		const size = 1 << 20
		for range 2 {
			if _, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "user_data", Filename: "a.bin", Content: content{size: size}, Size: size}); err != nil {
				t.Error(err)
			}
		}
		if want := []string{"100-continue", "", ""}; !slices.Equal(expected, want) || len(s.Files()) != 2 {
			t.Errorf("got %q and %d files, want %q", expected, len(s.Files()), want)
		}
	})
}

func TestUploadFile_expectationFailedWithoutOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(http.StatusExpectationFailed, nil, "no")))
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if refusal(t, err).StatusCode != 417 || requests != 1 {
			t.Errorf("got %v after %d requests", err, requests)
		}
	})
}

func TestNewClient_refusesHeaders(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Host":         "the header Host is reserved",
		"content-type": "the header content-type is reserved",
		"a b":          `"A b" cannot be the name of a header`,
		"X-Value":      "the value of the header X-Value holds a line break",
	} {
		_, err := openai.NewClient(openai.Config{Header: http.Header{name: {"hunter2\n"}}})
		if err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// Both clocks are an hour apart. What counts is the one that the date comes from.
func TestRetry_dateOfAnotherClock(t *testing.T) {
	t.Parallel()
	for _, offset := range []time.Duration{0, time.Hour, -time.Hour} {
		t.Run(offset.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				client := connect(t, openai.Config{MaxRetries: 1}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					at = append(at, time.Now())
					now := time.Now().Add(offset).UTC()
					answers(http.StatusServiceUnavailable, map[string]string{
						"Date": now.Format(http.TimeFormat), "Retry-After": now.Add(30 * time.Second).Format(http.TimeFormat),
					}, "busy")(w, r)
				}))
				_, err := client.RetrieveFile(t.Context(), "f")
				if len(at) != 2 || at[1].Sub(at[0]) < 30*time.Second || at[1].Sub(at[0]) > 33*time.Second {
					t.Errorf("got %v at %v, want a pause of 30 seconds", err, at)
				}
			})
		})
	}
}

// limited answers 429 with Retry-After to the first n requests.
func limited(n int, seconds string, next http.Handler) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n--
		refuse := n >= 0
		mu.Unlock()
		if refuse {
			answers(http.StatusTooManyRequests, map[string]string{"Retry-After": seconds}, "slow down")(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}
}

func TestRetry_waitingForALimitUsesUpNoRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{MaxRetries: 2}, limited(10, "30", answers(http.StatusOK, nil, `{"id":"f"}`)))
		began := time.Now()
		_, err := client.RetrieveFile(t.Context(), "f")
		if took := time.Since(began); err != nil || took < 5*time.Minute || took > 6*time.Minute {
			t.Errorf("got %v after %s, want an answer after ten pauses", err, took)
		}
	})
}

func TestRetry_limitThatNeverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 2}, counted(&requests, limited(1e6, "60", nil)))
		began := time.Now()
		_, err := client.RetrieveFile(t.Context(), "f")
		if took := time.Since(began); !errors.Is(err, openai.ErrRateLimited) || took < 20*time.Minute || took > 25*time.Minute {
			t.Errorf("got %v after %s and %d requests", err, took, requests)
		}
	})
}

// A server that asks for a year is not obeyed, and it does not stop other requests either.
func TestRetry_limitOfAYearStopsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{MaxRetries: 2}, limited(1, "31536000", answers(http.StatusOK, nil, `{"id":"f"}`)))
		began := time.Now()
		if _, err := client.RetrieveFile(t.Context(), "f"); !errors.Is(err, openai.ErrRateLimited) {
			t.Error(err)
		}
		if _, err := client.RetrieveFile(t.Context(), "f"); err != nil || time.Since(began) != 0 {
			t.Errorf("got %v after %s, want an answer at once", err, time.Since(began))
		}
	})
}

// A file that waits leaves its slot to others. Those of a limit for all wait too, so the pause here is one of a busy service.
func TestUploadFile_aWaitHoldsNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2, MaxConcurrentUploads: 1})
		const size = 1 << 20 // refused before it is sent, so retried
		s.Inject(openaitest.Fault{Method: http.MethodPost, Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"60"}}})
		began := time.Now()
		done := make(chan error)
		go func() {
			_, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "user_data", Filename: "a.bin", Content: content{size: size}, Size: size})
			done <- err
		}()
		synctest.Wait() // refused, and waiting
		if _, err := client.UploadFile(t.Context(), params("b.txt", "hello")); err != nil || time.Since(began) > time.Second {
			t.Errorf("got %v after %s, want no wait for the other file", err, time.Since(began))
		}
		if err := <-done; err != nil || time.Since(began) < time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// What waited for a slot sees the limit that was set meanwhile.
func TestUploadFile_limitWhileWaitingForASlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2, MaxConcurrentUploads: 1})
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}, Hold: hold})
		began := time.Now()
		var group sync.WaitGroup
		for i := range 3 {
			group.Go(func() {
				if _, err := client.UploadFile(t.Context(), params(fmt.Sprint(i), "hello")); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		time.Sleep(59 * time.Second) // of the bubble
		if methods(s) != "POST" {
			t.Errorf("got %s during the pause, want none", methods(s))
		}
		group.Wait()
		if len(s.Files()) != 3 || time.Since(began) > 63*time.Second {
			t.Errorf("got %d files after %s", len(s.Files()), time.Since(began))
		}
	})
}

// Two files in parts share the slots of the process.
func TestUploadFile_partsShareTheSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxConcurrentUploads: 2, MultipartThreshold: 1}, openaitest.WithDiscard())
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Path: "/uploads/*/parts", Hold: hold, Times: -1})
		const size = 65 << 20 // three parts
		var group sync.WaitGroup
		for _, name := range []string{"a.bin", "b.bin"} {
			group.Go(func() {
				if _, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "user_data", Filename: name, Content: content{size: size}, Size: size}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := strings.Count(paths(s), "/parts"); got != 2 {
			t.Errorf("got %d parts in parallel, want 2", got)
		}
		close(hold)
		group.Wait()
	})
}

// Secrets of the configuration do not show in errors of a connection.
func TestError_secretsInTransportErrorsAreRedacted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		broken := errors.New("tunnel for hunter2-key to hunter2-header broke")
		client := dialer(t, openai.Config{
			APIKey: "hunter2-key", Header: http.Header{"X-Token": {"Token hunter2-header"}},
			Logger: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})), MaxRetries: 1,
		}, func(context.Context, string, string) (net.Conn, error) { return nil, broken })
		_, err := client.RetrieveFile(t.Context(), "f")
		for _, said := range []string{err.Error(), text.String()} {
			if strings.Contains(said, "hunter2") || !strings.Contains(said, "tunnel for [redacted] to [redacted] broke") {
				t.Error(said)
			}
		}
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want it to wrap its reason", err)
		}
	})
}
