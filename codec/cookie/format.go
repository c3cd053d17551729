package cookie

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// FormatSet returns the "set-cookie" lines of cookies, by name: NAME="VALUE",
// attributes by name, then flags in their order (spec 04, 6.2.6). Values are
// written as they are, but for what would end the quotes or the line, which is
// percent-encoded (SEC-13); cookies and attributes that have no form are left
// out.
func FormatSet(cookies *message.Message) []string { return formatSet(cookies, quotable) }

// HeaderLines is [FormatSet] in the characters that browsers keep: what is not
// printable ASCII, and what they would cut a value at, is percent-encoded too.
// [ParseSet] gives back every value.
func HeaderLines(cookies *message.Message) []string { return formatSet(cookies, sendable) }

func formatSet(cookies *message.Message, form func(string) string) []string {
	out := make([]string, 0, cookies.Len())
	for name, v := range cookies.All() {
		if line, ok := formatOne(name, v, form); ok {
			out = append(out, line)
		}
	}
	return out
}

// Format returns cookies as the value of one "cookie" field: NAME="VALUE" joined
// by "; ", without attributes. Values are written as [FormatSet] does.
func Format(cookies *message.Message) string { return format(cookies, quotable) }

// Header is [Format] in the characters that every server keeps.
func Header(cookies *message.Message) string { return format(cookies, sendable) }

func format(cookies *message.Message, form func(string) string) string {
	pairs := make([]string, 0, cookies.Len())
	for name := range cookies.All() {
		if text, ok := Text(cookies, name); ok && validName(name) {
			pairs = append(pairs, name+`="`+form(text)+`"`)
		}
	}
	return strings.Join(pairs, "; ")
}

func formatOne(name string, v message.Value, form func(string) string) (string, bool) {
	full := Full(v)
	text, ok := message.Text(get(full, keyValue))
	if !ok || !validName(name) {
		return "", false
	}
	var b strings.Builder
	b.WriteString(name + `="` + form(text) + `"`)
	for k, a := range full.Message(keyAttributes).All() {
		if t, ok := message.Text(a); ok && validPart(k) && validPart(t) {
			b.WriteString("; " + k + "=" + t)
		}
	}
	for _, f := range Lines(get(full, keyFlags)) {
		if f != "" && validPart(f) {
			b.WriteString("; " + f)
		}
	}
	return b.String(), true
}

func get(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// validName reports whether a cookie may have a name. The empty one is a
// name.
func validName(s string) bool {
	return validPart(s) && !strings.ContainsAny(s, "=, \"")
}

// validPart reports whether a text can be an attribute, its value, or a flag.
func validPart(s string) bool {
	return (s == "" || httpsig.ValidValue(s)) && !strings.Contains(s, ";")
}

// quotable percent-encodes what cannot stand in quotes: control characters, a
// quote, and a backslash that is not half of a pair.
func quotable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && s[i+1] > ' ' && s[i+1] < 0x7f {
			b.WriteString(s[i : i+2])
			i++
			continue
		}
		if c := s[i]; c == '\\' || unquotable(c) {
			percent(&b, c)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// sendable is quotable, and also encodes what a header field or a browser would
// change. A percent sign is encoded when something else is, or when it would be
// read as an encoding.
func sendable(s string) string {
	special := false
	for i := 0; i < len(s) && !special; i++ {
		special = unsendable(s[i]) || escaped(s[i:])
	}
	if !special {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '%' || unsendable(c) {
			percent(&b, c)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unquotable(c byte) bool { return c < ' ' || c == 0x7f || c == '"' }

func unsendable(c byte) bool { return unquotable(c) || c > 0x7f || c == ';' || c == '\\' }

// percent writes a byte percent-encoded.
func percent(b *strings.Builder, c byte) {
	const hex = "0123456789ABCDEF"
	b.WriteByte('%')
	b.WriteByte(hex[c>>4])
	b.WriteByte(hex[c&15])
}

// escaped reports whether s begins with "%" and two hex digits.
func escaped(s string) bool {
	isHex := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}
