package openai_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// gateway stands in front of a fake. It gives up on the first uploads, and the service creates their files later.
type gateway struct {
	service *openaitest.Server
	status  int           // what it answers then
	late    time.Duration // when the service is done, counted from the answer; negative: never
	apart   time.Duration // how much later it is done with each further one
	times   int           // uploads that it gives up on
	all     chan struct{} // closed when it has all of these, before it answers any; nil: it does not wait

	mu      sync.Mutex
	uploads int
	whole   int
	done    map[string]time.Time // by the IDs of files that the service has created later
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		g.service.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	late := g.late + time.Duration(g.uploads)*g.apart
	g.uploads++
	passes := g.uploads > g.times
	g.mu.Unlock()
	if passes {
		g.service.ServeHTTP(w, r)
		return
	}
	form, _, err := readForm(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if g.all != nil {
		if !passes && g.count() == g.times {
			close(g.all)
		}
		<-g.all
	}
	if g.late >= 0 {
		purpose, file := form[0].Value, form[len(form)-1]
		time.AfterFunc(late, func() { g.created(g.service.AddFile(file.Filename, purpose, []byte(file.Value)).ID) })
	}
	w.WriteHeader(g.status)
}

func (g *gateway) created(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done == nil {
		g.done = map[string]time.Time{}
	}
	g.done[id] = time.Now()
}

// isNew reports whether a file was created later than its upload, and less than d ago.
func (g *gateway) isNew(id string, d time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	done, ok := g.done[id]
	return ok && time.Since(done) < d
}

// count notes that an upload has come in whole and returns how many have.
func (g *gateway) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.whole++
	return g.whole
}

// behind returns a client that reaches a fake through a gateway.
func behind(t *testing.T, g *gateway, cfg openai.Config) *openai.Client {
	t.Helper()
	g.service = openaitest.New()
	t.Cleanup(g.service.Close)
	return connect(t, cfg, g)
}

func TestUploadFile_gatewayGivesUpAndTheServiceFinishes(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusGatewayTimeout, 522, 524, http.StatusRequestTimeout} {
		for _, late := range []time.Duration{0, 3 * time.Second, 14 * time.Second} {
			t.Run(fmt.Sprintf("%d, %s", status, late), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					g := &gateway{status: status, late: late, times: 1}
					client := behind(t, g, openai.Config{MaxRetries: 5})
					uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
					if err != nil || uploaded.Found == nil || g.uploads != 1 || len(g.service.Files()) != 1 || uploaded.ID != g.service.Files()[0].ID {
						t.Errorf("got %+v, %v after %d uploads, want the one file", uploaded, err, g.uploads)
					}
				})
			})
		}
	}
}

// Several files lose their responses at once, as a set does behind a slow gateway.
func TestUploadFile_gatewayGivesUpOnASet(t *testing.T) {
	t.Parallel()
	const n = 6
	for name, test := range map[string]struct {
		params func(i int) openai.CreateFileParams
		known  bool // which file is whose
	}{
		"of different files": {func(i int) openai.CreateFileParams { return params(fmt.Sprintf("%d.txt", i), "hello") }, true},
		"of look-alikes":     {func(int) openai.CreateFileParams { return params("a.txt", "hello") }, false},
		"of look-alikes that can be downloaded": {func(i int) openai.CreateFileParams {
			p := params("a.txt", fmt.Sprintf("hello %d", i))
			p.Purpose = "vision"
			return p
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{status: http.StatusGatewayTimeout, late: 3 * time.Second, apart: 2 * time.Second, times: n, all: make(chan struct{})}
				client := behind(t, g, openai.Config{MaxRetries: 5})
				began := time.Now()
				var (
					ids   [n]string
					errs  [n]error
					group sync.WaitGroup
				)
				for i := range n {
					group.Go(func() {
						uploaded, err := client.UploadFile(t.Context(), test.params(i))
						ids[i], errs[i] = uploaded.ID, err
					})
				}
				group.Wait()
				if g.uploads != n || len(g.service.Files()) != n {
					t.Errorf("got %d uploads and %d files, want %d of both", g.uploads, len(g.service.Files()), n)
				}
				if took := time.Since(began); took > 30*time.Second {
					t.Errorf("took %s, want at most the patience for one file", took)
				}
				for i, err := range errs {
					duplicate, ok := errors.AsType[*openai.DuplicateError](err)
					switch {
					case test.known && (err != nil || slices.Index(ids[:], ids[i]) != i):
						t.Errorf("file %d: got %q, %v, want one of its own", i, ids[i], err)
					case !test.known && (!ok || len(duplicate.IDs) != n):
						t.Errorf("file %d: got %v, want an error that names all files", i, err)
					}
				}
			})
		})
	}
}

