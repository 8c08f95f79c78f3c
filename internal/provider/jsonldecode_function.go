package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

var _ function.Function = (*jsonldecodeFunction)(nil)

func newJSONLDecodeFunction() function.Function { return &jsonldecodeFunction{} }

// jsonldecodeFunction decodes JSON Lines to a list.
type jsonldecodeFunction struct{}

func (f *jsonldecodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "jsonldecode"
}

func (f *jsonldecodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Decodes JSON Lines to a list",
		MarkdownDescription: fmt.Sprintf("Decodes text with one JSON value on each line to a list of the values. Blank lines are skipped, numbers keep all their digits, "+
			"and errors name the line. As with `jsondecode`, keys are normalized to Unicode NFC.\n\n"+
			"Values may be nested at most %d levels deep, and the exponent of a number may be at most %d. "+
			"Text that begins with a byte order mark is rejected; remove it with `trimprefix(text, \"\\ufeff\")`.", maxNesting, maxExponent),
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "text",
				MarkdownDescription: "JSON Lines, such as the output of a batch.",
			},
		},
		Return: function.DynamicReturn{},
	}
}

func (f *jsonldecodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	var elements []attr.Value
	err := jsonl.Decode(text, func(v any) error {
		element, err := fromJSON(v, 0)
		elements = append(elements, element)
		return err
	})
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, types.DynamicValue(tuple(elements)))
}

// Limits of what Terraform handles in reasonable time: it writes numbers out digit by digit, and the type of each value contains the
// types of all values in it.
const (
	maxExponent = 10_000
	maxNesting  = 100
)

// numberPrecision is the precision of Terraform's own numbers, in bits.
const numberPrecision = 512

// fromJSON converts a decoded JSON value to one of Terraform, as jsondecode() does: arrays become tuples. depth is how many values it
// is in.
func fromJSON(v any, depth int) (attr.Value, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("values are nested more than %d levels deep", maxNesting)
	}
	switch v := v.(type) {
	case nil:
		return types.DynamicNull(), nil
	case bool:
		return types.BoolValue(v), nil
	case string:
		return types.StringValue(v), nil
	case json.Number:
		return numberFromJSON(v)
	case []any:
		elements := make([]attr.Value, len(v))
		for i, element := range v {
			var err error
			if elements[i], err = fromJSON(element, depth+1); err != nil {
				return nil, err
			}
		}
		return tuple(elements), nil
	case map[string]any:
		return objectFromJSON(v, depth)
	}
	return nil, fmt.Errorf("a value of the type %T cannot be converted to a Terraform value", v)
}

// objectFromJSON normalizes the keys to Unicode NFC, as Terraform does with attributes in the type of an object, but not in its
// value.
func objectFromJSON(object map[string]any, depth int) (attr.Value, error) {
	members, memberTypes := make(map[string]attr.Value, len(object)), make(map[string]attr.Type, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) { // sorted, so that the first error is always the same
		name := norm.NFC.String(key)
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("two keys of an object differ only in their Unicode normalization: %+q", name)
		}
		value, err := fromJSON(object[key], depth+1)
		if err != nil {
			return nil, err
		}
		members[name], memberTypes[name] = value, value.Type(context.Background())
	}
	return types.ObjectValueMust(memberTypes, members), nil
}

func tuple(elements []attr.Value) types.Tuple {
	elementTypes := make([]attr.Type, len(elements))
	for i, element := range elements {
		elementTypes[i] = element.Type(context.Background())
	}
	return types.TupleValueMust(elementTypes, elements)
}

func numberFromJSON(number json.Number) (attr.Value, error) {
	if at := strings.IndexAny(number.String(), "eE"); at >= 0 {
		exponent, err := strconv.Atoi(number.String()[at+1:])
		if err != nil || exponent > maxExponent || exponent < -maxExponent {
			return nil, fmt.Errorf("the exponent of the number %.40s is larger than %d", number, maxExponent)
		}
	}
	n, _, err := big.ParseFloat(number.String(), 10, numberPrecision, big.ToNearestEven)
	if err != nil {
		return nil, fmt.Errorf("the number %.40s: %w", number, err)
	}
	return types.NumberValue(n), nil
}
