package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ resource.ResourceWithConfigure      = (*vectorStoreFilesResource)(nil)
	_ resource.ResourceWithValidateConfig = (*vectorStoreFilesResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*vectorStoreFilesResource)(nil)
	_ resource.ResourceWithImportState    = (*vectorStoreFilesResource)(nil)
)

func newVectorStoreFilesResource() resource.Resource { return &vectorStoreFilesResource{} }

// vectorStoreFilesResource is openai_vector_store_files: the files of one vector store, each under a key. They are attached in
// batches, and the apply waits until all of them are indexed.
type vectorStoreFilesResource struct {
	service *service
}

func (r *vectorStoreFilesResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vector_store_files"
}

func (r *vectorStoreFilesResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The files of a vector store, from a few to tens of thousands, in one resource. They are attached in batches. " +
			"The apply waits until all files are indexed, and reports files that cannot be indexed. " +
			"A replaced file is detached after its replacement is indexed.",
		Attributes: map[string]schema.Attribute{
			"vector_store_id": schema.StringAttribute{
				MarkdownDescription: "ID of the vector store. A change forces replacement.",
				Required:            true,
				Validators:          []validator.String{vectorStoreID},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"files": schema.MapAttribute{
				MarkdownDescription: "File ID for each key, such as `openai_file_set.NAME.file_ids` or `{ for k, f in openai_file.NAME : k => f.id }`. " +
					"Each file may be attached under one key only.",
				ElementType: types.StringType,
				Required:    true,
				Validators: []validator.Map{
					mapvalidator.NoNullValues(),
					mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1)),
					mapvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
				},
			},
			"attributes": schema.MapAttribute{
				MarkdownDescription: "Attributes by which searches can filter: a JSON object for some or all keys of `files`, such as `jsonencode({ lang = \"en\", year = 2026 })`. " +
					"Each file has at most 16 attributes, which are strings, numbers or booleans. Changes in place, without indexing the file again.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Map{mapvalidator.NoNullValues(), mapvalidator.ValueStringsAre(fileAttributesJSON{})},
			},
			"chunking_strategy": schema.SingleNestedAttribute{
				MarkdownDescription: "How files are split before they are indexed. By default, OpenAI uses chunks of 800 tokens with an overlap of 400. " +
					"A change forces replacement, and all files are indexed again.",
				Optional:      true,
				PlanModifiers: []planmodifier.Object{objectplanmodifier.RequiresReplace()},
				Attributes: map[string]schema.Attribute{
					"max_chunk_size_tokens": schema.NumberAttribute{
						MarkdownDescription: "Maximum size of a chunk in tokens, from 100 to 4096.",
						Required:            true,
						Validators:          []validator.Number{wholeNumber{100, 4096}},
					},
					"chunk_overlap_tokens": schema.NumberAttribute{
						MarkdownDescription: "Overlap of neighboring chunks in tokens, from 0 to half of `max_chunk_size_tokens`.",
						Required:            true,
						Validators:          []validator.Number{wholeNumber{0, 2048}},
					},
				},
			},
			"on_failure": schema.StringAttribute{
				MarkdownDescription: "What to do if OpenAI cannot index a file. `error` (the default): the apply fails after all other files are indexed, and each later apply tries the failed files again. " +
					"`warn`: the apply warns, and later applies do not try the failed files again until their ID or attributes change. In both cases, `failed` lists them.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(onFailureError),
				Validators: []validator.String{stringvalidator.OneOf(onFailureError, onFailureWarn)},
			},
			"exclusive": schema.BoolAttribute{
				MarkdownDescription: "Whether to detach all other files of the vector store. Defaults to `false`. Do not set it if several resources attach files to one vector store.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"deletion_policy": deletionPolicyAttribute("Whether destroying or replacing the resource detaches the files. `keep` leaves them attached, which is faster if the vector store is deleted too. Values"),
			"timeouts": timeoutsAttribute(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription("attaching and indexing all files", "2h"),
				Read: true, ReadDescription: timeoutDescription("reading the vector store and the list of its files", "10m"),
				Update: true, UpdateDescription: timeoutDescription("attaching, indexing and detaching what has changed", "2h"),
				Delete: true, DeleteDescription: timeoutDescription("detaching all files", "1h"),
			}),
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of this resource in the state. OpenAI does not know it.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"attached": schema.MapAttribute{
				MarkdownDescription: "ID of each indexed file, by key.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"failed": schema.MapAttribute{
				MarkdownDescription: "Reason why OpenAI could not index a file, by key.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
	}
}

func (r *vectorStoreFilesResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.service, _ = req.ProviderData.(*service) // nil during validation
}

