package lua

import (
	"encoding/binary"
	"math"
	"strings"
)

func packFunctions() []libFunction {
	return []libFunction{{"pack", stringPack}, {"packsize", stringPackSize}, {"unpack", stringUnpack}}
}

// packReader reads a format of string.pack.
type packReader struct {
	c     *Call
	f     string
	big   bool
	align int
}

type packKind uint8

const (
	packInt packKind = iota
	packUint
	packFloat
	packDouble
	packFixed  // cn
	packPrefix // sn
	packZero   // z
	packByte   // x
	packAlign  // X
	packNone
)

// packItem is one option: its kind, size and the padding before it.
type packItem struct {
	kind      packKind
	size, pad int
}

func (r *packReader) number(def int) (int, error) {
	if r.f == "" || r.f[0] < '0' || r.f[0] > '9' {
		return def, nil
	}
	n := 0
	for r.f != "" && r.f[0] >= '0' && r.f[0] <= '9' {
		if n > math.MaxInt32/10-10 {
			return 0, r.c.Raisef("integral size (%d) out of limits [1,16]", n)
		}
		n = n*10 + int(r.f[0]-'0')
		r.f = r.f[1:]
	}
	return n, nil
}

// limited reads a size of 1 to 16.
func (r *packReader) limited(def int) (int, error) {
	n, err := r.number(def)
	if err == nil && (n < 1 || n > 16) {
		err = r.c.Raisef("integral size (%d) out of limits [1,16]", n)
	}
	return n, err
}

// option reads one option without its padding.
func (r *packReader) option() (packItem, error) {
	opt := r.f[0]
	r.f = r.f[1:]
	it := packItem{kind: packInt}
	var err error
	switch opt {
	case 'b', 'B':
		it.size = 1
	case 'h', 'H':
		it.size = 2
	case 'i', 'I':
		it.size, err = r.limited(4)
	case 'l', 'L', 'j', 'J', 'T':
		it.size = 8
	case 'f':
		return packItem{kind: packFloat, size: 4}, nil
	case 'd', 'n':
		return packItem{kind: packDouble, size: 8}, nil
	case 's':
		it.kind = packPrefix
		it.size, err = r.limited(8)
		return it, err
	case 'c':
		it.kind = packFixed
		if it.size, err = r.number(-1); err == nil && it.size < 0 {
			err = r.c.Raisef("missing size for format option 'c'")
		}
		return it, err
	case 'z':
		return packItem{kind: packZero}, nil
	case 'x':
		return packItem{kind: packByte, size: 1}, nil
	case 'X':
		return packItem{kind: packAlign}, nil
	case ' ':
		it.kind = packNone
		return it, nil
	case '<', '=':
		r.big, it.kind = false, packNone
		return it, nil
	case '>':
		r.big, it.kind = true, packNone
		return it, nil
	case '!':
		it.kind = packNone
		r.align, err = r.limited(8)
		return it, err
	default:
		return it, r.c.Raisef("invalid format option '%c'", opt)
	}
	if opt == 'B' || opt == 'H' || opt == 'I' || opt == 'L' || opt == 'J' || opt == 'T' {
		it.kind = packUint
	}
	return it, err
}

// next reads one option with the padding that aligns it at an offset.
func (r *packReader) next(offset int) (packItem, error) {
	it, err := r.option()
	if err != nil {
		return it, err
	}
	align := it.size
	switch it.kind {
	case packAlign:
		if r.f == "" {
			return it, r.c.argError(0, "invalid next option for option 'X'")
		}
		n, err := r.option()
		if err != nil {
			return it, err
		}
		if n.kind == packFixed || n.size == 0 {
			return it, r.c.argError(0, "invalid next option for option 'X'")
		}
		align = n.size
	case packInt, packUint, packFloat, packDouble, packPrefix:
	default:
		return it, nil
	}
	align = min(align, r.align)
	if align > 1 {
		if align&(align-1) != 0 {
			return it, r.c.argError(0, "format asks for alignment not power of 2")
		}
		it.pad = (align - offset&(align-1)) & (align - 1)
	}
	return it, nil
}

func newPackReader(c *Call) (*packReader, error) {
	f, err := c.str(0)
	return &packReader{c: c, f: f, align: 1}, err
}

func stringPack(c *Call) error {
	r, err := newPackReader(c)
	if err != nil {
		return err
	}
	var b []byte
	arg := 0
	for r.f != "" {
		it, err := r.next(len(b))
		if err != nil {
			return err
		}
		if err := c.Spend(int64(1 + it.size>>3)); err != nil {
			return err
		}
		if err := c.vm.alloc(int64(it.pad + it.size)); err != nil {
			return err
		}
		b = append(b, make([]byte, it.pad)...)
		if it.kind < packByte {
			arg++
		}
		if b, err = r.pack(b, it, arg); err != nil {
			return err
		}
	}
	c.PushString(string(b))
	return nil
}

// pack appends argument i in the form of an option.
func (r *packReader) pack(b []byte, it packItem, i int) ([]byte, error) {
	c := r.c
	switch it.kind {
	case packInt, packUint:
		n, err := c.int(i)
		if err != nil {
			return b, err
		}
		if it.size < 8 {
			if lim := int64(1) << (it.size*8 - 1); it.kind == packInt && (n < -lim || n >= lim) {
				return b, c.argError(i, "integer overflow")
			}
			if it.kind == packUint && uint64(n) >= 1<<(it.size*8) {
				return b, c.argError(i, "unsigned overflow")
			}
		}
		return r.putInt(b, uint64(n), it.size, n < 0), nil
	case packFloat, packDouble:
		f, err := c.float(i)
		if err != nil {
			return b, err
		}
		if it.kind == packFloat {
			return r.putInt(b, uint64(math.Float32bits(float32(f))), 4, false), nil
		}
		return r.putInt(b, math.Float64bits(f), 8, false), nil
	case packFixed, packPrefix, packZero:
		s, err := c.str(i)
		if err != nil {
			return b, err
		}
		return r.packString(b, it, s, i)
	case packByte:
		return append(b, 0), nil
	}
	return b, nil
}

