//go:build cgo

package rewrite_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// run executes a module made by encode and returns its trace and whether an
// exception left it.
func run(t *testing.T, e *wasm.Engine, image []byte, seed uint32) (trace []int, escaped bool) {
	t.Helper()
	m, err := e.Compile(context.Background(), image)
	if err != nil {
		t.Fatalf("a valid program is refused: %v\n%x", err, image)
	}
	c := &choices{seed: seed}
	in, err := m.Instantiate(context.Background(), wasm.HostFuncs(func(im wasm.Import) wasm.HostFunc {
		if im.Name == "choose" {
			return func(_ *wasm.Caller, _, results []wasm.Value) error {
				results[0] = wasm.I32(int32(c.next()))
				return nil
			}
		}
		return func(_ *wasm.Caller, args, _ []wasm.Value) error {
			trace = append(trace, int(args[0].Int()))
			return nil
		}
	}), wasm.Limits{Fuel: 1e7})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	_, err = in.Call(context.Background(), "run")
	if err != nil && !strings.Contains(err.Error(), "uncaught wasm exception") {
		t.Fatalf("%v\n%x", err, image)
	}
	return trace, err != nil
}

// checkProgram compares the rewritten program with the interpreted one.
func checkProgram(t *testing.T, e *wasm.Engine, data []byte, seed uint32) {
	t.Helper()
	p := newProgram(data)
	want := &machine{p: p, choices: &choices{seed: seed}}
	end := want.call(0)
	trace, escaped := run(t, e, encode(p), seed)
	if !slices.Equal(trace, want.trace) || escaped != (end.kind == 'e') {
		t.Fatalf("program %+v\nwrote %v escaped %v\nwant  %v escaped %v", p, trace, escaped, want.trace, end.kind == 'e')
	}
}

func newEngine(t testing.TB) *wasm.Engine {
	t.Helper()
	e, err := wasm.New(wasm.Options{Modules: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestTranslation runs random programs with try, catch, catch_all, delegate,
// rethrow, parameters and results against an interpreter of the legacy rules.
func TestTranslation(t *testing.T) {
	e := newEngine(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		data := make([]byte, 300)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		checkProgram(t, e, data, r.Uint32())
	}
}

func FuzzTranslation(f *testing.F) {
	f.Add([]byte("\x03\x04\x01\x01\x02\x06\x03\x01\x08\x00"), uint32(7))
	f.Add([]byte("\x05\x05\x00\x01\x02\x04\x04\x06\x01\x02\x00\x08"), uint32(9))
	e := newEngine(f)
	f.Fuzz(func(t *testing.T, data []byte, seed uint32) { checkProgram(t, e, data, seed) })
}
