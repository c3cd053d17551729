package wasm

import (
	"context"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
)

// guest is an instance as both [Instance] and [Caller] see it.
//
// calls is held for the whole of a call from outside, so that there is one at a
// time. mu is held while the guest runs and while anything of it is read or
// changed. It is not held while a host function runs: that may then use memory
// and call back, and so may whoever it asks, on any goroutine.
type guest struct {
	calls sync.Mutex
	mu    sync.Mutex

	module  *Module
	native  *wasmtime.Instance // nil when closed
	limits  Limits
	host    []HostFunc
	funcs   []resolved // by index in the module's exports
	watch   watch
	scratch []Value // arguments and results of host calls
	caller  Caller  // the guest as host functions see it, with the running call's context
	slot    uint32  // first free argument slot
	hostErr error   // why a host function failed
	used    uint64  // fuel, by all finished calls
	last    uint64  // fuel, by the last call
	dead    error   // why calls are refused
	pages   tracker
}

// resolved is an exported function that was called before.
type resolved struct {
	f     wasmtime.Func
	found bool
}

// enter locks the guest for something that must not fall into a call.
func (g *guest) enter() {
	g.calls.Lock()
	g.mu.Lock()
}

func (g *guest) leave() {
	g.mu.Unlock()
	g.calls.Unlock()
}

// close frees the guest once no call runs.
func (g *guest) close() {
	g.enter()
	defer g.leave()
	if g.native != nil {
		g.native.Close()
		g.native = nil
	}
	if g.dead == nil {
		g.dead = fail.New(fail.Conflict, "wasm.Close", "the instance is closed")
	}
}

// run enters the guest from outside: with fresh fuel, watched, and accounted.
// Both locks are held, as in all methods below.
func (g *guest) run(ctx context.Context, op string, enter func() *wasmtime.Failure) error {
	if err := ctx.Err(); err != nil {
		return fail.New(fail.Timeout, op, "the call was cancelled: %w", context.Cause(ctx))
	}
	g.caller, g.hostErr = Caller{g, ctx}, nil
	g.watch.cause.Store(causeNone)
	g.watch.start(ctx, g.limits.Timeout)
	f := enter()
	g.watch.finish()
	g.caller.ctx = nil
	g.last = g.limits.Fuel - min(g.native.Fuel(), g.limits.Fuel)
	g.used += g.last
	if f == nil {
		return nil
	}
	err := g.explain(op, f)
	g.dead = fail.New(fail.Conflict, op, "the instance is dead and must be restored from a snapshot, because of: %w", err)
	return err
}

// outer calls an export from outside.
func (g *guest) outer(ctx context.Context, export string, args []Value) ([]Value, error) {
	if g.dead != nil {
		return nil, g.dead
	}
	return g.call(ctx, export, args, true)
}

// call converts arguments, calls and collects results.
func (g *guest) call(ctx context.Context, export string, args []Value, outer bool) ([]Value, error) {
	const op = "wasm.Call"
	f, sig, err := g.lookup(export)
	if err != nil {
		return nil, err
	}
	n := uint32(max(len(sig.Params), len(sig.Results)))
	if g.slot+n > wasmtime.Slots {
		return nil, fail.New(fail.Exhausted, op, "calls between host and module are nested too deeply")
	}
	slot := g.slot
	values := g.native.Values()[slot : slot+n]
	if err := g.arguments(values, sig.Params, args); err != nil {
		return nil, err
	}
	g.slot += n
	defer func() { g.slot = slot }()
	if outer {
		err = g.run(ctx, op, func() *wasmtime.Failure { return g.native.Call(f, slot, n, true, g.limits.Fuel) })
	} else if bad := g.native.Call(f, slot, n, false, 0); bad != nil {
		err = g.explain(op, bad)
	}
	if err != nil || len(sig.Results) == 0 {
		return nil, err
	}
	out := make([]Value, len(sig.Results))
	for i, t := range sig.Results {
		out[i] = value(values[i].Lo, t)
	}
	return out, nil
}

// arguments stores args as the parameters params.
func (g *guest) arguments(values []wasmtime.Value, params []ValType, args []Value) error {
	if len(args) != len(params) {
		return fail.New(fail.Invalid, "wasm.Call", "invalid arguments: %d given, %d expected", len(args), len(params))
	}
	for i, t := range params {
		v := args[i]
		if g.limits.RawNumbers {
			v = v.Reinterpret(t)
		} else if v.typ != t {
			var err error
			if v, err = v.Convert(t); err != nil {
				return err
			}
		}
		values[i] = wasmtime.Value{Lo: v.bits}
	}
	return nil
}

// lookup finds an exported function with number types.
func (g *guest) lookup(export string) (wasmtime.Func, *Signature, error) {
	const op = "wasm.Call"
	i, ok := g.module.exports[export]
	if !ok {
		return wasmtime.Func{}, nil, fail.New(fail.NotFound, op, "Function not found: %s", export)
	}
	sig, r := &g.module.info.Exports[i].Type, &g.funcs[i]
	if r.found {
		return r.f, sig, nil
	}
	if !sig.Scalar() {
		return wasmtime.Func{}, nil, fail.New(fail.Unsupported, op, "function %s passes vectors or references", export)
	}
	if r.f, r.found = g.native.Func(export); !r.found {
		return wasmtime.Func{}, nil, fail.New(fail.NotFound, op, "Function not found: %s", export)
	}
	return r.f, sig, nil
}
