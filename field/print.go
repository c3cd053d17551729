package field

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// numberLimit bounds integers, and decimals in thousandths (RFC 9651, 3.3.1).
const numberLimit = 1_000_000_000_000_000

// AppendItem appends the text of it to dst and returns the longer slice.
//
// # Errors
//
// [fail.Invalid] when the mode cannot express the item; dst is then nil.
func (m Mode) AppendItem(dst []byte, it Item) ([]byte, error) {
	dst, err := m.appendBare(dst, it.Value)
	if err != nil {
		return nil, err
	}
	return m.AppendParams(dst, it.Params)
}

// AppendParams appends parameters, each with its leading semicolon.
//
// # Errors
//
// [fail.Invalid] when the mode cannot express one of them; dst is then nil.
func (m Mode) AppendParams(dst []byte, ps Params) ([]byte, error) {
	var err error
	for i := range ps {
		if m == Strict && !validKey(ps[i].Key) {
			return nil, cannot("parameter key %q", ps[i].Key)
		}
		dst = append(dst, ';')
		dst = append(dst, ps[i].Key...)
		if ps[i].Value.Bool() {
			continue
		}
		if dst, err = m.appendBare(append(dst, '='), ps[i].Value); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// AppendMember appends the text of an item or inner list.
//
// # Errors
//
// [fail.Invalid] when the mode cannot express it; dst is then nil.
func (m Mode) AppendMember(dst []byte, mem Member) ([]byte, error) {
	if !mem.IsInner() {
		return m.AppendItem(dst, Item{mem.Value, mem.Params})
	}
	var err error
	dst = append(dst, '(')
	for i := range mem.Inner {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if dst, err = m.AppendItem(dst, mem.Inner[i]); err != nil {
			return nil, err
		}
	}
	return m.AppendParams(append(dst, ')'), mem.Params)
}

// AppendList appends the text of a list, members joined by ", ".
//
// # Errors
//
// [fail.Invalid] when the mode cannot express it; dst is then nil.
func (m Mode) AppendList(dst []byte, l List) ([]byte, error) {
	var err error
	for i := range l {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if dst, err = m.AppendMember(dst, l[i]); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// AppendDictionary appends the text of a dictionary, members joined by ", ".
//
// # Errors
//
// [fail.Invalid] when the mode cannot express it; dst is then nil.
func (m Mode) AppendDictionary(dst []byte, d Dictionary) ([]byte, error) {
	var err error
	for i := range d {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if m == Strict && !validKey(d[i].Key) {
			return nil, cannot("dictionary key %q", d[i].Key)
		}
		dst = append(dst, d[i].Key...)
		if m == Strict && d[i].Value.Bool() {
			dst, err = m.AppendParams(dst, d[i].Params)
		} else {
			dst, err = m.AppendMember(append(dst, '='), d[i].Member)
		}
		if err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func cannot(format string, v any) error {
	return fail.New(fail.Invalid, "field.Append", "a structured field cannot hold the "+format, v)
}

// appendBare appends a bare item (RFC 9651, 4.1.3.1).
func (m Mode) appendBare(dst []byte, b Bare) ([]byte, error) {
	if m == Strict {
		if err := strictBare(b); err != nil {
			return nil, err
		}
	}
	switch b.kind {
	case KindInteger:
		return strconv.AppendInt(dst, b.num, 10), nil
	case KindDecimal:
		return appendDecimal(dst, b.num), nil
	case KindString:
		return appendQuoted(dst, b.text), nil
	case KindToken:
		return append(dst, b.text...), nil
	case KindBytes:
		dst = append(dst, ':')
		dst = base64.StdEncoding.AppendEncode(dst, []byte(b.text))
		return append(dst, ':'), nil
	case KindBoolean:
		return append(dst, '?', '0'+byte(b.num)), nil
	}
	if m == Strict && b.kind == KindDate {
		return strconv.AppendInt(append(dst, '@'), b.num, 10), nil
	}
	if m == Strict && b.kind == KindDisplay {
		return appendDisplay(dst, b.text), nil
	}
	return nil, cannot("bare item of kind %s", b.kind)
}

// strictBare checks the limits that RFC 9651 puts on printing.
func strictBare(b Bare) error {
	switch b.kind {
	case KindInteger, KindDecimal, KindDate:
		if b.num <= -numberLimit || b.num >= numberLimit {
			return cannot("number %d", b.num)
		}
	case KindString:
		for i := range len(b.text) {
			if c := b.text[i]; c < 0x20 || c > 0x7e {
				return cannot("string %q", b.text)
			}
		}
	case KindToken:
		if !validToken(b.text) {
			return cannot("token %q", b.text)
		}
	case KindDisplay:
		if !utf8.ValidString(b.text) {
			return cannot("display string %q", b.text)
		}
	}
	return nil
}

// appendDecimal prints thousandths with one to three places.
func appendDecimal(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = strconv.AppendUint(dst, u/1000, 10)
	f := u % 1000
	dst = append(dst, '.', '0'+byte(f/100))
	if f%100 != 0 {
		dst = append(dst, '0'+byte(f/10%10))
	}
	if f%10 != 0 {
		dst = append(dst, '0'+byte(f%10))
	}
	return dst
}

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' {
			dst = append(dst, s[from:i]...)
			dst = append(dst, '\\', c)
			from = i + 1
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

func appendDisplay(dst []byte, s string) []byte {
	dst = append(dst, '%', '"')
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '%' || c == '"' {
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
