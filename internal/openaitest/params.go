package openaitest

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// params are the members of an object in a body. The vector stores API words its errors differently from the Files API.
type params struct {
	path    string // of the object in the body, such as chunking_strategy; empty for the body itself
	members map[string]json.RawMessage
}

// readParams reads a body. An empty one counts as an object without members.
func (c *call) readParams() (params, error) {
	const most = 64 << 20 // bytes; 2,000 files with all their attributes have 20 MB
	text, err := io.ReadAll(io.LimitReader(c.Body, most))
	if err != nil {
		return params{}, invalid("Could not read the request body: %v", err)
	}
	c.note(func(r *Request) { r.JSON = string(text) })
	p := params{members: map[string]json.RawMessage{}}
	if len(text) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(text, &p.members); err != nil {
		return p, invalid("We could not parse the JSON body of your request.")
	}
	return p, nil
}

// name returns the path of a member.
func (p params) name(member string) string {
	if p.path == "" {
		return member
	}
	return p.path + "." + member
}

// allow refuses members other than these.
func (p params) allow(members ...string) error {
	var unknown []string
	for member := range p.members {
		if !slices.Contains(members, member) {
			unknown = append(unknown, member)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	name := p.name(slices.Min(unknown))
	return refused("unknown_parameter", name, "Unknown parameter: '%s'.", name)
}

// require refuses an object that lacks one of these.
func (p params) require(members ...string) error {
	for _, member := range members {
		if !p.has(member) {
			name := p.name(member)
			return refused("missing_required_parameter", name, "Missing required parameter: '%s'.", name)
		}
	}
	return nil
}

// has reports whether a member is there and not null.
func (p params) has(member string) bool {
	value, ok := p.members[member]
	return ok && string(value) != "null"
}

// into decodes a member of the given kind into v. One that is missing or null leaves v as it is.
func (p params) into(member, kind string, v any) error {
	if !p.has(member) {
		return nil
	}
	if err := json.Unmarshal(p.members[member], v); err != nil {
		return wrongType(p.name(member), kind)
	}
	return nil
}

// object returns a member that is an object; ok is false if it is missing or null.
func (p params) object(member string) (o params, ok bool, err error) {
	o.path = p.name(member)
	if !p.has(member) {
		return o, false, nil
	}
	err = p.into(member, "an object", &o.members)
	return o, err == nil, err
}

// objects returns a member that is an array of objects.
func (p params) objects(member string) ([]params, error) {
	var elements []map[string]json.RawMessage
	if err := p.into(member, "an array of objects", &elements); err != nil {
		return nil, err
	}
	all := make([]params, len(elements))
	for i, members := range elements {
		all[i] = params{fmt.Sprintf("%s[%d]", p.name(member), i), members}
	}
	return all, nil
}

func refused(code, param, format string, args ...any) *apiError {
	return invalid(format, args...).withParam(param).withCode(code)
}

func wrongType(param, want string) *apiError {
	return refused("invalid_type", param, "Invalid type for '%s': expected %s.", param, want)
}

// inRange refuses an integer that is out of its range.
func inRange(param string, n, least, most int) error {
	switch {
	case n < least:
		return refused("integer_below_min_value", param,
			"Invalid '%s': integer below minimum value. Expected a value >= %d, but got %d instead.", param, least, n)
	case n > most:
		return refused("integer_above_max_value", param,
			"Invalid '%s': integer above maximum value. Expected a value <= %d, but got %d instead.", param, most, n)
	}
	return nil
}

// notTooLong refuses an array with too many elements.
func notTooLong(param string, n, most int) error {
	if n <= most {
		return nil
	}
	return refused("array_above_max_length", param,
		"Invalid '%s': array too long. Expected an array with maximum length %d, but got an array with length %d instead.", param, most, n)
}

// Limits of metadata and attributes.
const (
	maxPairs = 16
	maxKey   = 64  // characters
	maxValue = 512 // characters
)

// checkPairs refuses what may be neither metadata nor attributes. Metadata has texts only.
func checkPairs(param string, pairs map[string]any, textOnly bool) error {
	if n := len(pairs); n > maxPairs {
		return refused("object_above_max_properties", param,
			"Invalid '%s': too many properties. Expected an object with at most %d properties, but got an object with %d properties instead.",
			param, maxPairs, n)
	}
	for key, value := range pairs {
		name := param + "." + key
		if err := notLonger(param, key, maxKey); err != nil {
			return err
		}
		switch value := value.(type) {
		case string:
			if err := notLonger(name, value, maxValue); err != nil {
				return err
			}
		case float64, bool:
			if textOnly {
				return wrongType(name, "a string")
			}
		default:
			return wrongType(name, "a string, number, or boolean")
		}
	}
	return nil
}

func notLonger(param, text string, most int) error {
	if n := len([]rune(text)); n > most {
		return refused("string_above_max_length", param,
			"Invalid '%s': string too long. Expected a string with maximum length %d, but got a string with length %d instead.", param, most, n)
	}
	return nil
}
