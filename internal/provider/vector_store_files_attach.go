package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// attachWork says what has to be done with each of many keys, by index. A key may wait and need other attributes as well.
type attachWork struct {
	done   []int // the vector store has the file as declared
	change []int // it has the file with other attributes
	wait   []int // it has the file, and still processes it
	refit  []int // it has the file, and it has to be detached first: it failed, or was split in another way
	send   []int // to be attached
}

// sortAttachments decides what has to be done with each key. own are the files that the state vouches for, present those that were found
// in the vector store.
func sortAttachments(keys []string, declared, own map[string]attachment, present map[string]openai.VectorStoreFile, chunking *openai.Chunking) attachWork {
	var work attachWork
	for i, key := range keys {
		wanted := declared[key]
		exists, isOwn := own[wanted.file]
		file, isPresent := present[wanted.file]
		switch {
		case isOwn && exists.same(wanted):
			work.done = append(work.done, i)
		case isOwn:
			work.change = append(work.change, i)
		case !isPresent:
			work.send = append(work.send, i)
		case !fits(file, chunking):
			work.refit = append(work.refit, i)
		default:
			same := sameAttributes(file.Attributes, attributesOf(wanted.attributes))
			if !same {
				work.change = append(work.change, i)
			}
			if file.Status == openai.FileInProgress {
				work.wait = append(work.wait, i)
			} else if same {
				work.done = append(work.done, i)
			}
		}
	}
	return work
}

// fits reports whether a file that is in the vector store can stay there.
func fits(file openai.VectorStoreFile, chunking *openai.Chunking) bool {
	if file.Failed() {
		return false
	}
	if chunking == nil {
		chunking = &openai.AutomaticChunking
	}
	return file.Chunking == nil || *file.Chunking == *chunking
}

// attach attaches files to the vector store: it adopts what is attached already, changes attributes, and attaches the rest in
// batches.
func (a *attachmentsApply) attach(ctx context.Context, keys []string, report func(int, keyed.Made[attachment]) bool) {
	work := sortAttachments(keys, a.declared, a.own, a.present, a.plan.chunking())
	for _, i := range work.done {
		report(i, keyed.Made[attachment]{Thing: a.declared[keys[i]]})
	}
	refused, missing, goOn := a.changeAttributes(ctx, keys, work, report)
	if !goOn {
		return
	}
	detached, absent, goOn := a.detachFirst(ctx, keys, work.refit, report)
	a.refitted = len(detached)
	if !goOn {
		return
	}
	params := openai.AttachParams{StoreID: a.storeID(), Chunking: a.plan.chunking(), Patience: a.patience}
	if a.counts != nil {
		params.Present, params.Detached = a.counts.Total-int64(absent+len(missing)), a.detachedBefore
	}
	index := map[string]int{} // file ID → index of its key
	add := func(to *[]openai.Attachment, indexes []int) {
		for _, i := range indexes {
			wanted := a.declared[keys[i]]
			index[wanted.file] = i
			*to = append(*to, openai.Attachment{FileID: wanted.file, Name: keys[i], Attributes: attributesOf(wanted.attributes)})
		}
	}
	add(&params.Files, slices.Sorted(slices.Values(slices.Concat(work.send, detached, missing))))
	add(&params.Waiting, slices.DeleteFunc(work.wait, func(i int) bool { return refused[i] }))
	if len(params.Files)+len(params.Waiting) > 0 {
		a.attachFiles(ctx, params, keys, index, report)
	}
}

func (a *attachmentsApply) attachFiles(ctx context.Context, params openai.AttachParams, keys []string, index map[string]int, report func(int, keyed.Made[attachment]) bool) {
	outcomes, err := a.service.client.AttachFiles(ctx, params)
	for _, file := range slices.Concat(params.Files, params.Waiting) {
		i := index[file.FileID]
		outcome, begun := outcomes[file.FileID]
		switch {
		case begun:
			report(i, a.made(keys[i], outcome))
		case err != nil:
			f := entryFailure(apiFailure("", err))
			f.Hopeless = true
			report(i, keyed.Made[attachment]{Failure: f})
			err = nil // once
		}
	}
}

// detachFirst detaches files that have to be attached again, and returns the ones it has detached; absent is the number of files that were
// no longer attached.
func (a *attachmentsApply) detachFirst(ctx context.Context, keys []string, indexes []int, report func(int, keyed.Made[attachment]) bool) (detached []int, absent int, goOn bool) {
	var mu sync.Mutex
	detach := keyed.Each(a.service.client.MaxConcurrentUploads(), func(ctx context.Context, i int) *keyed.Failure {
		file := a.declared[keys[i]].file
		a.service.client.SawAttached(a.storeID(), file)
		err := a.service.client.DetachFile(ctx, a.storeID(), file)
		switch {
		case errors.Is(err, openai.ErrNotFound):
			mu.Lock()
			defer mu.Unlock()
			absent++
		case err != nil:
			return entryFailure(apiFailure("", err))
		}
		return nil
	})
	goOn = true
	detach(ctx, indexes, func(n int, f *keyed.Failure) bool {
		mu.Lock()
		defer mu.Unlock()
		if f == nil {
			detached = append(detached, indexes[n])
			return goOn
		}
		a.keep(keys[indexes[n]])
		goOn = report(indexes[n], keyed.Made[attachment]{Failure: f}) && goOn
		return goOn
	})
	return detached, absent, goOn
}

// errDetached says that a file is not attached any more.
var errDetached = errors.New("the file is no longer attached")

// changeAttributes changes the attributes of files that stay attached. refused are the indexes of those that could not be changed, and
// missing are the indexes of files that are no longer attached. goOn is false if nothing else should be tried.
func (a *attachmentsApply) changeAttributes(ctx context.Context, keys []string, work attachWork, report func(int, keyed.Made[attachment]) bool) (refused map[int]bool, missing []int, goOn bool) {
	change := keyed.Each(a.service.client.MaxConcurrentUploads(), func(ctx context.Context, i int) error {
		wanted := a.declared[keys[i]]
		err := a.service.client.UpdateVectorStoreFile(ctx, a.storeID(), wanted.file, attributesOf(wanted.attributes))
		if !errors.Is(err, openai.ErrNotFound) {
			return err
		}
		return cmp.Or(a.service.client.ConfirmDetached(ctx, a.storeID(), wanted.file, err), errDetached)
	})
	waits := map[int]bool{}
	for _, i := range work.wait {
		waits[i] = true
	}
	refused, goOn = map[int]bool{}, true
	var mu sync.Mutex
	change(ctx, work.change, func(n int, err error) bool {
		mu.Lock()
		defer mu.Unlock()
		i := work.change[n]
		switch {
		case err == nil && waits[i]:
		case err == nil:
			goOn = report(i, keyed.Made[attachment]{Thing: a.declared[keys[i]]}) && goOn
		case errors.Is(err, errDetached) && !waits[i]:
			missing = append(missing, i)
		default:
			refused[i] = true
			a.keep(keys[i])
			goOn = report(i, keyed.Made[attachment]{Failure: entryFailure(missingFailure("", "File", err))}) && goOn
		}
		return goOn
	})
	return refused, missing, goOn
}
