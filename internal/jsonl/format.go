package jsonl

import "bytes"

// HeadSize is how many bytes of a file [FormatOf] looks at.
const HeadSize = 512

// A Format is a kind of file that is not JSON Lines, named for a message: "gzip data".
type Format string

// The formats that a file shows in its first bytes.
const (
	GitLFSPointer Format = "a Git LFS pointer"
	gzip          Format = "gzip data"
	zip           Format = "a zip archive"
	zstd          Format = "Zstandard data"
	bzip2         Format = "bzip2 data"
	xz            Format = "xz data"
	parquet       Format = "a Parquet file"
	utf16         Format = "UTF-16"
)

// The formats that only the lines of a file show.
const (
	jsonArray  Format = "one JSON array"
	prettyJSON Format = "JSON that is spread over several lines"
)

var signatures = []struct {
	start  string
	format Format
}{
	{"version https://git-lfs.github.com/spec/", GitLFSPointer},
	{"\x1f\x8b", gzip},
	{"PK\x03\x04", zip},
	{"PK\x05\x06", zip}, // an empty one
	{"\x28\xb5\x2f\xfd", zstd},
	{"BZh", bzip2},
	{"\xfd7zXZ\x00", xz},
	{"PAR1", parquet},
	{"\xff\xfe", utf16},
	{"\xfe\xff", utf16},
}

// FormatOf returns the format that the first bytes of a file show, or "" for text and for anything unknown. It needs the first
// [HeadSize] bytes, or all of a shorter file.
func FormatOf(head []byte) Format {
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.start)) {
			return s.format
		}
	}
	if len(head) >= 2 && (head[0] == 0) != (head[1] == 0) {
		return utf16 // without a byte order mark: JSON begins with an ASCII character, whose other byte is 0
	}
	return ""
}

// remedy says how a file of a format becomes JSON Lines.
func (f Format) remedy() string {
	switch f {
	case GitLFSPointer:
		return "fetch the content with \"git lfs pull\""
	case utf16:
		return "save it as UTF-8"
	case parquet:
		return "export it as JSON Lines"
	case jsonArray:
		return "write each element on a line of its own, without the brackets and the commas between elements"
	case prettyJSON:
		return "write each object on a single line"
	}
	return "decompress it"
}

// mayFollow reports whether c can be the next byte of a value that a line end interrupted in this state.
func (s state) mayFollow(c byte) bool {
	switch s {
	case beforeKey:
		return c == '"'
	case beforeKeyOrEnd:
		return c == '"' || c == '}'
	case beforeColon:
		return c == ':'
	case beforeCommaOrEnd:
		return c == ',' || c == ']' || c == '}'
	case beforeValue, beforeElementOrEnd:
		return c == ']' && s == beforeElementOrEnd || c == '"' || c == '{' || c == '[' || c == '-' || c == 't' || c == 'f' || c == 'n' || isDigit(c)
	}
	return false
}
