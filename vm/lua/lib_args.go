package lua

// Arguments of library functions in standard Lua, with its error messages.

func (vm *VM) argError(i int, fn, msg string) error {
	return vm.errorf("bad argument #%d to '%s' (%s)", i, fn, msg)
}

func (c *Call) argError(i int, msg string) error {
	name := c.fn.shortName()
	if n := len(c.th.frames); n > 0 && c.th.frames[n-1].kind != frameLua {
		name = c.fn.name // called by pcall: PUC-Lua then looks for the global name
	}
	return c.vm.argError(i+1, name, msg)
}

func (c *Call) typeError(i int, want string) error {
	got := "no value"
	if i < len(c.args) {
		got = c.vm.typeName(c.args[i])
	}
	return c.argError(i, want+" expected, got "+got)
}

// str returns argument i as a string; numbers are converted.
func (c *Call) str(i int) (string, error) {
	if s, ok := c.vm.toText(c.Arg(i)); ok {
		return s, nil
	}
	return "", c.typeError(i, "string")
}

// int returns argument i as a 64-bit integer.
func (c *Call) int(i int) (int64, error) {
	v := c.Arg(i)
	if n, ok := c.vm.toInt(v); ok {
		return n, nil
	}
	if _, ok := c.vm.toNumber(v); ok {
		return 0, c.argError(i, "number has no integer representation")
	}
	return 0, c.typeError(i, "number")
}

// optInt is int for an argument that may be missing or nil.
func (c *Call) optInt(i int, def int64) (int64, error) {
	if c.Arg(i).isNil() {
		return def, nil
	}
	return c.int(i)
}

// number returns argument i as a number; a string gives a float.
func (c *Call) number(i int) (Value, error) {
	if n, ok := c.vm.operand(c.Arg(i)); ok {
		return n, nil
	}
	return Value{}, c.typeError(i, "number")
}

// float returns argument i as a float.
func (c *Call) float(i int) (float64, error) {
	n, err := c.number(i)
	f, _ := toFloat(n)
	return f, err
}

// table returns argument i, which must be a table.
func (c *Call) table(i int) (*Table, error) {
	if t, ok := c.Arg(i).AsTable(); ok {
		return t, nil
	}
	return nil, c.typeError(i, "table")
}

// any returns argument i, which must be present.
func (c *Call) any(i int) (Value, error) {
	if i >= len(c.args) {
		return Value{}, c.argError(i, "value expected")
	}
	return c.args[i], nil
}
