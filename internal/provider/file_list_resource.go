package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var _ list.ListResourceWithConfigure = (*fileListResource)(nil)

func newFileListResource() list.ListResource { return &fileListResource{} }

// fileListResource lists files for `terraform query`, which writes import blocks for them.
type fileListResource struct {
	service *service
}

type fileListModel struct {
	Purpose       types.String `tfsdk:"purpose"`
	FilenameRegex types.String `tfsdk:"filename_regex"`
}

func (l *fileListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

func (l *fileListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The files of the project that the API key belongs to, for `terraform query` (Terraform 1.14 or newer).",
		Attributes: map[string]schema.Attribute{
			"purpose": schema.StringAttribute{
				MarkdownDescription: "Only files of this purpose, such as `batch`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"filename_regex": schema.StringAttribute{
				MarkdownDescription: filenameRegexDescription,
				Optional:            true,
				Validators:          []validator.String{validRegex{}},
			},
		},
	}
}

func (l *fileListResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	l.service, _ = req.ProviderData.(*service) // nil during validation
}

// List yields files as the pages of the list come in. It never asks for a single file.
func (l *fileListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config fileListModel
	diags := req.Config.Get(ctx, &config)
	if diags.HasError() || !l.service.ready(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}

	stream.Results = func(push func(list.ListResult) bool) {
		for file, err := range l.service.list(ctx, config.Purpose, config.FilenameRegex, types.StringNull(), req.Limit) {
			if err != nil {
				push(list.ListResult{Diagnostics: diag.Diagnostics{apiError("Files could not be listed", err)}})
				return
			}
			if !push(listResult(ctx, req, file)) {
				return
			}
		}
	}
}

// listResult is one file as `terraform query` shows it.
func listResult(ctx context.Context, req list.ListRequest, file openai.File) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = displayName(file)
	result.Diagnostics.Append(result.Identity.Set(ctx, fileIdentity{ID: types.StringValue(file.ID)})...)
	if req.IncludeResource {
		model := fileModel{
			DeletionPolicy: types.StringValue(deletionPolicyDelete),
			CheckFormat:    types.BoolValue(true),
			ExpiresAfter:   types.ObjectNull(expiresAfterTypes),
			Timeouts:       timeouts.Value{Object: types.ObjectNull(timeoutTypes)},
		}
		model.observe(file)
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}

// displayName distinguishes files of the same name.
func displayName(file openai.File) string {
	name := shown(file.Filename)
	if file.Purpose != "" {
		name += ", " + shown(file.Purpose)
	}
	if file.Bytes != nil {
		name += ", " + count(*file.Bytes, "byte")
	}
	if file.CreatedAt != nil {
		name += ", " + timestamp(file.CreatedAt).ValueString()
	}
	return name
}
