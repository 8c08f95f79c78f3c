package provider

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	tfpath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// setFilename is the name at OpenAI: the last element of the key.
func setFilename(key string) string { return path.Base(key) }

// keyProblem says why a key cannot name an entry of a set; empty: it can.
func keyProblem(key string) string {
	const exclude = " Exclude it from the argument files, or give it another key."
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

// checkKeys refuses keys and paths that cannot be uploaded or stored in the state. It runs during the plan instead of validation, because a
// destroy cannot skip validation.
func checkKeys(paths map[string]attr.Value) map[string]diag.Diagnostics {
	broken := map[string]diag.Diagnostics{}
	for key, value := range paths {
		summary, problem := "Key cannot be used", keyProblem(key)
		if disk, ok := value.(types.String); ok && problem == "" && !utf8.ValidString(disk.ValueString()) {
			summary = "Path cannot be used"
			problem = fmt.Sprintf("The path %q of the key %q is not valid UTF-8, so Terraform cannot keep it in the state. %s", disk.ValueString(), key, otherEncoding)
		}
		if problem == "" {
			continue
		}
		at := filesPath
		if utf8.ValidString(key) { // otherwise Terraform could not read the path of the message
			at = filesPath.AtMapKey(key)
		}
		broken[key] = diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, problem+"\n\n"+destroyAnyway)}
	}
	return broken
}

// otherEncoding is what to do about a name that is not valid UTF-8.
const otherEncoding = "Rename the file: its name has another encoding, such as Latin-1."

// filesPath is the argument that most messages about a set belong to.
var filesPath = tfpath.Root("files")