// The service has really done nothing: the upload is retried, but not before the patience is over.
func TestUploadFile_gatewayGivesUpAndNothingHappens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{status: http.StatusGatewayTimeout, late: -1, times: 1}
		client := behind(t, g, openai.Config{MaxRetries: 5})
		began := time.Now()
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found != nil || len(uploaded.Twins) != 0 || g.uploads != 2 || len(g.service.Files()) != 1 {
			t.Errorf("got %+v, %v after %d uploads, want a second one", uploaded, err, g.uploads)
		}
		looks := g.service.Requests()
		sent := slices.IndexFunc(looks, func(r openaitest.Request) bool { return r.Method == http.MethodPost })
		// 25 seconds for the file, at growing distances, and as long for a twin of the second one
		if took := time.Since(began); took < 50*time.Second || took > 52*time.Second || sent < 5 || sent > 9 {
			t.Errorf("took %s with %d looks before the second upload", took, sent)
		}
	})
}

// A file that comes even later is reported as a twin.
func TestUploadFile_gatewayGivesUpAndTheServiceIsVeryLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{status: http.StatusGatewayTimeout, late: 40 * time.Second, times: 1}
		client := behind(t, g, openai.Config{MaxRetries: 5})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		files := g.service.Files()
		if err != nil || len(files) != 2 || uploaded.ID != files[0].ID || len(uploaded.Twins) != 1 || uploaded.Twins[0] != files[1].ID {
			t.Errorf("got %+v, %v with files %v, want a twin", uploaded, err, files)
		}
	})
}

// A connection that breaks says that nobody goes on with the request: one look at the list is enough, and one for a twin a little later.
func TestUploadFile_resetNeedsNoPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 5})
		s.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
		began := time.Now()
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if took := time.Since(began); err != nil || methods(s) != "POST GET POST GET" || took < 4*time.Second || took > 5*time.Second {
			t.Errorf("got %v after %s in %s", err, methods(s), took)
		}
	})
}

// A gateway breaks off, and the service creates the file anyway, after the upload was retried.
func TestUploadFile_serviceIsALittleLate(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{time.Second, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			g := &gateway{status: http.StatusBadGateway, late: late, times: 1}
			client := behind(t, g, openai.Config{MaxRetries: 5})
			uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
			files := g.service.Files()
			if err != nil || len(files) != 2 || len(uploaded.Twins) != 1 || uploaded.Twins[0] == uploaded.ID {
				t.Errorf("%s late: got %+v and %v with the files %v, want one of them and the other as a twin", late, uploaded, err, files)
			}
		})
	}
}

// A stalled connection is as silent as a gateway.
func TestUploadFile_stallNeedsPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 5})
		hold := make(chan struct{})
		defer close(hold)
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500, Hold: hold})
		time.AfterFunc(5*time.Minute+10*time.Second, func() { s.AddFile("a.txt", "user_data", []byte("hello")) })
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || !errors.Is(uploaded.Found, openai.ErrStalled) || len(s.Files()) != 1 {
			t.Errorf("got %+v, %v after %s with files %v", uploaded, err, methods(s), s.Files())
		}
	})
}

func TestUploadFile_cancelledWhilePatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{status: http.StatusGatewayTimeout, late: -1, times: 1}
		client := behind(t, g, openai.Config{MaxRetries: 5})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		_, err := client.UploadFile(ctx, params("a.txt", "hello"))
		if took := time.Since(began); err == nil || !strings.HasSuffix(err.Error(), "; the list shows no such file yet") || took > 12*time.Second || g.uploads != 1 {
			t.Errorf("got %v after %d uploads in %s", err, g.uploads, took)
		}
	})
}

// Oldest first, whatever was asked for, and the two oldest of the same second: the new file comes last.
func TestUploadFile_searchInAListThatIgnoresTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openaitest.New()
		t.Cleanup(s.Close)
		client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if query := r.URL.Query(); query.Has("order") {
				query.Set("order", "asc")
				r.URL.RawQuery = query.Encode()
			}
			s.ServeHTTP(w, r)
		}))
		s.AddFile("old.txt", "user_data", []byte("1"))
		s.AddFile("older.txt", "user_data", []byte("2"))
		time.Sleep(time.Hour) // of the bubble
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.Found == nil || len(s.Files()) != 3 {
			t.Errorf("got %+v, %v after %s with %d files, want the lost one", uploaded, err, methods(s), len(s.Files()))
		}
	})
}

