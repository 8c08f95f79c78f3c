package provider_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// buffered is how much may be on its way, in bytes, without anybody having read it.
const buffered = 24 << 20

// flood writes far more than a client should take. It counts what went out.
type flood struct{ written atomic.Int64 }

const floodSize = 120 << 20

func (f *flood) write(prefix string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(prefix))
		block := bytes.Repeat([]byte("x"), 64<<10)
		for f.written.Load() < floodSize {
			n, _ := w.Write(block) // a write that fails ends it
			f.written.Add(int64(n))
		}
	}
}

// hostileOperations are ways to reach the operations of the service. Each begins with two files of an earlier apply, both edited.
var hostileOperations = map[string]struct {
	method, path string
	parts        bool
	destroys     bool
}{
	"create":   {method: "POST", path: "/files"},
	"part":     {method: "POST", path: "/uploads/*/parts", parts: true},
	"complete": {method: "POST", path: "/uploads/*/complete", parts: true},
	"retrieve": {method: "GET", path: "/files/*"},
	"delete":   {method: "DELETE", path: "/files/*", destroys: true},
}

// hostile brings two files to the point where an operation meets what the server does.
func hostile(t *testing.T, fake service, operation string, set bool, fault openaitest.Fault) (*core, *outcome) {
	t.Helper()
	o := hostileOperations[operation]
	tf := newCore(t, fake, set)
	if o.parts {
		tf.threshold = 1
	}
	for _, name := range []string{"a.txt", "b.txt"} {
		tf.declare(t, name, one)
	}
	tf.mustApply(t)
	for i := range tf.paths {
		if !o.destroys {
			tf.edit(t, i, two+three)
		}
	}
	fault.Method, fault.Path, fault.Times = o.method, o.path, -1
	tf.fake.Inject(fault)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	run := tf.apply
	if o.destroys {
		run = tf.destroy
	}
	out := run(ctx, tf.fake.URL)
	if ctx.Err() != nil {
		t.Error("it did not end by itself")
	}
	tf.fake.ClearFaults()
	expectReadable(t, out)
	return tf, out
}

// expectReadable expects messages that Terraform can carry and a person can read.
func expectReadable(t *testing.T, out *outcome) {
	t.Helper()
	for _, d := range out.diagnostics {
		if text := d.Summary + d.Detail; !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) || len(text) > 10_000 {
			t.Errorf("a message of %d bytes: %.1000q", len(text), text)
		}
	}
}

func TestHostileServer_answersOfAnySize(t *testing.T) {
	t.Parallel()
	for operation := range hostileOperations {
		for name, test := range map[string]struct {
			status int
			prefix string
			most   int64 // bytes that the client may take of one answer
		}{
			"error":        {http.StatusBadRequest, `{"error":{"message":"`, 64 << 10},
			"page of HTML": {http.StatusForbidden, "<html><body>", 64 << 10},
			"redirect":     {http.StatusFound, "", 64 << 10},
		} {
			for _, set := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/set %t", operation, name, set), func(t *testing.T) {
					t.Parallel()
					inBubble(t, func(t *testing.T) {
						t.Helper()
						var sent flood
						tf, out := hostile(t, newBubbleFake(t), operation, set, openaitest.Fault{Status: test.status, AnswerBody: sent.write(test.prefix)})
						if !out.failed() {
							t.Error("there is no error")
						}
						answers := int64(0)
						for _, request := range tf.fake.Requests() {
							if request.Fault {
								answers++
							}
						}
						if got := sent.written.Load(); got > answers*(test.most+buffered) {
							t.Errorf("it took %d bytes of %d answers", got, answers)
						}
						tf.mustApply(t)
						tf.expectAgreement(t, nil)
					})
				})
			}
		}
	}
}

// An accepted request is answered without end. The client reads as much as the longest list has, and no more.
func TestHostileServer_endlessAnswer(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprintf("set %t", set), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				var sent flood
				tf := newCore(t, newBubbleFake(t), set)
				tf.declare(t, "a.txt", one)
				tf.fake.Inject(openaitest.Fault{Method: "POST", AfterBody: true, AnswerBody: sent.write(`{"id":"`)})
				out := tf.apply(t.Context(), tf.fake.URL)
				expectReadable(t, out)
				out.mustSucceed(t, "apply") // no file was created, so the upload is retried
				if got := sent.written.Load(); got > 64<<20+buffered {
					t.Errorf("it took %d bytes", got)
				}
				tf.mustApply(t)
				tf.expectAgreement(t, nil)
			})
		})
	}
}

func TestHostileServer_packedAnswers(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for range 200 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	_ = w.Close()
	for operation, o := range hostileOperations {
		for _, status := range []int{200, 400} {
			t.Run(fmt.Sprintf("%s/%d", operation, status), func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					header := http.Header{"Content-Encoding": {"gzip"}, "Retry-After-Ms": {"5"}}
					tf, out := hostile(t, newBubbleFake(t), operation, false, openaitest.Fault{Status: status, Header: header, AfterBody: true, Body: packed.String()})
					if !out.failed() {
						t.Error("there is no error")
					}
					for _, request := range tf.fake.Requests() {
						if request.Method == o.method && request.Header.Get("Accept-Encoding") != "identity" {
							t.Errorf("asked for %s", request.Header.Get("Accept-Encoding"))
						}
					}
					tf.mustApply(t)
					tf.expectAgreement(t, nil)
				})
			})
		}
	}
}

