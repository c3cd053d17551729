package structured

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// TypesKey holds the type annotations of a TABM (spec 01, 4.3).
const TypesKey = "ao-types"

// listType is the member of ao-types that makes a numbered message a list.
const listType = "."

// encodeScalar returns the text and the type name of a typed scalar (spec 01,
// 4.2), and false for any other value.
func encodeScalar(v message.Value) (text, typ string, ok bool) {
	switch x := v.(type) {
	case message.Int:
		return x.String(), "integer", true
	case *message.Big:
		return x.String(), "integer", true
	case message.Float:
		return FormatFloat(float64(x)), "float", true
	case message.Atom:
		return string(x), "atom", true
	}
	return "", "", false
}

// FormatFloat returns the wire text of a float: 20 decimals in scientific form
// (spec 01, 4.2).
func FormatFloat(f float64) string { return strconv.FormatFloat(f, 'e', 20, 64) }

// appendType appends one member of ao-types.
func appendType(dst []byte, key, typ string) []byte {
	if len(dst) > 0 {
		dst = append(dst, ", "...)
	}
	dst = field.AppendEscape(dst, key)
	dst = append(dst, '=', '"')
	dst = append(dst, typ...)
	return append(dst, '"')
}

// Types parses an ao-types dictionary into type names in lower case, by
// unescaped key.
//
// # Errors
//
// [fail.Invalid] when s is not a dictionary of strings and tokens.
func Types(s string) (map[string]string, error) {
	const op = "structured.Types"
	d, err := field.Lenient.ParseDictionary(s)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "ao-types is not a structured field dictionary: %w", err)
	}
	out := make(map[string]string, len(d))
	for _, e := range d {
		k, err := field.Unescape(e.Key)
		if err != nil {
			return nil, fail.New(fail.Invalid, op, "ao-types: key %q is not percent-encoded: %w", e.Key, err)
		}
		switch e.Value.Kind() {
		case field.KindString, field.KindToken:
			out[k] = strings.ToLower(e.Value.Text())
		default:
			return nil, fail.New(fail.Invalid, op, "ao-types: the type of %q is neither a string nor a token", k)
		}
	}
	return out, nil
}

// DecodeScalar reads text as a value of the named type (spec 01, 4.2):
// integer, float, atom, list, map or binary. Integers may have any number of
// digits, and any token is an atom.
//
// # Errors
//
// [fail.Invalid] when the text is not of the type, [fail.Unsupported] for an
// unknown type.
func DecodeScalar(typ, text string) (message.Value, error) {
	const op = "structured.DecodeScalar"
	bad := func(why string) error {
		return fail.New(fail.Invalid, op, "%.64q is not a value of type %s: %s", text, typ, why)
	}
	switch typ {
	case "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '+' {
			return message.Int(n), nil
		}
		digits, _, _ := strings.Cut(text, ";")
		n, ok := new(big.Int).SetString(digits, 10)
		if !ok || digits[0] == '+' || len(digits) > maxDigits {
			return nil, bad("decimal digits expected")
		}
		return message.Integer(n), nil
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || !strings.Contains(text, ".") || strings.ContainsAny(text, "xX_pP+") && !strings.Contains(text, "e+") || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, bad("digits with a decimal point expected")
		}
		return message.Float(f), nil
	case "atom":
		it, err := field.Lenient.ParseItem(text)
		if err != nil || (it.Value.Kind() != field.KindToken && it.Value.Kind() != field.KindString) {
			return nil, bad("token expected")
		}
		return message.Atom(it.Value.Text()), nil
	case "list":
		return decodeList(text)
	case "map":
		return decodeMap(text)
	case "binary":
		return message.Binary(text), nil
	}
	return nil, fail.New(fail.Unsupported, op, "unknown type %q; known are integer, float, atom, list, map, binary", typ)
}

// maxDigits bounds the digits of an integer, because reading them is not
// linear.
const maxDigits = 100_000

// decodeList reads a structured field list; a string that begins with
// "(ao-type-T) " holds a value of type T (spec 01, 4.2).
func decodeList(text string) (message.Value, error) {
	l, err := field.Lenient.ParseList(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, "structured.DecodeScalar", "not a structured field list: %w", err)
	}
	items := make([]message.Value, len(l))
	for i, m := range l {
		if items[i], err = memberValue(m); err != nil {
			return nil, err
		}
	}
	return message.NewList(items...), nil
}

func decodeMap(text string) (message.Value, error) {
	d, err := field.Lenient.ParseDictionary(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, "structured.DecodeScalar", "not a structured field dictionary: %w", err)
	}
	b := message.NewBuilder(len(d))
	for _, e := range d {
		v, err := memberValue(e.Member)
		if err != nil {
			return nil, err
		}
		b.Set(e.Key, v)
	}
	return b.Message(), nil
}

func memberValue(m field.Member) (message.Value, error) {
	if m.IsInner() {
		items := make([]message.Value, len(m.Inner))
		for i, it := range m.Inner {
			v, err := memberValue(field.Member{Value: it.Value, Params: it.Params})
			if err != nil {
				return nil, err
			}
			items[i] = v
		}
		return message.NewList(items...), nil
	}
	if m.Value.Kind() == field.KindString {
		if rest, ok := strings.CutPrefix(m.Value.Text(), "(ao-type-"); ok {
			if typ, text, ok := strings.Cut(rest, ") "); ok {
				return DecodeScalar(strings.ToLower(typ), text)
			}
		}
	}
	return BareValue(m.Value), nil
}

// BareValue returns the value of a bare item (spec 01, 3.7): integers,
// booleans and tokens as atoms, decimals as floats, strings and bytes as
// binaries.
func BareValue(b field.Bare) message.Value {
	switch b.Kind() {
	case field.KindInteger, field.KindDate:
		return message.Int(b.Int())
	case field.KindDecimal:
		return message.Float(b.Float())
	case field.KindBoolean:
		return message.Bool(b.Bool())
	case field.KindToken:
		return message.Atom(b.Text())
	}
	return message.Binary(b.Text())
}
