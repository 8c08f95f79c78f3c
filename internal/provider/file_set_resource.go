package provider

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ resource.ResourceWithConfigure  = (*fileSetResource)(nil)
	_ resource.ResourceWithModifyPlan = (*fileSetResource)(nil)
)

func newFileSetResource() resource.Resource { return &fileSetResource{} }

// fileSetResource is openai_file_set: many files in one resource, each under a key. What Terraform spends on thousands of
// resources is spent once. Every entry is planned, uploaded and deleted by itself.
type fileSetResource struct {
	service *service
}

// fileSetModel is the resource as configuration, plan and state have it. The maps are flat because Terraform and the framework
// handle those in a time that grows with their length; maps of objects cost far more.
type fileSetModel struct {
	Purpose        types.String   `tfsdk:"purpose"`
	Files          types.Map      `tfsdk:"files"`
	ExpiresAfter   types.Object   `tfsdk:"expires_after"`
	DeletionPolicy types.String   `tfsdk:"deletion_policy"`
	CheckFormat    types.Bool     `tfsdk:"check_format"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
	FileIDs        types.Map      `tfsdk:"file_ids"`
	ContentSHA256  types.Map      `tfsdk:"content_sha256"`
}

func (r *fileSetResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file_set"
}

func (r *fileSetResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many files in an OpenAI project, from a few to tens of thousands, in one resource. " +
			"Each entry is planned, uploaded and deleted by itself, and what was done stays done when others fail. " +
			"It costs a fraction of as many `openai_file` resources.",
		Attributes: map[string]schema.Attribute{
			"purpose": purposeAttribute("What the files are for"),
			"files": schema.MapAttribute{
				MarkdownDescription: "Path of a local file for each key, made for `fileset()`: " +
					"`{ for f in fileset(dir, \"**/*.md\") : f => \"${dir}/${f}\" }`. The name at OpenAI is the last element of the key.",
				ElementType: types.StringType,
				Required:    true,
				Validators: []validator.Map{
					mapvalidator.NoNullValues(),
					mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1)),
					mapvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
				},
			},
			"expires_after":   expiresAfterAttribute("OpenAI deletes the files", objectplanmodifier.RequiresReplace()),
			"deletion_policy": deletionPolicyAttribute("What removing a key, replacing a file or destroying the resource does to the file at OpenAI"),
			"check_format":    checkFormatAttribute(),
			"timeouts": timeoutsAttribute(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription("uploading all files", "6h"),
				Read: true, ReadDescription: timeoutDescription("reading the list of files", "10m"),
				Update: true, UpdateDescription: timeoutDescription("uploading and deleting what has changed", "6h"),
				Delete: true, DeleteDescription: timeoutDescription("deleting all files", "1h"),
			}),
			"file_ids": schema.MapAttribute{
				MarkdownDescription: "Id of the file for each key. A list of ids is `values(openai_file_set.NAME.file_ids)`.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"content_sha256": schema.MapAttribute{
				MarkdownDescription: "SHA-256 of the bytes of the file for each key, as 64 lower-case hexadecimal digits.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
	}
}

func (r *fileSetResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.service, _ = req.ProviderData.(*service) // nil during validation
}

