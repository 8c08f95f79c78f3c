package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// contentCases are contents that both forms of openai_file_content read alike.
var contentCases = map[string]struct {
	content string
	checks  map[string]knownvalue.Check
}{
	"text": {one, map[string]knownvalue.Check{
		"content":        knownvalue.StringExact(one),
		"content_base64": knownvalue.StringExact("b25lCg=="), // printf 'one\n' | base64
		"content_sha256": knownvalue.StringExact(oneSHA256),
		"bytes":          knownvalue.Int64Exact(4),
	}},
	"binary": {"\x00\xff\xfe", map[string]knownvalue.Check{
		"content":        knownvalue.Null(),
		"content_base64": knownvalue.StringExact("AP/+"),
		"bytes":          knownvalue.Int64Exact(3),
	}},
	"empty": {"", map[string]knownvalue.Check{
		"content":        knownvalue.StringExact(""),
		"content_base64": knownvalue.StringExact(""),
		"content_sha256": knownvalue.StringExact("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), // sha256sum < /dev/null
		"bytes":          knownvalue.Int64Exact(0),
	}},
}

func TestAccFileContentDataSource_contents(t *testing.T) {
	s := newFake(t)
	var config strings.Builder
	var checks []statecheck.StateCheck
	for name, test := range contentCases {
		file := s.AddFile("out.jsonl", "batch_output", []byte(test.content))
		fmt.Fprintf(&config, "data \"openai_file_content\" %q { id = %q }\n", name, file.ID)
		for attribute, want := range test.checks {
			checks = append(checks, statecheck.ExpectKnownValue("data.openai_file_content."+name, tfjsonpath.New(attribute), want))
		}
	}
	s.run(t, resource.TestStep{Config: s.config(config.String()), ConfigStateChecks: checks})
}

// The echo provider writes what is ephemeral into a state where a test can look at it.
func TestAccFileContentEphemeralResource_contents(t *testing.T) {
	s := newFake(t)
	var config, data strings.Builder
	var checks []statecheck.StateCheck
	for name, test := range contentCases {
		file := s.AddFile("out.jsonl", "batch_output", []byte(test.content))
		fmt.Fprintf(&config, "ephemeral \"openai_file_content\" %q { id = %q }\n", name, file.ID)
		fmt.Fprintf(&data, "    %[1]s = ephemeral.openai_file_content.%[1]s\n", name)
		for attribute, want := range test.checks {
			checks = append(checks, statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey(name).AtMapKey(attribute), want))
		}
	}
	providers := factories()
	providers["echo"] = echoprovider.NewProviderServer()
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providers,
		Steps: []resource.TestStep{{
			Config:            s.config(config.String() + "provider \"echo\" {\n  data = {\n" + data.String() + "  }\n}\nresource \"echo\" \"test\" {}\n"),
			ConfigStateChecks: checks,
		}},
	})
}

func TestFileContent_refusals(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	large := s.AddFile("out.jsonl", "batch_output", []byte(strings.Repeat("x", 20<<20)))
	private := s.AddFile("notes.txt", "user_data", []byte(one))
	for name, test := range map[string]struct {
		arguments map[string]any
		want      string
	}{
		"20 MB":       {map[string]any{"id": large.ID}, `Content is longer than max_bytes.*20971520 bytes, more than 10485760.*Raise max_bytes`},
		"own limit":   {map[string]any{"id": large.ID, "max_bytes": 20971519}, `more than 20971519`},
		"its purpose": {map[string]any{"id": private.ID}, `Content was not read.*Not allowed to download files of purpose: user_data.*has the purpose user_data`},
		"unknown ID": {
			map[string]any{"id": "file-none"},
			`Content was not read.*There is no file with the ID file-none: it was deleted, has expired, is misspelled, or belongs to another project.*No such File object: file-none.*HTTP 404.*To destroy the configuration .* terraform destroy -refresh=false`,
		},
		"path": {map[string]any{"id": "data/notes.txt"}, `Not the ID of a file.*data/notes\.txt is a path`},
	} {
		t.Run(name+" data", func(t *testing.T) {
			t.Parallel()
			_, out := s.readData(t, "openai_file_content", test.arguments)
			out.expectError(t, test.want)
		})
		t.Run(name+" ephemeral", func(t *testing.T) {
			t.Parallel()
			s.openEphemeral(t, "openai_file_content", test.arguments).expectError(t, test.want)
		})
	}
}

