package lua

import (
	"strconv"
	"strings"
)

func baseFunctions() []libFunction {
	return []libFunction{
		{"assert", baseAssert}, {"collectgarbage", baseCollect}, {"error", baseError},
		{"getmetatable", baseGetMetatable}, {"ipairs", baseIPairs}, {"load", baseLoad},
		{"next", baseNext}, {"pairs", basePairs}, {"pcall", runsInMachine}, {"print", basePrint},
		{"rawequal", baseRawEqual}, {"rawget", baseRawGet}, {"rawlen", baseRawLen}, {"rawset", baseRawSet},
		{"select", baseSelect}, {"setmetatable", baseSetMetatable}, {"tonumber", baseToNumber},
		{"tostring", baseToString}, {"type", baseType}, {"xpcall", runsInMachine},
	}
}

func baseAssert(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	if v.Truth() {
		c.Push(c.args...)
		return nil
	}
	if len(c.args) > 1 {
		return c.Raise(c.args[1])
	}
	return c.Raise(c.vm.String("assertion failed!"))
}

func baseCollect(c *Call) error {
	opt := "collect"
	if !c.Arg(0).isNil() {
		var err error
		if opt, err = c.str(0); err != nil {
			return err
		}
	}
	switch opt {
	case "collect":
		if c.vm.mem > c.vm.limits.Memory/2 {
			c.vm.mem = c.vm.measure()
		}
		return c.push(Int(0))
	case "count":
		c.Push(Float(float64(c.vm.mem) / 1024))
		return nil
	case "step", "isrunning":
		return c.push(Bool(true))
	case "stop", "restart", "setpause", "setstepmul":
		return c.push(Int(0))
	}
	return c.argError(0, "invalid option '"+opt+"'")
}

func baseError(c *Call) error {
	level, err := c.optInt(1, 1)
	if err != nil {
		return err
	}
	v := c.Arg(0)
	if v.isString() && level > 0 {
		v = c.vm.String(c.vm.position(int(min(level, 1<<20))) + v.str())
	}
	return c.Raise(v)
}

func baseGetMetatable(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	mt := c.vm.metatable(v)
	if mt == nil {
		return c.push(Value{})
	}
	if p := c.vm.metaOf(mt, evMetatable); !p.isNil() {
		return c.push(p)
	}
	return c.push(mt.Value())
}

func baseSetMetatable(c *Call) error {
	t, err := c.table(0)
	if err != nil {
		return err
	}
	mt, ok := c.Arg(1).AsTable()
	if !ok && (!c.Arg(1).isNil() || len(c.args) < 2) {
		return c.argError(1, "nil or table expected")
	}
	if !c.vm.metaOf(t.meta, evMetatable).isNil() {
		return c.Raisef("cannot change a protected metatable")
	}
	c.vm.SetMetatable(t, mt)
	return c.push(t.Value())
}

func baseIPairs(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	c.Push(c.vm.builtin("ipairs.next", ipairsNext), v, Int(0))
	return nil
}

func ipairsNext(c *Call) error {
	i, err := c.int(1)
	if err != nil {
		return err
	}
	i++
	v := Value{}
	if t, ok := c.Arg(0).AsTable(); ok {
		v = c.vm.getInt(t, i)
	}
	if v.isNil() {
		if v, err = c.vm.index(c.Arg(0), Int(i)); err != nil {
			return err
		}
	}
	if v.isNil() {
		return c.push(Value{})
	}
	c.Push(Int(i), v)
	return nil
}

func baseNext(c *Call) error {
	t, err := c.table(0)
	if err != nil {
		return err
	}
	k, v, found := c.vm.next(t, c.Arg(1))
	if !found {
		return c.Raisef("invalid key to 'next'")
	}
	if k.isNil() {
		return c.push(k)
	}
	c.Push(k, v)
	return nil
}

func basePairs(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	if mm := c.vm.metamethod(v, evPairs); !mm.isNil() {
		res, err := c.Call(mm, v)
		if err != nil {
			return err
		}
		for len(res) < 3 {
			res = append(res, Value{})
		}
		c.Push(res[:3]...)
		return nil
	}
	if _, err := c.table(0); err != nil {
		return err
	}
	c.Push(c.vm.hosts["next"].value(), v, Value{})
	return nil
}

func basePrint(c *Call) error {
	var b strings.Builder
	for i, a := range append([]Value(nil), c.args...) {
		s, err := c.vm.tostring(a)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(s)
	}
	b.WriteByte('\n')
	c.vm.print(b.String())
	return c.Spend(int64(b.Len()) >> 4)
}

func baseRawEqual(c *Call) error {
	if _, err := c.any(1); err != nil {
		return err
	}
	return c.push(Bool(rawEqual(c.Arg(0), c.Arg(1))))
}

