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
	if exclusive || len(wanted) > 0 && counts != nil && counts.Total == 0 { // the list shows whether the server counts
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
	present, listErr, err := a.service.takeStock(ctx, a.storeID(), how, wanted, own, a.gone, a.counts)
	a.counts = usableCounts(a.counts, len(present))
	if a.present = present; err != nil || !exclusive {
		return nil, err
	}
	if listErr != nil && openai.Hopeless(listErr) {
		return nil, listErr
	}
	ours := maps.Clone(own)
	maps.Copy(ours, maybe)
	switch unlisted := unlistedFiles(a.counts, a.present, ours); {
	case listErr == nil:
		a.record.setUnlisted(unlisted, time.Now())
	case a.counts == nil || unlisted > a.record.Unlisted:
		a.unread = listErr
	}
	for id := range a.present {
		if !ours[id] && !a.ids[id] {
			a.others[id] = true
			foreign = append(foreign, keyed.Item[attachment]{Key: id, Thing: attachment{file: id}})
		}
	}
	return foreign, nil
}

// usableCounts returns the numbers of files of a vector store; nil if it says that it has none, although it has: it does not count.
func usableCounts(counts *openai.FileCounts, found int) *openai.FileCounts {
	if counts != nil && counts.Total == 0 && found > 0 {
		return nil
	}
	return counts
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

// doubtfulFiles returns those of the wanted files in a list of a vector store that may have been detached a moment ago. A few are always
// in doubt. Many are if the list has other files than it should: more than the vector store counts, or not all of the resource's own. Files
// that were missing before are always in doubt.
func doubtfulFiles(wanted, own, gone map[string]bool, listed map[string]openai.VectorStoreFile, counts *openai.FileCounts) (doubtful []string) {
	for id := range listed {
		if wanted[id] {
			doubtful = append(doubtful, id)
		}
	}
	lacks := func(id string) bool { _, isListed := listed[id]; return !isListed }
	wrong := counts == nil || int64(len(listed)) > counts.Total || slices.ContainsFunc(slices.Collect(maps.Keys(own)), lacks)
	if len(doubtful) > fewLooks && !wrong {
		doubtful = slices.DeleteFunc(doubtful, func(id string) bool { return !gone[id] })
	}
	slices.Sort(doubtful)
	return doubtful
}

// takeStock returns the files of a vector store that an inventory is about, by ID. Files of a list that may have been detached a moment ago
// are asked for, and so are all wanted ones if the list cannot be read to its end; listErr says why.
func (s *service) takeStock(ctx context.Context, storeID string, how inventory, wanted, own, gone map[string]bool, counts *openai.FileCounts) (present map[string]openai.VectorStoreFile, listErr, err error) {
	if !how.listAll {
		present, err = s.lookAtAttachments(ctx, storeID, how.ask)
		return present, nil, err
	}
	present, listErr = s.listAttachments(ctx, storeID)
	if listErr != nil && ctx.Err() != nil {
		return nil, nil, listErr
	}
	ask := doubtfulFiles(wanted, own, gone, present, usableCounts(counts, len(present)))
	if listErr != nil {
		ask = slices.Collect(maps.Keys(wanted))
	}
	if _, err := s.lookAgain(ctx, storeID, ask, present); err != nil || listErr != nil || len(ask) > 0 {
		return present, listErr, err
	}
	return present, nil, s.checkList(ctx, storeID, wanted, present)
}

// checkList asks for a few of the wanted files in a list. If one of them is not attached, the list is not that of the present, and checkList
// asks for all of them.
func (s *service) checkList(ctx context.Context, storeID string, wanted map[string]bool, listed map[string]openai.VectorStoreFile) error {
	sample := sampleOf(wanted, listed)
	wrong, err := s.lookAgain(ctx, storeID, sample, listed)
	if err != nil || !wrong {
		return err
	}
	var others []string
	for id := range wanted {
		if _, isListed := listed[id]; isListed && !slices.Contains(sample, id) {
			others = append(others, id)
		}
	}
	_, err = s.lookAgain(ctx, storeID, others, listed)
	return err
}

// sampleOf returns some of the wanted files that are listed.
func sampleOf(wanted map[string]bool, listed map[string]openai.VectorStoreFile) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(wanted)) { // which says nothing about their age
		if _, isListed := listed[id]; isListed {
			ids = append(ids, id)
		}
	}
	sample := make([]string, min(len(ids), fewLooks))
	for i := range sample {
		sample[i] = ids[i*len(ids)/len(sample)]
	}
	return sample
}

// lookAgain asks for files one by one, and corrects what a list says about them. wrong reports whether the list has a file that is not
// attached.
func (s *service) lookAgain(ctx context.Context, storeID string, ids []string, listed map[string]openai.VectorStoreFile) (wrong bool, err error) {
	found, err := s.lookAtAttachments(ctx, storeID, ids)
	for _, id := range ids {
		_, wasListed := listed[id]
		_, isFound := found[id]
		wrong = wrong || wasListed && !isFound
		delete(listed, id)
	}
	maps.Copy(listed, found)
	return wrong, err
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

// lookAtAttachments returns the files that a vector store has, by ID. A 404 from a gateway or proxy is an error.
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
