package openaitest

import (
	"strconv"
	"strings"
	"time"
)

// attachmentObject is a file in a vector store in its JSON form. The order of the keys is that of the service.
type attachmentObject struct {
	ID            string         `json:"id"`
	Object        string         `json:"object"`
	UsageBytes    int64          `json:"usage_bytes"`
	CreatedAt     int64          `json:"created_at"`
	VectorStoreID string         `json:"vector_store_id"`
	Status        string         `json:"status"`
	LastError     *lastError     `json:"last_error"`
	Chunking      any            `json:"chunking_strategy"`
	Attributes    map[string]any `json:"attributes"`
}

type lastError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// chunking is how a file is cut. The zero value is auto.
type chunking struct {
	static       bool
	max, overlap int // tokens
}

// What auto stands for, and the limits, in tokens.
const (
	autoChunk, autoOverlap = 800, 400
	minChunk, maxChunk     = 100, 4096
)

// object is the strategy in its JSON form: auto comes back as static, unless autoStays.
func (k chunking) object(autoStays bool) any {
	type static struct {
		Max     int `json:"max_chunk_size_tokens"`
		Overlap int `json:"chunk_overlap_tokens"`
	}
	if !k.static && autoStays {
		return struct {
			Type string `json:"type"`
		}{"auto"}
	}
	o := struct {
		Type   string `json:"type"`
		Static static `json:"static"`
	}{"static", static{autoChunk, autoOverlap}}
	if k.static {
		o.Static = static{k.max, k.overlap}
	}
	return o
}

// parseChunking reads the chunking_strategy of an object; auto if it has none.
func parseChunking(p params) (chunking, error) {
	strategy, ok, err := p.object("chunking_strategy")
	if err != nil || !ok {
		return chunking{}, err
	}
	var kind string
	if err := strategy.into("type", "a string", &kind); err != nil {
		return chunking{}, err
	}
	switch kind {
	case "auto":
		return chunking{}, strategy.allow("type")
	case "static":
	default:
		return chunking{}, notSupported(strategy.name("type"), kind, "'auto' and 'static'")
	}
	if err := strategy.allow("type", "static"); err != nil {
		return chunking{}, err
	}
	if err := strategy.require("static"); err != nil {
		return chunking{}, err
	}
	static, _, err := strategy.object("static")
	if err != nil {
		return chunking{}, err
	}
	if err := static.allow("max_chunk_size_tokens", "chunk_overlap_tokens"); err != nil {
		return chunking{}, err
	}
	if err := static.require("max_chunk_size_tokens", "chunk_overlap_tokens"); err != nil {
		return chunking{}, err
	}
	k := chunking{static: true}
	if err := static.into("max_chunk_size_tokens", "an integer", &k.max); err != nil {
		return chunking{}, err
	}
	if err := static.into("chunk_overlap_tokens", "an integer", &k.overlap); err != nil {
		return chunking{}, err
	}
	if err := inRange(static.name("max_chunk_size_tokens"), k.max, minChunk, maxChunk); err != nil {
		return chunking{}, err
	}
	return k, inRange(static.name("chunk_overlap_tokens"), k.overlap, 0, k.max/2)
}

// parseAttributes reads the attributes of an object.
func parseAttributes(p params) (map[string]any, error) {
	var attributes map[string]any
	if err := p.into("attributes", "an object", &attributes); err != nil {
		return nil, err
	}
	return attributes, checkPairs(p.name("attributes"), attributes, false)
}

// parseAttachment reads what is to be attached.
func parseAttachment(p params) (newAttachment, error) {
	var n newAttachment
	if err := p.allow("file_id", "attributes", "chunking_strategy"); err != nil {
		return n, err
	}
	if err := p.require("file_id"); err != nil {
		return n, err
	}
	if err := p.into("file_id", "a string", &n.fileID); err != nil {
		return n, err
	}
	var err error
	if n.attributes, err = parseAttributes(p); err != nil {
		return n, err
	}
	n.chunking, err = parseChunking(p)
	return n, err
}

func (s *vectorStores) attachmentObject(v *vectorStore, a *attachment, now time.Time) attachmentObject {
	o := attachmentObject{
		ID:            a.file.ID,
		Object:        "vector_store.file",
		CreatedAt:     a.attachedAt.Unix(),
		VectorStoreID: v.id,
		Status:        s.status(a, now),
		Chunking:      a.chunking.object(s.options.autoStays),
		Attributes:    a.attributes,
	}
	if o.Attributes == nil {
		o.Attributes = map[string]any{}
	}
	switch o.Status {
	case completed:
		o.UsageBytes = a.file.Bytes
	case failed:
		o.LastError = &lastError{a.outcome.Code, a.outcome.Message}
	}
	return o
}

