package openaitest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Values of status of attached files, beside completed and cancelled.
const (
	inProgress = "in_progress"
	failed     = "failed"
)

// vectorStores keeps the vector stores of a project.
type vectorStores struct {
	options *options
	files   *fileStore

	mu       sync.Mutex // taken before that of files
	seq      int64
	byID     map[string]*vectorStore
	order    []*vectorStore // oldest first
	batches  map[string]*vectorBatch
	attached *sharedRate // files of the organization
}

func newVectorStores(o *options, files *fileStore, attached *sharedRate) *vectorStores {
	return &vectorStores{
		options:  o,
		files:    files,
		byID:     map[string]*vectorStore{},
		batches:  map[string]*vectorBatch{},
		attached: attached,
	}
}

// vectorStore is a vector store and what is attached to it.
type vectorStore struct {
	id          string
	seq         int64 // orders stores of the same second
	name        *string
	description *string
	metadata    map[string]any
	days        int // expires_after; 0 means never
	createdAt   time.Time
	lastActive  time.Time
	byFile      map[string]*attachment
	order       []*attachment // as attachedBefore orders them, those that linger after a detach included
	unsorted    bool
	unpruned    bool // a file of order is detached, or may expire
	requests    rate // that attach
	noRetrieve  int
	noList      int
}

// attachment is a file in a vector store.
type attachment struct {
	file       File
	attributes map[string]any
	chunking   chunking
	attachedAt time.Time
	outcome    Outcome
	cancelled  bool
	detachedAt time.Time // zero while it is attached
	noRetrieve int
	noList     int
}

// vectorBatch is a number of files that were attached with one request.
type vectorBatch struct {
	id, storeID string
	createdAt   time.Time
	files       []*attachment
	size        int // files that were asked for
	cancelled   bool
	polls       int // that will still find it without counts
}

// attachedBefore orders attachments. Those of a batch have the same second.
func attachedBefore(a, b *attachment) int {
	return cmp.Or(cmp.Compare(a.attachedAt.Unix(), b.attachedAt.Unix()), strings.Compare(a.file.ID, b.file.ID))
}

func (v *vectorStore) expiresAt() (at time.Time, ok bool) {
	if v.days == 0 {
		return time.Time{}, false
	}
	return v.lastActive.Add(time.Duration(v.days) * 24 * time.Hour), true
}

func (v *vectorStore) expired(now time.Time) bool {
	at, ok := v.expiresAt()
	return ok && now.Unix() >= at.Unix()
}

// status returns the status of an attached file.
func (s *vectorStores) status(a *attachment, now time.Time) string {
	switch {
	case a.cancelled:
		return cancelled
	case a.outcome.Stuck || now.Sub(a.attachedAt) < s.options.indexing:
		return inProgress
	case a.outcome.Code != "":
		return failed
	}
	return completed
}

// gone reports whether a file is neither attached nor lingers. Deleted and expired files vanish from all stores.
func (s *vectorStores) gone(a *attachment, now time.Time) bool {
	if !a.detachedAt.IsZero() {
		return now.Sub(a.detachedAt) >= s.options.detachLag
	}
	return a.file.ExpiresAt != nil && now.Unix() >= *a.file.ExpiresAt
}

// sorted returns what is attached to a store, oldest first. The caller does not change it.
func (s *vectorStores) sorted(v *vectorStore, now time.Time) []*attachment {
	if v.expired(now) {
		return nil
	}
	if v.unpruned {
		v.order = slices.DeleteFunc(v.order, func(a *attachment) bool { return s.gone(a, now) })
		v.unpruned = slices.ContainsFunc(v.order, func(a *attachment) bool { return !a.detachedAt.IsZero() || a.file.ExpiresAt != nil })
	}
	if v.unsorted {
		slices.SortFunc(v.order, attachedBefore)
		v.unsorted = false
	}
	return v.order
}

// find returns a store that a client may use. It counts as activity, unless the store has expired.
func (s *vectorStores) find(id string, now time.Time) (*vectorStore, error) {
	if !strings.HasPrefix(id, "vs_") {
		return nil, wrongPrefix("vector_store_id", id, "vs_")
	}
	v, ok := s.byID[id]
	if !ok {
		return nil, noSuchVectorStore(id)
	}
	if v.noRetrieve > 0 {
		v.noRetrieve--
		return nil, noSuchVectorStore(id)
	}
	if !v.expired(now) {
		v.lastActive = now
	}
	return v, nil
}

// usable refuses a store that has expired.
func (v *vectorStore) usable(now time.Time) error {
	if v.expired(now) {
		return invalid("Vector store '%s' has expired.", v.id)
	}
	return nil
}

// findFile returns a file that is attached to a store.
func (s *vectorStores) findFile(storeID, fileID string, now time.Time) (*vectorStore, *attachment, error) {
	v, err := s.find(storeID, now)
	if err != nil {
		return nil, nil, err
	}
	a, ok := v.byFile[fileID]
	switch {
	case !ok && !strings.HasPrefix(fileID, "file-"):
		return nil, nil, wrongPrefix("file_id", fileID, "file-")
	case !ok, v.expired(now), s.gone(a, now):
		return nil, nil, notAttached(storeID, fileID)
	case a.noRetrieve > 0:
		a.noRetrieve--
		return nil, nil, notAttached(storeID, fileID)
	}
	return v, a, nil
}

