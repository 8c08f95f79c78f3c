package provider

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Write-only content is in no state, so a changed content with an unchanged version would go unnoticed. The private part of the
// state therefore has a salted hash of it. The hash is slow to compute, so a short secret cannot be found by trying.
type secretHash struct {
	Salt       []byte `json:"salt"`
	Iterations int    `json:"iterations"`
	Hash       []byte `json:"hash"` // PBKDF2 with SHA-256, 32 bytes
}

const (
	secretKey        = "content_wo" // in the private state
	secretIterations = 200_000      // about 50 ms
)

// rememberSecret stores the hash of write-only content, and nothing of other content.
func rememberSecret(ctx context.Context, source fileSource, private privateWriter) diag.Diagnostics {
	if !source.secret() {
		return private.SetKey(ctx, secretKey, nil)
	}
	kept := secretHash{Salt: make([]byte, 16), Iterations: secretIterations}
	_, _ = rand.Read(kept.Salt) // never fails
	var err error
	if kept.Hash, err = kept.of(source.inline); err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Write-only content cannot be hashed", sentence(err))}
	}
	encoded, err := json.Marshal(kept)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Write-only content cannot be hashed", sentence(err))}
	}
	return private.SetKey(ctx, secretKey, encoded)
}

func (h secretHash) of(secret string) ([]byte, error) {
	return pbkdf2.Key(sha256.New, secret, h.Salt, h.Iterations, sha256.Size)
}

// checkSecret reports that write-only content is not the one that was uploaded, although its version is. It is an error if the plan is to
// record the hash of a content that the service does not have.
func checkSecret(ctx context.Context, config, state fileModel, private privateReader) diag.Diagnostics {
	source, kind := config.content()
	if kind != secretContent {
		return nil
	}
	encoded, diags := private.GetKey(ctx, secretKey)
	var kept secretHash
	if len(encoded) == 0 || json.Unmarshal(encoded, &kept) != nil || kept.Iterations < 1 {
		return diags
	}
	hash, err := kept.of(source.inline)
	if err != nil || subtle.ConstantTimeCompare(hash, kept.Hash) == 1 {
		return diags
	}
	const summary = "Write-only content changed, but its version did not"
	detail := fmt.Sprintf("%s differs from what was uploaded. Unless something else replaces the file, nothing is uploaded until content_wo_version changes. "+
		"Change content_wo_version to upload the new content.", source.attribute)
	if config.ContentSHA256.IsNull() || config.ContentSHA256.Equal(state.ContentSHA256) {
		diags.AddAttributeWarning(source.attribute, summary, detail)
	} else {
		diags.AddAttributeError(source.attribute, summary, detail)
	}
	return diags
}
