package openaitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// newUpload makes an Upload of a number of bytes and returns its id.
func (c client) newUpload(t *testing.T, purpose, filename string, size int) string {
	t.Helper()
	got := c.do(t, http.MethodPost, "/uploads",
		fmt.Sprintf(`{"purpose":%q,"filename":%q,"bytes":%d,"mime_type":"text/jsonl"}`, purpose, filename, size))
	if got.status != http.StatusOK {
		t.Fatalf("new upload: %d %s", got.status, got.body)
	}
	return got.text(t, "id")
}

// addPart adds a part and returns its id.
func (c client) addPart(t *testing.T, upload, data string) string {
	t.Helper()
	got := c.do(t, http.MethodPost, "/uploads/"+upload+"/parts", form{{"data@blob", data}})
	if got.status != http.StatusOK {
		t.Fatalf("add part: %d %s", got.status, got.body)
	}
	return got.text(t, "id")
}

// complete completes an Upload; more is further members of the body.
func (c client) complete(t *testing.T, upload, more string, parts ...string) reply {
	t.Helper()
	ids, err := json.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return c.do(t, http.MethodPost, "/uploads/"+upload+"/complete", fmt.Sprintf(`{"part_ids":%s%s}`, ids, more))
}

func TestUploads_partsMakeAFileInTheirOrder(t *testing.T) {
	s, c := newFixedServer(t)
	got := c.do(t, http.MethodPost, "/uploads", `{"purpose":"batch","filename":"a.jsonl","bytes":11,"mime_type":"text/jsonl",
		"expires_after":{"anchor":"created_at","seconds":3600}}`)
	id := got.text(t, "id")
	upload := func(status string) string {
		return fmt.Sprintf(`{
  "id": "%s",
  "object": "upload",
  "bytes": 11,
  "created_at": 1700000000,
  "filename": "a.jsonl",
  "purpose": "batch",
  "status": "%s",
  "expires_at": 1700003600`, id, status)
	}
	got.want(t, http.StatusOK, upload("pending")+"\n}\n")
	if open := s.OpenUploads(); len(open) != 1 || open[0] != id {
		t.Error("open uploads", open)
	}
	second := c.addPart(t, id, "world")
	unused := c.addPart(t, id, "nobody")
	first := c.addPart(t, id, "hello ")
	if unused == first || !regexp.MustCompile(`^part_`).MatchString(first) || !regexp.MustCompile(`^upload_`).MatchString(id) {
		t.Error("ids", id, first, unused)
	}
	// printf 'hello world' | md5sum
	got = c.complete(t, id, `,"md5":"5eb63bbbe01eeed093cb22bb8f5acdc3"`, first, second)
	got.want(t, http.StatusOK, upload("completed")+`,
  "file": {
    "object": "file",
    "id": "file-1",
    "purpose": "batch",
    "filename": "a.jsonl",
    "bytes": 11,
    "created_at": 1700000000,
    "expires_at": 1700003600,
    "status": "processed",
    "status_details": null
  }
}
`)
	// printf 'hello world' | sha256sum
	if file := s.Files()[0]; file.SHA256 != "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9" {
		t.Errorf("file %+v", file)
	}
	c.get(t, "/files/file-1/content").want(t, http.StatusOK, "hello world")
	if len(s.OpenUploads()) != 0 {
		t.Error("open uploads", s.OpenUploads())
	}
	requests := s.Requests()
	if last := requests[len(requests)-2]; last.FileID != "file-1" {
		t.Errorf("request %+v", last)
	}
}

func TestUploads_largePartsStayOnDisk(t *testing.T) {
	s, c := newServer(t)
	half := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB
	id := c.newUpload(t, "vision", "a.bin", 2*len(half))
	one, two := c.addPart(t, id, half), c.addPart(t, id, half)
	file := c.complete(t, id, "", one, two)
	if file.status != http.StatusOK {
		t.Fatal(file)
	}
	// head -c 4194304 <(yes 0123456789abcdef | tr -d '\n') | sha256sum
	if sum := s.Files()[0].SHA256; sum != "3cab7815c40973b8fb036c7a2a69b3649882622a4a0a2f1a980efa4ef8545577" {
		t.Error("SHA-256", sum)
	}
	if kept, _ := s.Content(s.Files()[0].ID); string(kept) != half+half {
		t.Errorf("kept %d bytes", len(kept))
	}
}

