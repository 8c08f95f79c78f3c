package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
		store       openai.VectorStore
		notReturned []string

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
			[]string{"expires_after", "metadata.team", "name"},
			"docs",
			map[string]string{"env": "test", "team": "search"},
			7,
		},
		"returned after all": {
			openai.VectorStore{Name: "other", Metadata: map[string]string{"env": "prod", "team": "other"}, ExpiresAfter: 9},
			[]string{"expires_after", "metadata.team", "name"},
			"other",
			map[string]string{"env": "prod", "team": "other"},
			9,
		},
	} {
		m := declared()
		m.observe(test.store, test.notReturned)
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

func TestVectorStoreModel_notReturned(t *testing.T) {
	t.Parallel()
	m := vectorStoreModel{Name: types.StringValue("docs"), Metadata: stringMap(map[string]string{"env": "prod", "team": "search"}), ExpiresAfter: &vectorStoreExpiresAfter{number(7)}}
	for name, test := range map[string]struct {
		answer openai.VectorStore
		want   []string
	}{
		"all":     {openai.VectorStore{Name: "docs", Metadata: map[string]string{"env": "prod", "team": "search"}, ExpiresAfter: 7}, nil},
		"nothing": {openai.VectorStore{}, []string{"expires_after", "metadata.env", "metadata.team", "name"}},
		"other":   {openai.VectorStore{Name: "Docs", Metadata: map[string]string{"env": "x", "team": "y"}, ExpiresAfter: 30}, nil},
	} {
		if diff := cmp.Diff(test.want, m.notReturned(test.answer)); diff != "" {
			t.Errorf("%s: it differs (-want +got):\n%s", name, diff)
		}
	}
	if got := (&vectorStoreModel{}).notReturned(openai.VectorStore{}); len(got) > 0 {
		t.Errorf("nothing was sent: got %q, want nothing", got)
	}
}
