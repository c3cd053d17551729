//go:build cgo

package wasm

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

const loops = `(module (func (export "loop") (loop (br 0))) (func (export "ok") (result i32) (i32.const 1)))`

// mustEnd checks kind and text of an error, and that the instance then refuses
// calls.
func mustEnd(t *testing.T, in *Instance, err error, kind fail.Kind, text string) {
	t.Helper()
	if !fail.Is(err, kind) || !strings.Contains(fail.Sentence(err), text) {
		t.Errorf("got %v (%s), want %s: %s", err, fail.KindOf(err), kind, text)
	}
	if err := ending(in, "ok"); !fail.Is(err, fail.Conflict) {
		t.Errorf("a dead instance answers: %v", err)
	}
	if in.Dead() == nil {
		t.Error("the instance is not marked dead")
	}
}

func TestEndlessLoopStopsByFuel(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), loops), Stubs(), Limits{Fuel: 100000})
	mustEnd(t, in, ending(in, "loop"), fail.Exhausted, "fuel limit of 100000 reached")
	if last, _ := in.FuelUsed(); last < 99990 || last > 100010 {
		t.Errorf("fuel used %d", last)
	}
}

func TestEndlessLoopStopsByTime(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), loops), Stubs(), Limits{Timeout: 20 * time.Millisecond})
	mustEnd(t, in, ending(in, "loop"), fail.Exhausted, "time limit of 20ms reached")
}

func TestEndlessLoopStopsByContext(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), loops), Stubs(), Limits{})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := in.Call(ctx, "loop")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is lost: %v", err)
	}
	mustEnd(t, in, err, fail.Timeout, "cancelled")
	if _, err := instantiate(t, in.Module(), Stubs(), Limits{}).Call(ctx, "ok"); !fail.Is(err, fail.Timeout) {
		t.Errorf("a call with a finished context: %v", err)
	}
}

func TestEndlessStartFunctionStops(t *testing.T) {
	m := module(t, newEngine(t, Options{}), `(module (func $s (loop (br 0))) (start $s))`)
	if _, err := m.Instantiate(context.Background(), Stubs(), Limits{Fuel: 1000}); !fail.Is(err, fail.Exhausted) {
		t.Errorf("got %v", err)
	}
	if _, err := m.Instantiate(context.Background(), Stubs(), Limits{Timeout: 10 * time.Millisecond}); !fail.Is(err, fail.Exhausted) {
		t.Errorf("got %v", err)
	}
}

// TestStoppingOneLeavesOthers: instances share an engine; only the one whose
// time is over stops.
func TestStoppingOneLeavesOthers(t *testing.T) {
	m := module(t, newEngine(t, Options{}), `(module (import "t" "go" (func $go))
		(func (export "loop") (loop (br 0)))
		(func (export "count") (param i64) (result i64) (local i64) (call $go)
			(loop (local.set 1 (i64.add (local.get 1) (i64.const 1)))
				(br_if 0 (i64.lt_u (local.get 1) (local.get 0)))) (local.get 1)))`)
	long := instantiate(t, m, Stubs(), Limits{})
	done := make(chan error)
	go func() { done <- ending(long, "count", I64(100_000_000)) }()
	for range 10 {
		in := instantiate(t, m, Stubs(), Limits{Timeout: time.Millisecond})
		if err := ending(in, "loop"); !fail.Is(err, fail.Exhausted) {
			t.Errorf("got %v", err)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("another instance was stopped: %v", err)
	}
}

// TestLateTimerHitsNoOtherCall: calls that end about when their time does are
// never stopped by the timer of the call before.
func TestLateTimerHitsNoOtherCall(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), loops), Stubs(), Limits{Timeout: 50 * time.Microsecond})
	stopped := 0
	for range 2000 {
		if err := ending(in, "ok"); err != nil {
			if !fail.Is(err, fail.Exhausted) {
				t.Fatal(err)
			}
			stopped++
			in = instantiate(t, in.Module(), Stubs(), Limits{Timeout: 50 * time.Microsecond})
		}
	}
	t.Logf("%d of 2000 calls of 50 µs were stopped", stopped)
}

