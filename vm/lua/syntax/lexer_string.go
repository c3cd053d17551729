package syntax

import (
	"unicode/utf8"
)

// quoted reads a string between quotes.
func (l *Lexer) quoted(quote byte) (Token, *Error) {
	start := l.pos
	l.pos++
	buf := make([]byte, 0, 32)
	for {
		if l.pos >= len(l.src) {
			return Token{}, l.fault("illegal string", "unfinished string", "<eof>")
		}
		c := l.src[l.pos]
		switch c {
		case quote:
			l.pos++
			return Token{Kind: String, Text: string(buf)}, nil
		case '\n', '\r':
			if c == '\n' || l.dialect == Standard {
				return Token{}, l.fault("illegal string", "unfinished string", l.src[start:l.pos])
			}
			buf = append(buf, c)
			l.pos++
		case '\\':
			var err *Error
			if buf, err = l.escape(buf, start); err != nil {
				return Token{}, err
			}
		default:
			l.pos++
			if c >= 0x80 && l.dialect == Luerl {
				buf = utf8.AppendRune(buf, rune(c))
				continue
			}
			buf = append(buf, c)
		}
	}
}

func (l *Lexer) escape(buf []byte, start int) ([]byte, *Error) {
	bad := func(why string, n int) *Error {
		end := min(l.pos+n, len(l.src))
		return l.fault("illegal string", why, l.src[start:end])
	}
	c := l.peek(1)
	if l.pos+1 >= len(l.src) {
		return nil, l.fault("illegal string", "unfinished string", "<eof>")
	}
	const names, bytes = "abfnrtv\\\"'", "\a\b\f\n\r\t\v\\\"'"
	for i := 0; i < len(names); i++ {
		if names[i] == c {
			l.pos += 2
			return append(buf, bytes[i]), nil
		}
	}
	switch {
	case isDigit(c):
		v, n := 0, 1
		for n < 4 && isDigit(l.peek(n)) {
			v = v*10 + int(l.peek(n)-'0')
			n++
		}
		if v > 255 {
			return nil, bad("decimal escape too large", n+1)
		}
		l.pos += n
		return append(buf, byte(v)), nil
	case c == 'x':
		if !isHex(l.peek(2)) || !isHex(l.peek(3)) {
			n := 3
			if isHex(l.peek(2)) {
				n = 4
			}
			return nil, bad("hexadecimal digit expected", n)
		}
		v := hexValue(l.peek(2))<<4 | hexValue(l.peek(3))
		l.pos += 4
		return append(buf, v), nil
	case c == 'z':
		l.pos += 2
		for l.pos < len(l.src) && (isSpace(l.src[l.pos]) || l.dialect == Luerl && l.src[l.pos] <= ' ') {
			if l.src[l.pos] == '\n' {
				l.line++
			}
			l.pos++
		}
		return buf, nil
	case l.dialect == Luerl:
		return nil, l.errorf("illegal string")
	case c == '\n' || c == '\r':
		l.pos += 2
		if d := l.peek(0); (d == '\n' || d == '\r') && d != c {
			l.pos++
		}
		l.line++
		return append(buf, '\n'), nil
	case c == 'u':
		return l.unicodeEscape(buf, bad)
	}
	return nil, bad("invalid escape sequence", 2)
}

// unicodeEscape reads \u{XXX}.
func (l *Lexer) unicodeEscape(buf []byte, bad func(string, int) *Error) ([]byte, *Error) {
	if l.peek(2) != '{' {
		return nil, bad("missing '{' in \\u{xxxx}", 3)
	}
	if !isHex(l.peek(3)) {
		return nil, bad("hexadecimal digit expected", 4)
	}
	v, n := uint32(0), 3
	for isHex(l.peek(n)) {
		v = v<<4 | uint32(hexValue(l.peek(n)))
		if v > 0x10FFFF {
			return nil, bad("UTF-8 value too large", n+1)
		}
		n++
	}
	if l.peek(n) != '}' {
		return nil, bad("missing '}' in \\u{xxxx}", n+1)
	}
	l.pos += n + 1
	return AppendUTF8(buf, v), nil
}

// AppendUTF8 appends the UTF-8 encoding of v, which may be any value below
// 2^31 (surrogates and values above U+10FFFF get the encoding of RFC 2279).
func AppendUTF8(buf []byte, v uint32) []byte {
	switch {
	case v < 0x80:
		return append(buf, byte(v))
	case v < 0x800:
		return append(buf, 0xC0|byte(v>>6), 0x80|byte(v&0x3F))
	case v < 0x10000:
		return append(buf, 0xE0|byte(v>>12), 0x80|byte(v>>6&0x3F), 0x80|byte(v&0x3F))
	case v < 0x200000:
		return append(buf, 0xF0|byte(v>>18), 0x80|byte(v>>12&0x3F), 0x80|byte(v>>6&0x3F), 0x80|byte(v&0x3F))
	case v < 0x4000000:
		return append(buf, 0xF8|byte(v>>24), 0x80|byte(v>>18&0x3F), 0x80|byte(v>>12&0x3F), 0x80|byte(v>>6&0x3F), 0x80|byte(v&0x3F))
	}
	return append(buf, 0xFC|byte(v>>30), 0x80|byte(v>>24&0x3F), 0x80|byte(v>>18&0x3F), 0x80|byte(v>>12&0x3F), 0x80|byte(v>>6&0x3F), 0x80|byte(v&0x3F))
}

func hexValue(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
