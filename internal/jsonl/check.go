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
	maxValues = 1 << 20  // of a line; one with more is not looked at
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
	Discreet string // the same, without what Message repeats of the content

	kind string // the same for faults that differ only in line, place and content
}

// Report is the outcome of a check.
type Report struct {
	Faults   []Fault // five of each severity, the first ones, but each kind before another of the same: errors first, then by line
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
	case c.document.crowded:
		c.found.warn("more than %d values, so it was not checked", maxValues)
	case !utf8.Valid(line):
		c.found.add(c.unread, c.found.line, 0, "%s", errNotUTF8)
	case !ok:
		c.found.add(c.unread, c.found.line, 0, "not valid JSON: %s", excerpt(decodeLine(line, new(json.RawMessage)).Error()))
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

// add keeps a fault if it is among the first ones, or the first of its kind: what is wrong with every line must not hide what
// is wrong with one.
func (f *findings) add(severity Severity, line, other int, format string, args ...any) {
	f.totals[severity]++
	kept := f.kept[severity]
	kind := format
	if len(args) > 0 {
		if at, ok := args[0].(place); ok {
			kind = at.kind() + " " + format
		}
	}
	if len(kept) == maxFaults {
		least := len(kept) - 1
		isNew := !slices.ContainsFunc(kept, func(f Fault) bool { return f.kind == kind })
		if again := lastRepeated(kept); isNew && again >= 0 {
			least = again
		} else if kept[least].Line <= line {
			return
		}
		kept = slices.Delete(kept, least, least+1)
	}
	kept = append(kept, Fault{
		Severity: severity,
		Line:     line,
		Other:    other,
		Message:  fmt.Sprintf(format, args...),
		Discreet: fmt.Sprintf(format, discreet(args)...),
		kind:     kind,
	})
	slices.SortStableFunc(kept, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	f.kept[severity] = kept
}

// lastRepeated returns the last of the faults that another one of its kind comes before; -1 if each is of a kind of its own.
func lastRepeated(faults []Fault) int {
	for i := len(faults) - 1; i > 0; i-- {
		if slices.ContainsFunc(faults[:i], func(f Fault) bool { return f.kind == faults[i].kind }) {
			return i
		}
	}
	return -1
}

// An excerpt is a text of the content, or says something of it.
type excerpt string

// discreet leaves out what comes from the content.
func discreet(args []any) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		switch arg.(type) {
		case value, excerpt:
			args[i] = "…"
		}
	}
	return args
}

func (f *findings) report() Report {
	return Report{
		Faults:   slices.Concat(f.kept[Error], f.kept[Warning]),
		Errors:   f.totals[Error],
		Warnings: f.totals[Warning],
		Lines:    f.line,
	}
}
