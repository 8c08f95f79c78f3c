//go:build unix

package provider_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// expectHonest expects that the service has what the state says, and nothing else. That holds at any time, whatever the files on
// disk have become.
func (tf *core) expectHonest(t *testing.T) {
	t.Helper()
	claimed := tf.claims()
	for id, claim := range claimed {
		content, ok := tf.fake.Content(id)
		if !ok {
			t.Errorf("%s is %s in the state, and the service does not have it", claim.where, id)
			continue
		}
		if sum := sha256.Sum256(content); claim.sha256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the state says %s, and the service has other %d bytes", claim.where, claim.sha256, len(content))
		}
	}
	for _, file := range tf.fake.Files() {
		if _, ok := claimed[file.ID]; !ok {
			t.Errorf("%s (%s, %d bytes) is at the service and not in the state", file.ID, file.Filename, file.Bytes)
		}
	}
	if open := tf.fake.OpenUploads(); len(open) > 0 {
		t.Errorf("Uploads are left pending: %s", open)
	}
}

// kinds are the ways to declare and to upload files. size, in bytes, is more than the buffers of a connection in memory hold: when the
// first bytes have come, the last ones are not yet read.
var kinds = map[string]struct {
	set, parts bool
	size       int64
}{
	"openai_file":          {size: 4 << 20},
	"openai_file in parts": {size: 33 << 20, parts: true}, // two parts
	"openai_file_set":      {size: 4 << 20, set: true},
}

// sparse makes a file of zeros that was last written to an hour ago.
func sparse(t *testing.T, path string, size int64) {
	t.Helper()
	writeFile(t, path, "")
	anHourAgo := time.Now().Add(-time.Hour)
	if err := errors.Join(os.Truncate(path, size), os.Chtimes(path, anHourAgo, anHourAgo)); err != nil {
		t.Fatal(err)
	}
}

// overwrite writes bytes into a file that exists.
func overwrite(path string, at int64, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(text), at)
	return errors.Join(err, file.Close())
}

func TestMovingFiles_whileTheyAreSent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		move func(path string, size int64) error
		want string // error; empty: what was there before is uploaded
	}{
		"grows by a byte":       {func(path string, size int64) error { return overwrite(path, size, "x") }, `grew while it was being sent`},
		"grows":                 {func(path string, size int64) error { return os.Truncate(path, 2*size) }, `grew while it was being sent`},
		"shrinks":               {func(path string, size int64) error { return os.Truncate(path, size/2) }, `became shorter while it was being sent`},
		"is emptied":            {func(path string, _ int64) error { return os.Truncate(path, 0) }, `became shorter while it was being sent`},
		"is written to":         {func(path string, size int64) error { return overwrite(path, size-1, "x") }, `was written to while it was being sent|MD5 checksum`},
		"is written to earlier": {func(path string, _ int64) error { return overwrite(path, 0, "x") }, `was written to while it was being sent|MD5 checksum`},
		"is replaced": {func(path string, _ int64) error {
			return errors.Join(os.WriteFile(path+".new", []byte(two), 0o600), os.Rename(path+".new", path))
		}, ""},
		"is deleted":          {func(path string, _ int64) error { return os.Remove(path) }, ""},
		"becomes a pipe":      {func(path string, _ int64) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) }, ""},
		"becomes a directory": {func(path string, _ int64) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, ""},
	} {
		for kind, how := range kinds {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					tf := newCore(t, newBubbleFake(t), how.set)
					const begun = 1 << 20 // bytes of a body that have come when the file moves
					moves := make(chan struct{})
					for _, path := range []string{"/files", "/uploads/*/parts"} {
						tf.fake.Inject(openaitest.Fault{Method: "POST", Path: path, Times: -1, Hold: moves, HoldAfter: begun})
					}
					if how.parts {
						tf.threshold = 1
					}
					path := filepath.Join(tf.dir, "moving.bin")
					sparse(t, path, how.size)
					tf.declarePath(path)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					moved := make(chan error, 1)
					go func() {
						err := tf.fake.WaitForRequests(ctx, func(requests []openaitest.Request) bool {
							for _, request := range requests {
								if request.BodyBytes >= begun {
									return true
								}
							}
							return false
						})
						moved <- errors.Join(err, test.move(path, how.size))
						close(moves)
					}()
					out := tf.apply(ctx, tf.fake.URL)
					if err := <-moved; err != nil {
						t.Fatal(err)
					}
					tf.expectHonest(t)
					if test.want == "" {
						out.mustSucceed(t, "apply")
						if files := tf.fake.Files(); len(files) != 1 || files[0].Bytes != how.size {
							t.Errorf("the service has %+v, want what was there when it was opened", files)
						}
					} else if !regexp.MustCompile(test.want).MatchString(out.String()) {
						t.Errorf("it says %s, want %s", out, test.want)
					}

					if err := os.RemoveAll(path); err != nil {
						t.Fatal(err)
					}
					writeFile(t, path, three)
					tf.mustApply(t)
					tf.expectAgreement(t, nil)
				})
			})
		}
	}
}

