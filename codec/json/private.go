package json

import (
	"github.com/hyperbeam-go/hyperbeam/message"
)

// withoutPrivate returns v with every list emptied that holds a text beginning
// with "priv", as the reference strips private keys. Messages cannot
// hold private keys.
func withoutPrivate(v message.Value, depth int) message.Value {
	if depth == 0 {
		return v
	}
	switch x := v.(type) {
	case *message.Message:
		out := x
		for k, e := range x.All() {
			if n := withoutPrivate(e, depth-1); n != e && isNested(e) {
				out = out.Set(k, n)
			}
		}
		return out
	case *message.List:
		for _, e := range x.All() {
			if s, ok := message.Text(e); ok && message.IsPrivate(s) {
				return message.NewList()
			}
		}
	}
	return v
}
