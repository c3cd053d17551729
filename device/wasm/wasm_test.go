package wasm_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/wasi"
	"github.com/hyperbeam-go/hyperbeam/device/wasm"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/machine"
	. "github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// lib is a device whose key "mul" answers as the test wants.
func lib(answer func(c *ao.Call) (Value, error)) *ao.Device {
	return &ao.Device{Name: "lib@1.0", Doc: "A library.", Keys: []ao.Key{{Name: "mul", Run: answer}}}
}

func bench(t testing.TB, options *Message, more ...*ao.Device) aotest.Bench {
	t.Helper()
	e, err := vm.New(vm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return aotest.With(t, ao.Services{}, options, append(more, wasm.New(e), wasi.New())...)
}

func module(t testing.TB, file string, more ...Pair) *Message {
	return Of(P("device", Binary(wasm.Name)), P("body", Binary(sharedtest.File(t, "testdata/"+file)))).Merge(Of(more...))
}

func withLib() Pair {
	return P("stdlib", Of(P("my_lib", Of(P("device", Binary("lib@1.0"))))))
}

func pow(b aotest.Bench, m Value, x, y int64) ao.Result {
	return b.Ask(m, "compute", P("function", Binary("pow")), P("parameters", NewList(Int(x), Int(y))))
}

// TestLibrary: a library sees the arguments, the state and the memory of the
// program, and changes all of them.
func TestLibrary(t *testing.T) {
	b := bench(t, Empty(), lib(func(c *ao.Call) (Value, error) {
		args, _ := c.Request().Get("args")
		x, _ := AsInt(args.(*List).At(0))
		y, _ := AsInt(args.(*List).At(1))
		state := c.Base.Message("state")
		g, err := machine.GuestOf(state)
		if err != nil {
			return nil, err
		}
		if err := g.Write(0, []byte("library")); err != nil {
			return nil, err
		}
		v, _ := state.Get("calls")
		n, _ := AsInt(v)
		return Of(P("state", state.Set("calls", Int(n+1))), P("results", NewList(Int(x*y)))), nil
	}))
	m := b.Message(b.Path(module(t, "pow_calculator.wasm", withLib()), "init"))
	got := b.Message(pow(b, m, 3, 3))
	if out := DeepGet(got, []string{"results", "output"}); !Equal(out, NewList(Int(27))) {
		t.Errorf("output %v", out)
	}
	if calls, _ := got.Get("calls"); calls != Value(Int(3)) {
		t.Errorf("calls %v", calls)
	}
	mem, err := machine.Of(got, "").Memory(context.Background())
	if err != nil || string(mem[:7]) != "library" {
		t.Errorf("memory %q, %v", mem[:7], err)
	}
	if _, err := machine.GuestOf(got); err == nil {
		t.Error("the state still has a guest")
	}
}

// TestFailingLibrary: the request fails and says which function it was; the
// message goes on as before.
func TestFailingLibrary(t *testing.T) {
	failing := true
	b := bench(t, Empty(), lib(func(c *ao.Call) (Value, error) {
		if failing {
			return nil, fail.New(fail.Forbidden, "lib", "not today")
		}
		return Of(P("results", NewList(Int(9)))), nil
	}))
	m := b.Message(b.Path(module(t, "pow_calculator.wasm", withLib()), "init"))
	r := pow(b, m, 3, 1)
	if !fail.Is(r.Err, fail.Forbidden) || !strings.Contains(r.Err.Error(), "my_lib.mul: not today") || !strings.Contains(r.Err.Error(), "function pow") {
		t.Errorf("got %v", r.Err)
	}
	failing = false
	if out := DeepGet(b.Message(pow(b, m, 3, 1)), []string{"results", "output"}); !Equal(out, NewList(Int(9))) {
		t.Errorf("output %v", out)
	}
}

// TestOddAnswers: what a library answers besides a state and a number.
func TestOddAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer Value
		want   int64 // of pow(3, 1); -1 is an error
	}{
		"nothing":        {Empty(), 0},
		"no list":        {Of(P("results", Int(4))), 0},
		"text number":    {Of(P("results", NewList(Binary("5")))), 5},
		"several":        {Of(P("results", NewList(Int(6), Int(7)))), 6},
		"unsigned":       {Of(P("results", NewList(Int(1<<32-1)))), -1 << 32},
		"no number":      {Of(P("results", NewList(Binary("x")))), -1},
		"too large":      {Of(P("results", NewList(Int(1<<40)))), -1},
		"not a message":  {Binary("x"), -1},
		"state is other": {Of(P("state", Int(1)), P("results", NewList(Int(8)))), 8},
	} {
		b := bench(t, Empty(), lib(func(*ao.Call) (Value, error) { return c.answer, nil }))
		m := b.Message(b.Path(module(t, "pow_calculator.wasm", withLib()), "init"))
		r := pow(b, m, 3, 1)
		if c.want == -1 {
			if r.Err == nil {
				t.Errorf("%s: %v", name, r.Value)
			}
			continue
		}
		want := c.want
		if want == -1<<32 {
			want = -1
		}
		if out := DeepGet(b.Message(r), []string{"results", "output"}); !Equal(out, NewList(Int(want))) {
			t.Errorf("%s: output %v", name, out)
		}
	}
}

