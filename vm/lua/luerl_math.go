package lua

import (
	"math"
	"math/big"
)

func luerlMath() []libFunction {
	one := func(name string, f func(float64) float64) libFunction {
		return libFunction{name, func(c *Call) error {
			n, ok := c.vm.toNumber(c.Arg(0))
			if !ok {
				return c.badarg(name)
			}
			x, ok := toFloat(n)
			if !ok {
				return c.vm.hostFault("badarith")
			}
			return c.pushFloat(f(x))
		}}
	}
	return []libFunction{
		{"abs", luerlAbs}, one("acos", math.Acos), one("asin", math.Asin), {"atan", luerlAtan}, {"atan2", luerlAtan},
		{"ceil", luerlCeil}, one("cos", math.Cos), one("cosh", math.Cosh),
		one("deg", func(x float64) float64 { return 180 * x / math.Pi }), one("exp", math.Exp),
		{"floor", luerlFloor}, {"fmod", luerlFmod}, {"frexp", luerlFrexp}, {"ldexp", luerlLdexp}, {"log", luerlLog},
		one("log10", func(x float64) float64 {
			if x == 0 {
				return -500
			}
			return math.Log10(x)
		}),
		{"max", luerlMax}, {"min", luerlMin}, {"modf", luerlModf}, {"pow", luerlPow},
		one("rad", func(x float64) float64 { return math.Pi * x / 180 }), {"random", luerlRandom},
		{"randomseed", luerlRandomSeed}, one("sin", math.Sin), one("sinh", math.Sinh), one("sqrt", math.Sqrt),
		one("tan", math.Tan), one("tanh", math.Tanh), {"tointeger", luerlToInteger}, {"type", luerlMathType},
	}
}

// numbers2 converts two arguments to floats.
func (c *Call) numbers2() (x, y float64, ok bool) {
	a, oka := c.vm.toNumber(c.Arg(0))
	b, okb := c.vm.toNumber(c.Arg(1))
	if !oka || !okb {
		return 0, 0, false
	}
	x, oka = toFloat(a)
	y, okb = toFloat(b)
	return x, y, oka && okb
}

func luerlAbs(c *Call) error {
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok {
		return c.badarg("abs")
	}
	if n.isFloat() {
		return c.push(Float(math.Abs(n.float())))
	}
	return c.push(c.vm.bigValue(new(big.Int).Abs(bigOf(n))))
}

func luerlAtan(c *Call) error {
	if y, x, ok := c.numbers2(); ok {
		return c.pushFloat(math.Atan2(y, x))
	}
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok || c.fn.shortName() == "atan2" {
		return c.badarg(c.fn.shortName())
	}
	x, _ := toFloat(n)
	return c.pushFloat(math.Atan(x))
}

func (c *Call) luerlRound(name string, round func(float64) float64) error {
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok {
		return c.badarg(name)
	}
	if n.isFloat() {
		n, _ = c.vm.floatInteger(round(n.float()))
	}
	return c.push(n)
}

func luerlCeil(c *Call) error  { return c.luerlRound("ceil", math.Ceil) }
func luerlFloor(c *Call) error { return c.luerlRound("floor", math.Floor) }

// luerlFmod is X - trunc(X/Y) * Y, with an exact integer quotient.
func luerlFmod(c *Call) error {
	a, oka := c.vm.toNumber(c.Arg(0))
	b, okb := c.vm.toNumber(c.Arg(1))
	if !oka || !okb {
		return c.badarg("fmod")
	}
	x, y, ok := c.numbers2()
	q := math.Trunc(x / y)
	if !ok || y == 0 || q-q != 0 {
		return c.vm.hostFault("badarith")
	}
	qi, _ := c.vm.floatInteger(q)
	p, _ := c.vm.arith(opMul, qi, b)
	r, res := c.vm.arith(opSub, a, p)
	if res != arithOK {
		return c.vm.hostFault("badarith")
	}
	return c.push(r)
}

