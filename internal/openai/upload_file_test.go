package openai_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// helloSHA256 is printf hello | sha256sum.
const helloSHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestUploadFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found != nil || uploaded.SHA256 != helloSHA256 || methods(s) != "POST" {
			t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
		}
		if file := s.Files()[0]; file.ID != uploaded.ID || file.SHA256 != helloSHA256 {
			t.Errorf("%+v", file)
		}
	})
}

// Each of these leaves it open whether a file was made. The list tells.
func TestUploadFile_lostAnswers(t *testing.T) {
	t.Parallel()
	noID := func(body map[string]any) map[string]any { delete(body, "id"); return body }
	noObject := func(map[string]any) map[string]any { return nil }
	for name, test := range map[string]struct {
		fault    openaitest.Fault
		requests string
		found    string // what the reason says; empty: the file was not found but made again
	}{
		"reset after the file was made": {openaitest.Fault{LoseAnswer: true}, "POST GET", "the server closed the connection without a response (POST http://api.test/v1/files)"},
		"500 after the file was made":   {openaitest.Fault{LoseAnswer: true, Status: 500, Body: "oops"}, "POST GET", "oops (HTTP 500 from POST http://api.test/v1/files"},
		"504 after the file was made":   {openaitest.Fault{LoseAnswer: true, Status: 504, Body: "<title>Timeout</title>"}, "POST GET", "titled “Timeout” instead of JSON (HTTP 504"},
		"408 after the file was made":   {openaitest.Fault{LoseAnswer: true, Status: 408, Body: "slow"}, "POST GET", "slow (HTTP 408"},
		"409 after the file was made":   {openaitest.Fault{LoseAnswer: true, Status: 409, Body: "again"}, "POST GET", "again (HTTP 409"},
		"HTML after the file was made":  {openaitest.Fault{LoseAnswer: true, Body: "<title>Sign in</title>"}, "POST GET", "the server answered HTTP 200 with a web page titled “Sign in” instead of JSON (POST http://api.test/v1/files)"},
		"no id":                         {openaitest.Fault{Mutate: noID}, "POST GET", "it has no id"},
		"nothing":                       {openaitest.Fault{Mutate: noObject}, "POST GET", "it is empty"},
		"cut":                           {openaitest.Fault{TruncateAnswer: 40}, "POST GET", "it ends too early"},
		"500 and no file":               {openaitest.Fault{AfterBody: true, Status: 500, Body: "oops"}, "POST GET POST GET", ""},
		"HTML and no file":              {openaitest.Fault{AfterBody: true, Body: "<title>Sign in</title>"}, "POST GET POST GET", ""},
		"an answer without a file":      {openaitest.Fault{AfterBody: true, Body: "{}"}, "POST GET POST GET", ""},
		"reset after the body, no file": {openaitest.Fault{CutRequestAfter: 1 << 20}, "POST GET POST GET", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 3})
				s.AddFile("b.txt", "user_data", []byte("hello")) // others are not taken
				s.AddFile("a.txt", "user_data", []byte("hell"))
				s.AddFile("a.txt", "vision", []byte("hello"))
				test.fault.Method = http.MethodPost
				s.Inject(test.fault)
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if err != nil {
					t.Fatal(err)
				}
				if methods(s) != test.requests || len(s.Files()) != 4 {
					t.Errorf("requests %s, %d files", methods(s), len(s.Files()))
				}
				if uploaded.SHA256 != helloSHA256 || uploaded.ID != s.Files()[3].ID || *uploaded.Bytes != 5 || uploaded.Purpose != "user_data" {
					t.Errorf("%+v", uploaded)
				}
				if (uploaded.Found == nil) != (test.found == "") || test.found != "" && !strings.Contains(uploaded.Found.Error(), test.found) {
					t.Errorf("found because of: %v", uploaded.Found)
				}
				if list := s.Requests()[1]; list.Query.Get("purpose") != "user_data" || list.Query.Get("order") != "desc" {
					t.Errorf("searched with %v", list.Query)
				}
			})
		})
	}
}

