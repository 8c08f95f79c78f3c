package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// filePlanner plans one file: it gathers the facts, has them decided, and writes down what that means.
type filePlanner struct {
	config      fileModel
	state       *fileModel // nil: the file is to be created
	plan        *fileModel
	source      fileSource
	facts       fileFacts
	otherServer bool // not OpenAI

	err    error // why the local content cannot be read
	diags  diag.Diagnostics
	format diag.Diagnostics // of the lines of the content; they say themselves how to get past them
}

// planFile completes the plan of a file. It returns the attributes that make a replacement necessary.
func (s *service) planFile(ctx context.Context, config fileModel, state, plan *fileModel, private privateReader) (path.Paths, diag.Diagnostics) {
	p := &filePlanner{config: config, state: state, plan: plan, otherServer: s != nil && s.otherServer}
	replace := p.nameFile()
	p.gather(ctx)
	p.facts.replaced = len(replace) > 0 && !p.onlyByDefault() || state != nil && state.needsOther(ctx, *plan)
	verdict := decideFile(p.facts)
	replace = p.write(verdict, replace)
	p.explain(verdict)

	isNew := state == nil || len(replace) > 0 || state.needsOther(ctx, *plan)
	switch {
	case verdict.action == refusePlan:
		return replace, p.diagnostics()
	case !isNew:
		p.diags.Append(checkSecret(ctx, config, *state, private)...)
		return replace, p.diagnostics()
	case p.facts.content == noContent: // Terraform plans the new file with the content that was ignored
		return replace, p.diagnostics()
	}
	// Terraform plans a replacement in a call of its own, and drops the warnings of that one.
	if state != nil && verdict.remark != noReplacement {
		p.facts.uploaded = false
		p.explain(decideFile(p.facts))
	}
	s.warnOfBatchExpiry(plan.Purpose, config.ExpiresAfter, &p.diags)
	p.checkFormat(ctx)
	return replace, p.diagnostics()
}

// nameFile fills in the default of filename.
func (p *filePlanner) nameFile() (replace path.Paths) {
	p.plan.defaultFilename(p.config)
	if p.state == nil {
		return nil
	}
	if _, kind := p.config.content(); kind == noContent && p.config.Filename.IsNull() {
		p.plan.Filename = p.state.Filename
	}
	if !p.plan.Filename.Equal(p.state.Filename) {
		replace = append(replace, path.Root("filename"))
	}
	return replace
}

// onlyByDefault reports whether the name is the default of a path at which there is no file, so that it does not count.
func (p *filePlanner) onlyByDefault() bool { return p.config.Filename.IsNull() && p.facts.local.absent }

// gather finds the facts. It reads the local content if its hash matters.
func (p *filePlanner) gather(ctx context.Context) {
	source, kind := p.config.content()
	p.source = source
	p.facts = fileFacts{
		content:         kind,
		expected:        p.config.ContentSHA256.ValueString(),
		expectedUnknown: p.config.ContentSHA256.IsUnknown(),
	}
	if p.state != nil {
		p.gatherState()
	}
	if kind == noContent || kind == unknownContent {
		return
	}
	content, err := source.open()
	if err == nil {
		defer content.Close() //nolint:errcheck // it was only read
		p.facts.local.size = content.size
		p.facts.local.hash, err = p.readContent(ctx, content)
	}
	p.err = err
	p.facts.local.absent = missing(err) || errors.Is(err, errEmpty)
	p.facts.local.unreadable = err != nil && !p.facts.local.absent
}

// readContent returns the hash of the local content. Of a new file it is needed only to compare it or to promise it, and the lines are
// checked in the same pass; those of an uploaded file only if it turns out to be another one.
func (p *filePlanner) readContent(ctx context.Context, content *openFile) (string, error) {
	if p.state != nil {
		return content.sha256(ctx)
	}
	return checkContent(ctx, p.source, content, p.formatCheck(), p.config.ContentSHA256, &p.format)
}

func (p *filePlanner) formatCheck() formatCheck {
	return newFormatCheck(p.plan.Purpose, p.plan.Filename, p.plan.CheckFormat, p.otherServer)
}

