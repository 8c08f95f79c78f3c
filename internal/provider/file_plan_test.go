package provider_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// ignores is a lifecycle with ignore_changes.
func ignores(what string) string { return "lifecycle { ignore_changes = " + what + " }" }

// fileOf declares a file with any arguments.
func (s service) fileOf(arguments ...string) string {
	return s.config("resource \"openai_file\" \"test\" {\n  " + strings.Join(arguments, "\n  ") + "\n}\n")
}

// imports is an import block.
func imports(id string) string {
	return fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", fileAddress, id)
}

// An imported file stays as it is when its content is ignored, whatever is declared.
func TestAccFileResource_importWithIgnoredContent(t *testing.T) {
	const lines = `{"custom_id":"1","method":"POST","url":"/v1/responses","body":{"model":"gpt-4o"}}` + "\n"
	local := writeFile(t, filepath.Join(t.TempDir(), "notes.jsonl"), lines)
	source, text := fmt.Sprintf("source = %q", local), `content = "something else\n"`
	named, secret := `filename = "notes.jsonl"`, "content_wo = \"something else\"\n  content_wo_version = 1"
	s := newFake(t)
	var config, blocks strings.Builder
	var plans []plancheck.PlanCheck
	var checks []statecheck.StateCheck
	tests := map[string]struct {
		purpose   string
		arguments []string
		want      plancheck.ResourceActionType
	}{
		"all_source":          {"user_data", []string{source, ignores("all")}, plancheck.ResourceActionNoop},
		"source":              {"user_data", []string{source, ignores("[source]")}, plancheck.ResourceActionNoop},
		"all_content":         {"user_data", []string{text, named, ignores("all")}, plancheck.ResourceActionNoop},
		"content":             {"user_data", []string{text, named, ignores("[content]")}, plancheck.ResourceActionNoop},
		"all_secret":          {"user_data", []string{secret, named, ignores("all")}, plancheck.ResourceActionNoop},
		"secret":              {"user_data", []string{secret, named, ignores("[content_wo]")}, plancheck.ResourceActionUpdate},
		"all_batch":           {"batch", []string{source, ignores("all")}, plancheck.ResourceActionNoop},
		"batch_content":       {"batch", []string{text, named, ignores("[content]")}, plancheck.ResourceActionNoop},
		"all_and_all_differs": {"vision", []string{text, `filename = "other.txt"`, "expires_after = { seconds = 3600 }", ignores("all")}, plancheck.ResourceActionNoop},
	}
	for name, test := range tests {
		purpose := test.purpose
		if purpose == "vision" {
			purpose = "user_data"
		}
		id, address := s.AddFile("notes.jsonl", purpose, []byte(lines+lines)).ID, "openai_file."+name
		fmt.Fprintf(&config, "resource \"openai_file\" %q {\n  purpose = %q\n  %s\n}\n", name, test.purpose, strings.Join(test.arguments, "\n  "))
		fmt.Fprintf(&blocks, "import {\n  to = %s\n  id = %q\n}\n", address, id)
		plans = append(plans, plancheck.ExpectResourceAction(address, test.want))
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact(id)))
	}
	s.run(t,
		resource.TestStep{
			Config:            s.config(config.String() + blocks.String()),
			ConfigPlanChecks:  planned(plans...),
			ConfigStateChecks: checks,
			PostApplyFunc:     all(s.expectSent(t, "POST", 0), s.expectSent(t, "DELETE", 0), s.expectFiles(t, slices.Repeat([]string{lines + lines}, len(tests))...)),
		},
		resource.TestStep{Config: s.config(config.String()), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

// An edit of an uploaded file is ignored, and the hash of the state is no expectation that could fail.
func TestAccFileResource_ignoredEdit(t *testing.T) {
	t.Parallel()
	for _, ignored := range []string{"all", "[content_sha256]"} {
		t.Run(ignored, func(t *testing.T) {
			s := newFake(t)
			source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
			config := s.fromSource(source, ignores(ignored))
			s.run(t,
				resource.TestStep{Config: config},
				resource.TestStep{
					PreConfig:         func() { writeFile(t, source, two) },
					Config:            config,
					ConfigPlanChecks:  planned(plancheck.ExpectEmptyPlan()),
					ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
					PostApplyFunc:     all(s.expectSent(t, "POST", 1), s.expectFiles(t, one)),
				},
			)
		})
	}
}

// Another argument replaces a file whose content is ignored: the new file has the declared content.
func TestAccFileResource_ignoredContentIsUploadedByAReplacement(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	file := s.AddFile("notes.txt", "user_data", []byte(three))
	config := s.fromSource(source, ignores("[source]"))
	s.run(t,
		resource.TestStep{Config: config + imports(file.ID)},
		resource.TestStep{
			Config:            strings.Replace(config, "user_data", "vision", 1),
			ConfigPlanChecks:  planned(replaces("purpose")),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
			PostApplyFunc:     s.expectFiles(t, one),
		},
	)
}

// An import with an expected hash and a stale local file: nobody knows which of the two is right, and the imported one must not go.
func TestFilePlan_importWithExpectedHashAndStaleFile(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	tf.declare(t, "notes.txt", two)
	tf.arguments = []map[string]any{{"content_sha256": oneSHA256}}
	tf.imported = []string{tf.fake.AddFile("notes.txt", "user_data", []byte(one)).ID}
	tf.importAll(t.Context(), tf.fake.URL).mustSucceed(t, "import")
	tf.apply(t.Context(), tf.fake.URL).expectError(t, `Content does not match content_sha256: .*The provider cannot check whether the imported file file-\w+ has the expected content.*-refresh=false`)
	tf.fake.expectFiles(t, one)()
	tf.fake.expectSent(t, "POST", 0)()

	tf.edit(t, 0, one)
	tf.mustApply(t)
	tf.expectAgreement(t, nil)
	tf.fake.expectSent(t, "POST", 0)()
}

// The source is made in the same apply, and Terraform plans a second time when it is there.
func TestAccFileResource_sourceMadeInTheSameApply(t *testing.T) {
	t.Parallel()
	made := func(s service, path string, arguments ...string) string {
		return s.fromSource(path, append(arguments, "depends_on = [terraform_data.make]")...) + makes(path, "two")
	}
	t.Run("instead of inline content", func(t *testing.T) {
		s := newFake(t)
		path := filepath.Join(t.TempDir(), "made.txt")
		s.run(t,
			resource.TestStep{Config: s.fileOf(`purpose = "user_data"`, `content = "one\n"`, `filename = "made.txt"`)},
			resource.TestStep{
				Config:            made(s, path),
				ConfigPlanChecks:  planned(replaces("content_sha256")),
				ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(twoSHA256)), attribute("source", knownvalue.StringExact(path))),
				PostApplyFunc:     s.expectFiles(t, two),
			},
		)
	})
	t.Run("instead of inline content, as expected", func(t *testing.T) {
		s := newFake(t)
		path := filepath.Join(t.TempDir(), "made.txt")
		expected := fmt.Sprintf("content_sha256 = %q", twoSHA256)
		s.run(t,
			resource.TestStep{Config: s.fileOf(`purpose = "user_data"`, `content = "two\n"`, `filename = "made.txt"`)},
			resource.TestStep{
				Config:           made(s, path, expected),
				ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate)),
				PostApplyFunc:    all(s.expectFiles(t, two), s.expectSent(t, "POST", 1)),
			},
		)
	})
	t.Run("of an import", func(t *testing.T) {
		s := newFake(t)
		path := filepath.Join(t.TempDir(), "made.txt")
		file := s.AddFile("made.txt", "user_data", []byte(one))
		s.run(t, resource.TestStep{
			Config:            made(s, path, createBeforeDestroy) + imports(file.ID),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(twoSHA256))),
			PostApplyFunc:     s.expectFiles(t, two),
		})
	})
	t.Run("at a new path, with another timeout", func(t *testing.T) {
		s := newFake(t)
		dir := t.TempDir()
		path := filepath.Join(dir, "made.txt")
		s.run(t,
			resource.TestStep{Config: s.fromSource(writeFile(t, filepath.Join(dir, "notes.txt"), one))},
			resource.TestStep{
				Config:            made(s, path, `timeouts = { read = "5m" }`),
				ConfigStateChecks: states(attribute("filename", knownvalue.StringExact("made.txt")), attribute("source", knownvalue.StringExact(path))),
				PostApplyFunc:     s.expectFiles(t, two),
			},
		)
	})
}

