package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*fileContentEphemeralResource)(nil)

func newFileContentEphemeralResource() ephemeral.EphemeralResource {
	return &fileContentEphemeralResource{}
}

// fileContentEphemeralResource is openai_file_content: the bytes of a file at OpenAI, for as long as a run needs them.
type fileContentEphemeralResource struct {
	service *service
}

func (e *fileContentEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file_content"
}

func (e *fileContentEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The content of a file at OpenAI, which is not stored in the plan or the state. Requires Terraform 1.10 or newer, or OpenTofu 1.11 or newer.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: fileContentDescriptions["id"],
				Required:            true,
				Validators:          []validator.String{fileID},
			},
			"max_bytes": schema.NumberAttribute{
				MarkdownDescription: fileContentDescriptions["max_bytes"],
				Optional:            true,
				Validators:          []validator.Number{wholeNumber{1, maxMaxBytes}},
			},
			"content":        schema.StringAttribute{MarkdownDescription: fileContentDescriptions["content"], Computed: true},
			"content_base64": schema.StringAttribute{MarkdownDescription: fileContentDescriptions["content_base64"], Computed: true},
			"content_sha256": schema.StringAttribute{MarkdownDescription: fileContentDescriptions["content_sha256"], Computed: true},
			"bytes":          schema.Int64Attribute{MarkdownDescription: fileContentDescriptions["bytes"], Computed: true},
		},
	}
}

func (e *fileContentEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.service, _ = req.ProviderData.(*service) // nil during validation
}

func (e *fileContentEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var data fileContentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !e.service.ready(&resp.Diagnostics) {
		return
	}
	data.read(ctx, e.service, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, data)...)
}
