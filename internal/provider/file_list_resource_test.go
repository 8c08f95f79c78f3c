package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// query lists files over the plugin protocol.
func (s service) query(t *testing.T, q query) ([]queried, []*tfprotov6.Diagnostic) {
	t.Helper()
	arguments := map[string]any{}
	if q.purpose != "" {
		arguments["purpose"] = q.purpose
	}
	if q.regex != "" {
		arguments["filename_regex"] = q.regex
	}
	return s.list(t, "openai_file", arguments, q.limit, q.includeResource)
}

// query narrows a list of files.
type query struct {
	purpose, regex  string
	limit           int64
	includeResource bool
}

func ids(results []queried) string {
	var out []string
	for _, result := range results {
		out = append(out, result.id)
	}
	return strings.Join(out, " ")
}

func TestFileListResource_listsAllPagesWithoutAskingForSingleFiles(t *testing.T) {
	t.Parallel()
	s := newFake(t, openaitest.WithPageSize(3))
	var want []string
	for i := range 8 {
		want = append([]string{s.AddFile(fmt.Sprintf("%d.txt", i), "user_data", []byte(one)).ID}, want...)
	}
	results, diagnostics := s.query(t, query{includeResource: true})
	if len(diagnostics) > 0 || ids(results) != strings.Join(want, " ") {
		t.Fatalf("%s %v, want %s", ids(results), diagnostics, want)
	}
	for _, request := range s.Requests() {
		if request.Path != "/files" {
			t.Errorf("asked for %s", request.Path)
		}
	}
	if !strings.HasPrefix(results[0].name, "7.txt, user_data, 4 bytes, 20") {
		t.Errorf("shown as %q", results[0].name)
	}
	if got := str(results[0].resource["filename"]); got != "7.txt" {
		t.Errorf("got the filename %q, want 7.txt", got)
	}
	if got := num(results[0].resource["bytes"]); got != 4 {
		t.Errorf("got %d bytes, want 4", got)
	}
}

func TestFileListResource_narrowsTheList(t *testing.T) {
	t.Parallel()
	s := newFake(t, openaitest.WithPageSize(2))
	a := s.AddFile("a.txt", "user_data", []byte(one)).ID
	b := s.AddFile("b.jsonl", "batch", []byte("{}\n")).ID
	c := s.AddFile("c.txt", "user_data", []byte(one)).ID
	for name, test := range map[string]struct {
		query query
		want  string
	}{
		"purpose":        {query{purpose: "batch"}, b},
		"regex":          {query{regex: `\.txt$`}, c + " " + a},
		"limit":          {query{limit: 2}, c + " " + b},
		"limit of regex": {query{regex: `\.txt$`, limit: 1}, c},
		"nothing":        {query{regex: `^none$`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			results, diagnostics := s.query(t, test.query)
			if len(diagnostics) > 0 || ids(results) != test.want {
				t.Errorf("%s %v, want %s", ids(results), diagnostics, test.want)
			}
			for _, result := range results {
				if result.resource != nil {
					t.Error("resource data that nobody asked for")
				}
			}
		})
	}
}

func TestFileListResource_failureIsNoEmptyList(t *testing.T) {
	t.Parallel()
	s := newFake(t, openaitest.WithPageSize(1))
	s.AddFile("a.txt", "user_data", []byte(one))
	s.AddFile("b.txt", "user_data", []byte(one))
	s.Inject(openaitest.Fault{Path: "/files", Skip: 1, Times: -1, Status: http.StatusForbidden, Body: "no"})
	results, diagnostics := s.query(t, query{})
	if len(results) != 1 || len(diagnostics) != 1 || diagnostics[0].Summary != "Files could not be listed" {
		t.Errorf("%d results, diagnostics %v", len(results), diagnostics)
	}
	_, diagnostics = s.query(t, query{regex: "("})
	if len(diagnostics) != 1 || diagnostics[0].Summary != "Regular expression is not valid" {
		t.Errorf("diagnostics %v", diagnostics)
	}
}

// A terminal obeys control characters, and a line break would forge a line of the result.
func TestFileListResource_namesAreQuoted(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	s.AddFile("a\x1b[31m\r\nb.txt", "user_data", []byte(one))
	results, _ := s.query(t, query{})
	if want := `"a\x1b[31m\r\nb.txt", user_data, 4 bytes`; !strings.HasPrefix(results[0].name, want) {
		t.Errorf("got %q, want %q", results[0].name, want)
	}
}
