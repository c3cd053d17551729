package process

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// machine is a process at some slot. It is used by one goroutine.
type machine struct {
	proc  schedule.Process
	state *message.Message // with its private parts
	slot  int64
}

// boot returns the machine before the first slot (spec 03, 2.4).
func boot(ctx context.Context, env *ao.Env, p schedule.Process) (*machine, error) {
	definition := p.Definition.OnlyCommitted()
	state := WithProcess(definition.Without("process"), definition).Set("device", message.Binary(Name))
	v, err := execute(ctx, env, state, request1("init"))
	switch {
	case noSuchKey(err): // a device that needs no beginning
	case err != nil:
		return nil, err
	default:
		m, ok := v.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Failed, "process.Init", "the execution device answered \"init\" with something that is not a message")
		}
		state = m
	}
	state = state.Set("device", message.Binary(Name)).
		Set("initialized", message.Binary("true")).
		Set("at-slot", message.Int(-1))
	return &machine{p, state, -1}, nil
}

// execute resolves a request on a state through the execution device. Workers
// are nobody's request, so a device that panics is stopped here: its slot fails,
// and the node goes on.
func execute(ctx context.Context, env *ao.Env, state, req *message.Message) (v message.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			env.Log.Error("an execution device caused a fault", "panic", p, "stack", string(debug.Stack()))
			v, err = nil, fail.New(fail.Internal, "process.Execute", "the execution device caused a fault, which is in the log of the node")
		}
	}()
	return RunAs(ctx, env, Execution, state, req)
}

// noSuchKey reports whether a resolution ended because the device does not have
// the key, rather than because something that the key needs is missing.
func noSuchKey(err error) bool {
	var o *ao.Outcome
	return errors.As(err, &o) && o.Value == message.Value(message.NotFound)
}

// request1 returns a request that is a key and nothing else.
func request1(key string) *message.Message {
	return message.Of(message.P(path.Key, message.Binary(key)))
}

// step computes the next slot (spec 03, 2.5.5). After an error the machine is
// where it was, or lost when the device keeps a machine in private that may have
// gone on. refused tells that the program itself has refused the message, as it
// would on any node.
func (m *machine) step(ctx context.Context, env *ao.Env, a *message.Message, limit time.Duration) (refused bool, err error) {
	if slot, err := schedule.Slot(a); err != nil || slot != m.slot+1 {
		return false, mismatch(a, m.slot+1)
	}
	if !a.Has(path.Key) {
		a = a.Set(path.Key, message.Binary("compute"))
	}
	ctx = context.WithValue(ctx, computing{m.proc.ID}, true)
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	before := m.state
	v, err := execute(ctx, env, before.Without("results"), a)
	next, ok := v.(*message.Message)
	if err == nil && !ok {
		err = fail.New(fail.Failed, "process.Compute", "the result of a slot must be a message, the next state of the process")
	}
	if err != nil {
		if !complete(before) {
			m.state = nil
		}
		return ctx.Err() == nil && byProgram(err), slotError(ctx, m, a, err)
	}
	m.slot++
	m.state = next.Set("device", message.Binary(Name)).Set("at-slot", message.Int(m.slot))
	return false, nil
}

// computing marks the context of a process that is being computed, so that it
// cannot wait for itself.
type computing struct{ process string }

// complete reports whether a state has no private parts, so that it can be
// stored and used again as it is.
func complete(state *message.Message) bool { return state.Private() == nil }

// public returns a state as others see it.
func public(state *message.Message) *message.Message { return state.WithPrivate(nil) }

// snapshot returns the state with a snapshot of its machine under "snapshot"
// (spec 03, 2.7.3), and false when the device makes none.
func (m *machine) snapshot(ctx context.Context, env *ao.Env) (*message.Message, bool, error) {
	if complete(m.state) {
		return m.state, true, nil
	}
	v, err := execute(ctx, env, m.state, request1("snapshot").Set("mode", message.Binary("Map")))
	if noSuchKey(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return public(m.state).Set("snapshot", v), true, nil
}

// restore returns the machine of a stored state, whose snapshot the device
// normalizes (spec 03, 2.6.1).
func restore(ctx context.Context, env *ao.Env, p schedule.Process, stored *message.Message) (*machine, error) {
	const op = "process.Restore"
	v, _ := stored.Get("at-slot")
	slot, ok := message.AsInt(v)
	if !ok || slot < -1 {
		return nil, fail.New(fail.Internal, op, "a stored state has no slot").At(p.ID)
	}
	state := stored.Set("process", p.Definition.OnlyCommitted()).Set("initialized", message.Binary("true"))
	if state.Has("snapshot") {
		v, err := execute(ctx, env, state, request1("normalize"))
		if err != nil {
			return nil, err
		}
		m, ok := v.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Failed, op, "the execution device answered \"normalize\" with something that is not a message").At(p.ID)
		}
		state = m.Without("snapshot")
	}
	return &machine{p, state.Set("device", message.Binary(Name)), slot}, nil
}

// fork returns a machine in the same state that can be used beside this one.
func (m *machine) fork(ctx context.Context, env *ao.Env) (*machine, error) {
	if complete(m.state) {
		return &machine{m.proc, m.state, m.slot}, nil
	}
	stored, ok, err := m.snapshot(ctx, env)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail.New(fail.Unsupported, "process.As", "the execution device makes no snapshots, so a call could change the process").At(m.proc.ID)
	}
	return restore(ctx, env, m.proc, stored)
}

// messageID returns the ID of the message in an assignment, "" when it has
// none.
func messageID(ctx context.Context, a *message.Message) string {
	body, ok := a.Get("body")
	if !ok {
		return ""
	}
	i, err := commit.LinkID(ctx, body)
	if err != nil {
		return ""
	}
	return i.String()
}
