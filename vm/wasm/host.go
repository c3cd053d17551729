package wasm

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
)

// HostFunc answers one call of an import. args have the types of the import's
// parameters; results hold zeros of its result types and may be set to any
// number that converts. An error stops the call of the guest, and is what that
// call returns. Neither slice nor c may be used after the function returned.
type HostFunc func(c *Caller, args, results []Value) error

// Host gives the function for an import. It is asked once per import when an
// instance is made. A nil function is a stub that returns zeros.
type Host interface {
	Import(im Import) HostFunc
}

// HostFuncs is a [Host] made of a function.
type HostFuncs func(im Import) HostFunc

// Import calls f.
func (f HostFuncs) Import(im Import) HostFunc { return f(im) }

// Stubs returns a [Host] under which every import returns zeros.
func Stubs() Host { return HostFuncs(func(Import) HostFunc { return nil }) }

// Refusals returns a [Host] under which every call of an import fails with
// [fail.Unsupported].
func Refusals() Host {
	return HostFuncs(func(im Import) HostFunc {
		return func(*Caller, []Value, []Value) error {
			return fail.New(fail.Unsupported, "wasm.Refusals", "import %s.%s is not available", im.Module, im.Name)
		}
	})
}

// Caller is the instance as a [HostFunc] sees it: stopped in the middle of a
// call.
type Caller struct {
	*guest
	ctx context.Context
}

// Context returns the context of the call.
func (c *Caller) Context() context.Context { return c.ctx }

// Call calls an export of the calling instance, on the fuel and time of the
// outer call. It must be called on the goroutine that the host function was
// called on.
//
// # Errors
//
// As [Instance.Call]. The instance stays alive unless the host function passes
// the error on.
func (c *Caller) Call(export string, args ...Value) ([]Value, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.call(c.ctx, export, args, false)
}

// imports is a guest as the engine calls it.
type imports struct{ g *guest }

// HostCall implements [wasmtime.Host].
func (im imports) HostCall(index uint32, values *[1 << 16]wasmtime.Value) bool {
	g := im.g
	f, sig := g.host[index], &g.module.info.Imports[index].Type
	mark := len(g.scratch)
	defer func() { g.scratch = g.scratch[:mark] }()
	for i, t := range sig.Params {
		g.scratch = append(g.scratch, value(values[i].Lo, t))
	}
	for _, t := range sig.Results {
		g.scratch = append(g.scratch, Value{typ: t})
	}
	n := mark + len(sig.Params)
	args, results := g.scratch[mark:n:n], g.scratch[n:]
	if f != nil {
		if err := g.serve(f, args, results); err != nil {
			g.hostErr = err
			return false
		}
	}
	for i, t := range sig.Results {
		v, err := results[i].Convert(t)
		if err != nil {
			g.hostErr = err
			return false
		}
		values[i] = wasmtime.Value{Lo: v.bits}
	}
	return true
}

// serve runs a host function with the guest unlocked. A panic in it must not
// unwind through the engine, so it becomes an error.
func (g *guest) serve(f HostFunc, args, results []Value) (err error) {
	g.mu.Unlock()
	defer g.mu.Lock()
	defer func() {
		if p := recover(); p != nil {
			err = fail.New(fail.Internal, "wasm.HostCall", "a host function panicked: %v", p)
		}
	}()
	return f(&g.caller, args, results)
}

// value reads what the engine holds for a number of type t.
func value(bits uint64, t ValType) Value {
	if t == TypeI32 || t == TypeF32 {
		bits = uint64(uint32(bits))
	}
	return Value{bits, t}
}
