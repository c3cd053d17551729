package lua

import (
	"math"
	"math/big"
	"math/bits"
)

// arithResult says how an operation on two values ended.
type arithResult uint8

const (
	arithOK    arithResult = iota
	arithType              // an operand is no number: try metamethods
	arithInt               // an operand has no integer representation
	arithValue             // the numbers have no result (Luerl), or division by zero
	arithLimit             // the result would be too large
)

// arith computes a binary operation without metamethods.
func (vm *VM) arith(op opcode, a, b Value) (Value, arithResult) {
	if op >= opBAnd {
		return vm.bitwise(op, a, b)
	}
	var ok bool
	if a, ok = vm.operand(a); !ok {
		return Value{}, arithType
	}
	if b, ok = vm.operand(b); !ok {
		return Value{}, arithType
	}
	if !a.isFloat() && !b.isFloat() && op != opDiv && op != opPow {
		if a.isInt() && b.isInt() {
			return vm.arithInts(op, int64(a.n), int64(b.n))
		}
		return vm.arithBig(op, bigOf(a), bigOf(b))
	}
	x, okx := toFloat(a)
	y, oky := toFloat(b)
	if !okx || !oky {
		return Value{}, arithValue
	}
	if vm.dialect == Luerl {
		return luerlFloats(op, a, b, x, y)
	}
	return arithFloats(op, x, y), arithOK
}

// operand converts an operand of arithmetic; strings give floats in both
// dialects.
func (vm *VM) operand(v Value) (Value, bool) {
	n, ok := vm.toNumber(v)
	if ok && n.isInt() && v.isString() {
		n = Float(float64(int64(n.n)))
	}
	return n, ok
}

// toFloat converts a number; ok is false when an integer exceeds the doubles.
func toFloat(v Value) (f float64, ok bool) {
	switch {
	case v.isFloat():
		return v.float(), true
	case v.isInt():
		return float64(int64(v.n)), true
	}
	f, _ = new(big.Float).SetInt(v.big()).Float64()
	return f, !math.IsInf(f, 0)
}

func (vm *VM) arithInts(op opcode, x, y int64) (Value, arithResult) {
	wrap := vm.dialect == Standard
	switch op {
	case opAdd:
		if s := x + y; wrap || (x^s)&(y^s) >= 0 {
			return Int(s), arithOK
		}
	case opSub:
		if s := x - y; wrap || (x^y)&(x^s) >= 0 {
			return Int(s), arithOK
		}
	case opMul:
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		s := int64(lo)
		hi -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x)
		if wrap || int64(hi) == s>>63 {
			return Int(s), arithOK
		}
	case opMod:
		if y == 0 {
			return Value{}, arithValue
		}
		return Int(modInt(x, y)), arithOK
	case opIDiv:
		if y == 0 {
			return Value{}, arithValue
		}
		if wrap || x != math.MinInt64 || y != -1 {
			return Int(divInt(x, y)), arithOK
		}
	}
	return vm.arithBig(op, big.NewInt(x), big.NewInt(y))
}

// modInt is x mod y with the sign of y; y is not 0.
func modInt(x, y int64) int64 {
	if y == -1 {
		return 0
	}
	r := x % y
	if r != 0 && r^y < 0 {
		r += y
	}
	return r
}

// divInt is x // y rounded down; y is not 0.
func divInt(x, y int64) int64 {
	if y == -1 {
		return -x
	}
	q := x / y
	if x%y != 0 && x^y < 0 {
		q--
	}
	return q
}

func (vm *VM) arithBig(op opcode, x, y *big.Int) (Value, arithResult) {
	nx, ny := int64(len(x.Bits())), int64(len(y.Bits()))
	vm.slice -= (nx + ny) >> 1
	z := new(big.Int)
	switch op {
	case opAdd:
		z.Add(x, y)
	case opSub:
		z.Sub(x, y)
	case opMul:
		if !vm.roomFor((nx + ny) * 8) {
			return Value{}, arithLimit
		}
		vm.slice -= nx * ny >> 3
		z.Mul(x, y)
	case opMod, opIDiv:
		if ny == 0 {
			return Value{}, arithValue
		}
		vm.slice -= nx * ny >> 3
		q, r := new(big.Int).QuoRem(x, y, z)
		if r.Sign() != 0 && r.Sign() != y.Sign() {
			q.Sub(q, big.NewInt(1))
			r.Add(r, y)
		}
		z = r
		if op == opIDiv {
			z = q
		}
	}
	return vm.bigValue(z), arithOK
}

// bigValue returns z as a value, on the machine's account.
func (vm *VM) bigValue(z *big.Int) Value {
	if !z.IsInt64() {
		vm.mem += costString + int64(len(z.Bits()))*8
	}
	return BigInt(z)
}

// arithFloats computes in IEEE 754 doubles.
func arithFloats(op opcode, x, y float64) Value {
	switch op {
	case opAdd:
		return Float(x + y)
	case opSub:
		return Float(x - y)
	case opMul:
		return Float(x * y)
	case opDiv:
		return Float(x / y)
	case opPow:
		return Float(pow(x, y))
	case opIDiv:
		return Float(math.Floor(x / y))
	}
	return Float(modFloat(x, y))
}

