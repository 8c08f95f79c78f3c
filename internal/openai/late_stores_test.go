package openai_test

import (
	"context"
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

// lateStores is a service whose list of vector stores shows each new one late. The responses to its first creations are lost.
type lateStores struct {
	*openaitest.Server
	late []time.Duration // of each further vector store; the last one is that of all others

	mu      sync.Mutex
	created int
	visible map[string]time.Time
}

func newLateStores(t *testing.T, lost int, late ...time.Duration) *lateStores {
	t.Helper()
	s := &lateStores{Server: openaitest.New(), late: late, visible: map[string]time.Time{}}
	t.Cleanup(s.Close)
	if lost > 0 {
		s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true, Times: lost})
	}
	return s
}

func (s *lateStores) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.HasSuffix(r.URL.Path, "/vector_stores"):
		s.Server.ServeHTTP(w, r)
	case r.Method == http.MethodPost:
		defer s.hide()
		s.Server.ServeHTTP(w, r)
	default:
		s.list(w, r)
	}
}

// hide notes when the list shows a new vector store.
func (s *lateStores) hide() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, store := range s.VectorStores() {
		if _, known := s.visible[store.ID]; !known {
			s.visible[store.ID] = time.Now().Add(s.late[min(s.created, len(s.late)-1)])
			s.created++
		}
	}
}

func (s *lateStores) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	listVisible(w, r, s.Server, s.visible)
}

// old adds a vector store that the list shows at once.
func (s *lateStores) old(name string) string {
	id := s.AddVectorStore(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visible[id] = time.Time{}
	return id
}

var docs = openai.VectorStoreParams{Name: "docs"}

// All that was created is the new vector store or is named, although the list shows it late.
func TestCreateVectorStore_listIsLate(t *testing.T) {
	for name, test := range map[string]struct {
		retries, lost int
		late          []time.Duration
		stores        int
	}{
		"one attempt":                      {0, 1, []time.Duration{1500 * time.Millisecond}, 1},
		"two attempts":                     {1, 2, []time.Duration{2500 * time.Millisecond}, 2},
		"three attempts":                   {2, 3, []time.Duration{3500 * time.Millisecond}, 3},
		"three lost, one after another":    {5, 3, []time.Duration{2 * time.Second, 1500 * time.Millisecond, 3500 * time.Millisecond}, 3},
		"the first late, the second found": {5, 2, []time.Duration{2500 * time.Millisecond, 0}, 2},
		"the second succeeds":              {5, 1, []time.Duration{3500 * time.Millisecond}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLateStores(t, test.lost, test.late...)
				client := connect(t, openai.Config{MaxRetries: test.retries}, s)
				client.ClaimNewestVectorStores(t.Context())
				created, err := client.CreateVectorStore(t.Context(), docs)
				named := append(created.Twins, created.ID)
				if doubt, ok := errors.AsType[*openai.DuplicateVectorStoreError](err); ok {
					named = doubt.IDs
				}
				if len(s.VectorStores()) != test.stores {
					t.Errorf("got the vector stores %v, want %d", s.VectorStores(), test.stores)
				}
				for _, store := range s.VectorStores() {
					if !slices.Contains(named, store.ID) {
						t.Errorf("got %v, %v, which does not name %s of %v", created, err, store.ID, s.VectorStores())
					}
				}
			})
		})
	}
}

// What was there before is never taken for the new vector store, however short a time before, and although the list shows the new one late.
func TestCreateVectorStore_predecessorAndLateList(t *testing.T) {
	for _, age := range []time.Duration{0, 500 * time.Millisecond, 1300 * time.Millisecond, 3 * time.Second, 6 * time.Second} {
		for _, late := range []time.Duration{0, 1500 * time.Millisecond, 3500 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s old, %s late", age, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newLateStores(t, 1, late)
					client := connect(t, openai.Config{MaxRetries: 2}, s)
					predecessor := s.old("docs")
					time.Sleep(age) // of the bubble
					client.ClaimNewestVectorStores(t.Context())
					created, err := client.CreateVectorStore(t.Context(), docs)
					named := append(created.Twins, created.ID)
					if err != nil || slices.Contains(named, predecessor) || len(named) != len(s.VectorStores())-1 {
						t.Errorf("got %s with the twins %v, %v of %v, want all but %s", created.ID, created.Twins, err, s.VectorStores(), predecessor)
					}
				})
			})
		}
	}
}

// Several vector stores have the same name. What an error names is not adopted by another one.
func TestCreateVectorStore_severalOfOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newLateStores(t, 4, 2*time.Second, 1500*time.Millisecond, 3500*time.Millisecond)
		client := connect(t, openai.Config{MaxRetries: 5}, s)
		client.ClaimNewestVectorStores(t.Context())
		known := map[string]string{}
		for i := range 3 {
			created, err := client.CreateVectorStore(t.Context(), docs)
			named := append(created.Twins, created.ID)
			if doubt, ok := errors.AsType[*openai.DuplicateVectorStoreError](err); ok {
				named = doubt.IDs
			} else if err != nil {
				t.Fatal(err)
			}
			for _, id := range named {
				if before, ok := known[id]; ok {
					t.Errorf("creation %d names %s, and so did %s", i, id, before)
				}
				known[id] = fmt.Sprintf("creation %d", i)
			}
		}
		for _, store := range s.VectorStores() {
			if known[store.ID] == "" {
				t.Errorf("nobody has named %s", store.ID)
			}
		}
	})
}

// A creation is interrupted after its response was lost. It is found as long as the list may be behind; otherwise the error says that there
// may be a vector store.
func TestCreateVectorStore_interruptedSearch(t *testing.T) {
	for _, late := range []time.Duration{0, 1500 * time.Millisecond, 3500 * time.Millisecond, time.Hour} {
		t.Run(late.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLateStores(t, 1, late)
				client := connect(t, openai.Config{MaxRetries: 5}, s)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(200*time.Millisecond, cancel)
				created, err := client.CreateVectorStore(ctx, docs)
				lost, isLost := errors.AsType[*openai.LostVectorStoreError](err)
				switch {
				case late < time.Hour && (err != nil || created.ID != s.VectorStores()[0].ID):
					t.Errorf("got %s, %v of %v, want the lost one", created.ID, err, s.VectorStores())
				case late == time.Hour && (!isLost || !strings.Contains(lost.Error(), "it may exist anyway")):
					t.Errorf("got %v, want an error that says that the vector store may exist", err)
				}
			})
		})
	}
}
