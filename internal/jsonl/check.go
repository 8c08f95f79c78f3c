package jsonl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxLine   = 16 << 20 // bytes of a line; a longer one is not looked at
	maxFaults = 5        // of each severity in a report
)

// Severity tells who refuses the file.
type Severity int

// Error is what the upload refuses, Warning what a later job refuses.
const (
	Error Severity = iota
	Warning
)

// Fault is one thing that is wrong with a file.
type Fault struct {
	Severity Severity
	Line     int    // counted from 1; 0 is the file as a whole
	Other    int    // a second line concerned, such as the first with the same custom_id; 0 if there is none
	Message  string // lower case, without a period
}

// Report is the outcome of a check.
type Report struct {
	Faults   []Fault // the first five of each severity: errors first, then by line
	Errors   int     // all of them
	Warnings int     // all of them
	Lines    int
}

// Applies reports whether there is something to check in files of a purpose.
func Applies(purpose string) bool {
	return rulesOf(purpose) != nil
}

// Check reads a file to its end and reports what is wrong with it.
func Check(purpose, filename string, r io.Reader) (Report, error) {
	c := NewChecker(purpose, filename)
	if _, err := io.Copy(c, r); err != nil {
		return Report{}, fmt.Errorf("reading %s: %w", filename, err)
	}
	return c.Report(), nil
}

// A Checker checks what is written to it. It keeps one line in memory at most, so it can share the read of a large file with
// a hash or an upload.
type Checker struct {
	rules   rules
	found   findings
	strict  Severity // of a line that is no JSON object
	size    int64
	partial []byte // start of the current line, if an earlier write brought it
	long    bool   // the current line is over maxLine
	blank   int    // the line before, if it was blank
	foreign bool   // the encoding is not UTF-8, so no line can be read
}

// rules are what a purpose asks of its files.
type rules interface {
	// line looks at one line, which holds an object.
	line(f *findings, v value)
	// end looks at the file as a whole. examples is the number of lines that are not blank.
	end(f *findings, examples int, size int64)
}

func rulesOf(purpose string) rules {
	switch purpose {
	case "batch":
		return newBatch()
	case "fine-tune":
		return &fineTune{}
	case "evals":
		return evals{}
	}
	return nil
}

// NewChecker returns a checker of one file. Of a purpose without rules it reports nothing.
func NewChecker(purpose, filename string) *Checker {
	c := &Checker{rules: rulesOf(purpose), strict: Warning}
	if purpose == "fine-tune" {
		c.strict = Error
	}
	if extension := path.Ext(filename); purpose == "batch" || purpose == "fine-tune" {
		switch {
		case extension == ".jsonl":
		case strings.EqualFold(extension, ".jsonl"):
			c.found.warnFile("the filename %q does not end in .jsonl in lower case", filename)
		default:
			c.found.add(Error, 0, 0, "the filename %q does not end in .jsonl", filename)
		}
	}
	return c
}

// Write takes the next bytes of the file. It never fails.
func (c *Checker) Write(p []byte) (int, error) {
	n := len(p)
	c.size += int64(n)
	for len(p) > 0 && c.rules != nil {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			c.keep(p)
			break
		}
		if len(c.partial) == 0 && !c.long && end <= maxLine {
			c.line(p[:end])
		} else {
			c.keep(p[:end])
			c.line(c.partial)
			c.partial, c.long = c.partial[:0], false
		}
		p = p[end+1:]
	}
	return n, nil
}

// keep puts a part of a line aside until its end comes.
func (c *Checker) keep(part []byte) {
	if c.long || len(c.partial)+len(part) > maxLine {
		c.partial, c.long = c.partial[:0], true
		return
	}
	c.partial = append(c.partial, part...)
}
