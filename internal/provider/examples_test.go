package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const examplesDir = "../../examples"

// azure puts the paths of Azure OpenAI in front of a fake.
func azure(t *testing.T, s service) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/openai")
		if classic := !strings.HasPrefix(path, "/v1/"); classic {
			path = "/v1" + path
			if r.URL.Query().Get("api-version") == "" {
				http.Error(w, `{"error":{"code":"404","message":"Resource not found"}}`, http.StatusNotFound)
				return
			}
		}
		r.URL.Path, r.URL.RawPath = path, ""
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// copyExample returns a workspace that holds a directory of examples/.
func copyExample(t *testing.T, s service, dir string) *workspace {
	t.Helper()
	w := newWorkspace(t, s, "")
	if err := os.CopyFS(w.dir, os.DirFS(filepath.Join(examplesDir, dir))); err != nil {
		t.Fatal(err)
	}
	return w
}

// The command on the page of openai_file imports a file and uploads nothing.
func TestAccExamples_importCommand(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	const dir = "resources/openai_file"
	w := newWorkspace(t, s, read(t, filepath.Join(examplesDir, dir, "resource.tf"))[len(requiredProviders):])
	handbook := read(t, filepath.Join(examplesDir, dir, "data", "handbook.md"))
	writeFile(t, filepath.Join(w.dir, "data", "handbook.md"), handbook)
	file := s.AddFile("handbook.md", "user_data", []byte(handbook))

	command := strings.Fields(strings.ReplaceAll(read(t, filepath.Join(examplesDir, dir, "import.sh")), placeholderFile, file.ID))
	w.mustRun(t, command[1:]...)
	expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color"), `0 added, 1 changed, 0 destroyed`)
	s.expectSent(t, "POST", 0)()
}

// A batch goes to OpenAI and its answers come back, as the guide shows it.
func TestAccExamples_batchRoundTrip(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := copyExample(t, s, "guides/batch")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if got := w.mustRun(t, "output", "-json", "opinions"); strings.TrimSpace(got) != "{}" {
		t.Errorf("got opinions %s before there are answers, want none", got)
	}

	output := s.AddFile("batch_output.jsonl", "batch_output", []byte(batchOutput))
	w.mustRun(t, "apply", "-auto-approve", "-no-color", "-var=output_file_id="+output.ID)
	got := w.mustRun(t, "output", "-json", "opinions")
	if want := `{"boots":"","coat":"mixed","scarf":"positive"}`; strings.TrimSpace(got) != want {
		t.Errorf("got opinions %s, want %s", got, want)
	}
}

// The program in the guide on pipelines names what a plan changes in a set.
func TestAccExamples_planSummary(t *testing.T) {
	t.Parallel()
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not on PATH")
	}
	s := newFake(t)
	w := copyExample(t, s, "guides/pipelines")
	summary := func() string {
		t.Helper()
		w.mustRun(t, "plan", "-out=tfplan")
		plan := writeFile(t, filepath.Join(w.dir, "plan.json"), w.mustRun(t, "show", "-json", "tfplan"))
		out, err := exec.CommandContext(t.Context(), jq, "-r", "-f", filepath.Join(w.dir, "plan-summary.jq"), plan).CombinedOutput()
		if err != nil {
			t.Fatalf("jq: %s\n%s", err, out)
		}
		return string(out)
	}
	expect := func(want string) {
		t.Helper()
		if got := summary(); got != want {
			t.Errorf("got the summary\n%s\nwant\n%s", got, want)
		}
	}

	expect("**openai_file_set.docs**: create\n- upload: 3\n  - faq/care.md\n  - faq/sizes.md\n  - returns.md\n")
	w.mustRun(t, "apply", "-auto-approve")
	expect("No changes.\n")

	docs := filepath.Join(w.dir, "docs")
	writeFile(t, filepath.Join(docs, "returns.md"), "Orders can be returned within 60 days.\n")
	writeFile(t, filepath.Join(docs, "hours.md"), "Open from nine to five.\n")
	if err := os.Remove(filepath.Join(docs, "faq", "care.md")); err != nil {
		t.Fatal(err)
	}
	expect("**openai_file_set.docs**: update\n- upload: 1\n  - hours.md\n- replace: 1\n  - returns.md\n- remove: 1\n  - faq/care.md\n")
	w.mustRun(t, "apply", "-auto-approve")
	expect("No changes.\n")

	w.mustReplace(t, `output "file_ids"`, `output "ids"`)
	expect("Only outputs change.\n")

	// The apply that replaces a file leaves its earlier version for the next one.
	w.mustReplace(t, `purpose = "user_data"`, "purpose         = \"user_data\"\n  deletion_policy = \"defer\"")
	w.mustRun(t, "apply", "-auto-approve")
	writeFile(t, filepath.Join(docs, "returns.md"), "Orders can be returned within 90 days.\n")
	expect("**openai_file_set.docs**: update\n- replace: 1\n  - returns.md\n")
	w.mustRun(t, "apply", "-auto-approve")
	expect("No changes.\n")
	writeFile(t, filepath.Join(docs, "hours.md"), "Open from nine to six.\n")
	expect("**openai_file_set.docs**: update\n- replace: 1\n  - hours.md\n- delete earlier versions: 1\n  - returns.md\n")
	w.mustRun(t, "apply", "-auto-approve")
	w.mustReplace(t, `deletion_policy = "defer"`, `deletion_policy = "keep"`)
	expect("**openai_file_set.docs**: update\n- leave earlier versions: 1\n  - hours.md\n")
	w.mustReplace(t, `purpose         = "user_data"`, `purpose         = "assistants"`) // the policy of the last apply counts
	expect("**openai_file_set.docs**: delete, then create\n- replace: 3\n  - faq/sizes.md\n  - hours.md\n  - returns.md\n- delete earlier versions: 1\n  - hours.md\n")
	w.mustReplace(t, `purpose         = "assistants"`, `purpose         = "user_data"`)
	w.mustReplace(t, `deletion_policy = "keep"`, `deletion_policy = "defer"`)

	// Files that only the apply knows.
	const files = `{ for file in fileset("docs", "**/*.md") : file => "docs/${file}" }`
	w.mustReplace(t, files, "terraform_data.files.output")
	writeFile(t, filepath.Join(w.dir, "files.tf"), "resource \"terraform_data\" \"files\" {\n  input = "+files+"\n}\n")
	expect("**openai_file_set.docs**: update\n- files: known after apply\n**terraform_data.files**: create\n")
	w.mustReplace(t, "terraform_data.files.output", files)
	if err := os.Remove(filepath.Join(w.dir, "files.tf")); err != nil {
		t.Fatal(err)
	}

	w.mustReplace(t, "openai_file_set.docs", "openai_file_set.pages")
	w.mustReplace(t, `"openai_file_set" "docs" {`, `"openai_file_set" "pages" {`)
	file := s.AddFile("hours.md", "user_data", []byte("Open from nine to six.\n"))
	writeFile(t, filepath.Join(w.dir, "more.tf"), fmt.Sprintf(`
moved {
  from = openai_file_set.docs
  to   = openai_file_set.pages
}

import {
  id = %q
  to = openai_file.hours
}

resource "openai_file" "hours" {
  source  = "docs/hours.md"
  purpose = "user_data"
}
`, file.ID))
	expect("**openai_file.hours**: import, then update\n**openai_file_set.pages**: move\n")
}

