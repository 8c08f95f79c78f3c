// Command demo shows the provider at work on a machine without a key and without OpenAI: it builds the provider, starts the
// fake service, and takes real files through plan, upload, an edit and a clean destroy with the terraform or tofu it finds:
//
//	go run ./internal/demo [-cli path]
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
	"runtime"
	"strings"

	"github.com/openaifiles/terraform-provider-openai/internal/cli"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const example = "examples/getting-started"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	wanted := flag.String("cli", "", "`path` of terraform or tofu; empty: the one on PATH")
	flag.Parse()
	if err := run(ctx, *wanted); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, wanted string) (err error) {
	program, err := cli.Find(wanted)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "openai-files-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	say("Build the provider")
	mirror := filepath.Join(dir, "mirror")
	if err := build(ctx, mirror); err != nil {
		return err
	}

	say("Start a fake OpenAI on this machine")
	server := openaitest.NewServer()
	defer server.Close()
	fmt.Println(server.URL)

	work := filepath.Join(dir, "work")
	if err := os.CopyFS(work, os.DirFS(example)); err != nil {
		return err
	}
	config := filepath.Join(dir, "cli.rc")
	installation := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(config, []byte(installation), 0o600); err != nil {
		return err
	}
	d := demo{ctx: ctx, cli: program, dir: work, env: cli.Environment(config, server.URL, openaitest.Key), server: server}
	return d.show()
}

// build puts the provider where a release would be in a mirror of the registries.
func build(ctx context.Context, mirror string) error {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	dir := filepath.Join(mirror, "registry.terraform.io/openaifiles/openai/0.1.0", platform)
	if _, err := cli.BuildProvider(ctx, dir, "terraform-provider-openai_v0.1.0"); err != nil {
		return err
	}
	// tofu looks for the same provider under the name of its own registry.
	return os.CopyFS(filepath.Join(mirror, "registry.opentofu.org"), os.DirFS(filepath.Join(mirror, "registry.terraform.io")))
}

type demo struct {
	ctx    context.Context
	cli    string
	dir    string
	env    []string
	server *openaitest.Server
}

func (d demo) show() error {
	say("Install the provider")
	if err := d.terraform("init"); err != nil {
		return err
	}
	say("Plan: three files are to be uploaded")
	if err := d.terraform("plan", "-out=first.plan"); err != nil {
		return err
	}
	say("Apply: they are uploaded, and the list is read back")
	if err := d.terraform("apply", "first.plan"); err != nil {
		return err
	}
	if err := d.expect(3, 0); err != nil {
		return err
	}
	say("Nothing changed: nothing is planned, nothing is sent")
	if err := d.terraform("plan", "-detailed-exitcode"); err != nil {
		return err
	}
	if err := d.expect(3, 0); err != nil {
		return err
	}

	say("Edit data/returns.md")
	edited := filepath.Join(d.dir, "data", "returns.md")
	fmt.Println("echo 'Sixty days, from now on.' >> data/returns.md")
	if err := appendTo(edited, "Sixty days, from now on.\n"); err != nil {
		return err
	}
	say("Apply: the edited file is replaced, the new one first; the others stay")
	if err := d.terraform("apply", "-auto-approve"); err != nil {
		return err
	}
	if err := d.expect(4, 1); err != nil {
		return err
	}
	say("Destroy: nothing is left")
	if err := d.terraform("destroy", "-auto-approve"); err != nil {
		return err
	}
	if err := d.expect(4, 4); err != nil {
		return err
	}
	say("Done: four uploads, four deletions, no file left at the service")
	return nil
}

func (d demo) terraform(args ...string) error {
	fmt.Printf("$ %s %s\n", filepath.Base(d.cli), strings.Join(args, " "))
	cmd := exec.CommandContext(d.ctx, d.cli, args...)
	cmd.Dir, cmd.Env = d.dir, d.env
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(d.cli), strings.Join(args, " "), err)
	}
	return nil
}

// expect checks what the service has seen so far and shows what it keeps.
func (d demo) expect(uploads, deletions int) error {
	seen := map[string]int{}
	for _, request := range d.server.Requests() {
		seen[request.Method]++
	}
	fmt.Printf("\nThe service has seen %d uploads and %d deletions so far, and keeps:\n", seen["POST"], seen["DELETE"])
	files := d.server.Files()
	for _, file := range files {
		fmt.Printf("  %s  %-12s %4d bytes  SHA-256 %.12s…\n", file.ID, file.Filename, file.Bytes, file.SHA256)
	}
	if len(files) == 0 {
		fmt.Println("  nothing")
	}
	if seen["POST"] != uploads || seen["DELETE"] != deletions || len(files) != uploads-deletions {
		return fmt.Errorf("expected %d uploads, %d deletions and %d files", uploads, deletions, uploads-deletions)
	}
	return nil
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func say(step string) {
	fmt.Printf("\n\033[1m── %s\033[0m\n", step)
}
