package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// maxDirectLooks is how many files are asked for one by one before the list of all files is read instead.
const maxDirectLooks = 50

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

	existing map[string]attachment // before
	declared map[string]attachment
	ids      map[string]bool // file IDs that are declared
	present  map[string]openai.VectorStoreFile
	total    int64 // files in the vector store before

	mu       sync.Mutex
	failed   map[string]string // key → why the service could not process its file
	possible []leftoverAttachment
}

// run does the apply and reports what failed.
func (a *attachmentsApply) run(ctx context.Context, timeout time.Duration, diags *diag.Diagnostics) {
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	a.declared, a.failed = a.plan.declared(), map[string]string{}
	a.ids = fileIDs(a.declared)
	a.existing = map[string]attachment{}
	var before map[string]attachment
	var failedBefore map[string]string
	if a.state != nil {
		a.existing, before, failedBefore = a.state.existing(), a.state.declared(), stringElements(a.state.Failed)
	}
	a.plan.setResult(a.existing, failedBefore)
	a.service.attachments.claim(a.storeID(), a.declared)

	store, gone, f := a.service.lookUpVectorStore(ctx, a.storeID(), a.created)
	switch {
	case f != nil:
		f.summary = "Files were not attached"
		diags.Append(f.diagnostic())
		return
	case gone != "" && a.deletes:
		return
	case gone != "":
		diags.AddAttributeError(path.Root("vector_store_id"), "Files were not attached", fmt.Sprintf("Vector store %s %s.\n\nPlan again: a new vector store is needed.", a.storeID(), gone))
		return
	}
	a.total = store.FileCounts.Total

	plan := planAttachments(a.declared, a.existing, before, failedBefore, a.plan.OnFailure.ValueString())
	a.keepFailures(plan, failedBefore)
	leftovers := a.record.toDetach(a.declared)
	foreign, err := a.takeInventory(ctx, plan)
	if err != nil {
		diags.Append(apiFailure("Files were not attached", err).diagnostic())
		return
	}
	result := keyed.Apply(ctx, keyed.Work[attachment]{
		Plan:        plan,
		Existing:    a.existing,
		Leftovers:   append(leftovers, foreign...),
		Make:        a.attach,
		Remove:      keyed.Each(a.service.client.MaxConcurrentUploads(), a.detach),
		Independent: true,
	})
	a.finish(outer, result, plan.Changes() || len(leftovers)+len(foreign) > 0)
	a.report(result, len(plan.Make)+len(plan.Replace)+len(plan.Remove), diags)
}

func (a *attachmentsApply) storeID() string { return a.plan.VectorStoreID.ValueString() }

// storedNothing reports whether an apply that failed has left nothing that the state has to know.
func (a *attachmentsApply) storedNothing() bool {
	return len(a.plan.Attached.Elements()) == 0 && len(a.plan.Failed.Elements()) == 0 && len(a.record.Leftovers) == 0
}

// keepFailures keeps what has failed before and is not tried again.
func (a *attachmentsApply) keepFailures(plan keyed.Plan, failedBefore map[string]string) {
	again := map[string]bool{}
	for _, key := range slices.Concat(plan.Make, plan.Replace) {
		again[key] = true
	}
	for key, reason := range failedBefore {
		if _, ok := a.declared[key]; ok && !again[key] {
			a.failed[key] = reason
			a.possible = append(a.possible, leftoverAttachment{key, a.declared[key].file})
		}
	}
}

// takeInventory finds out which of the files to be attached are in the vector store already, and which files nobody declares if the
// resource is exclusive.
func (a *attachmentsApply) takeInventory(ctx context.Context, plan keyed.Plan) (foreign []keyed.Item[attachment], err error) {
	a.present = map[string]openai.VectorStoreFile{}
	wanted := map[string]bool{}
	for _, key := range slices.Concat(plan.Make, plan.Replace) {
		wanted[a.declared[key].file] = true
	}
	ours := fileIDs(a.existing)
	others := a.total - int64(len(ours))
	exclusive := a.plan.Exclusive.ValueBool() && !a.deletes
	if others <= 0 || len(wanted) == 0 && !exclusive {
		return nil, nil
	}
	if !exclusive && len(wanted) <= maxDirectLooks {
		a.present, err = a.service.lookAtAttachments(ctx, a.storeID(), slices.Collect(maps.Keys(wanted)))
		return nil, err
	}
	a.present, err = a.service.listAttachments(ctx, a.storeID(), slices.Collect(maps.Keys(wanted)))
	if exclusive {
		for _, leftover := range a.record.Leftovers {
			ours[leftover.File] = true
		}
		for id := range a.present {
			if !ours[id] && !a.ids[id] {
				foreign = append(foreign, keyed.Item[attachment]{Key: id, Thing: attachment{file: id}})
			}
		}
	}
	return foreign, err
}

