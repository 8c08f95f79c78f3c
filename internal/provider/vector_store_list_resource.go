package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var _ list.ListResourceWithConfigure = (*vectorStoreListResource)(nil)

func newVectorStoreListResource() list.ListResource { return &vectorStoreListResource{} }

// vectorStoreListResource lists vector stores for `terraform query`, which writes import blocks for them.
type vectorStoreListResource struct {
	service *service
}

type vectorStoreListModel struct {
	NameRegex types.String `tfsdk:"name_regex"`
}

func (l *vectorStoreListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vector_store"
}

func (l *vectorStoreListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The vector stores of the project that the API key belongs to, for `terraform query` (Terraform 1.14 or newer). Expired vector stores are not listed.",
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{
				MarkdownDescription: "Only vector stores whose name matches this regular expression, in the [syntax of Go](https://pkg.go.dev/regexp/syntax). " +
					"It may match a part of the name. Use `^` and `$` to match the whole name.",
				Optional:   true,
				Validators: []validator.String{validRegex{}},
			},
		},
	}
}

func (l *vectorStoreListResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	l.service, _ = req.ProviderData.(*service) // nil during validation
}

// List yields vector stores as the pages of the list come in.
func (l *vectorStoreListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config vectorStoreListModel
	diags := req.Config.Get(ctx, &config)
	name := compileRegex(config.NameRegex, &diags)
	if diags.HasError() || !l.service.ready(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		left := req.Limit
		for store, err := range l.service.client.ListVectorStores(ctx) {
			if err != nil {
				push(list.ListResult{Diagnostics: diag.Diagnostics{apiError("Vector stores could not be listed", err)}})
				return
			}
			if store.Status == openai.VectorStoreExpired || !name.MatchString(store.Name) {
				continue
			}
			left--
			if !push(vectorStoreListResult(ctx, req, store)) || left == 0 {
				return
			}
		}
	}
}

// vectorStoreListResult is one vector store as `terraform query` shows it.
func vectorStoreListResult(ctx context.Context, req list.ListRequest, store openai.VectorStore) list.ListResult {
	result := req.NewListResult(ctx)
	model := newVectorStoreModel(store)
	result.DisplayName = strconv.Quote(store.Name) + filesOf(store, ", ")
	if store.CreatedAt != nil {
		result.DisplayName += ", " + model.CreatedAt.ValueString()
	}
	result.Diagnostics.Append(result.Identity.Set(ctx, fileIdentity{ID: model.ID})...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
