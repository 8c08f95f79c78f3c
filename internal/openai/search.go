package openai

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// listLag is how far the list may be behind, and how late a service may create something after it has broken off a response.
	listLag = 4 * time.Second

	// newestPageSize and maxNewestPages bound the pages of the newest files, maxCandidates the candidates for a lost upload.
	newestPageSize = 1000
	maxNewestPages = 100
	maxCandidates  = 20
)

// HTTP statuses of Cloudflare that have no name in the HTTP package.
const (
	statusConnectionTimedOut = 522
	statusTimeoutOccurred    = 524
)

// mayFinishLater reports whether the service may still finish an upload after its response was lost, because only a gateway or a
// proxy has stopped waiting.
func mayFinishLater(lost error) bool {
	if errors.Is(lost, ErrStalled) {
		return true
	}
	refusal, ok := errors.AsType[*Error](lost)
	if !ok {
		return false
	}
	switch refusal.StatusCode {
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, statusConnectionTimedOut, statusTimeoutOccurred:
		return true
	}
	return false
}

// candidate is a file that may be the one of a lost upload.
type candidate struct {
	File
	content  comparison
	exact    bool // it has the very name that was sent
	vague    bool // it is not known whether its name and its time fit
	older    bool // it may have been there before, see [earlier.lacks]
	sizeless bool // its size is not known
}

func (c candidate) isSame() bool { return c.content == sameContent }

func (c candidate) isOlder() bool { return c.older }

// comparison is what is known about the content of a file.
type comparison int

const (
	notCompared comparison = iota
	sameContent
	otherContent
)

// search looks for the file of a lost upload in the list, until it is found or cannot appear any more; nil means that there is
// none. It retries even if the list is refused, because otherwise a file may remain that is in no state. If there is no further attempt, or
// what is found is in doubt, it looks once more when the list cannot be behind any more. After a cancellation, it has the time until.
func (j *uploadJob) search(ctx context.Context, answer *LostAnswerError, until time.Duration, isLast bool) (*candidate, error) {
	searching, end := j.grace.extend(ctx, until, always)
	defer end()
	lost, err := j.turn.search(searching, answer.sha256)
	if err != nil {
		return nil, err
	}
	failures, again := 0, false
	for look := 0; ; look++ {
		pause := j.pauseBefore(look)
		if left := time.Until(j.lostAt.Add(max(j.waits, listLag))); again && left > 0 {
			pause = left
		}
		_ = sleep(ctx, pause) // a cancellation cuts the wait short, not the search
		found, err := j.candidates(searching, j.began, answer.sha256)
		switch {
		case err != nil:
			sameAgain := errors.Is(err, ErrWebPage) && errors.Is(answer.Err, ErrWebPage)
			if failures++; failures > j.client.maxRetries || ctx.Err() != nil || sameAgain {
				return nil, err
			}
		case ctx.Err() != nil, j.suffices(found, lost):
			only, err := j.choose(found, lost)
			again = err != nil || only == nil && isLast
			if again && ctx.Err() == nil && time.Since(j.lostAt) < max(j.waits, listLag) {
				continue
			}
			return only, j.named(err, ctx.Err() != nil)
		}
	}
}

// named notes which files an error names, so that no warning says something else about them. If the search was cut short, there may be
// others.
func (j *uploadJob) named(err error, cutShort bool) error {
	duplicate, ok := errors.AsType[*DuplicateError](err)
	if !ok {
		return err
	}
	for _, id := range duplicate.IDs {
		j.doubted.add(id)
	}
	if cutShort {
		return fmt.Errorf("%w; the list was not read again, so there may be others", err)
	}
	return err
}

// suffices reports whether no better candidates are to be expected than those that were found. lost is how many files may belong to lost
// responses. As long as all candidates may have been there before, or belong to others, the file may come later.
func (j *uploadJob) suffices(found []candidate, lost int) bool {
	if slices.ContainsFunc(found, candidate.isSame) {
		return true
	}
	newer := slices.DeleteFunc(slices.Clone(found), candidate.isOlder)
	if len(found) > 0 && len(newer) < lost && (len(newer) < len(found) || lost > 1) && time.Since(j.lostAt) < listLag {
		return false
	}
	return len(newer) >= lost || !j.mayAppear()
}

// pauseBefore returns how long to wait before a look at the list, counted from 0: at growing distances, the last one when no file can
// appear any more.
func (j *uploadJob) pauseBefore(look int) time.Duration {
	pause := exponential(j.attempt + look)
	if left := time.Until(j.lostAt.Add(j.waits)); left > 0 {
		pause = min(exponential(look), left)
	}
	return pause
}

// mayAppear reports whether a file may still be created by an upload whose response was lost.
func (j *uploadJob) mayAppear() bool { return time.Since(j.lostAt) < j.waits }

