package openaitest

import (
	"maps"
	"slices"
	"time"
)

// VectorStore is a vector store that the server keeps.
type VectorStore struct {
	ID           string
	Name         string // empty: none
	Description  string // empty: none
	Metadata     map[string]string
	ExpiresAfter int // days; 0 means never
	CreatedAt    int64
	LastActiveAt int64
	Expired      bool
}

// Attachment is a file in a vector store.
type Attachment struct {
	FileID     string
	Filename   string
	Status     string
	LastError  string         // code of last_error; empty: none
	Attributes map[string]any // texts, float64 and bool
	MaxTokens  int            // of a chunk; 0 means auto
	Overlap    int            // tokens that chunks share
	AttachedAt int64
}

// VectorStores returns the vector stores that exist now, oldest first. It omits vector stores of other keys.
func (s *Server) VectorStores() []VectorStore {
	vectors := s.main.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	now := s.options.clock()
	stores := []VectorStore{}
	for _, v := range vectors.order {
		stores = append(stores, v.export(now))
	}
	return stores
}

func (v *vectorStore) export(now time.Time) VectorStore {
	e := VectorStore{
		ID:           v.id,
		Metadata:     map[string]string{},
		ExpiresAfter: v.days,
		CreatedAt:    v.createdAt.Unix(),
		LastActiveAt: v.lastActive.Unix(),
		Expired:      v.expired(now),
	}
	if v.name != nil {
		e.Name = *v.name
	}
	if v.description != nil {
		e.Description = *v.description
	}
	for key, value := range v.metadata {
		e.Metadata[key], _ = value.(string)
	}
	return e
}

// Attachments returns what is attached to a vector store, oldest first and by id within a second.
func (s *Server) Attachments(storeID string) []Attachment {
	attachments := []Attachment{}
	s.inStore(storeID, func(vectors *vectorStores, v *vectorStore, now time.Time) {
		for _, a := range vectors.sorted(v, now) {
			if !a.detachedAt.IsZero() {
				continue
			}
			e := Attachment{
				FileID:     a.file.ID,
				Filename:   a.file.Filename,
				Status:     vectors.status(a, now),
				Attributes: maps.Clone(a.attributes),
				MaxTokens:  a.chunking.max,
				Overlap:    a.chunking.overlap,
				AttachedAt: a.attachedAt.Unix(),
			}
			if e.Status == failed {
				e.LastError = a.outcome.Code
			}
			attachments = append(attachments, e)
		}
	})
	return attachments
}

// inStore does something with a store of the first key, and reports whether there is one.
func (s *Server) inStore(id string, do func(*vectorStores, *vectorStore, time.Time)) bool {
	vectors := s.main.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	v, ok := vectors.byID[id]
	if ok {
		do(vectors, v, s.options.clock())
	}
	return ok
}

// AddVectorStore creates a vector store as another client would, and returns its id.
func (s *Server) AddVectorStore(name string) string {
	vectors := s.main.vectors
	vectors.mu.Lock()
	defer vectors.mu.Unlock()
	now := s.options.clock()
	v := &vectorStore{id: newStoreID(), name: &name, createdAt: now, lastActive: now, byFile: map[string]*attachment{}}
	vectors.add(v)
	return v.id
}

// DeleteVectorStore removes a vector store as another client would, and reports whether there was one.
func (s *Server) DeleteVectorStore(id string) bool {
	return s.inStore(id, func(vectors *vectorStores, v *vectorStore, _ time.Time) { vectors.remove(v) })
}

// Attach attaches files to a vector store as another client would. It panics if that is not possible.
func (s *Server) Attach(storeID string, fileIDs ...string) {
	ok := s.inStore(storeID, func(vectors *vectorStores, v *vectorStore, now time.Time) {
		for _, id := range fileIDs {
			if _, err := vectors.attach(v, []newAttachment{{fileID: id}}, now); err != nil {
				panic("openaitest: cannot attach " + id + ": " + err.Error())
			}
		}
	})
	if !ok {
		panic("openaitest: no vector store " + storeID)
	}
}

// Detach detaches a file from a vector store as another client would, and reports whether it was attached.
func (s *Server) Detach(storeID, fileID string) bool {
	attached := false
	s.inStore(storeID, func(_ *vectorStores, v *vectorStore, now time.Time) {
		var a *attachment
		if a, attached = v.byFile[fileID]; attached {
			v.detach(a, now)
		}
	})
	return attached
}

// SetOutcome changes the outcome of a file that is attached to a vector store, and reports whether it is attached.
func (s *Server) SetOutcome(storeID, fileID string, o Outcome) bool {
	attached := false
	s.inStore(storeID, func(_ *vectorStores, v *vectorStore, _ time.Time) {
		var a *attachment
		if a, attached = v.byFile[fileID]; attached {
			a.outcome = o
		}
	})
	return attached
}

// SetAttributes changes the attributes of an attached file as another client would, and reports whether it is attached.
func (s *Server) SetAttributes(storeID, fileID string, attributes map[string]any) bool {
	attached := false
	s.inStore(storeID, func(_ *vectorStores, v *vectorStore, _ time.Time) {
		var a *attachment
		if a, attached = v.byFile[fileID]; attached {
			a.attributes = maps.Clone(attributes)
		}
	})
	return attached
}

// VectorBatches returns the sizes of the batches that were attached to a vector store, in files, the largest first.
func (s *Server) VectorBatches(storeID string) []int {
	sizes := []int{}
	s.inStore(storeID, func(vectors *vectorStores, _ *vectorStore, _ time.Time) {
		for _, b := range vectors.batches {
			if b.storeID == storeID {
				sizes = append(sizes, b.size)
			}
		}
	})
	slices.Sort(sizes)
	slices.Reverse(sizes)
	return sizes
}
