package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
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

	content, err := source.open()
	if err != nil {
		diags.Append(source.notYet(err))
		return
	}
	defer content.Close() //nolint:errcheck // it was only read
	if source.disk != "" && !known(config.ContentSHA256) {
		return // hashed when it is sent
	}
	hash, err := content.sha256(ctx)
	if err != nil {
		diags.Append(source.unreadable(err))
		return
	}
	if plan.ContentSHA256.IsUnknown() && config.ContentSHA256.IsNull() {
		plan.ContentSHA256 = types.StringValue(hash) // inline: it does not depend on the disk
	}
	diags.Append(source.expect(config.ContentSHA256, hash)...)
}

// planUpdate plans a file that is uploaded already: its content is kept, taken over after an import, or replaced. It returns
// what makes a replacement necessary.
func planUpdate(ctx context.Context, config, state fileModel, plan *fileModel, diags *diag.Diagnostics) (replace path.Paths) {
	plan.defaultFilename(config)
	if !plan.Filename.Equal(state.Filename) {
		replace = append(replace, path.Root("filename"))
	}
	asserted := config.ContentSHA256
	another := func(hash types.String) path.Paths {
		plan.forget()
		plan.ContentSHA256 = hash
		return append(replace, path.Root("content_sha256"))
	}

	source, isKnown := config.source()
	switch {
	case asserted.IsUnknown():
		return another(asserted) // comes from what makes the file, and that is about to change
	case !config.ContentWO.IsNull() && !state.imported():
		// The version decides, not the content.
		if isKnown {
			hash, _, _ := source.sha256(ctx) // in memory
			diags.Append(source.expect(asserted, hash)...)
		}
		if !state.ContentSHA256.IsNull() && !asserted.Equal(state.ContentSHA256) {
			return another(asserted)
		}
		plan.ContentSHA256 = asserted
		return replace
	case !isKnown && (asserted.IsNull() || !asserted.Equal(state.ContentSHA256)):
		return another(unknownUnless(asserted))
	case !isKnown:
		plan.ContentSHA256 = asserted
		return replace
	}

	hash, size, err := source.sha256(ctx)
	switch {
	case missing(err) && (asserted.IsNull() || asserted.Equal(state.ContentSHA256)):
		diags.AddAttributeWarning(source.attribute, "Source file does not exist",
			fmt.Sprintf("%s\n\nFile %s at OpenAI stays as it is.", source.why(err), state.ID.ValueString()))
		plan.keepContent(state)
		return replace
	case missing(err):
		diags.Append(source.notYet(err))
		return another(asserted)
	case err != nil:
		diags.Append(source.unreadable(err))
		return replace
	}

	planned := asserted
	if asserted.IsNull() {
		planned = types.StringUnknown()
		if source.disk == "" {
			planned = types.StringValue(hash) // inline: it does not depend on the disk
		}
	}
	switch {
	case state.imported():
		if !plan.Filename.Equal(state.Filename) || size != state.Bytes.ValueInt64() || (!asserted.IsNull() && hash != asserted.ValueString()) {
			diags.Append(source.expect(asserted, hash)...)
			return another(planned)
		}
		diags.AddAttributeWarning(source.attribute, "Imported file is taken over",
			fmt.Sprintf("File %s has the name and the size of what is declared: %s, %d bytes. Its content was not compared. "+
				"Nothing is uploaded; to upload it anyway, run the apply with -replace.", state.ID.ValueString(), state.Filename.ValueString(), size))
		plan.ContentSHA256 = planned
		if !config.ContentWO.IsNull() {
			plan.ContentSHA256 = asserted
		}
		return replace
	case hash == state.ContentSHA256.ValueString() && (asserted.IsNull() || asserted.Equal(state.ContentSHA256)):
		plan.keepContent(state)
		return replace
	case !asserted.IsNull() && asserted.Equal(state.ContentSHA256):
		diags.AddAttributeError(path.Root("content_sha256"), "Content is not the one that content_sha256 asserts",
			source.differs(asserted, hash)+"\n\nThe file at OpenAI has the asserted content. Restore it here, or change content_sha256 to upload the other one.")
		return replace
	}
	diags.Append(source.expect(asserted, hash)...)
	return another(planned)
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

// contentVersionChanged replaces a file when the version of its write-only content changes, and when the content becomes or
// ceases to be write-only. An imported file has no version yet.
func contentVersionChanged(ctx context.Context, req planmodifier.Int64Request, resp *int64planmodifier.RequiresReplaceIfFuncResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.RequiresReplace = !state.imported()
}

// expiryChanged replaces a file when its expiry changes, but not after an import, which knows only when the file expires.
func expiryChanged(ctx context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse) {
	var state, plan fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	seconds, diags := plan.lifetime(ctx)
	resp.Diagnostics.Append(diags...)
	resp.RequiresReplace = !(state.ExpiresAfter.IsNull() && state.lives(seconds))
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
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("content_sha256"), "Content is not the one that content_sha256 asserts",
			source.differs(asserted, hash)+"\n\nNothing was sent.")}
	}
	return nil
}

// expect tells at plan that a content is not the asserted one. A file may still be written anew before the apply; inline
// content stays what it is.
func (s fileSource) expect(asserted types.String, hash string) diag.Diagnostics {
	if !known(asserted) || hash == asserted.ValueString() {
		return nil
	}
	at, summary, detail := path.Root("content_sha256"), "Content is not the one that content_sha256 asserts", s.differs(asserted, hash)
	if s.disk == "" {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, detail)}
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, summary,
		detail+"\n\nUnless the file is written anew before the apply uploads it, the upload will be refused.")}
}

func (s fileSource) differs(asserted types.String, hash string) string {
	return fmt.Sprintf("The SHA-256 of %s is %s, and content_sha256 asserts %s.", s.name(), hash, asserted.ValueString())
}

// notYet describes a content that cannot be read at plan: a warning when an apply may still make it.
func (s fileSource) notYet(err error) diag.Diagnostic {
	const remedy = "\n\nThe apply may still make it, and uploads it then."
	switch {
	case missing(err):
		return diag.NewAttributeWarningDiagnostic(s.attribute, "Source file does not exist yet", s.why(err)+remedy)
	case errors.Is(err, errEmpty):
		return diag.NewAttributeWarningDiagnostic(s.attribute, "Source file is empty", s.why(err)+remedy)
	}
	return s.unreadable(err)
}
