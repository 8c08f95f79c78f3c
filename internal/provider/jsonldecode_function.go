package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"

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
	values, err := jsonl.Decode(text)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	list, err := fromJSON(values)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, types.DynamicValue(list))
}

// numberPrecision is that of Terraform's own numbers, in bits.
const numberPrecision = 512

// fromJSON makes a value of Terraform of a decoded JSON value, as jsondecode() does: arrays are tuples.
func fromJSON(v any) (attr.Value, error) {
	switch v := v.(type) {
	case nil:
		return types.DynamicNull(), nil
	case bool:
		return types.BoolValue(v), nil
	case string:
		return types.StringValue(v), nil
	case json.Number:
		n, _, err := big.ParseFloat(v.String(), 10, numberPrecision, big.ToNearestEven)
		if err != nil {
			return nil, fmt.Errorf("the number %s: %w", v, err)
		}
		return types.NumberValue(n), nil
	case []any:
		elements, elementTypes := make([]attr.Value, len(v)), make([]attr.Type, len(v))
		for i, element := range v {
			value, err := fromJSON(element)
			if err != nil {
				return nil, err
			}
			elements[i], elementTypes[i] = value, value.Type(context.Background())
		}
		return types.TupleValueMust(elementTypes, elements), nil
	case map[string]any:
		members, memberTypes := make(map[string]attr.Value, len(v)), make(map[string]attr.Type, len(v))
		for name, member := range v {
			value, err := fromJSON(member)
			if err != nil {
				return nil, err
			}
			members[name], memberTypes[name] = value, value.Type(context.Background())
		}
		return types.ObjectValueMust(memberTypes, members), nil
	}
	return nil, fmt.Errorf("a value of the type %T has no form in Terraform", v)
}
