package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// refresh updates the state with the files that the vector store has, and warns of missing ones.
func (r *vectorStoreFilesResource) refresh(ctx context.Context, store openai.VectorStore, state *vectorStoreFilesModel, record *attachmentsRecord, diags *diag.Diagnostics) *failure {
	existing, storeID := state.existing(*record), state.VectorStoreID.ValueString()
	present, late, err := r.service.attachmentsOf(ctx, storeID, store.FileCounts, fileIDs(existing))
	if err != nil {
		return missingFailure("Files of the vector store could not be listed", "File", err)
	}
	found := compareAttachments(existing, state.declared(), stringElements(state.Failed), present, record.AttributesDiffer)
	if len(found.missing) > 0 {
		diags.AddWarning("Files are no longer attached", fmt.Sprintf("Vector store %s no longer has %d of the files: %s. They were detached or deleted by something other than this resource. The next apply attaches them again.",
			storeID, len(found.missing), keyList(found.missing, maxKeys)))
	}
	if len(found.broken) > 0 {
		diags.AddWarning("Files are no longer indexed", brokenDetail(storeID, found, state.OnFailure.ValueString()))
	}
	state.setResult(found.existing, found.failed)
	record.Leftovers = remainingLeftovers(slices.Concat(record.Leftovers, found.leftovers), nil, found.existing, nil, nil)
	if len(found.attributes) > 0 {
		attributes := state.Attributes.Elements()
		for key, drifted := range found.attributes {
			attributes[key] = types.StringValue(drifted)
		}
		state.Attributes = types.MapValueMust(types.StringType, attributes)
	}
	record.Attributes = attributesBehind(found.existing, stringElements(state.Attributes))
	record.setUnlisted(min(record.Unlisted, unlistedFiles(store.FileCounts, present, nil)), time.Now())
	record.Counts = contentsOf(store)
	if late || record.listIsBehind(time.Now()) {
		record.Counts = nil // the next refresh lists the files again
	}
	return nil
}

// fewOwn is how many files are asked for one by one when the list has more than there are, or lacks some although it has as many.
const fewOwn = 100

// attachmentsOf returns the files of a vector store by ID. The files in ids that the list lacks are asked for, unless the list has as many
// files as it should, and many are missing. A longer list has files that were detached a moment ago: late says that they may be among
// the returned ones.
func (s *service) attachmentsOf(ctx context.Context, storeID string, counts *openai.FileCounts, ids map[string]bool) (present map[string]openai.VectorStoreFile, late bool, err error) {
	present, err = s.listAttachments(ctx, storeID)
	if err != nil && ctx.Err() != nil {
		return nil, false, err
	}
	counts = usableCounts(counts, len(present))
	tooLong := err == nil && counts != nil && int64(len(present)) > counts.Total
	agrees := err == nil && counts != nil && int64(len(present)) == counts.Total
	if tooLong && len(ids) > fewOwn {
		return present, true, nil
	}
	var doubtful []string
	for id := range ids {
		if _, ok := present[id]; !ok || tooLong {
			doubtful = append(doubtful, id)
			delete(present, id)
		}
	}
	if agrees && len(doubtful) > fewOwn {
		return present, false, nil
	}
	found, err := s.lookAtAttachments(ctx, storeID, doubtful)
	maps.Copy(present, found)
	return present, false, err
}

// foundAttachments is what a list of files says about a state.
type foundAttachments struct {
	existing   map[string]attachment
	failed     map[string]string
	missing    []string          // keys of files that are not attached any more
	broken     []string          // keys of files that are attached and have failed, although they could be found before
	attributes map[string]string // key → JSON of attributes that others have changed
	leftovers  []leftoverAttachment
}

// compareAttachments compares what the state knows with the files that a vector store has.
func compareAttachments(existing, declared map[string]attachment, failed map[string]string, present map[string]openai.VectorStoreFile, attributesDiffer bool) foundAttachments {
	found := foundAttachments{existing: map[string]attachment{}, failed: map[string]string{}, attributes: map[string]string{}}
	for key, a := range existing {
		file, ok := present[a.file]
		switch {
		case !ok:
			found.missing = append(found.missing, key)
		case file.Failed():
			found.broken = append(found.broken, key)
			found.failed[key] = file.Reason()
			found.leftovers = append(found.leftovers, leftoverAttachment{key, a.file})
		case file.Status == openai.FileInProgress:
			found.leftovers = append(found.leftovers, leftoverAttachment{key, a.file})
		default:
			if a.attributes != "" && !attributesDiffer && !sameAttributes(attributesOf(a.attributes), file.Attributes) {
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
	slices.Sort(found.broken)
	return found
}
