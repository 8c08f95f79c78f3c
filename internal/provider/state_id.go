package provider

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// newStateID returns a random ID for a resource that the service does not know as one object, such as "set-0f1e…".
func newStateID(kind string) types.String {
	random := make([]byte, 12)
	_, _ = rand.Read(random) // never fails
	return types.StringValue(kind + "-" + hex.EncodeToString(random))
}
