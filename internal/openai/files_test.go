package openai_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestRetrieveFile_compatibleServers(t *testing.T) {
	t.Parallel()
	unix := func(seconds int64) *time.Time { return new(time.Unix(seconds, 0).UTC()) }
	for name, test := range map[string]struct {
		body string
		want openai.File
	}{
		// the example of https://platform.openai.com/docs/api-reference/files/object
		"OpenAI": {
			`{"id":"f","object":"file","bytes":120000,"created_at":1677610602,"expires_at":1680202602,"filename":"salesOverview.pdf","purpose":"assistants"}`,
			openai.File{
				ID: "f", Filename: "salesOverview.pdf", Purpose: "assistants", Bytes: new(int64(120000)),
				CreatedAt: unix(1677610602), ExpiresAt: unix(1680202602),
			},
		},
		"status":        {`{"id":"f","status":"error","status_details":"line 3"}`, openai.File{ID: "f", Status: "error", StatusDetails: "line 3"}},
		"only the id":   {`{"id":"f"}`, openai.File{ID: "f"}},
		"nulls":         {`{"id":"f","filename":null,"purpose":null,"bytes":null,"created_at":null,"expires_at":null,"status":null,"status_details":null}`, openai.File{ID: "f"}},
		"float times":   {`{"id":"f","created_at":1700000000.75,"expires_at":1.7e9}`, openai.File{ID: "f", CreatedAt: unix(1700000000), ExpiresAt: unix(1700000000)}},
		"RFC 3339":      {`{"id":"f","created_at":"2023-11-14T23:13:20+01:00","expires_at":"2023-11-14T22:13:20.5Z"}`, openai.File{ID: "f", CreatedAt: unix(1700000000), ExpiresAt: new(time.Date(2023, 11, 14, 22, 13, 20, 5e8, time.UTC))}},
		"times as text": {`{"id":"f","created_at":"1700000000"}`, openai.File{ID: "f", CreatedAt: unix(1700000000)}},
		"no times":      {`{"id":"f","created_at":0,"expires_at":""}`, openai.File{ID: "f"}},
		"other times":   {`{"id":"f","created_at":"yesterday","expires_at":[1]}`, openai.File{ID: "f"}},
		"milliseconds":  {`{"id":"f","created_at":1700000000000}`, openai.File{ID: "f"}},
		"before 1970":   {`{"id":"f","created_at":-1}`, openai.File{ID: "f"}},
		"bytes text":    {`{"id":"f","bytes":"512"}`, openai.File{ID: "f", Bytes: new(int64(512))}},
		"bytes words":   {`{"id":"f","bytes":"many"}`, openai.File{ID: "f"}},
		"bytes 0":       {`{"id":"f","bytes":0}`, openai.File{ID: "f"}},
		"bytes -1":      {`{"id":"f","bytes":-1}`, openai.File{ID: "f"}},
		"bytes 1e300":   {`{"id":"f","bytes":1e300}`, openai.File{ID: "f"}},
		"8 GiB":         {`{"id":"f","bytes":8589934592}`, openai.File{ID: "f", Bytes: new(int64(8589934592))}},
		"details object": {
			`{"id":"f","status_details":{"message":"line 3","line":3}}`, openai.File{ID: "f", StatusDetails: "line 3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(http.StatusOK, nil, test.body))
				got, err := client.RetrieveFile(t.Context(), "f")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error("(-want +got):\n", diff)
				}
			})
		})
	}
}

