//go:build cgo

package wasm

import (
	"math"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// CONF-WASM-11
func TestTrapTexts(t *testing.T) {
	e := newEngine(t, Options{})
	m := module(t, e, `(module (memory 1) (table 2 funcref) (elem (i32.const 0) $one) (tag $t)
		(type $v (func)) (type $i (func (result i32)))
		(func $one (type $i) (i32.const 1))
		(func (export "ok"))
		(func (export "unreachable") unreachable)
		(func (export "memory") (drop (i32.load (i32.const 65536))))
		(func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
		(func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
		(func (export "convert") (drop (i32.trunc_f64_s (f64.const nan))))
		(func (export "null") (call_indirect (type $v) (i32.const 1)))
		(func (export "beyond") (call_indirect (type $v) (i32.const 9)))
		(func (export "type") (call_indirect (type $v) (i32.const 0)))
		(func $deep (export "deep") (call $deep))
		(func (export "throw") (throw $t)))`)
	for name, want := range map[string]string{
		"unreachable": "Exception: unreachable",
		"memory":      "Exception: out of bounds memory access",
		"divide":      "Exception: integer divide by zero",
		"overflow":    "Exception: integer overflow",
		"convert":     "Exception: invalid conversion to integer",
		"null":        "Exception: uninitialized element",
		"beyond":      "Exception: undefined element",
		"type":        "Exception: indirect call type mismatch",
		"deep":        "Exception: wasm operand stack overflow",
		"throw":       "Exception: uncaught wasm exception",
	} {
		in := instantiate(t, m, Stubs(), Limits{})
		err := ending(in, name)
		mustEnd(t, in, err, fail.Failed, want)
		if fail.Sentence(err) != want {
			t.Errorf("%s: %q, want %q", name, fail.Sentence(err), want)
		}
	}
}

func TestArgumentErrors(t *testing.T) {
	in := instantiate(t, module(t, newEngine(t, Options{}), `(module
		(func (export "i32") (param i32) (result i32) (local.get 0))
		(func (export "i64") (param i64) (result i64) (local.get 0))
		(func (export "f32") (param f32) (result f32) (local.get 0))
		(func (export "ref") (param externref))
		(func (export "two") (result i64 f32) (i64.const -5) (f32.const 0.5)))`), Stubs(), Limits{})
	for _, c := range []struct {
		name string
		args []Value
		kind fail.Kind
	}{
		{"i32", nil, fail.Invalid},
		{"i32", []Value{I32(1), I32(2)}, fail.Invalid},
		{"i32", []Value{F64(1.5)}, fail.Invalid},
		{"i32", []Value{F64(math.NaN())}, fail.Invalid},
		{"i32", []Value{I64(1 << 40)}, fail.Invalid},
		{"i64", []Value{F64(1e19)}, fail.Invalid},
		{"ref", []Value{I32(1)}, fail.Unsupported},
		{"gone", nil, fail.NotFound},
	} {
		if err := ending(in, c.name, c.args...); !fail.Is(err, c.kind) {
			t.Errorf("%s%v: got %v, want kind %s", c.name, c.args, err, c.kind)
		}
	}
	for _, c := range []struct {
		name      string
		arg, want Value
	}{
		{"i32", I64(-7), I32(-7)}, {"i32", I64(1<<32 - 1), I32(-1)}, {"i32", F64(3), I32(3)},
		{"i64", I32(-7), I64(-7)}, {"i64", F32(-2), I64(-2)}, {"f32", I64(3), F32(3)}, {"f32", F64(0.25), F32(0.25)},
	} {
		if got := call(t, in, c.name, c.arg); got[0] != c.want {
			t.Errorf("%s(%v) = %v, want %v", c.name, c.arg, got[0], c.want)
		}
	}
	if got := call(t, in, "two"); len(got) != 2 || got[0] != I64(-5) || got[1] != F32(0.5) {
		t.Errorf("two results: %v", got)
	}
}
