package ao

import "github.com/hyperbeam-go/hyperbeam/message"

// AsMessage is a [Func] that answers a call as message@1.0 does, whatever the
// device of the base is.
func AsMessage(call *Call) (message.Value, error) {
	if run := call.registry.fallback.find(call.Key); run != nil {
		return run(call)
	}
	return Literal(call)
}
