package ao

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// forceMessage turns a result into a message (spec 02, 2.5): literals under
// "body", with "ao-result" saying so.
func forceMessage(v message.Value) message.Value {
	switch x := v.(type) {
	case *message.Message, *message.Resolve, *message.As:
		return v
	case *message.List:
		return x.Numbered()
	}
	return message.Of(message.P("ao-result", message.Binary("body")), message.P("body", v))
}

// forceOutcome forces the value of an outcome when the environment asks for it,
// and removes the hashpath of its message.
func (e *Env) forceOutcome(err error) error {
	var o *Outcome
	if !errors.As(err, &o) {
		return err
	}
	v := o.Value
	if m, ok := v.(*message.Message); ok && m.Private() != nil {
		v = m.WithHashpath(nil)
	}
	if e.force {
		v = forceMessage(v)
		if m, ok := v.(*message.Message); ok && m.Len() == 2 && m.Text("status") == string(o.Status) && m.Has("body") {
			v = m.Set("ao-result", message.Binary("body"))
		}
	}
	if v == o.Value {
		return err
	}
	return &Outcome{o.Status, v}
}
