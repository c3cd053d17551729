package lua

import (
	"math"
	"math/big"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"
)

// toNumber converts a number or a string that reads as one. In the Luerl
// dialect a string always gives a float (spec 03, 14.5.3).
func (vm *VM) toNumber(v Value) (Value, bool) {
	if v.isInt() || v.isFloat() {
		return v, true
	}
	switch v.Kind() {
	case KindBig:
		return v, true
	case KindString:
		return vm.stringToNumber(v.str())
	}
	return Value{}, false
}

func (vm *VM) stringToNumber(s string) (Value, bool) {
	vm.slice -= int64(len(s)) >> 4
	if vm.dialect == Luerl {
		return luerlNumber(s)
	}
	s = strings.Trim(s, " \t\n\v\f\r")
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = s[0] == '-'
		s = s[1:]
	}
	t, ok := syntax.ParseNumber(s)
	if !ok {
		return Value{}, false
	}
	n := numberValue(t)
	if neg && n.isInt() {
		return Int(-int64(n.n)), true
	} else if neg {
		return Float(-n.float()), true
	}
	return n, true
}

// luerlNumber reads a string that consists of one numeral of the dialect's
// source text, with an optional sign before it; the result is a float.
func luerlNumber(s string) (Value, bool) {
	lex := syntax.NewLexer(s, "", syntax.Luerl)
	t, err := lex.Next()
	if err != nil {
		return Value{}, false
	}
	neg := t.Kind == syntax.Sub
	if t.Kind == syntax.Sub || t.Kind == syntax.Add {
		if t, err = lex.Next(); err != nil {
			return Value{}, false
		}
	}
	if t.Kind != syntax.Int && t.Kind != syntax.BigInt && t.Kind != syntax.Float {
		return Value{}, false
	}
	if end, err := lex.Next(); err != nil || end.Kind != syntax.EOF {
		return Value{}, false
	}
	f, ok := toFloat(numberValue(t))
	if neg {
		f = -f
		if t.Kind == syntax.Int && t.Int == 0 {
			f = 0
		}
	}
	return Float(f), ok
}

// floatInteger converts a float with an integral value to an integer: of any
// size in the Luerl dialect, of 64 bits in standard Lua.
func (vm *VM) floatInteger(f float64) (Value, bool) {
	if i, ok := floatToInt(f); ok {
		return Int(i), true
	}
	if vm.dialect == Standard || f != math.Trunc(f) || math.IsInf(f, 0) {
		return Value{}, false
	}
	b, _ := big.NewFloat(f).Int(nil)
	return BigInt(b), true
}

// toInteger converts a number, or a string that reads as one, with an integral
// value.
func (vm *VM) toInteger(v Value) (Value, bool) {
	n, ok := vm.toNumber(v)
	if !ok {
		return Value{}, false
	}
	if n.isFloat() {
		return vm.floatInteger(n.float())
	}
	return n, true
}

// toInt is toInteger for 64-bit integers; larger ones are clipped to the
// range, which is what positions and counts want.
func (vm *VM) toInt(v Value) (int64, bool) {
	if v.isInt() {
		return int64(v.n), true
	}
	n, ok := vm.toInteger(v)
	if !ok {
		return 0, false
	}
	if n.isInt() {
		return int64(n.n), true
	}
	if n.big().Sign() > 0 {
		return math.MaxInt64, true
	}
	return math.MinInt64, true
}

// toText converts a string or a number to text.
func (vm *VM) toText(v Value) (string, bool) {
	if v.isString() {
		return v.str(), true
	}
	if v.isNumber() {
		return vm.numberText(v), true
	}
	return "", false
}