// TestImportKey: library functions can be asked for by others.
func TestImportKey(t *testing.T) {
	b := bench(t, Empty(), lib(func(c *ao.Call) (Value, error) {
		return Of(P("results", NewList(Int(1)))), nil
	}))
	req := []Pair{P("module", Binary("my_lib")), P("func", Binary("mul")), P("args", NewList())}
	got := b.Message(b.Ask(Of(P("device", Binary(wasm.Name)), withLib()), "import", req...))
	if !Equal(got, Of(P("results", NewList(Int(1))))) {
		t.Errorf("got %v", got.Keys())
	}
	got = b.Message(b.Ask(Of(P("device", Binary(wasm.Name))), "import", req...))
	if calls := DeepGet(got, []string{"state", "state", "results", "undefined-calls", "1", "func"}); calls != Value(Binary("mul")) {
		t.Errorf("the undefined call is not noted: %v", got.Message("state"))
	}
}

// TestSwitches: undefined calls can be left out of the state, and numbers
// passed by their bits.
func TestSwitches(t *testing.T) {
	b := bench(t, Of(P("wasm_record_undefined_calls", False), P("wasm_raw_numbers", True)))
	m := b.Message(b.Path(module(t, "pow_calculator.wasm"), "init"))
	if got := b.Message(pow(b, m, 3, 2)); got.Has("state") {
		t.Error("undefined calls are noted")
	}
	m = b.Message(b.Path(module(t, "test.wasm"), "init"))
	got := b.Message(b.Ask(m, "compute", P("function", Binary("fac")), P("parameters", NewList(Int(5)))))
	if out := DeepGet(got, []string{"results", "output"}); !Equal(out, NewList(Float(1))) {
		t.Errorf("raw fac(5) is %v", out)
	}
}

// TestPasses: only the first pass calls the program; without a function nothing
// happens.
func TestPasses(t *testing.T) {
	b := bench(t, Empty())
	m := b.Message(b.Path(module(t, "test.wasm", P("function", Binary("fac")), P("parameters", NewList(Int(4)))), "init"))
	for pass, want := range map[Value]bool{Int(1): true, Binary("1"): true, Int(2): false} {
		if got := b.Message(b.Path(m.Set("pass", pass), "compute")); got.Has("results") != want {
			t.Errorf("pass %v: results %v", pass, got.Has("results"))
		}
	}
	if got := b.Message(b.Path(m.Without("function"), "compute")); got.Has("results") {
		t.Error("something was called")
	}
	body := P("body", Of(P("function", Binary("fac")), P("parameters", Of(P("1", Binary("3"))))))
	got := b.Message(b.Ask(m, "compute", body, P("function", Binary("none"))))
	if out := DeepGet(got, []string{"results", "output"}); !Equal(out, NewList(Float(6))) {
		t.Errorf("the body does not come first: %v", out)
	}
}

// TestTerminate: the instance is gone; older messages still have it.
func TestTerminate(t *testing.T) {
	b := bench(t, Empty())
	m := b.Message(b.Path(module(t, "test.wasm"), "init"))
	gone := b.Message(b.Path(m, "terminate"))
	if machine.Of(gone, "") != nil {
		t.Error("there is still an instance")
	}
	if r := b.Ask(gone, "compute", P("function", Binary("fac"))); !fail.Is(r.Err, fail.Conflict) {
		t.Errorf("got %v", r.Err)
	}
	b.Message(b.Ask(m, "compute", P("function", Binary("fac")), P("parameters", NewList(Int(4)))))
	b.Message(b.Path(gone, "terminate"))
}

// TestExit: a program that exits gives a result that says so.
func TestExit(t *testing.T) {
	b := bench(t, Empty())
	base := module(t, "test-calling.wasm", P("output-prefix", Binary("wasm")))
	m := b.Message(b.Path(base.Set("device", Binary(wasi.Name)), "init"))
	m = b.Message(b.Path(m.Set("device", Binary(wasm.Name)), "init"))
	got := b.Message(b.Ask(m, "compute", P("function", Binary("_start"))))
	text, _ := Text(DeepGet(got, []string{"results", "wasm", "output"}))
	if !strings.HasPrefix(text, "the program ended with exit code ") || !strings.HasSuffix(text, "in function _start") {
		t.Errorf("got %q", text)
	}
}

// TestNoEngine: a node without engine says so.
func TestNoEngine(t *testing.T) {
	b := aotest.New(t, wasm.New(nil))
	if r := b.Path(module(t, "test.wasm"), "init"); !fail.Is(r.Err, fail.Unavailable) {
		t.Errorf("got %v", r.Err)
	}
}
