package provider_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// fromSource declares a file of a path on disk, with further arguments.
func (s service) fromSource(path string, more ...string) string {
	return s.config(fmt.Sprintf("resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  source  = %q\n  %s\n}\n",
		path, strings.Join(more, "\n  ")))
}

func attribute(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(fileAddress, tfjsonpath.New(name), want)
}

func unknownAttribute(name string) plancheck.PlanCheck {
	return plancheck.ExpectUnknownValue(fileAddress, tfjsonpath.New(name))
}

func states(checks ...statecheck.StateCheck) []statecheck.StateCheck { return checks }

var createBeforeDestroy = "lifecycle { create_before_destroy = true }"

func TestAccFileResource_sourceIsUploaded(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t, resource.TestStep{
		Config: s.fromSource(source),
		ConfigPlanChecks: planned(
			action(plancheck.ResourceActionCreate),
			unknownAttribute("id"), unknownAttribute("content_sha256"), unknownAttribute("bytes"),
			plancheck.ExpectKnownValue(fileAddress, tfjsonpath.New("filename"), knownvalue.StringExact("notes.txt")),
		),
		ConfigStateChecks: states(
			attribute("id", knownvalue.StringRegexp(regexp.MustCompile(`^file-`))),
			attribute("filename", knownvalue.StringExact("notes.txt")),
			attribute("purpose", knownvalue.StringExact("user_data")),
			attribute("bytes", knownvalue.Int64Exact(4)),
			attribute("content_sha256", knownvalue.StringExact(oneSHA256)),
			attribute("created_at", knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))),
			attribute("expires_at", knownvalue.Null()),
			attribute("status", knownvalue.StringExact("processed")),
			attribute("status_details", knownvalue.Null()),
			attribute("deletion_policy", knownvalue.StringExact("delete")),
		),
		PostApplyFunc: all(s.expectFiles(t, one), s.expectSent(t, "POST", 1), s.expectSent(t, "DELETE", 0)),
	})
	if s.Server != nil {
		s.expectFiles(t)()
	}
}

func TestAccFileResource_uploadIsOneStreamOfKnownLength(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t, resource.TestStep{
		Config: s.fromSource(source, `expires_after = { seconds = 3600 }`),
		PostApplyFunc: func() {
			for _, request := range s.Requests() {
				if request.Method != "POST" {
					continue
				}
				if request.ContentLength <= 0 || request.ContentLength != request.BodyBytes {
					t.Errorf("Content-Length %d, want that of the body: %d", request.ContentLength, request.BodyBytes)
				}
				if got, want := strings.Join(request.FieldOrder, " "), "purpose expires_after[anchor] expires_after[seconds] file"; got != want {
					t.Errorf("fields in the order %s, want %s: some servers read nothing after the file", got, want)
				}
				if got := request.Header.Get("User-Agent"); !regexp.MustCompile(`^terraform-provider-openai/test \(\+Terraform/1\.\d+\.\d+.*\)$`).MatchString(got) {
					t.Errorf("User-Agent %q", got)
				}
			}
		},
	})
}

func TestAccFileResource_editedSourceReplacesFile(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	differ := statecheck.CompareValue(compare.ValuesDiffer())
	s.run(t,
		resource.TestStep{
			Config:            s.fromSource(source),
			ConfigStateChecks: states(differ.AddStateValue(fileAddress, tfjsonpath.New("id"))),
		},
		resource.TestStep{
			PreConfig: func() { writeFile(t, source, two) },
			Config:    s.fromSource(source),
			ConfigPlanChecks: planned(
				action(plancheck.ResourceActionDestroyBeforeCreate), replaces("content_sha256"),
				unknownAttribute("id"), unknownAttribute("content_sha256"), unknownAttribute("bytes"),
				unknownAttribute("created_at"), unknownAttribute("expires_at"), unknownAttribute("status"),
			),
			ConfigStateChecks: states(
				differ.AddStateValue(fileAddress, tfjsonpath.New("id")),
				attribute("content_sha256", knownvalue.StringExact(twoSHA256)),
			),
			PostApplyFunc: all(s.expectFiles(t, two), s.expectSent(t, "POST", 2), s.expectSent(t, "DELETE", 1)),
		},
	)
}

