package openai_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// A server that ignores filter answers every list with all files.
func TestAttachFiles_serverIgnoresTheFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := openaitest.New(openaitest.WithIndexing(20*time.Second), openaitest.WithOutcome("00007.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty."}))
		t.Cleanup(fake.Close)
		client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			query.Del("filter")
			r.URL.RawQuery = query.Encode()
			fake.ServeHTTP(w, r)
		}))
		k := &knowledge{fake: fake, client: client, store: fake.AddVectorStore("docs")}
		for _, name := range pages(250) {
			k.files = append(k.files, openai.Attachment{FileID: fake.AddFile(path.Base(name), "user_data", []byte(name)).ID, Name: name})
		}
		k.expectDone(t, k.attach(t), map[string]string{"docs/00007.md": "It is empty (invalid_file)"})
	})
}

// A server that knows the filter and finds nothing with it answers every such list with no files, although it counts them.
func TestAttachFiles_filteredListsAreEmpty(t *testing.T) {
	for name, test := range map[string]struct {
		options []openaitest.Option
		failed  map[string]string
	}{
		"in progress": {[]openaitest.Option{openaitest.WithIndexing(3 * time.Minute)}, nil},
		"one failed":  {[]openaitest.Option{openaitest.WithOutcome("00007.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty."})}, map[string]string{"docs/00007.md": "It is empty (invalid_file)"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, pages(25), test.options...)
				k.fake.Inject(openaitest.Fault{
					Method: http.MethodGet, Path: "/vector_stores/*/files", Times: -1,
					Match: func(r *http.Request) bool { return r.URL.Query().Get("filter") != "" },
					Body:  `{"object":"list","data":[],"has_more":false}`,
				})
				began := time.Now()
				k.expectDone(t, k.attach(t), test.failed)
				if took := time.Since(began); name == "in progress" && took < 3*time.Minute {
					t.Errorf("took %s, want until the files are indexed", took)
				}
			})
		})
	}
}

// Files of others are detached from the vector store while its new ones are indexed, so it has fewer files than it should.
func TestAttachFiles_othersAreDetachedMeanwhile(t *testing.T) {
	for name, test := range map[string]struct {
		ours bool          // this client detaches them, for another resource
		most time.Duration // until the end
		gets int           // at most, of single files
	}{
		"by this client": {true, 6 * time.Second, 0},
		"by others":      {false, 35 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, pages(68), openaitest.WithIndexing(2*time.Second), openaitest.WithPollAfter(50*time.Millisecond))
				var before []string
				for range 35 {
					id := k.fake.AddFile("other.md", "user_data", []byte("other")).ID
					k.fake.Attach(k.store, id)
					before = append(before, id)
				}
				time.Sleep(time.Minute) // of the bubble
				params := k.params()
				params.Present, params.Detached = 35, k.client.Detached(k.store)
				time.AfterFunc(time.Second, func() {
					for _, id := range before {
						if test.ours {
							_ = k.client.DetachFile(t.Context(), k.store, id)
						} else {
							k.fake.Detach(k.store, id)
						}
					}
				})
				began := time.Now()
				outcomes, err := k.client.AttachFiles(t.Context(), params)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > test.most {
					t.Errorf("took %s, want at most %s", took, test.most)
				}
				if n := strings.Count(paths(k.fake), "GET /vector_stores/*/files/file-"); n > test.gets {
					t.Errorf("got %d requests for single files, want at most %d", n, test.gets)
				}
				k.expectDone(t, outcomes, nil)
			})
		})
	}
}

// The numbers of files prove nothing until the time is over. Each file is asked for before it is given up.
func TestAttachFiles_asksBeforeItGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zeros := openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			if body["object"] == "vector_store" {
				body["file_counts"] = map[string]any{"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0}
			}
			return status, body
		})
		k := newKnowledge(t, openai.Config{}, pages(25), openaitest.WithIndexing(2*time.Second), zeros)
		params := k.params()
		params.Patience = 19 * time.Second // of 20
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		outcomes, err := k.client.AttachFiles(ctx, params)
		if err != nil {
			t.Fatal(err)
		}
		k.expectDone(t, outcomes, nil)
	})
}

