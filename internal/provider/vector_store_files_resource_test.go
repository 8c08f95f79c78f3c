package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const attachmentsAddress = "openai_vector_store_files.test"

// attachedFiles declares a vector store and files that are attached to it, by key.
func (s service) attachedFiles(files map[string]string, more ...string) string {
	return s.config("resource \"openai_vector_store\" \"test\" {\n  name = \"docs\"\n}\n" + attachments("test", files, more...))
}

// attachments declares files that are attached to the vector store of the test.
func attachments(name string, files map[string]string, more ...string) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(files)) {
		lines = append(lines, fmt.Sprintf("    %q = %q", key, files[key]))
	}
	return fmt.Sprintf("resource \"openai_vector_store_files\" %q {\n  vector_store_id = openai_vector_store.test.id\n  files = {\n%s\n  }\n  %s\n}\n",
		name, strings.Join(lines, "\n"), strings.Join(more, "\n  "))
}

// page adds a file to the service and returns its ID.
func (s service) page(name string) string {
	return s.AddFile(name, "user_data", []byte("Page "+name+".")).ID
}

// storeID is the ID of the vector store of the test: the newest one.
func (s service) storeID(t *testing.T) string {
	t.Helper()
	stores := s.VectorStores()
	if len(stores) == 0 {
		t.Fatal("there is no vector store")
	}
	return stores[len(stores)-1].ID
}

// expectAttached expects the vector store to have these files and no others.
func (s service) expectAttached(t *testing.T, ids ...string) func() {
	t.Helper()
	return func() {
		t.Helper()
		var got []string
		for _, a := range s.Attachments(s.storeID(t)) {
			got = append(got, a.FileID)
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(ids)); !slices.Equal(got, want) {
			t.Errorf("the vector store has %v, want %v", got, want)
		}
	}
}

// attachRequests returns the IDs that requests have attached, in their order.
func (s service) attachRequests() (ids []string) {
	for _, request := range s.Requests() {
		if request.Method != http.MethodPost || request.Status >= 300 {
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
			ids = append(ids, body.FileID)
		}
		for _, file := range body.Files {
			ids = append(ids, file.FileID)
		}
	}
	return ids
}

// expectRequests expects what requests have attached since the log was reset, and how many were detached, and resets it.
func (s service) expectRequests(t *testing.T, detached int, attached ...string) func() {
	t.Helper()
	return func() {
		t.Helper()
		if got := s.attachRequests(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(attached))) {
			t.Errorf("%v were attached, want %v", got, attached)
		}
		s.expectSent(t, http.MethodDelete, detached)()
		s.ResetRequests()
	}
}

func attachmentsState(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(attachmentsAddress, tfjsonpath.New(name), want)
}

func attachmentsAction(want plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(attachmentsAddress, want)
}

func emptyMap() knownvalue.Check { return knownvalue.MapExact(map[string]knownvalue.Check{}) }

func mapOf(values map[string]string) knownvalue.Check {
	checks := map[string]knownvalue.Check{}
	for key, value := range values {
		checks[key] = knownvalue.StringExact(value)
	}
	return knownvalue.MapExact(checks)
}

