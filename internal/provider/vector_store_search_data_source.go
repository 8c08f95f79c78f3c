package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var _ datasource.DataSourceWithConfigure = (*vectorStoreSearchDataSource)(nil)

func newVectorStoreSearchDataSource() datasource.DataSource { return &vectorStoreSearchDataSource{} }

// vectorStoreSearchDataSource is openai_vector_store_search: the results of a search in a vector store.
type vectorStoreSearchDataSource struct {
	service *service
}

type vectorStoreSearchModel struct {
	VectorStoreID  types.String        `tfsdk:"vector_store_id"`
	Query          types.String        `tfsdk:"query"`
	MaxResults     types.Number        `tfsdk:"max_results"`
	Filters        types.String        `tfsdk:"filters"`
	ScoreThreshold types.Float64       `tfsdk:"score_threshold"`
	Results        []searchResultModel `tfsdk:"results"`
}

type searchResultModel struct {
	FileID     types.String  `tfsdk:"file_id"`
	Filename   types.String  `tfsdk:"filename"`
	Score      types.Float64 `tfsdk:"score"`
	Attributes types.String  `tfsdk:"attributes"`
	Text       types.String  `tfsdk:"text"`
}

func (d *vectorStoreSearchDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vector_store_search"
}

func (d *vectorStoreSearchDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Searches a vector store. Use it with a `check` block or an output to verify that a knowledge base returns results. " +
			"Each read is one search. OpenAI may charge for it, and it counts as activity of the vector store.",
		Attributes: map[string]schema.Attribute{
			"vector_store_id": schema.StringAttribute{
				MarkdownDescription: "ID of the vector store.",
				Required:            true,
				Validators:          []validator.String{vectorStoreID},
			},
			"query": schema.StringAttribute{
				MarkdownDescription: "What to search for, in natural language.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"max_results": schema.NumberAttribute{
				MarkdownDescription: "Maximum number of results, from 1 to 50. By default, OpenAI returns up to 10.",
				Optional:            true,
				Validators:          []validator.Number{wholeNumber{1, 50}},
			},
			"filters": schema.StringAttribute{
				MarkdownDescription: "Filter by attributes as JSON, such as `jsonencode({ type = \"eq\", key = \"lang\", value = \"en\" })`. " +
					"See the [API reference](https://platform.openai.com/docs/api-reference/vector-stores/search).",
				Optional:   true,
				Validators: []validator.String{jsonObject{}},
			},
			"score_threshold": schema.Float64Attribute{
				MarkdownDescription: "Minimum score of a result, from 0 to 1.",
				Optional:            true,
				Validators:          []validator.Float64{float64validator.Between(0, 1)},
			},
			"results": schema.ListNestedAttribute{
				MarkdownDescription: "The results, the best one first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"file_id":    text("ID of the file."),
					"filename":   text("Name of the file."),
					"score":      schema.Float64Attribute{MarkdownDescription: "Score of the result, from 0 to 1.", Computed: true},
					"attributes": text("Attributes of the file as a JSON object."),
					"text":       text("The text that was found."),
				}},
			},
		},
	}
}

func (d *vectorStoreSearchDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.service, _ = req.ProviderData.(*service) // nil during validation
}

func (d *vectorStoreSearchDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data vectorStoreSearchModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.service.ready(&resp.Diagnostics) {
		return
	}
	params := openai.SearchParams{Query: data.Query.ValueString(), MaxResults: whole(data.MaxResults), ScoreThreshold: data.ScoreThreshold.ValueFloat64()}
	if !data.Filters.IsNull() {
		params.Filters = json.RawMessage(data.Filters.ValueString())
	}
	results, err := d.service.client.SearchVectorStore(ctx, data.VectorStoreID.ValueString(), params)
	if err != nil {
		resp.Diagnostics.Append(d.notSearched(ctx, data.VectorStoreID.ValueString(), err))
		return
	}
	data.Results = []searchResultModel{}
	for _, result := range results {
		attributes := "{}"
		if len(result.Attributes) > 0 {
			encoded, err := json.Marshal(result.Attributes)
			if err != nil {
				resp.Diagnostics.AddAttributeError(path.Root("results"), "Attributes are not valid", sentence(err))
				return
			}
			attributes = string(encoded)
		}
		data.Results = append(data.Results, searchResultModel{
			FileID:     text(result.FileID),
			Filename:   text(result.Filename),
			Score:      types.Float64Value(result.Score),
			Attributes: types.StringValue(attributes),
			Text:       types.StringValue(result.Text),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// notSearched says why a search has failed. The vector store may not exist, or have expired.
func (d *vectorStoreSearchDataSource) notSearched(ctx context.Context, id string, err error) diag.Diagnostic {
	const summary = "Vector store could not be searched"
	if refusal, isRefusal := errors.AsType[*openai.Error](err); isRefusal && (errors.Is(err, openai.ErrNotFound) || refusal.StatusCode == http.StatusBadRequest) {
		_, gone, f := d.service.lookUpVectorStore(ctx, id, openai.Place{})
		switch {
		case gone == noLongerExists:
			return diag.NewAttributeErrorDiagnostic(path.Root("vector_store_id"), summary,
				fmt.Sprintf("There is no vector store with the ID %s: it was deleted, is misspelled, or belongs to another project.", shown(id)))
		case gone != "":
			return diag.NewAttributeErrorDiagnostic(path.Root("vector_store_id"), summary, fmt.Sprintf("Vector store %s %s.", shown(id), gone))
		case f != nil && errors.Is(err, openai.ErrNotFound):
			f.summary = summary
			return f.diagnostic()
		}
	}
	return apiError(summary, err)
}
