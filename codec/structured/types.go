package structured

import (
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

// scalarType returns the name of the type of a typed scalar (spec 01, 4.2), or
// "" for any other value.
func scalarType(v message.Value) string {
	switch v.(type) {
	case message.Int, *message.Big:
		return "integer"
	case message.Float:
		return "float"
	case message.Atom:
		return "atom"
	}
	return ""
}

// encodeScalar returns the text of a typed scalar, and false for any other
// value.
func encodeScalar(v message.Value) (text string, ok bool) {
	switch x := v.(type) {
	case message.Int:
		return x.String(), true
	case *message.Big:
		return x.String(), true
	case message.Float:
		return FormatFloat(float64(x)), true
	case message.Atom:
		return string(x), true
	}
	return "", false
}

// FormatFloat returns the wire text of a float: 20 decimals in scientific form
// (spec 01, 4.2).
func FormatFloat(f float64) string { return strconv.FormatFloat(f, 'e', 20, 64) }

// AppendType appends one member of ao-types to dst, which holds those before
// it: the key, escaped, and the name of its type.
func AppendType(dst []byte, key, typ string) []byte {
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
