package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// paths are the requests a fake has seen, in their order, without ids.
func paths(s *openaitest.Server) string {
	var all []string
	for _, request := range s.Requests() {
		elements := strings.Split(request.Path, "/")
		if len(elements) > 2 {
			elements[2] = "*"
		}
		all = append(all, request.Method+" "+strings.Join(elements, "/"))
	}
	return strings.Join(all, "\n")
}

const (
	created   = "POST /uploads\n"
	added     = "POST /uploads/*/parts\n"
	completed = "POST /uploads/*/complete"
	cancelled = "POST /uploads/*/cancel"
)

// inParts makes a client send everything but an empty file in parts.
var inParts = openai.Config{MaxRetries: 2, MultipartThreshold: 1}

func TestUploadFile_inParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		p := params("a.txt", "hello")
		p.ExpiresAfter = 7200
		uploaded, err := client.UploadFile(t.Context(), p)
		if err != nil || uploaded.SHA256 != helloSHA256 || uploaded.Found != nil {
			t.Fatalf("%+v, %v", uploaded, err)
		}
		if got, want := paths(s), created+added+completed; got != want {
			t.Errorf("requests\n%s", got)
		}
		file := s.Files()[0]
		if file.ID != uploaded.ID || file.Filename != "a.txt" || file.Purpose != "user_data" || file.SHA256 != helloSHA256 || *file.ExpiresAt-file.CreatedAt != 7200 {
			t.Errorf("%+v", file)
		}
	})
}

func TestUploadFile_partsOf32MiBSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MultipartThreshold: 33 << 20, MaxConcurrentUploads: 3})
		const size = 33<<20 + 1
		uploaded, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
		if err != nil || uploaded.SHA256 != s.Files()[0].SHA256 || s.Files()[0].Bytes != 34603009 {
			t.Fatalf("%+v, %v", uploaded, err)
		}
		var lengths []int64
		for _, request := range s.Requests() {
			if strings.HasSuffix(request.Path, "/parts") {
				lengths = append(lengths, request.ContentLength)
			}
		}
		slices.Sort(lengths)
		// the rest and 32 MiB, and the same frame around both
		if len(lengths) != 2 || lengths[1]-lengths[0] != 32<<20-(1<<20+1) {
			t.Errorf("parts of %d bytes", lengths)
		}
	})
}

func TestUploadFile_notInPartsUpToTheThreshold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MultipartThreshold: 5})
		if _, err := client.UploadFile(t.Context(), params("a.txt", "hello")); err != nil || paths(s) != "POST /files" {
			t.Errorf("%v after\n%s", err, paths(s))
		}
	})
}

func TestCreateUpload_body(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		filename string
		expires  int64
		want     map[string]any
	}{
		"JSON Lines": {"a.JSONL", 0, map[string]any{"filename": "a.JSONL", "purpose": "user_data", "bytes": 5.0, "mime_type": "text/jsonl"}},
		"PDF": {"a.pdf", 3600, map[string]any{
			"filename": "a.pdf", "purpose": "user_data", "bytes": 5.0, "mime_type": "application/pdf",
			"expires_after": map[string]any{"anchor": "created_at", "seconds": 3600.0},
		}},
		"unknown": {"a", 0, map[string]any{"filename": "a", "purpose": "user_data", "bytes": 5.0, "mime_type": "application/octet-stream"}},
		"HTML":    {"a.html", 0, map[string]any{"filename": "a.html", "purpose": "user_data", "bytes": 5.0, "mime_type": "text/html"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got map[string]any
				client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
						t.Error(err)
					}
					if r.Header.Get("Content-Type") != "application/json" || r.ContentLength <= 0 {
						t.Error(r.Header)
					}
					_, _ = io.WriteString(w, `{"id":"upload_1","status":"pending","file":null}`)
				}))
				p := params(test.filename, "hello")
				p.ExpiresAfter = test.expires
				upload, err := client.CreateUpload(t.Context(), p)
				if err != nil || upload.ID != "upload_1" || upload.Status != "pending" || upload.File != nil {
					t.Errorf("%+v, %v", upload, err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error("(-want +got):\n", diff)
				}
			})
		})
	}
}

// A part does no harm twice, an Upload expires: all but the completion is repeated.
func TestUploadFile_inPartsFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault openaitest.Fault
		want  string
		err   string // empty: none
	}{
		"lost creation":         {openaitest.Fault{Path: "/uploads", LoseAnswer: true}, created + created + added + completed, ""},
		"lost part":             {openaitest.Fault{Path: "/uploads/*/parts", LoseAnswer: true}, created + added + added + completed, ""},
		"busy at a part":        {openaitest.Fault{Path: "/uploads/*/parts", Status: 503}, created + added + added + completed, ""},
		"part without id":       {openaitest.Fault{Path: "/uploads/*/parts", Body: "{}", AfterBody: true}, created + added + added + completed, ""},
		"rate limit at the end": {openaitest.Fault{Path: "/uploads/*/complete", Status: 429}, created + added + completed + "\n" + completed, ""},
		"refused creation":      {openaitest.Fault{Path: "/uploads", Status: 403, Body: "no"}, "POST /uploads", "uploading a.txt in parts: no (HTTP 403"},
		"refused part":          {openaitest.Fault{Path: "/uploads/*/parts", Status: 400, Body: "no"}, created + added + cancelled, "uploading a.txt in parts: part 1 of 1: no (HTTP 400"},
		"refused completion":    {openaitest.Fault{Path: "/uploads/*/complete", Status: 400, Body: "no"}, created + added + completed + "\n" + cancelled, "uploading a.txt in parts: no (HTTP 400"},
		"lost completion":       {openaitest.Fault{Path: "/uploads/*/complete", LoseAnswer: true}, created + added + completed + "\nGET /files", ""},
		"500 and completed":     {openaitest.Fault{Path: "/uploads/*/complete", LoseAnswer: true, Status: 500}, created + added + completed + "\nGET /files", ""},
		"no file":               {openaitest.Fault{Path: "/uploads/*/complete", Mutate: func(body map[string]any) map[string]any { delete(body, "file"); return body }}, created + added + completed + "\nGET /files", ""},
		"500 and not completed": {openaitest.Fault{Path: "/uploads/*/complete", AfterBody: true, Status: 500}, created + added + completed + "\nGET /files\n" + cancelled + "\n" + created + added + completed + "\nGET /files", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, inParts)
				s.Inject(test.fault)
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if got := paths(s); got != test.want {
					t.Errorf("requests\n%s\nwant\n%s", got, test.want)
				}
				if test.err != "" {
					if err == nil || !strings.HasPrefix(err.Error(), test.err) || len(s.Files()) != 0 || len(s.OpenUploads()) != 0 {
						t.Errorf("%v; files %v, open %v", err, s.Files(), s.OpenUploads())
					}
					return
				}
				if err != nil || len(s.Files()) != 1 || uploaded.ID != s.Files()[0].ID || uploaded.SHA256 != helloSHA256 {
					t.Errorf("%+v, %v", uploaded, err)
				}
			})
		})
	}
}

