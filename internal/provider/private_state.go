package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// privateReader and privateWriter are the private state of a resource in the requests and answers of the framework.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// writeList records texts under a key, as JSON; none removes the key.
func writeList(ctx context.Context, private privateWriter, key string, texts []string) diag.Diagnostics {
	if len(texts) == 0 {
		return private.SetKey(ctx, key, nil)
	}
	encoded, err := json.Marshal(texts)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Private state cannot be recorded", sentence(err))}
	}
	return private.SetKey(ctx, key, encoded)
}

// readList returns what [writeList] recorded; what cannot be read is as if there were none.
func readList(ctx context.Context, private privateReader, key string) ([]string, diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, key)
	var texts []string
	if len(encoded) > 0 && json.Unmarshal(encoded, &texts) != nil {
		texts = nil
	}
	return texts, diags
}
