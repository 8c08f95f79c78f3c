package jsonl

import "strconv"

// A place is where in a line a value stands, such as messages[2].tool_calls[0]. It is a chain that becomes text only if there is a
// problem to report.
type place struct {
	in    *place // nil at the top
	key   string // "" in an array
	index int
}

func top(key string) place { return place{key: key} }

func (p place) member(key string) place { return place{in: &p, key: key} }

func (p place) element(index int) place { return place{in: &p, index: index} }

func (p place) String() string { return string(p.appendTo(nil)) }

// appendKind appends what is the same for all elements of an array. Of a nil place it is nothing.
func (p *place) appendKind(b []byte) []byte {
	switch {
	case p == nil:
		return b
	case p.key != "":
		return append(append(p.in.appendKind(b), '.'), p.key...)
	}
	return append(p.in.appendKind(b), '[', ']')
}

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
	f.add(Warning, f.line, 0, &p, format, args)
}

// is reports whether the value at p is of a kind, and warns if it is not. The warning does not quote the value, which may be
// confidential.
func (p place) is(f *findings, v value, want kind) bool {
	if v.kind() == want {
		return true
	}
	if v.kind() == absent {
		p.warn(f, "is missing")
	} else {
		p.warn(f, "is %s, not %s", v.kind(), want)
	}
	return false
}

// optional is the same for a value that may be absent or null: then it reports false without a warning.
func (p place) optional(f *findings, v value, want kind) bool {
	return v.isSet() && p.is(f, v, want)
}

// equals warns if the value at p is not the string that it has to be.
func (p place) equals(f *findings, v value, want string) {
	if p.is(f, v, text) && !v.is(want) {
		p.warn(f, "is %s, not %q", v, want)
	}
}

// notEmpty reports whether a string or an array at p has something in it, and warns if it has not.
func (p place) notEmpty(f *findings, v value) bool {
	if v.isEmpty() {
		p.warn(f, "is empty")
		return false
	}
	return true
}