// The first list of a process fails. Soon after that an earlier run's file cannot be told from a lost one; an hour later it can.
func TestUploadFile_doubtEndsWithTime(t *testing.T) {
	t.Parallel()
	for after, known := range map[time.Duration]bool{0: false, 15 * time.Second: false, 25 * time.Second: true, time.Hour: true} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 2})
				s.Inject(openaitest.Fault{Method: http.MethodGet, Status: http.StatusForbidden})
				client.ClaimNewest(t.Context())
				time.Sleep(after) // of the bubble
				s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
				uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if known != (err == nil) || known != (uploaded.Found != nil) {
					t.Errorf("got %+v, %v, want known %t", uploaded, err, known)
				}
			})
		})
	}
}

// Only the first call lists. Others wait for it, but not longer than they can.
func TestClaimNewest_waiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		s.AddFile("a.txt", "user_data", []byte("hello"))
		s.Inject(openaitest.Fault{Method: http.MethodGet, Delay: 3 * time.Second})
		began := time.Now()
		first, cancelFirst := context.WithTimeout(t.Context(), time.Second)
		defer cancelFirst()
		impatient, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var took [3]time.Duration
		var group sync.WaitGroup
		for i, ctx := range []context.Context{first, impatient, t.Context()} {
			group.Go(func() {
				client.ClaimNewest(ctx)
				took[i] = time.Since(began)
			})
			synctest.Wait()
		}
		group.Wait()
		if want := [3]time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; took != want || methods(s) != "GET" {
			t.Errorf("got %v after %s, want %v after one list", took, methods(s), want)
		}
	})
}

// The same name and size for two purposes cannot be confused, so both find their files, and neither waits for the other.
func TestUploadFile_twoPurposesLose(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{false, true} {
		t.Run(fmt.Sprintf("alone %t", alone), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 2})
				hold := make(chan struct{})
				s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: hold, Times: 2})
				purposes := []string{"user_data", "assistants"}
				errs := make([]error, 2)
				var group sync.WaitGroup
				for i, purpose := range purposes {
					group.Go(func() {
						p := params("a.txt", "hello")
						p.Purpose, p.Alone = purpose, alone
						var uploaded openai.Uploaded
						uploaded, errs[i] = client.UploadFile(t.Context(), p)
						if uploaded.Purpose != purpose || uploaded.Found == nil {
							t.Errorf("got %+v, want the %s one", uploaded, purpose)
						}
					})
				}
				synctest.Wait()
				if methods(s) != "POST POST" {
					t.Errorf("got %s in parallel, want both uploads", methods(s))
				}
				close(hold)
				group.Wait()
				if err := errors.Join(errs...); err != nil || len(s.Files()) != 2 {
					t.Errorf("got %v, %d files", err, len(s.Files()))
				}
			})
		})
	}
}

// Servers that filter nothing list files of other purposes too.
func TestUploadFile_otherPurposesAreNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openaitest.New()
		t.Cleanup(s.Close)
		client := connect(t, openai.Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.RawQuery = ""
			s.ServeHTTP(w, r)
		}))
		s.AddFile("a.txt", "assistants", []byte("hello"))
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil || uploaded.ID != s.Files()[1].ID || uploaded.Found == nil {
			t.Errorf("got %+v, %v", uploaded, err)
		}
	})
}

// Compatible servers rename files, or do not tell their size. A lost upload is found by what can be compared.
func TestUploadFile_lostOnCompatibleServers(t *testing.T) {
	t.Parallel()
	each := func(change func(file map[string]any)) openaitest.Option {
		return openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			if files, ok := body["data"].([]any); ok {
				for _, file := range files {
					change(file.(map[string]any)) //nolint:forcetypeassert,errcheck // the fake lists objects
				}
			} else if body["object"] == "file" {
				change(body)
			}
			return status, body
		})
	}
	underscores := each(func(file map[string]any) {
		file["filename"] = strings.NewReplacer(" ", "_", "ü", "_", "(", "_", ")", "_").Replace(file["filename"].(string)) //nolint:forcetypeassert,errcheck // it is a text
	})
	for name, test := range map[string]struct {
		server openaitest.Option
		others []string // further names of the same content, uploaded before
		found  bool     // or else explained
	}{
		"that replace characters":                {underscores, nil, true},
		"that say no size":                       {each(func(file map[string]any) { delete(file, "bytes") }), nil, true},
		"that say 0":                             {each(func(file map[string]any) { file["bytes"] = 0.0 }), nil, true},
		"that say null":                          {each(func(file map[string]any) { file["bytes"] = nil }), nil, true},
		"that say no name":                       {each(func(file map[string]any) { delete(file, "filename") }), nil, false},
		"that have the ID for a name":            {each(func(file map[string]any) { file["filename"] = file["id"] }), nil, false},
		"that have another name":                 {each(func(file map[string]any) { file["filename"] = "modified_file.txt" }), []string{"first.txt"}, false},
		"that say no purpose":                    {each(func(file map[string]any) { delete(file, "purpose") }), nil, true},
		"that rename, but others have been kept": {underscores, []string{"first.txt"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 2}, test.server)
				for _, other := range test.others {
					if _, err := client.UploadFile(t.Context(), params(other, "hello")); err != nil {
						t.Fatal(err)
					}
				}
				s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
				uploaded, err := client.UploadFile(t.Context(), params("größe (1).txt", "hello"))
				files := s.Files()
				last := files[len(files)-1]
				if len(files) != 1+len(test.others) {
					t.Errorf("got files %v, want one more", files)
				}
				if test.found && (err != nil || uploaded.ID != last.ID || uploaded.Found == nil || uploaded.Bytes == nil || *uploaded.Bytes != 5) {
					t.Errorf("got %+v, %v, want the lost file", uploaded, err)
				}
				if duplicate, ok := errors.AsType[*openai.DuplicateError](err); !test.found && (!ok || !slices.Equal(duplicate.IDs, []string{last.ID})) {
					t.Errorf("got %+v, %v, want an error that names %s", uploaded, err, last.ID)
				}
			})
		})
	}
}

