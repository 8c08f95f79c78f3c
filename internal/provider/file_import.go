package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// fileIdentity is what distinguishes a file from all others.
type fileIdentity struct {
	ID types.String `tfsdk:"id"`
}

// IdentitySchema declares that the id alone identifies a file.
func (r *fileResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "ID of the file, such as file-abc123.",
				RequiredForImport: true,
			},
		},
	}
}

// importedID returns the ID that an import names, as its ID or as an identity; empty: neither.
func importedID(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) string {
	if req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull() {
		return strings.TrimSpace(req.ID)
	}
	var identity fileIdentity
	resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
	return strings.TrimSpace(identity.ID.ValueString())
}

// ImportState takes an ID. Where the service returns the content, the import reads it once to compute its hash, and the next plan compares
// bytes; elsewhere it compares size and name.
func (r *fileResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	const summary = "File cannot be imported"
	id := importedID(ctx, req, resp)
	if reason := fileID.check(id); reason != "" {
		resp.Diagnostics.AddError(summary, "The import needs the ID of a file. "+reason)
	}
	if resp.Diagnostics.HasError() || !r.service.ready(&resp.Diagnostics) {
		return
	}

	file, err := r.service.client.RetrieveFile(ctx, id)
	if err != nil {
		resp.Diagnostics.Append(r.service.notFound(ctx, summary, id, err).diagnostic())
		return
	}
	hash, diags := downloadedHash(ctx, r.service.client, file)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, fileIdentity{types.StringValue(id)})...)
	for attribute, value := range map[string]any{
		"id": id, "deletion_policy": deletionPolicyDelete, "check_format": true, "content_sha256": hash,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	resp.Diagnostics.Append(r.service.rememberPlace(ctx, resp.Private)...)
}
