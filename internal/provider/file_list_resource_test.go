package provider_test

import (
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// query lists files over the plugin protocol, as `terraform query` of Terraform 1.14 does.
type query struct {
	purpose, regex  string
	limit           int64
	includeResource bool
}

type queried struct {
	name, id string
	resource map[string]tftypes.Value // nil: not included
}

func (s service) query(t *testing.T, q query) (results []queried, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	ctx := t.Context()
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configuration := object(t, schemas.Provider.ValueType(), map[string]any{"base_url": s.URL, "api_key": openaitest.Key})
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: configuration})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}

	arguments := map[string]any{}
	if q.purpose != "" {
		arguments["purpose"] = q.purpose
	}
	if q.regex != "" {
		arguments["filename_regex"] = q.regex
	}
	config := object(t, schemas.ListResourceSchemas["openai_file"].ValueType(), arguments)
	lister, ok := server.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the provider lists nothing")
	}
	validated, err := lister.ValidateListResourceConfig(ctx,
		&tfprotov6.ValidateListResourceConfigRequest{TypeName: "openai_file", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return nil, validated.Diagnostics
	}
	stream, err := lister.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: "openai_file", Config: config, Limit: q.limit, IncludeResource: q.includeResource,
	})
	if err != nil {
		t.Fatal(err)
	}
	for result := range stream.Results {
		if len(result.Diagnostics) > 0 {
			diagnostics = append(diagnostics, result.Diagnostics...)
			continue
		}
		item := queried{name: result.DisplayName}
		identity := attributes(t, result.Identity.IdentityData, identities.IdentitySchemas["openai_file"].ValueType())
		if err := identity["id"].As(&item.id); err != nil {
			t.Fatal(err)
		}
		if result.Resource != nil {
			item.resource = attributes(t, result.Resource, schemas.ResourceSchemas["openai_file"].ValueType())
		}
		results = append(results, item)
	}
	return results, diagnostics
}

// object makes an object of a type from the attributes that are set; the others are null.
func object(t *testing.T, typ tftypes.Type, set map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	objectType, ok := typ.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", typ)
	}
	values := map[string]tftypes.Value{}
	for name, attributeType := range objectType.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, set[name])
	}
	value, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}

func attributes(t *testing.T, value *tfprotov6.DynamicValue, typ tftypes.Type) map[string]tftypes.Value {
	t.Helper()
	v, err := value.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]tftypes.Value
	if err := v.As(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func ids(results []queried) string {
	var out []string
	for _, result := range results {
		out = append(out, result.id)
	}
	return strings.Join(out, " ")
}

func TestFileListResource_listsAllPagesWithoutAskingForSingleFiles(t *testing.T) {
	s := newFake(t, openaitest.WithPageSize(3))
	var want []string
	for i := range 8 {
		want = append([]string{s.AddFile(fmt.Sprintf("%d.txt", i), "user_data", []byte(one)).ID}, want...)
	}
	results, diagnostics := s.query(t, query{includeResource: true})
	if len(diagnostics) > 0 || ids(results) != strings.Join(want, " ") {
		t.Fatalf("%s %v, want %s", ids(results), diagnostics, want)
	}
	for _, request := range s.Requests() {
		if request.Path != "/files" {
			t.Errorf("asked for %s", request.Path)
		}
	}
	if !strings.HasPrefix(results[0].name, "7.txt, user_data, 4 bytes, 20") {
		t.Errorf("shown as %q", results[0].name)
	}
	var filename string
	var size big.Float
	if err := results[0].resource["filename"].As(&filename); err != nil || filename != "7.txt" {
		t.Errorf("filename %q %v", filename, err)
	}
	if err := results[0].resource["bytes"].As(&size); err != nil || size.String() != "4" {
		t.Errorf("bytes %s %v", size.String(), err)
	}
}

func TestFileListResource_narrowsTheList(t *testing.T) {
	s := newFake(t, openaitest.WithPageSize(2))
	a := s.AddFile("a.txt", "user_data", []byte(one)).ID
	b := s.AddFile("b.jsonl", "batch", []byte("{}\n")).ID
	c := s.AddFile("c.txt", "user_data", []byte(one)).ID
	for name, test := range map[string]struct {
		query query
		want  string
	}{
		"purpose":        {query{purpose: "batch"}, b},
		"regex":          {query{regex: `\.txt$`}, c + " " + a},
		"limit":          {query{limit: 2}, c + " " + b},
		"limit of regex": {query{regex: `\.txt$`, limit: 1}, c},
		"nothing":        {query{regex: `^none$`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			results, diagnostics := s.query(t, test.query)
			if len(diagnostics) > 0 || ids(results) != test.want {
				t.Errorf("%s %v, want %s", ids(results), diagnostics, test.want)
			}
			for _, result := range results {
				if result.resource != nil {
					t.Error("resource data that nobody asked for")
				}
			}
		})
	}
}

func TestFileListResource_failureIsNoEmptyList(t *testing.T) {
	s := newFake(t, openaitest.WithPageSize(1))
	s.AddFile("a.txt", "user_data", []byte(one))
	s.AddFile("b.txt", "user_data", []byte(one))
	s.Inject(openaitest.Fault{Path: "/files", Skip: 1, Times: -1, Status: http.StatusForbidden, Body: "no"})
	results, diagnostics := s.query(t, query{})
	if len(results) != 1 || len(diagnostics) != 1 || diagnostics[0].Summary != "Files could not be listed" {
		t.Errorf("%d results, diagnostics %v", len(results), diagnostics)
	}
	_, diagnostics = s.query(t, query{regex: "("})
	if len(diagnostics) != 1 || diagnostics[0].Summary != "Regular expression is not valid" {
		t.Errorf("diagnostics %v", diagnostics)
	}
}

// A terminal obeys control characters, and a line break would forge a line of the result.
func TestFileListResource_namesAreQuoted(t *testing.T) {
	s := newFake(t)
	s.AddFile("a\x1b[31m\r\nb.txt", "user_data", []byte(one))
	results, _ := s.query(t, query{})
	if want := `"a\x1b[31m\r\nb.txt", user_data, 4 bytes`; !strings.HasPrefix(results[0].name, want) {
		t.Errorf("got %q, want %q", results[0].name, want)
	}
}
