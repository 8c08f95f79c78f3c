package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var (
	_ resource.ResourceWithConfigure   = (*vectorStoreResource)(nil)
	_ resource.ResourceWithImportState = (*vectorStoreResource)(nil)
	_ resource.ResourceWithIdentity    = (*vectorStoreResource)(nil)
)

func newVectorStoreResource() resource.Resource { return &vectorStoreResource{} }

// vectorStoreResource is openai_vector_store: an index that file search reads. Values that change without Terraform (counts, usage,
// status and times) are in the data source only, because they would make every plan report changes.
type vectorStoreResource struct {
	service *service
}

func (r *vectorStoreResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vector_store"
}

func (r *vectorStoreResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A vector store: an index of files for the `file_search` tool and the search endpoint of OpenAI. " +
			"Attach files to it with `openai_vector_store_files`.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the vector store. Names are not unique. Changes in place.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"description": schema.StringAttribute{
				MarkdownDescription: "What the vector store is for. The API cannot change it, so a description that is different, or known only after the apply, forces replacement by an empty vector store. " +
					"If you remove the argument, the vector store retains its description until it is replaced.",
				Optional:      true,
				Computed:      true,
				Validators:    []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers: []planmodifier.String{stateUnlessConfigured{}, stringplanmodifier.RequiresReplace()},
			},
			"metadata": schema.MapAttribute{
				MarkdownDescription: "Up to 16 key-value pairs. Keys have at most 64 characters, values at most 512. " +
					"Only the keys declared here are compared and changed. A key that you remove here is removed from the vector store; all other keys are retained. Changes in place.",
				ElementType: types.StringType,
				Optional:    true,
				Validators: []validator.Map{
					mapvalidator.NoNullValues(),
					mapvalidator.SizeAtMost(16),
					mapvalidator.KeysAre(stringvalidator.UTF8LengthBetween(1, 64)),
					mapvalidator.ValueStringsAre(stringvalidator.UTF8LengthAtMost(512)),
				},
			},
			"expires_after": schema.SingleNestedAttribute{
				MarkdownDescription: "When the vector store expires. By default, it never expires. An expired vector store can no longer be used, " +
					"and the next apply creates a new one. Changes in place.",
				Optional: true,
				Attributes: map[string]schema.Attribute{
					"days": schema.NumberAttribute{
						MarkdownDescription: "Days after the last activity, from 1 to 365. A search or a change counts as activity.",
						Required:            true,
						Validators:          []validator.Number{wholeNumber{1, 365}},
					},
				},
			},
			"deletion_policy": deletionPolicyAttribute("What destroying or replacing the resource does to the vector store"),
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the vector store, such as `vs_abc123`.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "Time of creation, RFC 3339 in UTC.",
				Computed:            true,
				PlanModifiers:       keep,
			},
		},
	}
}

// stateUnlessConfigured plans the value of the state for an argument that the configuration does not set, and null for a new object.
type stateUnlessConfigured struct{}

func (stateUnlessConfigured) Description(context.Context) string {
	return "retains the value of the object if it is not set"
}

func (m stateUnlessConfigured) MarkdownDescription(ctx context.Context) string {
	return m.Description(ctx)
}

func (stateUnlessConfigured) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// IdentitySchema declares that the ID alone identifies a vector store.
func (r *vectorStoreResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "ID of the vector store, such as vs_abc123.",
				RequiredForImport: true,
			},
		},
	}
}

func (r *vectorStoreResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.service, _ = req.ProviderData.(*service) // nil during validation
}

func (r *vectorStoreResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan vectorStoreModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	r.service.client.ClaimNewestVectorStores(ctx)
	created, err := r.service.client.CreateVectorStore(ctx, plan.params())
	if err != nil {
		resp.Diagnostics.Append(notCreatedFailure(err).diagnostic())
		return
	}
	plan.ID, plan.CreatedAt = types.StringValue(created.ID), timestamp(created.CreatedAt)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{plan.ID})...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
	resp.Diagnostics.Append(plan.rememberIgnored(ctx, declaredOnly(ctx, req.Config, created.VectorStore), nil, resp.Private)...)
	id := shown(created.ID)
	if created.Found != nil {
		resp.Diagnostics.AddWarning("Response was lost, but the vector store was found: "+id,
			fmt.Sprintf("%s\n\nExactly one vector store with this name was created after that: %s. The provider adopted it. Make sure that no other run and no other provider configuration created a vector store of this name at the same time.", sentence(created.Found), id))
	}
	const createdTwice = "Vector store may have been created twice: "
	retried := fmt.Sprintf("The response to the request was lost and no vector store was found, so the request was retried: %s.", id)
	if created.Found != nil {
		retried = fmt.Sprintf("Responses to requests were lost, and %s was found.", id)
	}
	switch twins := shown(strings.Join(created.Twins, ", ")); {
	case twins != "":
		resp.Diagnostics.AddWarning(createdTwice+twins,
			retried+" "+twinsAdvice(created.Twins, "name")+moreTwins(created.Unchecked))
	case created.Unchecked != nil:
		resp.Diagnostics.AddWarning(createdTwice+id,
			fmt.Sprintf("%s It is not known whether the lost request has created a vector store as well: %s\n\n"+
				"If OpenAI has other vector stores with this name, created at about the same time as %s, delete the ones that no resource manages and nobody else uses.",
				retried, whyUnchecked(created.Unchecked), id))
	}
}

// declaredOnly returns an answer without the description if the configuration does not set it: there is nothing to compare it with.
func declaredOnly(ctx context.Context, config tfsdk.Config, answer openai.VectorStore) openai.VectorStore {
	var description types.String
	if diags := config.GetAttribute(ctx, path.Root("description"), &description); !diags.HasError() && description.IsNull() {
		answer.Description = ""
	}
	return answer
}

