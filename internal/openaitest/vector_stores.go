package openaitest

import (
	"maps"
	"slices"
	"time"
)

// vectorStoreObject is a vector store in its JSON form. The order of the keys is that of the service.
type vectorStoreObject struct {
	ID           string             `json:"id"`
	Object       string             `json:"object"`
	CreatedAt    int64              `json:"created_at"`
	Name         *string            `json:"name"`
	Description  *string            `json:"description"`
	UsageBytes   int64              `json:"usage_bytes"`
	FileCounts   fileCounts         `json:"file_counts"`
	Status       string             `json:"status"`
	ExpiresAfter *vectorStoreExpiry `json:"expires_after"`
	ExpiresAt    *int64             `json:"expires_at"`
	LastActiveAt int64              `json:"last_active_at"`
	Metadata     map[string]any     `json:"metadata"`
}

type vectorStoreExpiry struct {
	Anchor string `json:"anchor"`
	Days   int    `json:"days"`
}

// deletedObject is the answer to a delete of a vector store or of a file in one.
type deletedObject struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

func (s *vectorStores) object(v *vectorStore, now time.Time) vectorStoreObject {
	counts, bytes := s.count(s.sorted(v, now), now)
	o := vectorStoreObject{
		ID:           v.id,
		Object:       "vector_store",
		CreatedAt:    v.createdAt.Unix(),
		Name:         v.name,
		Description:  v.description,
		UsageBytes:   bytes,
		FileCounts:   counts,
		Status:       completed,
		LastActiveAt: v.lastActive.Unix(),
		Metadata:     map[string]any{},
	}
	if o.Name == nil && s.options.noNull {
		o.Name = new("")
	}
	if counts.InProgress > 0 {
		o.Status = inProgress
	}
	if at, ok := v.expiresAt(); ok {
		o.ExpiresAfter, o.ExpiresAt = &vectorStoreExpiry{"last_active_at", v.days}, new(at.Unix())
	}
	if v.expired(now) {
		o.Status = expired
	}
	maps.Copy(o.Metadata, v.metadata)
	for key, value := range s.options.metadata {
		o.Metadata[key] = value
	}
	return o
}

// createVectorStore answers POST /vector_stores.
func (s *Server) createVectorStore(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	if err := p.allow("name", "description", "file_ids", "expires_after", "chunking_strategy", "metadata"); err != nil {
		return nil, err
	}
	vectors := c.project.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	now := s.options.clock()
	v := &vectorStore{
		id:         newStoreID(),
		createdAt:  now,
		lastActive: now,
		byFile:     map[string]*attachment{},
		noRetrieve: s.options.readLag,
		noList:     s.options.readLag,
	}
	if err := p.into("description", "a string", &v.description); err != nil {
		return nil, err
	}
	if err := v.modify(p); err != nil {
		return nil, err
	}
	files, err := filesOfStore(p)
	if err != nil {
		return nil, err
	}
	if len(files) > 0 {
		if err := vectors.limit(v, len(files), now); err != nil {
			return nil, err
		}
		if _, err := vectors.attach(v, files, now); err != nil {
			return nil, err
		}
		vectors.attached.add(now, len(files))
	}
	vectors.add(v)
	o := vectors.object(v, now)
	if len(files) > 0 && !s.options.synchronous {
		o.Status, o.UsageBytes = inProgress, 0
		o.FileCounts = fileCounts{InProgress: o.FileCounts.Total, Total: o.FileCounts.Total}
	}
	return o, nil
}

func (s *vectorStores) add(v *vectorStore) {
	s.seq++
	v.seq = s.seq
	s.byID[v.id] = v
	s.order = append(s.order, v)
}

// filesOfStore reads the files that a new store begins with.
func filesOfStore(p params) ([]newAttachment, error) {
	var ids []string
	if err := p.into("file_ids", "an array of strings", &ids); err != nil {
		return nil, err
	}
	if err := notTooLong("file_ids", len(ids), maxStoreFiles); err != nil {
		return nil, err
	}
	chunks, err := parseChunking(p)
	if err != nil {
		return nil, err
	}
	files := make([]newAttachment, len(ids))
	for i, id := range ids {
		files[i] = newAttachment{fileID: id, chunking: chunks}
	}
	return files, nil
}