func TestUploadFile_serverWithoutUploads(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 405, 501} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, inParts)
				s.Inject(openaitest.Fault{Path: "/uploads", Status: status, Times: -1})
				if _, err := client.CreateUpload(t.Context(), params("a.txt", "hello")); !errors.Is(err, openai.ErrNoUploads) {
					t.Error(err)
				}
				s.ResetRequests()
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if err != nil || uploaded.SHA256 != helloSHA256 || paths(s) != created+"POST /files" {
					t.Errorf("%+v, %v after\n%s", uploaded, err, paths(s))
				}
			})
		})
	}
}

func TestUploadFile_serverTakesLessInOneRequest(t *testing.T) {
	t.Parallel()
	const size = 32<<20 + 1
	large := openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size}
	for name, test := range map[string]struct {
		options []openaitest.Option
		params  openai.CreateFileParams
		want    string
		err     error
	}{
		"parts":        {nil, large, "POST /files\n" + created + added + added + completed, nil},
		"no parts":     {[]openaitest.Option{openaitest.WithoutOperation(http.MethodPost, "/uploads")}, large, "POST /files\n" + strings.TrimSpace(created), openai.ErrTooLarge},
		"small anyway": {nil, params("a.jsonl", strings.Repeat("x", 2000)), "POST /files", openai.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{}, append(test.options, openaitest.WithDiscard())...)
				s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/files", Status: http.StatusRequestEntityTooLarge})
				_, err := client.UploadFile(t.Context(), test.params)
				if !errors.Is(err, test.err) || paths(s) != test.want {
					t.Errorf("%v after\n%s", err, paths(s))
				}
			})
		})
	}
}

func TestUploadFile_inPartsContentIsNotWhatWasDeclared(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for name, test := range map[string]content{
		"shorter":        {size: 4},
		"longer":         {size: 6},
		"cannot be read": {size: 4, err: broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, inParts)
				_, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: test, Size: 5})
				if _, ok := errors.AsType[*openai.ContentError](err); !ok || test.err != nil && !errors.Is(err, broken) {
					t.Error(err)
				}
				got := paths(s)
				if strings.Contains(got, completed) || !strings.HasSuffix(got, cancelled) || strings.Count(got, "\n") > 2 || len(s.Files())+len(s.OpenUploads()) != 0 {
					t.Errorf("requests\n%s", got)
				}
			})
		})
	}
}

func TestUploadFile_inPartsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		s.Inject(openaitest.Fault{Path: "/uploads/*/parts", Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.UploadFile(ctx, params("a.txt", "hello"))
		if !errors.Is(err, context.DeadlineExceeded) || len(s.Files())+len(s.OpenUploads()) != 0 || paths(s) != created+added+cancelled {
			t.Errorf("%v after\n%s", err, paths(s))
		}
	})
}

func TestUploadFile_inPartsCancelledAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		s.Inject(openaitest.Fault{Path: "/uploads/*/complete", AfterBody: true, Delay: 500 * time.Millisecond})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		uploaded, err := client.UploadFile(ctx, params("a.txt", "hello"))
		if err != nil || ctx.Err() == nil || uploaded.ID != s.Files()[0].ID || paths(s) != created+added+completed {
			t.Errorf("%+v, %v after\n%s", uploaded, err, paths(s))
		}
	})
}

// The Upload is left to expire when it cannot be cancelled; that is not worth hiding the reason.
func TestUploadFile_inPartsThatCannotBeCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		s.Inject(openaitest.Fault{Path: "/uploads/*/parts", Status: 400, Body: "bad part"})
		s.Inject(openaitest.Fault{Path: "/uploads/*/cancel", Status: 500, Times: -1})
		start := time.Now()
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if refusal(t, err).Message != "bad part" || time.Since(start) > 30*time.Second || len(s.OpenUploads()) != 1 {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestUploadFile_inPartsClaimedFilesAreNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		if _, err := client.UploadFile(t.Context(), params("a.txt", "hello")); err != nil {
			t.Fatal(err)
		}
		s.ResetRequests()
		s.Inject(openaitest.Fault{Path: "/uploads/*/complete", AfterBody: true, Status: 500})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.ID != s.Files()[1].ID || paths(s) != created+added+completed+"\nGET /files\n"+cancelled+"\n"+created+added+completed+"\nGET /files" {
			t.Errorf("%+v, %v after\n%s", uploaded, err, paths(s))
		}
	})
}
