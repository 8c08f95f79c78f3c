package jsonl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

func TestFormatOf(t *testing.T) {
	for _, test := range []struct{ name, head, want string }{
		{"nothing", "", ""},
		{"one byte", "{", ""},
		{"an object", `{"a":1}`, ""},
		{"prose", "version of the truth", ""},
		{"a byte order mark", "\ufeff{}", ""},
		{"binary data", "\x00\x00\x00\x00", ""},
		{"pointer", pointer, "a Git LFS pointer"},
		{"gzip", "\x1f\x8b\x08\x00", "gzip data"},
		{"zip", "PK\x03\x04\x14\x00", "a zip archive"},
		{"empty zip", "PK\x05\x06\x00\x00", "a zip archive"},
		{"Zstandard", "\x28\xb5\x2f\xfd\x04", "Zstandard data"},
		{"bzip2", "BZh91AY&SY", "bzip2 data"},
		{"xz", "\xfd7zXZ\x00\x00", "xz data"},
		{"Parquet", "PAR1\x15\x04", "a Parquet file"},
		{"UTF-16", "\xff\xfe{\x00", "UTF-16"},
		{"UTF-16, big-endian", "\xfe\xff\x00{", "UTF-16"},
		{"UTF-16 without a mark", "{\x00\"\x00", "UTF-16"},
		{"UTF-16 without a mark, big-endian", "\x00{\x00\"", "UTF-16"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := jsonl.FormatOf([]byte(test.head)); string(got) != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// utf16 encodes ASCII text.
func utf16(text string) string { return strings.Join(strings.Split(text, ""), "\x00") + "\x00" }

// A file of another format is named, and nothing else is said about its lines.
func TestCheck_otherFormats(t *testing.T) {
	const (
		array  = "one JSON array, not JSON Lines; write each element on a line of its own, without the brackets and the commas between elements"
		pretty = "JSON that is spread over several lines, not JSON Lines; write each object on a single line"
	)
	chats := func(between string) string {
		return goodChat + strings.Repeat(between+goodChat, 9)
	}
	for _, test := range []struct{ name, content, want string }{
		{"pointer", pointer, `a Git LFS pointer, not JSON Lines; fetch the content with "git lfs pull"`},
		{"gzip", "\x1f\x8b\x08\x00\n\n\x01\n" + strings.Repeat("\xff\n", 1000), "gzip data, not JSON Lines; decompress it"},
		{"Parquet", "PAR1\x15\x04\x15\n\x10\n", "a Parquet file, not JSON Lines; export it as JSON Lines"},
		{"UTF-16", "\xff\xfe" + utf16(goodChat+"\n"+goodChat+"\n"), "UTF-16, not JSON Lines; save it as UTF-8"},
		{"UTF-16 without a mark", utf16(goodChat + "\n"), "UTF-16, not JSON Lines; save it as UTF-8"},
		{"array in a line", "[" + chats(", ") + "]", array},
		{"array in a line that ends", "\n [" + chats(",") + "]\n", array},
		{"array in a line of 19 MB", "[" + goodChat + strings.Repeat(","+goodChat, 19_000_000/len(goodChat)) + "]", array},
		{"array in a line with a syntax error", `[{"a":NaN}]`, array},
		{"array after a mark", "\ufeff[" + goodChat + "]", array},
		{"element a line", "[\n" + chats(",\n") + "\n]\n", array},
		{"element a line, brackets beside them", "[" + chats(",\n") + "]\n", array},
		{"element a line, commas first", "[" + goodChat + "\n," + goodChat + "\n]\n", array},
		{"pretty array", "[\n  {\n    \"messages\": []\n  }\n]\n", array},
		{"pretty object", "{\n  \"messages\": [\n    {\"role\": \"user\", \"content\": \"Hello.\"},\n    {\"role\": \"assistant\", \"content\": \"Hello.\"}\n  ]\n}\n", pretty},
		{"pretty objects", strings.Repeat("{\n  \"a\": 1,\n  \"b\": {}\n}\n", 5), pretty},
		{"first member beside the bracket", "{\"a\": 1\n, \"b\": 2\n}\n", pretty},
		{"member value on the next line", "{\"a\":\n1}\n", pretty},
		{"colon on the next line", "{\"a\"\n:1}\n", pretty},
		{"pretty after a blank line", "\n{\n\n  \"a\": 1\n}\n", pretty},
	} {
		t.Run(test.name, func(t *testing.T) {
			for purpose, want := range map[string]string{
				"fine-tune": "error 0: content is " + test.want + "\n1 errors, 0 warnings, 0 lines\n",
				"batch":     "warning 0: content is " + test.want + "\n0 errors, 1 warnings, 0 lines\n",
			} {
				c := jsonl.NewChecker(purpose, "a.jsonl")
				write(t, c, test.content)
				if got := describe(c.Report()); got != want {
					t.Errorf("%s: got:\n%s\nwant:\n%s", purpose, got, want)
				}
			}
		})
	}
	c := jsonl.NewChecker("fine-tune", "a.txt")
	write(t, c, pointer)
	want := "error 0: the filename \"a.txt\" does not end in .jsonl\nerror 0: content is a Git LFS pointer, not JSON Lines; fetch the content with \"git lfs pull\"\n2 errors, 0 warnings, 0 lines\n"
	if got := describe(c.Report()); got != want {
		t.Errorf("beside the filename: got:\n%s\nwant:\n%s", got, want)
	}
}

// What looks like another format in the first line, and is not.
func TestCheck_brokenFirstLine(t *testing.T) {
	cut := "error 1: not valid JSON: the value does not end in its line\n1 errors, 0 warnings, 10 lines\n"
	for _, test := range []struct{ name, first, want string }{
		{"cut in a text", `{"messages":[{"role":"us`, cut},
		{"cut after a value", `{"messages":[]`, cut},
		{"cut where an object may follow", `{"messages":[`, cut},
		{"an array", `[]`, "error 1: an array, not an object\n1 errors, 0 warnings, 10 lines\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			content := test.first + "\n" + strings.Repeat(goodChat+"\n", 9)
			if got := describe(check(t, "fine-tune", "a.jsonl", content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
	content := strings.Repeat(`{"messages":[]`+"\n", 10)
	want := "error 1 +9: not valid JSON: the value does not end in its line\n1 errors, 0 warnings, 10 lines\n"
	if got := describe(check(t, "fine-tune", "a.jsonl", content)); got != want {
		t.Errorf("all lines are cut: got:\n%s\nwant:\n%s", got, want)
	}
}

func TestCheck_syntaxErrors(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"curly quotes", "  {“item”:{}}", `not valid JSON: unexpected character U+201C '“', not a straight quote (byte 4)`},
		{"no-break space", "{\"item\":\u00a0{}}", `not valid JSON: unexpected character U+00A0, a no-break space (byte 9)`},
		{"mark", "\ufeff{}", `not valid JSON: unexpected character U+FEFF, a byte order mark (byte 1)`},
		{"letter", "{\"ü\":ü}", `not valid JSON: unexpected character U+00FC 'ü' (byte 7)`},
		{"single quotes", `{'item':{}}`, `not valid JSON: unexpected character '\'' (byte 2)`},
		{"no colon", `{"a" 12}`, `not valid JSON: unexpected character '1' (byte 6)`},
		{"no digit", `{"a":"\u123g"}`, `not valid JSON: unexpected character 'g' (byte 12)`},
		{"unknown escape", `{"a":"\x"}`, `not valid JSON: unexpected character 'x' (byte 8)`},
		{"tabulator in a text", "{\"a\":\"\t\"}", `not valid JSON: control character '\t' in a string, where it must be escaped (byte 7)`},
		{"comma after an object", goodItem + ",", `not valid JSON: comma after the value; in JSON Lines only a line end separates values (byte 12)`},
		{"carriage return alone", goodItem + "\r" + goodItem, `not valid JSON: a carriage return alone does not end a line; save the file with LF or CRLF line endings (byte 13)`},
		{"two objects", goodItem + goodItem, `not valid JSON: unexpected text after the value; write one value per line (byte 12)`},
		{"ours", "<<<<<<< HEAD", `Git merge conflict marker; resolve the conflict`},
		{"base", "||||||| 1a2b3c4", `Git merge conflict marker; resolve the conflict`},
		{"separator", "=======", `Git merge conflict marker; resolve the conflict`},
		{"theirs", ">>>>>>> topic", `Git merge conflict marker; resolve the conflict`},
		{"a shorter mark", "<<<<<<", `not valid JSON: unexpected character '<' (byte 1)`},
		{"a mark that does not begin the line", " =======", `not valid JSON: unexpected character '=' (byte 2)`},
		{"Latin-1", "{\"item\":{\"a\":\"caf\xe9\"}}", `not valid UTF-8 (byte 18)`},
		{"Latin-1 outside of a text", "{\"item\":\xe9}", `not valid UTF-8 (byte 9)`},
		{"a character that is cut", "{\"item\":{\"a\":\"\xe6\x97", `not valid UTF-8 (byte 15)`},
		{"Latin-1 after an error", "{“\xe9", `not valid JSON: unexpected character U+201C '“', not a straight quote (byte 2)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := fmt.Sprintf("warning 2 +1: %s\n0 errors, 1 warnings, 3 lines\n", test.want)
			content := goodItem + "\n" + test.line + "\n" + test.line + "\n"
			if got := describe(check(t, "evals", "a.jsonl", content)); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			c := jsonl.NewChecker("evals", "a.jsonl")
			for i := range len(content) {
				write(t, c, content[i:i+1])
			}
			if got := describe(c.Report()); got != want {
				t.Errorf("byte by byte: got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// The mark is a part of the first line.
func TestCheck_byteAfterAMark(t *testing.T) {
	want := "warning 1: starts with a byte order mark, which the job may reject; save the file as UTF-8 without one\n" +
		"warning 1: not valid JSON: unexpected character ',' (byte 5)\n0 errors, 2 warnings, 2 lines\n"
	if got := describe(check(t, "evals", "a.jsonl", "\ufeff{,\n"+goodItem)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
