package openai

import (
	"slices"
	"strings"
)

// reservedHeaders describe the connection and the body of a request, so only the client itself can set them.
var reservedHeaders = []string{
	"connection", "content-length", "content-type", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

// ReservedHeader reports whether a header, in upper or lower case, cannot be one of [Config.Header].
func ReservedHeader(name string) bool {
	return slices.Contains(reservedHeaders, strings.ToLower(name))
}
