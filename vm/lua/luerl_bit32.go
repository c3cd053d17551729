package lua

import (
	"math/big"
	"math/bits"
)

// bit32 works on 32-bit values and gives floats.
func bit32Functions() []libFunction {
	fold := func(name string, start, none uint32, f func(a, b uint32) uint32) libFunction {
		return libFunction{name, func(c *Call) error {
			is, ok := c.integers()
			if !ok {
				return c.badarg(name)
			}
			if len(is) == 0 {
				return c.push(Int(int64(none)))
			}
			r := start
			for _, v := range is {
				r = f(r, low32(v))
			}
			return c.push(Float(float64(r)))
		}}
	}
	and := func(a, b uint32) uint32 { return a & b }
	or := func(a, b uint32) uint32 { return a | b }
	xor := func(a, b uint32) uint32 { return a ^ b }
	return []libFunction{
		fold("band", 0xFFFFFFFF, 0xFFFFFFFF, and), {"bnot", bit32Not}, fold("bor", 0, 0, or),
		{"btest", bit32Test}, fold("bxor", 0, 0, xor),
		{"lshift", bit32Shift(1)}, {"rshift", bit32Shift(-1)}, {"arshift", bit32Arshift},
		{"lrotate", bit32Rotate(1)}, {"rrotate", bit32Rotate(-1)},
		{"extract", bit32Extract}, {"replace", bit32Replace},
	}
}

// low32 returns the low 32 bits of an integer in two's complement.
func low32(v Value) uint32 {
	if v.isInt() {
		return uint32(v.n)
	}
	m := new(big.Int).And(v.big(), big.NewInt(0xFFFFFFFF))
	return uint32(m.Uint64())
}

func bit32Not(c *Call) error {
	is, ok := c.integers()
	if !ok {
		return c.badarg("bnot")
	}
	if len(is) == 0 {
		return c.vm.hostFault("case_clause")
	}
	return c.push(Float(float64(-int64(low32(is[0])) - 1)))
}

func bit32Test(c *Call) error {
	is, ok := c.integers()
	if !ok {
		return c.badarg("btest")
	}
	r := uint32(0xFFFFFFFF)
	for _, v := range is {
		r &= low32(v)
	}
	return c.push(Bool(r != 0))
}

// two returns the first two arguments as a 32-bit value and a small integer.
func (c *Call) two(name string) (x uint32, n int64, err error) {
	is, ok := c.integers()
	if !ok || len(is) < 2 {
		return 0, 0, c.badarg(name)
	}
	return low32(is[0]), clip(is[1]), nil
}

// bit32Shift shifts without a bound of 32 bits, as the reference does.
func bit32Shift(sign int64) HostFunction {
	return func(c *Call) error {
		x, n, err := c.two(c.fn.shortName())
		if err != nil {
			return err
		}
		return c.pushShifted(x, n*sign)
	}
}

func (c *Call) pushShifted(x uint32, n int64) error {
	if n <= 0 {
		return c.push(Float(float64(uint64(x) >> uint(min(-n, 63)))))
	}
	if n > 1100 && x != 0 {
		return c.vm.hostFault("badarg")
	}
	f, ok := toFloat(BigInt(new(big.Int).Lsh(big.NewInt(int64(x)), uint(min(n, 1100)))))
	if !ok {
		return c.vm.hostFault("badarg")
	}
	return c.push(Float(f))
}

func bit32Arshift(c *Call) error {
	x, n, err := c.two("arshift")
	if err != nil {
		return err
	}
	return c.pushShifted(x, -n)
}

func bit32Rotate(sign int64) HostFunction {
	return func(c *Call) error {
		x, n, err := c.two(c.fn.shortName())
		if err != nil {
			return err
		}
		return c.push(Float(float64(bits.RotateLeft32(x, int(n%32*sign)))))
	}
}

// field checks a field position and width; where is the name in the error.
func (c *Call) field(is []Value, at int, name string) (pos, width int64, err error) {
	pos, width = clip(is[at]), 1
	if len(is) > at+1 {
		width = clip(is[at+1])
	}
	if pos < 0 || width <= 0 {
		return 0, 0, c.badarg(name)
	}
	if pos > 32 || width > 32 || pos+width > 32 {
		return 0, 0, c.badarg("extract")
	}
	return pos, width, nil
}

func bit32Extract(c *Call) error {
	is, ok := c.integers()
	if !ok || len(is) < 2 {
		return c.badarg("extract")
	}
	pos, width, err := c.field(is, 1, "extract")
	if err != nil {
		return err
	}
	return c.push(Float(float64(uint64(low32(is[0])) >> uint(pos) & (1<<uint(width) - 1))))
}

func bit32Replace(c *Call) error {
	is, ok := c.integers()
	if !ok || len(is) < 3 {
		return c.badarg("replace")
	}
	pos, width, err := c.field(is, 2, "replace")
	if err != nil {
		return err
	}
	mask := uint64(1)<<uint(width) - 1
	n, v := uint64(low32(is[0])), uint64(low32(is[1]))
	return c.push(Float(float64(n&^(mask<<uint(pos)) | v&mask<<uint(pos))))
}
