package testnet

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Node is a node of a testnet, running or not. It is safe for concurrent use.
type Node struct {
	Spec
	Index int    // from 0 on
	Name  string // node-1, node-2, ...
	Dir   string // folder of its data, "" when it is in memory

	net  *Net
	key  *keys.PrivateKey
	port int

	mu   sync.Mutex
	disk *vfs.MemFS // of nodes without a folder
	life life       // nil when it is down
}

// life is one run of a node.
type life interface {
	stop() error // in order
	kill() error // at once
	pid() int
}

// URL returns where the node listens, without a slash at the end.
func (x *Node) URL() string { return "http://" + x.host() }

func (x *Node) host() string { return net.JoinHostPort(loopback, strconv.Itoa(x.port)) }

// Port returns the TCP port of the node.
func (x *Node) Port() int { return x.port }

// Address returns the address of the node's wallet.
func (x *Node) Address() string { return x.key.Address() }

// Key returns the node's wallet: a test may sign what the node would not.
func (x *Node) Key() *keys.PrivateKey { return x.key }

// Start brings the node up, with the data that it left. A node that is up stays
// so.
//
// # Errors
//
// Those of [node.Open]; [fail.Unavailable] when it does not answer.
func (x *Node) Start(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.life != nil {
		return nil
	}
	begin := x.inside
	if len(x.net.Command) > 0 {
		begin = x.program
	}
	l, err := begin(ctx)
	if err != nil {
		return fail.New(fail.KindOf(err), "testnet.Start", "%s did not start: %w", x.Name, err)
	}
	x.life = l
	x.mu.Unlock()
	err = x.net.introduce(ctx, x)
	x.mu.Lock()
	return err
}

// Stop ends the node in order. A node that is down stays so.
func (x *Node) Stop() error { return x.end(life.stop) }

// Kill ends the node at once (package comment).
func (x *Node) Kill() error { return x.end(life.kill) }

func (x *Node) end(how func(life) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.life == nil {
		return nil
	}
	l := x.life
	x.life = nil
	return how(l)
}

// Up reports whether the node has been started and not ended since.
func (x *Node) Up() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.life != nil
}

// Inside returns the node itself when it runs in this process, else nil.
func (x *Node) Inside() *node.Node {
	x.mu.Lock()
	defer x.mu.Unlock()
	if l, ok := x.life.(*inside); ok {
		return l.node
	}
	return nil
}

// RSS returns the resident memory of the node's process in bytes, 0 when it is
// down.
//
// # Errors
//
// [fail.Unsupported] on systems without /proc.
func (x *Node) RSS() (int64, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.life == nil {
		return 0, nil
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(x.life.pid()) + "/statm")
	if err != nil {
		return 0, fail.New(fail.Unsupported, "testnet.RSS", "the memory of %s cannot be read: %w", x.Name, err)
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, fail.New(fail.Unsupported, "testnet.RSS", "/proc does not say how much memory %s uses", x.Name)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
