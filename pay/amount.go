package pay

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// MaxDigits bounds the decimal digits of an amount.
const MaxDigits = 1000

// Infinity is the price of what a node does for nobody, and the balance of an
// account that is never charged.
const Infinity = "infinity"

// Amount returns the amount that a value is: an integer that is not negative,
// text of decimal digits, or a float that is a whole number of at most 2^53.
// Everything else, signs, exponents and hexadecimal digits included, is no
// amount (SEC-04, SEC-07).
func Amount(v message.Value) (*big.Int, bool) {
	switch x := v.(type) {
	case message.Int:
		return big.NewInt(int64(x)), x >= 0
	case *message.Big:
		n := x.Int()
		return n, n.Sign() >= 0 && len(n.Bytes()) <= MaxDigits/2
	case message.Float:
		n := int64(x)
		return big.NewInt(n), message.Float(n) == x && n >= 0 && n <= 1<<53
	case message.Binary:
		return digits(string(x))
	}
	return nil, false
}

func digits(s string) (*big.Int, bool) {
	if s == "" || len(s) > MaxDigits {
		return nil, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return nil, false
		}
	}
	return new(big.Int).SetString(s, 10)
}

// AmountOf is [Amount] for the value of an argument.
//
// # Errors
//
// [fail.Invalid] names the argument.
func AmountOf(name string, v message.Value) (*big.Int, error) {
	n, ok := Amount(v)
	if !ok {
		return nil, fail.New(fail.Invalid, "pay.Amount", "%s is not an amount: it must be an integer that is not negative, in decimal digits", name)
	}
	return n, nil
}

// Endless reports whether a value says that there is no limit: the atom true, or
// "infinity". Other texts say nothing about money.
func Endless(v message.Value) bool {
	switch x := v.(type) {
	case message.Atom:
		return x == message.True || x == Infinity
	case message.Binary:
		return x == Infinity
	}
	return false
}
