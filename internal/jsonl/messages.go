package jsonl

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
)

// What OpenAI takes in one example.
const (
	maxImages    = 10       // of an example
	maxImage     = 10 << 20 // bytes of an image; the guide says 10 MB, and this is the larger reading of it
	maxFunctions = 128
)

// The roles of each kind of conversation.
var (
	chatRoles          = []string{"system", "user", "assistant", "tool", "function"}
	reinforcementRoles = []string{"developer", "user", "assistant", "tool"}
	outputRoles        = []string{"assistant", "tool"}
)

// allRoles are the roles of which a message can be checked further, whether or not the conversation has them.
var allRoles = []string{"developer", "system", "user", "assistant", "tool", "function"}

// The media types that images may have.
var imageTypes = []string{"image/jpeg", "image/jpg", "image/png", "image/webp"}

var functionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// A conversation is a list of messages. check fills in what it finds.
type conversation struct {
	roles  []string
	images bool // may have images

	wellFormed bool // every message has a role that is known
	assistant  int  // messages of the assistant
	pictures   int
	last       string // role
}

// check checks the messages at a place of the line.
func (c *conversation) check(f *findings, at place, messages value) {
	if !at.is(f, messages, array) {
		return
	}
	c.wellFormed = true
	n := 0
	for i, m := range messages.elements() {
		n++
		c.message(f, at.element(i), m)
	}
	if n == 0 {
		at.warn(f, "is empty")
		c.wellFormed = false
	}
	if c.pictures > maxImages {
		at.warn(f, "has %d images, and an example takes at most %d", c.pictures, maxImages)
	}
}

// message is what the keys of one message hold.
type message struct {
	role, content, name, weight, refusal, audio value
	toolCalls, toolCallID, functionCall         value
}

func (c *conversation) message(f *findings, at place, v value) {
	if !at.is(f, v, object) {
		c.wellFormed = false
		return
	}
	var m message
	for key, v := range v.members() {
		switch string(key) {
		case "role":
			m.role = v
		case "content":
			m.content = v
		case "name":
			m.name = v
		case "weight":
			m.weight = v
		case "refusal":
			m.refusal = v
		case "audio":
			m.audio = v
		case "tool_calls":
			m.toolCalls = v
		case "tool_call_id":
			m.toolCallID = v
		case "function_call":
			m.functionCall = v
		default:
			at.warn(f, "has the unknown key %s", quote(key))
		}
	}
	role := string(m.role.text())
	c.role(f, at, m.role, role)
	if !slices.Contains(allRoles, role) {
		c.wellFormed = false
		return
	}
	c.last = role
	if role == "assistant" {
		c.assistant++
		c.answer(f, at, &m)
	} else if m.weight.isSet() {
		at.member("weight").warn(f, "is there, and only messages of the role \"assistant\" have one")
	}
	switch role {
	case "tool":
		at.member("tool_call_id").is(f, m.toolCallID, text)
	case "function":
		at.member("name").is(f, m.name, text)
	default:
		at.member("name").optional(f, m.name, text)
	}
	says := m.refusal.isSet() || m.audio.isSet() || m.toolCalls.isSet() || m.functionCall.isSet()
	if m.content.isSet() || role != "assistant" || !says {
		c.content(f, at.member("content"), m.content, role)
	}
}

func (c *conversation) role(f *findings, at place, v value, role string) {
	switch {
	case slices.Contains(c.roles, role):
	case role == "developer":
		at.member("role").warn(f, "is \"developer\", which fine-tuning does not list; \"system\" has the same meaning")
	default:
		at.member("role").warn(f, "is %s, and the roles here are %s", v, list(c.roles))
	}
}

// answer checks what only messages of the assistant have.
func (c *conversation) answer(f *findings, at place, m *message) {
	if s := string(m.weight); m.weight.isSet() && s != "0" && s != "1" {
		at.member("weight").warn(f, "is %s, not 0 or 1", m.weight)
	}
	if calls := at.member("tool_calls"); calls.optional(f, m.toolCalls, array) {
		n := 0
		for i, call := range m.toolCalls.elements() {
			n++
			checkCall(f, calls.element(i), call)
		}
		if n == 0 {
			calls.warn(f, "is empty")
		}
	}
	if call := at.member("function_call"); call.optional(f, m.functionCall, object) {
		checkArguments(f, call, m.functionCall)
	}
}

// checkCall checks a tool call of the assistant.
func checkCall(f *findings, at place, v value) {
	if !at.is(f, v, object) {
		return
	}
	at.member("id").is(f, v.member("id"), text)
	checkType(f, at, v)
	if call := v.member("function"); at.member("function").is(f, call, object) {
		checkArguments(f, at.member("function"), call)
	}
}

// checkArguments checks the function that is called. Its arguments are JSON within a string.
func checkArguments(f *findings, at place, call value) {
	at.member("name").is(f, call.member("name"), text)
	at.member("arguments").is(f, call.member("arguments"), text)
}

func checkType(f *findings, at place, v value) {
	if t := v.member("type"); string(t.text()) != "function" {
		at.member("type").warn(f, "is %s, not \"function\"", t)
	}
}

