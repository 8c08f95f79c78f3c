package provider_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/cli"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// builtIn is the directory of the provider that binary has built; empty: none yet. TestMain removes it.
var builtIn string

// binary builds the provider once for all tests that run it as a process of its own.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "terraform-provider-openai-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	return cli.BuildProvider(context.Background(), dir, "terraform-provider-openai")
})

// workspace is a directory in which the real CLI runs the built provider.
type workspace struct {
	dir string
	cli string
	env []string
}

// required declares the provider, for configurations that do not.
const required = `
terraform {
  required_providers {
    openai = { source = "openaifiles/openai" }
  }
}
`

// newWorkspace makes a workspace with one configuration file; an empty one is left to the test.
func newWorkspace(t *testing.T, s service, config string) *workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set")
	}
	program, err := cli.Find(os.Getenv("TF_ACC_TERRAFORM_PATH"))
	if err != nil {
		t.Fatal(err)
	}
	provider, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rc := writeFile(t, filepath.Join(dir, "cli.rc"), cli.Overrides(filepath.Dir(provider)))
	if config != "" {
		writeFile(t, filepath.Join(dir, "main.tf"), required+config)
	}
	url := ""
	if s.Server != nil {
		url = s.URL
	}
	return &workspace{dir: dir, cli: program, env: cli.Environment(rc, url, openaitest.Key)}
}

// command prepares a run of the CLI.
func (w *workspace) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.cli, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	inOwnGroup(cmd)
	return cmd
}

// run runs the CLI and returns all that it printed.
func (w *workspace) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := w.command(t.Context(), args...).CombinedOutput()
	return string(out), err
}

