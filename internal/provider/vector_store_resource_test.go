package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const storeAddress = "openai_vector_store.test"

func (s service) vectorStore(lines ...string) string {
	return s.config("resource \"openai_vector_store\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n")
}

func storeAction(want plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(storeAddress, want)
}

// expectStore expects the only vector store to be like this.
func (s service) expectStore(t *testing.T, name string, days int, metadata map[string]string) func() {
	t.Helper()
	return func() {
		t.Helper()
		stores := s.VectorStores()
		if len(stores) != 1 {
			t.Fatalf("there are %d vector stores, want 1", len(stores))
		}
		if got := stores[0]; got.Name != name || got.ExpiresAfter != days || !maps.Equal(got.Metadata, metadata) {
			t.Errorf("the vector store is %+v, want %q, %d days, %v", got, name, days, metadata)
		}
	}
}

func TestVectorStore_changesInPlace(t *testing.T) {
	t.Parallel()
	type arguments = map[string]any
	tf := newCoreOf(t, newFake(t), "openai_vector_store")
	s := tf.fake
	// becomes plans and applies, and expects the store to be changed in place.
	becomes := func(declared arguments, name string, days int, metadata map[string]string) {
		t.Helper()
		tf.arrange(declared)
		if c, _ := tf.planOne(t); !c.write || c.delete {
			t.Errorf("planned to write %t and to delete %t, want an update in place", c.write, c.delete)
		}
		tf.mustApply(t)
		s.expectStore(t, name, days, metadata)()
		tf.expectNoChanges(t)
	}
	prod := arguments{"name": "docs", "metadata": arguments{"env": "prod", "team": "a"}}
	becomes(prod, "docs", 0, map[string]string{"env": "prod", "team": "a"})
	s.setMetadata(t, map[string]string{"env": "prod", "team": "a", "other": "x"})
	tf.expectNoChanges(t) // what others set stays, and is no change
	becomes(arguments{"name": "pages", "metadata": arguments{"env": "test"}, "expires_after": arguments{"days": 7}}, "pages", 7, map[string]string{"env": "test", "other": "x"})
	becomes(arguments{"metadata": arguments{"env": "test"}}, "", 0, map[string]string{"env": "test", "other": "x"})
	becomes(arguments{}, "", 0, map[string]string{"other": "x"})
	tf.arrange(arguments{"metadata": arguments{"env": "test"}})
	tf.mustApply(t)
	s.setMetadata(t, map[string]string{"env": "x"}) // drift of what is declared
	becomes(arguments{"metadata": arguments{"env": "test"}}, "", 0, map[string]string{"env": "test"})

	tf.arrange(arguments{"description": "All pages"}) // the API cannot change it
	if c, _ := tf.planOne(t); c.because != "description" {
		t.Errorf("replaced because of %q, want description", c.because)
	}
	tf.mustApply(t)
	tf.expectNoChanges(t)
	tf.mustDestroy(t)
	if n := len(s.VectorStores()); n != 0 {
		t.Errorf("%d vector stores are left", n)
	}
}

