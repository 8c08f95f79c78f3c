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

// texts are what the private state holds under a key.
type texts interface{ []string | map[string]string }

// writeTexts records texts under a key, as JSON; none removes the key.
func writeTexts[T texts](ctx context.Context, private privateWriter, key string, all T) diag.Diagnostics {
	if len(all) == 0 {
		return private.SetKey(ctx, key, nil)
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Private state cannot be recorded", sentence(err))}
	}
	return private.SetKey(ctx, key, encoded)
}

// readTexts returns what [writeTexts] recorded; what cannot be read is as if there were none.
func readTexts[T texts](ctx context.Context, private privateReader, key string) (T, diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, key)
	var all T
	if len(encoded) > 0 && json.Unmarshal(encoded, &all) != nil {
		all = nil
	}
	return all, diags
}
