package wasm

import (
	"context"
	"runtime"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
)

// Instance is a module with its own memory and globals. Its methods may be
// called from any goroutine; one call at a time runs, others wait. While a host
// function serves the call, memory is accessible to anybody, but only its
// [Caller] can call the instance.
type Instance struct {
	*guest
	cleanup runtime.Cleanup
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
	g, err := m.start(ctx, host, lim)
	if err != nil {
		return nil, err
	}
	for _, name := range postInstantiate {
		i, ok := m.exports[name]
		if !ok || len(m.info.Exports[i].Type.Params)+len(m.info.Exports[i].Type.Results) > 0 {
			continue
		}
		if err := g.construct(ctx, name); err != nil {
			g.close()
			return nil, err
		}
	}
	return own(g), nil
}

// construct runs a function () -> () of a new guest.
func (g *guest) construct(ctx context.Context, export string) error {
	g.enter()
	defer g.leave()
	_, err := g.outer(ctx, export, nil)
	return err
}

// own wraps a guest; it is closed with the Instance or when that is lost.
func own(g *guest) *Instance {
	in := &Instance{guest: g}
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
	g.enter()
	err := g.run(ctx, op, func() *wasmtime.Failure { return g.native.Start(g.limits.Fuel) })
	g.leave()
	if err != nil {
		g.close()
		return nil, err
	}
	return g, nil
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
	in.enter()
	defer in.leave()
	return in.outer(ctx, export, args)
}

// SetLimits changes fuel and time of the following calls; 0 stands for the
// defaults of [Limits].
func (in *Instance) SetLimits(fuel uint64, timeout time.Duration) {
	in.enter()
	defer in.leave()
	in.limits.Fuel, in.limits.Timeout = fuel, timeout
	in.limits = in.limits.withDefaults()
}

// Dead returns why the instance refuses calls, or nil.
func (in *Instance) Dead() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.dead
}

// FuelUsed returns the units burnt by the last call and by all calls since the
// instance was made.
func (in *Instance) FuelUsed() (last, total uint64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.last, in.used
}

// Module returns what the instance was made from.
func (in *Instance) Module() *Module { return in.module }

// Close frees the instance, after a running call has ended. It returns nil.
func (in *Instance) Close() error {
	in.cleanup.Stop()
	in.close()
	return nil
}