// listAttachments returns the files of a vector store by ID. A list that cannot be read to its end is replaced by a look at each of the
// wanted files.
func (s *service) listAttachments(ctx context.Context, storeID string, wanted []string) (map[string]openai.VectorStoreFile, error) {
	files := map[string]openai.VectorStoreFile{}
	for file, err := range s.client.ListVectorStoreFiles(ctx, storeID, openai.ListVectorStoreFilesParams{}) {
		if err != nil && ctx.Err() == nil {
			return s.lookAtAttachments(ctx, storeID, wanted)
		}
		if err != nil {
			return nil, err
		}
		files[file.ID] = file
	}
	return files, nil
}

// lookAtAttachments returns those of the wanted files that a vector store has, by ID.
func (s *service) lookAtAttachments(ctx context.Context, storeID string, wanted []string) (map[string]openai.VectorStoreFile, error) {
	var mu sync.Mutex
	files := map[string]openai.VectorStoreFile{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.client.MaxConcurrentUploads())
	for _, id := range wanted {
		group.Go(func() error {
			file, err := s.client.RetrieveVectorStoreFile(ctx, storeID, id)
			if errors.Is(err, openai.ErrNotFound) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			files[id] = file
			return err
		})
	}
	return files, group.Wait()
}

// attach makes the vector store have files: it adopts what is there, changes attributes, and attaches the rest in batches.
func (a *attachmentsApply) attach(ctx context.Context, keys []string, report func(int, keyed.Made[attachment]) bool) {
	params := openai.AttachParams{StoreID: a.storeID(), Chunking: a.plan.chunking(), Present: a.total, Patience: a.patience}
	index := map[string]int{} // file ID → index of its key
	var inPlace []int
	for i, key := range keys {
		wanted := a.declared[key]
		index[wanted.file] = i
		upload := openai.Attachment{FileID: wanted.file, Name: key, Attributes: attributesOf(wanted.attributes)}
		file, isPresent := a.present[wanted.file]
		switch {
		case a.unchangedFile(key):
			inPlace = append(inPlace, i)
		case !isPresent:
			params.Files = append(params.Files, upload)
		case !a.fits(file):
			if f := a.detachFirst(ctx, wanted.file); f != nil {
				report(i, keyed.Made[attachment]{Failure: f})
				continue
			}
			params.Present--
			params.Files = append(params.Files, upload)
		case file.Status == openai.FileInProgress:
			params.Waiting = append(params.Waiting, upload)
		case sameAttributes(file.Attributes, attributesOf(wanted.attributes)):
			report(i, keyed.Made[attachment]{Thing: wanted})
		default:
			inPlace = append(inPlace, i)
		}
	}
	if !a.changeAttributes(ctx, keys, inPlace, report) || len(params.Files)+len(params.Waiting) == 0 {
		return
	}
	outcomes, err := a.service.client.AttachFiles(ctx, params)
	for _, file := range slices.Concat(params.Files, params.Waiting) {
		i := index[file.FileID]
		outcome, begun := outcomes[file.FileID]
		switch {
		case begun:
			report(i, a.made(keys[i], outcome))
		case err != nil:
			f := apiFailure("", err)
			report(i, keyed.Made[attachment]{Failure: &keyed.Failure{Reason: f.reason, Advice: f.advice, Hopeless: true}})
			err = nil // once
		}
	}
}

// unchangedFile reports whether only the attributes of a key change.
func (a *attachmentsApply) unchangedFile(key string) bool {
	before, ok := a.existing[key]
	return ok && before.file == a.declared[key].file
}

// fits reports whether a file that is in the vector store can stay there.
func (a *attachmentsApply) fits(file openai.VectorStoreFile) bool {
	if file.Status == openai.FileFailed || file.Status == openai.FileCancelled {
		return false
	}
	wanted := a.plan.chunking()
	if wanted == nil {
		wanted = &openai.AutomaticChunking
	}
	return file.Chunking == nil || *file.Chunking == *wanted
}

// detachFirst detaches a file that has to be attached anew.
func (a *attachmentsApply) detachFirst(ctx context.Context, id string) *keyed.Failure {
	if err := a.service.client.DetachFile(ctx, a.storeID(), id); err != nil && !errors.Is(err, openai.ErrNotFound) {
		return keyedFailure(apiFailure("", err))
	}
	return nil
}

