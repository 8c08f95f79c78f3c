package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// attempt is what becomes of one request that uploads a file. The zero value does what a service does.
type attempt struct {
	lost   bool          // there is no response
	stored bool          // a file is created although the response is lost
	after  time.Duration // how long the request takes before the response is lost
	late   time.Duration // how much later the file is created
	lag    time.Duration // how much later than that the list shows it
}

// lateFiles is a service whose list of files is behind, as its attempts say.
type lateFiles struct {
	*openaitest.Server
	attempts []attempt

	mu      sync.Mutex
	uploads int
	visible map[string]time.Time
}

func newLateFiles(t *testing.T, attempts ...attempt) *lateFiles {
	t.Helper()
	s := &lateFiles{Server: openaitest.New(), attempts: attempts, visible: map[string]time.Time{}}
	t.Cleanup(s.Close)
	return s
}

func (s *lateFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	isFiles := strings.HasSuffix(r.URL.Path, "/files")
	switch {
	case isFiles && r.Method == http.MethodPost:
		s.upload(w, r)
	case isFiles:
		s.list(w, r)
	default:
		s.Server.ServeHTTP(w, r)
	}
}

func (s *lateFiles) upload(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var a attempt
	if s.uploads < len(s.attempts) {
		a = s.attempts[s.uploads]
	}
	s.uploads++
	s.mu.Unlock()
	if !a.lost {
		s.Server.ServeHTTP(w, r)
		return
	}
	form, _, err := readForm(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	time.Sleep(a.after) // of the bubble
	if a.stored {
		purpose, file := form[0].Value, form[len(form)-1]
		time.AfterFunc(a.late, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.visible[s.AddFile(file.Filename, purpose, []byte(file.Value)).ID] = time.Now().Add(a.lag)
		})
	}
	panic(http.ErrAbortHandler)
}

func (s *lateFiles) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	listVisible(w, r, s.Server, s.visible)
}

// listVisible answers with a list from which those objects are left out whose time, by ID, has not come yet.
func listVisible(w http.ResponseWriter, r *http.Request, service http.Handler, visible map[string]time.Time) {
	recorder := httptest.NewRecorder()
	service.ServeHTTP(recorder, r)
	var list map[string]any
	if err := json.Unmarshal(recorder.Body.Bytes(), &list); err != nil {
		panic(err)
	}
	objects, _ := list["data"].([]any)
	list["data"] = slices.DeleteFunc(objects, func(object any) bool {
		members, _ := object.(map[string]any)
		return time.Now().Before(visible[fmt.Sprint(members["id"])])
	})
	_ = json.NewEncoder(w).Encode(list)
}

// namedBy returns the IDs that the outcome of an upload names.
func namedBy(uploaded openai.Uploaded, err error) []string {
	if doubt, ok := errors.AsType[*openai.DuplicateError](err); ok {
		return doubt.IDs
	}
	if uploaded.ID == "" {
		return uploaded.Twins
	}
	return append(uploaded.Twins, uploaded.ID)
}

// All files that uploads have created are named by their outcomes, although the list is behind.
func TestUploadFile_listIsLate(t *testing.T) {
	t.Parallel()
	const second = time.Second
	lost := attempt{lost: true}
	stored := func(late, lag time.Duration) attempt { return attempt{lost: true, stored: true, late: late, lag: lag} }
	for name, test := range map[string]struct {
		retries  int
		contents []string // of files of the same name, one after another by a moment
		attempts []attempt
		others   int // files of another run, created during the first upload
	}{
		"the only attempt":                     {0, []string{"hello"}, []attempt{stored(0, 3*second)}, 0},
		"the last of two attempts":             {1, []string{"hello"}, []attempt{lost, stored(0, 3*second)}, 0},
		"both attempts":                        {1, []string{"hello"}, []attempt{stored(0, 2*second), stored(0, 3*second)}, 0},
		"look-alikes of another run":           {5, []string{"hello"}, []attempt{{lost: true, stored: true, after: second, lag: 2 * second}}, 2},
		"equal contents":                       {5, []string{"hello", "hello"}, []attempt{stored(second, 0), {}, {lost: true, stored: true, after: 2800 * time.Millisecond, late: 100 * time.Millisecond, lag: 3 * second}}, 0},
		"equal contents, all responses lost":   {5, []string{"hello", "hello"}, []attempt{stored(second, 0), lost, stored(0, 3*second)}, 0},
		"different contents, of a late one":    {5, []string{"hello", "hallo"}, []attempt{stored(second, 0), {}, stored(0, 3*second)}, 0},
		"a failed attempt that stored nothing": {5, []string{"hello", "hallo"}, []attempt{lost, {}, stored(0, 0)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLateFiles(t, test.attempts...)
				client := connect(t, openai.Config{MaxRetries: test.retries}, s)
				client.ClaimNewest(t.Context())
				time.Sleep(time.Minute) // of the bubble
				var (
					mu     sync.Mutex
					group  sync.WaitGroup
					named  = map[string]bool{}
					report []string
				)
				for i, content := range test.contents {
					group.Go(func() {
						time.Sleep(time.Duration(i) * 600 * time.Millisecond)
						uploaded, err := client.UploadFile(t.Context(), params("a.txt", content))
						mu.Lock()
						defer mu.Unlock()
						report = append(report, fmt.Sprintf("%d: %s, twins %v, found %v, %v", i, uploaded.ID, uploaded.Twins, uploaded.Found, err))
						for _, id := range namedBy(uploaded, err) {
							named[id] = true
						}
					})
				}
				time.Sleep(300 * time.Millisecond)
				others := map[string]bool{}
				for range test.others {
					others[s.AddFile("a.txt", "user_data", []byte("olleh")).ID] = true
				}
				group.Wait()
				time.Sleep(time.Minute)
				for _, file := range s.Files() {
					if !named[file.ID] && !others[file.ID] {
						t.Errorf("nobody has named %s of %d files: %s", file.ID, len(s.Files()), strings.Join(report, "; "))
					}
				}
			})
		})
	}
}

