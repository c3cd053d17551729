package lua

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// luerlSpec is a conversion of string.format: width and precision are -1 when
// they are not given.
type luerlSpec struct {
	flags       string
	width, prec int
	verb        byte
}

func (sp luerlSpec) has(flag byte) bool { return strings.IndexByte(sp.flags, flag) >= 0 }

// luerlFormat formats as spec 03, 14.5.9 says. Whatever fails is one error.
func luerlFormat(c *Call) error {
	f, ok := c.vm.toText(c.Arg(0))
	if !ok {
		return c.badarg("format")
	}
	args := append([]Value(nil), c.args...)
	var b strings.Builder
	arg := 1
	for i := 0; i < len(f); i++ {
		ch := f[i]
		if ch == '\\' && i+1 < len(f) {
			i++
			b.WriteRune(rune(f[i]))
			continue
		}
		if ch != '%' {
			b.WriteRune(rune(ch)) // bytes of the format count as characters
			continue
		}
		sp, n := parseLuerlSpec(f[i+1:])
		i += n
		if sp.verb == '%' && sp.flags == "" && sp.width < 0 && sp.prec < 0 {
			b.WriteByte('%')
			continue
		}
		if arg >= len(args) || sp.width > 1<<20 || sp.prec > 1<<20 {
			return c.badarg("format")
		}
		text, err := c.luerlConvert(sp, args[arg])
		if err != nil {
			return err
		}
		if !utf8.ValidString(text) {
			return c.vm.hostFault("badarg")
		}
		arg++
		if err := c.grow(&b, text); err != nil {
			return err
		}
	}
	c.PushString(b.String())
	return nil
}

func parseLuerlSpec(s string) (sp luerlSpec, n int) {
	for n < len(s) && strings.IndexByte("#0- +", s[n]) >= 0 {
		n++
	}
	sp.flags = s[:n]
	number := func() int {
		if n >= len(s) || s[n] < '0' || s[n] > '9' {
			return -1
		}
		v := 0
		for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
			v = min(v*10+int(s[n]-'0'), 1<<30)
		}
		return v
	}
	sp.width = number()
	sp.prec = -1
	if n < len(s) && s[n] == '.' {
		n++
		sp.prec = number()
	}
	if n < len(s) {
		sp.verb = s[n]
		n++
	}
	return sp, n
}

func (c *Call) luerlConvert(sp luerlSpec, v Value) (string, error) {
	switch sp.verb {
	case 'q', 's':
		s, err := c.vm.tostring(v)
		if err != nil {
			return "", err
		}
		if sp.verb == 'q' {
			return luerlQuote(s), nil
		}
		if sp.prec >= 0 && len(s) > sp.prec {
			s = s[:sp.prec]
		}
		return sp.adjust(s), nil
	case 'c', 'd', 'i', 'o', 'u', 'x', 'X':
		n, ok := c.vm.toInteger(v)
		if !ok {
			return "", c.badarg("format")
		}
		return c.luerlInteger(sp, bigOf(n)), nil
	case 'e', 'E', 'f', 'F', 'g', 'G':
		n, ok := c.vm.toNumber(v)
		if !ok {
			return "", c.badarg("format")
		}
		f, ok := toFloat(n)
		if !ok {
			return "", c.badarg("format")
		}
		if s, ok := sp.luerlFloat(f); ok {
			return s, nil
		}
	}
	return "", c.badarg("format")
}

// adjust fits a text into the width.
func (sp luerlSpec) adjust(s string) string {
	n := sp.width - len(s)
	switch {
	case n <= 0:
		return s
	case sp.has('-'):
		return s + strings.Repeat(" ", n)
	case sp.has('0'):
		return strings.Repeat("0", n) + s
	}
	return strings.Repeat(" ", n) + s
}

func (sp luerlSpec) sign(neg bool) string {
	switch {
	case neg:
		return "-"
	case sp.has('+'):
		return "+"
	case sp.has(' '):
		return " "
	}
	return ""
}

func (c *Call) luerlInteger(sp luerlSpec, n *big.Int) string {
	if sp.verb == 'c' {
		low := new(big.Int).And(n, big.NewInt(255))
		return sp.adjustRunes(string(rune(low.Int64())))
	}
	if sp.verb == 'u' && n.Sign() < 0 {
		n = new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	}
	words := int64(len(n.Bits()))
	c.vm.slice -= words * words >> 2
	base := map[byte]int{'o': 8, 'x': 16, 'X': 16}[sp.verb]
	if base == 0 {
		base = 10
	}
	s := new(big.Int).Abs(n).Text(base)
	if sp.verb == 'X' {
		s = strings.ToUpper(s)
	}
	sign := sp.sign(n.Sign() < 0)
	switch {
	case sp.prec >= 0:
		s = sign + strings.Repeat("0", max(0, sp.prec-len(s))) + s
		minus := ""
		if sp.has('-') {
			minus = "-"
		}
		return luerlSpec{flags: minus, width: sp.width}.adjust(s)
	case sp.has('-'):
		return sp.adjust(sign + s)
	case sp.has('0') && sp.width >= 0:
		return sign + strings.Repeat("0", max(0, sp.width-len(sign)-len(s))) + s
	}
	return sp.adjust(sign + s)
}

