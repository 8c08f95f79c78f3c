package main_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever builds a release again gets the same bytes, wherever the source lies.
func TestBuild_isReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the provider twice")
	}
	elsewhere := filepath.Join(t.TempDir(), "another", "directory")
	copySource(t, elsewhere)
	here := build(t, ".")
	if there := build(t, elsewhere); !bytes.Equal(here, there) {
		t.Errorf("two builds of the same source differ: %d and %d bytes", len(here), len(there))
	}
	if wd, err := os.Getwd(); err != nil || bytes.Contains(here, []byte(wd)) {
		t.Errorf("the build has the path of its source in it (%v)", err)
	}
}

// copySource copies what a build needs.
func copySource(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		isSource := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if !isSource && path != "go.mod" && path != "go.sum" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// build builds the provider as a release is built and returns the binary.
func build(t *testing.T, dir string) []byte {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "provider")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X main.version=1.2.3", "-o", binary, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %s", err, out)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
