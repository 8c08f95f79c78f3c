package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// planUpload plans a file that is to be uploaded. Whatever the upload determines stays unknown, even when the file is there.
func planUpload(ctx context.Context, config fileModel, plan *fileModel, diags *diag.Diagnostics) {
	plan.defaultFilename(config)
	plan.forget()
	source, isKnown := config.source()
	if !config.ContentSHA256.IsNull() || !config.ContentWO.IsNull() {
		plan.ContentSHA256 = config.ContentSHA256
	}
	if !isKnown {
		return
	}

	warnOfBatchExpiry(plan.Purpose, config.ExpiresAfter, diags)
	content, err := source.open()
	if err != nil {
		diags.Append(source.notYet(err))
		return
	}
	defer content.Close() //nolint:errcheck // it was only read
	hash, err := checkContent(ctx, source, content, newFormatCheck(plan.Purpose, plan.Filename, plan.CheckFormat), config.ContentSHA256, diags)
	if err != nil {
		diags.Append(source.unreadable(err).diagnostic())
		return
	}
	if source.disk == "" && plan.ContentSHA256.IsUnknown() && config.ContentSHA256.IsNull() {
		plan.ContentSHA256 = types.StringValue(hash) // inline: it does not depend on the disk
	}
}

// warnOfBatchExpiry tells what nobody expects: files for batches vanish by themselves.
func warnOfBatchExpiry(purpose types.String, expiresAfter types.Object, diags *diag.Diagnostics) {
	if purpose.ValueString() != "batch" || !expiresAfter.IsNull() {
		return
	}
	diags.AddAttributeWarning(path.Root("purpose"), "File will expire after 30 days",
		"OpenAI deletes files of the purpose batch after 30 days unless told otherwise. A plan after that uploads them again. "+
			"Set expires_after to say how long they are needed: at most 30 days as well.")
}

// checkContent reads a content once, if there is a reason to, for its hash and for the form that its purpose asks for.
func checkContent(ctx context.Context, source fileSource, content *openFile, format formatCheck, asserted types.String, diags *diag.Diagnostics) (string, error) {
	hash := sha256.New()
	to := io.Writer(hash)
	if !format.applies && source.disk != "" && !known(asserted) {
		return "", nil // hashed when it is sent
	}
	var checker *jsonl.Checker
	if format.applies {
		checker = jsonl.NewChecker(format.purpose, format.filename)
		to = io.MultiWriter(hash, checker)
	}
	if err := content.read(ctx, to); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	diags.Append(source.expect(asserted, sum)...)
	if format.applies {
		diags.Append(format.faults(source, checker.Report())...)
	}
	return sum, nil
}