func (w *workspace) mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.run(t, args...)
	if err != nil {
		t.Fatalf("%s: %s\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// skipBelow skips the test on an older CLI.
func (w *workspace) skipBelow(t *testing.T, major, minor int) {
	t.Helper()
	var hasMajor, hasMinor int
	version := regexp.MustCompile(`v(\d+)\.(\d+)\.`).FindStringSubmatch(w.mustRun(t, "version"))
	if version == nil {
		t.Fatal("the CLI does not tell its version")
	}
	hasMajor, _ = strconv.Atoi(version[1])
	hasMinor, _ = strconv.Atoi(version[2])
	if hasMajor < major || hasMajor == major && hasMinor < minor {
		t.Skipf("needs version %d.%d, and this is %s", major, minor, version[0])
	}
}

// mustReplace changes a text in the configuration.
func (w *workspace) mustReplace(t *testing.T, old, replacement string) {
	t.Helper()
	path := filepath.Join(w.dir, "main.tf")
	config := read(t, path)
	if !strings.Contains(config, old) {
		t.Fatalf("the configuration does not have %q", old)
	}
	writeFile(t, path, strings.ReplaceAll(config, old, replacement))
}

// expectOutput expects a text in what the CLI printed, however it broke the lines.
func expectOutput(t *testing.T, output, want string) {
	t.Helper()
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
	if !regexp.MustCompile(want).MatchString(flat) {
		t.Errorf("the output does not match %q:\n%s", want, output)
	}
}

const oneFile = `
resource "openai_file" "test" {
  purpose = "user_data"
  source  = "data/notes.txt"
}
`

func TestAccCLI_warningsNameTheFileAndTheRemedy(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, oneFile)
	source := filepath.Join(w.dir, "data", "notes.txt")

	out := w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: Source file data/notes.txt does not exist yet .*on main.tf line \d+.* data/notes.txt: no such file or directory\. .*it means `+regexp.QuoteMeta(source))
	expectOutput(t, out, `1 to add`)

	writeFile(t, source, "")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Source file data/notes.txt is empty .*data/notes.txt: it is empty`)

	writeFile(t, source, one)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	out = w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: Source file data/notes.txt does not exist .*nothing to compare with file file-\w+ at OpenAI\. The file stays as it is unless another change replaces it`)
	expectOutput(t, out, `No changes`)
	if n := strings.Count(out, "Warning: Source file"); n != 1 {
		t.Errorf("%d warnings, want one", n)
	}

	// Another path to nothing names nothing: it is no reason to give up what is there.
	w.mustReplace(t, "data/notes.txt", "data/other.txt")
	out = w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: Source file data/other.txt does not exist`)
	expectOutput(t, out, `No changes`)
	w.mustReplace(t, "data/other.txt", "data/notes.txt")

	w.mustReplace(t, "user_data", "vision")
	out = w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `1 to add, 0 to change, 1 to destroy`)
	expectOutput(t, out, `Warning: File notes.txt will be deleted without a replacement .*File file-\w+ at OpenAI is deleted even if`)
	if strings.Contains(out, "stays as it is") {
		t.Errorf("it says that a file stays which is to be deleted:\n%s", out)
	}
	w.mustReplace(t, "vision", "user_data")

	s.DeleteFile(s.Files()[0].ID)
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: File no longer exists: file-\w+ .*The service does not know file file-\w+ \(notes\.txt\)`)
}

func TestAccCLI_importTellsWhatWasCompared(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, oneFile)
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
	file := s.AddFile("notes.txt", "user_data", []byte(one))

	w.mustRun(t, "import", "-no-color", fileAddress, file.ID)
	out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
	expectOutput(t, out, `Imported file is adopted without comparing its content .*`+file.ID+` has the declared name and size: notes\.txt, 4 bytes`)
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `No changes`)
	s.expectSent(t, "POST", 0)()
}

func TestAccCLI_lostAnswerIsFoundAndTold(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
	w := newWorkspace(t, s, oneFile)
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
	out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
	expectOutput(t, out, `Warning: Response was lost, but the file was found: file-\w+ .*one file named notes.txt with 4 bytes was created after that: `+s.Files()[0].ID+
		`\. The provider adopted it\. Its content was not compared, because the service did not return it\. Make sure`)
	s.expectFiles(t, one)()

	s.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
	w.mustReplace(t, "user_data", "vision") // whose content the service returns
	out = w.mustRun(t, "apply", "-auto-approve", "-no-color")
	expectOutput(t, out, `Warning: Response was lost, but the file was found: .* Its content matches what was sent\.`)
}

func TestAccCLI_plainHTTPIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), `provider "openai" { base_url = "http://gateway.example/v1" }`+"\n"+oneFile)
	out := w.mustRun(t, "plan", "-no-color", "-refresh=false")
	expectOutput(t, out, `Warning: Connection is not encrypted .*base_url.* https`)
}

func TestAccCLI_unknownPurposeIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newFake(t), strings.Replace(oneFile, "user_data", "file-extract", 1))
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
	out := w.mustRun(t, "plan", "-no-color")
	expectOutput(t, out, `Warning: Purpose file-extract is not one of OpenAI's .*refuses file-extract\.`)
	if strings.Contains(out, "Did you mean") {
		t.Errorf("got a suggestion for a purpose that resembles none:\n%s", out)
	}
}

func TestAccCLI_changedSecretWithTheSameVersionIsWarnedOf(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, `
variable "secret" {
  type      = string
  ephemeral = true
}
resource "openai_file" "test" {
  purpose            = "user_data"
  filename           = "secret.txt"
  content_wo         = var.secret
  content_wo_version = 1
}
`)
	const warning = "Write-only content changed, but its version did not"
	w.mustRun(t, "apply", "-auto-approve", "-no-color", "-var=secret=4711")
	if out := w.mustRun(t, "plan", "-no-color", "-var=secret=4711"); strings.Contains(out, warning) {
		t.Errorf("a warning of the same text:\n%s", out)
	}
	out := w.mustRun(t, "plan", "-no-color", "-var=secret=4712")
	expectOutput(t, out, warning)
	expectOutput(t, out, `No changes`)
	if strings.Contains(read(t, filepath.Join(w.dir, "terraform.tfstate")), "4711") {
		t.Error("the secret is in the state")
	}
}

// Ctrl-C during an upload: nothing is kept at the service, nothing is in the state, and the next apply uploads.
func TestAccCLI_interruptDuringUpload(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]openaitest.Fault{
		"body on its way":  {Method: "POST", StallBody: true},
		"waiting to retry": {Method: "POST", Times: -1, Status: 429, Header: map[string][]string{"Retry-After": {"60"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFake(t)
			s.Inject(fault)
			w := newWorkspace(t, s, oneFile)
			writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), strings.Repeat("x", 32<<20))
			out, err := w.interrupt(t, s, func(requests []openaitest.Request) bool { return uploads(requests) == 1 })
			if err == nil {
				t.Errorf("an interrupted apply succeeded:\n%s", out)
			}
			s.expectFiles(t)()
			if state := w.mustRun(t, "state", "list"); state != "" {
				t.Errorf("the state has %s", state)
			}
		})
	}
}

