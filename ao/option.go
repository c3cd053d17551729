package ao

import (
	"time"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Option is a node option: a key of the node message with its default, whose
// type is the type of the option, and one line of documentation. Declare one
// per option in the package that reads it and list it in [Device.Options].
type Option struct {
	Name    string // lower case with underscores, as in the reference
	Default message.Value
	Doc     string
}

// In returns the value of the option for a request.
func (o Option) In(e *Env) message.Value {
	if v, ok := e.config.Get(o.Name); ok {
		return v
	}
	return o.Default
}

// Text returns the option as text, "" when it is none.
func (o Option) Text(e *Env) string {
	s, _ := message.Text(o.In(e))
	return s
}

// Int returns the option as an integer, 0 when it is none.
func (o Option) Int(e *Env) int64 {
	n, _ := message.AsInt(o.In(e))
	return n
}

// Bool reports whether the option is true.
func (o Option) Bool(e *Env) bool { return message.IsTrue(o.In(e)) }

// Milliseconds returns an integer option as a duration.
func (o Option) Milliseconds(e *Env) time.Duration {
	return time.Duration(o.Int(e)) * time.Millisecond
}
