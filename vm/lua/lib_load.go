package lua

import "strings"

// baseLoad is load: source text from a string or a function, text mode only.
func baseLoad(c *Call) error {
	vm := c.vm
	args := append([]Value(nil), c.args...)
	src, ok := c.Arg(0).AsString()
	name := "=(load)"
	if ok {
		name = src
	} else if !c.Arg(0).IsFunction() {
		return c.typeError(0, "function")
	}
	if n, ok := c.Arg(1).AsString(); ok {
		name = n
	}
	mode := "bt"
	if m, ok := c.Arg(2).AsString(); ok {
		mode = m
	}
	if !ok {
		var err error
		if src, err = c.readSource(args[0]); err != nil {
			return err
		}
	}
	if strings.HasPrefix(src, "\x1bLua") {
		c.Push(Value{})
		c.PushString("attempt to load a binary chunk (mode is 't')")
		return nil
	}
	if !strings.Contains(mode, "t") {
		c.Push(Value{})
		c.PushString("attempt to load a text chunk (mode is '" + mode + "')")
		return nil
	}
	env := vm.globals.Value()
	if len(args) > 3 {
		env = args[3]
	}
	p, err := vm.compile(src, name)
	if err != nil {
		c.Push(Value{}, vm.errorValue(vm.compileError(err)))
		return nil
	}
	return c.push(vm.mainFunction(p, env).value())
}

// readSource collects the pieces that a reader function returns.
func (c *Call) readSource(f Value) (string, error) {
	var b strings.Builder
	for {
		v, err := c.vm.call1(f)
		if err != nil {
			return "", err
		}
		s, ok := c.vm.toText(v)
		if !ok && !v.isNil() {
			return "", c.Raisef("reader function must return a string")
		}
		if s == "" {
			return b.String(), nil
		}
		if err := c.vm.alloc(int64(len(s))); err != nil {
			return "", err
		}
		b.WriteString(s)
	}
}

func debugTraceback(c *Call) error {
	v := c.Arg(0)
	if !v.isNil() && !v.isString() && !v.isNumber() {
		return c.push(v)
	}
	var b strings.Builder
	if s, ok := c.vm.toText(v); ok {
		b.WriteString(s + "\n")
	}
	b.WriteString("stack traceback:")
	for _, p := range c.vm.trace() {
		b.WriteString("\n\t" + p.Chunk + ":" + c.vm.rawText(Int(int64(p.Line))) + ": in ")
		if p.Function == "" {
			b.WriteString("function")
		} else {
			b.WriteString("function '" + p.Function + "'")
		}
	}
	c.PushString(b.String())
	return nil
}

func debugGetMetatable(c *Call) error {
	if mt := c.vm.metatable(c.Arg(0)); mt != nil {
		return c.push(mt.Value())
	}
	return c.push(Value{})
}

func debugSetMetatable(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	mt, ok := c.Arg(1).AsTable()
	if !ok && !c.Arg(1).isNil() {
		return c.argError(1, "nil or table expected")
	}
	c.vm.setTypeMeta(v, mt)
	return c.push(v)
}

// setTypeMeta sets the metatable of a table, or of all values of a type.
func (vm *VM) setTypeMeta(v Value, mt *Table) {
	k := v.Kind()
	switch k {
	case KindTable:
		vm.SetMetatable(v.table(), mt)
		return
	case KindBig, KindFloat:
		k = KindInt
	case KindHost:
		k = KindFunction
	}
	vm.typeMeta[k] = mt
}

// debugGetInfo gives currentline, short_src, source and what of a level.
func debugGetInfo(c *Call) error {
	t := c.vm.newTable(0, 4)
	points := c.vm.trace()
	level, ok := c.vm.toInt(c.Arg(0))
	if ok && level >= 1 {
		if level > int64(len(points)) {
			return c.push(Value{})
		}
		p := points[level-1]
		c.vm.SetField(t, "currentline", Int(int64(p.Line)))
		c.vm.SetField(t, "short_src", c.vm.String(p.Chunk))
		c.vm.SetField(t, "source", c.vm.String("="+p.Chunk))
		if p.Function != "" {
			c.vm.SetField(t, "name", c.vm.String(p.Function))
		}
	}
	c.vm.SetField(t, "what", c.vm.intern("Lua"))
	return c.push(t.Value())
}
