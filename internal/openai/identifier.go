package openai

import "encoding/json"

// identifier is an ID in an answer. Some servers write IDs as numbers, which may be larger than a float64 can hold exactly.
type identifier string

// UnmarshalJSON reads an ID: the text, or what stands for it literally; empty for null.
func (i *identifier) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*i = ""
		return nil
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(i))
	}
	*i = identifier(b)
	return nil
}
