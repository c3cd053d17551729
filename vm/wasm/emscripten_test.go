//go:build cgo

package wasm

import (
	"testing"
)

// TestInvoke: invoke_* with every kind of parameter and result, a longjmp
// through two levels, the restored stack pointer, and setThrew.
func TestInvoke(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), `(module
		(import "env" "invoke_jifd" (func $invoke (param i32 i32 f32 f64) (result i64)))
		(import "env" "invoke_v" (func $invoke_v (param i32)))
		(import "env" "_emscripten_throw_longjmp" (func $longjmp))
		(global $sp (mut i32) (i32.const 1000))
		(global $threw (mut i32) (i32.const 0))
		(table 4 funcref) (elem (i32.const 0) $sum $jump $outer $trap)
		(func $sum (param i32 f32 f64) (result i64)
			(i64.trunc_f64_s (f64.add (local.get 2) (f64.add (f64.promote_f32 (local.get 1)) (f64.convert_i32_s (local.get 0))))))
		(func $jump (global.set $sp (i32.const 500)) (call $deeper))
		(func $deeper (global.set $sp (i32.const 400)) (call $longjmp))
		(func $outer (global.set $sp (i32.const 900)) (call $invoke_v (i32.const 1)))
		(func $trap unreachable)
		(func (export "emscripten_stack_get_current") (result i32) (global.get $sp))
		(func (export "_emscripten_stack_restore") (param i32) (global.set $sp (local.get 0)))
		(func (export "setThrew") (param i32 i32) (global.set $threw (local.get 0)))
		(func (export "threw") (result i32) (global.get $threw))
		(func (export "sum") (result i64) (call $invoke (i32.const 0) (i32.const 1) (f32.const 2) (f64.const 3)))
		(func (export "mismatch") (result i64) (call $invoke (i32.const 1) (i32.const 1) (f32.const 2) (f64.const 3)))
		(func (export "jump") (call $invoke_v (i32.const 1)))
		(func (export "nested") (call $invoke_v (i32.const 2)))
		(func (export "trap") (call $invoke_v (i32.const 3))))`), Refusals(), Limits{})
	if got := call(t, in, "sum"); got[0] != I64(6) {
		t.Errorf("sum = %v", got)
	}
	call(t, in, "jump")
	if sp, threw := call(t, in, "emscripten_stack_get_current"), call(t, in, "threw"); sp[0] != I32(1000) || threw[0] != I32(1) {
		t.Errorf("after a longjmp: stack pointer %v, threw %v", sp, threw)
	}
	call(t, in, "nested")
	if sp := call(t, in, "emscripten_stack_get_current"); sp[0] != I32(900) {
		t.Errorf("after a caught longjmp inside: stack pointer %v", sp)
	}
	for _, name := range []string{"mismatch", "trap"} {
		if err := ending(instantiate(t, in.Module(), Refusals(), Limits{}), name); err == nil {
			t.Errorf("%s: no trap", name)
		}
	}
}

// TestEmscriptenMemory: memcpy and growth are answered inside the module.
func TestEmscriptenMemory(t *testing.T) {
	for _, ptr := range []string{"i32", "i64"} {
		mem := map[string]string{"i32": "", "i64": "i64 "}[ptr]
		in := instantiate(t, module(t, newEngine(t, Options{}), `(module
			(import "env" "_emscripten_memcpy_js" (func $copy (param `+ptr+` `+ptr+` `+ptr+`)))
			(import "env" "emscripten_resize_heap" (func $resize (param `+ptr+`) (result i32)))
			(memory (export "memory") `+mem+`1 4)
			(data (`+ptr+`.const 10) "hello")
			(func (export "copy") (call $copy (`+ptr+`.const 20) (`+ptr+`.const 10) (`+ptr+`.const 5)))
			(func (export "resize") (param `+ptr+`) (result i32) (call $resize (local.get 0))))`), Refusals(), Limits{})
		call(t, in, "copy")
		if b, err := in.Read(20, 5); err != nil || string(b) != "hello" {
			t.Errorf("%s: %q, %v", ptr, b, err)
		}
		for _, c := range []struct{ bytes, ok, pages int64 }{{1, 1, 1}, {65536, 1, 1}, {65537, 1, 2}, {4 * 65536, 1, 4}, {4*65536 + 1, 0, 4}} {
			if got := call(t, in, "resize", I64(c.bytes)); got[0].Int() != c.ok || in.Size() != uint64(c.pages)*PageBytes {
				t.Errorf("%s: resize(%d) = %v, %d bytes", ptr, c.bytes, got[0], in.Size())
			}
		}
	}
}