func (r *packReader) packString(b []byte, it packItem, s string, i int) ([]byte, error) {
	if err := r.c.vm.alloc(int64(len(s))); err != nil {
		return b, err
	}
	switch it.kind {
	case packFixed:
		if len(s) > it.size {
			return b, r.c.argError(i, "string longer than given size")
		}
		b = append(b, s...)
		return append(b, make([]byte, it.size-len(s))...), nil
	case packPrefix:
		if it.size < 8 && uint64(len(s)) >= 1<<(it.size*8) {
			return b, r.c.argError(i, "string length does not fit in given size")
		}
		return append(r.putInt(b, uint64(len(s)), it.size, false), s...), nil
	}
	if strings.IndexByte(s, 0) >= 0 {
		return b, r.c.argError(i, "string contains zeros")
	}
	return append(append(b, s...), 0), nil
}

// putInt appends an integer of 1 to 16 bytes, sign-extended beyond 8.
func (r *packReader) putInt(b []byte, n uint64, size int, neg bool) []byte {
	var buf [16]byte
	binary.LittleEndian.PutUint64(buf[:], n)
	if neg {
		for i := 8; i < 16; i++ {
			buf[i] = 0xFF
		}
	}
	if r.big {
		for i := size - 1; i >= 0; i-- {
			b = append(b, buf[i])
		}
		return b
	}
	return append(b, buf[:size]...)
}

func stringPackSize(c *Call) error {
	r, err := newPackReader(c)
	if err != nil {
		return err
	}
	total := 0
	for r.f != "" {
		it, err := r.next(total)
		if err != nil {
			return err
		}
		if it.kind == packPrefix || it.kind == packZero {
			return c.argError(0, "variable-size format in packsize")
		}
		if total += it.pad + it.size; total > math.MaxInt32 {
			return c.argError(0, "format result too large")
		}
	}
	return c.push(Int(int64(total)))
}

func stringUnpack(c *Call) error {
	r, err := newPackReader(c)
	if err != nil {
		return err
	}
	s, err := c.str(1)
	if err != nil {
		return err
	}
	start, err := c.optInt(2, 1)
	if err != nil {
		return err
	}
	pos := relative(start, len(s)) - 1
	if pos < 0 || pos > int64(len(s)) {
		return c.argError(2, "initial position out of string")
	}
	at := int(pos)
	for r.f != "" {
		if err := c.Spend(1); err != nil {
			return err
		}
		it, err := r.next(at)
		if err != nil {
			return err
		}
		if it.pad+it.size > len(s)-at {
			return c.argError(1, "data string too short")
		}
		at += it.pad
		if at, err = r.unpack(s, at, it); err != nil {
			return err
		}
	}
	return c.push(Int(int64(at) + 1))
}

// unpack adds one value as a result and returns the position after it.
func (r *packReader) unpack(s string, at int, it packItem) (int, error) {
	c := r.c
	switch it.kind {
	case packInt, packUint:
		n, ok := r.getInt(s[at:at+it.size], it.kind == packInt)
		if !ok {
			return at, c.Raisef("%d-byte integer does not fit into Lua Integer", it.size)
		}
		c.Push(Int(n))
	case packFloat:
		n, _ := r.getInt(s[at:at+4], false)
		c.Push(Float(float64(math.Float32frombits(uint32(n)))))
	case packDouble:
		n, _ := r.getInt(s[at:at+8], false)
		c.Push(Float(math.Float64frombits(uint64(n))))
	case packFixed:
		c.PushString(s[at : at+it.size])
	case packPrefix:
		n, ok := r.getInt(s[at:at+it.size], false)
		if !ok || n < 0 || n > int64(len(s)-at-it.size) {
			return at, c.argError(1, "data string too short")
		}
		c.PushString(s[at+it.size : at+it.size+int(n)])
		return at + it.size + int(n), nil
	case packZero:
		n := strings.IndexByte(s[at:], 0)
		if n < 0 {
			return at, c.argError(1, "unfinished string for format 'z'")
		}
		c.PushString(s[at : at+n])
		return at + n + 1, nil
	case packAlign, packNone:
		return at, nil
	}
	return at + it.size, nil
}

// getInt reads an integer; ok is false when it does not fit 64 bits.
func (r *packReader) getInt(s string, signed bool) (int64, bool) {
	at := func(i int) byte { // byte of weight i
		if r.big {
			return s[len(s)-1-i]
		}
		return s[i]
	}
	var n uint64
	for i := min(len(s), 8) - 1; i >= 0; i-- {
		n = n<<8 | uint64(at(i))
	}
	if len(s) < 8 {
		if signed {
			shift := 64 - len(s)*8
			return int64(n<<shift) >> shift, true
		}
		return int64(n), true
	}
	for i := 8; i < len(s); i++ {
		want := byte(0)
		if signed && int64(n) < 0 {
			want = 0xFF
		}
		if at(i) != want {
			return 0, false
		}
	}
	return int64(n), true
}