// Ctrl-C when the answer to an upload is lost, before the search for the file and during it: the file is in the state. Should the
// machine be too slow for the moment that the search has, the user is told.
func TestAccCLI_interruptAfterTheBody(t *testing.T) {
	t.Parallel()
	isSearch := func(query url.Values) bool { return query.Get("purpose") != "" }
	for name, enough := range map[string]func([]openaitest.Request) bool{
		"before the search": func(requests []openaitest.Request) bool {
			return slices.ContainsFunc(requests, func(r openaitest.Request) bool { return r.Method == "POST" && r.Done })
		},
		"during the search": func(requests []openaitest.Request) bool {
			return slices.ContainsFunc(requests, func(r openaitest.Request) bool { return isSearch(r.Query) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFake(t)
			s.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
			s.Inject(openaitest.Fault{Method: "GET", Match: func(r *http.Request) bool { return isSearch(r.URL.Query()) }, Delay: 200 * time.Millisecond})
			w := newWorkspace(t, s, oneFile)
			writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), one)
			out, _ := w.interrupt(t, s, enough)
			if state := w.mustRun(t, "state", "list"); strings.TrimSpace(state) != fileAddress && !strings.Contains(out, "may exist anyway") {
				t.Errorf("the state has %q, and the service has %d files:\n%s", state, len(s.Files()), out)
			}
			s.expectFiles(t, one)()
		})
	}
}

func uploads(requests []openaitest.Request) int {
	n := 0
	for _, request := range requests {
		if request.Method == "POST" {
			n++
		}
	}
	return n
}

// uploading returns a channel that is closed when n uploads have begun.
func (s service) uploading(t *testing.T, n int) <-chan struct{} {
	t.Helper()
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		_ = s.WaitForRequests(t.Context(), func(requests []openaitest.Request) bool { return uploads(requests) >= n })
	}()
	return begun
}

// interrupt applies, sends an interrupt as Ctrl-C does when the fake has seen enough, and waits for the end.
func (w *workspace) interrupt(t *testing.T, s service, enough func([]openaitest.Request) bool) (string, error) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no way to send a Ctrl-C to a process group")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a test that fails, not one on a slow machine
	defer cancel()
	cmd := w.command(ctx, "apply", "-auto-approve", "-no-color")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitForRequests(ctx, enough); err != nil {
		t.Errorf("waiting for the upload: %s", err)
	}
	if err := interruptGroup(cmd); err != nil {
		t.Error(err)
	}
	began := time.Now()
	err := cmd.Wait()
	t.Logf("ended after %s", time.Since(began))
	if ctx.Err() != nil {
		t.Errorf("it did not end by itself:\n%s", out.String())
	}
	return out.String(), err
}

