package server

import (
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// takeCookies moves the cookies of a request to its private slot, and removes
// the keys that carry them (spec 04, 6.2.9).
func takeCookies(m *message.Message, w *wire) *message.Message {
	m = m.Without("cookie", "set-cookie")
	line := w.fields.Text("cookie")
	if line == "" {
		return m
	}
	if cookies := cookie.Parse(line); cookies.Len() > 0 {
		return cookie.Slot.Set(m, cookies)
	}
	return m
}

// withArrival notes how a request came, unless that is the usual way. It is read
// from the header fields alone: what a page can write into a body or a query
// says nothing.
func (s *Server) withArrival(m *message.Message, w *wire, set *settings) *message.Message {
	secure, host := w.tls, w.fields.Text("host")
	if s.trusts(w.peer, set) {
		secure = secure || w.fields.Text("x-forwarded-proto") == "https"
		if seen := w.fields.Text("x-forwarded-host"); seen != "" {
			host = seen
		}
	}
	a := cookie.Arrival{
		Secure:  secure,
		Foreign: cookie.Foreign(w.fields.Text("sec-fetch-site"), w.fields.Text("origin"), host),
	}
	if a == (cookie.Arrival{}) {
		return m
	}
	return cookie.ArrivalSlot.Set(m, a)
}

// setCookies returns the set-cookie lines of a result that brought cookies of
// its own, and the result without the keys that carried them. Cookies that the
// request had are not sent back.
func setCookies(m *message.Message, req *request) (*message.Message, []string) {
	var lines []string
	for _, line := range cookie.Lines(mustGet(m, "set-cookie")) {
		if httpsig.ValidValue(line) {
			lines = append(lines, line)
		}
	}
	m = m.Without("set-cookie", "cookie")
	had, state := cookie.Of(req.message), cookie.Of(m)
	if state == had {
		return m, lines
	}
	fresh := state
	for name, v := range state.All() {
		if old, ok := had.Get(name); ok && message.Equal(old, v) {
			fresh = fresh.Without(name)
		}
	}
	return m, append(lines, cookie.HeaderLines(fresh)...)
}

// withHookCookies returns the result of a request with the cookies that the
// request hook has given the request. They reach the client whatever the request
// came to, since it would else get others with the next one.
func withHookCookies(m *message.Message, hooked *message.Message) *message.Message {
	given := cookie.Of(hooked)
	if given.Len() == 0 || cookie.Of(m) == given {
		return m
	}
	return cookie.Slot.Set(m, given.Merge(cookie.Of(m)))
}

func mustGet(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// noStore tells proxies and browsers to keep a reply to themselves.
var noStore = []string{"no-store"}
