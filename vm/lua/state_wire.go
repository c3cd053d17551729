package lua

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// The encoding of single values; see docs/formats/lua-state.md.

// StateVersion is the version of the encoding of states.
const StateVersion = 1

// compilerVersion changes whenever the compiler emits other code: suspended
// coroutines, whose positions are instruction numbers, are then refused.
const compilerVersion = 1

// Tags of encoded values.
const (
	wireNil byte = iota
	wireFalse
	wireTrue
	wireInt
	wireFloat
	wireBig
	wireString
	wireRef
	wireHost
)

// Kinds of object records.
const (
	recordFree byte = iota
	recordString
	recordTable
	recordCell
	recordFunction
	recordHost
	recordThread
	recordChunk
)

// shortString is the longest string that is written in place; longer ones are
// objects, so that a shared one is stored once.
const shortString = 40

// encoder writes records. ref gives the number of an object.
type encoder struct {
	b   []byte
	ref func(savedObject) uint32
}

// savedObject is something that has a number of its own in a state.
type savedObject struct {
	v  Value
	ch *chunk
}

func (e *encoder) byte(b byte)     { e.b = append(e.b, b) }
func (e *encoder) uint(n uint64)   { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) int(n int64)     { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) fixed(n uint64)  { e.b = binary.BigEndian.AppendUint64(e.b, n) }
func (e *encoder) bytes(s string)  { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) object(v Value)  { e.uint(uint64(e.ref(savedObject{v: v}))) }
func (e *encoder) chunk(ch *chunk) { e.uint(uint64(e.ref(savedObject{ch: ch}))) }

func (e *encoder) value(v Value) {
	switch v.Kind() {
	case KindNil:
		e.byte(wireNil)
	case KindBool:
		e.byte(wireFalse + byte(v.n))
	case KindInt:
		e.byte(wireInt)
		e.int(int64(v.n))
	case KindFloat:
		e.byte(wireFloat)
		e.fixed(v.n)
	case KindBig:
		e.byte(wireBig)
		e.byte(byte(v.big().Sign() + 1))
		e.bytes(string(v.big().Bytes()))
	case KindString:
		if len(v.str()) <= shortString {
			e.byte(wireString)
			e.bytes(v.str())
			return
		}
		e.byte(wireRef)
		e.object(v)
	case KindHost:
		if len(v.host().up) == 0 {
			e.byte(wireHost)
			e.bytes(v.host().name)
			return
		}
		fallthrough
	default:
		e.byte(wireRef)
		e.object(v)
	}
}

// wireReader reads what an encoder wrote. The first fault stays, and further
// reads return zeros.
type wireReader struct {
	b   []byte
	err error
}

func (r *wireReader) fail(text string) {
	if r.err == nil {
		r.err = fail.New(fail.Invalid, "lua.Restore", "saved state is damaged: %s", text)
		r.b = nil
	}
}

func (r *wireReader) byte() byte {
	if len(r.b) == 0 {
		r.fail("it ends early")
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func (r *wireReader) uint() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.fail("bad number")
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *wireReader) int() int64 {
	n, k := binary.Varint(r.b)
	if k <= 0 {
		r.fail("bad number")
		return 0
	}
	r.b = r.b[k:]
	return n
}

// small reads a number that must be at most limit.
func (r *wireReader) small(limit int) int {
	n := r.uint()
	if n > uint64(limit) {
		r.fail("number out of range")
		return 0
	}
	return int(n)
}

// count reads a number of items that take at least one byte each.
func (r *wireReader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail("number out of range")
		return 0
	}
	return int(n)
}

func (r *wireReader) fixed() uint64 {
	if len(r.b) < 8 {
		r.fail("it ends early")
		return 0
	}
	n := binary.BigEndian.Uint64(r.b)
	r.b = r.b[8:]
	return n
}

func (r *wireReader) bytes() string {
	n := r.count()
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

// scalar reads a value that is no object; ok is false for the tags that are.
func (r *wireReader) scalar(tag byte) (v Value, ok bool) {
	switch tag {
	case wireNil:
		return Value{}, true
	case wireFalse, wireTrue:
		return Bool(tag == wireTrue), true
	case wireInt:
		return Int(r.int()), true
	case wireFloat:
		return Float(math.Float64frombits(r.fixed())), true
	case wireBig:
		sign := r.byte()
		b := new(big.Int).SetBytes([]byte(r.bytes()))
		if sign == 0 {
			b.Neg(b)
		}
		if b.IsInt64() {
			r.fail("integer in the wrong form")
		}
		return BigInt(b), true
	}
	return Value{}, false
}
