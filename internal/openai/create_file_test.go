package openai_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// part is a field of a form as mime/multipart reads it.
type part struct {
	Name, Filename, Type, Value string
}

// readForm reads a whole body, which has to be as long as announced.
func readForm(r *http.Request) (parts []part, body []byte, err error) {
	if body, err = io.ReadAll(r.Body); err != nil {
		return nil, nil, err
	}
	if int64(len(body)) != r.ContentLength {
		return nil, nil, errors.New("another length than announced")
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, err
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, body, nil
		}
		if err != nil {
			return nil, nil, err
		}
		_, disposition, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return nil, nil, err
		}
		value, err := io.ReadAll(p)
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, part{disposition["name"], disposition["filename"], p.Header.Get("Content-Type"), string(value)})
	}
}

func TestCreateFile_form(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		filename  string
		expires   int64
		wantName  string
		wantParts int
	}{
		"plain":         {"a.jsonl", 0, "a.jsonl", 2},
		"expiry":        {"a.jsonl", 3600, "a.jsonl", 4},
		"quotes":        {`a"b".txt`, 0, "a%22b%22.txt", 2},
		"backslash":     {`C:\a\`, 0, `C:\a\`, 2},
		"not ASCII":     {"übergrößen 文.txt", 0, "übergrößen 文.txt", 2},
		"line break":    {"a\r\nb: c", 0, "a%0D%0Ab: c", 2},
		"NUL":           {"a\x00b", 0, "a%00b", 2},
		"255 bytes":     {strings.Repeat("n", 255), 0, strings.Repeat("n", 255), 2},
		"semicolons":    {`a; name="purpose"`, 0, "a; name=%22purpose%22", 2},
		"percent":       {"100%0A.txt", 0, "100%0A.txt", 2},
		"not UTF-8":     {"a\xffb", 0, "a\xffb", 2},
		"a path":        {"dir/a.txt", 0, "dir/a.txt", 2},
		"leading space": {" a ", 0, " a ", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []part
				client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					var err error
					if got, _, err = readForm(r); err != nil {
						t.Error(err)
					}
					if len(r.TransferEncoding) > 0 {
						t.Error("sent in chunks")
					}
					_, _ = io.WriteString(w, `{"id":"file-1"}`)
				}))
				p := params(test.filename, "{}\n")
				p.ExpiresAfter = test.expires
				uploaded, err := client.CreateFile(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				// printf '{}\n' | sha256sum
				if uploaded.ID != "file-1" || uploaded.SHA256 != "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356" {
					t.Errorf("%+v", uploaded)
				}
				// the order matters: some servers stop reading fields at the file
				want := []part{{Name: "purpose", Value: "user_data"}}
				if test.wantParts == 4 {
					want = append(want,
						part{Name: "expires_after[anchor]", Value: "created_at"},
						part{Name: "expires_after[seconds]", Value: "3600"})
				}
				want = append(want, part{"file", test.wantName, "application/octet-stream", "{}\n"})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error("(-want +got):\n", diff)
				}
			})
		})
	}
}

func TestCreateFile_emptyContent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{}, answers(http.StatusOK, nil, `{"id":"file-1","bytes":0}`))
		uploaded, err := client.CreateFile(t.Context(), params("a.txt", ""))
		// sha256sum </dev/null
		if err != nil || uploaded.SHA256 != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
			t.Errorf("%+v, %v", uploaded, err)
		}
	})
}

func TestCreateFile_sendsTheSameBytesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var bodies [][]byte
		client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, body, err := readForm(r)
			if err != nil {
				t.Error(err)
			}
			bodies = append(bodies, body)
			if len(bodies) < 3 {
				http.Error(w, "slow down", http.StatusTooManyRequests)
				return
			}
			_, _ = io.WriteString(w, `{"id":"file-1"}`)
		}))
		const size = 2 << 20
		uploaded, err := client.CreateFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
		// head -c 2097152 /dev/zero | tr '\0' x | sha256sum
		if err != nil || uploaded.SHA256 != "6932fd31e5daf4739b9fa78ff777b2831b0995cc1d0b0093cac80601902013bc" {
			t.Errorf("%+v, %v", uploaded, err)
		}
		if len(bodies) != 3 || !slices.EqualFunc(bodies[1:], bodies[:2], bytes.Equal) {
			t.Errorf("%d bodies, or they differ", len(bodies))
		}
	})
}

func TestCreateFile_contentIsNotWhatWasDeclared(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	const kib, mib = 1 << 10, 1 << 20
	for name, test := range map[string]struct {
		content content
		size    int64
		want    string
	}{
		"shorter":            {content{size: 10}, 11, "the content ended after 10 of 11 bytes; it became shorter while it was being sent"},
		"shorter by a lot":   {content{size: 2 * mib}, 3 * mib, "the content ended after 2097152 of 3145728 bytes; it became shorter while it was being sent"},
		"gone":               {content{}, 5, "the content ended after 0 of 5 bytes; it became shorter while it was being sent"},
		"longer":             {content{size: 11}, 10, "the content has more than 10 bytes; it grew while it was being sent"},
		"longer, and large":  {content{size: 3*mib + 1}, 3 * mib, "the content has more than 3145728 bytes; it grew while it was being sent"},
		"longer than empty":  {content{size: 1}, 0, "the content has more than 0 bytes; it grew while it was being sent"},
		"cannot be read":     {content{size: kib, err: broken}, 2 * kib, "reading the content failed after 1024 of 2048 bytes: input/output error"},
		"cannot be read, MB": {content{size: mib, err: broken}, 2 * mib, "reading the content failed after 1048576 of 2097152 bytes: input/output error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 3})
				for _, upload := range []func(context.Context, openai.CreateFileParams) (openai.Uploaded, error){client.CreateFile, client.UploadFile} {
					s.ResetRequests()
					_, err := upload(t.Context(), openai.CreateFileParams{Purpose: "user_data", Filename: "a", Content: test.content, Size: test.size})
					if _, ok := errors.AsType[*openai.ContentError](err); !ok || err.Error() != "uploading a: "+test.want {
						t.Errorf("got  %v\nwant %s", err, test.want)
					}
					if test.content.err != nil && !errors.Is(err, broken) {
						t.Error(err)
					}
					// A request may not even have begun. It is not made again, and nothing is looked for.
					if len(s.Requests()) > 1 || len(s.Files()) != 0 {
						t.Errorf("requests %s, files %v", methods(s), s.Files())
					}
				}
			})
		})
	}
}

func TestCreateFile_lostAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		s.Inject(openaitest.Fault{LoseAnswer: true})
		_, err := client.CreateFile(t.Context(), params("a.txt", "hello"))
		if _, ok := errors.AsType[*openai.LostAnswerError](err); !ok || !strings.HasPrefix(err.Error(), "uploading a.txt: ") || methods(s) != "POST" {
			t.Errorf("%v after %s", err, methods(s))
		}
	})
}

// The refusal of a large file comes before its body: the client waits for a word of the server first.
func TestCreateFile_refusedBeforeTheBody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ status, requests int }{{http.StatusUnauthorized, 1}, {http.StatusServiceUnavailable, 4}} {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 3})
				s.Inject(openaitest.Fault{Status: test.status, Body: "no", Times: -1})
				const size = 1 << 20
				_, err := client.CreateFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
				if got := refusal(t, err).StatusCode; got != test.status || len(s.Requests()) != test.requests {
					t.Errorf("%v after %s", err, methods(s))
				}
				if _, ok := errors.AsType[*openai.LostAnswerError](err); ok {
					t.Error("the file was not sent: ", err)
				}
				for _, request := range s.Requests() {
					if request.BodyBytes != 0 || request.Header.Get("Expect") != "100-continue" {
						t.Errorf("%d bytes sent", request.BodyBytes)
					}
				}
			})
		})
	}
}

func TestCreateFile_connectionBreaksInTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		s.Inject(openaitest.Fault{CutRequestAfter: 1 << 20, Times: 2})
		const size = 3 << 20
		uploaded, err := client.CreateFile(t.Context(), openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
		if err != nil || methods(s) != "POST POST POST" || len(s.Files()) != 1 || s.Files()[0].SHA256 != uploaded.SHA256 {
			t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
		}
	})
}

func TestCreateFile_cancelledInTheBodyEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		hold := make(chan struct{})
		defer close(hold)
		s.Inject(openaitest.Fault{StallBody: true, Hold: hold})
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("the user has enough")
		done := make(chan error)
		const size = 3 << 20
		go func() {
			_, err := client.UploadFile(ctx, openai.CreateFileParams{Purpose: "batch", Filename: "a.jsonl", Content: content{size: size}, Size: size})
			done <- err
		}()
		time.Sleep(time.Minute) // of the bubble: all that can be sent is sent
		cancelled := time.Now()
		cancel(stop)
		err := <-done
		if !errors.Is(err, stop) && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if waited := time.Since(cancelled); waited != 0 {
			t.Errorf("ended %s after the cancellation", waited)
		}
		if methods(s) != "POST" || len(s.Files()) != 0 {
			t.Errorf("requests %s, files %v", methods(s), s.Files())
		}
	})
}

func TestUploadFile_cancelledAfterTheBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer   time.Duration
		requests string
		found    bool
	}{
		"the answer is about to come":    {4900 * time.Millisecond, "POST", false},
		"the answer is nowhere near":     {time.Hour, "POST GET", true},
		"the answer came a bit too late": {5100 * time.Millisecond, "POST GET", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 3})
				s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Delay: test.answer})
				ctx, cancel := context.WithCancel(t.Context())
				var uploaded openai.Uploaded
				done := make(chan error)
				go func() {
					var err error
					uploaded, err = client.UploadFile(ctx, params("a.txt", "hello"))
					done <- err
				}()
				synctest.Wait() // the file is made, and the server is in no hurry to tell
				cancel()
				if err := <-done; err != nil || uploaded.ID != s.Files()[0].ID || (uploaded.Found != nil) != test.found {
					t.Errorf("%+v, %v", uploaded, err)
				}
				if methods(s) != test.requests || len(s.Files()) != 1 {
					t.Errorf("requests %s, files %v", methods(s), s.Files())
				}
			})
		})
	}
}

func TestUploadFile_cancelledWhileWaitingToSendAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		s.Inject(openaitest.Fault{Status: http.StatusTooManyRequests, AfterBody: true, Header: http.Header{"Retry-After-Ms": {"500"}}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := client.UploadFile(ctx, params("a.txt", "hello"))
			done <- err
		}()
		synctest.Wait() // refused, and waiting
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if methods(s) != "POST" || len(s.Files()) != 0 {
			t.Errorf("sent after the cancellation: requests %s, files %v", methods(s), s.Files())
		}
	})
}

func FuzzMultipartHead(f *testing.F) {
	for _, name := range []string{
		"", "a.jsonl", `"`, `\`, `\"`, `\\"`, "\r\n", "\n\n", "\r\n\r\n--", "a\x00b", "\t", "ü", "\xff", "%0A", `a"; name="purpose`,
		"a\r\nContent-Type: text/html\r\n\r\nx", strings.Repeat("n", 255), "\x7f\x1b", "=?utf-8?q?a?=",
	} {
		f.Add(name)
	}
	var got []part
	var parseErr error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _, parseErr = readForm(r)
		_, _ = io.WriteString(w, `{"id":"file-1"}`)
	}))
	f.Cleanup(server.Close)
	client, err := openai.NewClient(openai.Config{BaseURL: server.URL})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.CloseIdleConnections)

	// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data escapes line breaks and quotes like this
	escapes := strings.NewReplacer("\r", "%0D", "\n", "%0A", "\x00", "%00", `"`, "%22")
	f.Fuzz(func(t *testing.T, filename string) {
		if _, err := client.CreateFile(t.Context(), params(filename, "--\r\n")); err != nil {
			t.Fatal(err)
		}
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		want := []part{
			{Name: "purpose", Value: "user_data"},
			{"file", escapes.Replace(filename), "application/octet-stream", "--\r\n"},
		}
		if strings.ContainsFunc(filename, func(r rune) bool { return r != '\t' && r < ' ' || r == 0x7f }) && len(got) == 2 {
			want[1].Filename = got[1].Filename // there is no rule for other control characters
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", filename, diff)
		}
	})
}