// modify changes what a body names.
func (v *vectorStore) modify(p params) error {
	changed := *v
	if _, ok := p.members["name"]; ok {
		changed.name = nil
		if err := p.into("name", "a string", &changed.name); err != nil {
			return err
		}
	}
	if _, ok := p.members["expires_after"]; ok {
		var err error
		if changed.days, err = parseStoreExpiry(p); err != nil {
			return err
		}
	}
	if _, ok := p.members["metadata"]; ok {
		changed.metadata = nil
		if err := p.into("metadata", "an object", &changed.metadata); err != nil {
			return err
		}
		if err := checkPairs("metadata", changed.metadata, true); err != nil {
			return err
		}
	}
	*v = changed
	return nil
}

// parseStoreExpiry returns the days of expires_after; 0 for null.
func parseStoreExpiry(p params) (int, error) {
	const most = 365 // days
	expiry, ok, err := p.object("expires_after")
	if err != nil || !ok {
		return 0, err
	}
	if err := expiry.allow("anchor", "days"); err != nil {
		return 0, err
	}
	if err := expiry.require("anchor", "days"); err != nil {
		return 0, err
	}
	var (
		anchor string
		days   int
	)
	if err := expiry.into("anchor", "a string", &anchor); err != nil {
		return 0, err
	}
	if anchor != "last_active_at" {
		return 0, refused("invalid_value", expiry.name("anchor"), "Invalid value: '%s'. Value must be 'last_active_at'.", anchor)
	}
	if err := expiry.into("days", "an integer", &days); err != nil {
		return 0, err
	}
	return days, inRange(expiry.name("days"), days, 1, most)
}

// listVectorStores answers GET /vector_stores.
func (s *Server) listVectorStores(c *call) (any, error) {
	q, err := parseCursorQuery(c.URL.Query())
	if err != nil {
		return nil, err
	}
	vectors := c.project.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	now := s.options.clock()
	page, more, err := cut(vectors.order, q, func(id string) (int, error) {
		if at := slices.IndexFunc(vectors.order, func(v *vectorStore) bool { return v.id == id }); at >= 0 {
			return at, nil
		}
		return 0, noSuchVectorStore(id)
	}, func(v *vectorStore) bool {
		hidden := v.noList > 0
		v.noList = max(v.noList-1, 0)
		return !hidden
	})
	if err != nil {
		return nil, err
	}
	objects := make([]vectorStoreObject, len(page))
	for i, v := range page {
		objects[i] = vectors.object(v, now)
	}
	return newPage(objects, more, s.options.noNull, func(o vectorStoreObject) string { return o.ID }), nil
}

// retrieveVectorStore answers GET /vector_stores/{vector_store_id}.
func (s *Server) retrieveVectorStore(c *call) (any, error) {
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		return vectors.object(v, now), nil
	})
}

// modifyVectorStore answers POST /vector_stores/{vector_store_id}.
func (s *Server) modifyVectorStore(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	if err := p.allow("name", "expires_after", "metadata"); err != nil {
		return nil, err
	}
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		if err := v.usable(now); err != nil {
			return nil, err
		}
		if err := v.modify(p); err != nil {
			return nil, err
		}
		return vectors.object(v, now), nil
	})
}

// deleteVectorStore answers DELETE /vector_stores/{vector_store_id}.
func (s *Server) deleteVectorStore(c *call) (any, error) {
	return c.withStore(func(vectors *vectorStores, v *vectorStore, _ time.Time) (any, error) {
		vectors.remove(v)
		return deletedObject{v.id, "vector_store.deleted", true}, nil
	})
}

// withStore does something with the store in the path, under the lock.
func (c *call) withStore(do func(*vectorStores, *vectorStore, time.Time) (any, error)) (any, error) {
	vectors := c.project.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	now := vectors.options.clock()
	v, err := vectors.find(c.id, now)
	if err != nil {
		return nil, err
	}
	return do(vectors, v, now)
}