// A file that does not exist is refused at once. One that exists may not be known yet where it is to be attached.
func TestAttachFiles_unknownFiles(t *testing.T) {
	for name, test := range map[string]struct {
		exists      bool
		least, most time.Duration
	}{"does not exist": {false, 0, time.Second}, "is not known yet": {true, 3 * time.Second, 15 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, pages(1))
				if !test.exists {
					k.files[0].FileID = "file-unknown"
				}
				k.fake.Inject(openaitest.Fault{Method: http.MethodPost, Times: 3, Status: 404, Body: `{"error":{"message":"No file found with id '` + k.files[0].FileID + `'."}}`})
				began := time.Now()
				outcome := k.attach(t)[k.files[0].FileID]
				if outcome.Done != test.exists || outcome.Unknown == test.exists {
					t.Errorf("got %+v, want done %t", outcome, test.exists)
				}
				if took := time.Since(began); took < test.least || took > test.most {
					t.Errorf("it took %s, want %s to %s", took, test.least, test.most)
				}
			})
		})
	}
}

// A server that does not count its files is not waited for.
func TestAttachFiles_serverDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(6), openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			if body["object"] == "vector_store" {
				body["file_counts"] = map[string]any{"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0}
			}
			return status, body
		}))
		began := time.Now()
		k.expectDone(t, k.attach(t), nil)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s, want a few polls", took)
		}
	})
}

func TestAttachFiles_failedFilesWithReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(600), openaitest.WithIndexing(time.Second),
			openaitest.WithOutcome("00003.md", openaitest.Outcome{Code: "invalid_file", Message: "The file could not be parsed."}),
			openaitest.WithOutcome("00599.md", openaitest.Outcome{Code: "server_error", Message: "An internal error occurred."}))
		k.expectDone(t, k.attach(t), map[string]string{
			"docs/00003.md": "The file could not be parsed (invalid_file)", "docs/00599.md": "An internal error occurred (server_error)",
		})
	})
}

func TestAttachFiles_poisonedList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{MaxRetries: 2}, pages(60), openaitest.WithIndexing(10*time.Second),
			openaitest.WithOutcome("00020.md", openaitest.Outcome{Poison: true}))
		k.expectDone(t, k.attach(t), nil)
	})
}

