// Package cookie reads and writes HTTP cookies as cookie@1.0 does (spec 04,
// 6.2), and is the place in private state where a request's cookies lie.
//
// # Values
//
// The cookies of a request, or those that an answer sets, are a message of name
// to value. A value is text, or a message {value, attributes, flags} of which
// attributes (a message of texts) and flags (a list of texts) may be missing.
//
//	{"k1": {"value": "v1", "attributes": {"Path": "/"}, "flags": ["HttpOnly"]}}
//
// is the line k1="v1"; Path=/; HttpOnly. Cookies are never keys of a message:
// they lie in the private [Slot], which no codec sees.
//
// # Browsers
//
// A browser sends cookies with whatever request a page of anybody makes it send.
// [Arrival] is what the edge knows about that; devices that act for the owner of
// a cookie must ask it.
package cookie

import "github.com/hyperbeam-go/hyperbeam/message"

// Name is the name of the codec's device.
const Name = "cookie@1.0"

// Slot holds the cookies of a message.
var Slot = message.NewSlot[*message.Message]("cookies")

// Of returns the cookies of a message, which may be nil or empty.
func Of(m *message.Message) *message.Message {
	cookies, _ := Slot.In(m)
	return cookies
}

// With returns m with more cookies, which win over those of the same name.
func With(m, cookies *message.Message) *message.Message {
	if cookies.Len() == 0 {
		return m
	}
	return Slot.Set(m, Of(m).Merge(cookies))
}

// Text returns the value of the cookie with a name, and whether there is one.
func Text(cookies *message.Message, name string) (string, bool) {
	v, ok := cookies.Get(name)
	if !ok {
		return "", false
	}
	if m, isMsg := v.(*message.Message); isMsg {
		if v, ok = m.Get(keyValue); !ok {
			return "", false
		}
	}
	return message.Text(v)
}

// Keys of a value with attributes or flags.
const (
	keyValue      = "value"
	keyAttributes = "attributes"
	keyFlags      = "flags"
)

// Full returns the value of a cookie in its long form: all three keys.
func Full(v message.Value) *message.Message {
	out := message.Of(
		message.P(keyValue, message.Binary("")),
		message.P(keyAttributes, message.Empty()),
		message.P(keyFlags, message.NewList()))
	if m, ok := v.(*message.Message); ok {
		return out.Merge(m)
	}
	return out.Set(keyValue, v)
}
