package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

var _ function.Function = (*jsonlencodeFunction)(nil)

func newJSONLEncodeFunction() function.Function { return &jsonlencodeFunction{} }

// jsonlencodeFunction encodes a list as JSON Lines.
type jsonlencodeFunction struct{}

func (f *jsonlencodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "jsonlencode"
}

func (f *jsonlencodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Encodes a list as JSON Lines",
		MarkdownDescription: "Encodes each element of a list as JSON on its own line. Each line ends with `\\n`. " +
			"`<`, `>` and `&` are not escaped, numbers keep all their digits, and the keys of objects are sorted.",
		Parameters: []function.Parameter{
			function.DynamicParameter{
				Name:                "values",
				MarkdownDescription: "List, tuple or set of values, which may have different types. Each one becomes a line.",
			},
		},
		Return: function.StringReturn{},
	}
}

func (f *jsonlencodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var values types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &values); resp.Error != nil {
		return
	}
	elements, ok := sequence(values.UnderlyingValue())
	if !ok {
		resp.Error = function.NewArgumentFuncError(0, "values must be a list, a tuple or a set; put a single value in brackets: [value]")
		return
	}
	lines := make([]json.RawMessage, len(elements))
	for i, element := range elements {
		line, err := toJSON(element)
		if errors.Is(err, errUnknown) {
			resp.Error = resp.Result.Set(ctx, types.StringUnknown())
			return
		}
		if err != nil {
			resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("element %d (line %d): %s", i, i+1, err))
			return
		}
		lines[i] = line
	}
	text, err := jsonl.Encode(lines)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, text)
}

// sequence returns the elements of a list, tuple or set.
func sequence(v attr.Value) ([]attr.Value, bool) {
	switch v := v.(type) {
	case types.List:
		return v.Elements(), true
	case types.Tuple:
		return v.Elements(), true
	case types.Set:
		return v.Elements(), true
	}
	return nil, false
}

var errUnknown = errors.New("the value is not known yet")

// toJSON encodes a value of Terraform as compact JSON.
func toJSON(v attr.Value) (json.RawMessage, error) {
	switch {
	case v == nil || v.IsNull():
		return json.RawMessage("null"), nil
	case v.IsUnknown():
		return nil, errUnknown
	}
	if elements, ok := sequence(v); ok {
		return arrayJSON(elements)
	}
	switch v := v.(type) {
	case types.Dynamic:
		return toJSON(v.UnderlyingValue())
	case types.String:
		return stringJSON(v.ValueString())
	case types.Bool:
		return json.Marshal(v.ValueBool())
	case types.Number:
		return json.RawMessage(v.ValueBigFloat().Text('f', -1)), nil
	case types.Map:
		return objectJSON(v.Elements())
	case types.Object:
		return objectJSON(v.Attributes())
	}
	return nil, fmt.Errorf("a value of the type %T cannot be converted to JSON", v)
}

func arrayJSON(elements []attr.Value) (json.RawMessage, error) {
	out := []byte{'['}
	for i, element := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		b, err := toJSON(element)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return append(out, ']'), nil
}

func objectJSON(members map[string]attr.Value) (json.RawMessage, error) {
	out := []byte{'{'}
	for i, key := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := stringJSON(key)
		if err != nil {
			return nil, err
		}
		value, err := toJSON(members[key])
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// stringJSON encodes a text without escaping <, > and &: training data is read by models, not by browsers.
func stringJSON(s string) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
