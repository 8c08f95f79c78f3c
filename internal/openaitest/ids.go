package openaitest

import (
	"crypto/rand"
	"encoding/hex"
)

// newFileID returns file- and 22 characters of base 62, as the service does since 2025.
func newFileID() string {
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	id := make([]byte, 22)
	_, _ = rand.Read(id) // never fails
	for i, b := range id {
		id[i] = base62[int(b)%len(base62)]
	}
	return "file-" + string(id)
}

func newUploadID() string     { return "upload_" + newHex() }
func newPartID() string       { return "part_" + newHex() }
func newStoreID() string      { return "vs_" + newHex() }
func newStoreBatchID() string { return "vsfb_" + newHex() }
func newBatchID() string      { return "batch_" + newHex() }
func newRequestID() string    { return "req_" + newHex() }

// newHex returns 32 hexadecimal digits.
func newHex() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}
