package wasm

import (
	"math"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
)

// ValType is the type of a value.
type ValType = rewrite.ValType

// The number types. Functions with other types can be listed, not called.
const (
	TypeI32 = rewrite.I32
	TypeI64 = rewrite.I64
	TypeF32 = rewrite.F32
	TypeF64 = rewrite.F64
)

// Signature is the type of a function; its String is that of spec 03, 11.9.
type Signature = rewrite.Signature

// Value is a number of one of the four types. The zero Value is the i32 0.
type Value struct {
	bits uint64
	typ  ValType
}

// I32 returns an i32.
func I32(v int32) Value { return Value{uint64(uint32(v)), TypeI32} }

// I64 returns an i64.
func I64(v int64) Value { return Value{uint64(v), TypeI64} }

// F32 returns an f32.
func F32(v float32) Value { return Value{uint64(math.Float32bits(v)), TypeF32} }

// F64 returns an f64.
func F64(v float64) Value { return Value{math.Float64bits(v), TypeF64} }

// Type returns the value's type.
func (v Value) Type() ValType { return v.typ }

// IsInt reports whether v is an i32 or i64.
func (v Value) IsInt() bool { return v.typ == TypeI32 || v.typ == TypeI64 }

// Bits returns the value's representation, zero-extended to 64 bits.
func (v Value) Bits() uint64 { return v.bits }

// Int returns an integer as signed, and a float truncated.
func (v Value) Int() int64 {
	switch v.typ {
	case TypeI32:
		return int64(int32(v.bits))
	case TypeI64:
		return int64(v.bits)
	}
	return int64(v.Float())
}

// Uint returns an integer as unsigned, as addresses and sizes are meant.
func (v Value) Uint() uint64 {
	if v.IsInt() {
		return v.bits
	}
	return uint64(v.Float())
}

// Float returns a float, or an integer converted.
func (v Value) Float() float64 {
	switch v.typ {
	case TypeF32:
		return float64(math.Float32frombits(uint32(v.bits)))
	case TypeF64:
		return math.Float64frombits(v.bits)
	}
	return float64(v.Int())
}

// String returns the number in decimal.
func (v Value) String() string {
	if v.IsInt() {
		return strconv.FormatInt(v.Int(), 10)
	}
	return strconv.FormatFloat(v.Float(), 'g', -1, 64)
}

// Convert returns v as type t (spec 03, 12.2, "Better"): integers change their
// width, also when the receiver reads them as unsigned; integral floats become
// integers; integers become floats; floats change precision.
//
// # Errors
//
// [fail.Invalid] when the number is not integral or does not fit.
func (v Value) Convert(t ValType) (Value, error) {
	if v.typ == t {
		return v, nil
	}
	switch t {
	case TypeF64:
		return F64(v.Float()), nil
	case TypeF32:
		return F32(float32(v.Float())), nil
	}
	i := v.Int()
	if !v.IsInt() {
		f := v.Float()
		if f != math.Trunc(f) || f < -1<<63 || f >= 1<<63 {
			return Value{}, fail.New(fail.Invalid, "wasm.Convert", "invalid argument: %s is not an integer of 64 bits", v)
		}
	}
	if t == TypeI64 {
		return I64(i), nil
	}
	if i < math.MinInt32 || i > math.MaxUint32 {
		return Value{}, fail.New(fail.Invalid, "wasm.Convert", "invalid argument: %s does not fit 32 bits", v)
	}
	return I32(int32(i)), nil
}

// Reinterpret returns the bits of v as type t, as the reference passes
// arguments (spec 03, 12.2, quirk): integers and floats are 64 bits wide, of
// which a type of 32 bits gets the low ones.
func (v Value) Reinterpret(t ValType) Value {
	bits := v.bits
	switch v.typ {
	case TypeI32:
		bits = uint64(v.Int())
	case TypeF32:
		bits = math.Float64bits(v.Float())
	}
	if t == TypeI32 || t == TypeF32 {
		bits = uint64(uint32(bits))
	}
	return Value{bits, t}
}
