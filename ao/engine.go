package ao

import (
	"context"
	"log/slog"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// Transport sends requests to other nodes. Package client implements it.
type Transport interface {
	// Send sends a request message to the node at the given URL and returns
	// its answer. The request's "path" and "method" say what is asked.
	Send(ctx context.Context, node string, req *message.Message) (message.Value, error)
}

// Services are what an engine works with. Zero fields get a default: a cache in
// memory, no network, the system clock, no key, a logger that discards.
type Services struct {
	Cache     *cache.Cache
	Transport Transport
	Clock     clock.Clock
	Key       *keys.PrivateKey // signs for the node
	Log       *slog.Logger
}

// Limits bound one resolution.
type Limits struct {
	Depth int           // nested resolutions; 0 means 128
	Time  time.Duration // of a whole request; 0 means none
}

// Engine resolves messages with the devices of a registry. It is safe for
// concurrent use.
type Engine struct {
	registry *Registry
	address  string
	Services
	limits   Limits
	inflight inflight
}

// New returns an engine.
func New(r *Registry, s Services, l Limits) *Engine {
	if s.Cache == nil {
		s.Cache = cache.New(mem.New(mem.Options{}), cache.Options{})
	}
	if s.Clock == nil {
		s.Clock = clock.System{}
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if l.Depth == 0 {
		l.Depth = 128
	}
	address := ""
	if s.Key != nil {
		address = s.Key.Address()
	}
	return &Engine{registry: r, address: address, Services: s, limits: l, inflight: inflight{calls: map[string]*flight{}}}
}

// Address returns the address of the node, "" when it has no key. It is the
// committer of what the node signs.
func (e *Engine) Address() string { return e.address }

// Registry returns the devices of the engine.
func (e *Engine) Registry() *Registry { return e.registry }
