package openaitest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"slices"
)

// property is a member of a JSON body.
type property struct {
	name     string
	required bool
}

// readJSON decodes the body into v. It refuses properties other than these.
func (c *call) readJSON(v any, properties ...property) error {
	if kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type")); kind != "application/json" {
		return invalid("Unsupported content type: '%s'. This API method only accepts 'application/json' requests.", kind).
			withCode("unsupported_content_type")
	}
	const most = 1 << 20 // bytes
	text, err := io.ReadAll(io.LimitReader(c.Body, most))
	if err != nil {
		return invalid("Could not read the request body: %v", err)
	}
	c.note(func(r *Request) { r.JSON = string(text) })
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return invalid("We could not parse the JSON body of your request.")
	}
	for _, p := range properties {
		if _, ok := members[p.name]; p.required && !ok {
			return missingProperty(p.name)
		}
		delete(members, p.name)
	}
	if len(members) > 0 {
		return unexpectedProperty(slices.Min(slices.Collect(maps.Keys(members))))
	}
	err = json.Unmarshal(text, v)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return invalid("Invalid type for '%s': expected %s, got %s.", wrong.Field, wrong.Type, wrong.Value).withParam(wrong.Field)
	}
	return err
}
