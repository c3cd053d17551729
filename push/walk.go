package push

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// job is a slot to push.
type job struct {
	to      destination
	slot    int64
	hops    int64
	errand  errand
	pending bool  // the errand is in the store
	depth   int64 // levels of results in the answer
	left    int64 // deliveries in a row to wait for
	attempt int   // in the background
	waited  bool  // somebody waits for the answer
}

// child returns the job that follows from a letter.
func (j job) child(d delivery, pending bool) job {
	c := job{to: d.to, slot: d.state.slot, hops: j.hops + 1, pending: pending, depth: j.depth - 1, left: j.left - 1, waited: j.waited}
	c.errand = errand{process: c.to.process.ID, slot: c.slot, hops: c.hops, node: c.to.node}
	return c
}

// walk pushes a slot and what follows from it, and returns the answer (spec 03,
// 6.3). An error leaves the errand pending.
func (s *Service) walk(ctx context.Context, env *ao.Env, j job) (*message.Message, error) {
	if ctx.Err() != nil {
		return nil, timeout(ctx)
	}
	if j.hops > OptHops.Int(env) {
		s.Log.Warn("a chain of messages is ended", "process", j.to.process.ID, "slot", j.slot, "hops", j.hops)
		if err := s.finish(ctx, &j.errand, nil); err != nil {
			return nil, err
		}
		return nil, fail.New(fail.Exhausted, "push.Push", "the chain of messages is longer than %d (option push_hops)", OptHops.Int(env)).At(j.to.process.ID)
	}
	if j.to.node != "" {
		return s.elsewhere(ctx, env, j)
	}
	state, err := s.Compute.Compute(ctx, env.Internal(), j.to.process, j.slot)
	if err != nil {
		return nil, err
	}
	results, err := s.resultsOf(ctx, state)
	if err != nil {
		return nil, err
	}
	entries, err := s.outboxOf(ctx, results)
	if err != nil {
		return nil, err
	}
	a := newAnswer(j, results)
	if len(entries) == 0 {
		if j.pending {
			err = s.finish(ctx, &j.errand, nil)
		}
		return a.message(), err
	}
	deliveries, fresh, err := s.deliverAll(ctx, env, j, entries)
	if err != nil {
		return nil, err
	}
	for _, d := range deliveries {
		a.add(d, s.follow(ctx, env, j, d, fresh))
		if d.receipt != nil {
			s.follow(ctx, env, j, *d.receipt, fresh)
		}
	}
	return a.message(), nil
}

// resultsOf returns the results in a state.
func (s *Service) resultsOf(ctx context.Context, state *message.Message) (*message.Message, error) {
	v, _ := state.Get("results")
	v, err := message.Loaded(ctx, s.Cache, v)
	if err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	return m, nil
}

// elsewhere asks the node of a process to push a slot.
func (s *Service) elsewhere(ctx context.Context, env *ao.Env, j job) (*message.Message, error) {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	mode := "async"
	if j.waited {
		mode = "sync"
	}
	v, err := s.ask(ctx, env, j.to.node, message.Of(message.P("method", message.Binary("GET")), message.P("path", message.Binary(
		"/"+j.to.process.ID+"~process@1.0/push&slot+integer="+n(j.slot)+"&result-depth+integer="+n(max(j.depth, 0))+"&push-mode="+mode+"&push-hops+integer="+n(j.hops)))))
	if err != nil {
		return nil, err
	}
	if err := s.finish(ctx, &j.errand, nil); err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	return m.Without(message.CommitmentsKey).WithPrivate(nil), nil
}

// deliverAll delivers the letters of a slot in their order, and replaces the
// errand of the slot by those of the slots that they got. fresh says that those
// are pending.
func (s *Service) deliverAll(ctx context.Context, env *ao.Env, j job, entries []entry) (out []delivery, fresh bool, err error) {
	leave, err := s.enter(ctx, j.to.process.ID+"."+strconv.FormatInt(j.slot, 10))
	if err != nil {
		return nil, false, err
	}
	defer leave()
	if !j.pending {
		done, err := s.settled(ctx, j, entries)
		if err != nil {
			return nil, false, err
		}
		if j.pending = !done; j.pending {
			if err := s.remember(ctx, j.errand, store.Lazy); err != nil {
				return nil, false, err
			}
		}
	}
	var next []errand
	var again error
	note := func(d delivery) {
		switch {
		case d.err != nil:
			again = d.err
		case d.state.stage == sent && !d.entry.spawns():
			next = append(next, j.child(d, true).errand)
		}
	}
	for _, e := range entries {
		from := origin{j.to.process, j.slot, e.index}
		d, err := s.deliver(ctx, env, from, e)
		if err != nil {
			return nil, false, err
		}
		note(d)
		if d.state.stage == sent && e.spawns() {
			r, err := s.receipt(ctx, env, from, d)
			if err != nil {
				return nil, false, err
			}
			d.receipt = &r
			note(r)
		}
		out = append(out, d)
	}
	if !j.pending {
		return out, false, nil
	}
	done := &j.errand
	if again != nil {
		s.Log.Info("a message is not delivered yet", "process", j.to.process.ID, "slot", j.slot, "error", again)
		s.background(j.errand, j.attempt+1)
		done = nil
	}
	return out, true, s.finish(ctx, done, next)
}

// settled reports whether nothing is left to do for the entries of a slot.
func (s *Service) settled(ctx context.Context, j job, entries []entry) (bool, error) {
	for _, e := range entries {
		names := []string{e.index}
		if e.spawns() {
			names = append(names, e.index+"r")
		}
		for _, n := range names {
			p, err := s.progress(ctx, sentName(j.to.process.ID, j.slot, n))
			if err != nil {
				return false, err
			}
			if p.stage == failed {
				break
			}
			if p.stage != sent {
				return false, nil
			}
		}
	}
	return true, nil
}

// follow pushes the slot that a letter got, now or in the background, and
// returns what it resulted in, nil when there is no such slot.
func (s *Service) follow(ctx context.Context, env *ao.Env, j job, d delivery, pending bool) *message.Message {
	if d.err != nil || d.state.stage != sent || d.entry.spawns() {
		return nil
	}
	c := j.child(d, pending)
	if j.left <= 0 {
		if pending {
			s.background(c.errand, 0)
		}
		return accepted(c.to.process.ID, c.slot)
	}
	m, err := s.walk(ctx, env, c)
	if err == nil {
		return m
	}
	if left, perr := s.pending(ctx, c.errand); perr != nil || left {
		s.background(c.errand, 1)
	}
	status, reason := statusOf(err)
	return message.Of(
		message.P("response", message.Binary("error")),
		message.P("status", message.Int(status)),
		message.P("reason", message.Binary(reason)),
		message.P("process", message.Binary(c.to.process.ID)),
		message.P("slot", message.Int(c.slot)))
}
