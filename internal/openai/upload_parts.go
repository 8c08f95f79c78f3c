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

	"golang.org/x/sync/errgroup"
)

// partSizes are the lengths of all parts but the last, in bytes. OpenAI accepts up to 64 MB, but a smaller part is retried faster.
// Proxies and gateways often accept only 1, 10 or 25 MiB, and a request is a little longer than its part.
var partSizes = []int64{32 << 20, 8 << 20, 1e6}

// ErrPartTooLarge says that something refuses even the smallest parts.
var ErrPartTooLarge = fmt.Errorf("a proxy or gateway in front of the service refuses even parts of %d MB; raise its limit for the size of a request",
	partSizes[len(partSizes)-1]/1e6)

// errSmallerParts says that a part was refused for its size.
var errSmallerParts = errors.New("the part is too large for the server or for a proxy in front of it")

// sendParts creates a file through the Uploads API, in parts of less than a size and as large as all proxies accept.
func (j *uploadJob) sendParts(ctx context.Context, lessThan int64) (Uploaded, error) {
	for _, size := range partSizes {
		if size > j.partSize.Load() || size >= lessThan {
			continue
		}
		uploaded, err := j.sendPartsOf(ctx, size)
		if !errors.Is(err, errSmallerParts) {
			return uploaded, err
		}
		if size == partSizes[len(partSizes)-1] {
			return Uploaded{}, fmt.Errorf("uploading %s in parts: %w: %w", j.params.Filename, ErrPartTooLarge, err)
		}
		j.client.log.InfoContext(ctx, "Uploading in smaller parts", "filename", j.params.Filename, "reason", err.Error())
		j.shrinkParts(size)
	}
	return Uploaded{}, ErrPartTooLarge // not reached: the last size always ends the loop
}

// shrinkParts remembers for the whole process that parts of a size are too large.
func (u *uploader) shrinkParts(tooLarge int64) {
	for _, size := range partSizes {
		if size < tooLarge {
			for known := u.partSize.Load(); known > size; known = u.partSize.Load() {
				u.partSize.CompareAndSwap(known, size)
			}
			return
		}
	}
}

// sendPartsOf creates a file from parts of a size. Every part is read by its offset from the same open content when it is sent, and
// retried alone when it fails. Any failure before the end cancels the upload.
func (j *uploadJob) sendPartsOf(ctx context.Context, partSize int64) (Uploaded, error) {
	fail := func(err error) (Uploaded, error) {
		return Uploaded{}, fmt.Errorf("uploading %s in parts: %w", j.params.Filename, err)
	}
	upload, err := j.createUpload(ctx, j.params, j.grace)
	if err != nil {
		return fail(err)
	}
	id := string(upload.ID)
	partIDs, sums, err := j.addParts(ctx, id, partSize)
	if err != nil {
		j.abandon(ctx, id)
		return fail(err)
	}
	done, err := j.completeUpload(ctx, id, partIDs, sums.md5, j.grace)
	unusable := err == nil && (done.File == nil || requireID(done.File.ID) != nil)
	switch {
	case unusable && done.File == nil:
		err = fmt.Errorf("%w: the completed upload has no file", ErrAnswer)
	case unusable:
		err = requireID(done.File.ID)
	case err == nil:
		return j.created(ctx, j.params, *done.File, sums.sha256), nil
	}
	if errors.Is(err, ErrUnusableID) {
		return fail(err)
	}
	if unusable || ambiguous(err) {
		_, err = fail(err)
		return Uploaded{}, &LostAnswerError{Err: err, sha256: sums.sha256, uploadID: id}
	}
	j.abandon(ctx, id)
	return fail(err)
}

// abandonment is what became of an upload in parts that was to be cancelled.
type abandonment int

const (
	notAbandoned   abandonment = iota // it expires within an hour
	abandoned                         // it is cancelled
	mayBeComplete                     // the service refuses to cancel it
	mayBeAbandoned                    // the same, but an earlier request to cancel it was not answered
)

// abandon cancels an upload, so that its parts are not stored for an hour.
func (j *uploadJob) abandon(ctx context.Context, uploadID string) abandonment {
	ctx, end := j.grace.extend(ctx, abandonUntil, always)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, discardTimeout)
	defer cancel()
	err := j.cancelUpload(ctx, uploadID)
	if err == nil {
		return abandoned
	}
	j.client.log.WarnContext(ctx, "Upload was not canceled; it expires within an hour", "upload", uploadID, "reason", err.Error())
	refusal, ok := errors.AsType[*Error](err)
	attempts, _ := EffortOf(err)
	switch {
	case !ok || refusal.StatusCode != http.StatusBadRequest && refusal.StatusCode != http.StatusConflict:
		return notAbandoned
	case attempts > 1:
		return mayBeAbandoned
	}
	return mayBeComplete
}

// addParts sends all parts, as many in parallel as there are slots, and hashes the content meanwhile. The service compares the MD5
// with what it has, so the SHA-256 of the same reading is that of the file.
func (j *uploadJob) addParts(ctx context.Context, uploadID string, partSize int64) (partIDs []string, sums checksums, err error) {
	content, size := j.params.Content, j.params.Size
	partIDs = make([]string, (size+partSize-1)/partSize)
	progress := j.logProgress(ctx, j.params)
	var sent atomic.Int64

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cap(j.slots) + 1) // the parts, and the hash
	group.Go(func() (err error) {
		sums, err = hashContent(ctx, content, size)
		return err
	})
	for i := range partIDs {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() (err error) {
			offset := int64(i) * partSize
			length := min(partSize, size-offset)
			partIDs[i], err = j.addUploadPart(ctx, uploadID, io.NewSectionReader(content, offset, length), length)
			if errors.Is(err, ErrTooLarge) {
				return fmt.Errorf("part %d of %d, with %d bytes: %w: %w", i+1, len(partIDs), length, errSmallerParts, err)
			}
			if err != nil {
				return fmt.Errorf("part %d of %d: %w", i+1, len(partIDs), err)
			}
			progress(sent.Add(length))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, checksums{}, err
	}
	return partIDs, sums, nil
}

// checksums are computed while a content is read once, in lowercase hex.
type checksums struct{ sha256, md5 string }

func hashContent(ctx context.Context, content io.ReaderAt, size int64) (checksums, error) {
	sha, md := sha256.New(), md5.New() //nolint:gosec // see the import
	reader := &contentReader{content: io.NewSectionReader(content, 0, size), rest: content, size: size}
	var both sync.WaitGroup
	buffer := make([]byte, 1<<20)
	for ctx.Err() == nil {
		n, err := reader.Read(buffer)
		piece := buffer[:n]
		both.Go(func() { md.Write(piece) }) // MD5 takes twice as long
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
