package openai

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func attachments(names ...string) []Attachment {
	files := make([]Attachment, len(names))
	for i, name := range names {
		files[i] = Attachment{FileID: fmt.Sprintf("file-%d", i+1), Name: name}
	}
	return files
}

func refusalOf(status int, message string) error {
	return &requestError{err: &Error{StatusCode: status, Message: message, isJSON: true}, bodySent: true}
}

func TestJudgeAttach(t *testing.T) {
	batch := attachments("guide.md", "table.csv", "LICENSE", "report.PDF")
	tooMany := "Invalid 'file_ids': array too long. Expected an array with maximum length 100, but got an array with length 500 instead."
	lost := &requestError{err: errors.New("EOF"), bodySent: true}
	for name, test := range map[string]struct {
		err  error
		last bool
		want string // the step and the names of the refused files
	}{
		"accepted":                        {err: nil, want: "next"},
		"an extension":                    {err: refusalOf(400, "Files with extensions [.csv] are not supported for retrieval. See https://platform.openai.com/docs"), want: "refuse table.csv"},
		"several extensions":              {err: refusalOf(400, "Files with extensions [.csv, .pdf] are not supported for retrieval."), want: "refuse table.csv report.PDF"},
		"without a dot":                   {err: refusalOf(400, "Files with extensions [csv] are not supported for retrieval."), want: "refuse table.csv"},
		"no extension":                    {err: refusalOf(400, "Files with extensions [none] are not supported for retrieval."), want: "refuse LICENSE"},
		"an extension no key shows":       {err: refusalOf(400, "Files with extensions [.xyz] are not supported for retrieval."), want: "halve"},
		"a file":                          {err: refusalOf(400, "Cannot attach file-2."), want: "refuse table.csv"},
		"something":                       {err: refusalOf(422, "Unprocessable"), want: "halve"},
		"too many":                        {err: refusalOf(400, tooMany), want: "shorten to 2"},
		"too many, and it says how many":  {err: refusalOf(400, "Expected an array with maximum length 3"+", array too long"), want: "shorten to 3"},
		"too many, and it allows as many": {err: refusalOf(400, "Expected an array with maximum length 4, array too long"), want: "shorten to 2"},
		"too many, and it allows none":    {err: refusalOf(400, "Expected an array with maximum length 0, array too long"), want: "shorten to 2"},
		"a value that is too long":        {err: refusalOf(400, "Invalid 'files[0].attributes.a': string too long."), want: "halve"},
		"too large":                       {err: refusalOf(413, "no"), want: "shorten to 2"},
		"a file that is not known":        {err: refusalOf(404, "No such File object: file-3"), want: "postpone LICENSE"},
		"the same, once more":             {err: refusalOf(404, "No such File object: file-3"), last: true, want: "postpone LICENSE"},
		"no file is known":                {err: refusalOf(404, "No such File objects: file-1, file-2, file-3, file-4"), want: "look"},
		"files that do not exist":         {err: refusalOf(404, "No such File objects: file-1, file-2, file-3, file-4"), last: true, want: "refuse guide.md table.csv LICENSE report.PDF"},
		"another file":                    {err: refusalOf(404, "Not Found"), want: "no batches"},
		"the vector store":                {err: refusalOf(404, "No vector store found with id 'vs_1'."), want: "end"},
		"an expired store":                {err: refusalOf(400, "Vector store 'vs_1' has expired"), want: "end"},
		"no such operation":               {err: refusalOf(405, "no"), want: "no batches"},
		"not implemented":                 {err: refusalOf(501, "no"), want: "no batches"},
		"a conflict":                      {err: &requestError{err: refusalOf(409, "no"), bodySent: true}, want: "look"},
		"a wrong key":                     {err: refusalOf(401, "no"), want: "end"},
		"a broken gateway":                {err: refusalOf(502, "no"), want: "look"},
		"a lost answer":                   {err: lost, want: "look"},
		"a lost answer, once more":        {err: lost, last: true, want: "look"},
		"nobody listens":                  {err: &requestError{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}, want: "end"},
	} {
		t.Run(name, func(t *testing.T) {
			verdict := judgeAttach(test.err, batch, test.last)
			got := map[attachStep]string{
				stepNext: "next", stepLook: "look", stepPostpone: "postpone", stepRefuse: "refuse", stepHalve: "halve", stepShorten: "shorten", stepNoBatches: "no batches", stepEnd: "end",
			}[verdict.step]
			if verdict.size > 0 {
				got += fmt.Sprintf(" to %d", verdict.size)
			}
			for _, file := range verdict.refused {
				got += " " + file.Name
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFilesWithExtensions(t *testing.T) {
	for name, test := range map[string]struct{ named, files, want string }{
		"as named":                      {".csv", "a.csv b.md", "a.csv"},
		"upper case, named so":          {".PDF", "a.pdf b.PDF", "b.PDF"},
		"upper case, named lower":       {".pdf", "a.pdf b.PDF", "b.PDF"},
		"lower case only":               {".pdf", "a.pdf b.pdf", "a.pdf b.pdf"},
		"upper case that no key shows":  {".PDF", "a.pdf", ""},
		"two, one of them not in files": {".csv .xls", "a.csv", "a.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, file := range filesWithExtensions(strings.Fields(test.named), attachments(strings.Fields(test.files)...)) {
				got = append(got, file.Name)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), test.want)
			}
		})
	}
}

func TestJudgeLists(t *testing.T) {
	counts := func(running, completed, failed, cancelled int64) *FileCounts {
		return &FileCounts{running, completed, failed, cancelled, running + completed + failed + cancelled}
	}
	for name, test := range map[string]struct {
		listed   FileCounts
		counted  *FileCounts
		expected int64
		age      time.Duration
		want     listsState
	}{
		"everything is processed":         {counted: counts(0, 10, 0, 0), expected: 10, want: listsComplete},
		"failed files are listed":         {listed: FileCounts{Failed: 2, Cancelled: 1}, counted: counts(0, 7, 2, 1), expected: 10, want: listsComplete},
		"a failed file is not listed yet": {counted: counts(0, 9, 1, 0), expected: 10, want: listsLate},
		"one is not listed as running":    {counted: counts(1, 9, 0, 0), expected: 10, want: listsLate},
		"another writer's is stuck":       {listed: FileCounts{InProgress: 1}, counted: counts(1, 10, 0, 0), expected: 10, want: listsComplete},
		"another writer is busy":          {counted: counts(7, 10, 3, 0), expected: 10, age: 2 * attachLag, want: listsLate},
		"lists are incomplete for good":   {counted: counts(7, 10, 3, 0), expected: 10, age: 2*attachLag + 1, want: listsUseless},
		"a cancelled one is not listed":   {counted: counts(0, 9, 0, 1), expected: 10, age: 2*attachLag + 1, want: listsUseless},
		"fewer than were attached":        {counted: counts(0, 9, 0, 0), expected: 10, want: listsLate},
		"fewer for good":                  {counted: counts(0, 9, 0, 0), expected: 10, age: attachLag + 1, want: listsUseless},
		"fewer for now":                   {counted: counts(0, 9, 0, 0), expected: 10, age: attachLag, want: listsLate},
		"no numbers":                      {expected: 10, want: listsUseless},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judgeLists(test.listed, test.counted, test.expected, test.age); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
