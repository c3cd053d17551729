package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// takeCookies moves the cookies of a request to its private slot, and removes
// the keys that carry them (spec 04, 6.2.9).
func (s *Server) takeCookies(m *message.Message, w *wire) *message.Message {
	m = m.Without("cookie", "set-cookie")
	line := w.fields.Text("cookie")
	if line == "" {
		return m
	}
	cookies, err := http.ParseCookie(line)
	if err != nil && len(cookies) == 0 {
		return m
	}
	b := message.NewBuilder(len(cookies))
	for _, c := range cookies {
		value := c.Value
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		b.Set(c.Name, message.Binary(value))
	}
	return s.opt.Cookies.Set(m, b.Message())
}

// withCookies gives an element of a sequence the cookies of the request.
func (s *Server) withCookies(v message.Value, cookies *message.Message) message.Value {
	switch x := v.(type) {
	case *message.Message:
		return s.opt.Cookies.Set(x, cookies)
	case *message.As:
		if m, ok := x.Message.(*message.Message); ok {
			return &message.As{Device: x.Device, Message: s.opt.Cookies.Set(m, cookies)}
		}
	}
	return v
}

// setCookies returns the set-cookie lines of a result that brought cookies of
// its own, and the result without the keys that carried them. Cookies that the
// request had are not sent back.
func (s *Server) setCookies(m *message.Message, req *request) (*message.Message, []string) {
	lines := lineTexts(mustGet(m, "set-cookie"))
	m = m.Without("set-cookie", "cookie")
	had, _ := s.opt.Cookies.In(req.message)
	state, _ := s.opt.Cookies.In(m)
	if state == had {
		return m, lines
	}
	for name, v := range state.All() {
		if old, ok := had.Get(name); ok && message.Equal(old, v) {
			continue
		}
		if line, ok := cookieLine(name, v); ok {
			lines = append(lines, line)
		}
	}
	return m, lines
}

func mustGet(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// lineTexts returns the texts of a value that is one line or a list of them.
func lineTexts(v message.Value) []string {
	var out []string
	if text, ok := message.Text(v); ok {
		if httpsig.ValidValue(text) {
			out = append(out, text)
		}
		return out
	}
	for _, e := range elements(v) {
		out = append(out, lineTexts(e)...)
	}
	return out
}

// cookieLine returns a set-cookie line: NAME="VALUE", attributes by name, then
// flags (spec 04, 6.2.6). What cannot stand in such a line is percent-encoded
// or left out (SEC-13).
func cookieLine(name string, v message.Value) (string, bool) {
	text, isText := message.Text(v)
	attributes, flags := message.Empty(), []string(nil)
	if m, ok := v.(*message.Message); ok {
		text, isText = message.Text(mustGet(m, "value"))
		attributes = m.Message("attributes")
		for _, f := range elements(mustGet(m, "flags")) {
			if t, ok := message.Text(f); ok {
				flags = append(flags, t)
			}
		}
	}
	if !isText || !httpsig.ValidName(name) {
		return "", false
	}
	var b strings.Builder
	b.WriteString(name + `="` + cookieValue(text) + `"`)
	for k, a := range attributes.All() {
		if t, ok := message.Text(a); ok && httpsig.ValidValue(k+t) && !strings.Contains(k+t, ";") {
			b.WriteString("; " + k + "=" + t)
		}
	}
	slices.Sort(flags)
	for _, f := range flags {
		if httpsig.ValidValue(f) && !strings.Contains(f, ";") {
			b.WriteString("; " + f)
		}
	}
	return b.String(), true
}

// cookieValue percent-encodes the bytes that a quoted cookie value cannot hold.
func cookieValue(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == ';' || c == '\\' {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
