package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// The descriptions are the documentation, in editors as well as on the registry.
func TestSchema_everythingIsDescribed(t *testing.T) {
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, all.Diagnostics)
	}
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
