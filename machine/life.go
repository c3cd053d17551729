package machine

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/usage"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

const (
	// checkpointShare is how many times as long as a checkpoint the calls since
	// the last one take before the next is made.
	checkpointShare = 20
	// minReplay is how long calls take that need no checkpoint in any case.
	minReplay = 2 * time.Millisecond
	// maxTrace bounds the bytes remembered of calls before a checkpoint is made.
	maxTrace = 8 << 20
	// maxLostTrace bounds the same for modules that cannot be saved.
	maxLostTrace = 64 << 20
)

// life is all points of one instance, and the instance. Everything in it, and
// in its points, is under its lock.
type life struct {
	module *wasm.Module
	token  chan struct{}  // holds one element while the life is in use
	in     *wasm.Instance // nil when none is running
	at     *Machine       // the point that in is at; nil when none
	limits wasm.Limits    // of in
	board  *board         // connects imports with whoever answers them
	known  *checkpoint    // the last that in made or was restored from
	cost   time.Duration  // of a checkpoint, smoothed
	paged  *checkpoint    // the last that was turned into a message
}

func newLife(module *wasm.Module) *life {
	return &life{module: module, token: make(chan struct{}, 1), board: &board{}}
}

// lock waits until nobody uses the life.
func (l *life) lock(ctx context.Context) error {
	select {
	case l.token <- struct{}{}:
		return nil
	default:
	}
	if ctx.Value(l) != nil {
		return fail.New(fail.Conflict, "machine.Call", "a library must not use the instance that is waiting for its answer")
	}
	select {
	case l.token <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fail.New(fail.Timeout, "machine.Call", "cancelled while the instance was busy: %w", context.Cause(ctx))
	}
}

func (l *life) unlock() { <-l.token }

// board is the [wasm.Host] of an instance. It does not know the life, so that
// an instance that nobody can reach any more is freed.
type board struct{ host host }

// Import implements [wasm.Host]: every import is answered by whoever is the
// host at the time of the call. Start functions that run while memory is about
// to be overwritten get zeros.
func (b *board) Import(im wasm.Import) wasm.HostFunc {
	return func(c *wasm.Caller, args, results []wasm.Value) error {
		if b.host == nil {
			return nil
		}
		return b.host.answer(c, im, args, results)
	}
}

// stop gives the instance up.
func (l *life) stop() {
	if l.in != nil {
		l.in.Close()
	}
	l.in, l.at, l.known = nil, nil, nil
}

// step does something to the instance, which is at m, and returns the point
// after it.
func (l *life) step(ctx context.Context, m *Machine, run Run, o op) (*Machine, []wasm.Value, error) {
	r := &recorder{life: l, ask: run.Imports}
	begin := time.Now()
	out, err := l.perform(ctx, r, &o, run.Limits)
	if err != nil {
		return nil, nil, err
	}
	o.trace = r.trace
	next := &Machine{life: l, from: m, op: o, spent: time.Since(begin), bytes: o.weight()}
	if m != nil {
		next.spent += m.spent
		next.bytes += m.bytes
		next.lost = m.lost
	}
	l.at = next
	return next, out, l.settle(next)
}

// perform does something to the instance. When that fails and leaves it in an
// unknown state, it is given up.
func (l *life) perform(ctx context.Context, h host, o *op, limits wasm.Limits) (out []wasm.Value, err error) {
	l.board.host = h
	defer func() { l.board.host = nil }()
	switch o.kind {
	case opStart:
		in, err := l.module.Instantiate(ctx, l.board, limits)
		if err != nil {
			return nil, err
		}
		l.in, l.limits = in, limits
		_, burnt := in.FuelUsed()
		usage.Add(ctx, usage.WASMFuel, burnt)
		return nil, nil
	case opWrite:
		var addr uint64
		addr, err = l.in.WriteString(ctx, []byte(o.export))
		out = []wasm.Value{wasm.I64(int64(addr))}
	case opDo:
		err = o.do(ctx, l.in)
	default:
		out, err = l.in.Call(ctx, o.export, o.args...)
	}
	burnt, _ := l.in.FuelUsed()
	usage.Add(ctx, usage.WASMFuel, burnt)
	if err != nil && (o.kind != opCall || l.in.Dead() != nil) {
		l.stop()
	}
	return out, err
}

