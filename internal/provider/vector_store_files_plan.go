package provider

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// ModifyPlan finds out whether anything has to be attached, changed or detached. The maps attached and failed are unknown as a whole
// then: an entry that fails would otherwise be an inconsistent result.
func (r *vectorStoreFilesResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan vectorStoreFilesModel
	var state *vectorStoreFilesModel // nil: to be created
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() {
		r.warnOfLeaving(state, &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	record, diags := readAttachmentsRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	proposed := plan
	if state != nil && equivalentAttributes(plan.Attributes, state.Attributes) {
		plan.Attributes = state.Attributes // other spellings of the same values are no change
	}
	foreign := r.foreignFiles(ctx, plan, state, record)
	if foreign > 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("exclusive"), "Other files will be detached",
			fmt.Sprintf("Vector store %s has %s that this resource does not declare. Because exclusive is true, the apply detaches them. They stay in the project.",
				plan.VectorStoreID.ValueString(), count(foreign, "file")))
	}
	if foreign > 0 || attachmentsChange(plan, state, record) {
		plan.Attached, plan.Failed = types.MapUnknown(types.StringType), types.MapUnknown(types.StringType)
	} else {
		plan.Attached, plan.Failed = state.Attached, state.Failed
	}
	r.warnOfFiles(plan, state, &resp.Diagnostics)
	if !plan.Attributes.Equal(proposed.Attributes) || !plan.Attached.Equal(proposed.Attached) || !plan.Failed.Equal(proposed.Failed) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...) // takes a while for many files
	}
}

// attachmentsChange reports whether an apply has anything to do.
func attachmentsChange(plan vectorStoreFilesModel, state *vectorStoreFilesModel, record attachmentsRecord) bool {
	if state == nil || plan.Files.IsUnknown() || plan.Attributes.IsUnknown() || hasUnknown(plan.Files) || hasUnknown(plan.Attributes) ||
		!plan.VectorStoreID.Equal(state.VectorStoreID) || !sameChunking(plan.chunking(), state.chunking()) {
		return true
	}
	declared := plan.declared()
	failed := stringElements(state.Failed)
	work := planAttachments(declared, state.existing(record), state.declared(), failed, plan.OnFailure.ValueString())
	return work.Changes() || len(work.Accepted) < len(failed) || len(record.toDetach(declared, plan.Exclusive.ValueBool())) > 0
}

func hasUnknown(m types.Map) bool {
	for _, value := range m.Elements() {
		if value.IsUnknown() {
			return true
		}
	}
	return false
}

func sameChunking(a, b *openai.Chunking) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// foreignFiles returns how many files of the vector store an exclusive resource neither declares nor has attached; 0 if that is not known.
func (r *vectorStoreFilesResource) foreignFiles(ctx context.Context, plan vectorStoreFilesModel, state *vectorStoreFilesModel, record attachmentsRecord) int64 {
	if !plan.Exclusive.ValueBool() || !known(plan.VectorStoreID) || r.service == nil || r.service.client == nil {
		return 0
	}
	store, err := r.service.client.RetrieveVectorStore(ctx, plan.VectorStoreID.ValueString())
	if err != nil || store.Status == openai.VectorStoreExpired {
		return 0 // the refresh or the apply says so
	}
	ours := map[string]bool{}
	if state != nil && state.VectorStoreID.Equal(plan.VectorStoreID) {
		ours = fileIDs(state.existing(record))
		for _, leftover := range record.Leftovers {
			if leftover.Key != "" {
				ours[leftover.File] = true
			}
		}
	}
	if store.FileCounts == nil || store.FileCounts.Total == 0 {
		return r.service.foreignInList(ctx, plan, ours)
	}
	others := max(0, store.FileCounts.Total-record.Unlisted-int64(len(ours)))
	if others == 0 {
		return 0
	}
	return max(0, others-r.service.attachedAlready(ctx, plan, store.FileCounts, ours))
}

