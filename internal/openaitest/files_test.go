package openaitest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Answers and messages in these tests are those recorded of the real service, or reported by its users.

func TestCreateFile_answersTheWholeFile(t *testing.T) {
	s, c := newFixedServer(t)
	got := c.do(t, http.MethodPost, "/files", form{{"purpose", "vision"}, {"file@größe <1>.png", "hello"}})
	got.want(t, http.StatusOK, `{
  "object": "file",
  "id": "file-1",
  "purpose": "vision",
  "filename": "größe <1>.png",
  "bytes": 5,
  "created_at": 1700000000,
  "expires_at": null,
  "status": "processed",
  "status_details": null
}
`)
	want := []openaitest.File{{
		ID: "file-1", Filename: "größe <1>.png", Purpose: "vision", Bytes: 5, CreatedAt: now, Status: "processed",
		SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", // printf hello | sha256sum
	}}
	if diff := cmp.Diff(want, s.Files()); diff != "" {
		t.Error("files (-want +got):\n", diff)
	}
	if content, ok := s.Content("file-1"); !ok || string(content) != "hello" {
		t.Errorf("content %q, %t", content, ok)
	}
}

func TestCreateFile_headers(t *testing.T) {
	c := assumed(t)
	got := c.get(t, "/files?limit=1")
	for key, want := range map[string]string{
		"Content-Type":                `^application/json$`,
		"X-Request-Id":                `^req_[0-9a-f]{32}$`,
		"Openai-Version":              `^2020-10-01$`,
		"Openai-Organization":         `^org-`,
		"Openai-Project":              `^proj_`,
		"Date":                        ` GMT$`,
		"Openai-Processing-Ms":        `^[0-9]+$`,
		"X-Content-Type-Options":      `^nosniff$`,
		"Access-Control-Allow-Origin": `^\*$`,
		"Strict-Transport-Security":   `^max-age=`,
		"X-Ratelimit-Limit-Requests":  `^$`,
	} {
		if value := got.header.Get(key); !regexp.MustCompile(want).MatchString(value) {
			t.Errorf("%s: %q does not match %s", key, value, want)
		}
	}
}

