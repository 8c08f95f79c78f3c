package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

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

	for name, test := range map[string]struct {
		arguments string
		want      []string
	}{
		"purpose":        {`purpose = "batch"`, []string{batch.ID}},
		"regex":          {`filename_regex = "^notes-\\d"`, []string{more.ID, notes.ID}},
		"order":          {"filename_regex = \"notes\"\n order = \"asc\"", []string{notes.ID, more.ID, batch.ID}},
		"limit":          {"limit = 1", []string{batch.ID}},
		"limit of regex": {"limit = 1\n filename_regex = \"txt$\"\n order = \"asc\"", []string{notes.ID}},
		"nothing":        {`filename_regex = "^none$"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, resource.TestStep{
				Config:            s.config("data \"openai_files\" \"test\" {\n " + test.arguments + "\n}\n"),
				ConfigStateChecks: states(filesAttribute("ids", exactly(test.want...))),
			})
		})
	}
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

func TestAccFilesDataSource_serverWithoutPages(t *testing.T) {
	s := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		delete(body, "has_more")
		delete(body, "last_id")
		return status, body
	}))
	file := s.AddFile("a.txt", "user_data", []byte(one))
	s.run(t, resource.TestStep{
		Config:            s.config(`data "openai_files" "test" {}`),
		ConfigStateChecks: states(filesAttribute("ids", exactly(file.ID))),
	})
}

func TestAccFilesDataSource_serverThatRepeatsAPage(t *testing.T) {
	s := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		body["has_more"] = true // and the cursor is not heeded
		return status, body
	}))
	file := s.AddFile("a.txt", "user_data", []byte(one))
	s.run(t, resource.TestStep{
		Config:            s.config(`data "openai_files" "test" {}`),
		ConfigStateChecks: states(filesAttribute("ids", exactly(file.ID))),
	})
}

func TestAccFilesDataSource_refusals(t *testing.T) {
	for name, test := range map[string]struct{ arguments, want string }{
		"regex":   {`filename_regex = "("`, `Regular expression is not valid.*filename_regex.*missing closing`},
		"order":   {`order = "newest"`, `order.*"asc"`},
		"limit":   {`limit = 0`, `limit.*at least 1`},
		"purpose": {`purpose = "vector_store"`, `Files could not be listed.*vector_store`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.run(t, resource.TestStep{
				Config:      s.config("data \"openai_files\" \"test\" {\n " + test.arguments + "\n}\n"),
				ExpectError: says(test.want),
			})
		})
	}
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
