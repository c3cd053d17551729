package lua

import "github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"

func utf8Functions() []libFunction {
	return []libFunction{
		{"char", utf8Char}, {"codepoint", utf8CodePoint}, {"codes", utf8Codes},
		{"len", utf8Len}, {"offset", utf8Offset},
	}
}

// decodeRune decodes one character as PUC-Lua 5.3 does: up to U+10FFFF,
// surrogates included, overlong forms refused. size is 0 when it is invalid.
func decodeRune(s string) (r uint32, size int) {
	c := s[0]
	if c < 0x80 {
		return uint32(c), 1
	}
	limits := [...]uint32{0xFFFFFFFF, 0x80, 0x800, 0x10000}
	n := 0
	var res uint32
	for c&0x40 != 0 {
		n++
		if n > 3 || n >= len(s) || s[n]&0xC0 != 0x80 {
			return 0, 0
		}
		res = res<<6 | uint32(s[n]&0x3F)
		c <<= 1
	}
	res |= uint32(c&0x7F) << (n * 5)
	if n == 0 || res > 0x10FFFF || res < limits[n] {
		return 0, 0
	}
	return res, n + 1
}

func utf8Char(c *Call) error {
	var b []byte
	for i := range c.args {
		n, err := c.int(i)
		if err != nil {
			return err
		}
		if n < 0 || n > 0x10FFFF {
			return c.argError(i, "value out of range")
		}
		b = syntax.AppendUTF8(b, uint32(n))
	}
	c.PushString(string(b))
	return nil
}

// relative turns a position from the end into one from the start.
func relative(i int64, n int) int64 {
	switch {
	case i >= 0:
		return i
	case -i > int64(n):
		return 0
	}
	return int64(n) + i + 1
}

func utf8Len(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	i, err := c.optInt(1, 1)
	if err != nil {
		return err
	}
	j, err := c.optInt(2, -1)
	if err != nil {
		return err
	}
	i, j = relative(i, len(s)), relative(j, len(s))
	if i < 1 || i > int64(len(s))+1 {
		return c.argError(1, "initial position out of string")
	}
	if j > int64(len(s)) {
		return c.argError(2, "final position out of string")
	}
	var n int64
	for p := i - 1; p < j; {
		_, size := decodeRune(s[p:])
		if size == 0 {
			c.Push(Value{}, Int(p+1))
			return nil
		}
		p += int64(size)
		n++
	}
	c.Push(Int(n))
	return c.Spend(n >> 2)
}

func utf8CodePoint(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	i, err := c.optInt(1, 1)
	if err != nil {
		return err
	}
	i = relative(i, len(s))
	j, err := c.optInt(2, i)
	if err != nil {
		return err
	}
	j = relative(j, len(s))
	if i < 1 {
		return c.argError(1, "out of range")
	}
	if j > int64(len(s)) {
		return c.argError(2, "out of range")
	}
	for p := i - 1; p < j; {
		r, size := decodeRune(s[p:])
		if size == 0 {
			return c.Raisef("invalid UTF-8 code")
		}
		c.Push(Int(int64(r)))
		p += int64(size)
		if len(c.ret) > maxUnpack {
			return c.Raisef("string slice too long")
		}
	}
	return c.Spend(int64(len(c.ret)) >> 2)
}

func utf8Codes(c *Call) error {
	if _, err := c.str(0); err != nil {
		return err
	}
	c.Push(c.vm.builtin("utf8.codes.next", utf8CodesNext), c.Arg(0), Int(0))
	return nil
}

func utf8CodesNext(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	n, err := c.int(1)
	if err != nil {
		return err
	}
	p := int(max(min(n, int64(len(s))+1), 0)) - 1
	if n <= 0 {
		p = 0
	} else if p < len(s) {
		for p++; p < len(s) && s[p]&0xC0 == 0x80; p++ {
		}
	}
	if p >= len(s) {
		return nil
	}
	r, size := decodeRune(s[p:])
	if size == 0 || p+size < len(s) && s[p+size]&0xC0 == 0x80 {
		return c.Raisef("invalid UTF-8 code")
	}
	c.Push(Int(int64(p)+1), Int(int64(r)))
	return nil
}

func utf8Offset(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	n, err := c.int(1)
	if err != nil {
		return err
	}
	def := int64(1)
	if n <= 0 {
		def = int64(len(s)) + 1
	}
	i, err := c.optInt(2, def)
	if err != nil {
		return err
	}
	p := relative(i, len(s)) - 1
	if p < 0 || p > int64(len(s)) {
		return c.argError(2, "position out of range")
	}
	cont := func(p int64) bool { return p < int64(len(s)) && s[p]&0xC0 == 0x80 }
	if n == 0 {
		for p > 0 && cont(p) {
			p--
		}
		return c.push(Int(p + 1))
	}
	if cont(p) {
		return c.Raisef("initial position is a continuation byte")
	}
	if n < 0 {
		for ; n < 0 && p > 0; n++ {
			for p--; p > 0 && cont(p); p-- {
			}
		}
	} else {
		for n--; n > 0 && p < int64(len(s)); n-- {
			for p++; cont(p); p++ {
			}
		}
	}
	if n != 0 {
		return c.push(Value{})
	}
	return c.push(Int(p + 1))
}
