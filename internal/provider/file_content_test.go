package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
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
	for name, test := range contentCases {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			file := s.AddFile("out.jsonl", "batch_output", []byte(test.content))
			var checks []statecheck.StateCheck
			for attribute, want := range test.checks {
				checks = append(checks, statecheck.ExpectKnownValue("data.openai_file_content.test", tfjsonpath.New(attribute), want))
			}
			s.run(t, resource.TestStep{
				Config:            s.config(fmt.Sprintf(`data "openai_file_content" "test" { id = %q }`, file.ID)),
				ConfigStateChecks: checks,
			})
		})
	}
}

// The echo provider writes what is ephemeral into a state where a test can look at it.
func TestAccFileContentEphemeralResource_contents(t *testing.T) {
	for name, test := range contentCases {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			file := s.AddFile("out.jsonl", "batch_output", []byte(test.content))
			var checks []statecheck.StateCheck
			for attribute, want := range test.checks {
				checks = append(checks, statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey(attribute), want))
			}
			providers := factories()
			providers["echo"] = echoprovider.NewProviderServer()
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: providers,
				Steps: []resource.TestStep{{
					Config: s.config(fmt.Sprintf(`
ephemeral "openai_file_content" "test" { id = %q }
provider "echo" { data = ephemeral.openai_file_content.test }
resource "echo" "test" {}
`, file.ID)),
					ConfigStateChecks: checks,
				}},
			})
		})
	}
}

func TestAccFileContent_refusals(t *testing.T) {
	s := newFake(t)
	large := s.AddFile("out.jsonl", "batch_output", []byte(strings.Repeat("x", 20<<20)))
	private := s.AddFile("notes.txt", "user_data", []byte(one))
	for name, test := range map[string]struct{ arguments, want string }{
		"20 MB":       {fmt.Sprintf("id = %q", large.ID), `Content is longer than max_bytes.*20971520 bytes, more than 10485760.*Raise max_bytes`},
		"own limit":   {fmt.Sprintf("id = %q\n max_bytes = 20971519", large.ID), `more than 20971519`},
		"its purpose": {fmt.Sprintf("id = %q", private.ID), `Content was not read.*Not allowed to download files of purpose: user_data.*has the purpose user_data`},
		"unknown ID":  {`id = "file-none"`, `Content was not read.*There is no file with the ID file-none: it was deleted, has expired, is misspelled, or belongs to another project`},
		"path":        {`id = "data/notes.txt"`, `Not the ID of a file.*data/notes\.txt is a path`},
		"unknown id":  {`id = "file-none"`, `Content was not read.*No such File object: file-none.*HTTP 404`},
	} {
		for kind, form := range map[string]string{
			"data": "data \"openai_file_content\" \"test\" {\n %s\n}\n",
			"ephemeral": "ephemeral \"openai_file_content\" \"test\" {\n %s\n}\nprovider \"echo\" { data = ephemeral.openai_file_content.test }\n" +
				"resource \"echo\" \"test\" {}\n",
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				providers := factories()
				providers["echo"] = echoprovider.NewProviderServer()
				resource.ParallelTest(t, resource.TestCase{
					ProtoV6ProviderFactories: providers,
					Steps:                    []resource.TestStep{{Config: s.config(fmt.Sprintf(form, test.arguments)), ExpectError: says(test.want)}},
				})
			})
		}
	}
}

func TestAccFileContentDataSource_largerWithMaxBytes(t *testing.T) {
	s := newFake(t)
	file := s.AddFile("out.jsonl", "batch_output", []byte(strings.Repeat("x", 11<<20)))
	s.run(t, resource.TestStep{
		Config: s.config(fmt.Sprintf("data \"openai_file_content\" \"test\" {\n id = %q\n max_bytes = %d\n}\n", file.ID, 11<<20)),
		ConfigStateChecks: states(statecheck.ExpectKnownValue("data.openai_file_content.test", tfjsonpath.New("bytes"),
			knownvalue.Int64Exact(11<<20))),
	})
}

// Import learns the hash where the purpose allows a download, so bytes are compared and not only size and name.
func TestAccFileResource_importComparesBytesWhereItCan(t *testing.T) {
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
