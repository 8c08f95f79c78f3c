package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"time"
)

// uploader uploads files without losing one or creating it twice. It holds what the uploads of one process share.
type uploader struct {
	client    *Client
	slots     chan struct{} // one for each request with content that may be sent in parallel
	threshold int64         // bytes above which a file is sent in parts
	patience  time.Duration // after a gateway has given up
	partSize  atomic.Int64  // bytes; smaller once a part was too large for something on the way
	renames   atomic.Bool   // the server has given a file another name than the one sent
	queue     *queue
	claims    *claims
	doubted   *claims // files that an error has named, see [DuplicateError]
	earlier   *earlier
}

func newUploader(client *Client, cfg Config) *uploader {
	u := &uploader{
		client:    client,
		slots:     make(chan struct{}, cmp.Or(cfg.MaxConcurrentUploads, DefaultMaxConcurrentUploads)),
		threshold: cmp.Or(cfg.MultipartThreshold, DefaultMultipartThreshold),
		patience:  cmp.Or(cfg.GatewayPatience, DefaultGatewayPatience),
		queue:     newQueue(),
		claims:    newClaims(),
		doubted:   newClaims(),
		earlier:   newEarlier(),
	}
	u.partSize.Store(partSizes[0])
	return u
}

// UploadFile uploads a file, in one request or, above [Config.MultipartThreshold], in parts, and retries that as long as it is
// worth it without creating the file twice. After a lost response it lists the files of the purpose, newest first: no file of that
// name and size created since then, and the upload is retried; exactly one, and it is adopted; otherwise an error names them.
//
// At most [Config.MaxConcurrentUploads] requests with content are sent in parallel.
func (c *Client) UploadFile(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	turn, err := c.uploads.queue.enter(ctx, likenessOf(params), params.Alone)
	if err != nil {
		return Uploaded{}, fmt.Errorf("uploading %s: waiting for other uploads of this name and size: %w", params.Filename, err)
	}
	defer turn.end()
	job := &uploadJob{uploader: c.uploads, turn: turn, params: params, began: time.Now(), grace: newGrace(), contents: map[string]comparison{}}
	return job.run(ctx)
}

// uploadJob is one call of [Client.UploadFile].
type uploadJob struct {
	*uploader
	turn   *turn
	params CreateFileParams
	began  time.Time
	grace  *grace

	attempt int           // from 0
	lostAt  time.Time     // when the latest response was lost
	waits   time.Duration // how long after that a file may appear; 0: the list is right at once

	// Attempts that were given up, because their responses were lost and no files of theirs were found.
	givenUp   int
	twinsWait time.Duration // the longest of them

	contents map[string]comparison // by the ID of a file that looks like this one
}

func (j *uploadJob) run(ctx context.Context) (Uploaded, error) {
	for ; ; j.attempt++ {
		uploaded, err := j.send(ctx)
		lost, isLost := errors.AsType[*LostAnswerError](err)
		if err != nil && !isLost {
			return Uploaded{}, j.afterGivenUp(ctx, err)
		}
		if isLost {
			found, err := j.findLost(ctx, lost, err)
			if err != nil {
				return Uploaded{}, err
			}
			if found == nil {
				j.givenUp, j.twinsWait = j.givenUp+1, max(j.twinsWait, j.waits)
				j.client.log.InfoContext(ctx, "Retrying the upload: the response was lost and the list shows no such file",
					slog.String("filename", j.params.Filename), slog.String("reason", lost.Error()))
				continue
			}
			// What was sent whole is what the service has.
			uploaded = Uploaded{File: found.File, SHA256: lost.sha256, Found: lost.Err, Compared: found.isSame()}
		}
		if j.attempt > 0 || isLost && j.turn.othersGaveUp() {
			uploaded.Twins, uploaded.Unchecked = j.twins(ctx, uploaded)
		}
		return uploaded, nil
	}
}

// afterGivenUp returns the error of an upload that failed, with what earlier attempts may have created whose responses were lost.
func (j *uploadJob) afterGivenUp(ctx context.Context, err error) error {
	if j.givenUp == 0 {
		return err
	}
	ids, _ := j.twins(ctx, Uploaded{}) // whether or not the list was read, the file may exist
	if len(ids) > 0 {
		return fmt.Errorf("%w; an earlier attempt got no response: %w", err, &DuplicateError{Filename: j.params.Filename, IDs: ids})
	}
	return &LostAnswerError{Err: fmt.Errorf("%w; an earlier attempt got no response, so the file may exist anyway", err)}
}

