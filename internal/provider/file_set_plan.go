package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
)

// finding is what a plan finds at the path of an entry.
type finding int

const (
	sameContent    finding = iota // as it was uploaded
	newContent                    // to be uploaded
	notThereYet                   // to be uploaded once the apply has made it
	notThereNow                   // uploaded earlier, and stays as it is
	notToReplace                  // uploaded earlier, and there is nothing to replace it with
	nothingInIt                   // empty, and to be uploaded once the apply has written to it
	unreadableFile                // refused
)

// keeps reports whether an entry stays as it is.
func (f finding) keeps() bool { return f == sameContent || f == notThereNow }

// judge says what the plan finds at a path. same reports whether the content is what was uploaded; anew, that the whole set is to
// be uploaded for the first time or again.
func judge(err error, same, isUploaded, anew bool) finding {
	switch {
	case err == nil && same && !anew:
		return sameContent
	case err == nil:
		return newContent
	case missing(err) && !isUploaded:
		return notThereYet
	case missing(err) && anew:
		return notToReplace
	case missing(err):
		return notThereNow
	case errors.Is(err, errEmpty):
		return nothingInIt
	}
	return unreadableFile
}

// setFindings is what a plan finds out about all entries.
type setFindings struct {
	kept   entries              // those that stay as they are
	keys   map[finding][]string // keys of the others that need a word
	broken map[string]diag.Diagnostics
}

// planEntries compares the declared files with what is uploaded, on all cores.
func planEntries(ctx context.Context, plan fileSetModel, paths map[string]attr.Value, uploaded entries, anew, otherServer bool) setFindings {
	var (
		mu    sync.Mutex
		found = setFindings{kept: make(entries, len(paths)), keys: map[finding][]string{}, broken: map[string]diag.Diagnostics{}}
		group errgroup.Group
	)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for key, value := range paths {
		if value.IsUnknown() {
			continue
		}
		group.Go(func() error {
			before, isUploaded := uploaded[key]
			source := setSource(key, value)
			same, err := false, error(nil)
			if isUploaded && !anew {
				var hash string
				hash, _, err = source.sha256(ctx)
				same = err == nil && hash == before.sha256
			}
			var problems diag.Diagnostics
			if !same && err == nil {
				problems, err = planEntry(ctx, source, newFormatCheck(plan.Purpose, types.StringValue(setFilename(key)), plan.CheckFormat, otherServer))
			}
			result := judge(err, same, isUploaded, anew)
			if result == unreadableFile {
				f := source.unreadable(err)
				f.advice = strings.TrimSpace(f.advice + "\n\n" + destroyAnyway)
				problems = f.diagnostics()
			}
			mu.Lock()
			defer mu.Unlock()
			if result.keeps() {
				found.kept[key] = before
			}
			if result != sameContent && result != newContent && result != unreadableFile {
				found.keys[result] = append(found.keys[result], key)
			}
			if len(problems) > 0 {
				found.broken[key] = problems
			}
			return nil
		})
	}
	_ = group.Wait() // none of them fails
	return found
}

// planEntry looks at a file that is to be uploaded.
func planEntry(ctx context.Context, source fileSource, format formatCheck) (diag.Diagnostics, error) {
	content, err := source.open()
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // it was only read
	var diags diag.Diagnostics
	_, err = checkContent(ctx, source, content, format, types.StringNull(), &diags)
	return diags, err
}

// setSource is the local file of a key.
func setSource(key string, value attr.Value) fileSource {
	disk, _ := value.(types.String)
	return fileSource{attribute: filesPath.AtMapKey(key), disk: disk.ValueString()}
}

// findingWarnings are what a plan says about findings, for one file and for many.
var findingWarnings = []struct {
	finding           finding
	one, many, detail string
}{
	{
		notThereYet, "Source file does not exist yet", "source files do not exist yet",
		"The apply uploads each file that exists by then, and fails for each file that is still missing.",
	},
	{
		nothingInIt, "Source file is empty", "source files are empty",
		"OpenAI refuses empty files, so the apply would fail. Exclude them from the argument files, or write to them before the apply.",
	},
	{
		notThereNow, "Source file does not exist", "source files do not exist",
		"There is nothing to compare with the uploaded files. They stay as they are unless another change replaces the set.",
	},
	{
		notToReplace, "File will be deleted without a replacement", "files will be deleted without a replacement",
		"The set is replaced as a whole. If the apply does not create the source file of a key, the uploaded file is removed from the state. " +
			"Unless deletion_policy is \"keep\", it is also deleted at OpenAI.",
	},
}

// diagnostics says what was found, each kind once. Errors come before warnings.
func (f setFindings) diagnostics(paths map[string]attr.Value) diag.Diagnostics {
	diags := reportBroken(f.broken)
	for _, warning := range findingWarnings {
		keys := f.keys[warning.finding]
		if len(keys) == 0 {
			continue
		}
		slices.Sort(keys)
		summary := warning.one
		if len(keys) > 1 {
			summary = thousands(len(keys)) + " " + warning.many
		}
		lines, advice := lookedUp(keys, paths)
		detail := lines + "\n\n" + warning.detail
		if advice != "" && warning.finding != nothingInIt {
			detail += "\n\n" + advice
		}
		diags.AddAttributeWarning(filesPath, summary, detail)
	}
	return diags
}

