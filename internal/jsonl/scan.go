package jsonl

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"iter"
	"math/bits"
	"strconv"
)

// The functions of this file walk over JSON without decoding it: a request of some KB is looked at for five short
// members. They accept what encoding/json accepts.

// maxDepth is how deep arrays and objects may nest, as in encoding/json.
const maxDepth = 10_000

// blanks are the spaces of JSON within a line.
const blanks = " \t\r"

// A value is one well-formed JSON value without spaces around it; nil is an absent one.
type value []byte

// parse returns the only value of a line.
func parse(line []byte) (value, bool) {
	v := bytes.Trim(line, blanks)
	return v, skip(v, 0, 0) == len(v)
}

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
	if len(v) == 0 {
		return absent
	}
	switch v[0] {
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
func (v value) isSet() bool { return len(v) > 0 && v[0] != 'n' }

// members returns the keys and values of an object, and none of another value.
func (v value) members() iter.Seq2[[]byte, value] {
	return func(yield func([]byte, value) bool) {
		if v.kind() != object {
			return
		}
		for i := skipBlanks(v, 1); v[i] != '}'; {
			end := skipString(v, i)
			key := v[i:end]
			i = skipBlanks(v, skipBlanks(v, end)+1) // over the colon
			end = skip(v, i, 0)
			if !yield(key.text(), v[i:end]) {
				return
			}
			i = skipComma(v, end)
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
		for i := skipBlanks(v, 1); v[i] != ']'; n++ {
			end := skip(v, i, 0)
			if !yield(n, v[i:end]) {
				return
			}
			i = skipComma(v, end)
		}
	}
}

// member returns the value of a key, the last one if there are several.
func (v value) member(key string) (found value) {
	for k, m := range v.members() {
		if string(k) == key {
			found = m
		}
	}
	return found
}

// text returns the characters of a string, and nothing of another value.
func (v value) text() []byte {
	if v.kind() != text {
		return nil
	}
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return inner
	}
	return []byte(s)
}

// String describes v in a message: short values as they are, others by their kind.
func (v value) String() string {
	switch v.kind() {
	case text:
		return quote(v.text())
	case number, boolean:
		return clip(string(v))
	}
	return string(v.kind())
}

// quote shows a text in a message.
func quote(s []byte) string { return strconv.Quote(clip(string(s))) }

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

// skip returns the index after the value that starts at b[i], or -1 if none does.
func skip(b []byte, i, depth int) int {
	switch at(b, i) {
	case '"':
		return skipString(b, i)
	case '{':
		return skipObject(b, i, depth+1)
	case '[':
		return skipArray(b, i, depth+1)
	case 't':
		return skipWord(b, i, "true")
	case 'f':
		return skipWord(b, i, "false")
	case 'n':
		return skipWord(b, i, "null")
	}
	return skipNumber(b, i)
}

func skipObject(b []byte, i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	i = skipBlanks(b, i+1)
	if at(b, i) == '}' {
		return i + 1
	}
	for {
		if at(b, i) != '"' {
			return -1
		}
		if i = skipString(b, i); i < 0 {
			return -1
		}
		if i = skipBlanks(b, i); at(b, i) != ':' {
			return -1
		}
		if i = skip(b, skipBlanks(b, i+1), depth); i < 0 {
			return -1
		}
		switch i = skipBlanks(b, i); at(b, i) {
		case '}':
			return i + 1
		case ',':
			i = skipBlanks(b, i+1)
		default:
			return -1
		}
	}
}

func skipArray(b []byte, i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	i = skipBlanks(b, i+1)
	if at(b, i) == ']' {
		return i + 1
	}
	for {
		if i = skip(b, i, depth); i < 0 {
			return -1
		}
		switch i = skipBlanks(b, i); at(b, i) {
		case ']':
			return i + 1
		case ',':
			i = skipBlanks(b, i+1)
		default:
			return -1
		}
	}
}

// skipString skips eight bytes at a time as long as none of them is a quote, a backslash or a control character.
func skipString(b []byte, i int) int {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	for i++; i < len(b); {
		if i+8 <= len(b) {
			word := binary.LittleEndian.Uint64(b[i:])
			quotes, backslashes := word^'"'*each, word^'\\'*each
			// The lowest high bit marks the first such byte. Those above it may be wrong, for they see its borrow.
			stop := ((word-' '*each)&^word | (quotes-each)&^quotes | (backslashes-each)&^backslashes) & high
			if stop == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(stop) / 8
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = skipEscape(b, i+1); i < 0 {
				return -1
			}
		case c < ' ':
			return -1
		default:
			i++
		}
	}
	return -1
}

// skipEscape skips what follows a backslash.
func skipEscape(b []byte, i int) int {
	switch at(b, i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for k := i + 1; k <= i+4; k++ {
			c := at(b, k)
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

func skipNumber(b []byte, i int) int {
	if at(b, i) == '-' {
		i++
	}
	switch c := at(b, i); {
	case c == '0':
		i++
	case isDigit(c):
		i = skipDigits(b, i)
	default:
		return -1
	}
	if at(b, i) == '.' {
		if i++; !isDigit(at(b, i)) {
			return -1
		}
		i = skipDigits(b, i)
	}
	if at(b, i)|0x20 == 'e' {
		if i++; at(b, i) == '+' || at(b, i) == '-' {
			i++
		}
		if !isDigit(at(b, i)) {
			return -1
		}
		i = skipDigits(b, i)
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for isDigit(at(b, i)) {
		i++
	}
	return i
}

func skipWord(b []byte, i int, word string) int {
	if end := i + len(word); end <= len(b) && string(b[i:end]) == word {
		return end
	}
	return -1
}

func skipBlanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipComma skips from the end of an element or member to the start of the next one or to the closing bracket.
func skipComma(b []byte, i int) int {
	if i = skipBlanks(b, i); at(b, i) == ',' {
		i = skipBlanks(b, i+1)
	}
	return i
}

// at returns b[i], or 0 after the end: a byte that JSON has nowhere.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
