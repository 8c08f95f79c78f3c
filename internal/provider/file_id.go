package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// idValidator refuses a text that cannot be the ID of an object, before it is sent.
type idValidator struct {
	kind  string // of the object
	where string // IDs are found, as sentences
}

var (
	fileID        = idValidator{"file", "An ID looks like file-abc123. The data sources openai_file and openai_files find the ID of a file by its name."}
	vectorStoreID = idValidator{"vector store", "An ID looks like vs_abc123. The data source openai_vector_store finds the ID of a vector store by its name."}
)

// check returns why a text cannot be an ID; empty when it can.
func (v idValidator) check(id string) string { return checkID(id, v.where) }

func (v idValidator) Description(context.Context) string { return "must be the ID of a " + v.kind }

func (v idValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v idValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	if reason := v.check(req.ConfigValue.ValueString()); reason != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not the ID of a "+v.kind, reason)
	}
}

// checkID returns why a text cannot be an ID, and then where IDs are found; empty when it can. Compatible servers have IDs of many
// shapes, so this refuses only what is clearly something else.
func checkID(id, where string) string {
	switch {
	case id == "":
		return "The ID is empty. " + where
	case strings.Contains(id, "://"):
		return fmt.Sprintf("%s is a URL. %s", shown(id), where)
	case strings.ContainsAny(id, `/\`), id == ".", id == "..":
		return fmt.Sprintf("%s is a path. %s", shown(id), where)
	case strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return fmt.Sprintf("%q contains whitespace or control characters. %s", id, where)
	}
	return ""
}