// expect plans the IDs and hashes of the declared files: unknown but for those that are kept.
func (m *fileSetModel) expect(paths map[string]attr.Value, kept entries) {
	ids, hashes := make(map[string]attr.Value, len(paths)), make(map[string]attr.Value, len(paths))
	for key := range paths {
		ids[key], hashes[key] = types.StringUnknown(), types.StringUnknown()
		if entry, ok := kept[key]; ok {
			ids[key], hashes[key] = types.StringValue(entry.id), types.StringValue(entry.sha256)
		}
	}
	m.FileIDs, m.ContentSHA256 = types.MapValueMust(types.StringType, ids), types.MapValueMust(types.StringType, hashes)
}

// expectPending plans which files stay to be deleted later. changes reports whether anything is uploaded or removed: deferred deletions
// then take place, and what they make room for is known only afterwards. A policy that is not known yet may be any.
func (m *fileSetModel) expectPending(left []keyed.Item[entry], policy string, changes bool) {
	isUnknown := policy == ""
	if changes && policy == deletionPolicyDefer || isUnknown && (changes || len(left) > 0) {
		m.Pending = types.MapUnknown(types.StringType)
		return
	}
	m.setPending(sortOld(left, policy, changes).pending)
}

func sameKeys(a, b map[string]attr.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for key := range a {
		if _, ok := b[key]; !ok {
			return false
		}
	}
	return true
}

// destroyAnyway is said where an error at plan keeps a set from being destroyed too: Terraform plans first.
const destroyAnyway = "To destroy the set regardless, run terraform destroy -refresh=false, which skips this check."

// Why there may be no file at a path that is not absolute.
const (
	relativePaths = "Relative paths start in the directory in which Terraform runs. In a module, start them with ${path.module}/."
	homePaths     = "Terraform does not replace ~ with your home directory. Use pathexpand(), as in pathexpand(\"~/notes.txt\")."
)

// pathAdvice says how to write a path at which there is no file; empty if it is absolute.
func pathAdvice(disk string) string {
	switch {
	case strings.HasPrefix(disk, "~"):
		return homePaths
	case filepath.IsAbs(disk):
		return ""
	}
	return relativePaths
}

// lookedUp lists the first keys with the paths at which their files were looked up, and says how to write such a path if one of them is
// not absolute.
func lookedUp(keys []string, paths map[string]attr.Value) (lines, advice string) {
	var list []string
	for i, key := range keys {
		disk := setSource(key, paths[key]).disk
		advice = cmp.Or(advice, pathAdvice(disk))
		if i < maxKeys {
			list = append(list, fmt.Sprintf("  %s: %s", shown(key), shown(absolute(disk))))
		}
	}
	if more := len(keys) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("  and %s more", thousands(more)))
	}
	return strings.Join(list, "\n"), advice
}

// absolute returns the absolute form of a path, as far as it is known.
func absolute(disk string) string {
	if full, err := filepath.Abs(disk); err == nil {
		return full
	}
	return disk
}

// reportBroken reports what is wrong with the first keys, errors before warnings, and how many more there are.
func reportBroken(broken map[string]diag.Diagnostics) (diags diag.Diagnostics) {
	keys := slices.Sorted(maps.Keys(broken))
	slices.SortStableFunc(keys, func(a, b string) int {
		switch {
		case broken[a].HasError() == broken[b].HasError():
			return 0
		case broken[a].HasError():
			return -1
		}
		return 1
	})
	for _, key := range keys[:min(len(keys), maxKeys)] {
		diags.Append(broken[key]...)
	}
	if len(keys) <= maxKeys {
		return diags
	}
	hidden := keys[maxKeys:]
	summary, detail := "More files have problems", fmt.Sprintf("The problems of %s are not shown.", count(len(hidden), "more key"))
	if broken[hidden[0]].HasError() {
		diags.AddAttributeError(filesPath, summary, detail)
	} else {
		diags.AddAttributeWarning(filesPath, summary, detail)
	}
	return diags
}

// emptySetWarning says what a declaration without files does; empty: nothing. As a rule, fileset() has looked into another
// directory. uploaded is the number of files that the set has.
func emptySetWarning(uploaded int, creates bool, policy string) (summary, detail string) {
	const hint = " fileset() returns no files, but also no error, for a directory that does not exist. If this is not intended, check its path."
	if uploaded == 0 && !creates {
		return "", ""
	}
	if uploaded == 0 {
		return "File set has no files", "files is empty: 0 files will be uploaded." + hint
	}
	n := thousands(uploaded) + " files"
	if uploaded == 1 {
		n = "1 file"
	}
	switch policy {
	case deletionPolicyKeep:
		return "All files will be removed from the set", "files is empty, so " + n + " will be removed from the state, but retained at OpenAI, because deletion_policy is \"keep\"." + hint
	case deletionPolicyDefer:
		return "All files will be removed from the set", "files is empty, so " + n + " will leave the set and be deleted at OpenAI by the next apply that changes the set after this one." + hint
	}
	return "All files of the set will be deleted", "files is empty, so " + n + " will be deleted at OpenAI." + hint
}
