package ao

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Get resolves a path on m for internal use and returns its value, or false
// when it is not there (spec 02, 4.1). A message that is to be seen through
// another device has that device, whatever it says itself.
//
// # Errors
//
// Faults, and outcomes with another status than "error" and "not_found".
func (e *Env) Get(ctx context.Context, m message.Value, p string) (message.Value, bool, error) {
	if as, ok := m.(*message.As); ok {
		in, err := e.castTarget(ctx, as.Message)
		if err != nil {
			return nil, false, err
		}
		m = Assign(in, "device", as.Device)
	}
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

// Set sets the value at a path in m; each message on the way is set through
// its own device, which decides what that means (spec 02, 4.3). Messages merge.
// What is missing on the way is made without asking a device. The path "/"
// merges a message into m.
//
// # Errors
//
// Those of the devices' "set"; [fail.Invalid] when something on the way is not
// a message.
func (e *Env) Set(ctx context.Context, m *message.Message, p string, v message.Value) (*message.Message, error) {
	if strings.IndexByte(p, '/') < 0 {
		return e.setKey(ctx, m, p, v, false)
	}
	keys := message.Parts(p)
	if len(keys) > 0 {
		return e.setPath(ctx, m, keys, v, false)
	}
	changes, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, "ao.Set", "only a message can be set at /")
	}
	return e.deviceSet(ctx, m, changes.Without(path.Key))
}

// setPath sets the value at one or more keys. explicit replaces messages
// instead of merging them.
func (e *Env) setPath(ctx context.Context, m *message.Message, keys []string, v message.Value, explicit bool) (*message.Message, error) {
	if len(keys) == 1 {
		return e.setKey(ctx, m, keys[0], v, explicit)
	}
	old, ok, err := e.Get(ctx, m, keys[0])
	if err != nil {
		return nil, err
	}
	if l, isList := old.(*message.List); isList {
		old = l.Numbered()
	}
	var child *message.Message
	if !ok {
		child, err = message.DeepSet(message.Empty(), keys[1:], v)
	} else if in, isMsg := old.(*message.Message); isMsg {
		child, err = e.setPath(ctx, in, keys[1:], v, false)
	} else {
		err = fail.New(fail.Invalid, "ao.Set", "%q is not a message, cannot set %q in it", keys[0], strings.Join(keys[1:], "/"))
	}
	if err != nil {
		return nil, err
	}
	return e.setKey(ctx, m, keys[0], child, true)
}

// setKey sets one key through the device of m.
func (e *Env) setKey(ctx context.Context, m *message.Message, key string, v message.Value, explicit bool) (*message.Message, error) {
	switch {
	case key == path.Key:
		return e.deviceSet(ctx, m, message.Of(message.P(path.Key, message.Binary("set_path")), message.P("value", v)))
	case explicit:
		return e.deviceSet(ctx, m, message.Of(message.P(key, v), message.P("set-mode", message.Binary("explicit"))))
	}
	return e.deviceSet(ctx, m, message.Of(message.P(key, v)))
}

// deviceSet asks the device of m to set what the changes say.
func (e *Env) deviceSet(ctx context.Context, m, changes *message.Message) (*message.Message, error) {
	if !changes.Has(path.Key) {
		changes = changes.Set(path.Key, message.Binary("set"))
	}
	out, err := e.Internal().Resolve(ctx, m, changes)
	if err != nil {
		return nil, err
	}
	set, ok := out.(*message.Message)
	if !ok {
		return nil, Missing
	}
	return set, nil
}
