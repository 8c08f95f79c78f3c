package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
		"new":       {declared: entries1("a", v1), want: keyed.Plan{Make: []string{"a"}}},
		"unchanged": {declared: entries1("a", v1), existing: entries1("a", v1), want: keyed.Plan{Keep: []string{"a"}}},
		"changed":   {declared: entries1("a", v2), existing: entries1("a", v1), want: keyed.Plan{Replace: []string{"a"}}},
		"removed":   {existing: entries1("a", v1), want: keyed.Plan{Remove: []string{"a"}}},
		"other attributes": {
			declared: entries1("a", attachment{"file-1", `{"lang":"de"}`}), existing: entries1("a", attachment{"file-1", `{"lang":"en"}`}),
			want: keyed.Plan{Replace: []string{"a"}},
		},
		"the same number in another spelling": {
			declared: entries1("a", attachment{"file-1", `{"year":2026}`}), existing: entries1("a", attachment{"file-1", `{ "year": 2026.0 }`}),
			want: keyed.Plan{Keep: []string{"a"}},
		},
		"failed before, errors are tried again": {
			declared: entries1("a", v1), before: entries1("a", v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureError,
			want: keyed.Plan{Make: []string{"a"}},
		},
		"failed before, a warning is enough": {
			declared: entries1("a", v1), before: entries1("a", v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
		},
		"failed before, with another file": {
			declared: entries1("a", v2), before: entries1("a", v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
			want: keyed.Plan{Make: []string{"a"}},
		},
		"failed before, with other attributes": {
			declared: entries1("a", attachment{"file-1", `{"x":1}`}), before: entries1("a", v1), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
			want: keyed.Plan{Make: []string{"a"}},
		},
		"its successor failed, a warning is enough": {
			declared: entries1("a", v2), existing: entries1("a", v1), before: entries1("a", v2), failed: map[string]string{"a": "too large"}, onFailure: onFailureWarn,
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

func entries1(key string, a attachment) map[string]attachment {
	return map[string]attachment{key: a}
}

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
	got := compareAttachments(existing, declared, map[string]string{"mended": "server_error", "still failed": "too large"}, present)
	want := foundAttachments{
		existing: map[string]attachment{
			"good": {"file-1", `{"year":2026}`}, "changed": {"file-5", `{"year":2025}`}, "mended": {file: "file-6"},
		},
		failed:     map[string]string{"failed": "The file could not be parsed (invalid_file)", "still failed": "too large"},
		missing:    []string{"detached"},
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
		"not an object":   {`[1]`, "cannot unmarshal array"},
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

func TestAttachmentClaims_detachingWaits(t *testing.T) {
	var claims attachmentClaims
	began, end, claimed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go claims.detach("vs_1", "file-1", func() { close(began); <-end })
	<-began
	go func() {
		claims.claim("vs_1", map[string]attachment{"a": {file: "file-1"}})
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
