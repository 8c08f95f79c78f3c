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

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const module = "github.com/openaifiles/terraform-provider-openai"

// bench is what all measurements share.
type bench struct {
	n     int // repetitions
	quick bool
	cli   string // terraform or tofu
	bin   string // directory of the programs that were built
	rc    string // configuration of the CLI
	dir   string // of the current row
}

// pick returns the size to measure at.
func pick[T any](b *bench, full, quick T) T {
	if b.quick {
		return quick
	}
	return full
}

func (b *bench) findCLI() error {
	for _, name := range []string{b.cli, "terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			b.cli, err = filepath.Abs(path)
			return err
		}
		if name != "" && name == b.cli {
			return fmt.Errorf("-cli %s is not a program", name)
		}
	}
	return errors.New("neither terraform nor tofu is on PATH: get one of them, version 1.11 or newer")
}

// build builds the provider as it is released, and the fake, and makes the CLI use them.
func (b *bench) build(ctx context.Context, dir string) error {
	b.bin, b.rc = filepath.Join(dir, "bin"), filepath.Join(dir, "cli.rc")
	for name, pkg := range map[string]string{"terraform-provider-openai": module, "serve": module + "/internal/openaitest/serve"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(b.bin, name), pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", pkg, err, out)
		}
	}
	return os.WriteFile(b.rc, fmt.Appendf(nil, `
provider_installation {
  dev_overrides {
    "registry.terraform.io/openaifiles/openai" = %[1]q
    "registry.opentofu.org/openaifiles/openai" = %[1]q
  }
  direct {}
}
`, b.bin), 0o600)
}

// fake is the fake service in a process of its own.
type fake struct {
	url string
	cmd *exec.Cmd
}

func (b *bench) startFake(ctx context.Context) (*fake, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(b.bin, "serve"), "-addr", "127.0.0.1:0", "-discard")
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

// workspace makes a workspace with one configuration file and a service.
func (b *bench) workspace(url, config string) (*workspace, error) {
	dir, err := os.MkdirTemp(b.dir, "")
	if err != nil {
		return nil, err
	}
	w := &workspace{bench: b, dir: dir}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "OPENAI_") {
			w.env = append(w.env, variable)
		}
	}
	w.env = append(w.env, "TF_CLI_CONFIG_FILE="+b.rc, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"OPENAI_BASE_URL="+url, "OPENAI_API_KEY="+openaitest.Key)
	return w, w.write("main.tf", "terraform {\n  required_providers {\n    openai = { source = \"openaifiles/openai\" }\n  }\n}\n"+config)
}

// oneFile makes a workspace with one openai_file of size bytes, all of them zero. Arguments are those of the provider.
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

// manyFiles makes a workspace with n small files that all differ.
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

// edit gives every step-th of n files a text that names the edition.
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

// planNothing plans what is not to change; a change is an error.
func (w *workspace) planNothing(ctx context.Context) (float64, error) {
	return w.seconds(ctx, "plan", "-detailed-exitcode")
}

// applyAnew applies as the first time.
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

// peak returns the most memory, in MiB, that a provider process has while use runs the CLI. The process outlives the single
// runs, as it does only here.
func (w *workspace) peak(ctx context.Context, use func(*workspace) error) (float64, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(w.bench.bin, "terraform-provider-openai"), "-debug")
	cmd.Dir, cmd.Env = w.dir, w.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	reattach := regexp.MustCompile(`TF_REATTACH_PROVIDERS='([^']+)'`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		found := reattach.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		attached := *w
		attached.env = append(slices.Clip(w.env), "TF_REATTACH_PROVIDERS="+found[1])
		if err := use(&attached); err != nil {
			return 0, err
		}
		kilobytes := inFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid), `VmHWM:\s+(\d+) kB`)
		if kilobytes == "" {
			return 0, errors.New("no peak memory in /proc: it is known on Linux only")
		}
		return number(kilobytes) / 1024, nil
	}
	return 0, errors.New("the provider did not start")
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
