package openai

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"
)

// UploadFile makes a file, in one request or, above [Config.MultipartThreshold], in parts, and repeats that as long as it is
// worth it without making it twice. When an answer was lost it lists the files of the purpose, newest first: no file of that
// name and size made since then, and the upload is repeated; exactly one, and it is the one; otherwise an error names them.
//
// No more than [Config.MaxConcurrentUploads] requests with content go at one time.
func (c *Client) UploadFile(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	turn, err := c.gate.enter(ctx, fmt.Sprintf("%d %s", params.Size, path.Base(sentFilename(params.Filename))), params.Alone)
	if err != nil {
		return Uploaded{}, fmt.Errorf("uploading %s: %w", params.Filename, err)
	}
	defer turn.leave()

	ctx = withEnd(ctx)
	began := time.Now()
	for attempt := 0; ; attempt++ {
		uploaded, err := c.uploadOnce(ctx, params)
		lost, ok := errors.AsType[*LostAnswerError](err)
		if !ok {
			if err == nil && attempt > 0 {
				uploaded.Twins = c.twins(ctx, turn, params, began)
			}
			return uploaded, err
		}
		found, searchErr := c.findLost(ctx, turn, params, began, attempt, searchUntil)
		if found == nil && lost.uploadID != "" && c.abandon(ctx, lost.uploadID) && searchErr == nil {
			// It may have been completed all the same, or in the meantime, and the list be behind.
			found, searchErr = c.findLost(ctx, turn, params, began, attempt+1, lookUntil)
			if found == nil && searchErr == nil {
				searchErr = errors.New("the upload cannot be cancelled, so it may have been completed, and its file is not in the list")
			}
		}
		if searchErr != nil {
			return Uploaded{}, fmt.Errorf("%w; the file may exist all the same: %w", err, searchErr)
		}
		turn.found()
		if found != nil {
			c.gate.claim(found.ID)
			// What was sent whole is what the service has.
			uploaded = Uploaded{File: *found, SHA256: lost.sha256, Found: lost.Err}
			if attempt > 0 {
				uploaded.Twins = c.twins(ctx, turn, params, began)
			}
			return uploaded, nil
		}
		if ctx.Err() != nil { // there was no time to look twice
			return Uploaded{}, fmt.Errorf("%w; the list shows no file made of it yet", err)
		}
		if attempt >= c.maxRetries || !retryable(lost.Err) {
			return Uploaded{}, fmt.Errorf("%w; the list shows no file made of it, after %d of at most %d attempts", lost.Err, attempt+1, c.maxRetries+1)
		}
		c.log.InfoContext(ctx, "Uploading again: the answer was lost and no such file was made",
			slog.String("filename", params.Filename), slog.String("reason", lost.Error()))
	}
}

// ClaimNewest claims the newest files of the project. Times of the service are whole seconds, and its clocks differ: without this,
// a file that an earlier run made a moment ago could be taken for one whose answer was lost. When the list cannot be read, no file
// is taken for a lost one.
func (c *Client) ClaimNewest(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	for file, err := range c.newestFiles(ctx, "", time.Now().Add(-clockSlack)) {
		if err != nil {
			c.gate.doubt()
			c.log.WarnContext(ctx, "The newest files are not known", slog.String("reason", err.Error()))
			return
		}
		c.gate.claim(file.ID)
	}
}

// claimTimeout is how long the first upload waits for the list of the files that were there before.
const claimTimeout = 5 * time.Second

// Claim tells that files belong to somebody, so that none of them is taken for one whose answer was lost.
func (c *Client) Claim(ids ...string) {
	for _, id := range ids {
		c.gate.claim(id)
	}
}

// uploadOnce sends a file in the way that its size asks for, or in the other one when the server knows only that.
func (c *Client) uploadOnce(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	if params.Size > c.threshold {
		uploaded, err := c.uploadParts(ctx, params)
		if !errors.Is(err, ErrNoUploads) || params.Size > MaxFileSize {
			return uploaded, err
		}
		c.log.InfoContext(ctx, "Uploading in one request: the server has no uploads in parts", slog.String("filename", params.Filename))
		return c.uploadWhole(ctx, params)
	}
	uploaded, err := c.uploadWhole(ctx, params)
	if errors.Is(err, ErrTooLarge) && params.Size > partSize {
		c.log.InfoContext(ctx, "Uploading in parts: the server takes less in one request", slog.String("filename", params.Filename))
		if inParts, partsErr := c.uploadParts(ctx, params); !errors.Is(partsErr, ErrNoUploads) {
			return inParts, partsErr
		}
	}
	return uploaded, err
}

// uploadWhole sends a file in one request, when there is a slot for it.
func (c *Client) uploadWhole(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	free, err := c.gate.slot(ctx)
	if err != nil {
		return Uploaded{}, fmt.Errorf("uploading %s: %w", params.Filename, err)
	}
	defer free()
	return c.CreateFile(ctx, params)
}

