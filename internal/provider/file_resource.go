package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
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
	_ resource.ResourceWithImportState    = (*fileResource)(nil)
	_ resource.ResourceWithIdentity       = (*fileResource)(nil)
)

func newFileResource() resource.Resource { return &fileResource{} }

// fileResource is openai_file: one file in an OpenAI project that holds the bytes which the configuration declares. Files
// cannot be changed, so another content, name, purpose or expiry is another file.
type fileResource struct {
	service *service
}

func (r *fileResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

func (r *fileResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A file in an OpenAI project that holds exactly the bytes which the configuration declares. " +
			"Files at OpenAI cannot be changed: when the content changes, a new file is uploaded and the old one is deleted. " +
			"With `create_before_destroy` there is always one of them.",
		Attributes: map[string]schema.Attribute{
			"purpose": purposeAttribute("What the file is for"),
			"source": schema.StringAttribute{
				MarkdownDescription: "Path of a local file, relative to the directory in which Terraform runs. The file may be made during the apply. " +
					"A change of the path alone is no change. Exactly one of `source`, `content`, `content_base64` and `content_wo` is needed.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"content": schema.StringAttribute{
				MarkdownDescription: "Text of the file, at most 4 MiB in UTF-8. It is kept in the state: use `content_wo` for secrets and `source` for larger files.",
				Optional:            true,
				Sensitive:           true,
			},
			"content_base64": schema.StringAttribute{
				MarkdownDescription: "Bytes of the file, at most 4 MiB, in standard Base64. They are kept in the state: use `source` for larger files.",
				Optional:            true,
				Sensitive:           true,
			},
			"content_wo": schema.StringAttribute{
				MarkdownDescription: "Text of the file, at most 4 MiB in UTF-8, that is in neither plan nor state. It is uploaded again when `content_wo_version` changes. " +
					"Needs Terraform or OpenTofu 1.11.",
				Optional:   true,
				WriteOnly:  true,
				Sensitive:  true,
				Validators: []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("content_wo_version"))},
			},
			"content_wo_version": schema.Int64Attribute{
				MarkdownDescription: "Version of `content_wo`. Another number uploads the text again, as a new file.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AlsoRequires(path.MatchRoot("content_wo"))},
			},
			"filename": schema.StringAttribute{
				MarkdownDescription: "Name of the file at OpenAI. Defaults to the last element of `source`; needed with inline content. A change replaces the file.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"expires_after": expiresAfterAttribute("OpenAI deletes the file", objectplanmodifier.RequiresReplaceIf(expiryChanged,
				"Another expiry is another file.", "Another expiry is another file.")),
			"content_sha256": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of the bytes of the file, as 64 lower-case hexadecimal digits. A change replaces the file. " +
					"When it is set it is an assertion: other bytes are refused before anything is sent. Null for `content_wo`, unless set.",
				Optional: true,
				Computed: true,
				Validators: []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^[0-9a-f]{64}$`),
					"must be a SHA-256 as 64 lower-case hexadecimal digits, as filesha256() returns it")},
			},
			"deletion_policy": deletionPolicyAttribute("What destroying or replacing the resource does to the file at OpenAI"),
			"check_format":    checkFormatAttribute(),
			"timeouts": timeoutsAttribute(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription("the upload, from the first byte to the end of processing", "60m"),
				Read: true, ReadDescription: timeoutDescription("reading the file's description", "10m"),
				Update: true, UpdateDescription: timeoutDescription("taking an imported file over, which reads the local one", "10m"),
				Delete: true, DeleteDescription: timeoutDescription("deleting the file, also while it is still processed", "10m"),
			}),
			"id": schema.StringAttribute{
				MarkdownDescription: "Id of the file, such as `file-abc123`. Another content has another id.",
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
				MarkdownDescription: "Time at which OpenAI deletes the file, RFC 3339 in UTC; null means never.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "Status of the file, such as `processed`; null where the server has none.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"status_details": schema.StringAttribute{
				MarkdownDescription: "Why the status is `error`; null otherwise.",
				Computed:            true,
				PlanModifiers:       keep,
			},
		},
	}
}

// IdentitySchema declares that the id alone identifies a file.
func (r *fileResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "Id of the file, such as file-abc123.",
				RequiredForImport: true,
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
	source, known := config.source()
	if resp.Diagnostics.HasError() || !config.Source.IsNull() {
		return
	}
	if known {
		resp.Diagnostics.Append(checkInline(source, config.ContentBase64)...)
	}
	if config.Filename.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("filename"), "Filename is missing",
			fmt.Sprintf("Inline content has no name of its own: set filename along with %s, for example filename = \"notes.txt\".", source.attribute))
	}
}

// ModifyPlan finds out whether the bytes on disk are those at OpenAI. It never promises a hash that depends on the disk:
// Terraform plans a change again during apply, when the file may have been made anew, and a promise that does not hold ends
// in "Provider produced inconsistent final plan".
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

	if state == nil {
		planUpload(ctx, config, &plan, &resp.Diagnostics)
	} else {
		replace := planUpdate(ctx, config, *state, &plan, &resp.Diagnostics)
		resp.RequiresReplace = append(resp.RequiresReplace, replace...)
		switch {
		case len(replace) > 0, state.needsOther(ctx, plan):
			// Terraform plans the new file in a call of its own, and drops the warnings of that one.
			anew := plan
			planUpload(ctx, config, &anew, &resp.Diagnostics)
		default:
			resp.Diagnostics.Append(checkSecret(ctx, config, req.Private)...)
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// Create uploads the file. Once the service has made it, it is in the state, whatever else fails.
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

	source, _ := config.source()
	save := func(uploaded openai.Uploaded) {
		plan.observe(uploaded.File)
		plan.remember(source, uploaded.SHA256)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{plan.ID})...)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(rememberSecret(ctx, source, resp.Private)...)
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
	}
	result := r.service.upload(ctx, declaredFile{
		source:   source,
		purpose:  plan.Purpose.ValueString(),
		filename: plan.Filename.ValueString(),
		lifetime: seconds,
		asserted: config.ContentSHA256,
		alone:    true,
	}, save)
	for _, n := range result.notices {
		resp.Diagnostics.AddWarning(n.summary, n.detail)
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
		resp.Diagnostics.AddWarning("File was not looked up", fmt.Sprintf("%s The state of file %s is taken as it is.", notReady, state.ID.ValueString()))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	file, err := r.service.lookup.retrieve(ctx, state.ID.ValueString())
	switch {
	case errors.Is(err, openai.ErrNotFound) && state.expired(time.Now()):
		resp.Diagnostics.AddWarning(r.service.goneWarning(state))
		resp.State.RemoveResource(ctx)
	case errors.Is(err, openai.ErrNotFound):
		created, diags := rememberedPlace(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		if f := r.service.confirmMissing(ctx, "File could not be read", state.ID.ValueString(), err, created); f != nil {
			resp.Diagnostics.Append(f.diagnostic())
			return
		}
		resp.Diagnostics.AddWarning(r.service.goneWarning(state))
		resp.State.RemoveResource(ctx)
	case err != nil:
		resp.Diagnostics.Append(refreshError("File could not be read", err))
	default:
		state.observe(file)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
		if expiresSoon(ctx, file, state.ExpiresAfter, time.Now()) {
			resp.Diagnostics.AddWarning("File expires soon", fmt.Sprintf("File %s (%s) expires at %s. A plan after that uploads it again; run with -replace to renew it now.",
				state.ID.ValueString(), state.Filename.ValueString(), state.ExpiresAt.ValueString()))
		}
	}
}

// Update changes nothing at OpenAI. It takes an imported file over, and what concerns Terraform alone.
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

	source, _ := config.source()
	if !plan.ContentWOVersion.Equal(state.ContentWOVersion) {
		resp.Diagnostics.Append(rememberSecret(ctx, source, resp.Private)...)
	}
	if plan.ContentSHA256.IsUnknown() {
		hash, size, err := source.sha256(ctx)
		if err != nil {
			resp.Diagnostics.Append(source.unreadable(err).diagnostic())
			return
		}
		if size != plan.Bytes.ValueInt64() {
			resp.Diagnostics.AddAttributeError(source.attribute, "Source file changed since the plan",
				fmt.Sprintf("%s has %d bytes now, and the imported file %s has %d. Plan again.", source.disk, size, plan.ID.ValueString(), plan.Bytes.ValueInt64()))
			return
		}
		plan.ContentSHA256 = types.StringValue(hash)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{plan.ID})...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete removes the file at OpenAI, unless the configuration wants it kept. A file that is gone already is deleted.
func (r *fileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, 10*time.Minute)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.DeletionPolicy.ValueString() == deletionPolicyKeep || !r.service.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.service.remove(ctx, state.ID.ValueString(), created).diagnostics()...)
}

// ImportState takes an id. Where the service gives the content back, its hash is learnt by reading it once, and the next plan
// compares bytes; elsewhere it compares size and name.
func (r *fileResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("deletion_policy"), deletionPolicyDelete)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("check_format"), true)...)
	var id types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	file, err := r.service.client.RetrieveFile(ctx, id.ValueString())
	if err != nil {
		described := apiError("File cannot be imported", err)
		resp.Diagnostics.AddError(described.Summary(), described.Detail()+r.service.scopeNotice())
		return
	}
	hash, diags := downloadedHash(ctx, r.service.client, file)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("content_sha256"), hash)...)
}
