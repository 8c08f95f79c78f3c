package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// planEntries compares the declared files with what is uploaded, on all cores. It returns the entries that stay as they are: none
// when all are uploaded anew.
func planEntries(ctx context.Context, plan fileSetModel, uploaded entries, anew bool, diags *diag.Diagnostics) entries {
	var (
		mu      sync.Mutex
		kept    = entries{}
		absent  []string // keys of new files that are not there yet
		deleted []string // keys of uploaded files that are not there any more
		lost    []string // the same, of files that are to be replaced
		broken  = map[string]diag.Diagnostics{}
		group   errgroup.Group
	)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for key, value := range plan.Files.Elements() {
		if value.IsUnknown() {
			continue
		}
		group.Go(func() error {
			before, isUploaded := uploaded[key]
			same, err := false, error(nil)
			source := setSource(key, value)
			var found diag.Diagnostics
			if isUploaded && !anew {
				var hash string
				hash, _, err = source.sha256(ctx)
				same = err == nil && hash == before.sha256
			}
			if !same && err == nil {
				found, err = planEntry(ctx, source, newFormatCheck(plan.Purpose, types.StringValue(setFilename(key)), plan.CheckFormat))
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case same:
				kept[key] = before
			case missing(err) && isUploaded && anew:
				lost = append(lost, key)
			case missing(err) && isUploaded:
				kept[key] = before
				deleted = append(deleted, key)
			case missing(err), errors.Is(err, errEmpty) && !isUploaded:
				absent = append(absent, key)
			case err != nil:
				broken[key] = source.unreadable(err).diagnostics()
			case len(found) > 0:
				broken[key] = found
			}
			return nil
		})
	}
	_ = group.Wait() // none of them fails
	at := path.Root("files")
	if len(deleted) > 0 {
		diags.AddAttributeWarning(at, "Source files do not exist",
			fmt.Sprintf("The local files of %s are gone. What was uploaded of them stays as it is.", keyList(deleted, maxKeys)))
	}
	if len(lost) > 0 {
		diags.AddAttributeWarning(at, "Files are to be replaced, and there is nothing to replace them with",
			fmt.Sprintf("The local files of %s are gone. What was uploaded of them leaves the state even if the apply does not make them, and is deleted at OpenAI unless deletion_policy is \"keep\".", keyList(lost, maxKeys)))
	}
	if len(absent) > 0 {
		diags.AddAttributeWarning(at, "Source files do not exist yet",
			fmt.Sprintf("There is nothing to upload yet for %s. The apply may still make these files, and uploads them then.", keyList(absent, maxKeys)))
	}
	reportBroken(broken, diags)
	return kept
}

// reportBroken reports what is wrong with the first keys, errors before warnings, and how many more there are.
func reportBroken(broken map[string]diag.Diagnostics, diags *diag.Diagnostics) {
	keys := slices.Sorted(maps.Keys(broken))
	slices.SortStableFunc(keys, func(a, b string) int {
		switch {
		case broken[a].HasError() == broken[b].HasError():
			return 0
		case broken[a].HasError():
			return -1
		}
		return 1
	})
	for _, key := range keys[:min(len(keys), maxKeys)] {
		diags.Append(broken[key]...)
	}
	if len(keys) <= maxKeys {
		return
	}
	hidden := keys[maxKeys:]
	at, summary, detail := path.Root("files"), "More files have faults", fmt.Sprintf("Those of %d more keys are not shown.", len(hidden))
	if broken[hidden[0]].HasError() {
		diags.AddAttributeError(at, summary, detail)
	} else {
		diags.AddAttributeWarning(at, summary, detail)
	}
}

// planEntry looks at a file that is to be uploaded.
func planEntry(ctx context.Context, source fileSource, format formatCheck) (diag.Diagnostics, error) {
	content, err := source.open()
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // it was only read
	var diags diag.Diagnostics
	_, err = checkContent(ctx, source, content, format, types.StringNull(), &diags)
	return diags, err
}

// setSource is the local file of a key.
func setSource(key string, value attr.Value) fileSource {
	disk, _ := value.(types.String)
	return fileSource{attribute: path.Root("files").AtMapKey(key), disk: disk.ValueString()}
}

// fileSetWork is what one apply does to the entries of a set, as much of it side by side as the provider allows.
type fileSetWork struct {
	service  *service
	declared map[string]attr.Value // key → path
	before   entries               // what was uploaded before this apply
	group    errgroup.Group

	mu       sync.Mutex
	uploaded entries           // what is at the service, at any time
	failed   map[string]string // key → why
	advice   []string          // what to do about it, each once
	doubtful []string          // keys of files that may exist and are not in the state
	warnings diag.Diagnostics
}

