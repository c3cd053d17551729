package wasm

import (
	"context"
	"runtime"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
)

// Instance is a module with its own memory and globals. Its methods may be
// called from any goroutine; one at a time runs. A host function uses its
// [Caller] instead, since the instance is busy with the call that it serves.
type Instance struct {
	mu      sync.Mutex
	g       *guest
	cleanup runtime.Cleanup
}

// guest is an instance without the lock.
type guest struct {
	module  *Module
	native  *wasmtime.Instance
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

// postInstantiate are the functions that run after the start function when
// they are exported with type () (spec 03, 12.6).
var postInstantiate = [...]string{"__post_instantiate", "__wasm_call_ctors"}

// Instantiate returns a new instance after its start function and constructors
// have run. It must be closed.
//
// # Errors
//
// Those of [Instance.Call]; [fail.Exhausted] also when its memory is larger
// than the limit.
func (m *Module) Instantiate(ctx context.Context, host Host, lim Limits) (*Instance, error) {
	const op = "wasm.Instantiate"
	g, err := m.start(ctx, host, lim)
	if err != nil {
		return nil, err
	}
	for _, name := range postInstantiate {
		i, ok := m.exports[name]
		if !ok || len(m.info.Exports[i].Type.Params)+len(m.info.Exports[i].Type.Results) > 0 {
			continue
		}
		if _, err := g.outer(ctx, op, name, nil); err != nil {
			g.close()
			return nil, err
		}
	}
	return own(g), nil
}

// own wraps a guest; it is closed with the Instance or when that is lost.
func own(g *guest) *Instance {
	in := &Instance{g: g}
	in.cleanup = runtime.AddCleanup(in, (*guest).close, g)
	return in
}

// start makes a guest whose start function has run.
func (m *Module) start(ctx context.Context, host Host, lim Limits) (*guest, error) {
	const op = "wasm.Instantiate"
	lim = lim.withDefaults()
	if m.info.MinPages > lim.MemoryBytes/PageBytes {
		return nil, fail.New(fail.Exhausted, op, "memory limit of %d bytes reached: the module starts with %d pages of 64 KiB",
			lim.MemoryBytes, m.info.MinPages)
	}
	g := &guest{module: m, limits: lim, host: make([]HostFunc, len(m.info.Imports)), funcs: make([]resolved, len(m.info.Exports))}
	for i, im := range m.info.Imports {
		g.host[i] = host.Import(im)
	}
	g.native = wasmtime.NewInstance(m.native, imports{g}, m.info.MemoryExport, lim.MemoryBytes, maxTable)
	g.watch.engine, g.watch.native = m.engine.native, g.native
	err := g.run(ctx, op, func() *wasmtime.Failure { return g.native.Start(g.limits.Fuel) })
	if err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

func (g *guest) close() {
	if g.native != nil {
		g.native.Close()
		g.native = nil
	}
	if g.dead == nil {
		g.dead = fail.New(fail.Conflict, "wasm.Close", "the instance is closed")
	}
}

// run enters the guest from outside: with fresh fuel, watched, and accounted.
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
func (g *guest) outer(ctx context.Context, op, export string, args []Value) ([]Value, error) {
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

// Call calls an exported function and returns its results. Arguments of other
// types than its parameters are converted as [Limits.RawNumbers] says.
//
// # Errors
//
// [fail.NotFound] with "Function not found: <name>"; [fail.Invalid] for
// arguments of the wrong number or that do not convert; [fail.Failed] with
// "Exception: <reason>" for a trap; [fail.Exhausted] naming the limit;
// [fail.Timeout] when ctx is done; what a host function returned; and
// [fail.Conflict] on an instance that died of one of the last four, or is
// closed.
func (in *Instance) Call(ctx context.Context, export string, args ...Value) ([]Value, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.outer(ctx, "wasm.Call", export, args)
}

// Dead returns why the instance refuses calls, or nil.
func (in *Instance) Dead() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.dead
}

// FuelUsed returns the units burnt by the last call and by all calls since the
// instance was made.
func (in *Instance) FuelUsed() (last, total uint64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.last, in.g.used
}

// Module returns what the instance was made from.
func (in *Instance) Module() *Module { return in.g.module }

// Close frees the instance, after a running call has ended. It returns nil.
func (in *Instance) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.cleanup.Stop()
	in.g.close()
	return nil
}