// An imported file is taken over when its size is that of the local one, which is hashed then. It becomes shorter meanwhile: the
// state must not have the hash of a part.
func TestMovingFiles_whileTheyAreHashed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("sees in /proc when the file is open")
	}
	const size = 256 << 20
	fake := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		return status, eachFile(body, func(file map[string]any) { file["bytes"] = size })
	}))
	tf := newCore(t, fake, false)
	path := filepath.Join(tf.dir, "moving.bin")
	sparse(t, path, size)
	tf.declarePath(path)
	tf.imported = []string{fake.AddFile("moving.bin", "user_data", []byte(one)).ID}
	tf.importAll(t.Context(), fake.URL).mustSucceed(t, "import")

	out := &outcome{}
	changes := tf.plan(t.Context(), fake.URL, tf.configuration(), out)
	if out.mustSucceed(t, "plan"); len(changes) != 1 || !changes[0].write || changes[0].delete {
		t.Fatalf("the plan is not to take it over: %+v", changes)
	}
	applied, cut := make(chan struct{}), make(chan bool, 1)
	go func() {
		for !isOpen(path) {
			select {
			case <-applied:
				cut <- false
				return
			default:
				runtime.Gosched()
			}
		}
		cut <- os.Truncate(path, 1000) == nil
	}()
	tf.carryOut(t.Context(), tf.start(t.Context(), fake.URL, out), changes[0])
	close(applied)
	if !<-cut {
		t.Skip("it was hashed before it could be cut")
	}
	if got := str(elements(tf.current["moving.bin"].value)["content_sha256"]); !out.failed() && got != zerosSHA256 {
		t.Errorf("the state says that %d bytes have the SHA-256 %s, which is that of a part of them", size, got)
	}
}

// zerosSHA256 is that of 256 MiB of zeros: head -c 256M /dev/zero | sha256sum.
const zerosSHA256 = "a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484"

// isOpen tells whether this process has a file open.
func isOpen(path string) bool {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, entry := range entries {
		if target, _ := os.Readlink("/proc/self/fd/" + entry.Name()); target == path {
			return true
		}
	}
	return false
}

// release ends the waiting of whoever reads a pipe, when the time is over.
func release(ctx context.Context, path string) (stop func()) {
	end := context.AfterFunc(ctx, func() {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Type() != os.ModeNamedPipe || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return
		}
		if writer, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0); err == nil {
			_ = writer.Close()
		}
	})
	return func() { end() }
}

// What may lie at a path. None of it is waited for.
func TestMovingFiles_whatIsNoFile(t *testing.T) {
	t.Parallel()
	file := func(t *testing.T, dir string) string {
		t.Helper()
		return writeFile(t, filepath.Join(dir, "target.txt"), one)
	}
	link := func(t *testing.T, dir, target string) string {
		t.Helper()
		path := filepath.Join(dir, "link.txt")
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := func(t *testing.T, dir string) string {
		t.Helper()
		path := filepath.Join(dir, "pipe")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, test := range map[string]struct {
		make func(t *testing.T, dir string) string
		want string // error; empty: the content one
	}{
		"file": {file, ""},
		"link": {func(t *testing.T, dir string) string {
			t.Helper()
			return link(t, dir, file(t, dir))
		}, ""},
		"relative link": {func(t *testing.T, dir string) string {
			t.Helper()
			file(t, dir)
			return link(t, dir, "target.txt")
		}, ""},
		"link to nothing": {func(t *testing.T, dir string) string {
			t.Helper()
			return link(t, dir, "nothing")
		}, `no such file`},
		"link to itself": {func(t *testing.T, dir string) string {
			t.Helper()
			return link(t, dir, "link.txt")
		}, `too many levels of symbolic links`},
		"pipe": {pipe, `not a regular file`},
		"link to a pipe": {func(t *testing.T, dir string) string {
			t.Helper()
			return link(t, dir, pipe(t, dir))
		}, `not a regular file`},
		"device":    {func(*testing.T, string) string { return "/dev/zero" }, `not a regular file`},
		"terminal":  {func(*testing.T, string) string { return "/dev/ptmx" }, `not a regular file|no such|not permitted|permission`},
		"directory": {func(_ *testing.T, dir string) string { return dir }, `is a directory`},
		"below a file": {func(t *testing.T, dir string) string {
			t.Helper()
			return filepath.Join(file(t, dir), "a.txt")
		}, `not a directory`},
		"empty": {func(t *testing.T, dir string) string {
			t.Helper()
			return writeFile(t, filepath.Join(dir, "a.txt"), "")
		}, `it is empty`},
		"name is too long": {func(_ *testing.T, dir string) string { return filepath.Join(dir, strings.Repeat("n", 256)) }, `file name too long`},
		"not to be read": {func(t *testing.T, dir string) string {
			t.Helper()
			if os.Getuid() == 0 {
				t.Skip("root reads everything")
			}
			path := file(t, dir)
			if err := os.Chmod(path, 0); err != nil {
				t.Fatal(err)
			}
			return path
		}, `permission denied`},
		"socket": {func(t *testing.T, dir string) string {
			t.Helper()
			dir, err := os.MkdirTemp("/tmp", "s") //nolint:usetesting // the path of a socket has to be short
			if err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(dir, "s"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			return filepath.Join(dir, "s")
		}, `no such device or address|not a regular file`},
	} {
		for _, set := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/set %t", name, set), func(t *testing.T) {
				t.Parallel()
				tf := newCore(t, newFake(t), set)
				tf.declarePath(test.make(t, tf.dir))
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				defer release(ctx, tf.paths[0])()
				out := tf.apply(ctx, tf.fake.URL)
				if ctx.Err() != nil {
					t.Error("it did not end")
				}
				tf.expectHonest(t)
				if test.want == "" {
					out.mustSucceed(t, "apply")
					tf.expectAgreement(t, nil)
				} else if !out.failed() || !regexp.MustCompile(test.want).MatchString(out.String()) {
					t.Errorf("it says %q, want %s", out, test.want)
				}
			})
		}
	}
}

