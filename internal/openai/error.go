package openai

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// ErrQuotaExceeded is a 429 that lasts until the account has credit.
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
	Param      string // the parameter that caused the error; may be empty
	Message    string // one line, never empty
	RequestID  string // what OpenAI's support asks for; may be empty

	isJSON       bool          // the answer is a JSON object
	wholeSection bool          // the request asked for no object in particular: a list, or something new
	retryAfter   time.Duration // 0: the server does not say
	shouldRetry  string        // "true", "false" or empty: header X-Should-Retry
}

// Error returns the message with the status and the request ID.
func (e *Error) Error() string { return e.text(nil) }

// text adds to the message what is known of the exchange.
func (e *Error) text(exchange *requestError) string {
	details := fmt.Sprintf("HTTP %d", e.StatusCode)
	if exchange != nil {
		details += " from " + exchange.asked()
	}
	if e.RequestID != "" {
		details += ", request " + e.RequestID
	}
	if exchange != nil {
		details += exchange.effort()
	}
	text := fmt.Sprintf("%s (%s)", e.Message, details)
	if e.retryAfter > maxRetryAfter {
		text += fmt.Sprintf("; the server asks to try again after %s", e.retryAfter.Round(time.Second))
	}
	return text
}

// requestError is a request that failed: what was asked, how often, and what came of it in the end.
type requestError struct {
	method   string
	url      string // scheme, host and path
	attempts int
	elapsed  time.Duration // from the first attempt to the end of the last one
	bodySent bool          // the last attempt handed over its whole body, so the server may have acted on it
	err      error
}

// Error returns the reason with the request, after retries with the number of attempts, and with how long all that took if it was long.
func (e *requestError) Error() string {
	if refusal, ok := e.err.(*Error); ok { //nolint:errorlint // one inside another error has its own text
		return refusal.text(e)
	}
	if isLocal(e.err) {
		return e.err.Error()
	}
	return fmt.Sprintf("%s (%s%s)", e.err, e.asked(), e.effort())
}

func (e *requestError) Unwrap() error { return e.err }

// RequestOf returns the method and the URL of the request that failed with err, without the IDs in it; empty: there was none.
func RequestOf(err error) string {
	failure, ok := errors.AsType[*requestError](err)
	if !ok {
		return ""
	}
	address := failure.url
	if before, _, isPart := strings.Cut(address, "/uploads/"); isPart {
		address = before + "/uploads/…"
	} else if end := strings.LastIndex(address, "/"); failure.method != http.MethodPost {
		address = address[:end] + "/…"
	}
	return failure.method + " " + address
}

// EffortOf returns how often the request that failed with err was sent, and how long that took; zero: there was none.
func EffortOf(err error) (attempts int, took time.Duration) {
	if failure, ok := errors.AsType[*requestError](err); ok {
		return failure.attempts, failure.elapsed
	}
	return 0, 0
}

func (e *requestError) asked() string { return e.method + " " + e.url }

func (e *requestError) effort() string {
	const long = 10 * time.Second
	precision := time.Second
	if e.elapsed < long {
		precision = 100 * time.Millisecond
	}
	switch took := e.elapsed.Round(precision); {
	case e.attempts > 1:
		return fmt.Sprintf(", after %d attempts in %s", e.attempts, took)
	case e.elapsed >= long:
		return fmt.Sprintf(", after %s", took)
	}
	return ""
}

// withAttempts adds the number of attempts and their duration to the error of a request that its caller retries.
func withAttempts(err error, attempts int, began time.Time) error {
	if failure, ok := errors.AsType[*requestError](err); ok && attempts > failure.attempts {
		failure.attempts, failure.elapsed = attempts, time.Since(began)
	}
	return err
}

// interrupted returns the error of a request that was to be sent, for the first time or again, when its context ended for a reason.
func (e *requestError) interrupted(reason error) error {
	if e == nil {
		return reason
	}
	if errors.Is(e, reason) {
		return e
	}
	return fmt.Errorf("%w while waiting to retry after: %w", reason, e)
}

