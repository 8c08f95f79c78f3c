package provider

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
)

var (
	_ resource.ResourceWithConfigure   = (*fileSetResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*fileSetResource)(nil)
	_ resource.ResourceWithImportState = (*fileSetResource)(nil)
)

func newFileSetResource() resource.Resource { return &fileSetResource{} }

// fileSetResource is openai_file_set: many files in one resource, each under a key. What Terraform spends on thousands of
// resources is spent once. Every entry is planned, uploaded and deleted separately.
type fileSetResource struct {
	service *service
}

func (r *fileSetResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file_set"
}

func (r *fileSetResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many files in an OpenAI project, from a few to tens of thousands, in one resource. " +
			"Each entry is planned, uploaded and deleted separately. When some entries fail, the others are recorded, and nothing is deleted until all uploads have succeeded. " +
			"A set is much faster than the same number of `openai_file` resources.",
		Attributes: map[string]schema.Attribute{
			"purpose": purposeAttribute("What the files are for"),
			"files": schema.MapAttribute{
				MarkdownDescription: "Path of a local file for each key, for example from `fileset()`: " +
					"`{ for f in fileset(dir, \"**/*.md\") : f => \"${dir}/${f}\" }`. Elements of a key are separated by `/`, and the last one is the name at OpenAI. " +
					"A different path to the same content is not a change. While the keys stay the same, the state keeps the earlier paths.",
				ElementType: types.StringType,
				Required:    true,
				Validators: []validator.Map{
					mapvalidator.NoNullValues(),
					mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1)),
					mapvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
				},
			},
			"expires_after": expiresAfterAttribute("OpenAI deletes the files", objectplanmodifier.RequiresReplace()),
			"deletion_policy": schema.StringAttribute{
				MarkdownDescription: "What happens to a file at OpenAI when its key is removed, its content is replaced, or the set is destroyed. " +
					"`delete` (the default) deletes it after all uploads of the apply have succeeded. `keep` never deletes it. " +
					"`defer` deletes it in the next apply that uploads or removes files, after its uploads have succeeded, or when the set is destroyed. " +
					"Until then, vector stores and running jobs can read it. " +
					"Nothing is deleted if the last apply or the current one has set `keep`. To delete files again, change `keep` to another value and apply before you remove keys. " +
					"When the whole set is destroyed or replaced, the value from the last apply counts.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(deletionPolicyDelete),
				Validators: []validator.String{stringvalidator.OneOf(deletionPolicyDelete, deletionPolicyKeep, deletionPolicyDefer)},
			},
			"check_format": checkFormatAttribute(),
			"timeouts": timeoutsAttribute(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription("uploading all files", "6h"),
				Read: true, ReadDescription: timeoutDescription("reading the list of files", "10m"),
				Update: true, UpdateDescription: timeoutDescription("uploading and deleting what has changed", "6h"),
				Delete: true, DeleteDescription: timeoutDescription("deleting all files", "1h"),
			}),
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the set in the state, such as `set-5f0c3a`. OpenAI does not know it.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"file_ids": schema.MapAttribute{
				MarkdownDescription: "ID of the file for each key. In outputs, use this map instead of its `values()`, so that plans show only the entries that change.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"content_sha256": schema.MapAttribute{
				MarkdownDescription: "SHA-256 of the bytes of the file for each key, as 64 lowercase hexadecimal digits.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"pending_deletion": schema.MapAttribute{
				MarkdownDescription: "Replaced and removed files that a later apply deletes: the earlier key for each file ID. " +
					"These are files that `deletion_policy = \"defer\"` retains, and files whose deletion failed.",
				ElementType: types.StringType,
				Computed:    true,
			},
		},
	}
}

func (r *fileSetResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.service, _ = req.ProviderData.(*service) // nil during validation
}

