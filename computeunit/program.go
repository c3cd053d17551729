package computeunit

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// Native runs the programs of processes in this node.
type Native struct{ Engine *wasm.Engine }

// compiled returns the module of a process, ready to run.
func (n Native) compiled(c *ao.Call, p schedule.Process) (*wasm.Module, error) {
	if n.Engine == nil {
		return nil, fail.New(fail.Unavailable, "computeunit.Module", "this node has no WebAssembly engine")
	}
	m, err := ModuleOf(c.Ctx, c.Cache, p.Definition)
	if err != nil {
		return nil, err
	}
	return n.Engine.Compile(c.Ctx, m.Image)
}

// Start returns a process's program before the first message. Errors are those
// of [ModuleOf] and the function [Start].
func (n Native) Start(c *ao.Call, p schedule.Process) (*machine.Machine, error) {
	module, err := n.compiled(c, p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := machine.Timed(c.Ctx, &c.Env)
	defer cancel()
	return Start(ctx, module, machine.LimitsOf(&c.Env))
}

// Restore returns a process's program in a saved state. Errors are those of
// [ModuleOf] and [machine.Restore].
func (n Native) Restore(c *ao.Call, p schedule.Process, saved *message.Message) (*machine.Machine, error) {
	module, err := n.compiled(c, p)
	if err != nil {
		return nil, err
	}
	return machine.Restore(c.Ctx, module, saved, c.Cache, machine.Run{Limits: machine.LimitsOf(&c.Env)})
}

// surroundings is the environment of a process as text. It stays with the state,
// since neither process nor module change.
type surroundings struct {
	source message.Value // the process that it was made from
	text   string
}

var surroundingsSlot = message.NewSlot[*surroundings]("environment of a program")

// Compute has a program handle the request of a call: an assignment, or a
// message to be tried. It returns the machine after that, the result, and the
// base with what the next call can use again.
//
// # Errors
//
// Those of [Evaluate], [ModuleOf] and the texts.
func (n Native) Compute(c *ao.Call, p schedule.Process, m *machine.Machine) (*machine.Machine, *message.Message, *message.Message, error) {
	req, err := loadedRequest(c)
	if err != nil {
		return nil, nil, nil, err
	}
	base, around, err := environmentOf(c, p)
	if err != nil {
		return nil, nil, nil, err
	}
	text, err := textOf(c, p, req)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := machine.Timed(c.Ctx, &c.Env)
	defer cancel()
	next, raw, err := Evaluate(ctx, m, machine.LimitsOf(&c.Env), text, around)
	if err != nil && c.Ctx.Err() == nil && ctx.Err() != nil {
		err = fail.New(fail.Exhausted, "computeunit.Compute", "%s, in the program of process %s", fail.Sentence(context.Cause(ctx)), p.ID)
	}
	return next, raw, base, err
}

func environmentOf(c *ao.Call, p schedule.Process) (*message.Message, string, error) {
	source, _ := c.Base.Get("process")
	if s, ok := surroundingsSlot.In(c.Base); ok && s.source == source {
		return c.Base, s.text, nil
	}
	m, err := ModuleOf(c.Ctx, c.Cache, p.Definition)
	if err != nil {
		return nil, "", err
	}
	text, err := Environment(c.Ctx, c.Cache, p.Definition, m)
	if err != nil {
		return nil, "", err
	}
	return surroundingsSlot.Set(c.Base, &surroundings{source, text}), text, nil
}

// textOf returns the text of the message in a request.
func textOf(c *ao.Call, p schedule.Process, req *message.Message) (string, error) {
	if Scheduling(c) {
		return Scheduled(c.Ctx, c.Cache, p.ID, req)
	}
	fields, err := DryFields(c.Ctx, c.Cache, req)
	if err != nil {
		return "", err
	}
	// The time is that of the newest message, which the state remembers.
	last := message.Of(message.P("timestamp", field(c.Base, keyTime)), message.P("block-height", field(c.Base, keyHeight)))
	return Dry(p.ID, fields, last)
}

// What a state remembers of its newest assignment, for messages that are tried.
const (
	keyTime   = "at-timestamp"
	keyHeight = "at-block-height"
)

// Remember returns a state with the time and height of the assignment that led
// to it.
func Remember(state, a *message.Message) *message.Message {
	for _, k := range [...]struct{ from, to string }{{"timestamp", keyTime}, {"block-height", keyHeight}} {
		if v := field(a, k.from); v != nil {
			state = state.Set(k.to, v)
		}
	}
	return state
}
