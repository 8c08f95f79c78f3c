package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
)

// untaintAttachments says what to do after a create that failed in part.
func untaintAttachments(deletionPolicy string) string {
	otherwise := "detach all files, and attach and index them again"
	if deletionPolicy == deletionPolicyKeep {
		otherwise = "replace it"
	}
	return "Terraform marks a resource as tainted when its first apply fails. The next apply would " + otherwise + ". " +
		"Run terraform untaint with the address of this resource, so that the next apply attaches only what is missing."
}

// sortFailures returns the failures that are no more than a warning, because on_failure says so, and the others.
func (a *attachmentsApply) sortFailures(result keyed.Result[attachment]) (warned, failures []keyed.Failure) {
	for _, f := range result.Failures {
		if _, ok := a.failed[f.Key]; ok && a.plan.OnFailure.ValueString() == onFailureWarn {
			warned = append(warned, f)
		} else {
			failures = append(failures, f)
		}
	}
	return warned, failures
}

// report describes what failed: files that the service could not process as on_failure says, everything else as an error.
func (a *attachmentsApply) report(result keyed.Result[attachment], diags *diag.Diagnostics) {
	warned, failures := a.sortFailures(result)
	at := path.Root("files")
	for _, word := range slices.Sorted(maps.Keys(a.statuses)) {
		diags.AddAttributeWarning(at, "Files have an unknown status", fmt.Sprintf("The server reports the status %q for %s. The provider does not know this status and treats these files as indexed. "+
			"Check that searches find them.", word, keyList(a.statuses[word], maxKeys)))
	}
	if a.unread != nil {
		diags.AddAttributeWarning(path.Root("exclusive"), "Other files may still be attached", fmt.Sprintf("%s Files of vector store %s that this resource does not declare "+
			"stay attached if they are in the rest of the list. Apply again to detach them. If the list keeps failing, set exclusive = false.", sentence(a.unread), a.storeID()))
	}
	if len(warned) > 0 {
		diags.AddAttributeWarning(at, fmt.Sprintf("%s of %s could not be indexed", thousands(len(warned)), count(len(a.declared), "file")),
			groupedReasons(warned)+"\n\nThey are listed in failed, and are attached again only when their ID or attributes change.")
	}
	if undone := len(failures) + len(result.NotBegun); undone > 0 {
		all, what := max(len(a.declared), undone), a.whatFailed(failures, result.NotBegun)
		if result.Progress.Made == result.Progress.ToMake {
			all, what = max(result.Progress.ToRemove, undone), "detached"
		}
		diags.AddAttributeError(at, fmt.Sprintf("%s of %s could not be %s", thousands(undone), count(all, "file"), what), a.failureDetail(failures, result))
	}
}

// whatFailed says what could not be done with declared files: those that are attached already were to be updated.
func (a *attachmentsApply) whatFailed(failures []keyed.Failure, notBegun []string) string {
	updates := 0
	isUpdate := func(key string) bool {
		has, ok := a.existing[key]
		return ok && has.file == a.declared[key].file
	}
	for _, f := range failures {
		if isUpdate(f.Key) {
			updates++
		}
	}
	for _, key := range notBegun {
		if isUpdate(key) {
			updates++
		}
	}
	switch updates {
	case 0:
		return "attached"
	case len(failures) + len(notBegun):
		return "updated"
	}
	return "attached or updated"
}

func (a *attachmentsApply) failureDetail(failures []keyed.Failure, result keyed.Result[attachment]) string {
	var parts []string
	if len(failures) > 0 {
		parts = append(parts, groupedReasons(failures))
	}
	if n := len(result.NotBegun); n > 0 {
		parts = append(parts, fmt.Sprintf("%s not started: %s.", count(n, "file")+map[bool]string{true: " was", false: " were"}[n == 1], keyList(result.NotBegun, maxKeys)))
	}
	if a.refitted > 0 {
		parts = append(parts, fmt.Sprintf("%s detached, to be attached again with a different chunking or after a failure. Searches do not find files that are still detached.",
			count(a.refitted, "file")+map[bool]string{true: " was", false: " were"}[a.refitted == 1]))
	}
	if a.storedNothing() && a.state == nil {
		return strings.Join(append(parts, "No file was attached, so this apply has added nothing to the state: apply again."), "\n\n")
	}
	state := "All other files are up to date and recorded in the state. "
	if a.deletes || len(a.plan.Attached.Elements()) == 0 {
		state = ""
	}
	return strings.Join(append(parts, state+a.next), "\n\n")
}

// brokenDetail describes files that the service has indexed, and that have failed since then.
func brokenDetail(storeID string, found foundAttachments, onFailure string) string {
	failures := make([]keyed.Failure, len(found.broken))
	for i, key := range found.broken {
		failures[i] = keyed.Failure{Key: key, Reason: found.failed[key] + "."}
	}
	next := "The next apply attaches them again."
	if onFailure == onFailureWarn {
		next = "They are listed in failed, and are attached again only when their ID or attributes change."
	}
	return fmt.Sprintf("Searches of vector store %s no longer find %s:\n\n%s\n\n%s", storeID, count(len(failures), "file"), groupedReasons(failures), next)
}

// groupedReasons lists failures, those with the same reason together, and what to do about them.
func groupedReasons(failures []keyed.Failure) string {
	groups := keyed.Grouped(failures)
	return strings.Join(append([]string{reasonLines(groups, 0)}, setAdvice(failures, groups, nil)...), "\n\n")
}

// attachmentsProgress is the line of the log about the progress of an apply.
func attachmentsProgress(p keyed.Progress) string {
	text := fmt.Sprintf("openai_vector_store_files: %s of %s attached and indexed", thousands(p.Made), count(p.ToMake, "file"))
	if p.ToRemove > 0 {
		text += fmt.Sprintf(", %s of %s detached", thousands(p.Removed), thousands(p.ToRemove))
	}
	if p.Failed > 0 {
		text += fmt.Sprintf(", %s failed", thousands(p.Failed))
	}
	return text
}