func TestHostileServer_redirectsToAnotherHost(t *testing.T) {
	t.Parallel()
	var others atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		others.Add(1)
		t.Errorf("%s %s came with the authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(other.Close)
	for operation := range hostileOperations {
		for _, status := range []int{302, 307} {
			t.Run(fmt.Sprintf("%s/%d", operation, status), func(t *testing.T) {
				t.Parallel()
				tf, out := hostile(t, newFake(t), operation, false, openaitest.Fault{Status: status, RedirectTo: other.URL + "/v1/files?sig=a-secret"})
				if want := `redirects to ` + regexp.QuoteMeta(other.URL); !out.failed() || !regexp.MustCompile(want).MatchString(out.String()) {
					t.Errorf("it says %s, want %s", out, want)
				}
				if strings.Contains(out.String(), "a-secret") {
					t.Error("the message has the query of the address")
				}
				tf.mustApply(t)
				tf.expectAgreement(t, nil)
			})
		}
	}
}

// Lists that never end, each in another way.
func TestHostileServer_lists(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]func(n int, now int64) string{
		"ever new files": func(n int, now int64) string {
			return fmt.Sprintf(`{"data":[{"id":"file-%d","filename":"x.txt","bytes":1,"created_at":%d}],"has_more":true}`, n, now)
		},
		"always the same page": func(_ int, now int64) string {
			return fmt.Sprintf(`{"data":[{"id":"file-x","filename":"x.txt","bytes":1,"created_at":%d}],"has_more":true}`, now)
		},
		"two pages in turn": func(n int, now int64) string {
			return fmt.Sprintf(`{"data":[{"id":"file-%d","filename":"x.txt","bytes":1,"created_at":%d}],"has_more":true}`, n%2, now)
		},
		"empty pages":      func(int, int64) string { return `{"data":[],"has_more":true}` },
		"null":             func(int, int64) string { return `{"data":null,"has_more":true}` },
		"files without id": func(int, int64) string { return `{"data":[{}],"has_more":true}` },
		"no objects":       func(int, int64) string { return `{"data":[1,"a",null],"has_more":true}` },
		"ids with breaks": func(n int, now int64) string {
			return fmt.Sprintf(`{"data":[{"id":"a\r\nb/../?x=%d#y","filename":"x.txt","bytes":1,"created_at":%d}],"has_more":true}`, n%5, now)
		},
	} {
		lists := func(fake service) int {
			n := 0
			for _, request := range fake.Requests() {
				if request.Path == "/files" && request.Method == http.MethodGet {
					n++
				}
			}
			return n
		}
		inject := func(fake service) {
			var n atomic.Int64
			fake.Inject(openaitest.Fault{Method: "GET", Path: "/files", Times: -1, AnswerBody: func(w http.ResponseWriter) {
				_, _ = w.Write([]byte(page(int(n.Add(1)), time.Now().Unix())))
			}})
		}
		t.Run("lookup/"+name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newCore(t, newBubbleFake(t), true)
				for i := range 9 {
					tf.declare(t, fmt.Sprintf("%d.txt", i), one)
				}
				tf.mustApply(t)
				inject(tf.fake)
				tf.expectNoChanges(t) // the list is of no use, so each file is asked for
				if n := lists(tf.fake); n > 10 {
					t.Errorf("%d pages were read", n)
				}
			})
		})
		t.Run("search/"+name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newCore(t, newBubbleFake(t), false)
				tf.timeouts = []string{"create"}
				tf.declare(t, "a.txt", one)
				inject(tf.fake)
				tf.fake.Inject(openaitest.Fault{Method: "POST", CutRequestAfter: 1 << 30, Times: -1})
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				out := tf.apply(ctx, tf.fake.URL)
				if ctx.Err() != nil || !out.failed() {
					t.Errorf("it did not end with an error: %s", out)
				}
				expectReadable(t, out)
				tf.fake.ClearFaults()
				tf.mustApply(t)
				tf.expectAgreement(t, nil)
			})
		})
	}
}

// Whatever a server calls a file, the provider reads and deletes that file and no other.
func TestHostileServer_ids(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"bGl0ZWxsbV9wcm94eTp/+==", "7a1c6e9e-4f0b-4c7b", "../x", "../../etc/passwd", "a/../../b", "two\nlines", "two\r\nHost: elsewhere", "%2e%2e%2f", "?x=1", "#y", "a b", "\x00", "\u202efdp.exe",
		strings.Repeat("i", 5000),
	} {
		for _, set := range []bool{false, true} {
			t.Run(fmt.Sprintf("%.20q/set %t", id, set), func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					tf := newCore(t, newBubbleFake(t, openaitest.WithIDs(func() string { return id })), set)
					tf.declare(t, "a.txt", one)
					out := tf.apply(t.Context(), tf.fake.URL)
					expectReadable(t, out)
					out.mustSucceed(t, "apply")
					tf.expectAgreement(t, nil)
					tf.expectNoChanges(t)
					tf.mustDestroy(t)
					tf.expectOnly(t, nil)
					for _, request := range tf.fake.Requests() {
						if request.Method != http.MethodPost && request.Path != "/files" && request.Path != "/files/"+id {
							t.Errorf("%s %s is not the file", request.Method, request.RawPath)
						}
					}
				})
			})
		}
	}
}

