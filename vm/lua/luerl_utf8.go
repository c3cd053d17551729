package lua

import "unicode/utf8"

func luerlUTF8() []libFunction {
	return []libFunction{
		{"char", luerlUTF8Char}, {"codes", luerlCodes}, {"codepoint", luerlCodePoint},
		{"len", luerlUTF8Len}, {"offset", luerlOffset},
	}
}

func luerlUTF8Char(c *Call) error {
	is, ok := c.integers()
	if !ok {
		return c.badarg("char")
	}
	var b []byte
	for _, v := range is {
		n := clip(v)
		if n < 0 || n > utf8.MaxRune || n >= 0xD800 && n <= 0xDFFF {
			return c.vm.hostFault("badarg")
		}
		b = utf8.AppendRune(b, rune(n))
	}
	c.PushString(string(b))
	return nil
}

// textRange returns the text and the byte range that arguments 2 and 3 select.
// Positions outside of the text, also of an empty one, are an error.
func (c *Call) textRange(name string) (s string, i, j int64, err error) {
	args, ok := c.convertArgs(toStr, toIntg, toIntg)
	if !ok {
		return "", 0, 0, c.badarg(name)
	}
	if len(args) == 0 {
		return "", 0, 0, c.vm.hostFault("case_clause")
	}
	s = args[0].str()
	n := int64(len(s))
	i, j = 1, n
	if len(args) > 1 {
		i = clip(args[1])
	}
	if len(args) > 2 {
		j = clip(args[2])
	}
	for _, p := range []*int64{&i, &j} {
		switch {
		case *p > 0 && *p <= n:
		case *p < 0 && *p >= -n:
			*p += n + 1
		default:
			return "", 0, 0, c.badarg(name)
		}
	}
	return s, i, j, c.Spend(n >> 2)
}

func luerlUTF8Len(c *Call) error {
	s, i, j, err := c.textRange("len")
	if err != nil {
		return err
	}
	var n int64
	for p := i - 1; p < j; n++ {
		r, size := utf8.DecodeRuneInString(s[p:])
		if r == utf8.RuneError && size == 1 {
			c.Push(Value{}, Int(p+1))
			return nil
		}
		p += int64(size)
	}
	return c.push(Int(n))
}

func luerlCodePoint(c *Call) error {
	s, i, j, err := c.textRange("codepoint")
	if err != nil {
		return err
	}
	for p := i - 1; p < j; {
		r, size := utf8.DecodeRuneInString(s[p:])
		if r == utf8.RuneError && size == 1 {
			c.ret = c.ret[:0]
			return c.badarg("codepoint")
		}
		c.Push(Int(int64(r)))
		p += int64(size)
	}
	return nil
}

func luerlCodes(c *Call) error {
	args, ok := c.convertArgs(toStr)
	if !ok {
		return c.badarg("codes")
	}
	if len(args) == 0 {
		return c.vm.hostFault("case_clause")
	}
	c.Push(c.vm.builtin("utf8.codes.next", luerlCodesNext), args[0], Int(0))
	return nil
}

// luerlCodesNext gives the position of the end of each character.
func luerlCodesNext(c *Call) error {
	s, ok := c.Arg(0).AsString()
	p, okp := Int(0), true
	if len(c.args) > 1 {
		p = c.args[1]
		okp = p.isInt() && int64(p.n) >= 0
	}
	if !ok || !okp {
		return c.vm.hostFault("function_clause")
	}
	if int64(len(s)) <= int64(p.n) {
		return c.push(Value{})
	}
	r, size := utf8.DecodeRuneInString(s[p.n:])
	if r == utf8.RuneError && size == 1 {
		return c.vm.hostFault("badmatch")
	}
	c.Push(Int(int64(p.n)+int64(size)), Int(int64(r)))
	return nil
}

func luerlOffset(c *Call) error {
	if _, _, _, err := c.textRange("offset"); err != nil {
		return err
	}
	return c.vm.luerlErr("{'NYI',offset}", "")
}
