package cookie

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// MaxCookies bounds the cookies that are read from one line or message. What
// comes after them is left out, as browsers do.
const MaxCookies = 512

// Parse reads the value of a "cookie" header field: name=value, separated by
// semicolons outside quotes and parentheses (spec 04, 6.2.3). Pieces without
// "=" are left out.
func Parse(line string) *message.Message {
	b := message.NewBuilder(4)
	n := 0
	for _, piece := range split(line) {
		name, value, ok := strings.Cut(strings.TrimLeft(piece, " "), "=")
		if !ok || message.IsPrivate(name) {
			continue
		}
		if n++; n > MaxCookies {
			break
		}
		b.Set(name, message.Binary(plain(value)))
	}
	return b.Message()
}

// ParseSet reads the value of a "set-cookie" header field (spec 04, 6.2.4). ok
// is false when the line names no cookie.
func ParseSet(line string) (name string, value message.Value, ok bool) {
	first, rest, more := cutUnquoted(line)
	name, text, ok := strings.Cut(first, "=")
	name = strings.TrimSpace(name)
	if !ok || message.IsPrivate(name) {
		return "", nil, false
	}
	attributes := message.NewBuilder(4)
	var flags []string
	found := false
	for n := 0; more && n < MaxCookies; n++ {
		var piece string
		piece, rest, more = cutUnquoted(rest)
		key, v, isAttribute := strings.Cut(piece, "=")
		key = strings.TrimSpace(key)
		switch {
		case isAttribute && !message.IsPrivate(key):
			attributes.Set(key, message.Binary(unquote(strings.TrimSpace(v))))
			found = true
		case !isAttribute && key != "":
			flags = append(flags, key)
		}
	}
	value = message.Binary(plain(text))
	if !found && len(flags) == 0 {
		return name, value, true
	}
	out := message.Of(message.P(keyValue, value))
	if found {
		out = out.Set(keyAttributes, attributes.Message())
	}
	if len(flags) > 0 {
		slices.Sort(flags)
		for i, f := range flags {
			flags[i] = unquote(f)
		}
		out = out.Set(keyFlags, message.Strings(flags))
	}
	return name, out, true
}

// Extract returns the cookies of a message and the message without the keys
// that carried them: those of the key "cookie", of "set-cookie", and of the
// private slot, of which the later win (spec 04, 6.2.2).
func Extract(m *message.Message) (cookies, rest *message.Message) {
	cookies = message.Empty()
	for _, line := range lines(m, "cookie") {
		cookies = cookies.Merge(Parse(line))
	}
	for _, line := range lines(m, "set-cookie") {
		if name, v, ok := ParseSet(line); ok {
			cookies = cookies.Set(name, v)
		}
	}
	return cookies.Merge(Of(m)), Slot.Clear(m.Without("cookie", "set-cookie"))
}

// lines returns the texts under a key that holds one or a list of them.
func lines(m *message.Message, key string) []string {
	v, _ := m.Get(key)
	return Lines(v)
}

// Lines returns the texts of a value that is a text, or a list or numbered
// message of them.
func Lines(v message.Value) []string {
	if text, ok := message.Text(v); ok {
		return []string{text}
	}
	if m, ok := v.(*message.Message); ok {
		l, err := m.List()
		if err != nil {
			return nil
		}
		v = l
	}
	l, ok := v.(*message.List)
	if !ok {
		return nil
	}
	var out []string
	for _, e := range l.All() {
		if text, ok := message.Text(e); ok && len(out) < MaxCookies {
			out = append(out, text)
		}
	}
	return out
}

// split cuts a line at semicolons that are in neither quotes nor parentheses.
// Quotes and parentheses that are never closed are ordinary text: else one
// cookie could swallow those after it.
func split(line string) []string {
	var out []string
	start := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"', '(':
			if end := closing(line[i:]); end > 0 {
				i += end
			}
		case ';':
			out = append(out, line[start:i])
			start = i + 1
		}
		if len(out) > MaxCookies {
			return out
		}
	}
	return append(out, line[start:])
}

// closing returns the index of what closes the quote or parenthesis that s
// begins with, or 0 when nothing does.
func closing(s string) int {
	depth := 0
	quoted := false
	for i := 0; i < len(s) && i < maxQuoted; i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if depth == 0 && !quoted {
			return i
		}
	}
	return 0
}

// maxQuoted bounds the bytes in which an end of quotes is looked for: what
// browsers take for one cookie.
const maxQuoted = 16 << 10

// cutUnquoted cuts a line at its first semicolon outside quotes.
func cutUnquoted(line string) (before, after string, found bool) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			if end := closing(line[i:]); end > 0 {
				i += end
			}
		case ';':
			return line[:i], line[i+1:], true
		}
	}
	return line, "", false
}

// unquote returns what is between the quotes that s begins with; pairs of a
// backslash and another byte stay as they are (spec 04, 6.2.5). Any other text
// is itself.
func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i]
		}
	}
	return s[1:]
}

// plain returns the value that a text in a cookie stands for: unquoted and
// percent-decoded, unless the encoding is broken.
func plain(s string) string {
	s = unquote(s)
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}
