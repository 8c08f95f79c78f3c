package provider

import (
	"context"
	"errors"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// apiFailure describes a request that failed.
func apiFailure(summary string, err error) *failure {
	_, isDuplicate := errors.AsType[*openai.DuplicateError](err)
	_, isLost := errors.AsType[*openai.LostAnswerError](err)
	return &failure{summary: summary, reason: sentence(err), advice: advice(err), cause: err, hopeless: openai.Hopeless(err), mayExist: isDuplicate || isLost}
}

// apiError describes a request that failed: what happened to the user's object, why, and what to do about it.
func apiError(summary string, err error) diag.Diagnostic {
	return apiFailure(summary, err).diagnostic()
}

// refreshError describes a refresh that failed.
func refreshError(summary string, err error) diag.Diagnostic {
	return apiFailure(summary, err).ofRefresh().diagnostic()
}

// ofRefresh makes the failure one of a refresh, whose timeout is the one in the state.
func (f *failure) ofRefresh() *failure {
	if errors.Is(f.cause, context.DeadlineExceeded) {
		f.advice = "The timeout has expired. Set a longer one for read, and apply once with -refresh=false, because a refresh uses the timeout in the state."
	}
	return f
}

// advice says what a user can do about an error of the API; empty when there is nothing to add.
func advice(err error) string {
	_, isDuplicate := errors.AsType[*openai.DuplicateError](err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	_, isLost := errors.AsType[*openai.LostAnswerError](err)
	ofStores := strings.Contains(openai.RequestOf(err), "/"+openai.SectionVectorStores)
	switch {
	case isDuplicate:
		return "If the message names only the file that this one replaces, apply again. Otherwise, delete the named files that no resource manages and nobody else uses. " +
			"Then apply again: the provider uploads the file again."
	case isLost && cannotList(err):
		return "The whole file was sent, but the response was lost. If the service created the file anyway, it is not in the state. " +
			"The service does not list its files, so look for it by other means and delete it, or import it as an openai_file."
	case isLost:
		return "The whole file was sent, but the response was lost. If the service created the file anyway, it is not in the state: " +
			"look for it with the data source openai_files and delete it, or import it as an openai_file."
	case errors.Is(err, openai.ErrUnauthorized) && ofStores:
		return "Check the provider's api_key, or the environment variable OPENAI_API_KEY: the service does not accept it, or it lacks the permission for vector stores."
	case errors.Is(err, openai.ErrUnauthorized):
		return "Check the provider's api_key, or the environment variable OPENAI_API_KEY: the service does not accept it, or it lacks the permission for files."
	case errors.Is(err, openai.ErrForbidden):
		return "The service refuses this request. Check the permissions of the key, and the provider's organization and project. If the message names your country or region, run Terraform in a supported one."
	case errors.Is(err, openai.ErrQuotaExceeded):
		return "The account has no credit left: see its plan and billing at https://platform.openai.com/settings/organization/billing."
	case errors.Is(err, openai.ErrRateLimited) && errors.Is(err, context.DeadlineExceeded):
		return "The service kept limiting the rate (429) until the timeout expired. Set a longer timeout, or a lower max_concurrent_uploads."
	case errors.Is(err, openai.ErrRateLimited) && attaches(err):
		return "Wait and apply again, or raise the provider's max_retries. OpenAI accepts 300 requests a minute that attach files to one vector store."
	case errors.Is(err, openai.ErrRateLimited) && ofStores:
		return "Wait and run the same command again, or raise the provider's max_retries."
	case errors.Is(err, openai.ErrRateLimited):
		return "Wait and apply again, or raise the provider's max_retries. OpenAI accepts 1,000 uploads a minute; a lower max_concurrent_uploads slows the provider down."
	case errors.Is(err, openai.ErrPartTooLarge):
		return "" // the error says what to do
	case errors.Is(err, openai.ErrTooLarge) && ofStores:
		return "The request is small: a proxy or gateway in front of the service has a very low limit for the size of a request. Raise it."
	case errors.Is(err, openai.ErrTooLarge):
		return "OpenAI accepts 512 MB in one request, or 200 MB for the purpose batch; other servers and proxies may accept less. Split the file, or raise the limit of the server or proxy."
	case errors.Is(err, openai.ErrProxy):
		return "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and whether the proxy allows the provider's base_url."
	case errors.Is(err, openai.ErrWebPage):
		return "Something other than the API has answered, such as a proxy or the sign-in page of a network. Check the provider's base_url, and HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
	case errors.Is(err, openai.ErrUnusableID):
		return "The server created an object that is not in the state and that the provider cannot delete. Delete it with another tool. This server is not compatible with the OpenAI API."
	case errors.Is(err, openai.ErrAnswer):
		return "Check the provider's base_url, and gateways or proxies in front of the service. If they are correct, this server is not compatible with the OpenAI API."
	case isNetwork && network.Op == "dial":
		return "Check the provider's base_url, the network and its proxy (HTTPS_PROXY, NO_PROXY)."
	case errors.Is(err, context.Canceled):
		return "The run was interrupted."
	case errors.Is(err, context.DeadlineExceeded):
		return "The timeout has expired. Set a longer one in timeouts."
	case errors.Is(err, openai.ErrNoUploads):
		return "This server accepts files in one request only, of at most 512 MiB. Split the file, or use a server that supports uploads in parts."
	case errors.Is(err, openai.ErrStillThere):
		return passOn("object")
	case errors.Is(err, openai.ErrNoAPI):
		return "Check the provider's base_url, or the environment variable OPENAI_BASE_URL: there is no such API at this address. It must end with the version, as in " + openai.DefaultBaseURL + "."
	case errors.Is(err, openai.ErrNotFound):
		return "Check the provider's base_url. If it is right, check whether api_key, organization and project are those of the project that contains the object."
	}
	return ""
}

// attaches reports whether a request that failed with err attaches files to a vector store.
func attaches(err error) bool {
	request := openai.RequestOf(err)
	return strings.HasPrefix(request, "POST ") && (strings.HasSuffix(request, "/files") || strings.HasSuffix(request, "/file_batches"))
}

// cannotList reports whether a server seems to have no list of files.
func cannotList(err error) bool {
	return errors.Is(err, openai.ErrNotFound) || errors.Is(err, openai.ErrMethodNotAllowed) || errors.Is(err, openai.ErrNotImplemented)
}

// plainWords replaces Go's words for the end of a context.
var plainWords = strings.NewReplacer(context.Canceled.Error(), "interrupted", context.DeadlineExceeded.Error(), "the timeout expired")

// sentence makes a sentence of an error, for a user to read.
func sentence(err error) string {
	text := plainWords.Replace(err.Error())
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
