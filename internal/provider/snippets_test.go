package provider_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

const (
	root    = "../.."
	docsDir = root + "/docs"

	// The IDs that stand for existing objects on the pages.
	placeholderFile  = "file-abc123"
	placeholderStore = "vs_abc123"

	// requiredProviders begins the configurations of all pages but a few.
	requiredProviders = "terraform {\n  required_providers {\n    openai = { source = \"openaifiles/openai\" }\n  }\n}\n"

	// batchOutput is the output of a batch with requests to /v1/responses: one expired, and the service refused another one.
	batchOutput = `{"custom_id":"coat","response":{"status_code":200,"body":{"output":[{"type":"reasoning","summary":[]},` +
		`{"type":"message","content":[{"type":"output_text","text":"mixed"}]}]}},"error":null}
{"custom_id":"scarf","response":{"status_code":200,"body":{"output":[{"type":"message","content":[{"type":"output_text","text":"positive"}]}]}},"error":null}
{"custom_id":"gloves","response":null,"error":{"code":"batch_expired","message":"The batch expired."}}
{"custom_id":"hat","response":{"status_code":400,"body":{"error":{"message":"Invalid value: 'inptu'.","type":"invalid_request_error"}}},"error":null}
`
)

// notRun lists the blocks that need what a test does not have, by page. Each is marked with <!-- not run: reason --> on its page.
var notRun = map[string]int{
	"guides/compatible-servers.md": 1, // needs hashicorp/azurerm and a subscription
	"index.md":                     1, // needs openai/openai and an admin key
}

// docPage is a generated page of the documentation.
type docPage struct {
	name     string // path below docs/, with slashes
	text     string
	snippets []snippet
	files    map[string]string // the data files that the page shows, by path
}

// snippet is a configuration on a page.
type snippet struct {
	page   *docPage
	line   int
	file   string // the name that the page gives it; empty: none
	text   string
	notRun bool
}

// isList reports whether the snippet belongs in a file for terraform query.
func (s snippet) isList() bool { return strings.HasPrefix(s.text, "list \"") }

var (
	fileName      = regexp.MustCompile("^`([^`]+)`:$")
	notRunMark    = regexp.MustCompile(`^<!-- not run: .+ -->$`)
	providerBlock = regexp.MustCompile(`(?m)^provider "`)
	fence         = regexp.MustCompile("^```(\\w*)$")
)

// parsePage finds the configurations and the data files on a page. A data file is a fenced block below a line that has its name.
func parsePage(name, text string) *docPage {
	p := &docPage{name: name, text: text, files: map[string]string{}}
	var (
		above   string // the last line that is not empty
		block   []string
		kind    string
		inside  bool
		started int
	)
	for i, line := range strings.Split(text, "\n") {
		opening := fence.FindStringSubmatch(line)
		switch {
		case !inside && opening != nil:
			inside, kind, block, started = true, opening[1], nil, i+1
		case inside && line == "```":
			inside = false
			content := strings.Join(block, "\n") + "\n"
			file := ""
			if named := fileName.FindStringSubmatch(above); named != nil {
				file = named[1]
			}
			if kind == "terraform" {
				p.snippets = append(p.snippets, snippet{page: p, line: started, file: file, text: content, notRun: notRunMark.MatchString(above)})
			} else if file != "" {
				p.files[file] = content
			}
			above = ""
		case inside:
			block = append(block, line)
		case strings.TrimSpace(line) != "":
			above = line
		}
	}
	return p
}

