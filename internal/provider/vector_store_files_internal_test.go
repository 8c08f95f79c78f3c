package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

func TestPlanAttachments(t *testing.T) {
	v1, v2 := attachment{file: "file-1"}, attachment{file: "file-2"}
	for name, test := range map[string]struct {
		declared, existing, before map[string]attachment
		failed                     map[string]string
		onFailure                  string
		want                       keyed.Plan
	}{
		"new":       {declared: underA(v1), want: keyed.Plan{Make: []string{"a"}}},
		"unchanged": {declared: underA(v1), existing: underA(v1), want: keyed.Plan{Keep: []string{"a"}}},
		"changed":   {declared: underA(v2), existing: underA(v1), want: keyed.Plan{Replace: []string{"a"}}},
		"removed":   {existing: underA(v1), want: keyed.Plan{Remove: []string{"a"}}},
		"other attributes": {
			declared: underA(attachment{"file-1", `{"lang":"de"}`}), existing: underA(attachment{"file-1", `{"lang":"en"}`}),
			want: keyed.Plan{Replace: []string{"a"}},
		},
		"the same number in another spelling": {
			declared: underA(attachment{"file-1", `{"year":2026}`}), existing: underA(attachment{"file-1", `{ "year": 2026.0 }`}),
			want: keyed.Plan{Keep: []string{"a"}},
		},
		"failed before, errors are tried again": {
			declared: underA(v1), before: underA(v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureError,
			want: keyed.Plan{Make: []string{"a"}},
		},
		"failed before, a warning is enough": {
			declared: underA(v1), before: underA(v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
		},
		"failed before, with another file": {
			declared: underA(v2), before: underA(v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
			want: keyed.Plan{Make: []string{"a"}},
		},
		"failed before, with other attributes": {
			declared: underA(attachment{"file-1", `{"x":1}`}), before: underA(v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
			want: keyed.Plan{Make: []string{"a"}},
		},
		"its successor failed, a warning is enough": {
			declared: underA(v2), existing: underA(v1), before: underA(v2), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := planAttachments(test.declared, test.existing, test.before, test.failed, test.onFailure)
			if diff := cmp.Diff(test.want, got.Plan, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the plan differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRekey(t *testing.T) {
	one, two, three := attachment{file: "file-1"}, attachment{file: "file-2", attributes: `{"n":2}`}, attachment{file: "file-3"}
	type attachments = map[string]attachment
	for name, test := range map[string]struct {
		existing, declared, want attachments
		freed                    []leftoverAttachment
	}{
		"the same":            {attachments{"a": one}, attachments{"a": one}, attachments{"a": one}, nil},
		"new file":            {attachments{"a": one}, attachments{"a": two}, attachments{"a": one}, nil},
		"renamed":             {attachments{"a": two}, attachments{"b": {file: "file-2"}}, attachments{"b": two}, nil},
		"swapped":             {attachments{"a": one, "b": two}, attachments{"a": two, "b": one}, attachments{"a": two, "b": one}, nil},
		"another key's file":  {attachments{"a": one, "b": two}, attachments{"a": two}, attachments{"a": two}, []leftoverAttachment{{"a", "file-1"}}},
		"moved on, and new":   {attachments{"a": one}, attachments{"b": one, "a": three}, attachments{"b": one}, nil},
		"removed":             {attachments{"a": one, "b": two}, attachments{"b": two}, attachments{"a": one, "b": two}, nil},
		"two keys, same file": {attachments{"a": one, "b": one}, attachments{"b": one}, attachments{"b": one}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, freed := rekey(test.existing, test.declared)
			if !maps.Equal(got, test.want) || !slices.Equal(freed, test.freed) {
				t.Errorf("got %v and freed %v, want %v and %v", got, freed, test.want, test.freed)
			}
		})
	}
}

func underA(a attachment) map[string]attachment { return map[string]attachment{"a": a} }

func TestCompareAttachments(t *testing.T) {
	existing := map[string]attachment{
		"good": {file: "file-1", attributes: `{"year":2026}`}, "failed": {file: "file-2"}, "detached": {file: "file-3"},
		"running": {file: "file-4"}, "changed": {file: "file-5", attributes: `{"year":2026}`},
	}
	declared := map[string]attachment{"mended": {file: "file-6"}, "still failed": {file: "file-7"}}
	present := map[string]openai.VectorStoreFile{
		"file-1": {ID: "file-1", Status: openai.FileCompleted, Attributes: map[string]any{"year": 2026.0, "lang": nil}},
		"file-2": {ID: "file-2", Status: openai.FileFailed, Error: "The file could not be parsed.", ErrorCode: "invalid_file"},
		"file-4": {ID: "file-4", Status: openai.FileInProgress},
		"file-5": {ID: "file-5", Status: openai.FileCompleted, Attributes: map[string]any{"year": 2025.0}},
		"file-6": {ID: "file-6", Status: openai.FileCompleted},
		"file-7": {ID: "file-7", Status: openai.FileFailed},
	}
	present["file-1"] = openai.VectorStoreFile{ID: "file-1", Status: openai.FileCompleted, Attributes: map[string]any{"year": 2026.0}}
	got := compareAttachments(existing, declared, map[string]string{"mended": "server_error", "still failed": "too large"}, present, false)
	want := foundAttachments{
		existing: map[string]attachment{
			"good": {"file-1", `{"year":2026}`}, "changed": {"file-5", `{"year":2025}`}, "mended": {file: "file-6"},
		},
		failed:     map[string]string{"failed": "The file could not be parsed (invalid_file)", "still failed": "too large"},
		missing:    []string{"detached"},
		broken:     []string{"failed"},
		attributes: map[string]string{"changed": `{"year":2025}`},
	}
	ignoreLeftovers := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".leftovers" }, cmp.Ignore())
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(foundAttachments{}, attachment{}), ignoreLeftovers); diff != "" {
		t.Errorf("the comparison differs (-want +got):\n%s", diff)
	}
	if len(got.leftovers) != 2 {
		t.Errorf("got %d leftovers, want those of failed and running: %v", len(got.leftovers), got.leftovers)
	}
}

func TestCheckAttributes(t *testing.T) {
	for name, test := range map[string]struct{ attributes, want string }{
		"scalars":         {`{"lang":"en","year":2026,"draft":false}`, ""},
		"a list":          {`{"tags":["a"]}`, `the value of "tags" must be a string, a number or true or false`},
		"null":            {`{"lang":null}`, `the value of "lang" must be`},
		"an empty key":    {`{"":1}`, `the key "" has 0 characters`},
		"a long key":      {`{"` + strings.Repeat("k", 65) + `":1}`, "has 65 characters"},
		"a long value":    {`{"k":"` + strings.Repeat("é", 513) + `"}`, "has 513 characters"},
		"longest allowed": {`{"` + strings.Repeat("k", 64) + `":"` + strings.Repeat("é", 512) + `"}`, ""},
		"too many":        {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1}`, "17 attributes are set"},
		"not an object":   {`[1]`, "it is an array instead of a JSON object"},
		"only text":       {`"en"`, "it is a string instead of a JSON object"},
		"empty":           {" ", "it is empty"},
		"nothing":         {`null`, "it is null instead of a JSON object"},
		"text behind it":  {`{} x`, "there is text after the object"},
	} {
		t.Run(name, func(t *testing.T) {
			attributes, err := decodeObject(test.attributes)
			if err == nil {
				err = checkAttributes(attributes)
			}
			got := ""
			if err != nil {
				got = err.Error()
			}
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A resource detaches what another one, which does not change, has attached: whichever of them is planned second says so.
func TestAttachmentClaims_declare(t *testing.T) {
	t.Parallel()
	files := func(ids ...string) map[string]string {
		all := map[string]string{}
		for _, id := range ids {
			all["key of "+id] = id
		}
		return all
	}
	leaves := plannedFiles{resource: "attachments-1", store: "vs_1", files: files("1"), attached: files("1", "2")}
	holds := plannedFiles{resource: "attachments-2", store: "vs_1", files: files("2"), attached: files("2")}
	gets := plannedFiles{resource: "attachments-3", store: "vs_1", files: files("2"), attached: files("3")}
	shares := plannedFiles{resource: "attachments-4", store: "vs_1", files: files("1", "4"), attached: files("4")}
	same := plannedFiles{resource: "attachments-5", store: "vs_1", files: files("1"), attached: files("1")}
	created := plannedFiles{store: "vs_1", files: files("1")}
	for name, test := range map[string]struct {
		first, second plannedFiles
		shared, lost  []string
	}{
		"detached, then held":      {leaves, holds, nil, []string{"key of 2"}},
		"held, then detached":      {holds, leaves, nil, []string{"key of 2"}},
		"moved":                    {leaves, gets, nil, nil},
		"moved, the other first":   {gets, leaves, nil, nil},
		"shared":                   {leaves, shares, []string{"key of 1"}, nil},
		"in another vector store":  {leaves, plannedFiles{resource: "attachments-6", store: "vs_2", files: files("1", "2"), attached: files("1", "2")}, nil, nil},
		"planned twice":            {leaves, leaves, nil, nil},
		"replaced":                 {same, created, nil, nil},
		"the same files":           {leaves, same, []string{"key of 1"}, nil},
		"the same files, both new": {created, created, []string{"key of 1"}, nil},
	} {
		var claims attachmentClaims
		if shared, lost := claims.declare(test.first); len(shared)+len(lost) > 0 {
			t.Errorf("%s: the first one got %q and %q, want nothing", name, shared, lost)
		}
		shared, lost := claims.declare(test.second)
		if !slices.Equal(shared, test.shared) || !slices.Equal(lost, test.lost) {
			t.Errorf("%s: got %q and %q, want %q and %q", name, shared, lost, test.shared, test.lost)
		}
	}
}

// A resource that is replaced is planned twice, and a third one with the same files is another resource.
func TestAttachmentClaims_declareReplacement(t *testing.T) {
	t.Parallel()
	var claims attachmentClaims
	replaced := plannedFiles{resource: "attachments-1", store: "vs_1", files: map[string]string{"a.md": "1"}, attached: map[string]string{"a.md": "1"}}
	again := plannedFiles{store: "vs_1", files: replaced.files}
	elsewhere := plannedFiles{store: "vs_2", files: replaced.files}
	for i, step := range []struct {
		plan   plannedFiles
		shared int
	}{{replaced, 0}, {elsewhere, 0}, {again, 0}, {again, 1}} {
		if shared, _ := claims.declare(step.plan); len(shared) != step.shared {
			t.Errorf("plan %d: got %q, want %d", i, shared, step.shared)
		}
	}
}

func TestAttachmentClaims_detachingWaits(t *testing.T) {
	var claims attachmentClaims
	began, end, claimed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go claims.detach("vs_1", "file-1", func() { close(began); <-end })
	<-began
	go func() {
		claims.claim(t.Context(), "vs_1", map[string]attachment{"a": {file: "file-1"}})
		close(claimed)
	}()
	select {
	case <-claimed:
		t.Fatal("a file that is being detached was claimed before that has ended")
	default:
	}
	close(end)
	<-claimed
	if claims.detach("vs_1", "file-1", func() { t.Error("a claimed file was detached") }) {
		t.Error("got true for a claimed file, want false")
	}
	if !claims.detach("vs_2", "file-1", func() {}) {
		t.Error("got false for another vector store, want true")
	}
}

func set(ids ...string) map[string]bool {
	all := map[string]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all
}

func TestPlanInventory(t *testing.T) {
	many := set()
	for i := range 200 {
		many[fmt.Sprint(i)] = true
	}
	for name, test := range map[string]struct {
		wanted, own, maybe map[string]bool
		counts             *openai.FileCounts
		exclusive          bool
		want               inventory
	}{
		"an empty one, or no numbers":        {wanted: set("x"), counts: &openai.FileCounts{}, want: inventory{listAll: true}},
		"nothing is wanted":                  {own: set("a"), counts: &openai.FileCounts{}},
		"only ours":                          {wanted: set("new"), own: set("a", "b"), counts: &openai.FileCounts{Total: 2}},
		"ours were detached":                 {wanted: set("new"), own: set("a", "b"), counts: &openai.FileCounts{Total: 1}},
		"only ours, and what was left":       {wanted: set("new", "c"), own: set("a"), maybe: set("a", "c"), counts: &openai.FileCounts{Total: 2}, want: inventory{ask: []string{"c"}}},
		"those of others, and few wanted":    {wanted: set("x", "y"), own: set("a"), counts: &openai.FileCounts{Total: 9}, want: inventory{ask: []string{"x", "y"}}},
		"those of others, and many wanted":   {wanted: many, counts: &openai.FileCounts{Total: 900}, want: inventory{listAll: true}},
		"a long list costs more than to ask": {wanted: set("x", "y", "z", "1", "2", "3", "4", "5", "6", "7", "8"), counts: &openai.FileCounts{Total: 1_000}, want: inventory{ask: []string{"1", "2", "3", "4", "5", "6", "7", "8", "x", "y", "z"}}},
		"no numbers":                         {wanted: set("x"), own: set("a"), want: inventory{ask: []string{"x"}}},
		"exclusive":                          {own: set("a"), counts: &openai.FileCounts{Total: 1}, exclusive: true, want: inventory{listAll: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := planInventory(test.wanted, test.own, test.maybe, test.counts, test.exclusive)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(inventory{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the inventory differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A list may still have files that were detached a moment ago.
func TestDoubtfulFiles(t *testing.T) {
	t.Parallel()
	letters := strings.Split("abcdefghijk", "") // more than a few
	listed := map[string]openai.VectorStoreFile{"own": {}}
	for _, letter := range letters {
		listed[letter] = openai.VectorStoreFile{}
	}
	many := set(append(slices.Clone(letters), "new")...)
	for name, test := range map[string]struct {
		wanted, own, gone map[string]bool
		counts            *openai.FileCounts
		want              []string
	}{
		"the numbers agree":               {wanted: many, own: set("own"), counts: &openai.FileCounts{Total: 12}},
		"the numbers agree, few":          {wanted: set("b", "a", "new"), counts: &openai.FileCounts{Total: 12}, want: []string{"a", "b"}},
		"no numbers":                      {wanted: many, want: letters},
		"others are not listed":           {wanted: many, own: set("own"), counts: &openai.FileCounts{Total: 13}},
		"own files are not listed":        {wanted: many, own: set("own", "mine"), counts: &openai.FileCounts{Total: 12}, want: letters},
		"a list that is too long":         {wanted: many, counts: &openai.FileCounts{Total: 11}, want: letters},
		"the numbers agree, one was gone": {wanted: many, gone: set("b", "new"), counts: &openai.FileCounts{Total: 12}, want: []string{"b"}},
		"what was gone is not wanted":     {wanted: set("new"), gone: set("b"), counts: &openai.FileCounts{Total: 12}},
	} {
		if got := doubtfulFiles(test.wanted, test.own, test.gone, listed, test.counts); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestUnlistedFiles(t *testing.T) {
	t.Parallel()
	listed := map[string]openai.VectorStoreFile{"a": {}, "b": {}}
	for name, test := range map[string]struct {
		counts *openai.FileCounts
		ours   map[string]bool
		want   int64
	}{
		"no numbers":                  {},
		"as many as listed":           {&openai.FileCounts{Total: 2}, set("a"), 0},
		"one more":                    {&openai.FileCounts{Total: 3}, set("a"), 1},
		"ours is not listed":          {&openai.FileCounts{Total: 3}, set("a", "c"), 0},
		"ours is not, nor another":    {&openai.FileCounts{Total: 4}, set("a", "c"), 1},
		"the list has ghosts":         {&openai.FileCounts{Total: 1}, nil, 0},
		"ours is not there after all": {&openai.FileCounts{Total: 2}, set("a", "c"), 0},
	} {
		if got := unlistedFiles(test.counts, listed, test.ours); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}

// A list that lacks files is read again for a while. After that, the vector store counts too many.
func TestAttachmentsRecord_unlisted(t *testing.T) {
	t.Parallel()
	var record attachmentsRecord
	start := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after  time.Duration
		files  int64
		behind bool
	}{
		{0, 0, false},
		{time.Second, 2, true},
		{40 * time.Second, 2, true},
		{2 * time.Minute, 2, false},
		{3 * time.Minute, 1, true},
		{5 * time.Minute, 1, false},
		{6 * time.Minute, 0, false},
	} {
		now := start.Add(step.after)
		if record.setUnlisted(step.files, now); record.listIsBehind(now) != step.behind {
			t.Errorf("%d files are not listed after %s: behind is %t, want %t", step.files, step.after, !step.behind, step.behind)
		}
	}
}

func TestSortAttachments(t *testing.T) {
	file := func(status string, chunks int64, attributes map[string]any) openai.VectorStoreFile {
		return openai.VectorStoreFile{Status: status, Chunking: &openai.Chunking{MaxChunkSize: chunks, Overlap: 400}, Attributes: attributes}
	}
	for name, test := range map[string]struct {
		wanted  attachment
		own     map[string]attachment
		present map[string]openai.VectorStoreFile
		want    attachWork
	}{
		"new":                             {wanted: attachment{file: "f"}, want: attachWork{send: []int{0}}},
		"ours, under another key":         {wanted: attachment{file: "f"}, own: map[string]attachment{"f": {file: "f"}}, want: attachWork{done: []int{0}}},
		"ours, with other attributes":     {wanted: attachment{"f", `{"n":1}`}, own: map[string]attachment{"f": {file: "f"}}, want: attachWork{change: []int{0}}},
		"there":                           {wanted: attachment{"f", `{"n":1}`}, present: map[string]openai.VectorStoreFile{"f": file("completed", 800, map[string]any{"n": 1.0})}, want: attachWork{done: []int{0}}},
		"there, with other attributes":    {wanted: attachment{"f", `{"n":2}`}, present: map[string]openai.VectorStoreFile{"f": file("completed", 800, map[string]any{"n": 1.0})}, want: attachWork{change: []int{0}}},
		"there, and in progress":          {wanted: attachment{file: "f"}, present: map[string]openai.VectorStoreFile{"f": file("in_progress", 800, nil)}, want: attachWork{wait: []int{0}}},
		"in progress, other attributes":   {wanted: attachment{"f", `{"n":2}`}, present: map[string]openai.VectorStoreFile{"f": file("in_progress", 800, nil)}, want: attachWork{wait: []int{0}, change: []int{0}}},
		"there, in other chunks":          {wanted: attachment{file: "f"}, present: map[string]openai.VectorStoreFile{"f": file("completed", 1600, nil)}, want: attachWork{refit: []int{0}}},
		"there, and failed":               {wanted: attachment{file: "f"}, present: map[string]openai.VectorStoreFile{"f": file("failed", 800, nil)}, want: attachWork{refit: []int{0}}},
		"there, and nobody knows how":     {wanted: attachment{file: "f"}, present: map[string]openai.VectorStoreFile{"f": {Status: "completed"}}, want: attachWork{done: []int{0}}},
		"there, with a status of its own": {wanted: attachment{file: "f"}, present: map[string]openai.VectorStoreFile{"f": {Status: "ready"}}, want: attachWork{done: []int{0}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sortAttachments([]string{"k"}, map[string]attachment{"k": test.wanted}, test.own, test.present, nil)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(attachWork{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the work differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Files of others that could not be detached are left alone by a resource that is not exclusive any more.
func TestAttachmentsRecord_toDetach(t *testing.T) {
	t.Parallel()
	record := attachmentsRecord{Leftovers: []leftoverAttachment{{"a", "ours"}, {"", "of others"}, {"b", "declared"}, {"", "declared, too"}}}
	declared := map[string]attachment{"b": {file: "declared"}, "c": {file: "declared, too"}}
	for exclusive, want := range map[bool][]keyed.Item[attachment]{
		false: {{Key: "a", Thing: attachment{file: "ours"}}},
		true:  {{Key: "a", Thing: attachment{file: "ours"}}, {Key: "of others", Thing: attachment{file: "of others"}}},
	} {
		if got := record.toDetach(declared, exclusive); !slices.Equal(got, want) {
			t.Errorf("exclusive is %t: got %v, want %v", exclusive, got, want)
		}
	}
}

func TestRemainingLeftovers(t *testing.T) {
	now := []leftoverAttachment{{"a", "1"}, {"b", "2"}, {"b", "2"}, {"c", "there"}}
	before := []leftoverAttachment{{"d", "4"}, {"e", "refused"}, {"f", "detached"}, {"b", "2"}, {"g", "there"}}
	existing := map[string]attachment{"x": {file: "there"}}
	got := remainingLeftovers(now, before, existing, set("4", "refused", "2", "there"), set("refused"))
	want := []leftoverAttachment{{"a", "1"}, {"b", "2"}, {"d", "4"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the leftovers differ (-want +got):\n%s", diff)
	}
}

func TestAttributesBehind(t *testing.T) {
	existing := map[string]attachment{"same": {"1", `{"n":1}`}, "spelled": {"2", `{"n":1.0}`}, "old": {"3", `{"n":1}`}, "none": {"4", ""}}
	got := attributesBehind(existing, map[string]string{"same": `{"n":1}`, "spelled": `{"n":1}`, "old": `{"n":2}`})
	if diff := cmp.Diff(map[string]string{"old": `{"n":1}`}, got); diff != "" {
		t.Errorf("got other attributes (-want +got):\n%s", diff)
	}
}

func TestLongAttributes(t *testing.T) {
	t.Parallel()
	object := func(n int) string { return `{"short":"x","text":"` + strings.Repeat("é", n) + `"}` }
	declared := map[string]string{"as documented": object(256), "longer": object(257), "longer, and sent already": object(300), "changed": object(301)}
	got := longAttributes(declared, map[string]string{"longer, and sent already": object(300), "changed": object(300)})
	slices.Sort(got)
	if want := []string{"changed", "longer"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What another resource has detached in the same run has to be attached again, once.
func TestAttachmentClaims_detachedByAnother(t *testing.T) {
	t.Parallel()
	var claims attachmentClaims
	claims.detach("vs_1", "file-1", func() {})
	claims.detach("vs_2", "file-2", func() {})
	wanted := map[string]attachment{"a": {file: "file-1"}, "b": {file: "file-2"}}
	if got, want := claims.claim(t.Context(), "vs_1", wanted), map[string]bool{"file-1": true}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := claims.claim(t.Context(), "vs_1", wanted); len(got) > 0 {
		t.Errorf("got %v when claimed again, want nothing", got)
	}
	if claims.detach("vs_1", "file-1", func() { t.Error("a claimed file was detached") }) {
		t.Error("a claimed file counts as detached")
	}
}

// A replaced resource has nothing to detach that its successor holds, even if the deletion fails and is repeated by a later run.
func TestVectorStoreFilesModel_leaveToOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		held            []string
		attached, files map[string]string // afterwards
		attributes      map[string]string
		leftovers       int
		anything        bool
	}{
		"nothing is held":           {nil, map[string]string{"a": "1", "b": "2"}, map[string]string{"a": "1", "b": "2", "c": "3"}, map[string]string{"a": "{}", "c": "{}"}, 1, true},
		"one":                       {[]string{"1"}, map[string]string{"b": "2"}, map[string]string{"b": "2", "c": "3"}, map[string]string{"c": "{}"}, 1, true},
		"all":                       {[]string{"1", "2", "3", "4"}, map[string]string{}, map[string]string{}, nil, 0, false},
		"all but what is left over": {[]string{"1", "2", "3"}, map[string]string{}, map[string]string{}, nil, 1, true},
	} {
		var claims attachmentClaims
		for _, file := range test.held {
			claims.claim(t.Context(), "vs_1", map[string]attachment{"": {file: file}})
		}
		m := vectorStoreFilesModel{
			VectorStoreID: types.StringValue("vs_1"),
			Files:         knownMap(map[string]string{"a": "1", "b": "2", "c": "3"}),
			Attached:      knownMap(map[string]string{"a": "1", "b": "2"}),
			Attributes:    knownMap(map[string]string{"a": "{}", "c": "{}"}),
		}
		record := attachmentsRecord{Leftovers: []leftoverAttachment{{"d", "4"}}}
		if got := m.leaveToOthers(&record, &claims); got != test.anything || len(record.Leftovers) != test.leftovers {
			t.Errorf("%s: got %t and %d left over, want %t and %d", name, got, len(record.Leftovers), test.anything, test.leftovers)
		}
		if got := stringElements(m.Attached); !maps.Equal(got, test.attached) {
			t.Errorf("%s: attached is %v, want %v", name, got, test.attached)
		}
		if got := stringElements(m.Files); !maps.Equal(got, test.files) {
			t.Errorf("%s: files is %v, want %v", name, got, test.files)
		}
		if got := stringElements(m.Attributes); !maps.Equal(got, test.attributes) {
			t.Errorf("%s: attributes is %v, want %v", name, got, test.attributes)
		}
	}
}

// Of two resources that declare a file, one does not have it in the end: the claim of the other one stays.
func TestAttachmentClaims_settle(t *testing.T) {
	t.Parallel()
	var claims attachmentClaims
	files := map[string]attachment{"a": {file: "file-1"}}
	claims.claim(t.Context(), "vs_1", files)
	claims.claim(t.Context(), "vs_1", files)
	if left := claims.settle("vs_1", files, nil); len(left) > 0 {
		t.Errorf("got %v, want nothing that others have left", left)
	}
	if !claims.leave("vs_1", "file-1") {
		t.Error("the claim of the other resource has ended with that of the first")
	}
	want := map[string]bool{"file-1": true}
	claims.leave("vs_1", "file-1")
	if left := claims.settle("vs_1", files, nil); !maps.Equal(left, want) {
		t.Errorf("got %v, want %v", left, want)
	}
	if left := claims.settle("vs_1", files, map[string]bool{"file-1": true}); len(left) > 0 {
		t.Errorf("got %v for a file that the resource has, want nothing", left)
	}
}
