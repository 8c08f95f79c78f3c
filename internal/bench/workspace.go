package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/cli"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// bench holds what all measurements share.
type bench struct {
	n        int // repetitions
	quick    bool
	cli      string // terraform or tofu
	provider string // the program
	serve    string // the program that is the fake
	rc       string // configuration of the CLI
	dir      string // of the current row
}

// pick returns the size to measure at.
func pick[T any](b *bench, full, quick T) T {
	if b.quick {
		return quick
	}
	return full
}

// build builds the provider and the fake, and configures the CLI to use them.
func (b *bench) build(ctx context.Context, dir string) (err error) {
	bin := filepath.Join(dir, "bin")
	if b.provider, err = cli.BuildProvider(ctx, bin, "terraform-provider-openai"); err != nil {
		return err
	}
	if b.serve, err = cli.BuildFake(ctx, bin, "serve"); err != nil {
		return err
	}
	b.rc = filepath.Join(dir, "cli.rc")
	return os.WriteFile(b.rc, []byte(cli.Overrides(bin)), 0o600)
}

// fake is the fake service in a process of its own.
type fake struct {
	url string
	cmd *exec.Cmd
}

func (b *bench) startFake(ctx context.Context, args ...string) (*fake, error) {
	cmd := exec.CommandContext(ctx, b.serve, append(args, "-addr", "127.0.0.1:0", "-discard")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &fake{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		f.stop()
		return nil, fmt.Errorf("starting the fake: %w", err)
	}
	f.url = strings.TrimPrefix(strings.TrimSpace(line), "export OPENAI_BASE_URL=")
	return f, nil
}

func (f *fake) stop() {
	_ = f.cmd.Process.Signal(os.Interrupt)
	_ = f.cmd.Wait()
}

// workspace is a directory in which the CLI runs the provider.
type workspace struct {
	bench *bench
	dir   string
	env   []string
}

// workspace creates a workspace with one configuration file, for the service at url.
func (b *bench) workspace(url, config string) (*workspace, error) {
	dir, err := os.MkdirTemp(b.dir, "")
	if err != nil {
		return nil, err
	}
	w := &workspace{bench: b, dir: dir, env: cli.Environment(b.rc, url, openaitest.Key)}
	return w, w.write("main.tf", "terraform {\n  required_providers {\n    openai = { source = \"openaifiles/openai\" }\n  }\n}\n"+config)
}

// oneFile creates a workspace with one openai_file of size zero bytes. Arguments are those of the provider block.
func (b *bench) oneFile(url string, size int64, arguments string) (*workspace, error) {
	w, err := b.workspace(url, fmt.Sprintf(`
provider "openai" {
  %s
}
resource "openai_file" "bench" {
  purpose = "user_data"
  source  = "file.bin"
}
`, arguments))
	if err != nil {
		return nil, err
	}
	return w, errors.Join(w.write("file.bin", ""), os.Truncate(w.path("file.bin"), size))
}

// manyFiles creates a workspace with n small, different files.
func (b *bench) manyFiles(url, config string, n int) (*workspace, error) {
	w, err := b.workspace(url, config)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(w.path("files"), 0o755); err != nil {
		return nil, err
	}
	return w, w.edit(n, 1, "first")
}

// edit writes a text with the edition to every step-th of n files.
func (w *workspace) edit(n, step int, edition string) error {
	for i := 0; i < n; i += step {
		if err := w.write(fmt.Sprintf("files/%05d.txt", i), fmt.Sprintf("File %d, %s edition.\n", i, edition)); err != nil {
			return err
		}
	}
	return nil
}

func (w *workspace) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workspace) write(name, text string) error {
	return os.WriteFile(w.path(name), []byte(text), 0o600)
}

// run runs the CLI and returns what it printed.
func (w *workspace) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, w.bench.cli, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = w.dir, w.env
	// An interrupted CLI ends the provider too.
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(os.Interrupt) }, 10*time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, tail(string(out)))
	}
	return string(out), nil
}

func tail(text string) string { return text[max(0, len(text)-2000):] }

// seconds returns how long the CLI runs.
func (w *workspace) seconds(ctx context.Context, args ...string) (float64, error) {
	began := time.Now()
	_, err := w.run(ctx, args...)
	return time.Since(began).Seconds(), err
}

func (w *workspace) apply(ctx context.Context) (float64, error) {
	return w.seconds(ctx, "apply", "-auto-approve")
}

func (w *workspace) destroy(ctx context.Context) (float64, error) {
	return w.seconds(ctx, "destroy", "-auto-approve")
}

// planNothing plans, and fails if the plan has a change.
func (w *workspace) planNothing(ctx context.Context) (float64, error) {
	return w.seconds(ctx, "plan", "-detailed-exitcode")
}

// applyAnew removes the state and applies.
func (w *workspace) applyAnew(ctx context.Context) (float64, error) {
	if err := w.forget(); err != nil {
		return 0, err
	}
	return w.apply(ctx)
}

func (w *workspace) forget() error {
	err := os.Remove(w.path("terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// peak returns the peak memory, in MiB, of a provider process while use runs the CLI. Unlike elsewhere, one process serves all
// these runs.
func (w *workspace) peak(ctx context.Context, use func(*workspace) error) (float64, error) {
	provider, err := cli.StartProvider(ctx, w.bench.provider, w.dir, w.env)
	if err != nil {
		return 0, err
	}
	defer provider.Stop()
	attached := *w
	attached.env = append(slices.Clip(w.env), provider.Reattach)
	if err := use(&attached); err != nil {
		return 0, err
	}
	bytes, err := provider.PeakMemory()
	return float64(bytes) / (1 << 20), err
}

// inFile returns the first group of a pattern in a file, empty if there is none.
func inFile(path, pattern string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

// number reads digits.
func number(digits string) float64 {
	n, _ := strconv.ParseFloat(digits, 64)
	return n
}