func TestAccVectorStoreFiles_filesComeChangeAndGo(t *testing.T) {
	s := newFake(t)
	a, b, c, a2 := s.page("a.md"), s.page("b.md"), s.page("c.md"), s.page("a.md")
	first, second := map[string]string{"a.md": a, "b.md": b}, map[string]string{"a.md": a2, "c.md": c}
	renamed := map[string]string{"a.md": a2, "d.md": c}
	s.run(t,
		resource.TestStep{
			Config:            s.attachedFiles(first),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(first)), attachmentsState("failed", emptyMap())),
			PostApplyFunc:     all(s.expectAttached(t, a, b), s.expectRequests(t, 0, a, b)),
		},
		resource.TestStep{ // no change: few requests
			Config:           s.attachedFiles(first),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			PostApplyFunc: func() {
				// Two refreshes of two resources: the harness plans twice.
				if n := len(s.Requests()); n > 8 {
					t.Errorf("%d requests without a change", n)
				}
				s.ResetRequests()
			},
		},
		resource.TestStep{ // one changes, one comes, one goes
			Config: s.attachedFiles(second),
			ConfigPlanChecks: planned(
				attachmentsAction(plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(attachmentsAddress, tfjsonpath.New("attached")),
				plancheck.ExpectUnknownValue(attachmentsAddress, tfjsonpath.New("failed")),
			),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(second))),
			PostApplyFunc:     all(s.expectAttached(t, a2, c), s.expectNoGap(t, a, a2), s.expectRequests(t, 2, a2, c)),
		},
		resource.TestStep{ // another key for the same file: nothing is attached or detached
			Config:            s.attachedFiles(renamed),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(renamed))),
			PostApplyFunc:     all(s.expectAttached(t, a2, c), s.expectRequests(t, 0)),
		},
		resource.TestStep{ // two keys swap their files
			Config:            s.attachedFiles(map[string]string{"a.md": c, "d.md": a2}),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(map[string]string{"a.md": c, "d.md": a2}))),
			PostApplyFunc:     all(s.expectAttached(t, a2, c), s.expectRequests(t, 0)),
		},
	)
	s.expectRequests(t, 3)() // both files and the vector store
	if n := len(s.VectorStores()); n != 0 {
		t.Errorf("%d vector stores are left", n)
	}
}

// expectNoGap expects that of two files the old one was detached after the new one was attached, by the log of the fake.
func (s service) expectNoGap(t *testing.T, before, after string) func() {
	t.Helper()
	return func() {
		t.Helper()
		attached, detached := -1, -1
		for i, request := range s.Requests() {
			if request.Method == http.MethodPost && strings.Contains(request.JSON, after) && request.Status < 300 {
				attached = i
			}
			if request.Method == http.MethodDelete && strings.HasSuffix(request.Path, "/"+before) && detached < 0 {
				detached = i // from the vector store, or the file itself
			}
		}
		if attached < 0 || detached < attached {
			t.Errorf("%s was attached by request %d, and %s went with request %d", after, attached, before, detached)
		}
	}
}