// newAttachment is what a client says about a file to attach.
type newAttachment struct {
	fileID     string
	attributes map[string]any
	chunking   chunking
}

// attach attaches files to a store, all of them or none. It does not change files that are already attached.
func (s *vectorStores) attach(v *vectorStore, all []newAttachment, now time.Time) ([]*attachment, error) {
	files := make([]File, len(all))
	var refused []string // extensions
	for i, n := range all {
		f, _, ok := s.files.get(n.fileID)
		switch {
		case !ok && !strings.HasPrefix(n.fileID, "file-"):
			return nil, wrongPrefix("file_id", n.fileID, "file-")
		case !ok:
			return nil, notAttached(v.id, n.fileID)
		}
		files[i] = f
		if extension, ok := s.options.unsupported(f.Filename); !ok {
			refused = append(refused, extension)
		}
	}
	if len(refused) > 0 {
		return nil, unsupportedFiles(refused)
	}
	attached := make([]*attachment, len(all))
	for i, n := range all {
		attached[i] = s.attachFile(v, files[i], n, now)
	}
	v.lastActive = now
	return attached, nil
}

func (s *vectorStores) attachFile(v *vectorStore, f File, n newAttachment, now time.Time) *attachment {
	if a, ok := v.byFile[f.ID]; ok && !s.gone(a, now) {
		return a
	}
	a := &attachment{
		file:       f,
		attributes: n.attributes,
		chunking:   n.chunking,
		attachedAt: now,
		outcome:    s.options.decide(f.Filename),
		noRetrieve: s.options.attachLag,
		noList:     s.options.attachLag,
	}
	v.byFile[f.ID] = a
	v.order = append(v.order, a)
	v.unsorted = true
	v.unpruned = v.unpruned || f.ExpiresAt != nil
	return a
}

// detach removes a file from a store. It may linger in lists; sorted drops it.
func (v *vectorStore) detach(a *attachment, now time.Time) {
	a.detachedAt = now
	v.unpruned = true
	delete(v.byFile, a.file.ID)
}

// forgetFile detaches a file that was deleted from all stores.
func (s *vectorStores) forgetFile(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.clock()
	for _, v := range s.byID {
		if a, ok := v.byFile[id]; ok {
			v.detach(a, now)
		}
	}
}

// remove forgets a store. Its files stay.
func (s *vectorStores) remove(v *vectorStore) {
	delete(s.byID, v.id)
	s.order = slices.DeleteFunc(s.order, func(other *vectorStore) bool { return other == v })
}

// limit refuses an attach request that comes too early. It counts the others, and their files once they are attached.
func (s *vectorStores) limit(v *vectorStore, files int, now time.Time) error {
	if wait := v.requests.wait(now, 1, s.options.attachRequests); wait > 0 {
		return rateLimited("attach requests of vector store "+v.id, wait)
	}
	if wait := s.attached.wait(now, files, s.options.attachFiles); wait > 0 {
		return rateLimited("files attached to vector stores", wait)
	}
	v.requests.add(now, 1)
	return nil
}

// fileCounts are the files of a store or a batch by status.
type fileCounts struct {
	InProgress int `json:"in_progress"`
	Completed  int `json:"completed"`
	Failed     int `json:"failed"`
	Cancelled  int `json:"cancelled"`
	Total      int `json:"total"`
}

// count counts files that are attached, and the bytes of the completed ones.
func (s *vectorStores) count(files []*attachment, now time.Time) (counts fileCounts, bytes int64) {
	for _, a := range files {
		if !a.detachedAt.IsZero() || s.gone(a, now) {
			continue
		}
		counts.Total++
		switch s.status(a, now) {
		case inProgress:
			counts.InProgress++
		case failed:
			counts.Failed++
		case cancelled:
			counts.Cancelled++
		default:
			counts.Completed++
			bytes += a.file.Bytes
		}
	}
	return counts, bytes
}

func noSuchVectorStore(id string) *apiError {
	return refuse(http.StatusNotFound, "No vector store found with id '%s'.", id)
}

func notAttached(storeID, fileID string) *apiError {
	return refuse(http.StatusNotFound, "No file found with id '%s' in vector store '%s'.", fileID, storeID)
}

func wrongPrefix(param, id, prefix string) *apiError {
	return refused("invalid_value", param, "Invalid '%s': '%s'. Expected an ID that begins with '%s'.", param, id, prefix)
}

// unsupportedFiles names extensions, each once, and no files.
func unsupportedFiles(extensions []string) *apiError {
	slices.Sort(extensions)
	return refused("unsupported_file", "file_ids", "Files with extensions [%s] are not supported for retrieval. See "+
		"https://platform.openai.com/docs/assistants/tools/file-search/supported-files", strings.Join(slices.Compact(extensions), ", "))
}