func TestAccFileResource_createBeforeDestroyKeepsOneAllTheTime(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source, createBeforeDestroy)},
		resource.TestStep{
			PreConfig:        func() { writeFile(t, source, two) },
			Config:           s.fromSource(source, createBeforeDestroy),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionCreateBeforeDestroy)),
			PostApplyFunc: func() {
				s.expectFiles(t, two)()
				var order []string
				for _, request := range s.Requests() {
					if request.Method != "GET" {
						order = append(order, request.Method)
					}
				}
				if got := strings.Join(order, " "); got != "POST POST DELETE" {
					t.Errorf("requests %s, want the new file before the end of the old one", got)
				}
			},
		},
	)
}

// S1: the file is missing at plan and made during the apply.
func TestAccFileResource_sourceMadeDuringApply(t *testing.T) {
	s := newService(t)
	source := filepath.Join(t.TempDir(), "made.txt")
	s.run(t, resource.TestStep{
		Config: s.fromSource(source, `depends_on = [terraform_data.make]`) + makes(source, "one"),
		ConfigPlanChecks: planned(
			action(plancheck.ResourceActionCreate), unknownAttribute("content_sha256"),
			plancheck.ExpectKnownValue(fileAddress, tfjsonpath.New("filename"), knownvalue.StringExact("made.txt")),
		),
		ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
		PostApplyFunc:     s.expectFiles(t, one),
	})
}

// makes declares a resource that writes a line to a file whenever the line changes.
func makes(path, line string) string {
	return fmt.Sprintf(`
resource "terraform_data" "make" {
  triggers_replace = [%[2]q]
  provisioner "local-exec" { command = "printf '%%s\n' %[2]s > %[1]s" }
}
`, path, line)
}

// S2: a stale file lies there at plan and is written anew during the apply.
func TestAccFileResource_staleSourceRewrittenDuringCreate(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "stale.txt"), "stale")
	s.run(t, resource.TestStep{
		Config:            s.fromSource(source, `depends_on = [terraform_data.make]`) + makes(source, "one"),
		ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256)), attribute("bytes", knownvalue.Int64Exact(4))),
		PostApplyFunc:     s.expectFiles(t, one),
	})
}

// S3: a replacement is planned, and the file is written anew during the apply.
func TestAccFileResource_sourceRewrittenDuringReplace(t *testing.T) {
	s := newService(t)
	source := filepath.Join(t.TempDir(), "made.txt")
	config := func(line string) string {
		return s.fromSource(source, `depends_on = [terraform_data.make]`) + makes(source, line)
	}
	s.run(t,
		resource.TestStep{Config: config("one")},
		resource.TestStep{
			PreConfig:         func() { writeFile(t, source, two) },
			Config:            config("three"),
			ConfigPlanChecks:  planned(replaces("content_sha256")),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(threeSHA256))),
			PostApplyFunc:     all(s.expectFiles(t, three), s.expectSent(t, "POST", 2)),
		},
	)
}

// S3b: unchanged at plan, written anew during the apply: Terraform does not ask again, the next plan replaces it.
func TestAccFileResource_unchangedAtPlanRewrittenDuringApply(t *testing.T) {
	s := newService(t)
	source := filepath.Join(t.TempDir(), "made.txt")
	config := func(line string) string {
		return s.fromSource(source, `depends_on = [terraform_data.make]`) + makes(source, line)
	}
	s.run(t,
		resource.TestStep{Config: config("one")},
		resource.TestStep{
			Config:             config("two"),
			ConfigPlanChecks:   planned(action(plancheck.ResourceActionNoop)),
			ExpectNonEmptyPlan: true,
			PostApplyFunc:      s.expectFiles(t, one),
		},
		resource.TestStep{
			Config:           config("two"),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, two),
		},
	)
}

// S4: a saved plan creates the file, which changes before it is applied.
func TestAccFileResource_savedPlanUploadsWhatIsThere(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t, resource.TestStep{
		Config:            s.fromSource(source),
		ConfigPlanChecks:  planned(between(func() { writeFile(t, source, three) })),
		ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(threeSHA256)), attribute("bytes", knownvalue.Int64Exact(6))),
		PostApplyFunc:     s.expectFiles(t, three),
	})
}

// S5: a saved plan replaces the file, which changes before it is applied.
func TestAccFileResource_savedPlanReplacesWithWhatIsThere(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			PreConfig:         func() { writeFile(t, source, two) },
			Config:            s.fromSource(source),
			ConfigPlanChecks:  planned(replaces("content_sha256"), between(func() { writeFile(t, source, three) })),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(threeSHA256))),
			PostApplyFunc:     all(s.expectFiles(t, three), s.expectSent(t, "POST", 2), s.expectSent(t, "DELETE", 1)),
		},
	)
}

