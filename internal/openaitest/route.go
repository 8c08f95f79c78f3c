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
	id      string               // the first one in the path; empty if the operation has none
	sub     string               // the second id in the path; empty if the operation has one at most
	header  http.Header          // of the answer, to be added to
	note    func(func(*Request)) // changes the entry of the request in the log
}

// handler does one operation. It returns what is answered: a value that is sent as JSON, a *download, a *Gateway, or an error.
type handler func(*Server, *call) (any, error)

// routes are the operations of the API; * stands for an id.
var routes = []operation{
	{http.MethodGet, "/files", (*Server).listFiles},
	{http.MethodPost, "/files", (*Server).createFile},
	{http.MethodGet, "/files/*", (*Server).retrieveFile},
	{http.MethodDelete, "/files/*", (*Server).deleteFile},
	{http.MethodGet, "/files/*/content", (*Server).downloadFile},
	{http.MethodPost, "/uploads", (*Server).createUpload},
	{http.MethodPost, "/uploads/*/parts", (*Server).addUploadPart},
	{http.MethodPost, "/uploads/*/complete", (*Server).completeUpload},
	{http.MethodPost, "/uploads/*/cancel", (*Server).cancelUpload},
	{http.MethodPost, "/batches", (*Server).createBatch},
	{http.MethodGet, "/batches/*", (*Server).retrieveBatch},
	{http.MethodGet, "/vector_stores", (*Server).listVectorStores},
	{http.MethodPost, "/vector_stores", (*Server).createVectorStore},
	{http.MethodGet, "/vector_stores/*", (*Server).retrieveVectorStore},
	{http.MethodPost, "/vector_stores/*", (*Server).modifyVectorStore},
	{http.MethodDelete, "/vector_stores/*", (*Server).deleteVectorStore},
	{http.MethodPost, "/vector_stores/*/search", (*Server).searchVectorStore},
	{http.MethodGet, "/vector_stores/*/files", (*Server).listVectorStoreFiles},
	{http.MethodPost, "/vector_stores/*/files", (*Server).createVectorStoreFile},
	{http.MethodGet, "/vector_stores/*/files/*", (*Server).retrieveVectorStoreFile},
	{http.MethodPost, "/vector_stores/*/files/*", (*Server).updateVectorStoreFile},
	{http.MethodDelete, "/vector_stores/*/files/*", (*Server).deleteVectorStoreFile},
	{http.MethodGet, "/vector_stores/*/files/*/content", (*Server).readVectorStoreFile},
	{http.MethodPost, "/vector_stores/*/file_batches", (*Server).createVectorStoreBatch},
	{http.MethodGet, "/vector_stores/*/file_batches/*", (*Server).retrieveVectorStoreBatch},
	{http.MethodPost, "/vector_stores/*/file_batches/*/cancel", (*Server).cancelVectorStoreBatch},
	{http.MethodGet, "/vector_stores/*/file_batches/*/files", (*Server).listVectorStoreBatchFiles},
}

type operation struct {
	method, path string
	handler      handler
}

// handle finds the operation of a request and does it, if the request is admitted.
func (x *exchange) handle() (any, error) {
	r := x.request
	o, ids, err := route(r)
	if gateway := x.server.options.gateway; gateway != nil && o.handler == nil {
		return gateway, nil
	}
	if err := x.admit(o); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	c := &call{Request: r, project: x.project, header: x.header, note: x.note}
	if len(ids) > 0 {
		c.id = ids[0]
	}
	if len(ids) > 1 {
		c.sub = ids[1]
	}
	return o.handler(x.server, c)
}

// route returns the operation that a request asks for, and the ids in its path. An error comes without a handler.
func route(r *http.Request) (o operation, ids []string, err error) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	if !ok {
		return operation{}, nil, unknownURL(r.Method, r.URL.Path)
	}
	err = unknownURL(r.Method, r.URL.Path)
	for _, o := range routes {
		ids, ok := match(o.path, path)
		if !ok {
			continue
		}
		if o.method == r.Method {
			return o, ids, nil
		}
		err = methodNotAllowed(r.Method, r.URL.Path)
	}
	return operation{}, nil, err
}

// match compares an escaped path with that of an operation, and returns the ids in it. An escaped slash belongs to an id.
func match(pattern, path string) (ids []string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i := range want {
		if want[i] != "*" {
			if want[i] != got[i] {
				return nil, false
			}
			continue
		}
		id, err := url.PathUnescape(got[i])
		if err != nil || id == "" {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

// admit refuses what never reaches an operation.
func (x *exchange) admit(called operation) error {
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
	if o.noBatches != 0 && strings.Contains(called.path, "/file_batches") {
		return refuse(o.noBatches, "%s", http.StatusText(o.noBatches))
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