// Files that are looked at one by one are asked for with as many requests in parallel as files are uploaded.
func TestAttachFiles_looksInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{MaxConcurrentUploads: 2}, pages(3))
		hold := make(chan struct{})
		k.fake.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores/*/files/*", Hold: hold, Times: -1})
		done := make(chan struct{})
		go func() {
			defer close(done)
			k.expectDone(t, k.attach(t), nil)
		}()
		time.Sleep(time.Minute) // of the bubble
		synctest.Wait()
		if got := strings.Count(paths(k.fake), "/files/file-"); got != 2 {
			t.Errorf("got %d requests in parallel, want 2: %s", got, paths(k.fake))
		}
		close(hold)
		<-done
	})
}

func TestAttachFiles_stuckFiles(t *testing.T) {
	for name, opts := range map[string][]openaitest.Option{"by lists": nil, "one by one": {openaitest.WithOutcome("00001.md", openaitest.Outcome{Poison: true})}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := append(opts, openaitest.WithOutcome("00005.md", openaitest.Outcome{Stuck: true}),
					openaitest.WithOutcome("00006.md", openaitest.Outcome{Stuck: true, Times: 1}))
				k := newKnowledge(t, openai.Config{MaxRetries: 1}, pages(10), opts...)
				began := time.Now()
				outcomes := k.attach(t)
				if took := time.Since(began); took < time.Hour || took > time.Hour+2*time.Second {
					t.Errorf("it took %s, want the hour that files have", took)
				}
				stuck := outcomes[k.files[5].FileID]
				if !stuck.Attached || stuck.Err == nil || !strings.Contains(stuck.Err.Error(), "did not finish indexing it within the timeout") {
					t.Errorf("got %+v for a file whose processing does not end", stuck)
				}
				if got := outcomes[k.files[6].FileID]; !got.Done {
					t.Errorf("got %+v for a file that was stuck once", got)
				}
				times := k.attached()
				if times[k.files[5].FileID] != 2 || times[k.files[6].FileID] != 2 || times[k.files[7].FileID] != 1 {
					t.Errorf("got attached %v times, want stuck files twice and others once", times)
				}
			})
		})
	}
}

func TestAttachFiles_othersStuckFileDoesNotKeepUsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(20), openaitest.WithOutcome("stuck.md", openaitest.Outcome{Stuck: true}), openaitest.WithIndexing(2*time.Second))
		k.fake.Attach(k.store, k.fake.AddFile("stuck.md", "user_data", []byte("x")).ID)
		params := k.params()
		params.Present = 1
		began := time.Now()
		outcomes, err := k.client.AttachFiles(t.Context(), params)
		if err != nil {
			t.Fatal(err)
		}
		k.expectDone(t, outcomes, nil)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// Files that others have detached meanwhile make the numbers too small.
func TestAttachFiles_othersDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(50))
		params := k.params()
		params.Present = 5 // which are gone
		outcomes, err := k.client.AttachFiles(t.Context(), params)
		if err != nil {
			t.Fatal(err)
		}
		k.expectDone(t, outcomes, nil)
	})
}

func TestAttachFiles_asksWhenTheServiceSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(20), openaitest.WithIndexing(12*time.Second), openaitest.WithPollAfter(5*time.Second))
		k.attach(t)
		if n := k.count(http.MethodGet, "/files"); n > 5 {
			t.Errorf("got %d lists, want about one every five seconds", n)
		}
	})
}

func TestAttachFiles_waitsForFilesThatAreAttached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(10), openaitest.WithIndexing(time.Minute))
		for _, file := range k.files {
			k.fake.Attach(k.store, file.FileID)
		}
		outcomes, err := k.client.AttachFiles(t.Context(), openai.AttachParams{StoreID: k.store, Waiting: k.files, Present: 10, Patience: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		k.expectDone(t, outcomes, nil)
		if n := k.count(http.MethodPost, ""); n != 0 {
			t.Errorf("got %d requests that attach, want none", n)
		}
	})
}

// Whenever the context ends: the vector store has no file of which the outcomes do not say that it may be there.
func TestAttachFiles_cancelledAtAnyTime(t *testing.T) {
	for step := range 40 {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := []openaitest.Option{openaitest.WithLatency(100 * time.Millisecond), openaitest.WithIndexing(time.Second)}
				if step%2 == 1 {
					opts = append(opts, openaitest.AsLiteLLM())
				}
				k := newKnowledge(t, openai.Config{MaxConcurrentUploads: 3}, pages(30), opts...)
				if step%4 == 2 {
					k.fake.Inject(openaitest.Fault{Method: http.MethodPost, LoseAnswer: true})
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(step)*53*time.Millisecond)
				defer cancel()
				outcomes, err := k.client.AttachFiles(ctx, k.params())
				time.Sleep(time.Minute) // whatever was under way
				for _, a := range k.fake.Attachments(k.store) {
					if outcome := outcomes[a.FileID]; !outcome.Attached && outcome.Err == nil {
						t.Errorf("%s is attached, and the outcome is %+v (%v)", a.Filename, outcome, err)
					}
				}
				for id, outcome := range outcomes {
					if !outcome.Done && outcome.Err == nil {
						t.Errorf("%s: got %+v, which says nothing", id, outcome)
					}
				}
			})
		})
	}
}

func TestDetachFile_rightAfterAttach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(2))
		k.attach(t)
		k.fake.Inject(openaitest.Fault{Method: http.MethodDelete, Times: 2, Status: 404, Body: `{"error":{"message":"No file found"}}`})
		if err := k.client.DetachFile(t.Context(), k.store, k.files[0].FileID); err != nil {
			t.Error(err)
		}
		if n := len(k.fake.Attachments(k.store)); n != 1 {
			t.Errorf("the vector store has %d files, want 1", n)
		}
		time.Sleep(time.Minute)
		k.fake.Detach(k.store, k.files[1].FileID)
		k.fake.ResetRequests()
		if err := k.client.DetachFile(t.Context(), k.store, k.files[1].FileID); !errors.Is(err, openai.ErrNotFound) {
			t.Errorf("got %v, want a 404", err)
		}
		if n := len(k.fake.Requests()); n != 1 {
			t.Errorf("got %d requests for a file that was attached long ago, want 1", n)
		}
	})
}
