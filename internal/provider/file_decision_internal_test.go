package provider

import "testing"

// Hashes of the table: what the service has, and what the local file has.
const (
	oldHash = "hash of what the service has"
	newHash = "hash of something else"
)

// uploadedFile is a file in the state whose source is on disk, unchanged.
func uploadedFile(change ...func(*fileFacts)) fileFacts {
	f := fileFacts{
		uploaded: true, hash: oldHash, size: 4, hasSource: true, sameVersion: true,
		content: diskContent, local: localFacts{hash: oldHash, size: 4},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func newFile(change ...func(*fileFacts)) fileFacts {
	f := fileFacts{content: diskContent, sameVersion: true}
	for _, c := range change {
		c(&f)
	}
	return f
}

// What can be different.
var (
	edited       = func(f *fileFacts) { f.local.hash, f.local.size = newHash, 5 }
	editedInSize = func(f *fileFacts) { f.local.hash = newHash }
	absent       = func(f *fileFacts) { f.local = localFacts{absent: true} }
	directory    = func(f *fileFacts) { f.local = localFacts{unreadable: true} }
	ignored      = func(f *fileFacts) { f.content, f.local = noContent, localFacts{} }
	notKnown     = func(f *fileFacts) { f.content, f.local = unknownContent, localFacts{} }
	inline       = func(f *fileFacts) { f.content = inlineContent }
	fromInline   = func(f *fileFacts) { f.hasSource, f.updated = false, true }
	imported     = func(f *fileFacts) { f.hash, f.hasSource, f.updated = "", false, true }
	writeOnly    = func(f *fileFacts) { f.versioned, f.hasSource, f.hash, f.content = true, false, "", secretContent }
	withHash     = func(f *fileFacts) { f.hash = oldHash }
	newVersion   = func(f *fileFacts) { f.sameVersion = false }
	expectsOld   = func(f *fileFacts) { f.expected = oldHash }
	expectsNew   = func(f *fileFacts) { f.expected = newHash }
	expectsLater = func(f *fileFacts) { f.expectedUnknown = true }
	otherPurpose = func(f *fileFacts) { f.replaced = true }
	otherTimeout = func(f *fileFacts) { f.updated = true }
	otherName    = func(f *fileFacts) { f.otherName, f.otherPath = true, true }
	otherPath    = func(f *fileFacts) { f.otherPath = true }
	sizeless     = func(f *fileFacts) { f.size = 0 }
)

func TestDecideFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		facts fileFacts
		want  fileVerdict
	}{
		// A file that is to be created.
		"new file":                                {newFile(), fileVerdict{uploadContent, noRemark}},
		"new file, not there yet or empty":        {newFile(absent), fileVerdict{uploadContent, noLocalFile}},
		"new file, a directory":                   {newFile(directory), fileVerdict{refusePlan, notReadable}},
		"new file, path not known":                {newFile(notKnown), fileVerdict{uploadContent, noRemark}},
		"new file, as expected":                   {newFile(edited, expectsNew), fileVerdict{uploadContent, noRemark}},
		"new file, not as expected":               {newFile(edited, expectsOld), fileVerdict{uploadContent, mayBeRefused}},
		"new inline content, not as expected":     {newFile(inline, edited, expectsOld), fileVerdict{refusePlan, notExpected}},
		"new file, expected hash known at apply":  {newFile(edited, expectsLater), fileVerdict{uploadContent, noRemark}},
		"new file whose content came out as null": {newFile(ignored), fileVerdict{refusePlan, notDeclared}},

		// The bytes decide.
		"same bytes":                               {uploadedFile(), fileVerdict{keepContent, noRemark}},
		"same bytes at another path":               {uploadedFile(otherPath, otherTimeout), fileVerdict{keepContent, noRemark}},
		"same bytes, other purpose":                {uploadedFile(otherPurpose), fileVerdict{keepContent, noRemark}},
		"edited file":                              {uploadedFile(edited), fileVerdict{uploadContent, noRemark}},
		"edited inline content":                    {uploadedFile(inline, edited), fileVerdict{uploadContent, noRemark}},
		"path not known":                           {uploadedFile(notKnown), fileVerdict{uploadContent, noRemark}},
		"a directory":                              {uploadedFile(directory), fileVerdict{refusePlan, notReadable}},
		"same bytes, expected hash known at apply": {uploadedFile(expectsLater), fileVerdict{uploadContent, noRemark}},

		// A local file that is missing or empty is nothing to compare with.
		"local file deleted":                               {uploadedFile(absent), fileVerdict{keepContent, noLocalFile}},
		"local file deleted, other timeout":                {uploadedFile(absent, otherTimeout), fileVerdict{keepContent, noLocalFile}},
		"local file deleted, other purpose":                {uploadedFile(absent, otherPurpose), fileVerdict{uploadContent, noReplacement}},
		"other path, missing":                              {uploadedFile(absent, otherName), fileVerdict{keepContent, noLocalFile}},
		"other path, missing, other timeout":               {uploadedFile(absent, otherName, otherTimeout), fileVerdict{uploadContent, noReplacement}},
		"other path, same filename, missing, and more":     {uploadedFile(absent, otherPath, otherTimeout), fileVerdict{uploadContent, noReplacement}},
		"other path, missing, but expected":                {uploadedFile(absent, otherPath, otherTimeout, expectsOld), fileVerdict{keepContent, noLocalFile}},
		"inline content becomes a file made later":         {uploadedFile(absent, fromInline), fileVerdict{uploadContent, noReplacement}},
		"inline content becomes a file, which is expected": {uploadedFile(absent, fromInline, expectsOld), fileVerdict{keepContent, noLocalFile}},
		"local file deleted, other hash expected":          {uploadedFile(absent, expectsNew), fileVerdict{uploadContent, noReplacement}},

		// An expected hash that the state has is never a reason for an error: the uploaded file matches it.
		"same bytes, as expected":                   {uploadedFile(expectsOld), fileVerdict{keepContent, noRemark}},
		"edited, old hash expected":                 {uploadedFile(edited, expectsOld), fileVerdict{keepContent, localDiffers}},
		"edited inline, old hash expected":          {uploadedFile(inline, edited, expectsOld), fileVerdict{keepContent, localDiffers}},
		"a directory, old hash expected":            {uploadedFile(directory, expectsOld), fileVerdict{keepContent, notReadable}},
		"a directory, to be replaced":               {uploadedFile(directory, expectsOld, otherPurpose), fileVerdict{refusePlan, notReadable}},
		"edited, old hash expected, to be replaced": {uploadedFile(edited, expectsOld, otherPurpose), fileVerdict{keepContent, noRemark}},
		"path not known, old hash expected":         {uploadedFile(notKnown, expectsOld), fileVerdict{keepContent, noRemark}},
		"edited, new hash expected":                 {uploadedFile(edited, expectsNew), fileVerdict{uploadContent, noRemark}},
		"same bytes, new hash expected":             {uploadedFile(expectsNew), fileVerdict{uploadContent, noRemark}},

		// ignore_changes passes no content, or what the state has.
		"content ignored":                          {uploadedFile(ignored), fileVerdict{keepContent, noRemark}},
		"content ignored, imported":                {uploadedFile(ignored, imported), fileVerdict{keepContent, noRemark}},
		"content ignored, imported, hash set":      {uploadedFile(ignored, imported, expectsNew), fileVerdict{keepContent, noRemark}},
		"content ignored, other hash expected":     {uploadedFile(ignored, expectsNew), fileVerdict{uploadContent, noRemark}},
		"content ignored, write-only":              {uploadedFile(writeOnly, ignored), fileVerdict{keepContent, noRemark}},
		"content ignored, write-only, new version": {uploadedFile(writeOnly, ignored, newVersion), fileVerdict{uploadContent, noRemark}},
		"all ignored, edited":                      {uploadedFile(edited, expectsOld), fileVerdict{keepContent, localDiffers}},

		// An import knows name and size.
		"imported, same name and size":              {uploadedFile(imported), fileVerdict{adoptContent, notCompared}},
		"imported, same size, not compared":         {uploadedFile(imported, editedInSize), fileVerdict{adoptContent, notCompared}},
		"imported, other size":                      {uploadedFile(imported, edited), fileVerdict{uploadContent, noRemark}},
		"imported, size not reported":               {uploadedFile(imported, sizeless, edited), fileVerdict{adoptContent, notCompared}},
		"imported, other purpose":                   {uploadedFile(imported, otherPurpose), fileVerdict{uploadContent, noRemark}},
		"imported, as expected":                     {uploadedFile(imported, expectsOld), fileVerdict{adoptContent, notCompared}},
		"imported, local file is not the expected":  {uploadedFile(imported, edited, expectsOld), fileVerdict{refusePlan, notVouched}},
		"imported, not the expected, other purpose": {uploadedFile(imported, edited, expectsOld, otherPurpose), fileVerdict{refusePlan, notVouched}},
		"imported, local file made later":           {uploadedFile(imported, absent), fileVerdict{uploadContent, noReplacement}},
		"imported with its hash, same bytes":        {uploadedFile(imported, withHash), fileVerdict{keepContent, noRemark}},
		"imported with its hash, edited":            {uploadedFile(imported, withHash, edited), fileVerdict{uploadContent, noRemark}},

		// The version of write-only content decides, not the content.
		"write-only, same version":                    {uploadedFile(writeOnly), fileVerdict{keepContent, noRemark}},
		"write-only, edited, same version":            {uploadedFile(writeOnly, edited), fileVerdict{keepContent, noRemark}},
		"write-only, new version":                     {uploadedFile(writeOnly, newVersion), fileVerdict{uploadContent, noRemark}},
		"write-only, not known, same version":         {uploadedFile(writeOnly, notKnown), fileVerdict{keepContent, noRemark}},
		"write-only becomes a file":                   {uploadedFile(writeOnly, newVersion, func(f *fileFacts) { f.content = diskContent }), fileVerdict{uploadContent, noRemark}},
		"write-only becomes a file made later":        {uploadedFile(writeOnly, newVersion, absent, func(f *fileFacts) { f.content = diskContent }), fileVerdict{uploadContent, noReplacement}},
		"write-only, as now expected":                 {uploadedFile(writeOnly, expectsOld), fileVerdict{keepContent, noRemark}},
		"write-only, not as now expected":             {uploadedFile(writeOnly, edited, expectsOld), fileVerdict{refusePlan, notExpected}},
		"write-only, edited, still expected":          {uploadedFile(writeOnly, withHash, edited, expectsOld), fileVerdict{keepContent, noRemark}},
		"write-only, other hash expected than before": {uploadedFile(writeOnly, withHash, expectsNew), fileVerdict{uploadContent, noRemark}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := decideFile(test.facts); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestCheckFileID(t *testing.T) {
	t.Parallel()
	for id, accepted := range map[string]bool{
		"file-abc123":                          true,
		"file_0123":                            true,
		"7a1c6e9e-4f0b-4c7b":                   true,
		"bGl0ZWxsbV9wcm94eTphcHBsaWNhdGlvbg==": true,
		"":                                     false,
		".":                                    false,
		"..":                                   false,
		"my notes.txt":                         false,
		"file-abc\n":                           false,
		"file-abc\x1b[31m":                     false,
		"data/notes.txt":                       false,
		`C:\notes.txt`:                         false,
		"https://api.openai.com/v1/files/file-abc": false,
	} {
		if got := fileID.check(id) == ""; got != accepted {
			t.Errorf("%q: got accepted %t, want %t (%s)", id, got, accepted, fileID.check(id))
		}
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"notes.txt":             "notes.txt",
		"with blanks, 文件 ü.txt": "with blanks, 文件 ü.txt",
		"a\x1b[31mb":            `"a\x1b[31mb"`,
		"two\r\nlines":          `"two\r\nlines"`,
		"Latin-1 \xfc":          `"Latin-1 \xfc"`,
		"right\u202eleft":       `"right\u202eleft"`,
	} {
		if got := shown(name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSimilarPurpose(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"fine_tune": "fine-tune", "finetune": "fine-tune", "Fine-Tune": "fine-tune", "fine-tuning": "", "assistant": "assistants",
		"user-data": "user_data", "userdata": "user_data", "eval": "evals", "batches": "batch", "file-extract": "", "vis": "",
	} {
		if got := similarPurpose(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
