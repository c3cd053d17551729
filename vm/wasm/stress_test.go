//go:build cgo

package wasm

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// TestManyInstancesAtOnce: instances of one module are made, trap, run out of
// fuel and time, and answer, on many goroutines at the same time.
func TestManyInstancesAtOnce(t *testing.T) {
	m := module(t, newEngine(t, Options{}), `(module (memory 1)
		(func (export "loop") (loop (br 0)))
		(func (export "beyond") (drop (i32.load (i32.const 0x7fffffff))))
		(func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
		(func (export "ok") (param i32) (result i32) (local.get 0)))`)
	steps := []struct {
		export string
		limits Limits
		kind   fail.Kind
	}{
		{"loop", Limits{Fuel: 10000}, fail.Exhausted},
		{"loop", Limits{Timeout: time.Millisecond}, fail.Exhausted},
		{"beyond", Limits{}, fail.Failed},
		{"divide", Limits{}, fail.Failed},
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				s := steps[(g+i)%len(steps)]
				in, err := m.Instantiate(context.Background(), Stubs(), s.limits)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := in.Call(context.Background(), "ok", I32(int32(i))); err != nil && !fail.Is(err, fail.Exhausted) || err == nil && got[0] != I32(int32(i)) {
					t.Errorf("ok = %v, %v", got, err)
				}
				if err := ending(in, s.export); !fail.Is(err, s.kind) && !fail.Is(err, fail.Conflict) {
					t.Errorf("%s: %v", s.export, err)
				}
				in.Close()
			}
		})
	}
	wg.Wait()
}

// TestGoKeepsItsFaults: the engine handles the signals of guests; a nil pointer
// in Go still is a panic.
func TestGoKeepsItsFaults(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), `(module (memory 1) (func (export "f") (drop (i32.load (i32.const 0x7fffffff)))))`), Stubs(), Limits{})
	if err := ending(in, "f"); !fail.Is(err, fail.Failed) {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	var none *Instance
	none.Module()
}
