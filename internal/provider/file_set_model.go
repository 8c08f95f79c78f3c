package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
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
}

// entry is one file of a set that the service has.
type entry struct {
	id, sha256 string
	pending    bool // replaced or removed, and to be deleted by the next apply that changes the set
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

// set puts what is uploaded into the model.
func (m *fileSetModel) set(uploaded entries) {
	ids, hashes := make(map[string]attr.Value, len(uploaded)), make(map[string]attr.Value, len(uploaded))
	for key, entry := range uploaded {
		ids[key], hashes[key] = types.StringValue(entry.id), types.StringValue(entry.sha256)
	}
	m.FileIDs, m.ContentSHA256 = types.MapValueMust(types.StringType, ids), types.MapValueMust(types.StringType, hashes)
}

// setFiles makes files list the keys of what is uploaded, after an apply that failed. The path of a key is the first one known.
func (m *fileSetModel) setFiles(uploaded entries, known ...map[string]string) {
	paths := make(map[string]attr.Value, len(uploaded))
	for key := range uploaded {
		for _, path := range known {
			if disk, ok := path[key]; ok {
				paths[key] = types.StringValue(disk)
				break
			}
		}
	}
	m.Files = types.MapValueMust(types.StringType, paths)
}

// stringElements returns the elements of a map that are known.
func stringElements(m types.Map) map[string]string {
	elements := m.Elements()
	texts := make(map[string]string, len(elements))
	for key, value := range elements {
		if text, ok := value.(types.String); ok && !text.IsUnknown() {
			texts[key] = text.ValueString()
		}
	}
	return texts
}

// leftoversKey is where the private state holds files that are under no key any more and have to be deleted, as JSON.
const leftoversKey = "leftovers"

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
	return fmt.Sprintf("%s (%s)", keyName(item.Key), shown(item.Thing.id))
}

type leftover struct {
	Key     string `json:"key"` // that the file had
	ID      string `json:"id"`
	Pending bool   `json:"pending,omitempty"` // no apply has to take place because of it
}

// rememberLeftovers keeps files that have to be deleted in the private state.
func rememberLeftovers(ctx context.Context, items []keyed.Item[entry], private privateWriter) diag.Diagnostics {
	if len(items) == 0 {
		return private.SetKey(ctx, leftoversKey, nil)
	}
	leftovers := make([]leftover, 0, len(items))
	for _, item := range items {
		leftovers = append(leftovers, leftover{Key: item.Key, ID: item.Thing.id, Pending: item.Thing.pending})
	}
	encoded, err := json.Marshal(leftovers)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Files that have to be deleted cannot be recorded", sentence(err))}
	}
	return private.SetKey(ctx, leftoversKey, encoded)
}

// rememberedLeftovers returns the files that have to be deleted.
func rememberedLeftovers(ctx context.Context, private privateReader) ([]keyed.Item[entry], diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, leftoversKey)
	if len(encoded) == 0 {
		return nil, diags
	}
	var leftovers []leftover
	if err := json.Unmarshal(encoded, &leftovers); err != nil {
		diags.AddError("Files that have to be deleted are not known", "The private part of the state cannot be read: "+sentence(err))
	}
	items := make([]keyed.Item[entry], 0, len(leftovers))
	for _, l := range leftovers {
		items = append(items, keyed.Item[entry]{Key: l.Key, Thing: entry{id: l.ID, pending: l.Pending}})
	}
	return items, diags
}

// keeps returns what reports whether a plan leaves an entry as it is.
func (m *fileSetModel) keeps() func(key, path string, e entry) bool {
	planned := stringElements(m.FileIDs)
	return func(key, _ string, e entry) bool { return planned[key] == e.id }
}
