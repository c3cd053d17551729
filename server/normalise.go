package server

import (
	"net"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// normalise gives a decoded message what every request has (spec 02, 11.6).
// Keys that are committed stay as they are.
func (s *Server) normalise(m *message.Message, w *wire, set *settings) *message.Message {
	var committed []string
	if c := m.Commitments(); c != nil {
		committed = m.Committed(c.Keys(), false)
	}
	signed := func(key string) bool { return slices.Contains(committed, key) }
	m = s.withArrival(takeCookies(m, w), w, set)
	if !signed("method") {
		m = m.Set("method", message.Binary(w.method))
	}
	if !m.Has(path.Key) {
		p, ok := w.fields.Get(path.Key)
		if !ok {
			p = message.Binary(w.target)
		}
		m = m.Set(path.Key, p)
	}
	m = withDefault(m, w, "accept-bundle", message.False)
	m = withDefault(m, w, "accept", message.Binary("*/*"))
	for _, k := range set.filter {
		if !signed(k) {
			m = m.Without(k)
		}
	}
	if m.Text("body") == "" && !signed("body") {
		if b, isText := m.Get("body"); isText && b == message.Value(message.Binary("")) {
			m = m.Without("body")
		}
	}
	return s.withPeer(m, w, signed("ao-peer-port"), set)
}

// withDefault sets a key that the message lacks from query, header or default.
func withDefault(m *message.Message, w *wire, key string, otherwise message.Value) *message.Message {
	if m.Has(key) {
		return m
	}
	if v, ok := w.header(key); ok {
		otherwise = v
	}
	return m.Set(key, otherwise)
}

// withPeer notes the address of a peer that says on which port it serves.
func (s *Server) withPeer(m *message.Message, w *wire, signed bool, set *settings) *message.Message {
	port, ok := m.Get("ao-peer-port")
	if !ok {
		return m
	}
	text, _ := message.Text(port)
	ip := w.peer
	if real := w.fields.Text("x-real-ip"); real != "" && s.trusts(w.peer, set) && net.ParseIP(real) != nil {
		ip = real
	}
	if n, isInt := message.AsInt(message.Binary(text)); isInt && n > 0 && n < 1<<16 && ip != "" {
		m = m.Set("ao-peer", message.Binary(net.JoinHostPort(ip, text)))
	}
	if !signed {
		m = m.Without("ao-peer-port")
	}
	return m
}

// trusts reports whether a peer may speak for others (SEC-22).
func (s *Server) trusts(peer string, set *settings) bool {
	if s.opt.TrustedProxies != nil {
		return s.opt.TrustedProxies(peer)
	}
	return set.trustProxy
}
