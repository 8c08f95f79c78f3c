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
	"unicode/utf8"

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
		{"batch in a text file", "batch", "a.txt", goodRequest, "warning 0: the filename \"a.txt\" does not end in .jsonl\n0 errors, 1 warnings, 1 lines\n"},
		{"fine-tune in a JSON file", "fine-tune", "data/a.json", chats, "error 0: the filename \"data/a.json\" does not end in .jsonl\n1 errors, 0 warnings, 10 lines\n"},
		{"fine-tune in a file without extension", "fine-tune", "jsonl", chats, "error 0: the filename \"jsonl\" does not end in .jsonl\n1 errors, 0 warnings, 10 lines\n"},
		{"capital extension", "batch", "A.JSONL", goodRequest, "warning 0: the filename \"A.JSONL\" ends in .JSONL, but OpenAI requires .jsonl\n0 errors, 1 warnings, 1 lines\n"},
		{"evals in a text file", "evals", "a.txt", goodItem, "0 errors, 0 warnings, 1 lines\n"},
		{"empty batch", "batch", "a.jsonl", "", "error 0: content is empty\n1 errors, 0 warnings, 0 lines\n"},
		{"empty fine-tune", "fine-tune", "a.jsonl", "", "error 0: content is empty\n1 errors, 0 warnings, 0 lines\n"},
		{"empty evals", "evals", "a.jsonl", "", "error 0: content is empty\n1 errors, 0 warnings, 0 lines\n"},
		{"blank batch", "batch", "a.jsonl", "\n", "warning 0: no requests\n0 errors, 1 warnings, 1 lines\n"},
		{"blank fine-tune", "fine-tune", "a.jsonl", " ", "warning 0: 0 of the 10 examples that a training file needs; a validation file may have fewer\n0 errors, 1 warnings, 1 lines\n"},
		{"blank evals", "evals", "a.jsonl", "\r\n", "warning 0: no items\n0 errors, 1 warnings, 1 lines\n"},
		{"nine examples", "fine-tune", "a.jsonl", strings.Repeat(goodChat+"\n", 9), "warning 0: 9 of the 10 examples that a training file needs; a validation file may have fewer\n0 errors, 1 warnings, 9 lines\n"},
		{"ten examples", "fine-tune", "a.jsonl", chats, "0 errors, 0 warnings, 10 lines\n"},
		{"no end of the last line", "fine-tune", "a.jsonl", strings.TrimSuffix(chats, "\n"), "0 errors, 0 warnings, 10 lines\n"},
		{"CRLF", "fine-tune", "a.jsonl", strings.ReplaceAll(chats, "\n", "\r\n"), "0 errors, 0 warnings, 10 lines\n"},
		{"blank last line", "fine-tune", "a.jsonl", chats + "\n", "0 errors, 0 warnings, 11 lines\n"},
		{"blank first line", "fine-tune", "a.jsonl", "\n" + chats, "warning 1: blank line\n0 errors, 1 warnings, 11 lines\n"},
		{"blank lines", "fine-tune", "a.jsonl", chats + "\n \t\r\n" + goodChat, "warning 11 +1: blank line\n0 errors, 1 warnings, 13 lines\n"},
		{"two blank last lines", "fine-tune", "a.jsonl", chats + "\n\n", "warning 11: blank line\n0 errors, 1 warnings, 12 lines\n"},
		{"BOM in a batch", "batch", "a.jsonl", "\xef\xbb\xbf" + goodRequest, "warning 1: starts with a byte order mark, which the job may reject; save the file as UTF-8 without one\n0 errors, 1 warnings, 1 lines\n"},
		{"BOM in fine-tune", "fine-tune", "a.jsonl", "\xef\xbb\xbf" + chats, "error 1: starts with a byte order mark; save the file as UTF-8 without one\n1 errors, 0 warnings, 10 lines\n"},
		{"BOM in evals", "evals", "a.jsonl", "\xef\xbb\xbf" + goodItem, "warning 1: starts with a byte order mark, which the job may reject; save the file as UTF-8 without one\n0 errors, 1 warnings, 1 lines\n"},
		{"nothing but a BOM", "evals", "a.jsonl", "\xef\xbb\xbf", "warning 0: no items\nwarning 1: starts with a byte order mark, which the job may reject; save the file as UTF-8 without one\n0 errors, 2 warnings, 1 lines\n"},
		{"character cut at the end", "evals", "a.jsonl", "{\"item\":{\"a\":\"\xc3", "warning 1: not valid UTF-8 (byte 15)\n0 errors, 1 warnings, 1 lines\n"},
		{"part of a BOM", "evals", "a.jsonl", "\xef\xbb", "warning 1: not valid UTF-8 (byte 1)\n0 errors, 1 warnings, 1 lines\n"},
		{"UTF-16 BOM in the second line", "evals", "a.jsonl", goodItem + "\n\xff\xfe", "warning 2: not valid UTF-8 (byte 1)\n0 errors, 1 warnings, 2 lines\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, test.purpose, test.filename, test.content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// There is one fault of each kind, with the first line and how many lines have it: errors first, then by line, and the whole file
// before its lines.
func TestCheck_oneFaultOfEachKind(t *testing.T) {
	content := strings.Repeat("[]\n{\"text\":\"\"}\n", 4) + "{]\n{}}\n[]\n"
	want := `error 0: the filename "a.txt" does not end in .jsonl
error 1 +4: an array, not an object
error 9: not valid JSON: unexpected character ']' (byte 2)
error 10: not valid JSON: unexpected text after the value; write one value per line (byte 3)
warning 2 +3: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion
4 errors, 1 warnings, 11 lines
`
	if got := describe(check(t, "fine-tune", "a.txt", content)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// The number of examples is known at the end only. It still comes first.
func TestCheck_lateFaultComesFirst(t *testing.T) {
	want := `warning 0: 6 of the 10 examples that a training file needs; a validation file may have fewer
warning 1 +5: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion
0 errors, 2 warnings, 6 lines
`
	if got := describe(check(t, "fine-tune", "a.jsonl", strings.Repeat("{}\n", 6))); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A line in which something is wrong twice counts once.
func TestCheck_countsLines(t *testing.T) {
	twice := `{"messages":[{"role":"user"},{"role":"user"},{"role":"assistant","content":"Hello."}]}` + "\n"
	want := `warning 11 +2: messages[0].content is missing
0 errors, 1 warnings, 13 lines
`
	if got := describe(check(t, "fine-tune", "a.jsonl", strings.Repeat(goodChat+"\n", 10)+strings.Repeat(twice, 3))); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
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
		for _, text := range []string{line, `{"a":[` + line + `]}`, `{"a":` + line + `}`, `{"12345678":0,"a` + line} {
			checkSyntax(t, text)
		}
	}
}

// checkSyntax expects the same verdict as that of encoding/json, however a line is split.
func checkSyntax(t *testing.T, line string) {
	t.Helper()
	want := json.Valid([]byte(line)) && utf8.ValidString(line)
	if got := jsonl.IsJSON(line); got != want {
		t.Errorf("%q: valid is %t, want %t", line, got, want)
	}
	for i := range line {
		if got := jsonl.IsJSON(line[:i], line[i:]); got != want {
			t.Errorf("%q and %q: valid is %t, want %t", line[:i], line[i:], got, want)
		}
	}
}

// The length of a line does not matter: images are up to 10 MB, and an example has up to ten of them.
func TestCheck_longLines(t *testing.T) {
	item := func(size int, tail string) string {
		head := `{"item":{"text":"`
		return head + strings.Repeat("a", size-len(head)-len(tail)) + tail + "\n"
	}
	const mib = 1 << 20
	content := item(16*mib, `"}}`) + item(16*mib+1, `"}}`) + goodItem + "\n" + item(18*mib, `"}`) + strings.TrimSuffix(item(17*mib, `"},}`), "\n")
	want := `warning 4: not valid JSON: the value does not end in its line
warning 5: not valid JSON: unexpected character '}' (byte 17825792)
0 errors, 2 warnings, 5 lines
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

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
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
		{"one more", most.String() + request(50_000), "warning 0: 50001 requests, but a batch may have at most 50000\n0 errors, 1 warnings, 50001 lines\n"},
		{
			"ids that are used twice beyond", most.String() + request(49_999) + "\n" + request(50_000) + "\n" + request(50_000),
			"warning 0: 50003 requests, but a batch may have at most 50000\nwarning 50001 (50000) +1: custom_id \"49999\" is used twice\n0 errors, 2 warnings, 50003 lines\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, "batch", "a.jsonl", test.content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// Some endpoints have a default model.
func TestCheck_batchWithoutModel(t *testing.T) {
	const missing = "warning 1: body.model is missing\n0 errors, 1 warnings, 1 lines\n"
	const fine = "0 errors, 0 warnings, 1 lines\n"
	for url, want := range map[string]string{
		"/v1/moderations": fine, "/v1/images/generations": fine, "/v1/images/edits": fine, "/v1/videos": fine,
		"/v1/chat/completions": missing, "/v1/completions": missing, "/v1/embeddings": missing, "/v1/responses": missing,
	} {
		line := fmt.Sprintf(`{"custom_id":"a","method":"POST","url":%q,"body":{"input":"x"}}`, url)
		if got := describe(check(t, "batch", "a.jsonl", line)); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

// Data for reinforcement may have no keys of its own. Then it looks like chats without an answer, which is reported once for the file.
func TestCheck_nobodyAnswers(t *testing.T) {
	const question = `{"messages":[{"role":"user","content":"Hello."}]}` + "\n"
	for _, test := range []struct{ name, content, want string }{
		{
			"all", strings.Repeat(question, 10),
			"warning 0: no example has a message with the role \"assistant\": this is right for reinforcement, but all other methods learn from such messages\n0 errors, 1 warnings, 10 lines\n",
		},
		{
			"some", strings.Repeat(goodChat+"\n", 8) + strings.Repeat(question, 3),
			"warning 9 +2: messages has no message with the role \"assistant\" to learn from; only reinforcement examples may omit it\n0 errors, 1 warnings, 11 lines\n",
		},
		{"with other keys", strings.Repeat(goodReinforcement+"\n", 10) + question, "0 errors, 0 warnings, 11 lines\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, "fine-tune", "a.jsonl", test.content)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// More lines than any batch may have are not searched for the same id.
func TestCheck_idsOfManyShortLines(t *testing.T) {
	const searched = 1 << 17
	c := jsonl.NewChecker("batch", "a.jsonl")
	for _, id := range append(numbers(searched+2), searched+1, searched, searched-1) {
		write(t, c, fmt.Sprintf(`{"custom_id":"%d","method":"POST","url":"/v1/responses","body":{"model":"m"}}`+"\n", id))
	}
	want := "warning 0: 131077 requests, but a batch may have at most 50000\nwarning 131077 (131072): custom_id \"131071\" is used twice\n0 errors, 2 warnings, 131077 lines\n"
	if got := describe(c.Report()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Of an id of any length only the beginning is known. Ids that begin alike are not taken for the same.
func TestCheck_longIDs(t *testing.T) {
	long := strings.Repeat("a", 100_000)
	content := strings.Replace(goodRequest, "first", long, 1) + "\n" + strings.Replace(goodRequest, "first", long, 1)
	if got := describe(check(t, "batch", "a.jsonl", content)); got != "0 errors, 0 warnings, 2 lines\n" {
		t.Error(got)
	}
}

// What is wrong with every line does not hide what is wrong with one.
func TestCheck_eachKindOfFaultIsTold(t *testing.T) {
	var content strings.Builder
	for i := range 20 {
		content.WriteString(strings.Replace(request(i), `"model":"gpt-5-mini"`, ``, 1) + "\n")
	}
	content.WriteString(strings.NewReplacer(`"POST"`, `"GET"`, `"model":"gpt-5-mini"`, ``).Replace(request(7)) + "\n")
	want := `warning 1 +20: body.model is missing
warning 21 (8): custom_id "7" is used twice
warning 21: method is "GET", not "POST"
0 errors, 3 warnings, 21 lines
`
	if got := describe(check(t, "batch", "a.jsonl", content.String())); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestCheck_discreetMessages(t *testing.T) {
	for _, test := range []struct{ purpose, line, want string }{
		{"fine-tune", `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"x","weight":4711}]}`, `messages[1].weight is …, not 0 or 1`},
		{"fine-tune", `{"messages":[{"role":"4711","content":"x"}]}`, `messages[0].role is …, but the roles here are system, user, assistant, tool and function`},
		{"fine-tune", `{"messages":[{"role":"user","content":"x","4711":1}]}`, `messages[0] has the unknown key …`},
		{"batch", `{"custom_id":"4711"}` + "\n" + `{"custom_id":"4711"}`, `custom_id … is used twice`},
		{"batch", strings.Replace(goodRequest, "POST", "4711", 1), `method is …, not "POST"`},
		{"batch", strings.Replace(goodRequest, "gpt-5-mini", "4711", 1) + "\n" + goodRequest, `body.model is …, but … in the first request; all requests of a batch must have the same value`},
		{"evals", `{"item":47114711*`, `not valid JSON: unexpected character … (byte 17)`},
		{"evals", `{"item":{}} 4711`, `not valid JSON: unexpected text after the value; write one value per line (byte 13)`},
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

// Of a line with very many values not all are kept. Those that no rule asks for do not count.
func TestCheck_crowdedLines(t *testing.T) {
	const limit = 1 << 16
	request := func(input string) string {
		return `{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":` + input + `,"tail":{"a":` + input + `}}}`
	}
	list := func(element string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
	}
	const crowded = "warning 1: more than 65536 keys and values, so only its syntax was checked\n0 errors, 1 warnings, 1 lines\n"
	for _, test := range []struct{ name, line, want string }{
		{"texts", request(list(`"a"`, 50_000)), "0 errors, 0 warnings, 1 lines\n"},
		{"too many texts", request(list(`"a"`, limit)), crowded},
		{"too many texts, and a syntax error", request(list(`"a"`, limit)) + "}", "warning 1: not valid JSON: unexpected text after the value; write one value per line (byte 524391)\n0 errors, 1 warnings, 1 lines\n"},
		{"tokens", request(list(`1`, 4*limit)), "0 errors, 0 warnings, 1 lines\n"},
		{"tokens with spaces", request(list(` -1 `, 4*limit)), "0 errors, 0 warnings, 1 lines\n"},
		{"tokens of many texts", request(list(list(`12`, 100), 5_000)), "0 errors, 0 warnings, 1 lines\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(check(t, "batch", "a.jsonl", test.line)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
	long := `{"messages":[` + strings.Repeat(`{"role":"user","content":"`+strings.Repeat("a", 600)+`"},`, 5_000) + `{"role":"assistant","content":"Hello."}],"x":1}`
	want := "warning 0: 1 of the 10 examples that a training file needs; a validation file may have fewer\n" + crowded
	if got := describe(check(t, "fine-tune", "a.jsonl", long)); got != strings.Replace(want, "1 warnings", "2 warnings", 1) {
		t.Errorf("long texts: got:\n%s\nwant:\n%s", got, want)
	}
}

// The size is that of all bytes, even of a line that is not read to its end.
func TestCheck_batchSize(t *testing.T) {
	const noJSON = "warning 1: not valid JSON: unexpected character 'a' (byte 1)\n"
	block := strings.Repeat("a", 1_000_000)
	for _, test := range []struct {
		size int
		want string
	}{
		{200_000_000, noJSON + "0 errors, 1 warnings, 1 lines\n"},
		{200_000_001, "warning 0: 200000001 bytes, but a batch may have at most 200 MB\n" + noJSON + "0 errors, 2 warnings, 1 lines\n"},
		{200 << 20, "warning 0: 209715200 bytes, but a batch may have at most 200 MB\n" + noJSON + "0 errors, 2 warnings, 1 lines\n"},
		{200<<20 + 1, "error 0: 209715201 bytes, but a batch may have at most 200 MB\n" + noJSON + "1 errors, 1 warnings, 1 lines\n"},
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
	tooMany := "warning 0: 50001 inputs to embed, but a batch may have at most 50000\n0 errors, 1 warnings, 2 lines\n"
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
		{"50,001 examples with images", image, 50_001, "warning 0: 50001 examples with images, but a fine-tuning job accepts at most 50000\n0 errors, 1 warnings, 50001 lines\n"},
		{"50,001 examples without", goodChat, 50_001, "0 errors, 0 warnings, 50001 lines\n"},
		{"50,000 of reinforcement", goodReinforcement, 50_000, "0 errors, 0 warnings, 50000 lines\n"},
		{"50,001 of reinforcement", goodReinforcement, 50_001, "0 errors, 0 warnings, 50001 lines\n"},
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
