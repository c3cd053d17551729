package json

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

const upperHex = "0123456789ABCDEF"

// text appends a JSON string.
func (p *printer) text(s string) error {
	dst := append(p.dst, '"')
	start, ascii := 0, true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			ascii = false
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		start = i + 1
	}
	if !ascii && !utf8.ValidString(s) {
		return fail.New(fail.Invalid, opEncode, "the text of %q is not UTF-8; JSON cannot carry it", p.key)
	}
	p.dst = append(append(dst, s[start:]...), '"')
	return nil
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\f':
		return append(dst, `\f`...)
	case '\r':
		return append(dst, `\r`...)
	}
	return append(dst, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&15])
}

func (p *printer) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fail.New(fail.Invalid, opEncode, "%q is not a finite number; JSON cannot carry it", p.key)
	}
	p.dst = AppendFloat(p.dst, f)
	return nil
}

// AppendFloat appends the shortest text that reads back to the finite number
// f, in the layout of spec 01, 12.1: always with a fraction, decimal unless
// that is longer than scientific or |f| is 2^53 or more.
func AppendFloat(dst []byte, f float64) []byte {
	var buf [32]byte
	sci := strconv.AppendFloat(buf[:0], f, 'e', -1, 64) // d[.ddd]e±dd
	e := bytes.IndexByte(sci, 'e')
	exp, _ := strconv.Atoi(string(sci[e+1:]))
	var buf2 [40]byte
	short := append(buf2[:0], sci[:e]...)
	if bytes.IndexByte(short, '.') < 0 {
		short = append(short, '.', '0')
	}
	short = append(short, 'e')
	short = strconv.AppendInt(short, int64(exp), 10)
	if math.Abs(f) >= 1<<53 || exp < -24 {
		return append(dst, short...)
	}
	var buf3 [64]byte
	dec := strconv.AppendFloat(buf3[:0], f, 'f', -1, 64)
	if bytes.IndexByte(dec, '.') < 0 {
		dec = append(dec, '.', '0')
	}
	if len(dec) <= len(short) {
		return append(dst, dec...)
	}
	return append(dst, short...)
}
