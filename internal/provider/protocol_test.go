package provider_test

import (
	"context"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// started returns a provider that is configured for the service.
func (s service) started(ctx context.Context, out *outcome) tfprotov6.ProviderServer {
	return configuredProvider(ctx, s.network, map[string]any{"base_url": s.URL, "api_key": openaitest.Key}, out)
}

// readData validates and reads a data source over the plugin protocol, as a plan does.
func (s service) readData(t *testing.T, typeName string, arguments map[string]any) (map[string]tftypes.Value, *outcome) {
	t.Helper()
	out := &outcome{}
	return readFrom(t, s.started(t.Context(), out), typeName, arguments, out), out
}

// readFrom validates and reads a data source of a provider. It returns nil after an error.
func readFrom(t *testing.T, server tfprotov6.ProviderServer, typeName string, arguments map[string]any, out *outcome) map[string]tftypes.Value {
	t.Helper()
	ctx, typ := t.Context(), protocolSchema().DataSourceSchemas[typeName].ValueType()
	config := dynamic(typ, encode(typ, arguments))
	validated := must(server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: config}))
	if out.add(validated.Diagnostics...) || out.failed() {
		return nil
	}
	resp := must(server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: config}))
	if out.add(resp.Diagnostics...) {
		return nil
	}
	return elements(must(resp.State.Unmarshal(typ)))
}

// openEphemeral validates and opens an ephemeral resource over the plugin protocol.
func (s service) openEphemeral(t *testing.T, typeName string, arguments map[string]any) *outcome {
	t.Helper()
	ctx, out := t.Context(), &outcome{}
	server, typ := s.started(ctx, out), protocolSchema().EphemeralResourceSchemas[typeName].ValueType()
	config := dynamic(typ, encode(typ, arguments))
	validated := must(server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: config}))
	if out.add(validated.Diagnostics...) || out.failed() {
		return out
	}
	resp := must(server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: config}))
	out.add(resp.Diagnostics...)
	return out
}

// queried is one result of a list resource.
type queried struct {
	name, id string
	resource map[string]tftypes.Value // nil: not included
}

// list lists resources over the plugin protocol, as `terraform query` of Terraform 1.14 does. A limit of 0 means all.
func (s service) list(t *testing.T, typeName string, arguments map[string]any, limit int64, includeResource bool) (results []queried, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	ctx, out := t.Context(), &outcome{}
	lister, ok := s.started(ctx, out).(tfprotov6.ListResourceServer)
	if out.mustSucceed(t, "the start of the provider"); !ok {
		t.Fatal("the provider lists nothing")
	}
	typ := protocolSchema().ListResourceSchemas[typeName].ValueType()
	config := dynamic(typ, encode(typ, arguments))
	validated := must(lister.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: typeName, Config: config}))
	if len(validated.Diagnostics) > 0 {
		return nil, validated.Diagnostics
	}
	stream := must(lister.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: typeName, Config: config, Limit: limit, IncludeResource: includeResource}))
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	for result := range stream.Results {
		if len(result.Diagnostics) > 0 {
			diagnostics = append(diagnostics, result.Diagnostics...)
			continue
		}
		item := queried{name: result.DisplayName, id: str(elements(must(result.Identity.IdentityData.Unmarshal(identity)))["id"])}
		if result.Resource != nil {
			item.resource = elements(must(result.Resource.Unmarshal(protocolSchema().ResourceSchemas[typeName].ValueType())))
		}
		results = append(results, item)
	}
	return results, diagnostics
}

// expectErrorAt expects an error that is at an attribute.
func (o *outcome) expectErrorAt(t *testing.T, attribute, want string) {
	t.Helper()
	o.expectError(t, want)
	for _, d := range o.diagnostics {
		if isError(d) && d.Attribute != nil && len(d.Attribute.Steps()) > 0 && d.Attribute.Steps()[0] == tftypes.AttributeName(attribute) {
			return
		}
	}
	t.Errorf("no error is at %s: %s", attribute, o)
}

// num returns a whole number; -1 for null, unknown and missing ones.
func num(value tftypes.Value) int64 {
	if !value.IsKnown() || value.IsNull() {
		return -1
	}
	var n big.Float
	must(0, value.As(&n))
	whole, _ := n.Int64()
	return whole
}

// texts returns a map or an object of texts.
func texts(value tftypes.Value) map[string]string {
	all := map[string]string{}
	for key, element := range elements(value) {
		all[key] = str(element)
	}
	return all
}
