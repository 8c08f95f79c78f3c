package provider

import (
	"maps"
	"slices"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// What an apply of openai_vector_store_files has to record although it could not do what is declared: files that it has found in the
// vector store, and files that another resource has left to it.

// keep records that a file which this resource has found in the vector store could not be changed.
func (a *attachmentsApply) keep(key string) {
	file := a.declared[key].file
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, isPresent := a.present[file]; isPresent { // otherwise the state has it
		a.found[file] = true
	}
}

// leaveClaimed removes from what exists the files that are not declared and that another resource has adopted, even if the apply did not
// get as far as to remove them. It reports whether there are any.
func (a *attachmentsApply) leaveClaimed(existing map[string]attachment) bool {
	for key, has := range existing {
		if !a.ids[has.file] && a.service.attachments.leave(a.storeID(), has.file) {
			a.left[key] = true
			delete(existing, key)
		}
	}
	return len(a.left) > 0
}

// takeOver records the files that the vector store has in another form than declared and that no other resource knows: those that were
// found there, and those that others have left to this one. What can be searched is added to what exists, and the rest to what may be
// attached. It reports whether there are any.
func (a *attachmentsApply) takeOver(existing map[string]attachment) (taken bool) {
	has := fileIDs(existing)
	for _, leftover := range a.possible {
		has[leftover.File] = true
	}
	known := a.service.attachments.settle(a.storeID(), a.declared, has)
	maps.Copy(known, a.found)
	for key, wanted := range a.declared {
		if !known[wanted.file] || has[wanted.file] || a.absent[wanted.file] {
			continue
		}
		taken = true
		present, isPresent := a.present[wanted.file]
		_, isOccupied := existing[key]
		if isPresent && !isOccupied && present.Status != openai.FileInProgress && fits(present, a.plan.chunking()) {
			existing[key] = attachment{wanted.file, encodedAttributes(present.Attributes)}
		} else {
			a.possible = append(a.possible, leftoverAttachment{key, wanted.file})
		}
	}
	return taken
}

// endEarly ends an apply before it has changed anything. It reports whether files have moved from or to other resources, which the state has
// to know.
func (a *attachmentsApply) endEarly() bool {
	left, taken := a.leaveClaimed(a.existing), a.takeOver(a.existing)
	if !left && !taken {
		return false
	}
	a.plan.setResult(a.existing, a.failedBefore)
	a.keepOldAttributes(a.existing)
	a.record.Leftovers = remainingLeftovers(slices.Concat(a.possible, a.record.Leftovers), nil, a.existing, nil, nil)
	a.record.Attributes = attributesBehind(a.existing, stringElements(a.plan.Attributes))
	a.record.Counts = nil // the next refresh lists the files
	return true
}
