package field

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// bare reads a bare item (RFC 9651, 4.2.3.1).
func (p *parser) bare() (Bare, error) {
	c := p.peek()
	switch {
	case c == '"':
		return p.text()
	case c == '-' || isDigit(c):
		return p.number()
	case isAlpha(c) || c == '*':
		from := p.i
		for p.i < len(p.s) && isTokenByte(p.s[p.i]) {
			p.i++
		}
		return Token(p.s[from:p.i]), nil
	case c == ':':
		return p.bytes()
	case c == '?':
		if p.i+1 < len(p.s) && (p.s[p.i+1] == '0' || p.s[p.i+1] == '1') {
			p.i += 2
			return Boolean(p.s[p.i-1] == '1'), nil
		}
		return Bare{}, p.bad("?0 or ?1 expected")
	case c == '@' && p.mode == Strict:
		return p.date()
	case c == '%' && p.mode == Strict:
		return p.display()
	}
	return Bare{}, p.bad("bare item expected")
}

// number reads an integer of up to 15 digits, or a decimal of up to 12 and 3.
func (p *parser) number() (Bare, error) {
	neg := p.peek() == '-'
	if neg {
		p.i++
	}
	n, whole, err := p.digits(15)
	if err != nil {
		return Bare{}, err
	}
	if whole == 0 {
		return Bare{}, p.bad("digit expected")
	}
	kind := KindInteger
	if p.peek() == '.' {
		if whole > 12 {
			return Bare{}, p.bad("decimal of more than 12 integer digits")
		}
		p.i++
		f, places, err := p.digits(3)
		if err != nil {
			return Bare{}, err
		}
		if places == 0 {
			return Bare{}, p.bad("digit expected after the point")
		}
		for ; places < 3; places++ {
			f *= 10
		}
		if p.mode == Lenient && n == 0 {
			neg = false
		}
		n, kind = n*1000+f, KindDecimal
	}
	if neg {
		n = -n
	}
	return Bare{kind: kind, num: n}, nil
}

// digits reads at most limit digits, and refuses more.
func (p *parser) digits(limit int) (n int64, count int, err error) {
	for p.i < len(p.s) && isDigit(p.s[p.i]) {
		if count == limit {
			return 0, 0, p.bad("too many digits")
		}
		n = n*10 + int64(p.s[p.i]-'0')
		count++
		p.i++
	}
	return n, count, nil
}

// text reads a string.
func (p *parser) text() (Bare, error) {
	p.i++
	from := p.i
	var b []byte // nil until an escape occurs
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			if b == nil {
				return String(p.s[from : p.i-1]), nil
			}
			return String(string(b)), nil
		case c == '\\':
			if b == nil {
				b = append(make([]byte, 0, 2*(p.i-from)+16), p.s[from:p.i]...)
			}
			p.i++
			if c = p.peek(); c != '"' && c != '\\' {
				return Bare{}, p.bad("unknown escape in a string")
			}
			b = append(b, c)
		case c < 0x20 || c > 0x7e:
			return Bare{}, p.bad("byte not allowed in a string")
		case b != nil:
			b = append(b, c)
		}
	}
	return Bare{}, p.bad("string without end")
}

// bytes reads a byte sequence. Strict mode supplies missing padding, as
// RFC 9651, 4.2.7 advises; the AO-Core dialect requires it.
func (p *parser) bytes() (Bare, error) {
	p.i++
	n := strings.IndexByte(p.s[p.i:], ':')
	if n < 0 {
		return Bare{}, p.bad("byte sequence without end")
	}
	body := p.s[p.i : p.i+n]
	if strings.ContainsAny(body, "\r\n") { // which the decoder would skip
		return Bare{}, p.bad("byte sequence is not base64")
	}
	enc := base64.StdEncoding
	if p.mode == Strict && !strings.HasSuffix(body, "=") {
		enc = base64.RawStdEncoding
	}
	out, err := enc.DecodeString(body)
	if err != nil {
		return Bare{}, p.bad("byte sequence is not base64")
	}
	p.i += n + 1
	return Bytes(out), nil
}

// date reads "@" and an integer.
func (p *parser) date() (Bare, error) {
	p.i++
	if c := p.peek(); c != '-' && !isDigit(c) {
		return Bare{}, p.bad("digit expected")
	}
	n, err := p.number()
	if err != nil {
		return Bare{}, err
	}
	if n.kind != KindInteger {
		return Bare{}, p.bad("a date is whole seconds")
	}
	return Date(n.num), nil
}

// display reads %"…" with lower-case percent escapes of UTF-8 bytes.
func (p *parser) display() (Bare, error) {
	p.i++
	if p.peek() != '"' {
		return Bare{}, p.bad(`%" expected`)
	}
	p.i++
	var b []byte
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case c == '"':
			if !utf8.Valid(b) {
				return Bare{}, p.bad("display string is not UTF-8")
			}
			p.i++
			return Display(string(b)), nil
		case c < 0x20 || c > 0x7e:
			return Bare{}, p.bad("byte not allowed in a display string")
		case c == '%':
			if p.i+2 >= len(p.s) {
				return Bare{}, p.bad("escape without end")
			}
			h, l := p.s[p.i+1], p.s[p.i+2]
			if unhex(h) < 0 || unhex(l) < 0 || (h >= 'A' && h <= 'F') || (l >= 'A' && l <= 'F') {
				return Bare{}, p.bad("two lower-case hex digits expected")
			}
			c = byte(unhex(h)<<4 | unhex(l))
			p.i += 2
			b = append(b, c)
		default:
			b = append(b, c)
		}
	}
	return Bare{}, p.bad("display string without end")
}
