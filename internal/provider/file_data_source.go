package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var _ datasource.DataSourceWithConfigure = (*fileDataSource)(nil)

func newFileDataSource() datasource.DataSource { return &fileDataSource{} }

// fileDataSource is openai_file: one file of the project, found by its ID or by its name.
type fileDataSource struct {
	service *service
}

type fileDataModel struct {
	listedFile
	MostRecent types.Bool `tfsdk:"most_recent"`
}

func (d *fileDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

func (d *fileDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("filename"))}
}

func (d *fileDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := listedFileAttributes()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "ID of the file, such as `file-abc123`. Exactly one of `id` and `filename` must be set.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{fileID},
	}
	attributes["filename"] = schema.StringAttribute{
		MarkdownDescription: "Name of the file. Names are not unique: several matches are an error unless `most_recent` is set.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	attributes["purpose"] = schema.StringAttribute{
		MarkdownDescription: "What the file is for. With `filename`, only files of this purpose are considered.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(path.MatchRoot("id"))},
	}
	attributes["most_recent"] = schema.BoolAttribute{
		MarkdownDescription: "Use the newest of several files with the same `filename`. Defaults to `false`.",
		Optional:            true,
		Validators:          []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("id"))},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A file of the project that the API key belongs to, found by its ID or by its name.",
		Attributes:          attributes,
	}
}

func (d *fileDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.service, _ = req.ProviderData.(*service) // nil during validation
}

func (d *fileDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data fileDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.service.ready(&resp.Diagnostics) {
		return
	}
	find := d.byID
	if data.ID.IsNull() {
		find = d.byName
	}
	file, found := find(ctx, data, &resp.Diagnostics)
	if !found {
		return
	}
	data.listedFile = newListedFile(file)
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

func (d *fileDataSource) byID(ctx context.Context, data fileDataModel, diags *diag.Diagnostics) (openai.File, bool) {
	file, err := d.service.client.RetrieveFile(ctx, data.ID.ValueString())
	switch {
	case errors.Is(err, openai.ErrNotFound):
		failed := d.service.notFound(ctx, "File does not exist", data.ID.ValueString(), err)
		failed.attribute = path.Root("id")
		diags.Append(failed.diagnostic())
	case err != nil:
		diags.Append(apiError("File could not be read", err))
	}
	return file, err == nil
}

func (d *fileDataSource) byName(ctx context.Context, data fileDataModel, diags *diag.Diagnostics) (openai.File, bool) {
	var matches []openai.File // newest first
	params := openai.ListFilesParams{Purpose: data.Purpose.ValueString(), Order: "desc"}
	for file, err := range d.service.client.ListFiles(ctx, params) {
		if err != nil {
			diags.Append(apiError("Files could not be listed", err))
			return openai.File{}, false
		}
		if file.Filename == data.Filename.ValueString() {
			matches = append(matches, file)
		}
	}
	at := path.Root("filename")
	wanted := fmt.Sprintf("named %q", data.Filename.ValueString())
	if !data.Purpose.IsNull() {
		wanted += " of the purpose " + shown(data.Purpose.ValueString())
	}
	switch {
	case len(matches) == 0:
		diags.AddAttributeError(at, "File does not exist", fmt.Sprintf("The project has no file %s. The name must match exactly and is case-sensitive; "+
			"the data source openai_files lists all files.", wanted))
		return openai.File{}, false
	case len(matches) > 1 && !data.MostRecent.ValueBool():
		diags.AddAttributeError(at, "Several files have this name", fmt.Sprintf("The project has %d files %s:\n\n%s\n\nSet id to one of these, or set most_recent = true to use the newest, "+
			"for example while an openai_file with create_before_destroy is being replaced.",
			len(matches), wanted, candidates(matches)))
		return openai.File{}, false
	}
	return newest(matches), true
}

// newest returns the file created last. Not every server keeps the order it is asked for.
func newest(files []openai.File) openai.File {
	best := files[0]
	for _, file := range files[1:] {
		if file.CreatedAt != nil && (best.CreatedAt == nil || file.CreatedAt.After(*best.CreatedAt)) {
			best = file
		}
	}
	return best
}

// maxCandidates is how many files an error lists at most.
const maxCandidates = 10

// candidates lists files for an error: ID, size and time.
func candidates(files []openai.File) string {
	var lines []string
	for _, file := range files[:min(len(files), maxCandidates)] {
		line := "  " + shown(file.ID)
		if file.Bytes != nil {
			line += "  " + count(*file.Bytes, "byte")
		}
		if file.CreatedAt != nil {
			line += "  created at " + timestamp(file.CreatedAt).ValueString()
		}
		lines = append(lines, line)
	}
	if more := len(files) - maxCandidates; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}
