package testnet

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// listener remembers its connections, to cut them.
type listener struct {
	net.Listener
	mu    sync.Mutex
	conns map[*conn]struct{}
}

// listen opens a port that may have been in use a moment ago.
func listen(ctx context.Context, host string) (*listener, error) {
	const patience = 5 * time.Second
	for began := time.Now(); ; {
		ln, err := net.Listen("tcp", host)
		if err == nil {
			return &listener{Listener: ln, conns: map[*conn]struct{}{}}, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) || ctx.Err() != nil || time.Since(began) > patience {
			return nil, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &conn{Conn: accepted, of: l}
	l.conns[c] = struct{}{}
	return c, nil
}

// open returns the connections there are.
func (l *listener) open() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.conns))
}

// cut ends all connections without a farewell, and takes no more.
func (l *listener) cut() {
	_ = l.Close()
	for _, c := range l.open() {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// dropUnused ends the connections that nothing has come over. Clients dial more
// than they need, and a server that stops waits five seconds for such.
func (l *listener) dropUnused() {
	for _, c := range l.open() {
		if !c.used.Load() {
			_ = c.Close()
		}
	}
}

// conn is a connection that its listener forgets when it is closed.
type conn struct {
	net.Conn
	of   *listener
	used atomic.Bool
}

// Read implements [net.Conn].
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.used.Store(true)
	}
	return n, err
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
