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
	ctx, out := t.Context(), &outcome{}
	server, typ := s.started(ctx, out), protocolSchema().DataSourceSchemas[typeName].ValueType()
	config := dynamic(typ, encode(typ, arguments))
	validated := must(server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: config}))
	if out.add(validated.Diagnostics...) || out.failed() {
		return nil, out
	}
	resp := must(server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: config}))
	if out.add(resp.Diagnostics...) {
		return nil, out
	}
	return elements(must(resp.State.Unmarshal(typ))), out
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
