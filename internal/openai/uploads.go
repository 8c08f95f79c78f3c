package openai

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // the API asks for it, to find transmission errors
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// partSize is the length of all parts but the last, in bytes. OpenAI takes up to 64 MB; a smaller part is soon repeated.
const partSize = 32 << 20

// ErrNoUploads says that the server does not know the Uploads API.
var ErrNoUploads = errors.New("the server does not know uploads in parts (POST /uploads)")

// Upload is a file on its way in parts. It expires an hour after its creation.
//
// Reference: https://platform.openai.com/docs/api-reference/uploads/object
type Upload struct {
	ID     string `json:"id"`
	Status string `json:"status"` // pending, completed, cancelled or expired
	File   *File  `json:"file"`   // nil until the upload is completed
}

// CreateUpload begins an upload in parts: POST /uploads.
func (c *Client) CreateUpload(ctx context.Context, params CreateFileParams) (Upload, error) {
	type expiry struct {
		Anchor  string `json:"anchor"`
		Seconds int64  `json:"seconds"`
	}
	body := struct {
		Filename     string  `json:"filename"`
		Purpose      string  `json:"purpose"`
		Bytes        int64   `json:"bytes"`
		MimeType     string  `json:"mime_type"`
		ExpiresAfter *expiry `json:"expires_after,omitempty"`
	}{Filename: params.Filename, Purpose: params.Purpose, Bytes: params.Size, MimeType: mimeType(params.Filename)}
	if params.ExpiresAfter > 0 {
		body.ExpiresAfter = &expiry{Anchor: "created_at", Seconds: params.ExpiresAfter}
	}
	upload, err := c.postUpload(ctx, []string{"uploads"}, body, nil)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrMethodNotAllowed) || errors.Is(err, ErrNotImplemented) {
		err = fmt.Errorf("%w: %w", ErrNoUploads, err)
	}
	return upload, err
}

// AddUploadPart sends a part of at most 64 MB: POST /uploads/{upload_id}/parts. Parts may go side by side. A part that was sent
// twice does no harm: only those named to [Client.CompleteUpload] count.
func (c *Client) AddUploadPart(ctx context.Context, uploadID string, content io.ReaderAt, size int64) (partID string, err error) {
	form, err := newForm(nil, "data", "part", content, size)
	if err != nil {
		return "", err
	}
	form.unhashed = true
	var part struct {
		ID string `json:"id"`
	}
	err = c.do(ctx, request{
		method:      http.MethodPost,
		path:        []string{"uploads", uploadID, "parts"},
		body:        form.body,
		length:      form.length(),
		contentType: form.contentType,
	}, func(resp *http.Response) error {
		if err := c.decode(resp, &part); err != nil {
			return err
		}
		return requireID(part.ID)
	})
	return part.ID, err
}

// CompleteUpload makes a file of the parts in the given order: POST /uploads/{upload_id}/complete. md5hex is that of the whole
// content; the service refuses other bytes. It is not repeated once it was sent: a second time it would be an error.
func (c *Client) CompleteUpload(ctx context.Context, uploadID string, partIDs []string, md5hex string) (Upload, error) {
	body := struct {
		PartIDs []string `json:"part_ids"`
		MD5     string   `json:"md5,omitempty"`
	}{partIDs, md5hex}
	rateLimited := func(err error) bool { return errors.Is(err, ErrRateLimited) && retryable(err) }
	return c.postUpload(ctx, []string{"uploads", uploadID, "complete"}, body, rateLimited)
}

// CancelUpload gives up an upload: POST /uploads/{upload_id}/cancel. Its parts are gone then.
func (c *Client) CancelUpload(ctx context.Context, uploadID string) error {
	_, err := c.postUpload(ctx, []string{"uploads", uploadID, "cancel"}, nil, nil)
	return err
}

// postUpload posts JSON, or nothing, and reads an Upload.
func (c *Client) postUpload(ctx context.Context, path []string, body any, retry func(error) bool) (Upload, error) {
	r := request{method: http.MethodPost, path: path, retry: retry}
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return Upload{}, err
		}
		r.body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(encoded)), nil }
		r.length, r.contentType = int64(len(encoded)), "application/json"
	}
	var upload Upload
	err := c.do(ctx, r, func(resp *http.Response) error {
		if err := c.decode(resp, &upload); err != nil {
			return err
		}
		return requireID(upload.ID)
	})
	return upload, err
}

func requireID(id string) error {
	switch id {
	case "":
		return fmt.Errorf("%w: it has no id", ErrAnswer)
	case ".", "..":
		return fmt.Errorf("%w: its id is %q, which cannot be asked for", ErrAnswer, id)
	}
	return nil
}

