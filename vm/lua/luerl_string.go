package lua

import (
	"strings"
)

func luerlString() []libFunction {
	return []libFunction{
		{"byte", luerlByte}, {"char", luerlChar}, {"dump", func(c *Call) error { return c.badarg("dump") }},
		{"find", luerlFind}, {"format", luerlFormat}, {"gmatch", func(c *Call) error { return c.badarg("gmatch") }},
		{"gsub", luerlGsub}, {"len", luerlLen}, {"lower", luerlLower}, {"match", luerlMatch},
		{"rep", luerlRep}, {"reverse", luerlReverse}, {"sub", luerlSub}, {"upper", luerlUpper},
	}
}

func luerlByte(c *Call) error {
	a, ok := c.convertArgs(toStr, toIntg, toIntg)
	if !ok || len(a) == 0 {
		return c.badarg("byte")
	}
	i := int64(1)
	if len(a) > 1 {
		i = clip(a[1])
	}
	j := i
	if len(a) > 2 {
		j = clip(a[2])
	}
	s := a[0].str()
	from, to := substring(i, j, len(s))
	if i == 0 && j == 0 || from >= to {
		return c.push(Value{})
	}
	if to-from > maxUnpack {
		return c.vm.limitErr("size", "string slice too long")
	}
	for _, b := range []byte(s[from:to]) {
		c.Push(Int(int64(b)))
	}
	return c.Spend(int64(to-from) >> 2)
}

func luerlChar(c *Call) error {
	if len(c.args) == 1 && c.args[0].isNil() {
		return c.push(c.vm.intern(""))
	}
	is, ok := c.integers()
	if !ok {
		return c.badarg("char")
	}
	b := make([]byte, len(is))
	for i, v := range is {
		n := clip(v)
		if n < 0 || n > 255 {
			return c.vm.hostFault("badarg")
		}
		b[i] = byte(n)
	}
	c.PushString(string(b))
	return nil
}

// searchStart turns the optional start position into an offset. Luerl counts
// positions before the text as its begin.
func searchStart(i int64, n int) int64 {
	if i < -int64(n) || i == 0 {
		return 0
	}
	if i < 0 {
		return int64(n) + i
	}
	return i - 1
}

func luerlFind(c *Call) error {
	a, ok := c.convertArgs(toStr, toStr, toIntg, toBoolean)
	if !ok || len(a) < 2 {
		return c.badarg("find")
	}
	s, pat := a[0].str(), a[1].str()
	i := int64(1)
	if len(a) > 2 {
		i = clip(a[2])
	}
	if i > int64(len(s))+1 {
		return c.push(Value{})
	}
	at := int(searchStart(i, len(s)))
	if len(a) > 3 && a[3].Truth() {
		if pat == "" {
			return c.vm.hostFault("badarg")
		}
		c.vm.slice -= int64(len(s)-at) >> 5
		k := strings.Index(s[at:], pat)
		if k < 0 {
			return c.push(Value{})
		}
		c.Push(Int(int64(at+k)+1), Int(int64(at+k+len(pat))))
		return nil
	}
	m, start, end, err := c.search(s[at:], pat)
	if err != nil || m == nil {
		return errOrNil(c, err)
	}
	c.Push(Int(int64(at+start)+1), Int(int64(at+end)))
	for _, cp := range m.caps {
		c.Push(m.value(cp, at))
	}
	return nil
}

func errOrNil(c *Call, err error) error {
	if err == nil {
		c.Push(Value{})
	}
	return err
}

// search looks for the first match in s; m is nil when there is none.
func (c *Call) search(s, pat string) (m *luerlMatcher, start, end int, err error) {
	p, err := c.vm.luerlPattern(pat)
	if err != nil {
		return nil, 0, 0, err
	}
	m = &luerlMatcher{vm: c.vm, items: p.items, src: s}
	for start = 0; start <= len(s); start++ {
		end, ok := m.match(start)
		if m.err != nil {
			return nil, 0, 0, m.err
		}
		if ok {
			return m, start, end, nil
		}
		if len(p.items) > 0 && p.items[0].kind == patStart {
			break
		}
	}
	return nil, 0, 0, nil
}

func luerlMatch(c *Call) error {
	a, ok := c.convertArgs(toStr, toStr, toIntg)
	if !ok || len(a) < 2 || len(c.args) > 3 && len(a) < 3 {
		return c.badarg("match")
	}
	s, pat := a[0].str(), a[1].str()
	i := int64(1)
	if len(a) > 2 {
		i = clip(a[2])
	}
	if i > int64(len(s)) {
		return c.push(Value{})
	}
	at := int(searchStart(i, len(s)))
	if at >= len(s) {
		return c.push(Value{})
	}
	m, start, end, err := c.search(s[at:], pat)
	if err != nil || m == nil {
		return errOrNil(c, err)
	}
	if len(m.caps) == 0 {
		c.PushString(m.src[start:end])
	}
	for _, cp := range m.caps {
		c.Push(m.value(cp, 0))
	}
	return nil
}

