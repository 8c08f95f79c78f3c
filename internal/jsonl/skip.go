package jsonl

import (
	"encoding/binary"
	"math/bits"
)

// skipPlain returns the index of the first byte in p, from i on, that is a quote, a backslash or a control character, or len(p). It
// looks at eight bytes at a time: most of a file is text.
func skipPlain(p []byte, i int) int {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	for ; i+8 <= len(p); i += 8 {
		word := binary.LittleEndian.Uint64(p[i:])
		quotes, backslashes := word^'"'*each, word^'\\'*each
		// The lowest high bit marks the first such byte. Those above it may be wrong because of its borrow.
		stop := ((word-' '*each)&^word | (quotes-each)&^quotes | (backslashes-each)&^backslashes) & high
		if stop != 0 {
			return i + bits.TrailingZeros64(stop)/8
		}
	}
	for i < len(p) && p[i] >= ' ' && p[i] != '"' && p[i] != '\\' {
		i++
	}
	return i
}

func skipDigits(p []byte, i int) int {
	for i < len(p) && isDigit(p[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isEscapable reports whether c may follow a backslash; a u needs four digits more.
func isEscapable(c byte) bool {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	}
	return false
}
