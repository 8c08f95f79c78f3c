package openaitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// page is what a list says, in short.
type page struct {
	IDs         string
	First, Last string
	More        bool
}

// list returns a page of files; ids lack their prefix.
func (c client) list(t *testing.T, query string) page {
	t.Helper()
	p := c.listAt(t, "/files"+query)
	p.IDs = strings.ReplaceAll(p.IDs, "file-", "")
	return p
}

// listAt returns a page of any list of the API.
func (c client) listAt(t *testing.T, path string) page {
	t.Helper()
	got := c.get(t, path)
	var list struct {
		Data    []struct{ ID string } `json:"data"`
		FirstID *string               `json:"first_id"`
		LastID  *string               `json:"last_id"`
		HasMore *bool                 `json:"has_more"`
	}
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != http.StatusOK || list.HasMore == nil {
		t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	p := page{More: *list.HasMore}
	var ids []string
	for _, element := range list.Data {
		ids = append(ids, element.ID)
	}
	p.IDs = strings.Join(ids, " ")
	if list.FirstID != nil && list.LastID != nil {
		p.First, p.Last = *list.FirstID, *list.LastID
	}
	return p
}

func TestListFiles_pages(t *testing.T) {
	s, c := newFixedServer(t, openaitest.WithPageSize(3))
	for i := 1; i <= 5; i++ {
		s.AddFile(fmt.Sprint(i), "vision", []byte("x")) // file-1 to file-5, in the same second
	}
	for query, want := range map[string]page{
		"":                            {"5 4 3", "file-5", "file-3", true},
		"?after=file-3":               {"2 1", "file-2", "file-1", false},
		"?after=file-1":               {"", "", "", false},
		"?order=asc":                  {"1 2 3", "file-1", "file-3", true},
		"?order=asc&after=file-3":     {"4 5", "file-4", "file-5", false},
		"?limit=2":                    {"5 4", "file-5", "file-4", true},
		"?limit=10000":                {"5 4 3", "file-5", "file-3", true},
		"?limit=1&after=file-2":       {"1", "file-1", "file-1", false},
		"?unknown=1&before=file-5":    {"5 4 3", "file-5", "file-3", true},
		"?purpose=":                   {"5 4 3", "file-5", "file-3", true},
		"?purpose=fine-tune-results":  {"", "", "", false},
		"?purpose=vision&purpose=nix": {"5 4 3", "file-5", "file-3", true},
	} {
		if diff := cmp.Diff(want, c.list(t, query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestListFiles_ofAPurpose(t *testing.T) {
	s, c := newFixedServer(t)
	for _, purpose := range []string{"vision", "batch", "vision", "evals", "vision"} {
		s.AddFile("a.jsonl", purpose, []byte("{}"))
	}
	if got, want := c.list(t, "?purpose=vision&limit=2"), (page{"5 3", "file-5", "file-3", true}); got != want {
		t.Errorf("got %+v", got)
	}
	// A cursor is a place in the list, whatever the purpose of its file.
	if got, want := c.list(t, "?purpose=vision&after=file-4"), (page{"3 1", "file-3", "file-1", false}); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestListFiles_empty(t *testing.T) {
	_, c := newServer(t)
	c.get(t, "/files").want(t, http.StatusOK, `{
  "object": "list",
  "data": [],
  "has_more": false,
  "first_id": null,
  "last_id": null
}
`)
}

// The texts of most of these refusals are not recorded, their statuses and params are.
func TestListFiles_refusals(t *testing.T) {
	for query, want := range map[string]struct {
		status int
		param  string
	}{
		"?purpose=nix":                    {400, `"param": "purpose"`},
		"?purpose=BATCH":                  {400, `"param": "purpose"`},
		"?limit=0":                        {400, `"param": null`},
		"?limit=10001":                    {400, `"param": null`},
		"?order=":                         {400, `"param": null`},
		"?after=file-gone":                {404, `"param": "after"`},
		"?after=%2F":                      {404, `"param": "after"`},
		"?purpose=nix&after=file-missing": {400, `"param": "purpose"`},
	} {
		got := assumed(t).get(t, "/files"+query)
		if got.status != want.status || !strings.Contains(got.body, want.param) || !strings.Contains(got.body, `"code": null`) {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestListFiles_goesOnWhereFilesWereDeleted(t *testing.T) {
	s, c := newFixedServer(t)
	for range 5 {
		s.AddFile("a", "vision", []byte("x"))
	}
	if !s.DeleteFile("file-3") || s.DeleteFile("file-3") {
		t.Fatal("file-3 was not deleted once")
	}
	if got := c.list(t, "?after=file-4"); got.IDs != "2 1" {
		t.Errorf("got %+v", got)
	}
}