// choose decides which candidate is the file of the lost upload.
//
//	one has the content that was sent          that one
//	none                                       nil
//	one, of known name, and no doubt           that one
//	one of several, or in doubt                DuplicateError
//
// Those that may have been there before do not count beside others.
func (j *uploadJob) choose(found []candidate, lost int) (*candidate, error) {
	if i := slices.IndexFunc(found, candidate.isSame); i >= 0 {
		return &found[i], nil
	}
	if len(found) == 0 {
		return nil, nil //nolint:nilnil // there is no such file, and nothing failed
	}
	if newer := slices.DeleteFunc(slices.Clone(found), candidate.isOlder); len(newer) > 0 {
		found = newer
	}
	only := found[0]
	doubtful := only.vague || only.older || only.sizeless && j.turn.sharesName() || j.earlier.mayInclude(j.began)
	if len(found) > 1 || lost > 1 || doubtful {
		return nil, &DuplicateError{Filename: j.params.Filename, IDs: ids(found)}
	}
	return &only, nil
}

// twins returns the IDs of files that look like the uploaded one and that no resource holds. An attempt whose response was lost
// may have created one of them, which appeared in the list only after the search, or has an earlier time than expected. The error says
// why there may be others. While other uploads search for their files, it may be one of those, so twins waits for them.
func (j *uploadJob) twins(ctx context.Context, uploaded Uploaded) ([]string, error) {
	looking, end := j.grace.extend(ctx, lookUntil, always)
	defer end()
	since := j.client.clock.began(j.began, uploaded.CreatedAt)
	j.lostAt, j.waits = time.Now(), j.twinsWait // as long as the search
	for look := 0; ; look++ {
		pause := listLag
		if j.mayAppear() {
			pause = j.pauseBefore(look + 1)
		}
		j.turn.release()
		interrupted := sleep(ctx, pause) // a cancellation cuts the wait short, not the search
		if err := j.turn.settle(ctx); err != nil {
			return nil, err
		}
		found, err := j.candidates(looking, since, uploaded.SHA256)
		found = slices.DeleteFunc(found, func(c candidate) bool { return j.doubted.has(c.ID) })
		switch {
		case err == nil && (len(found) >= j.givenUp || interrupted == nil && !j.mayAppear()):
			j.nameTwins(found)
			return ids(found), nil
		case interrupted != nil:
			return ids(found), cmp.Or(err, interrupted)
		case !j.mayAppear():
			return ids(found), err
		}
	}
}

// nameTwins records that files are named to the user: no other upload adopts one of them.
func (j *uploadJob) nameTwins(twins []candidate) {
	for _, twin := range twins {
		j.claims.add(twin.ID)
	}
	j.turn.settled()
}

func ids(files []candidate) []string {
	var all []string
	for _, file := range files {
		all = append(all, file.ID)
	}
	return all
}

// candidates returns the files that may be the uploaded one: created since a time of this machine, held by no resource, and of the
// same purpose, name, size and content as far as the server says; newest first.
func (j *uploadJob) candidates(ctx context.Context, since time.Time, sha256 string) ([]candidate, error) {
	var found []candidate
	for file, err := range j.newestFiles(ctx, j.params.Purpose, since) {
		if err != nil {
			return nil, err
		}
		if c, ok := j.resembles(file); ok {
			if found = append(found, c); len(found) == maxCandidates {
				break
			}
		}
	}
	if slices.ContainsFunc(found, func(c candidate) bool { return c.exact }) {
		found = slices.DeleteFunc(found, func(c candidate) bool { return !c.exact })
	}
	for i := range found {
		found[i].content = j.compare(ctx, found[i], sha256)
	}
	return slices.DeleteFunc(found, func(c candidate) bool { return c.content == otherContent }), nil
}

// resembles compares a file with the uploaded one, as far as the server says something about it.
func (j *uploadJob) resembles(file File) (candidate, bool) {
	c := candidate{File: withSize(file, j.params.Size), sizeless: file.Bytes == nil}
	c.exact = file.Filename == j.params.Filename || file.Filename == sentFilename(j.params.Filename)
	c.vague = file.Filename == "" || file.Filename == file.ID
	if !c.vague && !sameName(file.Filename, j.params.Filename) {
		if !j.renames.Load() {
			return c, false
		}
		c.vague = true
	}
	if file.CreatedAt != nil {
		c.vague = c.vague || file.CreatedAt.Before(j.client.clock.since(j.began))
		c.older = j.earlier.lacks(*file.CreatedAt, j.client.clock)
	}
	if requireID(file.ID) != nil || j.claims.has(file.ID) || file.Purpose != "" && file.Purpose != j.params.Purpose {
		return c, false
	}
	return c, c.sizeless || *file.Bytes == j.params.Size
}

// neverDownloaded are the purposes whose files OpenAI does not return.
var neverDownloaded = []string{"assistants", "user_data"}

