package ao

import (
	"context"
	"errors"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// inflight joins equal calls that are under way, and lets different calls of
// one group wait for each other (spec 02, 8).
type inflight struct {
	mu    sync.Mutex
	calls map[string]*flight
}

// flight is the call that leads a group.
type flight struct {
	base, req *message.Message
	key       string
	done      chan struct{}
	v         message.Value
	err       error
}

// heldGroup marks a context whose caller leads a group.
type heldGroup struct{ name string }

// join runs a call, or takes the result of an equal one of its group.
func (f *inflight) join(call *Call, group string, run Func) (message.Value, error) {
	if group == "" || call.Ctx.Value(heldGroup{group}) != nil {
		return run(call)
	}
	for {
		f.mu.Lock()
		leader := f.calls[group]
		if leader == nil {
			leader = &flight{base: call.Base, req: call.request, key: call.Key, done: make(chan struct{})}
			f.calls[group] = leader
			f.mu.Unlock()
			return f.lead(call, group, leader, run)
		}
		f.mu.Unlock()
		select {
		case <-leader.done:
		case <-call.Ctx.Done():
			return nil, call.alive(call.Ctx)
		}
		// A leader that was cancelled tells nothing about this call.
		if leader.same(call) && !errors.Is(leader.err, context.Canceled) && !errors.Is(leader.err, context.DeadlineExceeded) {
			return leader.v, leader.err
		}
	}
}

func (f *inflight) lead(call *Call, group string, leader *flight, run Func) (message.Value, error) {
	defer func() {
		f.mu.Lock()
		delete(f.calls, group)
		f.mu.Unlock()
		close(leader.done)
	}()
	leader.err = context.Canceled // what waiters see should run panic
	call.Ctx = context.WithValue(call.Ctx, heldGroup{group}, true)
	leader.v, leader.err = run(call)
	return leader.v, leader.err
}

func (l *flight) same(call *Call) bool {
	return l.key == call.Key && message.Equal(l.base, call.Base) &&
		((l.req == nil) == (call.request == nil)) && (l.req == nil || message.Equal(l.req, call.request))
}
