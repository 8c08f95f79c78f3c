package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// providerSchema returns a server of the provider and the schema that Terraform gets from it.
func providerSchema(t *testing.T) (tfprotov6.ProviderServer, *tfprotov6.GetProviderSchemaResponse) {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, all.Diagnostics)
	}
	return server, all
}

// The descriptions are the documentation, in editors as well as on the registry.
func TestSchema_everythingIsDescribed(t *testing.T) {
	_, all := providerSchema(t)
	schemas := schemasByName(all)
	if len(schemas) != 13 {
		t.Errorf("%d schemas, want those of the provider, 4 resources, 5 data sources, an ephemeral and 2 list resources", len(schemas))
	}
	for name, schema := range schemas {
		if schema.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		describe(t, name, schema.Block.Attributes)
	}
	for name, function := range all.Functions {
		if function.Description == "" || function.Parameters[0].Description == "" {
			t.Errorf("function %s is not described", name)
		}
	}
}

func describe(t *testing.T, path string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, attribute := range attributes {
		at := path + "." + attribute.Name
		if attribute.Description == "" {
			t.Errorf("%s has no description", at)
		}
		if attribute.NestedType != nil {
			describe(t, at, attribute.NestedType.Attributes)
		}
	}
}

// schemasByName returns the schemas of everything that a configuration can declare.
func schemasByName(all *tfprotov6.GetProviderSchemaResponse) map[string]*tfprotov6.Schema {
	schemas := map[string]*tfprotov6.Schema{"provider": all.Provider}
	for _, kind := range []struct {
		name    string
		schemas map[string]*tfprotov6.Schema
	}{
		{"resource ", all.ResourceSchemas},
		{"data ", all.DataSourceSchemas},
		{"ephemeral ", all.EphemeralResourceSchemas},
		{"list ", all.ListResourceSchemas},
	} {
		for name, schema := range kind.schemas {
			schemas[kind.name+name] = schema
		}
	}
	return schemas
}

// A fraction where a whole number is expected is the user's mistake, and the message says so. That of the framework blames the provider.
func TestSchema_numbersThatAreNotWhole(t *testing.T) {
	server, all := providerSchema(t)
	tested := 0
	for name, schema := range schemasByName(all) {
		for _, at := range numbers(schema.Block.Attributes, nil) {
			path := strings.Join(at, ".")
			if path == "score_threshold" {
				continue // may be a fraction
			}
			tested++
			var said []string
			for _, d := range validate(t, server, name, withFraction(t, schema.ValueType(), at)) {
				said = append(said, d.Summary+": "+d.Detail)
			}
			if got := strings.Join(said, "\n"); !strings.Contains(got, path+" is 1.5, but it must be a whole number") {
				t.Errorf("%s, %s: got %q, want that it must be a whole number", name, path, got)
			}
		}
	}
	if tested < 10 {
		t.Errorf("got %d numbers, want at least those of the provider, and of each resource and data source", tested)
	}
}

// numbers returns the paths of the numbers that a configuration may set.
func numbers(attributes []*tfprotov6.SchemaAttribute, parent []string) (paths [][]string) {
	for _, attribute := range attributes {
		at := append(slices.Clone(parent), attribute.Name)
		switch {
		case !attribute.Required && !attribute.Optional:
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			paths = append(paths, numbers(attribute.NestedType.Attributes, at)...)
		case attribute.Type != nil && attribute.Type.Is(tftypes.Number):
			paths = append(paths, at)
		}
	}
	return paths
}

// withFraction returns a configuration that sets one number, to a fraction.
func withFraction(t *testing.T, of tftypes.Type, at []string) tftypes.Value {
	t.Helper()
	if len(at) == 0 {
		return tftypes.NewValue(of, 1.5)
	}
	object, ok := of.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is no object", of)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	values[at[0]] = withFraction(t, object.AttributeTypes[at[0]], at[1:])
	return tftypes.NewValue(of, values)
}

// validate returns what the validation of a configuration says.
func validate(t *testing.T, server tfprotov6.ProviderServer, name string, config tftypes.Value) []*tfprotov6.Diagnostic {
	t.Helper()
	given, err := tfprotov6.NewDynamicValue(config.Type(), config)
	if err != nil {
		t.Fatal(err)
	}
	kind, of, _ := strings.Cut(name, " ")
	switch kind {
	case "provider":
		answer, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &given})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Diagnostics
	case "resource":
		answer, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: of, Config: &given})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Diagnostics
	case "data":
		answer, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: of, Config: &given})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Diagnostics
	case "ephemeral":
		answer, err := server.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: of, Config: &given})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Diagnostics
	case "list":
		lister, ok := server.(tfprotov6.ListResourceServer)
		if !ok {
			t.Fatal("the server has no list resources")
		}
		answer, err := lister.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: of, Config: &given})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Diagnostics
	}
	t.Fatalf("%s is of an unknown kind", name)
	return nil
}
