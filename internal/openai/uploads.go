package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"strings"
)

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

// CreateUpload begins an upload in parts: POST /uploads. A cancellation waits a moment for the answer: who knows the id can cancel the
// upload.
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
	if ctx.Err() != nil {
		return Upload{}, context.Cause(ctx)
	}
	sending, end := outlive(ctx, answerUntil, always)
	defer end()
	upload, err := c.postUpload(sending, []string{"uploads"}, body, func(err error) bool { return retryable(err) && ctx.Err() == nil })
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
	notRefused := func(err error) bool { return retryable(err) && !errors.Is(err, ErrConflict) }
	_, err := c.postUpload(ctx, []string{"uploads", uploadID, "cancel"}, nil, notRefused)
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