// S5b, S5d: a saved plan finds the file gone. With create_before_destroy the old one stays.
func TestAccFileResource_savedPlanWithoutSource(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	remove := between(func() { _ = os.Remove(source) })
	gone := says(`Source file does not exist`, `notes\.txt: no such file`)
	s.run(t,
		resource.TestStep{
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(remove),
			ExpectError:      gone,
		},
		resource.TestStep{
			PreConfig: all(s.expectFiles(t), s.expectSent(t, "POST", 0), func() { writeFile(t, source, one) }),
			Config:    s.fromSource(source, createBeforeDestroy),
		},
		resource.TestStep{
			PreConfig:        func() { writeFile(t, source, two) },
			Config:           s.fromSource(source, createBeforeDestroy),
			ConfigPlanChecks: planned(remove),
			ExpectError:      gone,
		},
		resource.TestStep{
			PreConfig:        all(s.expectFiles(t, one), s.expectSent(t, "POST", 1), s.expectSent(t, "DELETE", 0)),
			Config:           s.fromSource(source, createBeforeDestroy),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionNoop)),
		},
	)
}

// S6: a saved plan without changes does nothing, even when the file changes before it is applied.
func TestAccFileResource_savedPlanWithoutChanges(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			Config:             s.fromSource(source),
			ConfigPlanChecks:   planned(action(plancheck.ResourceActionNoop), between(func() { writeFile(t, source, two) })),
			PostApplyFunc:      all(s.expectFiles(t, one), s.expectSent(t, "POST", 1)),
			ExpectNonEmptyPlan: true,
		},
	)
}

// S7: the local file is deleted after the upload.
func TestAccFileResource_sourceDeletedAfterUpload(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			PreConfig:         func() { _ = os.Remove(source) },
			Config:            s.fromSource(source),
			ConfigPlanChecks:  planned(action(plancheck.ResourceActionNoop)),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
			PostApplyFunc:     s.expectFiles(t, one),
		},
	)
}

// S8: an import of a file with the same name and size is taken over in place.
func TestAccFileResource_importedFileIsTakenOver(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	file := s.AddFile("notes.txt", "user_data", []byte(one))
	s.run(t,
		resource.TestStep{
			Config:             s.fromSource(source),
			ResourceName:       fileAddress,
			ImportState:        true,
			ImportStateId:      file.ID,
			ImportStatePersist: true,
		},
		resource.TestStep{
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: states(
				attribute("id", knownvalue.StringExact(file.ID)),
				attribute("content_sha256", knownvalue.StringExact(oneSHA256)),
				attribute("source", knownvalue.StringExact(source)),
				attribute("filename", knownvalue.StringExact("notes.txt")),
			),
			PostApplyFunc: all(s.expectFiles(t, one), s.expectSent(t, "POST", 0), s.expectSent(t, "DELETE", 0)),
		},
		resource.TestStep{
			PreConfig:        func() { writeFile(t, source, two) },
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, two),
		},
	)
}

// S8b: an import of a file with another size is replaced.
func TestAccFileResource_importedFileOfAnotherSizeIsReplaced(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	file := s.AddFile("notes.txt", "user_data", []byte(three))
	s.run(t,
		resource.TestStep{
			Config: s.fromSource(source), ResourceName: fileAddress,
			ImportState: true, ImportStateId: file.ID, ImportStatePersist: true,
		},
		resource.TestStep{
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, one),
		},
	)
}

func TestAccFileResource_importKeepsAnExpiryThatFits(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "lines.jsonl"), "{}\n")
	file := s.AddFile("lines.jsonl", "batch", []byte("{}\n")) // expires after 30 days by itself
	config := func(seconds int) string {
		return s.config(fmt.Sprintf(`
resource "openai_file" "test" {
  purpose       = "batch"
  source        = %q
  expires_after = { seconds = %d }
}`, source, seconds))
	}
	s.run(t,
		resource.TestStep{
			Config: config(2592000), ResourceName: fileAddress,
			ImportState: true, ImportStateId: file.ID, ImportStatePersist: true,
		},
		resource.TestStep{
			Config:           config(2592000),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    s.expectSent(t, "POST", 0),
		},
		resource.TestStep{
			Config:           config(3600),
			ConfigPlanChecks: planned(replaces("expires_after")),
		},
	)
}

