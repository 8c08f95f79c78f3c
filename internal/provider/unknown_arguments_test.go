package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// unknownUntilApply returns the configuration of a value that the plan does not know yet. Each value makes a new resource.
func unknownUntilApply(name, value string) string {
	return fmt.Sprintf(`
resource "terraform_data" %[1]q {
  input            = %[2]s
  triggers_replace = %[2]s
}
`, name, value)
}

// The deletion policy of a set decides what stays to be deleted later. An apply that learns it does what it says.
func TestAccCLI_deletionPolicyIsUnknownUntilApply(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	config := func(policy string, files string) string {
		return unknownUntilApply("policy", `"`+policy+`"`) + `
resource "openai_file_set" "test" {
  purpose         = "user_data"
  deletion_policy = terraform_data.policy.output
  files           = ` + files + `
}
`
	}
	w := newWorkspace(t, s, "")
	writeFile(t, filepath.Join(w.dir, "a.md"), one)
	writeFile(t, filepath.Join(w.dir, "b.md"), two)
	for _, step := range []struct {
		what, policy, files string
		contents            []string
	}{
		{"create", "defer", `{ "x" = "a.md" }`, []string{one}},
		{"replace", "delete", `{ "x" = "b.md" }`, []string{two}},
		{"defer again, and replace", "defer", `{ "x" = "a.md" }`, []string{two, one}},
		{"delete what is pending", "delete", `{ "x" = "a.md" }`, []string{one}},
		{"defer once more, and replace", "defer", `{ "x" = "b.md" }`, []string{one, two}},
		{"keep what is pending", "keep", `{ "x" = "b.md" }`, []string{one, two}},
	} {
		writeFile(t, filepath.Join(w.dir, "main.tf"), required+config(step.policy, step.files))
		if out, err := w.run(t, "apply", "-auto-approve", "-no-color"); err != nil {
			t.Fatalf("%s: %v\n%s", step.what, err, out)
		}
		s.expectFiles(t, step.contents...)()
		if out, err := w.run(t, "plan", "-no-color", "-detailed-exitcode"); err != nil {
			t.Errorf("%s: the next plan has changes: %v\n%s", step.what, err, out)
		}
	}
}

// A deferred deletion stays pending when an apply that changes nothing else learns that the policy is still defer.
func TestAccCLI_deletionPolicyStaysDefer(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, "")
	for i, step := range []struct{ source, trigger string }{{"a.md", "1"}, {"b.md", "1"}, {"b.md", "2"}} {
		writeFile(t, filepath.Join(w.dir, "a.md"), one)
		writeFile(t, filepath.Join(w.dir, "b.md"), two)
		writeFile(t, filepath.Join(w.dir, "main.tf"), required+fmt.Sprintf(`
resource "terraform_data" "policy" {
  input            = "defer"
  triggers_replace = %q
}
resource "openai_file_set" "test" {
  purpose         = "user_data"
  deletion_policy = terraform_data.policy.output
  files           = { "x" = %q }
}
`, step.trigger, step.source))
		if out, err := w.run(t, "apply", "-auto-approve", "-no-color"); err != nil {
			t.Fatalf("step %d: %v\n%s", i, err, out)
		}
	}
	s.expectFiles(t, one, two)()
}

// Whatever argument of attachments and their vector store is not known during the plan, the apply does what it then says.
func TestAccCLI_argumentsAreUnknownUntilApply(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, "")
	writeFile(t, filepath.Join(w.dir, "a.md"), one)
	base := map[string]string{
		"name": `"docs"`, "description": `"All"`, "metadata": `{ env = "a" }`, "days": `7`, "policy": `"delete"`,
		"attributes": `{ "a.md" = jsonencode({ lang = "en" }) }`, "chunk": `800`, "on_failure": `"error"`, "exclusive": `true`, "filename": `"a.md"`,
	}
	other := map[string]string{
		"name": `"pages"`, "description": `"Some"`, "metadata": `{ env = "b" }`, "days": `9`, "policy": `"keep"`,
		"attributes": `{ "a.md" = jsonencode({ lang = "de" }) }`, "chunk": `900`, "on_failure": `"warn"`, "exclusive": `false`, "filename": `"b.md"`,
	}
	config := func(changed string) string {
		var config strings.Builder
		for name, value := range base {
			if name == changed {
				value = other[name]
			}
			config.WriteString(unknownUntilApply(name, value))
		}
		return config.String() + `
resource "openai_file" "test" {
  purpose  = "user_data"
  source   = "a.md"
  filename = terraform_data.filename.output
}
resource "openai_vector_store" "test" {
  name            = terraform_data.name.output
  description     = terraform_data.description.output
  metadata        = terraform_data.metadata.output
  deletion_policy = terraform_data.policy.output
  expires_after   = { days = terraform_data.days.output }
}
resource "openai_vector_store_files" "test" {
  vector_store_id   = openai_vector_store.test.id
  files             = { "a.md" = openai_file.test.id }
  attributes        = terraform_data.attributes.output
  on_failure        = terraform_data.on_failure.output
  exclusive         = terraform_data.exclusive.output
  chunking_strategy = { max_chunk_size_tokens = terraform_data.chunk.output, chunk_overlap_tokens = 400 }
}
`
	}
	for _, changed := range []string{"", "name", "description", "metadata", "days", "policy", "attributes", "chunk", "on_failure", "exclusive", "filename"} {
		writeFile(t, filepath.Join(w.dir, "main.tf"), required+config(changed))
		if out, err := w.run(t, "apply", "-auto-approve", "-no-color"); err != nil {
			t.Fatalf("%s changes: %v\n%s", changed, err, out)
		}
		if out, err := w.run(t, "plan", "-no-color", "-detailed-exitcode"); err != nil {
			t.Errorf("%s has changed: the next plan has changes: %v\n%s", changed, err, out)
		}
	}
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")
	s.expectFiles(t)()
}