func newFileSetWork(s *service, declared map[string]attr.Value, uploaded entries) *fileSetWork {
	work := &fileSetWork{service: s, declared: declared, before: uploaded, uploaded: maps.Clone(uploaded), failed: map[string]string{}}
	work.group.SetLimit(s.client.MaxConcurrentUploads())
	for _, e := range uploaded {
		s.client.Claim(e.id)
	}
	return work
}

// upload uploads a new or changed entry and then deletes the file that it replaces.
func (w *fileSetWork) upload(ctx context.Context, key string, file declaredFile, keeps bool) {
	old, replaces := w.before[key]
	w.group.Go(func() error {
		if w.ended(ctx, key) {
			return nil
		}
		var id string
		result := w.service.upload(ctx, file, func(uploaded openai.Uploaded) {
			id = uploaded.ID
			w.put(key, entry{id: id, sha256: uploaded.SHA256})
		})
		fails := result.failure != nil
		if result.leftover != "" {
			w.leave(key, entry{id: result.leftover})
		}
		switch {
		case fails && replaces:
			w.put(key, old)
		case fails:
			w.forget(key)
		case replaces && !keeps:
			if result.failure = w.service.remove(ctx, old.id, openai.Place{}); result.failure != nil {
				w.leave(key, old)
			}
		}
		w.note(key, result.failure)
		return nil
	})
}

// remove deletes the file of an entry that is not declared any more.
func (w *fileSetWork) remove(ctx context.Context, key string) {
	id := w.before[key].id
	w.group.Go(func() error {
		if w.ended(ctx, key) {
			return nil
		}
		f := w.service.remove(ctx, id, openai.Place{})
		if f == nil {
			w.forget(key)
		}
		w.note(key, f)
		return nil
	})
}

// ended tells whether it is too late to begin with an entry, and notes it then.
func (w *fileSetWork) ended(ctx context.Context, key string) bool {
	err := ctx.Err()
	if err != nil {
		w.note(key, &failure{reason: "Not begun.", advice: advice(err)})
	}
	return err != nil
}

func (w *fileSetWork) put(key string, e entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.uploaded[key] = e
}

// leave keeps a file in the state that could not be deleted, under a key that is not declared: the next apply deletes it.
func (w *fileSetWork) leave(key string, e entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := key + " (to be deleted)"
	for n := 2; w.taken(name); n++ {
		name = fmt.Sprintf("%s (to be deleted, %d)", key, n)
	}
	w.uploaded[name] = e
}

func (w *fileSetWork) taken(key string) bool {
	_, isDeclared := w.declared[key]
	_, isUploaded := w.uploaded[key]
	return isDeclared || isUploaded
}

func (w *fileSetWork) forget(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.uploaded, key)
}

func (w *fileSetWork) note(key string, f *failure) {
	if f == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.mayExist {
		w.doubtful = append(w.doubtful, key)
	}
	w.failed[key] = strings.TrimSpace(w.failed[key] + " " + f.reason)
	if f.advice != "" && !slices.Contains(w.advice, f.advice) {
		w.advice = append(w.advice, f.advice)
	}
}

// settle waits for the end of what was begun. Failures are noted by key.
func (w *fileSetWork) settle() { _ = w.group.Wait() }

// wait waits for the end of the work and reports what failed: the first keys with the reason, how many more, what to do, and
// what comes next.
func (w *fileSetWork) wait(next string, diags *diag.Diagnostics) {
	w.settle()
	diags.Append(w.warnings...)
	if len(w.failed) == 0 {
		return
	}
	var lines []string
	for _, key := range firstKeys(slices.Collect(maps.Keys(w.failed)), maxKeys) {
		lines = append(lines, fmt.Sprintf("  %s: %s", key, w.failed[key]))
	}
	if more := len(w.failed) - maxKeys; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	summary := "1 file was not brought in line"
	if n := len(w.failed); n > 1 {
		summary = fmt.Sprintf("%d files were not brought in line", n)
	}
	if len(w.doubtful) > 0 {
		lines = append(lines, "", "It is not known whether there is a file at OpenAI for "+keyList(w.doubtful, maxDoubtful)+".")
	}
	detail := slices.Concat(
		[]string{strings.Join(lines, "\n")},
		w.advice[:min(len(w.advice), maxAdvice)],
		[]string{"Everything else is done and in the state. " + next})
	diags.AddAttributeError(path.Root("files"), summary, strings.Join(detail, "\n\n"))
}

// maxKeys is how many keys a message lists as a rule, maxDoubtful how many of those that somebody has to look after, maxAdvice how
// much it advises.
const (
	maxKeys     = 10
	maxDoubtful = 1000
	maxAdvice   = 3
)

func firstKeys(keys []string, most int) []string {
	slices.Sort(keys)
	return keys[:min(len(keys), most)]
}

// keyList names the first of many keys.
func keyList(keys []string, most int) string {
	list := strings.Join(firstKeys(keys, most), ", ")
	if more := len(keys) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