func baseRawGet(c *Call) error {
	t, err := c.table(0)
	if err != nil {
		return err
	}
	if _, err := c.any(1); err != nil {
		return err
	}
	return c.push(c.vm.get(t, c.Arg(1)))
}

func baseRawSet(c *Call) error {
	t, err := c.table(0)
	if err != nil {
		return err
	}
	if _, err := c.any(2); err != nil {
		return err
	}
	if err := c.vm.rawAssign(t, c.Arg(1), c.Arg(2)); err != nil {
		return err
	}
	return c.push(t.Value())
}

func baseRawLen(c *Call) error {
	if t, ok := c.Arg(0).AsTable(); ok {
		return c.push(Int(c.vm.length(t)))
	}
	if s, ok := c.Arg(0).AsString(); ok {
		return c.push(Int(int64(len(s))))
	}
	return c.argError(0, "table or string expected")
}

func baseSelect(c *Call) error {
	if s, ok := c.Arg(0).AsString(); ok && s == "#" {
		return c.push(Int(int64(len(c.args) - 1)))
	}
	n, err := c.int(0)
	if err != nil {
		return err
	}
	count := int64(len(c.args))
	if n < 0 {
		n = count + n
	} else {
		n = min(n, count)
	}
	if n < 1 {
		return c.argError(0, "index out of range")
	}
	c.Push(c.args[n:]...)
	return nil
}

func baseToNumber(c *Call) error {
	if c.Arg(1).isNil() {
		v, err := c.any(0)
		if err != nil {
			return err
		}
		n, _ := c.vm.toNumber(v)
		return c.push(n)
	}
	base, err := c.int(1)
	if err != nil {
		return err
	}
	s, ok := c.Arg(0).AsString()
	if !ok {
		return c.typeError(0, "string")
	}
	if base < 2 || base > 36 {
		return c.argError(1, "base out of range")
	}
	n, ok := parseBase(strings.Trim(s, " \t\n\v\f\r"), uint64(base))
	if !ok {
		return c.push(Value{})
	}
	return c.push(Int(n))
}

// parseBase reads an integer that wraps around.
func parseBase(s string, base uint64) (int64, bool) {
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if s == "" {
		return 0, false
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		d, err := strconv.ParseUint(s[i:i+1], 36, 8)
		if err != nil || d >= base {
			return 0, false
		}
		n = n*base + d
	}
	if neg {
		n = -n
	}
	return int64(n), true
}

func baseToString(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	if v.isString() {
		return c.push(v)
	}
	s, err := c.vm.tostring(v)
	if err != nil {
		return err
	}
	c.PushString(s)
	return nil
}

func baseType(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	return c.push(c.vm.intern(v.TypeName()))
}

// tostring returns the text of a value, by its __tostring metamethod if any.
func (vm *VM) tostring(v Value) (string, error) {
	if k := v.Kind(); k == KindInt || k == KindString {
		return vm.rawText(v), nil
	}
	mm := vm.metamethod(v, evToString)
	if mm.isNil() {
		if n, ok := vm.metamethod(v, evName).AsString(); ok && v.Kind() == KindTable {
			return n + strings.TrimPrefix(vm.rawText(v), "table"), nil
		}
		return vm.rawText(v), nil
	}
	r, err := vm.call1(mm, v)
	if err != nil {
		return "", err
	}
	s, ok := vm.toText(r)
	if !ok {
		return "", vm.errorf("'__tostring' must return a string")
	}
	return s, nil
}

// rawText returns the text of a value without metamethods. Tables and
// functions are told apart by their numbers, which are deterministic.
func (vm *VM) rawText(v Value) string {
	switch v.Kind() {
	case KindNil:
		return "nil"
	case KindBool:
		return strconv.FormatBool(v.n == 1)
	case KindString:
		return v.str()
	case KindTable:
		return vm.identity("table", v.table().id)
	case KindThread:
		return vm.identity("thread", v.thread().id)
	case KindFunction:
		if vm.dialect == Luerl {
			return vm.identity("function", v.fn().proto.id)
		}
		return vm.identity("function", v.fn().id)
	case KindHost:
		if vm.dialect == Luerl {
			return "function: " + luerlFunctionName(v.host().name)
		}
		return "function: builtin: " + v.host().name
	}
	return vm.numberText(v)
}

func (vm *VM) identity(kind string, id uint64) string {
	n := strconv.FormatUint(id, 10)
	if vm.dialect == Luerl {
		return kind + ": " + n
	}
	h := strconv.FormatUint(id, 16)
	return kind + ": 0x" + strings.Repeat("0", max(0, 14-len(h))) + h
}
