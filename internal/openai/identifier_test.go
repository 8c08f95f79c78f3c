package openai_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Some servers write IDs as numbers, which a float64 cannot hold. None of their digits may be lost.
func TestIdentifier(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`"file-1"`: "file-1", `1795741074507123458`: "1795741074507123458", `12345`: "12345", `"a\u0062c"`: "abc", `""`: "", `null`: "",
	} {
		var (
			file       openai.File
			store      openai.VectorStore
			attachment openai.VectorStoreFile
			result     openai.SearchResult
		)
		for key, object := range map[string]any{`"id"`: &file, `"id" `: &store, `"id"  `: &attachment, `"file_id"`: &result} {
			if err := json.Unmarshal([]byte("{"+key+":"+written+"}"), object); err != nil {
				t.Errorf("%s: %v", written, err)
			}
		}
		for what, got := range map[string]string{"file": file.ID, "vector store": store.ID, "attachment": attachment.ID, "search result": result.FileID} {
			if got != want {
				t.Errorf("%s, %s: got %q, want %q", written, what, got, want)
			}
		}
	}
	for _, written := range []string{`"file-1`, `{"id":`, `{"id":"\ud8"}`} {
		if err := json.Unmarshal([]byte(written), &openai.File{}); err == nil {
			t.Errorf("%s: got no error", written)
		}
	}
}

// A server whose IDs are numbers confirms the deletion of one.
func TestDeleteFile_numberForAnID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{})
		s.Inject(openaitest.Fault{Method: http.MethodDelete, Body: `{"id":1795741074507123458,"object":"file","deleted":true}`})
		if err := client.DeleteFile(t.Context(), "1795741074507123458"); err != nil {
			t.Error(err)
		}
	})
}
