package openaitest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// vectorBatchObject is a batch of files in its JSON form.
type vectorBatchObject struct {
	ID            string     `json:"id"`
	Object        string     `json:"object"`
	CreatedAt     int64      `json:"created_at"`
	Status        string     `json:"status"`
	VectorStoreID string     `json:"vector_store_id"`
	FileCounts    fileCounts `json:"file_counts"`
}

func (s *vectorStores) batchObject(b *vectorBatch, now time.Time) vectorBatchObject {
	counts, _ := s.count(b.files, now)
	o := vectorBatchObject{
		ID:            b.id,
		Object:        "vector_store.file_batch",
		CreatedAt:     b.createdAt.Unix(),
		Status:        completed,
		VectorStoreID: b.storeID,
		FileCounts:    counts,
	}
	switch {
	case b.cancelled:
		o.Status = cancelled
	case counts.InProgress > 0:
		o.Status = inProgress
	}
	return o
}

// createVectorStoreBatch answers POST /vector_stores/{vector_store_id}/file_batches.
func (s *Server) createVectorStoreBatch(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	files, err := s.options.parseBatch(p)
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		if limited := vectors.limit(v, len(files), now); limited != nil {
			return nil, limited
		}
		if err != nil {
			return nil, err
		}
		if err := v.usable(now); err != nil {
			return nil, err
		}
		attached, err := vectors.attach(v, files, now)
		if err != nil {
			return nil, err
		}
		vectors.attached.add(now, len(files))
		slices.SortFunc(attached, attachedBefore)
		b := &vectorBatch{
			id:        newStoreBatchID(),
			storeID:   v.id,
			createdAt: now,
			files:     slices.Compact(attached),
			size:      len(files),
			polls:     s.options.emptyCounts,
		}
		vectors.batches[b.id] = b
		c.pollAfter(s)
		o := vectors.batchObject(b, now)
		if !s.options.synchronous {
			o.Status = inProgress
			o.FileCounts = fileCounts{InProgress: o.FileCounts.Total, Total: o.FileCounts.Total}
		}
		return o, nil
	})
}

// parseBatch reads the files of a batch: file_ids, which share what else the body says, or files, which do not.
func (o *options) parseBatch(p params) ([]newAttachment, error) {
	if err := p.allow("file_ids", "files", "attributes", "chunking_strategy"); err != nil {
		return nil, err
	}
	switch {
	case p.has("file_ids") && p.has("files"):
		return nil, refused("mutually_exclusive_parameters", "files", "Mutually exclusive parameters: 'file_ids' and 'files'.")
	case p.has("files"):
		return o.parseBatchFiles(p)
	}
	if err := p.require("file_ids"); err != nil {
		return nil, err
	}
	shared := newAttachment{}
	var err error
	if shared.attributes, err = parseAttributes(p); err != nil {
		return nil, err
	}
	if shared.chunking, err = parseChunking(p); err != nil {
		return nil, err
	}
	var ids []string
	if err := p.into("file_ids", "an array of strings", &ids); err != nil {
		return nil, err
	}
	files := make([]newAttachment, len(ids))
	for i, id := range ids {
		files[i] = shared
		files[i].fileID = id
	}
	return files, o.checkBatch("file_ids", len(ids))
}

func (o *options) parseBatchFiles(p params) ([]newAttachment, error) {
	elements, err := p.objects("files")
	if err != nil {
		return nil, err
	}
	if err := o.checkBatch("files", len(elements)); err != nil {
		return nil, err
	}
	files := make([]newAttachment, len(elements))
	for i, element := range elements {
		if files[i], err = parseAttachment(element); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (o *options) checkBatch(param string, n int) error {
	if n == 0 {
		return refused("empty_array", param,
			"Invalid '%s': empty array. Expected an array with minimum length 1, but got an empty array instead.", param)
	}
	return notTooLong(param, n, o.maxBatch)
}

// withBatch does something with the batch in the path, under the lock.
func (c *call) withBatch(do func(*vectorStores, *vectorStore, *vectorBatch, time.Time) (any, error)) (any, error) {
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		if !strings.HasPrefix(c.sub, "vsfb_") {
			return nil, wrongPrefix("batch_id", c.sub, "vsfb_")
		}
		b, ok := vectors.batches[c.sub]
		if !ok || b.storeID != v.id {
			return nil, refuse(http.StatusNotFound, "No file batch found with id '%s' in vector store '%s'.", c.sub, v.id)
		}
		return do(vectors, v, b, now)
	})
}

// retrieveVectorStoreBatch answers GET /vector_stores/{vector_store_id}/file_batches/{batch_id}: with the vector store, as the
// service does.
func (s *Server) retrieveVectorStoreBatch(c *call) (any, error) {
	return c.withBatch(func(vectors *vectorStores, v *vectorStore, b *vectorBatch, now time.Time) (any, error) {
		c.pollAfter(s)
		empty := b.polls > 0
		b.polls = max(b.polls-1, 0)
		if s.options.batchIsBatch {
			o := vectors.batchObject(b, now)
			if empty {
				o.Status, o.FileCounts = inProgress, fileCounts{}
			}
			return o, nil
		}
		o := vectors.object(v, now)
		if empty {
			o.Status, o.FileCounts = inProgress, fileCounts{}
		}
		return o, nil
	})
}

// cancelVectorStoreBatch answers POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel. What is finished stays.
func (s *Server) cancelVectorStoreBatch(c *call) (any, error) {
	return c.withBatch(func(vectors *vectorStores, _ *vectorStore, b *vectorBatch, now time.Time) (any, error) {
		for _, a := range b.files {
			if vectors.status(a, now) == inProgress {
				a.cancelled, b.cancelled = true, true
			}
		}
		return vectors.batchObject(b, now), nil
	})
}

// listVectorStoreBatchFiles answers GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files.
func (s *Server) listVectorStoreBatchFiles(c *call) (any, error) {
	q, err := parseCursorQuery(c.URL.Query())
	if err != nil {
		return nil, err
	}
	return c.withBatch(func(vectors *vectorStores, v *vectorStore, b *vectorBatch, now time.Time) (any, error) {
		if v.expired(now) {
			return vectors.listFiles(v, nil, q, now)
		}
		b.files = slices.DeleteFunc(b.files, func(a *attachment) bool { return vectors.gone(a, now) })
		return vectors.listFiles(v, b.files, q, now)
	})
}