// Planted secrets are searched for in everything that is written down.
func TestAccCLI_secretsAreNowhere(t *testing.T) {
	t.Parallel()
	const (
		key       = "sk-planted-key-4711"
		header    = "planted-header-4712"
		secret    = "planted write-only text 4713"
		inline    = "planted inline text 4714"
		onDisk    = "planted text of a file 4715"
		urlSecret = "planted-query-4716"
	)
	s := newFake(t, openaitest.WithKey(key))
	w := newWorkspace(t, s, `
variable "secret" {
  type      = string
  ephemeral = true
}
variable "header" {
  type      = string
  sensitive = true
  ephemeral = true
}
provider "openai" {
  headers = { x-gateway = var.header }
}
resource "openai_file" "secret" {
  purpose            = "user_data"
  filename           = "secret.txt"
  content_wo         = var.secret
  content_wo_version = 1
}
resource "openai_file" "inline" {
  purpose  = "user_data"
  filename = "inline.txt"
  content  = "planted inline text 4714"
}
resource "openai_file" "disk" {
  purpose = "user_data"
  source  = "disk.txt"
}
resource "openai_file" "lines" {
  purpose            = "evals"
  filename           = "lines.jsonl"
  content_wo         = "{\"item\":\"${var.secret}\",\"${var.secret}\":1}"
  content_wo_version = 1
}
data "openai_files" "all" {
  depends_on = [openai_file.disk]
}
`)
	w.env = append(w.env, "OPENAI_API_KEY="+key, "OPENAI_BASE_URL="+s.URL+"?code="+urlSecret, "TF_VAR_secret="+secret, "TF_VAR_header="+header,
		"TF_LOG_PROVIDER=TRACE", "TF_LOG_PATH="+filepath.Join(w.dir, "trace.log"))
	writeFile(t, filepath.Join(w.dir, "disk.txt"), onDisk)

	// A refusal that repeats the key, and a failure of the connection, go through every path of an error.
	s.Inject(openaitest.Fault{Method: "POST", Status: 401, Body: `{"error":{"message":"Incorrect API key provided: ` + key + ` with ` + header + `"}}`})
	s.Inject(openaitest.Fault{Method: "POST", CutRequestAfter: -1, Skip: 1})

	var printed strings.Builder
	for _, args := range [][]string{
		{"plan", "-no-color", "-out=saved.plan"},
		{"apply", "-no-color", "saved.plan"},
		{"apply", "-no-color", "-auto-approve"},
		{"plan", "-no-color", "-replace=openai_file.secret", "-out=saved.plan"},
		{"show", "-no-color", "saved.plan"},
		{"apply", "-no-color", "saved.plan"},
		{"show", "-no-color"},
	} {
		out, _ := w.run(t, args...)
		printed.WriteString(out)
	}
	if n := len(s.Files()); n != 4 {
		t.Fatalf("%d files were uploaded, want 4:\n%s", n, printed.String())
	}

	search := func(where, text string, secrets ...string) {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %s", secret, where)
			}
		}
	}
	search("what was printed", printed.String(), key, header, secret, inline, onDisk, urlSecret)
	log := read(t, filepath.Join(w.dir, "trace.log"))
	if !strings.Contains(log, "Request answered") {
		t.Error("the log has no requests: the search in it means nothing")
	}
	search("the log", log, key, header, secret, inline, onDisk, urlSecret)
	search("the state", read(t, filepath.Join(w.dir, "terraform.tfstate")), key, header, secret, onDisk, urlSecret)
	search("the saved plan", unzipped(t, filepath.Join(w.dir, "saved.plan")), key, header, secret, onDisk, urlSecret)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// unzipped returns the contents of all members of a saved plan.
func unzipped(t *testing.T, path string) string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close() //nolint:errcheck // it was only read
	var all strings.Builder
	for _, member := range archive.File {
		r, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(&all, r) //nolint:gosec // made by this test
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// A large file goes through the provider in pieces: its memory does not hold it.
func TestAccCLI_largeFileInLittleMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads the peak memory from /proc")
	}
	const size = 400 << 20
	s := newFake(t, openaitest.WithDiscard())
	w := newWorkspace(t, s, oneFile)
	source := writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), "x")
	if err := os.Truncate(source, size); err != nil {
		t.Fatal(err)
	}
	provider := w.startProvider(t, slices.DeleteFunc(slices.Clone(w.env), func(variable string) bool {
		return strings.HasPrefix(variable, "GOGC=") // what is measured is the memory that users see
	}))
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	w.mustRun(t, "plan", "-no-color", "-detailed-exitcode")

	for _, request := range s.Requests() {
		if request.Method == "POST" && (request.ContentLength <= size || request.ContentLength != request.BodyBytes) {
			t.Errorf("Content-Length %d, body %d", request.ContentLength, request.BodyBytes)
		}
	}
	if got := s.Files()[0].Bytes; got != size {
		t.Errorf("the service has %d bytes, want %d", got, size)
	}
	peak, err := provider.PeakMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the provider took %d MiB of memory", peak>>20)
	if peak > 64<<20 {
		t.Error("that is more than 64 MiB")
	}
}

// startProvider starts the provider as a process that outlives the runs of the CLI, with an environment.
func (w *workspace) startProvider(t *testing.T, env []string) *cli.Provider {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	provider, err := cli.StartProvider(t.Context(), path, w.dir, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(provider.Stop)
	w.env = append(w.env, provider.Reattach)
	return provider
}
