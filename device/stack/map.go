package stack

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// mapped lets every device answer on the base itself, and returns the answers
// of those that did by their places (spec 03, 7.5).
func mapped(c *ao.Call) (message.Value, error) {
	s, err := newStack(c)
	if err != nil {
		return nil, err
	}
	v, _, err := c.Lookup(c.Base, keyStack)
	if err != nil {
		return nil, err
	}
	if l, ok := v.(*message.List); ok {
		v = l.Numbered()
	}
	places, _ := v.(*message.Message)
	b := message.NewBuilder(places.Len())
	for place := range places.All() {
		if place == "path" || place == "hashpath" {
			continue
		}
		seen, err := s.transform(c.Base, place)
		if err != nil {
			return nil, err
		}
		v, err := s.ask(c.Ctx, seen)
		switch {
		case err == nil:
			b.Set(place, v)
		case fatal(err):
			return nil, s.blame(seen, place, err)
		}
	}
	return b.Message(), nil
}

// fatal reports whether an error is more than the answer of one device: a
// fault, or that the devices ask each other without end.
func fatal(err error) bool {
	var o *ao.Outcome
	if !errors.As(err, &o) {
		return true
	}
	m, _ := o.Value.(*message.Message)
	v, _ := m.Get("status")
	return v == message.Value(message.Int(508))
}