func TestUploadFile_givesUpAfterAllAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500, Body: "oops", Times: -1})
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if refusal(t, err).StatusCode != 500 || methods(s) != "POST GET POST GET POST GET GET" || len(s.Files()) != 0 {
			t.Errorf("%v after %s", err, methods(s))
		}
		if _, ok := errors.AsType[*openai.LostAnswerError](err); !ok || !strings.Contains(err.Error(), "the list shows no such file yet, after 3 of at most 3 attempts") {
			t.Error(err)
		}
	})
}

func TestUploadFile_refusalIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		p := params("a.txt", "hello")
		p.Purpose = "batch"
		_, err := client.UploadFile(t.Context(), p)
		if got := refusal(t, err); got.StatusCode != 400 || got.Message != "Invalid file format for Batch API. Must be .jsonl" || methods(s) != "POST" {
			t.Errorf("%v after %s", err, methods(s))
		}
	})
}

func TestUploadFile_searchIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		s.Inject(openaitest.Fault{Method: http.MethodGet, Status: http.StatusForbidden, Body: "the key may not list", Times: -1})
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if !errors.Is(err, openai.ErrForbidden) || methods(s) != "POST GET GET GET" || !strings.HasPrefix(err.Error(), "uploading a.txt: ") ||
			!strings.Contains(err.Error(), "; the file may exist anyway: listing files: the key may not list (HTTP 403 from GET http://api.test/v1/files") {
			t.Errorf("%v after %s", err, methods(s))
		}
		if _, ok := errors.AsType[*openai.LostAnswerError](err); !ok {
			t.Error(err)
		}
	})
}

func TestUploadFile_searchIsRefusedAtFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		s.Inject(openaitest.Fault{Method: http.MethodGet, Status: http.StatusForbidden, Body: "the key may not list"})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found == nil || uploaded.ID != s.Files()[0].ID || len(s.Files()) != 1 || methods(s) != "POST GET GET" {
			t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
		}
	})
}

func TestUploadFile_severalFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: hold})
		done := make(chan error)
		go func() {
			_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
			done <- err
		}()
		synctest.Wait()
		other := s.AddFile("a.txt", "user_data", []byte("olleh")) // of somebody else, at the same time
		close(hold)
		err := <-done
		duplicate, ok := errors.AsType[*openai.DuplicateError](err)
		if !ok || methods(s) != "POST GET GET" || len(s.Files()) != 2 {
			t.Fatalf("%v after %s", err, methods(s))
		}
		want := []string{other.ID, s.Files()[0].ID} // newest first
		if fmt.Sprint(duplicate.IDs) != fmt.Sprint(want) || duplicate.Filename != "a.txt" || !strings.HasSuffix(err.Error(), ": "+strings.Join(want, ", ")) {
			t.Errorf("%v, want %s", err, want)
		}
	})
}

// A file that this client has made, read or heard of belongs to somebody already.
func TestUploadFile_claimedFilesAreNotTaken(t *testing.T) {
	t.Parallel()
	for how, claim := range map[string]func(*testing.T, *openaitest.Server, *openai.Client) error{
		"made": func(t *testing.T, _ *openaitest.Server, client *openai.Client) error {
			t.Helper()
			_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
			return err
		},
		"read": func(t *testing.T, s *openaitest.Server, client *openai.Client) error {
			t.Helper()
			_, err := client.RetrieveFile(t.Context(), s.AddFile("a.txt", "user_data", []byte("hello")).ID)
			return err
		},
		"told": func(t *testing.T, s *openaitest.Server, client *openai.Client) error {
			t.Helper()
			client.Claim("another", s.AddFile("a.txt", "user_data", []byte("hello")).ID)
			return nil
		},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 2})
				if err := claim(t, s, client); err != nil {
					t.Fatal(err)
				}
				s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500})
				s.ResetRequests()
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if err != nil || methods(s) != "POST GET POST GET" || uploaded.ID != s.Files()[1].ID || uploaded.Found != nil {
					t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
				}
			})
		})
	}
}