// An answer that cannot be the content of the file is not taken for it.
func TestFileContent_answersThatAreNotTheFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault openaitest.Fault
		want  string // error; empty: none
		page  bool   // the file is itself a web page
	}{
		"no content":              {fault: openaitest.Fault{Status: http.StatusNoContent}, want: `Content was not read.*it is empty`},
		"nothing":                 {fault: openaitest.Fault{Status: http.StatusOK}, want: `Content was not read.*it is empty`},
		"a login":                 {fault: openaitest.Fault{Status: http.StatusOK, Body: "<title>Sign in</title>"}, want: `Content was not read.*a web page titled “Sign in”`},
		"a login instead of HTML": {fault: openaitest.Fault{Status: http.StatusOK, Body: "<title>Sign in</title>"}, want: `a web page titled “Sign in”`, page: true},
		"extracted text":          {fault: openaitest.Fault{Status: http.StatusOK, Body: "1"}},
		"HTML":                    {page: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFake(t)
			content := one
			if test.page {
				content = "<html><title>Returns</title></html>"
			}
			file := s.AddFile("out.html", "batch_output", []byte(content))
			if test.fault.Status > 0 {
				test.fault.Path, test.fault.Times = "/files/*/content", -1
				s.Inject(test.fault)
			}
			_, out := s.readData(t, "openai_file_content", map[string]any{"id": file.ID})
			if test.want == "" {
				out.mustSucceed(t, "reading the content")
				return
			}
			out.expectError(t, test.want)
		})
	}
}

func TestAccFileContent_refusals(t *testing.T) {
	s := newFake(t)
	private := s.AddFile("notes.txt", "user_data", []byte(one))
	providers := factories()
	providers["echo"] = echoprovider.NewProviderServer()
	refused := says(`Content was not read`, `Not allowed to download files of purpose: user_data`)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providers,
		Steps: []resource.TestStep{
			{Config: s.config(fmt.Sprintf("data \"openai_file_content\" \"test\" { id = %q }\n", private.ID)), ExpectError: refused},
			{
				Config: s.config(fmt.Sprintf("ephemeral \"openai_file_content\" \"test\" { id = %q }\n", private.ID) +
					"provider \"echo\" { data = ephemeral.openai_file_content.test }\nresource \"echo\" \"test\" {}\n"),
				ExpectError: refused,
			},
		},
	})
}

func TestFileContentDataSource_largerWithMaxBytes(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	content := strings.Repeat("x", 11<<20)
	file := s.AddFile("out.jsonl", "batch_output", []byte(content))
	got, out := s.readData(t, "openai_file_content", map[string]any{"id": file.ID, "max_bytes": 11 << 20})
	out.mustSucceed(t, "read")
	if n := num(got["bytes"]); n != 11<<20 || str(got["content"]) != content {
		t.Errorf("got %d bytes, want the %d that the file has", n, len(content))
	}
}

// Import learns the hash where the purpose allows a download, so bytes are compared and not only size and name.
func TestAccFileResource_importComparesBytesWhereItCan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		remote string
		posts  int
	}{
		"same bytes":           {one, 0},
		"same size, different": {two, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			source := writeFile(t, t.TempDir()+"/notes.txt", one)
			file := s.AddFile("notes.txt", "vision", []byte(test.remote))
			config := strings.Replace(s.fromSource(source), "user_data", "vision", 1)
			s.run(t,
				resource.TestStep{Config: config, ResourceName: fileAddress, ImportState: true, ImportStateId: file.ID, ImportStatePersist: true},
				resource.TestStep{
					Config:            config,
					ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
					PostApplyFunc:     all(s.expectFiles(t, one), s.expectSent(t, "POST", test.posts)),
				},
			)
		})
	}
}
