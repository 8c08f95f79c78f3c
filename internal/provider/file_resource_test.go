package provider_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

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

func TestAccFileResource_inlineContent(t *testing.T) {
	for name, test := range map[string]struct{ argument, want string }{
		"text":   {`content = "one\n"`, one},
		"base64": {`content_base64 = "` + base64.StdEncoding.EncodeToString([]byte(one)) + `"`, one},
		"bytes":  {`content_base64 = "AP/+"`, "\x00\xff\xfe"}, // printf '\0\377\376' | base64
		"quotes": {`content = "\"ü\" ${"$"}{x}"`, `"ü" ${x}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			config := func(argument string) string {
				return s.config("resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  filename = \"a.txt\"\n  " + argument + "\n}\n")
			}
			s.run(t,
				resource.TestStep{
					Config:            config(test.argument),
					ConfigStateChecks: states(attribute("bytes", knownvalue.Int64Exact(int64(len(test.want)))), attribute("source", knownvalue.Null())),
					PostApplyFunc:     s.expectFiles(t, test.want),
				},
				resource.TestStep{Config: config(test.argument), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
				resource.TestStep{
					Config:            config(`content = "two\n"`),
					ConfigPlanChecks:  planned(replaces("content_sha256"), plancheck.ExpectKnownValue(fileAddress, tfjsonpath.New("content_sha256"), knownvalue.StringExact(twoSHA256))),
					ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(twoSHA256))),
					PostApplyFunc:     s.expectFiles(t, two),
				},
			)
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
			ExpectError: says(`Write-only content changed, and its version did not`, `Change content_wo_version`),
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

func TestAccFileResource_argumentsThatReplace(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "lines.jsonl"), "{}\n")
	config := func(purpose, filename string, seconds int) string {
		return s.config(fmt.Sprintf(`
resource "openai_file" "test" {
  purpose       = %q
  source        = %q
  filename      = %q
  expires_after = { seconds = %d }
}`, purpose, source, filename, seconds))
	}
	s.run(t,
		resource.TestStep{
			Config: config("evals", "a.jsonl", 3600),
			ConfigStateChecks: states(
				attribute("expires_after", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"anchor": knownvalue.StringExact("created_at"), "seconds": knownvalue.Int64Exact(3600),
				})),
				attribute("expires_at", knownvalue.NotNull()),
			),
		},
		resource.TestStep{Config: config("batch", "a.jsonl", 3600), ConfigPlanChecks: planned(replaces("purpose"))},
		resource.TestStep{
			Config: config("batch", "b.jsonl", 3600), ConfigPlanChecks: planned(replaces("filename")),
			ConfigStateChecks: states(attribute("filename", knownvalue.StringExact("b.jsonl"))),
		},
		resource.TestStep{Config: config("batch", "b.jsonl", 7200), ConfigPlanChecks: planned(replaces("expires_after"))},
		resource.TestStep{Config: config("batch", "b.jsonl", 7200), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
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

func TestAccFileResource_namesOfAllKinds(t *testing.T) {
	for _, name := range []string{`with "quotes".txt`, `back\slash.txt`, "ünïcödé 文件.txt", "percent%22.txt", strings.Repeat("n", 251) + ".txt"} {
		t.Run(name[:8], func(t *testing.T) {
			s := newFake(t)
			s.run(t, resource.TestStep{
				Config:            s.config(fmt.Sprintf("resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  content = \"one\\n\"\n  filename = %q\n}\n", name)),
				ConfigStateChecks: states(attribute("filename", knownvalue.StringExact(name))),
				PostApplyFunc: func() {
					want := strings.ReplaceAll(name, `"`, "%22") // as browsers send it
					if got := s.Files()[0].Filename; got != want {
						t.Errorf("the service has the name %q, want %q", got, want)
					}
				},
			})
		})
	}
}

