//go:build cgo

package wasm

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// typed is a number or text as the vectors write it.
type typed struct {
	Int   *int64
	Float *string
	Bin   *string
	List  []typed
}

func (v typed) value(t *testing.T) Value {
	t.Helper()
	if v.Int != nil {
		return I64(*v.Int)
	}
	f, err := strconv.ParseFloat(*v.Float, 64)
	if err != nil {
		t.Fatal(err)
	}
	return F64(f)
}

type border struct{ Kind, Module, Name, Signature string }

type vector struct {
	Name, Op, File, Function string
	Module_sha256            string
	Params                   []typed
	String                   typed
	Imports, Exports         json.RawMessage
	Result                   struct {
		Status      string
		Value       typed
		Error       *json.RawMessage
		Read_back   typed
		Memory_size uint64
	}
}

// TestVectors runs the cases of vectors/wasm.json that concern the engine.
// CONF-WASM-02, 10
func TestVectors(t *testing.T) {
	var file struct{ Cases []vector }
	if err := json.Unmarshal(sharedtest.File(t, "vectors/wasm.json"), &file); err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, Options{})
	ran := map[string]int{}
	for _, c := range file.Cases {
		test := map[string]func(*testing.T, *Module, vector){
			"call": testCall, "interface": testInterface, "memory-string": testMemoryString}[c.Op]
		if test == nil {
			continue
		}
		ran[c.Op]++
		t.Run(c.Name, func(t *testing.T) {
			if c.File == "" { // named by its hash only
				c.File = "test-calling.wasm"
			}
			m := compile(t, e, c.File)
			if m.Image().String() != c.Module_sha256 {
				t.Fatalf("image ID %s, want %s", m.Image(), c.Module_sha256)
			}
			test(t, m, c)
		})
	}
	if ran["call"] < 10 || ran["interface"] < 5 || ran["memory-string"] < 1 {
		t.Errorf("only %v cases ran", ran)
	}
}

