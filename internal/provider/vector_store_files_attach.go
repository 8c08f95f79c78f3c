package provider

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

const (
	// fewLooks is how many files are always asked for one by one, and never looked up in the list.
	fewLooks = 10

	// listPage is how many files of a vector store a page of the list has.
	listPage = 100
)

// inventory says how to find out which files a vector store has.
type inventory struct {
	ask     []string // files to ask for one by one
	listAll bool     // read the whole list
}

// planInventory decides how to find out whether files are in a vector store already. own are the files that the state vouches for, and
// maybe those that earlier applies may have left. If the vector store has no others, only those have to be looked up.
func planInventory(wanted, own, maybe map[string]bool, counts *openai.FileCounts, exclusive bool) inventory {
	if exclusive {
		return inventory{listAll: true}
	}
	known := int64(len(own))
	for id := range maybe {
		if !own[id] {
			known++
		}
	}
	onlyOurs := counts != nil && counts.Total <= known
	var ask []string
	for id := range wanted {
		if maybe[id] || !onlyOurs {
			ask = append(ask, id)
		}
	}
	pages := 0
	if counts != nil {
		pages = int(counts.Total/listPage) + 1
	}
	if len(ask) > max(fewLooks, pages) {
		return inventory{listAll: true}
	}
	slices.Sort(ask)
	return inventory{ask: ask}
}

// takeInventory finds out which of the files to be attached are in the vector store already, and which files nobody declares if the
// resource is exclusive.
func (a *attachmentsApply) takeInventory(ctx context.Context, plan keyed.Plan) (foreign []keyed.Item[attachment], err error) {
	wanted, own, maybe := map[string]bool{}, fileIDs(a.existing), map[string]bool{}
	for _, key := range slices.Concat(plan.Make, plan.Replace) {
		if id := a.declared[key].file; !own[id] {
			wanted[id] = true
		}
	}
	for _, leftover := range a.record.Leftovers {
		maybe[leftover.File] = true
	}
	exclusive := a.plan.Exclusive.ValueBool() && !a.deletes
	how := planInventory(wanted, own, maybe, a.counts, exclusive)
	if !how.listAll {
		a.present, err = a.service.lookAtAttachments(ctx, a.storeID(), how.ask)
		return nil, err
	}
	a.present, err = a.service.listAttachments(ctx, a.storeID())
	if err != nil && ctx.Err() == nil && !exclusive {
		a.present, err = a.service.lookAtAttachments(ctx, a.storeID(), slices.Collect(maps.Keys(wanted)))
	}
	if err != nil || !exclusive {
		return nil, err
	}
	a.record.Unlisted = 0
	if a.counts != nil {
		a.record.Unlisted = max(0, a.counts.Total-int64(len(a.present)))
	}
	for id := range a.present {
		if !own[id] && !maybe[id] && !a.ids[id] {
			foreign = append(foreign, keyed.Item[attachment]{Key: id, Thing: attachment{file: id}})
		}
	}
	return foreign, nil
}

// listAttachments returns the files of a vector store by ID.
func (s *service) listAttachments(ctx context.Context, storeID string) (map[string]openai.VectorStoreFile, error) {
	files := map[string]openai.VectorStoreFile{}
	for file, err := range s.client.ListVectorStoreFiles(ctx, storeID, openai.ListVectorStoreFilesParams{}) {
		if err != nil {
			return files, err
		}
		files[file.ID] = file
	}
	return files, nil
}

// lookAtAttachments returns those of the files that a vector store has, by ID. A 404 of something in front of the service is an error.
func (s *service) lookAtAttachments(ctx context.Context, storeID string, ids []string) (map[string]openai.VectorStoreFile, error) {
	var mu sync.Mutex
	files := map[string]openai.VectorStoreFile{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.client.MaxConcurrentUploads())
	for _, id := range ids {
		group.Go(func() error {
			file, err := s.client.RetrieveVectorStoreFile(ctx, storeID, id)
			switch {
			case errors.Is(err, openai.ErrNotFound):
				return s.client.ConfirmDetached(ctx, storeID, id, err)
			case err != nil:
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			files[id] = file
			return nil
		})
	}
	err := group.Wait()
	return files, err
}

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
	detached, goOn := a.detachFirst(ctx, keys, work.refit, report)
	a.refitted = len(detached)
	if !goOn {
		return
	}
	params := openai.AttachParams{StoreID: a.storeID(), Chunking: a.plan.chunking(), Patience: a.patience}
	if a.counts != nil {
		params.Present = a.counts.Total - int64(len(detached)+len(missing))
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

// detachFirst detaches files that have to be attached again, and returns those for which it has.
func (a *attachmentsApply) detachFirst(ctx context.Context, keys []string, indexes []int, report func(int, keyed.Made[attachment]) bool) (detached []int, goOn bool) {
	detach := keyed.Each(a.service.client.MaxConcurrentUploads(), func(ctx context.Context, i int) *keyed.Failure {
		err := a.service.client.DetachFile(ctx, a.storeID(), a.declared[keys[i]].file)
		if err == nil || errors.Is(err, openai.ErrNotFound) {
			return nil
		}
		return entryFailure(apiFailure("", err))
	})
	goOn = true
	var mu sync.Mutex
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
	return detached, goOn
}

// errDetached says that a file is not attached any more.
var errDetached = errors.New("the file is not attached any more")

// changeAttributes changes the attributes of files that stay attached. refused are the indexes of those that could not be changed, and
// missing those of files that are not attached any more. goOn is false if nothing else should be tried.
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
