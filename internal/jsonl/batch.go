package jsonl

import (
	"hash/maphash"
	"slices"
	"strings"
)

// Limits of OpenAI for one batch.
const (
	maxRequests   = 50_000
	maxInputs     = 50_000    // of /v1/embeddings, over all requests
	maxBatchSize  = 200 << 20 // bytes; the reference says 200 MB, and this is the larger reading of it
	sureBatchSize = 200e6     // bytes; the smaller reading
	embeddings    = "/v1/embeddings"
)

// maxRequestsElsewhere is what Azure OpenAI accepts in one batch.
const maxRequestsElsewhere = 100_000

// maxSeen is how many lines are searched for the same custom_id: more than any batch may have.
const maxSeen = 1 << 17

// batchURLs are the endpoints of OpenAI that batches can call.
var batchURLs = []string{
	"/v1/responses", "/v1/chat/completions", embeddings, "/v1/completions", "/v1/moderations",
	"/v1/images/generations", "/v1/images/edits", "/v1/videos",
}

// batch are the rules of requests to be sent in a batch.
type batch struct {
	server Server
	seed   maphash.Seed
	seen   map[uint64]int // the first line by the hash of its custom_id, which takes less memory than the text
	url    common
	model  common // the member of body
	inputs int    // of /v1/embeddings
}

func newBatch(server Server) *batch {
	return &batch{server: server, seed: maphash.MakeSeed(), seen: map[uint64]int{}}
}

// keepDepth is that of body.input[0].
func (b *batch) keepDepth() int { return 3 }

func (b *batch) line(f *findings, v value) {
	b.customID(f, v.member("custom_id"))
	top("method").equals(f, v.member("method"), "POST")
	url := v.member("url")
	if b.url.check(f, top("url"), url) && b.server == OpenAI && !slices.ContainsFunc(batchURLs, url.is) {
		top("url").warn(f, "is %s, which is not an endpoint that batches of OpenAI can call", url)
	}
	body := v.member("body")
	at := top("body")
	if !at.is(f, body, object) {
		return
	}
	if model := body.member("model"); model.isSet() || needsModel(url, body) {
		b.model.check(f, at.member("model"), model)
	}
	if body.member("stream").isTrue() {
		at.member("stream").warn(f, "is true, but a batch cannot stream")
	}
	if url.is(embeddings) {
		b.inputs += inputs(body.member("input"))
	}
}

// needsModel reports whether a request has to name its model. The endpoints listed have a default model, and a prompt may name one.
func needsModel(url, body value) bool {
	if url.kind() != text {
		return true
	}
	switch strings.TrimPrefix(string(url.text()), "/v1") {
	case "/moderations", "/images/generations", "/images/edits", "/videos":
		return false
	case "/responses":
		return !body.member("prompt").isSet()
	}
	return true
}

// customID looks for the same id in an earlier line. An id so long that only its beginning is known is not compared.
func (b *batch) customID(f *findings, id value) {
	at := top("custom_id")
	if !at.is(f, id, text) || !at.notEmpty(f, id) || id.isCut() {
		return
	}
	hash := maphash.Bytes(b.seed, id.text())
	if first := b.seen[hash]; first > 0 {
		f.warnBoth(first, &at, "%s is used twice", id)
	} else if len(b.seen) < maxSeen {
		b.seen[hash] = f.line
	}
}

// A common is a text that is the same in all requests of a batch.
type common struct {
	text string
	line int // of the first one; 0 before it
}

// check compares v with the first request and reports whether it is the first one.
func (c *common) check(f *findings, at place, v value) bool {
	switch {
	case !at.is(f, v, text) || !at.notEmpty(f, v):
	case c.line == 0:
		c.text, c.line = string(v.text()), f.line
		return true
	case string(v.text()) != c.text:
		f.warnBoth(c.line, &at, "is %s, but %s in the first request; all requests of a batch must have the same value", v, excerpt(quote(c.text)))
	}
	return false
}

// inputs counts the texts in the input of an embedding: a text, a list of texts, the tokens of one text, or a list of such.
func inputs(input value) int {
	if input.kind() == text || input.last().kind() == number {
		return 1
	}
	return input.count()
}

func (b *batch) end(f *findings, requests int, size int64) {
	limit := maxRequests
	if b.server != OpenAI {
		limit = maxRequestsElsewhere
	}
	switch {
	case size > maxBatchSize && b.server == OpenAI:
		f.add(Error, 0, 0, nil, "%d bytes, but a batch may have at most 200 MB", []any{size})
	case size > sureBatchSize:
		f.warnFile("%d bytes, but a batch may have at most 200 MB", size)
	}
	switch {
	case requests == 0:
		f.warnFile("no requests")
	case requests > limit:
		f.warnFile("%d requests, but a batch may have at most %d", requests, limit)
	}
	if b.inputs > maxInputs {
		f.warnFile("%d inputs to embed, but a batch may have at most %d", b.inputs, maxInputs)
	}
}
