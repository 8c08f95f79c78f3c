package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func filesAttribute(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.openai_files.test", tfjsonpath.New(name), want)
}

// exactly expects a list of these texts.
func exactly(texts ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(texts))
	for i, text := range texts {
		checks[i] = knownvalue.StringExact(text)
	}
	return knownvalue.ListExact(checks)
}

func TestAccFilesDataSource_allPagesAreRead(t *testing.T) {
	s := newFake(t, openaitest.WithPageSize(3))
	var newest []string
	for i := range 8 {
		file := s.AddFile(fmt.Sprintf("%d.txt", i), "user_data", []byte(one))
		newest = append([]string{file.ID}, newest...)
	}
	s.run(t, resource.TestStep{
		Config: s.config(`data "openai_files" "test" {}`),
		ConfigStateChecks: states(
			filesAttribute("ids", exactly(newest...)),
			filesAttribute("files", knownvalue.ListSizeExact(8)),
		),
	})
	if got := s.Requests()[:3]; got[1].Query.Get("after") != newest[2] || got[2].Query.Get("after") != newest[5] {
		t.Errorf("pages after %q and %q, want %q and %q", got[1].Query.Get("after"), got[2].Query.Get("after"), newest[2], newest[5])
	}
}

func TestAccFilesDataSource_narrowsTheList(t *testing.T) {
	s := newFake(t, openaitest.WithPageSize(2))
	notes := s.AddFile("notes-1.txt", "user_data", []byte(one))
	s.AddFile("other.txt", "user_data", []byte(one))
	more := s.AddFile("notes-2.txt", "user_data", []byte(three))
	batch := s.AddFile("notes.jsonl", "batch", []byte("{}\n"))

	var config strings.Builder
	var checks []statecheck.StateCheck
	for name, test := range map[string]struct {
		arguments string
		want      []string
	}{
		"purpose":        {`purpose = "batch"`, []string{batch.ID}},
		"regex":          {`filename_regex = "^notes-\\d"`, []string{more.ID, notes.ID}},
		"order":          {"filename_regex = \"notes\"\n order = \"asc\"", []string{notes.ID, more.ID, batch.ID}},
		"limit":          {"limit = 1", []string{batch.ID}},
		"limit_of_regex": {"limit = 1\n filename_regex = \"txt$\"\n order = \"asc\"", []string{notes.ID}},
		"nothing":        {`filename_regex = "^none$"`, nil},
	} {
		fmt.Fprintf(&config, "data \"openai_files\" %q {\n %s\n}\n", name, test.arguments)
		checks = append(checks, statecheck.ExpectKnownValue("data.openai_files."+name, tfjsonpath.New("ids"), exactly(test.want...)))
	}
	s.run(t, resource.TestStep{Config: s.config(config.String()), ConfigStateChecks: checks})
}

func TestAccFilesDataSource_everyFieldOfAFile(t *testing.T) {
	s := newFake(t)
	file := s.AddFile("lines.jsonl", "batch", []byte("{}\n"))
	s.run(t, resource.TestStep{
		Config: s.config(`data "openai_files" "test" {}`),
		ConfigStateChecks: states(filesAttribute("files", knownvalue.ListExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id":             knownvalue.StringExact(file.ID),
				"filename":       knownvalue.StringExact("lines.jsonl"),
				"purpose":        knownvalue.StringExact("batch"),
				"bytes":          knownvalue.Int64Exact(3),
				"created_at":     knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-.*Z$`)),
				"expires_at":     knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-.*Z$`)),
				"status":         knownvalue.StringExact("processed"),
				"status_details": knownvalue.Null(),
			}),
		}))),
	})
}

func TestFilesDataSource_serverWithoutPages(t *testing.T) {
	t.Parallel()
	s := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		delete(body, "has_more")
		delete(body, "last_id")
		return status, body
	}))
	file := s.AddFile("a.txt", "user_data", []byte(one))
	s.expectListed(t, file.ID)
}

func TestFilesDataSource_serverThatRepeatsAPage(t *testing.T) {
	t.Parallel()
	s := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		body["has_more"] = true // and the cursor is not heeded
		return status, body
	}))
	file := s.AddFile("a.txt", "user_data", []byte(one))
	s.expectListed(t, file.ID)
}

