package jsonl

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of OpenAI for one example.
const (
	maxImages    = 10       // of an example
	maxImage     = 10 << 20 // bytes of an image; the guide says 10 MB, and this is the larger reading of it
	maxPadding   = 2        // characters at the end of Base64 that stand for no byte
	maxFunctions = 128
)

// The roles of each kind of conversation.
var (
	chatRoles          = []string{"system", "user", "assistant", "tool", "function"}
	reinforcementRoles = []string{"developer", "user", "assistant", "tool"}
	outputRoles        = []string{"assistant", "tool"}
)

// allRoles are the roles whose messages can be checked further, whether or not the conversation has them.
var allRoles = []string{"developer", "system", "user", "assistant", "tool", "function"}

var messageKeys = []string{"role", "content", "name", "weight", "refusal", "audio", "tool_calls", "tool_call_id", "function_call"}

// acts are the keys that a message of the assistant may have in place of a content.
var acts = []string{"tool_calls", "function_call", "refusal", "audio"}

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
	for i, m := range messages.elements() {
		c.message(f, at.element(i), m)
	}
	if !at.notEmpty(f, messages) {
		c.wellFormed = false
	}
	if c.pictures > maxImages {
		at.warn(f, "has %d images, but an example may have at most %d", c.pictures, maxImages)
	}
}

func (c *conversation) message(f *findings, at place, m value) {
	if !at.is(f, m, object) {
		c.wellFormed = false
		return
	}
	if key, ok := m.otherThan(messageKeys); ok {
		at.warn(f, "has the unknown key %s", key)
	}
	c.role(f, at.member("role"), m.member("role"))
	i := slices.IndexFunc(allRoles, m.member("role").is)
	if i < 0 {
		c.wellFormed = false
		return
	}
	role := allRoles[i]
	c.last = role
	if role == "assistant" {
		c.assistant++
		checkAnswer(f, at, m)
	} else if m.member("weight").isSet() {
		at.member("weight").warn(f, "is set, but only messages with the role \"assistant\" may have one")
	}
	if name := m.member("name"); role == "function" {
		at.member("name").is(f, name, text)
	} else {
		at.member("name").optional(f, name, text)
	}
	if role == "tool" {
		at.member("tool_call_id").is(f, m.member("tool_call_id"), text)
	}
	c.content(f, at.member("content"), m, role)
}

func (c *conversation) role(f *findings, at place, role value) {
	switch {
	case !at.is(f, role, text), slices.ContainsFunc(c.roles, role.is):
	case role.is("developer"):
		at.warn(f, "is \"developer\", which fine-tuning does not document; \"system\" has the same meaning")
	case role.is("system") && slices.Contains(c.roles, "developer"):
		at.warn(f, "is \"system\", which reinforcement does not document; \"developer\" has the same meaning")
	default:
		at.warn(f, "is %s, but the roles here are %s", role, list(c.roles))
	}
}

// checkAnswer checks what only messages of the assistant have.
func checkAnswer(f *findings, at place, m value) {
	weight := m.member("weight")
	if n, err := strconv.ParseFloat(string(weight.raw()), 64); weight.isSet() && (weight.kind() != number || err != nil || n != 0 && n != 1) {
		at.member("weight").warn(f, "is %s, not 0 or 1", weight)
	}
	calls := m.member("tool_calls")
	if at := at.member("tool_calls"); at.optional(f, calls, array) {
		for i, call := range calls.elements() {
			checkCall(f, at.element(i), call)
		}
		at.notEmpty(f, calls)
	}
	call := m.member("function_call")
	if at := at.member("function_call"); at.optional(f, call, object) {
		checkArguments(f, at, call)
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
	at.member("type").equals(f, v.member("type"), "function")
}

// content checks what a message says. A tool may say nothing, and so may the assistant if it calls one.
func (c *conversation) content(f *findings, at place, m value, role string) {
	silent := role == "assistant" && slices.ContainsFunc(acts, func(key string) bool { return m.member(key).isSet() })
	switch v := m.member("content"); v.kind() {
	case text:
		if !silent && role != "tool" && role != "function" {
			at.notEmpty(f, v)
		}
	case array:
		for i, part := range v.elements() {
			c.part(f, at.element(i), part, role)
		}
		at.notEmpty(f, v)
	case absent:
		if !silent {
			at.warn(f, "is missing")
		}
	case null:
		if !silent && role != "function" {
			at.warn(f, "is null, not a string or an array of parts")
		}
	default:
		at.warn(f, "is %s, not a string or an array of parts", v.kind())
	}
}

// part checks one part of a content.
func (c *conversation) part(f *findings, at place, v value, role string) {
	if !at.is(f, v, object) {
		return
	}
	switch t := v.member("type"); {
	case !at.member("type").is(f, t, text):
	case t.is("text"):
		at.member("text").is(f, v.member("text"), text)
	case t.is("refusal") && role == "assistant":
		at.member("refusal").is(f, v.member("refusal"), text)
	case !t.is("image_url"):
		at.member("type").warn(f, "is %s, not \"text\" or \"image_url\"", t)
	case !c.images:
		at.warn(f, "is an image, but a preference example may have only text")
	case role != "user":
		at.warn(f, "is an image, but only messages with the role \"user\" may have images")
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
	form, _, _ := bytes.Cut(v.text(), []byte(","))
	size := v.size() - len(form) - len(",")
	form, inline := bytes.CutPrefix(form, []byte("data:"))
	if !inline {
		return
	}
	media, _, _ := bytes.Cut(form, []byte(";"))
	if !slices.Contains(imageTypes, strings.ToLower(string(media))) {
		at.warn(f, "is of the type %s, but images must be JPEG, PNG or WEBP", excerpt(quote(string(media))))
	}
	if size/4*3-maxPadding > maxImage {
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
	for i, function := range functions.elements() {
		checkFunction(f, at.element(i), function)
	}
	if n := functions.count(); n == 0 || n > maxFunctions {
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

// list joins two words or more for a message.
func list(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
