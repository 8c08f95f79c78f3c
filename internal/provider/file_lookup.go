package provider

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// fileLookup answers for many files with few requests, because Terraform refreshes resources one by one. The first files are requested
// directly. Then the list is read once, and it answers for all others. A file that is not in the list is requested directly before it
// counts as deleted.
type fileLookup struct {
	client *openai.Client

	mu     sync.Mutex
	asked  int
	many   int      // maximum number of files that were asked for together
	misses int      // files that the list lacked, since it was read
	list   *listing // the latest; nil: none yet
	unfit  bool     // the server has no list that can be used
}

// listing is the list of files at one point in time.
type listing struct {
	began time.Time
	pages int           // maximum number of pages to read
	done  chan struct{} // closed when it is read
	files map[string]openai.File
	cut   bool // the list goes on
}

const (
	// directLookups is how many files are asked for directly before the list is read: a list may be long.
	directLookups = 5

	// listingAge is how long a list answers. What changes meanwhile is noticed by the next run.
	listingAge = time.Minute

	// fewPages and manyPages bound the list: a project may have far more files than the configuration. manyPages are read when
	// the first ones were of little use: after manyMisses, which cost as much.
	fewPages, manyPages = 4, 20
	manyMisses          = manyPages

	// filesForPage is how many files justify one more page of the list when they are asked for together. A page takes longer than
	// a direct request, but direct requests are as many as the files.
	filesForPage = 50
)

// retrieve returns a file as [openai.Client.RetrieveFile] does.
func (l *fileLookup) retrieve(ctx context.Context, id string) (openai.File, error) {
	if file, ok := l.fromList(ctx, id); ok {
		return file, nil
	}
	return l.client.RetrieveFile(ctx, id)
}

// retrieveAll returns those of many files that the service has, by their IDs, and the answers to direct requests for the others, which
// are 404s.
func (l *fileLookup) retrieveAll(ctx context.Context, ids []string) (found map[string]openai.File, notFound map[string]error, err error) {
	var mu sync.Mutex
	found, notFound = make(map[string]openai.File, len(ids)), map[string]error{}
	l.expect(len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(l.client.MaxConcurrentUploads())
	for _, id := range ids {
		group.Go(func() error {
			file, err := l.retrieve(ctx, id)
			if err != nil && !errors.Is(err, openai.ErrNotFound) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				notFound[id] = err
			} else {
				found[id] = file
			}
			return nil
		})
	}
	return found, notFound, group.Wait()
}

// expect has the list read at once if many files will be asked for.
func (l *fileLookup) expect(n int) {
	if n <= directLookups {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.many = max(l.many, n)
	l.asked = max(l.asked, directLookups)
}

// fromList looks a file up in the list, which it reads when it is time to.
func (l *fileLookup) fromList(ctx context.Context, id string) (openai.File, bool) {
	list, leader := l.current()
	if list == nil {
		return openai.File{}, false
	}
	if leader {
		l.read(ctx, list)
	}
	select {
	case <-list.done:
	case <-ctx.Done():
		return openai.File{}, false
	}
	file, ok := list.files[id]
	if !ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.misses++
	}
	return file, ok
}

// current returns the list to look into, nil for none. leader means that the caller has to read it.
func (l *fileLookup) current() (list *listing, leader bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if l.asked <= directLookups || l.unfit {
		return nil, false
	}
	pages := max(fewPages, l.many/filesForPage)
	if l.list != nil {
		short := l.list.cut && (l.list.pages < pages || l.misses >= manyMisses && l.list.pages < manyPages)
		if time.Since(l.list.began) < listingAge && !short {
			return l.list, false
		}
		if short || l.list.pages == manyPages {
			pages = max(pages, manyPages)
		}
	}
	l.misses = 0
	l.list = &listing{began: time.Now(), pages: pages, done: make(chan struct{}), files: map[string]openai.File{}}
	return l.list, true
}

func (l *fileLookup) read(ctx context.Context, list *listing) {
	defer close(list.done)
	for file, err := range l.client.ListFiles(ctx, openai.ListFilesParams{MaxPages: list.pages}) {
		if err != nil {
			l.ended(ctx, list, err)
			return
		}
		list.files[file.ID] = file
	}
}

// ended notes why a list was not read to its end.
func (l *fileLookup) ended(ctx context.Context, list *listing, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case errors.Is(err, openai.ErrListCut):
		list.cut = true
	case ctx.Err() != nil:
		l.list = nil // it was the caller who gave up
	default:
		l.unfit = true
	}
}