// A knowledge base that exists is changed over in the steps of the guide. No document is detached from a vector store that searches use.
func TestAccExamples_chunkingOfAnExistingStore(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := copyExample(t, s, "guides/knowledge-base")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	w.mustReplace(t, "= openai_file_set.docs.file_ids\n", "= openai_file_set.docs.file_ids\n  deletion_policy = \"keep\"\n")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")

	first := s.VectorStores()[0].ID
	const chunking = "{ # new\n    max_chunk_size_tokens = 400\n    chunk_overlap_tokens  = 100\n  }"
	writeFile(t, filepath.Join(w.dir, "main.tf"), read(t, filepath.Join(examplesDir, "guides/knowledge-base/blue_green/main.tf")))
	if !strings.Contains(filepath.Base(w.cli), "tofu") { // OpenTofu needs one apply less
		w.mustReplace(t, chunking, "null")
		s.ResetRequests()
		expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color"), `1 added, 0 changed, 0 destroyed`)
		s.expectSent(t, "DELETE", 0)()
		expectOutput(t, w.mustRun(t, "output", "vector_store_id"), first)
		w.mustReplace(t, "chunking = null", "chunking = "+chunking)
	}

	s.ResetRequests()
	out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
	stores := s.VectorStores()
	if len(stores) != 1 || stores[0].ID == first {
		t.Fatalf("got the vector stores %v, want one other than %s", stores, first)
	}
	if got := len(s.Attachments(stores[0].ID)); got != 3 {
		t.Errorf("got %d files in the new vector store, want 3", got)
	}
	s.expectSent(t, "DELETE", 1)() // the old vector store
	expectOutput(t, out, `vector_store_id = "`+stores[0].ID+`"`)
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
}

// A different chunking is indexed in a second vector store, and only then is the first one deleted, with all that is attached to it.
func TestAccExamples_chunkingWithoutDowntime(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := copyExample(t, s, "guides/knowledge-base/blue_green")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	first := s.VectorStores()[0].ID
	s.ResetRequests()

	w.mustReplace(t, "max_chunk_size_tokens = 400", "max_chunk_size_tokens = 600")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	stores := s.VectorStores()
	if len(stores) != 1 || stores[0].ID == first {
		t.Fatalf("got the vector stores %v, want one other than %s", stores, first)
	}
	if got := len(s.Attachments(stores[0].ID)); got != 3 {
		t.Errorf("got %d files in the second vector store, want 3", got)
	}
	var changes []string
	for _, request := range s.Requests() {
		if strings.HasPrefix(request.Path, "/vector_stores") && (request.Method == "DELETE" || request.Method == "POST") {
			changes = append(changes, request.Method+" "+strings.NewReplacer(first, "FIRST", stores[0].ID, "SECOND").Replace(request.Path))
		}
	}
	want := []string{"POST /vector_stores", "POST /vector_stores/SECOND/file_batches", "DELETE /vector_stores/FIRST"}
	if !slices.Equal(changes, want) {
		t.Errorf("got the requests %q, want %q", changes, want)
	}
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
}

// An edited document is attached before its predecessor is detached, and the search finds it after one apply.
func TestAccExamples_editedDocument(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := copyExample(t, s, "guides/knowledge-base")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.ResetRequests()

	writeFile(t, filepath.Join(w.dir, "docs", "returns.md"), "# Returns\n\nOrders can be returned within 60 days.\n")
	out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if strings.Contains(out, "The knowledge base does not find") {
		t.Errorf("the search does not find the edited document:\n%s", out)
	}
	var changes []string
	for _, request := range s.Requests() {
		if request.Method != "GET" && !strings.HasSuffix(request.Path, "/search") {
			changes = append(changes, request.Method+" "+regexp.MustCompile(`\b(vs_|file-)\w+`).ReplaceAllString(request.Path, "ID"))
		}
	}
	want := []string{"POST /files", "POST /vector_stores/ID/file_batches", "DELETE /vector_stores/ID/files/ID"}
	if !slices.Equal(changes, want) {
		t.Errorf("got the requests %q, want %q: the old file waits for the next change of the set", changes, want)
	}
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
}