func TestFilesDataSource_refusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"filename_regex": {"(", `Regular expression is not valid.*missing closing`},
		"order":          {"newest", `order.*"asc"`},
		"limit":          {0, `limit.*at least 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out := newFake(t).readData(t, "openai_files", map[string]any{name: test.value})
			out.expectErrorAt(t, name, test.want)
		})
	}
	_, out := newFake(t).readData(t, "openai_files", map[string]any{"purpose": "vector_store"})
	out.expectError(t, `Files could not be listed.*vector_store`) // the service refuses it
}

func TestAccFilesDataSource_refusals(t *testing.T) {
	s := newService(t)
	s.run(t,
		resource.TestStep{Config: s.config(`data "openai_files" "test" { order = "newest" }`), ExpectError: says(`order`, `"asc"`)},
		resource.TestStep{Config: s.config(`data "openai_files" "test" { purpose = "vector_store" }`), ExpectError: says(`Files could not be listed`, `vector_store`)},
	)
}

func TestAccFilesDataSource_failureIsNoEmptyList(t *testing.T) {
	s := newFake(t)
	s.AddFile("a.txt", "user_data", []byte(one))
	s.Inject(openaitest.Fault{
		Method: "GET", Path: "/files", Times: -1, Status: http.StatusForbidden,
		Body: `{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}}`,
	})
	s.run(t, resource.TestStep{
		Config:      s.config(`data "openai_files" "test" {}`),
		ExpectError: says(`Files could not be listed`, `territory not supported`, `HTTP 403`),
	})
}

// expectListed expects the data source to have these files.
func (s service) expectListed(t *testing.T, want ...string) {
	t.Helper()
	state, out := s.readData(t, "openai_files", nil)
	out.mustSucceed(t, "read")
	var ids []tftypes.Value
	must(0, state["ids"].As(&ids))
	var got []string
	for _, id := range ids {
		got = append(got, str(id))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the files %v, want %v", got, want)
	}
}

// Some servers ignore the order, in any direction. The files come in the requested one, and as few requests as possible are made where the
// server knows it.
func TestFilesDataSource_serverThatIgnoresTheOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server string // its order; empty: the one that is asked for
		order  string
		limit  int
		want   string
		lists  int
	}{
		"newest first, in the order of the oldest": {"asc", "desc", 0, "d c b a", 2},
		"the newest, in the order of the oldest":   {"asc", "desc", 1, "d", 2},
		"two of them":                              {"asc", "desc", 2, "d c", 2},
		"the oldest, in the order of the newest":   {"desc", "asc", 1, "a", 2},
		"by default":                               {"asc", "", 2, "d c", 2},
		"the server knows the order":               {"", "asc", 2, "a b", 1},
		"it does, and one is wanted":               {"", "desc", 1, "d", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now atomic.Int64
			s := newFake(t, openaitest.WithClock(func() time.Time { return time.Unix(1_800_000_000+now.Load(), 0) }))
			for _, name := range []string{"a", "b", "c", "d"} {
				s.AddFile(name, "user_data", []byte(one))
				now.Add(10)
			}
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if query := r.URL.Query(); test.server != "" {
					query.Set("order", test.server)
					r.URL.RawQuery = query.Encode()
				}
				s.ServeHTTP(w, r)
			}))
			t.Cleanup(proxy.Close)
			behind := s
			behind.Server = &openaitest.Server{URL: proxy.URL + "/v1"}
			arguments := map[string]any{}
			if test.order != "" {
				arguments["order"] = test.order
			}
			if test.limit > 0 {
				arguments["limit"] = test.limit
			}
			state, out := behind.readData(t, "openai_files", arguments)
			out.mustSucceed(t, "read")
			var got []string
			var files []tftypes.Value
			if err := state["files"].As(&files); err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				got = append(got, str(elements(file)["filename"]))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), test.want)
			}
			if n := s.sent("GET"); n != test.lists {
				t.Errorf("got %d requests, want %d", n, test.lists)
			}
		})
	}
}