// OpenAI's messages for Uploads are not known; these are the fake's own.
func TestCreateUpload_refusals(t *testing.T) {
	_, c := newServer(t, openaitest.WithMaxUploadSize(1000), openaitest.WithMaxBatchSize(100))
	for body, want := range map[string]string{
		`{`:                       "We could not parse the JSON body of your request.",
		`{"filename":"a"}`:        "'purpose' is a required property",
		upload(`"x":1`):           "Additional properties are not allowed ('x' was unexpected)",
		upload(`"bytes":"1"`):     "Invalid type for 'bytes'",
		upload(`"bytes":1001`):    "1001 is greater than the maximum of 1000 - 'bytes'",
		upload(`"bytes":-1`):      "-1 is less than the minimum of 0 - 'bytes'",
		upload(`"bytes":0`):       "File is empty.",
		upload(`"purpose":"nix"`): "'nix' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'",
		upload(`"purpose":"batch","filename":"a.txt"`):                  "Invalid file format for Batch API. Must be .jsonl",
		upload(`"purpose":"batch","bytes":101`):                         "File is too large.",
		upload(`"mime_type":""`):                                        "'' is not a MIME type",
		upload(`"expires_after":{"anchor":"created_at","seconds":1}`):   "1 is less than the minimum of 3600",
		upload(`"expires_after":{"anchor":"yesterday","seconds":3600}`): "'yesterday' is not one of ['created_at']",
	} {
		if got := c.do(t, http.MethodPost, "/uploads", body); got.status != http.StatusBadRequest || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := c.do(t, http.MethodPost, "/uploads", aFile); !strings.Contains(got.body, "Unsupported content type") {
		t.Error(got)
	}
}

// upload is the body of a request for an Upload. Of members that are given twice the last counts.
func upload(more string) string {
	return `{"purpose":"vision","filename":"a.jsonl","bytes":10,"mime_type":"text/jsonl",` + more + `}`
}

func TestAddUploadPart_refusals(t *testing.T) {
	_, c := newServer(t, openaitest.WithPartSize(10))
	id := c.newUpload(t, "vision", "a", 5)
	for name, test := range map[string]struct {
		id     string
		form   form
		status int
		want   string
	}{
		"large":         {id, form{{"data@blob", "12345678901"}}, 413, "Maximum content size limit (10) exceeded"},
		"empty":         {id, form{{"data@blob", ""}}, 400, "Part is empty."},
		"no data":       {id, form{}, 400, "'data' is a required property"},
		"text":          {id, form{{"data", "x"}}, 400, "Expected 'data' to be one file"},
		"two":           {id, form{{"data@blob", "x"}, {"data@blob", "x"}}, 400, "Expected 'data' to be one file"},
		"another field": {id, form{{"file@blob", "x"}}, 400, "('file' was unexpected)"},
		"no upload":     {"upload_gone", form{{"data@blob", "x"}}, 404, "No such Upload object: upload_gone"},
	} {
		got := c.do(t, http.MethodPost, "/uploads/"+test.id+"/parts", test.form)
		if got.status != test.status || !strings.Contains(got.body, test.want) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestCompleteUpload_refusals(t *testing.T) {
	s, c := newServer(t)
	id, other := c.newUpload(t, "fine-tune", "a.jsonl", 5), c.newUpload(t, "vision", "a", 5)
	good, foreign := c.addPart(t, id, "{}\n{}"), c.addPart(t, other, "hello")
	short := c.addPart(t, id, "{}")
	for name, test := range map[string]struct {
		more  string
		parts []string
		want  string
	}{
		"no parts":      {"", nil, "part_ids"},
		"unknown part":  {"", []string{"part_gone"}, "No such Part of Upload " + id + ": part_gone"},
		"foreign part":  {"", []string{foreign}, "No such Part"},
		"part twice":    {"", []string{short, short}, "is named more than once"},
		"another size":  {"", []string{short}, "The parts have 2 bytes, but the Upload was created with 5 bytes."},
		"another MD5":   {`,"md5":"5eb63bbbe01eeed093cb22bb8f5acdc3"`, []string{good}, "The MD5 checksum of the parts is "},
		"unknown field": {`,"x":1`, []string{good}, "('x' was unexpected)"},
	} {
		if got := c.complete(t, id, test.more, test.parts...); got.status != http.StatusBadRequest || !strings.Contains(got.body, test.want) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if len(s.Files()) != 0 {
		t.Error("a file was made")
	}
	if got := c.complete(t, id, "", good); got.status != http.StatusOK { // a refusal is not the end
		t.Error(got)
	}
	for path, body := range map[string]any{"complete": `{"part_ids":["x"]}`, "cancel": nil, "parts": form{{"data@blob", "x"}}} {
		if got := c.do(t, http.MethodPost, "/uploads/"+id+"/"+path, body); got.status != http.StatusBadRequest ||
			!strings.Contains(got.body, "is completed") {
			t.Errorf("%s after complete: %d %s", path, got.status, got.body)
		}
	}
}

func TestCancelUpload(t *testing.T) {
	s, c := newServer(t)
	id := c.newUpload(t, "vision", "a", 5)
	c.addPart(t, id, "hello")
	if got := c.do(t, http.MethodPost, "/uploads/"+id+"/cancel", nil); got.text(t, "status") != "cancelled" {
		t.Error(got)
	}
	got := c.do(t, http.MethodPost, "/uploads/"+id+"/parts", form{{"data@blob", "x"}})
	if got.status != http.StatusBadRequest || !strings.Contains(got.body, "is cancelled") || len(s.OpenUploads()) != 0 {
		t.Error(got)
	}
	if got := c.do(t, http.MethodPost, "/uploads/upload_gone/cancel", nil); got.status != http.StatusNotFound {
		t.Error(got)
	}
}

// Recorded: what completes an Upload does not look at its lines, and its file is as old as the Upload.
func TestCompleteUpload_fileIsThatOfTheUpload(t *testing.T) {
	var clock atomic.Int64
	clock.Store(now)
	s, c := newServer(t, openaitest.WithClock(func() time.Time { return time.Unix(clock.Load(), 0) }))
	upload := c.do(t, http.MethodPost, "/uploads", `{"purpose":"fine-tune","filename":"a/b.jsonl","bytes":5,"mime_type":"text/jsonl",
		"expires_after":{"anchor":"created_at","seconds":3600}}`)
	id := upload.text(t, "id")
	if !regexp.MustCompile(`^upload_[0-9a-f]{32}$`).MatchString(id) {
		t.Errorf("got the id %s, want upload_ and 32 hexadecimal digits", id)
	}
	clock.Store(now + 60)
	part := c.addPart(t, id, "hello")
	if !regexp.MustCompile(`^part_[0-9a-f]{32}$`).MatchString(part) {
		t.Errorf("got the id %s, want part_ and 32 hexadecimal digits", part)
	}
	newer := c.upload(t, "vision", "b.png", "x")
	clock.Store(now + 120)
	if got := c.complete(t, id, "", part); got.status != http.StatusOK {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	files := s.Files()
	if len(files) != 2 || files[0].CreatedAt != now || *files[0].ExpiresAt != now+3600 || files[0].Filename != "a/b.jsonl" {
		t.Fatalf("got %+v, want a/b.jsonl of the time %d first", files, now)
	}
	if got := c.list(t, ""); got.First != newer {
		t.Errorf("got %s first in the list, want the file that was created after the Upload", got.First)
	}
}

func TestUpload_expiresAfterAnHour(t *testing.T) {
	var clock atomic.Int64
	clock.Store(now)
	s, c := newServer(t, openaitest.WithClock(func() time.Time { return time.Unix(clock.Load(), 0) }))
	id := c.newUpload(t, "vision", "a", 5)
	clock.Store(now + 3599)
	part := c.addPart(t, id, "hello")
	clock.Store(now + 3600)
	if got := c.complete(t, id, "", part); got.status != http.StatusBadRequest || !strings.Contains(got.body, "is expired") {
		t.Error(got)
	}
	if len(s.OpenUploads()) != 0 {
		t.Error("open uploads", s.OpenUploads())
	}
}
