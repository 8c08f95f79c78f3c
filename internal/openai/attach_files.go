package openai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Attachment is a file to be attached to a vector store.
type Attachment struct {
	FileID     string
	Name       string // its extension tells which files a refusal means
	Attributes map[string]any
}

// AttachParams describes files to be attached to a vector store.
type AttachParams struct {
	StoreID  string
	Files    []Attachment
	Waiting  []Attachment // files that are attached already and still processed
	Chunking *Chunking    // nil: the service decides
	Present  int64        // number of files that the store had before

	// Patience is how long processing may take. A file that is in progress after half of it is detached and attached again, once; a
	// file that is in progress after all of it is given up. 0: as long as the context allows.
	Patience time.Duration
}

// AttachOutcome is what became of one file.
type AttachOutcome struct {
	Attached bool   // the vector store has the file
	Done     bool   // the file was processed and can be found
	Reason   string // why the service refused the file or could not process it; empty: it did, or it is not known
	Err      error  // why it is not known what became of the file
}

const (
	// attachBatch is the number of files attached in one request. OpenAI takes 2,000, Azure 500.
	attachBatch = 500

	// attachLag is how long an attachment may be unknown to the service that has just accepted it.
	attachLag = 30 * time.Second

	// sameRefusals is after how many equal refusals of single files the others are not tried any more.
	sameRefusals = 10
)

// AttachFiles attaches files to a vector store and waits until each of them is processed. The outcomes are keyed by file ID; a file
// without an outcome was not begun. An error ended everything; the outcomes say what was done before.
//
//	POST …/file_batches                  for each 500 files
//	GET  …/files?filter=in_progress      until none of the files is listed
//	GET  …/files?filter=failed           and cancelled, for the reasons
//	GET  /vector_stores/{id}             for the number of files
//
// The status of a batch is not used: the service answers with that of the vector store, of which other files are a part.
func (c *Client) AttachFiles(ctx context.Context, params AttachParams) (map[string]AttachOutcome, error) {
	a := &attacher{client: c, params: params, outcomes: map[string]AttachOutcome{}, pending: map[string]Attachment{}, size: attachBatch, began: time.Now()}
	a.accept(params.Waiting)
	err := a.send(ctx, params.Files)
	if waitErr := a.wait(ctx); err == nil {
		err = waitErr
	}
	return a.outcomes, wrap("attaching files to vector store "+oneLine(params.StoreID), err)
}

// attacher is one call of [Client.AttachFiles].
type attacher struct {
	client  *Client
	params  AttachParams
	size    int  // of a batch
	single  bool // the server has no batches
	began   time.Time
	retried bool // what was stuck was attached again

	mu       sync.Mutex
	outcomes map[string]AttachOutcome
	pending  map[string]Attachment // accepted, and not known to be processed
	refused  map[string]int        // reason → files refused for it
}

// send attaches files in batches, or one by one.
func (a *attacher) send(ctx context.Context, files []Attachment) error {
	queue := slices.Collect(slices.Chunk(files, a.size))
	for tries := 0; len(queue) > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		batch := queue[0]
		queue = queue[1:]
		if a.single {
			if err := a.sendSingly(ctx, slices.Concat(append([][]Attachment{batch}, queue...)...)); err != nil {
				return err
			}
			return nil
		}
		err := a.client.createFileBatch(ctx, a.params.StoreID, a.wire(batch))
		verdict := judgeBatch(err, batch)
		if verdict.again {
			tries++
		} else {
			tries = 0
		}
		switch {
		case err == nil:
			a.accept(batch)
		case verdict.noBatches:
			a.single = true
			queue = append([][]Attachment{batch}, queue...)
		case verdict.tooLong:
			a.size = max(1, len(batch)/2)
			queue = slices.Collect(slices.Chunk(slices.Concat(append([][]Attachment{batch}, queue...)...), a.size))
		case verdict.lost, verdict.again && tries <= 5:
			_ = sleep(ctx, exponential(tries+1))
			rest, lookErr := a.missing(ctx, batch)
			if lookErr != nil {
				a.doubt(batch, fmt.Errorf("%w; the files may be attached anyway: %w", err, lookErr))
				return lookErr
			}
			if len(rest) == len(batch) && !retryable(err) {
				return err
			}
			if len(rest) > 0 {
				queue = append([][]Attachment{rest}, queue...)
			}
		case len(verdict.refused) > 0:
			rest := a.refuse(batch, verdict.refused, err)
			if len(rest) > 0 {
				queue = append([][]Attachment{rest}, queue...)
			}
		case verdict.fatal || len(batch) == 1 && a.tooManySame(err):
			return err
		case len(batch) == 1:
			a.refuse(batch, batch, err)
		default:
			half := len(batch) / 2
			queue = append([][]Attachment{batch[:half], batch[half:]}, queue...)
		}
	}
	return nil
}