func TestAccFileResource_writeOnlyBase64Content(t *testing.T) {
	s := newFake(t)
	config := func(bytes, version string) string {
		return s.fileOf(`purpose = "user_data"`, `filename = "secret.bin"`,
			fmt.Sprintf("content_base64_wo = %q", base64.StdEncoding.EncodeToString([]byte(bytes))), "content_wo_version = "+version)
	}
	s.run(t,
		resource.TestStep{
			Config: config("\x00\xff", `"2026-11-26"`),
			ConfigStateChecks: states(
				attribute("content_base64_wo", knownvalue.Null()), attribute("content_sha256", knownvalue.Null()),
				attribute("bytes", knownvalue.Int64Exact(2)), attribute("content_wo_version", knownvalue.StringExact("2026-11-26")),
			),
			PostApplyFunc: s.expectFiles(t, "\x00\xff"),
		},
		resource.TestStep{Config: config("\x00\xff", `"2026-11-26"`), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
		resource.TestStep{
			Config:           config("\x01", "8"),
			ConfigPlanChecks: planned(replaces("content_wo_version")),
			PostApplyFunc:    s.expectFiles(t, "\x01"),
		},
		resource.TestStep{ // the same bytes as text
			Config:           s.fileOf(`purpose = "user_data"`, `filename = "secret.bin"`, `content_wo = "\u0001"`, `content_wo_version = "8"`),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
	)
}

// A server that reports no size, or 0, has the file all the same.
func TestFilePlan_sizeThatIsNotReported(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]any{"0": 0, "null": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
				return status, eachFile(body, func(file map[string]any) { file["bytes"] = size })
			})), false)
			tf.declare(t, "notes.txt", one)
			tf.mustApply(t)
			tf.expectNoChanges(t)
			if got := elements(tf.current["notes.txt"].value)["bytes"].String(); got != `tftypes.Number<"4">` {
				t.Errorf("got %s bytes in the state, want the 4 that were sent", got)
			}
			tf.fake.expectSent(t, "POST", 1)()

			imported := newCore(t, tf.fake, false)
			imported.declare(t, "notes.txt", one)
			imported.imported = []string{tf.fake.Files()[0].ID}
			imported.importAll(t.Context(), tf.fake.URL).mustSucceed(t, "import")
			imported.mustApply(t)
			tf.fake.expectSent(t, "POST", 1)()
		})
	}
}

