package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var (
	_ resource.ResourceWithConfigure      = (*fileResource)(nil)
	_ resource.ResourceWithValidateConfig = (*fileResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*fileResource)(nil)
	_ resource.ResourceWithImportState    = (*fileResource)(nil) // file_import.go
	_ resource.ResourceWithIdentity       = (*fileResource)(nil)
)

func newFileResource() resource.Resource { return &fileResource{} }

// fileResource is openai_file: one file in an OpenAI project that holds the bytes which the configuration declares. Files are
// immutable, so a different content, name, purpose or expiry replaces the file.
type fileResource struct {
	service *service
}

func (r *fileResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

func (r *fileResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A file in an OpenAI project. Files are immutable: when the content changes, Terraform uploads a new file with a new ID and deletes the old one. " +
			"Set `create_before_destroy` so that the old file is deleted only after the new one exists.",
		Attributes: map[string]schema.Attribute{
			"purpose": purposeAttribute("What the file is for"),
			"source": schema.StringAttribute{
				MarkdownDescription: "Path of a local file, relative to the directory in which Terraform runs. The file may be created during the apply. " +
					"Editing the file forces replacement, but moving it does not. Exactly one of `source`, `content`, `content_base64`, `content_wo` and `content_base64_wo` must be set.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1), validText{"Rename the file so that its path is UTF-8."}},
			},
			"content": schema.StringAttribute{
				MarkdownDescription: "Text of the file, at most 4 MiB in UTF-8. A change forces replacement. It is stored in the state: use `content_wo` for secrets and `source` for larger files.",
				Optional:            true,
				Sensitive:           true,
				Validators:          []validator.String{validText{"Use content_base64 for other bytes."}},
			},
			"content_base64": schema.StringAttribute{
				MarkdownDescription: "Bytes of the file, at most 4 MiB, in standard Base64. A change forces replacement. They are stored in the state: use `content_base64_wo` for secrets and `source` for larger files.",
				Optional:            true,
				Sensitive:           true,
			},
			"content_wo": schema.StringAttribute{
				MarkdownDescription: "Text of the file, at most 4 MiB in UTF-8, which is not stored in the plan or the state. It is uploaded again when `content_wo_version` changes. " +
					"Requires Terraform or OpenTofu 1.11 or newer.",
				Optional:   true,
				WriteOnly:  true,
				Sensitive:  true,
				Validators: []validator.String{validText{"Use content_base64_wo for other bytes."}},
			},
			"content_base64_wo": schema.StringAttribute{
				MarkdownDescription: "Bytes of the file, at most 4 MiB, in standard Base64, which are not stored in the plan or the state. They are uploaded again when `content_wo_version` changes. " +
					"Requires Terraform or OpenTofu 1.11 or newer.",
				Optional:  true,
				WriteOnly: true,
				Sensitive: true,
			},
			"content_wo_version": schema.StringAttribute{
				MarkdownDescription: "Version of `content_wo` or `content_base64_wo`, such as a number, a date or a hash. A change forces replacement.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"filename": schema.StringAttribute{
				MarkdownDescription: "Name of the file at OpenAI. Defaults to the last element of `source`; required with inline content. A different name forces replacement.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), validText{"Choose a name in UTF-8."}},
			},
			"expires_after": expiresAfterAttribute("OpenAI deletes the file", objectplanmodifier.RequiresReplaceIf(expiryChanged,
				"A different expiry replaces the file.", "A different expiry replaces the file.")),
			"content_sha256": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of the bytes of the file, as 64 lowercase hexadecimal digits. A change forces replacement. " +
					"If you set it, the provider refuses to upload any other content. For write-only content, it is null unless you set it.",
				Optional: true,
				Computed: true,
				Validators: []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^[0-9a-f]{64}$`),
					"must be a SHA-256 as 64 lowercase hexadecimal digits, as filesha256() returns it")},
			},
			"deletion_policy": deletionPolicyAttribute("What happens to the file at OpenAI when the resource is destroyed or replaced"),
			"check_format":    checkFormatAttribute(),
			"timeouts": timeoutsAttribute(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription("upload and processing", "60m"),
				Read: true, ReadDescription: timeoutDescription("looking up the file", "10m"),
				Update: true, UpdateDescription: timeoutDescription("adopting an imported file, including reading the local file", "10m"),
				Delete: true, DeleteDescription: timeoutDescription("deletion, which may have to wait for processing", "10m"),
			}),
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the file, such as `file-abc123`. A new upload has a new ID.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"bytes": schema.Int64Attribute{
				MarkdownDescription: "Size of the file in bytes.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "Time of the upload, RFC 3339 in UTC.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "Time at which OpenAI deletes the file, RFC 3339 in UTC; null if the file does not expire.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "Status of the file, such as `processed`; null if the server does not report it.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"status_details": schema.StringAttribute{
				MarkdownDescription: "Reason for the status `error`; null for any other status.",
				Computed:            true,
				PlanModifiers:       keep,
			},
		},
	}
}

func (r *fileResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.service, _ = req.ProviderData.(*service) // nil during validation
}

// ValidateConfig checks that there is one content, and inline content more closely: its size and form are known before there
// is a plan.
func (r *fileResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(checkOneContent(config)...)
	source, kind := config.content()
	if resp.Diagnostics.HasError() || !config.Source.IsNull() {
		return
	}
	if kind == inlineContent || kind == secretContent {
		resp.Diagnostics.Append(checkInline(source, config.ContentBase64, config.ContentBase64WO)...)
	}
	if config.Filename.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("filename"), "Filename is missing",
			fmt.Sprintf("Inline content has no name: set filename along with %s, for example filename = \"notes.txt\".", source.attribute))
	}
}

// ModifyPlan finds out whether the local bytes are those at OpenAI, and plans accordingly.
func (r *fileResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	var config, plan fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *fileModel // nil: the file is to be created
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	replace, diags := r.service.planFile(ctx, config, state, &plan, req.Private)
	resp.RequiresReplace = append(resp.RequiresReplace, replace...)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// Create uploads the file. As soon as the service has created it, it is in the state, whatever else fails.
func (r *fileResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, diags := plan.Timeouts.Create(ctx, time.Hour)
	resp.Diagnostics.Append(diags...)
	seconds, diags := lifetime(ctx, plan.ExpiresAfter)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	source, kind := config.content()
	if kind == noContent {
		resp.Diagnostics.AddAttributeError(path.Root("source"), "Content is missing", oneContent+allNull)
		return
	}
	if plan.Filename.IsUnknown() {
		plan.defaultFilename(config)
	}
	save := func(uploaded openai.Uploaded) {
		plan.observe(uploaded.File)
		plan.remember(source, uploaded.SHA256)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{plan.ID})...)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(rememberSecret(ctx, source, resp.Private)...)
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
	}
	result := r.service.upload(ctx, declaredFile{
		source:         source,
		purpose:        plan.Purpose.ValueString(),
		filename:       plan.Filename.ValueString(),
		lifetime:       seconds,
		expectedSHA256: config.ContentSHA256,
		alone:          true,
	}, save)
	for _, n := range result.notices {
		resp.Diagnostics.AddWarning(n.summary+": "+n.subject, n.detail)
	}
	resp.Diagnostics.Append(result.failure.diagnostics()...)
	if !result.kept && result.leftover == "" {
		resp.State.RemoveResource(ctx)
	}
}

// Read asks the service for the description of the file. The content is not downloaded: OpenAI refuses that for some
// purposes, and the state knows the hash of what was uploaded.
func (r *fileResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{state.ID})...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.service.client == nil {
		resp.Diagnostics.AddWarning("File was not looked up", fmt.Sprintf("%s The plan uses the state of file %s without a refresh.", notReady, shown(state.ID.ValueString())))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	file, err := r.service.lookup.retrieve(ctx, state.ID.ValueString())
	switch {
	case errors.Is(err, openai.ErrNotFound):
		r.missed(ctx, state, err, req, resp)
	case err != nil:
		resp.Diagnostics.Append(refreshError("File could not be read", err))
	default:
		state.observe(file)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
		if expiresSoon(ctx, file, state.ExpiresAfter, r.service.client.Now()) {
			resp.Diagnostics.AddWarning("File expires soon: "+shown(state.ID.ValueString()), fmt.Sprintf("File %s (%s) expires at %s. The first apply after that uploads it again. To upload it again now, run terraform apply -replace=ADDRESS with the address of this resource.",
				shown(state.ID.ValueString()), shown(state.Filename.ValueString()), state.ExpiresAt.ValueString()))
		}
	}
}

// missed removes a file from the state after a 404, if the 404 can be trusted. A file that has expired is missing everywhere.
func (r *fileResource) missed(ctx context.Context, state fileModel, notFound error, req resource.ReadRequest, resp *resource.ReadResponse) {
	id, name := shown(state.ID.ValueString()), shown(state.Filename.ValueString())
	expired := state.expired(r.service.client.Now())
	if expired && state.expired(time.Now()) { // a clock alone may be wrong
		resp.Diagnostics.AddWarning("File has expired: "+id, fmt.Sprintf("File %s (%s) expired at %s. It will be uploaded again.", id, name, state.ExpiresAt.ValueString()))
		resp.State.RemoveResource(ctx)
		return
	}
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if f := r.service.confirmMissing(ctx, "File could not be read", state.ID.ValueString(), notFound, created); f != nil {
		resp.Diagnostics.Append(f.diagnostic())
		return
	}
	if expired {
		resp.Diagnostics.AddWarning("File has expired: "+id, fmt.Sprintf("File %s (%s) expired at %s. It will be uploaded again.", id, name, state.ExpiresAt.ValueString()))
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.AddWarning("File no longer exists: "+id, fmt.Sprintf("The service does not know file %s (%s): it was deleted outside of Terraform. It will be uploaded again.%s",
		id, name, r.service.scopeNotice()))
	resp.State.RemoveResource(ctx)
}

// Update changes nothing at OpenAI. It adopts an imported file, and records arguments that concern Terraform alone.
func (r *fileResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	source, _ := config.content()
	if !plan.ContentWOVersion.Equal(state.ContentWOVersion) {
		resp.Diagnostics.Append(rememberSecret(ctx, source, resp.Private)...)
	}
	if plan.ContentSHA256.IsUnknown() {
		hash, size, err := source.sha256(ctx)
		if err != nil {
			resp.Diagnostics.Append(source.unreadable(err).diagnostic())
			return
		}
		if reported := plan.Bytes.ValueInt64(); reported != 0 && size != reported {
			resp.Diagnostics.AddAttributeError(source.attribute, "Source file changed since the plan",
				fmt.Sprintf("%s now has %s, but the imported file %s has %d. Plan again.", source.name(), count(size, "byte"), shown(plan.ID.ValueString()), reported))
			return
		}
		plan.ContentSHA256 = types.StringValue(hash)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{plan.ID})...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete removes the file at OpenAI, unless its deletion_policy is keep. A file that is missing already counts as deleted.
func (r *fileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := state.ID.ValueString()
	if state.DeletionPolicy.ValueString() == deletionPolicyKeep {
		resp.Diagnostics.AddWarning("File is retained at OpenAI: "+shown(id), fmt.Sprintf("File %s (%s) is no longer in the state, but still exists, because its deletion_policy is keep. "+
			"To manage it again, import it with this ID.", shown(id), shown(state.Filename.ValueString())))
		return
	}
	if !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	if r.service.returned(id) {
		return
	}
	err := r.service.client.DeleteFile(ctx, id)
	if errors.Is(err, openai.ErrNotFound) && state.expired(r.service.client.Now()) && state.expired(time.Now()) {
		return
	}
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.service.notDeleted(ctx, id, err, created).diagnostics()...)
}
