package openai_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// recording is an exchange of some client with the real service.
type recording struct {
	Source  string      `json:"src"`
	Method  string      `json:"method"`
	URI     string      `json:"uri"`
	Status  int         `json:"status"`
	Headers [][2]string `json:"headers"`
	Body    []byte      `json:"body"` // as it was before any compression
}

// path returns the elements of the path below /v1.
func (r recording) path(t *testing.T) []string {
	t.Helper()
	u, err := url.Parse(r.URI)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimPrefix(u.Path, "/v1/"), "/")
}

// recordings returns what OPENAI_RECORDINGS holds.
func recordings(t *testing.T) []recording {
	t.Helper()
	path := os.Getenv("OPENAI_RECORDINGS")
	if path == "" {
		t.Skip("OPENAI_RECORDINGS names no recorded exchanges")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []recording
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 264 {
		t.Fatalf("got %d recorded exchanges, want at least 264", len(all))
	}
	return all
}

// framing is how an answer says where it ends.
type framing string

var framings = []framing{"Content-Length", "chunked", "until the connection closes"}

func TestRecordings_clientReadsWhatTheServiceAnswers(t *testing.T) {
	for i, r := range recordings(t) {
		for _, f := range framings {
			t.Run(fmt.Sprintf("%d %s %s %s", i, r.Method, strings.Join(r.path(t), "/"), f), func(t *testing.T) {
				server := httptest.NewServer(r.replay(t, f))
				defer server.Close()
				client, err := openai.NewClient(openai.Config{BaseURL: server.URL + "/v1", APIKey: "sk-recorded"})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				got, err := r.ask(ctx, t, client)
				if r.Status >= 400 {
					r.wantRefusal(t, err)
					return
				}
				if err != nil {
					t.Fatalf("%s: got the error %v, want none", r.Source, err)
				}
				if diff := cmp.Diff(r.want(t), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", r.Source, diff)
				}
			})
		}
	}
}

// replay returns a handler that gives the recorded answer.
func (r recording) replay(t *testing.T, f framing) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, request *http.Request) {
		if want := "/v1/" + strings.Join(r.path(t), "/"); request.Method != r.Method || request.URL.Path != want {
			t.Errorf("got the request %s %s, want %s %s", request.Method, request.URL.Path, r.Method, want)
		}
		_, _ = io.Copy(io.Discard, request.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write(r.answer(f, strings.Contains(request.Header.Get("Accept-Encoding"), "gzip")))
		_ = conn.Close()
	}
}

// answer returns the recorded answer as it travels.
func (r recording) answer(f framing, mayPack bool) []byte {
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\nConnection: close\r\n", r.Status, http.StatusText(r.Status))
	body := r.Body
	for _, header := range r.Headers {
		switch strings.ToLower(header[0]) {
		case "connection", "content-length", "transfer-encoding":
		case "content-encoding":
			if mayPack && header[1] == "gzip" {
				var packed bytes.Buffer
				z := gzip.NewWriter(&packed)
				_, _ = z.Write(body)
				_ = z.Close()
				body = packed.Bytes()
				head.WriteString("Content-Encoding: gzip\r\n")
			}
		default:
			fmt.Fprintf(&head, "%s: %s\r\n", header[0], header[1])
		}
	}
	switch f {
	case "Content-Length":
		fmt.Fprintf(&head, "Content-Length: %d\r\n\r\n%s", len(body), body)
	case "chunked":
		head.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for chunk := range slices.Chunk(body, 100) {
			fmt.Fprintf(&head, "%x\r\n%s\r\n", len(chunk), chunk)
		}
		head.WriteString("0\r\n\r\n")
	default:
		fmt.Fprintf(&head, "\r\n%s", body)
	}
	return head.Bytes()
}

