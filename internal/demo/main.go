// Command demo shows the provider at work on a machine without a key and without OpenAI. It builds the provider, starts the fake
// service, and takes a small knowledge base through plan, upload, search, an edit and a clean destroy with the terraform or tofu that
// it finds:
//
//	go run ./internal/demo [-cli path]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/openaifiles/terraform-provider-openai/internal/cli"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const example = "internal/demo/knowledge-base"

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

	d := demo{ctx: ctx, cli: program, dir: filepath.Join(dir, "work"), color: colorful()}
	d.say("Build the provider and start the fake service on this machine")
	provider, err := cli.BuildProvider(ctx, dir, "provider")
	if err != nil {
		return err
	}
	installation, err := cli.Mirror(filepath.Join(dir, "mirror"), provider)
	if err != nil {
		return err
	}
	d.server = openaitest.NewServer()
	defer d.server.Close()
	fmt.Println("The fake service listens on", d.server.URL)

	if err := os.CopyFS(d.dir, os.DirFS(example)); err != nil {
		return err
	}
	config := filepath.Join(dir, "cli.rc")
	if err := os.WriteFile(config, []byte(installation), 0o600); err != nil {
		return err
	}
	d.env = cli.Environment(config, d.server.URL, openaitest.Key)
	return d.show()
}

// colorful reports whether the output is a terminal and the user has not disabled colors: https://no-color.org.
func colorful() bool {
	info, err := os.Stdout.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

type demo struct {
	ctx    context.Context
	cli    string
	dir    string
	env    []string
	color  bool
	server *openaitest.Server
}

func (d demo) show() error {
	if err := d.quietly("init"); err != nil {
		return err
	}
	edit := func() error {
		fmt.Println("$ echo 'A customer can now return an item within sixty days.' >> pages/returns.md")
		return appendTo(filepath.Join(d.dir, "pages", "returns.md"), "A customer can now return an item within sixty days.\n")
	}
	for _, step := range []struct {
		title string
		do    func() error
	}{
		{"Plan: three pages, a vector store, and the pages in it", func() error { return d.run("plan", "-out=first.plan") }},
		{"Apply: upload the pages, attach them, wait until they are indexed, and search", func() error { return d.run("apply", "first.plan") }},
		{"What the service holds", func() error { return d.expect(3, 3) }},
		{"Plan again: nothing has changed, so nothing is planned", func() error { return d.run("plan", "-detailed-exitcode") }},
		{"Edit a page", edit},
		{"Apply: upload and attach the new version, then detach the old one; the other pages stay", func() error { return d.run("apply", "-auto-approve") }},
		{"What the service holds: the next apply deletes the old version", func() error { return d.expect(4, 3) }},
		{"Destroy: nothing is left", func() error { return d.run("destroy", "-auto-approve") }},
		{"What the service holds", func() error { return d.expect(0, 0) }},
	} {
		d.say(step.title)
		if err := step.do(); err != nil {
			return err
		}
	}
	d.summarize()
	return nil
}

// run runs the CLI and shows what it prints.
func (d demo) run(args ...string) error {
	fmt.Printf("$ %s %s\n", filepath.Base(d.cli), strings.Join(args, " "))
	if !d.color {
		args = append(args[:1:1], append([]string{"-no-color"}, args[1:]...)...)
	}
	cmd := d.command(args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(d.cli), strings.Join(args, " "), err)
	}
	return nil
}

// quietly runs the CLI and shows what it prints only if it fails.
func (d demo) quietly(args ...string) error {
	fmt.Printf("$ %s %s\n", filepath.Base(d.cli), strings.Join(args, " "))
	out, err := d.command(args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(d.cli), strings.Join(args, " "), err, out)
	}
	fmt.Println("The provider is installed.")
	return nil
}

func (d demo) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.ctx, d.cli, args...)
	cmd.Dir, cmd.Env = d.dir, d.env
	return cmd
}

// expect shows the files of the service, and checks how many there are and how many are attached to a vector store.
func (d demo) expect(files, attached int) error {
	inStore := map[string]bool{}
	for _, store := range d.server.VectorStores() {
		for _, file := range d.server.Attachments(store.ID) {
			inStore[file.FileID] = true
		}
	}
	kept := d.server.Files()
	for _, file := range kept {
		where := "not attached"
		if inStore[file.ID] {
			where = "attached"
		}
		fmt.Printf("  %s  %-12s %4d bytes  %s\n", file.ID, file.Filename, file.Bytes, where)
	}
	if len(kept) == 0 {
		fmt.Println("  no files")
	}
	if len(kept) != files || len(inStore) != attached {
		return fmt.Errorf("the service holds %d files and %d attachments, want %d and %d", len(kept), len(inStore), files, attached)
	}
	return nil
}

// summarize counts the requests of each kind.
func (d demo) summarize() {
	seen := map[string]int{}
	for _, request := range d.server.Requests() {
		switch {
		case request.Method == http.MethodPost && request.Path == "/files":
			seen["uploads"]++
		case request.Method == http.MethodPost && strings.HasSuffix(request.Path, "/file_batches"):
			seen["batches"]++
		case request.Method == http.MethodPost && strings.HasSuffix(request.Path, "/search"):
			seen["searches"]++
		case request.Method == http.MethodDelete:
			seen["deletions"]++
		case request.Method == http.MethodGet:
			seen["reads"]++
		}
	}
	d.say("Summary")
	fmt.Printf("Four uploads for three pages and one edit, and nothing is left at the service.\nRequests: %d uploads, %d batches of attachments, %d searches, %d deletions, %d reads.\n",
		seen["uploads"], seen["batches"], seen["searches"], seen["deletions"], seen["reads"])
}

func (d demo) say(step string) {
	line := "── " + step
	if d.color {
		line = "\033[1m" + line + "\033[0m"
	}
	fmt.Printf("\n%s\n", line)
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
