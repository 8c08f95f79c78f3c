package openaitest

import (
	"net/http"
	"net/url"
	"strings"
)

// call is a request as a handler takes it.
type call struct {
	*http.Request
	id   string               // in the path; empty if the operation has none
	note func(func(*Request)) // changes the entry of the request in the log
}

// handler does one operation. It returns what is answered: a value that is sent as JSON, a *download, or an error.
type handler func(*Server, *call) (any, error)

// routes are the operations of the API; * stands for an id.
var routes = []struct {
	method, path string
	handler      handler
}{
	{http.MethodGet, "/files", (*Server).listFiles},
	{http.MethodPost, "/files", (*Server).createFile},
	{http.MethodGet, "/files/*", (*Server).retrieveFile},
	{http.MethodDelete, "/files/*", (*Server).deleteFile},
	{http.MethodGet, "/files/*/content", (*Server).downloadFile},
	{http.MethodPost, "/uploads", (*Server).createUpload},
	{http.MethodPost, "/uploads/*/parts", (*Server).addUploadPart},
	{http.MethodPost, "/uploads/*/complete", (*Server).completeUpload},
	{http.MethodPost, "/uploads/*/cancel", (*Server).cancelUpload},
}

// handle finds the operation of a request and does it, if the request is admitted.
func (x *exchange) handle() (any, error) {
	r := x.request
	if err := x.server.options.admit(r, x.path); err != nil {
		return nil, err
	}
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	if !ok {
		return nil, unknownURL(r.Method, r.URL.Path)
	}
	known := false
	for _, route := range routes {
		id, ok := match(route.path, path)
		if !ok {
			continue
		}
		known = true
		if route.method == r.Method {
			return route.handler(x.server, &call{Request: r, id: id, note: x.note})
		}
	}
	if known {
		return nil, methodNotAllowed(r.Method, r.URL.Path)
	}
	return nil, unknownURL(r.Method, r.URL.Path)
}

// match compares an escaped path with the path of a route, and returns the id in it. An escaped slash belongs to the id.
func match(route, path string) (id string, ok bool) {
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", false
	}
	for i := range want {
		if want[i] != "*" {
			if want[i] != got[i] {
				return "", false
			}
			continue
		}
		var err error
		if id, err = url.PathUnescape(got[i]); err != nil || id == "" {
			return "", false
		}
	}
	return id, true
}

// admit refuses what never reaches an operation.
func (o *options) admit(r *http.Request, path string) error {
	query := r.URL.Query()
	for key, value := range o.query {
		if got := query.Get(key); got == "" || value != "" && got != value {
			return refuse(http.StatusNotFound, "Resource not found").withCode("404")
		}
	}
	if err := o.authorize(r); err != nil {
		return err
	}
	for _, without := range o.without {
		if r.Method == without.method && strings.HasPrefix(path, without.prefix) {
			return methodNotAllowed(r.Method, r.URL.Path)
		}
	}
	return nil
}

// authorize accepts the key as a bearer token, or in the header that Azure uses.
func (o *options) authorize(r *http.Request) error {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key = r.Header.Get("Api-Key")
	}
	switch key {
	case o.key:
		return nil
	case "":
		return noKey()
	}
	return wrongKey(key)
}