// These names are recorded.
func TestCreateFile_filenameStaysAsItIs(t *testing.T) {
	c := assumed(t)
	for _, name := range []string{"text/csv", `Assets\images_dog_and_cat.png`, "你好.txt", "local.path"} {
		got := c.do(t, http.MethodPost, "/files", form{{"purpose", "user_data"}, {"file@" + name, "hello"}})
		if got.status != http.StatusOK || got.text(t, "filename") != name {
			t.Errorf("got %d %s, want the filename %s", got.status, got.body, name)
		}
		if !strings.Contains(got.body, `"filename": "`+strings.ReplaceAll(name, `\`, `\\`)+`"`) {
			t.Errorf("got %s, want raw UTF-8", got.body)
		}
		c.do(t, http.MethodDelete, "/files/"+got.text(t, "id"), nil)
	}
}

// Recorded in October 2025.
func TestCreateFile_batchNameWithoutExtension(t *testing.T) {
	_, c := newServer(t)
	c.upload(t, "batch", "requests", "{}")
}

func TestCreateFile_dateIsThatOfTheService(t *testing.T) {
	_, c := newFixedServer(t)
	if got := c.get(t, "/files").header.Get("Date"); got != "Tue, 14 Nov 2023 22:13:20 GMT" {
		t.Errorf("got the date %s, want that of created_at", got)
	}
}

func TestCreateFile_idsHave22CharactersOfBase62(t *testing.T) {
	c := assumed(t)
	id := c.upload(t, "user_data", "a.txt", "hello")
	c.do(t, http.MethodDelete, "/files/"+id, nil)
	if !regexp.MustCompile(`^file-[0-9A-Za-z]{22}$`).MatchString(id) {
		t.Error("id", id)
	}
}

func TestCreateFile_fieldsInAnyOrder(t *testing.T) {
	for _, f := range []form{
		{{"purpose", "batch"}, {"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}, {"file@a.jsonl", "{}"}},
		{{"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}, {"file@a.jsonl", "{}"}, {"purpose", "batch"}},
		{{"file@a.jsonl", "{}"}, {"expires_after[seconds]", "3600"}, {"purpose", "batch"}, {"expires_after[anchor]", "created_at"}},
	} {
		s, c := newFixedServer(t)
		got := c.do(t, http.MethodPost, "/files", f)
		if got.status != http.StatusOK {
			t.Fatal(got)
		}
		if file := s.Files()[0]; file.ExpiresAt == nil || *file.ExpiresAt != now+3600 {
			t.Errorf("file %+v", file)
		}
	}
}

func TestCreateFile_batchExpiresAfter30DaysByDefault(t *testing.T) {
	s, c := newFixedServer(t)
	c.upload(t, "batch", "a.jsonl", "{}")
	c.upload(t, "evals", "a.jsonl", "{}")
	files := s.Files()
	// 30 · 24 · 3600 seconds
	if at := files[0].ExpiresAt; at == nil || *at != now+2592000 {
		t.Errorf("batch %+v", files[0])
	}
	if files[1].ExpiresAt != nil {
		t.Errorf("evals %+v", files[1])
	}
}

func TestCreateFile_keepsLargeContentOnDisk(t *testing.T) {
	s, c := newServer(t)
	content := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
	id := c.upload(t, "vision", "a.bin", content)
	if kept, ok := s.Content(id); !ok || string(kept) != content {
		t.Errorf("kept %d bytes, %t", len(kept), ok)
	}
	if got := c.get(t, "/files/"+id+"/content"); got.body != content {
		t.Errorf("downloaded %d bytes", len(got.body))
	}
	// head -c 4194304 <(yes 0123456789abcdef | tr -d '\n') | sha256sum
	if sum := s.Files()[0].SHA256; sum != "3cab7815c40973b8fb036c7a2a69b3649882622a4a0a2f1a980efa4ef8545577" {
		t.Error("SHA-256", sum)
	}
}

func TestCreateFile_refusals(t *testing.T) {
	const null = "null"
	jsonl := func(line int, start string) string {
		return fmt.Sprintf("Expected file to have JSONL format, where every line is a valid JSON dictionary. "+
			`Line %d is not a dictionary (HINT: line starts with: "%s...").`, line, start)
	}
	for name, test := range map[string]struct {
		form form
		want string
	}{
		"unknown field": {
			form{{"purpose", "vision"}, {"filename", "x"}, {"file@a.png", "x"}},
			refusal("Additional properties are not allowed ('filename' was unexpected)"),
		},
		"unknown field after the file": {
			form{{"purpose", "vision"}, {"file@a.png", "x"}, {"filename", "x"}},
			refusal("Additional properties are not allowed ('filename' was unexpected)"),
		},
		"expires_after as JSON": {
			form{{"purpose", "vision"}, {"expires_after", `{"anchor":"created_at","seconds":3600}`}, {"file@a.png", "x"}},
			refusal("Additional properties are not allowed ('expires_after' was unexpected)"),
		},
		"unknown purpose": {
			form{{"purpose", "vector_store"}, {"file@a.png", "x"}},
			refusalWithDetail("'vector_store' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'",
				`"purpose"`),
		},
		"batch extension": {
			form{{"purpose", "batch"}, {"file@a.json", "{}"}},
			refusalWithDetail("Invalid file format for Batch API. Must be .jsonl", null),
		},
		"batch extension, file first": {
			form{{"file@a.json", "{}"}, {"purpose", "batch"}},
			refusalWithDetail("Invalid file format for Batch API. Must be .jsonl", null),
		},
		"fine-tune extension": {
			form{{"purpose", "fine-tune"}, {"file@a.json", "{}"}},
			refusal("Invalid file format for Fine-Tuning API. Must be .jsonl"),
		},
		"fine-tune with an object over several lines": {
			form{{"purpose", "fine-tune"}, {"file@a.jsonl", "{\n  \"a\": 1\n}\n"}},
			refusal(jsonl(1, "{")),
		},
		"fine-tune, file first": {
			form{{"file@a.jsonl", "{}\n[1]\n"}, {"purpose", "fine-tune"}},
			refusal(jsonl(2, "[1]")),
		},
		"fine-tune with a byte order mark": {
			form{{"purpose", "fine-tune"}, {"file@a.jsonl", "\ufeff{}\n"}},
			refusal(jsonl(1, "\ufeff{}")),
		},
		"fine-tune in Latin-1": {
			form{{"purpose", "fine-tune"}, {"file@a.jsonl", "{\"a\":\"\xe9\"}\n"}},
			refusal(jsonl(1, `{"a":""}`)),
		},
		"fine-tune cut off": {
			form{{"purpose", "fine-tune"}, {"file@a.jsonl", "{}\n{}\n{\"a\":"}},
			refusal(jsonl(3, `{"a":`)),
		},
		"empty": {
			form{{"purpose", "user_data"}, {"file@a.txt", ""}},
			refusal("File is empty."),
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := assumed(t)
			c.do(t, http.MethodPost, "/files", test.form).want(t, http.StatusBadRequest, test.want)
		})
	}
}

// The texts of these refusals are guesses, so only the fake is asked.
func TestCreateFile_guessedRefusals(t *testing.T) {
	anchor, seconds := "expires_after[anchor]", "expires_after[seconds]"
	for name, test := range map[string]struct {
		form   form
		status int
		want   string
	}{
		"no file":        {form{{"purpose", "vision"}}, 400, "'file' is a required property"},
		"no purpose":     {form{{"file@a", "x"}}, 400, "'purpose' is a required property"},
		"file as text":   {form{{"purpose", "vision"}, {"file", "x"}}, 400, "Expected 'file' to be a file"},
		"two files":      {form{{"purpose", "vision"}, {"file@a", "x"}, {"file@b", "x"}}, 400, "Expected one 'file'"},
		"no seconds":     {form{{"purpose", "vision"}, {anchor, "created_at"}, {"file@a", "x"}}, 400, "'seconds' is a required"},
		"no anchor":      {form{{"purpose", "vision"}, {seconds, "3600"}, {"file@a", "x"}}, 400, "'anchor' is a required"},
		"another anchor": {form{{"purpose", "vision"}, {anchor, "now"}, {seconds, "3600"}, {"file@a", "x"}}, 400, "'now' is not one of"},
		"text as time":   {form{{"purpose", "vision"}, {anchor, "created_at"}, {seconds, "1h"}, {"file@a", "x"}}, 400, "'1h' is not of type"},
		"too short":      {form{{"purpose", "vision"}, {anchor, "created_at"}, {seconds, "3599"}, {"file@a", "x"}}, 400, "3599 is less than"},
		"too long":       {form{{"purpose", "vision"}, {anchor, "created_at"}, {seconds, "2592001"}, {"file@a", "x"}}, 400, "2592001 is greater"},
		"large":          {form{{"purpose", "vision"}, {"file@a", "12345678901"}}, 413, "Maximum content size limit (10) exceeded (11 bytes read)"},
		"large batch":    {form{{"purpose", "batch"}, {"file@a.jsonl", `{"a":1}`}}, 400, `"File is too large."`},
		"file first":     {form{{"file@a.jsonl", `{"a":1}`}, {"purpose", "batch"}}, 400, `"File is too large."`},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newServer(t, openaitest.WithMaxFileSize(10), openaitest.WithMaxBatchSize(6))
			got := c.do(t, http.MethodPost, "/files", test.form)
			if got.status != test.status || !strings.Contains(got.body, test.want) {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if len(s.Files()) > 0 {
				t.Error("it made a file")
			}
		})
	}
}

func TestCreateFile_acceptsFineTuneLines(t *testing.T) {
	_, c := newServer(t)
	for _, content := range []string{"{}", "{}\n", "{\"a\":1}\r\n{}\r\n", "{}\n\n"} {
		c.upload(t, "fine-tune", "a.jsonl", content)
	}
}

func TestCreateFile_refusesWhatIsNotAForm(t *testing.T) {
	_, c := newServer(t)
	c.do(t, http.MethodPost, "/files", "{}").want(t, http.StatusBadRequest, refusal("Invalid content-type header"))
	r := c.request(t, http.MethodPost, "/files", form{{"purpose", "vision"}, {"file@a", "x"}})
	r.Body = http.NoBody
	r.ContentLength = 0
	if got := send(t, r); got.status != http.StatusBadRequest {
		t.Error(got)
	}
}

func TestFile_missing(t *testing.T) {
	c := assumed(t)
	for _, id := range []string{"file-abc123", "fake_id"} {
		want := refusalWithDetail("No such File object: "+id, `"id"`)
		c.get(t, "/files/"+id).want(t, http.StatusNotFound, want)
		c.get(t, "/files/"+id+"/content").want(t, http.StatusNotFound, want)
		c.do(t, http.MethodDelete, "/files/"+id, nil).want(t, http.StatusNotFound, want)
	}
}

func TestDeleteFile(t *testing.T) {
	c := assumed(t)
	id := c.upload(t, "user_data", "a.txt", "hello")
	c.do(t, http.MethodDelete, "/files/"+id, nil).want(t, http.StatusOK,
		fmt.Sprintf("{\n  \"object\": \"file\",\n  \"deleted\": true,\n  \"id\": %q\n}\n", id))
	gone := refusalWithDetail("No such File object: "+id, `"id"`)
	c.get(t, "/files/"+id).want(t, http.StatusNotFound, gone)
	c.do(t, http.MethodDelete, "/files/"+id, nil).want(t, http.StatusNotFound, gone)
}

func TestDownloadFile(t *testing.T) {
	c := assumed(t)
	id := c.upload(t, "batch", "a.jsonl", "{}\n")
	defer c.do(t, http.MethodDelete, "/files/"+id, nil)
	got := c.get(t, "/files/"+id+"/content")
	got.want(t, http.StatusOK, "{}\n")
	if kind := got.header.Get("Content-Type"); kind != "application/octet-stream" {
		t.Error("Content-Type", kind)
	}
	if name := got.header.Get("Content-Disposition"); name != `attachment; filename="a.jsonl"` {
		t.Error("Content-Disposition", name)
	}
}

func TestDownloadFile_refusedByPurpose(t *testing.T) {
	c := assumed(t)
	for _, purpose := range []string{"assistants", "user_data"} {
		id := c.upload(t, purpose, "a.txt", "hello")
		c.get(t, "/files/"+id+"/content").want(t, http.StatusBadRequest,
			refusalWithDetail("Not allowed to download files of purpose: "+purpose, "null"))
		c.do(t, http.MethodDelete, "/files/"+id, nil)
	}
}

func TestFile_expires(t *testing.T) {
	var clock atomic.Int64
	clock.Store(now)
	s, c := newServer(t, openaitest.WithClock(func() time.Time { return time.Unix(clock.Load(), 0) }))
	got := c.do(t, http.MethodPost, "/files", form{
		{"purpose", "vision"}, {"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "3600"}, {"file@a.png", "x"},
	})
	id := got.text(t, "id")
	clock.Store(now + 3599)
	if got := c.get(t, "/files/"+id); got.status != http.StatusOK || len(s.Files()) != 1 {
		t.Errorf("a second early: %d, %d files", got.status, len(s.Files()))
	}
	clock.Store(now + 3600)
	for _, path := range []string{"/files/" + id, "/files/" + id + "/content", "/files?after=" + id} {
		if got := c.get(t, path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := c.get(t, "/files"); strings.Contains(got.body, id) || len(s.Files()) != 0 {
		t.Errorf("an expired file is listed: %s", got.body)
	}
}

func TestFile_idsNeedEscapes(t *testing.T) {
	const id = "a/b?c=d e%2F+g"
	s, c := newServer(t, openaitest.WithIDs(func() string { return id }))
	s.AddFile("a.png", "vision", []byte("hello"))
	c.get(t, "/files/a%2Fb%3Fc=d%20e%252F+g/content").want(t, http.StatusOK, "hello")
	got := s.Requests()[0]
	if got.Path != "/files/"+id+"/content" || got.RawPath != "/v1/files/a%2Fb%3Fc=d%20e%252F+g/content" {
		t.Errorf("path %s, raw %s", got.Path, got.RawPath)
	}
}

func TestServer_unknownURL(t *testing.T) {
	c := assumed(t)
	c.do(t, http.MethodPost, "/filez", "{}").want(t, http.StatusNotFound, refusal("Invalid URL (POST /v1/filez)"))
}

func TestServer_keys(t *testing.T) {
	_, c := newServer(t)
	for name, test := range map[string]struct {
		header, value string
		status        int
		want          string
	}{
		"bearer":       {"Authorization", "Bearer " + openaitest.Key, 200, `"object": "list"`},
		"api-key":      {"api-key", openaitest.Key, 200, `"object": "list"`},
		"none":         {"X-Nothing", "x", 401, `You didn't provide an API key.`},
		"wrong":        {"Authorization", "Bearer sk-proj-0123456789abcdef0123456789", 401, `"code": "invalid_api_key"`},
		"wrong masked": {"Authorization", "Bearer sk-proj-0123456789abcdef0123456789", 401, "Incorrect API key provided: sk-proj-**********************6789. You can find"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.request(t, http.MethodGet, "/files", nil)
			r.Header.Del("Authorization")
			r.Header.Set(test.header, test.value)
			if got := send(t, r); got.status != test.status || !strings.Contains(got.body, test.want) {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
}

func TestServer_refusesTheKeyBeforeTheBody(t *testing.T) {
	s, c := newServer(t, openaitest.WithKey("sk-another"))
	r := c.request(t, http.MethodPost, "/files", form{{"purpose", "vision"}, {"file@a", strings.Repeat("x", 8<<20)}})
	r.Header.Set("Expect", "100-continue")
	if got := send(t, r); got.status != http.StatusUnauthorized {
		t.Error(got)
	}
	if n := s.Requests()[0].BodyBytes; n != 0 {
		t.Errorf("%d bytes of the body were read", n)
	}
}

// A client that sends its whole body before it looks for the answer finds the answer.
func TestServer_answersEarlyAndReadsOn(t *testing.T) {
	s, c := newServer(t)
	r := c.request(t, http.MethodPost, "/files", form{{"purpose", "nix"}, {"file@a", strings.Repeat("x", 32<<20)}})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.URL.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "'nix' is not one of") {
		t.Errorf("%s %s, %v", resp.Status, body, err)
	}
	if resp.ContentLength != int64(len(body)) {
		t.Error("the end of the answer waits for the end of the request")
	}
	if got := s.Requests()[0].FieldOrder; len(got) != 1 || got[0] != "purpose" {
		t.Error("it did not answer early, but after", got)
	}
}
