package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Statuses of a file in a vector store. Every one but in_progress is final. The words of compatible servers are translated, see
// [statusWords].
const (
	FileInProgress = "in_progress"
	FileCompleted  = "completed"
	FileFailed     = "failed"
	FileCancelled  = "cancelled"
)

// statusWords translates words that compatible servers have for a status. A file without a status is completed: the server does not say.
var statusWords = map[string]string{
	FileInProgress: FileInProgress, FileCompleted: FileCompleted, FileFailed: FileFailed, FileCancelled: FileCancelled,
	"": FileCompleted, "complete": FileCompleted, "processed": FileCompleted, "ready": FileCompleted, "indexed": FileCompleted,
	"success": FileCompleted, "succeeded": FileCompleted, "done": FileCompleted, "active": FileCompleted,
	"queued": FileInProgress, "pending": FileInProgress, "processing": FileInProgress, "running": FileInProgress, "indexing": FileInProgress,
	"error": FileFailed, "failure": FileFailed, "rejected": FileFailed, "expired": FileFailed, "canceled": FileCancelled,
}

// fileStatus returns one of the statuses above, or the word of the server if it is not known. Such a file has failed if there is an error.
func fileStatus(word string, failed bool) string {
	word = strings.ToLower(word)
	status, isKnown := statusWords[word]
	switch {
	case isKnown && (word != "" || !failed):
		return status
	case failed:
		return FileFailed
	}
	return word
}

// VectorStoreFile is a file attached to a vector store. The pair of both IDs identifies it.
//
// Reference: https://platform.openai.com/docs/api-reference/vector-stores-files/file-object
type VectorStoreFile struct {
	ID         string     // of the file
	Status     string     // one of the statuses above, or a word that is not known
	Word       string     // the word of the server for it
	CreatedAt  *time.Time // when it was attached; nil: the server does not say
	ErrorCode  string     // why the status is failed, such as unsupported_file; may be empty
	Error      string     // the same in words; may be empty
	Attributes map[string]any
	Chunking   *Chunking // nil: the server does not say
}

// Chunking is how a file is split before it is indexed, in tokens.
type Chunking struct {
	MaxChunkSize int64 // 100 to 4096
	Overlap      int64 // 0 to half of MaxChunkSize
}

// AutomaticChunking is what OpenAI reports for files attached without a chunking strategy.
var AutomaticChunking = Chunking{MaxChunkSize: 800, Overlap: 400}

