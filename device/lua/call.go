package lua

import (
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// maxArgs bounds the parameters of a call.
const maxArgs = 1000

// call answers every key that the message does not have: it calls a function of
// the program (spec 03, 14.1).
func (d *device) call(c *ao.Call) (message.Value, error) {
	o, err := chosen(c)
	if err != nil {
		return nil, err
	}
	p, err := d.pointOf(c)
	if err != nil {
		return nil, err
	}
	s, err := newSession(c)
	if err != nil {
		return nil, err
	}
	in, err := p.acquire(s)
	if err != nil {
		return nil, err
	}
	o.fuel = s.fuel
	return d.run(c, s, p, in, o)
}

// run calls the function on a machine that is held, and leaves the machine
// where it belongs then.
func (d *device) run(c *ao.Call, s *session, p *point, in *instance, o *op) (message.Value, error) {
	begin := time.Now()
	ctx, cancel := s.bounded()
	defer cancel()
	s.ctx = ctx
	results, err := in.call(ctx, s, o)
	s.charge()
	if err != nil {
		err = s.faultOf(err, o.function)
		p.forget(in)
		return nil, err
	}
	status, v, err := in.results(s, results)
	if err != nil {
		p.forget(in)
		return nil, err
	}
	if m, ok := v.(*message.Message); ok {
		_, loaded := pointSlot.In(c.Base)
		next, err := p.advance(in, o, time.Since(begin), !loaded)
		if err != nil {
			return nil, err
		}
		v = pointSlot.Set(m.WithPrivate(c.Base.Private()), next)
	} else {
		p.forget(in)
	}
	if status != ao.OK {
		return nil, &ao.Outcome{Status: status, Value: v}
	}
	return v, nil
}

// noOptions is the third argument of functions.
var noOptions = message.Empty()

// chosen returns the call that a request stands for: the function and its
// parameters (spec 03, 14.1.2).
func chosen(c *ao.Call) (*op, error) {
	body, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	inner, _ := body.(*message.Message)
	req := c.Request()
	o := &op{function: c.Key, clock: clock(c)}
	v, err := first(c, "function", inner, req, c.Base)
	if err != nil {
		return nil, err
	}
	if v != nil {
		name, ok := message.NormalizeKey(v)
		if !ok {
			return nil, fail.New(fail.Invalid, Name, "the name of a function must be a text")
		}
		o.function = name
	}
	if v, err = first(c, "parameters", inner, req, c.Base); err != nil {
		return nil, err
	}
	if v == nil {
		o.args = []message.Value{c.Base, req, noOptions}
		return o, nil
	}
	o.args, err = parameters(v)
	return o, err
}

// first returns the value of a key in the first message that has it, or nil.
func first(c *ao.Call, key string, ms ...*message.Message) (message.Value, error) {
	for _, m := range ms {
		v, ok, err := c.Lookup(m, key)
		if ok || err != nil {
			return v, err
		}
	}
	return nil, nil
}

// parameters returns the elements of a list or numbered message.
func parameters(v message.Value) ([]message.Value, error) {
	if m, ok := v.(*message.Message); ok {
		l, err := m.List()
		if err != nil {
			return nil, fail.New(fail.Invalid, Name, "the parameters of a call must be a list: %w", err)
		}
		v = l
	}
	l, ok := v.(*message.List)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the parameters of a call must be a list")
	}
	if l.Len() > maxArgs {
		return nil, fail.New(fail.TooLarge, Name, "a call has more than %d parameters", maxArgs)
	}
	out := make([]message.Value, 0, l.Len())
	for _, a := range l.All() {
		out = append(out, a)
	}
	return out, nil
}

// statuses are the words that a program may answer with before its value.
const statuses = " ok created error unauthorized forbidden not_found failure unavailable skip pass "

// results returns the status and value that a call answered with (spec 03,
// 14.1.4).
func (in *instance) results(s *session, vs []vm.Value) (ao.Status, message.Value, error) {
	status := ao.OK
	switch len(vs) {
	case 1:
	case 2:
		word, _ := vs[0].AsString()
		if word == "" || strings.Contains(word, " ") || !strings.Contains(statuses, " "+word+" ") {
			return "", nil, fail.New(fail.Failed, Name, "the first of two results must be a status, one of%s; it is %.64q", statuses, in.vm.ToText(vs[0]))
		}
		status = ao.Status(word)
	default:
		return "", nil, fail.New(fail.Failed, Name, "a function must return one value, or a status and a value; it returned %d values", len(vs))
	}
	d := in.decoder(s)
	d.claimed = s.believed
	v, err := d.result(vs[len(vs)-1])
	return status, v, err
}

// believed returns a message that a program made without commitments that do
// not hold: whoever gets the result, or stores it, takes them for verified.
func (s *session) believed(m *message.Message) *message.Message {
	if commit.VerifyAll(s.ctx, s.env.Codec(), m) == nil {
		return m
	}
	return m.Without(message.CommitmentsKey)
}