// notCreatedFailure says why a vector store was not created, or which ones it may be.
func notCreatedFailure(err error) *failure {
	f := apiFailure("Vector store was not created", err)
	_, isDuplicate := errors.AsType[*openai.DuplicateVectorStoreError](err)
	_, isLost := errors.AsType[*openai.LostVectorStoreError](err)
	switch {
	case isDuplicate:
		f.advice = "If the message names only the vector store that the new one replaces, apply again. Otherwise, choose one that no resource manages and nobody else uses. Import it with terraform import openai_vector_store.NAME ID, and delete the other unused ones."
	case isLost && cannotList(err):
		f.advice = "If the service created the vector store anyway, it is not in the state. The service does not list its vector stores, so look by other means for vector stores of this name: delete the one that no resource manages, or import it with terraform import openai_vector_store.NAME ID."
	case isLost:
		f.advice = "If the service created the vector store anyway, it is not in the state. Wait a few seconds, and look for vector stores of this name with the data source openai_vector_store: delete the one that no resource manages, or import it with terraform import openai_vector_store.NAME ID."
	}
	return f
}

func (r *vectorStoreResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state vectorStoreModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{state.ID})...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := state.ID.ValueString()
	if r.service.client == nil {
		resp.Diagnostics.AddWarning("Vector store was not looked up", fmt.Sprintf("%s The plan uses the state of vector store %s without a refresh.", notReady, shown(id)))
		return
	}
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	ignored, diags := readTexts[map[string]string](ctx, req.Private, ignoredKey)
	resp.Diagnostics.Append(diags...)
	store, gone, f := r.service.lookUpVectorStore(ctx, id, created)
	switch {
	case f != nil:
		resp.Diagnostics.Append(f.diagnostic())
	case gone != "":
		resp.Diagnostics.AddWarning("Vector store "+gone+": "+shown(id), fmt.Sprintf("Vector store %s %s. The next apply creates a new one and attaches its files again.", state.title(), gone))
		resp.State.RemoveResource(ctx)
	default:
		state.observe(store, ignored)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
	}
}

// Update changes name, metadata and expiry in place. Metadata that Terraform does not manage is read first and sent along.
func (r *vectorStoreResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state vectorStoreModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{state.ID})...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	if plan.sameAtService(state) {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	const summary = "Vector store was not changed"
	id := state.ID.ValueString()
	store, gone, f := r.service.lookUpVectorStore(ctx, id, created)
	switch {
	case f != nil:
		f.summary = summary
		resp.Diagnostics.Append(f.diagnostic())
		return
	case gone != "":
		resp.Diagnostics.AddError(summary, fmt.Sprintf("Vector store %s %s.\n\nPlan again: the next apply creates a new one.", state.title(), gone))
		return
	}
	params := plan.params()
	params.Metadata = openai.MergeMetadata(store.Metadata, stringElements(state.Metadata), params.Metadata)
	changed, err := r.service.client.UpdateVectorStore(ctx, id, params)
	if err != nil {
		resp.Diagnostics.Append(apiError(summary, err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(plan.rememberIgnored(ctx, declaredOnly(ctx, req.Config, changed), stringElements(state.Metadata), resp.Private)...)
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
}

// Delete removes the vector store but not the files in it. A vector store that has expired or is missing counts as deleted.
func (r *vectorStoreResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state vectorStoreModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	created, diags := rememberedPlace(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := state.ID.ValueString()
	if state.DeletionPolicy.ValueString() == deletionPolicyKeep {
		resp.Diagnostics.AddWarning("Vector store is retained at OpenAI: "+shown(state.ID.ValueString()), fmt.Sprintf("Vector store %s is retained at OpenAI, because its deletion_policy is \"keep\". It is no longer in the state: "+
			"note its ID if you need it.", state.title()))
		return
	}
	if !r.service.ready(&resp.Diagnostics) {
		return
	}
	const summary = "Vector store was not deleted"
	err := r.service.client.DeleteVectorStore(ctx, id)
	if err == nil {
		return
	}
	_, gone, f := r.service.lookUpVectorStore(ctx, id, created)
	switch {
	case gone != "" && errors.Is(err, openai.ErrNotFound) && created == (openai.Place{}):
		resp.Diagnostics.Append(unknownPlaceFailure(summary, "vector store", err).diagnostic())
	case gone != "":
	case errors.Is(err, openai.ErrNotFound) && f != nil:
		f.summary = summary
		f.adviseOnSuccessor()
		resp.Diagnostics.Append(f.diagnostic())
	default:
		resp.Diagnostics.Append(apiError(summary, err))
	}
}

// ImportState takes the ID of a vector store.
func (r *vectorStoreResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	const summary = "Vector store cannot be imported"
	id := importedID(ctx, req, resp)
	if reason := vectorStoreID.check(id); reason != "" {
		resp.Diagnostics.AddError(summary, "The import needs the ID of a vector store. "+reason)
	}
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}
	store, gone, f := r.service.lookUpVectorStore(ctx, id, openai.Place{})
	switch {
	case f != nil:
		f.summary = summary
		resp.Diagnostics.Append(f.diagnostic())
		return
	case gone == noLongerExists:
		gone = neverExisted
		fallthrough
	case gone != "":
		resp.Diagnostics.AddError(summary, fmt.Sprintf("Vector store %s %s.\n\nCheck the ID: it may be misspelled, or belong to another project.", shown(id), gone))
		return
	}
	model := newVectorStoreModel(store)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{model.ID})...)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
}