// changeAttributes changes the attributes of files that stay attached. It reports whether to go on.
func (a *attachmentsApply) changeAttributes(ctx context.Context, keys []string, indexes []int, report func(int, keyed.Made[attachment]) bool) bool {
	change := keyed.Each(a.service.client.MaxConcurrentUploads(), func(ctx context.Context, i int) keyed.Made[attachment] {
		wanted := a.declared[keys[i]]
		err := a.service.client.UpdateVectorStoreFile(ctx, a.storeID(), wanted.file, attributesOf(wanted.attributes))
		if err != nil {
			return keyed.Made[attachment]{Failure: keyedFailure(apiFailure("", err))}
		}
		return keyed.Made[attachment]{Thing: wanted}
	})
	goOn := true
	change(ctx, indexes, func(n int, made keyed.Made[attachment]) bool {
		if !report(indexes[n], made) {
			goOn = false
		}
		return goOn
	})
	return goOn
}

// made notes what became of a file that was attached.
func (a *attachmentsApply) made(key string, outcome openai.AttachOutcome) keyed.Made[attachment] {
	wanted := a.declared[key]
	if outcome.Done {
		return keyed.Made[attachment]{Thing: wanted}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if outcome.Attached || outcome.Err != nil {
		a.possible = append(a.possible, leftoverAttachment{key, wanted.file})
	}
	if outcome.Reason != "" {
		a.failed[key] = outcome.Reason
		return keyed.Made[attachment]{Failure: &keyed.Failure{Reason: outcome.Reason + "."}}
	}
	return keyed.Made[attachment]{Failure: &keyed.Failure{Reason: sentence(outcome.Err), MayExist: true}}
}

// detach removes a file from the vector store, unless it is declared or another resource wants it there.
func (a *attachmentsApply) detach(ctx context.Context, item keyed.Item[attachment]) *keyed.Failure {
	if a.ids[item.Thing.file] {
		return nil
	}
	var err error
	a.service.attachments.detach(a.storeID(), item.Thing.file, func() {
		err = a.service.client.DetachFile(ctx, a.storeID(), item.Thing.file)
	})
	if err == nil || errors.Is(err, openai.ErrNotFound) {
		return nil
	}
	return keyedFailure(apiFailure("", err))
}

func keyedFailure(f *failure) *keyed.Failure {
	return &keyed.Failure{Reason: f.reason, Advice: f.advice, Hopeless: f.hopeless, MayExist: f.mayExist}
}

// finish writes what exists now into the plan and the record.
func (a *attachmentsApply) finish(ctx context.Context, result keyed.Result[attachment], changed bool) {
	a.record.Leftovers = a.possible
	for _, item := range result.Leftovers {
		a.record.Leftovers = append(a.record.Leftovers, leftoverAttachment{item.Key, item.Thing.file})
	}
	a.plan.setResult(result.Existing, a.failed)
	a.keepOldAttributes(result)
	if !changed || a.deletes {
		return
	}
	if store, err := a.service.client.RetrieveVectorStore(ctx, a.storeID()); err == nil {
		a.record.Counts = store.FileCounts
	} else {
		a.record.Counts = openai.FileCounts{Total: -1} // the next refresh lists the files
	}
}

// keepOldAttributes puts the attributes that the service still has into the plan, where they could not be changed.
func (a *attachmentsApply) keepOldAttributes(result keyed.Result[attachment]) {
	if len(result.Failures)+len(result.NotBegun) == 0 || a.deletes {
		return
	}
	attributes := a.plan.Attributes.Elements()
	if attributes == nil {
		attributes = map[string]attr.Value{}
	}
	for key, exists := range result.Existing {
		wanted, isDeclared := a.declared[key]
		switch {
		case !isDeclared || exists.attributes == wanted.attributes:
		case exists.attributes == "":
			delete(attributes, key)
		default:
			attributes[key] = types.StringValue(exists.attributes)
		}
	}
	if len(attributes) > 0 {
		a.plan.Attributes = types.MapValueMust(types.StringType, attributes)
	}
}

// report describes what failed: files that the service could not process as on_failure says, everything else as an error.
func (a *attachmentsApply) report(result keyed.Result[attachment], total int, diags *diag.Diagnostics) {
	var warned, failures []keyed.Failure
	for _, f := range result.Failures {
		if _, ok := a.failed[f.Key]; ok && a.plan.OnFailure.ValueString() == onFailureWarn {
			warned = append(warned, f)
		} else {
			failures = append(failures, f)
		}
	}
	at := path.Root("files")
	if len(warned) > 0 {
		diags.AddAttributeWarning(at, fmt.Sprintf("%d of %s could not be processed", len(warned), count(len(a.declared), "file")),
			groupedReasons(warned)+"\n\nThey are recorded in failed, and are not tried again until their ID or attributes change.")
	}
	if len(failures) == 0 && len(result.NotBegun) == 0 {
		return
	}
	detail := groupedReasons(failures)
	if n := len(result.NotBegun); n > 0 {
		detail += fmt.Sprintf("\n\n%s were not begun: %s.", count(n, "file"), keyList(result.NotBegun, maxKeys))
	}
	diags.AddAttributeError(at, fmt.Sprintf("%d of %s could not be attached or detached", len(failures)+len(result.NotBegun), count(max(total, len(failures)), "file")),
		detail+"\n\nAll other files are up to date and recorded in the state. "+a.next)
}

// groupedReasons lists failures, those with the same reason together.
func groupedReasons(failures []keyed.Failure) string {
	var text, advice string
	for _, group := range keyed.Grouped(failures) {
		text += fmt.Sprintf("  %s: %s\n", keyList(group.Keys, maxKeys), group.Reason)
	}
	for _, f := range failures {
		if f.Advice != "" {
			advice = "\n" + f.Advice
			break
		}
	}
	return text + advice
}

// refresh takes over which files the vector store has, and warns of those that are missing.
func (r *vectorStoreFilesResource) refresh(ctx context.Context, state *vectorStoreFilesModel, record *attachmentsRecord, diags *diag.Diagnostics) *failure {
	existing, declared := state.existing(), state.declared()
	ids := fileIDs(existing)
	for key := range stringElements(state.Failed) {
		ids[declared[key].file] = true
	}
	storeID := state.VectorStoreID.ValueString()
	present, err := r.service.listAttachments(ctx, storeID, slices.Collect(maps.Keys(ids)))
	if err == nil {
		err = r.confirmAbsent(ctx, storeID, ids, present)
	}
	if err != nil {
		return apiFailure("Files of the vector store could not be listed", err)
	}
	found := compareAttachments(existing, declared, stringElements(state.Failed), present)
	if len(found.missing) > 0 {
		diags.AddWarning("Files are no longer attached", fmt.Sprintf("Vector store %s no longer has %d of the files: %s. They were detached or deleted outside of Terraform. The next apply attaches them again.",
			storeID, len(found.missing), keyList(found.missing, maxKeys)))
	}
	state.setResult(found.existing, found.failed)
	record.Leftovers = append(record.Leftovers, found.leftovers...)
	attributes := state.Attributes.Elements()
	for key, drifted := range found.attributes {
		attributes[key] = types.StringValue(drifted)
	}
	if len(found.attributes) > 0 {
		state.Attributes = types.MapValueMust(types.StringType, attributes)
	}
	return nil
}

// confirmAbsent asks for the files that the list lacks, and adds those that are attached.
func (r *vectorStoreFilesResource) confirmAbsent(ctx context.Context, storeID string, ids map[string]bool, present map[string]openai.VectorStoreFile) error {
	var absent []string
	for id := range ids {
		if _, ok := present[id]; !ok {
			absent = append(absent, id)
		}
	}
	found, err := r.service.lookAtAttachments(ctx, storeID, absent)
	maps.Copy(present, found)
	return err
}

// foundAttachments is what a list of files says about a state.
type foundAttachments struct {
	existing   map[string]attachment
	failed     map[string]string
	missing    []string          // keys of files that are not attached any more
	attributes map[string]string // key → JSON of attributes that others have changed
	leftovers  []leftoverAttachment
}

// compareAttachments compares what the state knows with the files that a vector store has.
func compareAttachments(existing, declared map[string]attachment, failed map[string]string, present map[string]openai.VectorStoreFile) foundAttachments {
	found := foundAttachments{existing: map[string]attachment{}, failed: map[string]string{}, attributes: map[string]string{}}
	for key, a := range existing {
		file, ok := present[a.file]
		switch {
		case !ok:
			found.missing = append(found.missing, key)
		case file.Status == openai.FileFailed, file.Status == openai.FileCancelled:
			found.failed[key] = file.Reason()
			found.leftovers = append(found.leftovers, leftoverAttachment{key, a.file})
		case file.Status == openai.FileInProgress:
			found.leftovers = append(found.leftovers, leftoverAttachment{key, a.file})
		default:
			if a.attributes != "" && !sameAttributes(attributesOf(a.attributes), file.Attributes) {
				encoded, _ := json.Marshal(file.Attributes) // came from JSON
				found.attributes[key], a.attributes = string(encoded), string(encoded)
			}
			found.existing[key] = a
		}
	}
	for key, reason := range failed {
		_, isFound := found.existing[key]
		wanted := declared[key]
		if file, ok := present[wanted.file]; ok && file.Status == openai.FileCompleted && !isFound {
			found.existing[key] = wanted
		} else if _, replaced := found.failed[key]; !replaced {
			found.failed[key] = reason
		}
	}
	slices.Sort(found.missing)
	return found
}
