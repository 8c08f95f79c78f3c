package jsonl_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

func raw(values ...string) []json.RawMessage {
	out := make([]json.RawMessage, len(values))
	for i, v := range values {
		out[i] = json.RawMessage(v)
	}
	return out
}

func TestEncode(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []json.RawMessage
		want   string
	}{
		{"nothing", nil, ""},
		{"one", raw(`{}`), "{}\n"},
		{"each kind", raw(`{"a":1}`, `[1,2]`, `"x"`, `0`, `true`, `null`), "{\"a\":1}\n[1,2]\n\"x\"\n0\ntrue\nnull\n"},
		{"spaces and line ends", raw("{\n  \"a\": [\r\n 1,\t2 ]\n}\n"), "{\"a\":[1,2]}\n"},
		{"line end in a text", raw(`"a\nb"`), "\"a\\nb\"\n"},
		{"no escapes for HTML", raw(`"<a href='x'>&amp;</a>"`), "\"<a href='x'>&amp;</a>\"\n"},
		{"line separators", raw("\"\u2028\u2029\""), "\"\u2028\u2029\"\n"},
		{"digits", raw(`12345678901234567890.1234567890e-400`, `1.0`), "12345678901234567890.1234567890e-400\n1.0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := jsonl.Encode(test.values)
			if got != test.want || err != nil {
				t.Errorf("Encode = %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestEncode_errorNamesTheElement(t *testing.T) {
	for value, want := range map[string]string{
		`{"a":}`:    "element 1: not valid JSON: unexpected character '}' (byte 6)",
		``:          "element 1: not valid JSON: the value does not end in its line",
		"1 2":       "element 1: not valid JSON: unexpected text after the value; write one value per line (byte 3)",
		"\"\xff\"":  "element 1: not valid UTF-8 (byte 2)",
		"\"a\nb\"":  "element 1: not valid JSON: control character '\\n' in a string, where it must be escaped (byte 3)",
		"\ufeff1":   "element 1: not valid JSON: unexpected character U+FEFF, a byte order mark (byte 1)",
		"{\"a\":01": "element 1: not valid JSON: unexpected character '1' (byte 7)",
	} {
		got, err := jsonl.Encode(raw(`{}`, value, `{}`))
		if got != "" || err == nil || err.Error() != want {
			t.Errorf("Encode(%q) = %q, %v; want %s", value, got, err, want)
		}
	}
}

// decode returns all values of a text.
func decode(text string) ([]any, error) {
	values := []any{}
	err := jsonl.Decode(text, func(v any) error {
		values = append(values, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

func TestDecode(t *testing.T) {
	one, two := json.Number("1"), json.Number("2")
	for _, test := range []struct {
		name, text string
		want       []any
	}{
		{"nothing", "", []any{}},
		{"blank lines", "\n \r\n\t\n", []any{}},
		{"one", "1\n", []any{one}},
		{"no end of the last line", "1\n2", []any{one, two}},
		{"CRLF", "1\r\n2\r\n", []any{one, two}},
		{"blank lines between", "\n1\n\n2\n\n", []any{one, two}},
		{"spaces", " 1 \n\t2\t", []any{one, two}},
		{"each kind", `{"a":[1,"x",true,null]}` + "\nfalse\nnull\n\"\"", []any{map[string]any{"a": []any{one, "x", true, nil}}, false, nil, ""}},
		{"digits", "12345678901234567890.1234567890e-400\n1.0", []any{json.Number("12345678901234567890.1234567890e-400"), json.Number("1.0")}},
		{"escapes", `"\u00e4\n\ud83d\ude00"`, []any{"ä\n😀"}},
		{"line separators", "\"\u2028\"\n", []any{"\u2028"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := decode(test.text)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("Decode = %#v, %v; want %#v", got, err, test.want)
			}
		})
	}
}

func TestDecode_errorNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"{}\n\n{\"a\":}\n":      "line 3: not valid JSON: unexpected character '}' (byte 6)",
		"{}\n{\"a\":1\n}\n":     "line 2: not valid JSON: the value does not end in its line",
		"1 2\n":                 "line 1: not valid JSON: unexpected text after the value; write one value per line (byte 3)",
		"{}\r\n{}]\r\n":         "line 2: not valid JSON: unexpected text after the value; write one value per line (byte 3)",
		"\ufeff{}\n":            `line 1: the text starts with a byte order mark; remove it, for example with trimprefix(text, "\ufeff")`,
		"{}\n\"\xff\"\n":        "line 2: not valid UTF-8 (byte 2)",
		"1\nnul\n":              "line 2: not valid JSON: the value does not end in its line",
		"\"a\x01\"":             "line 1: not valid JSON: control character '\\x01' in a string, where it must be escaped (byte 3)",
		"  {\"a\": “b”}\r\n":    "line 1: not valid JSON: unexpected character U+201C '“', not a straight quote (byte 9)",
		"{}\n{\"a\":\u00a01}":   "line 2: not valid JSON: unexpected character U+00A0, a no-break space (byte 6)",
		strings.Repeat("[", 10): "line 1: not valid JSON: the value does not end in its line",
	} {
		got, err := decode(text)
		if got != nil || err == nil || err.Error() != want {
			t.Errorf("Decode(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
}
