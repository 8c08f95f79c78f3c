package provider_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
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
	if want := `{"coat":"mixed","scarf":"positive"}`; strings.TrimSpace(got) != want {
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
	expect("**openai_file_set.docs**: update\n- upload: 1\n  - hours.md\n- replace: 1\n  - returns.md\n- delete: 1\n  - faq/care.md\n")
	w.mustRun(t, "apply", "-auto-approve")
	expect("No changes.\n")
}
