package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// knowledge is a vector store of a fake in a bubble, and files that can be attached to it.
type knowledge struct {
	fake   *openaitest.Server
	client *openai.Client
	store  string
	files  []openai.Attachment
}

// newKnowledge makes a file of each name, and a vector store.
func newKnowledge(t *testing.T, cfg openai.Config, names []string, opts ...openaitest.Option) *knowledge {
	t.Helper()
	if cfg.MaxRetries == 0 {
		cfg.MaxRetries = openai.DefaultMaxRetries
	}
	fake, client := newService(t, cfg, opts...)
	k := &knowledge{fake: fake, client: client, store: fake.AddVectorStore("docs")}
	for _, name := range names {
		id := fake.AddFile(path.Base(name), "user_data", []byte(name)).ID
		k.files = append(k.files, openai.Attachment{FileID: id, Name: name})
	}
	return k
}

// pages names n files.
func pages(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("docs/%05d.md", i)
	}
	return names
}

func (k *knowledge) params() openai.AttachParams {
	return openai.AttachParams{StoreID: k.store, Files: k.files, Patience: time.Hour}
}

func (k *knowledge) attach(t *testing.T) map[string]openai.AttachOutcome {
	t.Helper()
	outcomes, err := k.client.AttachFiles(t.Context(), k.params())
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// expectDone expects that all files are processed, but those of the given names for the given reasons, and that the vector store has
// the files of which the outcomes say so.
func (k *knowledge) expectDone(t *testing.T, outcomes map[string]openai.AttachOutcome, except map[string]string) {
	t.Helper()
	has := map[string]bool{}
	for _, a := range k.fake.Attachments(k.store) {
		has[a.FileID] = true
	}
	for _, file := range k.files {
		outcome, begun := outcomes[file.FileID]
		reason, fails := except[file.Name]
		switch {
		case !begun:
			t.Errorf("%s was not started", file.Name)
		case fails != (outcome.Reason != "") || !strings.Contains(outcome.Reason, reason):
			t.Errorf("%s: got the reason %q, want %q", file.Name, outcome.Reason, reason)
		case fails == outcome.Done || outcome.Err != nil:
			t.Errorf("%s: got %+v", file.Name, outcome)
		case outcome.Attached != has[file.FileID]:
			t.Errorf("%s: got attached = %t, and the vector store has it: %t", file.Name, outcome.Attached, has[file.FileID])
		}
	}
}

// attached counts how often each file was to be attached, by ID, in requests that the fake has carried out.
func (k *knowledge) attached() map[string]int {
	times := map[string]int{}
	for _, request := range k.fake.Requests() {
		if request.Method != http.MethodPost || request.Fault && request.Status != 0 || request.Status >= 300 {
			continue
		}
		var body struct {
			FileID string `json:"file_id"`
			Files  []struct {
				FileID string `json:"file_id"`
			} `json:"files"`
		}
		_ = json.Unmarshal([]byte(request.JSON), &body)
		if body.FileID != "" {
			times[body.FileID]++
		}
		for _, file := range body.Files {
			times[file.FileID]++
		}
	}
	return times
}

func (k *knowledge) expectAttachedOnce(t *testing.T) {
	t.Helper()
	times := k.attached()
	for _, file := range k.files {
		if times[file.FileID] > 1 {
			t.Errorf("%s was attached %d times", file.Name, times[file.FileID])
		}
	}
}

// count counts requests by method and path, such as "POST …/file_batches".
func (k *knowledge) count(method, suffix string) int {
	n := 0
	for _, request := range k.fake.Requests() {
		if request.Method == method && strings.HasSuffix(request.Path, suffix) {
			n++
		}
	}
	return n
}

func TestAttachFiles_tenThousandWithinTheLimits(t *testing.T) {
	for name, opts := range map[string][]openaitest.Option{
		"processed at once":      nil,
		"processed in a minute":  {openaitest.WithIndexing(time.Minute)},
		"processed in 5 minutes": {openaitest.WithIndexing(5 * time.Minute), openaitest.WithPollAfter(time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, pages(10_000), opts...)
				began := time.Now()
				k.expectDone(t, k.attach(t), nil)
				k.expectAttachedOnce(t)
				if n := len(k.fake.Requests()); n > 60 {
					t.Errorf("got %d requests, want at most 60", n)
				}
				if took := time.Since(began); took < 4*time.Minute || took > 15*time.Minute {
					t.Errorf("it took %s, want about 4 minutes for 2,000 files a minute, and the processing", took)
				}
				if got := k.fake.VectorBatches(k.store); got[0] != 500 || len(got) != 20 {
					t.Errorf("got batches of %v, want 20 of 500", got)
				}
			})
		})
	}
}

