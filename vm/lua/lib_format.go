package lua

import (
	"math"
	"strconv"
	"strings"
)

// spec is one conversion of string.format.
type spec struct {
	minus, plus, space, alt, zero bool
	width, prec                   int // prec -1: not given
	verb                          byte
}

// parseSpec reads a conversion after '%'; n is its length, 0 when malformed.
func parseSpec(s string) (sp spec, n int) {
	sp.prec = -1
	for n < len(s) && strings.IndexByte("-+ #0", s[n]) >= 0 {
		switch s[n] {
		case '-':
			sp.minus = true
		case '+':
			sp.plus = true
		case ' ':
			sp.space = true
		case '#':
			sp.alt = true
		case '0':
			sp.zero = true
		}
		n++
	}
	if n > 5 {
		return sp, 0
	}
	digits := func() (v int) {
		for k := 0; k < 2 && n < len(s) && s[n] >= '0' && s[n] <= '9'; k++ {
			v = v*10 + int(s[n]-'0')
			n++
		}
		return v
	}
	sp.width = digits()
	if n < len(s) && s[n] == '.' {
		n++
		sp.prec = digits()
	}
	if n >= len(s) || s[n] >= '0' && s[n] <= '9' {
		return sp, 0
	}
	sp.verb = s[n]
	return sp, n + 1
}

func stringFormat(c *Call) error {
	f, err := c.str(0)
	if err != nil {
		return err
	}
	var b strings.Builder
	arg := 0
	for i := 0; i < len(f); i++ {
		j := strings.IndexByte(f[i:], '%')
		if j < 0 {
			j = len(f) - i
		}
		if err := c.grow(&b, f[i:i+j]); err != nil {
			return err
		}
		if i += j + 1; i >= len(f) {
			if i == len(f) {
				return c.Raisef("invalid option '%%' to 'format'")
			}
			break
		}
		if f[i] == '%' {
			b.WriteByte('%')
			continue
		}
		sp, n := parseSpec(f[i:])
		if n == 0 {
			return c.Raisef("invalid format (width or precision too long)")
		}
		arg++
		text, err := c.convert(sp, arg, f[i:i+n])
		if err != nil {
			return err
		}
		if err := c.grow(&b, text); err != nil {
			return err
		}
		i += n - 1
	}
	c.PushString(b.String())
	return nil
}

// convert formats argument i; text is the conversion, for messages.
func (c *Call) convert(sp spec, i int, text string) (string, error) {
	if i >= len(c.args) && strings.IndexByte("cdiouxXaAeEfgGqs", sp.verb) >= 0 {
		return "", c.argError(i, "no value")
	}
	switch sp.verb {
	case 'c':
		n, err := c.int(i)
		return sp.pad(string([]byte{byte(n)}), ""), err
	case 'd', 'i':
		n, err := c.int(i)
		sp.verb = 'd'
		return sp.integer(n), err
	case 'o', 'u', 'x', 'X':
		n, err := c.int(i)
		return sp.integer(n), err
	case 'a', 'A', 'e', 'E', 'f', 'g', 'G':
		f, err := c.float(i)
		return sp.float(f), err
	case 'q':
		return c.quote(c.Arg(i), i)
	case 's':
		s, err := c.vm.tostring(c.Arg(i))
		if err != nil {
			return "", err
		}
		if sp.prec >= 0 && sp.prec < len(s) {
			s = s[:sp.prec]
		}
		sp.zero = false
		return sp.pad(s, ""), nil
	}
	return "", c.Raisef("invalid option '%%%s' to 'format'", text)
}

// pad fits sign and digits into the width.
func (sp spec) pad(s, sign string) string {
	n := sp.width - len(s) - len(sign)
	switch {
	case n <= 0:
		return sign + s
	case sp.minus:
		return sign + s + strings.Repeat(" ", n)
	case sp.zero:
		return sign + strings.Repeat("0", n) + s
	}
	return strings.Repeat(" ", n) + sign + s
}

