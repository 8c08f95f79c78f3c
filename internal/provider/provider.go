// Package provider is all that Terraform sees: the provider block, resources and data sources.
package provider

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

var (
	_ provider.ProviderWithEphemeralResources = (*openaiProvider)(nil)
	_ provider.ProviderWithFunctions          = (*openaiProvider)(nil)
	_ provider.ProviderWithListResources      = (*openaiProvider)(nil)
)

// New returns what makes a provider of the given version.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &openaiProvider{version: version} }
}

type openaiProvider struct {
	version string
	dial    func(ctx context.Context, network, address string) (net.Conn, error) // nil: the network of the machine
}

type providerModel struct {
	APIKey               types.String `tfsdk:"api_key"`
	BaseURL              types.String `tfsdk:"base_url"`
	Organization         types.String `tfsdk:"organization"`
	Project              types.String `tfsdk:"project"`
	Headers              types.Map    `tfsdk:"headers"`
	MaxRetries           types.Int64  `tfsdk:"max_retries"`
	MaxConcurrentUploads types.Int64  `tfsdk:"max_concurrent_uploads"`
	MultipartThreshold   types.Int64  `tfsdk:"multipart_threshold"`
}

func (p *openaiProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "openai"
	resp.Version = p.version
}

func (p *openaiProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Keeps files in an OpenAI project, or at a server compatible with it, exactly as the configuration declares them.",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				MarkdownDescription: "API key, sent as a bearer token. Defaults to the environment variable `OPENAI_API_KEY`. " +
					"Neither is needed when `headers` holds `authorization` or `api-key`, or `base_url` a user, and the variable is not used then.",
				Optional:  true,
				Sensitive: true,
			},
			"base_url": schema.StringAttribute{
				MarkdownDescription: "Address of the service, up to and including the version. Defaults to the environment variable `OPENAI_BASE_URL`, " +
					"then to `" + openai.DefaultBaseURL + "`. A query in it, such as `?api-version=2024-10-21` of Azure OpenAI, is sent with every request.",
				Optional: true,
			},
			"organization": schema.StringAttribute{
				MarkdownDescription: "Id of the organization, sent as the header `OpenAI-Organization`. Defaults to the environment variable `OPENAI_ORG_ID`. " +
					"Needed only with keys that belong to several organizations.",
				Optional: true,
			},
			"project": schema.StringAttribute{
				MarkdownDescription: "Id of the project, sent as the header `OpenAI-Project`. Defaults to the environment variable `OPENAI_PROJECT_ID`. " +
					"Needed only with keys that may use several projects.",
				Optional: true,
			},
			"headers": schema.MapAttribute{
				MarkdownDescription: "Further headers of every request, for gateways or as `api-key` for Azure OpenAI. They win over those that the provider makes itself.",
				ElementType:         types.StringType,
				Optional:            true,
				Sensitive:           true,
				Validators:          []validator.Map{mapvalidator.NoNullValues()},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Attempts after the first, for requests that failed in a way that may pass, from 0 to 100. Defaults to %d. "+
					"An upload is repeated only when the file cannot exist already.", openai.DefaultMaxRetries),
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(0, 100)},
			},
			"max_concurrent_uploads": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Uploads at one time, parts of large files included, from 1 to 100. Defaults to %d. Terraform itself works on ten resources at a time unless told otherwise by `-parallelism`.",
					openai.DefaultMaxConcurrentUploads),
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(1, 100)},
			},
			"multipart_threshold": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Size in bytes above which a file is uploaded in parts of 32 MiB, side by side and each repeated alone, at least 1. "+
					"Defaults to %d (512 MiB), the most that OpenAI takes in one request. Lower it to get parts for smaller files.", openai.DefaultMultipartThreshold),
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
		},
	}
}

// service is what the provider hands to its resources and data sources.
type service struct {
	// client is nil while an argument of the provider is not known: until then nothing can be asked of the API.
	client *openai.Client

	// newest has the newest files claimed before the first upload.
	newest sync.Once

	// lookup finds many files with few requests; it is nil when client is.
	lookup *fileLookup

	// attachments are the files that resources want to have in vector stores.
	attachments attachmentClaims

	// scope names the organization and project of the provider block; empty: those of the key.
	scope string
}

// scopeNotice warns that another organization or project makes every file look gone; empty when none is set.
func (s *service) scopeNotice() string {
	if s.scope == "" {
		return ""
	}
	return fmt.Sprintf("\n\nThe provider is set to %s. When that is not where the files were uploaded, all of them look gone: check it before you apply.", s.scope)
}

const notReady = "An argument of the provider is not known until apply, so the API cannot be asked yet."

// ready tells whether the API can be asked; when it cannot, an error says why.
func (s *service) ready(diags *diag.Diagnostics) bool {
	if s != nil && s.client != nil {
		return true
	}
	diags.AddError("Provider is not configured yet", notReady+
		" Give the provider values that are known at plan, or first apply what they come from, with -target.")
	return false
}