// ModifyPlan shows what will happen to each key: a new or changed entry has an unknown ID and hash, a removed one disappears, and
// all others stay as they are. As with openai_file, no hash that depends on the disk is promised.
//
// Terraform plans a change again during the apply, when more is known, and what was known before must not be different then. So
// whether earlier paths or hashes stay depends only on what both plans know: the keys and the private state.
func (r *fileSetResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	var plan, prior fileSetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	creates := req.State.Raw.IsNull()
	if !creates {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	left, diags := prior.leftovers(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	anew := !plan.Purpose.Equal(prior.Purpose) || !plan.ExpiresAfter.Equal(prior.ExpiresAfter) // all of it, for the first time or again
	if anew {
		r.service.warnOfBatchExpiry(plan.Purpose, plan.ExpiresAfter, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsNull() { // the state was written by a version without it
		plan.ID = types.StringUnknown()
	}
	if plan.Files.IsUnknown() {
		unknown := types.MapUnknown(types.StringType)
		plan.FileIDs, plan.ContentSHA256, plan.Pending = unknown, unknown, unknown
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		return
	}

	paths, uploaded := plan.Files.Elements(), prior.entries()
	if broken := checkKeys(paths); len(broken) > 0 {
		resp.Diagnostics.Append(reportBroken(broken)...)
		return
	}
	policy := effectivePolicy(prior.DeletionPolicy, plan.DeletionPolicy)
	if len(paths) == 0 {
		if summary, detail := emptySetWarning(len(uploaded), creates, policy); summary != "" {
			resp.Diagnostics.AddAttributeWarning(filesPath, summary, detail)
		}
	}
	found := planEntries(ctx, plan, paths, uploaded, anew, r.service != nil && r.service.otherServer)
	resp.Diagnostics.Append(found.diagnostics(paths)...)
	plan.expect(paths, found.kept)
	if !anew && sameKeys(paths, prior.Files.Elements()) {
		plan.Files = prior.Files // other paths to the same bytes are no change
	}
	plan.expectPending(left, policy, len(found.kept) < max(len(paths), len(uploaded)))
	if due := dueLeftovers(left); len(due) > 0 {
		resp.Diagnostics.AddAttributeWarning(filesPath, "Files of earlier applies will be deleted",
			fmt.Sprintf("Earlier applies did not delete %s at OpenAI that the set no longer needs, because an upload or the deletion failed: %s. This apply deletes them.", count(len(due), "file"), keyList(due, maxKeys)))
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// Create uploads all files. If none could be uploaded there is no state, so that nothing is tainted and, with create_before_destroy,
// the old set stays.
func (r *fileSetResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan fileSetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, diags := plan.Timeouts.Create(ctx, 6*time.Hour)
	resp.Diagnostics.Append(diags...)
	seconds, diags := lifetime(ctx, plan.ExpiresAfter)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	paths := stringElements(config.Files)
	change := &fileSetChange{
		service: r.service, purpose: plan.Purpose.ValueString(), lifetime: seconds, paths: paths,
		plan: keyed.Compare(paths, entries{}, plan.keeps()), policy: deletionPolicyDelete,
	}
	out := change.apply(ctx)
	plan.ID = newStateID("set")
	resp.Diagnostics.Append(noticeWarnings(change.notices, plan.ID.ValueString())...)
	out.keepLeftovers() // Terraform replaces a tainted set without its private state
	stored := len(out.Existing)+len(out.old) > 0
	if failed := len(out.Failures)+len(out.NotBegun) > 0; failed {
		next := untaint
		if !stored {
			next = startAgain
		}
		summary, detail := setReport(out.Result, next, ctx.Err())
		resp.Diagnostics.AddAttributeError(filesPath, summary, detail)
		if !stored {
			return
		}
		plan.setFiles(out.Existing, paths)
	}
	plan.set(out.Existing)
	resp.Diagnostics.Append(plan.rememberLeftovers(ctx, out.old, resp.Private)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
}

// Read asks the list which files still exist. Only the entries whose file is missing are planned again.
func (r *fileSetResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state fileSetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.complete() {
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	if r.service.client == nil {
		resp.Diagnostics.AddWarning("Files were not looked up", notReady+" The plan uses the state without a refresh.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	uploaded, pending := state.entries(), stringElements(state.Pending)
	files, f := r.service.lookUpSet(ctx, state.allIDs(), created)
	if f != nil {
		resp.Diagnostics.Append(f.diagnostic())
		return
	}
	if len(files) > 0 { // otherwise nothing is known of the place
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
	}
	var gone, soon []string
	for key, entry := range uploaded {
		file, ok := files[entry.id]
		switch {
		case !ok:
			gone = append(gone, fmt.Sprintf("%s (%s)", shown(key), shown(entry.id)))
			delete(uploaded, key)
		case expiresSoon(ctx, file, state.ExpiresAfter, r.service.client.Now()):
			soon = append(soon, key)
		}
	}
	if len(soon) > 0 {
		resp.Diagnostics.AddWarning(fmt.Sprintf("Files expire soon (%s)", state.ID.ValueString()), fmt.Sprintf("Within 24 hours, OpenAI deletes %s of the set: %s. The first apply after that uploads them again. To upload all files again now, run terraform apply -replace=ADDRESS with the address of this resource.",
			count(len(soon), "file"), keyList(soon, maxKeys)))
	}
	maps.DeleteFunc(pending, func(id, _ string) bool { return files[id].ID == "" })
	if len(gone) == 0 && len(pending) == len(state.Pending.Elements()) {
		return
	}
	state.Pending = knownMap(pending) // those that are missing need no deletion
	if len(gone) > 0 {
		resp.Diagnostics.Append(r.service.goneNotice(gone, state.ID.ValueString()))
	}
	state.set(uploaded)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// goneNotice warns of files of a set that no longer exist.
func (s *service) goneNotice(gone []string, set string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("Files no longer exist (%s)", set), fmt.Sprintf("The service does not know %s of the set: %s. They have expired or were deleted outside of Terraform. "+
		"They will be uploaded again.%s", count(len(gone), "file"), keyList(gone, maxKeys), s.scopeNotice()))
}

// Update uploads what is new or has changed, and then deletes what that replaces and what was removed. The state has whatever was
// done, whether or not the rest fails.
func (r *fileSetResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state fileSetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, 6*time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	change, diags := r.service.newUpdate(ctx, config, plan, state, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if f := change.check(ctx); f != nil {
		resp.Diagnostics.Append(f.diagnostic())
		return
	}
	out := change.apply(ctx)
	if plan.ID.IsUnknown() {
		plan.ID = newStateID("set")
	}
	resp.Diagnostics.Append(noticeWarnings(change.notices, plan.ID.ValueString())...)
	if len(change.old.kept) > 0 {
		resp.Diagnostics.AddWarning(keptNotice(change.old.kept, plan.ID.ValueString()))
	}
	if len(out.Failures)+len(out.NotBegun) > 0 {
		if change.policy == deletionPolicyKeep {
			out.Postponed = 0 // nothing is deleted later either
		}
		summary, detail := setReport(out.Result, rest, ctx.Err())
		resp.Diagnostics.AddAttributeError(filesPath, summary, detail)
		plan.setFiles(out.Existing, stringElements(plan.Files), stringElements(state.Files))
		plan.DeletionPolicy = policyAfterFailure(state.DeletionPolicy, plan.DeletionPolicy)
	}
	plan.set(out.Existing)
	resp.Diagnostics.Append(plan.rememberLeftovers(ctx, out.old, resp.Private)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	if out.Progress.Made+out.Progress.Removed > 0 {
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
	}
}

// Delete deletes all files, unless the configuration wants them kept. What could not be deleted stays in the state.
func (r *fileSetResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state fileSetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, time.Hour)
	resp.Diagnostics.Append(diags...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	left, diags := state.leftovers(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	uploaded := state.entries()
	plan := keyed.Compare(nil, uploaded, state.keeps())
	if state.DeletionPolicy.ValueString() == deletionPolicyKeep {
		for _, key := range plan.Remove {
			left = append(left, keyed.Item[entry]{Key: key, Thing: uploaded[key]})
		}
		if len(left) > 0 {
			resp.Diagnostics.AddWarning(keptNotice(left, state.ID.ValueString()))
		}
		return
	}
	if !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	change := &fileSetChange{service: r.service, plan: plan, uploaded: uploaded, old: oldFiles{due: left}, policy: deletionPolicyDelete, created: created}
	out := change.apply(ctx)
	if len(out.Failures)+len(out.NotBegun) == 0 {
		return
	}
	resp.Diagnostics.AddError(setReport(out.Result, "Run the same command again to delete the rest.", ctx.Err()))
	state.set(out.Existing)
	state.setFiles(out.Existing, stringElements(state.Files))
	resp.Diagnostics.Append(state.rememberLeftovers(ctx, out.old, resp.Private)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// ImportState refuses an import.
func (r *fileSetResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("File set cannot be imported",
		"A set exists only in Terraform: OpenAI knows its files, but not which of them belong together. "+
			"To adopt single files, import each as an openai_file by its ID. To have them in a set, apply the set, which uploads them, and delete the old files.")
}
