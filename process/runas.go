package process

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the device of processes.
const Name = "process@1.0"

// Role is one of the devices that a process is made of.
type Role string

// The roles. Their names are the beginnings of keys of the definition.
const (
	Scheduler Role = "scheduler"
	Execution Role = "execution"
	Push      Role = "push"
)

// otherwise returns the device of a role that the definition does not name
// (spec 03, 2.1).
func (r Role) otherwise() message.Value {
	switch r {
	case Scheduler:
		return message.Binary("scheduler@1.0")
	case Push:
		return message.Binary("push@1.0")
	}
	return message.Binary("genesis-wasm@1.0")
}

// Swap returns a state with the device of a role in the place of its own (spec
// 03, 2.3.3).
//
// # Errors
//
// [fail.Unsupported] for roles other than the three.
func Swap(r Role, state *message.Message) (*message.Message, error) {
	switch r {
	case Scheduler, Execution, Push:
	default:
		return nil, fail.New(fail.Unsupported, "process.As", "a process has no %.32q device; it has scheduler, execution and push", string(r))
	}
	dev, ok := state.Get(string(r) + "-device")
	if !ok {
		dev = r.otherwise()
	}
	out := state.Set("device", dev)
	if !out.Has("input-prefix") {
		out = out.Set("input-prefix", message.Binary("process"))
	}
	if v, ok := state.Get(string(r) + "-output-prefixes"); ok {
		out = out.Set("output-prefixes", v)
	}
	return out, nil
}

// RunAs resolves a request on a state through the device of a role. A result
// that still has this device gets that of the state back (spec 03, 2.3.3).
// Errors are those of the resolution.
func RunAs(ctx context.Context, env *ao.Env, r Role, state, req *message.Message) (message.Value, error) {
	base, err := Swap(r, state)
	if err != nil {
		return nil, err
	}
	v, err := env.Resolve(ctx, base, req)
	if err != nil {
		return nil, err
	}
	out, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	dev, _ := base.Get("device")
	if now, _ := out.Get("device"); now == nil || !message.Equal(now, dev) {
		return v, nil
	}
	if own, ok := state.Get("device"); ok {
		return out.Set("device", own), nil
	}
	return out.Without("device"), nil
}

// WithProcess returns m with the definition of its process under "process"
// (spec 03, 2.3.1).
func WithProcess(m, definition *message.Message) *message.Message {
	if m.Has("process") {
		return m
	}
	return m.Without(message.CommitmentsKey).Set("process", definition.OnlyCommitted())
}
