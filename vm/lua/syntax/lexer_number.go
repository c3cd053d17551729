package syntax

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// MaxNumeral is the longest numeral that is accepted, in bytes.
const MaxNumeral = 100_000

// number reads a numeral.
func (l *Lexer) number() (Token, *Error) {
	if l.dialect == Luerl {
		return l.luerlNumber()
	}
	start := l.pos
	exp := "eE"
	if l.peek(0) == '0' && (l.peek(1) == 'x' || l.peek(1) == 'X') {
		exp = "pP"
		l.pos += 2
	}
	for {
		c := l.peek(0)
		if c != 0 && strings.IndexByte(exp, c) >= 0 {
			l.pos++
			if c = l.peek(0); c == '+' || c == '-' {
				l.pos++
			}
			continue
		}
		if isHex(c) || c == '.' || isAlpha(c) && c != '_' || c == '_' {
			l.pos++
			continue
		}
		break
	}
	text := l.src[start:l.pos]
	t, ok := ParseNumber(text)
	if !ok {
		return Token{}, l.errorf("malformed number near '%s'", text)
	}
	return t, nil
}

// ParseNumber reads a numeral of standard Lua without sign or blanks. Decimal
// integers that do not fit 64 bits are floats; hexadecimal integers wrap.
func ParseNumber(s string) (Token, bool) {
	if len(s) == 0 || len(s) > MaxNumeral {
		return Token{}, false
	}
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		return parseHex(s[2:])
	}
	digits := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isDigit(c) {
			continue
		}
		digits = false
		if c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return Token{}, false
		}
	}
	if digits {
		if v, err := strconv.ParseInt(s, 10, 64); err == nil {
			return Token{Kind: Int, Int: v}, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return Token{}, false
	}
	return Token{Kind: Float, Float: f}, true
}

// parseHex reads the part of a hexadecimal numeral after 0x.
func parseHex(s string) (Token, bool) {
	var mant uint64
	var f float64
	any, dot, exp := false, false, 0
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !dot {
			dot = true
			continue
		}
		if !isHex(c) {
			break
		}
		any = true
		mant = mant<<4 | uint64(hexValue(c))
		f = f*16 + float64(hexValue(c))
		if dot {
			exp -= 4
		}
	}
	if !any {
		return Token{}, false
	}
	if i == len(s) && !dot {
		return Token{Kind: Int, Int: int64(mant)}, true
	}
	if i < len(s) {
		if s[i] != 'p' && s[i] != 'P' {
			return Token{}, false
		}
		e, err := strconv.Atoi(s[i+1:])
		if err != nil && !strings.Contains(err.Error(), "range") || i+1 >= len(s) {
			return Token{}, false
		}
		exp += max(min(e, 1<<20), -1<<20)
	}
	return Token{Kind: Float, Float: math.Ldexp(f, exp)}, true
}

// luerlNumber reads the longest numeral that the reference's scanner accepts.
func (l *Lexer) luerlNumber() (Token, *Error) {
	rest := l.src[l.pos:]
	if len(rest) > 2 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'X') && (isHex(rest[2]) || rest[2] == '.' || rest[2]|0x20 == 'p') {
		return l.luerlHex(rest)
	}
	n := span(rest, isDigit)
	float := false
	if n < len(rest) && rest[n] == '.' {
		float = true
		n++
		n += span(rest[n:], isDigit)
	}
	if e := exponent(rest[n:], "eE"); e > 0 {
		float = true
		n += e
	}
	text := rest[:n]
	l.pos += n
	if n > MaxNumeral {
		return Token{}, l.errorf("illegal number")
	}
	if float {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return Token{}, l.errorf("illegal number")
		}
		return Token{Kind: Float, Float: f}, nil
	}
	return integer(text, 10), nil
}

func integer(text string, base int) Token {
	if v, err := strconv.ParseInt(text, base, 64); err == nil {
		return Token{Kind: Int, Int: v}
	}
	b, _ := new(big.Int).SetString(text, base)
	return Token{Kind: BigInt, Big: b}
}

// luerlHex reads 0x numerals: digits alone are an integer, anything else a
// float whose fraction is summed digit by digit.
func (l *Lexer) luerlHex(rest string) (Token, *Error) {
	h := span(rest[2:], isHex)
	n := 2 + h
	frac := ""
	dot := n < len(rest) && rest[n] == '.'
	if dot {
		f := span(rest[n+1:], isHex)
		frac = rest[n+1 : n+1+f]
		n += 1 + f
	}
	e := exponent(rest[n:], "pP")
	exp := rest[n : n+e]
	n += e
	l.pos += n
	if n > MaxNumeral {
		return Token{}, l.errorf("illegal number")
	}
	if !dot && e == 0 && h > 0 {
		return integer(rest[2:2+h], 16), nil
	}
	if h == 0 && frac == "" {
		return Token{}, l.errorf("malformed number")
	}
	f := 0.0
	if h > 0 {
		b, _ := new(big.Int).SetString(rest[2:2+h], 16)
		f, _ = new(big.Float).SetInt(b).Float64()
	}
	scale := 16.0
	for i := 0; i < len(frac); i++ {
		f += float64(hexValue(frac[i])) / scale
		scale *= 16
	}
	if e > 0 {
		x, _ := strconv.Atoi(strings.TrimPrefix(exp[1:], "+"))
		f *= math.Pow(2, float64(x))
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return Token{}, l.errorf("malformed number")
	}
	return Token{Kind: Float, Float: f}, nil
}

func span(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

// exponent returns the length of an exponent at the start of s, or 0.
func exponent(s, letters string) int {
	if len(s) < 2 || strings.IndexByte(letters, s[0]) < 0 {
		return 0
	}
	n := 1
	if s[1] == '+' || s[1] == '-' {
		n = 2
	}
	d := span(s[n:], isDigit)
	if d == 0 {
		return 0
	}
	return n + d
}
