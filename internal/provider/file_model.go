package provider

import (
	"context"
	"path/filepath"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// fileModel is the resource openai_file as configuration, plan and state have it.
type fileModel struct {
	Purpose          types.String   `tfsdk:"purpose"`
	Source           types.String   `tfsdk:"source"`
	Content          types.String   `tfsdk:"content"`
	ContentBase64    types.String   `tfsdk:"content_base64"`
	ContentWO        types.String   `tfsdk:"content_wo"`        // null but in the configuration
	ContentBase64WO  types.String   `tfsdk:"content_base64_wo"` // the same
	ContentWOVersion types.String   `tfsdk:"content_wo_version"`
	Filename         types.String   `tfsdk:"filename"`
	ExpiresAfter     types.Object   `tfsdk:"expires_after"`
	ContentSHA256    types.String   `tfsdk:"content_sha256"`
	DeletionPolicy   types.String   `tfsdk:"deletion_policy"`
	CheckFormat      types.Bool     `tfsdk:"check_format"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
	ID               types.String   `tfsdk:"id"`
	Bytes            types.Int64    `tfsdk:"bytes"`
	CreatedAt        types.String   `tfsdk:"created_at"`
	ExpiresAt        types.String   `tfsdk:"expires_at"`
	Status           types.String   `tfsdk:"status"`
	StatusDetails    types.String   `tfsdk:"status_details"`
}

// expiresAfterModel is the argument expires_after.
type expiresAfterModel struct {
	Anchor  types.String `tfsdk:"anchor"`
	Seconds types.Number `tfsdk:"seconds"`
}

// Types of the arguments that are objects, for null values of them.
var (
	expiresAfterTypes = map[string]attr.Type{"anchor": types.StringType, "seconds": types.NumberType}
	timeoutTypes      = map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
	}
)

// Values of deletion_policy.
const (
	deletionPolicyDelete = "delete"
	deletionPolicyKeep   = "keep"
)

// content returns how the bytes are declared and where they come from.
func (m *fileModel) content() (fileSource, contentKind) {
	for _, argument := range []struct {
		name    string
		value   types.String
		kind    contentKind
		encoded bool
	}{
		{name: "source", value: m.Source, kind: diskContent},
		{name: "content", value: m.Content, kind: inlineContent},
		{name: "content_base64", value: m.ContentBase64, kind: inlineContent, encoded: true},
		{name: "content_wo", value: m.ContentWO, kind: secretContent},
		{name: "content_base64_wo", value: m.ContentBase64WO, kind: secretContent, encoded: true},
	} {
		source, text := fileSource{attribute: path.Root(argument.name)}, argument.value.ValueString()
		switch {
		case argument.value.IsNull():
			continue
		case argument.value.IsUnknown():
			return source, unknownContent
		case argument.kind == diskContent:
			source.disk = text
		case argument.encoded:
			source.inline, _ = decodeBase64(text) // ValidateConfig has refused what cannot be decoded
		default:
			source.inline = text
		}
		return source, argument.kind
	}
	return fileSource{}, noContent
}

// defaultFilename fills in the last element of source where the configuration sets no filename.
func (m *fileModel) defaultFilename(config fileModel) {
	switch {
	case !config.Filename.IsNull():
	case config.Source.IsUnknown():
		m.Filename = types.StringUnknown()
	case !config.Source.IsNull():
		m.Filename = types.StringValue(filepath.Base(config.Source.ValueString()))
	}
}

// lifetime returns the seconds of expires_after; 0 when it is not set.
func lifetime(ctx context.Context, expiresAfter types.Object) (int64, diag.Diagnostics) {
	var expiry *expiresAfterModel
	diags := expiresAfter.As(ctx, &expiry, basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true, UnhandledUnknownAsEmpty: true})
	if expiry == nil {
		return 0, diags
	}
	return whole(expiry.Seconds), diags
}

// observe records what the service says about a file. Compatible servers leave fields out, report a size of 0 or change names; what
// the configuration or an earlier answer has set stays.
func (m *fileModel) observe(file openai.File) {
	m.ID = types.StringValue(file.ID)
	if unset(m.Filename) {
		m.Filename = text(file.Filename)
	}
	if unset(m.Purpose) {
		m.Purpose = text(file.Purpose)
	}
	if reported := file.Bytes != nil && *file.Bytes > 0; reported || m.Bytes.IsUnknown() {
		m.Bytes = types.Int64PointerValue(file.Bytes)
	}
	if file.CreatedAt != nil || m.CreatedAt.IsUnknown() {
		m.CreatedAt = timestamp(file.CreatedAt)
	}
	m.ExpiresAt = timestamp(file.ExpiresAt)
	m.Status = text(file.Status)
	m.StatusDetails = text(file.StatusDetails)
	if !m.ContentWOVersion.IsNull() {
		m.StatusDetails = types.StringNull() // OpenAI quotes the line that it cannot process
	}
}

// remember records the hash of what was uploaded, except for a secret: a short one could be guessed from its hash.
func (m *fileModel) remember(source fileSource, hash string) {
	if m.ContentSHA256.IsUnknown() && !source.secret() {
		m.ContentSHA256 = types.StringValue(hash)
	}
}

// forget marks everything as unknown that a new upload determines.
func (m *fileModel) forget() {
	m.ID = types.StringUnknown()
	m.ContentSHA256 = types.StringUnknown()
	m.Bytes = types.Int64Unknown()
	m.CreatedAt = types.StringUnknown()
	m.ExpiresAt = types.StringUnknown()
	m.Status = types.StringUnknown()
	m.StatusDetails = types.StringUnknown()
}

// expiresSoon reports whether a file expires within a day, unless its declared lifetime is that short.
func expiresSoon(ctx context.Context, file openai.File, expiresAfter types.Object, now time.Time) bool {
	const day = 24 * time.Hour
	seconds, _ := lifetime(ctx, expiresAfter)
	declared := seconds > 0 && time.Duration(seconds)*time.Second <= day
	return file.ExpiresAt != nil && !declared && file.ExpiresAt.Sub(now) < day
}

// expired reports whether the file is past its time, as far as the state knows.
func (m *fileModel) expired(now time.Time) bool {
	expiresAt, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	return err == nil && !now.Before(expiresAt)
}

// needsOther reports whether only another file can be what is planned, whatever its content.
func (m *fileModel) needsOther(ctx context.Context, plan fileModel) bool {
	return !plan.Purpose.Equal(m.Purpose) || m.needsOtherExpiry(ctx, plan.ExpiresAfter)
}

// needsOtherExpiry reports whether only another file can have the declared expiry. An import knows when the file expires, and not
// how that was declared.
func (m *fileModel) needsOtherExpiry(ctx context.Context, declared types.Object) bool {
	if declared.Equal(m.ExpiresAfter) {
		return false
	}
	seconds, _ := lifetime(ctx, declared)
	return !m.ExpiresAfter.IsNull() || !m.lives(seconds)
}

// lives reports whether the file expires the given seconds after its creation, as far as the state knows.
func (m *fileModel) lives(seconds int64) bool {
	createdAt, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	if err != nil {
		return false
	}
	expiresAt, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	return err == nil && expiresAt.Sub(createdAt) == time.Duration(seconds)*time.Second
}

func unset(v attr.Value) bool { return v.IsNull() || v.IsUnknown() }

// known reports whether a value is set and known.
func known(v attr.Value) bool { return !unset(v) }

// text is null for what the service does not say.
func text(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// timestamp is RFC 3339 in UTC, or null.
func timestamp(t *time.Time) types.String {
	if t == nil {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}
