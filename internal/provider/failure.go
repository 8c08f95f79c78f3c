package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// failure says what was not done to an object, and why. It stays a value until one place renders it as a diagnostic: a separate one
// for a single file, a common one for a set.
type failure struct {
	attribute path.Path // the attribute with the problem; zero: none
	summary   string    // what happened to the user's object
	reason    string    // sentences
	advice    string    // sentences that say what to do; may be empty
	cause     error     // what the client reported; nil: something else
	mayExist  bool      // the service may hold a file that is in no state
	hopeless  bool      // the same would happen to everything else in this apply
}

// diagnostic renders the failure of a single object.
func (f failure) diagnostic() diag.Diagnostic {
	detail := strings.TrimSpace(f.reason + "\n\n" + f.advice)
	if f.attribute.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(f.summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(f.attribute, f.summary, detail)
}

// diagnostics renders the failure of a single object; none for nil.
func (f *failure) diagnostics() diag.Diagnostics {
	if f == nil {
		return nil
	}
	return diag.Diagnostics{f.diagnostic()}
}
