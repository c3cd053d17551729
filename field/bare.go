package field

// Kind is the type of a bare item.
type Kind uint8

// The kinds of RFC 9651 section 3.3. None is the zero value: the bare item of
// a [Member] that is an inner list, and printable nowhere else.
const (
	None Kind = iota
	KindInteger
	KindDecimal
	KindString
	KindToken
	KindBytes
	KindBoolean
	KindDate
	KindDisplay
)

// String returns the name of the kind as RFC 9651 writes it.
func (k Kind) String() string {
	switch k {
	case KindInteger:
		return "integer"
	case KindDecimal:
		return "decimal"
	case KindString:
		return "string"
	case KindToken:
		return "token"
	case KindBytes:
		return "byte sequence"
	case KindBoolean:
		return "boolean"
	case KindDate:
		return "date"
	case KindDisplay:
		return "display string"
	}
	return "none"
}

// Bare is a bare item: an immutable, comparable value of one [Kind].
type Bare struct {
	text string
	num  int64
	kind Kind
}

// Integer returns an integer. Strict printing requires |n| < 10^15.
func Integer(n int64) Bare { return Bare{kind: KindInteger, num: n} }

// Decimal returns the decimal n/1000. Strict printing requires |n| < 10^15.
func Decimal(thousandths int64) Bare { return Bare{kind: KindDecimal, num: thousandths} }

// String returns a string. Strict printing requires bytes 0x20 to 0x7e.
func String(s string) Bare { return Bare{kind: KindString, text: s} }

// Token returns a token.
func Token(s string) Bare { return Bare{kind: KindToken, text: s} }

// Bytes returns a byte sequence; b is copied.
func Bytes(b []byte) Bare { return Bare{kind: KindBytes, text: string(b)} }

// Boolean returns a truth value.
func Boolean(v bool) Bare {
	b := Bare{kind: KindBoolean}
	if v {
		b.num = 1
	}
	return b
}

// Date returns a moment in seconds since 1970 (RFC 9651, 3.3.7).
func Date(unixSeconds int64) Bare { return Bare{kind: KindDate, num: unixSeconds} }

// Display returns a display string: UTF-8 text (RFC 9651, 3.3.8).
func Display(s string) Bare { return Bare{kind: KindDisplay, text: s} }

// Kind returns the type of b.
func (b Bare) Kind() Kind { return b.kind }

// Text returns the content of a string, token or display string, or the raw
// bytes of a byte sequence; it is empty for other kinds.
func (b Bare) Text() string { return b.text }

// Int returns the value of an integer, the seconds of a date, or a decimal in
// thousandths; it is 0 for other kinds.
func (b Bare) Int() int64 {
	if b.kind == KindBoolean {
		return 0
	}
	return b.num
}

// Bool reports whether b is the boolean true.
func (b Bare) Bool() bool { return b.kind == KindBoolean && b.num == 1 }

// Float returns the value of an integer or decimal as a float.
func (b Bare) Float() float64 {
	switch b.kind {
	case KindInteger:
		return float64(b.num)
	case KindDecimal:
		return float64(b.num) / 1000
	}
	return 0
}
