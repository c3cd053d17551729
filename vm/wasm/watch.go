package wasm

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
)

// Why a call is stopped.
const (
	causeNone int32 = iota
	causeTime
	causeContext
)

// watch stops the running call of one instance when its time is over or its
// context is done. It costs the guest nothing while neither happens: there is
// no tick, the engine's epoch moves only when some call is to be stopped.
type watch struct {
	engine *wasmtime.Engine
	native *wasmtime.Instance
	timer  *time.Timer
	fired  chan struct{} // the timer's function has ended
	ctx    context.Context
	stop   func() bool
	done   chan struct{} // the context's function has ended
	timed  bool
	cause  atomic.Int32
}

func (w *watch) cancel(cause int32, ended chan<- struct{}) {
	w.cause.CompareAndSwap(causeNone, cause)
	w.native.Cancel(w.engine)
	ended <- struct{}{}
}

// start begins to watch; limit 0 means none.
func (w *watch) start(ctx context.Context, limit time.Duration) {
	w.ctx, w.timed, w.stop = ctx, limit > 0, nil
	if w.timed {
		if w.timer == nil {
			w.fired = make(chan struct{}, 1)
			w.timer = time.AfterFunc(limit, func() { w.cancel(causeTime, w.fired) })
		} else {
			w.timer.Reset(limit)
		}
	}
	if ctx.Done() != nil {
		if w.done == nil {
			w.done = make(chan struct{}, 1)
		}
		w.stop = context.AfterFunc(ctx, func() { w.cancel(causeContext, w.done) })
	}
}

// finish ends watching. When it returns no cancellation is on its way, so the
// next call cannot be hit by one that was meant for this. The cause remains for
// reason.
func (w *watch) finish() {
	if w.timed && !w.timer.Stop() {
		<-w.fired
	}
	if w.stop != nil && !w.stop() {
		<-w.done
	}
	if w.cause.Load() != causeNone {
		w.native.Clear()
	}
}

// reason words why the call was stopped.
func (w *watch) reason(op string, l Limits) error {
	if w.cause.Load() == causeContext {
		return fail.New(fail.Timeout, op, "the call was cancelled: %w", context.Cause(w.ctx))
	}
	return fail.New(fail.Exhausted, op, "time limit of %s reached", l.Timeout)
}
