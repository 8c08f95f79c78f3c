package openai

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// DialWith makes a client reach its service through dial, before its first request.
func (c *Client) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.transport().DialContext = dial
}

// CloseIdleConnections closes what a client keeps open for its next request.
func (c *Client) CloseIdleConnections() { c.transport().CloseIdleConnections() }

func (c *Client) transport() *http.Transport {
	next := c.http.Transport
	for {
		switch t := next.(type) {
		case *pauseTransport:
			next = t.next
		case stallTransport:
			next = t.next
		case logTransport:
			next = t.next
		case *http.Transport:
			return t
		default:
			panic(fmt.Sprintf("no transport to dial with behind %T", t))
		}
	}
}

// Errors that only a transport can cause.
var (
	ErrWebPage   = errWebPage
	ErrHTTP2Only = errHTTP2Only
)

// NewProxyError returns the error of a proxy that answered with a status.
func NewProxyError(status int) error { return &proxyError{proxy: "proxy.test:3128", status: status} }

// NewRefusal returns the error of a request that was answered with a status and, if it is not empty, a code.
func NewRefusal(status int, code string, wholeSection bool) error {
	return &Error{StatusCode: status, Code: code, Message: "no", wholeSection: wholeSection}
}