// findLost returns the file that an upload made whose answer was lost, or nil when there is none. It asks again even where the
// list is refused: to give up here may leave a file that nobody knows of. A cancellation leaves it the time until.
func (c *Client) findLost(ctx context.Context, turn *turn, params CreateFileParams, began time.Time, attempt int, until time.Duration) (*File, error) {
	searching, end := outlive(ctx, until, always)
	defer end()
	losers, err := turn.search(searching)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		_ = sleep(ctx, exponential(attempt+try)) // a cancellation cuts the wait short, not the search
		found, err := c.search(searching, params, began, losers)
		if _, several := errors.AsType[*DuplicateError](err); err == nil || several || try >= c.maxRetries || ctx.Err() != nil {
			return found, err
		}
	}
}

// search looks for a lost upload in the list.
func (c *Client) search(ctx context.Context, params CreateFileParams, began time.Time, losers int) (*File, error) {
	found, err := c.lookalikes(ctx, params, began)
	switch {
	case err != nil || len(found) == 0:
		return nil, err
	case len(found) == 1 && losers == 1 && !c.gate.doubts():
		return &found[0], nil
	}
	return nil, &DuplicateError{Filename: params.Filename, IDs: ids(found)}
}

// twins returns the ids of files that look like the uploaded one and belong to nobody. One of them may have been made by an attempt
// whose answer was lost, and have come into the list only after the search for it. While others search for theirs, it may be
// theirs.
func (c *Client) twins(ctx context.Context, turn *turn, params CreateFileParams, began time.Time) []string {
	if turn.othersSearch() || sleep(ctx, listLag) != nil {
		return nil
	}
	found, err := c.lookalikes(ctx, params, began)
	if err != nil {
		c.log.WarnContext(ctx, "It is not known whether a lost upload has made a file as well", slog.String("filename", params.Filename), slog.String("reason", err.Error()))
	}
	return ids(found)
}

func ids(files []File) []string {
	var all []string
	for _, file := range files {
		all = append(all, file.ID)
	}
	return all
}

const (
	// clockSlack is how far the time of a file may be behind the one that the service puts into its answers.
	clockSlack = 10 * time.Second

	// listLag is how far the list may be behind.
	listLag = time.Second

	// newestPageSize and maxNewestPages bound the pages of the newest files, maxLookalikes the candidates for a lost upload.
	newestPageSize = 1000
	maxNewestPages = 100
	maxLookalikes  = 20
)

// lookalikes returns the files of the same purpose, name and size that were made since began and belong to nobody, newest first.
func (c *Client) lookalikes(ctx context.Context, params CreateFileParams, began time.Time) ([]File, error) {
	var found []File
	for file, err := range c.newestFiles(ctx, params.Purpose, began) {
		if err != nil {
			return nil, err
		}
		if sameName(file.Filename, params.Filename) && file.Bytes != nil && *file.Bytes == params.Size && !c.gate.claimed(file.ID) {
			if found = append(found, file); len(found) == maxLookalikes {
				break
			}
		}
	}
	return found, nil
}

// newestFiles yields the files of a purpose that may have been made since a time of this machine, newest first. Not every server
// knows the order, or as long a page.
func (c *Client) newestFiles(ctx context.Context, purpose string, since time.Time) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		var (
			older      int
			previous   time.Time
			descending = true // until two neighbours tell otherwise
			began      bool
		)
		list := func(pageSize int) (err error) {
			params := ListFilesParams{Purpose: purpose, Order: "desc", PageSize: pageSize, MaxPages: maxNewestPages}
			for file, err := range c.ListFiles(ctx, params) {
				if err != nil {
					return err
				}
				began = true
				if file.CreatedAt != nil {
					if !previous.IsZero() && file.CreatedAt.After(previous) {
						descending = false
					}
					previous = *file.CreatedAt
					// Times of the service are whole seconds, rounded down. Its clock is known from the answer at the latest.
					if file.CreatedAt.Before(since.Add(c.clock.offset() - clockSlack)) {
						if older++; older > 1 && descending { // the first may stand before newer ones yet
							return nil
						}
						continue
					}
				}
				if !yield(file, nil) {
					return nil
				}
			}
			return nil
		}
		err := list(newestPageSize)
		if refusal, ok := errors.AsType[*Error](err); ok && !began && (refusal.StatusCode == http.StatusBadRequest || refusal.StatusCode == http.StatusUnprocessableEntity) {
			err = list(0)
		}
		if err != nil {
			yield(File{}, err)
		}
	}
}

// sameName tells whether a file may have been sent under a name: as it is, as a form can have it, or its last element.
func sameName(kept, name string) bool {
	sent := sentFilename(name)
	return kept == name || kept == sent || kept == path.Base(sent)
}

// DuplicateError says that it cannot be told which file, if any, is the one whose upload was not answered.
type DuplicateError struct {
	Filename string
	IDs      []string // newest first
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("files named %s and of the same size were made meanwhile, and which of them belongs to this upload is not known: %s",
		e.Filename, strings.Join(e.IDs, ", "))
}