// ahead is a fake whose clock, and the Date of its answers, are off.
func ahead(t *testing.T, cfg openai.Config, offset time.Duration) (*openaitest.Server, *openai.Client) {
	t.Helper()
	clock := func() time.Time { return time.Now().Add(offset) }
	s := openaitest.New(openaitest.WithClock(clock))
	t.Cleanup(s.Close)
	return s, connect(t, cfg, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", clock().UTC().Format(http.TimeFormat))
		s.ServeHTTP(w, r)
	}))
}

func TestUploadFile_olderFilesAreNotTaken(t *testing.T) {
	t.Parallel()
	for _, offset := range []time.Duration{0, time.Hour, -time.Hour} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s known %t", offset, known), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s, client := ahead(t, openai.Config{MaxRetries: 2}, offset)
					older := s.AddFile("a.txt", "user_data", []byte("olleh"))
					time.Sleep(time.Minute) // of the bubble
					if known {
						_, _ = list(t, client, openai.ListFilesParams{})
						s.ResetRequests()
					}
					s.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20}) // no answer, no file
					uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
					if err != nil || uploaded.ID == older.ID || methods(s) != "POST GET POST GET" {
						t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
					}
				})
			})
		}
	}
}

// The clock that stamps files may be behind the one that stamps answers.
func TestUploadFile_newFileIsFoundWithAClockBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openaitest.New(openaitest.WithClock(func() time.Time { return time.Now().Add(-8 * time.Second) }))
		t.Cleanup(s.Close)
		client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.ServeHTTP(otherDate{w, true}, r)
		}))
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found == nil || len(s.Files()) != 1 {
			t.Errorf("%+v, %v after %s; %d files", uploaded, err, methods(s), len(s.Files()))
		}
	})
}

// Some servers replace characters of a name. A file with the very name that was sent is the better candidate.
func TestUploadFile_exactNameBeforeASimilarOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		s.AddFile("a_b.txt", "user_data", []byte("hallo")) // by somebody else, at the same time
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a b.txt", "hello"))
		if err != nil || uploaded.Found == nil || uploaded.Filename != "a b.txt" {
			t.Errorf("got %+v and %v with the files %v, want the one of this name", uploaded, err, s.Files())
		}
	})
}

// otherDate is the answer of a fake with the local time in place of its own, or with none.
type otherDate struct {
	http.ResponseWriter
	local bool
}

func (w otherDate) WriteHeader(status int) {
	w.Header()["Date"] = nil
	if w.local {
		w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w otherDate) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A service that puts no time into its answers, or another one than into its files, leaves no second file unnoticed.
func TestUploadFile_clockThatIsNotKnown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behind   time.Duration
		dated    bool
		purpose  string
		requests string
		adopted  bool
		doubt    bool
		twins    int
	}{
		"no date":                             {0, false, "user_data", "POST GET", true, false, 0},
		"no date, a minute behind":            {time.Minute, false, "user_data", "POST GET GET", false, true, 0},
		"no date, a minute behind, compared":  {time.Minute, false, "batch", "POST GET GET", true, false, 0},
		"no date, two hours behind":           {2 * time.Hour, false, "user_data", "POST GET POST GET", false, false, 1},
		"date of a gateway, two hours behind": {2 * time.Hour, true, "user_data", "POST GET POST GET", false, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openaitest.New(openaitest.WithClock(func() time.Time { return time.Now().Add(-test.behind) }))
				t.Cleanup(s.Close)
				client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s.ServeHTTP(otherDate{w, test.dated}, r)
				}))
				s.AddFile("a.jsonl", test.purpose, []byte("[]\n"))
				client.ClaimNewest(t.Context())
				time.Sleep(3 * time.Hour) // of the bubble
				s.ResetRequests()
				s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
				upload := params("a.jsonl", "{}\n")
				upload.Purpose = test.purpose
				uploaded, err := client.UploadFile(t.Context(), upload)
				if _, isDoubt := errors.AsType[*openai.DuplicateError](err); isDoubt != test.doubt || !test.doubt && err != nil {
					t.Errorf("got %v, want doubt %t", err, test.doubt)
				}
				if got := methods(s); got != test.requests {
					t.Errorf("got requests %s, want %s", got, test.requests)
				}
				if adopted := uploaded.Found != nil; adopted != test.adopted {
					t.Errorf("got %+v, want adopted %t", uploaded, test.adopted)
				}
				if len(uploaded.Twins) != test.twins || test.twins > 0 && uploaded.Twins[0] != s.Files()[1].ID {
					t.Errorf("got twins %v, want %d of %v", uploaded.Twins, test.twins, s.Files())
				}
			})
		})
	}
}

