package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// maxInline is the maximum size of inline content in bytes. The content is transferred several times, in plan and state.
const maxInline = 4 << 20

// checkInline refuses inline content that cannot be uploaded or does not belong in a state.
func checkInline(source fileSource, encoded ...types.String) diag.Diagnostics {
	fail := func(summary, detail string) diag.Diagnostics {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(source.attribute, summary, detail)}
	}
	for _, text := range encoded {
		if _, err := decodeBase64(text.ValueString()); err != nil {
			return fail("Content is not Base64", fmt.Sprintf("%s cannot be decoded: %s. "+
				"It must be standard Base64 with padding, as base64encode() and filebase64() return it.", source.attribute, err))
		}
	}
	switch size := len(source.inline); {
	case size == 0:
		return fail("Content is empty", fmt.Sprintf("%s is empty, and OpenAI refuses empty files.", source.attribute))
	case size > maxInline:
		return fail("Content is too large", fmt.Sprintf("%s has %d bytes, but inline content is limited to %d bytes (4 MiB). "+
			"Write it to a file and use source: files can be up to 8 GiB and are not stored in the state.", source.attribute, size, maxInline))
	}
	return nil
}

// positiveDuration refuses a timeout of 0 or less. What is no duration at all is refused elsewhere.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string { return "must be longer than 0" }

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err == nil && d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Timeout is not positive",
			fmt.Sprintf("%s is %s. Set a duration such as \"30m\", or remove the argument.", req.Path, req.ConfigValue.ValueString()))
	}
}

// oneContent is the rule for the arguments that have the content.
const oneContent = "Exactly one of source, content, content_base64, content_wo and content_base64_wo must be set."

// checkOneContent refuses a file whose content is declared nowhere or more than once, or whose content_wo_version has no content.
func checkOneContent(config fileModel) diag.Diagnostics {
	var set []string
	secret := false
	for _, argument := range []struct {
		name   string
		value  attr.Value
		secret bool
	}{
		{"source", config.Source, false},
		{"content", config.Content, false},
		{"content_base64", config.ContentBase64, false},
		{"content_wo", config.ContentWO, true},
		{"content_base64_wo", config.ContentBase64WO, true},
	} {
		if argument.value.IsUnknown() {
			return nil // it may turn out to be null
		}
		if !argument.value.IsNull() {
			set = append(set, argument.name)
			secret = argument.secret
		}
	}
	fail := func(attribute, summary, detail string) diag.Diagnostics {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(attribute), summary, detail)}
	}
	version := config.ContentWOVersion
	switch {
	case len(set) == 0:
		return fail("source", "Content is missing", oneContent+" For a local file, set source to its path.")
	case len(set) > 1:
		return fail(set[1], "Content is declared more than once",
			fmt.Sprintf("Only one of source, content, content_base64, content_wo and content_base64_wo may be set; found %s.", enumerate(set)))
	case secret && version.IsNull():
		return fail(set[0], "Version of the content is missing", fmt.Sprintf("%s needs content_wo_version, because Terraform cannot compare write-only content. "+
			"Set it to any text, and change it whenever the content changes.", set[0]))
	case !secret && !version.IsNull():
		return fail("content_wo_version", "Version without write-only content", "content_wo_version is for content_wo and content_base64_wo, but the content comes from "+set[0]+". Remove content_wo_version.")
	}
	return nil
}

// enumerate joins words with commas and a final "and".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// validText refuses a text that is not UTF-8: the state could not store it.
type validText struct{ advice string }

func (validText) Description(context.Context) string { return "must be UTF-8" }

func (v validText) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validText) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if known(req.ConfigValue) && !utf8.ValidString(req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "Text is not UTF-8", fmt.Sprintf("%s contains bytes that are not UTF-8, such as those of Latin-1. %s", req.Path, v.advice))
	}
}

// knownPurpose warns of a purpose that OpenAI does not know. Compatible servers have their own. It is a plan modifier, because
// Terraform validates a configuration twice and would show the warning twice.
type knownPurpose struct{}

func (knownPurpose) Description(context.Context) string {
	return "should be one of " + strings.Join(openai.Purposes, ", ")
}

func (v knownPurpose) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (knownPurpose) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	purpose := req.PlanValue.ValueString()
	if !known(req.PlanValue) || req.PlanValue.Equal(req.StateValue) || slices.Contains(openai.Purposes, purpose) {
		return
	}
	detail := fmt.Sprintf("OpenAI accepts the purposes %s for a new file, and refuses %s.", enumerate(openai.Purposes), shown(purpose))
	if similar := similarPurpose(purpose); similar != "" {
		detail += fmt.Sprintf(" Did you mean %q?", similar)
	}
	resp.Diagnostics.AddAttributeWarning(req.Path, fmt.Sprintf("Purpose %s is not one of OpenAI's", shown(purpose)),
		detail+" Ignore this if base_url names a server that has this purpose.")
}

// similarPurpose returns the purpose of OpenAI that differs from a text only in case, separators or a missing end; empty if there is
// none.
func similarPurpose(text string) string {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, s)
	}
	given := fold(text)
	for _, purpose := range openai.Purposes {
		folded := fold(purpose)
		if given == folded || len(given) >= 4 && (strings.HasPrefix(folded, given) || strings.HasPrefix(given, folded)) {
			return purpose
		}
	}
	return ""
}
