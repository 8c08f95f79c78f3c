package jsonl

import "slices"

// What OpenAI takes in one file for fine-tuning.
const (
	minExamples      = 10
	maxImageExamples = 50_000
	maxReinforcement = 50_000 // examples, on Azure
)

// A method of fine-tuning has a form of example of its own.
type method string

const (
	chat          method = "a chat"
	completions   method = "a prompt and completion"
	preference    method = "a preference"
	reinforcement method = "a reinforcement"
)

// The keys of each form. Those of reinforcement are free beyond the first two of chat.
var (
	chatKeys       = []string{"messages", "tools", "parallel_tool_calls", "functions"}
	completionKeys = []string{"prompt", "completion"}
	preferenceKeys = []string{"input", "preferred_output", "non_preferred_output", "preferred_completion", "non_preferred_completion"}
	inputKeys      = chatKeys[:3]
)

// fineTune are the rules of examples to learn from.
type fineTune struct {
	method     method // of the first example; "" before it
	methodAt   int
	oldKeysAt  int // the first line with the older keys of a preference
	withImages int
}

// example is what the keys of one example hold.
type example struct {
	messages, tools, parallelToolCalls, functions value
	prompt, completion                            value
	input, preferred, nonPreferred                value
	oldPreferred, oldNonPreferred                 value
}

func (r *fineTune) line(f *findings, v value) {
	var e example
	for key, m := range v.members() {
		switch string(key) {
		case "messages":
			e.messages = m
		case "tools":
			e.tools = m
		case "parallel_tool_calls":
			e.parallelToolCalls = m
		case "functions":
			e.functions = m
		case "prompt":
			e.prompt = m
		case "completion":
			e.completion = m
		case "input":
			e.input = m
		case "preferred_output":
			e.preferred = m
		case "non_preferred_output":
			e.nonPreferred = m
		case "preferred_completion":
			e.oldPreferred = m
		case "non_preferred_completion":
			e.oldNonPreferred = m
		}
	}
	method, keys := r.methodOf(v, &e)
	if method == "" {
		f.warn("the example has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion")
		return
	}
	if r.method == "" {
		r.method, r.methodAt = method, f.line
	} else if method != r.method {
		f.warnBoth(r.methodAt, "%s example, and the first one is %s example", method, r.method)
	}
	if key := v.otherThan(keys); key != nil && method != reinforcement {
		f.warn("%s example has no key %s", method, quote(key))
	}
	switch method {
	case chat, reinforcement:
		r.chat(f, &e, method)
	case preference:
		r.preference(f, &e)
	case completions:
		place{key: "prompt"}.is(f, e.prompt, text)
		place{key: "completion"}.is(f, e.completion, text)
	}
}

// methodOf tells the method that an example is for, and the keys that such an example knows.
//
// All keys beside messages and tools are free in reinforcement, where the model gives the answer. So it is other keys that
// mark such an example, unless it ends with an answer. One without other keys may stand among others with them.
func (r *fineTune) methodOf(v value, e *example) (method, []string) {
	switch {
	case e.messages != nil:
		free := v.otherThan(chatKeys) != nil || r.method == reinforcement
		if free && lastRole(e.messages) != "assistant" {
			return reinforcement, nil
		}
		return chat, chatKeys
	case e.preferred != nil, e.nonPreferred != nil, e.oldPreferred != nil, e.oldNonPreferred != nil, e.input != nil:
		return preference, preferenceKeys
	case e.prompt != nil, e.completion != nil:
		return completions, completionKeys
	}
	return "", nil
}

func lastRole(messages value) string {
	var last value
	for _, m := range messages.elements() {
		last = m
	}
	return string(last.member("role").text())
}

// chat checks a conversation to learn from, or one that the model is to answer.
func (r *fineTune) chat(f *findings, e *example, method method) {
	c := conversation{roles: chatRoles, images: true}
	if method == reinforcement {
		c.roles = reinforcementRoles
	}
	c.check(f, place{key: "messages"}, e.messages)
	switch {
	case !c.wellFormed:
	case method == chat && c.assistant == 0:
		f.warn("messages has no message of the role \"assistant\" to learn from")
	case method == reinforcement && c.last != "user":
		f.warn("messages ends with the role %s; a reinforcement example ends with \"user\"", quote([]byte(c.last)))
	}
	if c.pictures > 0 {
		r.withImages++
	}
	checkTools(f, place{key: "tools"}, e.tools)
	if method == chat {
		checkFunctions(f, place{key: "functions"}, e.functions)
		place{key: "parallel_tool_calls"}.optional(f, e.parallelToolCalls, boolean)
	}
}

// preference checks a conversation with two answers: a better and a worse one.
func (r *fineTune) preference(f *findings, e *example) {
	preferred, nonPreferred := place{key: "preferred_output"}, place{key: "non_preferred_output"}
	if e.preferred == nil && e.nonPreferred == nil && (e.oldPreferred != nil || e.oldNonPreferred != nil) {
		preferred.key, nonPreferred.key = "preferred_completion", "non_preferred_completion"
		e.preferred, e.nonPreferred = e.oldPreferred, e.oldNonPreferred
		if r.oldKeysAt == 0 {
			r.oldKeysAt = f.line
			f.warn("preferred_completion and non_preferred_completion are older names of preferred_output and non_preferred_output")
		}
	}
	r.input(f, e.input)
	for _, output := range []struct {
		at place
		v  value
	}{{preferred, e.preferred}, {nonPreferred, e.nonPreferred}} {
		c := conversation{roles: outputRoles}
		c.check(f, output.at, output.v)
		if c.wellFormed && c.assistant == 0 {
			output.at.warn(f, "has no message of the role \"assistant\"")
		}
	}
}

func (r *fineTune) input(f *findings, v value) {
	at := place{key: "input"}
	if !at.is(f, v, object) {
		return
	}
	if key := v.otherThan(inputKeys); key != nil {
		f.warn("input has no key %s", quote(key))
	}
	c := conversation{roles: chatRoles}
	c.check(f, at.member("messages"), v.member("messages"))
	checkTools(f, at.member("tools"), v.member("tools"))
	at.member("parallel_tool_calls").optional(f, v.member("parallel_tool_calls"), boolean)
}

func (r *fineTune) end(f *findings, examples int, _ int64) {
	if examples < minExamples {
		f.warnFile("the file has %d of the %d examples that a fine-tuning job needs", examples, minExamples)
	}
	if r.withImages > maxImageExamples {
		f.warnFile("%d examples with images, and a fine-tuning job takes at most %d", r.withImages, maxImageExamples)
	}
	if r.method == reinforcement && examples > maxReinforcement {
		f.warnFile("%d examples, and reinforcement on Azure takes at most %d", examples, maxReinforcement)
	}
}

// otherThan returns the first key of an object that is none of those given, or nil.
func (v value) otherThan(keys []string) []byte {
	for key := range v.members() {
		if !slices.Contains(keys, string(key)) {
			return key
		}
	}
	return nil
}
