package jsonl

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// conflictMarks are the beginnings of the lines that Git leaves in a file after a merge conflict. They are equally long.
var conflictMarks = []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"}

// A problem is why a line is not one value of JSON.
type problem struct {
	format string
	args   []any // a character of the content is left out of a discreet message
}

func (p problem) Error() string { return fmt.Sprintf(p.format, p.args...) }

// problem describes why the line is not well-formed. Bytes are counted from 1 and are those of the line in the file.
func (d *document) problem() problem {
	if d.isUnfinished() {
		return problem{"not valid JSON: the value does not end in its line", nil}
	}
	at := d.failedAt + 1
	c, _ := utf8.DecodeRune(d.odd)
	switch {
	case d.failed == notUTF8:
		return problem{"not valid UTF-8 (byte %d)", []any{at}}
	case d.failed == tooNested:
		return problem{"not valid JSON: nested more than %d levels deep (byte %d)", []any{maxDepth, at}}
	case d.isConflictMark():
		return problem{"Git merge conflict marker; resolve the conflict", nil}
	case d.failed == afterValue && c == ',':
		return problem{"not valid JSON: comma after the value; in JSON Lines only a line end separates values (byte %d)", []any{at}}
	case d.failed == afterValue && d.returns:
		return problem{"not valid JSON: a carriage return alone does not end a line; save the file with LF or CRLF line endings (byte %d)", []any{at}}
	case d.failed == afterValue:
		return problem{"not valid JSON: unexpected text after the value; write one value per line (byte %d)", []any{at}}
	case d.failed == inString:
		return problem{"not valid JSON: control character %s in a string, where it must be escaped (byte %d)", []any{character(c), at}}
	}
	return problem{"not valid JSON: unexpected character %s (byte %d)", []any{character(c), at}}
}

// isConflictMark reports whether the line begins with a mark of a merge conflict.
func (d *document) isConflictMark() bool {
	for _, mark := range conflictMarks {
		if d.failedAt == 0 && bytes.HasPrefix(d.odd, []byte(mark)) {
			return true
		}
	}
	return false
}

// A character is one of the content. In a message an ASCII character is quoted, others have their code point, and those that are
// easily overlooked a name.
type character rune

func (c character) String() string {
	name := ""
	switch c {
	case '“', '”', '„', '‘', '’':
		name = ", not a straight quote"
	case '\u00a0':
		name = ", a no-break space"
	case '\ufeff':
		name = ", a byte order mark"
	}
	if c < utf8.RuneSelf {
		return strconv.QuoteRune(rune(c))
	}
	return fmt.Sprintf("%#U%s", rune(c), name)
}
