package jsonl

import (
	"math"
	"unicode/utf8"
)

const (
	maxDepth  = 10_000  // of nested arrays and objects, as in encoding/json
	maxValues = 1 << 16 // keys and values that are kept of a line
	maxText   = 512     // bytes that are kept of a string or number
	maxTexts  = 2 << 20 // bytes that are kept of all strings and numbers of a line
)

// A document reads one line of JSON, which arrives in pieces of any size. It accepts what encoding/json accepts. Of the values it
// keeps the kinds, the sizes and the beginnings of strings, so the memory it needs does not grow with the line.
type document struct {
	depth int // values inside more arrays and objects than this are not kept

	nodes   []node // each value before those in it; in an object a key before its value
	texts   []byte // the beginnings of strings and numbers
	crowded bool   // there are more values than can be kept
	open    []container

	offset  int64  // bytes of the line before the current piece
	cut     []byte // a character that the end of a piece cut in two
	state   state
	first   byte   // of the value
	current int    // node of the string or number that is being read; -1 if it is not kept
	isKey   bool   // of the string that is being read
	hex     int    // digits that are missing in \u1234
	word    string // the rest of true, false or null
	returns bool   // there was a carriage return after the value

	failed   state // in which the first error was found
	failedAt int64
	odd      []byte // what stands there
}

// A node is a value or a key.
type node struct {
	kind  kind
	isCut bool  // only the beginning of the text was kept
	count int32 // adjacent numbers of an array share a node
	next  int32 // index of the first node that is not in this one
	text  int32 // where its text begins in texts
	kept  int32 // bytes of it
	size  int32 // bytes of a string after decoding
}

// A container is an array or an object that is not closed yet.
type container struct {
	node   int32 // -1 if it is not kept
	last   int32 // the last element, if it is kept
	object bool
}

// A state is what a document reads or expects next.
type state uint8

const (
	beforeValue state = iota
	afterValue        // of the line
	beforeElementOrEnd
	beforeKey
	beforeKeyOrEnd
	beforeColon
	beforeCommaOrEnd
	inString
	inEscape
	inHex
	inWord
	afterMinus
	inZero // a number that starts with 0
	inInteger
	afterPoint
	inFraction
	afterE
	afterSign
	inExponent
	broken    // the rest of the line is not read
	notUTF8   // only in failed
	tooNested // only in failed
)

// reset begins a line.
func (d *document) reset() {
	*d = document{
		depth: d.depth, nodes: d.nodes[:0], texts: d.texts[:0], open: d.open[:0], cut: d.cut[:0], odd: d.odd[:0], current: -1,
	}
}

// isBlank reports whether the line has no value up to here.
func (d *document) isBlank() bool { return d.state == beforeValue && len(d.open) == 0 }

// write reads the next piece of the line.
func (d *document) write(piece []byte) {
	if d.state == broken {
		d.keepOdd(piece)
		return
	}
	p := piece
	invalid, isInvalid := d.invalidUTF8(p)
	if isInvalid {
		p = p[:max(invalid, 0)]
	}
	for i := 0; i < len(p) && d.state != broken; {
		switch d.state {
		case inString:
			i = d.string(p, i)
		case inEscape, inHex:
			i = d.escape(p, i)
		case inWord:
			i = d.letter(p, i)
		case afterMinus, inZero, inInteger, afterPoint, inFraction, afterE, afterSign, inExponent:
			i = d.number(p, i)
		default:
			i = d.token(p, i)
		}
	}
	if isInvalid && d.state != broken {
		d.fail(notUTF8, invalid)
	}
	if d.state == broken {
		d.keepOdd(piece[max(d.failedAt-d.offset, 0):])
	}
	d.offset += int64(len(piece))
}

// fail notes the first error, at piece[i].
func (d *document) fail(in state, i int) {
	d.failed, d.failedAt, d.state = in, d.offset+int64(i), broken
}

// keepOdd keeps what stands at the error: a character or the first ones of a mark.
func (d *document) keepOdd(piece []byte) {
	room := len(conflictMarks[0]) - len(d.odd)
	d.odd = append(d.odd, piece[:min(room, len(piece))]...)
}

// invalidUTF8 returns the index of the first byte in a piece that is not UTF-8. It is negative for a character that began in the
// piece before.
func (d *document) invalidUTF8(p []byte) (int, bool) {
	i, begun := 0, len(d.cut)
	for begun > 0 && i < len(p) && !utf8.FullRune(d.cut) {
		d.cut = append(d.cut, p[i])
		i++
	}
	if begun > 0 {
		if !utf8.FullRune(d.cut) {
			return 0, false
		}
		if _, size := utf8.DecodeRune(d.cut); size == 1 {
			return -begun, true
		}
		d.cut = d.cut[:0]
	}
	if utf8.Valid(p[i:]) {
		return 0, false
	}
	for i < len(p) {
		if !utf8.FullRune(p[i:]) {
			d.cut = append(d.cut, p[i:]...)
			return 0, false
		}
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size == 1 {
			return i, true
		}
		i += size
	}
	return 0, false
}

