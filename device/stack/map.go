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
		var o *ao.Outcome
		switch {
		case err == nil:
			b.Set(place, v)
		case !errors.As(err, &o):
			return nil, s.blame(seen, place, err)
		}
	}
	return b.Message(), nil
}
