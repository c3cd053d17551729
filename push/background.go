package push

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Waits between attempts at an errand, and how many there are. What has not
// succeeded then is left to the next start of the node.
const (
	firstWait   = 250 * time.Millisecond
	longWait    = 5 * time.Minute
	maxAttempts = 60
)

// waitBefore returns how long to wait before an attempt; the first is 0.
func waitBefore(attempt int) time.Duration {
	if attempt == 0 {
		return 0
	}
	return min(firstWait<<min(attempt-1, 20), longWait)
}

// background does an errand when there is room, unless it waits for that
// already. Waiting errands have no goroutine.
func (s *Service) background(e errand, attempt int) {
	if attempt >= maxAttempts {
		s.Log.Warn("a push is given up until the node starts again", "process", e.process, "slot", e.slot)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := e.name()
	if s.closed || s.env == nil || s.waiting[name] {
		return
	}
	s.waiting[name] = true
	t := task{e, attempt}
	if attempt == 0 {
		s.enqueue(t)
		return
	}
	time.AfterFunc(waitBefore(attempt), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.enqueue(t)
	})
}

// task is an errand that is to be done in the background.
type task struct {
	errand  errand
	attempt int
}

// enqueue gives a task to a goroutine, a new one if there may be more. The mutex
// is held.
func (s *Service) enqueue(t task) {
	if s.closed {
		return
	}
	s.queue = append(s.queue, t)
	if s.working < s.Parallel {
		s.working++
		s.done.Go(s.work)
	}
}

// work does tasks until there are none.
func (s *Service) work() {
	for {
		s.mu.Lock()
		if s.closed || len(s.queue) == 0 {
			s.working--
			s.mu.Unlock()
			return
		}
		t := s.queue[0]
		s.queue = s.queue[1:]
		delete(s.waiting, t.errand.name())
		env := s.env
		s.mu.Unlock()
		_, err := guarded(func() (*message.Message, error) { return s.run(s.ctx, env(), t.errand, t.attempt) })
		if err != nil && s.ctx.Err() == nil {
			s.Log.Info("a push is tried again later", "process", t.errand.process, "slot", t.errand.slot, "attempt", t.attempt, "error", err)
			s.background(t.errand, t.attempt+1)
		}
	}
}

// run does an errand.
func (s *Service) run(ctx context.Context, env *ao.Env, e errand, attempt int) (*message.Message, error) {
	if left, err := s.pending(ctx, e); err != nil || !left {
		return nil, err
	}
	to := destination{schedule.Process{ID: e.process}, e.node}
	p, err := s.Order.Find(ctx, e.process)
	switch {
	case err == nil:
		to.process = p
	case !fail.Is(err, fail.NotFound):
		return nil, err
	case e.node == "":
		return nil, s.finish(ctx, &e, nil) // a process that did not come to be
	}
	j := job{to: to, slot: e.slot, hops: e.hops, errand: e, pending: true, left: OptDepth.Int(env), attempt: attempt}
	if e.message != "" {
		if j.slot, err = s.search(ctx, env, to, e.message, e.after); err != nil {
			return nil, err
		}
		if j.slot < 0 { // nobody has been told that it was scheduled
			return nil, s.finish(ctx, &e, nil)
		}
	}
	return s.walk(ctx, env, j)
}

// await does work that goes on when the caller has gone, and returns what it
// came to.
func (s *Service) await(ctx context.Context, work func(ctx context.Context) (*message.Message, error)) (*message.Message, error) {
	type result struct {
		m   *message.Message
		err error
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, fail.New(fail.Unavailable, "push.Push", "the node is shutting down")
	}
	out := make(chan result, 1)
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(s.ctx, cancel)
	s.done.Go(func() {
		defer cancel()
		defer stop()
		m, err := guarded(func() (*message.Message, error) { return work(detached) })
		out <- result{m, err}
	})
	s.mu.Unlock()
	select {
	case r := <-out:
		return r.m, r.err
	case <-ctx.Done():
		return nil, fail.New(fail.Timeout, "push.Push", "the request ended before everything was pushed; the rest is pushed in the background")
	}
}

// guarded stops a panic, which would end the node, since pushing is nobody's
// request.
func guarded(work func() (*message.Message, error)) (m *message.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fail.New(fail.Internal, "push.Push", "pushing caused a fault: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}