// findLost returns the file of an upload whose response was lost, or nil if the upload has to be retried. Its error says why neither
// can be done; err is that of the upload.
func (j *uploadJob) findLost(ctx context.Context, lost *LostAnswerError, err error) (*candidate, error) {
	j.lostAt, j.waits = time.Now(), 0
	if mayFinishLater(lost.Err) {
		j.waits = j.patience
	}
	isLast := j.attempt >= j.client.maxRetries || !Temporary(lost.Err) && !errors.Is(lost.Err, ErrWebPage)
	found, searchErr := j.search(ctx, lost, searchUntil, isLast)
	certain := false
	if found == nil && lost.uploadID != "" {
		found, certain, searchErr = j.afterAbandoning(ctx, lost, searchErr)
	}
	if searchErr != nil {
		return nil, fmt.Errorf("%w; the file may exist anyway%w", err, sameReason(lost.Err, searchErr))
	}
	switch {
	case found != nil:
		j.turn.resolve()
		j.claims.add(found.ID)
		return found, nil
	case ctx.Err() != nil && j.attempt > 0: // there was no time to look twice
		return nil, fmt.Errorf("%w; the list shows no such file yet, and each of %d attempts may have created one", err, j.attempt+1)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w; the list shows no such file yet", err)
	case isLast:
		return nil, fmt.Errorf("%w; the list shows no such file yet, after %d of at most %d attempts", err, j.attempt+1, j.client.maxRetries+1)
	}
	if certain {
		j.turn.resolve()
	} else {
		j.turn.giveUp(lost.sha256)
	}
	return nil, nil //nolint:nilnil // there is no such file, and nothing failed
}

// afterAbandoning cancels an upload in parts whose file was not found; certain means that there is none. If the service refuses to cancel it,
// it may have been completed anyway, or in the meantime, and the list be behind.
func (j *uploadJob) afterAbandoning(ctx context.Context, lost *LostAnswerError, searchErr error) (found *candidate, certain bool, err error) {
	outcome := j.abandon(ctx, lost.uploadID)
	_, inDoubt := errors.AsType[*DuplicateError](searchErr)
	switch {
	case outcome == abandoned && (searchErr == nil || inDoubt): // what looks like its file is another one
		return nil, true, nil
	case outcome == abandoned, outcome == notAbandoned, searchErr != nil:
		return nil, false, searchErr
	}
	j.lostAt, j.waits = time.Now(), listLag
	found, err = j.search(ctx, lost, lookUntil, true)
	if found == nil && err == nil && outcome == mayBeComplete {
		err = errors.New("the upload cannot be canceled, so it may have been completed, and its file is not in the list")
	}
	return found, false, err
}

// send sends a file in the way that its size asks for, or in the other one when the server knows only that.
func (j *uploadJob) send(ctx context.Context) (Uploaded, error) {
	if j.params.Size > j.threshold {
		uploaded, err := j.sendParts(ctx, math.MaxInt64)
		if !needsOneRequest(err) || j.params.Size > MaxFileSize {
			return uploaded, err
		}
		j.client.log.InfoContext(ctx, "Uploading in one request", slog.String("filename", j.params.Filename), slog.String("reason", err.Error()))
		return j.createFile(ctx, j.params, j.grace)
	}
	uploaded, err := j.createFile(ctx, j.params, j.grace)
	if errors.Is(err, ErrTooLarge) && j.params.Size > partSizes[len(partSizes)-1] {
		j.client.log.InfoContext(ctx, "Uploading in parts: one request is too large for the server", slog.String("filename", j.params.Filename))
		if inParts, partsErr := j.sendParts(ctx, j.params.Size); !needsOneRequest(partsErr) {
			return inParts, partsErr
		}
	}
	return uploaded, err
}

// needsOneRequest reports whether an upload in parts failed because the server does not offer it for this file.
func needsOneRequest(err error) bool {
	return errors.Is(err, ErrNoUploads) || errors.Is(err, errUploadsRefusePurpose)
}

// created returns a new file as the service has answered it.
func (u *uploader) created(ctx context.Context, params CreateFileParams, file File, sha256 string) Uploaded {
	u.claims.add(file.ID)
	u.client.redactFile(ctx, &file)
	if file.Filename != "" && !sameName(file.Filename, params.Filename) {
		u.renames.Store(true)
	}
	return Uploaded{File: withSize(file, params.Size), SHA256: sha256}
}

// withSize returns a file with the size that was sent, if the server does not say one.
func withSize(file File, size int64) File {
	if file.Bytes == nil && size > 0 {
		file.Bytes = &size
	}
	return file
}

// Claim notes that files belong to somebody, so that none of them is taken for one whose response was lost.
func (c *Client) Claim(ids ...string) {
	for _, id := range ids {
		c.uploads.claims.add(id)
	}
}
