package provider_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

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
	_, all := providerSchema(t)
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

// Every argument is set in an example on the page of its object, those of the provider block on any page.
func TestDocs_everyArgumentHasAnExample(t *testing.T) {
	_, all := providerSchema(t)
	dirs := map[string]string{"resource": "resources", "data": "data-sources", "ephemeral": "ephemeral-resources", "list": "list-resources"}
	arguments := map[string][]string{}
	for name, schema := range schemasByName(all) {
		if kind, object, ok := strings.Cut(name, " openai_"); ok {
			arguments[dirs[kind]+"/"+object+".md"] = settable(schema.Block.Attributes)
		}
	}
	var everything strings.Builder
	checked := 0
	for _, p := range pages(t) {
		_, object, _ := strings.Cut(strings.TrimSuffix(p.name, ".md"), "/")
		own := regexp.MustCompile(`(?ms)^(resource|data|ephemeral|list) "openai_` + object + `" .*?^}`)
		var examples strings.Builder
		for _, s := range p.snippets {
			examples.WriteString(strings.Join(own.FindAllString(s.text, -1), "\n"))
			everything.WriteString(strings.Join(providerBlocks.FindAllString(s.text, -1), "\n"))
		}
		for _, argument := range arguments[p.name] {
			checked++
			if !sets(examples.String(), argument) {
				t.Errorf("no example on %s sets %s", p.name, argument)
			}
		}
	}
	for _, argument := range settable(all.Provider.Block.Attributes) {
		checked++
		if !sets(everything.String(), argument) {
			t.Errorf("no example sets the argument %s of the provider block", argument)
		}
	}
	if checked < 60 {
		t.Errorf("got %d arguments, want at least 60", checked)
	}
}

// providerBlocks matches the blocks of this provider in a configuration.
var providerBlocks = regexp.MustCompile(`(?ms)^provider "openai(?:files)?" \{$.*?^\}`)

// settable returns the names of the arguments that a configuration may set, with those of nested objects.
func settable(attributes []*tfprotov6.SchemaAttribute) []string {
	var names []string
	for _, attribute := range attributes {
		if !attribute.Required && !attribute.Optional {
			continue
		}
		names = append(names, attribute.Name)
		if attribute.NestedType != nil {
			names = append(names, settable(attribute.NestedType.Attributes)...)
		}
	}
	return names
}

// sets reports whether a configuration sets an argument.
func sets(config, argument string) bool {
	return regexp.MustCompile(`(?m)(^|[{,])\s*` + argument + `\s*=[^=>]`).MatchString(config)
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
	block := "" // the key whose value begins on the next line
	for line := range strings.Lines(head) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.Trim(strings.TrimSpace(value), `"`); {
		case strings.HasPrefix(line, " "):
			if block != "" {
				values[block] = strings.TrimSpace(line)
			}
			block = ""
		case ok && value == "|-":
			block = key
		case ok:
			values[key], block = value, ""
		}
	}
	return values
}

// README.md and the first page lead to every page.
func TestDocs_everyPageIsLinked(t *testing.T) {
	readme, index := read(t, filepath.Join(root, "README.md")), read(t, filepath.Join(docsDir, "index.md"))
	for _, p := range pages(t)[1:] {
		if !strings.Contains(readme, "](docs/"+p.name+")") {
			t.Errorf("README.md does not link to %s", p.name)
		}
		link := regexp.MustCompile(`\]\(` + regexp.QuoteMeta(docsURL+"/"+strings.TrimSuffix(p.name, ".md")) + `[)#]`)
		if p.name != "index.md" && !link.MatchString(index) {
			t.Errorf("index.md does not link to %s", p.name)
		}
	}
}

// The arguments of list resources are written by hand.
func TestDocs_listResources(t *testing.T) {
	item := regexp.MustCompile("(?m)^- `(\\w+)` \\(")
	_, all := providerSchema(t)
	for name, schema := range all.ListResourceSchemas {
		page := read(t, filepath.Join(docsDir, "list-resources", strings.TrimPrefix(name, "openai_")+".md"))
		_, list, _ := strings.Cut(page, "\n## Schema\n")
		var got []string
		for _, match := range item.FindAllStringSubmatch(list, -1) {
			got = append(got, match[1])
		}
		slices.Sort(got)
		want := settable(schema.Block.Attributes)
		slices.Sort(want)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: got the arguments %q, want %q", name, got, want)
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
)

// docsURL is where the Terraform Registry shows the pages.
const docsURL = "https://registry.terraform.io/providers/openaifiles/openai/latest/docs"

// Links lead to a page and a heading that exist. Those on the pages of docs/ are absolute: the Terraform Registry shows index.md without a
// slash at the end of its address, and the OpenTofu Registry names some directories differently.
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
		for _, match := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(p.text, ""), -1) {
			anchors[p.name][slug(match[1])] = true
		}
		for _, match := range anchor.FindAllStringSubmatch(p.text, -1) {
			anchors[p.name][match[1]] = true
		}
	}
	for _, p := range all {
		inDocs := !strings.HasPrefix(p.name, "../")
		for _, match := range link.FindAllStringSubmatch(p.text, -1) {
			target, fragment, _ := strings.Cut(match[1], "#")
			name := p.name
			switch page, isDoc := strings.CutPrefix(target, docsURL); {
			case isDoc:
				name = cmp.Or(strings.TrimPrefix(page, "/"), "index") + ".md"
			case strings.Contains(target, "://"):
				continue
			case target != "" && inDocs:
				t.Errorf("%s has the relative link %s, which the registries do not resolve", p.name, match[1])
				continue
			case target != "":
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

// comments matches comments that fill or end a line.
var comments = regexp.MustCompile(`(?m)(^|\s)// .*$`)

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
				source.WriteString(comments.ReplaceAllString(read(t, file), ""))
			}
		}
	}
	guide := read(t, filepath.Join(docsDir, "guides", "when-things-fail.md"))
	guide = regexp.MustCompile(`\*\*N of M files (could not be \w+)\*\*`).ReplaceAllString(guide, "*N of M files $1*")
	cells := regexp.MustCompile(`(?m)^\| (\*[^*|]+\*(?:, \*[^*|]+\*)*) \|`).FindAllString(guide, -1)
	messages := regexp.MustCompile(`\*([^*]+)\*`).FindAllStringSubmatch(strings.Join(cells, "\n"), -1)
	if len(messages) < 85 {
		t.Fatalf("got %d messages in the guide, want at least 85", len(messages))
	}
	// The provider composes these titles from numbers and what could not be done.
	composed := strings.NewReplacer("N of M files", "…", "be uploaded", "be …", "be deleted", "be …", "be attached", "be …")
	for _, match := range messages {
		for part := range strings.SplitSeq(composed.Replace(match[1]), "…") {
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
