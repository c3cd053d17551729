package json

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// text reads a string whose opening quote is next. Without escapes the result
// is a part of the input.
func (p *parser) text() (string, error) {
	p.i++
	start, ascii := p.i, true
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			s := p.s[start:p.i]
			p.i++
			if !ascii && !utf8.ValidString(s) {
				return "", notUTF8(start)
			}
			return s, nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.unexpected("a character or an escape")
		case c >= 0x80:
			ascii = false
		}
		p.i++
	}
	return "", p.unexpected("the rest of a string")
}

func notUTF8(at int) error {
	return fail.New(fail.Invalid, opParse, "the string at byte %d is not UTF-8", at)
}

// escaped reads the rest of a string that has an escape at p.i.
func (p *parser) escaped(start int) (string, error) {
	var b strings.Builder
	for from := start; p.i < len(p.s); {
		switch c := p.s[p.i]; {
		case c == '"':
			b.WriteString(p.s[from:p.i])
			p.i++
			s := b.String()
			if !utf8.ValidString(s) {
				return "", notUTF8(start)
			}
			return s, nil
		case c == '\\':
			b.WriteString(p.s[from:p.i])
			p.i++
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			from = p.i
		case c < 0x20:
			return "", p.unexpected("a character or an escape")
		default:
			p.i++
		}
	}
	return "", p.unexpected("the rest of a string")
}

// escape reads what follows a backslash.
func (p *parser) escape() (rune, error) {
	c := p.peek()
	if c == 'u' {
		p.i++
		return p.unicode()
	}
	at := strings.IndexByte(`"\/bfnrt`, c)
	if at < 0 || p.i >= len(p.s) {
		return 0, p.unexpected("an escape")
	}
	p.i++
	return rune("\"\\/\b\f\n\r\t"[at]), nil
}

// unicode reads the digits of an escape \uXXXX, and of the one after it when
// they are a surrogate pair.
func (p *parser) unicode() (rune, error) {
	r, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if strings.HasPrefix(p.s[p.i:], `\u`) {
		p.i += 2
		low, err := p.hex4()
		if err != nil {
			return 0, err
		}
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return full, nil
		}
	}
	return 0, fail.New(fail.Invalid, opParse, "half of a surrogate pair before byte %d", p.i)
}

func (p *parser) hex4() (rune, error) {
	if p.i+4 > len(p.s) {
		p.i = len(p.s)
		return 0, p.unexpected("a hexadecimal digit")
	}
	n, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 16)
	if err != nil {
		return 0, p.unexpected("four hexadecimal digits")
	}
	p.i += 4
	return rune(n), nil
}
