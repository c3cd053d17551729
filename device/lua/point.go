package lua

import (
	"context"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// point is a point in the life of a program: what its variables were after
// certain calls. It is a value: it belongs to messages, which never change, and
// may be used by any goroutine.
//
// A machine, which does change, is at one point at a time, usually the newest.
// A call at an older point gets another machine, made from the nearest
// checkpoint before that point by doing the calls since then again. What those
// asked the engine for is remembered, so that doing them again has no effect
// outside and cannot come out differently. A call that fails, or whose changes
// are to be forgotten, leaves its point as it was.
type point struct {
	prog *program

	mu    sync.Mutex
	inst  *instance   // a machine that may be here
	spare []*instance // machines that are here, and in nobody's use
	check *checkpoint // the state here, if it has been saved
	from  *point      // the point before; nil at the beginning and at a checkpoint
	op    *op         // what led here from there

	// Of the calls since the last checkpoint:
	spent time.Duration
	calls int
}

// op is a call, with all that it depended on.
type op struct {
	function string
	args     []message.Value
	clock    time.Time
	fuel     int64
	answers  []answer
}

// answer is what the engine said to a program.
type answer struct {
	status string
	value  message.Value
	charge int64 // fuel that was spent on it elsewhere
}

var pointSlot = message.NewSlot[*point]("lua program")

// pointOf returns the point of the base: that of its private state, or of its
// program after loading.
func (d *device) pointOf(c *ao.Call) (*point, error) {
	if p, ok := pointSlot.In(c.Base); ok {
		return p, nil
	}
	p, err := d.idle.program(c)
	if err != nil {
		return nil, err
	}
	return p.root, nil
}

// acquire returns a machine that is at the point, whose token is held.
func (p *point) acquire(s *session) (*instance, error) {
	p.mu.Lock()
	if n := len(p.spare); n > 0 {
		in := p.spare[n-1]
		p.spare = p.spare[:n-1]
		p.mu.Unlock()
		return in, in.lock(s.ctx)
	}
	in := p.inst
	p.mu.Unlock()
	if in != nil && !s.parent.uses(in) {
		if err := in.lock(s.ctx); err != nil {
			return nil, err
		}
		if in.at == p {
			return in, nil
		}
		in.unlock()
	}
	in, err := p.rebuild(s)
	if err != nil {
		return nil, err
	}
	in.at = p
	return in, in.track()
}

// rebuild makes a machine that is at the point.
func (p *point) rebuild(s *session) (*instance, error) {
	var path []*op
	at := p
	check, from, o := at.origin()
	for check == nil && from != nil {
		path = append(path, o)
		at = from
		check, from, o = at.origin()
	}
	var in *instance
	var err error
	if check != nil {
		in, err = check.restore(p.prog, s)
	} else if in, err = newInstance(p.prog, s.memory); err == nil {
		err = in.load(s)
	}
	for i := len(path) - 1; i >= 0 && err == nil; i-- {
		err = in.again(s, path[i])
	}
	if err != nil {
		return nil, err
	}
	return in, nil
}

// origin returns how to come to the point: by a checkpoint, by a call from
// another point, or by loading the program.
func (p *point) origin() (*checkpoint, *point, *op) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.check, p.from, p.op
}

// leave lets go of a machine that is at the point.
func (p *point) leave(in *instance) {
	in.unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inst == in {
		return
	}
	if p.from != nil || p.check != nil {
		p.inst = in
	} else if len(p.spare) < keepMachines {
		p.spare = append(p.spare, in)
	}
}

// forget lets go of a machine after a call at the point whose changes do not
// count. If it made any, the machine is given up.
func (p *point) forget(in *instance) {
	if in.changed() {
		in.at = nil
		p.part(in)
		in.unlock()
		return
	}
	p.leave(in)
}

// advance lets go of a machine after a call whose changes count, and returns
// the point where it is. A message that has no state yet gets none from a
// program that changed nothing, so that its machine serves others. Where there
// is a state, every call counts: even what changes no variable may use up
// numbers, which the texts of tables show.
func (p *point) advance(in *instance, o *op, took time.Duration, stateless bool) (*point, error) {
	if stateless && !in.changed() {
		p.leave(in)
		return p, nil
	}
	in.tracked = false
	p.part(in)
	next := &point{prog: p.prog, inst: in, from: p, op: o}
	p.mu.Lock()
	next.spent, next.calls = p.spent+took, p.calls+1
	p.mu.Unlock()
	in.at = next
	defer in.unlock()
	return next, next.settle(in)
}

// part notes that a machine is at the point no longer.
func (p *point) part(in *instance) {
	p.mu.Lock()
	if p.inst == in {
		p.inst = nil
	}
	p.mu.Unlock()
}

// call calls a function of the program, and returns its results while the
// machine is held.
func (in *instance) call(ctx context.Context, s *session, o *op) ([]vm.Value, error) {
	s.inst, in.now, in.op = in, s, o
	defer func() { in.now, in.op = nil, nil }()
	m := in.vm
	in.clock = o.clock
	m.SetFuel(o.fuel)
	in.prepare(s)
	args := make([]vm.Value, len(o.args))
	for i, a := range o.args {
		var err error
		if args[i], err = in.enc.encode(a, 0); err != nil {
			return nil, err
		}
	}
	return m.Call(ctx, m.Global(o.function), args...)
}

// again does a call that has been done before.
func (in *instance) again(s *session, o *op) error {
	r := &session{env: s.env, ctx: s.ctx, memory: s.memory, output: s.output, fuel: o.fuel, replay: true}
	in.asked = 0
	_, err := in.call(s.ctx, r, o)
	if err != nil {
		return s.faultOf(err, "doing "+o.function+" again")
	}
	return nil
}