func TestRetrieveFile_answersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"empty": {"", "it is empty"},
		"HTML":  {"<html><title>Sign in</title>", "the server answered HTTP 200 with a web page titled “Sign in” instead of JSON"},
		"list":  {"[]", "HTTP 200 with []"},
		"cut":   {`{"id":"f"`, `HTTP 200 with {"id":"f"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(http.StatusOK, nil, test.body))
				file, err := client.RetrieveFile(t.Context(), "f")
				if !errors.Is(err, openai.ErrAnswer) || !strings.HasSuffix(err.Error(), test.want+" (GET http://api.test/v1/files/f)") || file != (openai.File{}) {
					t.Errorf("%+v, %v", file, err)
				}
			})
		})
	}
}

func TestRetrieveFile_cutAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 1})
		file := s.AddFile("a.txt", "user_data", []byte("x"))
		s.Inject(openaitest.Fault{Method: http.MethodGet, TruncateAnswer: 10})
		got, err := client.RetrieveFile(t.Context(), file.ID)
		if err != nil || got.Filename != "a.txt" || methods(s) != "GET GET" {
			t.Errorf("%+v, %v after %s", got, err, methods(s))
		}
	})
}

func TestRetrieveFile_hugeAnswerIsNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, endless{})
		}))
		_, err := client.RetrieveFile(t.Context(), "f")
		if !errors.Is(err, openai.ErrAnswer) || !strings.Contains(err.Error(), "it is longer than 64 MiB") {
			t.Error(err)
		}
	})
}

func TestDeleteFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   string // empty: no error
	}{
		"OpenAI":      {200, `{"id":"f","object":"file","deleted":true}`, ""},
		"no content":  {204, "", "deleting file f: the server's response is not what the API describes: the DELETE was answered without a confirmation, and the object is still there (GET http://api.test/v1/files/f)"},
		"another":     {200, `{"id":"g","deleted":true}`, "deleting file f: the server's response is not what the API describes: it says that g was deleted instead (DELETE http://api.test/v1/files/f)"},
		"without id":  {200, `{"deleted":true}`, ""},
		"not deleted": {200, `{"id":"f","deleted":false}`, "deleting file f: the server's response is not what the API describes: it says that nothing was deleted (DELETE http://api.test/v1/files/f)"},
		"HTML":        {200, "<title>Hello</title>", "deleting file f: the server answered HTTP 200 with a web page titled “Hello” instead of JSON (DELETE http://api.test/v1/files/f)"},
		"gone":        {404, `{"error":{"message":"No such File object: f"}}`, "deleting file f: No such File object: f (HTTP 404 from DELETE http://api.test/v1/files/f)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(test.status, nil, test.body))
				got := ""
				if err := client.DeleteFile(t.Context(), "f"); err != nil {
					got = err.Error()
				}
				if got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
			})
		})
	}
}

// A server that answers 200 to a DELETE and says nothing about it may be none of the API, so the file is asked for.
func TestDeleteFile_answerThatSaysNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", "null", `{"id":"f"}`, `{"deleted":null}`, `{"status":"ok"}`} {
		for status, want := range map[int]string{404: "", 200: "the object is still there", 403: "it is not known whether the deletion took place"} {
			t.Run(fmt.Sprintf("%q, then %d", body, status), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Method == http.MethodDelete {
							answers(http.StatusOK, nil, body)(w, r)
						} else {
							answers(status, nil, `{"id":"f"}`)(w, r)
						}
					}))
					err := client.DeleteFile(t.Context(), "f")
					if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
						t.Errorf("got %v, want %s", err, want)
					}
				})
			})
		}
	}
}

// A 404 that does not name the file is no answer of the service if the file can be read.
func TestDeleteFile_notFoundThatIsThere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body     string
		get      int // status
		found    bool
		requests int
	}{
		"names the file":   {`{"error":{"message":"No such File object: f"}}`, 200, false, 1},
		"a page, readable": {`<html></html>`, 200, true, 2},
		"a page":           {`<html></html>`, 404, false, 2},
		"a page, no GET":   {`<html></html>`, 403, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := connect(t, openai.Config{}, counted(&requests, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodDelete {
						answers(http.StatusNotFound, nil, test.body)(w, r)
					} else {
						answers(test.get, nil, `{"id":"f"}`)(w, r)
					}
				})))
				err := client.DeleteFile(t.Context(), "f")
				if errors.Is(err, openai.ErrStillThere) != test.found || errors.Is(err, openai.ErrNotFound) == test.found {
					t.Errorf("got %v, want that it is still there: %t", err, test.found)
				}
				if requests != test.requests {
					t.Errorf("got %d requests, want %d", requests, test.requests)
				}
			})
		})
	}
}

// What is not the description of the file is no proof that it exists.
func TestRetrieveFile_anotherAnswer(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`:                          "it has no id, so it is not f",
		`null`:                        "it has no id, so it is not f",
		`{"status":"ok"}`:             "it has no id, so it is not f",
		`{"object":"list","data":[]}`: "it has no id, so it is not f",
		`{"id":"g"}`:                  "it is about g instead of f",
		`{"id":17}`:                   "it is about 17 instead of f",
	} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(http.StatusOK, nil, body)))
			_, err := client.RetrieveFile(t.Context(), "f")
			if err == nil || !strings.Contains(err.Error(), want) || requests != 1 {
				t.Errorf("%s: got %v after %d requests, want %s after 1", body, err, requests, want)
			}
		})
	}
}