func luerlGsub(c *Call) error {
	a, ok := c.convertArgs(toStr, toStr, toAny, toIntg)
	if !ok || len(a) < 3 || len(a) == 4 && clip(a[3]) <= 0 {
		return c.badarg("gsub")
	}
	s, repl := a[0].str(), a[2]
	limit := int64(len(s)) + 2
	if len(a) == 4 {
		limit = clip(a[3])
	}
	p, err := c.vm.luerlPattern(a[1].str())
	if err != nil {
		return err
	}
	m := &luerlMatcher{vm: c.vm, items: p.items, src: s}
	var b strings.Builder
	var n int64
	for at, copied := 0, 0; n < limit; {
		end, ok := m.match(at)
		if m.err != nil {
			return m.err
		}
		if ok {
			n++
			if err := c.grow(&b, s[copied:at]); err != nil {
				return err
			}
			if err := c.luerlReplace(&b, m, repl, at, end); err != nil {
				return err
			}
			copied = end
		}
		last := at >= len(s)
		if ok && end > at {
			at = end
		} else {
			at++
		}
		if last || n >= limit || at > len(s) {
			if err := c.grow(&b, s[copied:]); err != nil {
				return err
			}
			break
		}
	}
	c.PushString(b.String())
	c.Push(Int(n))
	return nil
}

// luerlReplace adds the replacement of one match.
func (c *Call) luerlReplace(b *strings.Builder, m *luerlMatcher, repl Value, start, end int) error {
	whole := m.src[start:end]
	caps := m.caps
	first := c.vm.String(whole)
	if len(caps) > 0 {
		first = m.value(caps[0], 0)
	}
	var v Value
	var err error
	switch {
	case repl.Kind() == KindTable:
		v, err = c.vm.index(repl, first)
	case repl.IsFunction():
		args := []Value{first}
		for _, cp := range caps[min(1, len(caps)):] {
			args = append(args, m.value(cp, 0))
		}
		v, err = c.vm.call1(repl, args...)
	default:
		text, ok := c.vm.toText(repl)
		if !ok {
			return nil
		}
		return c.luerlExpand(b, m, text, whole)
	}
	if err != nil {
		return err
	}
	text, ok := c.vm.toText(v)
	if !ok {
		text = whole
	}
	return c.grow(b, text)
}

// luerlExpand adds a replacement text with its %n; a '%' before anything else
// stands for itself.
func (c *Call) luerlExpand(b *strings.Builder, m *luerlMatcher, text, whole string) error {
	for i := 0; i < len(text); i++ {
		part := text[i : i+1]
		if text[i] == '%' && i+1 < len(text) {
			switch d := text[i+1]; {
			case d == '%':
				i++
			case d == '0':
				i++
				part = whole
			case d >= '1' && d <= '9':
				i++
				found := false
				for _, cp := range m.caps {
					if cp.number == int(d-'0') {
						part, _ = c.vm.toText(m.value(cp, 0))
						found = true
					}
				}
				if !found {
					return c.vm.luerlErr("illegal_index", "capture", Int(int64(d-'0')))
				}
			}
		}
		if err := c.grow(b, part); err != nil {
			return err
		}
	}
	return nil
}

func luerlLen(c *Call) error {
	if s, ok := c.vm.toText(c.Arg(0)); ok {
		return c.push(Int(int64(len(s))))
	}
	return c.badarg("len")
}

// luerlCase maps letters of Latin-1.
func (c *Call) luerlCase(name string, from, shift byte) error {
	if _, ok := c.vm.toText(c.Arg(0)); !ok || name == "lower" && len(c.args) == 0 {
		return c.badarg(name)
	}
	return c.mapBytes(func(b byte) byte {
		if b >= from && b <= from+25 || b >= from+127 && b <= from+157 && b != from+150 {
			return b + shift
		}
		return b
	})
}

func luerlLower(c *Call) error { return c.luerlCase("lower", 'A', 32) }
func luerlUpper(c *Call) error { return c.luerlCase("upper", 'a', 224) }

func luerlReverse(c *Call) error {
	if _, ok := c.vm.toText(c.Arg(0)); !ok {
		return c.badarg("reverse")
	}
	return stringReverse(c)
}

func luerlRep(c *Call) error {
	a, ok := c.convertArgs(toStr, toIntg, toStr)
	if !ok || len(a) < 2 {
		return c.badarg("rep")
	}
	sep := ""
	if len(a) > 2 {
		sep = a[2].str()
	}
	return c.repeat(a[0].str(), sep, clip(a[1]))
}

func luerlSub(c *Call) error {
	a, ok := c.convertArgs(toStr, toIntg, toIntg)
	if !ok || len(a) < 2 {
		return c.badarg("sub")
	}
	s, j := a[0].str(), int64(len(a[0].str()))
	if len(a) > 2 {
		j = clip(a[2])
	}
	from, to := substring(clip(a[1]), j, len(s))
	return c.pushPart(s, from, to)
}