// UnmarshalJSON reads a vector store file object.
func (f *VectorStoreFile) UnmarshalJSON(b []byte) error {
	var wire struct {
		ID         identifier `json:"id"`
		FileID     identifier `json:"file_id"` // of servers whose attachments have IDs of their own
		Status     any        `json:"status"`
		CreatedAt  any        `json:"created_at"`
		LastError  any        `json:"last_error"`
		Attributes any        `json:"attributes"`
		Chunking   any        `json:"chunking_strategy"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	lastError := object(wire.LastError)
	if lastError == nil {
		lastError = map[string]any{"message": wire.LastError} // a text
	}
	*f = VectorStoreFile{
		ID:         string(cmp.Or(wire.FileID, wire.ID)),
		Status:     fileStatus(text(wire.Status), wire.LastError != nil),
		Word:       text(wire.Status),
		CreatedAt:  instant(wire.CreatedAt),
		ErrorCode:  oneLine(text(lastError["code"])),
		Error:      oneLine(text(lastError["message"])),
		Attributes: object(wire.Attributes),
	}
	chunking := object(wire.Chunking)
	switch static := object(chunking["static"]); {
	case static != nil:
		f.Chunking = &Chunking{MaxChunkSize: whole(static["max_chunk_size_tokens"]), Overlap: whole(static["chunk_overlap_tokens"])}
	case text(chunking["type"]) == "auto":
		automatic := AutomaticChunking
		f.Chunking = &automatic
	}
	return nil
}

// Failed reports whether the processing has ended without success. A status that is not known is taken for success.
func (f VectorStoreFile) Failed() bool { return f.Status == FileFailed || f.Status == FileCancelled }

// Reason returns why a file could not be indexed, as a sentence without its full stop.
func (f VectorStoreFile) Reason() string {
	switch {
	case f.Error != "" && f.ErrorCode != "":
		return fmt.Sprintf("%s (%s)", trimFullStop(f.Error), f.ErrorCode)
	case f.Error != "":
		return trimFullStop(f.Error)
	case f.ErrorCode != "":
		return f.ErrorCode
	}
	return fmt.Sprintf("its status is %q, and the service does not say why", cmp.Or(f.Word, f.Status))
}

func trimFullStop(s string) string {
	if len(s) > 0 && s[len(s)-1] == '.' {
		return s[:len(s)-1]
	}
	return s
}

// wireChunking is a chunking strategy in a request.
type wireChunking struct {
	Type   string            `json:"type"`
	Static *wireChunkNumbers `json:"static,omitempty"`
}

type wireChunkNumbers struct {
	MaxChunkSize int64 `json:"max_chunk_size_tokens"`
	Overlap      int64 `json:"chunk_overlap_tokens"`
}

func newWireChunking(c *Chunking) *wireChunking {
	if c == nil {
		return nil
	}
	return &wireChunking{Type: "static", Static: &wireChunkNumbers{c.MaxChunkSize, c.Overlap}}
}

// wireAttachment is a file to attach in a request.
type wireAttachment struct {
	FileID     string         `json:"file_id"`
	Attributes map[string]any `json:"attributes,omitempty"`
	Chunking   *wireChunking  `json:"chunking_strategy,omitempty"`
}

// createFileBatch attaches files in one request: POST /vector_stores/{vector_store_id}/file_batches. It is not retried once it may
// have arrived.
func (c *Client) createFileBatch(ctx context.Context, storeID string, files []wireAttachment, g *grace) (after time.Duration, err error) {
	body := struct {
		Files []wireAttachment `json:"files"`
	}{files}
	return c.postAttachment(ctx, body, g, SectionVectorStores, storeID, "file_batches")
}

// attachFile attaches one file: POST /vector_stores/{vector_store_id}/files. It is not retried once it may have arrived.
func (c *Client) attachFile(ctx context.Context, storeID string, file wireAttachment, g *grace) (after time.Duration, err error) {
	return c.postAttachment(ctx, file, g, SectionVectorStores, storeID, "files")
}

// postAttachment returns how long the service asks to wait before the first poll; 0 means that it does not say.
func (c *Client) postAttachment(ctx context.Context, body any, g *grace, path ...string) (after time.Duration, err error) {
	r, err := vectorStoreRequest(http.MethodPost, body, path...)
	if err != nil {
		return 0, err
	}
	r.safe, r.grace = notArrived, g
	err = c.do(ctx, r, func(resp *http.Response) error {
		after = pollAfter(resp.Header)
		var answer struct {
			ID identifier `json:"id"`
		}
		return c.decode(resp, &answer)
	})
	return after, err
}

// RetrieveVectorStoreFile returns an attached file: GET /vector_stores/{vector_store_id}/files/{file_id}. A file that is not attached
// is [ErrNotFound].
func (c *Client) RetrieveVectorStoreFile(ctx context.Context, storeID, fileID string) (VectorStoreFile, error) {
	file, _, err := c.retrieveVectorStoreFile(ctx, storeID, fileID)
	return file, err
}

// retrieveVectorStoreFile also returns how long the service asks to wait before the next poll; 0 means that it does not say.
func (c *Client) retrieveVectorStoreFile(ctx context.Context, storeID, fileID string) (file VectorStoreFile, after time.Duration, err error) {
	r, err := vectorStoreRequest(http.MethodGet, nil, SectionVectorStores, storeID, "files", fileID)
	if err != nil {
		return VectorStoreFile{}, 0, err
	}
	err = c.do(ctx, r, func(resp *http.Response) error {
		file, after = VectorStoreFile{}, pollAfter(resp.Header)
		return c.decode(resp, &file)
	})
	file.ID = fileID
	return c.redactVectorStoreFile(file), after, wrap("reading file "+oneLine(fileID)+" of vector store "+oneLine(storeID), err)
}

// UpdateVectorStoreFile replaces the attributes of an attached file: POST /vector_stores/{vector_store_id}/files/{file_id}.
func (c *Client) UpdateVectorStoreFile(ctx context.Context, storeID, fileID string, attributes map[string]any) error {
	if attributes == nil {
		attributes = map[string]any{}
	}
	body := struct {
		Attributes map[string]any `json:"attributes"`
	}{attributes}
	r, err := vectorStoreRequest(http.MethodPost, body, SectionVectorStores, storeID, "files", fileID)
	if err != nil {
		return err
	}
	err = c.do(ctx, r, func(resp *http.Response) error {
		var file VectorStoreFile
		return c.decode(resp, &file)
	})
	return wrap("changing the attributes of file "+oneLine(fileID), err)
}

// DetachFile removes a file from a vector store without deleting the file: DELETE /vector_stores/{vector_store_id}/files/{file_id}. A file
// that is not attached is [ErrNotFound]. The service may not know a file yet that was attached a moment ago, so DetachFile retries if this
// client has attached the file or [Client.SawAttached] was called for it.
func (c *Client) DetachFile(ctx context.Context, storeID, fileID string) error {
	key := attachmentKey(storeID, fileID)
	for try := 0; ; try++ {
		err := c.doDelete(ctx, SectionVectorStores, storeID, "files", fileID)
		if err == nil {
			c.recent.Delete(key)
			c.detachedFrom(storeID).Add(1)
			return nil
		}
		isLate := errors.Is(err, ErrNotFound) || errors.Is(err, ErrStillThere)
		if !isLate || !c.createdRecently(key) || try == maxNotFound || sleep(ctx, exponential(try)) != nil {
			return wrap("detaching file "+oneLine(fileID), err)
		}
	}
}

// SawAttached notes that files were seen in a vector store a moment ago, so that a 404 to their detachment may be a read that is behind.
func (c *Client) SawAttached(storeID string, fileIDs ...string) {
	for _, id := range fileIDs {
		c.recent.Store(attachmentKey(storeID, id), time.Now())
	}
}

// Attached returns how many files this client has attached to a vector store.
func (c *Client) Attached(storeID string) int64 { return c.attachedTo(storeID).Load() }

func (c *Client) attachedTo(storeID string) *atomic.Int64 { return counter(&c.attached, storeID) }

// Detached returns how many files this client has detached from a vector store.
func (c *Client) Detached(storeID string) int64 { return c.detachedFrom(storeID).Load() }

func (c *Client) detachedFrom(storeID string) *atomic.Int64 { return counter(&c.detached, storeID) }

func counter(of *sync.Map, key string) *atomic.Int64 {
	n, _ := of.LoadOrStore(key, new(atomic.Int64))
	return n.(*atomic.Int64) //nolint:forcetypeassert,errcheck // there is nothing else
}

// ListVectorStoreFilesParams narrows a list; the zero value asks for everything, newest first.
type ListVectorStoreFilesParams struct {
	Filter string // only files of this status; empty: all
	Order  string // asc or desc, by the time of attachment; empty: desc
}

// ListVectorStoreFiles yields the files of a vector store: GET /vector_stores/{vector_store_id}/files.
func (c *Client) ListVectorStoreFiles(ctx context.Context, storeID string, params ListVectorStoreFilesParams) iter.Seq2[VectorStoreFile, error] {
	return c.listVectorStoreFiles(ctx, vectorStoreFileList(storeID, params))
}

func (c *Client) listVectorStoreFiles(ctx context.Context, l list) iter.Seq2[VectorStoreFile, error] {
	return func(yield func(VectorStoreFile, error) bool) {
		for file, err := range all(ctx, c, l, func(f *VectorStoreFile) string { return f.ID }, nil) {
			if !yield(c.redactVectorStoreFile(file), err) {
				return
			}
		}
	}
}

func vectorStoreFileList(storeID string, params ListVectorStoreFilesParams) list {
	query := url.Values{"order": {"desc"}}
	if params.Order != "" {
		query.Set("order", params.Order)
	}
	if params.Filter != "" {
		query.Set("filter", params.Filter)
	}
	return list{
		what:     "the files of vector store " + oneLine(storeID),
		path:     []string{SectionVectorStores, storeID, "files"},
		query:    query,
		header:   betaHeader,
		pageSize: maxVectorStorePage,
	}
}

// pollAfter returns how long the service asks to wait before the next poll: the header openai-poll-after-ms. 0 means that it does
// not say.
func pollAfter(header http.Header) time.Duration {
	ms, err := strconv.ParseInt(header.Get("Openai-Poll-After-Ms"), 10, 64)
	if err != nil || ms <= 0 {
		return 0
	}
	return min(time.Duration(ms)*time.Millisecond, maxPoll)
}
