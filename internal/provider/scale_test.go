package provider_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Many openai_file are refreshed by the list, and a file that is not in it is still asked for before it counts as gone.
func TestAccCLI_refreshOfManyFilesTakesFewRequests(t *testing.T) {
	t.Parallel()
	const n = 100
	s := newFake(t)
	w := newWorkspace(t, s, fmt.Sprintf(`
resource "openai_file" "test" {
  count    = %d
  purpose  = "user_data"
  filename = "${count.index}.txt"
  content  = "file ${count.index}"
}
`, n))
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.ResetRequests()
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `No changes`)
	if got := len(s.Requests()); got > 20 {
		t.Errorf("%d requests for a refresh of %d files, want at most 20", got, n)
	}

	gone := s.Files()[42]
	s.DeleteFile(gone.ID)
	s.ResetRequests()
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `File no longer exists.*`+gone.ID+`.*1 to add, 0 to change, 0 to destroy|1 to add, 0 to change, 0 to destroy.*`+gone.ID)
	asked := false
	for _, request := range s.Requests() {
		asked = asked || request.Path == "/files/"+gone.ID
	}
	if !asked {
		t.Error("the list's word alone was taken for the end of a file")
	}
}

func TestAccCLI_refreshWithoutAListAsksForEachFile(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	w := newWorkspace(t, s, `
resource "openai_file" "test" {
  count    = 20
  purpose  = "user_data"
  filename = "${count.index}.txt"
  content  = "file ${count.index}"
}
`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	s.Inject(openaitest.Fault{Method: "GET", Path: "/files", Times: -1, Status: http.StatusNotFound, Body: "no list here"})
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `No changes`)
}

// A list that goes on and on is given up for direct questions.
func TestAccCLI_refreshInAVeryLongList(t *testing.T) {
	t.Parallel()
	s := newFake(t, openaitest.WithPageSize(2))
	w := newWorkspace(t, s, `
resource "openai_file" "test" {
  count    = 10
  purpose  = "user_data"
  filename = "${count.index}.txt"
  content  = "file ${count.index}"
}
`)
	w.mustRun(t, "apply", "-auto-approve", "-no-color")
	for i := range 100 {
		s.AddFile(fmt.Sprintf("other-%d.txt", i), "user_data", []byte(one))
	}
	s.ResetRequests()
	expectOutput(t, w.mustRun(t, "plan", "-no-color"), `No changes`)
	pages := 0
	for _, request := range s.Requests() {
		if request.Path == "/files" {
			pages++
		}
	}
	if pages > 4 {
		t.Errorf("%d pages of foreign files were read", pages)
	}
}

// large returns a content of n bytes without repetition between parts, and its hash.
func large(n int) (content, sha string) {
	content = strings.Repeat("0123456789abcde\n", n/16+1)[:n-8] + "the end\n"
	sum := sha256.Sum256([]byte(content))
	return content, hex.EncodeToString(sum[:])
}

func (s service) inParts(source string) string {
	return strings.Replace(s.fromSource(source), "provider \"openai\" {", "provider \"openai\" {\n  multipart_threshold = 1000", 1)
}

func TestAccFileResource_largeFileGoesInParts(t *testing.T) {
	s := newFake(t)
	content, sha := large(100 << 20) // three parts of 32 MiB and one of 4
	source := writeFile(t, filepath.Join(t.TempDir(), "large.txt"), content)
	s.Inject(openaitest.Fault{Method: "POST", Path: "/uploads/*/parts", Skip: 1, Times: 3, Status: 500, Body: "oops"})
	s.run(t, resource.TestStep{
		Config:            s.inParts(source),
		ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(sha)), attribute("bytes", knownvalue.Int64Exact(100<<20))),
		PostApplyFunc: func() {
			parts := 0
			for _, request := range s.Requests() {
				if strings.HasSuffix(request.Path, "/parts") {
					parts++
				}
			}
			if parts != 4+3 {
				t.Errorf("%d parts were sent, want 4 and the 3 that failed", parts)
			}
			if got := s.Files()[0].SHA256; got != sha {
				t.Errorf("the service has %s, want %s", got, sha)
			}
		},
	})
}

