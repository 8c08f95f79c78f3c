package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// declaredFile is a file as a configuration declares it, about to be uploaded.
type declaredFile struct {
	source   fileSource
	purpose  string
	filename string
	lifetime int64        // seconds; 0: the service decides
	asserted types.String // SHA-256 that the content must have; null: any
	alone    bool         // no other upload of the same name and size meanwhile
	usable   bool         // a file that the service has not processed in the end is deleted again
}

// upload makes the service hold exactly the declared bytes. made is called as soon as there is a file, before anything else may
// fail, and again when the service has processed it; kept tells whether there is one in the end. A file that is not what was
// declared is deleted again.
func (s *service) upload(ctx context.Context, file declaredFile, made func(openai.Uploaded)) (kept bool, diags diag.Diagnostics) {
	if file.source.secret() {
		ctx = openai.WithSecretContent(ctx)
	}
	content, err := file.source.open()
	if err != nil {
		return false, diag.Diagnostics{file.source.unreadable(err)}
	}
	defer content.Close() //nolint:errcheck // it was only read
	if diags := assertContent(ctx, file.source, content, file.asserted); diags.HasError() {
		return false, diags
	}

	s.newest.Do(func() { s.client.ClaimNewest(ctx) })
	uploaded, err := s.client.UploadFile(ctx, openai.CreateFileParams{
		Purpose:      file.purpose,
		Filename:     file.filename,
		ExpiresAfter: file.lifetime,
		Content:      content,
		Size:         content.size,
		Alone:        file.alone,
	})
	if err != nil {
		return false, diag.Diagnostics{uploadError(file.source, err)}
	}
	if uploaded.Bytes == nil {
		uploaded.Bytes = &content.size // a server that does not say
	}
	made(uploaded)
	if uploaded.Found != nil {
		diags.AddWarning("Upload was not answered, but the file was found",
			fmt.Sprintf("%s\n\nExactly one file named %s with %d bytes was made meanwhile, %s. It is taken for the uploaded one.",
				sentence(uploaded.Found), file.filename, content.size, uploaded.ID))
	}
	if len(uploaded.Twins) > 0 {
		diags.AddWarning("File may have been uploaded twice",
			fmt.Sprintf("The answer to an upload of %s was lost, and no file was found, so it was sent again: %s. Now there is also %s, of the same name and size. "+
				"It is not in the state: delete it, unless somebody else has made it.", file.filename, uploaded.ID, strings.Join(uploaded.Twins, ", ")))
	}
	if err := verify(uploaded, content, file.asserted); err != nil {
		left, diagnostic := s.discard(ctx, file.source, uploaded.ID, err)
		return left, append(diags, diagnostic)
	}

	uploaded.File, err = s.client.WaitForProcessing(ctx, uploaded.File)
	made(uploaded)
	switch {
	case err == nil:
		return true, diags
	case file.usable:
		left, diagnostic := s.discard(ctx, file.source, uploaded.ID, err)
		return left, append(diags, diagnostic)
	}
	return true, append(diags, apiError("File was uploaded, but cannot be used", err))
}

// verify tells whether the service has what was declared, after everything was sent.
func verify(uploaded openai.Uploaded, content *openFile, asserted types.String) error {
	switch {
	case uploaded.SHA256 == "":
		return errors.New("the service answered before it had the whole content")
	case uploaded.Bytes != nil && *uploaded.Bytes != content.size:
		return fmt.Errorf("the service says that it has %d bytes, and %d were sent", *uploaded.Bytes, content.size)
	case !asserted.IsNull() && uploaded.SHA256 != asserted.ValueString():
		return fmt.Errorf("the bytes sent have the SHA-256 %s, and content_sha256 asserts %s", uploaded.SHA256, asserted.ValueString())
	}
	return content.unchanged()
}

// discard deletes a file that is not what was declared. It tells whether the file is left all the same.
func (s *service) discard(ctx context.Context, source fileSource, id string, reason error) (left bool, diagnostic diag.Diagnostic) {
	const summary = "File was not uploaded as declared"
	err := s.client.DiscardFile(ctx, id)
	if err == nil {
		return false, diag.NewAttributeErrorDiagnostic(source.attribute, summary,
			fmt.Sprintf("%s The file %s was deleted again at OpenAI.\n\nApply once more.", sentence(reason), id))
	}
	return true, diag.NewAttributeErrorDiagnostic(source.attribute, summary,
		fmt.Sprintf("%s Deleting it again failed too: %s\n\nIt stays in the state, and the next apply deletes it.", sentence(reason), sentence(err)))
}

// uploadError describes an upload that made no file. A fault of the content belongs to its attribute.
func uploadError(source fileSource, err error) diag.Diagnostic {
	if content, ok := errors.AsType[*openai.ContentError](err); ok {
		return diag.NewAttributeErrorDiagnostic(source.attribute, "File was not uploaded", source.why(content)+"\n\nNothing was kept at OpenAI. Apply again.")
	}
	described := apiError("File was not uploaded", err)
	_, isLost := errors.AsType[*openai.LostAnswerError](err)
	if _, isDuplicate := errors.AsType[*openai.DuplicateError](err); isLost || isDuplicate {
		return doubtful{described}
	}
	return described
}

// doubtful describes an upload that may have made a file which is in no state.
type doubtful struct{ diag.Diagnostic }

// remove deletes a file; one that is gone already is deleted.
func (s *service) remove(ctx context.Context, id string) diag.Diagnostics {
	const summary = "File was not deleted"
	err := s.client.DeleteFile(ctx, id)
	switch {
	case err == nil, errors.Is(err, openai.ErrNotFound):
		return nil
	case errors.Is(err, openai.ErrMethodNotAllowed), errors.Is(err, openai.ErrNotImplemented):
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary,
			sentence(err)+"\n\nThis server cannot delete files. Set deletion_policy to \"keep\" and apply, then destroy again.")}
	case errors.Is(err, openai.ErrConflict):
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary,
			sentence(err)+"\n\nThe service refused it as long as timeouts allow for a deletion. Apply again later, or set a longer one.")}
	}
	return diag.Diagnostics{apiError(summary, err)}
}

// assertContent refuses a content other than the asserted one before anything is sent.
func assertContent(ctx context.Context, source fileSource, content *openFile, asserted types.String) diag.Diagnostics {
	if asserted.IsNull() {
		return nil
	}
	hash, err := content.sha256(ctx)
	if err != nil {
		return diag.Diagnostics{source.unreadable(err)}
	}
	if hash != asserted.ValueString() {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("content_sha256"), otherContent,
			source.differs(asserted, hash)+"\n\nNothing was sent.")}
	}
	return nil
}