func TestAccFileResource_importOfUnknownIDFails(t *testing.T) {
	s := newService(t)
	s.run(t, resource.TestStep{
		Config: s.fromSource("notes.txt"), ResourceName: fileAddress, ImportState: true, ImportStateId: "file-none",
		ExpectError: says(`File cannot be imported`, `no file with the ID file-none`, `misspelled`),
	})
}

// S9: a fresh checkout changes the time of the file and nothing else.
func TestAccFileResource_newModificationTimeIsNoChange(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			PreConfig: func() {
				if err := os.Chtimes(source, time.Time{}, time.Unix(1, 0)); err != nil {
					t.Fatal(err)
				}
			},
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
	)
}

// S10: other line ends are another content.
func TestAccFileResource_otherLineEndsReplaceFile(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			PreConfig:        func() { writeFile(t, source, "one\r\n") },
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, "one\r\n"),
		},
	)
}

// S11, S16: another path with the same bytes is no difference, and an edit there is noticed.
func TestAccFileResource_otherPathIsNoChange(t *testing.T) {
	s := newService(t)
	laptop := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	pipeline := writeFile(t, filepath.Join(t.TempDir(), "checkout", "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(laptop)},
		resource.TestStep{
			Config:            s.fromSource(pipeline),
			ConfigPlanChecks:  planned(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: states(attribute("source", knownvalue.StringExact(laptop))),
			PostApplyFunc:     s.expectSent(t, "POST", 1),
		},
		resource.TestStep{
			PreConfig:         func() { writeFile(t, pipeline, two) },
			Config:            s.fromSource(pipeline),
			ConfigPlanChecks:  planned(replaces("content_sha256")),
			ConfigStateChecks: states(attribute("source", knownvalue.StringExact(pipeline))),
			PostApplyFunc:     s.expectFiles(t, two),
		},
	)
}

// S12: the hash comes from the resource that makes the file, so both change in the same apply.
func TestAccFileResource_hashFromTheMakerReplacesInTheSameApply(t *testing.T) {
	s := newService(t)
	source := filepath.Join(t.TempDir(), "made.txt")
	config := func(line, hash string) string {
		return s.fromSource(source, `content_sha256 = terraform_data.hash.output`) + makes(source, line) + fmt.Sprintf(`
resource "terraform_data" "hash" {
  input      = %q
  depends_on = [terraform_data.make]
}`, hash)
	}
	s.run(t,
		resource.TestStep{Config: config("one", oneSHA256)},
		resource.TestStep{
			Config:            config("two", twoSHA256),
			ConfigPlanChecks:  planned(replaces("content_sha256"), unknownAttribute("content_sha256")),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(twoSHA256))),
			PostApplyFunc:     s.expectFiles(t, two),
		},
	)
}

// S13: the path changes, and the bytes change before the plan is applied.
func TestAccFileResource_otherPathAndBytesChangeBeforeApply(t *testing.T) {
	s := newService(t)
	first := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	second := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(first)},
		resource.TestStep{
			Config:             s.fromSource(second),
			ConfigPlanChecks:   planned(plancheck.ExpectEmptyPlan(), between(func() { writeFile(t, second, two) })),
			ExpectNonEmptyPlan: true,
		},
		resource.TestStep{
			Config:           s.fromSource(second),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, two),
		},
	)
}

// S14: an asserted hash refuses other bytes before anything is sent.
func TestAccFileResource_otherBytesThanAssertedAreRefused(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), two)
	asserted := s.fromSource(source, fmt.Sprintf("content_sha256 = %q", oneSHA256))
	refused := says(`content_sha256`, twoSHA256, oneSHA256)
	s.run(t,
		resource.TestStep{Config: asserted, ExpectError: refused},
		resource.TestStep{
			PreConfig:         all(s.expectSent(t, "POST", 0), func() { writeFile(t, source, one) }),
			Config:            asserted,
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
			PostApplyFunc:     s.expectFiles(t, one),
		},
		resource.TestStep{ // the uploaded file matches
			PreConfig:        func() { writeFile(t, source, two) },
			Config:           asserted,
			ConfigPlanChecks: planned(action(plancheck.ResourceActionNoop)),
		},
		resource.TestStep{
			PreConfig:        all(s.expectFiles(t, one), s.expectSent(t, "POST", 1)),
			Config:           s.fromSource(source, fmt.Sprintf("content_sha256 = %q", twoSHA256)),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, two),
		},
	)
}

