package ao

import "github.com/hyperbeam-go/hyperbeam/message"

var confidentialSlot = message.NewSlot[bool]("confidential")

// Confidential returns m, and the messages in it, marked as holding secrets:
// they, and results of resolving on them, are never stored, whatever cache
// control says. The edge sends a marked result whole instead of storing parts of
// it behind links, and does not keep its reply.
func Confidential(m *message.Message) *message.Message {
	for k, v := range m.All() {
		if nested, ok := v.(*message.Message); ok && k != message.CommitmentsKey {
			m = m.Set(k, Confidential(nested))
		}
	}
	return confidentialSlot.Set(m, true)
}

// IsConfidential reports whether m is marked by [Confidential].
func IsConfidential(m *message.Message) bool {
	marked, _ := confidentialSlot.In(m)
	return marked
}

// secretive reports whether storing m would store a secret: it is marked, or has
// a key that carries one.
func secretive(m *message.Message) bool {
	return IsConfidential(m) || m.Has("authorization") || m.Has("secret")
}
