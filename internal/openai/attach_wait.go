package openai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// maxAttachPoll is the maximum pause between two polls.
	maxAttachPoll = 30 * time.Second

	// fewFiles is the number of files that are asked for one by one, which is cheaper and more exact than lists.
	fewFiles = 3

	// fewLateFiles is the same if the numbers of files are behind, or the server does not count them.
	fewLateFiles = 20
)

// wait waits until no accepted file is in progress and records the outcomes.
func (a *attacher) wait(ctx context.Context) error {
	for pause := time.Duration(0); len(a.pending) > 0; {
		running, err := a.look(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !a.direct:
			a.direct = true // a list that cannot be read
			continue
		case err != nil:
			return err
		}
		if err := a.reviveOrGiveUp(ctx, running); err != nil {
			return err
		}
		if len(a.pending) == 0 {
			return nil
		}
		pause = a.untilListed(nextPause(pause, a.after))
		if err := sleep(ctx, a.untilDeadline(pause)); err != nil {
			return fmt.Errorf("waiting until files are indexed: %w", err)
		}
	}
	return nil
}

// nextPause returns the pause before the next poll. Pauses grow, and are at least as long as the service asks for.
func nextPause(before, asked time.Duration) time.Duration {
	switch {
	case before == 0 && asked > 0:
		return asked
	case before == 0:
		return minPoll
	}
	return max(asked, min(2*before, maxAttachPoll))
}

// untilListed returns a pause that does not end long after files should be in the lists.
func (a *attacher) untilListed(pause time.Duration) time.Duration {
	for _, lag := range []time.Duration{attachLag, 2 * attachLag} {
		if left := time.Until(a.latest.Add(lag)); left > 0 && left < pause {
			return left + minBackoff
		}
	}
	return pause
}

// expectedNow returns how many files the vector store must have, after all that this client has detached.
func (a *attacher) expectedNow() int64 {
	return a.expected - (a.client.Detached(a.params.StoreID) - a.params.Detached)
}

// untilDeadline returns a pause that does not end much after the deadline.
func (a *attacher) untilDeadline(pause time.Duration) time.Duration {
	if a.deadline.IsZero() {
		return pause
	}
	return max(min(pause, time.Until(a.deadline)+time.Millisecond), minBackoff)
}

// look records the outcomes of files that are indexed, and returns the IDs of files that are not: of all of them if it is time to
// do something about them.
func (a *attacher) look(ctx context.Context) (running []string, err error) {
	if a.direct || len(a.pending) <= fewFiles {
		return a.lookAtEach(ctx)
	}
	inProgress, err := a.listStatus(ctx, FileInProgress, !a.someStuck())
	if err != nil || len(inProgress.ours) > 0 {
		return inProgress.ids(), err
	}
	return nil, a.settle(ctx, inProgress.listed)
}

// someStuck reports whether it is time to attach a file again or to give it up, if it is still in progress.
func (a *attacher) someStuck() bool {
	now := time.Now()
	if a.spent(now) {
		return true
	}
	for _, file := range a.pending {
		if file.stuck(now, a.deadline) {
			return true
		}
	}
	return false
}

func (a *attacher) spent(now time.Time) bool { return !a.deadline.IsZero() && !now.Before(a.deadline) }

// statusList is what a list of the files with one status has.
type statusList struct {
	ours   []VectorStoreFile // accepted, and not known to be processed
	listed int64             // number of all files with this status
}

func (l statusList) ids() (ids []string) {
	for _, file := range l.ours {
		ids = append(ids, file.ID)
	}
	return ids
}

// listStatus lists the files with a status. first ends it at the first page that has one of ours.
func (a *attacher) listStatus(ctx context.Context, status string, first bool) (statusList, error) {
	var found statusList
	list := vectorStoreFileList(a.params.StoreID, ListVectorStoreFilesParams{Filter: status})
	list.observe = func(header http.Header) { a.askAfter(pollAfter(header)) }
	for file, err := range a.client.listVectorStoreFiles(ctx, list) {
		if err != nil {
			return found, err
		}
		if file.Status != status {
			continue // a server that ignores the filter
		}
		found.listed++
		if _, ours := a.pending[file.ID]; ours {
			found.ours = append(found.ours, file)
		}
		if first && len(found.ours) > 0 {
			break
		}
	}
	return found, nil
}

// settle records the outcomes of the accepted files, none of which is listed as in progress. Files that were attached a moment ago
// may be missing in the lists, but not in the numbers of files; then it records nothing.
func (a *attacher) settle(ctx context.Context, inProgress int64) error {
	failed := map[string]VectorStoreFile{}
	listed := FileCounts{InProgress: inProgress}
	for status, n := range map[string]*int64{FileFailed: &listed.Failed, FileCancelled: &listed.Cancelled} {
		found, err := a.listStatus(ctx, status, false)
		if err != nil {
			return err
		}
		*n = found.listed
		for _, file := range found.ours {
			failed[file.ID] = file
		}
	}
	store, err := a.client.RetrieveVectorStore(ctx, a.params.StoreID)
	if err != nil {
		return err
	}
	switch judgeLists(listed, store.FileCounts, a.expectedNow(), time.Since(a.latest)) {
	case listsLate:
		a.direct = len(a.pending) <= fewLateFiles || a.someStuck()
		return nil
	case listsUseless:
		a.direct = true
		return a.readList(ctx)
	case listsComplete:
	}
	a.direct = haveGhosts(listed, *store.FileCounts)
	for id := range a.pending {
		file, hasFailed := failed[id]
		switch {
		case hasFailed && a.direct:
			continue // asked for
		case hasFailed:
			a.outcomes[id] = AttachOutcome{Attached: true, Reason: file.Reason()}
		default:
			a.outcomes[id] = AttachOutcome{Attached: true, Done: true}
		}
		delete(a.pending, id)
	}
	return nil
}

