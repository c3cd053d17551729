//go:build cgo

package wasm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// echo is a module that calls t.f(7) and offers what a host may call back.
const echo = `(module (import "t" "f" (func $f (param i32) (result i64)))
	(memory (export "memory") 1)
	(func (export "run") (result i64) (call $f (i32.const 7)))
	(func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
	(func (export "again") (result i64) (call $f (i32.const 7)))
	(func (export "trap") unreachable)
	(func (export "ok")))`

func hostIs(f HostFunc) Host { return HostFuncs(func(Import) HostFunc { return f }) }

func TestHostReadsWritesAndCallsBack(t *testing.T) {
	m := module(t, newEngine(t, Options{}), echo)
	in := instantiate(t, m, hostIs(func(c *Caller, args, results []Value) error {
		if err := c.Write(100, []byte("from the host\x00")); err != nil {
			return err
		}
		s, err := c.ReadString(100)
		if err != nil || string(s) != "from the host" || c.Size() != PageBytes {
			return fmt.Errorf("read %q, %v", s, err)
		}
		if err := c.Grow(1); err != nil {
			return err
		}
		if err := c.Write(PageBytes+1, []byte("x")); err != nil {
			return err
		}
		double, err := c.Call("twice", args[0])
		if err != nil {
			return err
		}
		results[0] = double[0] // an i32, converted
		return nil
	}), Limits{})
	if got := call(t, in, "run"); got[0] != I64(14) {
		t.Errorf("got %v", got)
	}
	if in.Size() != 2*PageBytes {
		t.Errorf("memory has %d bytes", in.Size())
	}
}

func TestHostErrorsStopTheCall(t *testing.T) {
	e := newEngine(t, Options{})
	m := module(t, e, echo)
	own := fail.New(fail.Payment, "test", "no more money")
	in := instantiate(t, m, hostIs(func(*Caller, []Value, []Value) error { return own }), Limits{})
	err := ending(in, "run")
	if !errors.Is(err, own) || !fail.Is(err, fail.Payment) {
		t.Errorf("got %v", err)
	}
	mustEnd(t, in, err, fail.Payment, "no more money")

	in = instantiate(t, m, hostIs(func(*Caller, []Value, []Value) error { panic("bug") }), Limits{})
	mustEnd(t, in, ending(in, "run"), fail.Internal, "bug")

	in = instantiate(t, m, hostIs(func(_ *Caller, _, results []Value) error {
		results[0] = F64(0.5)
		return nil
	}), Limits{})
	mustEnd(t, in, ending(in, "run"), fail.Invalid, "not an integer")

	in = instantiate(t, m, Refusals(), Limits{})
	mustEnd(t, in, ending(in, "run"), fail.Unsupported, "t.f")
	in = instantiate(t, m, Stubs(), Limits{})
	if got := call(t, in, "run"); got[0] != I64(0) {
		t.Errorf("a stub returned %v", got)
	}
}

// TestHostMayHandleNestedTrap: an error of a nested call does not kill the
// instance unless the host passes it on.
func TestHostMayHandleNestedTrap(t *testing.T) {
	m := module(t, newEngine(t, Options{}), echo)
	in := instantiate(t, m, hostIs(func(c *Caller, _, results []Value) error {
		if _, err := c.Call("trap"); !fail.Is(err, fail.Failed) {
			return fmt.Errorf("got %v", err)
		}
		results[0] = I64(1)
		return nil
	}), Limits{})
	if got := call(t, in, "run"); got[0] != I64(1) {
		t.Errorf("got %v", got)
	}
}

func TestEndlessRecursionThroughTheHost(t *testing.T) {
	m := module(t, newEngine(t, Options{}), echo)
	in := instantiate(t, m, hostIs(func(c *Caller, _, _ []Value) error {
		_, err := c.Call("again")
		return err
	}), Limits{Fuel: 1e6})
	if err := ending(in, "run"); err == nil {
		t.Error("endless recursion returned")
	} else {
		t.Log(err)
	}
}

func TestConcurrentCallsOfOneInstance(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), echo), Stubs(), Limits{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 200 {
				n := int32(i*1000 + k)
				got, err := in.Call(context.Background(), "twice", I32(n))
				if err != nil || got[0] != I32(2*n) {
					t.Errorf("twice(%d) = %v, %v", n, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestClosedInstanceRefuses(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), echo), Stubs(), Limits{})
	in.Close()
	in.Close()
	if err := ending(in, "ok"); !fail.Is(err, fail.Conflict) || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
	if _, err := in.Read(0, 1); err == nil {
		t.Error("a closed instance was read")
	}
	if err := in.Write(0, nil); err == nil {
		t.Error("a closed instance was written")
	}
	if err := in.Grow(1); err == nil {
		t.Error("a closed instance grew")
	}
}

// TestMemoryIsAccessibleInHostCalls: while a host function runs, others may use
// the memory through the Instance, as devices do that only know the instance.
func TestMemoryIsAccessibleInHostCalls(t *testing.T) {
	var in *Instance
	in = instantiate(t, module(t, newEngine(t, Options{}), echo), hostIs(func(c *Caller, _, results []Value) error {
		done := make(chan error)
		go func() { done <- in.Write(8, []byte{5}) }()
		if err := <-done; err != nil {
			return err
		}
		b, err := in.Read(8, 1)
		if err != nil {
			return err
		}
		results[0] = I32(int32(b[0]))
		return nil
	}), Limits{})
	if got := call(t, in, "run"); got[0] != I64(5) {
		t.Errorf("got %v", got)
	}
}
