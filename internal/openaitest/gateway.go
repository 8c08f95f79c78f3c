package openaitest

import (
	"io"
	"net/http"
	"strings"
)

// Gateway is an answer to a URL that does not exist, from something in front of the service.
type Gateway struct {
	Name        string
	Status      int
	ContentType string // empty: none is sent
	Body        string // {method} and {path} stand for those of the request
}

// Gateways returns answers of well-known kinds, all with the status 404: a page of HTML, plain text, an empty body, the JSON
// of a Python framework, and the JSON of OpenAI itself.
func Gateways() []Gateway {
	return []Gateway{
		{"HTML", http.StatusNotFound, "text/html", "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n" +
			"<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"},
		{"plain text", http.StatusNotFound, "text/plain; charset=utf-8", "404 page not found\n"},
		{"empty", http.StatusNotFound, "", ""},
		{"detail", http.StatusNotFound, "application/json", `{"detail":"Not Found"}`},
		{"OpenAI", http.StatusNotFound, "application/json", "{\n  \"error\": {\n    \"message\": \"Invalid URL ({method} {path})\",\n    " +
			"\"type\": \"invalid_request_error\",\n    \"param\": null,\n    \"code\": null\n  }\n}\n"},
	}
}

func (g *Gateway) answer(r *http.Request) answer {
	body := strings.NewReplacer("{method}", r.Method, "{path}", r.URL.EscapedPath()).Replace(g.Body)
	a := answer{
		status: g.Status,
		header: http.Header{"Content-Type": nil}, // net/http guesses none
		body:   io.NopCloser(strings.NewReader(body)),
		size:   int64(len(body)),
		plain:  true,
	}
	if g.ContentType != "" {
		a.header.Set("Content-Type", g.ContentType)
	}
	return a
}