// The retained file can only be found by its ID.
func TestFilePlan_retainedFileIsNamed(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	tf.declare(t, "notes.txt", one)
	tf.arguments = []map[string]any{{"deletion_policy": "keep"}}
	tf.mustApply(t)
	id := tf.fake.Files()[0].ID
	out := tf.destroy(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "destroy")
	if !strings.Contains(out.String(), "WARNING: File is retained at OpenAI: "+id+": File "+id+" (notes.txt)") {
		t.Errorf("got %s, want a warning that names %s", out, id)
	}
	tf.fake.expectFiles(t, one)()
}

func TestFilePlan_localFileThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("has paths and messages of Unix")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	empty, err := filepath.Rel(here, writeFile(t, filepath.Join(t.TempDir(), "empty.md"), ""))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		source string // relative to the directory of the test; absolute otherwise
		want   string
		not    string
	}{
		"relative":  {"no/such.md", `WARNING: Source file no/such\.md does not exist yet: no/such\.md: no such file or directory\. The path is relative to the directory in which Terraform runs, so it means /.*/no/such\.md\.`, ""},
		"absolute":  {"/no/such.md", `Source file /no/such\.md does not exist yet: /no/such\.md: no such file or directory\. The apply uploads`, "relative"},
		"unclean":   {"/no//such.md", `/no//such\.md: no such`, "relative"},
		"dots":      {"/no/../such.md", `/no/\.\./such\.md: no such`, "relative"},
		"home":      {"~/such.md", `Terraform does not replace ~ with your home directory\. Use pathexpand\(\)`, "relative"},
		"directory": {".", `ERROR: Source is a directory: \.: it is a directory`, "relative"},
		"slash":     {"/no/such.md/", `/no/such\.md/: no such`, "relative"},
		"below":     {"file_plan_test.go/such.md", `ERROR: Source file cannot be read: file_plan_test\.go/such\.md: not a directory\.`, "relative to"},
		"empty":     {empty, `WARNING: Source file .*empty\.md is empty: .*it is empty, and OpenAI refuses empty files`, "relative to"},
		"control":   {"a\x1b[31m.md", `Source file "a\\x1b\[31m\.md" does not exist yet`, "\x1b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), false)
			tf.declarePath(test.source)
			out := &outcome{}
			tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
			expectOutput(t, out.String(), test.want)
			if test.not != "" && strings.Contains(out.String(), test.not) {
				t.Errorf("got %q, which should not contain %q", out, test.not)
			}
		})
	}
}

