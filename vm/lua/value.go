package lua

import (
	"math"
	"math/big"
	"unsafe"
)

// Kind is the kind of a value. Integers and floats are both "number" to Lua
// programs, but distinct here.
type Kind uint8

// The kinds of values.
const (
	KindNil Kind = iota
	KindBool
	KindInt    // fits 64 bits
	KindFloat  // IEEE 754 double
	KindBig    // integer beyond 64 bits (dialect Luerl only)
	KindString // bytes
	KindTable
	KindFunction // compiled from Lua source
	KindHost     // implemented in Go
	KindThread   // coroutine (dialect Standard only)
	kindCell     // a captured variable; never seen by programs
)

// object is the common head of everything that a value can point to.
type object struct{ kind Kind }

// The three scalar kinds are told apart by the address in Value.p. These
// variables are never written.
var (
	boolObject  = object{KindBool}
	intObject   = object{KindInt}
	floatObject = object{KindFloat}
)

// Value is one Lua value in 16 bytes: p is nil for nil, the address of a
// marker for booleans and 64-bit numbers (whose payload is n), and otherwise
// the address of the object. The zero Value is nil.
type Value struct {
	p unsafe.Pointer
	n uint64
}

// Nil is the value nil.
var Nil = Value{}

func tagBool() unsafe.Pointer  { return unsafe.Pointer(&boolObject) }
func tagInt() unsafe.Pointer   { return unsafe.Pointer(&intObject) }
func tagFloat() unsafe.Pointer { return unsafe.Pointer(&floatObject) }

// Bool returns the boolean b as a value.
func Bool(b bool) Value {
	v := Value{p: tagBool()}
	if b {
		v.n = 1
	}
	return v
}

// Int returns the integer i as a value.
func Int(i int64) Value { return Value{tagInt(), uint64(i)} }

// Float returns the float f as a value.
func Float(f float64) Value { return Value{tagFloat(), math.Float64bits(f)} }

// BigInt returns the integer b as a value, a 64-bit one when it fits. The
// value keeps b, which must not be changed afterwards.
func BigInt(b *big.Int) Value {
	if b.IsInt64() {
		return Int(b.Int64())
	}
	return Value{p: unsafe.Pointer(&bigObject{kind: KindBig, v: b})}
}

// String returns the bytes of s as a value.
func String(s string) Value {
	return Value{p: unsafe.Pointer(&stringObject{kind: KindString, s: s})}
}

// bigObject is an integer beyond 64 bits.
type bigObject struct {
	kind Kind
	v    *big.Int
}

// stringObject is an immutable string with its hash, 0 while unknown.
type stringObject struct {
	kind Kind
	pid  uint32 // identity in saved states; 0 for short strings and unsaved ones
	hash uint64
	s    string
}

// Kind returns the kind of the value.
func (v Value) Kind() Kind {
	if v.p == nil {
		return KindNil
	}
	return (*object)(v.p).kind
}

// TypeName returns the name that the function type gives.
func (v Value) TypeName() string {
	switch v.Kind() {
	case KindNil:
		return "nil"
	case KindBool:
		return "boolean"
	case KindInt, KindFloat, KindBig:
		return "number"
	case KindString:
		return "string"
	case KindTable:
		return "table"
	case KindThread:
		return "thread"
	}
	return "function"
}

func (v Value) isNil() bool   { return v.p == nil }
func (v Value) isInt() bool   { return v.p == tagInt() }
func (v Value) isFloat() bool { return v.p == tagFloat() }
func (v Value) falsy() bool   { return v.p == nil || v.p == tagBool() && v.n == 0 }

func (v Value) isNumber() bool {
	return v.p == tagInt() || v.p == tagFloat() || v.p != nil && (*object)(v.p).kind == KindBig
}

func (v Value) isString() bool { return v.p != nil && (*object)(v.p).kind == KindString }

func (v Value) float() float64 { return math.Float64frombits(v.n) }
func (v Value) str() string    { return (*stringObject)(v.p).s }
func (v Value) big() *big.Int  { return (*bigObject)(v.p).v }

// Truth reports whether the value counts as true: everything but nil and false.
func (v Value) Truth() bool { return !v.falsy() }

