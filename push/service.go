package push

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/gate"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Computer computes slots of processes. [process.Service] is one.
//
// [process.Service]: https://pkg.go.dev/github.com/hyperbeam-go/hyperbeam/process#Service
type Computer interface {
	// Compute returns the state of a process after a slot.
	Compute(ctx context.Context, env *ao.Env, p schedule.Process, slot int64) (*message.Message, error)
}

// Locator finds the node that schedules a process which this node does not.
type Locator interface {
	// Locate returns the URL of a node that schedules p. An error that is
	// [fail.NotFound] says that none is known.
	Locate(ctx context.Context, env *ao.Env, p schedule.Process) (string, error)
}

// nowhere is a [Locator] that knows nothing.
type nowhere struct{}

// Locate implements [Locator].
func (nowhere) Locate(_ context.Context, _ *ao.Env, p schedule.Process) (string, error) {
	return "", fail.New(fail.NotFound, "push.Locate", "no node is known that schedules the process").At(p.ID)
}

// Options are what a Service works with.
type Options struct {
	Store   store.Store       // Required; the one of Cache and Order.
	Cache   *cache.Cache      // Required.
	Order   *schedule.Service // Required.
	Compute Computer          // Required.

	// Identities are the keys that letters are signed with; the first is that
	// of the node.
	Identities []*keys.PrivateKey
	Locate     Locator      // nil locates nothing
	Peers      Peers        // nil is the transport of the engine
	Parallel   int          // errands done at once in the background; 0 means 8
	Log        *slog.Logger // nil discards
}

// Service pushes. All methods may be called concurrently.
type Service struct {
	Options
	identities *keys.Ring
	busy       gate.Gates // slots whose letters are being delivered

	ctx    context.Context // of the work on behalf of nobody in particular
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	env    func() *ao.Env   // of background work, nil before Start
	newest map[string]int64 // slots of remote processes that this node knows of
	scans  map[string]*scan // what has been read of remote schedules, by node and process
	closed bool

	queue   []task          // for the background
	working int             // goroutines that do them
	waiting map[string]bool // errands in the queue, or waiting to be, by name

	total atomic.Int64 // letters delivered
}

// Total returns how many letters the service has delivered since it was made.
func (s *Service) Total() int64 { return s.total.Load() }

// New returns a service. It must be closed.
func New(o Options) *Service {
	if o.Locate == nil {
		o.Locate = nowhere{}
	}
	if o.Peers == nil {
		o.Peers = remote.Direct{}
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		Options: o, identities: keys.NewRing(o.Identities...), newest: map[string]int64{}, waiting: map[string]bool{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Identify has letters signed as k too: for targets that ask for its address.
func (s *Service) Identify(k *keys.PrivateKey) { s.identities.Add(k) }

// Start takes up what was pending when the node stopped, in the background. env
// returns the environment of such work.
//
// # Errors
//
// Those of the store.
func (s *Service) Start(env func() *ao.Env) error {
	s.mu.Lock()
	s.env = env
	s.mu.Unlock()
	found, bad, err := s.errands(s.ctx)
	if err != nil {
		return err
	}
	if bad > 0 {
		s.Log.Warn("pending pushes that cannot be read are left alone", "count", bad)
	}
	if len(found) > 0 {
		s.Log.Info("pushing what was pending", "count", len(found))
	}
	for _, e := range found {
		s.background(e, 0)
	}
	return nil
}

// Close stops pushing. What is pending is taken up by the next start.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.done.Wait()
	return nil
}

// enter waits until nobody else delivers the letters of a slot, and returns the
// function that lets the next one in.
func (s *Service) enter(ctx context.Context, slot string) (func(), error) {
	leave, err := s.busy.Enter(ctx, slot)
	if err != nil {
		return nil, timeout(ctx)
	}
	return leave, nil
}