// A file that an earlier run made a moment ago is not taken for a lost one, also when the list could not be read then.
func TestUploadFile_claimNewest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault openaitest.Fault
		made  bool // the lost upload made a file
		err   string
	}{
		"none made":                        {openaitest.Fault{Path: "/none"}, false, ""},
		"one made":                         {openaitest.Fault{Path: "/none"}, true, ""},
		"none made, list busy at first":    {openaitest.Fault{Method: http.MethodGet, Times: 2, Status: 500}, false, ""},
		"none made, no such limit":         {openaitest.Fault{Method: http.MethodGet, Status: 400, Match: func(r *http.Request) bool { return r.URL.Query().Has("limit") }}, false, ""},
		"none made, no such limit, 422":    {openaitest.Fault{Method: http.MethodGet, Status: 422, Match: func(r *http.Request) bool { return r.URL.Query().Has("limit") }}, false, ""},
		"none made, list refused at first": {openaitest.Fault{Method: http.MethodGet, Times: 1, Status: 403}, false, "it is not known whether this upload created it: file-"},
		"one made, list refused at first":  {openaitest.Fault{Method: http.MethodGet, Times: 1, Status: 403}, true, "it is not known which of them this upload created: file-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 3})
				earlier := s.AddFile("a.txt", "user_data", []byte("olleh"))
				s.Inject(test.fault)
				client.ClaimNewest(t.Context())
				s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, LoseAnswer: test.made, Status: 500})
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				switch {
				case test.err != "":
					if err == nil || !strings.Contains(err.Error(), test.err) {
						t.Errorf("%+v, %v", uploaded, err)
					}
				case err != nil, uploaded.ID == earlier.ID, len(s.Files()) != 2, (uploaded.Found != nil) != test.made:
					t.Errorf("%+v, %v; files %v", uploaded, err, s.Files())
				}
			})
		})
	}
}

// Small pages do not hide what was there before, and old files are not asked for.
func TestUploadFile_claimNewestOverPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3}, openaitest.WithPageSize(3))
		for range 30 {
			s.AddFile("a.txt", "user_data", []byte("olleh"))
		}
		time.Sleep(time.Hour) // of the bubble
		for range 10 {
			s.AddFile("a.txt", "user_data", []byte("olleh"))
		}
		client.ClaimNewest(t.Context())
		if n := len(s.Requests()); n != 4 {
			t.Errorf("%d pages were read, want those of ten files and the beginning of the older ones", n)
		}
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found != nil || uploaded.ID != s.Files()[40].ID {
			t.Errorf("%+v, %v", uploaded, err)
		}
	})
}

// The list is behind: the upload is repeated, and then there are two.
func TestUploadFile_listThatIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, openaitest.WithReadLag(1))
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || len(s.Files()) != 2 || uploaded.ID != s.Files()[1].ID || len(uploaded.Twins) != 1 || uploaded.Twins[0] != s.Files()[0].ID {
			t.Errorf("%+v, %v; files %v", uploaded, err, s.Files())
		}
	})
}

// An upload in parts that cannot be cancelled was completed, whatever the list says.
func TestUploadFile_inPartsListThatIsBehind(t *testing.T) {
	t.Parallel()
	for lag, found := range map[int]bool{1: true, 100: false} {
		t.Run(fmt.Sprint(lag), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, inParts, openaitest.WithReadLag(lag))
				s.Inject(openaitest.Fault{Path: "/uploads/*/complete", LoseAnswer: true})
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if len(s.Files()) != 1 {
					t.Errorf("files %v", s.Files())
				}
				if found && (err != nil || uploaded.ID != s.Files()[0].ID) {
					t.Errorf("%+v, %v", uploaded, err)
				}
				if !found && (err == nil || !strings.Contains(err.Error(), "the file may exist anyway: the upload cannot be canceled, so it may have been completed")) {
					t.Errorf("%+v, %v", uploaded, err)
				}
			})
		})
	}
}