// batchVerdict is what to do after a batch was refused. Without any of it, a refusal is about some file in it.
type batchVerdict struct {
	noBatches bool // the server does not know batches
	tooLong   bool // the server takes fewer files in one request
	lost      bool // the service may have attached some of the files
	again     bool // the same request may succeed in a moment
	fatal     bool // no request will succeed
	refused   []Attachment
}

var extensionList = regexp.MustCompile(`[Ff]iles with extensions? \[([^\]]*)\]`)

// judgeBatch decides what to do after the answer to a batch. A refusal names extensions, not files: the names of the files show which
// ones are meant.
func judgeBatch(err error, batch []Attachment) batchVerdict {
	if err == nil {
		return batchVerdict{}
	}
	answer, ok := errors.AsType[*Error](err)
	if !ok {
		return batchVerdict{lost: ambiguous(err), fatal: !ambiguous(err)}
	}
	switch answer.StatusCode {
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return batchVerdict{noBatches: true}
	case http.StatusConflict:
		return batchVerdict{again: true}
	case http.StatusRequestEntityTooLarge:
		return batchVerdict{tooLong: len(batch) > 1}
	case http.StatusNotFound:
		return judgeNotFound(answer, batch)
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		if strings.Contains(answer.Message, "too long") && len(batch) > 1 {
			return batchVerdict{tooLong: true}
		}
		if strings.Contains(answer.Message, "has expired") && strings.Contains(strings.ToLower(answer.Message), "vector store") {
			return batchVerdict{fatal: true}
		}
		return batchVerdict{refused: refusedBy(answer, batch)}
	}
	return batchVerdict{lost: ambiguous(err), fatal: !ambiguous(err)}
}

// judgeNotFound decides what a 404 to a batch is about: a file, the vector store, or the operation itself.
func judgeNotFound(answer *Error, batch []Attachment) batchVerdict {
	if named := refusedBy(answer, batch); len(named) > 0 {
		return batchVerdict{again: true, refused: named}
	}
	if answer.isJSON && strings.Contains(strings.ToLower(answer.Message), "vector store") {
		return batchVerdict{fatal: true}
	}
	return batchVerdict{noBatches: true}
}

// refusedBy returns the files that a refusal means: those that it names, or those with an extension that it names.
func refusedBy(answer *Error, batch []Attachment) []Attachment {
	var extensions []string
	if found := extensionList.FindStringSubmatch(answer.Message); found != nil {
		for name := range strings.SplitSeq(found[1], ",") {
			extensions = append(extensions, strings.ToLower(strings.Trim(name, ` '"`)))
		}
	}
	var refused []Attachment
	for _, file := range batch {
		extension := strings.ToLower(path.Ext(file.Name))
		if extension == "" {
			extension = "none"
		}
		if slices.Contains(extensions, extension) || slices.Contains(extensions, strings.TrimPrefix(extension, ".")) || answer.about(file.FileID) {
			refused = append(refused, file)
		}
	}
	return refused
}

func (a *attacher) wire(files []Attachment) []wireAttachment {
	wire := make([]wireAttachment, len(files))
	for i, file := range files {
		wire[i] = wireAttachment{FileID: file.FileID, Attributes: file.Attributes, Chunking: newWireChunking(a.params.Chunking)}
	}
	return wire
}

// accept notes that the service has taken files.
func (a *attacher) accept(files []Attachment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, file := range files {
		a.client.attached.Store(a.params.StoreID+"/"+file.FileID, true)
		a.pending[file.FileID] = file
		a.outcomes[file.FileID] = AttachOutcome{Attached: true, Err: errors.New("it is not known whether the file was processed")}
	}
	a.client.log.Info("Files attached to the vector store", slog.Int("attached", len(a.outcomes)), slog.Int("of", len(a.params.Files)))
}

