package testnet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"

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
	die    context.CancelFunc // breaks off what the node sends
}

// inside starts the node in this process.
func (x *Node) inside(ctx context.Context) (life, error) {
	c, err := x.config()
	if err != nil {
		return nil, err
	}
	l := &inside{of: x, served: make(chan error, 1)}
	alive, die := context.WithCancel(context.Background())
	l.die = die
	clock := x.net.Clock
	if x.Clock != nil {
		clock = x.Clock
	}
	options := []node.Option{node.WithClock(clock), node.WithKey(x.key), node.WithLog(x.net.Log.With("node", x.Name)),
		node.WithNetwork(func(next http.RoundTripper) http.RoundTripper { return carrier{x.net, x.Index, alive, next} })}
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
	l.ln.dropUnused()
	return errors.Join(<-l.served, l.close())
}

// kill cuts the node off and takes the disk away from it before it is closed,
// so that nothing it does then counts.
func (l *inside) kill() error {
	l.die()
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
	defer l.die()
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