// ValidateConfig checks what concerns several arguments.
func (r *vectorStoreFilesResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config vectorStoreFilesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if c := config.ChunkingStrategy; c != nil && known(c.MaxChunkSizeTokens) && known(c.ChunkOverlapTokens) &&
		2*whole(c.ChunkOverlapTokens) > whole(c.MaxChunkSizeTokens) {
		resp.Diagnostics.AddAttributeError(path.Root("chunking_strategy").AtName("chunk_overlap_tokens"), "Overlap is too large",
			fmt.Sprintf("chunk_overlap_tokens is %d, but may be at most half of max_chunk_size_tokens, which is %d.",
				whole(c.ChunkOverlapTokens), whole(c.MaxChunkSizeTokens)))
	}
	if config.Files.IsUnknown() {
		return
	}
	files := config.Files.Elements()
	for key := range config.Attributes.Elements() {
		if _, ok := files[key]; !ok {
			resp.Diagnostics.AddAttributeError(path.Root("attributes").AtMapKey(key), "Attributes without a file",
				fmt.Sprintf("attributes has the key %q, but files does not.", key))
		}
	}
	if problem := sharedFilesProblem(stringElements(config.Files)); problem != nil {
		resp.Diagnostics.Append(problem)
	}
}

func (r *vectorStoreFilesResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan vectorStoreFilesModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, diags := plan.Timeouts.Create(ctx, 2*time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	plan.ID = newStateID("attachments")
	a := &attachmentsApply{service: r.service, plan: &plan, next: untaintAttachments(plan.DeletionPolicy.ValueString()), patience: timeout - timeout/20}
	began := a.run(ctx, timeout, &resp.Diagnostics)
	if !began || resp.Diagnostics.HasError() && a.storedNothing() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(a.record.write(ctx, resp.Private)...)
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
}

// Read compares the numbers of files with those that the state was written with. Only if they differ, it lists the files.
func (r *vectorStoreFilesResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state vectorStoreFilesModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := readAttachmentsRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Read(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.service.client == nil {
		resp.Diagnostics.AddWarning("Vector store was not looked up", notReady+" The plan uses the state of its files without a refresh.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	store, gone, f := r.service.lookUpVectorStore(ctx, state.VectorStoreID.ValueString(), created)
	switch {
	case f != nil:
		resp.Diagnostics.Append(f.ofRefresh().diagnostic())
		return
	case gone != "":
		resp.Diagnostics.AddWarning("Vector store "+gone, fmt.Sprintf("Vector store %s %s, so its files (%d) cannot be found. They will be attached again.",
			state.VectorStoreID.ValueString(), gone, len(state.Attached.Elements())))
		resp.State.RemoveResource(ctx)
		return
	}
	isEmpty := store.FileCounts != nil && store.FileCounts.Total == 0 && len(state.Attached.Elements()) > 0 // or the server does not count
	if isEmpty || !sameContents(contentsOf(store), record.Counts) {
		if f := r.refresh(ctx, store, &state, &record, &resp.Diagnostics); f != nil {
			resp.Diagnostics.Append(f.ofRefresh().diagnostic())
			return
		}
		resp.Diagnostics.Append(record.write(ctx, resp.Private)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
}

func (r *vectorStoreFilesResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state vectorStoreFilesModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := readAttachmentsRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := plan.Timeouts.Update(ctx, 2*time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	if plan.ID.IsUnknown() {
		plan.ID = newStateID("attachments")
	}
	a := &attachmentsApply{service: r.service, plan: &plan, state: &state, record: record, created: created, next: rest, patience: timeout - timeout/20}
	if !a.run(ctx, timeout, &resp.Diagnostics) {
		return // the state stays as it was
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(a.record.write(ctx, resp.Private)...)
}

// Delete detaches all files, unless the vector store no longer exists or another resource declares them.
func (r *vectorStoreFilesResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state vectorStoreFilesModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := readAttachmentsRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Delete(ctx, time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.DeletionPolicy.ValueString() == deletionPolicyKeep {
		resp.Diagnostics.AddWarning("Files stay attached", fmt.Sprintf("The resource is removed from the state without detaching %s from vector store %s, because deletion_policy is \"keep\". A new openai_vector_store_files resource adopts the attached files.",
			count(len(state.Attached.Elements()), "file"), state.VectorStoreID.ValueString()))
		return
	}
	if !r.service.ready(&resp.Diagnostics) {
		return
	}
	record.Leftovers = state.withUnfinished(record.Leftovers)
	if !state.leaveToOthers(&record, &r.service.attachments) {
		return
	}
	plan := state
	plan.Files, plan.Attributes = types.MapValueMust(types.StringType, nil), types.MapNull(types.StringType)
	a := &attachmentsApply{service: r.service, plan: &plan, state: &state, record: record, created: created, next: "Run the same command again to detach the rest.", deletes: true}
	began := a.run(ctx, timeout, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		return
	}
	if began {
		state.Attached, state.Failed, record = plan.Attached, plan.Failed, a.record
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(record.write(ctx, resp.Private)...)
}

// ImportState refuses an import and says what to do instead.
func (r *vectorStoreFilesResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("Files of a vector store cannot be imported",
		"The keys of the files exist only in the configuration. Declare the resource and apply it: it adopts files that are already attached, without indexing them again.")
}