// The Upload was completed but its file is listed seconds later.
func TestUploadFile_inPartsListThatIsSecondsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, inParts)
		s.Inject(openaitest.Fault{Path: "/uploads/*/complete", LoseAnswer: true})
		behind := openaitest.Fault{Method: http.MethodGet, Path: "/files", Body: `{"object":"list","data":[],"has_more":false}`, Times: -1}
		s.Inject(behind)
		time.AfterFunc(3*time.Second, s.ClearFaults)
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if files := s.Files(); err != nil || len(files) != 1 || uploaded.ID != files[0].ID {
			t.Errorf("got %+v, %v of the files %v, want the completed one", uploaded, err, files)
		}
	})
}

// The list has an ID that cannot be asked for. Its file is not adopted, because nobody could delete it.
func TestUploadFile_idInTheListThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 1}, openaitest.WithIDs(func() string { return ".." }))
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if !errors.Is(err, openai.ErrUnusableID) || !strings.Contains(err.Error(), `its ID is "..", which cannot be used in a request`) || len(s.Files()) != 1 {
			t.Errorf("got %+v, %v, want an error", uploaded, err)
		}
		if _, isLost := errors.AsType[*openai.LostAnswerError](err); isLost || strings.Contains(err.Error(), "list") {
			t.Errorf("got %v, want no word of a lost response", err)
		}
	})
}

// A list that is behind still has the file that was just deleted. It is not the new one.
func TestUploadFile_deletedFileInAListThatIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openaitest.New()
		t.Cleanup(s.Close)
		old := s.AddFile("a.txt", "user_data", []byte("olleh"))
		client := connect(t, openai.Config{MaxRetries: 2}, s)
		list := fmt.Sprintf(`{"object":"list","data":[{"id":%q,"object":"file","bytes":5,"created_at":%d,"filename":"a.txt","purpose":"user_data"}],"has_more":false}`,
			old.ID, time.Now().Unix())
		if err := client.DeleteFile(t.Context(), old.ID); err != nil {
			t.Fatal(err)
		}
		s.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/files", Body: list, Times: -1})
		s.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if files := s.Files(); err != nil || len(files) != 1 || uploaded.ID != files[0].ID || len(uploaded.Twins) > 0 {
			t.Errorf("got %+v, %v of the files %v, want the new one", uploaded, err, files)
		}
	})
}

// Nothing that a server says of a secret content may be repeated.
func TestUploadFile_secretContent(t *testing.T) {
	t.Parallel()
	const secret = "planted-4713"
	for name, fault := range map[string]openaitest.Fault{
		"refusal": {Method: http.MethodPost, Status: 400, Body: `{"error":{"message":"Line 1 starts with planted-4713","type":"planted-4713","param":"planted-4713","code":"planted-4713"}}`},
		"page":    {Method: http.MethodPost, Times: -1, AfterBody: true, Body: `<html>planted-4713</html>`},
		"busy":    {Method: http.MethodPost, Times: -1, Status: 503, Body: "planted-4713"},
		"cannot be used": {Method: http.MethodPost, Mutate: func(file map[string]any) map[string]any {
			file["status"], file["status_details"] = "error", "planted-4713"
			return file
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s, client := newService(t, openai.Config{MaxRetries: 1, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
				s.Inject(fault)
				ctx := openai.WithSecretContent(t.Context())
				uploaded, err := client.UploadFile(ctx, params("a.txt", secret))
				if err == nil {
					uploaded.File, err = client.WaitForProcessing(ctx, uploaded.File)
				}
				if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "because it may repeat the content") {
					t.Error(err)
				}
				if said := fmt.Sprintf("%+v %s", uploaded.File, log.String()); strings.Contains(said, secret) || log.Len() == 0 {
					t.Error(said)
				}
			})
		})
	}
}

