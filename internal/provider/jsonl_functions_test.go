package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func output(want knownvalue.Check) []statecheck.StateCheck {
	return states(statecheck.ExpectKnownOutputValue("test", want))
}

// withOutputs returns a configuration that calls a function for each of the names.
func withOutputs(function string, arguments map[string]string) string {
	var config strings.Builder
	for name, argument := range arguments {
		fmt.Fprintf(&config, "output %q { value = provider::openai::%s(%s) }\n", outputName(name), function, argument)
	}
	return config.String()
}

// outputName makes the name of an output from that of a case.
func outputName(name string) string { return strings.NewReplacer(" ", "_", ",", "").Replace(name) }

func TestAccJSONLEncodeFunction(t *testing.T) {
	arguments, checks := map[string]string{}, []statecheck.StateCheck{}
	for name, test := range map[string]struct{ argument, want string }{
		"nothing":            {`[]`, ""},
		"objects":            {`[{ b = 1, a = "x" }, { c = true }]`, `{"a":"x","b":1}` + "\n" + `{"c":true}` + "\n"},
		"no HTML escapes":    {`["<a href='x'>&</a>"]`, `"<a href='x'>&</a>"` + "\n"},
		"line breaks":        {`["a\nb"]`, `"a\nb"` + "\n"},
		"numbers stay exact": {`[12345678901234567890, 0.1, 1e3, -0.000000000000000000001]`, "12345678901234567890\n0.1\n1000\n-0.000000000000000000001\n"},
		"null and nested":    {`[null, [1, [null, {}]], { a = null }]`, "null\n[1,[null,{}]]\n" + `{"a":null}` + "\n"},
		"list of one type":   {`tolist(["a", "b"])`, "\"a\"\n\"b\"\n"},
		"set":                {`toset(["b", "a"])`, "\"a\"\n\"b\"\n"},
		"map":                {`[tomap({ z = 1, y = 2 })]`, `{"y":2,"z":1}` + "\n"},
	} {
		arguments[name] = test.argument
		checks = append(checks, statecheck.ExpectKnownOutputValue(outputName(name), knownvalue.StringExact(test.want)))
	}
	service{}.run(t, resource.TestStep{Config: withOutputs("jsonlencode", arguments), ConfigStateChecks: checks})
}

func TestAccJSONLDecodeFunction(t *testing.T) {
	arguments, checks := map[string]string{}, []statecheck.StateCheck{}
	for name, test := range map[string]struct {
		argument string
		want     knownvalue.Check
	}{
		"nothing": {`""`, knownvalue.TupleExact([]knownvalue.Check{})},
		"objects": {`"{\"a\":1}\n{\"b\":[true,null]}\n"`, knownvalue.TupleExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{"a": knownvalue.Int64Exact(1)}),
			knownvalue.ObjectExact(map[string]knownvalue.Check{"b": knownvalue.TupleExact([]knownvalue.Check{knownvalue.Bool(true), knownvalue.Null()})}),
		})},
		"no line break at the end": {`"1\n2"`, knownvalue.TupleExact([]knownvalue.Check{knownvalue.Int64Exact(1), knownvalue.Int64Exact(2)})},
		"large numbers":            {`"1e300\n-2.5E-3"`, knownvalue.TupleSizeExact(2)},
		"decomposed keys": {`"{\"e\\u0301\":{\"o\\u0308\":1}}"`, knownvalue.TupleExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{"\u00e9": knownvalue.ObjectExact(map[string]knownvalue.Check{"\u00f6": knownvalue.Int64Exact(1)})}),
		})},
		"Windows line ends": {`"1\r\n2\r\n"`, knownvalue.TupleExact([]knownvalue.Check{knownvalue.Int64Exact(1), knownvalue.Int64Exact(2)})},
	} {
		arguments[name] = test.argument
		checks = append(checks, statecheck.ExpectKnownOutputValue(outputName(name), test.want))
	}
	service{}.run(t, resource.TestStep{Config: withOutputs("jsonldecode", arguments), ConfigStateChecks: checks})
}

