package jsonl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

const (
	goodChat          = `{"messages":[{"role":"user","content":"Hello."},{"role":"assistant","content":"Hello."}]}`
	goodReinforcement = `{"messages":[{"role":"user","content":"Hello."}],"answer":"Hello."}`
	goodPreference    = `{"input":{"messages":[{"role":"user","content":"Hello."}]},` +
		`"preferred_output":[{"role":"assistant","content":"Hello."}],"non_preferred_output":[{"role":"assistant","content":"Go."}]}`
	goodCompletion = `{"prompt":"Hel","completion":"lo."}`
	goodRequest    = `{"custom_id":"first","method":"POST","url":"/v1/responses","body":{"model":"gpt-5-mini"}}`
	goodItem       = `{"item":{}}`
)

// A rule is a line that breaks it, and the fault that tells so: "severity line: message".
type rule struct {
	name, line, want string
}

// checkRules puts each line behind ten good ones, so it is line 11. An empty want is a line without a fault.
func checkRules(t *testing.T, purpose string, good func(i int) string, rules []rule) {
	t.Helper()
	var head strings.Builder
	for i := range 10 {
		head.WriteString(good(i) + "\n")
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			report := check(t, purpose, "a.jsonl", head.String()+rule.line+"\n")
			got := ""
			for _, fault := range report.Faults {
				got += describeFault(fault)
			}
			if got != rule.want {
				t.Errorf("%.400s\ngot:  %s\nwant: %s", rule.line, got, rule.want)
			}
		})
	}
}

