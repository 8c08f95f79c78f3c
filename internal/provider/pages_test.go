package provider_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	root    = "../.."
	docsDir = root + "/docs"
)

// docPage is a generated page of the documentation.
type docPage struct {
	name     string // path below docs/, with slashes
	text     string
	snippets []snippet
	files    map[string]string // the data files that the page shows, by path
}

// snippet is a configuration on a page.
type snippet struct {
	page *docPage
	line int
	file string // the name that the page gives it; empty: none
	text string
}

// isList reports whether the snippet belongs in a file for terraform query.
func (s snippet) isList() bool { return strings.HasPrefix(s.text, "list \"") }

var (
	fileName = regexp.MustCompile("^`([^`]+)`:$")
	fence    = regexp.MustCompile("^```(\\w*)$")
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
				p.snippets = append(p.snippets, snippet{page: p, line: started, file: file, text: content})
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
