package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Most tests of faults use core, which does over the plugin protocol what the CLI does. Here both do the same, and the service sees the
// same requests and holds the same files afterwards.
func TestAccCore_doesWhatTheCLIDoes(t *testing.T) {
	t.Parallel()
	for name, scenario := range map[string]struct {
		set, cbd bool
		fault    *openaitest.Fault // in the second apply
		fails    bool
	}{
		"files":                                {},
		"set":                                  {set: true},
		"files, create before destroy":         {cbd: true},
		"files, an upload is refused":          {fault: &openaitest.Fault{Method: "POST", Status: 400, Body: "no"}, fails: true},
		"create before destroy, refused":       {cbd: true, fault: &openaitest.Fault{Method: "POST", Status: 400, Body: "no"}, fails: true},
		"set, an upload is refused":            {set: true, fault: &openaitest.Fault{Method: "POST", Status: 400, Body: "no"}, fails: true},
		"files, a deletion is refused":         {fault: &openaitest.Fault{Method: "DELETE", Status: 400, Body: "no"}, fails: true},
		"create before destroy, stays deposed": {cbd: true, fault: &openaitest.Fault{Method: "DELETE", Status: 400, Body: "no"}, fails: true},
		"set, a deletion is refused":           {set: true, fault: &openaitest.Fault{Method: "DELETE", Status: 400, Body: "no"}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			viaCore, viaCLI := newFake(t), newFake(t)
			tf := newCore(t, viaCore, scenario.set)
			tf.cbd = scenario.cbd
			w := newWorkspace(t, viaCLI, oneOf(scenario.set, scenario.cbd))

			for step, content := range []string{one, two, two, three} {
				if step == 0 {
					tf.declare(t, "a.txt", content)
				} else {
					tf.edit(t, 0, content)
				}
				writeFile(t, filepath.Join(w.dir, "a.txt"), content)
				if step == 1 && scenario.fault != nil {
					viaCore.Inject(*scenario.fault)
					viaCLI.Inject(*scenario.fault)
				}
				out := tf.apply(t.Context(), viaCore.URL)
				text, err := w.run(t, "apply", "-auto-approve", "-no-color")
				if want := step == 1 && scenario.fails; out.failed() != want || (err != nil) != want {
					t.Fatalf("step %d: core failed %t, the CLI failed %t, want %t\n%s\n%s", step, out.failed(), err != nil, want, out, text)
				}
				expectSame(t, fmt.Sprintf("step %d", step), viaCore, viaCLI)
			}
			tf.mustDestroy(t)
			w.mustRun(t, "destroy", "-auto-approve", "-no-color")
			expectSame(t, "destroy", viaCore, viaCLI)
			viaCLI.expectFiles(t)()
		})
	}
}

// oneOf declares a.txt, in a set or as a file.
func oneOf(set, cbd bool) string {
	arguments := "source = \"a.txt\""
	kind := "openai_file"
	if set {
		kind, arguments = "openai_file_set", "files = { \"a.txt\" = \"a.txt\" }"
	}
	return fmt.Sprintf("resource %q \"test\" {\n  purpose = \"user_data\"\n  %s\n  lifecycle {\n    create_before_destroy = %t\n  }\n}\n", kind, arguments, cbd)
}

// expectSame expects two services to have seen requests of the same methods, and to hold the same contents.
func expectSame(t *testing.T, when string, a, b service) {
	t.Helper()
	describe := func(s service) string {
		var all []string
		for _, request := range s.Requests() {
			if request.Method != "GET" { // the CLI may refresh more than once
				all = append(all, request.Method)
			}
		}
		for _, file := range s.Files() {
			content, _ := s.Content(file.ID)
			all = append(all, string(content))
		}
		return strings.Join(all, " ")
	}
	if got, want := describe(a), describe(b); got != want {
		t.Errorf("%s: core leaves %q, the CLI %q", when, got, want)
	}
}
