package openaitest

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// maxLine bounds the memory for a line, in bytes. A longer line counts as a dictionary if it starts like one.
const maxLine = 16 << 20

// lineChecker looks for a line that is not a JSON object in what is written to it.
type lineChecker struct {
	number int // of the current line less 1
	line   []byte
	long   bool // the current line is longer than maxLine
	err    *apiError
}

func (c *lineChecker) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0 && c.err == nil; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		c.add(line)
		if ended {
			c.endLine()
		}
		rest = after
	}
	return len(p), nil
}

// result ends the last line and returns what is wrong with the first bad line.
func (c *lineChecker) result() error {
	if c.err == nil && len(c.line) > 0 {
		c.endLine()
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

func (c *lineChecker) add(b []byte) {
	if len(c.line)+len(b) > maxLine {
		b, c.long = b[:maxLine-len(c.line)], true
	}
	c.line = append(c.line, b...)
}

func (c *lineChecker) endLine() {
	c.number++
	if !c.isDictionary() {
		c.err = invalid("Expected file to have JSONL format, where every line is a valid JSON dictionary. "+
			"Line %d is not a dictionary (HINT: line starts with: \"%s...\").", c.number, c.hint())
	}
	c.line, c.long = c.line[:0], false
}

// isDictionary accepts a blank line.
func (c *lineChecker) isDictionary() bool {
	text := bytes.TrimSpace(c.line)
	switch {
	case len(text) == 0:
		return true
	case text[0] != '{':
		return false
	}
	return c.long || utf8.Valid(text) && json.Valid(text)
}

// hint is the start of the line.
func (c *lineChecker) hint() []byte {
	const size = 10 // bytes
	return bytes.ToValidUTF8(bytes.TrimSpace(c.line[:min(len(c.line), size)]), nil)
}
