package provider_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const (
	// The IDs that stand for existing objects on the pages.
	placeholderFile  = "file-abc123"
	placeholderStore = "vs_abc123"

	// requiredProviders begins the configurations of all pages but a few.
	requiredProviders = "terraform {\n  required_providers {\n    openai = { source = \"openaifiles/openai\" }\n  }\n}\n"

	// batchOutput is the output of a batch with requests to /v1/responses: one expired, the model refused one, and the service another one.
	batchOutput = `{"custom_id":"coat","response":{"status_code":200,"body":{"output":[{"type":"reasoning","summary":[]},` +
		`{"type":"message","content":[{"type":"output_text","text":"mixed"}]}]}},"error":null}
{"custom_id":"scarf","response":{"status_code":200,"body":{"output":[{"type":"message","content":[{"type":"output_text","text":"positive"}]}]}},"error":null}
{"custom_id":"gloves","response":null,"error":{"code":"batch_expired","message":"The batch expired."}}
{"custom_id":"boots","response":{"status_code":200,"body":{"output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}},"error":null}
{"custom_id":"hat","response":{"status_code":400,"body":{"error":{"message":"Invalid value: 'inptu'.","type":"invalid_request_error"}}},"error":null}
`
)

var providerBlock = regexp.MustCompile(`(?m)^provider "`)

// Every configuration on a page is applied as a new user would: in an empty folder, with the files that the page shows. The second plan
// is empty, and a destroy leaves nothing.
func TestAccDocs_snippets(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, s := range p.snippets {
			t.Run(fmt.Sprintf("%s:%d", p.name, s.line), func(t *testing.T) {
				t.Parallel()
				s.run(t)
			})
		}
	}
}

func (s snippet) run(t *testing.T) {
	t.Helper()
	fake := newFake(t)
	w := newWorkspace(t, fake, "")
	for name, content := range s.page.files {
		writeFile(t, filepath.Join(w.dir, filepath.FromSlash(name)), content)
	}
	if s.isList() {
		s.query(t, fake, w)
		return
	}
	output := fake.AddFile("batch_output.jsonl", "batch_output", []byte(batchOutput))
	config := s.text
	if strings.Contains(config, placeholderFile) {
		file := fake.AddFile("handbook.md", "user_data", []byte(s.page.files["data/handbook.md"]))
		config = strings.ReplaceAll(config, placeholderFile, file.ID)
	}
	if strings.Contains(config, placeholderStore) {
		config = strings.ReplaceAll(config, placeholderStore, fake.AddVectorStore("Support"))
	}
	if strings.Contains(config, "identity = {") {
		w.skipBelow(t, 1, 12)
	}
	writeFile(t, filepath.Join(w.dir, "main.tf"), config)
	endpoint := azure(t, fake)
	w.env = append(w.env, "TF_VAR_azure_endpoint="+endpoint, "TF_VAR_azure_api_key="+openaitest.Key, "TF_VAR_entra_token="+openaitest.Key,
		"TF_VAR_gateway="+fake.URL, "TF_VAR_shop_key="+openaitest.Key, "TF_VAR_research_key="+openaitest.Key, "TF_VAR_openai_api_key="+openaitest.Key, "TF_VAR_output_file_id="+output.ID,
		"TF_VAR_notes=for your eyes only", "TF_VAR_customers="+s.page.files["customers.csv"])

	w.startNeighbors(t, config, neighbors(endpoint, openaitest.Key))

	// One process serves all commands, which would start three each. It cannot serve a configuration with several provider blocks.
	if len(providerBlock.FindAllString(config, -1)) < 2 {
		w.startProvider(t, w.env)
	}
	if strings.Contains(config, "\nmodule ") {
		w.mustRun(t, "get", "-no-color")
	}
	uploads := fake.sent("POST")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if strings.Contains(config, "import {") && fake.sent("POST") != uploads {
		t.Errorf("got %d requests POST for an import, want none", fake.sent("POST")-uploads)
	}
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")
	want := kept(config)
	if strings.Contains(s.text, placeholderFile) && !strings.Contains(config, "import {") {
		want++ // the file that exists without the configuration
	}
	if kept := remaining(fake, output.ID); kept != want {
		t.Errorf("got %d files and vector stores after the destroy, want %d", kept, want)
	}
}

// kept returns how many objects a configuration leaves at the service on purpose.
func kept(config string) int {
	n := 0
	for _, block := range strings.Split(config, "\nresource ")[1:] {
		attachments := strings.HasPrefix(block, `"openai_vector_store_files"`)
		if !attachments && regexp.MustCompile(`deletion_policy\s+= "keep"`).MatchString(block) {
			n++
		}
	}
	return n
}

// query checks a configuration for terraform query, and runs it where the CLI knows that command.
func (s snippet) query(t *testing.T, fake service, w *workspace) {
	t.Helper()
	format := exec.CommandContext(t.Context(), w.cli, "fmt", "-check", "-")
	format.Stdin, format.Env = strings.NewReader(s.text), w.env
	if out, err := format.CombinedOutput(); err != nil {
		t.Errorf("fmt: %s\n%s", err, out)
	}
	for _, other := range s.page.snippets {
		if other.file != "" && !other.isList() {
			writeFile(t, filepath.Join(w.dir, other.file), other.text)
		}
	}
	if strings.Contains(filepath.Base(w.cli), "tofu") {
		t.Skip("OpenTofu has no query command")
	}
	w.skipBelow(t, 1, 14)
	writeFile(t, filepath.Join(w.dir, "list.tfquery.hcl"), s.text)
	fake.AddFile("requests.jsonl", "batch", []byte(`{}`))
	fake.AddVectorStore("Support")
	if out := w.mustRun(t, "query", "-no-color"); !regexp.MustCompile(`requests\.jsonl|Support`).MatchString(out) {
		t.Errorf("the query lists neither file nor vector store:\n%s", out)
	}
}

// remaining counts the files and vector stores at the service, apart from the output of a batch.
func remaining(s service, output string) int {
	n := len(s.VectorStores())
	for _, file := range s.Files() {
		if file.ID != output {
			n++
		}
	}
	return n
}