func TestAccVectorStore_changesInPlace(t *testing.T) {
	s := newFake(t)
	s.run(t,
		resource.TestStep{
			Config:        s.vectorStore(`name = "docs"`, `metadata = { env = "prod", team = "a" }`),
			PostApplyFunc: s.expectStore(t, "docs", 0, map[string]string{"env": "prod", "team": "a"}),
		},
		resource.TestStep{ // what others set stays
			PreConfig:        func() { s.setMetadata(t, map[string]string{"env": "prod", "team": "a", "other": "x"}) },
			Config:           s.vectorStore(`name = "pages"`, `metadata = { env = "test" }`, "expires_after = { days = 7 }"),
			ConfigPlanChecks: planned(storeAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    s.expectStore(t, "pages", 7, map[string]string{"env": "test", "other": "x"}),
		},
	)
	if n := len(s.VectorStores()); n != 0 {
		t.Errorf("%d vector stores are left", n)
	}
}

// setMetadata changes the metadata of the only vector store behind the back of Terraform.
func (s service) setMetadata(t *testing.T, metadata map[string]string) {
	t.Helper()
	var pairs []string
	for key, value := range metadata {
		pairs = append(pairs, fmt.Sprintf("%q:%q", key, value))
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/vector_stores/"+s.storeID(t),
		strings.NewReader(`{"metadata":{`+strings.Join(pairs, ",")+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+openaitest.Key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(err, resp.Status)
	}
}

// Servers of other makers add metadata, or send "" for null.
func TestVectorStore_otherServers(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]openaitest.Option{"Azure": openaitest.AsAzure(), "OGX": openaitest.AsOGX()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newCoreOf(t, newBubbleFake(t, option), "openai_vector_store")
				for _, env := range []string{"prod", "test"} {
					tf.arrange(map[string]any{"metadata": map[string]any{"env": env}})
					tf.mustApply(t)
					tf.expectNoChanges(t)
				}
				attached := attachedCore{newCoreOf(t, tf.fake, "openai_vector_store_files"), str(tf.state("id"))}
				a := tf.fake.page("a.md")
				attached.attach(map[string]string{"a.md": a}, map[string]any{"attributes": map[string]any{"a.md": `{"n":1}`}})
				attached.mustHave(t, map[string]string{"a.md": a})
				tf.fake.expectAttached(t, a)()
			})
		})
	}
}

// A server that changes the description is warned of. The vector store is not replaced for that, unless somebody else changes it.
func TestVectorStore_serverThatChangesTheDescription(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		description := "Hello world"
		tf := newCoreOf(t, newBubbleFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			if body["object"] == "vector_store" {
				body["description"] = description
			}
			return status, body
		})), "openai_vector_store")
		tf.arrange(map[string]any{"name": "docs", "description": "Hello  world "})
		out := tf.apply(t.Context(), tf.fake.URL)
		out.mustSucceed(t, "apply")
		expectSaid(t, out, `WARNING: Server did not store all arguments: vs_\w+: .*description: another value`)
		tf.expectNoChanges(t)
		tf.arrange(map[string]any{"name": "pages", "description": "Hello  world "})
		tf.mustApply(t) // a change in place
		tf.expectNoChanges(t)
		tf.arrange(map[string]any{"name": "docs"}) // as the warning advises
		if out := tf.apply(t.Context(), tf.fake.URL); strings.Contains(out.String(), "Server did not store") {
			t.Errorf("a description that is not declared is compared:\n%s", out)
		}
		tf.expectNoChanges(t)
		tf.arrange(map[string]any{"name": "docs", "description": description})
		if n := len(tf.fake.VectorStores()); n != 1 {
			t.Errorf("got %d vector stores, want the first one", n)
		}
		description = "Goodbye"
		if c, _ := tf.planOne(t); !c.delete {
			t.Error("a description that was changed elsewhere is no change")
		}
	})
}

// A server that ignores what an update removes or changes is warned of once. After that, there is no change.
func TestVectorStore_serverThatIgnoresUpdates(t *testing.T) {
	t.Parallel()
	tf := newCoreOf(t, newFake(t), "openai_vector_store")
	tf.arrange(map[string]any{"name": "docs", "expires_after": map[string]any{"days": 7}, "metadata": map[string]any{"env": "prod"}})
	tf.mustApply(t)
	store := tf.fake.VectorStores()[0]
	tf.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*", Times: -1, Body: fmt.Sprintf(
		`{"object":"vector_store","id":%q,"name":"docs","created_at":%d,"expires_after":{"anchor":"last_active_at","days":7},"metadata":{"env":"prod"}}`, store.ID, time.Now().Unix())})
	tf.arrange(map[string]any{"metadata": map[string]any{"team": "search"}})
	out := tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply")
	expectSaid(t, out, `WARNING: Server did not store all arguments: vs_\w+: .*expires_after: "7"\n  metadata\.env: another value\n  metadata\.team: nothing\n  name: "docs"`)
	tf.expectNoChanges(t)
}