// pages returns all pages of docs/, and README.md.
func pages(t *testing.T) []*docPage {
	t.Helper()
	all := []*docPage{parsePage("../README.md", read(t, filepath.Join(root, "README.md")))}
	err := filepath.WalkDir(docsDir, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(docsDir, file)
			all = append(all, parsePage(filepath.ToSlash(name), read(t, file)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every configuration on a page is applied as a new user would: in an empty folder, with the files that the page shows. The second plan
// is empty, and a destroy leaves nothing.
func TestAccDocs_snippets(t *testing.T) {
	t.Parallel()
	skipped := map[string]int{}
	for _, p := range pages(t) {
		for _, s := range p.snippets {
			if s.notRun {
				skipped[p.name]++
				continue
			}
			t.Run(fmt.Sprintf("%s:%d", p.name, s.line), func(t *testing.T) {
				t.Parallel()
				s.run(t)
			})
		}
	}
	if fmt.Sprint(skipped) != fmt.Sprint(notRun) {
		t.Errorf("got blocks that are not run %v, want %v", skipped, notRun)
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
	w.env = append(w.env, "TF_VAR_azure_endpoint="+azure(t, fake), "TF_VAR_azure_api_key="+openaitest.Key, "TF_VAR_entra_token="+openaitest.Key,
		"TF_VAR_gateway="+fake.URL, "TF_VAR_openai_api_key="+openaitest.Key, "TF_VAR_output_file_id="+output.ID,
		"TF_VAR_notes=for your eyes only", "TF_VAR_customers=name,city\nAda,London\n")

	// One process serves all commands, which would start three each. It cannot serve a configuration with several provider blocks.
	if len(providerBlock.FindAllString(config, -1)) < 2 {
		w.startProvider(t, w.env)
	}
	uploads := fake.sent("POST")
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	if strings.Contains(config, "import {") && fake.sent("POST") != uploads {
		t.Errorf("got %d requests POST for an import, want none", fake.sent("POST")-uploads)
	}
	w.mustRun(t, "plan", "-detailed-exitcode", "-no-color")
	w.mustRun(t, "destroy", "-auto-approve", "-no-color")
	if kept, want := remaining(fake, output.ID), kept(config); kept != want {
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

// Every file below examples/ is shown on a page, so whatever a user copies from there is what the other tests run.
func TestDocs_pagesShowTheExamples(t *testing.T) {
	var shown strings.Builder
	for _, p := range pages(t) {
		shown.WriteString(p.text)
	}
	err := filepath.WalkDir(examplesDir, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.Contains(shown.String(), strings.TrimSpace(read(t, file))) {
			t.Errorf("%s is on no page", filepath.ToSlash(file))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// documented returns the pages and examples that the schema of the provider asks for: a page and the main example of each object.
func documented(t *testing.T) map[string]string {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, all.Diagnostics)
	}
	want := map[string]string{"index.md": "provider/provider.tf"}
	for name := range all.ResourceSchemas {
		want["resources/"+strings.TrimPrefix(name, "openai_")+".md"] = "resources/" + name + "/resource.tf"
	}
	for name := range all.DataSourceSchemas {
		want["data-sources/"+strings.TrimPrefix(name, "openai_")+".md"] = "data-sources/" + name + "/data-source.tf"
	}
	for name := range all.EphemeralResourceSchemas {
		want["ephemeral-resources/"+strings.TrimPrefix(name, "openai_")+".md"] = "ephemeral-resources/" + name + "/ephemeral-resource.tf"
	}
	for name := range all.ListResourceSchemas {
		want["list-resources/"+strings.TrimPrefix(name, "openai_")+".md"] = "list-resources/" + name + "/list-resource.tfquery.hcl"
	}
	for name := range all.Functions {
		want["functions/"+name+".md"] = "functions/" + name + "/function.tf"
	}
	return want
}

// What the registries demand of documentation. The Terraform Registry cuts pages off at 500 KB.
func TestDocs_registryRules(t *testing.T) {
	const maxBytes = 500_000
	want := documented(t)
	titles := map[string]string{
		"resources":           "openai_%s Resource - OpenAI",
		"data-sources":        "openai_%s Data Source - OpenAI",
		"ephemeral-resources": "openai_%s Ephemeral Resource - OpenAI",
		"list-resources":      "openai_%s List Resource - OpenAI",
		"functions":           "%s function - OpenAI",
	}
	found := map[string]bool{}
	for _, p := range pages(t)[1:] {
		found[p.name] = true
		if len(p.text) > maxBytes {
			t.Errorf("%s has %d bytes, want at most %d", p.name, len(p.text), maxBytes)
		}
		front := frontMatter(p.text)
		for _, key := range []string{"page_title", "description"} {
			if front[key] == "" {
				t.Errorf("%s has no %s", p.name, key)
			}
		}
		dir, base := path.Split(p.name)
		dir = strings.TrimSuffix(dir, "/")
		if _, ok := front["subcategory"]; !ok && dir != "" {
			t.Errorf("%s has no subcategory", p.name)
		}
		switch title, isReference := titles[dir]; {
		case isReference:
			title = fmt.Sprintf(title, strings.TrimSuffix(base, ".md"))
			if front["page_title"] != title {
				t.Errorf("%s: got the title %q, want %q", p.name, front["page_title"], title)
			}
			if want[p.name] == "" {
				t.Errorf("%s documents what the provider does not have", p.name)
			}
		case dir != "guides" && p.name != "index.md":
			t.Errorf("the registries do not show %s", p.name)
		}
	}
	for name, example := range want {
		if !found[name] {
			t.Errorf("docs/%s is missing", name)
		}
		if _, err := os.Stat(filepath.Join(examplesDir, filepath.FromSlash(example))); err != nil {
			t.Errorf("examples/%s is missing", example)
		}
	}
	var manifest struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(root, "terraform-registry-manifest.json"))), &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{"6.0"}) {
		t.Errorf("got the manifest %+v, want version 1 and protocol 6.0", manifest)
	}
}

// frontMatter returns the keys at the top of a page, with the first line of each value.
func frontMatter(text string) map[string]string {
	values := map[string]string{}
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return values
	}
	head, _, _ := strings.Cut(rest, "\n---\n")
	for line := range strings.Lines(head) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(line, " ") {
			values[key] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return values
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
)

// Links between pages lead to a page and a heading that exist.
func TestDocs_linksLeadSomewhere(t *testing.T) {
	anchors := map[string]map[string]bool{}
	all := pages(t)
	for _, pattern := range []string{".github/*.md", "internal/bench/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, _ := filepath.Rel(docsDir, file)
			all = append(all, parsePage(filepath.ToSlash(name), read(t, file)))
		}
	}
	for _, p := range all {
		anchors[p.name] = map[string]bool{}
		for _, match := range heading.FindAllStringSubmatch(p.text, -1) {
			anchors[p.name][slug(match[1])] = true
		}
		for _, match := range anchor.FindAllStringSubmatch(p.text, -1) {
			anchors[p.name][match[1]] = true
		}
	}
	for _, p := range all {
		for _, match := range link.FindAllStringSubmatch(p.text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			target, fragment, _ := strings.Cut(match[1], "#")
			name := p.name
			if target != "" {
				name = strings.TrimPrefix(path.Join(path.Dir(p.name), target), "../docs/")
			}
			if _, err := os.Stat(filepath.Join(docsDir, filepath.FromSlash(name))); err != nil {
				t.Errorf("%s links to %s, which does not exist", p.name, match[1])
			} else if fragment != "" && !anchors[name][fragment] {
				t.Errorf("%s links to %s, and there is no such heading", p.name, match[1])
			}
		}
	}
}

// slug returns the anchor that GitHub and the registries give a heading.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.NewReplacer("`", "", "*", "").Replace(title)) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		}
	}
	return b.String()
}

// The messages that the guide explains are those of the provider.
func TestDocs_messagesExist(t *testing.T) {
	var source strings.Builder
	for _, dir := range []string{".", "../openai", "../jsonl"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				source.WriteString(read(t, file))
			}
		}
	}
	guide := read(t, filepath.Join(docsDir, "guides", "when-things-fail.md"))
	messages := regexp.MustCompile(`(?m)^\| \*([^*]+)\* \|`).FindAllStringSubmatch(guide, -1)
	if len(messages) < 20 {
		t.Fatalf("got %d messages in the guide, want at least 20", len(messages))
	}
	for _, match := range messages {
		for part := range strings.SplitSeq(match[1], "…") {
			if part = strings.TrimSpace(part); !strings.Contains(source.String(), part) {
				t.Errorf("no message of the provider contains %q", part)
			}
		}
	}
}

