package provider

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

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
	exclusive := a.exclusive()
	how := planInventory(wanted, own, maybe, a.counts, exclusive)
	if !how.listAll {
		a.present, err = a.service.lookAtAttachments(ctx, a.storeID(), how.ask)
		return nil, err
	}
	a.present, err = a.service.listAttachments(ctx, a.storeID())
	if err != nil && ctx.Err() == nil && !exclusive {
		a.present, err = a.service.lookAtAttachments(ctx, a.storeID(), slices.Collect(maps.Keys(wanted)))
	} else if err == nil {
		err = a.forgetGhosts(ctx, doubtfulFiles(wanted, a.gone, a.present, a.counts))
	}
	if err != nil || !exclusive {
		return nil, err
	}
	ours := maps.Clone(own)
	maps.Copy(ours, maybe)
	a.record.setUnlisted(unlistedFiles(a.counts, a.present, ours), time.Now())
	for id := range a.present {
		if !ours[id] && !a.ids[id] {
			a.others[id] = true
			foreign = append(foreign, keyed.Item[attachment]{Key: id, Thing: attachment{file: id}})
		}
	}
	return foreign, nil
}

// unlistedFiles returns how many of the files that a vector store counts are neither in its list nor known to the resource.
func unlistedFiles(counts *openai.FileCounts, listed map[string]openai.VectorStoreFile, ours map[string]bool) int64 {
	if counts == nil {
		return 0
	}
	unlisted := counts.Total - int64(len(listed))
	for id := range ours {
		if _, isListed := listed[id]; !isListed {
			unlisted--
		}
	}
	return max(0, unlisted)
}

// doubtfulFiles returns those of the wanted files in a list of a vector store that may have been detached a moment ago: all of them if the
// list has more files than the vector store counts, and in any case those that were gone before.
func doubtfulFiles(wanted, gone map[string]bool, listed map[string]openai.VectorStoreFile, counts *openai.FileCounts) (doubtful []string) {
	tooLong := counts != nil && int64(len(listed)) > counts.Total
	for id := range listed {
		if wanted[id] && (tooLong || gone[id]) {
			doubtful = append(doubtful, id)
		}
	}
	slices.Sort(doubtful)
	return doubtful
}

// forgetGhosts asks for files of a list that may have been detached a moment ago, and keeps those that the vector store has.
func (a *attachmentsApply) forgetGhosts(ctx context.Context, doubtful []string) error {
	found, err := a.service.lookAtAttachments(ctx, a.storeID(), doubtful)
	for _, id := range doubtful {
		delete(a.present, id)
	}
	maps.Copy(a.present, found)
	return err
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