func TestAccFileResource_badInputIsRefusedAtPlan(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.bin")
	writeFile(t, large, "x")
	if err := os.Truncate(large, 8<<30+1); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ arguments, want string }{
		"no content":                   {`filename = "a"`, `Content is missing.*set source`},
		"version alone":                {`content_wo_version = 1`, `Content is missing`},
		"two contents":                 {"content = \"x\"\n  source = \"y\"\n filename = \"a\"", `Content is declared more than once.*found source and content\.`},
		"three contents":               {"content = \"x\"\n  source = \"y\"\n content_base64 = \"eA==\"\n filename = \"a\"", `found source, content and content_base64\.`},
		"timeout of nothing":           {"content = \"x\"\n filename = \"a\"\n timeouts = { read = \"0s\" }", `Time is not positive.*timeouts\.read is 0s`},
		"timeout in the past":          {"content = \"x\"\n filename = \"a\"\n timeouts = { create = \"-5s\" }", `Time is not positive`},
		"no filename, content unknown": {"content = terraform_data.text.output\n}\nresource \"terraform_data\" \"text\" {\n input = \"x\"", `Filename is missing`},
		"hash of a secret":             {"content_wo = \"x\"\n content_wo_version = 1\n filename = \"a\"\n content_sha256 = \"" + oneSHA256 + "\"", `The SHA-256 of content_wo is not 2c8b08da`},
		"directory":                    {fmt.Sprintf("source = %q", dir), `Source is a directory.*it is a directory.*-refresh=false`},
		"too large":                    {fmt.Sprintf("source = %q", large), `Source file is too large.*larger than 8 GiB.*-refresh=false`},
		"device":                       {`source = "/dev/null"`, `Source is not a regular file.*-refresh=false`},
		"empty content":                {"content = \"\"\n filename = \"a\"", `Content is empty`},
		"no filename":                  {`content = "x"`, `Filename is missing.*set filename along with content`},
		"bad base64":                   {"content_base64 = \"?\"\n filename = \"a\"", `Content is not Base64.*content_base64`},
		"too much inline":              {"content = format(\"%4194305s\", \"x\")\n filename = \"a\"", `Content is too large.*4194305 bytes`},
		"write-only alone":             {"content_wo = \"x\"\n filename = \"a\"", `content_wo_version`},
		"short expiry":                 {"content = \"x\"\n filename = \"a\"\n expires_after = { seconds = 3599 }", `between 3600 and 2592000`},
		"bad anchor":                   {"content = \"x\"\n filename = \"a\"\n expires_after = { anchor = \"now\", seconds = 3600 }", `created_at`},
		"expiry that is not whole":     {"content = \"x\"\n filename = \"a\"\n expires_after = { seconds = 3600.5 }", `expires_after\.seconds is 3600\.5, but it must be a whole number between 3600 and 2592000`},
		"base64 write-only alone":      {"content_base64_wo = \"eA==\"\n filename = \"a\"", `Version of the content is missing.*content_base64_wo needs content_wo_version`},
		"bad write-only base64":        {"content_base64_wo = \"?\"\n content_wo_version = 1\n filename = \"a\"", `Content is not Base64.*content_base64_wo`},
		"both write-only":              {"content_wo = \"x\"\n content_base64_wo = \"eA==\"\n content_wo_version = 1\n filename = \"a\"", `found content_wo and content_base64_wo`},
		"version with other content":   {"content = \"x\"\n content_wo_version = 1\n filename = \"a\"", `Version has no content`},
		"upper-case hash":              {"content = \"x\"\n filename = \"a\"\n content_sha256 = \"" + strings.ToUpper(oneSHA256) + "\"", `64 lower-case`},
		"other inline hash":            {"content = \"x\"\n filename = \"a\"\n content_sha256 = \"" + oneSHA256 + "\"", `Content does not match content_sha256`},
		"unknown policy":               {"content = \"x\"\n filename = \"a\"\n deletion_policy = \"forget\"", `deletion_policy`},
		"timeout that is none":         {"content = \"x\"\n filename = \"a\"\n timeouts = { create = \"soon\" }", `"soon" must be a string.*time units`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.run(t, resource.TestStep{
				Config:      s.config("resource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  " + test.arguments + "\n}\n"),
				PlanOnly:    true,
				ExpectError: says(test.want),
			})
			s.expectSent(t, "POST", 0)()
		})
	}
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

func TestAccFileResource_waitsWhileProcessing(t *testing.T) {
	s := newFake(t, openaitest.WithProcessing(2))
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t, resource.TestStep{
		Config:            s.fromSource(source),
		ConfigStateChecks: states(attribute("status", knownvalue.StringExact("processed"))),
	})
}

func TestAccFileResource_failedProcessingIsAnErrorWithTheFileInState(t *testing.T) {
	s := newFake(t, openaitest.WithStatus("error", "the file is broken"))
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	s.run(t, resource.TestStep{
		Config:      s.fromSource(source),
		ExpectError: says(`File was uploaded, but cannot be used`, `the file is broken`),
	})
	t.Cleanup(s.expectFiles(t)) // in the state as tainted, so destroy has deleted it
}
