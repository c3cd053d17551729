package rewrite

import (
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// reader reads the binary format. The first failure sticks: after it every
// method returns a zero value, so that callers check err once per step.
type reader struct {
	b   []byte
	p   int
	err error
}

// fail records the first error.
func (r *reader) fail(kind fail.Kind, text string) {
	if r.err == nil {
		r.err = fail.New(kind, "rewrite.Rewrite", "not a WebAssembly module this node can run: %s", text)
		r.p = len(r.b)
	}
}

func (r *reader) invalid(text string) { r.fail(fail.Invalid, text) }

func (r *reader) done() bool { return r.p >= len(r.b) }

func (r *reader) byte() byte {
	if r.p >= len(r.b) {
		r.invalid("unexpected end")
		return 0
	}
	v := r.b[r.p]
	r.p++
	return v
}

func (r *reader) peek() byte {
	if r.p >= len(r.b) {
		r.invalid("unexpected end")
		return 0
	}
	return r.b[r.p]
}

// take returns the next n bytes, not copied.
func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)-r.p) {
		r.invalid("unexpected end")
		return nil
	}
	v := r.b[r.p : r.p+int(n)]
	r.p += int(n)
	return v
}

// uint reads unsigned LEB128 of at most bits bits (32 or 64).
func (r *reader) uint(bits uint) uint64 {
	var v uint64
	for shift := uint(0); ; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		if shift >= bits || (bits-shift < 7 && c&0x7f>>(bits-shift) != 0) {
			r.invalid("integer too large")
			return 0
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (r *reader) u32() uint32 { return uint32(r.uint(32)) }

// int reads signed LEB128 of at most bits bits (32, 33 or 64).
func (r *reader) int(bits uint) int64 {
	var v int64
	for shift := uint(0); ; {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		if shift >= bits {
			r.invalid("integer too large")
			return 0
		}
		v |= int64(c&0x7f) << shift
		shift += 7
		if c < 0x80 {
			if shift < 64 && c&0x40 != 0 {
				v |= -1 << shift
			}
			if bits < 64 && (v >= 1<<(bits-1) || v < -1<<(bits-1)) {
				r.invalid("integer too large")
				return 0
			}
			return v
		}
	}
}

// name reads a length-prefixed UTF-8 string.
func (r *reader) name() string {
	b := r.take(uint64(r.u32()))
	if !utf8.Valid(b) {
		r.invalid("name is not UTF-8")
	}
	return string(b)
}

// count reads the length of a vector whose elements take at least one byte.
func (r *reader) count() int {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)-r.p) {
		r.invalid("vector longer than its section")
		return 0
	}
	return int(n)
}

func appendUint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendInt(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendName(b []byte, s string) []byte {
	return append(appendUint(b, uint64(len(s))), s...)
}