func (c *conversation) content(f *findings, at place, v value, role string) {
	switch v.kind() {
	case text:
		if len(v.text()) == 0 && role != "tool" && role != "function" { // a tool may well answer nothing
			at.warn(f, "is empty")
		}
	case array:
		n := 0
		for i, part := range v.elements() {
			n++
			c.part(f, at.element(i), part, role)
		}
		if n == 0 {
			at.warn(f, "is empty")
		}
	default:
		if role == "function" && v.kind() == null {
			return
		}
		at.warn(f, "is %s, not a string or an array of parts", v)
	}
}

// part checks one part of a content.
func (c *conversation) part(f *findings, at place, v value, role string) {
	if !at.is(f, v, object) {
		return
	}
	switch t := v.member("type"); {
	case string(t.text()) == "text":
		at.member("text").is(f, v.member("text"), text)
	case string(t.text()) == "refusal" && role == "assistant":
		at.member("refusal").is(f, v.member("refusal"), text)
	case string(t.text()) != "image_url":
		at.member("type").warn(f, "is %s, not \"text\" or \"image_url\"", t)
	case !c.images:
		at.warn(f, "is an image, and a preference has text only")
	case role != "user":
		at.warn(f, "is an image, and only messages of the role \"user\" have images")
	default:
		c.pictures++
		checkImage(f, at.member("image_url"), v.member("image_url"))
	}
}

// checkImage checks an image, as far as it is in the file.
func checkImage(f *findings, at place, v value) {
	if !at.is(f, v, object) {
		return
	}
	at, v = at.member("url"), v.member("url")
	if !at.is(f, v, text) {
		return
	}
	data, inline := bytes.CutPrefix(v.text(), []byte("data:"))
	if !inline {
		return
	}
	form, data, _ := bytes.Cut(data, []byte(","))
	media, _, _ := bytes.Cut(form, []byte(";"))
	if !slices.Contains(imageTypes, string(media)) {
		at.warn(f, "is of the type %s, and images are JPEG, PNG or WEBP", quote(media))
	}
	if len(data)/4*3 > maxImage {
		at.warn(f, "is an image of over %d MB", maxImage>>20)
	}
}

// checkTools checks the tools that the model may call.
func checkTools(f *findings, at place, tools value) {
	if !at.optional(f, tools, array) {
		return
	}
	for i, tool := range tools.elements() {
		at := at.element(i)
		if !at.is(f, tool, object) {
			continue
		}
		checkType(f, at, tool)
		checkFunction(f, at.member("function"), tool.member("function"))
	}
}

// checkFunctions checks the older form of tools.
func checkFunctions(f *findings, at place, functions value) {
	if !at.optional(f, functions, array) {
		return
	}
	n := 0
	for i, function := range functions.elements() {
		n++
		checkFunction(f, at.element(i), function)
	}
	if n == 0 || n > maxFunctions {
		at.warn(f, "has %d elements, not 1 to %d", n, maxFunctions)
	}
}

func checkFunction(f *findings, at place, v value) {
	if !at.is(f, v, object) {
		return
	}
	name := v.member("name")
	if at.member("name").is(f, name, text) && !functionName.Match(name.text()) {
		at.member("name").warn(f, "is %s, not 1 to 64 letters, digits, _ and -", name)
	}
	at.member("parameters").optional(f, v.member("parameters"), object)
}

// A place is where in a line a value stands, such as messages[2].tool_calls[0]. It is a chain and becomes text only if
// there is a fault to tell.
type place struct {
	in    *place // nil at the top
	key   string // "" in an array
	index int
}

func (p place) member(key string) place { return place{in: &p, key: key} }

func (p place) element(index int) place { return place{in: &p, index: index} }

func (p place) String() string { return string(p.appendTo(nil)) }

// appendTo copies the keys, so that no place has to live on the heap.
func (p *place) appendTo(b []byte) []byte {
	if p.in == nil {
		return append(b, p.key...)
	}
	b = p.in.appendTo(b)
	if p.key != "" {
		return append(append(b, '.'), p.key...)
	}
	return append(strconv.AppendInt(append(b, '['), int64(p.index), 10), ']')
}

// warn adds a warning that starts with the place.
func (p place) warn(f *findings, format string, args ...any) {
	f.warn("%s "+format, append([]any{p.String()}, args...)...)
}

// is reports whether the value at p is of a kind, and warns if it is not.
func (p place) is(f *findings, v value, want kind) bool {
	if v.kind() == want {
		return true
	}
	if v == nil {
		p.warn(f, "is missing")
	} else {
		p.warn(f, "is %s, not %s", v, want)
	}
	return false
}

// optional is the same for a value that may be absent or null, and then reports false without a warning.
func (p place) optional(f *findings, v value, want kind) bool {
	return v.isSet() && p.is(f, v, want)
}

// list joins words for a message.
func list(words []string) string {
	out := words[0]
	for _, w := range words[1 : len(words)-1] {
		out += ", " + w
	}
	return out + " and " + words[len(words)-1]
}
