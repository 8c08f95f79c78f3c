package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The demo ends well, and its output is clean text for something that is not a terminal.
func TestDemo(t *testing.T) {
	t.Parallel()
	program := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if os.Getenv("TF_ACC") == "" || program == "" {
		t.Skip("runs terraform or tofu: see make test")
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./internal/demo", "-cli", program) //nolint:gosec // the environment of the tests names the program
	cmd.Dir = "../.."
	output, err := cmd.CombinedOutput()
	text := string(output)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, want := range []string{
		"No changes.", "  134 bytes  attached\n", "Destroy complete! Resources: 3 destroyed.", "\n  no files\n", "\nRequests: 4 uploads, 2 batches of attachments,",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the output lacks %q:\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"\x1b", "Warning", "lock file"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the output has %q:\n%s", unwanted, text)
		}
	}
}
