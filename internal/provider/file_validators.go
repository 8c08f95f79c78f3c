package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// maxInline is the most that inline content may hold, in bytes. It travels through plan and state several times over.
const maxInline = 4 << 20

// checkInline refuses inline content that cannot be uploaded or does not belong into a state.
func checkInline(source fileSource, encoded types.String) diag.Diagnostics {
	fail := func(summary, detail string) diag.Diagnostics {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(source.attribute, summary, detail)}
	}
	if known(encoded) {
		if _, err := decodeBase64(encoded.ValueString()); err != nil {
			return fail("Content is not Base64", fmt.Sprintf("content_base64 cannot be decoded: %s. "+
				"It has to be standard Base64 with padding, as base64encode() and filebase64() return it.", err))
		}
	}
	switch size := len(source.inline); {
	case size == 0:
		return fail("Content is empty", fmt.Sprintf("%s holds no bytes, and OpenAI does not take empty files.", source.attribute))
	case size > maxInline:
		return fail("Content is too large", fmt.Sprintf("%s holds %d bytes, and at most %d (4 MiB) are allowed inline. "+
			"Write it to a file and use source: files may have up to 8 GiB and never enter the state.", source.attribute, size, maxInline))
	}
	return nil
}

// positiveDuration refuses a time in which nothing can be done. What is no time at all is refused elsewhere.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string { return "must be longer than 0" }

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err == nil && d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Time is not positive",
			fmt.Sprintf("%s is %s, in which nothing can be done. Set a time such as \"30m\", or leave it out.", req.Path, req.ConfigValue.ValueString()))
	}
}

// checkOneContent refuses a file whose content is declared nowhere, or more than once.
func checkOneContent(config fileModel) diag.Diagnostics {
	var set []string
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{{"source", config.Source}, {"content", config.Content}, {"content_base64", config.ContentBase64}, {"content_wo", config.ContentWO}} {
		if argument.value.IsUnknown() {
			return nil // it may turn out to be null
		}
		if !argument.value.IsNull() {
			set = append(set, argument.name)
		}
	}
	const all = "Exactly one of source, content, content_base64 and content_wo says what the file holds."
	switch len(set) {
	case 0:
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("source"), "Content is missing", all+" Set source to the path of a file, for example.")}
	case 1:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(set[1]), "Content is declared more than once",
		fmt.Sprintf("%s are set. %s", strings.Join(set, " and "), all))}
}

// knownPurpose warns of a purpose that OpenAI does not know. Compatible servers have their own.
type knownPurpose struct{}

func (knownPurpose) Description(context.Context) string {
	return "should be one of " + strings.Join(openai.Purposes, ", ")
}

func (v knownPurpose) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (knownPurpose) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) || slices.Contains(openai.Purposes, req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeWarning(req.Path, "Purpose is not one of OpenAI's",
		fmt.Sprintf("OpenAI takes %s for a new file, and refuses %q. Ignore this if base_url names a server that has this purpose.",
			strings.Join(openai.Purposes, ", "), req.ConfigValue.ValueString()))
}