func (sp spec) sign(neg bool) string {
	switch {
	case neg:
		return "-"
	case sp.plus:
		return "+"
	case sp.space:
		return " "
	}
	return ""
}

func (sp spec) integer(n int64) string {
	var s, sign string
	switch sp.verb {
	case 'd':
		sign = sp.sign(n < 0)
		u := uint64(n)
		if n < 0 {
			u = -u
		}
		s = strconv.FormatUint(u, 10)
	case 'u':
		s = strconv.FormatUint(uint64(n), 10)
	case 'o':
		s = strconv.FormatUint(uint64(n), 8)
		if sp.alt && n != 0 {
			s = "0" + s
		}
	default:
		s = strconv.FormatUint(uint64(n), 16)
		if sp.alt && n != 0 {
			sign = "0x"
		}
	}
	if sp.prec >= 0 {
		if sp.prec == 0 && n == 0 {
			s = ""
		}
		s = strings.Repeat("0", max(0, sp.prec-len(s))) + s
		sp.zero = false
	}
	if sp.verb == 'X' {
		s, sign = strings.ToUpper(s), strings.ToUpper(sign)
	}
	return sp.pad(s, sign)
}

func (sp spec) float(f float64) string {
	sign := sp.sign(math.Signbit(f))
	a := math.Abs(f)
	var s string
	switch {
	case math.IsInf(a, 0):
		s, sp.zero = "inf", false
	case math.IsNaN(a):
		s, sp.zero = "nan", false
	default:
		s = sp.digits(a)
	}
	if sp.verb >= 'A' && sp.verb <= 'Z' {
		s = strings.ToUpper(s)
	}
	return sp.pad(s, sign)
}

// digits formats a finite number that is not negative.
func (sp spec) digits(a float64) string {
	prec := sp.prec
	if prec < 0 {
		prec = 6
	}
	switch sp.verb | 0x20 {
	case 'e':
		s := strconv.FormatFloat(a, 'e', prec, 64)
		if sp.alt && prec == 0 {
			s = strings.Replace(s, "e", ".e", 1)
		}
		return s
	case 'f':
		s := strconv.FormatFloat(a, 'f', prec, 64)
		if sp.alt && prec == 0 {
			s += "."
		}
		return s
	case 'g':
		return formatG(a, prec, sp.alt)
	}
	return hexFloat(a, sp.prec)
}

// hexFloat formats as C's %a.
func hexFloat(a float64, prec int) string {
	s := strconv.FormatFloat(a, 'x', prec, 64)
	at := strings.IndexByte(s, 'p')
	mant, exp := s[:at], s[at+1:]
	n, _ := strconv.Atoi(exp)
	sign := "+"
	if n < 0 {
		sign, n = "-", -n
	}
	return mant + "p" + sign + strconv.Itoa(n)
}

// quote writes a value as a literal that reads back.
func (c *Call) quote(v Value, i int) (string, error) {
	switch v.Kind() {
	case KindString:
		return quoteString(v.str()), nil
	case KindInt:
		if n := int64(v.n); n == math.MinInt64 {
			return "0x8000000000000000", nil
		}
		return c.vm.numberText(v), nil
	case KindFloat:
		f := v.float()
		if f == math.Floor(f) && !math.IsInf(f, 0) {
			return spec{prec: 0, verb: 'f'}.float(f) + "e0", nil
		}
		return spec{prec: -1, verb: 'a'}.float(f), nil
	case KindNil, KindBool:
		return c.vm.rawText(v), nil
	}
	return "", c.argError(i, "value has no literal form")
}

func quoteString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '"' || ch == '\\' || ch == '\n':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch < 32 || ch == 127:
			if i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				b.WriteString("\\" + strings.Repeat("0", 3-len(strconv.Itoa(int(ch)))) + strconv.Itoa(int(ch)))
			} else {
				b.WriteString("\\" + strconv.Itoa(int(ch)))
			}
		default:
			b.WriteByte(ch)
		}
	}
	b.WriteByte('"')
	return b.String()
}