// isLocal reports whether an error is about the content on this side, and not about the exchange with the server.
func isLocal(err error) bool {
	var (
		content *ContentError
		tooLong *TooLongError
		target  *sinkError
	)
	return errors.As(err, &content) || errors.As(err, &tooLong) || errors.As(err, &target)
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

	errExpectationFailed = status(http.StatusExpectationFailed)
)

// status is an HTTP status as a target for [errors.Is].
type status int

func (s status) Error() string { return http.StatusText(int(s)) }

// ErrNoAPI is what [errors.Is] may ask an [*Error]: nothing offers this section of the API at this address.
var ErrNoAPI = errors.New("there is no such API at this address")

// Is reports whether target is the status of this refusal, [ErrQuotaExceeded] or [ErrNoAPI]. HTTP 410 counts as [ErrNotFound].
func (e *Error) Is(target error) bool {
	switch target {
	case ErrQuotaExceeded:
		return e.Code == quotaExceeded
	case ErrNoAPI:
		return e.wholeSection && slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, e.StatusCode)
	}
	s, ok := target.(status)
	return ok && (int(s) == e.StatusCode || target == ErrNotFound && e.StatusCode == http.StatusGone)
}

// ErrAnswer says that the service accepted a request and then answered something that is not what the API promises.
var ErrAnswer = errors.New("the server's response is not what the API describes")

// ErrWebPage says that the answer is a web page, such as the sign-in page of a network.
var ErrWebPage = errors.New("the server answered with a web page")

// webPageError says that a page for a browser came instead of JSON, such as the form of a login or of a captive portal.
type webPageError struct {
	status int
	said   string // about the page
}

func (e *webPageError) Error() string {
	return fmt.Sprintf("the server answered HTTP %d with %s", e.status, e.said)
}

// Is reports whether target is [ErrAnswer] or ErrWebPage.
func (e *webPageError) Is(target error) bool { return target == ErrAnswer || target == ErrWebPage }

// ContentError says that the content to be sent could not be read as it was declared. The service has not caused it.
type ContentError struct {
	Err error
}

func (e *ContentError) Error() string { return e.Err.Error() }

func (e *ContentError) Unwrap() error { return e.Err }

// newError returns the error of an answer with a status other than 2xx.
func (c *Client) newError(resp *http.Response) *Error {
	e := &Error{
		StatusCode:  resp.StatusCode,
		RequestID:   c.requestID(resp.Header),
		retryAfter:  retryAfter(resp.Header, time.Now()),
		shouldRetry: resp.Header.Get("X-Should-Retry"),
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what was received is better than nothing
	e.parse(body)
	if hasSecretContent(resp.Request.Context()) {
		e.hide()
	}
	if location := resp.Header.Get("Location"); location != "" && e.StatusCode >= 300 && e.StatusCode <= 399 {
		e.Message = "the server redirects to " + host(location) + ", but the provider does not follow redirects, because that would send the API key to another address"
	}
	if e.StatusCode == http.StatusProxyAuthRequired {
		e.Message = proxyWantsPassword(c.proxyOf(resp.Request))
	}
	e.Message = cmp.Or(oneLine(c.secrets.Replace(e.Message)), http.StatusText(e.StatusCode), "no message")
	e.Type, e.Code, e.Param = c.secrets.Replace(e.Type), c.secrets.Replace(e.Code), c.secrets.Replace(e.Param)
	return e
}

// hide removes what may quote a secret content. What the client itself acts on is not a quotation.
func (e *Error) hide() {
	e.Message, e.Type = notShown, ""
	if e.Code != quotaExceeded {
		e.Code = ""
	}
	if e.Param != paramPurpose {
		e.Param = ""
	}
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

// isPage reports whether a text is HTML.
func isPage(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "<") }

// pageText returns what a human would read of a page of HTML: its title, else its text.
func pageText(page string) string {
	if !isPage(page) {
		return page
	}
	if title := htmlTitle.FindStringSubmatch(page); title != nil {
		return "a web page titled “" + oneLine(html.UnescapeString(title[1])) + "” instead of JSON"
	}
	return "a web page instead of JSON: " + html.UnescapeString(htmlTag.ReplaceAllString(page, " "))
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

// host returns the scheme and host of an address, without what may be secret in it.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "another address"
	}
	return u.Scheme + "://" + u.Host
}