func TestAccFileResource_deletedElsewhereIsUploadedAgain(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			PreConfig: func() {
				if !s.DeleteFile(s.Files()[0].ID) {
					t.Error("there is no file to delete")
				}
			},
			Config:           s.fromSource(source),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionCreate)),
			PostApplyFunc:    all(s.expectFiles(t, one), s.expectSent(t, "POST", 2)),
		},
	)
}

func TestAccFileResource_destroyOfMissingFileSucceeds(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			Config:  s.fromSource(source),
			Destroy: true,
			ConfigPlanChecks: planned(action(plancheck.ResourceActionDestroy), between(func() {
				s.DeleteFile(s.Files()[0].ID)
			})),
			PostApplyFunc: s.expectSent(t, "DELETE", 1),
		},
	)
}

func TestAccFileResource_deletionPolicyKeepLeavesTheFile(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			Config:           s.fromSource(source, `deletion_policy = "keep"`),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate)),
			PostApplyFunc:    s.expectSent(t, "POST", 1),
		},
	)
	t.Cleanup(func() {
		s.expectFiles(t, one)()
		s.expectSent(t, "DELETE", 0)()
	})
}

// inline returns the arguments of a file that is declared without a source.
func inline(content map[string]any) map[string]any {
	arguments := map[string]any{"purpose": "user_data", "filename": "a.txt"}
	maps.Copy(arguments, content)
	return arguments
}

func TestFileResource_inlineContent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content map[string]any
		want    string
	}{
		"text":   {map[string]any{"content": one}, one},
		"base64": {map[string]any{"content_base64": "b25lCg=="}, one},        // printf 'one\n' | base64
		"bytes":  {map[string]any{"content_base64": "AP/+"}, "\x00\xff\xfe"}, // printf '\0\377\376' | base64
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCoreOf(t, newFake(t), "openai_file")
			tf.arrange(inline(test.content))
			tf.mustApply(t)
			if got := num(tf.state("bytes")); got != int64(len(test.want)) || !tf.state("source").IsNull() {
				t.Errorf("got %d bytes and the source %s, want %d and none", got, tf.state("source"), len(test.want))
			}
			tf.fake.expectFiles(t, test.want)()
			tf.expectNoChanges(t)

			tf.arrange(inline(map[string]any{"content": two}))
			c, _ := tf.planOne(t)
			if got := str(elements(c.planned)["content_sha256"]); c.because != "content_sha256" || got != twoSHA256 {
				t.Errorf("replaced because of %q, planned with the SHA-256 %q, want content_sha256 and %s", c.because, got, twoSHA256)
			}
			tf.mustApply(t)
			if got := str(tf.state("content_sha256")); got != twoSHA256 {
				t.Errorf("the state has the SHA-256 %s, want %s", got, twoSHA256)
			}
			tf.fake.expectFiles(t, two)()
		})
	}
}

func TestAccFileResource_contentFromAnotherResource(t *testing.T) {
	s := newService(t)
	config := func(text string) string {
		return s.config(fmt.Sprintf(`
resource "terraform_data" "text" {
  input = %q
}
resource "openai_file" "test" {
  purpose  = "user_data"
  filename = "a.txt"
  content  = terraform_data.text.output
}`, text))
	}
	s.run(t,
		resource.TestStep{
			Config:            config(one),
			ConfigPlanChecks:  planned(unknownAttribute("content_sha256")),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
		},
		resource.TestStep{
			Config:           config(two),
			ConfigPlanChecks: planned(replaces("content_sha256")),
			PostApplyFunc:    s.expectFiles(t, two),
		},
	)
}

func TestAccFileResource_sameBytesFromAnotherKindOfContent(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			Config: s.config("resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  filename = \"a.txt\"\n  content = \"one\\n\"\n}\n"),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(fileAddress, tfjsonpath.New("content_sha256"), knownvalue.StringExact(oneSHA256))),
			ConfigStateChecks: states(attribute("source", knownvalue.Null())),
			PostApplyFunc:     s.expectSent(t, "POST", 1),
		},
	)
}