// refuse notes that the service does not take some files of a batch, and returns the others.
func (a *attacher) refuse(batch, refused []Attachment, err error) (rest []Attachment) {
	reason := err.Error()
	if answer, ok := errors.AsType[*Error](err); ok {
		reason = trimFullStop(answer.Message)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, file := range batch {
		if slices.ContainsFunc(refused, func(r Attachment) bool { return r.FileID == file.FileID }) {
			a.outcomes[file.FileID] = AttachOutcome{Reason: reason}
		} else {
			rest = append(rest, file)
		}
	}
	return rest
}

// doubt notes that it is not known whether files are attached.
func (a *attacher) doubt(files []Attachment, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, file := range files {
		a.outcomes[file.FileID] = AttachOutcome{Err: err}
	}
}

// tooManySame reports whether single files are refused again and again for the same reason, which then is none of the files.
func (a *attacher) tooManySame(err error) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refused == nil {
		a.refused = map[string]int{}
	}
	a.refused[err.Error()]++
	return a.refused[err.Error()] > sameRefusals
}

// missing returns the files of a batch that are not attached. The newest attachments come first.
func (a *attacher) missing(ctx context.Context, batch []Attachment) ([]Attachment, error) {
	wanted := map[string]bool{}
	for _, file := range batch {
		wanted[file.FileID] = true
	}
	attached := map[string]bool{}
	since := a.began.Add(a.client.clock.offset() - time.Minute)
	for file, err := range a.client.ListVectorStoreFiles(ctx, a.params.StoreID, ListVectorStoreFilesParams{}) {
		if err != nil {
			return nil, err
		}
		if wanted[file.ID] {
			attached[file.ID] = true
		}
		if len(attached) == len(wanted) || file.CreatedAt != nil && file.CreatedAt.Before(since) {
			break
		}
	}
	var found, rest []Attachment
	for _, file := range batch {
		if attached[file.FileID] {
			found = append(found, file)
		} else {
			rest = append(rest, file)
		}
	}
	a.accept(found)
	return rest, nil
}

// sendSingly attaches files with one request each.
func (a *attacher) sendSingly(ctx context.Context, files []Attachment) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.client.MaxConcurrentUploads())
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return a.sendOne(ctx, file) })
	}
	return group.Wait()
}

func (a *attacher) sendOne(ctx context.Context, file Attachment) error {
	for try := 0; ; try++ {
		err := a.client.attachFile(ctx, a.params.StoreID, a.wire([]Attachment{file})[0])
		answer, isAnswer := errors.AsType[*Error](err)
		switch {
		case err == nil:
			a.accept([]Attachment{file})
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !isAnswer || ambiguous(err) || answer.StatusCode == http.StatusNotFound:
			if !isAnswer && !ambiguous(err) || try >= 5 {
				return a.giveUp(file, answer, err)
			}
			_ = sleep(ctx, exponential(try+1))
			if _, lookErr := a.client.RetrieveVectorStoreFile(ctx, a.params.StoreID, file.FileID); lookErr == nil {
				a.accept([]Attachment{file})
				return nil
			}
		case answer.StatusCode == http.StatusBadRequest || answer.StatusCode == http.StatusUnprocessableEntity:
			a.refuse([]Attachment{file}, []Attachment{file}, err)
			return nil
		default:
			return err
		}
	}
}

// giveUp ends the attempts for one file. A 404 that names the file is about this file alone.
func (a *attacher) giveUp(file Attachment, answer *Error, err error) error {
	if answer != nil && answer.about(file.FileID) {
		a.refuse([]Attachment{file}, []Attachment{file}, err)
		return nil
	}
	return err
}

// wait waits until no accepted file is in progress and notes the outcomes.
func (a *attacher) wait(ctx context.Context) error {
	pause := minPoll
	for unclear := 0; len(a.pending) > 0; {
		stuck, spent := a.patience()
		running, after, err := a.running(ctx, stuck || spent)
		switch {
		case err != nil && ctx.Err() == nil:
			return a.lookAtEach(ctx) // a list that cannot be read
		case err != nil:
			return err
		case spent:
			a.giveUpOn(running)
			_, err := a.settle(ctx)
			return err
		case len(running) == 0:
			settled, err := a.settle(ctx)
			if err != nil || settled {
				return err
			}
			if unclear++; unclear > maxNotFound {
				return a.lookAtEach(ctx)
			}
		case stuck:
			if err := a.attachAgain(ctx, running); err != nil {
				return err
			}
		}
		if after == 0 {
			after, pause = pause, min(2*pause, maxPoll)
		}
		if err := sleep(ctx, after); err != nil {
			return fmt.Errorf("waiting until files are processed: %w", err)
		}
	}
	return nil
}

// patience reports whether it is time to attach again what is in progress, and whether it is time to give it up.
func (a *attacher) patience() (stuck, spent bool) {
	if a.params.Patience == 0 {
		return false, false
	}
	elapsed := time.Since(a.began)
	return elapsed > a.params.Patience/2 && !a.retried, elapsed > a.params.Patience
}

