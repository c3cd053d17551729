package schedule

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Options are what a scheduler works with.
type Options struct {
	// Store keeps which assignment is in which slot. Required.
	Store store.Store
	// Cache keeps assignments and messages, in Store. Required.
	Cache *cache.Cache
	// Identities are the keys that the node schedules with; the first is the
	// address of the node. Without any, nothing can be scheduled.
	Identities []*keys.PrivateKey

	Clock   clock.Clock   // nil is the system clock
	Blocks  Blocks        // nil is a chain that stands at [Genesis]
	Workers int           // goroutines that sign; 0 means one a core
	Idle    time.Duration // after which a sequencer stops; 0 means 15 seconds
	Pending int           // messages of one process under way; 0 means 10,000
}

// Service schedules messages. All methods may be called concurrently.
type Service struct {
	Options
	identities *keys.Ring
	index      index
	hot        *hot
	signing    *signing
	disk       *disk

	ctx    context.Context // of the work on behalf of nobody in particular
	cancel context.CancelFunc
	done   sync.WaitGroup // the goroutines of the service

	mu     sync.Mutex
	closed bool
	live   map[string]*sequencer
	known  map[string]struct{} // every process that has been live
	calls  sync.WaitGroup      // callers of sequencers

	total atomic.Int64 // messages scheduled
}

// Total returns how many messages the service has scheduled since it was made.
func (s *Service) Total() int64 { return s.total.Load() }

// New returns a running scheduler. It must be closed.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Blocks == nil {
		o.Blocks = Genesis
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Idle <= 0 {
		o.Idle = 15 * time.Second // starting it again costs reading one assignment; it holds 16 KB
	}
	if o.Pending <= 0 {
		o.Pending = 10_000
	}
	s := &Service{
		Options: o, identities: keys.NewRing(o.Identities...), index: index{o.Store, o.Cache}, hot: newHot(),
		live: map[string]*sequencer{}, known: map[string]struct{}{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.signing, s.disk = newSigning(s), newDisk(s)
	for range o.Workers {
		s.done.Go(s.signing.work)
	}
	s.done.Go(s.disk.work)
	return s
}

// Close stops the scheduler after everything under way has been answered. It
// does not close the store.
func (s *Service) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.calls.Wait()
	s.cancel()
	s.signing.close()
	s.disk.close()
	s.done.Wait()
	return nil
}

// Address returns the address of the node, "" without identities.
func (s *Service) Address() string {
	own, _ := s.identities.First()
	return own.Address
}

// Identify has the scheduler schedule as k too: for processes that name its
// address.
func (s *Service) Identify(k *keys.PrivateKey) { s.identities.Add(k) }

// Processes returns the IDs of the processes that have been scheduled or asked
// for here since the start, sorted.
func (s *Service) Processes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.known))
	for p := range s.known {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Schedule gives the message the next slot of the process and returns the
// signed assignment, when it is safely stored (S3). The message must have been
// verified and reduced to its committed keys.
//
// # Errors
//
// Those of [Service.Local]; [fail.Busy] when too many messages of the process
// are under way, [fail.Timeout] when the context ends first, [fail.Unavailable]
// after Close; those of the store.
func (s *Service) Schedule(ctx context.Context, p Process, msg *message.Message) (*message.Message, error) {
	return s.ScheduleOnce(ctx, p, msg, "")
}

// ScheduleOnce is [Service.Schedule] for a message that must not get a second
// slot of the process, under whatever ID it comes: of those with the same origin
// the first is scheduled, and the others are answered with its assignment (S5).
// The origin is one component of a path of the store; "" makes no difference to
// Schedule.
func (s *Service) ScheduleOnce(ctx context.Context, p Process, msg *message.Message, origin string) (*message.Message, error) {
	q, err := s.acquire(p)
	if err != nil {
		return nil, err
	}
	defer s.release(q)
	return q.schedule(ctx, msg, origin)
}

// Current returns the newest slot of a process, -1 when it has none.
//
// # Errors
//
// Those of [Service.Local] when nothing is stored here, and those of the store.
func (s *Service) Current(ctx context.Context, p Process) (int64, error) {
	s.mu.Lock()
	q := s.live[p.ID]
	s.mu.Unlock()
	if q != nil {
		if n := q.newest.Load(); n != unknown {
			return n, nil
		}
	}
	n, err := s.index.newest(ctx, p.ID)
	if err == nil && n < 0 {
		err = s.Local(p)
	}
	return n, err
}

// acquire returns the running sequencer of a process and keeps it from
// stopping until release.
func (s *Service) acquire(p Process) (*sequencer, error) {
	const op = "schedule.Schedule"
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fail.New(fail.Unavailable, op, "the scheduler is shutting down")
	}
	q := s.live[p.ID]
	if q == nil {
		if err := s.Local(p); err != nil {
			return nil, err
		}
		q = newSequencer(s, p, s.signers(p))
		s.live[p.ID] = q
		s.known[p.ID] = struct{}{}
		s.done.Go(q.run)
	}
	q.users++
	s.calls.Add(1)
	return q, nil
}

func (s *Service) release(q *sequencer) {
	s.mu.Lock()
	q.users--
	s.mu.Unlock()
	s.calls.Done()
}

// retire removes an idle sequencer, and reports whether nobody uses it.
func (s *Service) retire(q *sequencer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.users > 0 {
		return false
	}
	delete(s.live, q.proc.ID)
	return true
}
