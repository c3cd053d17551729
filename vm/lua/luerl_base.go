package lua

import (
	"math/big"
	"strings"
)

func luerlBase() []libFunction {
	return []libFunction{
		{"assert", luerlAssert}, {"collectgarbage", luerlCollect}, {"dofile", luerlDofile},
		{"eprint", luerlPrint}, {"error", luerlError}, {"getmetatable", luerlGetMetatable},
		{"ipairs", luerlIPairs}, {"load", luerlLoad}, {"loadfile", luerlLoadfile}, {"loadstring", luerlLoad},
		{"next", luerlNext}, {"pairs", luerlPairs}, {"pcall", runsInMachine}, {"print", luerlPrint},
		{"rawequal", luerlRawEqual}, {"rawget", luerlRawGet}, {"rawlen", luerlRawLen}, {"rawset", luerlRawSet},
		{"select", luerlSelect}, {"setmetatable", luerlSetMetatable}, {"tonumber", luerlToNumber},
		{"tostring", luerlToString}, {"type", luerlType}, {"unpack", luerlUnpack},
	}
}

func luerlAssert(c *Call) error {
	if c.Arg(0).Truth() {
		c.Push(c.args...)
		return nil
	}
	m := c.vm.intern("assertion failed")
	if len(c.args) > 1 {
		m = c.args[1]
	}
	return c.vm.luerlErr("assert_error", "", m)
}

func luerlCollect(c *Call) error {
	if s, _ := c.Arg(0).AsString(); (len(c.args) == 0 || s == "collect") && c.vm.mem > c.vm.limits.Memory/2 {
		c.vm.mem = c.vm.measure()
	}
	return nil
}

func luerlDofile(c *Call) error {
	return c.vm.luerlErr("error_message", "no such file or directory")
}

func luerlLoadfile(c *Call) error {
	c.Push(Value{})
	c.PushString("no such file or directory")
	return nil
}

func luerlError(c *Call) error {
	if t, ok := c.Arg(0).AsTable(); ok {
		if mm := c.vm.metaOf(t.meta, evToString); !mm.isNil() {
			res, err := c.Call(mm, c.args[0])
			if err != nil {
				return err
			}
			return c.vm.luerlErr("error_call", "", res...)
		}
	}
	return c.vm.luerlErr("error_call", "", c.args...)
}

func luerlGetMetatable(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("getmetatable")
	}
	return baseGetMetatable(c)
}

func luerlSetMetatable(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	mt, isTable := c.Arg(1).AsTable()
	if !ok || len(c.args) < 2 || !isTable && !c.args[1].isNil() {
		return c.badarg("setmetatable")
	}
	if !c.vm.metaOf(t.meta, evMetatable).isNil() {
		return c.vm.luerlErr("badarg", "setmetatable", c.args[0])
	}
	c.vm.SetMetatable(t, mt)
	return c.push(c.args[0])
}

func luerlIPairs(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("ipairs")
	}
	if mm := c.vm.metamethod(c.args[0], evIPairs); !mm.isNil() {
		res, err := c.Call(mm, c.args[0])
		c.Push(res...)
		return err
	}
	c.Push(c.vm.builtin("ipairs.next", luerlIPairsNext), c.args[0], Int(0))
	return nil
}

func luerlIPairsNext(c *Call) error {
	k := Int(0)
	if len(c.args) > 1 {
		k = c.args[1]
	}
	t, ok := c.Arg(0).AsTable()
	if !ok || !k.isInt() {
		return c.badarg("ipairs_next")
	}
	if int64(k.n) < -1 {
		return c.vm.hostFault("badarg")
	}
	v := Value{}
	if k.n+1 > 0 {
		v = c.vm.getInt(t, int64(k.n)+1)
	}
	if v.isNil() {
		return c.push(v)
	}
	c.Push(Int(int64(k.n)+1), v)
	return nil
}

func luerlPairs(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("pairs")
	}
	if mm := c.vm.metamethod(c.args[0], evPairs); !mm.isNil() {
		res, err := c.Call(mm, c.args[0])
		c.Push(res...)
		return err
	}
	c.Push(c.vm.hosts["next"].value(), c.args[0], Value{})
	return nil
}

func luerlNext(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	if !ok {
		return c.badarg("next")
	}
	k, v, _ := c.vm.next(t, c.Arg(1))
	if k.isNil() {
		return c.push(k)
	}
	c.Push(k, v)
	return nil
}

