package process

import (
	"context"
	"slices"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// worker computes one process. What is below the line belongs to its
// goroutine.
type worker struct {
	s      *Service
	proc   schedule.Process
	inbox  chan *request
	gone   chan struct{} // closed when the worker has stopped
	hurry  chan struct{} // closed to make an idle worker stop soon
	recent *recent
	origin newest

	users   int       // guarded by the mutex of the service, as the next two
	used    time.Time // when the last user left
	hurried bool      // hurry is closed

	// ---
	waiting []*request
	env     *ao.Env // of the last request
	failed  failure
	ahead   []*message.Message // assignments read, from the slot after the machine's
	fetch   chan fetched       // more of them, being read

	live      *machine  // nil before it is loaded and after it was lost
	fresh     bool      // it is as it was loaded,
	loadedFor int64     // from the best there was for this slot
	dirty     bool      // it is ahead of what is stored of it
	saved     time.Time // when it was last stored or loaded
	unsaved   int       // slots since then
}

// kind is what a request wants.
type kind uint8

const (
	wantSlot     kind = iota // the state after the slot
	wantFork                 // that state, or the one before the failure, with a machine of its own
	wantSnapshot             // the same, with its snapshot
)

// request is someone who waits.
type request struct {
	kind  kind
	slot  int64
	ctx   context.Context
	env   *ao.Env
	reply chan reply // has room for the answer
}

type reply struct {
	state *message.Message
	err   error
}

func newWorker(s *Service, p schedule.Process) *worker {
	return &worker{
		s: s, proc: p, inbox: make(chan *request, 16), gone: make(chan struct{}), hurry: make(chan struct{}), recent: newRecent(),
		origin: newest{name: latestName(p.ID), slot: -2},
	}
}

// settle is how soon a worker that wants to stop looks again whether its
// results are written.
const settle = 5 * time.Millisecond

// run answers requests until the worker is idle or the service closes.
func (w *worker) run() {
	defer close(w.gone)
	patience, hurry := w.s.Idle, w.hurry
	idle := time.NewTimer(patience)
	defer idle.Stop()
	for {
		select {
		case r := <-w.inbox:
			w.waiting = append(w.waiting, r)
			w.serve()
			idle.Reset(patience)
		case <-hurry:
			hurry, patience = nil, min(settle, patience)
			idle.Reset(patience)
		case <-idle.C:
			w.save()
			if w.recent.settled() && w.s.retire(w) {
				return
			}
			idle.Reset(min(settle, w.s.Idle))
		case <-w.s.closed:
			w.stop()
			return
		}
	}
}

// stop refuses who waits and stores the machine.
func (w *worker) stop() {
	w.collect()
	w.failAll(shuttingDown())
	w.save()
}

// collect takes new requests from the inbox and drops those whose callers have
// gone.
func (w *worker) collect() {
	for {
		select {
		case r := <-w.inbox:
			w.waiting = append(w.waiting, r)
			continue
		default:
		}
		break
	}
	w.waiting = slices.DeleteFunc(w.waiting, func(r *request) bool { return r.ctx.Err() != nil })
}

// serve works until nobody waits.
func (w *worker) serve() {
	for {
		w.collect()
		select {
		case <-w.s.closed:
			return
		default:
		}
		if len(w.waiting) == 0 {
			return
		}
		w.advance(w.waiting[0])
	}
}

// advance makes one step for a request that waits: it answers it, or computes
// the next slot, whoever that is for. The computation goes on when the request
// ends, since others may wait for it too; its values are those of the request.
func (w *worker) advance(r *request) {
	w.env = r.env
	ctx := context.WithoutCancel(r.ctx)
	defer usage.CPU(ctx)()
	now := w.s.Clock.Now()
	if r.kind == wantSlot {
		if m := w.recent.get(r.slot); m != nil {
			w.answer(r, m, nil)
			return
		}
		if w.live != nil && r.slot < w.live.slot {
			m, err := w.historic(ctx, r)
			w.answer(r, m, err)
			return
		}
		if err := w.failed.blocks(r.slot, now); err != nil {
			w.answer(r, nil, err)
			return
		}
	}
	if w.live == nil || w.fresh && r.slot > w.loadedFor {
		w.load(ctx, r)
		return
	}
	if w.live.slot < r.slot && (r.kind == wantSlot || w.failed.blocks(w.live.slot+1, now) == nil) {
		w.next(ctx)
		return
	}
	switch r.kind {
	case wantFork:
		m, err := w.fork(ctx)
		w.answer(r, m, err)
	case wantSnapshot:
		m, err := w.snapshot(ctx)
		w.answer(r, m, err)
	default:
		w.answer(r, public(w.live.state), nil)
	}
}

// answer replies to a request and removes it.
func (w *worker) answer(r *request, m *message.Message, err error) {
	r.reply <- reply{m, err}
	w.waiting = slices.DeleteFunc(w.waiting, func(o *request) bool { return o == r })
}

// failBeyond refuses who waits for a slot beyond the given one. Who wants the
// newest state there is gets that one.
func (w *worker) failBeyond(slot int64, err error) {
	w.waiting = slices.DeleteFunc(w.waiting, func(r *request) bool {
		if r.slot <= slot {
			return false
		}
		if r.kind != wantSlot {
			r.slot = slot
			return false
		}
		r.reply <- reply{err: err}
		return true
	})
}

// failAll refuses everyone who waits.
func (w *worker) failAll(err error) {
	for _, r := range w.waiting {
		r.reply <- reply{err: err}
	}
	w.waiting = nil
}

// arrived replies to everyone who waits for the slot just computed.
func (w *worker) arrived(slot int64, m *message.Message) {
	w.waiting = slices.DeleteFunc(w.waiting, func(r *request) bool {
		if r.kind != wantSlot || r.slot != slot {
			return false
		}
		r.reply <- reply{state: m}
		return true
	})
}

// snapshot answers wantSnapshot.
func (w *worker) snapshot(ctx context.Context) (*message.Message, error) {
	m, ok, err := w.live.snapshot(ctx, w.env)
	if err != nil || !ok {
		return nil, err
	}
	return public(m), nil
}

// fork answers wantFork.
func (w *worker) fork(ctx context.Context) (*message.Message, error) {
	m, err := w.live.fork(ctx, w.env)
	if err != nil {
		return nil, err
	}
	return m.state, nil
}
