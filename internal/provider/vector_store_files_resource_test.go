package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

// attachedCore is a core whose resource attaches files to a vector store that is there.
type attachedCore struct {
	*core
	store string
}

func newAttached(t *testing.T, fake service) attachedCore {
	t.Helper()
	return attachedCore{newCoreOf(t, fake, "openai_vector_store_files"), fake.AddVectorStore("docs")}
}

// attach declares files by key, and further arguments.
func (tf attachedCore) attach(files map[string]string, more map[string]any) {
	arguments := map[string]any{"vector_store_id": tf.store, "files": anyMap(files)}
	maps.Copy(arguments, more)
	tf.arrange(arguments)
}

func anyMap(texts map[string]string) map[string]any {
	all := map[string]any{}
	for key, text := range texts {
		all[key] = text
	}
	return all
}

// mustHave applies and expects a state with these files, without failures, and a second plan without changes.
func (tf attachedCore) mustHave(t *testing.T, want map[string]string) {
	t.Helper()
	tf.mustApply(t)
	tf.expectState(t, want, nil)
	tf.expectNoChanges(t)
}

// expectState expects what is attached, and reasons for what is not, by key.
func (tf attachedCore) expectState(t *testing.T, attached, failed map[string]string) {
	t.Helper()
	if got := texts(tf.state("attached")); !maps.Equal(got, attached) {
		t.Errorf("the state has %v attached, want %v", got, attached)
	}
	if got := texts(tf.state("failed")); !maps.Equal(got, failed) {
		t.Errorf("the state has failures %v, want %v", got, failed)
	}
}

func TestVectorStoreFiles_exclusive(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		s := tf.fake
		a, other := s.page("a.md"), s.page("other.md")
		files := map[string]string{"a.md": a}
		tf.attach(files, nil)
		tf.mustHave(t, files)
		s.Attach(tf.store, other)
		tf.expectNoChanges(t) // files of others are left alone
		tf.attach(files, map[string]any{"exclusive": true})
		tf.mustHave(t, files)
		s.expectAttached(t, a)()
		s.Attach(tf.store, other)
		if c, _ := tf.planOne(t); c.none() {
			t.Error("the other file is to stay, want it to be detached")
		}
		tf.mustHave(t, files)
		s.expectAttached(t, a)()
	})
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

func TestVectorStoreFiles_chunkingStrategy(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		files := map[string]string{"a.md": tf.fake.page("a.md")}
		chunks := func(size int) map[string]any {
			return map[string]any{"chunking_strategy": map[string]any{"max_chunk_size_tokens": size, "chunk_overlap_tokens": 50}}
		}
		tf.attach(files, chunks(200))
		tf.mustHave(t, files)
		for _, step := range []struct {
			more map[string]any
			want int // tokens of a chunk; 0: automatic
		}{{chunks(400), 400}, {nil, 0}, {chunks(200), 200}} {
			tf.attach(files, step.more)
			if c, _ := tf.planOne(t); c.because != "chunking_strategy" {
				t.Errorf("replaced because of %q, want chunking_strategy", c.because)
			}
			tf.mustHave(t, files)
			if got := tf.fake.Attachments(tf.store); len(got) != 1 || got[0].MaxTokens != step.want {
				t.Errorf("the vector store has %+v, want one file in chunks of %d tokens", got, step.want)
			}
		}
	})
}

// Of what is not known before the apply nothing is promised.
func TestVectorStoreFiles_unknownUntilApply(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{
		"an ID":            {"files": map[string]any{"a.md": tftypes.UnknownValue}},
		"a further ID":     {"files": map[string]any{"a.md": "file-1", "b.md": tftypes.UnknownValue}},
		"all files":        {"files": tftypes.UnknownValue},
		"an attribute":     {"attributes": map[string]any{"a.md": tftypes.UnknownValue}},
		"all attributes":   {"attributes": tftypes.UnknownValue},
		"the vector store": {"vector_store_id": tftypes.UnknownValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			files := map[string]string{"a.md": tf.fake.page("a.md")}
			tf.attach(files, nil)
			tf.mustHave(t, files)
			tf.attach(files, change)
			c, out := tf.planOne(t)
			out.mustSucceed(t, "plan")
			for _, computed := range []string{"attached", "failed"} {
				if value := elements(c.planned)[computed]; value.IsKnown() {
					t.Errorf("%s is planned as %s, want it unknown", computed, value)
				}
			}
		})
	}
}

// A destroy is planned although the provider cannot ask the service yet.
func TestVectorStoreFiles_providerUnknownUntilApply(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	files := map[string]string{"a.md": tf.fake.page("a.md")}
	tf.attach(files, nil)
	tf.mustHave(t, files)
	tf.provider = map[string]any{"base_url": tf.fake.URL, "api_key": tftypes.UnknownValue}
	tf.resources = map[string]map[string]any{}
	c, out := tf.planOne(t)
	if out.mustSucceed(t, "plan"); !c.delete || c.write {
		t.Errorf("planned to delete %t and to write %t, want a deletion", c.delete, c.write)
	}
}

// The old file is searchable until the service has processed the new one.
func TestVectorStoreFiles_replacedFileIsDetachedAfterTheProcessing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithIndexing(time.Minute)))
		s := tf.fake
		before, after := s.page("a.md"), s.page("a.md")
		tf.attach(map[string]string{"a.md": before}, nil)
		tf.mustApply(t)
		status := "no request DELETE"
		s.Inject(openaitest.Fault{Method: http.MethodDelete, Match: func(*http.Request) bool {
			for _, attached := range s.Attachments(tf.store) {
				if attached.FileID == after {
					status = attached.Status
				}
			}
			return false
		}})
		tf.attach(map[string]string{"a.md": after}, nil)
		tf.mustHave(t, map[string]string{"a.md": after})
		s.expectAttached(t, after)()
		if status != "completed" {
			t.Errorf("when the old file was detached, the new one was: %s, want completed", status)
		}
	})
}

// A file set that defers deletions, and an openai_file that is created before it is destroyed: the old file is searchable until the new
// one is.
func TestAccVectorStoreFiles_noGap(t *testing.T) {
	s := newFake(t)
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