// token reads a byte outside of strings, numbers and words.
func (d *document) token(p []byte, i int) int {
	c := p[i]
	switch c {
	case '\r':
		d.returns = d.returns || d.state == afterValue
		return i + 1
	case ' ', '\t', '\n':
		return i + 1
	}
	if d.first == 0 {
		d.first = c
	}
	switch d.state {
	case beforeValue:
		return d.value(p, i)
	case beforeElementOrEnd:
		if c == ']' {
			return d.close(i)
		}
		return d.value(p, i)
	case beforeKey, beforeKeyOrEnd:
		switch {
		case c == '"':
			d.begin(text)
			d.isKey, d.state = true, inString
			return i + 1
		case c == '}' && d.state == beforeKeyOrEnd:
			return d.close(i)
		}
	case beforeColon:
		if c == ':' {
			d.state = beforeValue
			return i + 1
		}
	case beforeCommaOrEnd:
		switch isObject := d.open[len(d.open)-1].object; {
		case c == '}' && isObject, c == ']' && !isObject:
			return d.close(i)
		case c == ',' && isObject:
			d.state = beforeKey
			return i + 1
		case c == ',':
			d.state = beforeValue
			return i + 1
		}
	}
	d.fail(d.state, i)
	return i
}

// value begins a value.
func (d *document) value(p []byte, i int) int {
	switch c := p[i]; c {
	case '"':
		d.begin(text)
		d.isKey, d.state = false, inString
	case '{':
		d.push(object, i)
	case '[':
		d.push(array, i)
	case 't':
		d.beginWord(boolean, "true")
	case 'f':
		d.beginWord(boolean, "false")
	case 'n':
		d.beginWord(null, "null")
	case '-':
		d.begin(number)
		d.state = afterMinus
		d.keep([]byte{c})
	default:
		if !isDigit(c) {
			d.fail(d.state, i)
			return i
		}
		return d.integers(p, i)
	}
	return i + 1
}

// integers reads the digits that begin a number, and the integers that follow it in an array: the input of an embedding has
// millions of them.
func (d *document) integers(p []byte, i int) int {
	inArray := len(d.open) > 0 && !d.open[len(d.open)-1].object
	for {
		d.begin(number)
		end := i + 1
		d.state = inZero
		if p[i] != '0' {
			d.state, end = inInteger, skipDigits(p, end)
		}
		d.keep(p[i:end])
		if !inArray || end+1 >= len(p) || p[end] != ',' || !isDigit(p[end+1]) {
			return end
		}
		i = end + 1
	}
}

// begin adds a node for a value or a key.
func (d *document) begin(k kind) {
	d.current = -1
	n := len(d.nodes)
	if d.crowded || len(d.open) > d.depth {
		return
	}
	if inside := len(d.open) - 1; inside >= 0 {
		if k == number && !d.open[inside].object && int(d.open[inside].last) == n-1 && d.nodes[n-1].kind == number {
			d.nodes[n-1].count++
			return
		}
		d.open[inside].last = int32(n) //nolint:gosec // at most maxValues
	}
	if n == maxValues || len(d.texts) > maxTexts {
		d.crowded = true
		return
	}
	d.nodes = append(d.nodes, node{kind: k, count: 1, next: int32(n + 1), text: int32(len(d.texts))}) //nolint:gosec // at most maxValues and little more than maxTexts
	d.current = n
}

func (d *document) beginWord(k kind, word string) {
	d.begin(k)
	d.keep([]byte(word))
	d.word, d.state = word[1:], inWord
}

// push begins an array or an object.
func (d *document) push(k kind, i int) {
	if len(d.open) == maxDepth {
		d.fail(tooNested, i)
		return
	}
	d.begin(k)
	d.state = beforeElementOrEnd
	if k == object {
		d.state = beforeKeyOrEnd
	}
	d.open = append(d.open, container{node: int32(d.current), last: -1, object: k == object}) //nolint:gosec // at most maxValues
}

// close ends the innermost array or object.
func (d *document) close(i int) int {
	last := len(d.open) - 1
	if n := d.open[last].node; n >= 0 {
		d.nodes[n].next = int32(len(d.nodes)) //nolint:gosec // at most maxValues
	}
	d.open = d.open[:last]
	d.ended()
	return i + 1
}

// ended goes on after a value.
func (d *document) ended() {
	d.state = beforeCommaOrEnd
	if len(d.open) == 0 {
		d.state = afterValue
	}
}

