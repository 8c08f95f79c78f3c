package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// jsonObject refuses a text that is not a JSON object.
type jsonObject struct{}

func (jsonObject) Description(context.Context) string { return "must be a JSON object" }

func (v jsonObject) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (jsonObject) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	if _, err := decodeObject(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Value is not a JSON object", fmt.Sprintf("%s: %s Use jsonencode({ … }).", req.Path, sentence(err)))
	}
}

// fileAttributesJSON refuses a text that cannot be the attributes of a file in a vector store.
type fileAttributesJSON struct{ jsonObject }

func (fileAttributesJSON) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	attributes, err := decodeObject(req.ConfigValue.ValueString())
	if err == nil {
		err = checkAttributes(attributes)
	}
	if err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Attributes are not valid",
			fmt.Sprintf("%s: %s Set a JSON object of strings, numbers and booleans, such as jsonencode({ lang = \"en\", year = 2026 }).", req.Path, sentence(err)))
	}
}

// decodeObject decodes a JSON object and keeps its numbers as they are written.
func decodeObject(s string) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(s)))
	decoder.UseNumber()
	var value any
	switch err := decoder.Decode(&value); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it is %s instead of a JSON object", kindOf(value))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the object")
	}
	return object, nil
}

// kindOf names the kind of a decoded JSON value that is not an object.
func kindOf(value any) string {
	switch value.(type) {
	case []any:
		return "an array"
	case string:
		return "a string"
	case bool:
		return "true or false"
	case nil:
		return "null"
	}
	return "a number"
}

// Limits of OpenAI for the attributes of a file in a vector store.
const (
	maxAttributes      = 16
	maxAttributeKey    = 64
	maxAttributeString = 512

	documentedAttributeString = 256 // of the guide; the API reference has the other one
)

// checkAttributes returns what OpenAI refuses in the attributes of a file, nil for nothing.
func checkAttributes(attributes map[string]any) error {
	if len(attributes) > maxAttributes {
		return fmt.Errorf("%d attributes are set, but at most %d are allowed", len(attributes), maxAttributes)
	}
	keys := make([]string, 0, len(attributes))
	for key := range attributes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if n := len([]rune(key)); n == 0 || n > maxAttributeKey {
			return fmt.Errorf("the key %q has %d characters, but 1 to %d are allowed", key, n, maxAttributeKey)
		}
		switch value := attributes[key].(type) {
		case bool, json.Number:
		case string:
			if n := len([]rune(value)); n > maxAttributeString {
				return fmt.Errorf("the value of %q has %d characters, but at most %d are allowed", key, n, maxAttributeString)
			}
		default:
			return fmt.Errorf("the value of %q must be a string, a number or true or false", key)
		}
	}
	return nil
}

// sameAttributes reports whether two decoded JSON objects hold the same values. Numbers are compared as numbers: 2026.0 is 2026.
func sameAttributes(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for key, left := range a {
		right, ok := b[key]
		if !ok || !sameScalar(left, right) {
			return false
		}
	}
	return true
}

func sameScalar(a, b any) bool {
	x, isNumber := toFloat(a)
	y, isToo := toFloat(b)
	if isNumber || isToo {
		return isNumber && isToo && x == y
	}
	return reflect.DeepEqual(a, b)
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// compileRegex compiles an argument; null matches everything.
func compileRegex(value types.String, diags *diag.Diagnostics) *regexp.Regexp {
	compiled, err := regexp.Compile(value.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("name_regex"), "Regular expression is not valid", fmt.Sprintf("%q: %s.", value.ValueString(), err))
	}
	return compiled
}
