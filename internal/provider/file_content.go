package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// defaultMaxBytes is the default of max_bytes. The content is held in memory, and the data source stores it in the state.
const defaultMaxBytes = 10 << 20

// maxMaxBytes is the maximum of max_bytes: the content is sent to Terraform twice, in a message of at most 256 MB.
const maxMaxBytes = 100 << 20

// fileContentModel is openai_file_content, data source and ephemeral resource alike.
type fileContentModel struct {
	ID            types.String `tfsdk:"id"`
	MaxBytes      types.Number `tfsdk:"max_bytes"`
	Content       types.String `tfsdk:"content"`
	ContentBase64 types.String `tfsdk:"content_base64"`
	ContentSHA256 types.String `tfsdk:"content_sha256"`
	Bytes         types.Int64  `tfsdk:"bytes"`
}

// fileContentDescriptions describe the attributes of both forms.
var fileContentDescriptions = map[string]string{
	"id": "ID of the file.",
	"max_bytes": fmt.Sprintf("Maximum size of the content in bytes, from 1 to %d (100 MiB). Defaults to %d (10 MiB). Reading larger content fails.",
		maxMaxBytes, defaultMaxBytes),
	"content":        "Content as text; null if it is not UTF-8.",
	"content_base64": "Content in standard Base64.",
	"content_sha256": "SHA-256 of the content, as 64 lowercase hexadecimal digits.",
	"bytes":          "Size of the content in bytes.",
}

// read downloads the content of the file.
func (m *fileContentModel) read(ctx context.Context, s *service, diags *diag.Diagnostics) {
	limit := int64(defaultMaxBytes)
	if !m.MaxBytes.IsNull() {
		limit = whole(m.MaxBytes)
	}
	var content bytes.Buffer
	_, err := s.client.DownloadFile(ctx, m.ID.ValueString(), limit, func() io.Writer {
		content.Reset()
		return &content
	})
	if err != nil {
		diags.Append(s.notDownloaded(ctx, m.ID.ValueString(), err))
		return
	}
	m.Content = types.StringNull()
	if utf8.Valid(content.Bytes()) {
		m.Content = types.StringValue(content.String())
	}
	sum := sha256.Sum256(content.Bytes())
	m.ContentBase64 = types.StringValue(base64.StdEncoding.EncodeToString(content.Bytes()))
	m.ContentSHA256 = types.StringValue(hex.EncodeToString(sum[:]))
	m.Bytes = types.Int64Value(int64(content.Len()))
}

// notDownloaded explains why a content was not read. OpenAI accepts uploads of some purposes whose files it does not return.
func (s *service) notDownloaded(ctx context.Context, id string, err error) diag.Diagnostic {
	const summary = "Content was not read"
	if _, ok := errors.AsType[*openai.TooLongError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("max_bytes"), "Content is longer than max_bytes",
			sentence(err)+"\n\nRaise max_bytes to read it. The content is held in memory, and the data source stores it in the state.")
	}
	if errors.Is(err, openai.ErrNotFound) {
		f := s.notFound(ctx, summary, id, err)
		f.attribute = path.Root("id")
		f.advice += "\n\nTo destroy the configuration without reading the file, run terraform destroy -refresh=false."
		return f.diagnostic()
	}
	if refusal, ok := errors.AsType[*openai.Error](err); ok && refusal.StatusCode == http.StatusBadRequest {
		if file, lookupErr := s.client.RetrieveFile(ctx, id); lookupErr == nil && file.Purpose != "" {
			return diag.NewAttributeErrorDiagnostic(path.Root("id"), summary, sentence(err)+fmt.Sprintf(
				"\n\nFile %s has the purpose %s. OpenAI returns the content of batch and vision files and of the results of its jobs, "+
					"but not of assistants and user_data files. Other purposes may depend on the account. Read the local file instead, or upload it with another purpose.", id, shown(file.Purpose)))
		}
	}
	return apiError(summary, err)
}

// downloadedHash returns the SHA-256 of a file at the service, or null when the service does not return the content, or something of
// another size, or it is longer than what one request uploads. The content is discarded.
func downloadedHash(ctx context.Context, client *openai.Client, file openai.File) (types.String, diag.Diagnostics) {
	if file.Bytes != nil && *file.Bytes > openai.MaxFileSize {
		return types.StringNull(), nil
	}
	hash := sha256.New()
	size, err := client.DownloadFile(ctx, file.ID, openai.MaxFileSize, func() io.Writer {
		hash.Reset()
		return hash
	})
	_, isTooLong := errors.AsType[*openai.TooLongError](err)
	refusal, isRefusal := errors.AsType[*openai.Error](err)
	switch {
	case err == nil && (file.Bytes == nil || *file.Bytes == size):
		return types.StringValue(hex.EncodeToString(hash.Sum(nil))), nil
	case err == nil, isTooLong, errors.Is(err, openai.ErrAnswer), isRefusal && slices.Contains(notGivenBack, refusal.StatusCode):
		return types.StringNull(), nil // size and name have to do
	}
	return types.StringNull(), diag.Diagnostics{apiError("File cannot be imported", err)}
}

// notGivenBack are the answers of a service that does not return contents: for this purpose, to this key, or at all.
var notGivenBack = []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusUnprocessableEntity, http.StatusNotImplemented}
