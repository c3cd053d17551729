package ao

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Get resolves a path on m for internal use and returns its value, or false
// when it is not there (spec 02, 4.1).
//
// # Errors
//
// Faults, and outcomes with another status than "error" and "not_found".
func (e *Env) Get(ctx context.Context, m message.Value, p string) (message.Value, bool, error) {
	v, err := e.Internal().ResolvePath(ctx, m, p)
	switch {
	case err == nil:
		return v, v != message.Value(message.NotFound), nil
	case AsMissing(err):
		return nil, false, nil
	}
	if o, ok := err.(*Outcome); ok && o.Status == Failed {
		return nil, false, nil
	}
	return nil, false, err
}

// Set sets one key of m through the device of m, which decides what that means
// (spec 02, 4.3).
//
// # Errors
//
// Those of the device's "set".
func (e *Env) Set(ctx context.Context, m *message.Message, key string, v message.Value) (*message.Message, error) {
	req := message.Of(message.P(path.Key, message.Binary("set")), message.P(key, v))
	if key == path.Key {
		req = message.Of(message.P(path.Key, message.Binary("set_path")), message.P("value", v))
	}
	out, err := e.Internal().Resolve(ctx, m, req)
	if err != nil {
		return nil, err
	}
	set, ok := out.(*message.Message)
	if !ok {
		return nil, Missing
	}
	return set, nil
}
