package jsonl

import "slices"

// What OpenAI takes in one batch.
const (
	maxRequests   = 50_000
	maxInputs     = 50_000    // of /v1/embeddings, over all requests
	maxBatchSize  = 200 << 20 // bytes; the reference says 200 MB, and this is the larger reading of it
	sureBatchSize = 200e6     // bytes; the smaller reading
	embeddings    = "/v1/embeddings"
)

// batchURLs are the endpoints of OpenAI that batches can call.
var batchURLs = []string{
	"/v1/responses", "/v1/chat/completions", embeddings, "/v1/completions", "/v1/moderations",
	"/v1/images/generations", "/v1/images/edits", "/v1/videos",
}

// batch are the rules of requests to be sent in a batch.
type batch struct {
	ids    *lineIndex // of custom_id
	url    common
	model  common // the member of body
	inputs int    // of /v1/embeddings
}

func newBatch() *batch {
	return &batch{ids: newLineIndex()}
}

func (b *batch) line(f *findings, v value) {
	b.customID(f, v.member("custom_id"))
	top("method").equals(f, v.member("method"), "POST")
	url := v.member("url")
	if b.url.check(f, top("url"), url) && !slices.ContainsFunc(batchURLs, url.is) {
		f.warn("url is %s, which OpenAI takes in no batch; other servers have their own", url)
	}
	body := v.member("body")
	at := top("body")
	if !at.is(f, body, object) {
		return
	}
	if model := body.member("model"); model.isSet() || needsModel(url, body) {
		b.model.check(f, at.member("model"), model)
	}
	if string(body.member("stream").raw()) == "true" {
		at.member("stream").warn(f, "is true, and a batch cannot stream")
	}
	if url.is(embeddings) {
		b.inputs += inputs(body.member("input"))
	}
}

// needsModel tells whether a request has to name its model. Those not listed have one by default, and a prompt may name it.
func needsModel(url, body value) bool {
	switch {
	case url.is("/v1/moderations"), url.is("/v1/images/generations"), url.is("/v1/images/edits"), url.is("/v1/videos"):
		return false
	case url.is("/v1/responses"):
		return !body.member("prompt").isSet()
	}
	return true
}

// customID looks for the same id in an earlier line.
func (b *batch) customID(f *findings, id value) {
	if at := top("custom_id"); !at.is(f, id, text) || !at.notEmpty(f, id) {
		return
	}
	if first := b.ids.add(id.text(), f.line); first > 0 {
		f.warnBoth(first, "custom_id %s is used twice", id)
	}
}

// A common is a text that is the same in all requests of a batch.
type common struct {
	text string
	line int // of the first one; 0 before it
}

// check holds v against the first request and reports whether v belongs to it.
func (c *common) check(f *findings, at place, v value) bool {
	switch {
	case !at.is(f, v, text) || !at.notEmpty(f, v):
	case c.line == 0:
		c.text, c.line = string(v.text()), f.line
		return true
	case !v.is(c.text):
		f.warnBoth(c.line, "%s is %s, and %s in the first request; all requests of a batch have the same", at, v, excerpt(quote(c.text)))
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
	switch {
	case size > maxBatchSize:
		f.add(Error, 0, 0, "%d bytes, and a batch takes at most 200 MB", size)
	case size > sureBatchSize:
		f.warnFile("%d bytes, and a batch takes at most 200 MB", size)
	}
	switch {
	case requests == 0:
		f.warnFile("no requests")
	case requests > maxRequests:
		f.warnFile("%d requests, and a batch takes at most %d", requests, maxRequests)
	}
	if b.inputs > maxInputs {
		f.warnFile("%d inputs to embed, and a batch takes at most %d", b.inputs, maxInputs)
	}
}