func TestAccVectorStore_serverWithoutBatches(t *testing.T) {
	s := newFake(t, openaitest.AsLiteLLM())
	a := s.page("a.md")
	config := s.attachedFiles(map[string]string{"a.md": a}, `attributes = { "a.md" = jsonencode({ n = 1 }) }`)
	s.run(t,
		resource.TestStep{Config: config, PostApplyFunc: s.expectAttached(t, a)},
		resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

func TestAccVectorStore_deletedOrExpiredElsewhere(t *testing.T) {
	var ahead time.Duration
	s := newFake(t, openaitest.WithClock(func() time.Time { return time.Now().Add(ahead) }))
	config := s.vectorStore(`name = "docs"`, "expires_after = { days = 1 }")
	s.run(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        func() { s.DeleteVectorStore(s.storeID(t)) },
			Config:           config,
			ConfigPlanChecks: planned(storeAction(plancheck.ResourceActionCreate)),
		},
		resource.TestStep{
			PreConfig:        func() { ahead = 48 * time.Hour },
			Config:           config,
			ConfigPlanChecks: planned(storeAction(plancheck.ResourceActionCreate)),
			PostApplyFunc:    func() { ahead = 96 * time.Hour }, // the destroy finds it expired
		},
	)
}

func TestAccCLI_vectorStoreIsGone(t *testing.T) {
	t.Parallel()
	var ahead time.Duration
	s := newFake(t, openaitest.WithClock(func() time.Time { return time.Now().Add(ahead) }))
	w := newWorkspace(t, s, "resource \"openai_vector_store\" \"test\" {\n  name = \"docs\"\n  expires_after = { days = 1 }\n  deletion_policy = \"keep\"\n}\n")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	id := s.storeID(t)
	ahead = 48 * time.Hour
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Vector store has expired: vs_\w+ .*Vector store `+id+` \(docs\) has expired`)
	ahead = 0
	expectOutput(t, w.mustRun(t, "destroy", "-auto-approve", "-no-color"), `Warning: Vector store is retained at OpenAI: `+id)
	if n := len(s.VectorStores()); n != 1 {
		t.Errorf("%d vector stores are left, want the one that is kept", n)
	}
	w.mustRun(t, "import", "-no-color", storeAddress, " "+id+" ")
	w.mustReplace(t, `"keep"`, `"delete"`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.DeleteVectorStore(id)
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Vector store no longer exists: vs_\w+`)
	out, err := w.run(t, "apply", "-auto-approve", "-no-color", "-refresh=false")
	if err != nil {
		t.Errorf("an apply without a change failed:\n%s", out)
	}
	w.mustRun(t, "destroy", "-auto-approve", "-no-color", "-refresh=false")
	if out, err := w.run(t, "import", "-no-color", storeAddress, id); err == nil {
		t.Error("a vector store that does not exist was imported")
	} else {
		expectOutput(t, out, `Vector store cannot be imported .*does not exist`)
	}
	if out, err := w.run(t, "import", "-no-color", storeAddress, "https://platform.openai.com/storage/vector_stores/vs_1"); err == nil {
		t.Error("a URL was imported")
	} else {
		expectOutput(t, out, `is a URL`)
	}
}