// An id that would name another operation, or none, is refused without a request that could do harm.
func TestHostileServer_idsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", ".", ".."} {
		for _, set := range []bool{false, true} {
			t.Run(fmt.Sprintf("%q/set %t", id, set), func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					fake := newBubbleFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
						return status, eachFile(body, func(file map[string]any) { file["id"] = id })
					}))
					tf := newCore(t, fake, set)
					tf.declare(t, "a.txt", one)
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					out := tf.apply(ctx, fake.URL)
					if !out.failed() {
						out = tf.destroy(ctx, fake.URL)
					}
					if ctx.Err() != nil || !out.failed() {
						t.Errorf("it did not end with an error: %s", out)
					}
					expectReadable(t, out)
					for _, request := range fake.Requests() {
						if request.Path != "/files" {
							t.Errorf("%s %s was sent", request.Method, request.RawPath)
						}
					}
				})
			})
		}
	}
}

// A server that answers for another file than the one it was asked for must not make Terraform delete that one.
func TestHostileServer_answersForAnotherFile(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprintf("set %t", set), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newCore(t, newBubbleFake(t), set)
				tf.declare(t, "a.txt", one)
				tf.mustApply(t)
				foreign := tf.fake.AddFile("foreign.txt", "user_data", []byte(two)).ID
				tf.fake.Inject(openaitest.Fault{Method: "GET", Path: "/files/*", Times: -1, Mutate: func(file map[string]any) map[string]any {
					file["id"] = foreign
					return file
				}})
				expectReadable(t, tf.apply(t.Context(), tf.fake.URL))
				if _, ok := tf.claims()[foreign]; ok {
					t.Error("the state has taken over the file of somebody else")
				}
				tf.fake.ClearFaults()
				tf.mustDestroy(t)
				tf.fake.expectFiles(t, two)()
			})
		})
	}
}

func TestHostileServer_deletedFalse(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprintf("set %t", set), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf, out := hostile(t, newBubbleFake(t), "delete", set, openaitest.Fault{Body: `{"id":"file-x","object":"file","deleted":false}`})
				if want := `says that nothing was deleted`; !strings.Contains(out.String(), want) {
					t.Errorf("it says %s, want %s", out, want)
				}
				if n := len(tf.claims()); n != 2 {
					t.Errorf("the state has %d files, want both", n)
				}
				tf.expectAgreement(t, nil)
				tf.mustDestroy(t)
				tf.expectOnly(t, nil)
			})
		})
	}
}

// Texts of a server come into messages and into the state. Both have to be valid UTF-8, and messages one has to be able to read.
func TestHostileServer_textsThatAreNone(t *testing.T) {
	t.Parallel()
	const broken = "\xff\xfe\x00\x1b[31mred\u202e\xc3("
	for operation := range hostileOperations {
		for name, fault := range map[string]openaitest.Fault{
			"message":  {Status: 400, Body: `{"error":{"message":"` + broken + `","type":"` + broken + `"}}`},
			"text":     {Status: 400, Body: broken},
			"HTML":     {Status: 403, Body: "<title>" + broken + "</title>"},
			"long":     {Status: 400, Body: `{"error":{"message":"` + strings.Repeat("\U0001F600 ", 20_000) + `"}}`},
			"deep":     {Status: 400, Body: strings.Repeat(`{"error":`, 20_000) + "1" + strings.Repeat("}", 20_000)},
			"header":   {Status: 400, Header: http.Header{"X-Request-Id": {"req_\xff" + strings.Repeat("r", 3000)}}, Body: "{}"},
			"accepted": {Status: 200, AfterBody: true, Body: `{"id":"file-x","status":"` + broken},
		} {
			t.Run(operation+"/"+name, func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					tf, out := hostile(t, newBubbleFake(t), operation, false, fault)
					if !out.failed() {
						t.Error("there is no error")
					}
					tf.mustApply(t)
					tf.expectAgreement(t, nil)
				})
			})
		}
	}
	t.Run("fields", func(t *testing.T) {
		t.Parallel()
		inBubble(t, func(t *testing.T) {
			t.Helper()
			text := strings.ToValidUTF8(broken, "\ufffd")
			tf := newCore(t, newBubbleFake(t, openaitest.WithStatus("error", text)), false)
			tf.declare(t, "a.txt", one)
			out := tf.apply(t.Context(), tf.fake.URL)
			expectReadable(t, out)
			if !strings.Contains(out.String(), "cannot be used") {
				t.Errorf("it says %s", out)
			}
			tf.mustDestroy(t)
			tf.expectOnly(t, nil)
		})
	})
}