func TestAccJSONLFunctions_roundTrip(t *testing.T) {
	service{}.run(t, resource.TestStep{
		Config: `
locals {
  values = [{ text = "<ü> & \"quotes\"\n", n = 12345678901234567890.5, none = null, list = [1, "a", false, {}] }, "x", null]
}
output "test" { value = jsonencode(provider::openai::jsonldecode(provider::openai::jsonlencode(local.values))) == jsonencode(local.values) }`,
		ConfigStateChecks: output(knownvalue.Bool(true)),
	})
}

func TestJSONLDecodeFunction_refusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"broken line":                           {"{}\n{]\n", `line 2`},
		"two a line":                            {"{} {}\n", `line 1: not valid JSON: unexpected text after the value.*\(byte 4\)`},
		"curly quote":                           {"{}\n  {\"a\": \u201cb\u201d}\n", `line 2: not valid JSON: unexpected character U\+201C.*\(byte 9\)`},
		"mark":                                  {"\ufeff{}\n", `line 1: the text starts with a byte order mark; remove it`},
		"two keys that Terraform takes for one": {`{}` + "\n" + `{"e\u0301":1,"\u00e9":2}` + "\n", `line 2: two keys of an object differ only in their Unicode normalization: "\\u00e9"`},
		// Terraform writes numbers out digit by digit, and the types of nested values hold one another.
		"huge number":  {"1\n1e10001\n", `line 2: the exponent of the number 1e10001 is larger than 10000`},
		"huger number": {"-1E-99999999999999999999\n", `line 1: the exponent of the number`},
		"deep value":   {strings.Repeat("[", 102) + strings.Repeat("]", 102), `line 1: values are nested more than 100 levels deep`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectRefused(t, "jsonldecode", tftypes.NewValue(tftypes.String, test.text), test.want)
		})
	}
}

func TestJSONLEncodeFunction_noList(t *testing.T) {
	t.Parallel()
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.Number}}
	expectRefused(t, "jsonlencode", tftypes.NewValue(typ, map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.Number, 1)}), `must be a list`)
}

// expectRefused expects a function to fail with an error that names its argument.
func expectRefused(t *testing.T, function string, argument tftypes.Value, want string) {
	t.Helper()
	typ := argument.Type()
	if function == "jsonlencode" {
		typ = tftypes.DynamicPseudoType
	}
	resp := must(newProviderServer(nil).CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: function, Arguments: []*tfprotov6.DynamicValue{dynamic(typ, argument)}}))
	switch {
	case resp.Error == nil:
		t.Errorf("%s succeeded", function)
	case !regexp.MustCompile(`(?s)` + want).MatchString(resp.Error.Text):
		t.Errorf("it says %q, want %s", resp.Error.Text, want)
	case resp.Error.FunctionArgument == nil || *resp.Error.FunctionArgument != 0:
		t.Errorf("the error is at the argument %v, want the first one", resp.Error.FunctionArgument)
	}
}

func TestAccJSONLFunctions_refusals(t *testing.T) {
	service{}.run(t,
		resource.TestStep{Config: `output "test" { value = provider::openai::jsonlencode({ a = 1 }) }`, ExpectError: says(`must be a list`)},
		resource.TestStep{Config: `output "test" { value = provider::openai::jsonldecode("{}\n{]\n") }`, ExpectError: says(`line 2`)},
	)
}

func TestAccJSONLEncodeFunction_unknownUntilApply(t *testing.T) {
	service{}.run(t, resource.TestStep{
		Config: `
resource "terraform_data" "text" { input = "x" }
output "test" { value = provider::openai::jsonlencode([{ a = terraform_data.text.output }]) }`,
		ConfigStateChecks: output(knownvalue.StringExact(`{"a":"x"}` + "\n")),
	})
}