func TestAccVectorStore_import(t *testing.T) {
	s := newFake(t)
	config := s.vectorStore(`name = "docs"`, `description = "All pages"`, `metadata = { env = "prod" }`, "expires_after = { days = 7 }")
	resource.ParallelTest(t, resource.TestCase{
		TerraformVersionChecks:   withIdentity,
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{
				Config:            config,
				ConfigStateChecks: states(statecheck.ExpectIdentityValueMatchesState(storeAddress, tfjsonpath.New("id"))),
			},
			{ResourceName: storeAddress, ImportState: true, ImportStateVerify: true},
			{ResourceName: storeAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{ResourceName: storeAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		},
	})
}

func TestAccCLI_lostAnswerToACreation(t *testing.T) {
	t.Parallel()
	var stopped atomic.Pointer[time.Time]
	s := newFake(t, openaitest.WithClock(func() time.Time {
		if at := stopped.Load(); at != nil {
			return *at
		}
		return time.Now()
	}))
	s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true})
	w := newWorkspace(t, s, "resource \"openai_vector_store\" \"test\" {\n  name = \"docs\"\n}\n")
	expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color"), `Warning: Response was lost, but the vector store was found: vs_\w+ .*vs_\w+`)
	if n := len(s.VectorStores()); n != 1 {
		t.Errorf("there are %d vector stores, want 1", n)
	}
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")

	stopped.Store(new(time.Now()))
	var other sync.Once
	s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true, Match: func(*http.Request) bool {
		other.Do(func() { s.AddVectorStore("docs") }) // at the same time
		return true
	}})
	out, err := w.run(t, "apply", "-auto-approve", "-no-color")
	if err == nil {
		t.Error("one of two vector stores was adopted")
	}
	expectOutput(t, out, `Vector store was not created .*vs_\w+.*terraform import openai_vector_store\.NAME ID`)
}

// The list is behind, so the lost vector store appears only after another one was created.
func TestVectorStore_createdTwice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		fake := newBubbleFake(t, openaitest.WithReadLag(1))
		fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", LoseAnswer: true})
		tf := newCoreOf(t, fake, "openai_vector_store")
		tf.arrange(map[string]any{"name": "docs"})
		out := tf.apply(t.Context(), fake.URL)
		stores := fake.VectorStores()
		if len(stores) != 2 {
			t.Fatalf("got the vector stores %v, want two", stores)
		}
		expectOutput(t, out.String(), `WARNING: Vector store may have been created twice: `+stores[0].ID+`: .* retried: `+stores[1].ID+`\. `+stores[0].ID+` now also exists, with the same name`)
		if got := str(tf.state("id")); got != stores[1].ID || out.failed() {
			t.Errorf("got the ID %s, want %s: %s", got, stores[1].ID, out)
		}
	})
}

// A creation fails after a response was lost. The message says that there may be a vector store, and how to find it.
func TestVectorStore_mayExistAnyway(t *testing.T) {
	const search, noList = "it is not in the state\\. Wait a few seconds, and look for vector stores of this name with the data source openai_vector_store", "The service does not list its vector stores"
	for name, test := range map[string]struct {
		last openaitest.Fault
		list int // status of the list; 0: it works
		want string
	}{
		"all responses are lost":      {openaitest.Fault{CutRequestAfter: 1 << 20, Times: -1}, 0, search},
		"the last attempt is refused": {openaitest.Fault{Status: http.StatusForbidden}, 0, search},
		"the service breaks off":      {openaitest.Fault{Status: http.StatusServiceUnavailable, AfterBody: true, Times: -1}, 0, search},
		"the list is refused":         {openaitest.Fault{}, http.StatusForbidden, search},
		"there is no list":            {openaitest.Fault{}, http.StatusMethodNotAllowed, noList},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				t.Helper()
				fake := newBubbleFake(t)
				test.last.Method, test.last.Path = http.MethodPost, "/vector_stores"
				fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores", CutRequestAfter: 1 << 20})
				fake.Inject(test.last)
				if test.list > 0 {
					fake.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores", Status: test.list, Times: -1})
				}
				tf := newCoreOf(t, fake, "openai_vector_store")
				tf.arrange(map[string]any{"name": "docs"})
				out := tf.apply(t.Context(), fake.URL)
				expectOutput(t, out.String(), `ERROR: Vector store was not created: .*If the service created the vector store anyway, .*`+test.want)
				if n := len(fake.VectorStores()); n != 0 {
					t.Errorf("got %d vector stores, want none", n)
				}
			})
		})
	}
}

