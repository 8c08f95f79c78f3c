package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// observe copies what the service returns about a vector store: of the metadata only the declared keys. What the server has never
// returned stays as it was declared.
func (m *vectorStoreModel) observe(store openai.VectorStore, notReturned []string) {
	if store.Name != "" || !slices.Contains(notReturned, "name") {
		m.Name = text(store.Name)
	}
	if store.Description != "" { // not every server returns it
		m.Description = types.StringValue(store.Description)
	}
	if !m.Metadata.IsNull() {
		declared := stringElements(m.Metadata)
		for key := range declared {
			if value, ok := store.Metadata[key]; ok {
				declared[key] = value
			} else if !slices.Contains(notReturned, "metadata."+key) {
				delete(declared, key)
			}
		}
		m.Metadata = knownMap(declared)
	}
	switch {
	case store.ExpiresAfter > 0:
		m.ExpiresAfter = &vectorStoreExpiresAfter{number(store.ExpiresAfter)}
	case !slices.Contains(notReturned, "expires_after"):
		m.ExpiresAfter = nil
	}
	if store.CreatedAt != nil || m.CreatedAt.IsUnknown() {
		m.CreatedAt = timestamp(store.CreatedAt)
	}
}

// notReturnedKey is where the private state holds the arguments that a server did not return after they were sent, as a JSON list. A
// server that ignores them would otherwise cause a diff in every plan.
const notReturnedKey = "not_returned"

// notReturned names the declared arguments that an answer to them lacks.
func (m *vectorStoreModel) notReturned(answer openai.VectorStore) []string {
	sent := m.params()
	var lacking []string
	if sent.ExpiresAfter > 0 && answer.ExpiresAfter == 0 {
		lacking = append(lacking, "expires_after")
	}
	for _, key := range slices.Sorted(maps.Keys(sent.Metadata)) {
		if _, ok := answer.Metadata[key]; !ok {
			lacking = append(lacking, "metadata."+key)
		}
	}
	if sent.Name != "" && answer.Name == "" {
		lacking = append(lacking, "name")
	}
	return lacking
}

// rememberNotReturned warns of arguments that an answer lacks, and records them.
func (m *vectorStoreModel) rememberNotReturned(ctx context.Context, answer openai.VectorStore, private privateWriter) (diags diag.Diagnostics) {
	lacking := m.notReturned(answer)
	if len(lacking) > 0 {
		diags.AddWarning("Server did not store all arguments", fmt.Sprintf("The response for vector store %s lacks %s, so this server may not support them. "+
			"The state records what was sent, and the provider cannot detect changes made elsewhere.", m.title(), strings.Join(lacking, ", ")))
	}
	return append(diags, writeList(ctx, private, notReturnedKey, lacking)...)
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
	return separator + count(int(store.FileCounts.Total), "file")
}

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
		return store, "no longer exists", nil
	case err != nil:
		return store, "", apiFailure(summary, err)
	case store.Status == openai.VectorStoreExpired:
		return store, "has expired", nil
	}
	return store, "", nil
}
