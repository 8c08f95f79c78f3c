// Package conformance compares the fake with OpenAI's SDK and with its description of the API, which are heavy dependencies.
package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/content"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// The official SDK and OpenAI's description of the API are witnesses of the wire format. The same run is possible against the
// real service.
func TestConformance_officialSDK(t *testing.T) {
	sdk := connect(t, realOrFake(t)...)
	ctx := t.Context()

	var ids []string
	for i := range 3 {
		file, err := sdk.Files.New(ctx, openai.FileNewParams{
			File:         openai.File(strings.NewReader("{}\n"), fmt.Sprintf("%d.jsonl", i), "application/jsonl"),
			Purpose:      openai.FilePurposeBatch,
			ExpiresAfter: openai.FileNewParamsExpiresAfter{Seconds: 3600},
		})
		if err != nil {
			t.Fatal(err)
		}
		if file.Bytes != 3 || file.Filename != fmt.Sprintf("%d.jsonl", i) || file.ExpiresAt-file.CreatedAt != 3600 {
			t.Errorf("file %s", file.RawJSON())
		}
		ids = append(ids, file.ID)
	}

	file, err := sdk.Files.Get(ctx, ids[0])
	if err != nil || file.ID != ids[0] || file.Purpose != openai.FileObjectPurposeBatch {
		t.Errorf("retrieve: %+v, %v", file, err)
	}

	var listed []string
	pages := sdk.Files.ListAutoPaging(ctx, openai.FileListParams{Limit: openai.Int(2), Purpose: openai.String("batch")})
	for pages.Next() {
		if id := pages.Current().ID; slices.Contains(ids, id) {
			listed = append(listed, id)
		}
	}
	if err := pages.Err(); err != nil {
		t.Error(err)
	}
	slices.Reverse(listed)
	if diff := gocmp.Diff(ids, listed); diff != "" {
		t.Error("listed, newest first (-want +got):\n", diff)
	}

	response, err := sdk.Files.Content(ctx, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || string(text) != "{}\n" {
		t.Errorf("content %q, %v", text, err)
	}

	for _, id := range ids {
		if deleted, err := sdk.Files.Delete(ctx, id); err != nil || !deleted.Deleted || deleted.ID != id {
			t.Errorf("delete: %+v, %v", deleted, err)
		}
	}
	var refused *openai.Error
	if _, err := sdk.Files.Get(ctx, ids[0]); !errors.As(err, &refused) || refused.StatusCode != http.StatusNotFound || refused.Param != "id" {
		t.Errorf("deleted, but %v", err)
	}
}

func TestConformance_officialSDKUploads(t *testing.T) {
	sdk := connect(t, realOrFake(t)...)
	ctx := t.Context()
	params := openai.UploadNewParams{
		Bytes:        6,
		Filename:     "a.jsonl",
		MimeType:     "text/jsonl",
		Purpose:      openai.FilePurposeBatch,
		ExpiresAfter: openai.UploadNewParamsExpiresAfter{Seconds: 3600},
	}
	upload, err := sdk.Uploads.New(ctx, params)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for range 2 {
		part, err := sdk.Uploads.Parts.New(ctx, upload.ID, openai.UploadPartNewParams{Data: strings.NewReader("{}\n")})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part.ID)
	}
	upload, err = sdk.Uploads.Complete(ctx, upload.ID, openai.UploadCompleteParams{PartIDs: parts})
	if err != nil {
		t.Fatal(err)
	}
	if upload.Status != openai.UploadStatusCompleted || upload.File.Bytes != 6 || upload.File.ExpiresAt-upload.File.CreatedAt != 3600 {
		t.Errorf("upload %s", upload.RawJSON())
	}
	if _, err := sdk.Files.Delete(ctx, upload.File.ID); err != nil {
		t.Error(err)
	}

	upload, err = sdk.Uploads.New(ctx, params)
	if err != nil {
		t.Fatal(err)
	}
	if upload, err = sdk.Uploads.Cancel(ctx, upload.ID); err != nil || upload.Status != openai.UploadStatusCancelled {
		t.Errorf("cancel: %+v, %v", upload, err)
	}
}