func (p *openaiProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	svc := &service{}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ListResourceData = svc, svc, svc, svc
	if !req.Config.Raw.IsFullyKnown() {
		return // a plan: what needs the API says so
	}

	base := checkedBaseURL(configured(config.BaseURL, "OPENAI_BASE_URL", openai.DefaultBaseURL), &resp.Diagnostics)
	header := config.header(ctx, &resp.Diagnostics)
	key := config.key(authorizes(base, header), &resp.Diagnostics)
	organization := checkedHeader(path.Root("organization"), "OPENAI_ORG_ID", configured(config.Organization, "OPENAI_ORG_ID", ""), &resp.Diagnostics)
	project := checkedHeader(path.Root("project"), "OPENAI_PROJECT_ID", configured(config.Project, "OPENAI_PROJECT_ID", ""), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	maxRetries := openai.DefaultMaxRetries
	if !config.MaxRetries.IsNull() {
		maxRetries = int(config.MaxRetries.ValueInt64())
	}
	client, err := openai.NewClient(openai.Config{
		BaseURL:              base.String(),
		APIKey:               key,
		Organization:         organization,
		Project:              project,
		Header:               header,
		UserAgent:            fmt.Sprintf("terraform-provider-openai/%s (+Terraform/%s)", p.version, req.TerraformVersion),
		MaxRetries:           maxRetries,
		MaxConcurrentUploads: int(config.MaxConcurrentUploads.ValueInt64()),
		MultipartThreshold:   config.MultipartThreshold.ValueInt64(),
		Dial:                 p.dial,
		Logger:               slog.New(tflogHandler{}),
	})
	if err != nil {
		resp.Diagnostics.AddError("Provider cannot be used", sentence(err))
		return
	}
	svc.client = client
	svc.lookup = &fileLookup{client: client}
	svc.scope = scope(organization, project)
}

// scope names an organization and a project in a message.
func scope(organization, project string) string {
	var parts []string
	if organization != "" {
		parts = append(parts, "organization "+organization)
	}
	if project != "" {
		parts = append(parts, "project "+project)
	}
	return strings.Join(parts, " and ")
}

func (p *openaiProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newFileResource, newFileSetResource, newVectorStoreResource, newVectorStoreFilesResource}
}

func (p *openaiProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newFileDataSource, newFilesDataSource, newFileContentDataSource, newVectorStoreDataSource, newVectorStoreSearchDataSource,
	}
}

func (p *openaiProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newFileContentEphemeralResource}
}

func (p *openaiProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newFileListResource, newVectorStoreListResource}
}

func (p *openaiProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newJSONLEncodeFunction, newJSONLDecodeFunction}
}

// configured returns an argument, or else an environment variable, or else what stands for both. A line break at the end comes
// from a file that held it.
func configured(argument types.String, variable, otherwise string) string {
	if !argument.IsNull() {
		return strings.TrimSpace(argument.ValueString())
	}
	return cmp.Or(strings.TrimSpace(os.Getenv(variable)), otherwise)
}

// header returns the argument headers.
func (m providerModel) header(ctx context.Context, diags *diag.Diagnostics) http.Header {
	var values map[string]string
	diags.Append(m.Headers.ElementsAs(ctx, &values, false)...)
	header := http.Header{}
	for name, value := range values {
		at := path.Root("headers").AtMapKey(name)
		if !validHeaderName(name) {
			diags.AddAttributeError(at, "Header name is not valid",
				fmt.Sprintf("%q cannot be the name of an HTTP header: only letters, digits and hyphens may be in it.", name))
			continue
		}
		header.Set(name, checkedHeader(at, "", value, diags))
	}
	return header
}

// authorizes tells whether an address or headers carry a key of their own.
func authorizes(base *url.URL, header http.Header) bool {
	return base.User != nil || header.Get("Authorization") != "" || header.Get("Api-Key") != ""
}

// key returns the API key; empty when something else authorizes the requests.
func (m providerModel) key(authorized bool, diags *diag.Diagnostics) string {
	at := path.Root("api_key")
	if m.APIKey.IsNull() && authorized {
		return "" // a key of OpenAI that lies in the environment must not go to a server that has its own
	}
	key := checkedHeader(at, "OPENAI_API_KEY", configured(m.APIKey, "OPENAI_API_KEY", ""), diags)
	if key != "" || authorized {
		return key
	}
	lack := "The provider sets no api_key, and the environment variable OPENAI_API_KEY is not set or empty. "
	if !m.APIKey.IsNull() {
		lack = "The provider's api_key is empty, so the environment variable OPENAI_API_KEY is not used either. "
	}
	diags.AddAttributeError(at, "API key is missing",
		lack+"Set one of them (keys are made at https://platform.openai.com/api-keys), or give headers with authorization or api-key.")
	return ""
}

func validHeaderName(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// checkedHeader returns a value for a header, of an argument or of an environment variable in its place. Its error does not show
// the value.
func checkedHeader(at path.Path, variable, value string, diags *diag.Diagnostics) string {
	of := at.String()
	if variable != "" {
		of += ", or of the environment variable " + variable + ","
	}
	for _, r := range value {
		if (r < ' ' && r != '\t') || r > '~' {
			diags.AddAttributeError(at, "Value cannot be sent in a header",
				"The value of "+of+" holds a line break, a control character or a character outside ASCII, which HTTP does not allow in a header. "+
					"A value read from a file often ends with a line break: trimspace() removes it.")
			break
		}
	}
	return value
}

// checkedBaseURL returns the address of the service; an empty one when it is not valid.
func checkedBaseURL(base string, diags *diag.Diagnostics) *url.URL {
	at := path.Root("base_url")
	u, err := openai.ParseBaseURL(base)
	if err != nil {
		diags.AddAttributeError(at, "Base URL is not valid",
			"The value of base_url, or of the environment variable OPENAI_BASE_URL, is "+err.Error()+".")
		return &url.URL{}
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		diags.AddAttributeWarning(at, "Connection is not encrypted",
			fmt.Sprintf("base_url starts with http: the API key and the files travel to %s in the clear. Use https.", u.Host))
	}
	return u
}
