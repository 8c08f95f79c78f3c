package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
)

// fileSetModel is the resource as configuration, plan and state have it. The maps are flat because Terraform and the framework
// handle those in a time that grows with their length; maps of objects cost far more.
type fileSetModel struct {
	ID             types.String   `tfsdk:"id"`
	Purpose        types.String   `tfsdk:"purpose"`
	Files          types.Map      `tfsdk:"files"`
	ExpiresAfter   types.Object   `tfsdk:"expires_after"`
	DeletionPolicy types.String   `tfsdk:"deletion_policy"`
	CheckFormat    types.Bool     `tfsdk:"check_format"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
	FileIDs        types.Map      `tfsdk:"file_ids"`
	ContentSHA256  types.Map      `tfsdk:"content_sha256"`
	Pending        types.Map      `tfsdk:"pending_deletion"` // file ID → key
}

// entry is one file of a set that the service has.
type entry struct {
	id, sha256 string
	pending    bool // under no key any more, and to be deleted by the next apply that changes the set
	held       bool // pending since an apply that failed, so what uses the set may not know the new file: one more apply has to succeed
}

// entries are the files of a set by their keys.
type entries map[string]entry

// entries returns what the state knows to be uploaded.
func (m *fileSetModel) entries() entries {
	hashes := stringElements(m.ContentSHA256)
	all := make(entries, len(hashes))
	for key, id := range stringElements(m.FileIDs) {
		all[key] = entry{id: id, sha256: hashes[key]}
	}
	return all
}

// complete adds what a state lacks that an earlier version has written, and reports whether it lacked something.
func (m *fileSetModel) complete() bool {
	lacking := m.ID.IsNull() || m.Pending.IsNull()
	if m.ID.IsNull() {
		m.ID = newStateID("set")
	}
	if m.Pending.IsNull() {
		m.setPending(nil)
	}
	return lacking
}

// set puts what is uploaded into the model.
func (m *fileSetModel) set(uploaded entries) {
	ids, hashes := make(map[string]string, len(uploaded)), make(map[string]string, len(uploaded))
	for key, entry := range uploaded {
		ids[key], hashes[key] = entry.id, entry.sha256
	}
	m.FileIDs, m.ContentSHA256 = knownMap(ids), knownMap(hashes)
}

// setFiles makes files list the keys of what is uploaded, after an apply that failed. The path of a key is the first one known.
func (m *fileSetModel) setFiles(uploaded entries, known ...map[string]string) {
	paths := make(map[string]string, len(uploaded))
	for key := range uploaded {
		for _, path := range known {
			if disk, ok := path[key]; ok {
				paths[key] = disk
				break
			}
		}
	}
	m.Files = knownMap(paths)
}

// dueLeftovers names the files that the next apply deletes, whatever else it does.
func dueLeftovers(left []keyed.Item[entry]) []string {
	var due []string
	for _, item := range left {
		if !item.Thing.pending {
			due = append(due, removedName(item))
		}
	}
	return due
}

// removedName names a file that is under its key no more.
func removedName(item keyed.Item[entry]) string {
	return fmt.Sprintf("%s (%s)", shown(item.Key), shown(item.Thing.id))
}

// The private state holds IDs of pending_deletion as JSON lists.
const (
	failedDeletionsKey = "failed_deletions" // the next apply tries again, even if nothing else changes
	heldDeletionsKey   = "held_deletions"   // entry.held
)

// rememberLeftovers records files that are under no key any more and have to be deleted. Terraform deletes a tainted set without its
// private state, so their IDs are in the state itself.
func (m *fileSetModel) rememberLeftovers(ctx context.Context, items []keyed.Item[entry], private privateWriter) diag.Diagnostics {
	m.setPending(items)
	var failed, held []string
	for _, item := range items {
		if !item.Thing.pending {
			failed = append(failed, item.Thing.id)
		}
		if item.Thing.held {
			held = append(held, item.Thing.id)
		}
	}
	return append(writeTexts(ctx, private, failedDeletionsKey, failed), writeTexts(ctx, private, heldDeletionsKey, held)...)
}

// allIDs returns the IDs of all files that a state knows: those of the set by key, then those to be deleted.
func (m *fileSetModel) allIDs() []string {
	uploaded := m.entries()
	ids := make([]string, 0, len(uploaded))
	for _, key := range slices.Sorted(maps.Keys(uploaded)) {
		ids = append(ids, uploaded[key].id)
	}
	return append(ids, slices.Sorted(maps.Keys(stringElements(m.Pending)))...)
}

func (m *fileSetModel) setPending(items []keyed.Item[entry]) {
	keys := make(map[string]string, len(items))
	for _, item := range items {
		keys[item.Thing.id] = item.Key
	}
	m.Pending = knownMap(keys)
}

// leftovers returns the files that have to be deleted, in the order of their IDs.
func (m *fileSetModel) leftovers(ctx context.Context, private privateReader) ([]keyed.Item[entry], diag.Diagnostics) {
	failed, diags := readTexts[[]string](ctx, private, failedDeletionsKey)
	held, more := readTexts[[]string](ctx, private, heldDeletionsKey)
	keys := stringElements(m.Pending)
	items := make([]keyed.Item[entry], 0, len(keys))
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		items = append(items, keyed.Item[entry]{Key: keys[id], Thing: entry{
			id: id, pending: !slices.Contains(failed, id), held: slices.Contains(held, id),
		}})
	}
	return items, append(diags, more...)
}

// keeps returns what reports whether a plan leaves an entry as it is.
func (m *fileSetModel) keeps() func(key, path string, e entry) bool {
	planned := stringElements(m.FileIDs)
	return func(key, _ string, e entry) bool { return planned[key] == e.id }
}
