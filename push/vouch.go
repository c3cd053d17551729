package push

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// podaDevice is the device of processes that execute what a quorum attests.
const podaDevice = "poda@1.0"

// vouched returns an entry in the form that its target asks for: with
// attestations when poda@1.0 stands before what it executes (spec 03, 8.7).
func vouched(ctx context.Context, env *ao.Env, from origin, m, target *message.Message) (*message.Message, error) {
	wanted, err := gated(ctx, env, target)
	if err != nil || !wanted {
		return m, err
	}
	v, err := env.Internal().Resolve(ctx, message.Of(
		message.P("device", message.Binary(podaDevice)), message.P("process", target)), message.Of(
		message.P("path", message.Binary("push")),
		message.P("process", message.Binary(from.process.ID)),
		message.P("slot", message.Int(from.slot)),
		message.P("body", m)))
	if err != nil {
		return nil, err
	}
	out, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Internal, "push.Vouch", "%s answered with something that is not a message", podaDevice)
	}
	return out, nil
}

// gated reports whether a process is executed by poda@1.0, alone or in a stack.
func gated(ctx context.Context, env *ao.Env, definition *message.Message) (bool, error) {
	if definition.Text("execution-device") == podaDevice {
		return true, nil
	}
	v, ok := definition.Get("device-stack")
	if !ok {
		return false, nil
	}
	v, err := message.LoadAll(ctx, env.Cache, v)
	if err != nil {
		return false, err
	}
	if l, ok := v.(*message.List); ok {
		v = l.Numbered()
	}
	stack, _ := v.(*message.Message)
	for _, d := range stack.All() {
		if name, _ := message.Text(d); name == podaDevice {
			return true, nil
		}
	}
	return false, nil
}