func TestAccVectorStoreFiles_attributesChangeInPlace(t *testing.T) {
	s := newFake(t)
	a, b := s.page("a.md"), s.page("b.md")
	files := map[string]string{"a.md": a, "b.md": b}
	config := func(attributes string) string { return s.attachedFiles(files, "attributes = "+attributes) }
	has := func(id string, want string) func() {
		return func() {
			for _, attached := range s.Attachments(s.storeID(t)) {
				if got, _ := json.Marshal(attached.Attributes); attached.FileID == id && string(got) != want {
					t.Errorf("%s has the attributes %s, want %s", id, got, want)
				}
			}
		}
	}
	s.run(t,
		resource.TestStep{
			Config:        config(`{ "a.md" = jsonencode({ lang = "en", year = 2026 }), "b.md" = "{\"draft\": true}" }`),
			PostApplyFunc: all(has(a, `{"lang":"en","year":2026}`), has(b, `{"draft":true}`), s.expectRequests(t, 0, a, b)),
		},
		resource.TestStep{ // other spellings of the same values
			Config:           config(`{ "a.md" = "{\"year\": 2026.0, \"lang\": \"en\"}", "b.md" = jsonencode({ draft = true }) }`),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			Config:           config(`{ "a.md" = jsonencode({ lang = "de", year = 2026 }), "b.md" = jsonencode({ draft = true }) }`),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    all(has(a, `{"lang":"de","year":2026}`), s.expectRequests(t, 0), s.expectAttached(t, a, b)),
		},
		resource.TestStep{ // detached by hand, without a trace in the numbers, since another one came
			PreConfig: func() {
				s.Detach(s.storeID(t), a)
				s.Attach(s.storeID(t), s.page("other.md"))
			},
			Config:        config(`{ "a.md" = jsonencode({ lang = "fr" }), "b.md" = jsonencode({ draft = true }) }`),
			PostApplyFunc: all(has(a, `{"lang":"fr"}`), s.expectRequests(t, 0, a)),
		},
		resource.TestStep{
			Config:        s.attachedFiles(files),
			PostApplyFunc: all(has(a, `{}`), has(b, `{}`), s.expectRequests(t, 0)),
		},
		resource.TestStep{Config: s.attachedFiles(files), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

// One bad file among many: the others are attached, the error has its key and the reason, and the next apply does only what is left.
func TestAccVectorStoreFiles_oneBadFile(t *testing.T) {
	s := newFake(t, openaitest.WithOutcome("bad.md", openaitest.Outcome{Code: "invalid_file", Message: "The file could not be parsed.", Times: 2}))
	a, bad, good := s.page("a.md"), s.page("bad.md"), s.page("good.md")
	files := map[string]string{"a.md": a}
	withBad := map[string]string{"a.md": a, "bad.md": bad, "good.md": good}
	s.run(t,
		resource.TestStep{Config: s.attachedFiles(files), PostApplyFunc: s.expectRequests(t, 0, a)},
		resource.TestStep{
			Config:      s.attachedFiles(withBad),
			ExpectError: says(`1 of 3 files could not be attached`, `bad\.md: The file could not be parsed \(invalid_file\)\.`, `The next apply does only the rest`),
		},
		resource.TestStep{ // tried again, and only that one
			PreConfig:   s.expectRequests(t, 0, bad, good),
			Config:      s.attachedFiles(withBad),
			ExpectError: says(`1 of 3 files could not be attached`, `bad\.md`),
		},
		resource.TestStep{
			PreConfig:         s.expectRequests(t, 1, bad),
			Config:            s.attachedFiles(withBad),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(withBad)), attachmentsState("failed", emptyMap())),
			PostApplyFunc:     all(s.expectRequests(t, 1, bad), s.expectAttached(t, a, bad, good)),
		},
		resource.TestStep{Config: s.attachedFiles(withBad), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

func TestAccVectorStoreFiles_failuresAsWarnings(t *testing.T) {
	s := newFake(t, openaitest.WithOutcome("bad*.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty."}))
	a, bad, other, b := s.page("a.md"), s.page("bad.md"), s.page("bad-too.md"), s.page("b.md")
	const warn = `on_failure = "warn"`
	files := func(id string) map[string]string { return map[string]string{"a.md": a, "b.md": id} }
	s.run(t,
		resource.TestStep{
			Config: s.attachedFiles(files(bad), warn),
			ConfigStateChecks: states(
				attachmentsState("attached", mapOf(map[string]string{"a.md": a})),
				attachmentsState("failed", mapOf(map[string]string{"b.md": "It is empty (invalid_file)"})),
			),
			PostApplyFunc: s.expectRequests(t, 0, a, bad),
		},
		resource.TestStep{ // not tried again
			Config:           s.attachedFiles(files(bad), warn),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			PostApplyFunc:    s.expectRequests(t, 0),
		},
		resource.TestStep{ // another file: tried
			Config:            s.attachedFiles(files(other), warn),
			ConfigStateChecks: states(attachmentsState("failed", mapOf(map[string]string{"b.md": "It is empty (invalid_file)"}))),
			PostApplyFunc:     all(s.expectRequests(t, 1, other), s.expectAttached(t, a, other)),
		},
		resource.TestStep{
			Config:            s.attachedFiles(files(b), warn),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(files(b))), attachmentsState("failed", emptyMap())),
			PostApplyFunc:     all(s.expectRequests(t, 1, b), s.expectAttached(t, a, b)),
		},
		resource.TestStep{ // its successor fails: the old one stays, with its attributes
			Config:            s.attachedFiles(files(bad), warn, `attributes = { "b.md" = jsonencode({ new = true }) }`),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(files(b))), attachmentsState("failed", knownvalue.MapSizeExact(1))),
			PostApplyFunc:     all(s.expectRequests(t, 0, bad), s.expectAttached(t, a, b, bad)),
		},
		resource.TestStep{Config: s.attachedFiles(files(bad), warn, `attributes = { "b.md" = jsonencode({ new = true }) }`), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
		resource.TestStep{ // back to the old one: the failure is over, and the attributes arrive
			Config:            s.attachedFiles(files(b), warn, `attributes = { "b.md" = jsonencode({ new = true }) }`),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(files(b))), attachmentsState("failed", emptyMap())),
			PostApplyFunc: all(s.expectAttached(t, a, b), func() {
				for _, attached := range s.Attachments(s.storeID(t)) {
					if attached.FileID == b && attached.Attributes["new"] != true {
						t.Errorf("the file has the attributes %v", attached.Attributes)
					}
				}
			}, s.expectRequests(t, 1)),
		},
	)
}