func TestDeleteFile_waitsForProcessing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{}, openaitest.WithProcessing(20))
		file, err := client.UploadFile(t.Context(), params("a.txt", "x"))
		if err != nil {
			t.Fatal(err)
		}
		s.ResetRequests()
		if err := client.DeleteFile(t.Context(), file.ID); err != nil || len(s.Requests()) != 21 || len(s.Files()) != 0 {
			t.Errorf("%v after %d requests", err, len(s.Requests()))
		}
	})
}

func TestDeleteFile_processingLongerThanTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		file := s.AddFile("a.txt", "user_data", []byte("x"))
		s.Inject(openaitest.Fault{Method: http.MethodDelete, Status: http.StatusConflict, Body: `{"error":{"message":"File is still processing"}}`, Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := client.DeleteFile(ctx, file.ID)
		if !errors.Is(err, openai.ErrConflict) || ctx.Err() == nil || len(s.Files()) != 1 {
			t.Error(err)
		}
		// 0.5 s, 1 s, 2 s, 4 s, 8 s, 16 s, 30 s, each less up to a quarter
		if n := len(s.Requests()); n < 7 || n > 8 {
			t.Errorf("%d requests in a minute", n)
		}
	})
}

func TestDownloadFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit   int64
		chunked bool
		want    string // of the error
		size    int64  // that it tells
	}{
		"shorter than the limit":         {limit: 100},
		"as long as the limit":           {limit: 5},
		"longer than the limit":          {limit: 4, want: "downloading file f: it has 5 bytes, more than 4", size: 5},
		"nothing":                        {limit: 0, want: "downloading file f: it has 5 bytes, more than 0", size: 5},
		"unknown length, short enough":   {limit: 5, chunked: true},
		"unknown length, over the limit": {limit: 4, chunked: true, want: "downloading file f: it has more than 4 bytes", size: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := connect(t, openai.Config{MaxRetries: 2}, counted(&requests, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if !test.chunked {
						w.Header().Set("Content-Length", "5")
					}
					w.WriteHeader(http.StatusOK)
					_ = http.NewResponseController(w).Flush()
					_, _ = io.WriteString(w, "hello")
				})))
				var into bytes.Buffer
				_, err := client.DownloadFile(t.Context(), "f", test.limit, func() io.Writer { into.Reset(); return &into })
				if test.want == "" {
					if err != nil || into.String() != "hello" {
						t.Errorf("%q, %v", into.String(), err)
					}
					return
				}
				tooLong, ok := errors.AsType[*openai.TooLongError](err)
				if !ok || err.Error() != test.want || tooLong.Limit != test.limit || tooLong.Size != test.size {
					t.Errorf("%v, want %s", err, test.want)
				}
				if requests != 1 || !test.chunked && into.Len() != 0 {
					t.Errorf("%d requests, %d bytes", requests, into.Len())
				}
			})
		})
	}
}

func TestDownloadFile_startsAgainAfterABrokenAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		file := s.AddFile("a.txt", "batch", []byte("hello world"))
		s.Inject(openaitest.Fault{Path: "/files/*/content", TruncateAnswer: 6})
		var attempts []*bytes.Buffer
		_, err := client.DownloadFile(t.Context(), file.ID, 100, func() io.Writer {
			attempts = append(attempts, &bytes.Buffer{})
			return attempts[len(attempts)-1]
		})
		if err != nil || len(attempts) != 2 || attempts[1].String() != "hello world" {
			t.Errorf("%v, attempts %q", err, attempts)
		}
	})
}

func TestDownloadFile_endlessAnswerStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, endless{})
		}))
		var into bytes.Buffer
		_, err := client.DownloadFile(t.Context(), "f", 1<<20, func() io.Writer { return &into })
		if _, ok := errors.AsType[*openai.TooLongError](err); !ok || into.Len() > 1<<20+1 {
			t.Errorf("%v with %d bytes", err, into.Len())
		}
	})
}

func TestDownloadFile_refusalWritesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		file := s.AddFile("a.txt", "assistants", []byte("hello"))
		_, err := client.DownloadFile(t.Context(), file.ID, 100, func() io.Writer {
			t.Error("started")
			return io.Discard
		})
		if got := refusal(t, err); got.StatusCode != 400 || got.Message != "Not allowed to download files of purpose: assistants" {
			t.Error(err)
		}
	})
}

// failing is a disk that is full.
type failing struct{ error }

func (w failing) Write([]byte) (int, error) { return 0, w.error }

