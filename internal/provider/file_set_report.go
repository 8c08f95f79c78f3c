package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// Maximum numbers of items that a message lists.
const (
	maxKeys     = 10   // keys, or reasons
	maxShared   = 3    // keys that share a reason
	maxDoubtful = 1000 // keys whose files may exist without being in the state
	maxIDs      = 100  // IDs that the state no longer has
	maxAdvice   = 3    // pieces of advice
)

// What comes after an apply that failed in part.
const (
	rest    = "The next apply does only the remaining work."
	untaint = "Terraform marks a resource as tainted when its first apply fails, and would replace the whole set. Run terraform untaint with the address " +
		"of this resource, so that the next apply uploads only what is missing."
	startAgain = "No upload succeeded, so this apply has added nothing to the state: apply again."
)

// setReport describes an apply that failed. next says what comes after it, stopped why it was ended from outside; nil: it was not.
func setReport(result keyed.Result[entry], next string, stopped error) (summary, detail string) {
	p := result.Progress
	done, all, what := p.Made, p.ToMake, "uploaded"
	if p.Made == p.ToMake {
		done, all, what = p.Removed, p.ToRemove, "deleted"
	}
	summary = fmt.Sprintf("%s of %s could not be %s", thousands(all-done), count(all, "file"), what)

	groups := keyed.Grouped(result.Failures)
	parts := []string{reasonLines(groups, len(result.NotBegun))}
	var doubtful []string
	for _, f := range result.Failures {
		if f.MayExist {
			doubtful = append(doubtful, f.Key)
		}
	}
	if len(doubtful) > 0 {
		parts = append(parts, "It is not known whether there is a file at OpenAI for "+keyList(doubtful, maxDoubtful)+". Each attempt may have created one.")
	}
	parts = append(parts, setAdvice(result.Failures, groups, stopped)...)
	state := "All other files are up to date and recorded in the state."
	switch {
	case len(result.Existing) == 0, p.Made+p.Removed == 0 && p.ToMake == 0:
		state = ""
	case len(result.NotBegun) > 0, result.Postponed > 0, p.ToMake == 0 && len(result.Existing) <= p.ToRemove-p.Removed:
		state = "Completed uploads and deletions are recorded in the state."
	case !hasOthers(result):
		state = ""
	}
	if result.Postponed > 0 {
		parts = append(parts, "Nothing was deleted: files that were replaced or removed stay at OpenAI until an apply in which all uploads succeed.")
	}
	parts = append(parts, strings.TrimSpace(state+" "+next))
	return summary, strings.Join(parts, "\n\n")
}

// hasOthers reports whether files exist besides those that the apply could not replace.
func hasOthers(result keyed.Result[entry]) bool {
	undone := map[string]bool{}
	for _, f := range result.Failures {
		undone[f.Key] = true
	}
	for _, key := range result.NotBegun {
		undone[key] = true
	}
	for key := range result.Existing {
		if !undone[key] {
			return true
		}
	}
	return false
}

// reasonLines lists reasons with their keys. Indented lines are not wrapped by Terraform.
func reasonLines(groups []keyed.Group, notBegun int) string {
	var lines []string
	told := groups[:min(len(groups), maxKeys)]
	for _, g := range told {
		if len(g.Keys) == 1 {
			lines = append(lines, fmt.Sprintf("  %s: %s", shown(g.Keys[0]), g.Reason))
		} else {
			lines = append(lines, fmt.Sprintf("  %s: %s\n    %s", count(len(g.Keys), "file"), withEffort(g), keyList(g.Keys, maxShared)))
		}
	}
	more := 0
	for _, g := range groups[len(told):] {
		more += len(g.Keys)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s more", thousands(more)))
	}
	if notBegun > 0 {
		lines = append(lines, fmt.Sprintf("  %s: not started", count(notBegun, "file")))
	}
	return strings.Join(lines, "\n")
}

// withEffort returns the reason of a group with the number of attempts that its requests took.
func withEffort(g keyed.Group) string {
	if g.Attempts < 2 {
		return g.Reason
	}
	return fmt.Sprintf("%s, after up to %d attempts in %s.", strings.TrimSuffix(g.Reason, "."), g.Attempts, g.Took.Round(100*time.Millisecond))
}

