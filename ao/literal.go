package ao

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// literal reads a key of a message: exactly, else in lower case (spec 02, 3.7).
func (e *Env) literal(ctx context.Context, m *message.Message, key string) (message.Value, error) {
	v, ok := m.Get(key)
	if !ok {
		if v, ok = m.Get(strings.ToLower(key)); !ok {
			return nil, Missing
		}
	}
	if _, isLink := v.(message.Link); isLink {
		return message.Loaded(ctx, e.Cache, v)
	}
	return v, nil
}

// Literal is the function of a device that reads the key of the base as it
// stands: the default of message@1.0.
func Literal(call *Call) (message.Value, error) {
	return call.literal(call.Ctx, call.Base, call.Key)
}
