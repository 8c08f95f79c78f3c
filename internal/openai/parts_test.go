package openai_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// limitedTo refuses requests with a longer content, as a proxy does.
func limitedTo(bytes int64, next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > bytes {
			http.Error(w, "<title>413 Request Entity Too Large</title>", http.StatusRequestEntityTooLarge)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// A proxy takes less than a part of 32 MiB. Smaller parts follow, also for the next file.
func TestUploadFile_proxyWithALimit(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for name, test := range map[string]struct {
		limit, size int64
		threshold   int64
		want        []string // requests of two files
		err         string   // empty: none
	}{
		"25 MiB, in parts":     {25 * mib, 33 * mib, 1, []string{"create", "1 refused", "cancel", "create", "5 parts", "complete", "create", "5 parts", "complete"}, ""},
		"10 MiB, one request":  {10 * mib, 20 * mib, 0, []string{"file refused", "create", "3 parts", "complete", "file refused", "create", "3 parts", "complete"}, ""},
		"2 MiB, one request":   {2 * mib, 3 * mib, 0, []string{"file refused", "create", "4 parts", "complete", "file refused", "create", "4 parts", "complete"}, ""},
		"1 MiB, one request":   {mib, 3 * mib, 0, []string{"file refused", "create", "4 parts", "complete", "file refused", "create", "4 parts", "complete"}, ""},
		"1 MiB, shorter":       {mib, 9e6, 0, []string{"file refused", "create", "1 refused", "cancel", "create", "9 parts", "complete", "file refused", "create", "9 parts", "complete"}, ""},
		"half a MiB, in parts": {mib / 2, 3 * mib, 1, nil, "uploading a.bin in parts: a proxy or gateway in front of the service refuses even parts of 1 MB; raise its limit for the size of a request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openaitest.New(openaitest.WithDiscard())
				t.Cleanup(s.Close)
				steps := &stepLog{}
				client := connect(t, openai.Config{MaxRetries: 2, MultipartThreshold: test.threshold, MaxConcurrentUploads: 1}, steps.watch(limitedTo(test.limit, s)))
				for range 2 {
					_, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "user_data", Filename: "a.bin", Content: content{size: test.size}, Size: test.size})
					if test.err == "" && err != nil {
						t.Fatal(err)
					}
					if test.err != "" && (!errors.Is(err, openai.ErrPartTooLarge) || !errors.Is(err, openai.ErrTooLarge) || !strings.HasPrefix(err.Error(), test.err)) {
						t.Errorf("got %v, want %s", err, test.err)
					}
				}
				if got := steps.String(); test.err == "" && got != strings.Join(test.want, ", ") {
					t.Errorf("got  %s\nwant %s", got, strings.Join(test.want, ", "))
				}
				if open := s.OpenUploads(); len(open) > 0 {
					t.Errorf("got pending uploads %v, want none", open)
				}
				time.Sleep(time.Second) // of the bubble: a server closes a connection late whose request it has not read
			})
		})
	}
}

// stepLog names the requests of uploads, and counts equal ones that follow each other.
type stepLog struct{ steps []string }

func (l *stepLog) watch(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w}
		next.ServeHTTP(recorder, r)
		step := map[string]string{"files": "file", "uploads": "create", "parts": "part", "complete": "complete", "cancel": "cancel"}[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
		if recorder.status == http.StatusRequestEntityTooLarge {
			step += " refused"
		}
		l.steps = append(l.steps, step)
	}
}

func (l *stepLog) String() string {
	var all []string
	for i := 0; i < len(l.steps); {
		n := i
		for n < len(l.steps) && l.steps[n] == l.steps[i] {
			n++
		}
		switch l.steps[i] {
		case "part":
			all = append(all, fmt.Sprintf("%d parts", n-i))
		case "part refused":
			all = append(all, fmt.Sprintf("%d refused", n-i))
		default:
			all = append(all, l.steps[i])
			n = i + 1
		}
		i = n
	}
	return strings.Join(all, ", ")
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// The Uploads API knows fewer purposes than the Files API.
func TestUploadFile_uploadsRefuseThePurpose(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want string
	}{
		"the purpose":       {`{"error":{"message":"'user_data' is not one of ['assistants'] - 'purpose'","type":"invalid_request_error","param":"purpose"}}`, created + "POST /files"},
		"something else":    {`{"error":{"message":"no","param":"mime_type"}}`, strings.TrimSpace(created)},
		"nothing in detail": {`{"error":{"message":"no"}}`, strings.TrimSpace(created)},
	} {
		for _, secret := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, secret %t", name, secret), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s, client := newService(t, inParts)
					s.Inject(openaitest.Fault{Path: "/uploads", Status: 400, Body: test.body})
					ctx := t.Context()
					if secret {
						ctx = openai.WithSecretContent(ctx)
					}
					uploaded, err := client.UploadFile(ctx, params("a.txt", "hello"))
					if paths(s) != test.want {
						t.Errorf("got requests\n%s\nwant\n%s", paths(s), test.want)
					}
					if fallback := strings.HasSuffix(test.want, "/files"); fallback != (err == nil) || fallback && uploaded.SHA256 != helloSHA256 {
						t.Errorf("got %+v, %v", uploaded, err)
					}
				})
			})
		}
	}
}

// A file of more than 512 MiB has no other way.
func TestUploadFile_uploadsRefuseThePurposeOfALargeFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		s.Inject(openaitest.Fault{Path: "/uploads", Status: 400, Body: `{"error":{"message":"'user_data' is not one of these","param":"purpose"}}`})
		const size = openai.MaxFileSize + 1
		_, err := client.UploadFile(t.Context(), openai.CreateFileParams{Purpose: "user_data", Filename: "a.bin", Content: content{size: size}, Size: size})
		if want := "uploading a.bin in parts: the server does not accept uploads in parts (POST /uploads) for this purpose: 'user_data' is not one of these (HTTP 400 from POST http://api.test/v1/uploads"; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// What a server says of a secret content is hidden in the file of an upload in parts too.
func TestUploadFile_inPartsSecretContent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		s.Inject(openaitest.Fault{Path: "/uploads/*/complete", Mutate: func(upload map[string]any) map[string]any {
			file := upload["file"].(map[string]any) //nolint:forcetypeassert,errcheck // the fake sends an object
			file["status"], file["status_details"] = "error", "planted-4713"
			return upload
		}})
		uploaded, err := client.UploadFile(openai.WithSecretContent(t.Context()), params("a.txt", "planted-4713"))
		if err != nil || strings.Contains(uploaded.StatusDetails, "planted") || uploaded.StatusDetails == "" {
			t.Errorf("got %q, %v, want details that repeat nothing", uploaded.StatusDetails, err)
		}
	})
}

// The key that a server repeats in the details of a file is hidden.
func TestUploadFile_inPartsKeyInTheDetails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		s.Inject(openaitest.Fault{Path: "/uploads/*/complete", Mutate: func(upload map[string]any) map[string]any {
			upload["file"].(map[string]any)["status_details"] = "refused for " + openaitest.Key //nolint:forcetypeassert,errcheck // the fake sends an object
			return upload
		}})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.StatusDetails != "refused for [redacted]" {
			t.Errorf("got %q, %v", uploaded.StatusDetails, err)
		}
	})
}

// The Upload is not sent when the run has already ended.
func TestCreateUpload_afterACancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := client.CreateUpload(ctx, params("a.txt", "hello")); !errors.Is(err, context.Canceled) || len(s.Requests()) != 0 {
			t.Errorf("got %v after %s", err, paths(s))
		}
	})
}
