package openai_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// The key would go along.
func TestClient_redirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for location, where := range map[string]string{
		"http://other.test/v1/files":                  "http://other.test",
		"https://user:hunter2@other.test/?sig=hunter": "https://other.test",
		"/login?next=hunter2":                         "another address",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			synctest.Test(t, func(t *testing.T) {
				client, network := connectMemory(t, openai.Config{MaxRetries: 2}, answers(status, map[string]string{"Location": location}, "<title>Moved</title>"))
				_, err := client.RetrieveFile(t.Context(), "f")
				_, uploadErr := client.UploadFile(t.Context(), params("a.txt", "hello"))
				for _, err := range []error{err, uploadErr, client.DeleteFile(t.Context(), "f")} {
					got := refusal(t, err)
					want := "the server redirects to " + where + ", but the provider does not follow redirects, because that would send the API key to another address"
					if got.StatusCode != status || got.Message != want || strings.Contains(err.Error(), "hunter2") {
						t.Errorf("got %v, want %s", err, want)
					}
				}
				for _, address := range network.dialed {
					if address != "api.test:80" {
						t.Error("dialed", address)
					}
				}
			})
		}
	}
}

// Only a redirection redirects.
func TestClient_locationOfAnotherAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status   int
		location string
	}{"refusal with a location": {400, "http://other.test"}, "redirection without one": {304, ""}} {
		synctest.Test(t, func(t *testing.T) {
			header := map[string]string{"Content-Type": "application/json"}
			if answer.location != "" {
				header["Location"] = answer.location
			}
			client := connect(t, openai.Config{}, answers(answer.status, header, `{"error":{"message":"No such thing."}}`))
			_, err := client.RetrieveFile(t.Context(), "f")
			if got := refusal(t, err); strings.Contains(got.Message, "redirects") {
				t.Errorf("%s: got %v, want no word of a redirect", name, err)
			}
		})
	}
}

// gzipped is a megabyte of zeros that has become a kilobyte.
func gzipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(make([]byte, 1<<20))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestClient_answersAreNotUnpacked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		packed := gzipped(t)
		status := http.StatusOK
		client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked := r.Header.Get("Accept-Encoding"); asked != "identity" {
				t.Errorf("asked for %q, want identity", asked)
			}
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(status)
			_, _ = w.Write(packed)
		}))
		if _, err := client.RetrieveFile(t.Context(), "f"); !errors.Is(err, openai.ErrAnswer) {
			t.Error(err)
		}
		var content bytes.Buffer
		if _, err := client.DownloadFile(t.Context(), "f", 1<<20, func() io.Writer { return &content }); err != nil || !bytes.Equal(content.Bytes(), packed) {
			t.Errorf("%v with %d bytes", err, content.Len())
		}
		status = http.StatusBadRequest
		if _, err := client.RetrieveFile(t.Context(), "f"); len(refusal(t, err).Message) > 2000 {
			t.Error(err)
		}
	})
}

func TestClient_serverThatNeverAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 1})
		hold := make(chan struct{})
		defer close(hold)
		s.Inject(openaitest.Fault{Hold: hold, Times: -1})
		start := time.Now()
		_, err := client.RetrieveFile(t.Context(), "f")
		if !errors.Is(err, openai.ErrStalled) || methods(s) != "GET GET" {
			t.Errorf("%v after %s", err, methods(s))
		}
		// a minute each, and half a second less up to a quarter in between
		if waited := time.Since(start); waited < 2*time.Minute || waited > 121*time.Second {
			t.Error("waited", waited)
		}
	})
}

func TestClient_answerThatStopsHalfWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{}, counted(&requests, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})))
		if _, err := client.RetrieveFile(t.Context(), "f"); !errors.Is(err, openai.ErrStalled) || requests != 1 {
			t.Errorf("%v after %d requests", err, requests)
		}
	})
}

// A slow answer makes progress: it may take longer than any pause may last.
func TestClient_slowAnswerIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		file := s.AddFile("a.txt", "batch", []byte("hello"))
		s.Inject(openaitest.Fault{DripAnswer: 50 * time.Second})
		var content bytes.Buffer
		if _, err := client.DownloadFile(t.Context(), file.ID, 10, func() io.Writer { return &content }); err != nil || content.String() != "hello" {
			t.Errorf("%q, %v", content.String(), err)
		}
	})
}