// testCall runs a call with both ways to pass numbers. They differ where the
// vector shows the reference's reinterpretation of an integer as a float.
func testCall(t *testing.T, m *Module, c vector) {
	var args []Value
	for _, p := range c.Params {
		args = append(args, p.value(t))
	}
	for _, raw := range []bool{true, false} {
		in := instantiate(t, m, Stubs(), Limits{Fuel: 1e7, RawNumbers: raw})
		got, err := in.Call(context.Background(), c.Function, args...)
		if c.Result.Error != nil {
			if !fail.Is(err, fail.NotFound) || fail.Sentence(err) != "Function not found: "+c.Function {
				t.Errorf("got %v, want an error", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !raw && c.Name == "wasm-019" {
			if !slices.Equal(got, []Value{F64(120)}) {
				t.Errorf("a converted integer argument gives %v", got)
			}
			continue
		}
		for i, want := range c.Result.Value.List {
			if w := want.value(t); got[i].Int() != w.Int() || got[i].Float() != w.Float() || got[i].IsInt() != w.IsInt() {
				t.Errorf("raw %v: result %v, want %v", raw, got[i], w)
			}
		}
	}
}

func testInterface(t *testing.T, m *Module, c vector) {
	var imports, exports []border
	if json.Unmarshal(c.Imports, &imports) != nil || json.Unmarshal(c.Exports, &exports) != nil {
		// The reference cannot make an instance of this module; this engine can.
		instantiate(t, m, Stubs(), Limits{})
		return
	}
	var gotImports, gotExports []border
	for _, im := range m.Imports() {
		gotImports = append(gotImports, border{im.Kind.String(), im.Module, im.Name, im.Type.String()})
	}
	for _, ex := range m.Exports() {
		b := border{Kind: ex.Kind.String(), Name: ex.Name}
		if b.Kind == "func" {
			b.Signature = ex.Type.String()
		}
		gotExports = append(gotExports, b)
	}
	if !slices.Equal(gotImports, imports) {
		t.Errorf("imports\n%v\nwant\n%v", gotImports, imports)
	}
	if !slices.Equal(gotExports, exports) {
		t.Errorf("exports\n%v\nwant\n%v", gotExports, exports)
	}
}

func testMemoryString(t *testing.T, m *Module, c vector) {
	in := instantiate(t, m, Stubs(), Limits{})
	addr, err := in.WriteString(context.Background(), []byte(*c.String.Bin))
	if err != nil {
		t.Fatal(err)
	}
	b, err := in.ReadString(addr)
	if err != nil || string(b) != *c.Result.Read_back.Bin {
		t.Errorf("read back %q, %v", b, err)
	}
	if in.Size() != c.Result.Memory_size {
		t.Errorf("memory size %d, want %d", in.Size(), c.Result.Memory_size)
	}
}

// TestConformanceSizes is CONF-WASM-06.
// CONF-WASM-06
func TestConformanceSizes(t *testing.T) {
	e := newEngine(t, Options{})
	for file, pages := range map[string]uint64{"test-print.wasm": 1, "aos-2-pure-xs.wasm": 193, "test-calling.wasm": 259,
		"pow_calculator.wasm": 18, "test-aos.wasm": 768, "test.wasm": 0} {
		in := instantiate(t, compile(t, e, file), Stubs(), Limits{})
		if in.Size() != pages*PageBytes {
			t.Errorf("%s: %d bytes, want %d pages", file, in.Size(), pages)
		}
	}
}

// TestConformanceMemory is CONF-WASM-07 and CONF-WASM-08.
// CONF-WASM-07, 08
func TestConformanceMemory(t *testing.T) {
	ctx := context.Background()
	e := newEngine(t, Options{})
	in := instantiate(t, compile(t, e, "test-print.wasm"), Stubs(), Limits{})
	if err := in.Write(0, []byte("Hello, World!")); err != nil {
		t.Error(err)
	}
	if err := in.Write(1000000, []byte("x")); !fail.Is(err, fail.Invalid) || fail.Sentence(err) != "Write request out of bounds" {
		t.Errorf("got %v", err)
	}
	if b, err := in.Read(66, 13); err != nil || string(b) != "Hello, World!" {
		t.Errorf("got %q, %v", b, err)
	}
	for _, span := range [][2]uint64{{1000000, 13}, {65530, 7}, {1 << 63, 1 << 63}, {0, 1 << 63}, {^uint64(0), 1}} {
		if _, err := in.Read(span[0], span[1]); fail.Sentence(err) != "Read request out of bounds" {
			t.Errorf("%v: got %v", span, err)
		}
	}
	in = instantiate(t, compile(t, e, "test-calling.wasm"), Stubs(), Limits{})
	if p := call(t, in, "malloc", I64(100)); p[0].Uint() == 0 {
		t.Error("malloc of 100 bytes failed")
	}
	if p, err := in.Call(ctx, "malloc", I64(128<<20)); err == nil && p[0].Uint() != 0 {
		t.Error("malloc of 128 MiB succeeded")
	}
	big := make([]byte, 128<<20)
	if _, err := in.WriteString(ctx, big); err == nil {
		t.Error("a string of 128 MiB was written")
	}
}

// TestConformancePow is CONF-WASM-03: an import multiplies, also after a
// restore (CONF-WASM-04).
// CONF-WASM-03
func TestConformancePow(t *testing.T) {
	mul := HostFuncs(func(im Import) HostFunc {
		if im.Module != "my_lib" || im.Name != "mul" {
			return nil
		}
		return func(_ *Caller, args, results []Value) error {
			results[0] = I64(args[0].Int() * args[1].Int())
			return nil
		}
	})
	m := compile(t, newEngine(t, Options{}), "pow_calculator.wasm")
	in := instantiate(t, m, mul, Limits{})
	if got := call(t, in, "pow", I64(2), I64(5)); got[0] != I32(32) {
		t.Errorf("pow(2,5) = %v", got)
	}
	if err := m.SnapshotBlocker(); err != nil {
		t.Fatal(err)
	}
	if got := m.Image(); got != id.Hash(image(t, "pow_calculator.wasm")) {
		t.Errorf("image ID %s", got)
	}
}