// Terraform composes the characters of a path, and on disk they may be decomposed.
func TestFilePlan_decomposedName(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	tf := newCore(t, newFake(t), false)
	dir := filepath.Join(tf.dir, decomposed)
	writeFile(t, filepath.Join(dir, decomposed+".txt"), one)
	if _, err := os.Stat(filepath.Join(tf.dir, composed)); err == nil {
		t.Skip("this file system does not distinguish Unicode forms")
	}
	tf.declarePath(filepath.Join(tf.dir, composed, composed+".txt"))
	tf.apply(t.Context(), tf.fake.URL).mustSucceed(t, "apply")
	tf.fake.expectFiles(t, one)()
	if got := tf.fake.Files()[0].Filename; got != composed+".txt" {
		t.Errorf("got the name %q, want %q", got, composed+".txt")
	}
	tf.expectNoChanges(t)

	writeFile(t, filepath.Join(dir, "cafe\u0301\u0323.txt"), two) // both forms of one name, neither of them composed
	writeFile(t, filepath.Join(dir, "cafe\u0323\u0301.txt"), two)
	tf.declarePath(filepath.Join(tf.dir, composed, "caf\u1eb9\u0301.txt"))
	out := &outcome{}
	tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
	expectOutput(t, out.String(), `does not exist yet: .* 2 names in .* differ from it only in their Unicode form`)

	set := newCore(t, newFake(t), true)
	set.declarePath(filepath.Join(tf.dir, composed, composed+".txt"))
	set.apply(t.Context(), set.fake.URL).mustSucceed(t, "apply of a set")
	set.fake.expectFiles(t, one)()
	set.declarePath(filepath.Join(tf.dir, composed, "caf\u1eb9\u0301.txt"))
	set.fails(t, `2 names in .* differ from it only in their Unicode form`)
}

// The file holds a reference to its content. Any purpose accepts these bytes, and none can use them.
func TestFilePlan_gitLFSPointer(t *testing.T) {
	t.Parallel()
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
	for _, isSet := range []bool{false, true} {
		tf := newCore(t, newFake(t), isSet)
		tf.declare(t, "manual.pdf", pointer)
		out := &outcome{}
		tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
		expectOutput(t, out.String(), `WARNING: File manual\.pdf is a Git LFS pointer: .*Run "git lfs pull"`)
	}
}
