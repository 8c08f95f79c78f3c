package openai

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// expectContinueSize is the length from which a request asks for permission before it sends its body, in bytes. A refusal of the
// key is then known before the file has gone out.
const expectContinueSize = 1 << 20

// newTransport returns what the requests of a client go through. dial opens connections; nil means the network of the machine.
func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: proxyRefusal,
		DialContext:            (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    15 * time.Second,
		// An upload fills a connection. HTTP/2 would put all of them onto one.
		Protocols: &http1,
		// A server that speaks only HTTP/2 says so when it is asked for HTTP/1.1.
		TLSClientConfig:       &tls.Config{NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       30 * time.Second,
		ExpectContinueTimeout: 2 * time.Second,
		DisableCompression:    true,
		WriteBufferSize:       256 << 10,
		ReadBufferSize:        64 << 10,
	}
	if dial != nil {
		transport.DialContext, transport.Proxy = dial, nil
	}
	return transport
}

// proxyRefusal returns an error for a proxy that does not open a tunnel.
func proxyRefusal(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy: proxy.Host, status: answer.StatusCode}
}

// whyUnanswered replaces errors of the HTTP package that explain nothing. [*url.Error] repeats the whole address, and with it
// whatever secret its query holds.
func (c *Client) whyUnanswered(req *http.Request, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	network, isNetwork := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return &plainHTTPError{host: req.URL.Host}
	case isNetwork && network.Op == "proxyconnect":
		return &proxyDialError{proxy: c.proxyOf(req), err: err}
	case speaksHTTP2(err):
		return errHTTP2Only
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &closedError{err}
	}
	return err
}

// speaksHTTP2 reports whether a server answered with a frame of HTTP/2, or insists on it during the TLS handshake. The HTTP and
// TLS packages have no type for that.
func speaksHTTP2(err error) bool {
	const settingsFrame, noOverlap = `malformed HTTP response "\x00\x00`, "tls: no application protocol"
	return strings.Contains(err.Error(), settingsFrame) || strings.Contains(err.Error(), noOverlap)
}

// proxyOf returns the host and port of the proxy that a request goes through; empty if there is none.
func (c *Client) proxyOf(req *http.Request) string {
	if c.transport.Proxy == nil {
		return ""
	}
	proxy, err := c.transport.Proxy(req)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

// errHTTP2Only says that a server does not understand HTTP/1.1.
var errHTTP2Only = errors.New("the server speaks only HTTP/2, but uploads need HTTP/1.1")

// closedError says that a connection ended before there was an answer.
type closedError struct{ err error }

func (e *closedError) Error() string { return "the server closed the connection without a response" }

func (e *closedError) Unwrap() error { return e.err }

// plainHTTPError says that a server without TLS was asked with https.
type plainHTTPError struct{ host string }

func (e *plainHTTPError) Error() string {
	return e.host + " does not support TLS; use http:// instead of https:// in its address"
}

func (e *plainHTTPError) Unwrap() error { return http.ErrSchemeMismatch }

// ErrProxy says that a proxy cannot be reached, or refuses to open a connection.
var ErrProxy = errors.New("the proxy does not open a connection")

// proxyError says that a proxy answered and refused to open a connection.
type proxyError struct {
	proxy  string // host and port
	status int
}

func (e *proxyError) Error() string {
	if e.status == http.StatusProxyAuthRequired {
		return proxyWantsPassword(e.proxy)
	}
	return strings.TrimSuffix(fmt.Sprintf("the proxy %s refused to connect: HTTP %d %s", e.proxy, e.status, http.StatusText(e.status)), " ")
}

// Is reports whether target is [ErrProxy].
func (e *proxyError) Is(target error) bool { return target == ErrProxy }

func proxyWantsPassword(proxy string) string {
	return strings.Join(strings.Fields("the proxy "+proxy+" requires a user name and a password, which belong in HTTPS_PROXY or HTTP_PROXY"), " ")
}

// proxyDialError says that a proxy could not be reached.
type proxyDialError struct {
	proxy string // host and port
	err   error
}

func (e *proxyDialError) Error() string {
	err := e.err
	if outer, ok := errors.AsType[*net.OpError](err); ok && outer.Op == "proxyconnect" {
		err = outer.Err
	}
	return fmt.Sprintf("the proxy %s cannot be reached: %s", e.proxy, err)
}

func (e *proxyDialError) Unwrap() []error { return []error{ErrProxy, e.err} }
