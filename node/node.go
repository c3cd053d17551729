package node

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/metrics"
	"github.com/hyperbeam-go/hyperbeam/server"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// Node is a running node. It is safe for concurrent use.
type Node struct {
	*settings
	key    *keys.PrivateKey
	store  store.Store
	engine *ao.Engine
	server *server.Server
	close  []func() error // in the order of opening
}

// Option changes what [Open] builds.
type Option func(*parts)

// parts are what a node is made from beside its configuration.
type parts struct {
	log     *slog.Logger
	clock   clock.Clock
	more    []*ao.Device // devices
	store   store.Store
	key     *keys.PrivateKey
	carry   func(http.RoundTripper) http.RoundTripper
	metrics *metrics.Metrics
	guest   snp.Guest
	root    func(product string) (snp.Root, error)
}

// WithLog sends the node's log to l instead of nowhere.
func WithLog(l *slog.Logger) Option { return func(p *parts) { p.log = l } }

// WithClock gives the node another clock.
func WithClock(c clock.Clock) Option { return func(p *parts) { p.clock = c } }

// WithDevices adds devices to those of the node.
func WithDevices(d ...*ao.Device) Option {
	return func(p *parts) { p.more = append(p.more, d...) }
}

// WithStore uses an open store, which the node does not close.
func WithStore(s store.Store) Option { return func(p *parts) { p.store = s } }

// WithKey uses a wallet that is in memory.
func WithKey(k *keys.PrivateKey) Option { return func(p *parts) { p.key = k } }

// WithNetwork puts a network between the node and its peers: requests to other
// nodes are given to what carry returns ([client.Options]).
func WithNetwork(carry func(next http.RoundTripper) http.RoundTripper) Option {
	return func(p *parts) { p.carry = carry }
}

// WithGuest has the node ask g for attestation reports instead of the processor
// it runs on, and trust the processors of a root other than AMD's (nil is AMD).
func WithGuest(g snp.Guest, root func(product string) (snp.Root, error)) Option {
	return func(p *parts) { p.guest, p.root = g, root }
}

// Open starts a node: everything but its HTTP listener.
//
// # Errors
//
// Those of the wallet, the store and the configuration; each says what to do.
// What had been opened is closed again.
func Open(ctx context.Context, c Config, options ...Option) (*Node, error) {
	p := parts{log: slog.New(slog.DiscardHandler), clock: clock.System{}, guest: snp.Hardware()}
	for _, o := range options {
		o(&p)
	}
	n := &Node{}
	if err := n.open(ctx, c, p); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Node) open(ctx context.Context, c Config, p parts) error {
	p.metrics = metrics.New(p.clock.Now)
	a := &assembly{Node: n, c: c, parts: p, host: message.NewSlot[string]("host of the request")}
	for _, step := range [...]func(context.Context) error{a.ground, a.network, a.processes, a.custody, a.devices, a.edge, a.start} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startHook runs the hook "start" on the node message; it may change it (spec
// 02, 9.4).
func (n *Node) startHook(ctx context.Context) error {
	env := n.Env()
	if !env.HasHook(ao.HookStart) {
		return nil
	}
	v, err := env.Hook(ctx, ao.HookStart, message.Of(message.P("body", n.Message())))
	if err != nil {
		return fail.New(fail.Invalid, "node.Open", "the hook start refused: %w", err)
	}
	m, _ := v.(*message.Message)
	body := m.Message("body")
	if body == nil {
		return fail.New(fail.Invalid, "node.Open", "the hook start returned no node message")
	}
	next := n.Config()
	if err := next.Apply(body.Without("node_history")); err != nil {
		return err
	}
	n.put(next)
	return nil
}

// Address returns the address of the node's wallet.
func (n *Node) Address() string { return n.engine.Address() }

// Engine returns the engine of the node.
func (n *Node) Engine() *ao.Engine { return n.engine }

// Env returns the environment of a request under the node message in force.
func (n *Node) Env() *ao.Env { return n.engine.Env(n.Message()) }

// Resolve resolves a request message, as the HTTP server does, without HTTP: no
// hooks, no signature on the result.
func (n *Node) Resolve(ctx context.Context, req *message.Message) (message.Value, error) {
	return n.Env().ResolveRequest(ctx, req)
}

// Handler returns the HTTP interface of the node.
func (n *Node) Handler() http.Handler { return n.server.Handler() }

// Listen opens the port of the configuration.
//
// # Errors
//
// [fail.Unavailable] when the port is taken, with the option to change.
func (n *Node) Listen() (net.Listener, error) {
	c := n.Config()
	ln, err := net.Listen("tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		return nil, fail.New(fail.Unavailable, "node.Listen", "cannot listen on port %d (choose another with --port): %w", c.Port, err)
	}
	return ln, nil
}

// Serve answers HTTP requests at ln until the context ends. Errors are those of
// [server.Server.Serve].
func (n *Node) Serve(ctx context.Context, ln net.Listener) error { return n.server.Serve(ctx, ln) }

// Close stops the node; what it has acknowledged is on disk.
func (n *Node) Close() error {
	var errs []error
	for i := len(n.close) - 1; i >= 0; i-- {
		errs = append(errs, n.close[i]())
	}
	n.close = nil
	return errors.Join(errs...)
}
