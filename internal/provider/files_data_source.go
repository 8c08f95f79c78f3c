package provider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var _ datasource.DataSourceWithConfigure = (*filesDataSource)(nil)

func newFilesDataSource() datasource.DataSource { return &filesDataSource{} }

// filesDataSource is openai_files: the files of a project, including files that were not uploaded by Terraform.
type filesDataSource struct {
	service *service
}

type filesModel struct {
	Purpose       types.String `tfsdk:"purpose"`
	FilenameRegex types.String `tfsdk:"filename_regex"`
	Order         types.String `tfsdk:"order"`
	Limit         types.Number `tfsdk:"limit"`
	Files         []listedFile `tfsdk:"files"`
	IDs           []string     `tfsdk:"ids"`
}

// listedFile is a file as data sources have it.
type listedFile struct {
	ID            types.String `tfsdk:"id"`
	Filename      types.String `tfsdk:"filename"`
	Purpose       types.String `tfsdk:"purpose"`
	Bytes         types.Int64  `tfsdk:"bytes"`
	CreatedAt     types.String `tfsdk:"created_at"`
	ExpiresAt     types.String `tfsdk:"expires_at"`
	Status        types.String `tfsdk:"status"`
	StatusDetails types.String `tfsdk:"status_details"`
}

func newListedFile(file openai.File) listedFile {
	return listedFile{
		ID:            types.StringValue(file.ID),
		Filename:      text(file.Filename),
		Purpose:       text(file.Purpose),
		Bytes:         types.Int64PointerValue(file.Bytes),
		CreatedAt:     timestamp(file.CreatedAt),
		ExpiresAt:     timestamp(file.ExpiresAt),
		Status:        text(file.Status),
		StatusDetails: text(file.StatusDetails),
	}
}

const filenameRegexDescription = "Only files whose name matches this regular expression, in the [syntax of Go](https://pkg.go.dev/regexp/syntax). " +
	"It may match a part of the name. Use `^` and `$` to match the whole name."

func (d *filesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_files"
}

func (d *filesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The files of the project that the API key belongs to, including files that were not uploaded by Terraform.",
		Attributes: map[string]schema.Attribute{
			"purpose": schema.StringAttribute{
				MarkdownDescription: "Only files of this purpose, such as `batch` or `batch_output`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"filename_regex": schema.StringAttribute{
				MarkdownDescription: filenameRegexDescription,
				Optional:            true,
				Validators:          []validator.String{validRegex{}},
			},
			"order": schema.StringAttribute{
				MarkdownDescription: "Order by time of creation: `desc`, newest first (the default), or `asc`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("asc", "desc")},
			},
			"limit": schema.NumberAttribute{
				MarkdownDescription: "Maximum number of files to return, at least 1. By default, all files are returned.",
				Optional:            true,
				Validators:          []validator.Number{atLeast(1)},
			},
			"files": schema.ListNestedAttribute{
				MarkdownDescription: "The files, in the requested order.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: listedFileAttributes()},
			},
			"ids": schema.ListAttribute{
				MarkdownDescription: "The IDs of the files, in the requested order.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
	}
}

func listedFileAttributes() map[string]schema.Attribute {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	return map[string]schema.Attribute{
		"id":             computed("ID of the file, such as `file-abc123`."),
		"filename":       computed("Name of the file. Several files may have the same name."),
		"purpose":        computed("What the file is for."),
		"bytes":          schema.Int64Attribute{MarkdownDescription: "Size of the file in bytes; null if the server does not report it.", Computed: true},
		"created_at":     computed("Time of the upload, RFC 3339 in UTC."),
		"expires_at":     computed("Time at which OpenAI deletes the file, RFC 3339 in UTC; null if the file does not expire."),
		"status":         computed("Status of the file, such as `processed`; null if the server does not report it."),
		"status_details": computed("Reason for the status `error`; null for any other status."),
	}
}

func (d *filesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.service, _ = req.ProviderData.(*service) // nil during validation
}

func (d *filesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data filesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.service.ready(&resp.Diagnostics) {
		return
	}

	data.Files, data.IDs = []listedFile{}, []string{}
	for file, err := range d.service.list(ctx, data.Purpose, data.FilenameRegex, data.Order, whole(data.Limit)) {
		if err != nil {
			resp.Diagnostics.Append(apiError("Files could not be listed", err))
			return
		}
		data.Files = append(data.Files, newListedFile(file))
		data.IDs = append(data.IDs, file.ID)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// validRegex refuses a regular expression that does not compile.
type validRegex struct{}

func (validRegex) Description(context.Context) string { return "must be a regular expression" }

func (v validRegex) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (validRegex) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Regular expression is not valid",
			fmt.Sprintf("%q: %s.", req.ConfigValue.ValueString(), err))
	}
}