// Without sizes, an upload of the same name could be the one in the list.
func TestUploadFile_lostWithoutSizesBesideTheSameName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, withoutSizes())
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Hold: hold}) // created, and the response is slow
		done := make(chan error)
		go func() {
			_, err := client.UploadFile(t.Context(), params("a.txt", "another"))
			done <- err
		}()
		synctest.Wait()
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500})
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if _, ok := errors.AsType[*openai.DuplicateError](err); !ok {
			t.Errorf("got %v, want an error that names the file of the other upload", err)
		}
		close(hold)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestUploadFile_sizeThatTheServerDoesNotSay(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":"file-1"}`, `{"id":"file-1","bytes":null}`, `{"id":"file-1","bytes":0}`} {
		synctest.Test(t, func(t *testing.T) {
			client := connect(t, openai.Config{}, answers(http.StatusOK, nil, body))
			uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
			if err != nil || uploaded.Bytes == nil || *uploaded.Bytes != 5 {
				t.Errorf("%s: got %+v, %v, want 5 bytes", body, uploaded, err)
			}
		})
	}
}

// The file of another run, of the same name and size, appears while the answer to an upload is lost.
func TestUploadFile_fileOfAnotherRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		purpose  string
		content  string // of the other run's file
		faults   []openaitest.Fault
		compared bool
		want     int // index of the file that is adopted or created
	}{
		"can be downloaded, and is another":      {"vision", "olleh", nil, false, 1},
		"can be downloaded, and is the same":     {"vision", "hello", nil, true, 0},
		"can never be downloaded":                {"user_data", "olleh", nil, false, 0},
		"cannot be downloaded from this account": {"vision", "olleh", []openaitest.Fault{{Path: "/files/*/content", Status: 400, Body: "no", Times: -1}}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 2})
				for _, fault := range test.faults {
					s.Inject(fault)
				}
				hold := make(chan struct{})
				s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500, Hold: hold})
				var uploaded openai.Uploaded
				done := make(chan error)
				go func() {
					p := params("a.txt", "hello")
					p.Purpose = test.purpose
					var err error
					uploaded, err = client.UploadFile(t.Context(), p)
					done <- err
				}()
				synctest.Wait()
				s.AddFile("a.txt", test.purpose, []byte(test.content))
				close(hold)
				err := <-done
				if files := s.Files(); err != nil || len(files) != test.want+1 || uploaded.ID != files[test.want].ID {
					t.Fatalf("got %+v, %v with files %v, want number %d", uploaded, err, files, test.want)
				}
				if uploaded.Compared != test.compared || (uploaded.Found != nil) != (test.want == 0) || len(uploaded.Twins) != 0 {
					t.Errorf("got %+v, want compared %t", uploaded, test.compared)
				}
			})
		})
	}
}

// A message gives a reason once.
func TestUploadFile_theSameReasonIsSaidOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := connect(t, openai.Config{MaxRetries: 3}, counted(&requests, answers(http.StatusOK, nil, "<title>Sign in</title>")))
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		want := "uploading a.txt: the server answered HTTP 200 with a web page titled “Sign in” instead of JSON (POST http://api.test/v1/files); " +
			"the file may exist anyway, because the list of files failed in the same way (GET http://api.test/v1/files)"
		if err == nil || err.Error() != want || requests != 2 || !openai.Hopeless(err) {
			t.Errorf("got  %v after %d requests\nwant %s after two", err, requests, want)
		}
	})
}

