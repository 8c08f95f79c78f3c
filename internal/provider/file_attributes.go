package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
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
			"Another value gives a warning, because compatible servers have their own. A change replaces what is there.",
		Required:      true,
		Validators:    []validator.String{stringvalidator.LengthAtLeast(1), knownPurpose{}},
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

func expiresAfterAttribute(what string, modifier planmodifier.Object) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "When " + what + " by itself. Without it, files of the purpose `batch` live 30 days and all others until they are deleted. " +
			"A change replaces what is there.",
		Optional:      true,
		PlanModifiers: []planmodifier.Object{modifier},
		Attributes: map[string]schema.Attribute{
			"seconds": schema.Int64Attribute{
				MarkdownDescription: "Life in seconds, from 3600 (an hour) to 2592000 (30 days).",
				Required:            true,
				Validators:          []validator.Int64{int64validator.Between(3600, 2592000)},
			},
			"anchor": schema.StringAttribute{
				MarkdownDescription: "What the seconds are counted from. Defaults to `created_at`, the only value that OpenAI knows.",
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
		MarkdownDescription: what + ": `delete` (the default) or `keep`. What the last apply has set counts: apply `keep` by itself before a change that replaces.",
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString(deletionPolicyDelete),
		Validators:          []validator.String{stringvalidator.OneOf(deletionPolicyDelete, deletionPolicyKeep)},
	}
}

func checkFormatAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Check the JSON Lines of the purposes `fine-tune`, `batch` and `evals` at plan, when the bytes are new: what the upload refuses is an error, " +
			"what a later job refuses is a warning. Defaults to `true`.",
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
		nested.MarkdownDescription = "Most time for each operation. No other clock ends an upload that makes progress. A change replaces nothing."
		return nested
	}
	return attribute
}

func timeoutDescription(what, standard string) string {
	return fmt.Sprintf("Most time for %s, such as `30m` or `2h`. Defaults to `%s`.", what, standard)
}

// expiryChanged replaces a file when its expiry changes.
func expiryChanged(ctx context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.RequiresReplace = state.needsOtherExpiry(ctx, req.PlanValue)
}
