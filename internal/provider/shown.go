package provider

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown returns a name as a message may show it: quoted when it has control characters or other characters that do not print, which
// could move the cursor of a terminal or forge lines.
func shown(name string) string {
	if utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return name
	}
	return strconv.Quote(name)
}