// The code of a refusal is hidden, too, but for the one that the client itself acts on.
func TestUploadFile_secretContentAndNoCredit(t *testing.T) {
	t.Parallel()
	for code, noCredit := range map[string]bool{"insufficient_quota": true, "planted-4713": false} {
		synctest.Test(t, func(t *testing.T) {
			s, client := newService(t, openai.Config{})
			s.Inject(openaitest.Fault{Method: http.MethodPost, Times: -1, Status: 429, Body: `{"error":{"code":"` + code + `"}}`})
			_, err := client.UploadFile(openai.WithSecretContent(t.Context()), params("a.txt", "planted-4713"))
			wantCode := ""
			if noCredit {
				wantCode = code
			}
			if errors.Is(err, openai.ErrQuotaExceeded) != noCredit || refusal(t, err).Code != wantCode {
				t.Errorf("%s: got %v with the code %q, want no credit %t", code, err, refusal(t, err).Code, noCredit)
			}
		})
	}
}

// A server does not say how long a file is: it is as long as what was sent.
func TestUploadFile_sizeThatIsNotSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, Mutate: func(file map[string]any) map[string]any { delete(file, "bytes"); return file }})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "x"))
		if err != nil || uploaded.Bytes == nil || *uploaded.Bytes != 1 {
			t.Errorf("got %+v and %v, want one byte", uploaded, err)
		}
	})
}

func TestUploadFile_idThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, Mutate: func(file map[string]any) map[string]any { file["id"] = ".."; return file }})
		s.Inject(openaitest.Fault{Method: http.MethodGet, Times: -1, Status: 403, Body: "no"})
		if _, err := client.UploadFile(t.Context(), params("a.txt", "hello")); err == nil || !strings.Contains(err.Error(), `its ID is "..", which cannot be used in a request`) {
			t.Error(err)
		}
	})
}

func TestUploadFile_newFileIsFoundWithAnyClock(t *testing.T) {
	t.Parallel()
	for _, offset := range []time.Duration{0, time.Hour, -time.Hour} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s known %t", offset, known), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s, client := ahead(t, openai.Config{MaxRetries: 2}, offset)
					if known {
						_, _ = list(t, client, openai.ListFilesParams{})
						s.ResetRequests()
					}
					s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
					uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
					if err != nil || uploaded.Found == nil || len(s.Files()) != 1 || methods(s) != "POST GET" {
						t.Errorf("%+v, %v after %s; %d files", uploaded, err, methods(s), len(s.Files()))
					}
				})
			})
		}
	}
}

func TestUploadFile_searchStopsAtOlderFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, openaitest.WithPageSize(5))
		for range 100 {
			s.AddFile("a.txt", "user_data", []byte("hello"))
		}
		time.Sleep(time.Minute) // of the bubble
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found == nil || methods(s) != "POST GET" {
			t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
		}
	})
}

// A compatible server that does not know the order may have the new file anywhere.
func TestUploadFile_searchInAListInAnyOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			if data, ok := body["data"].([]any); ok {
				for i := range len(data) / 2 {
					data[i], data[len(data)-1-i] = data[len(data)-1-i], data[i]
				}
			}
			return status, body
		}))
		for range 10 {
			s.AddFile("a.txt", "user_data", []byte("hello"))
			time.Sleep(time.Minute) // of the bubble
		}
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found == nil || uploaded.ID != s.Files()[10].ID {
			t.Errorf("%+v, %v after %s", uploaded, err, methods(s))
		}
	})
}

// uploads starts n uploads and returns when each of them is held or waits for its turn. end lets them go and returns what
// became of them.
func uploads(t *testing.T, s *openaitest.Server, client *openai.Client, n int, p func(int) openai.CreateFileParams) (end func() []error) {
	t.Helper()
	hold := make(chan struct{})
	s.Inject(openaitest.Fault{Method: http.MethodPost, Hold: hold, Times: -1})
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { _, errs[i] = client.UploadFile(t.Context(), p(i)) })
	}
	synctest.Wait()
	return func() []error {
		close(hold)
		group.Wait()
		return errs
	}
}