func TestAccFileResource_writeOnlyContent(t *testing.T) {
	s := newFake(t)
	config := func(text string, version int) string {
		return s.config(fmt.Sprintf(`
resource "openai_file" "test" {
  purpose            = "user_data"
  filename           = "secret.txt"
  content_wo         = %q
  content_wo_version = %d
}`, text, version))
	}
	s.run(t,
		resource.TestStep{
			Config: config("first secret", 1),
			ConfigStateChecks: states(
				attribute("content_wo", knownvalue.Null()),
				attribute("content_sha256", knownvalue.Null()),
				attribute("bytes", knownvalue.Int64Exact(12)),
			),
			PostApplyFunc: s.expectFiles(t, "first secret"),
		},
		resource.TestStep{
			Config:           config("other secret", 1),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			Config:           config("other secret", 2),
			ConfigPlanChecks: planned(replaces("content_wo_version")),
			PostApplyFunc:    s.expectFiles(t, "other secret"),
		},
		resource.TestStep{
			Config:           s.config("resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  filename = \"secret.txt\"\n  content = \"no secret\"\n}\n"),
			ConfigPlanChecks: planned(plancheck.ExpectResourceAction(fileAddress, plancheck.ResourceActionDestroyBeforeCreate)),
			PostApplyFunc:    s.expectFiles(t, "no secret"),
		},
	)
}