// The commands for contributors run tests and targets that exist: go test -run succeeds when no test has the name.
func TestDocs_commandsOfContributors(t *testing.T) {
	contributing := read(t, filepath.Join(root, ".github", "CONTRIBUTING.md"))
	commands := regexp.MustCompile(`go test \./(\S+) -run '?(Test\w+)`).FindAllStringSubmatch(contributing, -1)
	if len(commands) < 3 {
		t.Fatalf("got %d commands that run tests, want at least 3", len(commands))
	}
	for _, command := range commands {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(command[1]), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(file string) bool { return strings.Contains(read(t, file), "\nfunc "+command[2]) }) {
			t.Errorf("%s has no test whose name begins with %s", command[1], command[2])
		}
	}

	makefile := read(t, filepath.Join(root, "GNUmakefile"))
	documents := contributing + read(t, filepath.Join(root, "README.md")) + read(t, filepath.Join(root, ".github", "pull_request_template.md"))
	targets := regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z/-]*)").FindAllStringSubmatch(documents, -1)
	if len(targets) < 20 {
		t.Fatalf("got %d make commands, want at least 20", len(targets))
	}
	for _, target := range targets {
		if !strings.Contains(makefile, "\n"+target[1]+":") {
			t.Errorf("there is no target %s", target[1])
		}
	}
}
