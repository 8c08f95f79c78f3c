package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	tfpath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// vectorStoreFilesModel is the resource openai_vector_store_files as configuration, plan and state have it.
type vectorStoreFilesModel struct {
	VectorStoreID    types.String           `tfsdk:"vector_store_id"`
	Files            types.Map              `tfsdk:"files"`      // key → file ID
	Attributes       types.Map              `tfsdk:"attributes"` // key → JSON object
	ChunkingStrategy *chunkingStrategyModel `tfsdk:"chunking_strategy"`
	OnFailure        types.String           `tfsdk:"on_failure"`
	Exclusive        types.Bool             `tfsdk:"exclusive"`
	DeletionPolicy   types.String           `tfsdk:"deletion_policy"`
	Timeouts         timeouts.Value         `tfsdk:"timeouts"`
	ID               types.String           `tfsdk:"id"`
	Attached         types.Map              `tfsdk:"attached"` // key → file ID that can be found
	Failed           types.Map              `tfsdk:"failed"`   // key → reason
}

type chunkingStrategyModel struct {
	MaxChunkSizeTokens types.Number `tfsdk:"max_chunk_size_tokens"`
	ChunkOverlapTokens types.Number `tfsdk:"chunk_overlap_tokens"`
}

// Values of on_failure.
const (
	onFailureError = "error"
	onFailureWarn  = "warn"
)

// attachment is a file in a vector store under a key.
type attachment struct {
	file       string // ID
	attributes string // JSON object; empty: none
}

// same reports whether two attachments are of the same file with the same attributes.
func (a attachment) same(other attachment) bool {
	if a.file != other.file {
		return false
	}
	return a.attributes == other.attributes || sameAttributes(attributesOf(a.attributes), attributesOf(other.attributes))
}

// declared returns the attachments that a configuration declares. Unknown values are left out.
func (m *vectorStoreFilesModel) declared() map[string]attachment {
	attributes := stringElements(m.Attributes)
	files := stringElements(m.Files)
	declared := make(map[string]attachment, len(files))
	for key, id := range files {
		declared[key] = attachment{file: id, attributes: attributes[key]}
	}
	return declared
}

// existing returns what can be found, as the state and the record know it.
func (m *vectorStoreFilesModel) existing(record attachmentsRecord) map[string]attachment {
	attributes := stringElements(m.Attributes)
	attached := stringElements(m.Attached)
	existing := make(map[string]attachment, len(attached))
	for key, id := range attached {
		has := attachment{file: id, attributes: attributes[key]}
		if behind, ok := record.Attributes[key]; ok {
			has.attributes = behind
		}
		existing[key] = has
	}
	return existing
}

// rekey moves what exists to the keys under which it is declared now. freed is what is not declared, and whose key another file has now,
// sorted by key.
func rekey(existing, declared map[string]attachment) (moved map[string]attachment, freed []leftoverAttachment) {
	keys := make(map[string]string, len(declared)) // by file ID
	for key, wanted := range declared {
		keys[wanted.file] = key
	}
	moved = make(map[string]attachment, len(existing))
	for key, has := range existing {
		wanted, isDeclared := keys[has.file]
		if _, taken := moved[wanted]; isDeclared && (!taken || wanted == key) {
			moved[wanted] = has
		}
	}
	for key, has := range existing {
		if _, isDeclared := keys[has.file]; isDeclared {
			continue
		}
		if _, taken := moved[key]; taken {
			freed = append(freed, leftoverAttachment{key, has.file})
		} else {
			moved[key] = has
		}
	}
	slices.SortFunc(freed, func(a, b leftoverAttachment) int { return cmp.Compare(a.Key, b.Key) })
	return moved, freed
}

// withUnfinished adds to leftovers the files that are declared and cannot be found: they may be attached. Terraform deletes a tainted
// resource that it replaces without the private state that says so.
func (m *vectorStoreFilesModel) withUnfinished(leftovers []leftoverAttachment) []leftoverAttachment {
	known := map[string]bool{}
	for _, file := range stringElements(m.Attached) {
		known[file] = true
	}
	for _, leftover := range leftovers {
		known[leftover.File] = true
	}
	for key, file := range stringElements(m.Files) {
		if !known[file] {
			leftovers = append(leftovers, leftoverAttachment{key, file})
		}
	}
	return leftovers
}

