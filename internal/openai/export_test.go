package openai

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
)

// DialWith makes a client reach its service through dial, before its first request.
func (c *Client) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.transport.DialContext = dial
}

// CloseIdleConnections closes what a client keeps open for its next request.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// ProxyThrough makes a client reach its service through a proxy, before its first request.
func (c *Client) ProxyThrough(proxy *url.URL) { c.transport.Proxy = http.ProxyURL(proxy) }

// The calls that only the package itself makes.

type Upload = upload

func (c *Client) CreateFile(ctx context.Context, params CreateFileParams) (Uploaded, error) {
	return c.uploads.createFile(ctx, params, newGrace())
}

func (c *Client) CreateUpload(ctx context.Context, params CreateFileParams) (Upload, error) {
	return c.uploads.createUpload(ctx, params, newGrace())
}

func (c *Client) AddUploadPart(ctx context.Context, uploadID string, content io.ReaderAt, size int64) (string, error) {
	return c.uploads.addUploadPart(ctx, uploadID, content, size)
}

func (c *Client) CompleteUpload(ctx context.Context, uploadID string, partIDs []string, md5hex string) (Upload, error) {
	return c.uploads.completeUpload(ctx, uploadID, partIDs, md5hex, newGrace())
}

func (c *Client) CancelUpload(ctx context.Context, uploadID string) error {
	return c.uploads.cancelUpload(ctx, uploadID)
}

// Errors that only a transport can cause.
var (
	ErrHTTP2Only = errHTTP2Only
)

// NewProxyError returns the error of a proxy that answered with a status.
func NewProxyError(status int) error { return &proxyError{proxy: "proxy.test:3128", status: status} }

// NewRefusal returns the error of a request that was answered with a status and, if it is not empty, a code.
func NewRefusal(status int, code string, wholeSection bool) error {
	return &Error{StatusCode: status, Code: code, Message: "no", wholeSection: wholeSection}
}

// ParsedRefusal returns the error of an answer.
func ParsedRefusal(status int, body string) error {
	e := &Error{StatusCode: status}
	e.parse([]byte(body))
	return e
}

// About reports whether the body of a refusal is about an ID.
func About(body []byte, id string) bool {
	var e Error
	e.parse(body)
	return e.about(id)
}

// DecideMissing is what [Client.ConfirmMissing] decides once it has asked for the list.
func DecideMissing(section, id string, notFound, list error, then, now Place) error {
	return confirmMissing(missingFacts{what: section, id: id, notFound: notFound, list: list, then: then, now: now})
}

// Trust makes a client accept the certificate of a test server, before its first request.
func (c *Client) Trust(certificate *x509.Certificate) {
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	c.transport.TLSClientConfig.RootCAs = pool
}