// IsNil reports whether the value is nil.
func (v Value) IsNil() bool { return v.p == nil }

// AsBool returns a boolean; ok is false for other kinds.
func (v Value) AsBool() (b, ok bool) { return v.n == 1, v.p == tagBool() }

// AsInt returns a 64-bit integer; ok is false for other kinds.
func (v Value) AsInt() (i int64, ok bool) {
	if v.p == tagInt() {
		return int64(v.n), true
	}
	return 0, false
}

// AsBig returns an integer of any size; ok is false for other kinds. The
// result must not be changed.
func (v Value) AsBig() (b *big.Int, ok bool) {
	switch v.Kind() {
	case KindInt:
		return big.NewInt(int64(v.n)), true
	case KindBig:
		return v.big(), true
	}
	return nil, false
}

// AsFloat returns a float; ok is false for other kinds, integers included.
func (v Value) AsFloat() (f float64, ok bool) {
	if v.p == tagFloat() {
		return v.float(), true
	}
	return 0, false
}

// AsString returns the bytes of a string; ok is false for other kinds.
func (v Value) AsString() (s string, ok bool) {
	if v.isString() {
		return v.str(), true
	}
	return "", false
}

// AsTable returns a table; ok is false for other kinds.
func (v Value) AsTable() (t *Table, ok bool) {
	if v.p != nil && (*object)(v.p).kind == KindTable {
		return (*Table)(v.p), true
	}
	return nil, false
}

// IsFunction reports whether the value is a function, of either kind.
func (v Value) IsFunction() bool {
	k := v.Kind()
	return k == KindFunction || k == KindHost
}

func (v Value) table() *Table { return (*Table)(v.p) }

// Value returns the table as a value.
func (t *Table) Value() Value { return Value{p: unsafe.Pointer(t)} }

// cell is a local variable that an inner function shares.
type cell struct {
	kind  Kind
	dirty bool
	pid   uint32
	v     Value
}

// function is a closure.
type function struct {
	kind  Kind
	pid   uint32
	proto *proto
	up    []*cell
	id    uint64
}

// hostFunction is a function implemented in Go. State names it by its
// registered name; up holds what it captured, in Lua values.
type hostFunction struct {
	kind    Kind
	special special
	dirty   bool
	pid     uint32
	name    string
	fn      HostFunction
	up      []Value
}

func (v Value) fn() *function       { return (*function)(v.p) }
func (v Value) host() *hostFunction { return (*hostFunction)(v.p) }
func (v Value) thread() *thread     { return (*thread)(v.p) }
func (v Value) cell() *cell         { return (*cell)(v.p) }

func (f *function) value() Value     { return Value{p: unsafe.Pointer(f)} }
func (f *hostFunction) value() Value { return Value{p: unsafe.Pointer(f)} }
func (t *thread) value() Value       { return Value{p: unsafe.Pointer(t)} }
func (c *cell) value() Value         { return Value{p: unsafe.Pointer(c)} }

// rawEqual compares without metamethods. Integers and floats are equal when
// their mathematical values are.
func rawEqual(a, b Value) bool {
	if a.p == b.p {
		if a.p == tagFloat() {
			return a.float() == b.float()
		}
		return a.n == b.n
	}
	if a.p == nil || b.p == nil {
		return false
	}
	switch (*object)(a.p).kind {
	case KindString:
		return b.isString() && a.str() == b.str()
	case KindInt:
		if b.isFloat() {
			return float64(int64(a.n)) == b.float() && exactInt(b.float(), int64(a.n))
		}
	case KindFloat:
		if b.isInt() || b.Kind() == KindBig {
			return rawEqual(b, a)
		}
	case KindBig:
		if b.Kind() == KindBig {
			return a.big().Cmp(b.big()) == 0
		}
		return b.isFloat() && compareNumbers(a, b) == 0
	}
	return false
}

// exactInt reports whether f, which equals float64(i), is exactly i.
func exactInt(f float64, i int64) bool {
	return f < 0x1p63 && int64(f) == i
}

func stringValue(o *stringObject) Value { return Value{p: unsafe.Pointer(o)} }
