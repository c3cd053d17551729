package lua

import (
	"math"
)

func mathFunctions() []libFunction {
	return []libFunction{
		{"abs", mathAbs}, {"acos", float1(math.Acos)}, {"asin", float1(math.Asin)}, {"atan", mathAtan},
		{"ceil", mathCeil}, {"cos", float1(math.Cos)}, {"deg", float1(func(x float64) float64 { return x * (180 / math.Pi) })},
		{"exp", float1(math.Exp)}, {"floor", mathFloor}, {"fmod", mathFmod}, {"log", mathLog},
		{"max", mathMax}, {"min", mathMin}, {"modf", mathModf}, {"rad", float1(func(x float64) float64 { return x * (math.Pi / 180) })},
		{"random", mathRandom}, {"randomseed", mathRandomSeed}, {"sin", float1(math.Sin)},
		{"sqrt", float1(math.Sqrt)}, {"tan", float1(math.Tan)}, {"tointeger", mathToInteger},
		{"type", mathType}, {"ult", mathUlt},
	}
}

func (vm *VM) mathConstants(m *Table) {
	vm.SetField(m, "pi", Float(math.Pi))
	vm.SetField(m, "huge", Float(math.Inf(1)))
	vm.SetField(m, "maxinteger", Int(math.MaxInt64))
	vm.SetField(m, "mininteger", Int(math.MinInt64))
}

// float1 makes a library function of a function of one float.
func float1(f func(float64) float64) HostFunction {
	return func(c *Call) error {
		x, err := c.float(0)
		if err != nil {
			return err
		}
		return c.push(Float(f(x)))
	}
}

func mathAbs(c *Call) error {
	n, err := c.number(0)
	if err != nil {
		return err
	}
	if n.isInt() {
		if i := int64(n.n); i < 0 {
			return c.push(Int(-i))
		}
		return c.push(n)
	}
	return c.push(Float(math.Abs(n.float())))
}

func mathAtan(c *Call) error {
	y, err := c.float(0)
	if err != nil {
		return err
	}
	x := 1.0
	if !c.Arg(1).isNil() {
		if x, err = c.float(1); err != nil {
			return err
		}
	}
	return c.push(Float(math.Atan2(y, x)))
}

func (c *Call) rounded(round func(float64) float64) error {
	n, err := c.number(0)
	if err != nil {
		return err
	}
	if n.isFloat() {
		f := round(n.float())
		if i, ok := floatToInt(f); ok {
			return c.push(Int(i))
		}
		return c.push(Float(f))
	}
	return c.push(n)
}

func mathCeil(c *Call) error  { return c.rounded(math.Ceil) }
func mathFloor(c *Call) error { return c.rounded(math.Floor) }

func mathFmod(c *Call) error {
	b, err := c.number(1)
	if err != nil {
		return err
	}
	a, err := c.number(0)
	if err != nil {
		return err
	}
	if a.isInt() && b.isInt() {
		switch int64(b.n) {
		case 0:
			return c.argError(1, "zero")
		case -1:
			return c.push(Int(0))
		}
		return c.push(Int(int64(a.n) % int64(b.n)))
	}
	x, _ := toFloat(a)
	y, _ := toFloat(b)
	return c.push(Float(math.Mod(x, y)))
}

func mathLog(c *Call) error {
	x, err := c.float(0)
	if err != nil {
		return err
	}
	if c.Arg(1).isNil() {
		return c.push(Float(math.Log(x)))
	}
	base, err := c.float(1)
	if err != nil {
		return err
	}
	switch base {
	case 2:
		return c.push(Float(math.Log2(x)))
	case 10:
		return c.push(Float(math.Log10(x)))
	}
	return c.push(Float(math.Log(x) / math.Log(base)))
}

// extreme returns the first argument that no other one beats.
func (c *Call) extreme(sign int) error {
	best, err := c.number(0)
	if err != nil {
		return err
	}
	for i := 1; i < len(c.args); i++ {
		n, err := c.number(i)
		if err != nil {
			return err
		}
		if compareNumbers(n, best) == sign {
			best = n
		}
	}
	return c.push(best)
}

func mathMax(c *Call) error { return c.extreme(1) }
func mathMin(c *Call) error { return c.extreme(-1) }

func mathModf(c *Call) error {
	n, err := c.number(0)
	if err != nil {
		return err
	}
	if n.isInt() {
		c.Push(n, Float(0))
		return nil
	}
	f := n.float()
	whole := math.Trunc(f)
	frac := f - whole
	if math.IsInf(f, 0) {
		frac = 0
	}
	c.Push(Float(whole), Float(frac))
	return nil
}

func mathRandom(c *Call) error {
	r := c.vm.random.next()
	var lo, hi int64
	var err error
	switch len(c.args) {
	case 0:
		return c.push(Float(float64(r>>11) / (1 << 53)))
	case 1:
		lo = 1
		hi, err = c.int(0)
	case 2:
		if lo, err = c.int(0); err == nil {
			hi, err = c.int(1)
		}
	default:
		return c.Raisef("wrong number of arguments")
	}
	if err != nil {
		return err
	}
	if lo > hi {
		return c.argError(len(c.args)-1, "interval is empty")
	}
	if lo < 0 && hi > math.MaxInt64+lo {
		return c.argError(len(c.args)-1, "interval too large")
	}
	return c.push(Int(lo + int64(r%(uint64(hi-lo)+1))))
}

func mathRandomSeed(c *Call) error {
	n, err := c.number(0)
	if err != nil {
		return err
	}
	f, _ := toFloat(n)
	c.vm.random.seed(c.vm.dialect, f)
	return nil
}

func mathToInteger(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	n, _ := c.vm.toInteger(v)
	return c.push(n)
}

func mathType(c *Call) error {
	v, err := c.any(0)
	if err != nil {
		return err
	}
	switch {
	case v.isFloat():
		c.PushString("float")
	case v.isNumber():
		c.PushString("integer")
	default:
		c.Push(Value{})
	}
	return nil
}

func mathUlt(c *Call) error {
	a, err := c.int(0)
	if err != nil {
		return err
	}
	b, err := c.int(1)
	if err != nil {
		return err
	}
	return c.push(Bool(uint64(a) < uint64(b)))
}
