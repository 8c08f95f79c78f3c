package openaitest

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is an answer that refuses a request.
type apiError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"` // the parameter that caused the error; nil is sent as null
	Code    *string `json:"code"`  // nil is sent as null

	status     int
	retryAfter int  // seconds; 0: not said
	detail     bool // repeat the message in a sibling of the error, as some refusals of files do
}

func (e *apiError) Error() string { return e.Message }

// envelope is the error in its JSON form.
func (e *apiError) envelope() any {
	type detail struct {
		Message string  `json:"message"`
		Code    *string `json:"code"`
	}
	body := struct {
		Error  *apiError `json:"error"`
		Detail *detail   `json:"detail,omitempty"`
	}{Error: e}
	if e.detail {
		body.Detail = &detail{Message: e.Message, Code: e.Code}
	}
	return body
}

func refuse(status int, format string, args ...any) *apiError {
	return &apiError{Message: fmt.Sprintf(format, args...), Type: "invalid_request_error", status: status}
}

func invalid(format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, format, args...)
}

func (e *apiError) withParam(param string) *apiError { e.Param = &param; return e }
func (e *apiError) withCode(code string) *apiError   { e.Code = &code; return e }
func (e *apiError) withType(kind string) *apiError   { e.Type = kind; return e }
func (e *apiError) withDetail() *apiError            { e.detail = true; return e }

// Messages of the validator that the service runs requests through.

func unexpectedProperty(name string) *apiError {
	return invalid("Additional properties are not allowed ('%s' was unexpected)", name)
}

func missingProperty(name string) *apiError { return invalid("'%s' is a required property", name) }

func notOneOf(value string, allowed []string, param string) *apiError {
	return invalid("'%s' is not one of ['%s'] - '%s'", value, strings.Join(allowed, "', '"), param).withParam(param).withDetail()
}

func noSuchFile(id string) *apiError {
	return refuse(http.StatusNotFound, "No such File object: %s", id).withParam("id").withDetail()
}

func unknownURL(method, path string) *apiError {
	return refuse(http.StatusNotFound, "Invalid URL (%s %s)", method, path)
}

func methodNotAllowed(method, path string) *apiError {
	return refuse(http.StatusMethodNotAllowed, "Not allowed to %s on %s", method, path).withCode("method_not_supported")
}

func tooLarge(limit, read int64) *apiError {
	return refuse(http.StatusRequestEntityTooLarge, "Maximum content size limit (%d) exceeded (%d bytes read)", limit, read).
		withType("server_error")
}

func noKey() *apiError {
	return refuse(http.StatusUnauthorized, "You didn't provide an API key. You need to provide your API key in an "+
		"Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).")
}

func wrongKey(key string) *apiError {
	return refuse(http.StatusUnauthorized, "Incorrect API key provided: %s. You can find your API key at "+
		"https://platform.openai.com/account/api-keys.", masked(key)).withCode("invalid_api_key")
}

// masked hides all of a key but its ends.
func masked(key string) string {
	const head, tail = 8, 4
	if len(key) <= 2*(head+tail) {
		return strings.Repeat("*", len(key))
	}
	return key[:head] + strings.Repeat("*", len(key)-head-tail) + key[len(key)-tail:]
}
