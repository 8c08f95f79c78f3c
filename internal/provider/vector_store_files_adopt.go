package provider

import (
	"maps"
	"slices"
)

// What an apply of openai_vector_store_files has to record although it could not do what is declared: files that it has found in the
// vector store, and files that another resource has left to it.

// keep records that the vector store has a file that this resource has found there and could not change. It may not be indexed.
func (a *attachmentsApply) keep(key string, unfinished bool) {
	file := a.declared[key].file
	present, isPresent := a.present[file]
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !isPresent: // the state has it
	case unfinished:
		a.possible = append(a.possible, leftoverAttachment{key, file})
	default:
		a.found[file] = attachment{file, encodedAttributes(present.Attributes)}
	}
}

// leaveClaimed removes from what exists the files that are not declared and that another resource has taken over, even if the apply did not
// get as far as to remove them. It reports whether there are any.
func (a *attachmentsApply) leaveClaimed(existing map[string]attachment) bool {
	for key, has := range existing {
		if !a.ids[has.file] && a.service.attachments.leave(a.storeID(), has) {
			a.left[key] = true
			delete(existing, key)
		}
	}
	return len(a.left) > 0
}

// takeOver adds to what exists the files that the vector store has in another form than declared, and that no other resource knows: those
// that were found there, and those that others have left to this one. It reports whether there are any.
func (a *attachmentsApply) takeOver(existing map[string]attachment) (taken bool) {
	has := fileIDs(existing)
	for _, leftover := range a.possible {
		has[leftover.File] = true
	}
	left := a.service.attachments.settle(a.storeID(), a.declared, has)
	maps.Copy(left, a.found)
	for key, wanted := range a.declared {
		exists, ok := left[wanted.file]
		if !ok || has[wanted.file] || a.absent[wanted.file] {
			continue
		}
		taken = true
		if _, isOccupied := existing[key]; isOccupied {
			a.possible = append(a.possible, leftoverAttachment{key, wanted.file})
		} else {
			existing[key] = exists
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
