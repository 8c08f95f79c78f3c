package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestRun_saysHowToUseAndStopIt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, stdout := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", ":0", "-key", "sk-mine", "-log"}, stdout, &stderr)
		_ = stdout.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	line := func(prefix string) string {
		t.Helper()
		lines.Scan()
		value, ok := strings.CutPrefix(lines.Text(), prefix)
		if !ok {
			t.Fatalf("%q does not start with %q", lines.Text(), prefix)
		}
		return value
	}
	url, key := line("export OPENAI_BASE_URL="), line("export OPENAI_API_KEY=")
	if !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.HasSuffix(url, "/v1") || key != "sk-mine" {
		t.Error(url, key)
	}

	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/files?limit=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}

	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if lines.Scan() {
		t.Errorf("got another line at the end: %q", lines.Text())
	}
	for _, want := range []string{
		"This is a fake of OpenAI's API", "run these commands in another terminal:", "Press Ctrl-C to stop it.",
		"GET /v1/files?limit=3 200, 0 bytes, req_",
	} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("got %q on standard error, want %q in it", stderr.String(), want)
		}
	}
}

func TestRun_servesThisMachineOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "192.0.2.1:80", "[::]:0", "example.com:80", "nonsense"} {
		err := run(t.Context(), []string{"-addr", addr}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]string{
		":8080":          "127.0.0.1:8080",
		"localhost:0":    "127.0.0.1:0",
		"127.0.0.2:8080": "127.0.0.2:8080",
		"[::1]:0":        "[::1]:0",
	} {
		if got, err := loopback(addr); got != want || err != nil {
			t.Errorf("%s: %s, %v", addr, got, err)
		}
	}
}
