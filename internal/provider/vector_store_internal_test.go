package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// What a server has never returned stays as declared; what it returned once and lacks now was changed elsewhere.
func TestVectorStoreModel_observe(t *testing.T) {
	t.Parallel()
	declared := func() vectorStoreModel {
		return vectorStoreModel{
			Name:         types.StringValue("docs"),
			Metadata:     stringMap(map[string]string{"env": "prod", "team": "search"}),
			ExpiresAfter: &vectorStoreExpiresAfter{number(7)},
		}
	}
	for name, test := range map[string]struct {
		store   openai.VectorStore
		ignored map[string]string

		name     string
		metadata map[string]string
		days     int64
	}{
		"all is returned": {
			openai.VectorStore{Name: "docs", Metadata: map[string]string{"env": "prod", "team": "search", "theirs": "x"}, ExpiresAfter: 7},
			nil,
			"docs",
			map[string]string{"env": "prod", "team": "search"},
			7,
		},
		"removed elsewhere": {
			openai.VectorStore{Metadata: map[string]string{"env": "prod"}},
			nil,
			"",
			map[string]string{"env": "prod"},
			0,
		},
		"never returned": {
			openai.VectorStore{Metadata: map[string]string{"env": "test"}},
			map[string]string{"expires_after": "", "metadata.team": "", "name": ""},
			"docs",
			map[string]string{"env": "test", "team": "search"},
			7,
		},
		"returned after all": {
			openai.VectorStore{Name: "other", Metadata: map[string]string{"env": "prod", "team": "other"}, ExpiresAfter: 9},
			map[string]string{"expires_after": "", "metadata.team": "", "name": ""},
			"other",
			map[string]string{"env": "prod", "team": "other"},
			9,
		},
		"never removed": {
			openai.VectorStore{Name: "old", Metadata: map[string]string{"env": "old", "team": "search"}, ExpiresAfter: 3},
			map[string]string{"expires_after": "3", "metadata.env": "old", "name": "old"},
			"docs",
			map[string]string{"env": "prod", "team": "search"},
			7,
		},
	} {
		m := declared()
		m.observe(test.store, test.ignored)
		if got := m.Name.ValueString(); got != test.name {
			t.Errorf("%s: got the name %q, want %q", name, got, test.name)
		}
		if diff := cmp.Diff(test.metadata, stringElements(m.Metadata)); diff != "" {
			t.Errorf("%s: the metadata differs (-want +got):\n%s", name, diff)
		}
		if got := m.params().ExpiresAfter; got != test.days {
			t.Errorf("%s: got an expiry of %d days, want %d", name, got, test.days)
		}
	}
}

func TestVectorStoreModel_ignored(t *testing.T) {
	t.Parallel()
	m := vectorStoreModel{Name: types.StringValue("docs"), Metadata: stringMap(map[string]string{"env": "prod", "team": "search"}), ExpiresAfter: &vectorStoreExpiresAfter{number(7)}}
	before := map[string]string{"env": "test", "old": "x"}
	for name, test := range map[string]struct {
		answer openai.VectorStore
		want   map[string]string
	}{
		"all":     {openai.VectorStore{Name: "docs", Metadata: map[string]string{"env": "prod", "team": "search", "theirs": "y"}, ExpiresAfter: 7}, nil},
		"nothing": {openai.VectorStore{}, map[string]string{"expires_after": "", "metadata.env": "", "metadata.team": "", "name": ""}},
		"other values": {
			openai.VectorStore{Name: "Docs", Metadata: map[string]string{"env": "prod", "team": "y", "old": "x"}, ExpiresAfter: 30},
			map[string]string{"expires_after": "30", "metadata.old": "x", "metadata.team": "y", "name": "Docs"},
		},
	} {
		if diff := cmp.Diff(test.want, m.ignored(test.answer, before), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: it differs (-want +got):\n%s", name, diff)
		}
	}
	described := vectorStoreModel{Description: types.StringValue("All  pages ")}
	for returned, want := range map[string]map[string]string{"All pages": {"description": "All pages"}, "All  pages ": nil, "": nil} {
		if diff := cmp.Diff(want, described.ignored(openai.VectorStore{Description: returned}, nil), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the description %q is returned: it differs (-want +got):\n%s", returned, diff)
		}
	}
	if got := (&vectorStoreModel{}).ignored(openai.VectorStore{}, nil); len(got) > 0 {
		t.Errorf("nothing was sent: got %q, want nothing", got)
	}
	if got := (&vectorStoreModel{}).ignored(openai.VectorStore{Name: "docs", ExpiresAfter: 7}, nil); len(got) != 2 {
		t.Errorf("name and expiry were removed: got %q, want both", got)
	}
}
