package jsonl

import (
	"bytes"
	"cmp"
	"encoding/json"
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
	rules    rules // nil if there is nothing to check
	found    findings
	document document // the current line
	unread   Severity // of a line that is no JSON object
	marked   Severity // of a byte order mark
	size     int64
	partial  []byte // start of the current line, if an earlier write brought it
	long     bool   // the current line is over maxLine
	blank    int    // the line before, if it was blank
	examples int    // lines that are not blank
	foreign  bool   // the encoding is not UTF-8, so no line can be read
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
	c := &Checker{rules: rulesOf(purpose), unread: Warning, marked: Warning}
	switch purpose {
	case "batch":
		c.marked = Error
		c.filename(filename)
	case "fine-tune":
		c.marked, c.unread = Error, Error
		c.filename(filename)
	}
	return c
}

func (c *Checker) filename(name string) {
	switch extension := path.Ext(name); {
	case extension == ".jsonl":
	case strings.EqualFold(extension, ".jsonl"):
		c.found.warnFile("the filename %s ends in %s, and the reference asks for .jsonl", quote(name), extension)
	default:
		c.found.add(Error, 0, 0, "the filename %s does not end in .jsonl", quote(name))
	}
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
		if len(c.partial) == 0 && end <= maxLine {
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
	if room := maxLine - len(c.partial); len(part) > room {
		part, c.long = part[:room], true
	}
	c.partial = append(c.partial, part...)
}

// Report ends the file. It is called once, after the last Write.
func (c *Checker) Report() Report {
	if c.rules == nil {
		return Report{}
	}
	if len(c.partial) > 0 {
		c.line(c.partial)
	}
	if c.size == 0 {
		c.found.add(Error, 0, 0, "content is empty")
	} else if !c.foreign {
		c.rules.end(&c.found, c.examples, c.size)
	}
	return c.found.report()
}

// line checks one line.
func (c *Checker) line(line []byte) {
	c.found.line++
	if c.found.line == 1 {
		line = c.encoding(line)
	}
	if c.foreign {
		return
	}
	if c.blank > 0 {
		c.found.add(Warning, c.blank, 0, "blank line")
		c.blank = 0
	}
	line = bytes.Trim(line, blanks)
	if len(line) == 0 && !c.long {
		c.blank = c.found.line // a warning if it is not the last one
		return
	}
	c.examples++
	if c.long {
		c.found.warn("longer than %d MiB, so it was not checked", maxLine>>20)
		return
	}
	v, ok := c.document.parse(line)
	switch {
	case !utf8.Valid(line):
		c.found.add(c.unread, c.found.line, 0, "%s", errNotUTF8)
	case !ok:
		c.found.add(c.unread, c.found.line, 0, "not valid JSON: %s", decodeLine(line, new(json.RawMessage)))
	case v.kind() != object:
		c.found.add(c.unread, c.found.line, 0, "%s, not an object", v.kind())
	default:
		c.rules.line(&c.found, v)
	}
}

// encoding looks for a byte order mark at the start of the file and returns the first line without it.
func (c *Checker) encoding(line []byte) []byte {
	if rest, ok := bytes.CutPrefix(line, []byte(byteOrderMark)); ok {
		c.found.add(c.marked, 1, 0, "starts with a byte order mark; save the file as UTF-8 without one")
		return rest
	}
	if bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) {
		c.foreign = true
		c.found.add(c.marked, 0, 0, "content is UTF-16; save it as UTF-8 without a byte order mark")
	}
	return line
}

// findings collects faults: the first few of each severity, and the number of all.
type findings struct {
	line   int // the current one
	kept   [2][]Fault
	totals [2]int
}

// warn adds a warning about the current line.
func (f *findings) warn(format string, args ...any) { f.add(Warning, f.line, 0, format, args...) }

// warnFile adds a warning about the file as a whole.
func (f *findings) warnFile(format string, args ...any) { f.add(Warning, 0, 0, format, args...) }

// warnBoth adds a warning about the current line and an earlier one.
func (f *findings) warnBoth(other int, format string, args ...any) {
	f.add(Warning, f.line, other, format, args...)
}

func (f *findings) add(severity Severity, line, other int, format string, args ...any) {
	f.totals[severity]++
	kept := f.kept[severity]
	if len(kept) == maxFaults {
		if kept[maxFaults-1].Line <= line {
			return
		}
		kept = kept[:maxFaults-1]
	}
	kept = append(kept, Fault{severity, line, other, fmt.Sprintf(format, args...)})
	slices.SortStableFunc(kept, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	f.kept[severity] = kept
}

func (f *findings) report() Report {
	return Report{
		Faults:   slices.Concat(f.kept[Error], f.kept[Warning]),
		Errors:   f.totals[Error],
		Warnings: f.totals[Warning],
		Lines:    f.line,
	}
}