// adjustRunes is adjust for one character, whatever its length in bytes.
func (sp luerlSpec) adjustRunes(s string) string {
	if n := len(s) - 1; n > 0 && sp.width > 0 {
		sp.width += n
	}
	return sp.adjust(s)
}

func (sp luerlSpec) luerlFloat(f float64) (string, bool) {
	var s string
	ok := true
	a := math.Abs(f)
	switch sp.verb {
	case 'e', 'E':
		p := 7
		if sp.prec >= 0 {
			p = sp.prec + 1
		}
		s, ok = erlangE(a, p)
	case 'f', 'F':
		p := 6
		if sp.prec >= 0 {
			p = sp.prec
		}
		s, ok = erlangF(a, p)
	default:
		p := 6
		if sp.prec >= 0 {
			p = sp.prec
		}
		s, ok = erlangG(a, p)
	}
	sign := sp.sign(f < 0)
	switch {
	case !ok:
		return "", false
	case sp.has('-'):
		return sp.adjust(sign + s), true
	case sp.has('0'):
		if sp.width < 0 {
			return "", false
		}
		return sign + strings.Repeat("0", max(0, sp.width-len(sign)-len(s))) + s, true
	}
	return sp.adjust(sign + s), true
}

// decimal returns digits of a not negative number so that it is about
// d.ddd * 10^exp, rounded half up to n digits.
func decimal(a float64, n int) (digits string, exp int) {
	s := strconv.FormatFloat(a, 'e', max(n, 20)+1, 64)
	at := strings.IndexByte(s, 'e')
	exp, _ = strconv.Atoi(s[at+1:])
	all := []byte(s[:1] + s[2:at])
	if n < 0 {
		return "", exp
	}
	up := all[n] >= '5'
	all = all[:n]
	for i := n - 1; up && i >= 0; i-- {
		if up = all[i] == '9'; up {
			all[i] = '0'
		} else {
			all[i]++
		}
	}
	if up {
		all = append([]byte{'1'}, all...)
		exp++
		if n > 0 {
			all = all[:n]
		}
	}
	return string(all), exp
}

// erlangE is the host's ~.Pe: P significant digits, at least two.
func erlangE(a float64, p int) (string, bool) {
	if p < 2 {
		return "", false
	}
	d, exp := decimal(a, p)
	sign := "+"
	if exp < 0 {
		sign, exp = "-", -exp
	}
	return d[:1] + "." + d[1:] + "e" + sign + strconv.Itoa(exp), true
}

// erlangF is the host's ~.Pf: P decimals, at least one.
func erlangF(a float64, p int) (string, bool) {
	if p < 1 {
		return "", false
	}
	_, exp := decimal(a, 20)
	n := exp + 1 + p
	if n < 0 {
		return "0." + strings.Repeat("0", p), true
	}
	d, e2 := decimal(a, n)
	if e2 > exp && n > 0 {
		d += "0"
	}
	exp = e2
	if exp < 0 {
		d = strings.Repeat("0", -exp) + d
		exp = 0
	}
	if len(d) < exp+1+p {
		d += strings.Repeat("0", exp+1+p-len(d))
	}
	return d[:exp+1] + "." + d[exp+1:exp+1+p], true
}

// erlangG is the host's ~.Pg: decimals between 0.1 and 10000 when they fit.
func erlangG(a float64, p int) (string, bool) {
	if p < 1 {
		return "", false
	}
	e, decimals := 0, true
	switch {
	case a < 0.1:
		e = -2
	case a < 1:
		e = -1
	case a < 10:
	case a < 100:
		e = 1
	case a < 1000:
		e = 2
	case a < 10000:
		e = 3
	default:
		decimals = false
	}
	if decimals && (p <= 1 && e == -1 || p-1 > e && e >= -1) {
		return erlangF(a, p-1-e)
	}
	return erlangE(a, max(p, 2))
}

// luerlQuote is %q: of the control characters only the first four are escaped.
func luerlQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '\n' || ch == '"' || ch == '\\':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch <= 3:
			digits := strconv.Itoa(int(ch))
			if i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				digits = "00" + digits
			}
			b.WriteString("\\" + digits)
		default:
			b.WriteByte(ch)
		}
	}
	b.WriteByte('"')
	return b.String()
}