// keep adds a part of the current string, number or word to what is kept of it.
func (d *document) keep(part []byte) {
	if d.current < 0 {
		return
	}
	n := &d.nodes[d.current]
	n.size = int32(min(int64(n.size)+int64(len(part)), math.MaxInt32)) //nolint:gosec // at most MaxInt32
	if room := maxText - int(n.kept); len(part) > room {
		part, n.isCut = part[:room], true
	}
	d.texts = append(d.texts, part...)
	n.kept += int32(len(part)) //nolint:gosec // at most maxText
}

// string reads on in a string until it ends, or until an escape begins.
func (d *document) string(p []byte, i int) int {
	end := skipPlain(p, i)
	for end+1 < len(p) && p[end] == '\\' && isEscapable(p[end+1]) {
		d.keep(p[i : end+2])
		d.shrink(1)
		i = end + 2
		end = skipPlain(p, i)
	}
	d.keep(p[i:end])
	if end == len(p) {
		return end
	}
	switch p[end] {
	case '"':
		if d.isKey {
			d.state = beforeColon
		} else {
			d.ended()
		}
	case '\\':
		d.keep(p[end : end+1])
		d.state = inEscape
	default:
		d.fail(inString, end)
		return end
	}
	return end + 1
}

// escape reads a byte of an escape, after the backslash.
func (d *document) escape(p []byte, i int) int {
	c := p[i]
	switch {
	case d.state == inEscape && c == 'u':
		d.state, d.hex = inHex, 4
	case d.state == inEscape && isEscapable(c):
		d.state = inString
		d.shrink(1)
	case d.state == inHex && isHex(c):
		if d.hex--; d.hex == 0 {
			d.state = inString
			d.shrink(5)
		}
	default:
		d.fail(d.state, i)
		return i
	}
	d.keep(p[i : i+1])
	return i + 1
}

// shrink takes bytes off the size of a string that it does not have after decoding.
func (d *document) shrink(n int32) {
	if d.current >= 0 {
		d.nodes[d.current].size -= n
	}
}

// letter reads a byte of true, false or null.
func (d *document) letter(p []byte, i int) int {
	if p[i] != d.word[0] {
		d.fail(inWord, i)
		return i
	}
	if d.word = d.word[1:]; d.word == "" {
		d.ended()
	}
	return i + 1
}

// number reads on in a number until it ends.
func (d *document) number(p []byte, start int) int {
	i := start
	for ; i < len(p); i++ {
		next := nextInNumber(d.state, p[i])
		if next == broken {
			break
		}
		if d.state = next; next == inInteger || next == inFraction || next == inExponent {
			i = skipDigits(p, i+1) - 1
		}
	}
	d.keep(p[start:i])
	switch {
	case i == len(p): // the next piece may go on
	case d.state.endsNumber():
		d.ended()
	default:
		d.fail(d.state, i)
	}
	return i
}

// nextInNumber returns the state in a number after one more byte; broken if it does not belong to the number.
func nextInNumber(s state, c byte) state {
	switch s {
	case afterMinus:
		if c == '0' {
			return inZero
		}
		if isDigit(c) {
			return inInteger
		}
	case afterPoint:
		if isDigit(c) {
			return inFraction
		}
	case afterE:
		if c == '+' || c == '-' {
			return afterSign
		}
		if isDigit(c) {
			return inExponent
		}
	case afterSign, inExponent:
		if isDigit(c) {
			return inExponent
		}
	case inZero, inInteger, inFraction:
		switch {
		case c == '.' && s != inFraction:
			return afterPoint
		case c == 'e', c == 'E':
			return afterE
		case isDigit(c) && s != inZero:
			return s
		}
	}
	return broken
}

// endsNumber reports whether a number can end here.
func (s state) endsNumber() bool {
	return s == inZero || s == inInteger || s == inFraction || s == inExponent
}

// end ends the line and reports whether it holds one value of JSON.
func (d *document) end() bool {
	if d.state != broken && len(d.cut) > 0 {
		d.failed, d.failedAt, d.state = notUTF8, d.offset-int64(len(d.cut)), broken
	}
	if d.state.endsNumber() {
		d.ended()
	}
	if d.state == broken && d.failed != notUTF8 {
		if r, size := utf8.DecodeRune(d.odd); r == utf8.RuneError && size == 1 {
			d.failed = notUTF8
		}
	}
	return d.state == afterValue
}

// isUnfinished reports whether the line ends before its value does.
func (d *document) isUnfinished() bool { return d.state != afterValue && d.state != broken }

// root returns the value of the line, or an absent one if it is not well-formed. It lives until the next line begins.
func (d *document) root() value {
	if d.state != afterValue {
		return value{}
	}
	return value{d, 0}
}
