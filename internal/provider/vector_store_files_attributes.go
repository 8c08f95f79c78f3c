package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// attributesOf decodes attributes that were validated; nil for none.
func attributesOf(encoded string) map[string]any {
	if encoded == "" {
		return nil
	}
	object, err := decodeObject(encoded)
	if err != nil {
		return map[string]any{"": encoded} // differs from everything
	}
	return object
}

// equivalentAttributes reports whether two maps of JSON objects hold the same values for the same keys.
func equivalentAttributes(a, b types.Map) bool {
	if a.IsUnknown() || b.IsUnknown() || hasUnknown(a) || a.IsNull() != b.IsNull() {
		return false
	}
	left, right := stringElements(a), stringElements(b)
	if len(left) != len(right) {
		return false
	}
	for key, value := range left {
		other, ok := right[key]
		if !ok || value != other && !sameAttributes(attributesOf(value), attributesOf(other)) {
			return false
		}
	}
	return true
}

// longAttributes returns the keys of new attributes with a string that is longer than OpenAI's guide allows.
func longAttributes(declared, sent map[string]string) []string {
	var keys []string
	for key, encoded := range declared {
		if len(encoded) <= documentedAttributeString || encoded == sent[key] {
			continue
		}
		for _, value := range attributesOf(encoded) {
			if text, ok := value.(string); ok && utf8.RuneCountInString(text) > documentedAttributeString {
				keys = append(keys, key)
				break
			}
		}
	}
	return keys
}

// attributesBehind returns the attributes that the service has, where the state will say something else: those of files whose successor
// could not be indexed.
func attributesBehind(existing map[string]attachment, inState map[string]string) map[string]string {
	behind := map[string]string{}
	for key, exists := range existing {
		if exists.attributes != inState[key] && !exists.same(attachment{exists.file, inState[key]}) {
			behind[key] = exists.attributes
		}
	}
	return behind
}

// encodedAttributes returns attributes as a JSON object; empty for none.
func encodedAttributes(attributes map[string]any) string {
	if len(attributes) == 0 {
		return ""
	}
	encoded, _ := json.Marshal(attributes) // came from JSON
	return string(encoded)
}

// checkAttributes finds out from one file whether the service returns attributes as they were sent, and warns if it does not.
func (a *attachmentsApply) checkAttributes(ctx context.Context, existing map[string]attachment, diags *diag.Diagnostics) {
	key := newAttributes(existing, a.existing)
	if key == "" {
		return
	}
	file, err := a.service.client.RetrieveVectorStoreFile(ctx, a.storeID(), existing[key].file)
	if err != nil {
		return // it was attached a moment ago
	}
	a.record.AttributesDiffer = !sameAttributes(file.Attributes, attributesOf(existing[key].attributes))
	if !a.record.AttributesDiffer {
		return
	}
	diags.AddAttributeWarning(path.Root("attributes").AtMapKey(key), "Server did not store attributes as declared",
		fmt.Sprintf("The provider sent %s for %q, but the server returned %s. Searches may not find the file by its attributes, and Terraform does not notice changes made outside of it. Remove the attributes, declare what the server returns, or ignore this warning.",
			existing[key].attributes, key, cmp.Or(encodedAttributes(file.Attributes), "none")))
}

// newAttributes returns the first key, in order, whose attributes an apply has sent; empty: none.
func newAttributes(now, before map[string]attachment) string {
	first := ""
	for key, exists := range now {
		if exists.attributes != "" && exists != before[key] && (first == "" || key < first) {
			first = key
		}
	}
	return first
}