func check(t *testing.T, purpose, filename, content string) jsonl.Report {
	t.Helper()
	report, err := jsonl.Check(purpose, filename, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func always(line string) func(int) string { return func(int) string { return line } }

// withMessage is a chat example with one message more.
func withMessage(message string) string {
	return `{"messages":[` + message + `,{"role":"assistant","content":"Hello."}]}`
}

// withPart is a chat example with a part in what the user says.
func withPart(part string) string {
	return withMessage(`{"role":"user","content":[` + part + `]}`)
}

// withTool is a chat example with a tool.
func withTool(tool string) string {
	return strings.TrimSuffix(goodChat, "}") + `,"tools":[` + tool + `]}`
}

func TestCheck_chatRules(t *testing.T) {
	checkRules(t, "fine-tune", always(goodChat), []rule{
		{"no kind of example", `{"text":"Hello."}`, `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"instructions", `{"instruction":"Say hello.","input":"","output":"Hello."}`, `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"instructions with messages as input", `{"instruction":"Say hello.","input":{"text":"a"},"output":"Hello."}`, `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"prompt and response", `{"prompt":"Hel","response":"lo."}`, `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"prompt, chosen and rejected", `{"prompt":"Hel","chosen":"lo.","rejected":"p."}`, `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"messages, chosen and rejected", `{"messages":[{"role":"user","content":"Hello."}],"chosen":"Hello.","rejected":"Go."}`, `warning 11: has messages in addition to chosen and rejected; a preference example has input, preferred_output and non_preferred_output`},
		{"conversations", `{"conversations":[{"from":"human","value":"Hello."}]}`, `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"messages no array", `{"messages":"Hello."}`, `warning 11: messages is a string, not an array`},
		{"no messages", `{"messages":[]}`, `warning 11: messages is empty`},
		{"message no object", withMessage(`"Hello."`), `warning 11: messages[0] is a string, not an object`},
		{"no assistant", `{"messages":[{"role":"user","content":"Hello."}]}`, `warning 11: messages has no message with the role "assistant" to learn from; only reinforcement examples may omit it`},
		{"no role", withMessage(`{"content":"Hello."}`), `warning 11: messages[0].role is missing`},
		{"role no string", withMessage(`{"role":1,"content":"Hello."}`), `warning 11: messages[0].role is a number, not a string`},
		{"unknown role", withMessage(`{"role":"human","content":"Hello."}`), `warning 11: messages[0].role is "human", but the roles here are system, user, assistant, tool and function`},
		{"developer", withMessage(`{"role":"developer","content":"Hello."}`), `warning 11: messages[0].role is "developer", which fine-tuning does not document; "system" has the same meaning`},
		{"unknown key of a message", withMessage(`{"role":"user","content":"Hello.","lang":"en"}`), `warning 11: messages[0] has the unknown key "lang"`},
		{"name no string", withMessage(`{"role":"user","content":"Hello.","name":7}`), `warning 11: messages[0].name is a number, not a string`},
		{"no content", withMessage(`{"role":"user"}`), `warning 11: messages[0].content is missing`},
		{"null content", withMessage(`{"role":"system","content":null}`), `warning 11: messages[0].content is null, not a string or an array of parts`},
		{"empty content", withMessage(`{"role":"user","content":""}`), `warning 11: messages[0].content is empty`},
		{"content a number", withMessage(`{"role":"user","content":true}`), `warning 11: messages[0].content is a boolean, not a string or an array of parts`},
		{"assistant without content", withMessage(`{"role":"assistant"}`), `warning 11: messages[0].content is missing`},
		{"assistant with a null content", withMessage(`{"role":"assistant","content":null}`), `warning 11: messages[0].content is null, not a string or an array of parts`},
		{"weight of the user", withMessage(`{"role":"user","content":"Hello.","weight":1}`), `warning 11: messages[0].weight is set, but only messages with the role "assistant" may have one`},
		{"weight no 0 or 1", withMessage(`{"role":"assistant","content":"Hello.","weight":0.5}`), `warning 11: messages[0].weight is 0.5, not 0 or 1`},
		{"weight no number", withMessage(`{"role":"assistant","content":"Hello.","weight":"1"}`), `warning 11: messages[0].weight is "1", not 0 or 1`},
		{"weight an array", withMessage(`{"role":"assistant","content":"Hello.","weight":[1]}`), `warning 11: messages[0].weight is an array, not 0 or 1`},
		{"weight", withMessage(`{"role":"assistant","content":"Hello.","weight":0}`), ``},
		{"weight with a fraction", withMessage(`{"role":"assistant","content":"Hello.","weight":1.0}`), ``},
		{"tool without id", withMessage(`{"role":"tool","content":"7"}`), `warning 11: messages[0].tool_call_id is missing`},
		{"tool without content", withMessage(`{"role":"tool","tool_call_id":"a"}`), `warning 11: messages[0].content is missing`},
		{"tool with parts", withMessage(`{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"7"}]}`), ``},
		{"tool with a part without text", withMessage(`{"role":"tool","tool_call_id":"a","content":[{"type":"text"}]}`), `warning 11: messages[0].content[0].text is missing`},
		{"tool with empty content", withMessage(`{"role":"tool","tool_call_id":"a","content":""}`), ``},
		{"function without name", withMessage(`{"role":"function","content":"7"}`), `warning 11: messages[0].name is missing`},
		{"function without content", withMessage(`{"role":"function","name":"f"}`), `warning 11: messages[0].content is missing`},
		{"function with a null content", withMessage(`{"role":"function","name":"f","content":null}`), ``},
		{"unknown key", strings.TrimSuffix(goodChat, "}") + `,"topic":"greeting"}`, `warning 11: the key "topic" is unknown in a chat example`},
		{"escaped keys", `{"m\u0065ssages":[{"rol\u0065":"us\u0065r","content":"Hello."},{"role":"assistant","content":"\ud83d\ude00\n"}]}`, ``},
		{"the last of two keys counts", withMessage(`{"role":"human","role":"user","content":"Hello."}`), ``},
		{"spaces", " { \"messages\" : [ { \"role\" : \"assistant\" ,\t\"content\" : \"Hello.\" } ] } \r", ``},
	})
}

func TestCheck_toolRules(t *testing.T) {
	calls := func(calls string) string { return withMessage(`{"role":"assistant","tool_calls":` + calls + `}`) }
	call := func(call string) string { return calls(`[` + call + `]`) }
	functions := func(n int) string {
		list := strings.TrimSuffix(strings.Repeat(`{"name":"f"},`, n), ",")
		return strings.TrimSuffix(goodChat, "}") + `,"functions":[` + list + `]}`
	}
	checkRules(t, "fine-tune", always(goodChat), []rule{
		{"call", call(`{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`), ``},
		{"call beside an empty content", withMessage(`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`), ``},
		{"calls no array", calls(`{}`), `warning 11: messages[0].tool_calls is an object, not an array`},
		{"no calls", calls(`[]`), `warning 11: messages[0].tool_calls is empty`},
		{"call no object", call(`"f"`), `warning 11: messages[0].tool_calls[0] is a string, not an object`},
		{"call without id", call(`{"type":"function","function":{"name":"f","arguments":"{}"}}`), `warning 11: messages[0].tool_calls[0].id is missing`},
		{"call without type", call(`{"id":"a","function":{"name":"f","arguments":"{}"}}`), `warning 11: messages[0].tool_calls[0].type is missing`},
		{"call of another type", call(`{"id":"a","type":"custom","function":{"name":"f","arguments":"{}"}}`), `warning 11: messages[0].tool_calls[0].type is "custom", not "function"`},
		{"call without function", call(`{"id":"a","type":"function"}`), `warning 11: messages[0].tool_calls[0].function is missing`},
		{"call without name", call(`{"id":"a","type":"function","function":{"arguments":"{}"}}`), `warning 11: messages[0].tool_calls[0].function.name is missing`},
		{"arguments no string", call(`{"id":"a","type":"function","function":{"name":"f","arguments":{}}}`), `warning 11: messages[0].tool_calls[0].function.arguments is an object, not a string`},
		{"older call", withMessage(`{"role":"assistant","function_call":{"name":"f"}}`), `warning 11: messages[0].function_call.arguments is missing`},
		{"older call no object", withMessage(`{"role":"assistant","function_call":"auto"}`), `warning 11: messages[0].function_call is a string, not an object`},
		{"tool", withTool(`{"type":"function","function":{"name":"f","parameters":{}}}`), ``},
		{"tools no array", strings.TrimSuffix(goodChat, "}") + `,"tools":{}}`, `warning 11: tools is an object, not an array`},
		{"tool no object", withTool(`1`), `warning 11: tools[0] is a number, not an object`},
		{"tool of another type", withTool(`{"type":"web_search","function":{"name":"f"}}`), `warning 11: tools[0].type is "web_search", not "function"`},
		{"tool without function", withTool(`{"type":"function"}`), `warning 11: tools[0].function is missing`},
		{"tool without name", withTool(`{"type":"function","function":{}}`), `warning 11: tools[0].function.name is missing`},
		{"tool with a wrong name", withTool(`{"type":"function","function":{"name":"find river"}}`), `warning 11: tools[0].function.name is "find river", not 1 to 64 letters, digits, _ and -`},
		{"parameters no object", withTool(`{"type":"function","function":{"name":"f","parameters":[]}}`), `warning 11: tools[0].function.parameters is an array, not an object`},
		{"parallel_tool_calls no boolean", strings.TrimSuffix(goodChat, "}") + `,"parallel_tool_calls":1}`, `warning 11: parallel_tool_calls is a number, not a boolean`},
		{"128 functions", functions(128), ``},
		{"129 functions", functions(129), `warning 11: functions has 129 elements, not 1 to 128`},
		{"no functions", functions(0), `warning 11: functions has 0 elements, not 1 to 128`},
		{"function no object", strings.TrimSuffix(goodChat, "}") + `,"functions":["f"]}`, `warning 11: functions[0] is a string, not an object`},
		{"second function without name", strings.TrimSuffix(goodChat, "}") + `,"functions":[{"name":"f"},{"parameters":{}}]}`, `warning 11: functions[1].name is missing`},
		{"functions no array", strings.TrimSuffix(goodChat, "}") + `,"functions":{}}`, `warning 11: functions is an object, not an array`},
	})
}

func TestCheck_partRules(t *testing.T) {
	image := func(url string) string { return withPart(`{"type":"image_url","image_url":{"url":"` + url + `"}}`) }
	images := func(n int) string {
		return withPart(strings.TrimSuffix(strings.Repeat(`{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},`, n), ","))
	}
	checkRules(t, "fine-tune", always(goodChat), []rule{
		{"no parts", withPart(``), `warning 11: messages[0].content is empty`},
		{"part no object", withPart(`"Hello."`), `warning 11: messages[0].content[0] is a string, not an object`},
		{"part without type", withPart(`{"text":"Hello."}`), `warning 11: messages[0].content[0].type is missing`},
		{"part of another type", withPart(`{"type":"input_audio","input_audio":{}}`), `warning 11: messages[0].content[0].type is "input_audio", not "text" or "image_url"`},
		{"text without text", withPart(`{"type":"text","content":"Hello."}`), `warning 11: messages[0].content[0].text is missing`},
		{"refusal", withMessage(`{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]}`), ``},
		{"refusal without text", withMessage(`{"role":"assistant","content":[{"type":"refusal"}]}`), `warning 11: messages[0].content[0].refusal is missing`},
		{"refusal of the user", withPart(`{"type":"refusal","refusal":"No."}`), `warning 11: messages[0].content[0].type is "refusal", not "text" or "image_url"`},
		{"ten images", images(10), ``},
		{"eleven images", images(11), `warning 11: messages has 11 images, but an example may have at most 10`},
		{"image of the assistant", withMessage(`{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}`), `warning 11: messages[0].content[0] is an image, but only messages with the role "user" may have images`},
		{"image of the system", withMessage(`{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}`), `warning 11: messages[0].content[0] is an image, but only messages with the role "user" may have images`},
		{"image no object", withPart(`{"type":"image_url","image_url":"https://example.com/a.png"}`), `warning 11: messages[0].content[0].image_url is a string, not an object`},
		{"image without url", withPart(`{"type":"image_url","image_url":{}}`), `warning 11: messages[0].content[0].image_url.url is missing`},
		{"image of another type", image("data:image/gif;base64,R0lGODlh"), `warning 11: messages[0].content[0].image_url.url is of the type "image/gif", but images must be JPEG, PNG or WEBP`},
		{"image type in capitals", image("data:IMAGE/PNG;base64,iVBORw0KGgo"), ``},
		// 10 MiB are 13,981,014 characters of Base64 and two for the last byte, and two to fill up.
		{"image of exactly 10 MiB", image("data:image/webp;base64," + strings.Repeat("A", 13_981_014) + "=="), ``},
		{"image over 10 MiB", image("data:image/webp;base64," + strings.Repeat("A", 13_981_020)), `warning 11: messages[0].content[0].image_url.url is an image of over 10 MB`},
		{"image of 10 MiB with escapes", image("data:image/webp;base64," + strings.Repeat(`AAA\/`, 13_981_016/4)), ``},
		{"image with other escapes", image("data:image/webp;base64," + strings.Repeat(`\u0041`, 3_000_000)), ``},
		{"eleven large images", withPart(strings.TrimSuffix(strings.Repeat(`{"type":"image_url","image_url":{"url":"data:image/png;base64,`+strings.Repeat("A", 2<<20)+`"}},`, 11), ",")), `warning 11: messages has 11 images, but an example may have at most 10`},
	})
}

func TestCheck_preferenceRules(t *testing.T) {
	with := func(old, replacement string) string { return strings.Replace(goodPreference, old, replacement, 1) }
	checkRules(t, "fine-tune", always(goodPreference), []rule{
		{"no input", with(`"input":{"messages":[{"role":"user","content":"Hello."}]},`, ``), `warning 11: input is missing`},
		{"input no object", with(`{"messages":[{"role":"user","content":"Hello."}]}`, `"Hello."`), `warning 11: input is a string, not an object`},
		{"no messages", with(`{"messages":[{"role":"user","content":"Hello."}]}`, `{}`), `warning 11: input.messages is missing`},
		{"unknown key of input", with(`{"messages"`, `{"functions":[],"messages"`), `warning 11: input has the unknown key "functions"`},
		{"tools no array", with(`{"messages"`, `{"tools":{},"messages"`), `warning 11: input.tools is an object, not an array`},
		{"parallel_tool_calls no boolean", with(`{"messages"`, `{"parallel_tool_calls":"yes","messages"`), `warning 11: input.parallel_tool_calls is a string, not a boolean`},
		{"unknown role", with(`"user"`, `"human"`), `warning 11: input.messages[0].role is "human", but the roles here are system, user, assistant, tool and function`},
		{"image", with(`"content":"Hello."`, `"content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]`), `warning 11: input.messages[0].content[0] is an image, but a preference example may have only text`},
		{"no preferred output", with(`"preferred_output":[{"role":"assistant","content":"Hello."}],`, ``), `warning 11: preferred_output is missing`},
		{"no other output", with(`"non_preferred_output":[{"role":"assistant","content":"Go."}]`, `"non_preferred_output":null`), `warning 11: non_preferred_output is null, not an array`},
		{"empty output", with(`[{"role":"assistant","content":"Hello."}]`, `[]`), `warning 11: preferred_output is empty`},
		{"output without assistant", with(`{"role":"assistant","content":"Hello."}`, `{"role":"tool","tool_call_id":"a","content":"7"}`), `warning 11: preferred_output has no message with the role "assistant"`},
		{"role in output", with(`[{"role":"assistant","content":"Hello."}]`, `[{"role":"user","content":"Hello?"},{"role":"assistant","content":"Hello."}]`), `warning 11: preferred_output[0].role is "user", but the roles here are assistant and tool`},
		{"older keys", strings.ReplaceAll(goodPreference, "preferred_output", "preferred_completion"), `warning 11: preferred_completion and non_preferred_completion are older names of preferred_output and non_preferred_output`},
		{"both keys", with(`"non_preferred_output"`, `"non_preferred_completion"`), `warning 11: non_preferred_output is missing`},
		{"unknown key", with(`{"input"`, `{"id":1,"input"`), `warning 11: the key "id" is unknown in a preference example`},
	})
}

func TestCheck_reinforcementRules(t *testing.T) {
	checkRules(t, "fine-tune", always(goodReinforcement), []rule{
		{"without other keys", `{"messages":[{"role":"user","content":"Hello."}]}`, ``},
		{"keys of other examples", `{"messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"Hello."}],"input":1,"prompt":2,"functions":3}`, ``},
		{"system", `{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello."}],"answer":1}`, `warning 11: messages[0].role is "system", which reinforcement does not document; "developer" has the same meaning`},
		{"last message of another role", `{"messages":[{"role":"developer","content":"Be brief."}],"answer":1}`, `warning 11: messages ends with the role "developer"; a reinforcement example ends with "user"`},
		{"audio", `{"messages":[{"role":"user","content":[{"type":"input_audio"}]}],"answer":1}`, `warning 11: messages[0].content[0].type is "input_audio", not "text" or "image_url"`},
		{"tools no array", `{"messages":[{"role":"user","content":"Hello."}],"tools":1}`, `warning 11: tools is a number, not an array`},
		{"chat", goodChat, `warning 11 (1): a chat example, but the first one is a reinforcement example`},
	})
}

func TestCheck_completionRules(t *testing.T) {
	checkRules(t, "fine-tune", always(goodCompletion), []rule{
		{"prompt no string", `{"prompt":1,"completion":"lo."}`, `warning 11: prompt is a number, not a string`},
		{"no prompt", `{"completion":"lo."}`, `warning 11: prompt is missing`},
		{"no completion", `{"prompt":"Hel"}`, `warning 11: completion is missing`},
		{"unknown key", `{"prompt":"Hel","completion":"lo.","id":1}`, `warning 11: the key "id" is unknown in a prompt and completion example`},
		{"chat", goodChat, `warning 11 (1): a chat example, but the first one is a prompt and completion example`},
		{"preference", goodPreference, `warning 11 (1): a preference example, but the first one is a prompt and completion example`},
		{"reinforcement", goodReinforcement, `warning 11 (1): a reinforcement example, but the first one is a prompt and completion example`},
	})
}

func TestCheck_batchRules(t *testing.T) {
	with := func(old, replacement string) string {
		return strings.Replace(strings.Replace(goodRequest, "first", "second", 1), old, replacement, 1)
	}
	good := func(i int) string { return strings.Replace(goodRequest, "first", fmt.Sprintf("request-%d", i), 1) }
	checkRules(t, "batch", good, []rule{
		{"no object", `[]`, `warning 11: an array, not an object`},
		{"no JSON", `{"custom_id":}`, `warning 11: not valid JSON: unexpected character '}' (byte 14)`},
		{"two requests", goodRequest + good(10), `warning 11: not valid JSON: unexpected text after the value; write one value per line (byte 90)`},
		{"not UTF-8", with(`second`, "caf\xe9"), `warning 11: not valid UTF-8 (byte 18)`},
		{"no custom_id", with(`"custom_id":"second",`, ``), `warning 11: custom_id is missing`},
		{"empty custom_id", with(`second`, ``), `warning 11: custom_id is empty`},
		{"custom_id no string", with(`"second"`, `2`), `warning 11: custom_id is a number, not a string`},
		{"custom_id twice", with(`second`, `request-3`), `warning 11 (4): custom_id "request-3" is used twice`},
		{"custom_id twice, once escaped", with(`second`, `request\u002d3`), `warning 11 (4): custom_id "request-3" is used twice`},
		{"no method", with(`"method":"POST",`, ``), `warning 11: method is missing`},
		{"other method", with(`POST`, `post`), `warning 11: method is "post", not "POST"`},
		{"no url", with(`"url":"/v1/responses",`, ``), `warning 11: url is missing`},
		{"empty url", with(`/v1/responses`, ``), `warning 11: url is empty`},
		{"other url", with(`responses`, `completions`), `warning 11 (1): url is "/v1/completions", but "/v1/responses" in the first request; all requests of a batch must have the same value`},
		{"no body", with(`,"body":{"model":"gpt-5-mini"}`, ``), `warning 11: body is missing`},
		{"body no object", with(`{"model":"gpt-5-mini"}`, `"Hello."`), `warning 11: body is a string, not an object`},
		{"no model", with(`"model":"gpt-5-mini"`, ``), `warning 11: body.model is missing`},
		{"no model for a chat completion", `{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"prompt":{"id":"a"}}}`, `warning 11 (1): url is "/v1/chat/completions", but "/v1/responses" in the first request; all requests of a batch must have the same value` + "warning 11: body.model is missing"},
		{"no model for a moderation", `{"custom_id":"a","method":"POST","url":"/v1/moderations","body":{"input":"x"}}`, `warning 11 (1): url is "/v1/moderations", but "/v1/responses" in the first request; all requests of a batch must have the same value`},
		{"model of a prompt", with(`"model":"gpt-5-mini"`, `"prompt":{"id":"pmpt_1"}`), ``},
		{"other model", with(`-mini`, ``), `warning 11 (1): body.model is "gpt-5", but "gpt-5-mini" in the first request; all requests of a batch must have the same value`},
		{"stream", with(`-mini"`, `-mini","stream":true`), `warning 11: body.stream is true, but a batch cannot stream`},
		{"no stream", with(`-mini"`, `-mini","stream":false`), ``},
		{"other members", with(`{"custom_id"`, `{"note":"Hello.","custom_id"`), ``},
	})
}

func TestCheck_evalRules(t *testing.T) {
	checkRules(t, "evals", always(goodItem), []rule{
		{"no object", `"Hello."`, `warning 11: a string, not an object`},
		{"no JSON", `{"item":{}`, `warning 11: not valid JSON: the value does not end in its line`},
		{"no item", `{}`, `warning 11: item is missing`},
		{"item no object", `{"item":[]}`, `warning 11: item is an array, not an object`},
		{"sample", `{"item":{},"sample":{}}`, ``},
		{"sample no object", `{"item":{},"sample":"Hello."}`, `warning 11: sample is a string, not an object`},
	})
}

func TestCheck_fineTuneRefusals(t *testing.T) {
	checkRules(t, "fine-tune", always(goodChat), []rule{
		{"array", `[]`, `error 11: an array, not an object`},
		{"string", `"Hello."`, `error 11: a string, not an object`},
		{"number", `1`, `error 11: a number, not an object`},
		{"boolean", `false`, `error 11: a boolean, not an object`},
		{"null", `null`, `error 11: null, not an object`},
		{"unfinished", `{`, `error 11: not valid JSON: the value does not end in its line`},
		{"no JSON", `messages`, `error 11: not valid JSON: unexpected character 'm' (byte 1)`},
		{"not UTF-8", strings.Replace(goodChat, "Hello", "caf\xe9", 1), `error 11: not valid UTF-8 (byte 43)`},
		{"too deep", strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), `error 11: not valid JSON: nested more than 10000 levels deep (byte 10001)`},
		{"objects too deep", strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001), `error 11: not valid JSON: nested more than 10000 levels deep (byte 50001)`},
		{"objects just not too deep", strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), `warning 11: has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion`},
		{"just not too deep", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), `error 11: an array, not an object`},
	})
}
