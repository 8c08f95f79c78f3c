package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// sameRefusals is the number of equal refusals of single files after which no others are tried, unless the service has accepted
// some.
const sameRefusals = 10

// send attaches files in batches, or one by one.
func (a *attacher) send(ctx context.Context, files []Attachment) error {
	queue := slices.Collect(slices.Chunk(files, a.size))
	var began time.Time // of the first of these tries
	for tries := 0; len(queue) > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if tries == 0 {
			began = time.Now()
		}
		if a.single {
			return a.sendSingly(ctx, slices.Concat(queue...))
		}
		batch := queue[0]
		after, err := a.client.createFileBatch(ctx, a.params.StoreID, a.wire(batch), a.grace)
		err = withAttempts(err, tries+1, began)
		a.askAfter(after)
		verdict := judgeAttach(err, batch, tries >= a.client.maxRetries)
		rest, err := a.follow(ctx, verdict, batch, err, tries)
		if err != nil {
			return err
		}
		if verdict.step == stepLook && len(slices.Concat(rest...)) == len(batch) {
			tries++
		} else {
			tries = 0
		}
		queue = slices.Concat(rest, queue[1:])
		if verdict.step == stepShorten {
			queue = slices.Collect(slices.Chunk(slices.Concat(queue...), a.size))
		}
	}
	return nil
}

// follow carries out a verdict about a batch. It returns the files of the batch to send next, in batches.
func (a *attacher) follow(ctx context.Context, verdict attachVerdict, batch []Attachment, err error, tries int) (rest [][]Attachment, failure error) {
	switch verdict.step {
	case stepNext:
		a.accept(batch)
		return nil, nil
	case stepNoBatches:
		a.single = true
		return [][]Attachment{batch}, nil
	case stepShorten:
		a.size = verdict.size
		return [][]Attachment{batch}, nil
	case stepPostpone:
		others := slices.DeleteFunc(slices.Clone(batch), func(file Attachment) bool {
			return slices.ContainsFunc(verdict.refused, func(named Attachment) bool { return named.FileID == file.FileID })
		})
		return [][]Attachment{others, verdict.refused}, nil
	case stepRefuse:
		return batches(a.refuse(batch, verdict.refused, err)), nil
	case stepHalve:
		if len(batch) == 1 {
			return nil, a.refuseOne(batch[0], err)
		}
		return [][]Attachment{batch[:len(batch)/2], batch[len(batch)/2:]}, nil
	case stepLook:
		if batch = a.refuseGone(ctx, batch, err, tries); len(batch) == 0 {
			return nil, nil
		}
		missing, failure := a.lookAfter(ctx, batch, err, tries)
		return batches(missing), failure
	case stepEnd:
	}
	return nil, err
}

// refuseGone refuses the files that do not exist, after a 404 that names them, and returns the others. A new file exists, but the vector
// store may not know it yet.
func (a *attacher) refuseGone(ctx context.Context, files []Attachment, err error, tries int) (rest []Attachment) {
	if !errors.Is(err, ErrNotFound) || tries > 0 || len(files) > fewLateFiles {
		return files
	}
	var gone []Attachment
	for _, file := range files {
		_, err := a.client.RetrieveFile(ctx, file.FileID)
		if answer, ok := errors.AsType[*Error](err); ok && answer.StatusCode == http.StatusNotFound && answer.about(file.FileID) {
			gone = append(gone, file)
		}
	}
	return a.refuse(files, gone, err)
}

// batches returns files as one batch; none for no files.
func batches(files []Attachment) [][]Attachment {
	if len(files) == 0 {
		return nil
	}
	return [][]Attachment{files}
}

// refuseOne records that the service refuses a file. If many files are refused for the same reason and none is accepted, the reason
// does not concern the files: refuseOne then returns it as an error.
func (a *attacher) refuseOne(file Attachment, err error) error {
	if concernsFiles(err) {
		a.refuse([]Attachment{file}, []Attachment{file}, err)
		return nil
	}
	reason := refusalReason(err)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outcomes[file.FileID] = AttachOutcome{Refused: err}
	a.refusals[reason]++
	if a.latest.IsZero() && a.refusals[reason] >= sameRefusals {
		return err
	}
	return nil
}

// lookAfter finds out which files are missing after a request that failed with err, and whether to retry them. After a gateway
// timeout, the service may still finish the request.
func (a *attacher) lookAfter(ctx context.Context, files []Attachment, err error, tries int) (rest []Attachment, failure error) {
	lost, rest := time.Now(), files
	for look := 0; ; look++ {
		_ = sleep(ctx, exponential(tries+1+look)) // a cancellation cuts the wait short, not the look
		rest, failure = a.missing(ctx, rest)
		switch {
		case failure != nil:
			a.doubt(rest, err)
			return nil, fmt.Errorf("%w; whether the files are attached could not be determined: %w", err, failure)
		case len(rest) == 0:
			return nil, nil
		case ctx.Err() != nil:
			a.doubt(rest, err)
			return nil, context.Cause(ctx)
		}
		if time.Since(lost) >= a.client.patienceAfter(err) {
			break
		}
	}
	if len(rest) == len(files) && (tries >= a.client.maxRetries || !Temporary(err) && !errors.Is(err, ErrNotFound)) {
		return nil, err
	}
	return rest, nil
}