// settle makes a checkpoint at m if it is time for one.
func (l *life) settle(m *Machine) error {
	if l.blocked() != nil {
		if m.bytes > maxLostTrace {
			m.from, m.op, m.bytes, m.lost = nil, op{}, 0, true
		}
		return nil
	}
	if m.bytes < maxTrace && m.spent < max(checkpointShare*l.cost, minReplay) {
		return nil
	}
	return l.save(m)
}

// save makes a checkpoint at m, where the instance is.
func (l *life) save(m *Machine) error {
	if m.check != nil {
		return nil
	}
	begin := time.Now()
	c, err := l.capture()
	if err != nil {
		return err
	}
	m.check, m.from, m.op, m.spent, m.bytes = c, nil, op{}, 0, 0
	l.known = c
	if took := time.Since(begin); l.cost == 0 {
		l.cost = took
	} else {
		l.cost = (3*l.cost + took) / 4 // one that the machine delayed does not count for much
	}
	return nil
}

// moveTo brings the instance to a point, under the given limits. Errors are
// those of this node, whatever they say: the program has no part in them.
func (l *life) moveTo(ctx context.Context, m *Machine, limits wasm.Limits) error {
	err := l.move(ctx, m, limits)
	switch {
	case err == nil, fail.Is(err, fail.Timeout), fail.Is(err, fail.Conflict):
		return err
	}
	return fail.New(fail.Unavailable, "machine.Restore", "the state could not be made to run again: %s", fail.Sentence(err))
}

func (l *life) move(ctx context.Context, m *Machine, limits wasm.Limits) error {
	if l.in != nil && l.at == m {
		if l.limits == limits {
			return nil
		}
		switch {
		case l.blocked() == nil:
			if err := l.save(m); err != nil {
				return err
			}
		case m.lost:
			return nil // it keeps the limits it started with
		}
	}
	l.stop()
	if m.check == nil {
		if l.blocked() != nil {
			return l.replay(ctx, m, limits)
		}
		if err := l.replay(ctx, m, wasm.Limits{}); err != nil {
			return err
		}
		if err := l.save(m); err != nil {
			return err
		}
		l.stop()
	}
	in, err := l.module.Restore(ctx, l.board, limits, m.check.snap, m.check)
	if err != nil {
		return fail.Wrap(fail.Internal, "machine.Restore", err)
	}
	l.in, l.at, l.limits, l.known = in, m, limits, m.check
	return nil
}

// replay brings a new instance to a point by doing again what led there. What
// has been done once may be done again, so there need not be limits, but memory
// has the one that it had.
func (l *life) replay(ctx context.Context, m *Machine, limits wasm.Limits) (err error) {
	const op = "machine.Restore"
	ctx, _ = usage.With(ctx, nil) // nobody's request
	defer func() {
		if err != nil {
			l.stop()
			err = fail.Wrap(fail.Internal, op, err)
		}
	}()
	var path []*Machine
	p := m
	for ; p != nil && p.check == nil; p = p.from {
		if p.lost {
			return fail.New(fail.Conflict, op, "the state is too far in the past of a module that cannot be saved: %w", l.blocked())
		}
		path = append(path, p)
	}
	limits.MemoryBytes = path[len(path)-1].op.memory
	if p != nil {
		l.in, err = l.module.Restore(ctx, l.board, limits, p.check.snap, p.check)
		if err != nil {
			return err
		}
		l.limits, l.known = limits, p.check
	}
	for i := len(path) - 1; i >= 0; i-- {
		o := &path[i].op
		if _, err := l.perform(ctx, &replayer{o.trace}, o, limits); err != nil {
			return err
		}
	}
	l.at = m
	return nil
}

// blocked returns why instances of the module cannot be saved, or nil.
func (l *life) blocked() error { return l.module.SnapshotBlocker() }
