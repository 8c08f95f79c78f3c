// Command bench measures speed and memory of the provider and of what it is compared to, and prints a Markdown table:
//
//	go run ./internal/bench [-run regexp] [-n 3] [-quick] [-svg file] [-cli path]
//
// Nothing leaves this machine: the service is the fake, in a process of its own. The figures depend on the machine. The ratios depend on it
// less, because measurements that are compared are taken alternately.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/cli"
)

// row is a group of measurements that share their preparation.
type row struct {
	name    string
	what    string
	measure func(context.Context, *bench) ([]result, error)
}

var rows = []row{
	{"upload", "one large file, compared to curl", measureUpload},
	{"line", "one large file, compared to curl, over 1 Gbit/s", measureLine},
	{"memory", "the provider's peak memory by size of the file", measureMemory},
	{"plan", "plan of a large file that has not changed, compared to its SHA-256", measurePlan},
	{"parts", "upload in parts, compared to one stream, on a network with latency", measureParts},
	{"for_each", "openai_file with for_each: refresh, and openai_file_set instead", measureForEach},
	{"set", "openai_file_set of thousands: create, plan, change, destroy", measureSet},
	{"attachments", "openai_vector_store_files of thousands: create, plan, change, destroy, memory", measureAttachments},
	{"jsonl", "checks of JSON Lines, compared to encoding/json", measureJSONL},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	b := &bench{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("run", "", "measure only what matches the `regexp`: "+names())
	flags.IntVar(&b.n, "n", 3, "repetitions")
	flags.BoolVar(&b.quick, "quick", false, "small sizes, for a first impression in two minutes; results are not compared to the targets")
	picture := flags.String("svg", "", "draw the results that have a target into this `file`")
	wanted := flags.String("cli", "", "`path` of terraform or tofu; empty: the one on PATH")
	if err := flags.Parse(args); err != nil {
		return err
	}
	selected, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	b.n = max(b.n, 1)
	if b.cli, err = cli.Find(*wanted); err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "openai-files-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := b.build(ctx, dir); err != nil {
		return err
	}
	machine, err := b.machine(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n\n", machine)

	var results []result
	var failed []error
	for _, r := range rows {
		if !selected.MatchString(r.name) || ctx.Err() != nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", r.name, r.what)
		found, err := b.measure(ctx, r, filepath.Join(dir, r.name))
		results = append(results, found...)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	fmt.Fprintln(os.Stderr)
	fmt.Print(table(results, !b.quick))
	if *picture != "" {
		failed = append(failed, os.WriteFile(*picture, []byte(svg(results, machine, !b.quick)), 0o644))
	}
	return errors.Join(failed...)
}

func names() string {
	var all []string
	for _, r := range rows {
		all = append(all, r.name)
	}
	return strings.Join(all, ", ")
}

// measure gives a row a directory of its own.
func (b *bench) measure(ctx context.Context, r row, dir string) (_ []result, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b.dir = dir
	return r.measure(ctx, b)
}

// machine describes the machine and the versions that the figures depend on.
func (b *bench) machine(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, b.cli, "version").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", b.cli, err)
	}
	version, _, _ := strings.Cut(string(out), "\n")
	cores := fmt.Sprintf("%d cores", runtime.NumCPU())
	if model := inFile("/proc/cpuinfo", `(?m)^model name\s*: (.*)$`); model != "" {
		cores += " (" + model + ")"
	}
	memory := ""
	if kilobytes := inFile("/proc/meminfo", `MemTotal:\s+(\d+) kB`); kilobytes != "" {
		memory = fmt.Sprintf("%.0f GiB of memory, ", number(kilobytes)/(1<<20))
	}
	how := fmt.Sprintf("median of %d", b.n)
	if b.quick {
		how += ", small sizes"
	}
	if load := inFile("/proc/loadavg", `^(\S+)`); load != "" {
		how += ", load average " + load + " at the start"
	}
	return fmt.Sprintf("%s: %s, %s%s/%s, %s, %s; %s.", time.Now().UTC().Format(time.DateOnly),
		cores, memory, runtime.GOOS, runtime.GOARCH, runtime.Version(), version, how), nil
}
