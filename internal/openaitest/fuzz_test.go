package openaitest_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Whatever a body is, it is a file or the fault of the client.
func FuzzCreateFile(f *testing.F) {
	for _, seed := range []form{
		aFile,
		{{"purpose", "fine-tune"}, {"file@a.jsonl", "{}\n{"}},
		{{"file@a.jsonl", "\ufeff{}"}, {"purpose", "batch"}},
		{{"purpose", "vision"}, {"expires_after[anchor]", "created_at"}, {"expires_after[seconds]", "-1"}, {"file@a", "x"}},
		{{"", ""}, {"file@", ""}},
	} {
		f.Add("multipart/form-data; boundary="+boundary, seed.body())
		f.Add("multipart/form-data; boundary="+boundary, seed.body()[:100])
	}
	f.Add("multipart/form-data; boundary="+boundary, bytes.ReplaceAll(aFile.body(), []byte("name="), []byte("name*=")))
	f.Add("application/json", []byte("{}"))

	s := openaitest.New(openaitest.WithRequestLimit(1))
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		before := len(s.Files())
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/files", bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+openaitest.Key)
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		files := s.Files()
		switch {
		case w.Code == http.StatusOK && len(files) == before+1 && strings.Contains(w.Body.String(), files[before].ID):
			s.DeleteFile(files[before].ID)
		case w.Code >= 400 && w.Code < 500 && len(files) == before && strings.Contains(w.Body.String(), `"error"`):
		default:
			t.Errorf("%d files, then %d; answered %d %s", before, len(files), w.Code, w.Body)
		}
	})
}
