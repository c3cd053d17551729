package lua

import (
	"math"
	"math/big"
)

// compareNumbers orders two numbers by their exact mathematical values. With a
// NaN it returns 2, which is neither less, equal nor greater.
func compareNumbers(a, b Value) int {
	switch {
	case a.isInt() && b.isInt():
		return compareInt(int64(a.n), int64(b.n))
	case a.isFloat() && b.isFloat():
		return compareFloat(a.float(), b.float())
	case a.isFloat():
		c := compareToFloat(b, a.float())
		if c == 2 {
			return 2
		}
		return -c
	case b.isFloat():
		return compareToFloat(a, b.float())
	}
	return bigOf(a).Cmp(bigOf(b))
}

func compareInt(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func compareFloat(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return 2
}

// compareToFloat compares an integer with a float.
func compareToFloat(a Value, f float64) int {
	if math.IsNaN(f) {
		return 2
	}
	if math.IsInf(f, 0) {
		return compareFloat(0, f)
	}
	if a.isInt() {
		i := int64(a.n)
		if i > -1<<53 && i < 1<<53 {
			return compareFloat(float64(i), f)
		}
		if f >= 0x1p63 {
			return -1
		}
		if f < -0x1p63 {
			return 1
		}
		whole := math.Floor(f)
		if c := compareInt(i, int64(whole)); c != 0 || whole == f {
			return c
		}
		return -1
	}
	return new(big.Float).SetInt(a.big()).Cmp(big.NewFloat(f))
}

// bigOf returns an integer value as a big.Int that must not be changed.
func bigOf(v Value) *big.Int {
	if v.isInt() {
		return big.NewInt(int64(v.n))
	}
	return v.big()
}

// less compares numbers and strings; ok is false for other operands.
func (vm *VM) less(a, b Value) (res, ok bool) {
	if a.isNumber() && b.isNumber() {
		return compareNumbers(a, b) == -1, true
	}
	if a.isString() && b.isString() {
		vm.slice -= int64(min(len(a.str()), len(b.str()))) >> 6
		return a.str() < b.str(), true
	}
	return false, false
}

// lessEqual compares numbers and strings; ok is false for other operands.
func (vm *VM) lessEqual(a, b Value) (res, ok bool) {
	if a.isNumber() && b.isNumber() {
		c := compareNumbers(a, b)
		return c == -1 || c == 0, true
	}
	if a.isString() && b.isString() {
		vm.slice -= int64(min(len(a.str()), len(b.str()))) >> 6
		return a.str() <= b.str(), true
	}
	return false, false
}

// equalMeta returns the __eq metamethod for two values that are not raw equal,
// or nil. The Luerl dialect wants both operands to have the same one.
func (vm *VM) equalMeta(a, b Value) Value {
	if a.Kind() != KindTable || b.Kind() != KindTable {
		return Value{}
	}
	mm := vm.metaOf(a.table().meta, evEq)
	if vm.dialect == Luerl {
		if mm.isNil() || !rawEqual(mm, vm.metaOf(b.table().meta, evEq)) {
			return Value{}
		}
		return mm
	}
	if mm.isNil() {
		mm = vm.metaOf(b.table().meta, evEq)
	}
	return mm
}

// lessThan compares with metamethods, for host code.
func (vm *VM) lessThan(a, b Value) (bool, error) {
	if r, ok := vm.less(a, b); ok {
		return r, nil
	}
	mm := vm.binaryMeta(a, b, evLt)
	if mm.isNil() {
		return false, vm.compareError("<", a, b)
	}
	v, err := vm.call1(mm, a, b)
	return v.Truth(), err
}

// binaryMeta returns the metamethod of the first operand that has one.
func (vm *VM) binaryMeta(a, b Value, ev event) Value {
	mm := vm.metamethod(a, ev)
	if mm.isNil() {
		mm = vm.metamethod(b, ev)
	}
	return mm
}
