package lua

import "strings"

func stringFunctions() []libFunction {
	return []libFunction{
		{"byte", stringByte}, {"char", stringChar}, {"dump", stringDump}, {"find", stringFind},
		{"format", stringFormat}, {"gmatch", stringGmatch}, {"gsub", stringGsub}, {"len", stringLen},
		{"lower", stringLower}, {"match", stringMatch}, {"rep", stringRep}, {"reverse", stringReverse},
		{"sub", stringSub}, {"upper", stringUpper},
	}
}

// substring clips the range i..j, counted from 1 or from the end, to a string
// of n bytes, as offsets.
func substring(i, j int64, n int) (from, to int) {
	l := int64(n)
	if i < 0 {
		i = max(l+i+1, 1)
	} else if i == 0 {
		i = 1
	}
	if j < 0 {
		j = l + j + 1
	}
	j = min(j, l)
	if i > j {
		return 0, 0
	}
	return int(i - 1), int(j)
}

func stringSub(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	i, err := c.int(1)
	if err != nil {
		return err
	}
	j, err := c.optInt(2, -1)
	if err != nil {
		return err
	}
	from, to := substring(i, j, len(s))
	return c.pushPart(s, from, to)
}

// pushPart adds s[from:to] as a result, without copying it.
func (c *Call) pushPart(s string, from, to int) error {
	if to-from == 1 {
		return c.push(c.vm.chars[s[from]])
	}
	if from == 0 && to == len(s) {
		if a := c.Arg(0); a.isString() && len(a.str()) == len(s) {
			return c.push(a)
		}
	}
	part := s[from:to]
	if len(part) < len(s)/4 {
		part = strings.Clone(part) // do not keep a large string for a small part
	}
	c.PushString(part)
	return c.Spend(int64(to-from) >> 5)
}

func stringByte(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	i, err := c.optInt(1, 1)
	if err != nil {
		return err
	}
	j, err := c.optInt(2, i)
	if err != nil {
		return err
	}
	from, to := substring(i, j, len(s))
	if to-from > maxUnpack {
		return c.Raisef("string slice too long")
	}
	for _, b := range []byte(s[from:to]) {
		c.Push(Int(int64(b)))
	}
	return c.Spend(int64(to-from) >> 2)
}

func stringChar(c *Call) error {
	b := make([]byte, len(c.args))
	for i := range c.args {
		n, err := c.int(i)
		if err != nil {
			return err
		}
		if n < 0 || n > 255 {
			return c.argError(i, "value out of range")
		}
		b[i] = byte(n)
	}
	c.PushString(string(b))
	return nil
}

func stringDump(c *Call) error { return c.Raisef("unable to dump given function") }

func stringLen(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	return c.push(Int(int64(len(s))))
}

// mapBytes applies a function to every byte.
func (c *Call) mapBytes(f func(byte) byte) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	if err := c.vm.alloc(int64(len(s))); err != nil {
		return err
	}
	b := make([]byte, len(s))
	for i := range b {
		b[i] = f(s[i])
	}
	c.PushString(string(b))
	return c.Spend(int64(len(s)) >> 3)
}

func stringLower(c *Call) error {
	return c.mapBytes(func(b byte) byte {
		if b >= 'A' && b <= 'Z' {
			return b + 32
		}
		return b
	})
}

func stringUpper(c *Call) error {
	return c.mapBytes(func(b byte) byte {
		if b >= 'a' && b <= 'z' {
			return b - 32
		}
		return b
	})
}

func stringReverse(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	if err := c.vm.alloc(int64(len(s))); err != nil {
		return err
	}
	b := make([]byte, len(s))
	for i := range b {
		b[i] = s[len(s)-1-i]
	}
	c.PushString(string(b))
	return c.Spend(int64(len(s)) >> 3)
}

func stringRep(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	n, err := c.int(1)
	if err != nil {
		return err
	}
	sep := ""
	if !c.Arg(2).isNil() {
		if sep, err = c.str(2); err != nil {
			return err
		}
	}
	return c.repeat(s, sep, n)
}

// repeat adds n copies of s with sep between them as a result.
func (c *Call) repeat(s, sep string, n int64) error {
	if n <= 0 || len(s)+len(sep) == 0 {
		return c.push(c.vm.intern(""))
	}
	unit := int64(len(s) + len(sep))
	if n > c.vm.limits.Memory/unit+1 {
		return c.vm.limitErr("memory", "not enough memory: resulting string too large")
	}
	if err := c.vm.alloc(n * unit); err != nil {
		return err
	}
	if err := c.Spend(n * unit >> 4); err != nil {
		return err
	}
	return c.push(String(strings.Repeat(s+sep, int(n-1)) + s))
}