// What was a file at plan is something else at apply.
func TestMovingFiles_betweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		move func(path string) error
		want string // error; empty: what is there then is uploaded
	}{
		"pipe":      {func(path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) }, `not a regular file`},
		"directory": {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, `is a directory`},
		"device":    {func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/dev/zero", path)) }, `not a regular file`},
		"loop":      {func(path string) error { return errors.Join(os.Remove(path), os.Symlink(path, path)) }, `too many levels`},
		"nothing":   {os.Remove, `no such file`},
		"empty":     {func(path string) error { return os.Truncate(path, 0) }, `it is empty`},
		"another":   {func(path string) error { return os.WriteFile(path, []byte(two), 0o600) }, ""},
	} {
		for _, edited := range []bool{false, true} { // created, or replaced
			for _, set := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/edited %t/set %t", name, edited, set), func(t *testing.T) {
					t.Parallel()
					tf := newCore(t, newFake(t), set)
					tf.cbd = true
					tf.declare(t, "a.txt", one)
					if edited {
						tf.mustApply(t)
						tf.edit(t, 0, three)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
					defer cancel()
					defer release(ctx, tf.paths[0])()
					out := &outcome{}
					changes := tf.plan(ctx, tf.fake.URL, tf.configuration(), out)
					out.mustSucceed(t, "plan")
					if err := test.move(tf.paths[0]); err != nil {
						t.Fatal(err)
					}
					process := tf.start(ctx, tf.fake.URL, out)
					for _, c := range changes {
						tf.carryOut(ctx, process, c)
					}
					if ctx.Err() != nil {
						t.Error("it did not end")
					}
					tf.expectHonest(t)
					if test.want == "" {
						out.mustSucceed(t, "apply")
						tf.expectAgreement(t, nil)
						return
					}
					if !regexp.MustCompile(test.want).MatchString(out.String()) {
						t.Errorf("it says %q, want %s", out, test.want)
					}
					if edited {
						tf.fake.expectFiles(t, one)() // the old one is not given up for nothing
					}
				})
			}
		}
	}
}

// Names that a form, a header or a list could get wrong. A lost answer is found under each of them.
func TestMovingFiles_names(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		`with "quotes".txt`, `back\slash.txt`, `\".txt`, "two\nlines.txt", "two\r\nlines.txt", "tab\t.txt", "percent%0A%22.txt",
		"ünïcödé 文件 🎉.txt", "e\u0301.txt", "a;filename=b.txt", "-rf", " spaces ", "...", "name=\"x\"; y", strings.Repeat("n", 251) + ".txt",
		strings.Repeat("文", 85),
	} {
		for kind, how := range kinds {
			if how.set && strings.Contains(name, `\`) {
				continue // refused at plan
			}
			t.Run(fmt.Sprintf("%.20q/%s", name, kind), func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					tf := newCore(t, newBubbleFake(t), how.set)
					if how.parts {
						tf.threshold = 1
					}
					tf.declare(t, name, one)
					path := "/files"
					if how.parts {
						path = "/uploads/*/complete"
					}
					tf.fake.Inject(openaitest.Fault{Method: "POST", Path: path, LoseAnswer: true})
					out := tf.apply(t.Context(), tf.fake.URL)
					out.mustSucceed(t, "apply")
					tf.expectAgreement(t, nil)
					tf.expectNoChanges(t)
					want := name
					if !how.parts { // in a form
						want = strings.ReplaceAll(name, `"`, "%22")
					}
					if got := tf.fake.Files()[0].Filename; got != want && !strings.ContainsAny(name, "\r\n") {
						t.Errorf("the service has the name %q, want %q", got, want)
					}
					tf.mustDestroy(t)
					tf.expectOnly(t, nil)
				})
			})
		}
	}
}