func TestClient_uploadThatStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 1})
		hold := make(chan struct{})
		defer close(hold)
		s.Inject(openaitest.Fault{StallBody: true, Hold: hold})
		const size = 3 << 20
		start := time.Now()
		_, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
		if err != nil || methods(s) != "POST POST" || len(s.Files()) != 1 {
			t.Errorf("%v after %s", err, methods(s))
		}
		if waited := time.Since(start); waited < 5*time.Minute || waited > 6*time.Minute {
			t.Error("waited", waited)
		}
	})
}

// measured are the numbers in a message.
var measured = regexp.MustCompile(`\b[0-9][0-9.]*`)

func TestClient_slowUploadIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := &records{}
		rated := false
		logger := slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
				switch attr.Key {
				case slog.TimeKey, "rate", "percent":
					return slog.Attr{}
				case slog.MessageKey:
					rated = rated || strings.HasSuffix(attr.Value.String(), " MB, 0.3 MB/s")
					return slog.String(attr.Key, measured.ReplaceAllString(attr.Value.String(), "N"))
				}
				return attr
			},
		}))
		const size = 8 << 20 // at 256 KiB a second half a minute
		_, client := newService(t, openai.Config{Logger: logger}, openaitest.WithBandwidth(256<<10))
		_, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
		if err != nil {
			t.Fatal(err)
		}
		const line = "level=INFO msg=\"Uploading a.jsonl: N% of N MB, N MB/s\" filename=a.jsonl bytes=8388608\n"
		if diff := cmp.Diff("", strings.ReplaceAll(text.text.String(), line, "")); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
		if !rated {
			t.Error("no line has the rate 0.3 MB/s")
		}
		if n := strings.Count(text.text.String(), line); n < 4 || n > 7 {
			t.Errorf("%d lines about half a minute", n)
		}
	})
}

func TestClient_overTheNetwork(t *testing.T) {
	t.Parallel()
	s := openaitest.NewServer()
	t.Cleanup(s.Close)
	client := networkClient(t, openai.Config{BaseURL: s.URL, APIKey: openaitest.Key})
	uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
	if err != nil || uploaded.SHA256 != helloSHA256 {
		t.Fatalf("%+v, %v", uploaded, err)
	}
	if err := client.DeleteFile(t.Context(), uploaded.ID); err != nil || len(s.Files()) != 0 {
		t.Error(err)
	}
}

func networkClient(t *testing.T, cfg openai.Config) *openai.Client {
	t.Helper()
	client, err := openai.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestClient_nobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	client := networkClient(t, openai.Config{BaseURL: "http://" + address + "/v1?sig=hunter2"})
	_, err = client.RetrieveFile(t.Context(), "f")
	start, end := "reading file f: dial tcp "+address+": ", " (GET http://"+address+"/v1/files/f)" // what is between them depends on the system
	if err == nil || !strings.HasPrefix(err.Error(), start) || !strings.HasSuffix(err.Error(), end) || !openai.Hopeless(err) {
		t.Errorf("got %v, want %s…%s", err, start, end)
	}
}

func TestClient_certificateOfNobody(t *testing.T) {
	t.Parallel()
	var handshakes atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		handshakes.Add(1)
		return nil, nil //nolint:nilnil // as tls.Config wants it
	}}
	server.StartTLS()
	t.Cleanup(server.Close)
	client := networkClient(t, openai.Config{BaseURL: server.URL, MaxRetries: 5})
	_, err := client.RetrieveFile(t.Context(), "f")
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || handshakes.Load() != 1 {
		t.Errorf("%v after %d handshakes", err, handshakes.Load())
	}
}

func TestClient_serverWithoutTLS(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	client := networkClient(t, openai.Config{BaseURL: "https://" + address, MaxRetries: 5})
	_, err := client.RetrieveFile(t.Context(), "f")
	want := "reading file f: " + address + " does not support TLS; use http:// instead of https:// in its address (GET https://" + address + "/files/f)"
	if err == nil || err.Error() != want || !openai.Hopeless(err) || connections.Load() != 1 {
		t.Errorf("got  %v after %d connections\nwant %s after one", err, connections.Load(), want)
	}
}

func TestClient_cancelledRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 5})
		hold := make(chan struct{})
		defer close(hold)
		s.Inject(openaitest.Fault{Hold: hold})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.RetrieveFile(ctx, "f")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second || methods(s) != "GET" {
			t.Errorf("%v after %s and %s", err, time.Since(start), methods(s))
		}
	})
}