// foreignInList returns how many files of a vector store are neither ours nor declared, on a server that does not count them; 0 if that
// cannot be found out.
func (s *service) foreignInList(ctx context.Context, plan vectorStoreFilesModel, ours map[string]bool) (n int64) {
	present, err := s.listAttachments(ctx, plan.VectorStoreID.ValueString())
	if err != nil {
		return 0
	}
	declared := fileIDs(plan.declared())
	for id := range present {
		if !ours[id] && !declared[id] {
			n++
		}
	}
	return n
}

// attachedAlready returns how many of the declared files the vector store has although they are not ours; 0 if that cannot be found out.
func (s *service) attachedAlready(ctx context.Context, plan vectorStoreFilesModel, counts *openai.FileCounts, ours map[string]bool) (n int64) {
	wanted := fileIDs(plan.declared())
	maps.DeleteFunc(wanted, func(id string, _ bool) bool { return ours[id] })
	how := planInventory(wanted, nil, nil, counts, false)
	present, _, err := s.takeStock(ctx, plan.VectorStoreID.ValueString(), how, wanted, nil, nil, counts)
	if err != nil {
		return 0
	}
	for id := range wanted {
		if _, isPresent := present[id]; isPresent {
			n++
		}
	}
	return n
}

// warnOfFiles warns about valid configurations that are probably unintended.
func (r *vectorStoreFilesResource) warnOfFiles(plan vectorStoreFilesModel, state *vectorStoreFilesModel, diags *diag.Diagnostics) {
	if plan.Files.IsUnknown() {
		return
	}
	at := path.Root("files")
	files := plan.Files.Elements()
	var before map[string]attr.Value
	if state != nil {
		before = state.Files.Elements()
	}
	switch {
	case len(files) == 0 && len(before) > 0:
		diags.AddAttributeWarning(at, "All files will be detached", fmt.Sprintf("files is empty, so the apply detaches everything (%s) from vector store %s. "+
			"fileset() returns no files, but also no error, for a directory that does not exist. If this is not intended, check its path.", count(len(before), "file"), plan.VectorStoreID.ValueString()))
	case len(files) == 0 && state == nil:
		diags.AddAttributeWarning(at, "No files will be attached", "files is empty. fileset() returns no files, but also no error, for a directory that does not exist. If this is not intended, check its path.")
	}
	for key := range before {
		delete(files, key)
	}
	if keys := unsearchable(files); len(keys) > 0 {
		diags.AddAttributeWarning(at, "Files may be refused", fmt.Sprintf("OpenAI does not document that file search supports the extensions of %s. "+
			"If OpenAI refuses these files, the apply reports them and attaches all others.", keyList(keys, maxKeys)))
	}
	var sent map[string]string
	if state != nil {
		sent = stringElements(state.Attributes)
	}
	if keys := longAttributes(stringElements(plan.Attributes), sent); len(keys) > 0 {
		diags.AddAttributeWarning(path.Root("attributes"), "Attributes may be refused", fmt.Sprintf("Values of more than %d characters are declared for %s. "+
			"OpenAI's guide allows %[1]d characters, its API reference %[3]d: shorten them if the apply fails.", documentedAttributeString, keyList(keys, maxKeys), maxAttributeString))
	}
	if r.service == nil || !known(plan.VectorStoreID) {
		return
	}
	planned := plannedFiles{store: plan.VectorStoreID.ValueString(), files: stringElements(plan.Files)}
	if state != nil {
		planned.resource = state.ID.ValueString()
	}
	if state != nil && state.VectorStoreID.Equal(plan.VectorStoreID) {
		planned.attached = stringElements(state.Attached)
	}
	shared, lost := r.service.attachments.declare(planned)
	if len(shared) > 0 {
		diags.AddAttributeWarning(at, "Files are attached by two resources", fmt.Sprintf("Another openai_vector_store_files resource also attaches these files to vector store %s: %s. "+
			"Destroying one of the resources detaches them.", planned.store, keyList(shared, maxKeys)))
	}
	warnOfLost(planned.store, lost, diags)
}

