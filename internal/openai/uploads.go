package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrNoUploads says that the server does not have the Uploads API.
var ErrNoUploads = errors.New("the server does not support uploads in parts (POST /uploads)")

// errUploadsRefusePurpose says that the Uploads API does not take files of a purpose.
var errUploadsRefusePurpose = errors.New("the server does not accept uploads in parts (POST /uploads) for this purpose")

const paramPurpose = "purpose" // of a refusal

// upload is a file that is being sent in parts. It expires an hour after its creation.
//
// Reference: https://platform.openai.com/docs/api-reference/uploads/object
type upload struct {
	ID     identifier `json:"id"`
	Status string     `json:"status"` // pending, completed, cancelled or expired
	File   *File      `json:"file"`   // nil until the upload is completed
}

// createUpload begins an upload in parts: POST /uploads. A cancellation waits a moment for the answer, because the ID is needed to
// cancel the upload.
func (u *uploader) createUpload(ctx context.Context, params CreateFileParams, grace *grace) (upload, error) {
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
	created, err := u.postUpload(ctx, []string{"uploads"}, body, nil, grace)
	refusal, _ := errors.AsType[*Error](err)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrMethodNotAllowed), errors.Is(err, ErrNotImplemented):
		err = fmt.Errorf("%w: %w", ErrNoUploads, err)
	case refusal != nil && refusal.StatusCode == http.StatusBadRequest && refusal.Param == paramPurpose:
		err = fmt.Errorf("%w: %w", errUploadsRefusePurpose, err)
	}
	return created, err
}

// addUploadPart sends a part of at most 64 MB: POST /uploads/{upload_id}/parts. Parts may be sent in parallel. A part that was sent
// twice does no harm: only those named to [uploader.completeUpload] count.
func (u *uploader) addUploadPart(ctx context.Context, uploadID string, content io.ReaderAt, size int64) (partID string, err error) {
	form, err := newForm(nil, "data", "part", content, size)
	if err != nil {
		return "", err
	}
	form.unhashed = true
	var part struct {
		ID identifier `json:"id"`
	}
	err = u.client.do(ctx, request{
		method:      http.MethodPost,
		path:        []string{"uploads", uploadID, "parts"},
		body:        form.body,
		length:      form.length(),
		contentType: form.contentType,
		slots:       u.slots,
	}, func(resp *http.Response) error {
		if err := u.client.decode(resp, &part); err != nil {
			return err
		}
		return requireID(string(part.ID))
	})
	return string(part.ID), err
}

// completeUpload creates a file from the parts in the given order: POST /uploads/{upload_id}/complete. md5hex is that of the whole
// content; the service refuses other bytes. It is not retried once it was sent: a second time it would be an error.
func (u *uploader) completeUpload(ctx context.Context, uploadID string, partIDs []string, md5hex string, grace *grace) (upload, error) {
	body := struct {
		PartIDs []string `json:"part_ids"`
		MD5     string   `json:"md5,omitempty"`
	}{partIDs, md5hex}
	return u.postUpload(ctx, []string{"uploads", uploadID, "complete"}, body, createdNothing, grace)
}

// cancelUpload ends an upload: POST /uploads/{upload_id}/cancel. Its parts are deleted.
func (u *uploader) cancelUpload(ctx context.Context, uploadID string) error {
	_, err := u.postUpload(ctx, []string{"uploads", uploadID, "cancel"}, nil, notConflict, nil)
	return err
}

// postUpload posts JSON, or nothing, and reads an upload.
func (u *uploader) postUpload(ctx context.Context, path []string, body any, safe func(*requestError) bool, grace *grace) (upload, error) {
	r, err := post(path, body)
	if err != nil {
		return upload{}, err
	}
	r.safe, r.grace = safe, grace
	var answer upload
	err = u.client.do(ctx, r, func(resp *http.Response) error {
		answer = upload{}
		if err := u.client.decode(resp, &answer); err != nil {
			return err
		}
		return requireID(string(answer.ID))
	})
	return answer, err
}

// ErrUnusableID says that a server has given an object an ID that cannot be asked for.
var ErrUnusableID = errors.New("the object cannot be asked for")

type unusableIDError struct{ id string }

func (e *unusableIDError) Error() string {
	return fmt.Sprintf("%s: its ID is %q, which cannot be used in a request", ErrAnswer, e.id)
}

// Is reports whether target is [ErrUnusableID] or [ErrAnswer].
func (e *unusableIDError) Is(target error) bool {
	return target == ErrUnusableID || target == ErrAnswer
}

func requireID(id string) error {
	switch id {
	case "":
		return fmt.Errorf("%w: it has no id", ErrAnswer)
	case ".", "..":
		return &permanentError{&unusableIDError{id}}
	}
	return nil
}
