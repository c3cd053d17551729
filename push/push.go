package push

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Mode says how to push.
type Mode struct {
	Async bool  // answer when it is certain that the slot will be pushed
	Depth int64 // levels of results in the answer; 0 means none
	Hops  int64 // deliveries that led here
}

// Slot pushes a slot of a process: it delivers what is in the outbox and pushes
// the slots that follow from it. The answer has the results of the slot, the
// outcome of each outbox entry under its key, "slot" and "process" (spec 03,
// 6.3). Delivered entries are not delivered again.
//
// # Errors
//
// Those of computing the slot; those of the store; [fail.Timeout] when ctx ends
// first, and the rest is then pushed in the background.
func (s *Service) Slot(ctx context.Context, env *ao.Env, p schedule.Process, slot int64, mode Mode) (*message.Message, error) {
	to, err := s.locate(ctx, env, p, "")
	if err != nil {
		return nil, err
	}
	e := errand{process: p.ID, slot: slot, hops: mode.Hops, node: to.node}
	if !mode.Async {
		return s.await(ctx, func(ctx context.Context) (*message.Message, error) {
			return s.walk(ctx, env, s.root(env, to, slot, e, false, mode))
		})
	}
	if to.node == "" {
		newest, err := s.Order.Current(ctx, p)
		if err != nil || slot > newest { // the process says what is wrong
			if _, err := s.Compute.Compute(ctx, env.Internal(), p, slot); err != nil {
				return nil, err
			}
		}
	}
	if err := s.remember(ctx, e, store.Durable); err != nil {
		return nil, err
	}
	s.background(e, 0)
	return accepted(p.ID, slot), nil
}

func (s *Service) root(env *ao.Env, to destination, slot int64, e errand, pending bool, mode Mode) job {
	return job{to: to, slot: slot, hops: mode.Hops, errand: e, pending: pending, depth: mode.Depth, left: OptDepth.Int(env), waited: true}
}

// Message schedules a message for a process and pushes its slot. A definition of
// a process is only scheduled, and the answer is its assignment. The scheduler
// verifies the message.
//
// # Errors
//
// Those of the scheduler and of [Service.Slot].
func (s *Service) Message(ctx context.Context, env *ao.Env, p schedule.Process, msg *message.Message, mode Mode) (*message.Message, error) {
	to, err := s.locate(ctx, env, p, "")
	if err != nil {
		return nil, err
	}
	i, err := commit.SignedID(ctx, msg.OnlyCommitted())
	if err != nil {
		return nil, err
	}
	e := errand{process: p.ID, slot: -1, message: i.String(), node: to.node}
	spawns := msg.Text("type") == typeProcess
	if !spawns {
		if e.after, err = s.current(ctx, env, to); err != nil {
			return nil, err
		}
		// The schedule is forced to the disk with everything before it.
		safe := store.Lazy
		if to.node != "" {
			safe = store.Durable
		}
		if err := s.remember(ctx, e, safe); err != nil {
			return nil, err
		}
	}
	a, err := s.give(ctx, env, to, msg)
	if err != nil {
		s.afterFailure(ctx, e, spawns, err)
		return nil, err
	}
	if spawns {
		return a, nil
	}
	slot, err := schedule.Slot(a)
	if err != nil {
		return nil, err
	}
	if mode.Async {
		s.background(e, 0)
		return accepted(p.ID, slot).Set("id", message.Binary(i.String())), nil
	}
	m, err := s.await(ctx, func(ctx context.Context) (*message.Message, error) {
		m, err := s.walk(ctx, env, s.root(env, to, slot, e, true, mode))
		if err != nil {
			s.background(e, 1)
		}
		return m, err
	})
	if err != nil || m.Has("id") {
		return m, err
	}
	return m.Set("id", message.Binary(i.String())), nil
}

// afterFailure forgets a message that was refused. One that may still get a slot
// is looked for later.
func (s *Service) afterFailure(ctx context.Context, e errand, spawns bool, err error) {
	if spawns {
		return
	}
	if lasting(err) {
		if err := s.finish(ctx, &e, nil); err == nil {
			return
		}
	}
	s.background(e, 4)
}