// The official SDK finds the answers to a batch where it expects them. OpenAI's description of files has no batches.
func TestConformance_officialSDKBatches(t *testing.T) {
	s := newServer(t)
	sdk := openai.NewClient(option.WithBaseURL(s.URL), option.WithAPIKey(openaitest.Key))
	ctx := t.Context()
	input := s.AddFile("requests.jsonl", "batch",
		[]byte(`{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-6-luna","input":"One?"}}`))

	batch, err := sdk.Batches.New(ctx, openai.BatchNewParams{
		InputFileID:      input.ID,
		Endpoint:         openai.BatchNewParamsEndpointV1Responses,
		CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
	})
	if err != nil || batch.Status != openai.BatchStatusValidating {
		t.Fatalf("new batch: %+v, %v", batch, err)
	}
	batch, err = sdk.Batches.Get(ctx, batch.ID)
	if err != nil || batch.Status != openai.BatchStatusCompleted || batch.RequestCounts.Completed != 1 || batch.CompletedAt == 0 {
		t.Fatalf("batch: %+v, %v", batch, err)
	}
	output, err := sdk.Files.Content(ctx, batch.OutputFileID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(output.Body)
	if err := errors.Join(err, output.Body.Close()); err != nil {
		t.Fatal(err)
	}
	var line struct {
		CustomID string `json:"custom_id"`
		Response struct {
			Body responses.Response `json:"body"`
		} `json:"response"`
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	if line.CustomID != "a" || line.Response.Body.OutputText() == "" || line.Response.Body.Model != "gpt-6-luna" {
		t.Errorf("got the answer %s", text)
	}
}

func TestConformance_officialSDKVectorStores(t *testing.T) {
	s := newServer(t, openaitest.WithDocumentedBatches())
	sdk := connect(t, option.WithBaseURL(s.URL), option.WithAPIKey(openaitest.Key))
	ctx := t.Context()
	var ids []string
	for _, name := range []string{"a.md", "b.md", "c.md"} {
		ids = append(ids, s.AddFile(name, "user_data", []byte("Refunds are paid within 14 days.")).ID)
	}

	store, err := sdk.VectorStores.New(ctx, openai.VectorStoreNewParams{
		Name:         openai.String("docs"),
		Description:  openai.String("all of them"),
		FileIDs:      ids[:1],
		Metadata:     map[string]string{"team": "support"},
		ExpiresAfter: openai.VectorStoreNewParamsExpiresAfter{Days: 7},
	})
	if err != nil {
		t.Fatal(err)
	}
	if store.Name != "docs" || store.FileCounts.InProgress != 1 || store.Metadata["team"] != "support" || store.ExpiresAt != store.LastActiveAt+7*24*3600 {
		t.Errorf("got the store %s", store.RawJSON())
	}
	if store, err = sdk.VectorStores.Update(ctx, store.ID, openai.VectorStoreUpdateParams{Name: openai.String("new")}); err != nil || store.Name != "new" {
		t.Fatalf("got %+v and %v, want a store with a new name", store, err)
	}
	if got, err := sdk.VectorStores.Get(ctx, store.ID); err != nil || got.Status != openai.VectorStoreStatusCompleted || got.FileCounts.Completed != 1 {
		t.Errorf("got %+v and %v, want one completed file", got, err)
	}
	stores, err := sdk.VectorStores.List(ctx, openai.VectorStoreListParams{Limit: openai.Int(1)})
	if err != nil || len(stores.Data) != 1 || stores.Data[0].ID != store.ID {
		t.Errorf("got %+v and %v, want the one store", stores, err)
	}

	attachWithSDK(t, sdk, store.ID, ids)

	results, err := sdk.VectorStores.Search(ctx, store.ID, openai.VectorStoreSearchParams{
		Query:         openai.VectorStoreSearchParamsQueryUnion{OfString: openai.String("refunds")},
		MaxNumResults: openai.Int(1),
	})
	if err != nil || len(results.Data) != 1 || results.Data[0].Score != 1 || results.Data[0].Content[0].Text != "Refunds are paid within 14 days." {
		t.Errorf("got %+v and %v, want one passage", results, err)
	}
	if deleted, err := sdk.VectorStores.Delete(ctx, store.ID); err != nil || !deleted.Deleted || deleted.ID != store.ID {
		t.Errorf("got %+v and %v, want the store deleted", deleted, err)
	}
	var refused *openai.Error
	if _, err := sdk.VectorStores.Get(ctx, store.ID); !errors.As(err, &refused) || refused.StatusCode != http.StatusNotFound {
		t.Errorf("got %v, want 404", err)
	}
}

// attachWithSDK attaches, reads and detaches files: the first one is attached already.
func attachWithSDK(t *testing.T, sdk openai.Client, store string, ids []string) {
	t.Helper()
	ctx := t.Context()
	one, err := sdk.VectorStores.Files.New(ctx, store, openai.VectorStoreFileNewParams{
		FileID:     ids[1],
		Attributes: map[string]openai.VectorStoreFileNewParamsAttributeUnion{"year": {OfFloat: openai.Float(2026)}},
		ChunkingStrategy: openai.FileChunkingStrategyParamUnion{OfStatic: &openai.StaticFileChunkingStrategyObjectParam{
			Static: openai.StaticFileChunkingStrategyParam{MaxChunkSizeTokens: 200, ChunkOverlapTokens: 100},
		}},
	})
	if err != nil || one.Status != openai.VectorStoreFileStatusInProgress || one.Attributes["year"].OfFloat != 2026 ||
		one.ChunkingStrategy.Static.MaxChunkSizeTokens != 200 {
		t.Errorf("got %+v and %v, want a file in progress", one, err)
	}
	batch, err := sdk.VectorStores.FileBatches.New(ctx, store, openai.VectorStoreFileBatchNewParams{
		Files: []openai.VectorStoreFileBatchNewParamsFile{{FileID: ids[2]}},
	})
	if err != nil || batch.FileCounts.InProgress != 1 {
		t.Fatalf("got %+v and %v, want a batch in progress", batch, err)
	}
	if batch, err = sdk.VectorStores.FileBatches.Get(ctx, store, batch.ID); err != nil || batch.Status != openai.VectorStoreFileBatchStatusCompleted {
		t.Errorf("got %+v and %v, want a completed batch", batch, err)
	}
	if batch, err = sdk.VectorStores.FileBatches.Cancel(ctx, store, batch.ID); err != nil || batch.Status != openai.VectorStoreFileBatchStatusCompleted {
		t.Errorf("got %+v and %v, want a completed batch", batch, err)
	}
	files, err := sdk.VectorStores.FileBatches.ListFiles(ctx, store, batch.ID, openai.VectorStoreFileBatchListFilesParams{})
	if err != nil || len(files.Data) != 1 || files.Data[0].ID != ids[2] {
		t.Errorf("got %+v and %v, want the file of the batch", files, err)
	}
	var listed []string
	pages := sdk.VectorStores.Files.ListAutoPaging(ctx, store, openai.VectorStoreFileListParams{
		Limit: openai.Int(2), Filter: openai.VectorStoreFileListParamsFilterCompleted, Order: openai.VectorStoreFileListParamsOrderAsc,
	})
	for pages.Next() {
		listed = append(listed, pages.Current().ID)
	}
	slices.Sort(listed)
	if diff := gocmp.Diff(slices.Sorted(slices.Values(ids)), listed); diff != "" || pages.Err() != nil {
		t.Errorf("listed (-want +got):\n%s%v", diff, pages.Err())
	}
	updated, err := sdk.VectorStores.Files.Update(ctx, store, ids[1], openai.VectorStoreFileUpdateParams{
		Attributes: map[string]openai.VectorStoreFileUpdateParamsAttributeUnion{"lang": {OfString: openai.String("en")}},
	})
	if err != nil || updated.Attributes["lang"].OfString != "en" || len(updated.Attributes) != 1 {
		t.Errorf("got %+v and %v, want the new attributes alone", updated, err)
	}
	if got, err := sdk.VectorStores.Files.Get(ctx, store, ids[1]); err != nil || got.UsageBytes != 32 {
		t.Errorf("got %+v and %v, want 32 bytes", got, err)
	}
	text, err := sdk.VectorStores.Files.Content(ctx, store, ids[1])
	if err != nil || len(text.Data) != 1 || text.Data[0].Text != "Refunds are paid within 14 days." {
		t.Errorf("got %+v and %v, want the text", text, err)
	}
	if got, err := sdk.VectorStores.Files.Delete(ctx, store, ids[1]); err != nil || !got.Deleted || got.ID != ids[1] {
		t.Errorf("got %+v and %v, want the file detached", got, err)
	}
}

// newServer starts a fake that stops with the test.
func newServer(t *testing.T, options ...openaitest.Option) *openaitest.Server {
	t.Helper()
	s := openaitest.NewServer(options...)
	t.Cleanup(s.Close)
	return s
}

// realOrFake returns the address and the key of a fake or, with OPENAI_LIVE=1, those of the environment.
func realOrFake(t *testing.T) []option.RequestOption {
	t.Helper()
	if os.Getenv("OPENAI_LIVE") != "1" {
		return []option.RequestOption{option.WithBaseURL(newServer(t).URL), option.WithAPIKey(openaitest.Key)}
	}
	key := os.Getenv("OPENAI_API_KEY")
	if key == "" {
		t.Fatal("OPENAI_LIVE=1 needs OPENAI_API_KEY")
	}
	return []option.RequestOption{option.WithBaseURL(cmp.Or(os.Getenv("OPENAI_BASE_URL"), "https://api.openai.com/v1")), option.WithAPIKey(key)}
}

// connect returns a client of the SDK whose exchanges are checked against the description of the API.
func connect(t *testing.T, service ...option.RequestOption) openai.Client {
	t.Helper()
	return openai.NewClient(append(service,
		option.WithUnsafeAllowHTTP(),
		option.WithMaxRetries(0),
		option.WithHTTPClient(&http.Client{Transport: specified(t)}),
	)...)
}

// specified returns a transport that checks what passes against OpenAI's description of its API: the committed copy, or the
// file that OPENAI_OPENAPI_SPEC names.
func specified(t *testing.T) http.RoundTripper {
	t.Helper()
	text, err := os.ReadFile(cmp.Or(os.Getenv("OPENAI_OPENAPI_SPEC"), filepath.Join("testdata", "openapi", "openai.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	// OpenAPI 3.1, which the description claims to be, knows no nullable.
	text = bytes.ReplaceAll(text, []byte("nullable: true"), []byte("x-nullable: true"))
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(document, config.WithStandardBodyDecoders(),
		config.WithBodyDecoder("multipart/form-data", content.DecoderFunc(decodeForm)))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	s := &specification{t: t, validator: v}
	t.Cleanup(func() {
		if s.checked == 0 {
			t.Error("nothing was checked against the description of the API")
		}
	})
	return s
}

type specification struct {
	t         *testing.T
	validator validator.Validator

	mu      sync.Mutex
	checked int
}

// RoundTrip sends a request and checks it and an answer that accepts it. Refusals are not described.
func (s *specification) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	again := func() *http.Request {
		c := r.Clone(r.Context())
		c.Body = io.NopCloser(bytes.NewReader(sent))
		return c
	}
	response, err := http.DefaultTransport.RoundTrip(again())
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(got))
	if response.StatusCode != http.StatusOK {
		return response, nil
	}
	s.checked++
	if ok, errs := s.validator.ValidateHttpRequestResponse(again(), response); !ok {
		for _, err := range errs {
			s.t.Errorf("%s %s: %s: %s %v\nrequest %q\nanswer %s", r.Method, r.URL.Path, err.Message, err.Reason,
				err.SchemaValidationErrors, sent, got)
		}
	}
	response.Body = io.NopCloser(bytes.NewReader(got))
	return response, nil
}

// decodeForm makes objects of fields with names such as expires_after[anchor].
func decodeForm(input *content.DecodeInput) (any, error) {
	form := map[string]any{}
	parts := multipart.NewReader(input.Body, input.Parameters["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		object, member, isMember := strings.Cut(strings.TrimSuffix(part.FormName(), "]"), "[")
		if !isMember {
			form[object] = string(text)
			continue
		}
		members, ok := form[object].(map[string]any)
		if !ok {
			members = map[string]any{}
			form[object] = members
		}
		members[member] = string(text)
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			members[member] = n
		}
	}
}