func TestUploadFile_howManyGoAtOneTime(t *testing.T) {
	t.Parallel()
	alike := func(int) openai.CreateFileParams { return params("a.txt", "hello") }
	alone := func(int) openai.CreateFileParams { p := params("a.txt", "hello"); p.Alone = true; return p }
	for name, test := range map[string]struct {
		most, n int
		params  func(int) openai.CreateFileParams
		want    int
	}{
		"all":         {0, 8, func(i int) openai.CreateFileParams { return params(fmt.Sprint(i), "hello") }, 8},
		"the default": {0, 12, func(i int) openai.CreateFileParams { return params(fmt.Sprint(i), "hello") }, 10},
		"two":         {2, 8, func(i int) openai.CreateFileParams { return params(fmt.Sprint(i), "hello") }, 2},
		"alike":       {0, 4, alike, 4},
		"alone":       {0, 4, alone, 1},
		"alone, but of another size": {0, 4, func(i int) openai.CreateFileParams {
			p := params("a.txt", strings.Repeat("x", i+1))
			p.Alone = true
			return p
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxConcurrentUploads: test.most})
				end := uploads(t, s, client, test.n, test.params)
				if got := len(s.Requests()); got != test.want {
					t.Errorf("%d uploads at one time, want %d", got, test.want)
				}
				if err := errors.Join(end()...); err != nil || len(s.Files()) != test.n {
					t.Errorf("%v, %d files", err, len(s.Files()))
				}
			})
		})
	}
}

func TestUploadFile_cancelledBeforeItsTurn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params openai.CreateFileParams
		want   string
	}{
		"no slot":    {params("b.txt", "hello"), "uploading b.txt: the timeout of 1s is over"},
		"look-alike": {openai.CreateFileParams{Purpose: "user_data", Filename: "a.txt", Content: strings.NewReader("hello"), Size: 5, Alone: true}, "uploading a.txt: waiting for other uploads of this name and size: the timeout of 1s is over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxConcurrentUploads: 1})
				end := uploads(t, s, client, 1, func(int) openai.CreateFileParams { return params("a.txt", "hello") })
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("the timeout of 1s is over"))
				defer cancel()
				if _, err := client.UploadFile(ctx, test.params); err == nil || err.Error() != test.want {
					t.Error(err)
				}
				if err := errors.Join(end()...); err != nil || methods(s) != "POST" {
					t.Errorf("%v after %s", err, methods(s))
				}
			})
		})
	}
}

// Whenever a run is cancelled, it ends within seven seconds, and a file that was made, or is about to be, is known.
func TestUploadFile_cancelledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const slow = 4 * time.Second
	services := map[string][]openaitest.Fault{
		"that loses the answer": {
			{Method: http.MethodPost, Path: "/files", AfterBody: true, LoseAnswer: true, Delay: 200 * time.Millisecond},
			{Method: http.MethodPost, Path: "/uploads/*/complete", AfterBody: true, LoseAnswer: true, Delay: 200 * time.Millisecond},
			{Method: http.MethodGet, Delay: 300 * time.Millisecond, Times: -1},
		},
		"that takes its time": {
			{Method: http.MethodPost, Path: "/files", Delay: slow},
			{Method: http.MethodPost, Path: "/uploads", Delay: slow},
			{Method: http.MethodPost, Path: "/uploads/*/complete", Delay: slow},
		},
		"that takes its time to tell": {
			{Method: http.MethodPost, Path: "/files", AfterBody: true, Delay: slow},
			{Method: http.MethodPost, Path: "/uploads", AfterBody: true, Delay: slow},
			{Method: http.MethodPost, Path: "/uploads/*/complete", AfterBody: true, Delay: slow},
		},
		// The first look at the list comes too early, and the Upload cannot be cancelled any more.
		"that is far too slow": {
			{Method: http.MethodPost, Path: "/uploads/*/complete", AfterBody: true, Delay: time.Hour},
			{Method: http.MethodGet, Body: `{"object":"list","data":[],"has_more":false}`},
		},
	}
	for service, faults := range services {
		for how, threshold := range map[string]int64{"in one request": 0, "in parts": 1} {
			for at := time.Duration(0); at < 7*time.Second; at += 90 * time.Millisecond {
				t.Run(fmt.Sprintf("%s to a service %s, after %s", how, service, at), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s, client := newService(t, openai.Config{MaxRetries: 3, MultipartThreshold: threshold})
						for _, fault := range faults {
							s.Inject(fault)
						}
						ctx, cancel := context.WithTimeout(t.Context(), at)
						defer cancel()
						began := time.Now()
						uploaded, err := client.UploadFile(ctx, params("a.txt", "hello"))
						if took := time.Since(began) - at; took > 6800*time.Millisecond {
							t.Errorf("it ended %s after the cancellation", took)
						}
						synctest.Wait()
						switch files := s.Files(); {
						case len(files) == 0 && err == nil, len(files) == 1 && (err != nil || uploaded.ID != files[0].ID), len(files) > 1:
							t.Errorf("%s, %v, and the service has %v", uploaded.ID, err, files)
						}
						if open := s.OpenUploads(); len(open) > 0 {
							t.Errorf("%s is pending", open)
						}
					})
				})
			}
		}
	}
}

