package stack

import (
	"context"
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// stack is a call being answered by several devices.
type stack struct {
	*ao.Call
	env *ao.Env // resolves the key for each device
}

func newStack(c *ao.Call) (*stack, error) {
	if !c.Base.Has(keyStack) {
		return nil, fail.New(fail.Invalid, Name, "the message has no device-stack, so no device can answer %.64q", c.Key)
	}
	return &stack{c, c.WithHashpath(ao.HashpathIgnore)}, nil
}

// prefixes are the pairs of keys that hold the prefix of the device at work,
// that of the one before, and those for all places.
var prefixes = [...]struct{ current, previous, places string }{
	{"input-prefix", "previous-input-prefix", "input-prefixes"},
	{"output-prefix", "previous-output-prefix", "output-prefixes"},
}

// previousDevice is what the reference always leaves under "previous-device":
// it looks the device up on a copy of the message that is a plain message
// (spec 03, 7.6).
const previousDevice = message.Atom("dev_message")

// transform returns m as the device at a place of the stack sees it (spec 03,
// 7.3), or nil when the stack has no such place.
func (s *stack) transform(m *message.Message, place string) (*message.Message, error) {
	dev, err := s.at(m, keyStack, place)
	if err != nil || dev == nil {
		return nil, err
	}
	out := ao.Assign(m, keyDevice, dev)
	out = ao.Assign(out, keyPlace, message.Binary(place))
	out = ao.Assign(out, keyPrevious, previousDevice)
	for _, p := range prefixes {
		if old, ok := m.Get(p.current); ok {
			out = ao.Assign(out, p.previous, old)
		}
		own, err := s.at(m, p.places, place)
		if err != nil {
			return nil, err
		}
		if own != nil {
			out = ao.Assign(out, p.current, own)
		}
	}
	return out, nil
}

// at returns what a list or numbered message under key has at a place, or nil.
func (s *stack) at(m *message.Message, key, place string) (message.Value, error) {
	v, ok, err := s.Lookup(m, key)
	if err != nil || !ok {
		return nil, err
	}
	if l, isList := v.(*message.List); isList {
		v = l.Numbered()
	}
	places, _ := v.(*message.Message)
	v, _, err = s.Lookup(places, place)
	return v, err
}

// ask resolves the key on a transformed message.
func (s *stack) ask(ctx context.Context, m *message.Message) (message.Value, error) {
	return s.env.Resolve(ctx, m, s.Request())
}

// unknown reports whether err says that a device does not know the key.
func unknown(err error) bool {
	var o *ao.Outcome
	return errors.As(err, &o) && o.Status == ao.Failed && o.Value == message.Value(message.NotFound)
}

// blame adds to an error which device of the stack it came from.
func (s *stack) blame(m *message.Message, place string, err error) error {
	v, _ := m.Get(keyDevice)
	device, _ := message.Text(v)
	var o *ao.Outcome
	if !errors.As(err, &o) {
		return fail.New(fail.KindOf(err), Name, "device %s of the stack, %.64s, failed on %.64q: %w", place, device, s.Key, err)
	}
	info, ok := o.Value.(*message.Message)
	if !ok {
		text, _ := message.Text(o.Value)
		info = message.Of(message.P("body", message.Binary(text)))
	}
	return &ao.Outcome{Status: o.Status, Value: info.
		Set("stack-place", message.Binary(place)).
		Set("stack-device", message.Binary(device)).
		Set("stack-key", message.Binary(s.Key))}
}
