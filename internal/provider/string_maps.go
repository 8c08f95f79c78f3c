package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringElements returns the elements of a map that are known.
func stringElements(m types.Map) map[string]string {
	elements := m.Elements()
	texts := make(map[string]string, len(elements))
	for key, value := range elements {
		if text, ok := value.(types.String); ok && !text.IsUnknown() {
			texts[key] = text.ValueString()
		}
	}
	return texts
}

// stringMap returns a map of strings, or null for an empty one.
func stringMap(values map[string]string) types.Map {
	if len(values) == 0 {
		return types.MapNull(types.StringType)
	}
	return knownMap(values)
}

// knownMap returns a map of strings, which may be empty.
func knownMap(values map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(values))
	for key, value := range values {
		elements[key] = types.StringValue(value)
	}
	return types.MapValueMust(types.StringType, elements)
}
