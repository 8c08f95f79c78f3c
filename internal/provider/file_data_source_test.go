package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestAccFileDataSource_findsOneFile(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := newFake(t, openaitest.WithClock(func() time.Time { now = now.Add(time.Second); return now }))
	old := s.AddFile("notes.txt", "user_data", []byte(one))
	batch := s.AddFile("notes.txt", "batch", []byte(three))
	var config strings.Builder
	var checks []statecheck.StateCheck
	for name, test := range map[string]struct{ arguments, id string }{
		"by_id":               {fmt.Sprintf("id = %q", old.ID), old.ID},
		"by_name_and_purpose": {"filename = \"notes.txt\"\n purpose = \"user_data\"", old.ID},
		"the_most_recent":     {"filename = \"notes.txt\"\n most_recent = true", batch.ID},
	} {
		fmt.Fprintf(&config, "data \"openai_file\" %q {\n %s\n}\n", name, test.arguments)
		for attribute, want := range map[string]string{"id": test.id, "filename": "notes.txt", "status": "processed"} {
			checks = append(checks, statecheck.ExpectKnownValue("data.openai_file."+name, tfjsonpath.New(attribute), knownvalue.StringExact(want)))
		}
	}
	s.run(t, resource.TestStep{Config: s.config(config.String()), ConfigStateChecks: checks})
}

func TestFileDataSource_refusals(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	first := s.AddFile("notes.txt", "user_data", []byte(one))
	second := s.AddFile("notes.txt", "batch", []byte(three))
	type arguments = map[string]any
	for name, test := range map[string]struct {
		arguments arguments
		want      string
	}{
		"several":    {arguments{"filename": "notes.txt"}, `Several files have this name.*2 files named "notes.txt".*` + second.ID + ` 6 bytes created at 20.*` + first.ID + ` 4 bytes.*most_recent`},
		"none":       {arguments{"filename": "notes.txt", "purpose": "evals"}, `File does not exist.*no file named "notes.txt" of the purpose evals`},
		"other case": {arguments{"filename": "Notes.txt"}, `File does not exist`},
		"unknown id": {
			arguments{"id": "file-none"},
			`File does not exist.*There is no file with the ID file-none: it was deleted, has expired, is misspelled, or belongs to another project.*No such File object: file-none`,
		},
		"URL":             {arguments{"id": "https://api.openai.com/v1/files/file-a"}, `Not the ID of a file.*is a URL`},
		"blanks":          {arguments{"id": " file-a"}, `Not the ID of a file.*contains whitespace`},
		"neither":         {nil, `Exactly one of these attributes must be configured: \[id,filename\]`},
		"both":            {arguments{"id": "a", "filename": "b"}, `Exactly one of these attributes must be configured: \[id,filename\]`},
		"purpose with id": {arguments{"id": "a", "purpose": "batch"}, `"id" cannot be specified when "purpose" is`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out := s.readData(t, "openai_file", test.arguments)
			out.expectError(t, test.want)
		})
	}
}

func TestAccFileDataSource_refusals(t *testing.T) {
	s := newFake(t)
	s.run(t,
		resource.TestStep{Config: s.config("data \"openai_file\" \"test\" {\n  id = \"a\"\n  filename = \"b\"\n}\n"), ExpectError: says(`Exactly one of these attributes must be configured`)},
		resource.TestStep{Config: s.config(`data "openai_file" "test" { id = "file-none" }`), ExpectError: says(`File does not exist`, `No such File object: file-none`)},
	)
}
