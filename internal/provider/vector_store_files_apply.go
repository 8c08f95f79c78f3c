package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// attachmentsApply is one apply of openai_vector_store_files.
type attachmentsApply struct {
	service  *service
	plan     *vectorStoreFilesModel // what exists in the end is written into it
	state    *vectorStoreFilesModel // nil: there was none
	record   attachmentsRecord      // before, and in the end after
	created  openai.Place
	next     string // what the user does after a failure in part
	patience time.Duration
	deletes  bool

	declared map[string]attachment
	ids      map[string]bool // file IDs that are declared

	existing       map[string]attachment             // before, by key
	own            map[string]attachment             // the same by file ID
	failedBefore   map[string]string                 // key → why the service could not process its file in an earlier apply
	counts         *openai.FileCounts                // of the vector store before; nil: not known
	detachedBefore int64                             // files that this process had detached from the vector store when they were counted
	foreign        int64                             // number of files that the vector store had besides those of the state, and keeps, as far as known
	lacks          bool                              // the vector store had fewer files before than it should, from when it was counted last
	gone           map[string]bool                   // IDs of files that were attached before and are not any more
	others         map[string]bool                   // IDs of files that this resource does not declare and has not attached
	present        map[string]openai.VectorStoreFile // files that were looked up because they may be attached already

	unread error // why the vector store may have files of others that are to be detached and are not known

	attachmentsOutcome
}

// attachmentsOutcome is what an apply finds out about single files.
type attachmentsOutcome struct {
	mu       sync.Mutex
	failed   map[string]string        // key → why the service could not process its file
	statuses map[string][]string      // status that is not known → keys of files that have it
	possible []leftoverAttachment     // files that may be attached, and are not searchable as declared
	found    map[string]bool          // IDs of files that were found in the vector store and could not be changed
	absent   map[string]bool          // file IDs that were refused
	left     map[string]bool          // keys of files that other resources have adopted
	refitted int                      // files that were detached to be attached again
	unknown  []keyed.Item[attachment] // were to be detached, and the service did not know them
}

// run does the apply and reports what failed. It reports false if it has not changed anything.
func (a *attachmentsApply) run(ctx context.Context, timeout time.Duration, diags *diag.Diagnostics) (began bool) {
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	before := a.prepare()
	if problem := sharedFilesProblem(stringElements(a.plan.Files)); problem != nil {
		diags.Append(problem)
		return false
	}
	a.claim(ctx, before)
	gone, f := a.countFiles(ctx)
	if f != nil || gone != "" {
		a.reportNoStore(gone, f, diags)
		return a.endEarly()
	}
	a.lacks = a.counts != nil && a.record.Counts != nil && a.counts.Total < a.record.Counts.Total+a.service.client.Attached(a.storeID())-a.detachedBefore

	plan := planAttachments(a.declared, a.existing, before, a.failedBefore, a.plan.OnFailure.ValueString())
	leftovers := a.record.toDetach(a.declared, a.exclusive())
	foreign, err := a.takeInventory(ctx, plan.Plan)
	if err != nil {
		diags.Append(missingFailure("Files were not attached", "File", err).diagnostic())
		return a.endEarly()
	}
	for _, key := range plan.Accepted {
		a.failed[key] = a.failedBefore[key]
	}
	work := keyed.Work[attachment]{
		Plan:        plan.Plan,
		Existing:    a.existing,
		Leftovers:   leftovers,
		Make:        a.attach,
		Remove:      keyed.Each(a.service.client.MaxConcurrentUploads(), a.detach),
		Independent: true,
		Every:       progressEvery,
		Progress:    func(p keyed.Progress) { tflog.Info(outer, attachmentsProgress(p)) },
	}
	result := keyed.Apply(ctx, work)
	if len(result.Failures)+len(result.NotBegun) == 0 {
		detachForeign(ctx, work, foreign, &result)
	}
	a.checkAttributes(outer, result.Existing, diags)
	a.dropLost(outer, result.Existing, diags)
	a.leaveClaimed(result.Existing)
	result.NotBegun = slices.DeleteFunc(result.NotBegun, func(key string) bool { return a.left[key] })
	a.takeOver(result.Existing)
	a.detachAgain(outer, &result, diags)
	a.finish(outer, result, plan.Changes() || len(leftovers)+len(foreign) > 0)
	a.report(result, diags)
	return true
}

