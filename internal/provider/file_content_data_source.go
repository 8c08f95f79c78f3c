package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ datasource.DataSourceWithConfigure = (*fileContentDataSource)(nil)

func newFileContentDataSource() datasource.DataSource { return &fileContentDataSource{} }

// fileContentDataSource is openai_file_content: the bytes of a file at OpenAI, stored in the state.
type fileContentDataSource struct {
	service *service
}

func (d *fileContentDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file_content"
}

func (d *fileContentDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The content of a file at OpenAI, such as the output of a batch. The content is stored in the state. " +
			"To avoid that, use the ephemeral resource of the same name.",
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

func (d *fileContentDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.service, _ = req.ProviderData.(*service) // nil during validation
}

func (d *fileContentDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data fileContentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.service.ready(&resp.Diagnostics) {
		return
	}
	data.read(ctx, d.service, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
