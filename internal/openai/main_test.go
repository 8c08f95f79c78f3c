package openai_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Most tests run in a bubble of testing/synctest, over connections made of memory: waits of minutes pass at once, and a
// goroutine that a test leaves behind makes it fail. TestMain looks after those that use the network.
func TestMain(m *testing.M) {
	goroutines, files := runtime.NumGoroutine(), openFiles()
	code := m.Run()
	if fuzzing := flag.Lookup("test.fuzz").Value.String() != ""; code == 0 && !fuzzing { // fuzzing leaves its own behind
		if err := leaks(goroutines, files); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// leaks gives goroutines that are about to end the time to do so.
func leaks(goroutines, files int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for runtime.NumGoroutine() > goroutines || openFiles() > files {
		if ctx.Err() != nil {
			var stacks strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			return fmt.Errorf("at the end of the tests: %d goroutines, %d before; %d open files, %d before\n%s",
				runtime.NumGoroutine(), goroutines, openFiles(), files, stacks.String())
		}
		runtime.Gosched()
	}
	return nil
}

// openFiles counts the sockets of this process; 0 where that cannot be known.
func openFiles() int {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	sockets := 0
	for _, entry := range entries {
		if target, err := os.Readlink(dir + "/" + entry.Name()); err == nil && strings.HasPrefix(target, "socket:") {
			sockets++
		}
	}
	return sockets
}

// memory is a network of one bubble. It is the listener of a server that answers at every address.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}

	mu     sync.Mutex
	dialed []string
}

func (m *memory) dial(ctx context.Context, _, address string) (net.Conn, error) {
	m.mu.Lock()
	m.dialed = append(m.dialed, address)
	m.mu.Unlock()
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	close(m.closed)
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// connect returns a client of a handler, in a bubble. Its requests are repeated cfg.MaxRetries times.
func connect(t *testing.T, cfg openai.Config, handler http.Handler) *openai.Client {
	t.Helper()
	client, _ := connectMemory(t, cfg, handler)
	return client
}

func connectMemory(t *testing.T, cfg openai.Config, handler http.Handler) (*openai.Client, *memory) {
	t.Helper()
	m := &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Hour}
	go func() { _ = server.Serve(m) }()
	t.Cleanup(func() { _ = server.Close() })
	return dialer(t, cfg, m.dial), m
}

// dialer returns a client of whatever dial finds.
func dialer(t *testing.T, cfg openai.Config, dial func(context.Context, string, string) (net.Conn, error)) *openai.Client {
	t.Helper()
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://api.test/v1"
	}
	if cfg.APIKey == "" {
		cfg.APIKey = openaitest.Key
	}
	client, err := openai.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client.DialWith(dial)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// newService returns a fake and a client of it, in a bubble.
func newService(t *testing.T, cfg openai.Config, opts ...openaitest.Option) (*openaitest.Server, *openai.Client) {
	t.Helper()
	s := openaitest.New(opts...)
	t.Cleanup(s.Close)
	return s, connect(t, cfg, s)
}

// answers returns a handler that reads a request and gives it this answer.
func answers(status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// counted counts the requests of a handler.
func counted(n *int, handler http.Handler) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		*n++
		mu.Unlock()
		handler.ServeHTTP(w, r)
	}
}

// endless never ends.
type endless struct{}

var block = bytes.Repeat([]byte("x"), 32<<10)

func (endless) Read(p []byte) (int, error) { return copy(p, block), nil }

// params describes a file with a text for its content.
func params(filename, text string) openai.CreateFileParams {
	return openai.CreateFileParams{
		Purpose:  "user_data",
		Filename: filename,
		Content:  strings.NewReader(text),
		Size:     int64(len(text)),
	}
}

// methods are those of the requests a fake has seen, in their order.
func methods(s *openaitest.Server) string {
	var all []string
	for _, request := range s.Requests() {
		all = append(all, request.Method)
	}
	return strings.Join(all, " ")
}

// refusal returns the refusal that an error holds.
func refusal(t *testing.T, err error) *openai.Error {
	t.Helper()
	refused, ok := errors.AsType[*openai.Error](err)
	if !ok {
		t.Fatalf("no refusal: %v", err)
	}
	return refused
}

// content is something to send that may be long, or break.
type content struct {
	size int64 // bytes, all x
	err  error // at the end; nil means that the content just ends there
}

func (c content) ReadAt(p []byte, offset int64) (int, error) {
	n := max(min(int64(len(p)), c.size-offset), 0)
	copy(p, bytes.Repeat([]byte("x"), int(n)))
	switch {
	case n == int64(len(p)):
		return int(n), nil
	case c.err != nil:
		return int(n), c.err
	}
	return int(n), io.EOF
}