// readList records the outcomes that the list of all files shows, once all accepted files should be in it, so that only the others have to
// be asked for.
func (a *attacher) readList(ctx context.Context) error {
	if time.Since(a.latest) <= attachLag {
		return nil
	}
	for file, err := range a.client.ListVectorStoreFiles(ctx, a.params.StoreID, ListVectorStoreFilesParams{}) {
		if err != nil {
			return ctx.Err() // each file is asked for
		}
		if _, ours := a.pending[file.ID]; !ours {
			continue
		}
		if outcome, ended := judgeFile(file, nil, false); ended {
			a.outcomes[file.ID] = outcome
			delete(a.pending, file.ID)
		}
	}
	return nil
}

// haveGhosts reports whether lists of the files that could not be indexed have more of them than the vector store counts: files that were
// detached a moment ago, and maybe attached again.
func haveGhosts(listed, counted FileCounts) bool {
	return listed.Failed > counted.Failed || listed.Cancelled > counted.Cancelled
}

// listsState says what lists of files can be used for.
type listsState int

const (
	listsComplete listsState = iota // a file that is in none of them is processed
	listsLate                       // they may lack files that were attached a moment ago
	listsUseless                    // each file has to be asked for
)

// judgeLists compares how many files the lists have with what the vector store counts. expected is the number of files that it must
// have at least, age how long ago the last one was attached. Other clients may change the numbers at any time.
func judgeLists(listed FileCounts, counted *FileCounts, expected int64, age time.Duration) listsState {
	if counted == nil {
		return listsUseless
	}
	tooFew := counted.Total < expected // others have detached files, maybe ours
	incomplete := listed.InProgress < counted.InProgress || listed.Failed < counted.Failed || listed.Cancelled < counted.Cancelled
	switch {
	case tooFew && age > attachLag, incomplete && age > 2*attachLag: // others may have attached files between the lists and the count
		return listsUseless
	case tooFew, incomplete:
		return listsLate
	}
	return listsComplete
}

// errStuck says that a file was attached, and its processing did not end in time.
var errStuck = errors.New("the service did not finish indexing it within the timeout")

// reviveOrGiveUp attaches files again whose processing does not end, once, and gives them up when the time is over.
func (a *attacher) reviveOrGiveUp(ctx context.Context, running []string) error {
	now := time.Now()
	if a.spent(now) {
		for _, id := range running {
			a.outcomes[id] = AttachOutcome{Attached: true, Err: errStuck}
			delete(a.pending, id)
		}
		return nil
	}
	var stuck []Attachment
	for _, id := range running {
		if file, ok := a.pending[id]; ok && file.stuck(now, a.deadline) {
			stuck = append(stuck, file.Attachment)
		}
	}
	if len(stuck) == 0 {
		return nil
	}
	a.client.log.Warn("Attaching files again because their indexing does not finish", slog.Int("files", len(stuck)))
	for i, file := range stuck {
		err := a.client.DetachFile(ctx, a.params.StoreID, file.FileID)
		switch {
		case errors.Is(err, ErrNotFound):
			a.expected-- // others have detached it
		case err != nil:
			_ = a.send(ctx, stuck[:i])
			return err
		}
		a.revived[file.FileID] = true
		delete(a.pending, file.FileID)
		delete(a.outcomes, file.FileID)
	}
	return a.send(ctx, stuck)
}

// lookAtEach asks for each accepted file, records the outcomes of those that are indexed, and returns the others.
func (a *attacher) lookAtEach(ctx context.Context) (running []string, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.client.MaxConcurrentUploads())
	pending := a.pending
	for _, file := range pending {
		group.Go(func() error {
			found, after, err := a.client.retrieveVectorStoreFile(ctx, a.params.StoreID, file.FileID)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			a.askAfter(after)
			a.mu.Lock()
			defer a.mu.Unlock()
			outcome, ended := judgeFile(found, err, time.Since(file.since) < attachLag)
			if ended {
				a.outcomes[file.FileID] = outcome
			} else {
				running = append(running, file.FileID)
			}
			return nil
		})
	}
	err = group.Wait()
	for id, outcome := range a.outcomes {
		if outcome.Done || outcome.Reason != "" || outcome.Err != nil {
			delete(a.pending, id)
		}
	}
	return running, err
}

// judgeFile returns the outcome of an attached file, unless it is still being indexed. A file that was attached a moment ago may
// not be known yet.
func judgeFile(file VectorStoreFile, notFound error, recent bool) (outcome AttachOutcome, ended bool) {
	switch {
	case notFound != nil && recent:
		return AttachOutcome{}, false
	case notFound != nil:
		// The reason is not the address, so the error is not [ErrNotFound].
		return AttachOutcome{Err: fmt.Errorf("the server accepted the file, but no longer has it: %s", notFound.Error())}, true
	case file.Status == FileInProgress:
		return AttachOutcome{}, false
	case file.Failed():
		return AttachOutcome{Attached: true, Reason: file.Reason()}, true
	}
	outcome = AttachOutcome{Attached: true, Done: true}
	if file.Status != FileCompleted {
		outcome.UnknownStatus = file.Status
	}
	return outcome, true
}
