package provider_test

import (
	"fmt"
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
	for name, test := range map[string]struct{ arguments, id string }{
		"by id":               {fmt.Sprintf("id = %q", old.ID), old.ID},
		"by name and purpose": {"filename = \"notes.txt\"\n purpose = \"user_data\"", old.ID},
		"the most recent":     {"filename = \"notes.txt\"\n most_recent = true", batch.ID},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, resource.TestStep{
				Config: s.config("data \"openai_file\" \"test\" {\n " + test.arguments + "\n}\n"),
				ConfigStateChecks: states(
					statecheck.ExpectKnownValue("data.openai_file.test", tfjsonpath.New("id"), knownvalue.StringExact(test.id)),
					statecheck.ExpectKnownValue("data.openai_file.test", tfjsonpath.New("filename"), knownvalue.StringExact("notes.txt")),
					statecheck.ExpectKnownValue("data.openai_file.test", tfjsonpath.New("status"), knownvalue.StringExact("processed")),
				),
			})
		})
	}
}

func TestAccFileDataSource_refusals(t *testing.T) {
	s := newFake(t)
	first := s.AddFile("notes.txt", "user_data", []byte(one))
	second := s.AddFile("notes.txt", "batch", []byte(three))
	for name, test := range map[string]struct{ arguments, want string }{
		"several":         {`filename = "notes.txt"`, `Several files have this name.*2 files named "notes.txt".*` + second.ID + ` 6 bytes created at 20.*` + first.ID + ` 4 bytes.*most_recent`},
		"none":            {"filename = \"notes.txt\"\n purpose = \"evals\"", `File does not exist.*no file named "notes.txt" of the purpose evals`},
		"other case":      {`filename = "Notes.txt"`, `File does not exist`},
		"unknown id":      {`id = "file-none"`, `File does not exist.*id.*No such File object: file-none`},
		"what to do":      {`id = "file-none"`, `There is no file with the ID file-none: it was deleted, has expired, is misspelled, or belongs to another project`},
		"URL":             {`id = "https://api.openai.com/v1/files/file-a"`, `Not the ID of a file.*is a URL`},
		"blanks":          {`id = " file-a"`, `Not the ID of a file.*contains blanks`},
		"neither":         {``, `No attribute specified`},
		"both":            {"id = \"a\"\n filename = \"b\"", `2 attributes specified`},
		"purpose with id": {"id = \"a\"\n purpose = \"batch\"", `purpose.*cannot be specified`},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, resource.TestStep{
				Config:      s.config("data \"openai_file\" \"test\" {\n " + test.arguments + "\n}\n"),
				ExpectError: says(test.want),
			})
		})
	}
}
