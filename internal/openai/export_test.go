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