// A file that an error names is not named by a warning as well, which says something else about it.
func TestUploadFile_noWarningAboutWhatAnErrorNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLateFiles(t, attempt{lost: true}, attempt{}, attempt{lost: true, stored: true})
		client := connect(t, openai.Config{MaxRetries: 5}, s)
		var (
			uploaded [2]openai.Uploaded
			errs     [2]error
			group    sync.WaitGroup
		)
		for i, content := range []string{"hello", "hallo"} {
			group.Go(func() {
				time.Sleep(time.Duration(i) * 600 * time.Millisecond)
				uploaded[i], errs[i] = client.UploadFile(t.Context(), params("a.txt", content))
			})
		}
		group.Wait()
		doubt, ok := errors.AsType[*openai.DuplicateError](errs[1])
		if errs[0] != nil || !ok {
			t.Fatalf("got %v, want one upload in doubt", errs)
		}
		for _, id := range uploaded[0].Twins {
			if slices.Contains(doubt.IDs, id) {
				t.Errorf("got the twins %v, and %v", uploaded[0].Twins, doubt)
			}
		}
	})
}

// A search that is cut short says so.
func TestUploadFile_doubtAfterAnInterruption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLateFiles(t, attempt{lost: true, stored: true, after: time.Second, lag: 3 * time.Second})
		client := connect(t, openai.Config{MaxRetries: 5}, s)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, func() {
			s.AddFile("a.txt", "user_data", []byte("olleh"))
			s.AddFile("a.txt", "user_data", []byte("lloeh"))
		})
		time.AfterFunc(1200*time.Millisecond, cancel)
		_, err := client.UploadFile(ctx, params("a.txt", "hello"))
		if doubt, ok := errors.AsType[*openai.DuplicateError](err); !ok || len(doubt.IDs) != 2 || !strings.Contains(err.Error(), "so there may be others") {
			t.Errorf("got %v, want an error that names two files and says that there may be others", err)
		}
	})
}

// The response to the cancellation of an upload is lost, and the retry is refused because the upload is cancelled already. The file is sent
// again.
func TestUploadFile_cancellationWhoseResponseIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3, MultipartThreshold: 1})
		s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/uploads/*/complete", CutRequestAfter: 1 << 20})
		s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/uploads/*/cancel", LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || len(s.Files()) != 1 || uploaded.ID != s.Files()[0].ID {
			t.Errorf("got %+v, %v of %v, want one file", uploaded, err, s.Files())
		}
	})
}

// A content that could not be downloaded for a moment is compared later.
func TestUploadFile_comparedAtTheSecondLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		s, client := newService(t, openai.Config{MaxRetries: 1})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: hold})
		s.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/files/*/content", Status: 500, Times: 4}) // two attempts for each file
		time.AfterFunc(time.Second, func() {
			s.AddFile("a.txt", "vision", []byte("olleh")) // of another run
			close(hold)
		})
		p := params("a.txt", "hello")
		p.Purpose = "vision"
		uploaded, err := client.UploadFile(t.Context(), p)
		if err != nil || !uploaded.Compared || string(storedContent(t, s, uploaded.ID)) != "hello" {
			t.Errorf("got %+v, %v, want the file that was sent", uploaded, err)
		}
	})
}

func storedContent(t *testing.T, s *openaitest.Server, id string) []byte {
	t.Helper()
	got, ok := s.Content(id)
	if !ok {
		t.Errorf("there is no file %s", id)
	}
	return got
}

// An upload in parts that is cancelled has created nothing, so it puts no look-alike in doubt.
func TestUploadFile_cancelledUploadIsNoLookAlike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 3, MultipartThreshold: 1})
		complete := openaitest.Fault{Method: http.MethodPost, Path: "/uploads/*/complete"}
		cut, lose := complete, complete
		cut.CutRequestAfter, lose.LoseAnswer = 1<<20, true
		s.Inject(cut)
		var (
			errs  [2]error
			group sync.WaitGroup
		)
		for i, text := range []string{"hello", "hallo"} {
			group.Go(func() {
				if i == 1 {
					time.Sleep(2 * time.Second) // the first upload waits for twins
					s.Inject(lose)
				}
				_, errs[i] = client.UploadFile(t.Context(), params("a.txt", text))
			})
		}
		group.Wait()
		if err := errors.Join(errs[:]...); err != nil || len(s.Files()) != 2 {
			t.Errorf("got %v, files %v, want two files", err, s.Files())
		}
	})
}

// An interruption ends the second attempt. Both may have created a file.
func TestUploadFile_interruptedAfterTwoAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLateFiles(t, attempt{lost: true}, attempt{lost: true, after: time.Second})
		client := connect(t, openai.Config{MaxRetries: 5}, s)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1700*time.Millisecond, cancel)
		if _, err := client.UploadFile(ctx, params("a.txt", "hello")); err == nil || !strings.Contains(err.Error(), "each of 2 attempts may have created one") {
			t.Errorf("got %v, want an error about two attempts", err)
		}
	})
}