// The state must not claim the hash of a text that was never uploaded.
func TestAccFileResource_assertionOfWriteOnlyContent(t *testing.T) {
	s := newFake(t)
	config := func(text string, version int, more string) string {
		return s.config(fmt.Sprintf(`
resource "openai_file" "test" {
  purpose            = "user_data"
  filename           = "secret.txt"
  content_wo         = %q
  content_wo_version = %d
  %s
}`, text, version, more))
	}
	assert := func(hash string) string { return fmt.Sprintf("content_sha256 = %q", hash) }
	s.run(t,
		resource.TestStep{Config: config(one, 1, "")},
		resource.TestStep{
			Config:      config(two, 1, assert(twoSHA256)),
			ExpectError: says(`Write-only content changed, but its version did not`, `Change content_wo_version`),
		},
		resource.TestStep{
			Config:            config(one, 1, assert(oneSHA256)),
			ConfigPlanChecks:  planned(action(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
		},
		resource.TestStep{ // no longer asserted: the same text stays
			Config:            config(one, 1, ""),
			ConfigPlanChecks:  planned(action(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.Null())),
			PostApplyFunc:     s.expectSent(t, "POST", 1),
		},
	)
}

func TestAccFileResource_importedWriteOnlyContentIsTakenOver(t *testing.T) {
	s := newFake(t)
	file := s.AddFile("secret.txt", "user_data", []byte("secret"))
	config := s.config(`
resource "openai_file" "test" {
  purpose            = "user_data"
  filename           = "secret.txt"
  content_wo         = "secret"
  content_wo_version = 7
}`)
	s.run(t,
		resource.TestStep{Config: config, ResourceName: fileAddress, ImportState: true, ImportStateId: file.ID, ImportStatePersist: true},
		resource.TestStep{
			Config:            config,
			ConfigPlanChecks:  planned(action(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: states(attribute("content_sha256", knownvalue.Null()), attribute("content_wo_version", knownvalue.StringExact("7"))),
			PostApplyFunc:     s.expectSent(t, "POST", 0),
		},
	)
}

func TestFileResource_argumentsThatReplace(t *testing.T) {
	t.Parallel()
	tf := newCoreOf(t, newFake(t), "openai_file")
	source := writeFile(t, filepath.Join(tf.dir, "lines.jsonl"), "{}\n")
	declare := func(purpose, filename string, seconds int) {
		tf.arrange(map[string]any{"purpose": purpose, "source": source, "filename": filename, "expires_after": map[string]any{"seconds": seconds}})
	}
	declare("evals", "a.jsonl", 3600)
	tf.mustApply(t)
	expiry := elements(tf.state("expires_after"))
	if str(expiry["anchor"]) != "created_at" || num(expiry["seconds"]) != 3600 || tf.state("expires_at").IsNull() {
		t.Errorf("got the expiry %s at %s, want 3600 seconds after created_at", tf.state("expires_after"), tf.state("expires_at"))
	}
	for _, step := range []struct {
		purpose, filename string
		seconds           int
		because           string
	}{
		{"batch", "a.jsonl", 3600, "purpose"},
		{"batch", "b.jsonl", 3600, "filename"},
		{"batch", "b.jsonl", 7200, "expires_after"},
	} {
		declare(step.purpose, step.filename, step.seconds)
		if c, _ := tf.planOne(t); c.because != step.because {
			t.Errorf("replaced because of %q, want %s", c.because, step.because)
		}
		tf.mustApply(t)
		file := tf.fake.Files()[0]
		if file.Purpose != step.purpose || file.Filename != step.filename || *file.ExpiresAt-file.CreatedAt != int64(step.seconds) {
			t.Errorf("the service has %+v, want %+v", file, step)
		}
		tf.expectNoChanges(t)
	}
	if got := str(tf.state("filename")); got != "b.jsonl" {
		t.Errorf("the state has the filename %q, want b.jsonl", got)
	}
}

func TestAccFileResource_renamedSourceReplacesFile(t *testing.T) {
	s := newService(t)
	dir := t.TempDir()
	source := writeFile(t, filepath.Join(dir, "a.txt"), one)
	renamed := writeFile(t, filepath.Join(dir, "b.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			Config:            s.fromSource(renamed),
			ConfigPlanChecks:  planned(replaces("filename")),
			ConfigStateChecks: states(attribute("filename", knownvalue.StringExact("b.txt"))),
		},
	)
}

func TestFileResource_namesOfAllKinds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`with "quotes".txt`, `back\slash.txt`, "ünïcödé 文件.txt", "percent%22.txt", strings.Repeat("n", 251) + ".txt"} {
		t.Run(name[:8], func(t *testing.T) {
			t.Parallel()
			tf := newCoreOf(t, newFake(t), "openai_file")
			tf.arrange(inline(map[string]any{"content": one, "filename": name}))
			tf.mustApply(t)
			want := strings.ReplaceAll(name, `"`, "%22") // as browsers send it
			if got := tf.fake.Files()[0].Filename; got != want {
				t.Errorf("the service has the name %q, want %q", got, want)
			}
			if got := str(tf.state("filename")); got != name {
				t.Errorf("the state has the name %q, want %q", got, name)
			}
			tf.expectNoChanges(t)
		})
	}
}

func TestFileResource_badInputIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large.bin")
	writeFile(t, large, "x")
	if err := os.Truncate(large, 8<<30+1); err != nil {
		t.Fatal(err)
	}
	type arguments = map[string]any
	expiry := func(more arguments) arguments {
		return arguments{"content": "x", "filename": "a", "expires_after": more}
	}
	for name, test := range map[string]struct {
		arguments arguments
		want      string
	}{
		"no content":                   {arguments{"filename": "a"}, `Content is missing.*set source`},
		"version alone":                {arguments{"content_wo_version": "1"}, `Content is missing`},
		"two contents":                 {arguments{"content": "x", "source": "y", "filename": "a"}, `Content is declared more than once.*found source and content\.`},
		"three contents":               {arguments{"content": "x", "source": "y", "content_base64": "eA==", "filename": "a"}, `found source, content and content_base64\.`},
		"timeout of nothing":           {arguments{"content": "x", "filename": "a", "timeouts": arguments{"read": "0s"}}, `Timeout is not positive.*timeouts\.read is 0s`},
		"timeout in the past":          {arguments{"content": "x", "filename": "a", "timeouts": arguments{"create": "-5s"}}, `Timeout is not positive`},
		"no filename, content unknown": {arguments{"content": tftypes.UnknownValue}, `Filename is missing`},
		"hash of a secret":             {arguments{"content_wo": "x", "content_wo_version": "1", "filename": "a", "content_sha256": oneSHA256}, `The SHA-256 of content_wo is not 2c8b08da`},
		"directory":                    {arguments{"source": dir}, `Source is a directory.*it is a directory.*-refresh=false`},
		"too large":                    {arguments{"source": large}, `Source file is too large.*larger than 8 GiB.*-refresh=false`},
		"device":                       {arguments{"source": os.DevNull}, `Source is not a regular file.*-refresh=false`},
		"filename in Latin-1":          {arguments{"content": "x", "filename": "caf\xe9.txt"}, `Choose a name in UTF-8`},
		"empty content":                {arguments{"content": "", "filename": "a"}, `Content is empty`},
		"no filename":                  {arguments{"content": "x"}, `Filename is missing.*set filename along with content`},
		"bad base64":                   {arguments{"content_base64": "?", "filename": "a"}, `Content is not Base64.*content_base64`},
		"too much inline":              {arguments{"content": strings.Repeat("x", 4<<20+1), "filename": "a"}, `Content is too large.*4194305 bytes`},
		"write-only alone":             {arguments{"content_wo": "x", "filename": "a"}, `content_wo_version`},
		"short expiry":                 {expiry(arguments{"seconds": 3599}), `between 3600 and 2592000`},
		"bad anchor":                   {expiry(arguments{"anchor": "now", "seconds": 3600}), `created_at`},
		"expiry that is not whole":     {expiry(arguments{"seconds": 3600.5}), `expires_after\.seconds is 3600\.5, but it must be a whole number between 3600 and 2592000`},
		"base64 write-only alone":      {arguments{"content_base64_wo": "eA==", "filename": "a"}, `Version of the content is missing.*content_base64_wo needs content_wo_version`},
		"bad write-only base64":        {arguments{"content_base64_wo": "?", "content_wo_version": "1", "filename": "a"}, `Content is not Base64.*content_base64_wo`},
		"both write-only":              {arguments{"content_wo": "x", "content_base64_wo": "eA==", "content_wo_version": "1", "filename": "a"}, `found content_wo and content_base64_wo`},
		"version with other content":   {arguments{"content": "x", "content_wo_version": "1", "filename": "a"}, `Version without write-only content`},
		"upper-case hash":              {arguments{"content": "x", "filename": "a", "content_sha256": strings.ToUpper(oneSHA256)}, `64 lowercase`},
		"other inline hash":            {arguments{"content": "x", "filename": "a", "content_sha256": oneSHA256}, `Content does not match content_sha256`},
		"unknown policy":               {arguments{"content": "x", "filename": "a", "deletion_policy": "forget"}, `deletion_policy`},
		"timeout that is none":         {arguments{"content": "x", "filename": "a", "timeouts": arguments{"create": "soon"}}, `"soon" must be a string.*time units`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCoreOf(t, newFake(t), "openai_file")
			test.arguments["purpose"] = "user_data"
			tf.arrange(test.arguments)
			out := &outcome{}
			tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
			out.expectError(t, test.want)
			tf.fake.expectSent(t, "POST", 0)()
		})
	}
}

