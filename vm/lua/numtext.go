package lua

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// numberText returns a number as tostring gives it.
func (vm *VM) numberText(v Value) string {
	switch {
	case v.isInt():
		return strconv.FormatInt(int64(v.n), 10)
	case v.isFloat():
		if vm.dialect == Luerl {
			return luerlFloatText(v.float())
		}
		return standardFloatText(v.float())
	}
	return vm.bigText(v.big())
}

// bigText prints an integer, and charges for it: conversion is quadratic.
func (vm *VM) bigText(b *big.Int) string {
	n := int64(len(b.Bits()))
	vm.slice -= n * n >> 2
	return b.String()
}

// standardFloatText formats with "%.14g", and makes the result look like a
// float.
func standardFloatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		if math.Signbit(f) {
			return "-nan"
		}
		return "nan"
	}
	s := formatG(f, 14, false)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && (c < '0' || c > '9') {
			return s
		}
	}
	return s + ".0"
}

// formatG formats as C's %g with a precision; alt keeps trailing zeros.
func formatG(f float64, prec int, alt bool) string {
	if prec == 0 {
		prec = 1
	}
	if f == 0 {
		s := "0"
		if alt && prec > 1 {
			s = "0." + strings.Repeat("0", prec-1)
		}
		if math.Signbit(f) {
			s = "-" + s
		}
		return s
	}
	e := strconv.FormatFloat(f, 'e', prec-1, 64)
	at := strings.IndexByte(e, 'e')
	exp, _ := strconv.Atoi(e[at+1:])
	if exp < -4 || exp >= prec {
		mant := e[:at]
		if !alt && strings.IndexByte(mant, '.') >= 0 {
			mant = strings.TrimRight(strings.TrimRight(mant, "0"), ".")
		}
		return mant + e[at:]
	}
	s := strconv.FormatFloat(f, 'f', prec-1-exp, 64)
	if !alt && strings.IndexByte(s, '.') >= 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// luerlFloatText prints the shortest digits that read back, in the shorter of
// decimal and exponent form, always with a fraction (spec 03, 14.5.2).
func luerlFloatText(f float64) string {
	if f == 0 {
		if math.Signbit(f) {
			return "-0.0"
		}
		return "0.0"
	}
	e := strconv.FormatFloat(math.Abs(f), 'e', -1, 64)
	at := strings.IndexByte(e, 'e')
	exp, _ := strconv.Atoi(e[at+1:])
	digits := strings.Replace(e[:at], ".", "", 1)
	s := placePoint(digits, exp+1, math.Abs(f) < 1<<53)
	if f < 0 {
		return "-" + s
	}
	return s
}

// placePoint writes 0.digits * 10^place. Values from 2^53 on are always
// written with an exponent, because their neighbours are not integers apart.
func placePoint(digits string, place int, small bool) string {
	n := len(digits)
	if place == 0 {
		return "0." + digits
	}
	if place > 0 && place < n {
		return digits[:place] + "." + digits[place:]
	}
	exp := strconv.Itoa(place - 1)
	cost := len(exp) + 2
	if n == 1 {
		cost++
	}
	if place < 0 && 2-place <= cost {
		return "0." + strings.Repeat("0", -place) + digits
	}
	if place > 0 && place-n+2 <= cost && small {
		return digits + strings.Repeat("0", place-n) + ".0"
	}
	if n == 1 {
		return digits + ".0e" + exp
	}
	return digits[:1] + "." + digits[1:] + "e" + exp
}
