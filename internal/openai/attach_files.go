package openai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Attachment is a file to be attached to a vector store.
type Attachment struct {
	FileID     string
	Name       string // its extension shows which files a refusal concerns
	Attributes map[string]any
}

// AttachParams describes files to be attached to a vector store.
type AttachParams struct {
	StoreID  string
	Files    []Attachment
	Waiting  []Attachment // files that are already attached and still being indexed
	Chunking *Chunking    // nil: the service decides
	Present  int64        // number of files that the vector store had before, those in Waiting included
	Detached int64        // what [Client.Detached] returned when they were counted

	// Patience is how long everything may take. A file that is still being indexed after half of the remaining time is detached and
	// attached again, once. A file that is still in progress at the end is reported as failed. 0: as long as the context allows.
	Patience time.Duration
}

// AttachOutcome is the outcome for one file.
type AttachOutcome struct {
	Attached bool // the vector store has the file
	Done     bool // the file is indexed

	UnknownStatus string // with Done: a status that is not known, and is taken for success

	Reason  string // why the service refused the file or could not process it; empty: it did, or it is not known
	Unknown bool   // with Reason: the service does not know the file
	Refused error  // the request was refused for a reason that may not concern the file
	Err     error  // why the outcome is not known
}

const (
	// attachBatch is the number of files attached in one request. OpenAI accepts 2,000, Azure 500.
	attachBatch = 500

	// attachLag is how long an attachment may be unknown to the service that has just accepted it.
	attachLag = 30 * time.Second
)

// AttachFiles attaches files to a vector store and waits until each of them is processed. The outcomes are keyed by file ID; a file
// without an outcome was not started. With an error, the outcomes say what was done before it.
//
//	POST …/file_batches                  for each 500 files
//	GET  …/files?filter=in_progress      until none of the files is listed
//	GET  …/files?filter=failed           and cancelled, for the reasons
//	GET  /vector_stores/{id}             to see that the lists are complete
//
// The status of a batch is not used: the service returns the status of the vector store, which includes other files.
func (c *Client) AttachFiles(ctx context.Context, params AttachParams) (map[string]AttachOutcome, error) {
	a := &attacher{
		client:   c,
		params:   params,
		size:     attachBatch,
		grace:    newGrace(),
		began:    time.Now(),
		expected: params.Present - int64(len(params.Waiting)),
		outcomes: map[string]AttachOutcome{},
		pending:  map[string]pendingFile{},
		refusals: map[string]int{},
		revived:  map[string]bool{},
	}
	if params.Patience > 0 {
		a.deadline = a.began.Add(params.Patience)
	}
	a.accept(params.Waiting)
	err := a.send(ctx, params.Files)
	a.judgeRefusals()
	if waitErr := a.wait(ctx); err == nil {
		err = waitErr
	}
	for id := range a.pending {
		a.outcomes[id] = AttachOutcome{Attached: true, Err: fmt.Errorf("it is not known whether the file was indexed: %w", err)}
	}
	return a.outcomes, wrap("attaching files to vector store "+oneLine(params.StoreID), err)
}

// attacher is one call of [Client.AttachFiles].
type attacher struct {
	client   *Client
	params   AttachParams
	size     int  // of a batch
	single   bool // the server has no batches
	direct   bool // the list of files cannot be used
	began    time.Time
	deadline time.Time // of the processing; zero: none
	grace    *grace

	mu       sync.Mutex
	expected int64 // number of files that the vector store has, unless others detach some
	outcomes map[string]AttachOutcome
	pending  map[string]pendingFile // accepted, and not known to be processed
	refusals map[string]int         // reason → files that were refused for it
	revived  map[string]bool        // files that were detached once because their processing did not end
	latest   time.Time              // when the service accepted a file last
	after    time.Duration          // pause between two polls that the service asks for; 0: it does not say
}

// pendingFile is a file that the service has accepted.
type pendingFile struct {
	Attachment
	since time.Time
	again bool // it was detached once because its processing did not end
}

// stuck reports whether it is time to attach a file again.
func (f pendingFile) stuck(now, deadline time.Time) bool {
	return !deadline.IsZero() && !f.again && now.After(f.since.Add(deadline.Sub(f.since)/2))
}

// accept records that the service has accepted files.
func (a *attacher) accept(files []Attachment) {
	if len(files) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.latest = time.Now()
	for _, file := range files {
		a.client.recent.Store(attachmentKey(a.params.StoreID, file.FileID), a.latest)
		a.pending[file.FileID] = pendingFile{Attachment: file, since: a.latest, again: a.revived[file.FileID]}
		a.outcomes[file.FileID] = AttachOutcome{Attached: true}
	}
	a.expected += int64(len(files))
	a.client.attachedTo(a.params.StoreID).Add(int64(len(files)))
	a.client.log.Info("Files attached to the vector store",
		slog.Int("attached", len(a.outcomes)), slog.Int("of", len(a.params.Files)+len(a.params.Waiting)))
}

// askAfter records how long the service asks to wait between two polls; 0 means that it does not say.
func (a *attacher) askAfter(after time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if after > 0 {
		a.after = after
	}
}

// refuse records that the service refuses some files of a batch, and returns the others.
func (a *attacher) refuse(batch, refused []Attachment, err error) (rest []Attachment) {
	reason := refusalReason(err)
	ids := make(map[string]bool, len(refused))
	for _, file := range refused {
		ids[file.FileID] = true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, file := range batch {
		if ids[file.FileID] {
			a.outcomes[file.FileID] = AttachOutcome{Reason: reason, Unknown: errors.Is(err, ErrNotFound)}
		} else {
			rest = append(rest, file)
		}
	}
	return rest
}

// judgeRefusals decides which refusals are about a file: those in which the service itself has refused the content of the request, if it has
// accepted other files.
func (a *attacher) judgeRefusals() {
	accepted := slices.ContainsFunc(a.params.Files, func(file Attachment) bool { return a.outcomes[file.FileID].Attached })
	for id, outcome := range a.outcomes {
		if accepted && outcome.Refused != nil && mayConcernFile(outcome.Refused) {
			a.outcomes[id] = AttachOutcome{Reason: refusalReason(outcome.Refused)}
		}
	}
}

func refusalReason(err error) string {
	if answer, ok := errors.AsType[*Error](err); ok {
		return trimFullStop(answer.Message)
	}
	return err.Error()
}

// doubt records that it is not known whether files are attached.
func (a *attacher) doubt(files []Attachment, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, file := range files {
		a.outcomes[file.FileID] = AttachOutcome{Err: fmt.Errorf("it is not known whether the file is attached: %w", err)}
	}
}

// attachmentKey identifies an attachment among what this client has created recently.
func attachmentKey(storeID, fileID string) string { return storeID + "/" + fileID }

// createdRecently reports whether this client has created something so recently that the service may not know of it yet.
func (c *Client) createdRecently(key string) bool {
	at, ok := c.recent.Load(key)
	if !ok {
		return false
	}
	created, _ := at.(time.Time)
	return time.Since(created) < attachLag
}