// What the provider refuses while it validates, and what it refuses while it plans, ends a plan of Terraform.
func TestAccFileResource_badInputIsRefusedAtPlan(t *testing.T) {
	s := newService(t)
	s.run(t,
		resource.TestStep{
			Config:      s.fromSource("notes.txt", `content = "x"`),
			PlanOnly:    true,
			ExpectError: says(`Content is declared more than once`, `found source and content\.`),
		},
		resource.TestStep{Config: s.fromSource(t.TempDir()), PlanOnly: true, ExpectError: says(`Source is a directory`, `-refresh=false`)},
	)
	s.expectSent(t, "POST", 0)()
}

func TestAccFileResource_emptySourceIsRefusedAtApply(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "empty.txt"), "")
	s.run(t, resource.TestStep{
		Config:      s.fromSource(source),
		ExpectError: says(`Source file is empty`, `it is empty, and OpenAI refuses empty files`),
	})
	s.expectSent(t, "POST", 0)()
}

func TestAccFileResource_expiredFileIsUploadedAgain(t *testing.T) {
	now := time.Now()
	s := newFake(t, openaitest.WithClock(func() time.Time { return now }))
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	config := s.fromSource(source, `expires_after = { seconds = 3600 }`)
	s.run(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        func() { now = now.Add(time.Hour + time.Second) },
			Config:           config,
			ConfigPlanChecks: planned(action(plancheck.ResourceActionCreate)),
			PostApplyFunc:    all(s.expectFiles(t, one), s.expectSent(t, "POST", 2)),
		},
	)
}

func TestFileResource_waitsWhileProcessing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newCoreOf(t, newBubbleFake(t, openaitest.WithProcessing(2)), "openai_file")
		tf.arrange(inline(map[string]any{"content": one}))
		tf.mustApply(t)
		if got := str(tf.state("status")); got != "processed" {
			t.Errorf("the state has the status %q, want processed", got)
		}
	})
}

func TestAccFileResource_failedProcessingIsAnErrorWithTheFileInState(t *testing.T) {
	s := newFake(t, openaitest.WithStatus("error", "the file is broken"))
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t, resource.TestStep{
		Config:      s.fromSource(source),
		ExpectError: says(`File was uploaded, but cannot be used`, `the file is broken`, `Fix the content, and apply again\.`),
	})
	t.Cleanup(s.expectFiles(t)) // in the state as tainted, so destroy has deleted it
}