func luerlFrexp(c *Call) error {
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok {
		return c.badarg("frexp")
	}
	x, ok := toFloat(n)
	if !ok {
		return c.vm.hostFault("badarith")
	}
	// The exponent field is taken as it is, also for zero.
	b := math.Float64bits(x)
	exp := int64(b >> 52 & 0x7FF)
	man := float64(b&(1<<52-1)|1<<52) / (1 << 52) / 2
	if x < 0 || b>>63 == 1 {
		man = -man
	}
	c.Push(Float(man), Int(exp-1022))
	return nil
}

func luerlLdexp(c *Call) error {
	m, ok := c.vm.toNumber(c.Arg(0))
	e, oke := c.vm.toNumber(c.Arg(1))
	if !ok || !oke || !m.isFloat() || e.isFloat() {
		return c.badarg("ldexp")
	}
	x, _ := toFloat(e)
	return c.pushFloat(m.float() * math.Pow(2, x))
}

func luerlLog(c *Call) error {
	if x, base, ok := c.numbers2(); ok {
		if base == 10 {
			return c.pushFloat(math.Log10(x))
		}
		return c.pushFloat(math.Log(x) / math.Log(base))
	}
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok {
		return c.badarg("log")
	}
	x, _ := toFloat(n)
	return c.pushFloat(math.Log(x))
}

func (c *Call) luerlExtreme(name string, sign int) error {
	if len(c.args) == 0 {
		return c.badarg(name)
	}
	var best Value
	for i, a := range c.args {
		n, ok := c.vm.toNumber(a)
		if !ok {
			return c.badarg(name)
		}
		if i == 0 || compareNumbers(n, best) == sign {
			best = n
		}
	}
	return c.push(best)
}

func luerlMax(c *Call) error { return c.luerlExtreme("max", 1) }
func luerlMin(c *Call) error { return c.luerlExtreme("min", -1) }

func luerlModf(c *Call) error {
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok {
		return c.badarg("modf")
	}
	if !n.isFloat() {
		c.Push(n, Float(0))
		return nil
	}
	whole := math.Trunc(n.float())
	i, _ := c.vm.floatInteger(whole)
	c.Push(i, Float(n.float()-whole))
	return nil
}

func luerlPow(c *Call) error {
	x, y, ok := c.numbers2()
	if !ok {
		return c.badarg("pow")
	}
	return c.pushFloat(math.Pow(x, y))
}

func luerlRandom(c *Call) error {
	is, ok := c.integers()
	if !ok || len(is) > 2 {
		return c.badarg("random")
	}
	if len(is) == 0 {
		return c.push(Float(float64(c.vm.random.next()) / (1 << 64)))
	}
	lo, hi := big.NewInt(1), bigOf(is[len(is)-1])
	if len(is) == 2 {
		lo = bigOf(is[0])
	}
	span := new(big.Int).Sub(hi, lo)
	if span.Sign() < 0 {
		return c.badarg("random")
	}
	span.Add(span, big.NewInt(1))
	r := new(big.Int).SetUint64(c.vm.random.next())
	if span.BitLen() <= 64 {
		r.Rem(r, span)
	} else {
		f, _ := new(big.Float).SetInt(r).Float64()
		w, _ := new(big.Float).SetInt(span).Float64()
		r, _ = big.NewFloat(f / (1 << 64) * w).Int(nil)
	}
	return c.push(c.vm.bigValue(r.Add(r, lo)))
}

func luerlRandomSeed(c *Call) error {
	n, ok := c.vm.toNumber(c.Arg(0))
	if !ok {
		return c.badarg("randomseed")
	}
	x, ok := toFloat(n)
	if !ok {
		return c.vm.hostFault("badarg")
	}
	c.vm.random.seed(Luerl, x)
	return nil
}

func luerlToInteger(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("tointeger")
	}
	n, _ := c.vm.toInteger(c.args[0])
	return c.push(n)
}

func luerlMathType(c *Call) error {
	if len(c.args) == 0 {
		return c.badarg("type")
	}
	return mathType(c)
}
