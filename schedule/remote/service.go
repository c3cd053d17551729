package remote

import (
	"context"
	"log/slog"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/gate"
	"github.com/hyperbeam-go/hyperbeam/location"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Peers sends requests to other nodes. Their URLs come from processes, hints
// and location records, so an implementation must treat them as what strangers
// have named.
type Peers interface {
	// SendTo sends a request to the node at a URL and returns its answer; one
	// with another status than "ok" is an [*ao.Outcome].
	SendTo(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error)
}

// Known knows nodes that the operator has set for processes.
type Known interface {
	// Locate returns the URL of a node that schedules p. An error that is
	// [fail.NotFound] says that none is known.
	Locate(ctx context.Context, env *ao.Env, p schedule.Process) (string, error)
}

// Options are what a Service works with.
type Options struct {
	Local     *schedule.Service // Required.
	Locations *location.Service // nil knows no records
	Peers     Peers             // nil is the transport of the engine
	Known     Known             // nil knows nothing
	Log       *slog.Logger      // nil discards
}

// Service knows the schedules of all processes, those of this node and others.
// All methods may be called concurrently.
type Service struct {
	Options
	syncing gate.Gates // processes whose schedule is being read

	mu      sync.Mutex
	env     func() *ao.Env  // of work for whoever computes, nil before Start
	claimed map[claim]int64 // the newest slot that a place has spoken of
}

// claim is what a place says about a process.
type claim struct{ place, process string }

// maxClaims bounds the claims that are remembered.
const maxClaims = 10_000

// New returns a service.
func New(o Options) *Service {
	if o.Peers == nil {
		o.Peers = Direct{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Options: o, claimed: map[claim]int64{}}
}

// Start gives the environment of requests on behalf of whoever computes.
// Without it, [Service.Current] and [Service.Read] know what is stored here.
func (s *Service) Start(env func() *ao.Env) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env = env
}

// environment returns the environment of Start, nil before it.
func (s *Service) environment() *ao.Env {
	s.mu.Lock()
	f := s.env
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f()
}

// enter waits until nobody else reads the schedule of a process, and returns the
// function that lets the next one in.
func (s *Service) enter(ctx context.Context, process string) (func(), error) {
	leave, err := s.syncing.Enter(ctx, process)
	if err != nil {
		return nil, fail.New(fail.Timeout, "remote.Read", "the request ended before the schedule was read: %w", err).At(process)
	}
	return leave, nil
}

// note remembers the newest slot that a place speaks of.
func (s *Service) note(place Place, process string, newest int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.claimed) >= maxClaims {
		clear(s.claimed)
	}
	s.claimed[claim{place.URL, process}] = newest
}

// claims returns what note remembered, -1 for nothing.
func (s *Service) claims(place Place, process string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, ok := s.claimed[claim{place.URL, process}]; ok {
		return n
	}
	return -1
}
