package openai

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
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

func TestJudgeBatch(t *testing.T) {
	batch := attachments("guide.md", "table.csv", "LICENSE", "report.PDF")
	for name, test := range map[string]struct {
		err  error
		want string // the flags that are set, and the names of the refused files
	}{
		"accepted":               {nil, ""},
		"an extension":           {refusalOf(400, "Files with extensions [.csv] are not supported for retrieval. See https://platform.openai.com/docs"), "table.csv"},
		"several extensions":     {refusalOf(400, "Files with extensions [.csv, .pdf] are not supported for retrieval."), "table.csv report.PDF"},
		"no extension":           {refusalOf(400, "Files with extensions [none] are not supported for retrieval."), "LICENSE"},
		"an unknown extension":   {refusalOf(400, "Files with extensions [.xyz] are not supported for retrieval."), ""},
		"too many":               {refusalOf(400, "Invalid 'file_ids': array too long. Expected an array with maximum length 100, but got an array with length 500 instead."), "tooLong"},
		"too large":              {refusalOf(413, "no"), "tooLong"},
		"a file that is missing": {refusalOf(404, "No such File object: file-3"), "again LICENSE"},
		"another file":           {refusalOf(404, "Not Found"), "noBatches"},
		"the vector store":       {refusalOf(404, "No vector store found with id 'vs_1'."), "fatal"},
		"an expired store":       {refusalOf(400, "Vector store 'vs_1' has expired"), "fatal"},
		"no such operation":      {refusalOf(405, "no"), "noBatches"},
		"not implemented":        {refusalOf(501, "no"), "noBatches"},
		"a conflict":             {refusalOf(409, "no"), "again"},
		"a wrong key":            {refusalOf(401, "no"), "fatal"},
		"a broken gateway":       {refusalOf(502, "no"), "lost"},
		"a lost answer":          {&requestError{err: errors.New("EOF"), bodySent: true}, "lost"},
		"nobody listens":         {&requestError{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}, "fatal"},
	} {
		t.Run(name, func(t *testing.T) {
			v := judgeBatch(test.err, batch)
			var got []string
			for flag, set := range map[string]bool{"noBatches": v.noBatches, "tooLong": v.tooLong, "lost": v.lost, "again": v.again, "fatal": v.fatal} {
				if set {
					got = append(got, flag)
				}
			}
			slices.Sort(got)
			for _, file := range v.refused {
				got = append(got, file.Name)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), test.want)
			}
		})
	}
}
