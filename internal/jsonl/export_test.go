package jsonl

// IsJSON reports whether a line that arrives in these pieces is one value of JSON.
func IsJSON(pieces ...string) bool {
	var d document
	for _, piece := range pieces {
		d.write([]byte(piece))
	}
	return d.end()
}