// mimeType guesses what the service wants to hear of a file.
func mimeType(filename string) string {
	extension := strings.ToLower(filepath.Ext(filename))
	if extension == ".jsonl" {
		return "text/jsonl"
	}
	guess, _, _ := mime.ParseMediaType(mime.TypeByExtension(extension))
	return cmp.Or(guess, "application/octet-stream")
}

// abandonTimeout and abandonGrace bound the removal of what nobody wants: as a rule, and after a cancellation.
const (
	abandonTimeout = 30 * time.Second
	abandonGrace   = 800 * time.Millisecond
)

// abandon cancels an upload, so that its parts do not lie around for an hour. It tells whether the upload is complete instead.
func (c *Client) abandon(ctx context.Context, uploadID string) (isComplete bool) {
	ctx, end := outlive(ctx, abandonGrace, always)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, abandonTimeout)
	defer cancel()
	if err := c.CancelUpload(ctx, uploadID); err != nil {
		c.log.WarnContext(ctx, "Upload was not cancelled; it expires within an hour", "upload", uploadID, "reason", err.Error())
		refusal, ok := errors.AsType[*Error](err)
		return ok && (refusal.StatusCode == http.StatusBadRequest || refusal.StatusCode == http.StatusConflict)
	}
	return false
}

// uploadParts makes a file through the Uploads API. Every part is read by its offset from the same open content when it is
// sent, and repeated alone when it fails. Whatever goes wrong before the end cancels the upload.
func (c *Client) uploadParts(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	fail := func(err error) (Uploaded, error) {
		return Uploaded{}, fmt.Errorf("uploading %s in parts: %w", params.Filename, err)
	}
	upload, err := c.CreateUpload(ctx, params)
	if err != nil {
		return fail(err)
	}
	partIDs, sums, err := c.addParts(ctx, upload.ID, params)
	if err != nil {
		c.abandon(ctx, upload.ID)
		return fail(err)
	}

	sending, end := outlive(ctx, answerGrace, always)
	defer end()
	done, err := c.CompleteUpload(sending, upload.ID, partIDs, sums.md5)
	if err == nil && (done.File == nil || done.File.ID == "") {
		err = fmt.Errorf("%w: the completed upload has no file", ErrAnswer)
	}
	switch {
	case err == nil:
		c.redact(ctx, done.File)
		c.gate.claim(done.File.ID)
		return Uploaded{File: *done.File, SHA256: sums.sha256}, nil
	case ambiguous(err):
		_, err = fail(err)
		return Uploaded{}, &LostAnswerError{Err: err, sha256: sums.sha256, uploadID: upload.ID}
	}
	c.abandon(ctx, upload.ID)
	return fail(err)
}

// addParts sends all parts, as many side by side as there are slots, and hashes the content meanwhile. The service compares the
// MD5 with what it has, so the SHA-256 of the same reading is that of the file.
func (c *Client) addParts(ctx context.Context, uploadID string, params CreateFileParams) (partIDs []string, sums checksums, err error) {
	partIDs = make([]string, (params.Size+partSize-1)/partSize)
	progress := c.logProgress(ctx, params)
	var sent atomic.Int64

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cap(c.gate.slots) + 1) // the parts, and the hash
	group.Go(func() (err error) {
		sums, err = hashContent(ctx, params.Content, params.Size)
		return err
	})
	for i := range partIDs {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			free, err := c.gate.slot(ctx)
			if err != nil {
				return err
			}
			defer free()
			offset := int64(i) * partSize
			size := min(partSize, params.Size-offset)
			partIDs[i], err = c.AddUploadPart(ctx, uploadID, io.NewSectionReader(params.Content, offset, size), size)
			if err != nil {
				return fmt.Errorf("part %d of %d: %w", i+1, len(partIDs), err)
			}
			progress(sent.Add(size))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, checksums{}, err
	}
	return partIDs, sums, nil
}

// checksums are those of one reading of a content, as lower-case hex.
type checksums struct{ sha256, md5 string }

func hashContent(ctx context.Context, content io.ReaderAt, size int64) (checksums, error) {
	sha, md := sha256.New(), md5.New() //nolint:gosec // see the import
	reader := &contentReader{content: io.NewSectionReader(content, 0, size), rest: content, size: size}
	var both sync.WaitGroup
	buffer := make([]byte, 1<<20)
	for ctx.Err() == nil {
		n, err := reader.Read(buffer)
		piece := buffer[:n]
		both.Go(func() { md.Write(piece) }) // MD5 takes twice as long: side by side
		sha.Write(piece)
		both.Wait()
		if errors.Is(err, io.EOF) {
			return checksums{hex.EncodeToString(sha.Sum(nil)), hex.EncodeToString(md.Sum(nil))}, nil
		}
		if err != nil {
			return checksums{}, err
		}
	}
	return checksums{}, context.Cause(ctx)
}