// What the service and its relatives do: all files end up attached, none of them twice.
func TestAttachFiles_oddities(t *testing.T) {
	lostBatch := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", LoseAnswer: true}
	conflict := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: 409, Body: `{"error":{"message":"Another process is currently operating on this vector store."}}`, Times: 3}
	unknown := openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores/*/files", Status: 500, Body: `{"error":{"message":"oops"}}`, Times: -1}
	empty := openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores/*/files", Body: `{"object":"list","data":[],"has_more":false}`}
	for name, test := range map[string]struct {
		files  int
		opts   []openaitest.Option
		faults []openaitest.Fault
		atMost int // requests that attach
	}{
		"nothing special":                       {files: 1200, atMost: 3},
		"a single file":                         {files: 1, atMost: 1},
		"one by one where there are none: 404":  {files: 40, opts: []openaitest.Option{openaitest.AsLiteLLM()}, atMost: 41},
		"one by one where there are none: 405":  {files: 40, opts: []openaitest.Option{openaitest.WithoutBatches(405)}, atMost: 41},
		"one by one where there are none: 501":  {files: 40, opts: []openaitest.Option{openaitest.WithoutBatches(501)}, atMost: 41},
		"one by one, more than 300 a minute":    {files: 700, opts: []openaitest.Option{openaitest.WithoutBatches(404)}, atMost: 750},
		"a maximum of 100":                      {files: 1000, opts: []openaitest.Option{openaitest.WithMaxBatch(100)}, atMost: 11},
		"Azure":                                 {files: 1200, opts: []openaitest.Option{openaitest.AsAzure()}, atMost: 3},
		"OGX":                                   {files: 1200, opts: []openaitest.Option{openaitest.AsOGX()}, atMost: 3},
		"documented batches":                    {files: 20, opts: []openaitest.Option{openaitest.WithDocumentedBatches(), openaitest.WithEmptyCounts(1)}, atMost: 1},
		"the first polls are all zero":          {files: 20, opts: []openaitest.Option{openaitest.WithEmptyCounts(3), openaitest.WithIndexing(10 * time.Second)}, atMost: 1},
		"404 and lists without them, at first":  {files: 200, opts: []openaitest.Option{openaitest.WithAttachLag(3)}, atMost: 1},
		"404 at first, of a single file":        {files: 1, opts: []openaitest.Option{openaitest.WithAttachLag(3)}, atMost: 1},
		"a lost answer":                         {files: 1200, faults: []openaitest.Fault{lostBatch}, atMost: 3},
		"several lost answers":                  {files: 1200, faults: []openaitest.Fault{lostBatch, lostBatch, lostBatch}, atMost: 3},
		"a lost answer of a single file":        {files: 1, faults: []openaitest.Fault{lostBatch}, atMost: 1},
		"a request that did not arrive":         {files: 1200, faults: []openaitest.Fault{{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", CutRequestAfter: 1 << 30}}, atMost: 4},
		"a gateway that gave up":                {files: 1200, faults: []openaitest.Fault{{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", LoseAnswer: true, Status: 504, Body: "<title>504</title>"}}, atMost: 3},
		"a conflict":                            {files: 1200, faults: []openaitest.Fault{conflict}, atMost: 6},
		"a list that fails":                     {files: 60, faults: []openaitest.Fault{unknown}, atMost: 1},
		"a list that is cut, and a lost answer": {files: 60, faults: []openaitest.Fault{lostBatch, empty}, atMost: 1},
		"a list that fails, and a lost answer":  {files: 60, faults: []openaitest.Fault{lostBatch, unknown}, atMost: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, pages(test.files), test.opts...)
				for _, fault := range test.faults {
					k.fake.Inject(fault)
				}
				k.expectDone(t, k.attach(t), nil)
				k.expectAttachedOnce(t)
				if n := k.count(http.MethodPost, ""); n > test.atMost {
					t.Errorf("got %d requests that attach, want at most %d", n, test.atMost)
				}
			})
		})
	}
}

func TestAttachFiles_refusedExtensions(t *testing.T) {
	const unsupported = "are not supported for retrieval"
	for name, test := range map[string]struct {
		names  []string // of the files
		keys   map[int]string
		bad    []int
		atMost int // batches
	}{
		"named extensions":                 {names: append(pages(600), "a.csv", "b.xlsx"), bad: []int{600, 601}, atMost: 3},
		"no extension":                     {names: append(pages(600), "LICENSE"), bad: []int{600}, atMost: 3},
		"upper case":                       {names: append(pages(600), "report.PDF", "other.pdf"), bad: []int{600}, atMost: 3},
		"keys without the extension":       {names: append(pages(499), "a.csv"), keys: map[int]string{499: "table"}, bad: []int{499}, atMost: 20},
		"all of them, and no key shows it": {names: slices.Repeat([]string{"a.csv"}, 30), keys: keysFrom(0, 30), bad: numbers(0, 30), atMost: 60},
		"many of them":                     {names: append(pages(20), slices.Repeat([]string{"a.csv"}, 30)...), keys: keysFrom(20, 30), bad: numbers(20, 30), atMost: 70},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, test.names)
				for i, key := range test.keys {
					k.files[i].Name = key
				}
				except := map[string]string{}
				for _, i := range test.bad {
					except[k.files[i].Name] = unsupported
				}
				k.expectDone(t, k.attach(t), except)
				k.expectAttachedOnce(t)
				if n := k.count(http.MethodPost, "/file_batches"); n > test.atMost {
					t.Errorf("got %d batches, want at most %d", n, test.atMost)
				}
			})
		})
	}
}