// Two look-alikes lose their responses. While one does not know yet whether there is a file, a file that appears may be its own, and
// is no twin of the other.
func TestUploadFile_noTwinWhileAnotherSearches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, openaitest.WithReadLag(1))
		first, second := make(chan struct{}), make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true, Hold: first})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500, Hold: second})
		var (
			uploaded [2]openai.Uploaded
			errs     [2]error
			group    sync.WaitGroup
		)
		for i := range uploaded {
			group.Go(func() { uploaded[i], errs[i] = client.UploadFile(t.Context(), params("a.txt", "hello")) })
			synctest.Wait()
		}
		close(first)
		synctest.Wait()
		close(second) // searches first, because it is the last that was sent; the list is behind
		group.Wait()
		if err := errors.Join(errs[:]...); err != nil || len(s.Files()) != 2 || uploaded[0].ID == uploaded[1].ID {
			t.Fatalf("got %+v, %v with files %v", uploaded, err, s.Files())
		}
		if len(uploaded[0].Twins)+len(uploaded[1].Twins) != 0 || uploaded[0].Found == nil || uploaded[1].Found != nil {
			t.Errorf("got %+v, want the first one found, and no twins", uploaded)
		}
	})
}

// The service answers nothing any more: whatever is worth a moment after a cancellation shares one clock.
func TestUploadFile_cancelledWhenNothingAnswers(t *testing.T) {
	t.Parallel()
	for how, threshold := range map[string]int64{"in one request": 0, "in parts": 1} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, client := newService(t, openai.Config{MaxRetries: 3, MultipartThreshold: threshold})
				for _, path := range []string{"/files", "/uploads/*/complete", "/uploads/*/cancel"} {
					s.Inject(openaitest.Fault{Method: http.MethodPost, Path: path, AfterBody: true, Delay: time.Hour, Times: -1})
				}
				s.Inject(openaitest.Fault{Method: http.MethodGet, Delay: time.Hour, Times: -1})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				_, err := client.UploadFile(ctx, params("a.txt", "hello"))
				if took := time.Since(began) - time.Second; took < 5900*time.Millisecond || took > 6900*time.Millisecond {
					t.Errorf("it ended %s after the cancellation, want 5.9 to 6.9 s", took)
				}
				if want := "the timeout expired before the list of files was read"; err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			})
		})
	}
}

// The first response is lost at a gateway, the second with its connection. The file of the first one still counts as a twin.
func TestUploadFile_twinOfAnEarlierAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{status: http.StatusGatewayTimeout, late: 40 * time.Second, times: 1}
		client := behind(t, g, openai.Config{MaxRetries: 5})
		g.service.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		files := g.service.Files()
		if err != nil || g.uploads != 3 || len(files) != 2 || uploaded.ID != files[0].ID || !slices.Equal(uploaded.Twins, []string{files[1].ID}) {
			t.Errorf("got %+v, %v after %d uploads with files %v, want a twin", uploaded, err, g.uploads, files)
		}
	})
}

// A server without sizes lists a longer file of another run. Its content shows that it is another one.
func TestUploadFile_longerFileOfAnotherRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 2}, withoutSizes())
		hold := make(chan struct{})
		s.Inject(openaitest.Fault{Method: http.MethodPost, AfterBody: true, Status: 500, Hold: hold})
		var uploaded openai.Uploaded
		done := make(chan error)
		go func() {
			p := params("a.txt", "hello")
			p.Purpose = "vision"
			var err error
			uploaded, err = client.UploadFile(t.Context(), p)
			done <- err
		}()
		synctest.Wait()
		s.AddFile("a.txt", "vision", []byte("hello and more"))
		close(hold)
		if err := <-done; err != nil || len(s.Files()) != 2 || uploaded.ID != s.Files()[1].ID || uploaded.Found != nil {
			t.Errorf("got %+v, %v with files %v, want a file of its own", uploaded, err, s.Files())
		}
	})
}

