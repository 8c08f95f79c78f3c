package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

const (
	// maxDetachRounds is how often files are detached again that the service did not know.
	maxDetachRounds = 2

	// detachPause is how long to wait for a detachment to become visible.
	detachPause = time.Second
)

// detach removes a file from the vector store, unless it is declared or another resource wants it there.
func (a *attachmentsApply) detach(ctx context.Context, item keyed.Item[attachment]) *keyed.Failure {
	if a.ids[item.Thing.file] {
		return nil
	}
	var err error
	a.service.attachments.detach(a.storeID(), item.Thing.file, func() {
		err = a.service.client.DetachFile(ctx, a.storeID(), item.Thing.file)
	})
	if err == nil {
		return nil
	}
	if !errors.Is(err, openai.ErrNotFound) {
		return entryFailure(apiFailure("", err))
	}
	if unconfirmed := a.service.client.ConfirmDetached(ctx, a.storeID(), item.Thing.file, err); unconfirmed != nil {
		return entryFailure(missingFailure("", "File", unconfirmed))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unknown = append(a.unknown, item)
	return nil
}

// detachForeign detaches files of others, after all else has succeeded: they may be what a resource with the same files has attached that is
// about to be replaced.
func detachForeign(ctx context.Context, work keyed.Work[attachment], foreign []keyed.Item[attachment], result *keyed.Result[attachment]) {
	if len(foreign) == 0 {
		return
	}
	work.Plan, work.Existing, work.Leftovers = keyed.Plan{}, result.Existing, foreign
	then := keyed.Apply(ctx, work)
	result.Leftovers = append(result.Leftovers, then.Leftovers...)
	result.Failures, result.Postponed = then.Failures, result.Postponed+then.Postponed
	result.Progress.Removed += then.Progress.Removed
	result.Progress.ToRemove += then.Progress.ToRemove
	result.Progress.Failed += then.Progress.Failed
}

// detachAgain detaches files again that the service did not know: its DELETE may be behind. It does so for those that the service still has,
// and otherwise for all of them while the vector store has more files than it should. What the service has in the end, or may have, is a
// leftover.
func (a *attachmentsApply) detachAgain(ctx context.Context, result *keyed.Result[attachment], diags *diag.Diagnostics) {
	for range maxDetachRounds {
		seen := a.stillThere(ctx, result)
		if len(seen) > 0 {
			for _, item := range seen { // so that the client retries
				a.service.client.SawAttached(a.storeID(), item.Thing.file)
			}
			a.detachUnknown(ctx, seen, result)
			break
		}
		if !a.hasTooMany(ctx, result) {
			return
		}
		if pause(ctx, detachPause) != nil {
			break
		}
		a.detachUnknown(ctx, a.unknown, result)
	}
	a.reportAttached(a.stillThere(ctx, result), result, diags)
}

// reportAttached records files that may still be attached as leftovers. A destroy fails, so that the state keeps them.
func (a *attachmentsApply) reportAttached(left []keyed.Item[attachment], result *keyed.Result[attachment], diags *diag.Diagnostics) {
	if len(left) == 0 {
		return
	}
	result.Leftovers = append(result.Leftovers, left...)
	names := make([]string, len(left))
	for i, item := range left {
		names[i] = shown(item.Thing.file)
		if item.Key != "" && item.Key != item.Thing.file {
			names[i] = fmt.Sprintf("%s (%s)", shown(item.Key), names[i])
		}
		if a.deletes {
			result.Failures = append(result.Failures, keyed.Failure{Key: names[i], Reason: fmt.Sprintf("The service answered that the file is not attached, but vector store %s still contains it or could not be checked.", a.storeID())})
		}
	}
	if !a.deletes {
		diags.AddAttributeWarning(path.Root("files"), "Files may still be attached", fmt.Sprintf("The service answered that these files are not attached, but vector store %s still contains them or could not be checked: %s. The next apply tries to detach them again.",
			a.storeID(), keyList(names, maxIDs)))
	}
}

// detachUnknown detaches files again that the service did not know. Those that are not tried because ctx has ended stay unknown.
func (a *attachmentsApply) detachUnknown(ctx context.Context, items []keyed.Item[attachment], result *keyed.Result[attachment]) {
	a.unknown = nil
	tried := make([]bool, len(items))
	keyed.Each(a.service.client.MaxConcurrentUploads(), a.detach)(ctx, items, func(i int, f *keyed.Failure) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		if tried[i] = true; f != nil {
			f.Key = items[i].Key
			result.Failures, result.Leftovers = append(result.Failures, *f), append(result.Leftovers, items[i])
		}
		return true
	})
	for i, item := range items {
		if !tried[i] {
			a.unknown = append(a.unknown, item)
		}
	}
}

// stillThere returns those of the files that the service did not know when they were to be detached, and that it has: all of them if it cannot
// be asked. Many are asked for only if the numbers of files do not agree.
func (a *attachmentsApply) stillThere(ctx context.Context, result *keyed.Result[attachment]) (items []keyed.Item[attachment]) {
	if len(a.unknown) == 0 || len(a.unknown) > fewLooks && !a.lacks && !a.hasTooMany(ctx, result) {
		return nil
	}
	gone := make([]bool, len(a.unknown))
	keyed.Each(a.service.client.MaxConcurrentUploads(), a.isGone)(ctx, a.unknown, func(i int, isGone bool) bool {
		gone[i] = isGone
		return true
	})
	for i, item := range a.unknown {
		if !gone[i] {
			items = append(items, item)
		}
	}
	return items
}

// isGone reports whether the service says that a file is not attached.
func (a *attachmentsApply) isGone(ctx context.Context, item keyed.Item[attachment]) bool {
	_, err := a.service.client.RetrieveVectorStoreFile(ctx, a.storeID(), item.Thing.file)
	return errors.Is(err, openai.ErrNotFound) && a.service.client.ConfirmDetached(ctx, a.storeID(), item.Thing.file, err) == nil
}

// hasTooMany reports whether there are files that the service did not know, and the vector store has more files than are known to be there, or
// cannot be asked.
func (a *attachmentsApply) hasTooMany(ctx context.Context, result *keyed.Result[attachment]) bool {
	if len(a.unknown) == 0 {
		return false
	}
	store, err := a.service.client.RetrieveVectorStore(ctx, a.storeID())
	if err != nil {
		return !errors.Is(err, openai.ErrNotFound)
	}
	return store.FileCounts != nil && store.FileCounts.Total > a.foreign+int64(len(result.Existing)+len(result.Leftovers)+len(a.possible))
}

// pause waits, until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
