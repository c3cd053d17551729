package process

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// batch is how many assignments are read at once.
const batch = 64

// completeEvery is after how many slots a state that is complete by itself gets
// the name that a restart begins from.
const completeEvery = 256

// load gets the machine from the best stored state, or from the beginning.
func (w *worker) load(ctx context.Context, r *request) {
	now := w.s.Clock.Now()
	if err := w.failed.blocks(-1, now); err != nil {
		w.failAll(err)
		return
	}
	m, err := w.machineFor(ctx, r.slot)
	if err != nil {
		err = atSlot(err, phaseInit, 0)
		w.failed.note(-1, err, now)
		w.failAll(err)
		return
	}
	w.live, w.ahead, w.fresh, w.loadedFor = m, nil, true, r.slot
	w.dirty, w.unsaved, w.saved = false, 0, now
}

// machineFor returns a machine at the given slot or before it. A stored state
// that cannot be restored is passed over for an older one: computing again
// gives the same.
func (w *worker) machineFor(ctx context.Context, slot int64) (*machine, error) {
	from, err := w.s.results.origins(ctx, w.proc.ID, slot)
	if err != nil {
		return nil, err
	}
	for _, o := range from {
		stored, err := w.s.results.whole(ctx, o.name)
		if err != nil {
			return nil, err
		}
		if stored == nil {
			continue
		}
		m, err := restore(ctx, w.env, w.proc, stored)
		if err == nil {
			return m, nil
		}
		w.s.Log.Warn("a snapshot of a process cannot be restored", "process", w.proc.ID, "slot", o.slot, "error", err)
	}
	return boot(ctx, w.env, w.proc)
}

// next computes the next slot of the live machine and answers who waits for it.
func (w *worker) next(ctx context.Context) {
	m := w.live
	if w.failed.err != nil && w.failed.slot == m.slot+1 && !complete(m.state) {
		w.save() // so that the next attempt need not come here again
	}
	a, err := w.assignment(ctx, m.slot+1)
	if err != nil {
		w.failBeyond(m.slot, atSlot(err, phaseSchedule, m.slot+1))
		return
	}
	if a == nil {
		w.failBeyond(m.slot, unscheduled(m.slot+1))
		return
	}
	m, passed, err := w.step(ctx, m, a)
	if err != nil {
		w.failed.note(m.slot+1, err, w.s.Clock.Now())
		w.ahead = nil
		w.failBeyond(m.slot, err)
		if m.state == nil {
			w.live = nil
		}
		return
	}
	w.live, w.failed = m, failure{}
	w.fresh, w.dirty = false, true
	w.unsaved++
	w.computed(ctx, m, a)
	if passed && !complete(m.state) {
		w.save() // so that the next slot that is passed goes back to here, and no further
	}
}

// assignment returns the assignment of the next slot, nil when there is none
// yet. While a batch is being computed, the next one is read.
func (w *worker) assignment(ctx context.Context, slot int64) (*message.Message, error) {
	if len(w.ahead) == 0 && w.fetch != nil {
		f := <-w.fetch
		w.fetch = nil
		if f.from == slot {
			w.ahead = f.found
		}
	}
	if len(w.ahead) == 0 {
		found, err := w.s.Order.Read(ctx, w.proc, slot, batch)
		if err != nil || len(found) == 0 {
			return nil, err
		}
		w.ahead = found
	}
	if len(w.ahead) == batch && w.fetch == nil {
		w.fetch = w.s.readAhead(ctx, w.proc, slot+batch)
	}
	a := w.ahead[0]
	w.ahead = w.ahead[1:]
	return a, nil
}

// fetched is some assignments that were read ahead.
type fetched struct {
	from  int64
	found []*message.Message
}

// readAhead reads a batch of assignments in the background. What goes wrong is
// left to who reads them again.
func (s *Service) readAhead(ctx context.Context, p schedule.Process, from int64) chan fetched {
	out := make(chan fetched, 1)
	go func() {
		found, err := s.Order.Read(ctx, p, from, batch)
		if err != nil {
			found = nil
		}
		out <- fetched{from, found}
	}()
	return out
}

// computed stores the state of the slot just computed, with a snapshot when one
// is due, and answers who waits for it.
func (w *worker) computed(ctx context.Context, m *machine, a *message.Message) {
	w.s.total.Add(1)
	state := public(m.state)
	names := resultNames(ctx, m, a)
	origin := complete(m.state) && (w.unsaved >= completeEvery || len(w.waiting) == 1 && w.waiting[0].slot == m.slot)
	if origin {
		w.cleaned()
	}
	w.store(m.slot, state, state, names, origin)
	if w.dirty && !complete(m.state) && policyOf(w.env).due(m.slot, w.s.Clock.Now().Sub(w.saved)) {
		w.save()
	}
	w.arrived(m.slot, state)
}

// resultNames returns the names of the state after a slot.
func resultNames(ctx context.Context, m *machine, a *message.Message) []string {
	names := []string{slotName(m.proc.ID, m.slot)}
	if i := messageID(ctx, a); i != "" {
		names = append(names, root(m.proc.ID)+i)
	}
	return names
}

// store writes a state of this process, or what stands for it, and keeps the
// state at hand meanwhile. With origin set, a restart can begin from it as it
// is.
func (w *worker) store(slot int64, written, state *message.Message, names []string, origin bool) {
	w.recent.add(slot, state)
	out := write{state: written, names: names, then: func() { w.recent.wrote(slot) }}
	if origin {
		out.newest = &w.origin
	}
	w.s.results.store(out, OptAsync.Bool(w.env))
}

// cleaned notes that the machine is stored.
func (w *worker) cleaned() { w.dirty, w.unsaved, w.saved = false, 0, w.s.Clock.Now() }

// save stores the machine so that a later worker can go on from it. A device
// that fails to make a snapshot costs computing again, nothing else.
func (w *worker) save() {
	if w.live == nil || !w.dirty {
		return
	}
	m := w.live
	pure := complete(m.state)
	stored, ok, err := m.snapshot(context.Background(), w.env)
	w.cleaned()
	if err != nil {
		w.s.Log.Warn("a process gives no snapshot", "process", w.proc.ID, "slot", m.slot, "error", err)
		return
	}
	if !ok {
		return
	}
	var names []string
	if !pure {
		names = []string{snapshotName(w.proc.ID, m.slot)}
	}
	w.store(m.slot, stored, public(m.state), names, pure)
}

// historic computes a state before that of the live machine, which has been
// lost from the store, with a machine of its own.
func (w *worker) historic(ctx context.Context, r *request) (*message.Message, error) {
	if m, err := w.s.results.read(ctx, w.proc.ID, r.slot); m != nil || err != nil {
		return m, err
	}
	m, err := w.machineFor(ctx, r.slot)
	if err != nil {
		return nil, err
	}
	for m.slot < r.slot && r.ctx.Err() == nil {
		found, err := w.s.Order.Read(ctx, w.proc, m.slot+1, 1)
		if err != nil {
			return nil, atSlot(err, phaseSchedule, m.slot+1)
		}
		if len(found) == 0 {
			return nil, unscheduled(m.slot + 1)
		}
		if m, _, err = w.step(ctx, m, found[0]); err != nil {
			return nil, err
		}
		w.s.results.store(write{state: public(m.state), names: resultNames(ctx, m, found[0]), then: func() {}}, true)
	}
	return public(m.state), nil
}
