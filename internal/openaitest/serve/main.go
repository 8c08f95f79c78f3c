// Command serve runs a fake of OpenAI's Files, Uploads, Vector stores and Batch APIs on this machine until it is interrupted.
//
//	go run ./internal/openaitest/serve
//
// It prints two shell commands that configure clients to use it. Explanations go to standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// What is printed before and after the lines for a shell.
const (
	greeting = `This is a fake of OpenAI's API for files, vector stores and batches. It stores everything in memory and in temporary
files, and deletes it when it stops. To use it, run these commands in another terminal:

`
	hint = `
Terraform, OpenTofu and the official SDKs then talk to the fake, and so does curl:

curl -H "Authorization: Bearer $OPENAI_API_KEY" "$OPENAI_BASE_URL/files"

Press Ctrl-C to stop it.
`
)

// run serves until ctx ends, which is no error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var (
		addr      = flags.String("addr", "127.0.0.1:8080", "loopback `address` to listen on; port 0 selects a free port")
		key       = flags.String("key", openaitest.Key, "API `key` to accept")
		pageSize  = flags.Int("page-size", 10_000, "maximum number of `files` in a page of a list")
		latency   = flags.Duration("latency", 0, "`duration` that every request waits")
		bandwidth = flags.Int64("bandwidth", 0, "`bytes` per second of each connection; 0 means no limit")
		unlimited = flags.Bool("unlimited", false, "do not limit how fast files are attached to vector stores")
		discard   = flags.Bool("discard", false, "hash contents but do not keep them")
		verbose   = flags.Bool("log", false, "print a line for every request to standard error")
	)
	if err := flags.Parse(args); err != nil {
		return err
	}
	host, err := loopback(*addr)
	if err != nil {
		return err
	}

	options := []openaitest.Option{
		openaitest.WithKey(*key),
		openaitest.WithPageSize(*pageSize),
		openaitest.WithLatency(*latency),
		openaitest.WithBandwidth(*bandwidth),
		openaitest.WithRequestLimit(1),
	}
	if *discard {
		options = append(options, openaitest.WithDiscard())
	}
	if *unlimited {
		options = append(options, openaitest.WithAttachLimits(0, 0))
	}
	if *verbose {
		options = append(options, openaitest.WithLog(logTo(stderr)))
	}
	fake := openaitest.New(options...)
	defer fake.Close()

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", host)
	if err != nil {
		return fmt.Errorf("%w\nUse another port: make fake ARGS=\"-addr 127.0.0.1:0\" takes a free one", err)
	}
	server := &http.Server{
		Handler:           fake,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	_, _ = fmt.Fprint(stderr, greeting)
	if _, err := fmt.Fprintf(stdout, "export OPENAI_BASE_URL=http://%s/v1\nexport OPENAI_API_KEY=%s\n", listener.Addr(), *key); err != nil {
		return err
	}
	_, _ = fmt.Fprint(stderr, hint)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// loopback returns the address to listen on. The fake accepts a well-known key, so it must not be reachable from a network.
func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("-addr %s is not host:port: %w", addr, err)
	}
	switch ip, err := netip.ParseAddr(host); {
	case host == "", host == "localhost":
		host = "127.0.0.1"
	case err != nil || !ip.IsLoopback():
		return "", fmt.Errorf("-addr %s is not a loopback address: the fake accepts a well-known key, so it serves "+
			"this machine only; use 127.0.0.1:%s", addr, port)
	}
	return net.JoinHostPort(host, port), nil
}

// logTo returns a log of one line for each request.
func logTo(w io.Writer) func(openaitest.Request) {
	logger := log.New(w, "", log.LstdFlags)
	return func(r openaitest.Request) {
		target := url.URL{Path: r.RawPath, RawQuery: r.Query.Encode()}
		if path, err := url.PathUnescape(r.RawPath); err == nil {
			target.Path, target.RawPath = path, r.RawPath
		}
		line := fmt.Sprintf("%s %s %d, %d bytes, %s %s", r.Method, &target, r.Status, r.BodyBytes, r.RequestID, r.FileID)
		logger.Println(strings.TrimSpace(line))
	}
}
