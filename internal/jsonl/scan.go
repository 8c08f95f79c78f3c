package jsonl

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
)

// maxDepth is how deep arrays and objects may nest, as in encoding/json.
const maxDepth = 10_000

// blanks are the spaces of JSON within a line.
const blanks = " \t\r"

// A document is one line of JSON and where its values are. Nothing is decoded before a rule asks for it: of a request of
// some KB these are a few short strings. It accepts what encoding/json accepts, and is used again for the next line.
type document struct {
	text    []byte
	nodes   []node // each value before those in it; in an object a key before its value
	crowded bool   // there are more than maxValues of them
}

// A node is a value or a key.
type node struct {
	start, end int32 // of its text
	next       int32 // index of the first node that is not in this one
}

// parse reads the only value of a line. The value lives until the next line is read.
func (d *document) parse(line []byte) (value, bool) {
	d.text, d.nodes, d.crowded = line, d.nodes[:0], false
	end := d.value(skipBlanks(line, 0), 0)
	return value{d, 0}, end >= 0 && skipBlanks(line, end) == len(line)
}

// A value is a value in a document; the zero value is one that is absent.
type value struct {
	document *document
	node     int32
}

// raw returns the JSON of v.
func (v value) raw() []byte {
	if v.document == nil {
		return nil
	}
	n := v.document.nodes[v.node]
	return v.document.text[n.start:n.end]
}

// end returns the index of the first node that is not in v.
func (v value) end() int32 { return v.document.nodes[v.node].next }

// A kind is a type of JSON.
type kind string

const (
	absent  kind = "missing"
	null    kind = "null"
	boolean kind = "a boolean"
	number  kind = "a number"
	text    kind = "a string"
	array   kind = "an array"
	object  kind = "an object"
)

func (v value) kind() kind {
	if v.document == nil {
		return absent
	}
	switch v.document.text[v.document.nodes[v.node].start] {
	case 'n':
		return null
	case 't', 'f':
		return boolean
	case '"':
		return text
	case '[':
		return array
	case '{':
		return object
	}
	return number
}

// isSet reports whether v is there and not null.
func (v value) isSet() bool { return v.kind() != absent && v.kind() != null }

// members returns the keys and values of an object, and none of another value.
func (v value) members() iter.Seq2[value, value] {
	return func(yield func(key, member value) bool) {
		if v.kind() != object {
			return
		}
		for i := v.node + 1; i < v.end(); {
			member := value{v.document, i + 1}
			if !yield(value{v.document, i}, member) {
				return
			}
			i = member.end()
		}
	}
}

// elements returns the values of an array, and none of another value.
func (v value) elements() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		if v.kind() != array {
			return
		}
		n := 0
		for i := v.node + 1; i < v.end(); n++ {
			element := value{v.document, i}
			if !yield(n, element) {
				return
			}
			i = element.end()
		}
	}
}

// member returns the value of a key, the last one if there are several.
func (v value) member(key string) (found value) {
	for k, m := range v.members() {
		if k.is(key) {
			found = m
		}
	}
	return found
}

// has reports whether an object has a key.
func (v value) has(key string) bool { return v.member(key).kind() != absent }

// otherThan returns the first key that is none of those given, or nothing.
func (v value) otherThan(keys []string) (value, bool) {
	for k := range v.members() {
		if !slices.ContainsFunc(keys, k.is) {
			return k, true
		}
	}
	return value{}, false
}

// last returns the last element of an array.
func (v value) last() (found value) {
	for _, element := range v.elements() {
		found = element
	}
	return found
}

// count returns the number of elements of an array.
func (v value) count() int {
	n := 0
	for range v.elements() {
		n++
	}
	return n
}

// text returns the characters of a value that is a string.
func (v value) text() []byte {
	raw := v.raw()
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return inner
	}
	return []byte(s)
}

// isEmpty reports whether nothing is in a string, array or object.
func (v value) isEmpty() bool {
	if v.kind() == text {
		return string(v.raw()) == `""`
	}
	return v.end() == v.node+1
}

// is reports whether v is a string of these characters.
func (v value) is(s string) bool { return v.kind() == text && string(v.text()) == s }

// String describes v in a message: short values as they are, others by their kind.
func (v value) String() string {
	switch v.kind() {
	case text:
		return quote(string(v.text()))
	case number, boolean:
		return clip(string(v.raw()))
	}
	return string(v.kind())
}

// quote shows a text in a message.
func quote(s string) string { return strconv.Quote(clip(s)) }

// clip shortens a text to what fits into a message.
func clip(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// value takes in the value that starts at text[i]. It returns the index after it, or -1 if it is not well-formed.
func (d *document) value(i, depth int) int {
	n := len(d.nodes)
	if n == maxValues {
		d.crowded = true
		return -1
	}
	d.nodes = append(d.nodes, node{start: int32(i)}) //nolint:gosec // within maxLine
	var end int
	switch at(d.text, i) {
	case '"':
		end = skipString(d.text, i)
	case '{':
		end = d.object(i, depth+1)
	case '[':
		end = d.array(i, depth+1)
	case 't':
		end = skipWord(d.text, i, "true")
	case 'f':
		end = skipWord(d.text, i, "false")
	case 'n':
		end = skipWord(d.text, i, "null")
	default:
		end = skipNumber(d.text, i)
	}
	d.nodes[n].end, d.nodes[n].next = int32(end), int32(len(d.nodes)) //nolint:gosec // within maxLine
	return end
}

func (d *document) object(i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	i = skipBlanks(d.text, i+1)
	if at(d.text, i) == '}' {
		return i + 1
	}
	for {
		if at(d.text, i) != '"' {
			return -1
		}
		if i = d.value(i, depth); i < 0 { // the key
			return -1
		}
		if i = skipBlanks(d.text, i); at(d.text, i) != ':' {
			return -1
		}
		if i = d.value(skipBlanks(d.text, i+1), depth); i < 0 {
			return -1
		}
		switch i = skipBlanks(d.text, i); at(d.text, i) {
		case '}':
			return i + 1
		case ',':
			i = skipBlanks(d.text, i+1)
		default:
			return -1
		}
	}
}

func (d *document) array(i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	i = skipBlanks(d.text, i+1)
	if at(d.text, i) == ']' {
		return i + 1
	}
	for {
		if i = d.value(i, depth); i < 0 {
			return -1
		}
		switch i = skipBlanks(d.text, i); at(d.text, i) {
		case ']':
			return i + 1
		case ',':
			i = skipBlanks(d.text, i+1)
		default:
			return -1
		}
	}
}
