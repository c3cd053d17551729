package message

import (
	"math/big"
	"strconv"
	"strings"
)

// Text returns the text of a scalar: bytes as they are, the decimal of an
// integer, the name of an atom, a float with at most ten decimals (spec 01,
// 3.5). Other values have no text.
func Text(v Value) (string, bool) {
	switch x := v.(type) {
	case Binary:
		return string(x), true
	case Atom:
		return string(x), true
	case Int:
		return x.String(), true
	case *Big:
		return x.String(), true
	case Float:
		s := strings.TrimRight(strconv.FormatFloat(float64(x), 'f', 10, 64), "0")
		if strings.HasSuffix(s, ".") {
			s += "0"
		}
		return s, true
	}
	return "", false
}

// AsInt returns v as an integer: an integer itself, or text that is one, with
// optional sign and leading zeros (spec 01, 3.5).
func AsInt(v Value) (int64, bool) {
	switch x := v.(type) {
	case Int:
		return int64(x), true
	case Binary:
		n, err := strconv.ParseInt(string(x), 10, 64)
		return n, err == nil
	case Float:
		n := int64(x)
		return n, Float(n) == x
	}
	return 0, false
}

// AsBig is [AsInt] without a bound.
func AsBig(v Value) (*big.Int, bool) {
	switch x := v.(type) {
	case *Big:
		return x.Int(), true
	case Binary:
		return new(big.Int).SetString(string(x), 10)
	}
	n, ok := AsInt(v)
	return big.NewInt(n), ok
}

// IsTrue reports whether v is the atom true or the text "true".
func IsTrue(v Value) bool {
	switch x := v.(type) {
	case Atom:
		return x == True
	case Binary:
		return x == "true"
	}
	return false
}

// NormalizeKey returns a value that is used as a key as text: bytes, atom
// names and integers as they are, the parts of a list joined with "/" (spec
// 01, 2.2).
func NormalizeKey(v Value) (string, bool) {
	if l, ok := v.(*List); ok {
		parts := make([]string, l.Len())
		for i, e := range l.All() {
			s, ok := NormalizeKey(e)
			if !ok {
				return "", false
			}
			parts[i] = s
		}
		return strings.Join(parts, "/"), true
	}
	if _, ok := v.(Float); ok {
		return "", false
	}
	return Text(v)
}
