package testnet

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Spec is one node that is wanted.
type Spec struct {
	Role   Role
	Config *message.Message // options beside those of the testnet
	Clock  clock.Clock      // nil is that of the testnet
}

// Options are what a testnet is made of.
type Options struct {
	Nodes []Spec // Required; see [Roles].

	// Dir is the folder of the nodes' data, one folder each, with their wallets
	// and configurations. Without one everything is in memory, and gone with
	// the testnet.
	Dir  string
	Port int       // of the first node, the others follow; 0 picks free ones
	Keys keys.Kind // of new wallets; 0 is RSA, which takes seconds to make

	// Command is a program with its first arguments that runs a node from the
	// configuration file which follows them: {"hyperbeam", "start", "--config"}.
	// Without one the nodes run in this process. It needs Dir.
	Command []string

	// Strangers are not told where the others are.
	Strangers bool

	Clock clock.Clock  // of nodes in this process; nil is the system clock
	Seed  uint64       // of what the network does at random; 0 draws one
	Log   *slog.Logger // of nodes in this process; nil discards
}

// Net is a running testnet. It must be closed. It is safe for concurrent use.
type Net struct {
	Options
	nodes []*Node
	hosts map[string]int // index of the node that listens at host:port

	mu    sync.Mutex
	links map[[2]int]*Link
}

// Start starts a testnet, and returns when all nodes answer.
//
// # Errors
//
// [fail.Invalid] when the options do not go together; those of starting nodes.
// What had been started is stopped again.
func Start(ctx context.Context, o Options) (*Net, error) {
	const op = "testnet.Start"
	switch {
	case len(o.Nodes) == 0:
		return nil, fail.New(fail.Invalid, op, "a testnet has one node at least")
	case len(o.Command) > 0 && o.Dir == "":
		return nil, fail.New(fail.Invalid, op, "nodes that are processes of their own need a folder")
	}
	if o.Keys == 0 {
		o.Keys = keys.RSA
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	n := &Net{Options: o, hosts: map[string]int{}, links: map[[2]int]*Link{}}
	if err := n.prepare(); err != nil {
		return nil, err
	}
	for _, x := range n.nodes {
		if err := x.Start(ctx); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

// prepare makes wallets and picks ports, so that every node can be told of all.
func (n *Net) prepare() error {
	ports, err := pickPorts(n.Port, len(n.Nodes))
	if err != nil {
		return err
	}
	errs := make([]error, len(n.Nodes))
	var making sync.WaitGroup
	for i, spec := range n.Nodes {
		x := &Node{Spec: spec, Index: i, Name: "node-" + strconv.Itoa(i+1), net: n, port: ports[i]}
		if n.Dir != "" {
			x.Dir = filepath.Join(n.Dir, x.Name)
		}
		n.hosts[x.host()] = i
		n.nodes = append(n.nodes, x)
		making.Go(func() { x.key, errs[i] = x.wallet() })
	}
	making.Wait()
	return errors.Join(errs...)
}

// pickPorts returns count free ports from first on, or any when first is 0.
func pickPorts(first, count int) ([]int, error) {
	var out []int
	for i := range count {
		port := 0
		if first > 0 {
			port = first + i
		}
		ln, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		if err != nil {
			return nil, fail.New(fail.Unavailable, "testnet.Start", "port %d is taken: %w", port, err)
		}
		defer ln.Close()
		out = append(out, ln.Addr().(*net.TCPAddr).Port)
	}
	return out, nil
}

const loopback = "127.0.0.1"

// wallet reads the wallet of a node, or makes one.
func (x *Node) wallet() (*keys.PrivateKey, error) {
	if x.Dir == "" {
		return keys.Generate(x.net.Keys)
	}
	c := node.Config{DataDir: x.Dir}
	k, err := keys.ReadFile(c.KeyPath())
	if !fail.Is(err, fail.NotFound) {
		return k, err
	}
	if k, err = keys.Generate(x.net.Keys); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(x.Dir, 0o700); err != nil {
		return nil, fail.New(fail.Unavailable, "testnet.Start", "cannot make the folder of %s: %w", x.Name, err)
	}
	return k, k.CreateFile(c.KeyPath())
}

// All returns the nodes. The slice must not be changed.
func (n *Net) All() []*Node { return n.nodes }

// Node returns the node with an index, from 0 on.
func (n *Net) Node(i int) *Node { return n.nodes[i] }

// Link returns the way from one node to another, by their indexes. It exists
// for nodes in this process only; on others it has no effect.
func (n *Net) Link(from, to int) *Link {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := [2]int{from, to}
	l := n.links[at]
	if l == nil {
		l = newLink(n.Seed, from, to)
		n.links[at] = l
	}
	return l
}

// Set puts all links between different nodes under the same conditions.
func (n *Net) Set(c Conditions) {
	n.between(func(int, int) bool { return true }, c)
}

// Heal makes all links pass everything on.
func (n *Net) Heal() { n.Set(Conditions{}) }

// Partition cuts all links between different groups of nodes. Those that are in
// no group are a group together. Links within groups stay as they are.
func (n *Net) Partition(groups ...[]int) {
	group := func(i int) int { return slices.IndexFunc(groups, func(g []int) bool { return slices.Contains(g, i) }) }
	n.between(func(from, to int) bool { return group(from) != group(to) }, Conditions{Cut: true})
}

func (n *Net) between(which func(from, to int) bool, c Conditions) {
	for from := range n.nodes {
		for to := range n.nodes {
			if from != to && which(from, to) {
				n.Link(from, to).Set(c)
			}
		}
	}
}

// Close stops all nodes.
func (n *Net) Close() error {
	n.Heal()
	errs := make([]error, len(n.nodes))
	var all sync.WaitGroup
	for i, x := range n.nodes {
		all.Go(func() { errs[i] = x.Stop() })
	}
	all.Wait()
	return errors.Join(errs...)
}
