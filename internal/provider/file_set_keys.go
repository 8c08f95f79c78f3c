package provider

import (
	"context"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	tfpath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// setFilename is the name at OpenAI: the last element of the key.
func setFilename(key string) string { return path.Base(key) }

// keyProblem says why a key cannot name an entry of a set; empty: it can.
func keyProblem(key string) string {
	const exclude = " Exclude it from files, or write a key for it."
	base := setFilename(key)
	switch {
	case !utf8.ValidString(key):
		return fmt.Sprintf("The key %q is not valid UTF-8, so Terraform cannot keep it in the state. %s", key, otherEncoding)
	case strings.Contains(key, `\`):
		return fmt.Sprintf("The key %q contains a backslash. Elements of a key are separated by /, on Windows too, as fileset() returns them: replace(key, \"\\\\\", \"/\") converts it.", key)
	case base == "/", base == ".", base == "..":
		return fmt.Sprintf("The last element of the key %q is the name of the file at OpenAI, and %q names no file.", key, base) + exclude
	}
	return ""
}

// usableKeys refuses keys and paths of which no file and no state can be made.
type usableKeys struct{}

func (usableKeys) Description(context.Context) string {
	return "keys must be valid UTF-8, must not contain a backslash, and must end with the name of a file"
}

func (v usableKeys) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (usableKeys) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, value := range req.ConfigValue.Elements() {
		summary, problem := "Key cannot be used", keyProblem(key)
		if disk, ok := value.(types.String); ok && problem == "" && !utf8.ValidString(disk.ValueString()) {
			summary = "Path cannot be used"
			problem = fmt.Sprintf("The path %q of the key %q is not valid UTF-8, so Terraform cannot keep it in the state. %s", disk.ValueString(), key, otherEncoding)
		}
		if problem == "" {
			continue
		}
		at := req.Path
		if utf8.ValidString(key) { // otherwise Terraform could not read the path of the message
			at = req.Path.AtMapKey(key)
		}
		resp.Diagnostics.AddAttributeError(at, summary, problem)
	}
}

// otherEncoding is what to do about a name that is not valid UTF-8.
const otherEncoding = "Rename the file: its name has another encoding, such as Latin-1."

// filesPath is the argument that most messages about a set belong to.
var filesPath = tfpath.Root("files")
