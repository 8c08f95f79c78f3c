package provider

import (
	"context"
	"fmt"
	"strings"

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

var _ datasource.DataSourceWithConfigure = (*vectorStoreDataSource)(nil)

func newVectorStoreDataSource() datasource.DataSource { return &vectorStoreDataSource{} }

// vectorStoreDataSource is openai_vector_store: one vector store of the project, found by its ID or by its name.
type vectorStoreDataSource struct {
	service *service
}

type vectorStoreDataModel struct {
	ID           types.String             `tfsdk:"id"`
	Name         types.String             `tfsdk:"name"`
	Description  types.String             `tfsdk:"description"`
	Metadata     types.Map                `tfsdk:"metadata"`
	ExpiresAfter *vectorStoreExpiresAfter `tfsdk:"expires_after"`
	CreatedAt    types.String             `tfsdk:"created_at"`
	ExpiresAt    types.String             `tfsdk:"expires_at"`
	LastActiveAt types.String             `tfsdk:"last_active_at"`
	Status       types.String             `tfsdk:"status"`
	UsageBytes   types.Int64              `tfsdk:"usage_bytes"`
	FileCounts   *fileCountsModel         `tfsdk:"file_counts"`
}

type fileCountsModel struct {
	InProgress types.Int64 `tfsdk:"in_progress"`
	Completed  types.Int64 `tfsdk:"completed"`
	Failed     types.Int64 `tfsdk:"failed"`
	Cancelled  types.Int64 `tfsdk:"cancelled"`
	Total      types.Int64 `tfsdk:"total"`
}

func (d *vectorStoreDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vector_store"
}

func (d *vectorStoreDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

func (d *vectorStoreDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	count := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A vector store of the project that the API key belongs to, found by its ID or by its name, with its status and the number of its files.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the vector store, such as `vs_abc123`. Set exactly one of `id` and `name`.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{vectorStoreID},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the vector store. The name must match exactly and is case-sensitive. Several matches are an error.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"description": text("What the vector store is for; null if it has no description."),
			"metadata": schema.MapAttribute{
				MarkdownDescription: "All metadata of the vector store; null if there is none.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"expires_after": schema.SingleNestedAttribute{
				MarkdownDescription: "When the vector store expires; null if it does not expire.",
				Computed:            true,
				Attributes: map[string]schema.Attribute{
					"days": schema.NumberAttribute{MarkdownDescription: "Days after the last activity.", Computed: true},
				},
			},
			"created_at":     text("Time of creation, RFC 3339 in UTC."),
			"expires_at":     text("Time at which the vector store expires, RFC 3339 in UTC; null if it does not expire."),
			"last_active_at": text("Time of the last activity, RFC 3339 in UTC."),
			"status":         text("`completed`, `in_progress` while files are indexed, or `expired`. It does not show whether files failed: use `file_counts`."),
			"usage_bytes":    count("Storage that the vector store uses, in bytes; null if the server does not report it."),
			"file_counts": schema.SingleNestedAttribute{
				MarkdownDescription: "Number of files by status; null if the server does not report it.",
				Computed:            true,
				Attributes: map[string]schema.Attribute{
					"in_progress": count("Files that are being indexed."),
					"completed":   count("Files that are indexed."),
					"failed":      count("Files that could not be indexed."),
					"cancelled":   count("Files whose indexing was canceled."),
					"total":       count("All files."),
				},
			},
		},
	}
}

func (d *vectorStoreDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.service, _ = req.ProviderData.(*service) // nil during validation
}

func (d *vectorStoreDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data vectorStoreDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.service.ready(&resp.Diagnostics) {
		return
	}
	find := d.byID
	if data.ID.IsNull() {
		find = d.byName
	}
	store := find(ctx, data, &resp.Diagnostics)
	if store == nil {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, newVectorStoreData(*store))...)
}

func newVectorStoreData(store openai.VectorStore) vectorStoreDataModel {
	data := vectorStoreDataModel{
		ID:           types.StringValue(store.ID),
		Name:         text(store.Name),
		Description:  text(store.Description),
		Metadata:     stringMap(store.Metadata),
		CreatedAt:    timestamp(store.CreatedAt),
		ExpiresAt:    timestamp(store.ExpiresAt),
		LastActiveAt: timestamp(store.LastActiveAt),
		Status:       text(store.Status),
		UsageBytes:   types.Int64PointerValue(store.UsageBytes),
	}
	if counts := store.FileCounts; counts != nil {
		data.FileCounts = &fileCountsModel{
			InProgress: types.Int64Value(counts.InProgress),
			Completed:  types.Int64Value(counts.Completed),
			Failed:     types.Int64Value(counts.Failed),
			Cancelled:  types.Int64Value(counts.Cancelled),
			Total:      types.Int64Value(counts.Total),
		}
	}
	if store.ExpiresAfter > 0 {
		data.ExpiresAfter = &vectorStoreExpiresAfter{number(store.ExpiresAfter)}
	}
	return data
}

// byID returns an expired vector store too: status says so.
func (d *vectorStoreDataSource) byID(ctx context.Context, data vectorStoreDataModel, diags *diag.Diagnostics) *openai.VectorStore {
	id := data.ID.ValueString()
	store, gone, f := d.service.lookUpVectorStore(ctx, id, openai.Place{})
	switch {
	case f != nil:
		diags.Append(f.diagnostic())
		return nil
	case gone != "" && store.ID == "":
		diags.AddAttributeError(path.Root("id"), "Vector store does not exist",
			fmt.Sprintf("There is no vector store with the ID %s: it was deleted, is misspelled, or belongs to another project. Check the ID, and the provider's api_key, organization and project.", shown(id)))
		return nil
	}
	return &store
}

func (d *vectorStoreDataSource) byName(ctx context.Context, data vectorStoreDataModel, diags *diag.Diagnostics) *openai.VectorStore {
	name := data.Name.ValueString()
	var matches []openai.VectorStore
	for store, err := range d.service.client.ListVectorStores(ctx) {
		if err != nil {
			diags.Append(apiError("Vector stores could not be listed", err))
			return nil
		}
		if store.Name == name && store.Status != openai.VectorStoreExpired {
			matches = append(matches, store)
		}
	}
	switch len(matches) {
	case 0:
		diags.AddAttributeError(path.Root("name"), "Vector store does not exist",
			fmt.Sprintf("The project has no vector store named %q. The name must match exactly and is case-sensitive.", name))
		return nil
	case 1:
		return &matches[0]
	}
	var lines []string
	for _, store := range matches[:min(len(matches), maxCandidates)] {
		lines = append(lines, fmt.Sprintf("  %s%s  created at %s", shown(store.ID), filesOf(store, "  "), timestamp(store.CreatedAt).ValueString()))
	}
	if more := len(matches) - maxCandidates; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	diags.AddAttributeError(path.Root("name"), "Several vector stores have this name",
		fmt.Sprintf("The project has %d vector stores named %q:\n\n%s\n\nSet id to one of these.", len(matches), name, strings.Join(lines, "\n")))
	return nil
}