// compare downloads a file and compares its content with what was sent, if the service returns it.
func (j *uploadJob) compare(ctx context.Context, c candidate, sent string) comparison {
	if known, ok := j.contents[c.ID]; ok {
		return known
	}
	if sent == "" || slices.Contains(neverDownloaded, j.params.Purpose) || j.params.Size > MaxFileSize {
		return notCompared
	}
	hash := sha256.New()
	var head prefix
	limit := max(j.params.Size, maxErrorBody) // so that a web page is recognized
	size, err := j.client.DownloadFile(ctx, c.ID, limit, func() io.Writer {
		hash.Reset()
		head = prefix{}
		return io.MultiWriter(hash, &head)
	})
	if _, longer := errors.AsType[*TooLongError](err); longer {
		size, err = limit+1, nil
	}
	if ctx.Err() != nil {
		return notCompared
	}
	fits := size == j.params.Size || c.sizeless && size > 0 && !isPage(head.String())
	result := judgeDownload(err, hex.EncodeToString(hash.Sum(nil)) == sent, fits)
	if err == nil || !Temporary(err) {
		j.contents[c.ID] = result
	}
	return result
}

// judgeDownload says what the download of a file tells about its content. fits says that the download may be the content: some servers
// answer with something else, such as the text of a document, which has another size than the file.
func judgeDownload(err error, same, fits bool) comparison {
	switch {
	case err == nil && same:
		return sameContent
	case err == nil && fits:
		return otherContent
	}
	return notCompared
}

// newestFiles yields the files of a purpose that may have been created since a time of this machine, newest first. Not every server
// knows the order, or as long a page.
func (u *uploader) newestFiles(ctx context.Context, purpose string, since time.Time) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		n := newestLister{uploader: u, purpose: purpose, since: since, yield: yield}
		err := n.list(ctx, newestPageSize)
		if refusal, ok := errors.AsType[*Error](err); ok && !n.began &&
			(refusal.StatusCode == http.StatusBadRequest || refusal.StatusCode == http.StatusUnprocessableEntity) {
			err = n.list(ctx, 0)
		}
		if err != nil {
			yield(File{}, err)
		}
	}
}

// newestLister reads a list as far as it holds new files.
type newestLister struct {
	*uploader
	purpose string
	since   time.Time
	yield   func(File, error) bool

	began      bool      // there was a file
	previous   time.Time // of the file before
	descending bool      // a file was older than the one before it
	ascending  bool      // a file was newer than the one before it
}

func (n *newestLister) list(ctx context.Context, pageSize int) error {
	params := ListFilesParams{Purpose: n.purpose, Order: "desc", PageSize: pageSize, MaxPages: maxNewestPages}
	for file, err := range n.client.ListFiles(ctx, params) {
		if err != nil {
			return err
		}
		n.began = true
		if n.older(file) {
			if n.descending && !n.ascending {
				return nil // and so are all that follow
			}
			continue
		}
		if !n.yield(file, nil) {
			return nil
		}
	}
	return nil
}

// older reports whether a file was created before the time that matters. It watches the order of the list, because some servers
// ignore the one that was asked for.
func (n *newestLister) older(file File) bool {
	if file.CreatedAt == nil {
		return false
	}
	if !n.previous.IsZero() {
		n.descending = n.descending || file.CreatedAt.Before(n.previous)
		n.ascending = n.ascending || file.CreatedAt.After(n.previous)
	}
	n.previous = *file.CreatedAt
	// Times of the service are whole seconds, rounded down. Its clock is known from the answer at the latest.
	return file.CreatedAt.Before(n.client.clock.earliest(n.since))
}

// DuplicateError says that the file of an upload whose response was lost, if there is one, cannot be identified.
type DuplicateError struct {
	Filename string
	IDs      []string // newest first
}

func (e *DuplicateError) Error() string {
	if len(e.IDs) == 1 {
		return fmt.Sprintf("a file that may be %s was created in the meantime, but it is not known whether this upload created it: %s", e.Filename, e.IDs[0])
	}
	return fmt.Sprintf("files that may be %s were created in the meantime, but it is not known which of them this upload created: %s",
		e.Filename, strings.Join(e.IDs, ", "))
}

// sameReason continues a message about a lost upload with the reason why its file was not found. It does not repeat a reason.
func sameReason(lost, search error) error {
	failure, ok := errors.AsType[*requestError](search)
	first, isRequest := errors.AsType[*requestError](lost)
	switch {
	case ok && (errors.Is(search, context.Canceled) || errors.Is(search, context.DeadlineExceeded)):
		return &continuedError{fmt.Sprintf(", because the timeout expired before the list of files was read (%s%s)", failure.asked(), failure.effort()), search}
	case ok && isRequest && failure.err.Error() == first.err.Error():
		return &continuedError{fmt.Sprintf(", because the list of files failed in the same way (%s%s)", failure.asked(), failure.effort()), search}
	}
	return &continuedError{": " + search.Error(), search}
}

// continuedError is an error whose text continues another one.
type continuedError struct {
	text string
	err  error
}

func (e *continuedError) Error() string { return e.text }

func (e *continuedError) Unwrap() error { return e.err }