// running returns accepted files that are in progress, all of them or the first that it finds, and how long the service asks to wait.
func (a *attacher) running(ctx context.Context, all bool) (ids []string, after time.Duration, err error) {
	list := vectorStoreFileList(a.params.StoreID, ListVectorStoreFilesParams{Filter: FileInProgress})
	for cursor := ""; ; {
		page, err := fetchPage[VectorStoreFile](ctx, a.client, list, cursor, 0)
		if err != nil {
			return nil, 0, err
		}
		after = page.pollAfter
		for _, file := range page.Data {
			if _, ours := a.pending[file.ID]; ours && file.Status == FileInProgress {
				ids = append(ids, file.ID)
			}
		}
		last := len(page.Data) - 1
		if len(ids) > 0 && !all || last < 0 || page.HasMore == nil || !*page.HasMore || page.Data[last].ID == cursor {
			return ids, after, nil
		}
		cursor = page.Data[last].ID
	}
}

// giveUpOn notes that the processing of files does not end.
func (a *attacher) giveUpOn(ids []string) {
	for _, id := range ids {
		delete(a.pending, id)
		a.outcomes[id] = AttachOutcome{Attached: true, Err: fmt.Errorf("the service still processes it after %s", time.Since(a.began).Round(time.Second))}
	}
}

// settle notes what became of the accepted files, none of which is in progress. It reports false if the store does not have all of
// them yet.
func (a *attacher) settle(ctx context.Context) (settled bool, err error) {
	failed := map[string]VectorStoreFile{}
	for _, status := range []string{FileFailed, FileCancelled} {
		for file, err := range a.client.ListVectorStoreFiles(ctx, a.params.StoreID, ListVectorStoreFilesParams{Filter: status}) {
			if err != nil {
				return false, err
			}
			if _, ours := a.pending[file.ID]; ours && file.Status == status {
				failed[file.ID] = file
			}
		}
	}
	store, err := a.client.RetrieveVectorStore(ctx, a.params.StoreID)
	if err != nil {
		return false, err
	}
	if store.FileCounts.Total < a.params.Present+int64(len(a.pending)-len(a.params.Waiting)) {
		return false, nil
	}
	for id := range a.pending {
		if file, ok := failed[id]; ok {
			a.outcomes[id] = AttachOutcome{Attached: true, Reason: file.Reason()}
		} else {
			a.outcomes[id] = AttachOutcome{Attached: true, Done: true}
		}
	}
	clear(a.pending)
	return true, nil
}

// attachAgain detaches files whose processing does not end and attaches them again.
func (a *attacher) attachAgain(ctx context.Context, ids []string) error {
	a.retried = true
	var files []Attachment
	for _, id := range ids {
		file := a.pending[id]
		if err := a.client.DetachFile(ctx, a.params.StoreID, id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		delete(a.pending, id)
		delete(a.outcomes, id)
		files = append(files, file)
	}
	a.client.log.Warn("Files are attached again because their processing does not end", slog.Int("files", len(files)))
	return a.send(ctx, files)
}

// lookAtEach asks for each accepted file until it is processed, where the list of files cannot be used.
func (a *attacher) lookAtEach(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.client.MaxConcurrentUploads())
	for id := range a.pending {
		group.Go(func() error {
			outcome, err := a.look(ctx, id)
			a.mu.Lock()
			defer a.mu.Unlock()
			if err == nil {
				a.outcomes[id] = outcome
			}
			return err
		})
	}
	return group.Wait()
}

func (a *attacher) look(ctx context.Context, id string) (AttachOutcome, error) {
	began := time.Now()
	for pause := minPoll; ; pause = min(2*pause, maxPoll) {
		file, err := a.client.RetrieveVectorStoreFile(ctx, a.params.StoreID, id)
		switch {
		case errors.Is(err, ErrNotFound) && time.Since(began) < attachLag:
		case errors.Is(err, ErrNotFound):
			return AttachOutcome{Err: err}, nil
		case err != nil:
			return AttachOutcome{}, err
		case file.Status == FileFailed, file.Status == FileCancelled:
			return AttachOutcome{Attached: true, Reason: file.Reason()}, nil
		case file.Status != FileInProgress:
			return AttachOutcome{Attached: true, Done: true}, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return AttachOutcome{}, fmt.Errorf("waiting until file %s is processed: %w", id, err)
		}
	}
}
