package message

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
)

// ParseTyped reads text as a value of the named type (spec 01, 4.2):
// integer, float, atom, list, map or binary. Integers may have any number of
// digits, and any token is an atom.
//
// # Errors
//
// [fail.Invalid] when the text is not of the type, [fail.Unsupported] for an
// unknown type.
func ParseTyped(typ, text string) (Value, error) {
	const op = "message.ParseTyped"
	bad := func(why string) error {
		return fail.New(fail.Invalid, op, "%.64q is not a value of type %s: %s", text, typ, why)
	}
	switch typ {
	case "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '+' {
			return Int(n), nil
		}
		digits, _, _ := strings.Cut(text, ";")
		if digits == "" || digits[0] == '+' || len(digits) > maxDigits {
			return nil, bad("decimal digits expected")
		}
		n, ok := new(big.Int).SetString(digits, 10)
		if !ok {
			return nil, bad("decimal digits expected")
		}
		return Integer(n), nil
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || !strings.Contains(text, ".") || strings.ContainsAny(text, "xX_pP+") && !strings.Contains(text, "e+") || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, bad("digits with a decimal point expected")
		}
		return Float(f), nil
	case "atom":
		it, err := field.Lenient.ParseItem(text)
		if err != nil || (it.Value.Kind() != field.KindToken && it.Value.Kind() != field.KindString) {
			return nil, bad("token expected")
		}
		return Atom(it.Value.Text()), nil
	case "list":
		return decodeList(text)
	case "map":
		return decodeMap(text)
	case "binary":
		return Binary(text), nil
	}
	return nil, fail.New(fail.Unsupported, op, "unknown type %q; known are integer, float, atom, list, map, binary", typ)
}

// maxDigits bounds the digits of an integer, because reading them is not
// linear.
const maxDigits = 100_000

// decodeList reads a structured field list; a string that begins with
// "(ao-type-T) " holds a value of type T (spec 01, 4.2).
func decodeList(text string) (Value, error) {
	l, err := field.Lenient.ParseList(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, "message.ParseTyped", "not a structured field list: %w", err)
	}
	items := make([]Value, len(l))
	for i, m := range l {
		if items[i], err = memberValue(m); err != nil {
			return nil, err
		}
	}
	return NewList(items...), nil
}

func decodeMap(text string) (Value, error) {
	d, err := field.Lenient.ParseDictionary(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, "message.ParseTyped", "not a structured field dictionary: %w", err)
	}
	b := NewBuilder(len(d))
	for _, e := range d {
		v, err := memberValue(e.Member)
		if err != nil {
			return nil, err
		}
		b.Set(e.Key, v)
	}
	return b.Message(), nil
}

func memberValue(m field.Member) (Value, error) {
	if m.IsInner() {
		items := make([]Value, len(m.Inner))
		for i, it := range m.Inner {
			v, err := memberValue(field.Member{Value: it.Value, Params: it.Params})
			if err != nil {
				return nil, err
			}
			items[i] = v
		}
		return NewList(items...), nil
	}
	if m.Value.Kind() == field.KindString {
		if rest, ok := strings.CutPrefix(m.Value.Text(), "(ao-type-"); ok {
			if typ, text, ok := strings.Cut(rest, ") "); ok {
				return ParseTyped(strings.ToLower(typ), text)
			}
		}
	}
	return BareValue(m.Value), nil
}

// BareValue returns the value of a bare item (spec 01, 3.7): integers,
// booleans and tokens as atoms, decimals as floats, strings and bytes as
// binaries.
func BareValue(b field.Bare) Value {
	switch b.Kind() {
	case field.KindInteger, field.KindDate:
		return Int(b.Int())
	case field.KindDecimal:
		return Float(b.Float())
	case field.KindBoolean:
		return Bool(b.Bool())
	case field.KindToken:
		return Atom(b.Text())
	}
	return Binary(b.Text())
}
