package process

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Order is the schedule of processes. [schedule.Service] is that of this node's,
// [remote.Service] that of any.
//
// [remote.Service]: https://pkg.go.dev/github.com/hyperbeam-go/hyperbeam/schedule/remote#Service
type Order interface {
	// Current returns the newest slot of a process, -1 when it has none.
	Current(ctx context.Context, p schedule.Process) (int64, error)
	// Read returns the assignments of a process from a slot on, consecutive
	// and at most max, with nested messages loaded. A slot that is not
	// scheduled yet gives an empty slice.
	Read(ctx context.Context, p schedule.Process, from int64, max int) ([]*message.Message, error)
}

// Options are what a Service works with.
type Options struct {
	Order Order        // Required.
	Cache *cache.Cache // Required.

	Clock clock.Clock   // nil is the system clock
	Idle  time.Duration // after which a worker stops; 0 means 5 minutes
	Awake int           // workers above which idle ones stop at once; 0 means 1,000
	Log   *slog.Logger  // nil discards
}

// Service computes processes. All methods may be called concurrently.
type Service struct {
	Options
	results *results

	mu     sync.Mutex
	closed chan struct{}
	live   map[string]*worker
	done   sync.WaitGroup // workers
	close  sync.Once

	total atomic.Int64 // slots computed
}

// Total returns how many slots the service has computed since it was made.
func (s *Service) Total() int64 { return s.total.Load() }

// New returns a running service. It must be closed.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Idle <= 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Awake <= 0 {
		o.Awake = 1000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		Options: o, results: newResults(o.Cache, o.Log),
		closed: make(chan struct{}), live: map[string]*worker{},
	}
}

// Close stops all workers after the slot they are at, stores their snapshots
// and returns when everything is written.
func (s *Service) Close() error {
	s.close.Do(func() {
		s.mu.Lock()
		close(s.closed)
		s.mu.Unlock()
		s.done.Wait()
		s.results.close()
	})
	return nil
}

// Of returns the process that a message belongs to: the definition under its
// "process", or the message itself (spec 03, 2.3.1).
//
// # Errors
//
// [fail.NotFound] when the definition is not in the cache and not verifiable;
// those of the store.
func (s *Service) Of(ctx context.Context, m *message.Message) (schedule.Process, error) {
	definition := m
	if v, ok := m.Get("process"); ok {
		v, err := message.Loaded(ctx, s.Cache, v)
		if err != nil {
			return schedule.Process{}, err
		}
		if d, isMsg := v.(*message.Message); isMsg {
			definition = d
		}
	}
	i, err := commit.SignedID(ctx, definition)
	if err != nil {
		return schedule.Process{}, err
	}
	procID := i.String()
	if w := s.worker(procID); w != nil {
		return w.proc, nil
	}
	return schedule.Find(ctx, s.Cache, procID, definition)
}

// worker returns the worker of a process, nil when it has none.
func (s *Service) worker(procID string) *worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[procID]
}

// Compute returns the state after a slot, -1 for the state before the first,
// without private parts. A state that has been computed before is read from the
// cache.
//
// # Errors
//
// An [*ao.Outcome] with the status 404 when the slot is not scheduled yet, and
// one that says what failed where (package comment). [fail.Invalid] for slots
// below -1, [fail.Timeout] when ctx ends first, [fail.Conflict] when the request
// comes from within the computation of the same process.
func (s *Service) Compute(ctx context.Context, env *ao.Env, p schedule.Process, slot int64) (*message.Message, error) {
	if slot < -1 {
		return nil, fail.New(fail.Invalid, "process.Compute", "there is no slot %d", slot).At(p.ID)
	}
	if w := s.worker(p.ID); w != nil {
		if m := w.recent.get(slot); m != nil {
			return m, nil
		}
	}
	if m, err := s.results.read(ctx, p.ID, slot); m != nil || err != nil {
		return m, err
	}
	return s.ask(ctx, env, p, request{kind: wantSlot, slot: slot})
}