// planUpdate plans a file that is uploaded already: its content is kept, taken over after an import, or replaced. It returns
// what makes a replacement necessary.
func planUpdate(ctx context.Context, config, state fileModel, plan *fileModel, diags *diag.Diagnostics) (replace path.Paths) {
	plan.defaultFilename(config)
	if !plan.Filename.Equal(state.Filename) {
		replace = append(replace, path.Root("filename"))
	}
	asserted := config.ContentSHA256
	source, isKnown := config.source()
	// Terraform plans the new file in a second call, as one to be created. Here it needs an attribute that changes.
	upload := func() path.Paths {
		plan.forget()
		plan.ContentSHA256 = unknownUnless(asserted)
		if !plan.ContentWOVersion.Equal(state.ContentWOVersion) {
			return append(replace, path.Root("content_wo_version"))
		}
		return append(replace, path.Root("content_sha256"))
	}

	switch {
	case asserted.IsUnknown():
		return upload() // it comes from what makes the file, and that is about to change
	case !state.ContentWOVersion.IsNull() && !plan.ContentWOVersion.Equal(state.ContentWOVersion):
		return upload()
	case !state.ContentWOVersion.IsNull(): // the version decides, not the content
		if !state.ContentSHA256.IsNull() && !asserted.IsNull() && !asserted.Equal(state.ContentSHA256) {
			return upload()
		}
		if isKnown {
			hash, _, _ := source.sha256(ctx) // in memory
			diags.Append(source.expect(asserted, hash)...)
		}
		plan.ContentSHA256 = asserted
		return replace
	case !isKnown && !asserted.IsNull() && asserted.Equal(state.ContentSHA256):
		plan.ContentSHA256 = asserted
		return replace
	case !isKnown:
		return upload()
	}

	hash, size, err := source.sha256(ctx)
	keeps := asserted.IsNull() || asserted.Equal(state.ContentSHA256) // as far as the assertion goes
	if missing(err) && keeps && config.Filename.IsNull() {
		plan.Filename, replace = state.Filename, nil // the path of a file that is not there names nothing
	}
	switch {
	case missing(err) && keeps && len(replace) == 0 && !state.needsOther(ctx, *plan):
		reason, _ := source.why(err)
		diags.AddAttributeWarning(source.attribute, "Source file does not exist",
			fmt.Sprintf("%s\n\nThere is nothing to compare with: unless something else replaces it, file %s at OpenAI stays as it is.", reason, state.ID.ValueString()))
		plan.keepContent(state)
	case missing(err):
		detail := fmt.Sprintf("File %s at OpenAI is deleted even if the apply does not make the source file. With create_before_destroy it stays until the new one is there.",
			state.ID.ValueString())
		if state.DeletionPolicy.ValueString() == deletionPolicyKeep {
			detail = fmt.Sprintf("File %s leaves the state, and stays at OpenAI as its deletion_policy says, even if the apply does not make the source file.", state.ID.ValueString())
		}
		diags.AddAttributeWarning(source.attribute, "File is to be replaced, and there is nothing to replace it with", detail)
		return upload()
	case err != nil:
		diags.Append(source.unreadable(err).diagnostic())
	case state.imported():
		if state.needsOther(ctx, *plan) || !plan.Filename.Equal(state.Filename) || size != state.Bytes.ValueInt64() || (!asserted.IsNull() && hash != asserted.ValueString()) {
			return upload()
		}
		diags.AddAttributeWarning(source.attribute, "Imported file is taken over",
			fmt.Sprintf("File %s has the name and the size of what is declared: %s, %d bytes. Its content could not be compared: the service does not give it back, or it is too large for that. "+
				"Nothing is uploaded; to upload it anyway, run the apply with -replace.", state.ID.ValueString(), state.Filename.ValueString(), size))
		plan.ContentSHA256 = unknownUnless(asserted)
		if source.secret() {
			plan.ContentSHA256 = asserted
		}
	case hash == state.ContentSHA256.ValueString() && keeps:
		plan.keepContent(state)
		if source.secret() {
			plan.ContentSHA256 = asserted
		}
	case keeps && !asserted.IsNull():
		diags.AddAttributeError(path.Root("content_sha256"), otherContent,
			source.differs(asserted, hash)+"\n\nThe file at OpenAI has the asserted content. Restore it here, or change content_sha256 to upload the other one.")
	default:
		return upload()
	}
	return replace
}

// imported tells that the state comes from an import: nobody knows the hash of what was uploaded.
func (m *fileModel) imported() bool { return m.ContentSHA256.IsNull() && m.ContentWOVersion.IsNull() }

// keepContent plans no change of the content. The path of the earlier upload stays, so that another checkout makes no
// difference.
func (m *fileModel) keepContent(state fileModel) {
	m.ContentSHA256 = state.ContentSHA256
	if !m.Source.IsNull() && !state.Source.IsNull() {
		m.Source = state.Source
	}
}

func unknownUnless(asserted types.String) types.String {
	if asserted.IsNull() {
		return types.StringUnknown()
	}
	return asserted
}

// otherContent is the summary of an assertion that does not hold.
const otherContent = "Content is not the one that content_sha256 asserts"

// expect tells at plan that a content is not the asserted one. A file may still be written anew before the apply; inline
// content stays what it is.
func (s fileSource) expect(asserted types.String, hash string) diag.Diagnostics {
	if !known(asserted) || hash == asserted.ValueString() {
		return nil
	}
	at, summary, detail := path.Root("content_sha256"), otherContent, s.differs(asserted, hash)
	if s.disk == "" {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, detail)}
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, summary,
		detail+"\n\nUnless the file is written anew before the apply uploads it, the upload will be refused.")}
}

func (s fileSource) differs(asserted types.String, hash string) string {
	if s.secret() {
		return fmt.Sprintf("The SHA-256 of %s is not %s, which content_sha256 asserts.", s.name(), asserted.ValueString())
	}
	return fmt.Sprintf("The SHA-256 of %s is %s, and content_sha256 asserts %s.", s.name(), hash, asserted.ValueString())
}

// notYet describes a content that cannot be read at plan: a warning when an apply may still make it.
func (s fileSource) notYet(err error) diag.Diagnostic {
	const remedy = "\n\nThe apply may still make it, and uploads it then."
	reason, advice := s.why(err)
	why := strings.TrimSpace(reason + "\n\n" + advice)
	switch {
	case missing(err):
		return diag.NewAttributeWarningDiagnostic(s.attribute, "Source file does not exist yet", why+remedy)
	case errors.Is(err, errEmpty):
		return diag.NewAttributeWarningDiagnostic(s.attribute, "Source file is empty", why+remedy)
	}
	return s.unreadable(err).diagnostic()
}
