package cron

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// workers bounds the tasks that run at the same time.
const workers = 16

// Options are what a service works with.
type Options struct {
	Store store.Store  // says which tasks there are. Required.
	Cache *cache.Cache // keeps their requests, in Store. Required.
	Clock clock.Clock  // nil is the system clock
	Log   *slog.Logger // nil discards

	// Look is the longest time between two looks at the clock while there are
	// tasks. 0 means 250 ms.
	Look time.Duration
}

// Service runs tasks. All methods may be called concurrently.
type Service struct {
	Options
	env  func() *ao.Env
	wake chan struct{}

	mu      sync.Mutex
	byID    map[string]*job
	running int

	stopped context.Context
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// NewService returns a service, which takes tasks but runs none before it is
// started. It must be closed.
func NewService(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Look <= 0 {
		o.Look = 250 * time.Millisecond
	}
	s := &Service{Options: o, byID: map[string]*job{}, wake: make(chan struct{}, 1)}
	s.stopped, s.stop = context.WithCancel(context.Background())
	return s
}

// Start takes up the tasks of the store and begins to run them. env returns
// the environment of a request under the node message in force.
//
// # Errors
//
// Those of the store. A record that is damaged is logged and left out.
func (s *Service) Start(env func() *ao.Env) error {
	ctx := context.Background()
	ids, err := s.Store.List(ctx, active, store.Page{})
	if err != nil && !fail.Is(err, fail.NotFound) {
		return err
	}
	s.env = env
	now := s.Clock.Now()
	for _, id := range ids {
		j, err := s.load(ctx, id)
		if err != nil {
			s.Log.Error("a task cannot be taken up again", "task", id, "error", err)
			continue
		}
		j.Next = now
		s.byID[id] = j
	}
	s.ended.Add(1)
	go s.loop()
	return nil
}

// Close ends the runs that are under way and waits for them. Tasks stay in the
// store.
func (s *Service) Close() error {
	s.stop()
	s.ended.Wait()
	return nil
}

// Names in the store: of tasks, and of signed ones that have ended, which are
// not taken again.
const (
	active = "~" + Name + "/tasks"
	ended  = "~" + Name + "/ended"
)

func (s *Service) load(ctx context.Context, id string) (*job, error) {
	record, err := s.Store.Target(ctx, store.Join(active, id))
	if err != nil {
		return nil, err
	}
	v, err := s.Cache.Read(ctx, strings.TrimPrefix(record, "m/"))
	if err != nil {
		return nil, err
	}
	j, err := readJob(id, v)
	if err != nil {
		return nil, err
	}
	j.record = record
	return j, nil
}

// add stores a task and has it run. A task that is there already stays as it
// is.
func (s *Service) add(ctx context.Context, j *job, l limits) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[j.ID] != nil {
		return nil
	}
	if len(j.Signers) > 0 {
		t, err := s.Store.Type(ctx, store.Join(ended, j.ID))
		if err != nil {
			return err
		}
		if t != store.Absent {
			return fail.New(fail.Conflict, Name, "this signed request has been a task before; sign a new one")
		}
	}
	if err := s.room(j, l); err != nil {
		return err
	}
	id, err := s.Cache.Write(ctx, j.message(), store.Lazy)
	if err != nil {
		return err
	}
	j.record = "m/" + id
	b := store.NewBatch()
	b.Link(store.Join(active, j.ID), j.record)
	if err := s.Store.Apply(ctx, b, store.Durable); err != nil {
		return err
	}
	s.byID[j.ID] = j
	s.look()
	return nil
}

// room returns nil when there may be one more task.
func (s *Service) room(j *job, l limits) error {
	own, signed := int64(0), int64(0)
	for _, x := range s.byID {
		if x.owner() == j.owner() {
			own++
		}
		if len(x.Signers) > 0 {
			signed++
		}
	}
	switch {
	case l.own == 0:
		return fail.New(fail.Unauthorized, Name, "this node takes signed tasks only")
	case l.own > 0 && own >= l.own:
		return fail.New(fail.Busy, Name, "there are %d tasks of this kind of signer, no more are taken", own)
	case l.all >= 0 && signed >= l.all:
		return fail.New(fail.Busy, Name, "there are %d tasks, no more are taken", signed)
	}
	return nil
}

// end removes a task and cancels its run.
func (s *Service) end(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.byID[id]
	if j == nil {
		return refuse("Task not found.")
	}
	if err := s.erase(ctx, j); err != nil {
		return err
	}
	if j.cancel != nil {
		j.cancel()
	}
	return nil
}

// erase removes a task from the store and the service. The caller holds the
// lock.
func (s *Service) erase(ctx context.Context, j *job) error {
	b := store.NewBatch()
	b.SwapLink(store.Join(active, j.ID), j.record, "")
	if len(j.Signers) > 0 {
		b.Link(store.Join(ended, j.ID), j.record)
	}
	if err := s.Store.Apply(ctx, b, store.Durable); err != nil {
		return err
	}
	delete(s.byID, j.ID)
	return nil
}

// find returns a copy of a task.
func (s *Service) find(id string) (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.byID[id]; j != nil {
		return *j, true
	}
	return job{}, false
}

// jobs returns copies of all tasks, by ID.
func (s *Service) jobs() []job {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]job, 0, len(s.byID))
	for _, j := range s.byID {
		out = append(out, *j)
	}
	slices.SortFunc(out, func(a, b job) int { return strings.Compare(a.ID, b.ID) })
	return out
}