func luerlPrint(c *Call) error {
	var b strings.Builder
	for _, a := range append([]Value(nil), c.args...) {
		s, err := c.vm.tostring(a)
		if err != nil {
			return err
		}
		b.WriteString(s + " ")
	}
	c.vm.print(b.String() + "\n")
	return c.Spend(int64(b.Len()) >> 4)
}

// luerlRawEqual is strict: 1 and 1.0 differ.
func luerlRawEqual(c *Call) error {
	if len(c.args) < 2 {
		return c.badarg("rawequal")
	}
	a, b := c.args[0], c.args[1]
	return c.push(Bool(a.Kind() == b.Kind() && rawEqual(a, b)))
}

func luerlRawLen(c *Call) error {
	if s, ok := c.Arg(0).AsString(); ok {
		return c.push(Float(float64(len(s))))
	}
	if t, ok := c.Arg(0).AsTable(); ok {
		return c.push(Int(c.vm.length(t)))
	}
	return c.badarg("rawlen")
}

func luerlRawGet(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	if !ok || len(c.args) < 2 {
		return c.badarg("rawget")
	}
	return c.push(c.vm.get(t, c.args[1]))
}

func luerlRawSet(c *Call) error {
	if len(c.args) >= 3 && c.args[1].isNil() {
		return c.vm.indexError(c.args[0], c.args[1])
	}
	t, ok := c.Arg(0).AsTable()
	if !ok || len(c.args) < 3 {
		return c.badarg("rawset")
	}
	if k := normalKey(c.args[1]); k.isInt() {
		c.vm.stretch(t, int64(k.n))
	}
	c.vm.set(t, c.args[1], c.args[2])
	return c.push(c.args[0])
}

func luerlSelect(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("select")
	}
	rest := c.args[1:]
	if s, ok := c.args[0].AsString(); ok && s == "#" {
		return c.push(Float(float64(len(rest))))
	}
	n, ok := c.vm.toInt(c.args[0])
	switch {
	case ok && n > 0:
		c.Push(rest[min(int(min(n-1, 1<<30)), len(rest)):]...)
	case ok && n < 0:
		c.Push(rest[max(0, len(rest)-int(min(negate(n), 1<<30))):]...)
	default:
		return c.badarg("select")
	}
	return nil
}

func luerlToNumber(c *Call) error {
	switch len(c.args) {
	case 0:
		return c.badarg("tonumber")
	case 1:
		n, _ := c.vm.toNumber(c.args[0])
		return c.push(n)
	}
	text, ok := c.vm.toText(c.args[0])
	base, okb := c.vm.toInt(c.args[1])
	if !ok || !okb {
		return c.vm.hostFault("case_clause")
	}
	if len(text) > 100_000 {
		return c.push(Value{})
	}
	if err := c.Spend(int64(len(text)) * int64(len(text)) >> 8); err != nil {
		return err
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == 160 || r >= 9 && r <= 13 })
	if len(words) != 1 || base < 2 || base > 36 || strings.ContainsRune(words[0], '_') {
		return c.push(Value{})
	}
	b, ok := new(big.Int).SetString(words[0], int(base))
	if !ok {
		return c.push(Value{})
	}
	f, ok := toFloat(BigInt(b))
	if !ok {
		return c.push(Value{})
	}
	return c.push(Float(f))
}

func luerlToString(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("tostring")
	}
	if mm := c.vm.metamethod(c.args[0], evToString); !mm.isNil() {
		if !mm.IsFunction() {
			return c.vm.hostFault("case_clause")
		}
		res, err := c.Call(mm, c.args[0])
		c.Push(res...)
		return err
	}
	if c.args[0].isString() {
		return c.push(c.args[0])
	}
	c.PushString(c.vm.rawText(c.args[0]))
	return nil
}

func luerlType(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("type")
	}
	return c.push(c.vm.intern(c.args[0].TypeName()))
}

// luerlLoad ignores chunk name and environment.
func luerlLoad(c *Call) error {
	src, ok := c.vm.toText(c.Arg(0))
	if !ok || len(c.args) == 0 {
		return c.badarg(c.fn.shortName())
	}
	p, err := c.vm.compile(src, "=(load)")
	if err != nil {
		c.Push(Value{}, c.vm.errorValue(c.vm.compileError(err)))
		return nil
	}
	return c.push(c.vm.mainFunction(p, c.vm.globals.Value()).value())
}
