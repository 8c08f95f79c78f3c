package openaitest

import (
	"crypto/md5" //nolint:gosec // the checksum that the API asks for
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
)

// uploadObject is an Upload in its JSON form.
type uploadObject struct {
	ID        string      `json:"id"`
	Object    string      `json:"object"`
	Bytes     int64       `json:"bytes"`
	CreatedAt int64       `json:"created_at"`
	Filename  string      `json:"filename"`
	Purpose   string      `json:"purpose"`
	Status    string      `json:"status"`
	ExpiresAt int64       `json:"expires_at"`
	File      *fileObject `json:"file,omitempty"` // once it is completed
}

// createUpload answers POST /uploads.
func (s *Server) createUpload(c *call) (any, error) {
	var body struct {
		Filename string `json:"filename"`
		Purpose  string `json:"purpose"`
		Bytes    int64  `json:"bytes"`
		MIMEType string `json:"mime_type"`
		Expiry   *struct {
			Anchor  string `json:"anchor"`
			Seconds int64  `json:"seconds"`
		} `json:"expires_after"`
	}
	err := c.readJSON(&body, property{"filename", true}, property{"purpose", true}, property{"bytes", true},
		property{"mime_type", true}, property{"expires_after", false})
	if err != nil {
		return nil, err
	}
	if err := checkPurpose(body.Purpose); err != nil {
		return nil, err
	}
	if body.Bytes < 0 {
		return nil, invalid("%d is less than the minimum of 0 - 'bytes'", body.Bytes).withParam("bytes")
	}
	if err := s.options.checkFile(body.Filename, body.Purpose, body.Bytes); err != nil {
		return nil, err
	}
	if most := s.options.maxUploadSize; body.Bytes > most {
		return nil, invalid("%d is greater than the maximum of %d - 'bytes'", body.Bytes, most).withParam("bytes")
	}
	if !strings.Contains(body.MIMEType, "/") {
		return nil, invalid("'%s' is not a MIME type - 'mime_type'", body.MIMEType).withParam("mime_type")
	}
	n := newFile{filename: body.Filename, purpose: body.Purpose}
	if body.Expiry != nil {
		if err := checkExpiry(body.Expiry.Anchor, body.Expiry.Seconds); err != nil {
			return nil, err
		}
		n.expiresAfter = body.Expiry.Seconds
	}
	return c.project.uploads.add(n, body.Bytes), nil
}

// addUploadPart answers POST /uploads/{upload_id}/parts.
func (s *Server) addUploadPart(c *call) (any, error) {
	if err := c.project.uploads.check(c.id); err != nil {
		return nil, err
	}
	var data *content
	err := c.readForm(func(field field) error {
		switch {
		case field.name != "data":
			return unexpectedProperty(field.name)
		case !field.isFile || data != nil:
			return invalid("Expected 'data' to be one file")
		}
		c.note(func(r *Request) { r.Filename = field.filename })
		kept, err := s.take(field, s.options.maxPartSize, tooLarge)
		data = &kept
		return err
	})
	switch {
	case err != nil:
	case data == nil:
		err = missingProperty("data")
	case data.size == 0:
		err = invalid("Part is empty.")
	default:
		var p part
		if p, err = c.project.uploads.addPart(c.id, *data); err == nil {
			return struct {
				ID        string `json:"id"`
				Object    string `json:"object"`
				CreatedAt int64  `json:"created_at"`
				UploadID  string `json:"upload_id"`
			}{p.id, "upload.part", p.createdAt, c.id}, nil
		}
	}
	if data != nil {
		data.release()
	}
	return nil, err
}

// completeUpload answers POST /uploads/{upload_id}/complete.
func (s *Server) completeUpload(c *call) (any, error) {
	var body struct {
		PartIDs []string `json:"part_ids"`
		MD5     *string  `json:"md5"`
	}
	if err := c.readJSON(&body, property{"part_ids", true}, property{"md5", false}); err != nil {
		return nil, err
	}
	n, err := c.project.uploads.beginComplete(c.id, body.PartIDs)
	if err != nil {
		return nil, err
	}
	if err := verify(&n, body.MD5); err != nil {
		c.project.uploads.reopen(c.id)
		return nil, err
	}
	f := c.project.files.add(n, false)
	c.note(func(r *Request) { r.FileID = f.ID })
	return c.project.uploads.complete(c.id, body.PartIDs, f.object()), nil
}

// cancelUpload answers POST /uploads/{upload_id}/cancel.
func (s *Server) cancelUpload(c *call) (any, error) { return c.project.uploads.cancel(c.id) }

// verify reads a content made of parts once more, for its hashes. What is not kept cannot be verified. The service does not
// look at the lines of a file for fine-tuning here.
func verify(n *newFile, wantMD5 *string) error {
	if n.content.gone {
		return nil
	}
	r := n.content.open()
	defer func() { _ = r.Close() }()
	whole, sum := sha256.New(), md5.New() //nolint:gosec // the checksum that the API asks for
	to := []io.Writer{whole}
	if wantMD5 != nil {
		to = append(to, sum)
	}
	if _, err := io.CopyBuffer(onlyWriter{io.MultiWriter(to...)}, r, make([]byte, bufferSize)); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); wantMD5 != nil && got != *wantMD5 {
		return invalid("The MD5 checksum of the parts is %s, not %s.", got, *wantMD5).withParam("md5")
	}
	n.content.sha256 = hex.EncodeToString(whole.Sum(nil))
	return nil
}

// OpenUploads returns the ids of the Uploads that are neither completed nor cancelled nor expired, oldest first. It omits Uploads of other
// keys.
func (s *Server) OpenUploads() []string {
	uploads := s.main.uploads
	uploads.mu.Lock()
	defer uploads.mu.Unlock()
	ids := []string{}
	for _, u := range uploads.order {
		if uploads.status(u) == pending {
			ids = append(ids, u.id)
		}
	}
	return ids
}

func noSuchUpload(id string) *apiError {
	return refuse(http.StatusNotFound, "No such Upload object: %s", id).withParam("id")
}

// pick returns the contents of an Upload's parts in the order of ids.
func (u *upload) pick(ids []string) ([]content, error) {
	if len(ids) == 0 {
		return nil, invalid("'part_ids' is empty").withParam("part_ids")
	}
	var contents []content
	for i, id := range ids {
		data, ok := u.parts[id]
		switch {
		case !ok:
			return nil, invalid("No such Part of Upload %s: %s", u.id, id).withParam("part_ids")
		case slices.Contains(ids[:i], id):
			return nil, invalid("Part %s is named more than once", id).withParam("part_ids")
		}
		contents = append(contents, data)
	}
	return contents, nil
}
