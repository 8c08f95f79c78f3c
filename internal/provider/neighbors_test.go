package provider_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// neighbor stands in for another provider in a configuration. Its resources take texts, and have nothing at any service.
type neighbor struct {
	address   string   // such as openai/openai
	block     string   // a block that the provider block has; empty: none
	resources []object // by what follows the name of the provider and an underscore
}

// object is a type of resource: what it takes, and what it returns.
type object struct {
	name      string
	arguments []string
	returns   map[string]string
}

// neighbors are the other providers on the pages.
func neighbors(azureEndpoint, key string) []neighbor {
	return []neighbor{
		{address: "openai/openai", resources: []object{{name: "project", arguments: []string{"name"}}}},
		{address: "hashicorp/azurerm", block: "features", resources: []object{
			{name: "resource_group", arguments: []string{"name", "location"}},
			{
				name:      "cognitive_account",
				arguments: []string{"name", "resource_group_name", "location", "kind", "sku_name", "custom_subdomain_name"},
				returns:   map[string]string{"endpoint": azureEndpoint + "/", "primary_access_key": key},
			},
		}},
	}
}

// startNeighbors serves the other providers that a configuration requires.
func (w *workspace) startNeighbors(t *testing.T, config string, all []neighbor) {
	t.Helper()
	reattach := map[string]any{}
	for _, n := range all {
		if !strings.Contains(config, `"`+n.address+`"`) {
			continue
		}
		ctx, stop := context.WithCancel(t.Context())
		configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
		server := func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(n)() }
		failed := make(chan error, 1)
		go func() {
			failed <- tf6server.Serve("registry.terraform.io/"+n.address, server, tf6server.WithDebug(ctx, configs, closed))
		}()
		var served *plugin.ReattachConfig
		select {
		case served = <-configs:
		case err := <-failed:
			stop()
			t.Fatalf("the stand-in for %s did not start: %v", n.address, err)
		}
		t.Cleanup(func() { stop(); <-closed })
		for _, registry := range []string{"registry.terraform.io/", "registry.opentofu.org/"} {
			reattach[registry+n.address] = map[string]any{
				"Protocol": served.Protocol, "ProtocolVersion": 6, "Pid": served.Pid, "Test": true,
				"Addr": map[string]string{"Network": served.Addr.Network(), "String": served.Addr.String()},
			}
		}
	}
	if len(reattach) == 0 {
		return
	}
	encoded, err := json.Marshal(reattach)
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "TF_REATTACH_PROVIDERS="+string(encoded))
}

func (n neighbor) Metadata(_ context.Context, _ framework.MetadataRequest, resp *framework.MetadataResponse) {
	resp.TypeName = n.address[strings.LastIndex(n.address, "/")+1:]
}

func (n neighbor) Schema(_ context.Context, _ framework.SchemaRequest, resp *framework.SchemaResponse) {
	if n.block != "" {
		resp.Schema.Blocks = map[string]providerschema.Block{n.block: providerschema.SingleNestedBlock{}}
	}
}

func (n neighbor) Configure(context.Context, framework.ConfigureRequest, *framework.ConfigureResponse) {
}

func (n neighbor) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (n neighbor) Resources(context.Context) (all []func() resource.Resource) {
	for _, o := range n.resources {
		all = append(all, func() resource.Resource { return o })
	}
	return all
}

func (o object) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + o.name
}

func (o object) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{}
	for _, name := range o.arguments {
		resp.Schema.Attributes[name] = schema.StringAttribute{Required: true}
	}
	for name := range o.returns {
		resp.Schema.Attributes[name] = schema.StringAttribute{
			Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
}

func (o object) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	for name, value := range o.returns {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

func (o object) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (o object) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (o object) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