// countFiles looks up the vector store. It does so again if another resource detaches files meanwhile, because it is then not known whether
// these are counted.
func (a *attachmentsApply) countFiles(ctx context.Context) (gone string, f *failure) {
	const most = 5
	for range most {
		a.detachedBefore = a.service.client.Detached(a.storeID())
		var store openai.VectorStore
		if store, gone, f = a.service.lookUpVectorStore(ctx, a.storeID(), a.created); f != nil || gone != "" {
			return gone, f
		}
		if a.counts = store.FileCounts; a.service.client.Detached(a.storeID()) == a.detachedBefore {
			break
		}
	}
	a.detachedBefore = a.service.client.Detached(a.storeID()) // rather too long a wait than too short a one
	return "", nil
}

// reportNoStore says why files cannot be attached to the vector store, or detached from it. If it does not exist, nothing has to be detached.
func (a *attachmentsApply) reportNoStore(gone string, f *failure, diags *diag.Diagnostics) {
	if gone == noLongerExists && a.state == nil {
		gone = neverExisted
	}
	switch {
	case f != nil && a.deletes:
		f.summary = "Files were not detached"
		diags.Append(f.diagnostic())
	case f != nil:
		f.summary = "Files were not attached"
		diags.Append(f.diagnostic())
	case !a.deletes:
		diags.AddAttributeError(path.Root("vector_store_id"), "Files were not attached", fmt.Sprintf("Vector store %s %s.\n\nCheck vector_store_id. If another resource of this configuration creates the vector store, plan again: the next apply creates a new one.", a.storeID(), gone))
	}
}

