package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

var _ function.Function = (*jsonldecodeFunction)(nil)

func newJSONLDecodeFunction() function.Function { return &jsonldecodeFunction{} }

// jsonldecodeFunction makes a list of JSON Lines.
type jsonldecodeFunction struct{}

func (f *jsonldecodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "jsonldecode"
}

func (f *jsonldecodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Decodes JSON Lines to a list",
		MarkdownDescription: "Decodes a text with one JSON value a line to a list of these values. Empty lines are skipped, numbers keep all their digits, " +
			"and an error names the line.",
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

// Bounds of what Terraform can be given in a bearable time: it writes numbers out digit by digit, and the type of each value holds
// the types of all values in it.
const (
	maxExponent = 10_000
	maxNesting  = 100
)

// numberPrecision is that of Terraform's own numbers, in bits.
const numberPrecision = 512

// fromJSON makes a value of Terraform of a decoded JSON value, as jsondecode() does: arrays are tuples. depth is how many values
// it is in.
func fromJSON(v any, depth int) (attr.Value, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("values are nested more than %d deep", maxNesting)
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
		members, memberTypes := make(map[string]attr.Value, len(v)), make(map[string]attr.Type, len(v))
		for name, member := range v {
			value, err := fromJSON(member, depth+1)
			if err != nil {
				return nil, err
			}
			members[name], memberTypes[name] = value, value.Type(context.Background())
		}
		return types.ObjectValueMust(memberTypes, members), nil
	}
	return nil, fmt.Errorf("a value of the type %T has no form in Terraform", v)
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
			return nil, fmt.Errorf("the exponent of the number %.40s is beyond %d", number, maxExponent)
		}
	}
	n, _, err := big.ParseFloat(number.String(), 10, numberPrecision, big.ToNearestEven)
	if err != nil {
		return nil, fmt.Errorf("the number %.40s: %w", number, err)
	}
	return types.NumberValue(n), nil
}
