package provider

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// deletionPolicyDefer is a value of deletion_policy that only sets have.
const deletionPolicyDefer = "defer"

// progressEvery is the interval between two log lines about the progress of a set.
const progressEvery = 5 * time.Second

// fileSetChange is what one apply does to a set.
type fileSetChange struct {
	service  *service
	purpose  string
	lifetime int64             // seconds; 0: the service decides
	paths    map[string]string // of the declared files, by key; nil: the set is destroyed
	plan     keyed.Plan
	uploaded entries
	old      oldFiles
	policy   string          // of what is replaced or removed
	created  openai.Place    // zero: not known
	stays    map[string]bool // IDs of entries that are kept

	mu      sync.Mutex
	notices []notice
}

// effectivePolicy returns what happens to the files that an apply replaces or removes: nothing is deleted if the last apply or
// this one has set keep. It is empty if this one is not known yet.
func effectivePolicy(before, planned types.String) string {
	if before.ValueString() == deletionPolicyKeep {
		return deletionPolicyKeep
	}
	return planned.ValueString()
}

// policyAfterFailure returns the policy that the state records after a failed apply, so that the next apply still retains files that were to
// be retained.
func policyAfterFailure(before, planned types.String) types.String {
	if before.ValueString() == deletionPolicyKeep {
		return before
	}
	return planned
}

// oldFiles are files that are under no key any more.
type oldFiles struct {
	due     []keyed.Item[entry] // to be deleted by this apply
	pending []keyed.Item[entry] // they stay for now
	kept    []keyed.Item[entry] // they stay for good
}

// sortOld says what an apply does with the files that earlier ones have left. changes says that it uploads or removes something.
func sortOld(left []keyed.Item[entry], policy string, changes bool) (old oldFiles) {
	if policy == deletionPolicyKeep {
		return oldFiles{kept: left}
	}
	for _, item := range left {
		if policy == deletionPolicyDefer && item.Thing.pending && (!changes || item.Thing.held) {
			old.pending = append(old.pending, item)
		} else {
			old.due = append(old.due, item)
		}
	}
	return old
}

// setOutcome is what came of a change.
type setOutcome struct {
	keyed.Result[entry]
	old []keyed.Item[entry] // to be remembered
}

// apply uploads and deletes. Its result is complete, whether or not something fails.
func (c *fileSetChange) apply(ctx context.Context) setOutcome {
	for _, e := range c.uploaded {
		c.service.client.Claim(e.id)
	}
	for _, items := range [][]keyed.Item[entry]{c.old.due, c.old.pending, c.old.kept} {
		for _, item := range items {
			c.service.client.Claim(item.Thing.id)
		}
	}
	limit := c.service.client.MaxConcurrentUploads()
	c.stays = make(map[string]bool, len(c.plan.Keep))
	for _, key := range c.plan.Keep {
		c.stays[c.uploaded[key].id] = true
	}
	result := keyed.Apply(ctx, keyed.Work[entry]{
		Plan:      c.plan,
		Existing:  c.uploaded,
		Leftovers: c.old.due,
		Make:      keyed.Each(limit, c.upload),
		Remove:    keyed.Each(limit, c.remove),
		Defer:     c.policy != deletionPolicyDelete,
		Every:     progressEvery,
		Progress:  func(p keyed.Progress) { tflog.Info(ctx, progressText(p)) },
	})
	failed := len(result.Failures)+len(result.NotBegun) > 0
	out := setOutcome{Result: result}
	for _, item := range c.old.pending {
		item.Thing.held = item.Thing.held && (failed || !c.plan.Changes())
		out.old = append(out.old, item)
	}
	for _, item := range result.Leftovers {
		item.Thing.pending = item.Thing.pending && result.Postponed > 0 // a deletion that failed does not wait for a change
		out.old = append(out.old, item)
	}
	if c.policy == deletionPolicyDefer {
		for _, item := range result.Retired {
			item.Thing.pending, item.Thing.held = true, failed
			out.old = append(out.old, item)
		}
	} else {
		c.old.kept = append(c.old.kept, result.Retired...)
	}
	return out
}

// keepLeftovers puts files that are not what was declared and could not be deleted under their keys, where there is nothing else.
// Without a hash, the next apply replaces them.
func (o *setOutcome) keepLeftovers() {
	o.old = slices.DeleteFunc(o.old, func(item keyed.Item[entry]) bool {
		if _, taken := o.Existing[item.Key]; taken {
			return false
		}
		o.Existing[item.Key] = entry{id: item.Thing.id}
		return true
	})
}

