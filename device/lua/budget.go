package lua

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// session is one call of a program by the engine.
type session struct {
	env    *ao.Env
	ctx    context.Context
	parent *session // the call in which the engine was asked for this one
	level  int
	fuel   int64 // for the call and all that it asks for
	memory int64
	output int64
	spent  atomic.Int64 // by programs called in turn, since it was last charged

	replay bool // the call has been done before

	inst  *instance
	sub   context.Context // the context of what the program asks for
	fault error           // what the node is to blame for
}

type sessionKey struct{}

// newSession returns the session of a call, with what is left of the limits of
// the call around it.
func newSession(c *ao.Call) (*session, error) {
	s := &session{
		env:    &c.Env,
		ctx:    c.Ctx,
		fuel:   max(1, optFuel.Int(&c.Env)),
		memory: max(1, optMemory.Int(&c.Env)),
		output: max(1, optOutput.Int(&c.Env)),
	}
	s.parent, _ = c.Ctx.Value(sessionKey{}).(*session)
	if s.parent == nil {
		return s, nil
	}
	s.level = s.parent.level + 1
	if most := optNesting.Int(&c.Env); int64(s.level) > most {
		return nil, fail.New(fail.Exhausted, Name, "Lua programs call each other more than %d deep (option %s)", most, optNesting.Name)
	}
	s.fuel = min(s.fuel, s.parent.left())
	return s, nil
}

// left returns the fuel that is left for others.
func (s *session) left() int64 {
	return max(1, s.fuel-s.inst.vm.FuelUsed()-s.spent.Load())
}

// charge notes what the call took, in the call around it and for the request.
func (s *session) charge() {
	usage.Add(s.ctx, usage.LuaFuel, uint64(max(0, s.inst.vm.FuelUsed())))
	if s.parent != nil {
		s.parent.spent.Add(s.inst.vm.FuelUsed())
	}
}

// bounded returns the context of the call under the limit of time. Calls within
// calls have that of the outermost.
func (s *session) bounded() (context.Context, context.CancelFunc) {
	limit := optTimeout.Milliseconds(s.env)
	if s.parent != nil || limit <= 0 {
		return s.ctx, func() {}
	}
	if end, ok := s.ctx.Deadline(); ok && time.Until(end) <= limit {
		return s.ctx, func() {}
	}
	return context.WithTimeout(s.ctx, limit)
}

// asking returns the context for what the program asks of the engine.
func (s *session) asking() context.Context {
	if s.sub == nil {
		s.sub = context.WithValue(s.ctx, sessionKey{}, s)
	}
	return s.sub
}

// uses reports whether the session or one around it runs on an instance.
func (s *session) uses(in *instance) bool {
	for ; s != nil; s = s.parent {
		if s.inst == in {
			return true
		}
	}
	return false
}

// clock returns the time that the program sees: that of the assignment that is
// being computed, or the node's for other requests (spec 03, 14.5.11).
func clock(c *ao.Call) time.Time {
	if optRepeat.Bool(&c.Env) {
		if v, ok := c.Request().Get("timestamp"); ok {
			if ms, ok := message.AsInt(v); ok {
				return time.UnixMilli(ms)
			}
		}
	}
	return c.Now()
}

// timestampOf returns the time that a message says it was made at, or the
// beginning of time.
func timestampOf(m *message.Message) time.Time {
	v, _ := m.Get("timestamp")
	ms, _ := message.AsInt(v)
	return time.UnixMilli(ms)
}
