package jsonl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

func TestApplies(t *testing.T) {
	for purpose, want := range map[string]bool{
		"fine-tune": true, "batch": true, "evals": true,
		"assistants": false, "vision": false, "user_data": false, "": false,
	} {
		if got := jsonl.Applies(purpose); got != want {
			t.Errorf("Applies(%q) = %t", purpose, got)
		}
	}
}

func TestCheck_otherPurposesHaveNoFaults(t *testing.T) {
	if got := describe(check(t, "assistants", "a.txt", "no JSON\n")); got != "0 errors, 0 warnings, 0 lines\n" {
		t.Error(got)
	}
}

func TestCheck_readError(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := jsonl.Check("evals", "a.jsonl", iotest.ErrReader(broken))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "a.jsonl") {
		t.Errorf("Check returned %v", err)
	}
}

func TestCheck_wholeFile(t *testing.T) {
	chats := strings.Repeat(goodChat+"\n", 10)
	for _, test := range []struct {
		name, purpose, filename, content, want string
	}{
		{"batch in a text file", "batch", "a.txt", goodRequest, "error 0: the filename \"a.txt\" does not end in .jsonl\n1 errors, 0 warnings, 1 lines\n"},
		{"fine-tune in a JSON file", "fine-tune", "data/a.json", chats, "error 0: the filename \"data/a.json\" does not end in .jsonl\n1 errors, 0 warnings, 10 lines\n"},
		{"fine-tune in a file without extension", "fine-tune", "jsonl", chats, "error 0: the filename \"jsonl\" does not end in .jsonl\n1 errors, 0 warnings, 10 lines\n"},
		{"capital extension", "batch", "A.JSONL", goodRequest, "warning 0: the filename \"A.JSONL\" ends in .JSONL, and the reference asks for .jsonl\n0 errors, 1 warnings, 1 lines\n"},
		{"evals in a text file", "evals", "a.txt", goodItem, "0 errors, 0 warnings, 1 lines\n"},
		{"empty batch", "batch", "a.jsonl", "", "error 0: content is empty\n1 errors, 0 warnings, 0 lines\n"},
		{"empty fine-tune", "fine-tune", "a.jsonl", "", "error 0: content is empty\n1 errors, 0 warnings, 0 lines\n"},
		{"empty evals", "evals", "a.jsonl", "", "error 0: content is empty\n1 errors, 0 warnings, 0 lines\n"},
		{"blank batch", "batch", "a.jsonl", "\n", "warning 0: no requests\n0 errors, 1 warnings, 1 lines\n"},
		{"blank fine-tune", "fine-tune", "a.jsonl", " ", "warning 0: 0 of the 10 examples that a fine-tuning job needs\n0 errors, 1 warnings, 1 lines\n"},
		{"blank evals", "evals", "a.jsonl", "\r\n", "warning 0: no items\n0 errors, 1 warnings, 1 lines\n"},
		{"nine examples", "fine-tune", "a.jsonl", strings.Repeat(goodChat+"\n", 9), "warning 0: 9 of the 10 examples that a fine-tuning job needs\n0 errors, 1 warnings, 9 lines\n"},
		{"ten examples", "fine-tune", "a.jsonl", chats, "0 errors, 0 warnings, 10 lines\n"},
		{"no end of the last line", "fine-tune", "a.jsonl", strings.TrimSuffix(chats, "\n"), "0 errors, 0 warnings, 10 lines\n"},
		{"CRLF", "fine-tune", "a.jsonl", strings.ReplaceAll(chats, "\n", "\r\n"), "0 errors, 0 warnings, 10 lines\n"},
		{"blank last line", "fine-tune", "a.jsonl", chats + "\n", "0 errors, 0 warnings, 11 lines\n"},
		{"blank first line", "fine-tune", "a.jsonl", "\n" + chats, "warning 1: blank line\n0 errors, 1 warnings, 11 lines\n"},
		{"blank lines", "fine-tune", "a.jsonl", chats + "\n \t\r\n" + goodChat, "warning 11: blank line\nwarning 12: blank line\n0 errors, 2 warnings, 13 lines\n"},
		{"two blank last lines", "fine-tune", "a.jsonl", chats + "\n\n", "warning 11: blank line\n0 errors, 1 warnings, 12 lines\n"},
		{"BOM in a batch", "batch", "a.jsonl", "\xef\xbb\xbf" + goodRequest, "error 1: starts with a byte order mark; save the file as UTF-8 without one\n1 errors, 0 warnings, 1 lines\n"},
		{"BOM in fine-tune", "fine-tune", "a.jsonl", "\xef\xbb\xbf" + chats, "error 1: starts with a byte order mark; save the file as UTF-8 without one\n1 errors, 0 warnings, 10 lines\n"},
		{"BOM in evals", "evals", "a.jsonl", "\xef\xbb\xbf" + goodItem, "warning 1: starts with a byte order mark; save the file as UTF-8 without one\n0 errors, 1 warnings, 1 lines\n"},
		{"UTF-16", "fine-tune", "a.jsonl", "\xff\xfe{\x00}\x00\n\x00", "error 0: content is UTF-16; save it as UTF-8 without a byte order mark\n1 errors, 0 warnings, 2 lines\n"},
		{"UTF-16 with the other byte first", "evals", "a.jsonl", "\xfe\xff\x00{\x00}\x00\n", "warning 0: content is UTF-16; save it as UTF-8 without a byte order mark\n0 errors, 1 warnings, 1 lines\n"},
		{"UTF-16 BOM in the second line", "evals", "a.jsonl", goodItem + "\n\xff\xfe", "warning 2: not valid UTF-8\n0 errors, 1 warnings, 2 lines\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, test.purpose, test.filename, test.content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// The first five of each severity are kept: errors first, each by line, and the whole file before its lines.
func TestCheck_keepsTheFirstFaults(t *testing.T) {
	content := strings.Repeat("[]\n{\"text\":\"\"}\n", 4) + "[]\n[]\n[]\n"
	want := `error 0: the filename "a.txt" does not end in .jsonl
error 1: an array, not an object
error 3: an array, not an object
error 5: an array, not an object
error 7: an array, not an object
warning 2: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion
warning 4: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion
warning 6: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion
warning 8: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion
8 errors, 4 warnings, 11 lines
`
	if got := describe(check(t, "fine-tune", "a.txt", content)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// The number of examples is known at the end only. It still comes first, and five warnings stay five.
func TestCheck_lateFaultComesFirst(t *testing.T) {
	report := check(t, "fine-tune", "a.jsonl", strings.Repeat("{}\n", 6))
	if len(report.Faults) != 5 || report.Warnings != 7 {
		t.Fatalf("%d faults of %d", len(report.Faults), report.Warnings)
	}
	if first, last := report.Faults[0].Line, report.Faults[4].Line; first != 0 || last != 4 {
		t.Errorf("faults from line %d to %d", first, last)
	}
}

// What JSON is, encoding/json says.
func TestCheck_syntax(t *testing.T) {
	valid := []string{
		`{}`, `[]`, `""`, `0`, `-0`, `12`, `0.5`, `-1.50e+10`, `1E5`, `1e-5`, `true`, `false`, `null`, ` [ 1 ,	2 ] `, `{ "a" : { } , "b" : [ ] }`,
		`"\"\\\/\b\f\n\r\t\u00aF"`, `"1234567\""`, `"12345678"`, `"123456789\u0000"`, "\"\x7f\u2028é\"", `{"a":1,"a":2}`, `"\ud800"`,
	}
	invalid := []string{
		`{`, `}`, `[`, `]`, `"`, `-`, `01`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `tru`, `True`, `nul`, `falsy`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `[1,`, `{,}`,
		`{"a"}`, `{"a":}`, `{"a" 1}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":1`, `{a:1}`, `{1:1}`, `{"a:1}`, `"\x"`, `"\u12g4"`, `"\u12"`, `"\`, "\"a\x01\"", "\"12345678\x1f\"",
		`{} {}`, `1 2`, `'a'`, "\x00", "[1\x00]", "\u00a01", "\v1", `NaN`,
	}
	for _, line := range slices.Concat(valid, invalid) {
		if json.Valid([]byte(line)) != slices.Contains(valid, line) {
			t.Fatalf("the list is wrong about %q", line)
		}
		checkSyntax(t, line)
		checkSyntax(t, `{"a":[`+line+`]}`)
		checkSyntax(t, `{"a":`+line+`}`)
		checkSyntax(t, `{"12345678":0,"a`+line)
	}
}

func TestCheck_longLines(t *testing.T) {
	const limit = 16 << 20
	item := func(size int) string {
		head, tail := `{"item":{"text":"`, `"}}`
		return head + strings.Repeat("a", size-len(head)-len(tail)) + tail + "\n"
	}
	content := item(limit) + item(limit+1) + goodItem + "\n" + item(limit+2) + strings.TrimSuffix(item(limit+3), "\n")
	want := `warning 2: longer than 16 MiB, so it was not checked
warning 4: longer than 16 MiB, so it was not checked
warning 5: longer than 16 MiB, so it was not checked
0 errors, 3 warnings, 5 lines
`
	t.Run("in one write", func(t *testing.T) {
		c := jsonl.NewChecker("evals", "a.jsonl")
		write(t, c, content)
		if got := describe(c.Report()); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
	t.Run("in blocks", func(t *testing.T) {
		report, err := jsonl.Check("evals", "a.jsonl", &blocks{[]byte(content)})
		if got := describe(report); err != nil || got != want {
			t.Errorf("%v; got:\n%s\nwant:\n%s", err, got, want)
		}
	})
}

func write(t *testing.T, c *jsonl.Checker, content string) {
	t.Helper()
	if n, err := io.WriteString(c, content); n != len(content) || err != nil {
		t.Fatalf("Write returned %d, %v", n, err)
	}
}

// request is a request with an id of its own.
func request(i int) string { return strings.Replace(goodRequest, "first", fmt.Sprint(i), 1) }

func TestCheck_batchRequests(t *testing.T) {
	var most strings.Builder
	for i := range 50_000 {
		most.WriteString(request(i) + "\n")
	}
	for _, test := range []struct{ name, content, want string }{
		{"50,000", most.String(), "0 errors, 0 warnings, 50000 lines\n"},
		{"one more", most.String() + request(50_000), "warning 0: 50001 requests, and a batch takes at most 50000\n0 errors, 1 warnings, 50001 lines\n"},
		{
			"ids that are used twice beyond", most.String() + request(49_999) + "\n" + request(50_000) + "\n" + request(50_000),
			"warning 0: 50003 requests, and a batch takes at most 50000\nwarning 50001 (50000): custom_id \"49999\" is used twice\n" +
				"warning 50003 (50002): custom_id \"50000\" is used twice\n0 errors, 3 warnings, 50003 lines\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, "batch", "a.jsonl", test.content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// Some endpoints have a model of their own.
func TestCheck_batchWithoutModel(t *testing.T) {
	for _, url := range []string{"/v1/moderations", "/v1/images/generations", "/v1/videos"} {
		line := fmt.Sprintf(`{"custom_id":"a","method":"POST","url":%q,"body":{"input":"x"}}`, url)
		if got := describe(check(t, "batch", "a.jsonl", line)); got != "0 errors, 0 warnings, 1 lines\n" {
			t.Errorf("%s: %s", url, got)
		}
	}
}

// A file of short lines has far more of them than a batch may have.
func TestCheck_idsOfManyShortLines(t *testing.T) {
	const n = 200_000
	c := jsonl.NewChecker("batch", "a.jsonl")
	for i := range n {
		id := i
		if i == n-2 {
			id = 140_000
		}
		write(t, c, fmt.Sprintf(`{"custom_id":"%d","method":"POST","url":"/v1/responses","body":{"model":"m"}}`+"\n", id))
	}
	want := "warning 0: 200000 requests, and a batch takes at most 50000\nwarning 199999 (140001): custom_id \"140000\" is used twice\n0 errors, 2 warnings, 200000 lines\n"
	if got := describe(c.Report()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What is wrong with every line does not hide what is wrong with one.
func TestCheck_eachKindOfFaultIsTold(t *testing.T) {
	var content strings.Builder
	for i := range 20 {
		content.WriteString(strings.Replace(request(i), `"model":"gpt-5-mini"`, ``, 1) + "\n")
	}
	content.WriteString(strings.Replace(request(7), `"POST"`, `"GET"`, 1) + "\n")
	want := `warning 1: body.model is missing
warning 2: body.model is missing
warning 3: body.model is missing
warning 21 (8): custom_id "7" is used twice
warning 21: method is "GET", not "POST"
0 errors, 22 warnings, 21 lines
`
	if got := describe(check(t, "batch", "a.jsonl", content.String())); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestCheck_discreetMessages(t *testing.T) {
	for _, test := range []struct{ purpose, line, want string }{
		{"fine-tune", `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"x","weight":4711}]}`, `messages[1].weight is …, not 0 or 1`},
		{"fine-tune", `{"messages":[{"role":"4711","content":"x"}]}`, `messages[0].role is …, and the roles here are system, user, assistant, tool and function`},
		{"fine-tune", `{"messages":[{"role":"user","content":"x","4711":1}]}`, `messages[0] has the unknown key …`},
		{"batch", `{"custom_id":"4711"}` + "\n" + `{"custom_id":"4711"}`, `custom_id … is used twice`},
		{"batch", strings.Replace(goodRequest, "POST", "4711", 1), `method is …, not "POST"`},
		{"batch", strings.Replace(goodRequest, "gpt-5-mini", "4711", 1) + "\n" + goodRequest, `body.model is …, and … in the first request; all requests of a batch have the same`},
		{"evals", `{"item":4711`, `not valid JSON: …`},
		{"evals", `{"item":{}} 4711`, `not valid JSON: …`},
	} {
		report := check(t, test.purpose, "a.jsonl", test.line)
		found := false
		for _, fault := range report.Faults {
			found = found || fault.Discreet == test.want
			if strings.Contains(fault.Discreet, "4711") {
				t.Errorf("%s: it repeats the content: %s", test.line, fault.Discreet)
			}
		}
		if !found {
			t.Errorf("%s: %+v, want %s", test.line, report.Faults, test.want)
		}
	}
}

// A line of millions of short values would take many times its length.
func TestCheck_crowdedLines(t *testing.T) {
	const most = 1 << 20
	values := func(n int) string {
		return `{"item":{"a":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}}` + "\n"
	}
	content := values(most-5) + values(most-4) + values(3) + strings.TrimSuffix(values(most), "}\n")
	want := "warning 2: more than 1048576 values, so it was not checked\nwarning 4: more than 1048576 values, so it was not checked\n0 errors, 2 warnings, 4 lines\n"
	if got := describe(check(t, "evals", "a.jsonl", content)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// The size is that of all bytes, even of one line that is too long to be looked at.
func TestCheck_batchSize(t *testing.T) {
	const tooLong = "warning 1: longer than 16 MiB, so it was not checked\n"
	block := strings.Repeat("a", 1_000_000)
	for _, test := range []struct {
		size int
		want string
	}{
		{200_000_000, tooLong + "0 errors, 1 warnings, 1 lines\n"},
		{200_000_001, "warning 0: 200000001 bytes, and a batch takes at most 200 MB\n" + tooLong + "0 errors, 2 warnings, 1 lines\n"},
		{200 << 20, "warning 0: 209715200 bytes, and a batch takes at most 200 MB\n" + tooLong + "0 errors, 2 warnings, 1 lines\n"},
		{200<<20 + 1, "error 0: 209715201 bytes, and a batch takes at most 200 MB\n" + tooLong + "1 errors, 1 warnings, 1 lines\n"},
	} {
		t.Run(fmt.Sprint(test.size), func(t *testing.T) {
			c := jsonl.NewChecker("batch", "a.jsonl")
			for rest := test.size; rest > 0; rest -= len(block) {
				write(t, c, block[:min(rest, len(block))])
			}
			if got := describe(c.Report()); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestCheck_embeddingInputs(t *testing.T) {
	tooMany := "warning 0: 50001 inputs to embed, and a batch takes at most 50000\n0 errors, 1 warnings, 2 lines\n"
	fine := "0 errors, 0 warnings, 2 lines\n"
	for _, test := range []struct {
		name   string
		before int
		input  string
		want   string
	}{
		{"a text", 49_999, `"a"`, fine},
		{"a text too many", 50_000, `"a"`, tooMany},
		{"a list of one", 49_999, `["a"]`, fine},
		{"a list of two", 49_999, `["a","b"]`, tooMany},
		{"tokens of a text", 49_999, `[1,2,3]`, fine},
		{"tokens of a text too many", 50_000, `[1,2,3]`, tooMany},
		{"tokens of two texts", 49_999, `[[1,2],[3]]`, tooMany},
		{"none", 50_000, `null`, fine},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := "[" + strings.TrimSuffix(strings.Repeat(`"a",`, test.before), ",") + "]"
			content := ""
			for id, input := range []string{before, test.input} {
				content += fmt.Sprintf(`{"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":%s}}`+"\n", id, input)
			}
			if got := describe(check(t, "batch", "a.jsonl", content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestCheck_fineTuneLimits(t *testing.T) {
	image := withPart(`{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}`)
	for _, test := range []struct {
		name, line string
		n          int
		want       string
	}{
		{"50,000 examples with images", image, 50_000, "0 errors, 0 warnings, 50000 lines\n"},
		{"50,001 examples with images", image, 50_001, "warning 0: 50001 examples with images, and a fine-tuning job takes at most 50000\n0 errors, 1 warnings, 50001 lines\n"},
		{"50,001 examples without", goodChat, 50_001, "0 errors, 0 warnings, 50001 lines\n"},
		{"50,000 of reinforcement", goodReinforcement, 50_000, "0 errors, 0 warnings, 50000 lines\n"},
		{"50,001 of reinforcement", goodReinforcement, 50_001, "warning 0: 50001 examples, and reinforcement on Azure takes at most 50000\n0 errors, 1 warnings, 50001 lines\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, "fine-tune", "a.jsonl", strings.Repeat(test.line+"\n", test.n))); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// What people say to a model never stands in a message, however wrong its place is.
func TestCheck_contentIsNotQuoted(t *testing.T) {
	const secret = "swordfish"
	quoted := `"` + secret + `"`
	for _, line := range []string{
		`{"messages":` + quoted + `}`,
		withMessage(quoted),
		withPart(quoted),
		withPart(`{"type":"text","text":{"a":` + quoted + `}}`),
		`{"prompt":[` + quoted + `],"completion":{"a":` + quoted + `}}`,
		`{"input":` + quoted + `,"preferred_output":` + quoted + `}`,
		`{"messages":[{"role":"user","content":` + quoted + `]}`,
		quoted,
	} {
		for _, purpose := range []string{"fine-tune", "batch", "evals"} {
			report := check(t, purpose, "a.jsonl", line)
			if report.Errors+report.Warnings == 0 || strings.Contains(describe(report), secret) {
				t.Errorf("%s: %s", line, describe(report))
			}
		}
	}
}

// A key or a name may be of any length; a message is not.
func TestCheck_messagesAreShort(t *testing.T) {
	long := strings.Repeat("ä", 100_000)
	for _, line := range []string{
		`{"messages":[],"` + long + `":1}`, withMessage(`{"role":"` + long + `"}`), withTool(`{"type":"` + long + `"}`),
	} {
		for _, fault := range check(t, "fine-tune", long+".txt", line).Faults {
			if len(fault.Message) > 400 {
				t.Errorf("%d bytes: %.200s", len(fault.Message), fault.Message)
			}
		}
	}
}
