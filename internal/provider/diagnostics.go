package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// apiFailure describes a request that failed.
func apiFailure(summary string, err error) *failure {
	_, isDuplicate := errors.AsType[*openai.DuplicateError](err)
	_, isLost := errors.AsType[*openai.LostAnswerError](err)
	return &failure{summary: summary, reason: sentence(err), advice: advice(err), cause: err, hopeless: hopeless(err), mayExist: isDuplicate || isLost}
}

// apiError describes a request that failed: what happened to the user's object, why, and what to do about it.
func apiError(summary string, err error) diag.Diagnostic {
	return apiFailure(summary, err).diagnostic()
}

// hopeless reports whether every other request would fail with err too.
func hopeless(err error) bool {
	_, isLost := errors.AsType[*openai.LostAnswerError](err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	switch {
	case isLost:
		return false
	case errors.Is(err, openai.ErrUnauthorized), errors.Is(err, openai.ErrForbidden), errors.Is(err, openai.ErrQuotaExceeded),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	return isNetwork && network.Op == "dial"
}

// refreshError describes a refresh that failed. It goes by the time in the state.
func refreshError(summary string, err error) diag.Diagnostic {
	if errors.Is(err, context.DeadlineExceeded) {
		return diag.NewErrorDiagnostic(summary, sentence(err)+"\n\nThe time set by timeouts is over. Set a longer one for read, and apply once with -refresh=false: a refresh goes by the state.")
	}
	return apiError(summary, err)
}

// advice tells what a user can do about an error of the API; empty when there is nothing to add.
func advice(err error) string {
	_, isDuplicate := errors.AsType[*openai.DuplicateError](err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	_, isLost := errors.AsType[*openai.LostAnswerError](err)
	switch {
	case isDuplicate:
		return "One of them is probably this file. An openai_file takes it into the state with terraform import openai_file.NAME ID; delete the others. " +
			"A set cannot take it: delete all of them, and it uploads the file again."
	case isLost:
		return "The whole file was sent, but the answer was lost. If the service made a file of it all the same, it is not in the state: " +
			"look for it with the data source openai_files and delete it, or import it as an openai_file."
	case errors.Is(err, openai.ErrUnauthorized):
		return "Check the provider's api_key, or the environment variable OPENAI_API_KEY: the service does not accept it, or it lacks the permission for files."
	case errors.Is(err, openai.ErrForbidden):
		return "The key is valid, but not allowed to do this. Check its permissions, and the provider's organization and project."
	case errors.Is(err, openai.ErrQuotaExceeded):
		return "The account has no credit left: see its plan and billing at https://platform.openai.com/settings/organization/billing."
	case errors.Is(err, openai.ErrRateLimited):
		return "Wait, or raise the provider's max_retries. OpenAI takes 1,000 uploads a minute; a lower max_concurrent_uploads slows the provider down."
	case errors.Is(err, openai.ErrTooLarge):
		return "OpenAI takes 512 MB in one request, 200 MB for the purpose batch; other servers less."
	case isNetwork && network.Op == "dial":
		return "Check the provider's base_url, the network and its proxy (HTTPS_PROXY, NO_PROXY)."
	case errors.Is(err, context.Canceled):
		return "The run was interrupted."
	case errors.Is(err, context.DeadlineExceeded):
		return "The time set by timeouts is over. Set a longer one."
	case errors.Is(err, openai.ErrNoUploads):
		return "This server takes files in one request only, and those of at most 512 MiB. Split the file, or use a server that knows uploads in parts."
	case errors.Is(err, openai.ErrNotFound):
		return "Check the provider's base_url. If it is right, the key, organization or project is not that of the project which holds the file."
	}
	return ""
}

// goneWarning says why a file is planned to be uploaded again.
func (s *service) goneWarning(state fileModel) (summary, detail string) {
	id, name := state.ID.ValueString(), state.Filename.ValueString()
	if state.expired(time.Now()) {
		return "File has expired", fmt.Sprintf("File %s (%s) expired at %s. It will be uploaded again.", id, name, state.ExpiresAt.ValueString())
	}
	return "File no longer exists", fmt.Sprintf("The service does not know file %s (%s): it was deleted outside of Terraform, or the key or base_url is now that of another project. "+
		"It will be uploaded again.%s", id, name, s.scopeNotice())
}

// sentence makes a sentence of an error, for a user to read.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// tflogHandler passes the log of the client on to Terraform.
type tflogHandler struct{ attrs []slog.Attr }

func (h tflogHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h tflogHandler) Handle(ctx context.Context, record slog.Record) error {
	fields := make(map[string]any, record.NumAttrs()+len(h.attrs))
	add := func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.String()
		return true
	}
	for _, attr := range h.attrs {
		add(attr)
	}
	record.Attrs(add)
	switch {
	case record.Level >= slog.LevelError:
		tflog.Error(ctx, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.Warn(ctx, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.Info(ctx, record.Message, fields)
	default:
		tflog.Debug(ctx, record.Message, fields)
	}
	return nil
}

func (h tflogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tflogHandler{attrs: append(slices.Clip(h.attrs), attrs...)}
}

// WithGroup keeps the keys flat, as Terraform's logs are.
func (h tflogHandler) WithGroup(string) slog.Handler { return h }