// leaveToOthers removes what another resource of this process wants in the vector store, such as the successor of a resource that is
// replaced with create_before_destroy: it is no longer this resource's to detach, whatever else fails. It reports whether anything is left.
func (m *vectorStoreFilesModel) leaveToOthers(record *attachmentsRecord, claims *attachmentClaims) bool {
	store := m.VectorStoreID.ValueString()
	own, files := stringElements(m.Attached), stringElements(m.Files)
	maps.DeleteFunc(own, func(_, file string) bool { return claims.leave(store, file) })
	maps.DeleteFunc(files, func(key, file string) bool { return own[key] == "" && claims.leave(store, file) })
	m.Attached, m.Files = knownMap(own), knownMap(files)
	if attributes := stringElements(m.Attributes); len(attributes) > 0 {
		maps.DeleteFunc(attributes, func(key, _ string) bool { return files[key] == "" })
		m.Attributes = stringMap(attributes)
	}
	record.Leftovers = slices.DeleteFunc(record.Leftovers, func(l leftoverAttachment) bool { return claims.leave(store, l.File) })
	return len(own)+len(record.Leftovers) > 0
}

// setResult writes what exists into the model.
func (m *vectorStoreFilesModel) setResult(existing map[string]attachment, failed map[string]string) {
	ids := make(map[string]string, len(existing))
	for key, a := range existing {
		ids[key] = a.file
	}
	m.Attached, m.Failed = knownMap(ids), knownMap(failed)
}

// chunking returns the declared chunking; nil: automatic.
func (m *vectorStoreFilesModel) chunking() *openai.Chunking {
	if m.ChunkingStrategy == nil {
		return nil
	}
	return &openai.Chunking{
		MaxChunkSize: whole(m.ChunkingStrategy.MaxChunkSizeTokens),
		Overlap:      whole(m.ChunkingStrategy.ChunkOverlapTokens),
	}
}

// attachmentsKey is where the private state of openai_vector_store_files holds its [attachmentsRecord].
const attachmentsKey = "attachments"

// attachmentsRecord is what the resource remembers besides the state.
type attachmentsRecord struct {
	// Leftovers are files that the vector store may have and that are not attached for good: those that could not be indexed,
	// and those that could not be detached.
	Leftovers []leftoverAttachment `json:"leftovers,omitempty"`

	// Attributes are those that the service has, by key, where the state says something else: a file stays attached with its old
	// attributes if its successor cannot be indexed.
	Attributes map[string]string `json:"attributes,omitempty"`

	// AttributesDiffer means that the service does not return attributes as they were sent, so those in its lists say nothing.
	AttributesDiffer bool `json:"attributes_differ,omitempty"`

	// Counts are what the vector store had when the state was written; nil: not known. As long as that is the same, nothing was attached
	// or detached.
	Counts *storeContents `json:"counts"`

	// Unlisted is how many files the vector store counts and does not list, since UnlistedSince.
	Unlisted      int64     `json:"unlisted,omitempty"`
	UnlistedSince time.Time `json:"unlisted_since,omitzero"`
}

// listLag is how long a file may be missing in the list of a vector store after it was attached.
const listLag = time.Minute

// setUnlisted records how many files the vector store counts and does not list now.
func (r *attachmentsRecord) setUnlisted(files int64, now time.Time) {
	if files != r.Unlisted {
		r.Unlisted, r.UnlistedSince = files, now
	}
}

// listIsBehind reports whether files that are not listed may have been attached a moment ago. The next refresh then lists the files again.
func (r *attachmentsRecord) listIsBehind(now time.Time) bool {
	return r.Unlisted > 0 && now.Sub(r.UnlistedSince) < listLag
}

// storeContents are the numbers of files of a vector store, and their size.
type storeContents struct {
	openai.FileCounts

	UsageBytes int64 `json:"usage_bytes,omitempty"` // 0: not known
}

// contentsOf returns what a vector store says of its files; nil: nothing.
func contentsOf(store openai.VectorStore) *storeContents {
	if store.FileCounts == nil {
		return nil
	}
	contents := &storeContents{FileCounts: *store.FileCounts}
	if store.UsageBytes != nil {
		contents.UsageBytes = *store.UsageBytes
	}
	return contents
}

// sameContents reports whether a vector store has as many files as when the state was written, of the same size as far as it is known.
func sameContents(now, then *storeContents) bool {
	if now == nil || then == nil || now.FileCounts != then.FileCounts {
		return false
	}
	return now.UsageBytes == then.UsageBytes || now.UsageBytes == 0 || then.UsageBytes == 0
}