// createVectorStoreFile answers POST /vector_stores/{vector_store_id}/files.
func (s *Server) createVectorStoreFile(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		if err := vectors.limit(v, 1, now); err != nil {
			return nil, err
		}
		n, err := parseAttachment(p)
		if err != nil {
			return nil, err
		}
		if err := v.usable(now); err != nil {
			return nil, err
		}
		_, old := v.byFile[n.fileID]
		attached, err := vectors.attach(v, []newAttachment{n}, now)
		if err != nil {
			return nil, err
		}
		vectors.attached.add(now, 1)
		c.pollAfter(s)
		o := vectors.attachmentObject(v, attached[0], now)
		if !old && !s.options.synchronous {
			o.Status, o.UsageBytes, o.LastError = inProgress, 0, nil
		}
		return o, nil
	})
}

// pollAfter says when the client should poll again.
func (c *call) pollAfter(s *Server) {
	if after := s.options.pollAfter; after > 0 {
		c.header.Set("Openai-Poll-After-Ms", strconv.FormatInt(after.Milliseconds(), 10))
	}
}

// listVectorStoreFiles answers GET /vector_stores/{vector_store_id}/files.
func (s *Server) listVectorStoreFiles(c *call) (any, error) {
	q, err := parseCursorQuery(c.URL.Query())
	if err != nil {
		return nil, err
	}
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		return vectors.listFiles(v, vectors.sorted(v, now), q, now)
	})
}

// withFile does something with the attached file in the path, under the lock.
func (c *call) withFile(do func(*vectorStores, *vectorStore, *attachment, time.Time) (any, error)) (any, error) {
	vectors := c.project.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	now := vectors.options.clock()
	v, a, err := vectors.findFile(c.id, c.sub, now)
	if err != nil {
		return nil, err
	}
	return do(vectors, v, a, now)
}

// retrieveVectorStoreFile answers GET /vector_stores/{vector_store_id}/files/{file_id}.
func (s *Server) retrieveVectorStoreFile(c *call) (any, error) {
	return c.withFile(func(vectors *vectorStores, v *vectorStore, a *attachment, now time.Time) (any, error) {
		c.pollAfter(s)
		return vectors.attachmentObject(v, a, now), nil
	})
}

// updateVectorStoreFile answers POST /vector_stores/{vector_store_id}/files/{file_id}. The new attributes replace the old ones.
func (s *Server) updateVectorStoreFile(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	if err := p.allow("attributes"); err != nil {
		return nil, err
	}
	if _, ok := p.members["attributes"]; !ok {
		return nil, p.require("attributes")
	}
	attributes, err := parseAttributes(p)
	if err != nil {
		return nil, err
	}
	return c.withFile(func(vectors *vectorStores, v *vectorStore, a *attachment, now time.Time) (any, error) {
		a.attributes = attributes
		return vectors.attachmentObject(v, a, now), nil
	})
}

// deleteVectorStoreFile answers DELETE /vector_stores/{vector_store_id}/files/{file_id}. The file itself stays.
func (s *Server) deleteVectorStoreFile(c *call) (any, error) {
	return c.withFile(func(_ *vectorStores, v *vectorStore, a *attachment, now time.Time) (any, error) {
		v.detach(a, now)
		return deletedObject{a.file.ID, "vector_store.file.deleted", true}, nil
	})
}

// textObject is a piece of text in its JSON form.
type textObject struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// readVectorStoreFile answers GET /vector_stores/{vector_store_id}/files/{file_id}/content.
func (s *Server) readVectorStoreFile(c *call) (any, error) {
	return c.withFile(func(vectors *vectorStores, _ *vectorStore, a *attachment, now time.Time) (any, error) {
		page := struct {
			Object   string       `json:"object"`
			Data     []textObject `json:"data"`
			HasMore  bool         `json:"has_more"`
			NextPage *string      `json:"next_page"`
		}{Object: "vector_store.file_content.page", Data: []textObject{}}
		if vectors.status(a, now) == completed {
			page.Data = append(page.Data, textObject{"text", vectors.text(a)})
		}
		return page, nil
	})
}

// text returns the content of an attached file, as far as it is text.
func (s *vectorStores) text(a *attachment) string {
	_, kept, ok := s.files.get(a.file.ID)
	if !ok {
		return ""
	}
	text, err := kept.read()
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
