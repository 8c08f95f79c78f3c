package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// checkFileID returns why a text cannot be the ID of a file; empty when it can.
func checkFileID(id string) string {
	return checkID(id, "An ID looks like file-abc123. The data sources openai_file and openai_files find the ID of a file by its name.")
}

// checkID returns why a text cannot be an ID, and then where IDs are found; empty when it can. Compatible servers have IDs of many
// shapes, so this refuses only what is clearly something else.
func checkID(id, where string) string {
	switch {
	case id == "":
		return "It is empty. " + where
	case strings.Contains(id, "://"):
		return fmt.Sprintf("%s is a URL. %s", shown(id), where)
	case strings.ContainsAny(id, `/\`), id == ".", id == "..":
		return fmt.Sprintf("%s is a path. %s", shown(id), where)
	case strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return fmt.Sprintf("%q contains blanks or control characters. %s", id, where)
	}
	return ""
}

// fileID refuses a text that cannot be the ID of a file, before it is sent.
type fileID struct{}

func (fileID) Description(context.Context) string { return "must be the ID of a file" }

func (v fileID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (fileID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	if reason := checkFileID(req.ConfigValue.ValueString()); reason != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not the ID of a file", reason)
	}
}