// Some servers answer a download with something else than the file. That says nothing about its content.
func TestUploadFile_downloadThatIsNotTheFile(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]openaitest.Fault{
		"no content":     {Status: http.StatusNoContent},
		"nothing":        {Status: http.StatusOK},
		"a web page":     {Status: http.StatusOK, Body: "<title>Sign in</title>"},
		"extracted text": {Status: http.StatusOK, Body: `{"content":"hello","type":"text"}`},
		"less":           {Status: http.StatusOK, Body: "hell"},
		"a longer page":  {Status: http.StatusOK, Body: "<p>Please sign in.</p>", Header: http.Header{"Content-Length": {"22"}}},
	} {
		for server, option := range map[string]openaitest.Option{"": openaitest.WithReadLag(0), " and no sizes": withoutSizes()} {
			if server != "" && (name == "extracted text" || name == "less") {
				continue // this may be the content of another file
			}
			t.Run(name+server, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s, client := newService(t, openai.Config{MaxRetries: 2}, option)
					of := fault // both servers share the original
					of.Path, of.Times = "/files/*/content", -1
					s.Inject(of)
					s.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
					p := params("a.pdf", "hello")
					p.Purpose = "vision"
					uploaded, err := client.UploadFile(t.Context(), p)
					if err != nil || uploaded.Found == nil || uploaded.Compared {
						t.Errorf("got %+v, %v, want the file that was found, and not compared", uploaded, err)
					}
					if files := s.Files(); len(files) != 1 {
						t.Errorf("got the files %v, want one", files)
					}
				})
			})
		}
	}
}

// withoutSizes makes the fake say no sizes.
func withoutSizes() openaitest.Option {
	return openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		delete(body, "bytes")
		if files, ok := body["data"].([]any); ok {
			for _, file := range files {
				delete(file.(map[string]any), "bytes") //nolint:forcetypeassert,errcheck // the fake lists objects
			}
		}
		return status, body
	})
}

// The list is behind, so the file that is about to be replaced appears in it only after the upload of its replacement has begun. It looks
// like the replacement.
func TestUploadFile_predecessorThatIsListedLate(t *testing.T) {
	t.Parallel()
	const lag = 3 * time.Second
	for name, test := range map[string]struct {
		status int           // of the gateway; it says how long a file may be late
		late   time.Duration // of the service, after the gateway has given up; negative: it creates nothing
		takes  bool          // the new file
		ages   []time.Duration
	}{
		"the new file appears too":      {504, 2 * time.Second, true, []time.Duration{1100 * time.Millisecond, 2900 * time.Millisecond}},
		"there is no new file":          {504, -1, false, []time.Duration{1100 * time.Millisecond, 2900 * time.Millisecond}},
		"the new file is unexpected":    {500, 2 * time.Second, true, []time.Duration{2900 * time.Millisecond}},
		"there is no new file for sure": {500, -1, false, []time.Duration{2900 * time.Millisecond}},
	} {
		for _, age := range test.ages {
			t.Run(fmt.Sprintf("%s, %s after its predecessor", name, age), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var predecessor string
					began := time.Now()
					g := &gateway{status: test.status, late: test.late, times: 1}
					g.service = openaitest.New(openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
						if files, ok := body["data"].([]any); ok && time.Since(began) < lag {
							body["data"] = slices.DeleteFunc(files, func(file any) bool { return fmt.Sprint(file.(map[string]any)["id"]) == predecessor }) //nolint:forcetypeassert,errcheck // the fake lists objects
						}
						return status, body
					}))
					t.Cleanup(g.service.Close)
					client := connect(t, openai.Config{MaxRetries: 2}, g)
					predecessor = g.service.AddFile("a.txt", "user_data", []byte("olleh")).ID
					time.Sleep(age) // of the bubble
					client.ClaimNewest(t.Context())
					uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
					if uploaded.ID == predecessor {
						t.Fatalf("got %+v, which is the predecessor", uploaded)
					}
					files := g.service.Files()
					if test.takes && (err != nil || uploaded.ID != files[1].ID || uploaded.Found == nil || len(files) != 2) {
						t.Errorf("got %+v, %v of the files %v, want the second one", uploaded, err, files)
					}
					if !test.takes && (err == nil || !strings.Contains(err.Error(), predecessor) || g.uploads != 1) {
						t.Errorf("got %+v, %v after %d uploads, want an error that names %s", uploaded, err, g.uploads, predecessor)
					}
				})
			})
		}
	}
}

// Two files of equal size lose their responses, and the service creates what was sent. Each of them is in the end with its resource, or is
// named.
func TestUploadFile_twinsOfLookAlikes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{status: http.StatusInternalServerError, late: time.Second, times: 3}
		client := behind(t, g, openai.Config{MaxRetries: 3})
		var (
			uploaded [2]openai.Uploaded
			errs     [2]error
			group    sync.WaitGroup
		)
		for i, content := range []string{"AAAA", "BBBB"} {
			group.Go(func() {
				p := params("a.txt", content)
				p.Purpose = "vision"
				uploaded[i], errs[i] = client.UploadFile(t.Context(), p)
			})
		}
		group.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for _, u := range uploaded {
			known[u.ID] = true
			for _, id := range u.Twins {
				known[id] = true
			}
		}
		for _, file := range g.service.Files() {
			if !known[file.ID] {
				t.Errorf("file %s is neither held nor named: %+v", file.ID, uploaded)
			}
		}
	})
}

