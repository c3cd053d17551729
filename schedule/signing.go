package schedule

import (
	"slices"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// signing is the queue before the workers that sign. Processes take turns, one
// message each, so that a busy one does not delay the others.
type signing struct {
	s      *Service
	mu     sync.Mutex
	some   sync.Cond
	turns  []*sequencer // those with unsigned jobs, each once
	closed bool
}

func newSigning(s *Service) *signing {
	g := &signing{s: s}
	g.some.L = &g.mu
	return g
}

// add queues a job of q.
func (g *signing) add(q *sequencer, j *job) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if q.unsigned = append(q.unsigned, j); len(q.unsigned) == 1 {
		g.turns = append(g.turns, q)
	}
	g.some.Signal()
}

// drop forgets the jobs of q that no worker has taken, and returns how many
// they are.
func (g *signing) drop(q *sequencer) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := len(q.unsigned)
	q.unsigned = nil
	if i := slices.Index(g.turns, q); i >= 0 {
		g.turns = slices.Concat(g.turns[:i], g.turns[i+1:])
	}
	return n
}

// take waits for a job. It returns nil when the service closes.
func (g *signing) take() (*sequencer, *job) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.turns) == 0 {
		if g.closed {
			return nil, nil
		}
		g.some.Wait()
	}
	q := g.turns[0]
	g.turns = g.turns[1:]
	j := q.unsigned[0]
	if q.unsigned = q.unsigned[1:]; len(q.unsigned) > 0 {
		g.turns = append(g.turns, q)
	}
	return q, j
}

func (g *signing) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.some.Broadcast()
}

// work signs jobs until the service closes.
func (g *signing) work() {
	for {
		q, j := g.take()
		if j == nil {
			return
		}
		err := g.sign(q, j)
		select {
		case q.inbox <- event{signed: j, err: err}:
		case <-g.s.ctx.Done():
			return
		}
	}
}

// sign makes the assignment of a job and writes it to the cache, where it lies
// unseen until the disk has put it into its slot.
//
// Workers are nobody's request: a message that finds a bug is refused here, and
// the node goes on.
func (g *signing) sign(q *sequencer, j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fail.New(fail.Internal, "schedule.Sign", "signing the assignment caused a fault: %v", p).At(q.proc.ID)
		}
	}()
	ctx := g.s.ctx
	a, err := g.s.sign(ctx, assignment(q.proc.ID, j.at, j.msg), q.signers)
	if err != nil {
		return err
	}
	i, err := commit.SignedID(ctx, a)
	if err != nil {
		return err
	}
	if _, err := g.s.Cache.Write(ctx, a, store.Lazy); err != nil {
		return err
	}
	j.out, j.outID = a, i.String()
	return nil
}