// Two look-alikes have lost their answers. Two files: which is whose does not matter to the service, but nobody knows. One
// alone of the two knows.
func TestUploadFile_twoLookAlikesLose(t *testing.T) {
	t.Parallel()
	lose := func(t *testing.T, alone bool) (*openaitest.Server, []error) {
		t.Helper()
		s, client := newService(t, openai.Config{MaxRetries: 2})
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: hold, Times: 2})
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range errs {
			p := params("a.txt", "hello")
			p.Alone = alone
			group.Go(func() { _, errs[i] = client.UploadFile(t.Context(), p) })
		}
		synctest.Wait()
		close(hold)
		group.Wait()
		return s, errs
	}
	t.Run("side by side", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s, errs := lose(t, false)
			for _, err := range errs {
				if duplicate, ok := errors.AsType[*openai.DuplicateError](err); !ok || len(duplicate.IDs) != 2 {
					t.Error(err)
				}
			}
			if len(s.Files()) != 2 {
				t.Errorf("%d files", len(s.Files()))
			}
		})
	})
	t.Run("one after another", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s, errs := lose(t, true)
			if err := errors.Join(errs...); err != nil || len(s.Files()) != 2 {
				t.Errorf("%v, %d files", err, len(s.Files()))
			}
		})
	})
}

// Two look-alikes have lost their answers, and one file was made: it may be that of either.
func TestUploadFile_twoLookAlikesLoseAndOneFileIsMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: hold})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500, Hold: hold})
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { _, errs[i] = client.UploadFile(t.Context(), params("a.txt", "hello")) })
		}
		synctest.Wait()
		close(hold)
		group.Wait()
		for _, err := range errs {
			if duplicate, ok := errors.AsType[*openai.DuplicateError](err); !ok || len(duplicate.IDs) != 1 || duplicate.IDs[0] != s.Files()[0].ID {
				t.Error(err)
			}
		}
		if len(s.Files()) != 1 {
			t.Errorf("%d files", len(s.Files()))
		}
	})
}

// One of two look-alikes has lost its answer: the other has claimed its own file, so the one that is left is known.
func TestUploadFile_oneOfTwoLookAlikesLoses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2})
		hold, later := make(chan struct{}), make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: hold})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Hold: later})
		ids := make([]string, 2)
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range ids {
			group.Go(func() {
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				ids[i], errs[i] = uploaded.ID, err
			})
		}
		synctest.Wait()
		close(hold)
		time.Sleep(10 * time.Second) // of the bubble
		if methods(s) != "POST POST" {
			t.Errorf("searched before the other one had ended: %s", methods(s))
		}
		close(later)
		group.Wait()
		if err := errors.Join(errs...); err != nil || ids[0] == ids[1] || len(s.Files()) != 2 || methods(s) != "POST POST GET" {
			t.Errorf("%v, ids %s after %s", err, ids, methods(s))
		}
	})
}