// Files of equal name and size lose their responses, and the list or the service is late. None of them adopts the file of another one,
// and each file that is in no state is named, or said to be possible.
func TestUploadFile_lateLookAlikesAreNotMixedUp(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 3} {
		for _, n := range []int{2, 4} {
			for late := 100 * time.Millisecond; late < 5*time.Second; late += 300 * time.Millisecond {
				for name, listIsLate := range map[string]bool{"service": false, "list": true} {
					t.Run(fmt.Sprintf("%d files, the %s is %s late, %d retries", n, name, late, retries), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							g := &gateway{status: http.StatusBadGateway, late: late, times: n}
							if listIsLate {
								g.late = 0
							}
							g.service = openaitest.New(openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
								if files, ok := body["data"].([]any); ok && listIsLate {
									body["data"] = slices.DeleteFunc(files, func(file any) bool {
										return g.isNew(fmt.Sprint(file.(map[string]any)["id"]), late) //nolint:forcetypeassert,errcheck // the fake lists objects
									})
								}
								return status, body
							}))
							t.Cleanup(g.service.Close)
							client := connect(t, openai.Config{MaxRetries: retries}, g)
							var (
								uploaded = make([]openai.Uploaded, n)
								errs     = make([]error, n)
								group    sync.WaitGroup
							)
							for i := range n {
								group.Go(func() {
									time.Sleep(time.Duration(i) * 130 * time.Millisecond) // of the bubble
									uploaded[i], errs[i] = client.UploadFile(t.Context(), params("a.txt", strings.Repeat(fmt.Sprint(i), 4)))
								})
							}
							group.Wait()
							time.Sleep(late)
							told := errors.Join(errs...) != nil // that files may exist
							for i := range n {
								want := sha256.Sum256([]byte(strings.Repeat(fmt.Sprint(i), 4)))
								for _, file := range g.service.Files() {
									if file.ID == uploaded[i].ID && file.SHA256 != hex.EncodeToString(want[:]) {
										t.Errorf("upload %d ended with the file of another one", i)
									}
								}
								told = told || len(uploaded[i].Twins) > 0 || uploaded[i].Unchecked != nil
							}
							if got := len(g.service.Files()); got > n && !told {
								t.Errorf("got %d files, and no word about the others", got)
							}
						})
					})
				}
			}
		}
	}
}