// A create of which a part failed is tainted. Files that the service refuses are not in the vector store.
func TestAccVectorStoreFiles_createThatFailsInPart(t *testing.T) {
	s := newFake(t)
	a, table, plain := s.page("a.md"), s.page("table.csv"), s.page("LICENSE")
	files := map[string]string{"a.md": a, "table.csv": table, "docs/LICENSE": plain}
	s.run(t,
		resource.TestStep{
			Config: s.attachedFiles(files),
			ExpectError: says(`2 of 3 files could not be attached`, `2 files: Files with extensions \[.csv, none\] are not supported for retrieval`,
				`docs/LICENSE, table\.csv`, `terraform untaint`),
		},
		resource.TestStep{
			PreConfig:         s.expectRequests(t, 0, a),
			Config:            s.attachedFiles(map[string]string{"a.md": a}),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(map[string]string{"a.md": a}))),
			PostApplyFunc:     s.expectAttached(t, a),
		},
	)
}

func TestAccVectorStoreFiles_createThatAttachesNothing(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: 403, Body: `{"error":{"message":"You have insufficient permissions."}}`})
	a, b := s.page("a.md"), s.page("b.md")
	files := map[string]string{"a.md": a, "b.md": b}
	s.run(t,
		resource.TestStep{
			Config:      s.attachedFiles(files),
			ExpectError: says(`2 of 2 files could not be attached`, `You have insufficient permissions`, `b\.md`, `nothing is in the state`),
		},
		resource.TestStep{ // not tainted: created, not replaced
			Config:           s.attachedFiles(files),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionCreate)),
			PostApplyFunc:    s.expectAttached(t, a, b),
		},
	)
}

