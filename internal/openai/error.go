package openai

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ErrQuotaExceeded is a 429 that passes only when somebody pays.
var ErrQuotaExceeded = errors.New(quotaExceeded)

const quotaExceeded = "insufficient_quota" // code

// maxErrorBody is how much of a refusal is read, in bytes. A page of HTML fits; an endless one is cut.
const maxErrorBody = 64 << 10

// Error is a refusal by the service, or by something in front of it.
//
// Reference: https://platform.openai.com/docs/guides/error-codes
type Error struct {
	StatusCode int    // HTTP status, or of the redirect that was not followed
	Type       string // such as invalid_request_error; may be empty
	Code       string // such as invalid_api_key; may be empty
	Param      string // the parameter at fault; may be empty
	Message    string // one line, never empty
	RequestID  string // what OpenAI's support asks for; may be empty

	isJSON       bool // the answer is a JSON object
	wholeSection bool // the request asked for no object in particular: a list, or something new
	retryAfter  time.Duration // 0: the server does not say
	shouldRetry string        // "true", "false" or empty: header X-Should-Retry
}

// Error returns the message with the status and the request id.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s (HTTP %d", e.Message, e.StatusCode)
	if e.RequestID != "" {
		text += ", request " + e.RequestID
	}
	text += ")"
	if e.retryAfter > maxRetryAfter {
		text += fmt.Sprintf("; the server asks to try again after %s", e.retryAfter.Round(time.Second))
	}
	return text
}

// What [errors.Is] may ask an [*Error].
var (
	ErrUnauthorized     = status(http.StatusUnauthorized)
	ErrForbidden        = status(http.StatusForbidden)
	ErrNotFound         = status(http.StatusNotFound)
	ErrMethodNotAllowed = status(http.StatusMethodNotAllowed)
	ErrConflict         = status(http.StatusConflict)
	ErrTooLarge         = status(http.StatusRequestEntityTooLarge)
	ErrRateLimited      = status(http.StatusTooManyRequests)
	ErrNotImplemented   = status(http.StatusNotImplemented)
)

// status is an HTTP status as a target for [errors.Is].
type status int

func (s status) Error() string { return http.StatusText(int(s)) }

// Is tells whether target is the status of this refusal, or [ErrQuotaExceeded].
func (e *Error) Is(target error) bool {
	if target == ErrQuotaExceeded {
		return e.Code == quotaExceeded
	}
	s, ok := target.(status)
	return ok && int(s) == e.StatusCode
}

// ErrAnswer says that the service accepted a request and then answered something that is not what the API promises.
var ErrAnswer = errors.New("the server's answer is not what the API promises")

// errWebPage says that a page for a browser came instead of an answer, such as the form of a login or of a captive portal.
var errWebPage = errors.New("the server answered with a web page")

// errHTTP2Only says that a server does not understand HTTP/1.1.
var errHTTP2Only = errors.New("the server speaks only HTTP/2, and uploads need HTTP/1.1")

// proxyError says that a proxy refused to pass requests on.
type proxyError struct {
	proxy  string // host and port
	status int
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused the connection: %s (HTTP %d)", e.proxy, http.StatusText(e.status), e.status)
}

// ContentError says that the content to be sent could not be read as it was declared. The service is not at fault.
type ContentError struct {
	Err error
}

func (e *ContentError) Error() string { return e.Err.Error() }

func (e *ContentError) Unwrap() error { return e.Err }

// newError makes an error of an answer with a status other than 2xx. It does not close the body.
func (c *Client) newError(resp *http.Response) *Error {
	e := &Error{
		StatusCode:  resp.StatusCode,
		RequestID:   c.requestID(resp.Header),
		retryAfter:  retryAfter(resp.Header, time.Now()),
		shouldRetry: resp.Header.Get("X-Should-Retry"),
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what came is better than nothing
	e.parse(body)
	if hasSecretContent(resp.Request.Context()) {
		e.Message, e.Type, e.Param = notShown, "", ""
		if e.Code != quotaExceeded {
			e.Code = ""
		}
	}
	if location := resp.Header.Get("Location"); location != "" && e.StatusCode >= 300 && e.StatusCode <= 399 {
		e.Message = "the server redirects to " + host(location) + ", and redirects are not followed because the API key would go along"
	}
	e.Message = cmp.Or(oneLine(c.secrets.Replace(e.Message)), http.StatusText(e.StatusCode), "no message")
	e.Type, e.Code, e.Param = c.secrets.Replace(e.Type), c.secrets.Replace(e.Code), c.secrets.Replace(e.Param)
	return e
}

// parse reads the shapes of errors that OpenAI and compatible servers have: an object or a text under "error", "detail" or
// "message"; otherwise a page of HTML or plain text.
func (e *Error) parse(body []byte) {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		e.Message = pageText(string(body))
		return
	}
	e.isJSON = true
	fields := answer
	if inner, ok := answer["error"].(map[string]any); ok {
		fields = inner
	}
	e.Type, e.Code, e.Param = text(fields["type"]), text(fields["code"]), text(fields["param"])
	for _, candidate := range []any{fields["message"], answer["error"], answer["detail"], answer["message"]} {
		if e.Message = text(candidate); e.Message != "" {
			return
		}
	}
}

