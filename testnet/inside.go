package testnet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// inside is a node that runs in this process.
type inside struct {
	of     *Node
	node   *node.Node
	store  store.Store // nil when the node has its own
	ln     *listener
	cancel context.CancelFunc
	served chan error
	dead   *atomic.Bool
}

// inside starts the node in this process.
func (x *Node) inside(ctx context.Context) (life, error) {
	c, err := x.config()
	if err != nil {
		return nil, err
	}
	l := &inside{of: x, served: make(chan error, 1), dead: new(atomic.Bool)}
	clock := x.net.Clock
	if x.Clock != nil {
		clock = x.Clock
	}
	options := []node.Option{node.WithClock(clock), node.WithKey(x.key), node.WithLog(x.net.Log.With("node", x.Name)),
		node.WithNetwork(func(next http.RoundTripper) http.RoundTripper { return carrier{x.net, x.Index, l.dead, next} })}
	if x.Dir == "" {
		if x.disk == nil {
			x.disk = vfs.NewCrashableMem()
		}
		s, err := pebble.Open("store", pebble.Options{Disk: x.disk, MemTableBytes: 1 << 20, CacheBytes: 4 << 20})
		if err != nil {
			return nil, err
		}
		l.store = s
		options = append(options, node.WithStore(s))
	}
	if l.ln, err = listen(ctx, x.host()); err == nil {
		l.node, err = node.Open(ctx, c, options...)
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() { l.served <- l.node.Serve(ctx, l.ln) }()
	return l, nil
}

func (l *inside) pid() int { return os.Getpid() }

func (l *inside) stop() error {
	l.cancel()
	return errors.Join(<-l.served, l.close())
}

// kill cuts the node off and takes the disk away from it before it is closed,
// so that nothing it does then counts.
func (l *inside) kill() error {
	l.dead.Store(true)
	l.ln.cut()
	if l.store != nil {
		l.of.disk = l.of.disk.CrashClone(vfs.CrashCloneCfg{})
	}
	l.cancel()
	<-l.served
	return l.close()
}

func (l *inside) close() error {
	var errs []error
	if l.node != nil {
		errs = append(errs, l.node.Close())
	}
	if l.store != nil {
		errs = append(errs, l.store.Close())
	}
	if l.ln != nil {
		if err := l.ln.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// listener remembers its connections, to cut them.
type listener struct {
	net.Listener
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// listen opens a port that may have been in use a moment ago.
func listen(ctx context.Context, host string) (*listener, error) {
	const patience = 5 * time.Second
	for began := time.Now(); ; {
		ln, err := net.Listen("tcp", host)
		if err == nil {
			return &listener{Listener: ln, conns: map[net.Conn]struct{}{}}, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) || ctx.Err() != nil || time.Since(began) > patience {
			return nil, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = struct{}{}
	return &conn{c, l}, nil
}

// cut ends all connections without a farewell, and takes no more.
func (l *listener) cut() {
	_ = l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// conn is a connection that its listener forgets when it is closed.
type conn struct {
	net.Conn
	of *listener
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c.Conn)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
