package conformance

import (
	"context"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// aosDefinition stores an image and returns the signed definition of a process
// that runs it (vectors/README.md, "aos-eval"), with a number that makes it
// another one. env has the key that signs everything.
func aosDefinition(ctx context.Context, env *ao.Env, image []byte, seed int64) (*message.Message, error) {
	name, err := env.Cache.Write(ctx, message.Of(message.P("body", message.Binary(image))), store.Lazy)
	if err != nil {
		return nil, err
	}
	address := message.Binary(env.Address())
	return commit.Commit(ctx, env.Codec(), message.Of(
		message.P("device", message.Binary("process@1.0")),
		message.P("type", message.Binary("Process")),
		message.P("execution-device", message.Binary("stack@1.0")),
		message.P("device-stack", message.Strings([]string{"wasi@1.0", "json-iface@1.0", "wasm-64@1.0", "multipass@1.0"})),
		message.P("passes", message.Int(2)),
		message.P("output-prefix", message.Binary("wasm")),
		message.P("patch-from", message.Binary("/results/outbox")),
		message.P("stack-keys", message.Strings([]string{"init", "compute", "snapshot", "normalize"})),
		message.P("scheduler-device", message.Binary("scheduler@1.0")),
		message.P("image", message.Binary(name)),
		message.P("scheduler", address),
		message.P("scheduler-location", address),
		message.P("authority", address),
		message.P("test-random-seed", message.Int(seed))), env.Key(), commit.Spec{})
}

// aosMessage returns a signed message that has a process evaluate code.
func aosMessage(ctx context.Context, env *ao.Env, def *message.Message, code string) (*message.Message, error) {
	pid, err := commit.SignedID(ctx, def)
	if err != nil {
		return nil, err
	}
	return commit.Commit(ctx, env.Codec(), message.Of(
		message.P("action", message.Binary("Eval")),
		message.P("data", message.Binary(code)),
		message.P("target", message.Binary(pid.String())),
		message.P("type", message.Binary("Message")),
		message.P("test-label", message.Binary("TEST MSG"))), env.Key(), commit.Spec{})
}

// aosProcess is a process that runs aos, computed slot by slot without
// scheduler: its execution device alone.
type aosProcess struct {
	env   *ao.Env
	def   *message.Message
	state *message.Message
	slot  int64
}

// spawnAos returns a process with its state initialised.
func spawnAos(ctx context.Context, env *ao.Env, image []byte, seed int64) (*aosProcess, error) {
	def, err := aosDefinition(ctx, env, image, seed)
	if err != nil {
		return nil, err
	}
	p := &aosProcess{env: env.Internal(), def: def}
	p.state = def.Without(message.CommitmentsKey).
		Set("process", def).
		Set("device", message.Binary("stack@1.0")).
		Set("input-prefix", message.Binary("process"))
	return p, p.advance(ctx, message.Of(message.P("path", message.Binary("init"))))
}

// advance resolves a request on the state, which the result becomes.
func (p *aosProcess) advance(ctx context.Context, req *message.Message) error {
	v, err := p.env.Resolve(ctx, p.state, req)
	if err != nil {
		return err
	}
	next, ok := v.(*message.Message)
	if !ok {
		return fmt.Errorf("the state became %s", show(v))
	}
	p.state = next
	return nil
}

// compute computes the next slot, which has the given message.
func (p *aosProcess) compute(ctx context.Context, body *message.Message) error {
	p.state = p.state.Without("results")
	err := p.advance(ctx, message.Of(
		message.P("path", message.Binary("compute")),
		message.P("type", message.Binary("assignment")),
		message.P("slot", message.Int(p.slot)),
		message.P("block-height", message.Int(0)),
		message.P("body", body)))
	if err == nil {
		p.slot++
	}
	return err
}

// eval evaluates code in the next slot and returns the results.
func (p *aosProcess) eval(ctx context.Context, code string) (message.Value, error) {
	body, err := aosMessage(ctx, p.env, p.def, code)
	if err != nil {
		return nil, err
	}
	if err := p.compute(ctx, body); err != nil {
		return nil, err
	}
	return message.LoadAll(ctx, p.env.Cache, p.state.Message("results"))
}
