package jsonl

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Server is the service that a file is for.
type Server int

// OpenAI is OpenAI itself, OtherServer any service that is compatible with it, such as Azure OpenAI.
const (
	OpenAI Server = iota
	OtherServer
)

// Applies reports whether there is something to check in files of a purpose.
func Applies(purpose string) bool {
	return rulesOf(purpose, OpenAI) != nil
}

// Check reads a file for OpenAI to its end and reports what is wrong with it.
func Check(purpose, filename string, r io.Reader) (Report, error) {
	c := NewChecker(purpose, filename)
	if _, err := io.Copy(c, r); err != nil {
		return Report{}, fmt.Errorf("reading %s: %w", filename, err)
	}
	return c.Report(), nil
}

// A Checker checks what is written to it. Its memory does not grow with the length of the lines, so it can share the read of a
// large file with a hash or an upload.
type Checker struct {
	purpose  string
	server   Server
	rules    rules // nil if there is nothing to check
	found    findings
	document document // the current line
	unread   Severity // of a line that is no JSON object
	size     int64
	head     []byte // the first bytes of the file, at most HeadSize
	begun    bool   // the lines are being checked; before that, the first bytes may be those of a byte order mark
	inLine   bool   // there are bytes after the last line end
	blank    int    // the line before, if it was blank
	shape    shape
}

// A shape is what the lines of a file look like as a whole.
type shape struct {
	examples int // lines that are not blank
	objects  int // lines that are objects

	isArray     bool  // the first example begins an array
	interrupted bool  // and does not end it, or an object, in its line
	openEnd     state // what it expects there
	goesOn      bool  // the second example begins with that
}

// rules are what a purpose asks of its files.
type rules interface {
	// keepDepth is how many arrays and objects the values are in that the rules ask for.
	keepDepth() int
	// line looks at one line, which holds an object.
	line(f *findings, v value)
	// end looks at the file as a whole. examples is the number of lines that are not blank.
	end(f *findings, examples int, size int64)
}

func rulesOf(purpose string, server Server) rules {
	switch purpose {
	case "batch":
		return newBatch(server)
	case "fine-tune":
		return &fineTune{server: server}
	case "evals":
		return evals{}
	}
	return nil
}

// An Option changes how a file is checked.
type Option func(*Checker)

// For says which service a file is for, if it is not OpenAI.
func For(server Server) Option {
	return func(c *Checker) { c.server = server }
}

// NewChecker returns a checker of one file. Of a purpose without rules it reports nothing.
func NewChecker(purpose, filename string, options ...Option) *Checker {
	c := &Checker{purpose: purpose, unread: Warning}
	for _, option := range options {
		option(c)
	}
	c.rules = rulesOf(purpose, c.server)
	if c.rules == nil {
		return c
	}
	c.document.depth = c.rules.keepDepth()
	c.document.reset()
	switch purpose {
	case "batch":
		c.filename(filename, Warning)
	case "fine-tune":
		c.unread = Error
		c.filename(filename, Error)
	}
	return c
}

// filename checks the extension. OpenAI has accepted batch files of any name, so the severity depends on the purpose.
func (c *Checker) filename(name string, severity Severity) {
	switch extension := path.Ext(name); {
	case extension == ".jsonl":
	case strings.EqualFold(extension, ".jsonl"):
		c.found.warnFile("the filename %s ends in %s, but OpenAI requires .jsonl", quote(name), extension)
	default:
		c.found.add(severity, 0, 0, nil, "the filename %s does not end in .jsonl", []any{quote(name)})
	}
}

// Write takes the next bytes of the file. It never fails.
func (c *Checker) Write(p []byte) (int, error) {
	n := len(p)
	c.size += int64(n)
	if c.rules == nil {
		return n, nil
	}
	before := len(c.head)
	c.head = append(c.head, p[:min(HeadSize-before, n)]...)
	switch {
	case c.begun:
		c.read(p)
	case len(c.head) >= len(byteOrderMark):
		if before > 0 {
			p = slices.Concat(c.head[:before], p)
		}
		c.begin(p)
	}
	return n, nil
}

// begin reads the first bytes of the file.
func (c *Checker) begin(p []byte) {
	c.begun = true
	if rest, ok := bytes.CutPrefix(p, []byte(byteOrderMark)); ok {
		c.mark()
		c.document.offset, c.inLine = int64(len(byteOrderMark)), true
		p = rest
	}
	c.read(p)
}

// mark reports a byte order mark at the start of the file.
func (c *Checker) mark() {
	switch {
	case c.purpose != "fine-tune":
		c.found.add(Warning, 1, 0, nil, "starts with a byte order mark, which the job may reject; save the file as UTF-8 without one", nil)
	case c.server == OpenAI:
		c.found.add(Error, 1, 0, nil, "starts with a byte order mark; save the file as UTF-8 without one", nil)
	default:
		c.found.add(Warning, 1, 0, nil, "starts with a byte order mark, which Azure OpenAI requires and OpenAI rejects", nil)
	}
}

// read splits the file into lines.
func (c *Checker) read(p []byte) {
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			c.document.write(p)
			c.inLine = true
			return
		}
		c.document.write(p[:end])
		c.line()
		p = p[end+1:]
	}
}

// Report ends the file. It is called once, after the last Write.
func (c *Checker) Report() Report {
	if c.rules == nil {
		return Report{}
	}
	if !c.begun {
		c.begin(c.head)
	}
	if c.inLine {
		c.line()
	}
	if format := c.format(); format != "" {
		c.found.onlyFile()
		c.found.add(c.unread, 0, 0, nil, "content is %s, not JSON Lines; %s", []any{format, format.remedy()})
		return c.found.report()
	}
	if c.size == 0 {
		c.found.add(Error, 0, 0, nil, "content is empty", nil)
	} else {
		c.rules.end(&c.found, c.shape.examples, c.size)
	}
	return c.found.report()
}

// format returns the format of a file that is not JSON Lines at all, or "".
func (c *Checker) format() Format {
	if format := FormatOf(c.head); format != "" {
		return format
	}
	s := c.shape
	switch {
	case s.isArray && (s.examples == 1 || s.interrupted):
		return jsonArray
	case s.goesOn && 2*s.objects < s.examples:
		return prettyJSON
	}
	return ""
}

// line checks the line that ends here.
func (c *Checker) line() {
	d, f := &c.document, &c.found
	defer d.reset()
	c.inLine = false
	f.line++
	if c.blank > 0 {
		f.add(Warning, c.blank, 0, nil, "blank line", nil)
		c.blank = 0
	}
	if d.isBlank() {
		c.blank = f.line // a warning if it is not the last one
		return
	}
	isJSON := d.end()
	c.shape.add(d)
	switch v := d.root(); {
	case !isJSON:
		p := d.problem()
		f.add(c.unread, f.line, 0, nil, p.format, p.args)
	case v.kind() != object:
		f.add(c.unread, f.line, 0, nil, "%s, not an object", []any{v.kind()})
	case d.crowded:
		f.warn("more than %d keys and values, so only its syntax was checked", maxValues)
	default:
		c.rules.line(f, v)
	}
}

// add takes in a line that is not blank.
func (s *shape) add(d *document) {
	s.examples++
	switch s.examples {
	case 1:
		s.isArray, s.interrupted, s.openEnd = d.first == '[', d.isUnfinished(), d.state
	case 2:
		s.goesOn = s.interrupted && s.openEnd.mayFollow(d.first)
	}
	if d.first == '{' && d.state == afterValue {
		s.objects++
	}
}