// dropLost removes from what exists the earlier versions of files that failed, if the vector store no longer has them: they may have been
// deleted because they were replaced. A warning names their keys.
func (a *attachmentsApply) dropLost(ctx context.Context, existing map[string]attachment, diags *diag.Diagnostics) {
	var ids, lost []string
	for key := range a.failed {
		if exists, ok := existing[key]; ok {
			ids = append(ids, exists.file)
		}
	}
	present, err := a.service.lookAtAttachments(ctx, a.storeID(), ids)
	if err != nil {
		diags.AddAttributeWarning(path.Root("files"), "Earlier versions of files were not looked up", sentence(err)+" The state still lists the earlier versions as attached. A later apply checks them again.")
		return
	}
	for key := range a.failed {
		if exists, ok := existing[key]; ok && present[exists.file].ID == "" {
			lost = append(lost, key)
			delete(existing, key)
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		diags.AddAttributeWarning(path.Root("files"), "Files are no longer attached", fmt.Sprintf("Vector store %s no longer has the earlier versions of %s, and their replacements could not be indexed. "+
			"Searches do not find these files. Fix them: the next apply attaches them again.", a.storeID(), keyList(lost, maxKeys)))
	}
}

// prepare collects what is declared and what there was. It returns the attachments that were declared before.
func (a *attachmentsApply) prepare() (before map[string]attachment) {
	a.declared, a.failed, a.absent, a.found = a.plan.declared(), map[string]string{}, map[string]bool{}, map[string]bool{}
	a.ids, a.statuses, a.left = fileIDs(a.declared), map[string][]string{}, map[string]bool{}
	a.existing, a.own, a.others = map[string]attachment{}, map[string]attachment{}, map[string]bool{}
	if a.state == nil {
		return nil
	}
	for _, leftover := range a.record.Leftovers {
		if leftover.Key == "" {
			a.others[leftover.File] = true
		}
	}
	a.failedBefore = stringElements(a.state.Failed)
	existing, freed := rekey(a.state.existing(a.record), a.declared)
	a.existing, a.record.Leftovers = existing, slices.Concat(a.record.Leftovers, freed)
	for _, exists := range a.existing {
		a.own[exists.file] = exists
	}
	if then := a.record.Counts; then != nil && !a.exclusive() {
		a.foreign = max(0, then.Total-int64(len(a.existing)+len(a.record.Leftovers)))
	}
	return a.state.declared()
}

// claim claims the files that are declared. Those that another resource has detached do not exist any more, and neither do those that were
// declared before and that the state does not have now: the refresh has missed them.
func (a *attachmentsApply) claim(ctx context.Context, before map[string]attachment) {
	a.gone = a.service.attachments.claim(ctx, a.storeID(), a.declared)
	maps.DeleteFunc(a.existing, func(_ string, exists attachment) bool { return a.gone[exists.file] })
	maps.DeleteFunc(a.own, func(id string, _ attachment) bool { return a.gone[id] })
	known := fileIDs(a.existing)
	for _, leftover := range a.record.Leftovers {
		known[leftover.File] = true
	}
	for id := range fileIDs(before) {
		if !known[id] {
			a.gone[id] = true
		}
	}
}

// exclusive reports whether the apply detaches files of others.
func (a *attachmentsApply) exclusive() bool { return a.plan.Exclusive.ValueBool() && !a.deletes }

func (a *attachmentsApply) storeID() string { return a.plan.VectorStoreID.ValueString() }

// storedNothing reports whether an apply has left nothing that the state has to know.
func (a *attachmentsApply) storedNothing() bool {
	return len(a.plan.Attached.Elements()) == 0 && len(a.record.Leftovers) == 0
}

// made records the outcome of a file that was attached.
func (a *attachmentsApply) made(key string, outcome openai.AttachOutcome) keyed.Made[attachment] {
	wanted := a.declared[key]
	a.mu.Lock()
	defer a.mu.Unlock()
	if outcome.Done {
		if word := outcome.UnknownStatus; word != "" {
			a.statuses[word] = append(a.statuses[word], key)
		}
		return keyed.Made[attachment]{Thing: wanted}
	}
	if outcome.Attached || outcome.Err != nil {
		a.possible = append(a.possible, leftoverAttachment{key, wanted.file})
	} else {
		a.absent[wanted.file] = true
	}
	switch {
	case outcome.Reason != "":
		a.failed[key] = outcome.Reason
		advice := ""
		if outcome.Unknown {
			advice = "If the service does not know a file, the file was deleted or belongs to a different project than the vector store."
		}
		return keyed.Made[attachment]{Failure: &keyed.Failure{Reason: outcome.Reason + ".", Advice: advice}}
	case outcome.Refused != nil:
		return keyed.Made[attachment]{Failure: entryFailure(apiFailure("", outcome.Refused))}
	}
	return keyed.Made[attachment]{Failure: &keyed.Failure{
		Reason: sentence(outcome.Err), Advice: advice(outcome.Err), Hopeless: openai.Hopeless(outcome.Err), MayExist: true,
	}}
}

// finish writes what exists now into the plan and the record.
func (a *attachmentsApply) finish(ctx context.Context, result keyed.Result[attachment], changed bool) {
	left := a.possible
	for _, item := range result.Leftovers {
		if a.others[item.Thing.file] {
			item.Key = ""
		}
		left = append(left, leftoverAttachment{item.Key, item.Thing.file})
	}
	a.record.Leftovers = remainingLeftovers(left, a.record.Leftovers, result.Existing, a.ids, a.absent)
	a.plan.setResult(result.Existing, a.failed)
	if _, failures := a.sortFailures(result); !a.deletes && len(failures)+len(result.NotBegun) > 0 {
		a.keepOldAttributes(result.Existing) // the apply fails, so the state may differ from the plan
	}
	a.record.Attributes = attributesBehind(result.Existing, stringElements(a.plan.Attributes))
	if changed && !a.deletes {
		a.record.Counts = a.countAfter(ctx, int64(len(result.Existing)))
	}
	if a.record.listIsBehind(time.Now()) {
		a.record.Counts = nil
	}
}

// countAfter returns what the vector store has after the apply; nil if the next refresh had better list the files: some are missing, or may
// be.
func (a *attachmentsApply) countAfter(ctx context.Context, existing int64) *storeContents {
	store, err := a.service.client.RetrieveVectorStore(ctx, a.storeID())
	if err != nil || store.FileCounts == nil || a.lacks || store.FileCounts.Total < existing+a.foreign {
		return nil
	}
	return contentsOf(store)
}

// remainingLeftovers returns the files that the vector store may have besides those that exist, each once: those of this apply, and those
// of earlier ones that are declared and of which this apply has not found out that they are refused.
func remainingLeftovers(now, before []leftoverAttachment, existing map[string]attachment, declared, absent map[string]bool) (left []leftoverAttachment) {
	seen := fileIDs(existing)
	for _, leftover := range now {
		if !seen[leftover.File] {
			seen[leftover.File] = true
			left = append(left, leftover)
		}
	}
	for _, leftover := range before {
		if declared[leftover.File] && !absent[leftover.File] && !seen[leftover.File] {
			seen[leftover.File] = true
			left = append(left, leftover)
		}
	}
	return left
}

// keepOldAttributes puts the attributes that the service still has into the plan, where they could not be changed.
func (a *attachmentsApply) keepOldAttributes(existing map[string]attachment) {
	attributes := a.plan.Attributes.Elements()
	if attributes == nil {
		attributes = map[string]attr.Value{}
	}
	for key, exists := range existing {
		_, hasFailed := a.failed[key]
		wanted, isDeclared := a.declared[key]
		switch {
		case !isDeclared, hasFailed, exists.attributes == wanted.attributes:
		case exists.attributes == "":
			delete(attributes, key)
		default:
			attributes[key] = types.StringValue(exists.attributes)
		}
	}
	if len(attributes) > 0 {
		a.plan.Attributes = types.MapValueMust(types.StringType, attributes)
	} else {
		a.plan.Attributes = types.MapNull(types.StringType)
	}
}
