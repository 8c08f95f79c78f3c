package jsonl

import "slices"

// Limits of OpenAI for one file for fine-tuning.
const (
	minExamples      = 10
	maxImageExamples = 50_000
	maxReinforcement = 50_000 // examples, on Azure
)

// A method of fine-tuning has its own form of examples.
type method string

const (
	chat          method = "a chat"
	completions   method = "a prompt and completion"
	preference    method = "a preference"
	reinforcement method = "a reinforcement"
)

// The keys of each form. Those of reinforcement are free.
var (
	chatKeys       = []string{"messages", "tools", "parallel_tool_calls", "functions"}
	completionKeys = []string{"prompt", "completion"}
	outputKeys     = []string{"preferred_output", "non_preferred_output"}
	oldOutputKeys  = []string{"preferred_completion", "non_preferred_completion"}
	preferenceKeys = slices.Concat([]string{"input"}, outputKeys, oldOutputKeys)
	inputKeys      = []string{"messages", "tools", "parallel_tool_calls"}
)

// fineTune are the rules of examples to learn from.
type fineTune struct {
	server     Server
	method     method // of the first example; "" before it
	methodAt   int
	oldKeys    bool // the older keys of a preference have been named
	withImages int

	chats        int // chat examples that are well-formed
	unanswered   int // those of them without a message of the assistant
	unansweredAt int // line of the first one
}

// keepDepth is that of input.messages[0].content[0].image_url.url.
func (r *fineTune) keepDepth() int { return 7 }

func (r *fineTune) line(f *findings, v value) {
	m, keys := r.methodOf(v)
	switch {
	case m == "" && v.has("messages"):
		f.warn("has messages in addition to chosen and rejected; a preference example has input, preferred_output and non_preferred_output")
		return
	case m == "":
		f.warn("has neither messages, nor input with preferred_output and non_preferred_output, nor prompt and completion")
		return
	case r.method == "":
		r.method, r.methodAt = m, f.line
	case m != r.method:
		f.warnBoth(r.methodAt, nil, "%s example, but the first one is %s example", m, r.method)
	}
	if key, ok := v.otherThan(keys); ok && m != reinforcement {
		f.warn("the key %s is unknown in %s example", key, m)
	}
	switch m {
	case chat, reinforcement:
		r.chat(f, v, m)
	case preference:
		r.preference(f, v)
	case completions:
		top("prompt").is(f, v.member("prompt"), text)
		top("completion").is(f, v.member("completion"), text)
	}
}

// methodOf returns the method that an example is for, and the keys that such an example knows. The method is "" for the forms of
// other tools, some of which share a key with a form of OpenAI.
//
// Reinforcement examples may have any keys besides messages and tools, and the model gives the answer. So an example with other
// keys is one of reinforcement, unless it ends with an answer. Examples with and without other keys may be mixed.
func (r *fineTune) methodOf(v value) (method, []string) {
	_, promptAndMore := v.otherThan([]string{"prompt"})
	switch {
	case v.has("chosen") && v.has("rejected"):
		return "", nil
	case v.has("messages"):
		_, free := v.otherThan(chatKeys)
		if (free || r.method == reinforcement) && !v.member("messages").last().member("role").is("assistant") {
			return reinforcement, nil
		}
		return chat, chatKeys
	case slices.ContainsFunc(outputKeys, v.has), slices.ContainsFunc(oldOutputKeys, v.has), v.member("input").has("messages"):
		return preference, preferenceKeys
	case v.has("completion"), v.has("prompt") && !promptAndMore:
		return completions, completionKeys
	}
	return "", nil
}

// chat checks a conversation to learn from, or one that the model is to answer.
func (r *fineTune) chat(f *findings, v value, m method) {
	c := conversation{roles: chatRoles, images: true}
	if m == reinforcement {
		c.roles = reinforcementRoles
	}
	c.check(f, top("messages"), v.member("messages"))
	switch {
	case !c.wellFormed:
	case m == chat:
		r.chats++
		if c.assistant == 0 {
			if r.unanswered == 0 {
				r.unansweredAt = f.line
			}
			r.unanswered++
		}
	case c.last != "user":
		f.warn("messages ends with the role %q; a reinforcement example ends with \"user\"", c.last)
	}
	if c.pictures > 0 {
		r.withImages++
	}
	checkTools(f, top("tools"), v.member("tools"))
	if m == chat {
		checkFunctions(f, top("functions"), v.member("functions"))
		top("parallel_tool_calls").optional(f, v.member("parallel_tool_calls"), boolean)
	}
}

// preference checks a conversation with two answers: a better and a worse one.
func (r *fineTune) preference(f *findings, v value) {
	checkInput(f, top("input"), v.member("input"))
	outputs := outputKeys
	if !slices.ContainsFunc(outputKeys, v.has) && slices.ContainsFunc(oldOutputKeys, v.has) {
		outputs = oldOutputKeys
		if !r.oldKeys {
			r.oldKeys = true
			f.warn("%s are older names of %s", list(oldOutputKeys), list(outputKeys))
		}
	}
	for _, key := range outputs {
		c := conversation{roles: outputRoles}
		c.check(f, top(key), v.member(key))
		if c.wellFormed && c.assistant == 0 {
			f.warn("%s has no message with the role \"assistant\"", key)
		}
	}
}

// checkInput checks the conversation before the answers.
func checkInput(f *findings, at place, v value) {
	if !at.is(f, v, object) {
		return
	}
	if key, ok := v.otherThan(inputKeys); ok {
		at.warn(f, "has the unknown key %s", key)
	}
	c := conversation{roles: chatRoles}
	c.check(f, at.member("messages"), v.member("messages"))
	checkTools(f, at.member("tools"), v.member("tools"))
	at.member("parallel_tool_calls").optional(f, v.member("parallel_tool_calls"), boolean)
}

func (r *fineTune) end(f *findings, examples int, _ int64) {
	if examples < minExamples {
		f.warnFile("%d of the %d examples that a training file needs; a validation file may have fewer", examples, minExamples)
	}
	if r.withImages > maxImageExamples {
		f.warnFile("%d examples with images, but a fine-tuning job accepts at most %d", r.withImages, maxImageExamples)
	}
	if r.method == reinforcement && examples > maxReinforcement && r.server != OpenAI {
		f.warnFile("%d examples, but reinforcement on Azure OpenAI accepts at most %d", examples, maxReinforcement)
	}
	switch {
	case r.unanswered == 0:
	case r.unanswered == r.chats && r.method == chat:
		f.warnFile("no example has a message with the role \"assistant\": this is right for reinforcement, but all other methods learn from such messages")
	default:
		f.addLines(r.unansweredAt, r.unanswered, "messages has no message with the role \"assistant\" to learn from; only reinforcement examples may omit it")
	}
}
