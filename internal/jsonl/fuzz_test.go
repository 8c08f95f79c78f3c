package jsonl_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// FuzzCheck looks at what holds for every content: the report adds up, does not depend on how the content is cut, and takes
// for JSON what encoding/json takes for it.
func FuzzCheck(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for i, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, uint8(i), uint16(7*i))
	}
	for _, content := range []string{
		"", "\n", "\r\n\r\n", "\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "\xff", "{\"a\":1,\"a\":[]}", "{\"item\":{\"\\u0061\\ud83d\":\"\\\"\"}}",
		"[-0.1e+10,0,1E5,-,01,1.,.1]", "[true,false,null,tru]", "{\"a\" : \"\\x\"}", "\"12345678\x01\"", "{\"messages\":[{\"role\":\"user\"}],\"input\":1}", " {} {}", "[1,]", "{,}", "{\"a\"}",
		"[\n{\"item\":{}},\n{\"item\":{}}\n]", "{\n\"item\": {}\n}", "{},\n{},", "{}\r{}", "<<<<<<< HEAD\n{}\n=======\n", "{\x00}\x00", "\x1f\x8b", "{\"\u00e4\u65e5\":\"\xe6\x97\"}", "\xef\xbb\xbf\u201c",
	} {
		f.Add([]byte(content), uint8(0), uint16(1))
	}
	f.Fuzz(func(t *testing.T, content []byte, purpose uint8, cut uint16) {
		name := []string{"fine-tune", "batch", "evals"}[purpose%3]
		server := jsonl.Server(purpose / 3 % 2)
		whole := jsonl.NewChecker(name, "a.jsonl", jsonl.For(server))
		write(t, whole, string(content))
		report := whole.Report()
		checkTotals(t, report)

		c := jsonl.NewChecker(name, "a.jsonl", jsonl.For(server))
		for rest, size := content, int(cut%512)+1; len(rest) > 0; {
			size = min(size, len(rest))
			write(t, c, string(rest[:size]))
			rest = rest[size:]
		}
		if again := c.Report(); !reflect.DeepEqual(again, report) {
			t.Errorf("in pieces of %d bytes:\n%s\nat once:\n%s", cut%512+1, describe(again), describe(report))
		}

		for line := range bytes.Lines(content) {
			if line = bytes.TrimSuffix(line, []byte("\n")); len(line) < 1000 {
				checkSyntax(t, string(line))
			}
		}
	})
}

func checkTotals(t *testing.T, report jsonl.Report) {
	t.Helper()
	counts := map[jsonl.Severity]int{}
	for i, fault := range report.Faults {
		counts[fault.Severity]++
		if fault.Line < 0 || fault.Line > report.Lines || fault.Other < 0 || fault.Other > fault.Line || fault.Message == "" ||
			fault.Lines < min(fault.Line, 1) || fault.Lines > report.Lines {
			t.Errorf("a fault of a file of %d lines: %#v", report.Lines, fault)
		}
		if i == 0 {
			continue
		}
		before := report.Faults[i-1]
		if before.Severity > fault.Severity || before.Severity == fault.Severity && before.Line > fault.Line {
			t.Errorf("out of order: %#v, %#v", before, fault)
		}
	}
	if counts[jsonl.Error] != report.Errors || counts[jsonl.Warning] != report.Warnings {
		t.Errorf("%d errors and %d warnings, counted as %d and %d", counts[jsonl.Error], counts[jsonl.Warning], report.Errors, report.Warnings)
	}
}

// FuzzEncode encodes a value of each form that can be decoded, and decodes the lines again.
func FuzzEncode(f *testing.F) {
	f.Add(`{"a": [1, 2.50, "x"]}`, `null`)
	f.Add("\"<&>\u2028\"", `1e-999`)
	f.Add("{\"a\":\n1}", `"\ud800"`)
	f.Fuzz(func(t *testing.T, first, second string) {
		values := raw(first, second)
		text, err := jsonl.Encode(values)
		valid := json.Valid(values[0]) && json.Valid(values[1]) && utf8.ValidString(first) && utf8.ValidString(second)
		if (err == nil) != valid {
			t.Fatalf("Encode(%q, %q): %v", first, second, err)
		}
		if err != nil {
			return
		}
		if n := strings.Count(text, "\n"); n != 2 || !strings.HasSuffix(text, "\n") {
			t.Fatalf("%d line ends in %q", n, text)
		}
		got, err := decode(text)
		if err != nil || len(got) != 2 {
			t.Fatalf("Decode(%q) = %v, %v", text, got, err)
		}
		for i, v := range values {
			if want := decoded(t, string(v)); !reflect.DeepEqual(got[i], want) {
				t.Errorf("%q became %#v, not %#v", v, got[i], want)
			}
		}
	})
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// FuzzDecode decodes any text. What can be decoded can be encoded, and is the same when decoded again.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"", "1\n\n2\r\n", "{\"a\":1.0}\n[]", "1 2", "\ufeff1", "\"\xff\"", "{", "\"\\ud800\"", "{}]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := decode(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") || values != nil {
				t.Errorf("Decode(%q) = %v, %v", text, values, err)
			}
			return
		}
		messages := make([]json.RawMessage, len(values))
		for i, v := range values {
			if messages[i], err = json.Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
		encoded, err := jsonl.Encode(messages)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(encoded)
		if err != nil || !reflect.DeepEqual(again, values) {
			t.Errorf("%q became %#v, then %q and %#v, %v", text, values, encoded, again, err)
		}
	})
}
