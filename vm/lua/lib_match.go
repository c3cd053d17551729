package lua

import "strings"

func stringFind(c *Call) error  { return c.findOrMatch(true) }
func stringMatch(c *Call) error { return c.findOrMatch(false) }

// startPosition turns a relative position into an offset from 0.
func startPosition(pos int64, n int) int {
	switch {
	case pos > 0:
		return int(min(pos-1, int64(n)+1))
	case pos == 0:
		return 0
	case -pos > int64(n):
		return 0
	}
	return n + int(pos)
}

func (c *Call) findOrMatch(find bool) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	pat, err := c.str(1)
	if err != nil {
		return err
	}
	pos, err := c.optInt(2, 1)
	if err != nil {
		return err
	}
	start := startPosition(pos, len(s))
	if start > len(s) {
		return c.push(Value{})
	}
	if find && (c.Arg(3).Truth() || isPlain(pat)) {
		i := strings.Index(s[start:], pat)
		c.vm.slice -= int64(len(s)-start) >> 5
		if i < 0 {
			return c.push(Value{})
		}
		c.Push(Int(int64(start+i)+1), Int(int64(start+i+len(pat))))
		return nil
	}
	m := matcher{c: c, src: s, pat: pat}
	p := 0
	anchor := strings.HasPrefix(pat, "^")
	if anchor {
		p = 1
	}
	for ; start <= len(s); start++ {
		m.level = 0
		end, err := m.match(start, p)
		if err != nil {
			return err
		}
		if end >= 0 {
			if find {
				c.Push(Int(int64(start)+1), Int(int64(end)))
				return m.pushCaptures(start, end, false)
			}
			return m.pushCaptures(start, end, true)
		}
		if anchor {
			break
		}
	}
	return c.push(Value{})
}

// stringGmatch returns an iterator whose state is in its upvalues: text,
// pattern, next position and end of the last match.
func stringGmatch(c *Call) error {
	s, err := c.str(0)
	if err != nil {
		return err
	}
	p, err := c.str(1)
	if err != nil {
		return err
	}
	it := &hostFunction{kind: KindHost, name: "string.gmatch.next", fn: gmatchNext,
		up: []Value{c.vm.String(s), c.vm.String(p), Int(0), Int(-1)}}
	return c.push(it.value())
}

func gmatchNext(c *Call) error {
	up := c.fn.up
	if len(up) < 4 || !up[0].isString() || !up[1].isString() || !up[2].isInt() || !up[3].isInt() {
		return c.Raisef("iterator without state")
	}
	m := matcher{c: c, src: up[0].str(), pat: up[1].str()}
	last := int(int64(up[3].n))
	for start := max(int(int64(up[2].n)), 0); start <= len(m.src); start++ {
		m.level = 0
		end, err := m.match(start, 0)
		if err != nil {
			return err
		}
		if end >= 0 && end != last {
			up[2], up[3] = Int(int64(end)), Int(int64(end))
			c.vm.touchHost(c.fn)
			return m.pushCaptures(start, end, true)
		}
	}
	return c.push(Value{})
}

func stringGsub(c *Call) error {
	src, err := c.str(0)
	if err != nil {
		return err
	}
	pat, err := c.str(1)
	if err != nil {
		return err
	}
	repl := c.Arg(2)
	switch k := repl.Kind(); {
	case k == KindTable, repl.IsFunction(), repl.isString(), repl.isNumber():
	default:
		return c.argError(2, "string/function/table expected, got "+c.gotName(2))
	}
	limit, err := c.optInt(3, int64(len(src))+1)
	if err != nil {
		return err
	}
	m := matcher{c: c, src: src, pat: pat}
	p := 0
	anchor := strings.HasPrefix(pat, "^")
	if anchor {
		p = 1
	}
	var b strings.Builder
	var n int64
	at, last := 0, -1
	for n < limit {
		m.level = 0
		end, err := m.match(at, p)
		if err != nil {
			return err
		}
		switch {
		case end >= 0 && end != last:
			n++
			if err := m.replace(&b, repl, at, end); err != nil {
				return err
			}
			at, last = end, end
		case at < len(src):
			b.WriteByte(src[at])
			at++
		default:
			at++
		}
		if at > len(src) || anchor {
			break
		}
	}
	if at < len(src) {
		if err := c.grow(&b, src[at:]); err != nil {
			return err
		}
	}
	c.PushString(b.String())
	c.Push(Int(n))
	return nil
}

func (c *Call) gotName(i int) string {
	if i >= len(c.args) {
		return "no value"
	}
	return c.vm.typeName(c.args[i])
}

// replace adds the replacement of one match.
func (m *matcher) replace(b *strings.Builder, repl Value, start, end int) error {
	c := m.c
	var v Value
	switch {
	case repl.isString() || repl.isNumber():
		text, _ := c.vm.toText(repl)
		return m.expand(b, text, start, end)
	case repl.Kind() == KindTable:
		key, err := m.captureValue(0, start, end)
		if err != nil {
			return err
		}
		if v, err = c.vm.index(repl, key); err != nil {
			return err
		}
	default:
		n := len(c.ret)
		if err := m.pushCaptures(start, end, true); err != nil {
			return err
		}
		var err error
		v, err = c.vm.call1(repl, c.ret[n:]...)
		c.ret = c.ret[:n]
		if err != nil {
			return err
		}
	}
	if v.falsy() {
		return c.grow(b, m.src[start:end])
	}
	text, ok := c.vm.toText(v)
	if !ok {
		return c.Raisef("invalid replacement value (a %s)", v.TypeName())
	}
	return c.grow(b, text)
}

// expand adds a replacement text with its %n.
func (m *matcher) expand(b *strings.Builder, text string, start, end int) error {
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			return m.c.grow(b, text)
		}
		if err := m.c.grow(b, text[:i]); err != nil {
			return err
		}
		if i+1 >= len(text) {
			return m.c.Raisef("invalid use of '%%' in replacement string")
		}
		d := text[i+1]
		text = text[i+2:]
		switch {
		case d == '%':
			b.WriteByte('%')
		case d == '0':
			if err := m.c.grow(b, m.src[start:end]); err != nil {
				return err
			}
		case d >= '1' && d <= '9':
			v, err := m.captureValue(int(d-'1'), start, end)
			if err != nil {
				return err
			}
			s, _ := m.c.vm.toText(v)
			if err := m.c.grow(b, s); err != nil {
				return err
			}
		default:
			return m.c.Raisef("invalid use of '%%' in replacement string")
		}
	}
}