func TestAccVectorStoreDataSources(t *testing.T) {
	s := newFake(t)
	a, b := s.page("a.md"), s.page("b.md")
	config := s.vectorStore(`name = "docs"`, `metadata = { env = "prod" }`, "expires_after = { days = 7 }") +
		attachments("test", map[string]string{"a.md": a, "b.md": b}, `attributes = { "a.md" = jsonencode({ lang = "en", year = 2026 }) }`) + `
data "openai_vector_store" "id" {
  id         = openai_vector_store.test.id
  depends_on = [openai_vector_store_files.test]
}
data "openai_vector_store" "name" {
  name       = "docs"
  depends_on = [openai_vector_store_files.test]
}
data "openai_vector_store_search" "test" {
  vector_store_id = openai_vector_store_files.test.vector_store_id
  query           = "Page a.md"
  max_results     = 1
  filters         = jsonencode({ type = "eq", key = "lang", value = "en" })
  score_threshold = 0.1
  depends_on      = [openai_vector_store_files.test]
}
`
	found := func(name string, path tfjsonpath.Path, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data."+name, path, want)
	}
	result := tfjsonpath.New("results").AtSliceIndex(0)
	s.run(t,
		resource.TestStep{
			Config: config,
			ConfigStateChecks: states(
				found("openai_vector_store.id", tfjsonpath.New("file_counts").AtMapKey("completed"), knownvalue.Int64Exact(2)),
				found("openai_vector_store.id", tfjsonpath.New("status"), knownvalue.StringExact("completed")),
				found("openai_vector_store.name", tfjsonpath.New("metadata"), mapOf(map[string]string{"env": "prod"})),
				found("openai_vector_store.name", tfjsonpath.New("expires_after").AtMapKey("days"), knownvalue.Int64Exact(7)),
				found("openai_vector_store_search.test", tfjsonpath.New("results"), knownvalue.ListSizeExact(1)),
				found("openai_vector_store_search.test", result.AtMapKey("file_id"), knownvalue.StringExact(a)),
				found("openai_vector_store_search.test", result.AtMapKey("attributes"), knownvalue.StringExact(`{"lang":"en","year":2026}`)),
				found("openai_vector_store_search.test", result.AtMapKey("text"), knownvalue.StringExact("Page a.md.")),
			),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

func TestVectorStoreDataSources_refusals(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64 // days
	s := newFake(t, openaitest.WithClock(func() time.Time { return time.Now().AddDate(0, 0, int(ahead.Load())) }))
	s.AddVectorStore("twice")
	s.AddVectorStore("twice")
	tf := newCoreOf(t, s, "openai_vector_store")
	tf.arrange(map[string]any{"name": "old", "expires_after": map[string]any{"days": 1}})
	tf.mustApply(t)
	ahead.Store(2)
	for name, test := range map[string]struct {
		kind      string
		arguments map[string]any
		want      string
	}{
		"no such name":      {"openai_vector_store", map[string]any{"name": "nothing"}, `Vector store does not exist.*no vector store named "nothing"`},
		"a name of several": {"openai_vector_store", map[string]any{"name": "twice"}, `Several vector stores have this name.*vs_.*0 files`},
		"no such ID":        {"openai_vector_store", map[string]any{"id": "vs_nothing"}, `Vector store does not exist.*vs_nothing`},
		"no such store":     {"openai_vector_store_search", map[string]any{"vector_store_id": "vs_nothing", "query": "x"}, `Vector store could not be searched.*There is no vector store with the ID vs_nothing`},
		"an expired store":  {"openai_vector_store_search", map[string]any{"vector_store_id": str(tf.state("id")), "query": "x"}, `Vector store could not be searched.*Vector store vs_\w+ has expired`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out := s.readData(t, test.kind, test.arguments)
			out.expectError(t, test.want)
		})
	}
}

// A server ignores arguments. There is a warning, and no diff in every plan.
func TestVectorStore_serverThatIgnoresArguments(t *testing.T) {
	t.Parallel()
	tf := newCoreOf(t, newFake(t), "openai_vector_store")
	for _, path := range []string{"/vector_stores", "/vector_stores/*"} {
		tf.fake.Inject(openaitest.Fault{Path: path, Times: -1, Mutate: func(store map[string]any) map[string]any {
			store["expires_after"], store["expires_at"] = nil, nil
			if metadata, ok := store["metadata"].(map[string]any); ok {
				delete(metadata, "team")
			}
			return store
		}})
	}
	for _, days := range []int{7, 8} { // a create and an update
		tf.arrange(map[string]any{"name": "docs", "expires_after": map[string]any{"days": days}, "metadata": map[string]any{"env": "prod", "team": "search"}})
		if c, _ := tf.planOne(t); !c.write || c.delete {
			t.Errorf("%d days: planned to write %t and to delete %t, want to write", days, c.write, c.delete)
		}
		out := tf.apply(t.Context(), tf.fake.URL)
		out.mustSucceed(t, "apply")
		expectSaid(t, out, `WARNING: .*expires_after`)
		tf.expectNoChanges(t)
	}
}

// A module may pass an empty map.
func TestAccVectorStore_emptyMetadata(t *testing.T) {
	s := newFake(t)
	s.run(t,
		resource.TestStep{Config: s.vectorStore(`name = "docs"`, "metadata = {}"), PostApplyFunc: s.expectStore(t, "docs", 0, map[string]string{})},
		resource.TestStep{Config: s.vectorStore(`name = "docs"`, "metadata = {}"), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
		resource.TestStep{Config: s.vectorStore(`name = "docs"`, `metadata = { env = "prod" }`), ConfigPlanChecks: planned(storeAction(plancheck.ResourceActionUpdate))},
		resource.TestStep{Config: s.vectorStore(`name = "docs"`, "metadata = {}"), PostApplyFunc: s.expectStore(t, "docs", 0, map[string]string{})},
	)
}

// An import does not replace a vector store whose description the configuration does not set. Removing the argument changes nothing either.
func TestVectorStore_descriptionThatIsNotDeclared(t *testing.T) {
	t.Parallel()
	made := newCoreOf(t, newFake(t), storeKind)
	s := made.fake
	made.arrange(map[string]any{"name": "docs", "description": "All pages"})
	made.mustApply(t)
	id := str(made.state("id"))

	tf := newCoreOf(t, s, storeKind)
	out, imported := tf.importOf(t.Context(), s.URL, nil, id)
	out.mustSucceed(t, "import")
	one := imported.ImportedResources[0]
	process := tf.start(t.Context(), s.URL, out)
	tf.current[theResource] = process.read(t.Context(), &instance{value: must(one.State.Unmarshal(process.typ)), private: one.Private, identity: one.Identity})
	out.mustSucceed(t, "read")
	tf.arrange(map[string]any{"name": "docs"})
	tf.expectNoChanges(t)
	if got := str(tf.state("description")); got != "All pages" {
		t.Errorf("got the description %q in the state, want that of the vector store", got)
	}
	tf.arrange(map[string]any{"name": "docs", "description": "Some pages"})
	if c, _ := tf.planOne(t); c.because != "description" {
		t.Errorf("replaced because of %q, want description", c.because)
	}

	made.arrange(map[string]any{"name": "pages"})
	if c, _ := made.planOne(t); !c.write || c.delete {
		t.Errorf("planned to write %t and to delete %t, want an update in place", c.write, c.delete)
	}
	made.mustApply(t)
	made.expectNoChanges(t)
	made.mustDestroy(t)
	made.arrange(map[string]any{"name": "docs"}) // a new one has none
	made.mustApply(t)
	if got := made.state("description"); !got.IsNull() {
		t.Errorf("got the description %s of a new vector store, want none", got)
	}
	made.expectNoChanges(t)
}
