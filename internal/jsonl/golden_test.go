package jsonl_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// purposes are those of the directories in testdata; all others hold files for fine-tuning.
var purposes = map[string]string{"batch": "batch", "evals": "evals"}

// TestCheck_files checks the files of testdata. What is wrong with a file stands in the .want file next to it, which is
// written by hand; without one, nothing is.
func TestCheck_files(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.jsonl")
	if err != nil || len(paths) < 20 {
		t.Fatalf("found %d files: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimPrefix(path, "testdata/"), func(t *testing.T) {
			purpose := purposes[filepath.Base(filepath.Dir(path))]
			if purpose == "" {
				purpose = "fine-tune"
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			report := check(t, purpose, path, string(content))

			wanted, err := os.ReadFile(strings.TrimSuffix(path, ".jsonl") + ".want")
			if good := strings.HasPrefix(filepath.Base(path), "good"); good != errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("a good file has no .want file, a bad one has: %v", err)
			}
			want := string(wanted)
			if want == "" {
				lines := strings.Count(strings.TrimSuffix(string(content), "\n"), "\n") + 1
				want = fmt.Sprintf("0 errors, 0 warnings, %d lines\n", lines)
			}
			if got := describe(report); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// describe writes a report as the .want files do: "warning 2 (1) +3: …" has the first line with the problem, the second line
// concerned, and how many other lines have the problem too.
func describe(report jsonl.Report) string {
	var out strings.Builder
	for _, fault := range report.Faults {
		out.WriteString(describeFault(fault) + "\n")
	}
	fmt.Fprintf(&out, "%d errors, %d warnings, %d lines\n", report.Errors, report.Warnings, report.Lines)
	return out.String()
}

func describeFault(fault jsonl.Fault) string {
	where := fmt.Sprint(fault.Line)
	if fault.Other > 0 {
		where += fmt.Sprintf(" (%d)", fault.Other)
	}
	if fault.Lines > 1 {
		where += fmt.Sprintf(" +%d", fault.Lines-1)
	}
	severity := map[jsonl.Severity]string{jsonl.Error: "error", jsonl.Warning: "warning"}[fault.Severity]
	return fmt.Sprintf("%s %s: %s", severity, where, fault.Message)
}
