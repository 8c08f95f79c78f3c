package jsonl

import "strconv"

// A place is where in a line a value stands, such as messages[2].tool_calls[0]. It is a chain and becomes text only if
// there is a fault to tell.
type place struct {
	in    *place // nil at the top
	key   string // "" in an array
	index int
}

func top(key string) place { return place{key: key} }

func (p place) member(key string) place { return place{in: &p, key: key} }

func (p place) element(index int) place { return place{in: &p, index: index} }

func (p place) String() string { return string(p.appendTo(nil)) }

// appendTo copies the keys, so that no place has to live on the heap.
func (p *place) appendTo(b []byte) []byte {
	if p.in == nil {
		return append(b, p.key...)
	}
	b = p.in.appendTo(b)
	if p.key != "" {
		return append(append(b, '.'), p.key...)
	}
	return append(strconv.AppendInt(append(b, '['), int64(p.index), 10), ']')
}

// warn adds a warning that starts with the place.
func (p place) warn(f *findings, format string, args ...any) {
	f.warn("%s "+format, append([]any{p.String()}, args...)...)
}

// is reports whether the value at p is of a kind, and warns if it is not.
func (p place) is(f *findings, v value, want kind) bool {
	if v.kind() == want {
		return true
	}
	if v.kind() == absent {
		p.warn(f, "is missing")
	} else {
		p.warn(f, "is %s, not %s", v, want)
	}
	return false
}

// optional is the same for a value that may be absent or null, and then reports false without a warning.
func (p place) optional(f *findings, v value, want kind) bool {
	return v.isSet() && p.is(f, v, want)
}

// notEmpty does so for a string or an array, and warns if there is nothing in it.
func (p place) notEmpty(f *findings, v value) bool {
	if v.isEmpty() {
		p.warn(f, "is empty")
		return false
	}
	return true
}