// warnOfLeaving warns of files that the destruction of a resource detaches although another resource has attached them too.
func (r *vectorStoreFilesResource) warnOfLeaving(state *vectorStoreFilesModel, diags *diag.Diagnostics) {
	if state == nil || r.service == nil || state.DeletionPolicy.ValueString() == deletionPolicyKeep {
		return
	}
	planned := plannedFiles{resource: state.ID.ValueString(), store: state.VectorStoreID.ValueString(), attached: stringElements(state.Attached)}
	_, lost := r.service.attachments.declare(planned)
	warnOfLost(planned.store, lost, diags)
}

func warnOfLost(store string, keys []string, diags *diag.Diagnostics) {
	if len(keys) > 0 {
		diags.AddAttributeWarning(path.Root("files"), "Files of another resource will be detached", fmt.Sprintf("Two openai_vector_store_files resources have attached the same files to vector store %s, "+
			"and this plan removes %s from one of them. The apply detaches the files, and the next apply attaches them again for the other resource.", store, keyList(keys, maxKeys)))
	}
}

// plannedFiles are the files of a resource in a plan, as file IDs by key.
type plannedFiles struct {
	resource string // its ID; empty: it is to be created
	store    string
	files    map[string]string // declared
	attached map[string]string // by the state
}

// declarations remember what the resources of a plan do with files, each resource by its ID or a name of its own.
type declarations struct {
	by      map[attachmentID]string // declares the file
	holding map[attachmentID]string // declares the file, and has it attached already
	leaving map[attachmentID]string // detaches the file

	seed      maphash.Seed
	resources map[uint64][]string // in the state, by a hash of all that they declare
	created   int                 // resources that are new
}

func newDeclarations() declarations {
	return declarations{
		by: map[attachmentID]string{}, holding: map[attachmentID]string{}, leaving: map[attachmentID]string{},
		seed: maphash.MakeSeed(), resources: map[uint64][]string{},
	}
}

// name returns the name of a resource. Terraform plans one that it replaces twice, the second time without its ID: a new resource that
// declares the same files as one in the state is taken for it, once for each resource in the state.
func (d *declarations) name(planned plannedFiles) string {
	hash := d.hash(planned)
	if planned.resource != "" {
		d.resources[hash] = append(d.resources[hash], planned.resource)
		return planned.resource
	}
	if same := d.resources[hash]; len(same) > 0 {
		d.resources[hash] = same[1:]
		return same[0]
	}
	d.created++
	return fmt.Sprint("new ", d.created)
}

// declare notes the files of a resource in a plan. It returns the keys of those that another resource declares too, and the keys of those
// that one of the two detaches while the other one holds them. Both are sorted.
func (c *attachmentClaims) declare(planned plannedFiles) (shared, lost []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := &c.declared
	if d.by == nil {
		*d = newDeclarations()
	}
	self := d.name(planned)
	has := make(map[string]bool, len(planned.attached))
	for _, file := range planned.attached {
		has[file] = true
	}
	stays := make(map[string]bool, len(planned.files))
	for key, file := range planned.files {
		id := attachmentID{planned.store, file}
		stays[file] = true
		if other, ok := d.by[id]; ok && other != self {
			shared = append(shared, key)
		}
		d.by[id] = self
		if !has[file] {
			continue
		}
		if other, ok := d.leaving[id]; ok && other != self {
			lost = append(lost, key)
		}
		d.holding[id] = self
	}
	for key, file := range planned.attached {
		id := attachmentID{planned.store, file}
		if stays[file] {
			continue
		}
		if other, ok := d.holding[id]; ok && other != self {
			lost = append(lost, key)
		}
		d.leaving[id] = self
	}
	slices.Sort(shared)
	slices.Sort(lost)
	return shared, lost
}

func (d *declarations) hash(planned plannedFiles) uint64 {
	var hash maphash.Hash
	hash.SetSeed(d.seed)
	_, _ = hash.WriteString(planned.store + "\x00")
	for _, key := range slices.Sorted(maps.Keys(planned.files)) {
		_, _ = hash.WriteString(key + "\x00" + planned.files[key] + "\x00")
	}
	return hash.Sum64()
}
