package provider_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const examplesDir = "../../examples"

// Every example is applied as a user would, planned again without changes, and destroyed. An import example joins the
// configuration beside it, with the id of a file that exists.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	for _, dir := range exampleDirs(t) {
		t.Run(strings.TrimPrefix(dir, examplesDir+"/"), func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			w := newWorkspace(t, s, "")
			if s.Server != nil {
				w.env = append(w.env, "TF_VAR_azure_endpoint="+azure(t, s), "TF_VAR_azure_api_key="+openaitest.Key, "TF_VAR_gateway="+s.URL)
			} else if filepath.Base(dir) == "compatible-servers" {
				t.Skip("needs other servers")
			}
			if err := os.CopyFS(w.dir, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			imports, _ := filepath.Glob(filepath.Join(w.dir, "import-by-*.tf"))
			for _, path := range imports {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			if !strings.Contains(readAll(t, w.dir), "required_providers") {
				writeFile(t, filepath.Join(w.dir, "required.tf"), required)
			}

			w.mustRun(t, "apply", "-auto-approve", "-no-color")
			w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
			w.mustRun(t, "destroy", "-auto-approve", "-no-color")
			if s.Server != nil {
				s.expectFiles(t)()
			}
		})
	}
}

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

func TestAccExamples_import(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(examplesDir, "resources", "openai_file")
	handbook := read(t, filepath.Join(dir, "data", "handbook.md"))
	const placeholder = "file-abc123"

	prepare := func(t *testing.T) (*workspace, service, string) {
		t.Helper()
		s := newFake(t)
		file := s.AddFile("handbook.md", "user_data", []byte(handbook))
		w := newWorkspace(t, s, "")
		writeFile(t, filepath.Join(w.dir, "required.tf"), required)
		writeFile(t, filepath.Join(w.dir, "data", "handbook.md"), handbook)
		writeFile(t, filepath.Join(w.dir, "main.tf"),
			"resource \"openai_file\" \"handbook\" {\n  purpose = \"user_data\"\n  source = \"${path.module}/data/handbook.md\"\n}\n")
		return w, s, file.ID
	}
	t.Run("block", func(t *testing.T) {
		t.Parallel()
		w, s, id := prepare(t)
		block := read(t, filepath.Join(dir, "import-by-string-id.tf"))
		writeFile(t, filepath.Join(w.dir, "import.tf"), strings.ReplaceAll(block, placeholder, id))
		out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
		expectOutput(t, out, `1 imported, 0 added, 1 changed, 0 destroyed`)
		s.expectSent(t, "POST", 0)()
	})
	t.Run("block with identity", func(t *testing.T) {
		t.Parallel()
		w, s, id := prepare(t)
		w.skipBelow(t, 1, 12)
		block := read(t, filepath.Join(dir, "import-by-resource-identity.tf"))
		writeFile(t, filepath.Join(w.dir, "import.tf"), strings.ReplaceAll(block, placeholder, id))
		out := w.mustRun(t, "apply", "-auto-approve", "-no-color")
		expectOutput(t, out, `1 imported, 0 added, 1 changed, 0 destroyed`)
		s.expectSent(t, "POST", 0)()
	})
	t.Run("from another provider", func(t *testing.T) {
		t.Parallel()
		s := newFake(t)
		dir := filepath.Join(examplesDir, "guides", "migrating")
		file := s.AddFile("training.jsonl", "fine-tune", []byte(read(t, filepath.Join(dir, "data", "training.jsonl"))))
		w := newWorkspace(t, s, "")
		if err := os.CopyFS(w.dir, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		block := read(t, filepath.Join(dir, "import-by-string-id.tf"))
		writeFile(t, filepath.Join(w.dir, "import-by-string-id.tf"), strings.ReplaceAll(block, placeholder, file.ID))
		expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color"), `1 imported, 0 added, 1 changed, 0 destroyed`)
		s.expectSent(t, "POST", 0)()
	})
	t.Run("command", func(t *testing.T) {
		t.Parallel()
		w, s, id := prepare(t)
		var args []string
		for line := range strings.Lines(read(t, filepath.Join(dir, "import.sh"))) {
			if command, ok := strings.CutPrefix(line, "terraform "); ok {
				args = strings.Fields(strings.ReplaceAll(command, placeholder, id))
			}
		}
		w.mustRun(t, args...)
		expectOutput(t, w.mustRun(t, "apply", "-auto-approve", "-no-color"), `0 added, 1 changed, 0 destroyed`)
		s.expectSent(t, "POST", 0)()
	})
}

// exampleDirs returns the directories with a configuration to apply.
func exampleDirs(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	var dirs []string
	err := filepath.WalkDir(examplesDir, func(path string, entry fs.DirEntry, err error) error {
		dir := filepath.Dir(path)
		if err == nil && strings.HasSuffix(path, ".tf") && !strings.HasPrefix(entry.Name(), "import-by-") && !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Fatal("there are no examples")
	}
	return dirs
}

// readAll returns the text of all configuration files of a directory.
func readAll(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range paths {
		all.WriteString(read(t, path))
	}
	return all.String()
}
