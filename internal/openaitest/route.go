package openaitest

import (
	"net/http"
	"net/url"
	"strings"
)

// call is a request as a handler takes it.
type call struct {
	*http.Request
	project *project
	id      string               // in the path; empty if the operation has none
	note    func(func(*Request)) // changes the entry of the request in the log
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
	do, id, err := route(r)
	if gateway := x.server.options.gateway; gateway != nil && do == nil {
		return gateway, nil
	}
	if err := x.admit(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return do(x.server, &call{Request: r, project: x.project, id: id, note: x.note})
}

// route returns the handler of an operation and the id in its path. An error comes without a handler.
func route(r *http.Request) (do handler, id string, err error) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	if !ok {
		return nil, "", unknownURL(r.Method, r.URL.Path)
	}
	err = unknownURL(r.Method, r.URL.Path)
	for _, route := range routes {
		id, ok := match(route.path, path)
		if !ok {
			continue
		}
		if route.method == r.Method {
			return route.handler, id, nil
		}
		err = methodNotAllowed(r.Method, r.URL.Path)
	}
	return nil, "", err
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
func (x *exchange) admit() error {
	r, o := x.request, &x.server.options
	query := r.URL.Query()
	for key, value := range o.query {
		if got := query.Get(key); got == "" || value != "" && got != value {
			return refuse(http.StatusNotFound, "Resource not found").withCode("404")
		}
	}
	if _, err := x.server.authorize(r); err != nil {
		return err
	}
	for _, without := range o.without {
		if r.Method == without.method && strings.HasPrefix(x.path, without.prefix) {
			return methodNotAllowed(r.Method, r.URL.Path)
		}
	}
	return nil
}

// authorize returns the project of the key, which comes as a bearer token or in the header that Azure uses.
func (s *Server) authorize(r *http.Request) (*project, error) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key = r.Header.Get("Api-Key")
	}
	if p, ok := s.projects[key]; ok && key != "" {
		return p, nil
	}
	if key == "" {
		return nil, noKey()
	}
	return nil, wrongKey(key)
}
