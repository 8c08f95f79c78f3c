package jsonl

import (
	"encoding/binary"
	"math/bits"
)

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

// at returns b[i], or 0 after the end: a byte that JSON has nowhere.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