// ask sends the request of the recording and returns what the client makes of the answer, in the form of want.
func (r recording) ask(ctx context.Context, t *testing.T, client *openai.Client) (any, error) {
	t.Helper()
	path := r.path(t)
	operation := r.Method + " " + path[0]
	if len(path) > 2 {
		operation += " " + path[2]
	} else if len(path) == 2 {
		operation += " id"
	}
	sent := openai.CreateFileParams{Purpose: "user_data", Filename: "a.jsonl", Content: strings.NewReader("hello"), Size: 5}
	switch operation {
	case "POST files":
		uploaded, err := client.CreateFile(ctx, sent)
		return file(uploaded.File), err
	case "GET files":
		files := []map[string]any{}
		for f, err := range client.ListFiles(ctx, openai.ListFilesParams{}) {
			if err != nil {
				return nil, err
			}
			files = append(files, file(f))
		}
		return files, nil
	case "GET files id":
		f, err := client.RetrieveFile(ctx, path[1])
		return file(f), err
	case "DELETE files id":
		return nil, client.DeleteFile(ctx, path[1])
	case "GET files content":
		var content bytes.Buffer
		_, err := client.DownloadFile(ctx, path[1], 1<<20, func() io.Writer { content.Reset(); return &content })
		return content.String(), err
	case "POST uploads":
		upload, err := client.CreateUpload(ctx, sent)
		return uploadOf(upload), err
	case "POST uploads parts":
		return client.AddUploadPart(ctx, path[1], strings.NewReader("hello"), 5)
	case "POST uploads complete":
		upload, err := client.CompleteUpload(ctx, path[1], []string{"part_1"}, "")
		return uploadOf(upload), err
	case "POST uploads cancel":
		return nil, client.CancelUpload(ctx, path[1])
	}
	t.Fatalf("%s: no call of the client for %s", r.Source, operation)
	return nil, nil
}

// want returns what the recorded answer says.
func (r recording) want(t *testing.T) any {
	t.Helper()
	path := r.path(t)
	if len(path) == 3 && path[2] == "content" {
		return string(r.Body)
	}
	body := r.object(t)
	switch object := body["object"]; {
	case r.Method == http.MethodDelete, len(path) == 3 && path[2] == "cancel":
		return nil
	case object == "list":
		files := []map[string]any{}
		data, _ := body["data"].([]any)
		for _, element := range data {
			f, _ := element.(map[string]any)
			files = append(files, described(f))
		}
		if len(files) == 0 {
			t.Errorf("%s: the recorded list is empty", r.Source)
		}
		return files
	case object == "upload":
		upload := map[string]any{"id": body["id"], "status": body["status"]}
		if f, ok := body["file"].(map[string]any); ok {
			upload["file"] = described(f)
		}
		return upload
	case object == "upload.part":
		return body["id"]
	default:
		return described(body)
	}
}

func (r recording) object(t *testing.T) map[string]any {
	t.Helper()
	var body map[string]any
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		t.Fatalf("%s: %v", r.Source, err)
	}
	return body
}

// described returns the members of a File that the client tells; those that are null or missing are left out.
func described(body map[string]any) map[string]any {
	f := map[string]any{}
	for _, name := range []string{"id", "filename", "purpose", "bytes", "created_at", "expires_at", "status", "status_details"} {
		switch value := body[name].(type) {
		case json.Number:
			f[name] = value.String()
		case string:
			f[name] = value
		}
	}
	return f
}

// file returns what the client tells of a File, in the form of described.
func file(got openai.File) map[string]any {
	f := map[string]any{}
	for name, text := range map[string]string{
		"id": got.ID, "filename": got.Filename, "purpose": got.Purpose, "status": got.Status, "status_details": got.StatusDetails,
	} {
		if text != "" {
			f[name] = text
		}
	}
	if got.Bytes != nil {
		f["bytes"] = fmt.Sprint(*got.Bytes)
	}
	for name, at := range map[string]*time.Time{"created_at": got.CreatedAt, "expires_at": got.ExpiresAt} {
		if at != nil {
			f[name] = fmt.Sprint(at.Unix())
		}
	}
	return f
}

func uploadOf(got openai.Upload) map[string]any {
	upload := map[string]any{"id": string(got.ID), "status": got.Status}
	if got.File != nil {
		upload["file"] = file(*got.File)
	}
	return upload
}

func (r recording) wantRefusal(t *testing.T, err error) {
	t.Helper()
	got, ok := errors.AsType[*openai.Error](err)
	if !ok {
		t.Fatalf("%s: got %v, want a refusal", r.Source, err)
	}
	want, _ := r.object(t)["error"].(map[string]any)
	if got.StatusCode != r.Status || got.Message != want["message"] || got.Param != want["param"] || got.Type != want["type"] || got.Code != "" {
		t.Errorf("%s: got %+v, want %d with %v", r.Source, got, r.Status, want)
	}
	if gone := errors.Is(err, openai.ErrNotFound); gone != (r.Status == http.StatusNotFound) {
		t.Errorf("%s: got not found %t for the status %d", r.Source, gone, r.Status)
	}
}
