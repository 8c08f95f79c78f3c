package jsonl

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Severity says who rejects the file.
type Severity int

// Error is what the upload refuses, Warning what a later job refuses.
const (
	Error Severity = iota
	Warning
)

// Fault is one kind of problem of a file.
type Fault struct {
	Severity Severity
	Line     int    // the first one that has the problem, counted from 1; 0 is the file as a whole
	Other    int    // a second line concerned, such as the first with the same custom_id; 0 if there is none
	Lines    int    // how many lines have the problem; 0 for the file as a whole
	Message  string // of the first line: lower case, without a period
	Discreet string // the same, without what Message repeats of the content

	lastLine int
}

// Report is the outcome of a check.
type Report struct {
	Faults   []Fault // one of each kind: errors first, then by line
	Errors   int     // kinds of problems that the upload refuses
	Warnings int     // kinds of problems that a later job refuses
	Lines    int     // of the file; 0 if it is not JSON Lines at all
}

// findings collects faults, one of each kind. Messages are formatted only for the first line that has the problem.
type findings struct {
	line   int // the current one
	faults []Fault
	kinds  map[string]int // index in faults
	kind   []byte
}

// warn adds a warning about the current line.
func (f *findings) warn(format string, args ...any) { f.add(Warning, f.line, 0, nil, format, args) }

// warnFile adds a warning about the file as a whole.
func (f *findings) warnFile(format string, args ...any) { f.add(Warning, 0, 0, nil, format, args) }

// warnBoth adds a warning about a value in the current line and an earlier line.
func (f *findings) warnBoth(other int, at *place, format string, args ...any) {
	f.add(Warning, f.line, other, at, format, args)
}

// addLines adds a warning about several lines at once, of which the first one is known.
func (f *findings) addLines(first, lines int, format string) {
	f.add(Warning, first, 0, nil, format, nil)
	f.faults[len(f.faults)-1].Lines = lines
}

// add counts a line that has a problem, and keeps the first one of each kind. What differs only in the line, in the content or in
// the index of an array is of the same kind.
func (f *findings) add(severity Severity, line, other int, at *place, format string, args []any) {
	f.kind = strconv.AppendInt(f.kind[:0], int64(severity), 10)
	f.kind = at.appendKind(f.kind)
	f.kind = append(f.kind, format...)
	if i, ok := f.kinds[string(f.kind)]; ok {
		if fault := &f.faults[i]; fault.lastLine != line {
			fault.lastLine = line
			fault.Lines++
		}
		return
	}
	if f.kinds == nil {
		f.kinds = map[string]int{}
	}
	f.kinds[string(f.kind)] = len(f.faults)
	prefix := ""
	if at != nil {
		prefix = at.String() + " "
	}
	f.faults = append(f.faults, Fault{
		Severity: severity,
		Line:     line,
		Other:    other,
		Lines:    min(line, 1),
		Message:  prefix + fmt.Sprintf(format, args...),
		Discreet: prefix + fmt.Sprintf(format, discreet(args)...),
		lastLine: line,
	})
}

// onlyFile drops the findings in lines, because the lines have another format.
func (f *findings) onlyFile() {
	f.faults = slices.DeleteFunc(f.faults, func(fault Fault) bool { return fault.Line > 0 })
	f.kinds, f.line = nil, 0
}

// An excerpt is a text of the content, or says something of it.
type excerpt string

// discreet leaves out what comes from the content.
func discreet(args []any) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		switch arg.(type) {
		case value, excerpt, character:
			args[i] = "…"
		}
	}
	return args
}

func (f *findings) report() Report {
	report := Report{Faults: f.faults, Lines: f.line}
	slices.SortStableFunc(report.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Line, b.Line))
	})
	for i, fault := range report.Faults {
		report.Faults[i].lastLine = 0
		if fault.Severity == Error {
			report.Errors++
		} else {
			report.Warnings++
		}
	}
	return report
}