// The service is not at fault: asking it again does not help.
func TestDownloadFile_failedWriteIsNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		file := s.AddFile("a.txt", "batch", []byte("hello"))
		full := errors.New("no space left on device")
		_, err := client.DownloadFile(t.Context(), file.ID, 100, func() io.Writer { return failing{full} })
		if !errors.Is(err, full) {
			t.Error(err)
		}
		if methods(s) != "GET" {
			t.Error("requests", methods(s))
		}
	})
}

func TestWaitForProcessing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []openaitest.Option
		faults  []openaitest.Fault
		want    string // status
		err     string // empty: none
		asked   int
	}{
		"ready at once": {want: "processed", asked: 0},
		"ready later":   {options: []openaitest.Option{openaitest.WithProcessing(3)}, want: "processed", asked: 4},
		"not to be read yet": {
			options: []openaitest.Option{openaitest.WithProcessing(1), openaitest.WithReadLag(5)},
			want:    "processed", asked: 7,
		},
		"never to be read": {
			options: []openaitest.Option{openaitest.WithProcessing(1), openaitest.WithReadLag(6)},
			want:    "processing", err: "reading file f: No such File object: f (HTTP 404 from GET http://api.test/v1/files/f, request ", asked: 6,
		},
		"failed": {
			options: []openaitest.Option{openaitest.WithProcessing(2), openaitest.WithStatus("error", "line 3:\nno JSON")},
			want:    "error", err: "processing file f failed: line 3: no JSON", asked: 3,
		},
		"failed without a reason": {
			options: []openaitest.Option{openaitest.WithStatus("error", "")},
			want:    "error", err: "processing file f failed: the service does not say why", asked: 0,
		},
		"a status of a compatible server": {
			options: []openaitest.Option{openaitest.WithStatus("available", "")},
			want:    "available", asked: 0,
		},
		"refused": {
			options: []openaitest.Option{openaitest.WithProcessing(2)},
			faults:  []openaitest.Fault{{Method: http.MethodGet, Status: http.StatusForbidden, Body: "no"}},
			want:    "processing", err: "reading file f: no (HTTP 403 from GET http://api.test/v1/files/f, request ", asked: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{}, append(test.options, openaitest.WithIDs(func() string { return "f" }))...)
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "x"))
				if err != nil {
					t.Fatal(err)
				}
				s.ResetRequests()
				for _, fault := range test.faults {
					s.Inject(fault)
				}
				file, err := client.WaitForProcessing(t.Context(), uploaded.File)
				if (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				if file.Status != test.want || file.ID != "f" || len(s.Requests()) != test.asked {
					t.Errorf("%+v after %d requests", file, len(s.Requests()))
				}
			})
		})
	}
}

func TestWaitForProcessing_endsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{}, openaitest.WithProcessing(1000))
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "x"))
		if err != nil {
			t.Fatal(err)
		}
		s.ResetRequests()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		file, err := client.WaitForProcessing(ctx, uploaded.File)
		want := fmt.Sprintf("waiting until file %s is processed, its status is processing: context deadline exceeded", file.ID)
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != want || file.ID != uploaded.ID {
			t.Errorf("got %v, want %s", err, want)
		}
		// after 1, 3, 7, 15, 25, 35, 45 and 55 seconds
		if n := len(s.Requests()); n != 8 {
			t.Errorf("%d requests in a minute", n)
		}
	})
}

func TestDiscardFile_endsSoonAfterACancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{}, answers(http.StatusConflict, nil, `{"error":{"message":"File is still processing."}}`))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		if err := client.DiscardFile(ctx, "f"); !errors.Is(err, openai.ErrConflict) {
			t.Error(err)
		}
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("it ended after %s, want a moment after the ten seconds", took)
		}
	})
}

func TestDiscardFile_goesOnAfterACancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		id := s.AddFile("a.txt", "user_data", []byte("hello")).ID
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := client.DiscardFile(ctx, id); err != nil || len(s.Files()) > 0 {
			t.Errorf("%v, and %v is left", err, s.Files())
		}
	})
}

// The size that was sent is not forgotten because a server never says it.
func TestWaitForProcessing_sizeThatTheServerDoesNotSay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{}, answers(http.StatusOK, nil, `{"id":"f","status":"processed","bytes":0}`))
		file, err := client.WaitForProcessing(t.Context(), openai.File{ID: "f", Status: "processing", Bytes: new(int64(5))})
		if err != nil || file.Bytes == nil || *file.Bytes != 5 || file.Status != "processed" {
			t.Errorf("got %+v, %v, want 5 bytes, processed", file, err)
		}
	})
}
