package ao

import (
	"context"
	"log/slog"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Cache is what the engine and devices need of the message cache. Package
// cache implements it.
type Cache interface {
	message.Loader
	// Read returns what lies at a path: a message by any of its IDs, a value
	// inside one, a binary under "data/", a computed result.
	Read(ctx context.Context, path string) (message.Value, error)
	// Write stores a value and returns the ID it can be read by.
	Write(ctx context.Context, v message.Value, d store.Durability) (string, error)
	// Link makes a path lead to an existing one.
	Link(ctx context.Context, existing, path string) error
	// List returns the names below a path.
	List(ctx context.Context, path string) ([]string, error)
}

// Transport sends requests to other nodes. Package client implements it.
type Transport interface {
	// Send sends a request message to the node at the given URL and returns
	// its answer. The request's "path" and "method" say what is asked.
	Send(ctx context.Context, node string, req *message.Message) (message.Value, error)
}

// Services are what an engine works with. Zero fields get a default: no cache,
// no network, the system clock, no key, a logger that discards.
type Services struct {
	Cache     Cache
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
	Services
	limits   Limits
	inflight inflight
}

// New returns an engine.
func New(r *Registry, s Services, l Limits) *Engine {
	if s.Cache == nil {
		s.Cache = noCache{}
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
	return &Engine{registry: r, Services: s, limits: l, inflight: inflight{calls: map[string]*flight{}}}
}

// Registry returns the devices of the engine.
func (e *Engine) Registry() *Registry { return e.registry }

// noCache is a cache that has and keeps nothing.
type noCache struct{ message.NoLoader }

func (n noCache) Read(ctx context.Context, path string) (message.Value, error) {
	return n.Load(ctx, path)
}

func (noCache) Write(context.Context, message.Value, store.Durability) (string, error) {
	return "", nil
}

func (noCache) Link(context.Context, string, string) error { return nil }

func (noCache) List(context.Context, string) ([]string, error) { return nil, nil }