// setAdvice returns what to do, once for each reason, the most frequent ones first.
func setAdvice(failures []keyed.Failure, groups []keyed.Group, stopped error) []string {
	byKey := make(map[string]string, len(failures))
	for _, f := range failures {
		byKey[f.Key] = f.Advice
	}
	var all []string
	add := func(text string) {
		if text != "" && !slices.Contains(all, text) && len(all) < maxAdvice {
			all = append(all, text)
		}
	}
	for _, g := range groups {
		add(byKey[g.Keys[0]])
	}
	if stopped != nil {
		add(advice(stopped))
	}
	return all
}

// sharedReason describes a failure without what is different for each file; empty: it cannot be told.
func sharedReason(f *failure) string {
	refusal, isRefusal := errors.AsType[*openai.Error](f.cause)
	network, isNetwork := errors.AsType[*net.OpError](f.cause)
	other, isOther := errors.AsType[*openai.OtherPlaceError](f.cause)
	switch {
	case f.cause == nil, f.mayExist:
		return ""
	case isOther:
		return fmt.Sprintf("They were created in %s, but the provider now talks to %s.", other.Then.Against(other.Now), other.Now.Against(other.Then))
	case errors.Is(f.cause, context.Canceled):
		return "Interrupted."
	case errors.Is(f.cause, context.DeadlineExceeded):
		return "The timeout expired."
	case isRefusal:
		where := ""
		if request := openai.RequestOf(f.cause); request != "" {
			where = " from " + request
		}
		return fmt.Sprintf("%s (HTTP %d%s).", strings.TrimSuffix(refusal.Message, "."), refusal.StatusCode, where)
	case isNetwork && network.Op == "dial":
		return sentence(network)
	}
	return ""
}

// keptNotice says that files of a set leave the state without being deleted.
func keptNotice(kept []keyed.Item[entry], set string) (summary, detail string) {
	var list []string
	for _, item := range kept {
		list = append(list, fmt.Sprintf("%s (%s)", shown(item.Key), shown(item.Thing.id)))
	}
	return fmt.Sprintf("%s retained at OpenAI (%s)", count(len(kept), "file"), set), fmt.Sprintf(
		"Because deletion_policy is \"keep\", files that are removed from the state are not deleted at OpenAI: %s.", keyList(list, maxIDs))
}

// noticeWarnings makes one warning of all notices of a set with the same summary.
func noticeWarnings(notices []notice, set string) (diags diag.Diagnostics) {
	details := map[string][]string{}
	for _, n := range notices {
		details[n.summary] = append(details[n.summary], n.detail)
	}
	for summary, all := range details {
		slices.Sort(all)
		text := strings.Join(all[:min(len(all), maxIDs)], "\n\n")
		if more := len(all) - maxIDs; more > 0 {
			text += fmt.Sprintf("\n\nThe same happened to %s.", count(more, "more file"))
		}
		diags.AddAttributeWarning(filesPath, fmt.Sprintf("%s (%s)", summary, set), text)
	}
	return diags
}

// progressText is the line of the log about the progress of a set.
func progressText(p keyed.Progress) string {
	parts := []string{}
	if p.ToMake > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s uploaded (%d%%)", thousands(p.Made), count(p.ToMake, "file"), p.Made*100/p.ToMake))
		if p.Removed > 0 {
			parts = append(parts, thousands(p.Removed)+" deleted")
		}
	} else {
		parts = append(parts, fmt.Sprintf("%s of %s deleted (%d%%)", thousands(p.Removed), count(p.ToRemove, "file"), p.Removed*100/max(p.ToRemove, 1)))
	}
	if p.Failed > 0 {
		parts = append(parts, thousands(p.Failed)+" failed")
	}
	return "openai_file_set: " + strings.Join(parts, ", ")
}

// keyList names the first of many keys.
func keyList(keys []string, most int) string {
	different := slices.Compact(slices.Sorted(slices.Values(keys))) // a key may have had several files
	var names []string
	for _, key := range different[:min(len(different), most)] {
		names = append(names, shown(key))
	}
	list := strings.Join(names, ", ")
	if more := len(different) - most; more > 0 {
		list += fmt.Sprintf(" and %s more", thousands(more))
	}
	return list
}
