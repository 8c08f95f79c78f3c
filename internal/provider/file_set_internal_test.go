package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

func TestKeyProblem(t *testing.T) {
	for key, want := range map[string]string{ // empty: the key can be used
		"a.txt":             "",
		"docs/a.txt":        "",
		"docs/.hidden":      "",
		"...":               "",
		"two\nlines.txt":    "",
		"文件.txt":            "",
		"docs/":             "",
		"/":                 "names no file",
		"//":                "names no file",
		".":                 "names no file",
		"..":                "names no file",
		"docs/.":            "names no file",
		"docs/..":           "names no file",
		"./":                "names no file",
		`docs\a.txt`:        "contains a backslash",
		"caf\xe9.txt":       `"caf\xe9.txt" is not valid UTF-8`,
		"caf\xe9/menu.txt":  "is not valid UTF-8",
		"docs/\xff\xfe.txt": "is not valid UTF-8",
	} {
		got := keyProblem(key)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
}

func TestLookedUp(t *testing.T) {
	paths := map[string]attr.Value{}
	var keys []string
	for i := range 12 {
		key := fmt.Sprintf("%02d.txt", i)
		keys, paths[key] = append(keys, key), types.StringValue("/docs/"+key)
	}
	for n, want := range map[int]string{1: "  00.txt: ", 10: "  09.txt: ", 11: "  and 1 more", 12: "  and 2 more"} {
		lines, advice := lookedUp(keys[:n], paths)
		all := strings.Split(lines, "\n")
		if got := all[len(all)-1]; len(all) != min(n, 11) || !strings.HasPrefix(got, want) {
			t.Errorf("%d keys: got %d lines and at last %q, want %d and %q", n, len(all), got, min(n, 11), want)
		}
		if (advice != "") != !filepath.IsAbs("/docs") {
			t.Errorf("%d keys: got the advice %q, want none for absolute paths", n, advice)
		}
	}
	paths[keys[11]] = types.StringValue("docs/11.txt") // beyond the lines that are shown
	if _, advice := lookedUp(keys, paths); advice != relativePaths {
		t.Errorf("got %q, want the advice about relative paths", advice)
	}
}

// A path in another encoding cannot be in the state, even if its key can.
func TestCheckKeys_pathThatIsNotUTF8(t *testing.T) {
	broken := checkKeys(map[string]attr.Value{"good.txt": types.StringValue("docs/good.txt"), "cafe.txt": types.StringValue("docs/caf\xe9.txt")})
	if len(broken) != 1 || len(broken["cafe.txt"]) != 1 {
		t.Fatalf("got %v, want one error of cafe.txt", broken)
	}
	if got := broken["cafe.txt"][0]; got.Summary() != "Path cannot be used" || !strings.Contains(got.Detail(), `The path "docs/caf\xe9.txt" of the key "cafe.txt" is not valid UTF-8`) {
		t.Errorf("got %s: %s", got.Summary(), got.Detail())
	}
}

// A reason that ends as a sentence gets no second full stop.
func TestFileSource_why(t *testing.T) {
	for given, want := range map[string]string{"It is broken.": "/docs/a.txt: It is broken.", "it is broken": "/docs/a.txt: it is broken."} {
		if reason, advice := (fileSource{disk: "/docs/a.txt"}).why(errors.New(given)); reason != want || advice != "" {
			t.Errorf("got %q, %q, want %q", reason, advice, want)
		}
	}
}

// Advice that is the same for several reasons is given once.
func TestSetAdvice(t *testing.T) {
	failures := []keyed.Failure{{Key: "a", Reason: "x", Advice: "Do this."}, {Key: "b", Reason: "y", Advice: "Do this."}, {Key: "c", Reason: "z", Advice: "Do that."}, {Key: "d", Reason: "w"}}
	groups := []keyed.Group{{Keys: []string{"a"}}, {Keys: []string{"b"}}, {Keys: []string{"c"}}, {Keys: []string{"d"}}}
	if got, want := setAdvice(failures, groups, nil), []string{"Do this.", "Do that."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPathAdvice(t *testing.T) {
	for disk, want := range map[string]string{"docs/a.txt": relativePaths, "../a.txt": relativePaths, "~/docs/a.txt": homePaths, absolute("a.txt"): ""} {
		if got := pathAdvice(disk); got != want {
			t.Errorf("%s: got %q, want %q", disk, got, want)
		}
	}
}

// As many keys as are shown, and one more: an error that is hidden behind errors is still an error.
func TestReportBroken(t *testing.T) {
	for name, test := range map[string]struct {
		errors, warnings int
		want             string
	}{
		"one":              {1, 0, "1 errors, 0 warnings"},
		"all are shown":    {3, 7, "3 errors, 7 warnings"},
		"hidden warning":   {3, 8, "3 errors, 7 warnings, WARNING 1 more"},
		"hidden warnings":  {10, 2, "10 errors, 0 warnings, WARNING 2 more"},
		"hidden error":     {11, 0, "10 errors, 0 warnings, ERROR 1 more"},
		"hidden error too": {11, 1, "10 errors, 0 warnings, ERROR 2 more"},
	} {
		broken := map[string]diag.Diagnostics{}
		for i := range test.warnings {
			broken[fmt.Sprintf("a%02d", i)] = diag.Diagnostics{diag.NewWarningDiagnostic("warning", fmt.Sprint(i))}
		}
		for i := range test.errors {
			broken[fmt.Sprintf("b%02d", i)] = diag.Diagnostics{diag.NewErrorDiagnostic("error", fmt.Sprint(i))}
		}
		counts, more := map[string]int{}, ""
		for _, d := range reportBroken(broken) {
			counts[d.Summary()]++
			if hidden, ok := strings.CutPrefix(d.Detail(), "The problems of "); ok {
				more = fmt.Sprintf(", %s %s more", strings.ToUpper(d.Severity().String()), strings.Fields(hidden)[0])
			}
		}
		if got := fmt.Sprintf("%d errors, %d warnings%s", counts["error"], counts["warning"], more); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

// A warning names its kind once, however many keys it is about.
func TestSetFindings_summaries(t *testing.T) {
	for n, want := range map[int]string{1: "Source file is empty", 2: "2 source files are empty", 3: "3 source files are empty"} {
		paths, keys := map[string]attr.Value{}, []string{}
		for i := range n {
			key := fmt.Sprintf("%d.txt", i)
			keys, paths[key] = append(keys, key), types.StringValue(key)
		}
		diags := setFindings{keys: map[finding][]string{nothingInIt: keys}}.diagnostics(paths)
		if len(diags) != 1 || diags[0].Summary() != want || diags.HasError() {
			t.Errorf("%d keys: got %v, want the warning %q", n, diags, want)
		}
	}
}

func TestJudge(t *testing.T) {
	gone := &fs.PathError{Err: fs.ErrNotExist}
	denied := errors.New("permission denied")
	for _, test := range []struct {
		name                   string
		err                    error
		same, isUploaded, anew bool
		want                   finding
	}{
		{"as uploaded", nil, true, true, false, sameContent},
		{"edited", nil, false, true, false, newContent},
		{"new", nil, false, false, false, newContent},
		{"as uploaded, and all is replaced", nil, true, true, true, newContent},
		{"not there yet", gone, false, false, false, notThereYet},
		{"not there yet in a new set", gone, false, false, true, notThereYet},
		{"deleted after the upload", gone, false, true, false, notThereNow},
		{"deleted after the upload, and all is replaced", gone, false, true, true, notToReplace},
		{"empty", errEmpty, false, false, true, nothingInIt},
		{"emptied after the upload", errEmpty, false, true, false, nothingInIt},
		{"not readable", denied, false, true, false, unreadableFile},
		{"a directory", errDirectory, false, false, false, unreadableFile},
	} {
		if got := judge(test.err, test.same, test.isUploaded, test.anew); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestEffectivePolicy(t *testing.T) {
	unset := types.StringNull() // there is no state
	for _, test := range []struct {
		before  types.String
		planned string
		want    string
	}{
		{unset, "delete", "delete"},
		{unset, "keep", "keep"},
		{types.StringValue("delete"), "delete", "delete"},
		{types.StringValue("delete"), "defer", "defer"},
		{types.StringValue("defer"), "delete", "delete"},
		{types.StringValue("delete"), "keep", "keep"},
		{types.StringValue("keep"), "delete", "keep"},
		{types.StringValue("keep"), "defer", "keep"},
	} {
		if got := effectivePolicy(test.before, types.StringValue(test.planned)); got != test.want {
			t.Errorf("%s to %s: got %s, want %s", test.before, test.planned, got, test.want)
		}
	}
}

func TestSortOld(t *testing.T) {
	failed := keyed.Item[entry]{Key: "a", Thing: entry{id: "file-failed"}}
	pending := keyed.Item[entry]{Key: "a", Thing: entry{id: "file-pending", pending: true}}
	type items = []keyed.Item[entry]
	for _, test := range []struct {
		policy  string
		changes bool
		want    oldFiles
	}{
		{"delete", false, oldFiles{due: items{failed, pending}}},
		{"delete", true, oldFiles{due: items{failed, pending}}},
		{"defer", false, oldFiles{due: items{failed}, pending: items{pending}}},
		{"defer", true, oldFiles{due: items{failed, pending}}},
		{"keep", false, oldFiles{kept: items{failed, pending}}},
		{"keep", true, oldFiles{kept: items{failed, pending}}},
	} {
		if got := sortOld(items{failed, pending}, test.policy, test.changes); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s, changes %t: got %v, want %v", test.policy, test.changes, got, test.want)
		}
	}
}

func TestEmptySetWarning(t *testing.T) {
	for _, test := range []struct {
		uploaded int
		creates  bool
		policy   string
		want     string // start of the warning; empty: there is none
	}{
		{0, false, "delete", ""},
		{0, true, "delete", "File set has no files: files is empty: 0 files will be uploaded. fileset() returns no files"},
		{1, false, "delete", "All files of the set will be deleted: files is empty, so 1 file will be deleted at OpenAI. fileset()"},
		{3000, false, "delete", "All files of the set will be deleted: files is empty, so 3,000 files will be deleted at OpenAI. fileset()"},
		{3000, false, "keep", "All files will be removed from the set: files is empty, so 3,000 files will be removed from the state, but retained at OpenAI"},
		{3000, false, "defer", "All files will be removed from the set: files is empty, so 3,000 files will leave the set and be deleted at OpenAI by the next apply"},
	} {
		summary, detail := emptySetWarning(test.uploaded, test.creates, test.policy)
		got := strings.TrimPrefix(summary+": "+detail, ": ")
		if (test.want == "") != (got == "") || !strings.HasPrefix(got, test.want) {
			t.Errorf("%d files, %s: got %q, want %q", test.uploaded, test.policy, got, test.want)
		}
	}
}

func TestProgressText(t *testing.T) {
	for want, p := range map[string]keyed.Progress{
		"openai_file_set: 1,234 of 3,000 files uploaded (41%), 12 deleted, 3 failed": {Made: 1234, ToMake: 3000, Removed: 12, ToRemove: 40, Failed: 3},
		"openai_file_set: 0 of 1 file uploaded (0%)":                                 {ToMake: 1},
		"openai_file_set: 1,000,000 of 1,000,000 files uploaded (100%)":              {Made: 1e6, ToMake: 1e6},
		"openai_file_set: 12 of 40 files deleted (30%), 1 failed":                    {Removed: 12, ToRemove: 40, Failed: 1},
		"openai_file_set: 0 of 0 files deleted (0%)":                                 {},
	} {
		if got := progressText(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSharedReason(t *testing.T) {
	refusal := func(id string) error {
		return fmt.Errorf("uploading %s: %w", id, &openai.Error{StatusCode: 401, Message: "No.", RequestID: "req_" + id})
	}
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for name, test := range map[string]struct {
		f    failure
		want string
	}{
		"refused":       {failure{cause: refusal("1")}, "No (HTTP 401)."},
		"no connection": {failure{cause: fmt.Errorf("uploading 1: %w", dial)}, "Dial tcp: connection refused."},
		"interrupted":   {failure{cause: fmt.Errorf("uploading 1: %w", context.Canceled)}, "Interrupted."},
		"too late":      {failure{cause: fmt.Errorf("uploading 1: %w", context.DeadlineExceeded)}, "The timeout expired."},
		"may exist":     {failure{cause: refusal("1"), mayExist: true}, ""},
		"of the disk":   {failure{reason: "a.txt: it is empty."}, ""},
		"another place": {failure{cause: &openai.OtherPlaceError{ID: "file-1", Then: openai.Place{Project: "a"}, Now: openai.Place{Project: "b"}}}, "They were created in project a, but the provider now talks to project b."},
	} {
		if got := sharedReason(&test.f); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestSetReport(t *testing.T) {
	refused := func(key string) keyed.Failure {
		return keyed.Failure{Key: key, Reason: "Uploading " + key + ": No. (HTTP 401, request r).", Shared: "No (HTTP 401).", Advice: "Check the key.", Hopeless: true}
	}
	for name, test := range map[string]struct {
		result          keyed.Result[entry]
		next            string
		stopped         error
		summary, detail string
	}{
		"create that uploads nothing": {
			result: keyed.Result[entry]{
				Failures: []keyed.Failure{refused("a"), refused("b"), refused("c"), refused("d")}, NotBegun: []string{"e", "f"},
				Progress: keyed.Progress{ToMake: 6, Failed: 4},
			},
			next:    startAgain,
			summary: "6 of 6 files could not be uploaded",
			detail: "  4 files: No (HTTP 401).\n    a, b, c and 1 more\n  2 files: not started\n\nCheck the key.\n\n" +
				"No upload succeeded, so this apply has added nothing to the state: apply again.",
		},
		"some uploads fail": {
			result: keyed.Result[entry]{
				Existing: entries{"z": {}}, Postponed: 3,
				Failures: []keyed.Failure{{Key: "a", Reason: "It is empty."}, {Key: "b", Reason: "Lost.", MayExist: true, Advice: "Look for it."}},
				Progress: keyed.Progress{Made: 2998, ToMake: 3000, ToRemove: 3, Failed: 2},
			},
			next:    rest,
			summary: "2 of 3,000 files could not be uploaded",
			detail: "  a: It is empty.\n  b: Lost.\n\nIt is not known whether there is a file at OpenAI for b. Each attempt may have created one.\n\nLook for it.\n\n" +
				"Nothing was deleted: files that were replaced or removed stay at OpenAI until an apply in which all uploads succeed.\n\n" +
				"Completed uploads and deletions are recorded in the state. The next apply does only the remaining work.",
		},
		"no replacement succeeds": {
			result: keyed.Result[entry]{
				Existing: entries{"a": {}, "b": {}},
				Failures: []keyed.Failure{{Key: "a", Reason: "It is empty."}, {Key: "b", Reason: "It is empty too."}},
				Progress: keyed.Progress{ToMake: 2, Failed: 2},
			},
			next:    rest,
			summary: "2 of 2 files could not be uploaded",
			detail:  "  a: It is empty.\n  b: It is empty too.\n\nThe next apply does only the remaining work.",
		},
		"some deletions fail": {
			result: keyed.Result[entry]{
				Existing: entries{"z": {}},
				Failures: []keyed.Failure{{Key: "a", Reason: "Deleting file file-1: No."}},
				Progress: keyed.Progress{Made: 5, ToMake: 5, Removed: 1, ToRemove: 2, Failed: 1},
			},
			next:    rest,
			summary: "1 of 2 files could not be deleted",
			detail:  "  a: Deleting file file-1: No.\n\nAll other files are up to date and recorded in the state. The next apply does only the remaining work.",
		},
		"some deletions of a destroy fail": {
			result: keyed.Result[entry]{
				Existing: entries{"a": {}},
				Failures: []keyed.Failure{{Key: "a", Reason: "Deleting file file-1: No."}},
				Progress: keyed.Progress{Removed: 1, ToRemove: 2, Failed: 1},
			},
			next:    "Run the same command again to delete the rest.",
			summary: "1 of 2 files could not be deleted",
			detail:  "  a: Deleting file file-1: No.\n\nCompleted uploads and deletions are recorded in the state. Run the same command again to delete the rest.",
		},
		"interrupted before the first one": {
			result:  keyed.Result[entry]{NotBegun: []string{"a"}, Progress: keyed.Progress{ToMake: 1}},
			next:    startAgain,
			stopped: context.Canceled,
			summary: "1 of 1 file could not be uploaded",
			detail:  "  1 file: not started\n\nThe run was interrupted.\n\nNo upload succeeded, so this apply has added nothing to the state: apply again.",
		},
	} {
		summary, detail := setReport(test.result, test.next, test.stopped)
		if summary != test.summary || detail != test.detail {
			t.Errorf("%s: got\n%s\n%s\nwant\n%s\n%s", name, summary, detail, test.summary, test.detail)
		}
	}
}

func TestKeyName(t *testing.T) {
	for key, want := range map[string]string{"docs/ü.txt": "docs/ü.txt", "a\x1b[31m.txt": `"a\x1b[31m.txt"`, "two\nlines": `"two\nlines"`} {
		if got := shown(key); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCheckDisk(t *testing.T) {
	dir := t.TempDir()
	full, empty := filepath.Join(dir, "full"), filepath.Join(dir, "empty")
	for path, content := range map[string]string{full: "x", empty: ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]*keyed.Failure{
		full:                       nil,
		dir:                        nil, // the upload refuses it
		filepath.Join(dir, "gone"): {Reason: filepath.Join(dir, "gone") + ": no such file."},
		empty:                      {Reason: empty + ": it is empty, and OpenAI refuses empty files.", Advice: "Exclude empty files from the argument files, or write to them before the apply uploads them."},
		"gone":                     {Reason: absolute("gone") + ": no such file.", Advice: relativePaths},
		"~/gone":                   {Reason: absolute("~/gone") + ": no such file.", Advice: homePaths},
	} {
		if got := checkDisk(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
}

// manyFiles is a server that has n files and counts its requests.
type manyFiles struct {
	n        int
	requests []string
}

func (m *manyFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.requests = append(m.requests, r.URL.String())
	w.Header().Set("Content-Type", "application/json")
	first := 0
	if after := r.URL.Query().Get("after"); after != "" {
		last, _ := strconv.Atoi(strings.TrimPrefix(after, "file-"))
		first = last + 1
	}
	end := min(first+10_000, m.n)
	_, _ = fmt.Fprintf(w, `{"object":"list","has_more":%t,"data":[`, end < m.n)
	for i := first; i < end; i++ {
		if i > first {
			_, _ = fmt.Fprint(w, ",")
		}
		_, _ = fmt.Fprintf(w, `{"id":"file-%d","object":"file","bytes":1,"created_at":1,"filename":"f","purpose":"user_data","status":"processed"}`, i)
	}
	_, _ = fmt.Fprint(w, "]}")
}

// The list answers for all files of a set, however many they are.
func TestFileLookup_largeSet(t *testing.T) {
	const n = 50_000
	server := &manyFiles{n: n}
	front := httptest.NewServer(server)
	defer front.Close()
	client, err := openai.NewClient(openai.Config{BaseURL: front.URL + "/v1", APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("file-%d", i))
	}
	lookup := &fileLookup{client: client}
	found, notFound, err := lookup.retrieveAll(t.Context(), ids)
	if err != nil || len(found) != n || len(notFound) > 0 {
		t.Errorf("got %d files, %d missing ones and %v, want %d files", len(found), len(notFound), err, n)
	}
	if len(server.requests) != 5 {
		t.Errorf("got %d requests, want the 5 pages of the list: %.300q", len(server.requests), server.requests)
	}
}
