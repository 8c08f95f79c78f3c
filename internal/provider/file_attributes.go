package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Arguments that openai_file and openai_file_set have in common.

func purposeAttribute(what string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: what + ": `assistants`, `batch`, `fine-tune`, `vision`, `user_data` or `evals`. " +
			"Any other value causes a warning, because compatible servers may have other purposes. A change forces replacement.",
		Required:      true,
		Validators:    []validator.String{stringvalidator.LengthAtLeast(1)},
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace(), knownPurpose{}},
	}
}

func expiresAfterAttribute(what string, modifier planmodifier.Object) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "When " + what + " automatically. By default, `batch` files expire after 30 days and other files never expire. " +
			"A change forces replacement.",
		Optional:      true,
		PlanModifiers: []planmodifier.Object{modifier},
		Attributes: map[string]schema.Attribute{
			"seconds": schema.NumberAttribute{
				MarkdownDescription: "Lifetime in seconds, from 3600 (one hour) to 2592000 (30 days).",
				Required:            true,
				Validators:          []validator.Number{wholeNumber{3600, 2592000}},
			},
			"anchor": schema.StringAttribute{
				MarkdownDescription: "Start of the lifetime. Defaults to `created_at`, the only value that OpenAI supports.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("created_at"),
				Validators:          []validator.String{stringvalidator.OneOf("created_at")},
			},
		},
	}
}

func deletionPolicyAttribute(what string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: what + ": `delete` (the default) or `keep`. The value from the last apply counts: apply a change to `keep` before the change that replaces or removes the resource.",
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString(deletionPolicyDelete),
		Validators:          []validator.String{stringvalidator.OneOf(deletionPolicyDelete, deletionPolicyKeep)},
	}
}

func checkFormatAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether plans check new content of the purposes `batch`, `fine-tune` and `evals` as JSON Lines. Problems that make OpenAI reject the upload are errors. " +
			"Problems that may make a later job fail are warnings. Defaults to `true`.",
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(true),
	}
}

func timeoutsAttribute(ctx context.Context, opts timeouts.Opts) schema.Attribute {
	attribute := timeouts.Attributes(ctx, opts)
	if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
		for name, one := range nested.Attributes {
			if one, ok := one.(schema.StringAttribute); ok {
				one.Validators = append(one.Validators, positiveDuration{})
				nested.Attributes[name] = one
			}
		}
		nested.MarkdownDescription = "Maximum duration of each operation. Changing a timeout does not replace the resource."
		return nested
	}
	return attribute
}

func timeoutDescription(what, standard string) string {
	return fmt.Sprintf("Maximum duration of %s, such as `30m` or `2h`. Defaults to `%s`.", what, standard)
}

// expiryChanged replaces a file when its expiry changes.
func expiryChanged(ctx context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.RequiresReplace = state.needsOtherExpiry(ctx, req.PlanValue)
}
