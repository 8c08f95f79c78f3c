package jsonl

import (
	"hash/maphash"
	"slices"
)

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
	seed    maphash.Seed
	ids     map[uint64]int // line of each custom_id, by its hash
	url     string
	urlAt   int // the first line with a url; 0 before it
	model   string
	modelAt int
	inputs  int // of /v1/embeddings
}

func newBatch() *batch {
	return &batch{seed: maphash.MakeSeed(), ids: map[uint64]int{}}
}

func (b *batch) line(f *findings, v value) {
	var id, method, url, body value
	for key, m := range v.members() {
		switch string(key) {
		case "custom_id":
			id = m
		case "method":
			method = m
		case "url":
			url = m
		case "body":
			body = m
		}
	}
	b.customID(f, id)
	if string(method.text()) != "POST" {
		f.warn("method is %s, not \"POST\"", method)
	}
	b.endpoint(f, url)
	if body.kind() != object {
		f.warn("body is %s, not an object", body)
		return
	}
	b.request(f, body, string(url.text()) == embeddings)
}

// customID looks for the same id in an earlier line. Of each id it keeps a hash of 64 bits, and none beyond the number that
// OpenAI takes, so the memory of a file of any size is bounded.
func (b *batch) customID(f *findings, id value) {
	if len(id.text()) == 0 {
		f.warn("custom_id is %s, not a string that names the request", id)
		return
	}
	hash := maphash.Bytes(b.seed, id.text())
	if first, ok := b.ids[hash]; ok {
		f.warnBoth(first, "custom_id %s is used twice", id)
		return
	}
	if len(b.ids) < maxRequests {
		b.ids[hash] = f.line
	}
}

// endpoint holds the url against that of the first request.
func (b *batch) endpoint(f *findings, url value) {
	switch s := url.text(); {
	case len(s) == 0:
		f.warn("url is %s, not a path such as \"/v1/responses\"", url)
	case b.urlAt == 0:
		b.url, b.urlAt = string(s), f.line
		if !slices.Contains(batchURLs, b.url) {
			f.warn("url %s is none that OpenAI takes in a batch (other servers have their own)", url)
		}
	case string(s) != b.url:
		f.warnBoth(b.urlAt, "url %s differs from the first one, %s; a batch has one endpoint", url, quote([]byte(b.url)))
	}
}

// request looks at the body of a request.
func (b *batch) request(f *findings, body value, embeds bool) {
	var model, stream, input value
	for key, m := range body.members() {
		switch string(key) {
		case "model":
			model = m
		case "stream":
			stream = m
		case "input":
			input = m
		}
	}
	switch s := model.text(); {
	case len(s) == 0:
		f.warn("body.model is %s, not the name of a model", model)
	case b.modelAt == 0:
		b.model, b.modelAt = string(s), f.line
	case string(s) != b.model:
		f.warnBoth(b.modelAt, "body.model %s differs from the first one, %s; a batch has one model", model, quote([]byte(b.model)))
	}
	if string(stream) == "true" {
		f.warn("body.stream is true, and a batch cannot stream")
	}
	if embeds {
		b.inputs += inputs(input)
	}
}

// inputs counts the texts in the input of an embedding: a text, a list of texts, the tokens of one text, or a list of such.
func inputs(input value) int {
	n := 0
	for _, element := range input.elements() {
		if element.kind() == number {
			return 1
		}
		n++
	}
	if input.kind() == text {
		return 1
	}
	return n
}

func (b *batch) end(f *findings, requests int, size int64) {
	switch {
	case size > maxBatchSize:
		f.add(Error, 0, 0, "the file has %d bytes, and a batch takes at most 200 MB", size)
	case size > sureBatchSize:
		f.warnFile("the file has %d bytes, and a batch takes at most 200 MB", size)
	}
	switch {
	case requests == 0:
		f.warnFile("the file holds no requests")
	case requests > maxRequests:
		f.warnFile("%d requests, and a batch takes at most %d", requests, maxRequests)
	}
	if b.inputs > maxInputs {
		f.warnFile("%d inputs to embed, and a batch takes at most %d", b.inputs, maxInputs)
	}
}
