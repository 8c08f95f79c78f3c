package openai

import (
	"context"
	"crypto/md5" //nolint:gosec // the API asks for it, to find transmission errors
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// partSize is the length of all parts but the last, in bytes. OpenAI takes up to 64 MB; a smaller part is soon repeated.
const partSize = 32 << 20

// abandonTimeout bounds the removal of what nobody wants.
const abandonTimeout = 30 * time.Second

// abandon cancels an upload, so that its parts do not lie around for an hour. It tells whether the upload may be complete instead.
func (c *Client) abandon(ctx context.Context, uploadID string) (mayBeComplete bool) {
	ctx, end := outlive(ctx, abandonUntil, always)
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

	sending, end := outlive(ctx, answerUntil, always)
	defer end()
	done, err := c.CompleteUpload(sending, upload.ID, partIDs, sums.md5)
	switch {
	case err != nil:
	case done.File == nil:
		err = fmt.Errorf("%w: the completed upload has no file", ErrAnswer)
	default:
		err = requireID(done.File.ID)
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
