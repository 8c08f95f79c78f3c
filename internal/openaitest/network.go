package openaitest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Network connects clients and servers of one process through memory. In a testing/synctest bubble, waits of minutes take no time. The zero
// Network has no servers.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*networkListener // by host
	conns     []net.Conn
	closed    bool
}

// errRefused is what dialing a host without a server gives.
var errRefused = &net.OpError{Op: "dial", Net: "memory", Err: syscall.ECONNREFUSED}

// Dial connects to the server of an address; the port does not matter. It fits [http.Transport.DialContext].
func (n *Network) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	listener := n.listeners[host]
	n.mu.Unlock()
	if listener == nil {
		return nil, errRefused
	}
	ours, theirs := net.Pipe()
	select {
	case listener.conns <- theirs:
	case <-listener.closed:
		return nil, errRefused
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns = append(n.conns, ours, theirs)
	if n.closed {
		return nil, errors.Join(errRefused, ours.Close(), theirs.Close())
	}
	return ours, nil
}

// Listen returns the listener of a host. It panics if the host has one.
func (n *Network) Listen(host string) net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = map[string]*networkListener{}
	}
	if n.listeners[host] != nil {
		panic("openaitest: two servers for " + host)
	}
	listener := &networkListener{network: n, host: host, conns: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[host] = listener
	return listener
}

// Serve answers requests to a host until the network is closed.
func (n *Network) Serve(host string, handler http.Handler) {
	listener := n.Listen(host)
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Hour}
	go func() { _ = server.Serve(listener) }() // ends when the listener does
}

// Close ends all servers and connections.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, listener := range n.listeners {
		listener.end()
	}
	for _, conn := range n.conns {
		_ = conn.Close()
	}
}

type networkListener struct {
	network *Network
	host    string
	conns   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (l *networkListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *networkListener) end() { l.once.Do(func() { close(l.closed) }) }

// Close refuses further connections.
func (l *networkListener) Close() error {
	l.end()
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	if l.network.listeners[l.host] == l {
		delete(l.network.listeners, l.host)
	}
	return nil
}

func (l *networkListener) Addr() net.Addr { return networkAddr(l.host) }

type networkAddr string

func (networkAddr) Network() string { return "memory" }

func (a networkAddr) String() string { return string(a) }