// Now returns the state after the newest scheduled slot. Errors are those of
// Compute and of the schedule.
func (s *Service) Now(ctx context.Context, env *ao.Env, p schedule.Process) (*message.Message, error) {
	current, err := s.Order.Current(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.Compute(ctx, env, p, current)
}

// Latest returns the newest state that has been computed, nil when there is
// none. Errors are those of the store.
func (s *Service) Latest(ctx context.Context, p schedule.Process) (*message.Message, error) {
	if w := s.worker(p.ID); w != nil {
		if m := w.recent.newest(); m != nil {
			return m, nil
		}
	}
	return s.results.newest(ctx, p.ID)
}

// Fork returns the state after the newest scheduled slot with a machine of its
// own, as the base of calls that must leave the process as it is (spec 03,
// 2.3.4). When a slot fails, it is the state before that. Errors are those of
// Compute, and [fail.Unsupported] when the execution device keeps a machine and
// makes no snapshots of it.
func (s *Service) Fork(ctx context.Context, env *ao.Env, p schedule.Process) (*message.Message, error) {
	return s.current(ctx, env, p, wantFork)
}

// Snapshot returns the state that Fork does, without private parts and with the
// snapshot of the machine under "snapshot" when there is one. Errors are those
// of Fork.
func (s *Service) Snapshot(ctx context.Context, env *ao.Env, p schedule.Process) (*message.Message, error) {
	return s.current(ctx, env, p, wantSnapshot)
}

func (s *Service) current(ctx context.Context, env *ao.Env, p schedule.Process, k kind) (*message.Message, error) {
	slot, err := s.Order.Current(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.ask(ctx, env, p, request{kind: k, slot: slot})
}

// ask passes a request to the worker of a process and waits for the answer.
func (s *Service) ask(ctx context.Context, env *ao.Env, p schedule.Process, r request) (*message.Message, error) {
	const op = "process.Compute"
	if ctx.Value(computing{p.ID}) != nil {
		return nil, fail.New(fail.Conflict, op, "the process asks for a state of itself that is not computed yet").At(p.ID)
	}
	w, err := s.acquire(p)
	if err != nil {
		return nil, err
	}
	defer s.release(w)
	r.ctx, r.env, r.reply = ctx, env.Internal(), make(chan reply, 1)
	select {
	case w.inbox <- &r:
	case <-w.gone:
		return nil, shuttingDown()
	case <-ctx.Done():
		return nil, fail.Wrap(fail.Timeout, op, ctx.Err())
	}
	select {
	case a := <-r.reply:
		return a.state, a.err
	case <-w.gone:
		return nil, shuttingDown()
	case <-ctx.Done():
		return nil, fail.New(fail.Timeout, op, "the request ended before the slot was computed").At(p.ID)
	}
}

func shuttingDown() error {
	return fail.New(fail.Unavailable, "process.Compute", "the node is shutting down")
}

// acquire returns the worker of a process, started if need be, and keeps it
// from stopping until release.
func (s *Service) acquire(p schedule.Process) (*worker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return nil, shuttingDown()
	default:
	}
	w := s.live[p.ID]
	if w == nil {
		w = newWorker(s, p)
		s.live[p.ID] = w
		s.done.Go(w.run)
		s.makeRoom()
	}
	w.users++
	return w, nil
}

// makeRoom wakes the worker that has been idle for longest, to make it stop,
// when there are too many. The mutex is held.
func (s *Service) makeRoom() {
	if len(s.live) <= s.Awake {
		return
	}
	var oldest *worker
	for _, w := range s.live {
		if w.users == 0 && !w.hurried && !w.used.IsZero() && (oldest == nil || w.used.Before(oldest.used)) {
			oldest = w
		}
	}
	if oldest != nil {
		oldest.hurried = true
		close(oldest.hurry)
	}
}

func (s *Service) release(w *worker) {
	s.mu.Lock()
	w.users--
	w.used = time.Now()
	s.mu.Unlock()
}

// retire removes an idle worker, and reports whether nobody uses it.
func (s *Service) retire(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.users > 0 {
		return false
	}
	delete(s.live, w.proc.ID)
	return true
}

// Workers returns how many processes are awake.
func (s *Service) Workers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live)
}