// upload uploads the file of a key.
func (c *fileSetChange) upload(ctx context.Context, key string) keyed.Made[entry] {
	source := fileSource{attribute: filesPath.AtMapKey(key), disk: c.paths[key]}
	if f := checkDisk(source.disk); f != nil {
		return keyed.Made[entry]{Failure: f}
	}
	var made keyed.Made[entry]
	result := c.service.upload(ctx, declaredFile{
		source:         source,
		purpose:        c.purpose,
		filename:       setFilename(key),
		lifetime:       c.lifetime,
		expectedSHA256: types.StringNull(),
		usable:         true,
	}, func(uploaded openai.Uploaded) { made.Thing = entry{id: uploaded.ID, sha256: uploaded.SHA256} })
	made.Failure = entryFailure(result.failure)
	if result.leftover != "" {
		made.Leftover = &entry{id: result.leftover}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range result.notices {
		if key != setFilename(key) {
			n.detail = shown(key) + ": " + n.detail
		}
		c.notices = append(c.notices, n)
	}
	return made
}

// checkDisk says why there is nothing to upload at a path; nil: there is.
func checkDisk(disk string) *keyed.Failure {
	found, err := otherForm(disk)
	if err != nil {
		return nil // the upload says why
	}
	info, err := os.Stat(found)
	switch {
	case missing(err):
		return &keyed.Failure{Reason: shown(absolute(disk)) + ": no such file.", Advice: pathAdvice(disk)}
	case err == nil && info.Mode().IsRegular() && info.Size() == 0:
		return &keyed.Failure{Reason: shown(absolute(disk)) + ": " + errEmpty.Error() + ".", Advice: "Exclude empty files from the argument files, or write to them before the apply uploads them."}
	}
	return nil
}

// remove deletes a file, unless an entry that stays has the same one.
func (c *fileSetChange) remove(ctx context.Context, item keyed.Item[entry]) *keyed.Failure {
	if c.stays[item.Thing.id] {
		return nil
	}
	f := entryFailure(c.service.remove(ctx, item.Thing.id, c.created))
	if f != nil {
		f.Key = removedName(item) // several files may have had the same key
	}
	return f
}

// entryFailure is the failure of one entry of many.
func entryFailure(f *failure) *keyed.Failure {
	if f == nil {
		return nil
	}
	failed := &keyed.Failure{Reason: f.reason, Shared: sharedReason(f), Advice: f.advice, Hopeless: f.hopeless, MayExist: f.mayExist}
	failed.Attempts, failed.Took = openai.EffortOf(f.cause)
	return failed
}

// expectPlace reports why nothing may be uploaded into a set: the provider no longer talks to the place where its files are.
// id is one of them.
func (s *service) expectPlace(ctx context.Context, id string, created openai.Place) *failure {
	const summary = "Nothing was uploaded"
	s.client.ClaimNewest(ctx)
	if created.Certainly(s.client.Place()) {
		return nil
	}
	_, err := s.client.RetrieveFile(ctx, id)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, openai.ErrNotFound):
		return s.confirmMissing(ctx, summary, id, err, created)
	case openai.Hopeless(err), !created.Same(s.client.Place()):
		return apiFailure(summary, err)
	}
	return nil
}

// check reports why nothing may be uploaded; nil: everything is where it was.
func (c *fileSetChange) check(ctx context.Context) *failure {
	if len(c.plan.Make)+len(c.plan.Replace) == 0 {
		return nil
	}
	for _, keys := range [][]string{c.plan.Keep, c.plan.Replace, c.plan.Remove} {
		if len(keys) > 0 {
			return c.service.expectPlace(ctx, c.uploaded[keys[0]].id, c.created)
		}
	}
	for _, items := range [][]keyed.Item[entry]{c.old.due, c.old.pending, c.old.kept} {
		if len(items) > 0 {
			return c.service.expectPlace(ctx, items[0].Thing.id, c.created)
		}
	}
	return nil
}

// newUpdate says what an update is to do.
func (s *service) newUpdate(ctx context.Context, config, plan, state fileSetModel, private privateReader) (*fileSetChange, diag.Diagnostics) {
	seconds, diags := lifetime(ctx, plan.ExpiresAfter)
	created, more := rememberedPlace(ctx, private)
	diags.Append(more...)
	left, more := state.leftovers(ctx, private)
	diags.Append(more...)
	paths, uploaded := stringElements(config.Files), state.entries()
	changes := keyed.Compare(paths, uploaded, plan.keeps())
	policy := effectivePolicy(state.DeletionPolicy, plan.DeletionPolicy)
	return &fileSetChange{
		service: s, purpose: plan.Purpose.ValueString(), lifetime: seconds, paths: paths, plan: changes, uploaded: uploaded,
		old: sortOld(left, policy, changes.Changes()), policy: policy, created: created,
	}, diags
}

// placeProbes is how many files of a set are looked up before the others: in the wrong place, none of them is found.
const placeProbes = 10

// lookUpSet returns the files of a set that exist, by their IDs, or why that is not known.
func (s *service) lookUpSet(ctx context.Context, ids []string, created openai.Place) (map[string]openai.File, *failure) {
	const summary = "Files could not be looked up"
	found := make(map[string]openai.File, len(ids))
	s.lookup.expect(len(ids))
	few := min(len(ids), placeProbes)
	for _, some := range [][]string{ids[:few], ids[few:]} {
		here, notFound, err := s.lookup.retrieveAll(ctx, some)
		if err != nil {
			d := refreshError(summary, err)
			return nil, &failure{summary: d.Summary(), reason: d.Detail()}
		}
		maps.Copy(found, here)
		if len(found) > 0 { // all files of a set are in one place, and some are here
			created = s.client.Place()
		}
		for _, id := range slices.Sorted(maps.Keys(notFound)) {
			if f := s.confirmMissing(ctx, summary, id, notFound[id], created); f != nil {
				return nil, f
			}
		}
	}
	return found, nil
}
