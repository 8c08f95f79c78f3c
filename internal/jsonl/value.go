package jsonl

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
)

// A value is a value in a document; the zero value is one that is absent.
type value struct {
	document *document
	node     int32
}

func (v value) entry() *node { return &v.document.nodes[v.node] }

// A kind is a type of JSON.
type kind uint8

const (
	absent kind = iota
	null
	boolean
	number
	text
	array
	object
)

func (k kind) String() string {
	return [...]string{"missing", "null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

func (v value) kind() kind {
	if v.document == nil {
		return absent
	}
	return v.entry().kind
}

// isSet reports whether v is there and not null.
func (v value) isSet() bool { return v.kind() != absent && v.kind() != null }

// members returns the keys and values of an object, and none of another value.
func (v value) members() iter.Seq2[value, value] {
	return func(yield func(key, member value) bool) {
		if v.kind() != object {
			return
		}
		for i, end := v.node+1, v.entry().next; i < end; {
			member := value{v.document, i + 1}
			if !yield(value{v.document, i}, member) {
				return
			}
			i = member.entry().next
		}
	}
}

// elements returns the values of an array, and none of another value. Of adjacent numbers it returns the first.
func (v value) elements() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		if v.kind() != array {
			return
		}
		n := 0
		for i, end := v.node+1, v.entry().next; i < end; {
			element := value{v.document, i}
			if !yield(n, element) {
				return
			}
			n += int(element.entry().count)
			i = element.entry().next
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
	for _, element := range v.elements() {
		n += int(element.entry().count)
	}
	return n
}

// raw returns the text of a number, a boolean or null, and the beginning of a string, not decoded.
func (v value) raw() []byte {
	if v.document == nil {
		return nil
	}
	n := v.entry()
	return v.document.texts[n.text : n.text+n.kept]
}

// text returns the characters of a string, the first ones if it is long.
func (v value) text() []byte {
	raw := v.raw()
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var s string
	if json.Unmarshal(quoted(raw), &s) == nil {
		return []byte(s)
	}
	raw = raw[:bytes.LastIndexByte(raw, '\\')] // the escape that was cut
	if json.Unmarshal(quoted(raw), &s) == nil {
		return []byte(s)
	}
	return raw
}

func quoted(raw []byte) []byte { return slices.Concat([]byte{'"'}, raw, []byte{'"'}) }

// size returns the number of bytes of a string. It may be a few too many where characters are escaped as \u1234.
func (v value) size() int { return int(v.entry().size) }

// isCut reports whether text returns only the beginning of a string.
func (v value) isCut() bool { return v.entry().isCut }

// isEmpty reports whether nothing is in a string, array or object.
func (v value) isEmpty() bool {
	if v.kind() == text {
		return v.size() == 0
	}
	return v.entry().next == v.node+1
}

// is reports whether v is a string of these characters.
func (v value) is(s string) bool { return v.kind() == text && !v.isCut() && string(v.text()) == s }

// isTrue reports whether v is the value true.
func (v value) isTrue() bool { return v.kind() == boolean && string(v.raw()) == "true" }

// String describes v in a message: short values as they are, others by their kind.
func (v value) String() string {
	switch v.kind() {
	case text:
		return quote(string(v.text()))
	case number, boolean:
		return clip(string(v.raw()))
	}
	return v.kind().String()
}

// quote shows a text in a message.
func quote(s string) string { return strconv.Quote(clip(s)) }

// clip shortens a text to what fits into a message.
func clip(s string) string {
	const limit = 60
	n := 0
	for i := range s {
		if n++; n > limit {
			return s[:i] + "…"
		}
	}
	return s
}