func TestAccVectorStoreFiles_exclusive(t *testing.T) {
	s := newFake(t)
	a, other := s.page("a.md"), s.page("other.md")
	files := map[string]string{"a.md": a}
	s.run(t,
		resource.TestStep{Config: s.attachedFiles(files)},
		resource.TestStep{ // files of others are left alone
			PreConfig:        func() { s.Attach(s.storeID(t), other) },
			Config:           s.attachedFiles(files),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			Config:        s.attachedFiles(files, "exclusive = true"),
			PostApplyFunc: s.expectAttached(t, a),
		},
		resource.TestStep{
			PreConfig:        func() { s.Attach(s.storeID(t), other) },
			Config:           s.attachedFiles(files, "exclusive = true"),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    s.expectAttached(t, a),
		},
		resource.TestStep{Config: s.attachedFiles(files, "exclusive = true"), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

func TestAccVectorStoreFiles_changedElsewhere(t *testing.T) {
	s := newFake(t)
	a, b, c := s.page("a.md"), s.page("b.md"), s.page("c.md")
	files := map[string]string{"a.md": a, "b.md": b, "c.md": c}
	var gone string
	s.run(t,
		resource.TestStep{Config: s.attachedFiles(files), PostApplyFunc: s.expectRequests(t, 0, a, b, c)},
		resource.TestStep{ // one was detached by hand
			PreConfig:        func() { s.Detach(s.storeID(t), b) },
			Config:           s.attachedFiles(files),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    all(s.expectAttached(t, a, b, c), s.expectRequests(t, 0, b)),
		},
		resource.TestStep{ // one is no longer processed
			PreConfig: func() {
				s.SetOutcome(s.storeID(t), c, openaitest.Outcome{Code: "server_error", Message: "An internal error occurred."})
			},
			Config:        s.attachedFiles(files),
			PostApplyFunc: all(s.expectAttached(t, a, b, c), s.expectRequests(t, 1, c)),
		},
		resource.TestStep{ // the vector store was deleted
			PreConfig: func() { gone = s.storeID(t); s.DeleteVectorStore(gone) },
			Config:    s.attachedFiles(files),
			ConfigPlanChecks: planned(
				plancheck.ExpectResourceAction(storeAddress, plancheck.ResourceActionCreate), attachmentsAction(plancheck.ResourceActionCreate),
			),
			PostApplyFunc: all(s.expectAttached(t, a, b, c), s.expectRequests(t, 0, a, b, c)),
		},
		resource.TestStep{Config: s.attachedFiles(files), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

// What could not be detached is not forgotten: its key is in the error, and the next apply detaches it.
func TestAccVectorStoreFiles_detachThatFails(t *testing.T) {
	s := newFake(t)
	a, b, a2 := s.page("a.md"), s.page("b.md"), s.page("a.md")
	refused := openaitest.Fault{Method: http.MethodDelete, Status: 400, Times: 2, Body: `{"error":{"message":"Not now."}}`}
	s.run(t,
		resource.TestStep{Config: s.attachedFiles(map[string]string{"a.md": a, "b.md": b})},
		resource.TestStep{
			PreConfig:   func() { s.Inject(refused) },
			Config:      s.attachedFiles(map[string]string{"a.md": a2}),
			ExpectError: says(`2 of 2 files could not be detached`, `Not now`, `a\.md, b\.md`),
		},
		resource.TestStep{
			PreConfig:         all(s.expectAttached(t, a, b, a2), s.ResetRequests),
			Config:            s.attachedFiles(map[string]string{"a.md": a2}),
			ConfigStateChecks: states(attachmentsState("attached", mapOf(map[string]string{"a.md": a2}))),
			PostApplyFunc:     all(s.expectAttached(t, a2), s.expectRequests(t, 2)),
		},
		resource.TestStep{Config: s.attachedFiles(map[string]string{"a.md": a2}), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

// A change of the chunks replaces the resource. With create_before_destroy nothing is attached twice, and nothing is detached behind its
// back; a replacement without such a change costs no processing.
func TestAccVectorStoreFiles_replacedBeforeItIsDestroyed(t *testing.T) {
	s := newFake(t)
	a, b := s.page("a.md"), s.page("b.md")
	files := map[string]string{"a.md": a, "b.md": b}
	chunks := func(n int) string {
		return fmt.Sprintf("chunking_strategy = { max_chunk_size_tokens = %d, chunk_overlap_tokens = 50 }", n)
	}
	s.run(t,
		resource.TestStep{Config: s.attachedFiles(files, chunks(200), createBeforeDestroy), PostApplyFunc: s.expectRequests(t, 0, a, b)},
		resource.TestStep{
			Taint:            []string{attachmentsAddress},
			Config:           s.attachedFiles(files, chunks(200), createBeforeDestroy),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionCreateBeforeDestroy)),
			PostApplyFunc:    all(s.expectAttached(t, a, b), s.expectRequests(t, 0)),
		},
		resource.TestStep{
			Config:           s.attachedFiles(files, chunks(400), createBeforeDestroy),
			ConfigPlanChecks: planned(attachmentsAction(plancheck.ResourceActionCreateBeforeDestroy)),
			PostApplyFunc: all(s.expectAttached(t, a, b), s.expectRequests(t, 2, a, b), func() {
				for _, attached := range s.Attachments(s.storeID(t)) {
					if attached.MaxTokens != 400 {
						t.Errorf("%s has chunks of %d tokens", attached.FileID, attached.MaxTokens)
					}
				}
			}),
		},
		resource.TestStep{ // automatic, as the service reports it
			Config:        s.attachedFiles(files, createBeforeDestroy),
			PostApplyFunc: all(s.expectAttached(t, a, b), s.expectRequests(t, 2, a, b)),
		},
		resource.TestStep{Config: s.attachedFiles(files, createBeforeDestroy), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

func TestAccVectorStoreFiles_movesBetweenResources(t *testing.T) {
	s := newFake(t)
	a, b, c := s.page("a.md"), s.page("b.md"), s.page("c.md")
	config := func(first, second map[string]string) string {
		return s.attachedFiles(first) + attachments("other", second)
	}
	s.run(t,
		resource.TestStep{Config: config(map[string]string{"a.md": a, "b.md": b}, map[string]string{"c.md": c})},
		resource.TestStep{
			Config:        config(map[string]string{"a.md": a}, map[string]string{"b.md": b, "c.md": c}),
			PostApplyFunc: s.expectAttached(t, a, b, c),
		},
		resource.TestStep{
			Config:        config(map[string]string{"a.md": a, "b.md": b}, map[string]string{"c.md": c}),
			PostApplyFunc: s.expectAttached(t, a, b, c),
		},
		resource.TestStep{ // one of the resources goes: its files go to the other one
			Config:        s.attachedFiles(map[string]string{"a.md": a, "b.md": b, "c.md": c}),
			PostApplyFunc: s.expectAttached(t, a, b, c),
		},
	)
}

func TestAccVectorStoreFiles_keepLeavesThemAttached(t *testing.T) {
	s := newFake(t)
	a := s.page("a.md")
	store := s.AddVectorStore("docs")
	config := func(more string) string {
		return s.config(strings.Replace(attachments("test", map[string]string{"a.md": a}, more), "openai_vector_store.test.id", `"`+store+`"`, 1))
	}
	s.run(t, resource.TestStep{Config: config(`deletion_policy = "keep"`)})
	s.expectAttached(t, a)()
	s.expectSent(t, http.MethodDelete, 0)()
}

func TestAccVectorStoreFiles_refusedAtPlan(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		more  string
		want  *regexp.Regexp
	}{
		"a file under two keys": {map[string]string{"a.md": "file-1", "b.md": "file-1"}, "", says(`File is declared more than once`, `a\.md, b\.md have the same file ID, file-1`)},
		"attributes without a file": {map[string]string{"a.md": "file-1"}, `attributes = { "b.md" = "{}" }`,
			says(`Attributes without a file`, `the key "b\.md"`)},
		"attributes that are no object": {map[string]string{"a.md": "file-1"}, `attributes = { "a.md" = "[1]" }`, says(`Attributes are not valid`)},
		"an overlap that is too large": {map[string]string{"a.md": "file-1"}, `chunking_strategy = { max_chunk_size_tokens = 100, chunk_overlap_tokens = 51 }`,
			says(`Overlap is too large`, `at most half`)},
		"an import": {map[string]string{"a.md": "file-1"}, "}\nimport {\n  to = openai_vector_store_files.test\n  id = \"vs_1\"", says(`cannot be imported`, `apply it: files that are attached already are adopted`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			s.run(t, resource.TestStep{Config: s.attachedFiles(test.files, test.more), PlanOnly: true, ExpectError: test.want})
		})
	}
}

func TestAccCLI_vectorStoreFilesWarnings(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	a, b := s.page("a.md"), s.page("b.csv")
	store := s.AddVectorStore("docs")
	config := func(files, more string) string {
		return fmt.Sprintf("resource \"openai_vector_store_files\" \"test\" {\n  vector_store_id = %q\n  files = {%s}\n  %s\n}\n", store, files, more)
	}
	w := newWorkspace(t, s, config("", ""))
	write := func(files, more string) {
		t.Helper()
		writeFile(t, w.dir+"/main.tf", required+config(files, more))
	}
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: No files will be attached .* A fileset\(\) of a directory`)
	write(fmt.Sprintf("\"a.md\" = %q, \"b.csv\" = %q", a, b), "")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Files may be refused .* b\.csv`)
	write(fmt.Sprintf("\"a.md\" = %q", a), "")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	write("", "")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: All files will be detached .* all 1 file of vector store `+store)
	s.Attach(store, s.page("other.md"))
	write(fmt.Sprintf("\"a.md\" = %q", a), "exclusive = true")
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `Warning: Other files will be detached .* has 1 file that this resource does not declare`)
	write(fmt.Sprintf("\"a.md\" = %q", a), `deletion_policy = "keep"`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	expectOutput(t, w.mustRun(t, "destroy", "-auto-approve", "-no-color"), `Warning: Files stay attached 1 file of vector store `+store)
}

// Under the key of another project everything answers 404: nothing leaves the state, and nothing is attached elsewhere.
func TestAccCLI_vectorStoresInTheWrongPlace(t *testing.T) {
	t.Parallel()
	const otherKey = "sk-other"
	s := newFake(t, openaitest.WithProjectKey(otherKey, "org-2", "proj_2"))
	a, b := s.page("a.md"), s.page("b.md")
	w := newWorkspace(t, s, "resource \"openai_vector_store\" \"test\" {\n  name = \"docs\"\n}\n"+attachments("test", map[string]string{"a.md": a}))
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	before := read(t, w.dir+"/terraform.tfstate")
	own := w.env
	w.env = append(slices.Clone(own), "OPENAI_API_KEY="+otherKey)
	for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"}} {
		out, err := w.run(t, append(args, "-no-color")...)
		if err == nil {
			t.Errorf("%v succeeded:\n%s", args, out)
		}
		expectOutput(t, out, `was created in project \S+, organization \S+, but the provider now talks to project proj_2`)
	}
	w.mustReplace(t, fmt.Sprintf("%q = %q", "a.md", a), fmt.Sprintf("%q = %q", "a.md", b))
	w.mustReplace(t, `name = "docs"`, `name = "other"`)
	out, err := w.run(t, "apply", "-auto-approve", "-refresh=false", "-no-color")
	if err == nil {
		t.Errorf("an apply without a refresh succeeded:\n%s", out)
	}
	expectOutput(t, out, `Vector store was not changed .* but the provider now talks to project proj_2`)
	if after := read(t, w.dir+"/terraform.tfstate"); after != before {
		t.Errorf("the state has changed:\n%s", after)
	}
	s.expectAttached(t, a)()
	w.env = own
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")
	if n := len(s.VectorStores()); n != 0 {
		t.Errorf("%d vector stores are left", n)
	}
}

// A file set that defers deletions, and an openai_file that is created before it is destroyed: the old file is searchable until the new
// one is.
func TestAccVectorStoreFiles_noGap(t *testing.T) {
	s := newFake(t, openaitest.WithIndexing(50*time.Millisecond))
	dir := t.TempDir()
	config := s.attachedFiles(nil)
	config = strings.Replace(config, "files = {\n\n  }", "files = merge(openai_file_set.test.file_ids, { \"single.md\" = openai_file.test.id })", 1) + fmt.Sprintf(`
resource "openai_file_set" "test" {
  purpose         = "user_data"
  files           = { for f in fileset(%[1]q, "set/*") : f => "%[1]s/${f}" }
  deletion_policy = "defer"
}
resource "openai_file" "test" {
  purpose = "user_data"
  source  = "%[1]s/single.md"
  %[2]s
}
`, dir, createBeforeDestroy)
	ids := func() map[string]string {
		byName := map[string]string{}
		for _, file := range s.Files() {
			byName[file.Filename] = file.ID // the newest
		}
		return byName
	}
	write := func(content string) {
		for _, name := range []string{"set/a.md", "set/b.md", "single.md"} {
			writeFile(t, dir+"/"+name, content+name)
		}
	}
	var before map[string]string
	write("first ")
	s.run(t,
		resource.TestStep{Config: config, PostApplyFunc: func() { before = ids(); s.ResetRequests() }},
		resource.TestStep{
			PreConfig: func() { write("second ") },
			Config:    config,
			PostApplyFunc: func() {
				after := ids()
				for name := range after {
					s.expectNoGap(t, before[name], after[name])()
				}
				s.expectAttached(t, after["a.md"], after["b.md"], after["single.md"])()
			},
		},
		resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
	s.expectFiles(t)()
}