func (p *filePlanner) gatherState() {
	state, plan, f := p.state, p.plan, &p.facts
	f.uploaded = true
	f.hash = state.ContentSHA256.ValueString()
	f.size = state.Bytes.ValueInt64()
	f.hasSource = !state.Source.IsNull()
	f.versioned = !state.ContentWOVersion.IsNull()
	f.sameVersion = plan.ContentWOVersion.Equal(state.ContentWOVersion)
	f.updated = !f.hasSource || !plan.DeletionPolicy.Equal(state.DeletionPolicy) || !plan.CheckFormat.Equal(state.CheckFormat) ||
		!plan.Timeouts.Equal(state.Timeouts)
	f.otherName = !plan.Filename.Equal(state.Filename)
	f.otherPath = f.hasSource && filepath.Base(p.config.Source.ValueString()) != filepath.Base(state.Source.ValueString())
}

// write changes the plan to what was decided. What depends on bytes on disk stays unknown: Terraform plans a change again during
// apply, when the file may be another one, and a promise that does not hold ends in "Provider produced inconsistent final plan".
func (p *filePlanner) write(v fileVerdict, replace path.Paths) path.Paths {
	plan, config, state := p.plan, p.config, p.state
	switch {
	case v.action == refusePlan:
	case state == nil:
		plan.forget()
		switch {
		case !config.ContentSHA256.IsNull() || p.facts.content == secretContent || !config.ContentWOVersion.IsNull():
			plan.ContentSHA256 = config.ContentSHA256
		case p.facts.content == inlineContent:
			plan.ContentSHA256 = types.StringValue(p.facts.local.hash)
		}
	case v.action == uploadContent:
		plan.forget()
		if !config.ContentSHA256.IsNull() {
			plan.ContentSHA256 = config.ContentSHA256
		}
		// Terraform replaces only because of an attribute that changes.
		if plan.ContentWOVersion.Equal(state.ContentWOVersion) {
			return append(replace, path.Root("content_sha256"))
		}
		return append(replace, path.Root("content_wo_version"))
	case v.action == adoptContent:
		plan.ContentSHA256 = types.StringUnknown()
		if !config.ContentSHA256.IsNull() || p.facts.content == secretContent {
			plan.ContentSHA256 = config.ContentSHA256
		}
	default:
		if v.remark == noLocalFile && config.Filename.IsNull() {
			plan.Filename, replace = state.Filename, nil
		}
		plan.keepContent(config, *state, p.facts.content == secretContent)
	}
	return replace
}

// keepContent plans no change of the content. The argument of the earlier upload stays, so that another checkout makes no
// difference.
func (m *fileModel) keepContent(config, state fileModel, secret bool) {
	m.ContentSHA256 = state.ContentSHA256
	if secret || !state.ContentWOVersion.IsNull() || !config.ContentSHA256.IsNull() {
		m.ContentSHA256 = config.ContentSHA256
	}
	for _, argument := range []struct{ planned, earlier *types.String }{
		{&m.Source, &state.Source}, {&m.Content, &state.Content}, {&m.ContentBase64, &state.ContentBase64},
	} {
		if !argument.planned.IsNull() && !argument.earlier.IsNull() {
			*argument.planned = *argument.earlier
		}
	}
}

// checkFormat checks the lines of a content that is to replace another one, if its purpose asks for JSON Lines.
func (p *filePlanner) checkFormat(ctx context.Context) {
	if p.state == nil || p.facts.content == unknownContent || p.err != nil {
		return
	}
	content, err := p.source.open()
	if err == nil {
		defer content.Close() //nolint:errcheck // it was only read
		_, err = checkContent(ctx, p.source, content, p.formatCheck(), types.StringNull(), &p.format)
	}
	if err != nil {
		p.diags.Append(p.source.unreadable(err).diagnostic())
	}
}

// diagnostics returns all that the user has to know.
func (p *filePlanner) diagnostics() diag.Diagnostics { return append(skippable(p.diags), p.format...) }

// checkContent reads a content once, if there is a reason to, for its hash and for the form that its purpose asks for.
func checkContent(ctx context.Context, source fileSource, content *openFile, format formatCheck, expected types.String, diags *diag.Diagnostics) (string, error) {
	diags.Append(format.pointer(source, content)...)
	hash := sha256.New()
	to := io.Writer(hash)
	if !format.applies && source.disk != "" && !known(expected) {
		return "", nil // hashed when it is sent
	}
	var checker *jsonl.Checker
	if format.applies {
		checker = format.checker()
		to = io.MultiWriter(hash, checker)
	}
	if err := content.read(ctx, to); err != nil {
		return "", err
	}
	if format.applies {
		diags.Append(format.faults(source, checker.Report())...)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