func numbers(from, n int) (all []int) {
	for i := range n {
		all = append(all, from+i)
	}
	return all
}

func keysFrom(from, n int) map[int]string {
	keys := map[int]string{}
	for _, i := range numbers(from, n) {
		keys[i] = fmt.Sprintf("key %d", i)
	}
	return keys
}

// The same refusal of everything is about none of the files: it ends soon.
func TestAttachFiles_everythingIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(2000))
		k.fake.Inject(openaitest.Fault{Method: http.MethodPost, Times: -1, Status: 400, Body: `{"error":{"message":"This vector store is read-only."}}`})
		_, err := k.client.AttachFiles(t.Context(), k.params())
		if refusal(t, err).Message != "This vector store is read-only." {
			t.Errorf("got %v", err)
		}
		if n := k.count(http.MethodPost, ""); n > 40 {
			t.Errorf("got %d requests, want few", n)
		}
	})
}

func TestAttachFiles_deletedFile(t *testing.T) {
	for name, opts := range map[string][]openaitest.Option{"in a batch": nil, "one by one": {openaitest.AsLiteLLM()}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{}, pages(50), opts...)
				k.fake.DeleteFile(k.files[17].FileID)
				k.expectDone(t, k.attach(t), map[string]string{"docs/00017.md": "No file found with id '" + k.files[17].FileID})
				k.expectAttachedOnce(t)
			})
		})
	}
}

func TestAttachFiles_storeIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(1200), openaitest.AsLiteLLM())
		k.fake.DeleteVectorStore(k.store)
		outcomes, err := k.client.AttachFiles(t.Context(), k.params())
		if err == nil || len(outcomes) > 20 {
			t.Errorf("got %d outcomes and the error %v", len(outcomes), err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		k := newKnowledge(t, openai.Config{}, pages(1200))
		k.fake.DeleteVectorStore(k.store)
		outcomes, err := k.client.AttachFiles(t.Context(), k.params())
		if !errors.Is(err, openai.ErrNotFound) || len(outcomes) != 0 || len(k.fake.Requests()) != 1 {
			t.Errorf("got %d outcomes, %d requests and the error %v", len(outcomes), len(k.fake.Requests()), err)
		}
	})
}

// A request that fails again and again is reported with all of its attempts.
func TestAttachFiles_attemptsAreTold(t *testing.T) {
	for name, test := range map[string]struct {
		opts   []openaitest.Option
		status int
		files  int
	}{
		"a batch, 500":  {nil, 500, 3},
		"a batch, 409":  {nil, 409, 3},
		"one file, 500": {[]openaitest.Option{openaitest.AsLiteLLM()}, 500, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKnowledge(t, openai.Config{MaxRetries: 2}, pages(test.files), test.opts...)
				k.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file*", Times: -1, Status: test.status, Body: `{"error":{"message":"Not now."}}`})
				_, err := k.client.AttachFiles(t.Context(), k.params())
				if err == nil || !strings.Contains(err.Error(), "Not now") || !strings.Contains(err.Error(), "after 3 attempts in ") {
					t.Errorf("got %v, want three attempts", err)
				}
				if n := k.count(http.MethodPost, ""); n != 3 {
					t.Errorf("got %d requests, want 3", n)
				}
			})
		})
	}
}
