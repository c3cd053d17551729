package lua

import "strings"

func luerlTable() []libFunction {
	return []libFunction{
		{"concat", luerlConcat}, {"insert", luerlInsert}, {"pack", tablePack},
		{"remove", luerlRemove}, {"sort", luerlSort}, {"unpack", luerlUnpack},
	}
}

// positions fills in the defaults of the optional start and end arguments: a
// missing or nil start is 1, a missing or nil end the length.
func (c *Call) positions(at int, t *Table) (i, j int64, ok bool) {
	i, j = 1, c.vm.length(t)
	if v := c.Arg(at); !v.isNil() {
		if i, ok = c.vm.toInt(v); !ok {
			return 0, 0, false
		}
	}
	if v := c.Arg(at + 1); !v.isNil() {
		if j, ok = c.vm.toInt(v); !ok {
			return 0, 0, false
		}
	}
	return i, j, true
}

func luerlConcat(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	if !ok {
		return c.badarg("concat")
	}
	rest := func() error { return c.vm.luerlErr("badarg", "concat", c.args[1:]...) }
	sep := ""
	if !c.Arg(1).isNil() {
		if sep, ok = c.vm.toText(c.args[1]); !ok {
			return rest()
		}
	}
	i, j, ok := c.positions(2, t)
	if !ok {
		return rest()
	}
	var b strings.Builder
	for n := i; n <= j; n++ {
		v := c.vm.getInt(t, n)
		s, ok := c.vm.toText(v)
		if !ok {
			return c.vm.luerlErr("illegal_value", "concat", v)
		}
		if n > i {
			if err := c.grow(&b, sep); err != nil {
				return err
			}
		}
		if err := c.grow(&b, s); err != nil {
			return err
		}
	}
	return c.push(String(b.String()))
}

func luerlInsert(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	if !ok || len(c.args) < 2 || len(c.args) > 3 {
		return c.badarg("insert")
	}
	n := c.vm.length(t)
	if len(c.args) == 2 {
		c.vm.stretch(t, n+1)
		c.vm.setInt(t, n+1, c.args[1])
		return nil
	}
	p, ok := c.vm.toInt(c.args[1])
	if !ok || p < 1 || p > n+1 {
		return c.badarg("insert")
	}
	s := sequence{c: c, t: t, size: n}
	if s.insertFast(p, c.args[2]) {
		return c.Spend((n - p) >> 4)
	}
	// Shift up until a hole is filled.
	here := c.args[2]
	for {
		if err := c.Spend(1); err != nil {
			return err
		}
		next := c.vm.getInt(t, p)
		c.vm.setInt(t, p, here)
		if next.isNil() {
			return nil
		}
		here = next
		p++
	}
}

func luerlRemove(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	if !ok {
		return c.badarg("remove")
	}
	n := c.vm.length(t)
	p := n
	if len(c.args) > 1 {
		if p, ok = c.vm.toInt(c.args[1]); !ok {
			return c.badarg("remove")
		}
		if n == 0 && p == 1 {
			return c.push(Value{})
		}
		if (p < 1 || p > n+1) && (n != 0 || p != 0) {
			return c.badarg("remove")
		}
	}
	v := c.vm.getInt(t, p)
	c.Push(v)
	c.vm.stretch(t, p)
	if len(c.args) == 1 || p == 0 {
		c.vm.setInt(t, p, Value{})
		return nil
	}
	if t.holes == 0 && int64(len(t.arr)) == n && p < n {
		copy(t.arr[p-1:], t.arr[p:])
		c.vm.touchSlots(t, int(p-1))
		c.vm.setInt(t, n, Value{})
		return c.Spend((n - p) >> 4)
	}
	for {
		if err := c.Spend(1); err != nil {
			return err
		}
		there := c.vm.getInt(t, p+1)
		c.vm.setInt(t, p, there)
		if there.isNil() {
			return nil
		}
		p++
	}
}

func luerlUnpack(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("unpack")
	}
	t, ok := c.args[0].AsTable()
	if !ok {
		return c.vm.hostFault("function_clause")
	}
	i, j, ok := c.positions(1, t)
	if !ok {
		return c.badarg("unpack")
	}
	if j-i > maxUnpack {
		return c.vm.limitErr("size", "too many results to unpack")
	}
	for ; i <= j; i++ {
		c.Push(c.vm.getInt(t, i))
	}
	return c.Spend(int64(len(c.ret)) >> 2)
}
