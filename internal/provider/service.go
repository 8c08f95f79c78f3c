package provider

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// service is what the provider hands to its resources and data sources.
type service struct {
	// client is nil while an argument of the provider is not known: until then nothing can be asked of the API.
	client *openai.Client

	// lookup finds many files with few requests; it is nil when client is.
	lookup *fileLookup

	// otherServer is true for a server that is not OpenAI and has rules of its own.
	otherServer bool

	// batchExpiry limits the warning about the expiry of batch files to one.
	batchExpiry sync.Once

	// uploaded has the IDs that uploads of this run have returned, and the SHA-256 of what was sent.
	uploaded sync.Map

	// attachments are the files that resources want to have in vector stores.
	attachments attachmentClaims

	// scope names the organization and project of the provider block; empty: those of the key.
	scope string
}

// scopeNotice warns that another organization or project makes every file look deleted; empty when none is set.
func (s *service) scopeNotice() string {
	if s.scope == "" {
		return ""
	}
	return fmt.Sprintf("\n\nThe provider is configured for %s. If the files were uploaded elsewhere, all of them look deleted, so check these settings before you apply.", s.scope)
}

// isOtherServer reports whether a provider talks to a server that is not OpenAI. Something on this machine counts as OpenAI, because it
// may be a proxy in front of it, unless it is addressed as Azure OpenAI is.
func isOtherServer(base *url.URL, header http.Header) bool {
	host := strings.ToLower(base.Hostname())
	if isLoopback(host) {
		return strings.Contains(base.Path, "/openai") || base.Query().Has("api-version") || header.Get("Api-Key") != ""
	}
	return host != "" && host != "openai.com" && !strings.HasSuffix(host, ".openai.com")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// warnOfBatchExpiry warns once that OpenAI deletes files for batches after 30 days, which users may not expect.
func (s *service) warnOfBatchExpiry(purpose types.String, expiresAfter types.Object, diags *diag.Diagnostics) {
	if s == nil || s.otherServer || !expiresByDefault(purpose, expiresAfter) {
		return
	}
	s.batchExpiry.Do(func() {
		diags.AddAttributeWarning(path.Root("purpose"), "File will expire after 30 days",
			"OpenAI deletes files of the purpose batch after 30 days by default, and the first apply after that uploads them again. "+
				"To choose a shorter lifetime, set expires_after; 30 days is the maximum.")
	})
}

// expiresByDefault reports whether OpenAI deletes files after 30 days although expires_after is not set.
func expiresByDefault(purpose types.String, expiresAfter types.Object) bool {
	return purpose.ValueString() == "batch" && expiresAfter.IsNull()
}

const notReady = "An argument of the provider is not known until apply, so the provider cannot send requests yet."

// ready reports whether the client is configured, and adds an error if it is not.
func (s *service) ready(diags *diag.Diagnostics) bool {
	if s != nil && s.client != nil {
		return true
	}
	diags.AddError("Provider is not configured yet", notReady+
		" Set arguments that are known during the plan, or first apply the resources that they depend on, with -target.")
	return false
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
