package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// vectorStoreModel is the resource openai_vector_store as configuration, plan and state have it.
type vectorStoreModel struct {
	Name           types.String             `tfsdk:"name"`
	Description    types.String             `tfsdk:"description"`
	Metadata       types.Map                `tfsdk:"metadata"`
	ExpiresAfter   *vectorStoreExpiresAfter `tfsdk:"expires_after"`
	DeletionPolicy types.String             `tfsdk:"deletion_policy"`
	ID             types.String             `tfsdk:"id"`
	CreatedAt      types.String             `tfsdk:"created_at"`
}

type vectorStoreExpiresAfter struct {
	Days types.Number `tfsdk:"days"`
}

// newVectorStoreModel returns the model of a vector store that is not declared yet.
func newVectorStoreModel(store openai.VectorStore) vectorStoreModel {
	m := vectorStoreModel{
		Metadata:       stringMap(store.Metadata),
		DeletionPolicy: types.StringValue(deletionPolicyDelete),
		ID:             types.StringValue(store.ID),
	}
	m.observe(store, nil)
	return m
}

// observe copies what the service returns about a vector store: of the metadata only the declared keys. What the server ignores stays as it
// was declared.
func (m *vectorStoreModel) observe(store openai.VectorStore, ignored map[string]string) {
	ignores := func(argument, returned string) bool {
		instead, ok := ignored[argument]
		return ok && instead == returned
	}
	if !ignores("name", store.Name) {
		m.Name = text(store.Name)
	}
	if store.Description != "" && !ignores("description", store.Description) { // not every server returns it
		m.Description = types.StringValue(store.Description)
	}
	if !m.Metadata.IsNull() {
		declared := stringElements(m.Metadata)
		for key := range declared {
			value, ok := store.Metadata[key]
			switch {
			case ignores("metadata."+key, value):
			case ok:
				declared[key] = value
			default:
				delete(declared, key)
			}
		}
		m.Metadata = knownMap(declared)
	}
	switch {
	case ignores("expires_after", days(store.ExpiresAfter)):
	case store.ExpiresAfter > 0:
		m.ExpiresAfter = &vectorStoreExpiresAfter{number(store.ExpiresAfter)}
	default:
		m.ExpiresAfter = nil
	}
	if store.CreatedAt != nil || m.CreatedAt.IsUnknown() {
		m.CreatedAt = timestamp(store.CreatedAt)
	}
}

// days is an expiry as [vectorStoreModel.ignored] compares it; empty: none.
func days(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// ignoredKey is where the private state holds the arguments that a server did not return as they were sent, each with what it returned
// instead, as a JSON object. A server that ignores them would otherwise cause a diff in every plan.
const ignoredKey = "ignored"

// ignored returns the arguments that an answer has not as they were sent, with what it has instead; empty: nothing. before is the metadata
// that was declared until then.
func (m *vectorStoreModel) ignored(answer openai.VectorStore, before map[string]string) map[string]string {
	sent, other := m.params(), map[string]string{}
	compare := func(argument, sent, returned string) {
		if sent != returned {
			other[argument] = returned
		}
	}
	compare("name", sent.Name, answer.Name)
	if answer.Description != "" {
		compare("description", sent.Description, answer.Description)
	}
	compare("expires_after", days(sent.ExpiresAfter), days(answer.ExpiresAfter))
	for key, value := range sent.Metadata {
		compare("metadata."+key, value, answer.Metadata[key])
	}
	for key := range before {
		if _, ok := sent.Metadata[key]; !ok {
			compare("metadata."+key, "", answer.Metadata[key])
		}
	}
	return other
}

// rememberIgnored warns of arguments that an answer has not as they were sent, and records them.
func (m *vectorStoreModel) rememberIgnored(ctx context.Context, answer openai.VectorStore, before map[string]string, private privateWriter) (diags diag.Diagnostics) {
	ignored := m.ignored(answer, before)
	var parts []string
	for _, argument := range slices.Sorted(maps.Keys(ignored)) {
		instead := strconv.Quote(ignored[argument])
		switch {
		case ignored[argument] == "":
			instead = "nothing"
		case strings.HasPrefix(argument, "metadata."), argument == "description": // they may be sensitive
			instead = "another value"
		}
		parts = append(parts, fmt.Sprintf("  %s: %s", shown(argument), instead))
	}
	if len(parts) > 0 {
		diags.AddWarning("Server did not store all arguments: "+shown(m.ID.ValueString()), fmt.Sprintf("The response for vector store %s differs from what was sent, so this server may not support these arguments:\n\n%s\n\n"+
			"The state records what was sent. Plans show no change as long as the server returns these values. Remove the arguments, or ignore this warning.", m.title(), strings.Join(parts, "\n")))
	}
	return append(diags, writeTexts(ctx, private, ignoredKey, ignored)...)
}

// params is the vector store as it is declared.
func (m *vectorStoreModel) params() openai.VectorStoreParams {
	params := openai.VectorStoreParams{
		Name:        m.Name.ValueString(),
		Description: m.Description.ValueString(),
		Metadata:    stringElements(m.Metadata),
	}
	if m.ExpiresAfter != nil {
		params.ExpiresAfter = whole(m.ExpiresAfter.Days)
	}
	return params
}

// sameAtService reports whether nothing has to be sent to get from a state to this plan.
func (m *vectorStoreModel) sameAtService(state vectorStoreModel) bool {
	return m.Name.Equal(state.Name) && m.Metadata.Equal(state.Metadata) && m.params().ExpiresAfter == state.params().ExpiresAfter
}

// title names the vector store in a message.
func (m *vectorStoreModel) title() string {
	if m.Name.ValueString() == "" {
		return shown(m.ID.ValueString())
	}
	return fmt.Sprintf("%s (%s)", shown(m.ID.ValueString()), shown(m.Name.ValueString()))
}

// filesOf says how many files a vector store has, after a separator; empty where the server does not say.
func filesOf(store openai.VectorStore, separator string) string {
	if store.FileCounts == nil {
		return ""
	}
	return separator + count(store.FileCounts.Total, "file")
}

// noLongerExists describes a missing vector store of the state, neverExisted one that is named in the configuration or in an import.
const (
	noLongerExists = "no longer exists"
	neverExisted   = "does not exist"
)

// lookUpVectorStore returns a vector store that was created in a place. gone says why there is none, as the end of a sentence; empty:
// there is one. A failure says that it is not known.
func (s *service) lookUpVectorStore(ctx context.Context, id string, created openai.Place) (store openai.VectorStore, gone string, f *failure) {
	const summary = "Vector store could not be read"
	store, err := s.client.RetrieveVectorStore(ctx, id)
	switch {
	case errors.Is(err, openai.ErrNotFound):
		if f := missingFailure(summary, "Vector store", s.client.ConfirmMissing(ctx, openai.SectionVectorStores, id, err, created)); f != nil {
			return store, "", f
		}
		return store, noLongerExists, nil
	case err != nil:
		return store, "", apiFailure(summary, err)
	case store.Status == openai.VectorStoreExpired:
		return store, "has expired", nil
	}
	return store, "", nil
}