// text returns a JSON value as a user would want to read it; empty for null.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any:
		if message := text(v["message"]); message != "" {
			return message
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	htmlTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// pageText returns what a human would read of a page of HTML: its title, else its text.
func pageText(page string) string {
	if !strings.HasPrefix(strings.TrimSpace(page), "<") {
		return page
	}
	if title := htmlTitle.FindStringSubmatch(page); title != nil {
		return "a page of HTML, not JSON, titled “" + oneLine(html.UnescapeString(title[1])) + "”"
	}
	return "a page of HTML, not JSON: " + html.UnescapeString(htmlTag.ReplaceAllString(page, " "))
}

// oneLine makes foreign text fit for a message: valid UTF-8, no control characters, at most 500 characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 500 {
		s = string(runes[:500]) + "…"
	}
	return s
}

func (c *Client) requestID(header http.Header) string {
	return oneLine(c.secrets.Replace(cmp.Or(header.Get("X-Request-Id"), header.Get("Apim-Request-Id"))))
}

// notShown stands for what a server says of a secret content.
const notShown = "what the server says is not shown, because it may repeat the content"

type secretContent struct{}

// WithSecretContent returns a context for requests about a content of which no message may repeat anything: OpenAI quotes lines
// that it refuses.
func WithSecretContent(ctx context.Context) context.Context {
	return context.WithValue(ctx, secretContent{}, true)
}

func hasSecretContent(ctx context.Context) bool { return ctx.Value(secretContent{}) != nil }

// host returns the scheme and host of an address, without what may be secret in it.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "another address"
	}
	return u.Scheme + "://" + u.Host
}

// transportError makes an error of the HTTP package fit for a message. [*url.Error] repeats the whole address, and with it
// whatever secret its query holds.
func (c *Client) transportError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if message := err.Error(); c.secrets.Replace(message) != message {
		return &redactedError{err: err, message: c.secrets.Replace(message)}
	}
	return err
}

// redactedError is an error whose text held a secret.
type redactedError struct {
	err     error
	message string
}

func (e *redactedError) Error() string { return e.message }

func (e *redactedError) Unwrap() error { return e.err }

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

// lowerEscapes writes %2B as %2b.
func lowerEscapes(s string) string { return percentEscape.ReplaceAllStringFunc(s, strings.ToLower) }

// redactor replaces all that is secret in a configuration, wherever a server repeats it, in every form that it may have.
func redactor(cfg Config, base *url.URL) *strings.Replacer {
	var secrets []string
	hide := func(secret string) {
		// Shorter values are no secrets, and would make messages unreadable.
		if len(secret) < 6 {
			return
		}
		inJSON, _ := json.Marshal(secret) // a text can be
		inQuery, inPath := url.QueryEscape(secret), url.PathEscape(secret)
		secrets = append(secrets, secret, strings.Trim(string(inJSON), `"`), strings.Trim(strconv.Quote(secret), `"`),
			inQuery, lowerEscapes(inQuery), inPath, lowerEscapes(inPath))
	}
	hide(cfg.APIKey)
	for _, values := range cfg.Header {
		for _, value := range values {
			hide(value)
			if _, credentials, ok := strings.Cut(value, " "); ok {
				hide(credentials)
			}
		}
	}
	if base.User != nil {
		password, ok := base.User.Password()
		if !ok {
			hide(base.User.Username()) // some services take a token there
		}
		hide(password)
		hide(base64.StdEncoding.EncodeToString([]byte(base.User.Username() + ":" + password)))
	}
	for name, values := range base.Query() {
		if name == "api-version" {
			continue
		}
		for _, value := range values {
			hide(value)
		}
	}
	// The longest first: one secret may be the beginning of another.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	pairs := make([]string, 0, 2*len(secrets))
	for _, secret := range slices.Compact(secrets) {
		pairs = append(pairs, secret, "[redacted]")
	}
	return strings.NewReplacer(pairs...)
}