func TestMemoryBombStops(t *testing.T) {
	bomb := `(module (memory 1) (func (export "bomb") (result i32) (local i32)
		(loop (br_if 0 (i32.ne (local.tee 0 (memory.grow (i32.const 16))) (i32.const -1)))) (memory.size))
		(func (export "ok")))`
	e := newEngine(t, Options{})
	in := instantiate(t, module(t, e, bomb), Stubs(), Limits{MemoryBytes: 10 << 20})
	if got := call(t, in, "bomb"); got[0].Int() > 160 || in.Size() > 10<<20 {
		t.Errorf("memory grew to %v pages", got)
	}
	if err := in.Grow(100); !fail.Is(err, fail.Exhausted) {
		t.Errorf("the host grew memory over the limit: %v", err)
	}
	_, err := module(t, e, `(module (memory 1000))`).Instantiate(context.Background(), Stubs(), Limits{MemoryBytes: 1 << 20})
	if !fail.Is(err, fail.Exhausted) || !strings.Contains(fail.Sentence(err), "memory limit") {
		t.Errorf("got %v", err)
	}
	_, err = module(t, e, `(module (table 2000000 funcref))`).Instantiate(context.Background(), Stubs(), Limits{})
	if !fail.Is(err, fail.Exhausted) {
		t.Errorf("got %v", err)
	}
}

// TestAosLoops: the guest's own protection does not catch a limit.
func TestAosLoops(t *testing.T) {
	m := compile(t, newEngine(t, Options{}), "aos-2-pure-xs.wasm")
	in := instantiate(t, m, aosHost, Limits{Fuel: 1e8})
	_, _, err := tryHandle(in, aosEval("pcall(function() while true do end end)"))
	mustEnd(t, in, err, fail.Exhausted, "fuel limit")
	in = instantiate(t, m, aosHost, Limits{Timeout: 200 * time.Millisecond})
	_, _, err = tryHandle(in, aosEval("while true do end"))
	mustEnd(t, in, err, fail.Exhausted, "time limit")
	in = instantiate(t, m, aosHost, Limits{MemoryBytes: 32 << 20, Fuel: 1e10})
	_, answer := handle(t, in, aosEval("local t = {}; while true do t[#t+1] = string.rep('x', 100000) .. #t end"))
	if !strings.Contains(data(t, answer), "not enough memory") {
		t.Errorf("a memory bomb answers %.300s", answer)
	}
}

// TestFuelIsDeterministic: the same messages burn the same fuel in any instance
// of any engine, compiled or loaded from the cache, fresh or restored.
func TestFuelIsDeterministic(t *testing.T) {
	codes := []string{"return 1 + 1", "X = {}; for i=1,500 do X[i] = tostring(i) end", "return pcall(error, 'x')"}
	dir := t.TempDir()
	var want []uint64
	for round := range 3 {
		in := instantiate(t, compile(t, newEngine(t, Options{CacheDir: dir}), "aos-2-pure-xs.wasm"), aosHost, Limits{Fuel: 1e12})
		for i, code := range codes {
			handle(t, in, aosEval(code))
			last, _ := in.FuelUsed()
			if round == 0 {
				want = append(want, last)
			} else if last != want[i] {
				t.Errorf("round %d: message %d burnt %d, want %d", round, i, last, want[i])
			}
		}
	}
	if want[1] == 0 {
		t.Error("no fuel was burnt")
	}
}

func TestLimitsMayChange(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), loops), Stubs(), Limits{})
	call(t, in, "ok")
	in.SetLimits(5000, time.Minute)
	mustEnd(t, in, ending(in, "loop"), fail.Exhausted, "fuel limit of 5000 reached")
}
