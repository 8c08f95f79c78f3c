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
	ContentWO        types.String   `tfsdk:"content_wo"` // null but in the configuration
	ContentWOVersion types.Int64    `tfsdk:"content_wo_version"`
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
	Seconds types.Int64  `tfsdk:"seconds"`
}

// Types of the arguments that are objects, for null values of them.
var (
	expiresAfterTypes = map[string]attr.Type{"anchor": types.StringType, "seconds": types.Int64Type}
	timeoutTypes      = map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
	}
)

// fileIdentity is what tells a file from all others.
type fileIdentity struct {
	ID types.String `tfsdk:"id"`
}

// Values of deletion_policy.
const (
	deletionPolicyDelete = "delete"
	deletionPolicyKeep   = "keep"
)

// source returns where the bytes are declared to come from; known is false when that is not known until apply.
func (m *fileModel) source() (s fileSource, known bool) {
	switch {
	case !m.Source.IsNull():
		return fileSource{attribute: path.Root("source"), disk: m.Source.ValueString()}, !m.Source.IsUnknown()
	case !m.Content.IsNull():
		return fileSource{attribute: path.Root("content"), inline: m.Content.ValueString()}, !m.Content.IsUnknown()
	case !m.ContentWO.IsNull():
		return fileSource{attribute: path.Root("content_wo"), inline: m.ContentWO.ValueString()}, !m.ContentWO.IsUnknown()
	case m.ContentBase64.IsUnknown():
		return fileSource{attribute: path.Root("content_base64")}, false
	}
	inline, _ := decodeBase64(m.ContentBase64.ValueString()) // ValidateConfig has refused what cannot be decoded
	return fileSource{attribute: path.Root("content_base64"), inline: inline}, true
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
	return expiry.Seconds.ValueInt64(), diags
}

// observe takes over what the service says about a file. Compatible servers leave fields out or change names; what the
// configuration or an earlier answer has set stays.
func (m *fileModel) observe(file openai.File) {
	m.ID = types.StringValue(file.ID)
	if unset(m.Filename) {
		m.Filename = text(file.Filename)
	}
	if unset(m.Purpose) {
		m.Purpose = text(file.Purpose)
	}
	if file.Bytes != nil || m.Bytes.IsUnknown() {
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

// remember keeps the hash of what was uploaded. That of a secret is not kept: a short one could be guessed from it.
func (m *fileModel) remember(source fileSource, hash string) {
	if m.ContentSHA256.IsUnknown() && !source.secret() {
		m.ContentSHA256 = types.StringValue(hash)
	}
}

// forget makes all unknown that a new upload determines.
func (m *fileModel) forget() {
	m.ID = types.StringUnknown()
	m.ContentSHA256 = types.StringUnknown()
	m.Bytes = types.Int64Unknown()
	m.CreatedAt = types.StringUnknown()
	m.ExpiresAt = types.StringUnknown()
	m.Status = types.StringUnknown()
	m.StatusDetails = types.StringUnknown()
}

// expiresSoon tells whether a file expires within a day, although it was not declared to live so shortly.
func expiresSoon(ctx context.Context, file openai.File, expiresAfter types.Object, now time.Time) bool {
	const day = 24 * time.Hour
	seconds, _ := lifetime(ctx, expiresAfter)
	declared := seconds > 0 && time.Duration(seconds)*time.Second <= day
	return file.ExpiresAt != nil && !declared && file.ExpiresAt.Sub(now) < day
}

// expired tells whether the file is past its time, as far as the state knows.
func (m *fileModel) expired(now time.Time) bool {
	expiresAt, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	return err == nil && !now.Before(expiresAt)
}

// needsOther tells whether only another file can be what is planned, whatever its content.
func (m *fileModel) needsOther(ctx context.Context, plan fileModel) bool {
	return !plan.Purpose.Equal(m.Purpose) || m.needsOtherExpiry(ctx, plan.ExpiresAfter)
}

// needsOtherExpiry tells whether only another file can have the declared expiry. An import knows when the file expires, and not
// how that was declared.
func (m *fileModel) needsOtherExpiry(ctx context.Context, declared types.Object) bool {
	if declared.Equal(m.ExpiresAfter) {
		return false
	}
	seconds, _ := lifetime(ctx, declared)
	return !m.ExpiresAfter.IsNull() || !m.lives(seconds)
}

// lives tells whether the file expires the given seconds after its creation, as far as the state knows.
func (m *fileModel) lives(seconds int64) bool {
	createdAt, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	if err != nil {
		return false
	}
	expiresAt, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	return err == nil && expiresAt.Sub(createdAt) == time.Duration(seconds)*time.Second
}

func unset(v attr.Value) bool { return v.IsNull() || v.IsUnknown() }

// known tells whether a value is set and known.
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
