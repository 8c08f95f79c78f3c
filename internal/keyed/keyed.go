// Package keyed is the engine of resources that hold many things under keys: a set of files, the attachments of a store.
//
// [Compare] decides what has to be done with each key, [Apply] does it in parallel and returns what exists afterwards. What was
// done is returned even if the rest fails. The package is independent of Terraform, of HTTP, and of the kind of things.
package keyed

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Plan says what to do with each key. Its lists are sorted.
type Plan struct {
	Keep    []string // declared, and exists as declared
	Make    []string // declared, and does not exist
	Replace []string // declared, and exists in another form
	Remove  []string // exists, and is not declared
}

// Compare plans how to get from what exists to what is declared. same reports whether a thing is what is declared under its key.
func Compare[D, E any](declared map[string]D, existing map[string]E, same func(key string, declared D, thing E) bool) Plan {
	var plan Plan
	for key, wanted := range declared {
		switch thing, exists := existing[key]; {
		case !exists:
			plan.Make = append(plan.Make, key)
		case same(key, wanted, thing):
			plan.Keep = append(plan.Keep, key)
		default:
			plan.Replace = append(plan.Replace, key)
		}
	}
	for key := range existing {
		if _, ok := declared[key]; !ok {
			plan.Remove = append(plan.Remove, key)
		}
	}
	for _, keys := range [][]string{plan.Keep, plan.Make, plan.Replace, plan.Remove} {
		slices.Sort(keys)
	}
	return plan
}

// Changes reports whether a plan creates, replaces or removes anything.
func (p Plan) Changes() bool { return len(p.Make)+len(p.Replace)+len(p.Remove) > 0 }

// Item is a thing and the key that it has or had.
type Item[E any] struct {
	Key   string
	Thing E
}

// Failure says why something was not done with a key.
type Failure struct {
	Key      string // or a different name for a thing that could not be removed
	Reason   string // sentences about this key
	Shared   string // sentences that are equal for all keys with the same reason; empty: Reason
	Advice   string // sentences that say what to do; may be empty
	Hopeless bool   // the same would happen to all other keys: the apply ends
	MayExist bool   // something may exist that the result does not have

	Attempts int           // how often it was tried; 0: not known
	Took     time.Duration // all attempts together
}

// Group is a reason and all keys that failed for it.
type Group struct {
	Reason string
	Keys   []string // sorted

	Attempts int           // maximum number of attempts of one of them; 0: not known, or part of Reason
	Took     time.Duration // maximum of them
}

// Grouped puts failures with equal reasons together, those with the most keys first.
func Grouped(failures []Failure) []Group {
	byReason := map[string][]Failure{}
	for _, f := range failures {
		reason := cmp.Or(f.Shared, f.Reason)
		byReason[reason] = append(byReason[reason], f)
	}
	groups := make([]Group, 0, len(byReason))
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		same := byReason[reason]
		group := Group{Reason: reason}
		for _, f := range same {
			group.Keys = append(group.Keys, f.Key)
			group.Attempts, group.Took = max(group.Attempts, f.Attempts), max(group.Took, f.Took)
		}
		if len(same) == 1 {
			group = Group{Reason: same[0].Reason, Keys: group.Keys}
		}
		slices.Sort(group.Keys)
		groups = append(groups, group)
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Keys), len(a.Keys)), cmp.Compare(a.Keys[0], b.Keys[0]))
	})
	return groups
}