// missing returns the files that are not attached, and accepts the others. With an error it returns all of them.
func (a *attacher) missing(ctx context.Context, files []Attachment) (rest []Attachment, err error) {
	ctx, end := a.grace.extend(ctx, searchUntil, always)
	defer end()
	ids := make(map[string]bool, len(files))
	for _, file := range files {
		ids[file.FileID] = true
	}
	attached, err := a.listedAmong(ctx, ids)
	if err == nil && a.listLacks(ctx, ids, attached) || err != nil && ctx.Err() == nil {
		attached, err = a.attachedAmong(ctx, ids)
	}
	if err != nil {
		return files, err
	}
	var found []Attachment
	for _, file := range files {
		if attached[file.FileID] {
			found = append(found, file)
		} else {
			rest = append(rest, file)
		}
	}
	a.accept(found)
	return rest, nil
}

// listedAmong returns the files that are among the newest of the list. A single file is requested directly.
func (a *attacher) listedAmong(ctx context.Context, ids map[string]bool) (map[string]bool, error) {
	if len(ids) == 1 {
		return a.attachedAmong(ctx, ids)
	}
	attached := map[string]bool{}
	since := a.began.Add(a.client.clock.offset() - time.Minute)
	var before time.Time // of the file before in the list
	descends := false    // not every server respects the requested order
	for file, err := range a.client.ListVectorStoreFiles(ctx, a.params.StoreID, ListVectorStoreFilesParams{}) {
		if err != nil {
			return nil, err
		}
		if ids[file.ID] {
			attached[file.ID] = true
		}
		if len(attached) == len(ids) {
			break
		}
		if file.CreatedAt == nil {
			continue
		}
		descends = descends || file.CreatedAt.Before(before)
		if descends && file.CreatedAt.Before(since) {
			break
		}
		before = *file.CreatedAt
	}
	return attached, nil
}

// listLacks asks for one of the files that are not listed, and reports whether it is attached anyway, so that the list is not
// complete.
func (a *attacher) listLacks(ctx context.Context, ids, listed map[string]bool) bool {
	for id := range ids {
		if !listed[id] {
			_, err := a.client.RetrieveVectorStoreFile(ctx, a.params.StoreID, id)
			return err == nil
		}
	}
	return false
}

// attachedAmong asks for each of the files whether it is attached.
func (a *attacher) attachedAmong(ctx context.Context, ids map[string]bool) (map[string]bool, error) {
	attached := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.client.MaxConcurrentUploads())
	for id := range ids {
		group.Go(func() error {
			_, err := a.client.RetrieveVectorStoreFile(ctx, a.params.StoreID, id)
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			attached[id] = err == nil
			return err
		})
	}
	err := group.Wait()
	return attached, err
}

func (a *attacher) wire(files []Attachment) []wireAttachment {
	wire := make([]wireAttachment, len(files))
	for i, file := range files {
		wire[i] = wireAttachment{FileID: file.FileID, Attributes: file.Attributes, Chunking: newWireChunking(a.params.Chunking)}
	}
	return wire
}

// sendSingly attaches files with one request each. Once one of them fails for a reason that all share, no other is started.
func (a *attacher) sendSingly(ctx context.Context, files []Attachment) error {
	group, ending := errgroup.WithContext(ctx)
	group.SetLimit(a.client.MaxConcurrentUploads())
	for _, file := range files {
		if ending.Err() != nil {
			break
		}
		group.Go(func() error {
			if ending.Err() != nil {
				return context.Cause(ctx)
			}
			return a.sendOne(ctx, file)
		})
	}
	return group.Wait()
}

// sendOne attaches one file.
func (a *attacher) sendOne(ctx context.Context, file Attachment) error {
	one, began := []Attachment{file}, time.Now()
	for tries := 0; ; tries++ {
		after, err := a.client.attachFile(ctx, a.params.StoreID, a.wire(one)[0], a.grace)
		err = withAttempts(err, tries+1, began)
		a.askAfter(after)
		verdict := judgeAttach(err, one, tries >= a.client.maxRetries)
		switch verdict.step {
		case stepNext:
			a.accept(one)
			return nil
		case stepRefuse:
			a.refuse(one, one, err)
			return nil
		case stepHalve, stepNoBatches, stepShorten:
			return a.refuseOne(file, err)
		case stepLook:
			if len(a.refuseGone(ctx, one, err, tries)) == 0 {
				return nil
			}
			rest, failure := a.lookAfter(ctx, one, err, tries)
			if failure != nil || len(rest) == 0 {
				return failure
			}
		case stepEnd:
			return err
		}
	}
}