func pow(x, y float64) float64 {
	if y == 2 {
		return x * x
	}
	return math.Pow(x, y)
}

func modFloat(x, y float64) float64 {
	if math.IsInf(y, 0) && !math.IsInf(x, 0) && !math.IsNaN(x) {
		if x == 0 || (x > 0) == (y > 0) {
			return x
		}
		return y
	}
	r := math.Mod(x, y)
	if r*y < 0 {
		r += y
	}
	return r
}

// luerlFloats computes as the reference's host does: results that are not
// finite do not exist, and // and % go through an exact integer quotient.
func luerlFloats(op opcode, a, b Value, x, y float64) (Value, arithResult) {
	var r float64
	switch op {
	case opIDiv, opMod:
		if y == 0 {
			return Value{}, arithValue
		}
		q := math.Floor(x / y)
		if q-q != 0 {
			return Value{}, arithValue
		}
		if op == opIDiv {
			return Float(0 + q), arithOK
		}
		p := q * y
		if !b.isFloat() {
			// The quotient and the divisor are integers, and so is their product.
			qi, _ := big.NewFloat(q).Int(nil)
			p, _ = toFloat(BigInt(qi.Mul(qi, bigOf(b))))
		}
		r = x - p
	case opDiv:
		if y == 0 {
			return Value{}, arithValue
		}
		r = x / y
	default:
		r = arithFloats(op, x, y).float()
	}
	if r-r != 0 {
		return Value{}, arithValue
	}
	return Float(r), arithOK
}

func (vm *VM) bitwise(op opcode, a, b Value) (Value, arithResult) {
	x, rx := vm.bitOperand(a)
	y, ry := vm.bitOperand(b)
	if rx != arithOK || ry != arithOK {
		if rx == arithType || ry == arithType {
			return Value{}, arithType
		}
		return Value{}, arithInt
	}
	if x.isInt() && y.isInt() {
		i, j := int64(x.n), int64(y.n)
		switch op {
		case opBAnd:
			return Int(i & j), arithOK
		case opBOr:
			return Int(i | j), arithOK
		case opBXor:
			return Int(i ^ j), arithOK
		}
		if vm.dialect == Standard {
			if op == opShr {
				j = negate(j)
			}
			return Int(shiftLeft(i, j)), arithOK
		}
	}
	return vm.bigBitwise(op, bigOf(x), bigOf(y))
}

func negate(j int64) int64 {
	if j == math.MinInt64 {
		return math.MaxInt64
	}
	return -j
}

// shiftLeft shifts logically, to the right when n is negative.
func shiftLeft(i, n int64) int64 {
	switch {
	case n <= -64 || n >= 64:
		return 0
	case n >= 0:
		return i << uint(n)
	}
	return int64(uint64(i) >> uint(-n))
}

// bitOperand converts an operand of a bit operation to an integer.
func (vm *VM) bitOperand(v Value) (Value, arithResult) {
	n, ok := vm.toNumber(v)
	if !ok {
		return Value{}, arithType
	}
	if n.isFloat() {
		i, ok := vm.floatInteger(n.float())
		if !ok {
			if vm.dialect == Luerl {
				return Value{}, arithType
			}
			return Value{}, arithInt
		}
		return i, arithOK
	}
	return n, arithOK
}

// bigBitwise works in two's complement of unbounded width (Luerl).
func (vm *VM) bigBitwise(op opcode, x, y *big.Int) (Value, arithResult) {
	z := new(big.Int)
	vm.slice -= int64(len(x.Bits()) + len(y.Bits()))
	switch op {
	case opBAnd:
		z.And(x, y)
	case opBOr:
		z.Or(x, y)
	case opBXor:
		z.Xor(x, y)
	default:
		if !y.IsInt64() {
			return Value{}, arithValue
		}
		n := y.Int64()
		if op == opShr {
			n = negate(n)
		}
		if n < 0 {
			z.Rsh(x, uint(min(-n, 1<<40)))
			break
		}
		if x.Sign() == 0 {
			break
		}
		if n > 1<<40 || !vm.roomFor(n/8) {
			return Value{}, arithLimit
		}
		vm.slice -= n >> 6
		z.Lsh(x, uint(n))
	}
	return vm.bigValue(z), arithOK
}

// unm negates without metamethods.
func (vm *VM) unm(v Value) (Value, arithResult) {
	n, ok := vm.operand(v)
	if !ok {
		return Value{}, arithType
	}
	switch {
	case n.isFloat():
		return Float(-n.float()), arithOK
	case n.isInt() && (int64(n.n) != math.MinInt64 || vm.dialect == Standard):
		return Int(-int64(n.n)), arithOK
	}
	return vm.bigValue(new(big.Int).Neg(bigOf(n))), arithOK
}

// bnot inverts the bits of an integer without metamethods.
func (vm *VM) bnot(v Value) (Value, arithResult) {
	n, r := vm.bitOperand(v)
	if r != arithOK {
		return Value{}, r
	}
	if n.isInt() {
		return Int(^int64(n.n)), arithOK
	}
	return vm.bigValue(new(big.Int).Not(n.big())), arithOK
}