// Comparing the content of a file with a web page in its place tells nothing, and hides the file from no later search.
func TestUploadFile_comparedLookAlikesStayVisible(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"a web page": "<p>Sign in</p>", "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const n = 3
				g := &gateway{status: http.StatusInternalServerError, times: n, apart: 700 * time.Millisecond}
				client := behind(t, g, openai.Config{MaxRetries: 3, MaxConcurrentUploads: 2})
				g.service.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/files/*/content", Body: body, Status: http.StatusOK, Times: -1})
				var (
					uploaded [n]openai.Uploaded
					errs     [n]error
					group    sync.WaitGroup
				)
				for i := range n {
					group.Go(func() {
						p := params("index.md", strings.Repeat(fmt.Sprint(i), 4))
						p.Purpose = "vision"
						uploaded[i], errs[i] = client.UploadFile(t.Context(), p)
					})
				}
				group.Wait()
				said := fmt.Sprint(errs)
				for _, u := range uploaded {
					said += u.ID + fmt.Sprint(u.Twins)
				}
				for _, file := range g.service.Files() {
					if !strings.Contains(said, file.ID) {
						t.Errorf("file %s is neither held nor named in %s", file.ID, said)
					}
				}
			})
		})
	}
}

// Look-alikes wait for their twins side by side.
func TestUploadFile_twinsOfManyLookAlikes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 5
		g := &gateway{status: http.StatusGatewayTimeout, late: -1, times: n, all: make(chan struct{})}
		client := behind(t, g, openai.Config{MaxRetries: 2})
		began := time.Now()
		var (
			errs  [n]error
			group sync.WaitGroup
		)
		for i := range n {
			group.Go(func() {
				p := params("a.txt", fmt.Sprintf("hello %d", i))
				p.Purpose = "vision"
				uploaded, err := client.UploadFile(t.Context(), p)
				errs[i] = errors.Join(err, uploaded.Unchecked)
			})
		}
		group.Wait()
		if err := errors.Join(errs[:]...); err != nil || len(g.service.Files()) != n {
			t.Errorf("got %v, files %v, want %d files", err, g.service.Files(), n)
		}
		if took := time.Since(began); took > 2*openai.DefaultGatewayPatience+10*time.Second {
			t.Errorf("took %s, want the patience of one search and of one look for twins", took)
		}
	})
}

// Which file belongs to the upload is in doubt. The error waits for that of the last attempt too, so that it names all of them.
func TestUploadFile_doubtNamesTheLastAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{status: http.StatusInternalServerError, late: time.Second, apart: 1500 * time.Millisecond, times: 2}
		client := behind(t, g, openai.Config{MaxRetries: 1})
		time.AfterFunc(700*time.Millisecond, func() { g.service.AddFile("a.txt", "user_data", []byte("other")) })
		_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		files := g.service.Files()
		if duplicate, ok := errors.AsType[*openai.DuplicateError](err); !ok || len(files) != 3 || len(duplicate.IDs) != 3 {
			t.Errorf("got %v, want an error that names all of %v", err, files)
		}
	})
}

// Whether there is a twin is not known if nobody could look until the end.
func TestUploadFile_twinsThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int           // of the list, after the search; 0: it works
		stop   time.Duration // after the beginning; 0: never
		twins  int
		want   string
	}{
		"the list fails":              {500, 0, 0, "HTTP 500"},
		"the list is refused":         {403, 0, 0, "HTTP 403"},
		"cancelled before it appears": {0, 1500 * time.Millisecond, 0, "context canceled"},
		"cancelled after it appeared": {0, 4 * time.Second, 1, ""},
		"nothing goes wrong":          {0, 0, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{status: http.StatusInternalServerError, late: 3 * time.Second, times: 1}
				client := behind(t, g, openai.Config{MaxRetries: 2})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.stop > 0 {
					time.AfterFunc(test.stop, cancel)
				}
				if test.status > 0 {
					time.AfterFunc(1500*time.Millisecond, func() {
						g.service.Inject(openaitest.Fault{Method: http.MethodGet, Status: test.status, Times: -1})
					})
				}
				uploaded, err := client.UploadFile(ctx, params("a.txt", "hello"))
				if err != nil || uploaded.Found != nil || g.uploads != 2 {
					t.Fatalf("got %+v, %v after %d uploads, want the second one", uploaded, err, g.uploads)
				}
				if len(uploaded.Twins) != test.twins {
					t.Errorf("got twins %v, want %d", uploaded.Twins, test.twins)
				}
				if got := fmt.Sprint(uploaded.Unchecked); (uploaded.Unchecked != nil) != (test.want != "") || !strings.Contains(got, test.want) {
					t.Errorf("got %s, want %q", got, test.want)
				}
			})
		})
	}
}

// The file of a look-alike was never found. Nobody waits for it.
func TestUploadFile_twinsBesideALookAlikeInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{MaxRetries: 1})
		s.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
		s.Inject(openaitest.Fault{Method: http.MethodGet, Status: 403, Times: -1})
		if _, err := client.UploadFile(t.Context(), params("a.txt", "hello")); err == nil {
			t.Fatal("the first upload succeeded")
		}
		s.ClearFaults()
		s.Inject(openaitest.Fault{Method: http.MethodPost, CutRequestAfter: 1 << 20})
		uploaded, err := client.UploadFile(t.Context(), params("a.txt", "hallo"))
		if err != nil || len(uploaded.Twins) != 0 || uploaded.Unchecked != nil || len(s.Files()) != 1 {
			t.Errorf("got %+v, %v of %v, want one file without twins", uploaded, err, s.Files())
		}
	})
}

// The retry after a lost response fails for another reason. What the first attempt has created is named, or may exist.
func TestUploadFile_retryFailsAfterALostResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		late time.Duration // of the first file; negative: it is never created
		want string
	}{
		"the file appears late": {2 * time.Second, "an earlier attempt got no response: a file that may be a.txt was created in the meantime, but it is not known whether this upload created it"},
		"there is no file":      {-1, "an earlier attempt got no response, so the file may exist anyway"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{status: http.StatusInternalServerError, late: test.late, times: 1}
				client := behind(t, g, openai.Config{MaxRetries: 2})
				g.service.Inject(openaitest.Fault{Method: http.MethodPost, Status: 403, Body: "no", Times: -1})
				_, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("got %v, want %q", err, test.want)
				}
				for _, file := range g.service.Files() {
					if !strings.Contains(err.Error(), file.ID) {
						t.Errorf("got %v, want the ID %s", err, file.ID)
					}
				}
			})
		})
	}
}