func TestAccFileResource_failedPartsLeaveNothing(t *testing.T) {
	s := newFake(t)
	content, _ := large(70 << 20)
	source := writeFile(t, filepath.Join(t.TempDir(), "large.txt"), content)
	s.Inject(openaitest.Fault{Method: "POST", Path: "/uploads/*/parts", Skip: 1, Times: -1, Status: 400, Body: `{"error":{"message":"This part is broken."}}`})
	s.run(t, resource.TestStep{
		Config:      s.inParts(source),
		ExpectError: says(`File was not uploaded`, `Uploading large\.txt in parts: part \d of 3: This part is broken`),
	})
	if open := s.OpenUploads(); len(open) > 0 {
		t.Errorf("uploads are left open: %v", open)
	}
	s.expectFiles(t)()
}

func TestAccFileResource_serverWithoutUploads(t *testing.T) {
	s := newFake(t, openaitest.WithoutOperation("POST", "/uploads"))
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), strings.Repeat("x", 2000))
	s.run(t, resource.TestStep{ // small enough for one request
		Config:        s.inParts(source),
		PostApplyFunc: s.expectFiles(t, strings.Repeat("x", 2000)),
	})
}

// A proxy that takes less in one request than OpenAI does.
func TestAccFileResource_tooLargeForOneRequestGoesInParts(t *testing.T) {
	s := newFake(t)
	content, sha := large(33 << 20)
	source := writeFile(t, filepath.Join(t.TempDir(), "large.txt"), content)
	s.Inject(openaitest.Fault{Method: "POST", Path: "/files", Times: -1, Status: 413, Body: "<html><title>413 Request Entity Too Large</title></html>"})
	s.run(t, resource.TestStep{
		Config:            s.fromSource(source),
		ConfigStateChecks: states(attribute("content_sha256", knownvalue.StringExact(sha))),
	})
}

func TestAccFileResource_lostCompletionIsFound(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), strings.Repeat("x", 2000))
	s.Inject(openaitest.Fault{Method: "POST", Path: "/uploads/*/complete", LoseAnswer: true})
	s.run(t,
		resource.TestStep{Config: s.inParts(source), PostApplyFunc: s.expectFiles(t, strings.Repeat("x", 2000))},
		resource.TestStep{Config: s.inParts(source), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())},
	)
}

// A server without uploads in parts takes no file that is too large for one request, and says so.
func TestAccFileResource_tooLargeForAServerWithoutUploads(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Path: "/uploads", Status: 404, Body: `{"detail":"Not Found"}`})
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.bin"), "x")
	if err := os.Truncate(source, 512<<20+1); err != nil {
		t.Fatal(err)
	}
	s.run(t, resource.TestStep{
		Config:      s.inParts(source),
		ExpectError: says(`File was not uploaded`, `notes\.bin in parts: the server does not support uploads in parts \(POST /uploads\): Not Found \(HTTP 404`, `at most 512 MiB\. Split the file`),
	})
	s.expectSent(t, "POST", 1)()
}

func TestAccCLI_interruptCancelsTheUpload(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Path: "/uploads/*/parts", Times: -1, StallBody: true})
	w := newWorkspace(t, s, "provider \"openai\" { multipart_threshold = 1000 }\n"+oneFile)
	writeFile(t, filepath.Join(w.dir, "data", "notes.txt"), strings.Repeat("x", 70<<20))
	_, err := w.interrupt(t, s, func(requests []openaitest.Request) bool { return uploads(requests) == 4 })
	if err == nil {
		t.Error("an interrupted apply succeeded")
	}
	if open := s.OpenUploads(); len(open) > 0 {
		t.Errorf("uploads are left open: %v", open)
	}
	s.expectFiles(t)()
	if state := w.mustRun(t, "state", "list"); state != "" {
		t.Errorf("the state has %s", state)
	}
}