// ModifyPlan shows what will happen to each key: a new or changed entry has an unknown id and hash, a removed one disappears,
// and all others stay as they are. As with openai_file, no hash that depends on the disk is promised.
func (r *fileSetResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	var plan fileSetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var prior fileSetModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	uploaded := prior.entries()
	anew := !plan.Purpose.Equal(prior.Purpose) || !plan.ExpiresAfter.Equal(prior.ExpiresAfter) // all of it, for the first time or again
	if anew {
		warnOfBatchExpiry(plan.Purpose, plan.ExpiresAfter, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.Files.IsUnknown() {
		plan.FileIDs, plan.ContentSHA256 = types.MapUnknown(types.StringType), types.MapUnknown(types.StringType)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		return
	}

	kept := planEntries(ctx, plan, uploaded, anew, &resp.Diagnostics)
	ids, hashes := make(map[string]attr.Value, len(kept)), make(map[string]attr.Value, len(kept))
	changed := anew || len(plan.Files.Elements()) != len(uploaded)
	for key := range plan.Files.Elements() {
		if entry, ok := kept[key]; ok {
			ids[key], hashes[key] = types.StringValue(entry.id), types.StringValue(entry.sha256)
		} else {
			ids[key], hashes[key] = types.StringUnknown(), types.StringUnknown()
			changed = true
		}
	}
	plan.FileIDs, plan.ContentSHA256 = types.MapValueMust(types.StringType, ids), types.MapValueMust(types.StringType, hashes)
	if !changed && len(prior.Files.Elements()) == len(ids) {
		plan.Files = prior.Files // other paths to the same bytes are no change
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

func (r *fileSetResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan fileSetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, diags := plan.Timeouts.Create(ctx, 6*time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r.apply(ctx, plan, entries{}, untaint, &resp.State, &resp.Diagnostics)
}

// What comes after an apply that failed in part.
const (
	rest    = "The next apply does only the rest."
	untaint = "Terraform marks a resource as tainted when its first apply fails, and would replace all of it: run terraform untaint with the address " +
		"of this resource, and the next apply uploads only what is missing."
)

// Read asks the list which files are still there. Only the entries whose file is gone are planned again.
func (r *fileSetResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state fileSetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.service.client == nil {
		resp.Diagnostics.AddWarning("Files were not looked up", notReady+" The state is taken as it is.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	uploaded := state.entries()
	ids := make([]string, 0, len(uploaded))
	for _, key := range slices.Sorted(maps.Keys(uploaded)) {
		ids = append(ids, uploaded[key].id)
	}
	files, err := r.service.lookup.retrieveAll(ctx, ids)
	if err != nil {
		resp.Diagnostics.Append(refreshError("Files could not be looked up", err))
		return
	}
	var gone, soon []string
	for key, entry := range uploaded {
		file, ok := files[entry.id]
		switch {
		case !ok:
			gone = append(gone, fmt.Sprintf("%s (%s)", key, entry.id))
			delete(uploaded, key)
		case expiresSoon(ctx, file, state.ExpiresAfter, time.Now()):
			soon = append(soon, key)
		}
	}
	if len(soon) > 0 {
		resp.Diagnostics.AddWarning("Files expire soon", fmt.Sprintf("Within a day, OpenAI deletes %d of the files: %s. A plan after that uploads them again; run with -replace to renew all now.",
			len(soon), keyList(soon, maxKeys)))
	}
	if len(gone) == 0 {
		return
	}
	resp.Diagnostics.AddWarning("Files no longer exist", fmt.Sprintf("The service does not know %d of the files: %s. They have expired or were deleted outside of Terraform. "+
		"They will be uploaded again.%s", len(gone), keyList(gone, maxKeys), r.service.scopeNotice()))
	state.set(uploaded)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (r *fileSetResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state fileSetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, 6*time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r.apply(ctx, plan, state.entries(), rest, &resp.State, &resp.Diagnostics)
}

func (r *fileSetResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state fileSetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, time.Hour)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.DeletionPolicy.ValueString() == deletionPolicyKeep || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	uploaded := state.entries()
	work := newFileSetWork(r.service, nil, uploaded)
	for key := range uploaded {
		work.remove(ctx, key)
	}
	work.wait(rest, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		state.set(work.uploaded)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

// apply uploads what is new or has changed and deletes what that replaces and what was removed. The state has whatever was
// done, whether or not the rest fails.
func (r *fileSetResource) apply(ctx context.Context, plan fileSetModel, uploaded entries, next string, state *tfsdk.State, diags *diag.Diagnostics) {
	lifetime, more := lifetime(ctx, plan.ExpiresAfter)
	diags.Append(more...)
	keeps := plan.DeletionPolicy.ValueString() == deletionPolicyKeep
	ids, paths := plan.FileIDs.Elements(), plan.Files.Elements()

	work := newFileSetWork(r.service, paths, uploaded)
	for key, file := range paths {
		if ids[key] != nil && !ids[key].IsUnknown() {
			continue
		}
		work.upload(ctx, key, declaredFile{
			source:   setSource(key, file),
			purpose:  plan.Purpose.ValueString(),
			filename: setFilename(key),
			lifetime: lifetime,
			asserted: types.StringNull(),
			usable:   true,
		}, keeps)
	}
	work.settle() // a file that moves to another key is there before it goes
	for key := range uploaded {
		if _, declared := paths[key]; declared {
			continue
		}
		if keeps {
			work.forget(key)
		} else {
			work.remove(ctx, key)
		}
	}
	work.wait(next, diags)
	plan.set(work.uploaded)
	diags.Append(state.Set(ctx, plan)...)
}

// setFilename is the name at OpenAI: the last element of the key.
func setFilename(key string) string { return path.Base(key) }

// entry is one file of a set that the service has.
type entry struct{ id, sha256 string }

// entries are the files of a set by their keys.
type entries map[string]entry

// entries returns what the state knows to be uploaded.
func (m *fileSetModel) entries() entries {
	hashes := stringElements(m.ContentSHA256)
	all := make(entries, len(hashes))
	for key, id := range stringElements(m.FileIDs) {
		all[key] = entry{id: id, sha256: hashes[key]}
	}
	return all
}

// set puts what is uploaded into the model.
func (m *fileSetModel) set(uploaded entries) {
	ids, hashes := make(map[string]attr.Value, len(uploaded)), make(map[string]attr.Value, len(uploaded))
	for key, entry := range uploaded {
		ids[key], hashes[key] = types.StringValue(entry.id), types.StringValue(entry.sha256)
	}
	m.FileIDs, m.ContentSHA256 = types.MapValueMust(types.StringType, ids), types.MapValueMust(types.StringType, hashes)
}

func stringElements(m types.Map) map[string]string {
	texts := make(map[string]string, len(m.Elements()))
	for key, value := range m.Elements() {
		if text, ok := value.(types.String); ok && !text.IsUnknown() {
			texts[key] = text.ValueString()
		}
	}
	return texts
}
