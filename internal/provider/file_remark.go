package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// notTheExpected is the summary for a content whose hash is not the expected one.
const notTheExpected = "Content does not match content_sha256"

// allNull says why content can be missing although the configuration is valid.
const allNull = " All of them turned out to be null."

// explain adds the diagnostics of a verdict.
func (p *filePlanner) explain(v fileVerdict) {
	expectedAt := path.Root("content_sha256")
	switch v.remark {
	case noRemark:
	case noLocalFile:
		p.diags.Append(p.explainNoLocalFile())
	case noReplacement:
		p.diags.Append(p.explainNoReplacement())
	case localDiffers:
		p.diags.AddAttributeWarning(expectedAt, fmt.Sprintf("Local content of %s does not match content_sha256", shown(p.state.Filename.ValueString())),
			p.differs()+fmt.Sprintf("\n\nFile %s at OpenAI has the expected content and stays as it is. To upload the local content, change content_sha256.", p.id()))
	case mayBeRefused:
		detail := p.differs() + "\n\nThe upload will be refused, unless the file changes before the apply."
		if p.state != nil && p.state.ContentSHA256.Equal(p.config.ContentSHA256) { // Terraform does not say where the value comes from
			detail += " If content_sha256 is in ignore_changes, the file is uploaded."
		}
		if p.state != nil && p.state.DeletionPolicy.ValueString() != deletionPolicyKeep {
			detail += fmt.Sprintf(" Without create_before_destroy, the apply deletes file %s before it fails.", p.id())
		}
		p.diags.AddAttributeWarning(expectedAt, fmt.Sprintf("Content of %s does not match content_sha256", p.source.name()), detail)
	case notExpected:
		p.diags.AddAttributeError(expectedAt, notTheExpected, p.differs())
	case notVouched:
		p.diags.AddAttributeError(expectedAt, notTheExpected, p.differs()+fmt.Sprintf("\n\nThe provider cannot check whether the imported file %s has the expected content, "+
			"because the service did not return it. To adopt the imported file, restore the expected content of the local file. Otherwise, correct content_sha256.", p.id()))
	case notCompared:
		p.diags.AddAttributeWarning(p.source.attribute, "Imported file is adopted without comparing its content", p.adopted())
	case notReadable:
		p.explainNotReadable(v.action)
	case notDeclared:
		p.diags.AddAttributeError(path.Root("source"), "Content is missing", oneContent+allNull)
	}
}

func (p *filePlanner) id() string { return shown(p.state.ID.ValueString()) }

func (p *filePlanner) differs() string {
	return p.source.differs(p.config.ContentSHA256, p.facts.local.hash)
}

// explainNoLocalFile warns of a file that is missing or empty.
func (p *filePlanner) explainNoLocalFile() diag.Diagnostic {
	reason, advice := p.source.why(p.err)
	title := fmt.Sprintf("Source file %s does not exist", p.source.name())
	if errors.Is(p.err, errEmpty) {
		title = fmt.Sprintf("Source file %s is empty", p.source.name())
	}
	if p.facts.uploaded {
		return diag.NewAttributeWarningDiagnostic(p.source.attribute, title, paragraphs(reason,
			fmt.Sprintf("There is nothing to compare with file %s at OpenAI. The file stays as it is unless another change replaces it.", p.id())))
	}
	if missing(p.err) {
		title += " yet"
	}
	return diag.NewAttributeWarningDiagnostic(p.source.attribute, title, paragraphs(reason, advice, "The apply uploads the file if it has content by then, and fails otherwise."))
}

// explainNoReplacement warns that nothing may be left of a file.
func (p *filePlanner) explainNoReplacement() diag.Diagnostic {
	reason, advice := p.source.why(p.err)
	name := shown(p.state.Filename.ValueString())
	summary := fmt.Sprintf("File %s will be deleted without a replacement", name)
	fate := fmt.Sprintf("File %s at OpenAI is deleted even if the apply does not create the source file. With create_before_destroy it is retained until the new one exists.", p.id())
	if p.state.DeletionPolicy.ValueString() == deletionPolicyKeep {
		summary = fmt.Sprintf("File %s will be removed from the state without a replacement", name)
		fate = fmt.Sprintf("File %s is removed from the state even if the apply does not create the source file. It is retained at OpenAI, because its deletion_policy is \"keep\".", p.id())
	}
	return diag.NewAttributeWarningDiagnostic(p.source.attribute, summary, paragraphs(reason, advice, fate))
}

// adopted says what an imported file was compared by.
func (p *filePlanner) adopted() string {
	compared := fmt.Sprintf("declared name and size: %s, %s", shown(p.state.Filename.ValueString()), count(p.facts.local.size, "byte"))
	if p.facts.size == 0 {
		compared = fmt.Sprintf("declared name, %s, but the service does not report its size", shown(p.state.Filename.ValueString()))
	}
	return fmt.Sprintf("File %s has the %s. Its content could not be compared, because the service does not return it or it is too large. "+
		"Nothing is uploaded. To upload the local file anyway, run terraform apply -replace=ADDRESS with the address of this resource.", p.id(), compared)
}

// explainNotReadable reports what lies where a file should be. The state vouches for what is uploaded if the plan keeps it.
func (p *filePlanner) explainNotReadable(action fileAction) {
	f := p.source.unreadable(p.err)
	if action == refusePlan {
		p.diags.Append(f.diagnostic())
		return
	}
	p.diags.AddAttributeWarning(f.attribute, f.summary, paragraphs(f.reason, f.advice,
		fmt.Sprintf("File %s at OpenAI has the content that content_sha256 expects, and stays as it is.", p.id())))
}

// differs says that the hash of a content is not the expected one, without the hash of a secret.
func (s fileSource) differs(expected types.String, hash string) string {
	if s.secret() {
		return fmt.Sprintf("The SHA-256 of %s is not %s, which content_sha256 expects.", s.name(), expected.ValueString())
	}
	return fmt.Sprintf("The SHA-256 of %s is %s, but content_sha256 expects %s.", s.name(), hash, expected.ValueString())
}

// paragraphs joins texts that are not empty.
func paragraphs(texts ...string) string {
	var all []string
	for _, text := range texts {
		if text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, "\n\n")
}

// skippable adds to the errors of a plan how a destroy gets past them: it plans first, new resources included, unless told not to.
func skippable(diags diag.Diagnostics) diag.Diagnostics {
	out := make(diag.Diagnostics, 0, len(diags))
	for _, d := range diags {
		detail := d.Detail() + "\n\nTo destroy regardless, run terraform destroy -refresh=false, which skips this check."
		at, hasPath := d.(diag.DiagnosticWithPath)
		switch {
		case d.Severity() != diag.SeverityError:
			out.Append(d)
		case hasPath:
			out.AddAttributeError(at.Path(), d.Summary(), detail)
		default:
			out.AddError(d.Summary(), detail)
		}
	}
	return out
}
