// Package provider is what Terraform sees: the provider block, resources, data sources and functions.
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
	"slices"
	"strings"

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
	MaxRetries           types.Number `tfsdk:"max_retries"`
	MaxConcurrentUploads types.Number `tfsdk:"max_concurrent_uploads"`
	MultipartThreshold   types.Number `tfsdk:"multipart_threshold"`
}

func (p *openaiProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "openai"
	resp.Version = p.version
}

func (p *openaiProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Upload and manage files and vector stores in OpenAI and OpenAI-compatible services.",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				MarkdownDescription: "API key, sent as a bearer token. Defaults to the environment variable `OPENAI_API_KEY`. " +
					"Not needed if `headers` contains `authorization` or `api-key`, or if `base_url` contains a user; the variable is ignored then.",
				Optional:  true,
				Sensitive: true,
			},
			"base_url": schema.StringAttribute{
				MarkdownDescription: "URL of the service, up to and including the version. Defaults to the environment variable `OPENAI_BASE_URL`, " +
					"then to `" + openai.DefaultBaseURL + "`. A query in it, such as `?api-version=2024-10-21` of Azure OpenAI, is sent with every request.",
				Optional: true,
			},
			"organization": schema.StringAttribute{
				MarkdownDescription: "ID of the organization, sent as the header `OpenAI-Organization`. Defaults to the environment variable `OPENAI_ORG_ID`. " +
					"Needed only with keys that have access to several organizations.",
				Optional: true,
			},
			"project": schema.StringAttribute{
				MarkdownDescription: "ID of the project, sent as the header `OpenAI-Project`. Defaults to the environment variable `OPENAI_PROJECT_ID`. " +
					"Needed only with keys that have access to several projects.",
				Optional: true,
			},
			"headers": schema.MapAttribute{
				MarkdownDescription: "Additional headers for every request, such as `api-key` for Azure OpenAI. They override headers set by the provider. " +
					"Headers that HTTP reserves, such as `host` and `content-type`, are refused.",
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
				Validators:  []validator.Map{mapvalidator.NoNullValues()},
			},
			"max_retries": schema.NumberAttribute{
				MarkdownDescription: fmt.Sprintf("Maximum number of retries after a transient failure, from 0 to 100. Defaults to %d. "+
					"For up to 20 minutes, waits that the service requests with status 429 do not count as retries. With `max_retries = 0`, nothing is retried. "+
					"If the response to an upload is lost, the provider looks for the file before it retries the upload.", openai.DefaultMaxRetries),
				Optional:   true,
				Validators: []validator.Number{wholeNumber{0, 100}},
			},
			"max_concurrent_uploads": schema.NumberAttribute{
				MarkdownDescription: fmt.Sprintf("Maximum number of concurrent uploads, including parts of large files, from 1 to 100. Defaults to %d. "+
					"Terraform itself processes ten resources in parallel by default; see its option `-parallelism`.", openai.DefaultMaxConcurrentUploads),
				Optional:   true,
				Validators: []validator.Number{wholeNumber{1, 100}},
			},
			"multipart_threshold": schema.NumberAttribute{
				MarkdownDescription: fmt.Sprintf("Size in bytes above which a file is uploaded in parallel parts of 32 MiB; at least 1. Each part is retried separately. "+
					"Defaults to %d (512 MiB), the maximum that OpenAI accepts in one request. Lower it to upload smaller files in parts too.", openai.DefaultMultipartThreshold),
				Optional:   true,
				Validators: []validator.Number{atLeast(1)},
			},
		},
	}
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
		return // during a plan; whatever needs the API then adds an error
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
		maxRetries = int(whole(config.MaxRetries))
	}
	client, err := openai.NewClient(openai.Config{
		BaseURL:              base.String(),
		APIKey:               key,
		Organization:         organization,
		Project:              project,
		Header:               header,
		UserAgent:            fmt.Sprintf("terraform-provider-openai/%s (+Terraform/%s)", p.version, req.TerraformVersion),
		MaxRetries:           maxRetries,
		MaxConcurrentUploads: int(whole(config.MaxConcurrentUploads)),
		MultipartThreshold:   whole(config.MultipartThreshold),
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
	svc.otherServer = isOtherServer(base, header)
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

// configured returns an argument, or else an environment variable, or else a default. A line break at the end comes from a file that
// contained it.
func configured(argument types.String, variable, otherwise string) string {
	if !argument.IsNull() {
		return strings.TrimSpace(argument.ValueString())
	}
	return cmp.Or(strings.TrimSpace(os.Getenv(variable)), otherwise)
}

// reservedHeaders describe a connection or a body, and HTTP or the client sets them.
var reservedHeaders = []string{"connection", "content-length", "content-type", "expect", "host", "transfer-encoding"}

// header returns the argument headers.
func (m providerModel) header(ctx context.Context, diags *diag.Diagnostics) http.Header {
	var values map[string]string
	diags.Append(m.Headers.ElementsAs(ctx, &values, false)...)
	header := http.Header{}
	for name, value := range values {
		at := path.Root("headers").AtMapKey(name)
		if !validHeaderName(name) {
			diags.AddAttributeError(at, "Header name is not valid",
				fmt.Sprintf("%q cannot be the name of an HTTP header: it may contain only letters, digits, hyphens and underscores.", name))
			continue
		}
		if slices.Contains(reservedHeaders, strings.ToLower(name)) {
			diags.AddAttributeError(at, "Header is reserved",
				fmt.Sprintf("The header %s describes the connection or the content of a request, so only the provider can set it. Remove it from headers.", name))
			continue
		}
		header.Set(name, checkedHeader(at, "", value, diags))
	}
	return header
}

// authorizes reports whether an address or headers carry a key of their own.
func authorizes(base *url.URL, header http.Header) bool {
	return base.User != nil || header.Get("Authorization") != "" || header.Get("Api-Key") != ""
}

// key returns the API key; empty when something else authorizes the requests.
func (m providerModel) key(authorized bool, diags *diag.Diagnostics) string {
	at := path.Root("api_key")
	if m.APIKey.IsNull() && authorized {
		return "" // an OpenAI key in the environment must not be sent to a server that has its own
	}
	key := checkedHeader(at, "OPENAI_API_KEY", configured(m.APIKey, "OPENAI_API_KEY", ""), diags)
	if key != "" || authorized {
		return key
	}
	lack := "The provider block does not set api_key, and the environment variable OPENAI_API_KEY is unset or empty. "
	if !m.APIKey.IsNull() {
		lack = "The provider's api_key is empty, so the environment variable OPENAI_API_KEY is not used either. "
	}
	diags.AddAttributeError(at, "API key is missing",
		lack+"Set one of them (create a key at https://platform.openai.com/api-keys), or set headers with authorization or api-key.")
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
				"The value of "+of+" contains a line break, a control character or a character outside ASCII, which HTTP does not allow in a header. "+
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
	if strings.HasSuffix(u.Path, "/files") {
		diags.AddAttributeError(at, "Base URL is not valid",
			fmt.Sprintf("The value of base_url, or of the environment variable OPENAI_BASE_URL, ends in /files, but the provider adds that itself. "+
				"Remove it, so that the URL ends with the version, as in %s.", openai.DefaultBaseURL))
		return &url.URL{}
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		diags.AddAttributeWarning(at, "Connection is not encrypted",
			fmt.Sprintf("base_url begins with http://, so the API key and the files are sent to %s unencrypted. Use https://.", u.Host))
	}
	return u
}