type leftoverAttachment struct {
	Key  string `json:"key"` // empty: a file of others, which only an exclusive resource detaches
	File string `json:"file"`
}

func readAttachmentsRecord(ctx context.Context, private privateReader) (attachmentsRecord, diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, attachmentsKey)
	var record attachmentsRecord
	if len(encoded) > 0 {
		_ = json.Unmarshal(encoded, &record) // what cannot be read is as if there were none
	}
	return record, diags
}

func (r attachmentsRecord) write(ctx context.Context, private privateWriter) diag.Diagnostics {
	encoded, err := json.Marshal(r)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Attachments cannot be recorded", sentence(err))}
	}
	return private.SetKey(ctx, attachmentsKey, encoded)
}

// toDetach returns the leftovers that are not declared. Those of others are among them if the resource is exclusive.
func (r attachmentsRecord) toDetach(declared map[string]attachment, exclusive bool) []keyed.Item[attachment] {
	ids := fileIDs(declared)
	var items []keyed.Item[attachment]
	for _, leftover := range r.Leftovers {
		if !ids[leftover.File] && (leftover.Key != "" || exclusive) {
			items = append(items, keyed.Item[attachment]{Key: cmp.Or(leftover.Key, leftover.File), Thing: attachment{file: leftover.File}})
		}
	}
	return items
}

func fileIDs(attachments map[string]attachment) map[string]bool {
	ids := make(map[string]bool, len(attachments))
	for _, a := range attachments {
		ids[a.file] = true
	}
	return ids
}

// attachmentsPlan is what an apply has to do.
type attachmentsPlan struct {
	keyed.Plan
	Accepted []string // keys that have failed before and are not tried again, sorted
}

// planAttachments decides what an apply has to do. Entries that failed before are tried again, unless a warning is all that is wanted
// and neither the file nor its attributes changed.
func planAttachments(declared, existing map[string]attachment, before map[string]attachment, failed map[string]string, onFailure string) attachmentsPlan {
	plan := attachmentsPlan{Plan: keyed.Compare(declared, existing, func(_ string, wanted, has attachment) bool { return wanted.same(has) })}
	if onFailure != onFailureWarn {
		return plan
	}
	accepted := func(key string) bool {
		_, hasFailed := failed[key]
		isAccepted := hasFailed && declared[key].same(before[key])
		if isAccepted {
			plan.Accepted = append(plan.Accepted, key)
		}
		return isAccepted
	}
	plan.Make = slices.DeleteFunc(plan.Make, accepted)
	plan.Replace = slices.DeleteFunc(plan.Replace, accepted)
	slices.Sort(plan.Accepted)
	return plan
}

// sharedFilesProblem says that several keys declare the same file; nil: none do.
func sharedFilesProblem(files map[string]string) diag.Diagnostic {
	shared := sharedFiles(files)
	for _, id := range slices.Sorted(maps.Keys(shared)) {
		keys := shared[id]
		return diag.NewAttributeErrorDiagnostic(tfpath.Root("files").AtMapKey(keys[1]), "File is declared more than once",
			fmt.Sprintf("The keys %s have the same file ID, %s. A vector store holds each file once: keep one of the keys.", keyList(keys, maxKeys), id))
	}
	return nil
}

// sharedFiles returns the file IDs that several keys declare, with these keys.
func sharedFiles(files map[string]string) map[string][]string {
	first, shared := make(map[string]string, len(files)), map[string][]string{}
	for key, id := range files {
		other, ok := first[id]
		switch {
		case !ok:
			first[id] = key
		case shared[id] == nil:
			shared[id] = []string{other, key}
		default:
			shared[id] = append(shared[id], key)
		}
	}
	for _, keys := range shared {
		slices.Sort(keys)
	}
	return shared
}

// searchable are the extensions that OpenAI documents for file search.
var searchable = strings.Fields(".c .cpp .cs .css .doc .docx .go .html .java .js .json .md .pdf .php .pptx .py .rb .sh .tex .ts .txt")

// unsearchable returns the keys whose extension OpenAI does not document for file search. Keys without one say nothing.
func unsearchable(files map[string]attr.Value) []string {
	var keys []string
	for key := range files {
		if extension := path.Ext(key); extension != "" && !slices.Contains(searchable, extension) {
			keys = append(keys, key)
		}
	}
	return keys
}
