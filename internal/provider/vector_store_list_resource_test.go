package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const storeKind = "openai_vector_store"

// shelf adds n vector stores and returns their IDs, newest first, as they are listed.
func (s service) shelf(n int) (newest []string) {
	for i := range n {
		newest = append(newest, s.AddVectorStore(fmt.Sprintf("store %03d", i)))
	}
	slices.Reverse(newest)
	return newest
}

func TestVectorStoreListResource_listsAllPages(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	want := s.shelf(105) // a page has 100
	s.Attach(want[0], s.page("a.md"))
	results, diagnostics := s.list(t, storeKind, nil, 0, true)
	if got := ids(results); len(diagnostics) > 0 || got != strings.Join(want, " ") {
		t.Fatalf("got %s %v, want %s", got, diagnostics, want)
	}
	for _, request := range s.Requests() {
		if request.Path != "/vector_stores" {
			t.Errorf("asked for %s, want the list alone", request.Path)
		}
	}
	if n := len(s.Requests()); n != 2 {
		t.Errorf("%d requests, want one for each of 2 pages", n)
	}
	if got, want := results[0].name, `"store 104", 1 file, 20`; !strings.HasPrefix(got, want) {
		t.Errorf("shown as %q, want %q", got, want)
	}
	for attribute, want := range map[string]string{"id": want[0], "name": "store 104"} {
		if got := str(results[0].resource[attribute]); got != want {
			t.Errorf("got the %s %q, want %q", attribute, got, want)
		}
	}
}

func TestVectorStoreListResource_narrowsTheList(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	all := s.shelf(105)
	other := s.AddVectorStore("other")
	for name, test := range map[string]struct {
		regex    string
		limit    int64
		want     []string
		requests int
	}{
		"limit":                {"", 3, []string{other, all[0], all[1]}, 1},
		"limit of a page":      {"", 100, append([]string{other}, all[:99]...), 1},
		"limit above a page":   {"", 101, append([]string{other}, all[:100]...), 2},
		"regex":                {"^o", 0, []string{other}, 2},
		"limit of regex":       {"^store 00[0-3]$", 2, []string{all[101], all[102]}, 2},
		"limit above the rest": {"^store 00[01]$", 9, []string{all[103], all[104]}, 2},
		"nothing":              {"^none$", 0, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s.ResetRequests()
			arguments := map[string]any{}
			if test.regex != "" {
				arguments["name_regex"] = test.regex
			}
			results, diagnostics := s.list(t, storeKind, arguments, test.limit, false)
			if got := ids(results); len(diagnostics) > 0 || got != strings.Join(test.want, " ") {
				t.Errorf("got %s %v, want %s", got, diagnostics, test.want)
			}
			if n := len(s.Requests()); n != test.requests {
				t.Errorf("%d pages were read, want %d", n, test.requests)
			}
			for _, result := range results {
				if result.resource != nil {
					t.Error("there is resource data that nobody asked for")
				}
			}
		})
	}
}

// The identity and the resource of a result are those of an import: the plan of what is listed has no changes.
func TestVectorStoreListResource_resultsCanBeImported(t *testing.T) {
	t.Parallel()
	made := newCoreOf(t, newFake(t), storeKind)
	s := made.fake
	declared := map[string]any{"name": "docs", "description": "All pages", "metadata": map[string]any{"env": "prod"}, "expires_after": map[string]any{"days": 7}}
	made.arrange(declared)
	made.mustApply(t)

	results, _ := s.list(t, storeKind, nil, 0, true)
	if len(results) != 1 || results[0].id != str(made.state("id")) {
		t.Fatalf("got %+v, want the vector store %s", results, made.state("id"))
	}
	tf := newCoreOf(t, s, storeKind)
	out, imported := tf.importOf(t.Context(), s.URL, nil, results[0].id)
	out.mustSucceed(t, "import")
	one := imported.ImportedResources[0]
	process := tf.start(t.Context(), s.URL, out)
	found := process.read(t.Context(), &instance{value: must(one.State.Unmarshal(process.typ)), private: one.Private, identity: one.Identity})
	out.mustSucceed(t, "read")
	if found == nil {
		t.Fatal("what was listed does not exist")
	}
	after := elements(found.value)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if name == "timeouts" || name == "deletion_policy" {
			continue // are not at the service
		}
		if got := results[0].resource[name]; !got.Equal(after[name]) {
			t.Errorf("%s is listed as %s, and imported as %s", name, got, after[name])
		}
	}
	tf.current[theResource] = found
	tf.arrange(declared)
	tf.mustApply(t) // sets deletion_policy in the state
	tf.expectNoChanges(t)
	s.expectSent(t, http.MethodDelete, 0)()
	if n := len(s.VectorStores()); n != 1 {
		t.Errorf("there are %d vector stores, want 1", n)
	}
}

func TestVectorStoreListResource_expiredStoresAreLeftOut(t *testing.T) {
	t.Parallel()
	var ahead time.Duration
	s := newFake(t, openaitest.WithClock(func() time.Time { return time.Now().Add(ahead) }))
	lasting := s.AddVectorStore("lasting")
	tf := newCoreOf(t, s, storeKind)
	tf.arrange(map[string]any{"name": "short", "expires_after": map[string]any{"days": 1}})
	tf.mustApply(t)
	ahead = 48 * time.Hour
	results, diagnostics := s.list(t, storeKind, nil, 1, false)
	if got := ids(results); len(diagnostics) > 0 || got != lasting {
		t.Errorf("got %s %v, want %s alone", got, diagnostics, lasting)
	}
}

func TestVectorStoreListResource_failureIsNoEmptyList(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	s.shelf(105)
	s.Inject(openaitest.Fault{Path: "/vector_stores", Skip: 1, Times: -1, Status: http.StatusForbidden, Body: "no"})
	results, diagnostics := s.list(t, storeKind, nil, 0, false)
	if len(results) != 100 || len(diagnostics) != 1 || diagnostics[0].Summary != "Vector stores could not be listed" {
		t.Errorf("got %d results and %v, want the first page and an error", len(results), diagnostics)
	}
	_, diagnostics = s.list(t, storeKind, map[string]any{"name_regex": "("}, 0, false)
	if len(diagnostics) != 1 || diagnostics[0].Summary != "Regular expression is not valid" {
		t.Errorf("got %v, want an error about the regular expression", diagnostics)
	}
}
