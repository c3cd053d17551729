// Package stack is the device stack@1.0: one message, several devices.
package stack

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "stack@1.0"

const doc = `Answers a key by several devices, one after the other, as if they were one.

The devices are listed under "device-stack". In the mode "Fold", the default, the base goes through them in order: each answers the
key on the result of the one before. A device that does not know the key is passed over. A result that is not a message is the
answer at once. A device may end the pass with the status "skip", or begin a new pass over all devices with the status "pass";
"pass" in the message counts the passes. In the mode "Map" every device answers on the base itself, and the answer is a message of
those that did.

While a device is at work the message shows it as "device", its place in the stack as "device-key", and the prefixes meant for it:
"input-prefixes" and "output-prefixes" hold one for each place, which the device finds as "input-prefix" and "output-prefix".

An error of one device ends the computation and says which place, device and key it came from.`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{
				Name:  keyTransform,
				Doc:   "The base as each single device of the stack sees it: transform/PLACE/KEY.",
				Reads: "base: device-stack, input-prefixes, output-prefixes",
			},
		},
		Handler:  handle,
		Excludes: []string{"set", "keys"},
		Examples: []ao.Example{
			{Path: `/~stack@1.0&device-stack=(~message@1.0&1=message@1.0)&v=5/v`, Answer: "5"},
		},
	}
}

// Keys that the device reads and sets.
const (
	keyTransform = "transform"

	keyDevice   = "device"
	keyStack    = "device-stack"
	keyKeys     = "stack-keys"
	keyPlace    = "device-key"
	keyMode     = "mode"
	keyPass     = "pass"
	keyPrevious = "previous-device"
)

// transforming marks the message that "transform" answers with: its keys are
// the places of the stack.
var transforming = message.NewSlot[bool]("stack@1.0 transform")

// handle answers every key (spec 03, 7.1).
func handle(c *ao.Call) (message.Value, error) {
	if _, ok := transforming.In(c.Base); ok {
		return place(c)
	}
	ours, err := stacked(c)
	switch {
	case err != nil:
		return nil, err
	case !ours:
		return ao.AsMessage(c)
	case c.Key == keyTransform:
		return transforming.Set(c.Base, true), nil
	}
	mode, err := modeOf(c)
	if err != nil {
		return nil, err
	}
	if mode == "Map" {
		return mapped(c)
	}
	return fold(c)
}

// place answers with the base as the device at a place sees it.
func place(c *ao.Call) (message.Value, error) {
	s, err := newStack(c)
	if err != nil {
		return nil, err
	}
	m, err := s.transform(transforming.Clear(c.Base), c.Key)
	if m == nil && err == nil {
		return nil, ao.Missing
	}
	return m, err
}

// stacked reports whether the stack answers the key: all are, unless
// "stack-keys" lists those that are.
func stacked(c *ao.Call) (bool, error) {
	v, ok, err := c.Lookup(c.Base, keyKeys)
	if err != nil || !ok {
		return true, err
	}
	if m, isMsg := v.(*message.Message); isMsg {
		if v, err = m.List(); err != nil {
			return false, err
		}
	}
	l, _ := v.(*message.List)
	if l == nil {
		l = message.NewList(v)
	}
	for _, k := range l.All() {
		if name, ok := message.NormalizeKey(k); ok && name == c.Key {
			return true, nil
		}
	}
	return false, nil
}

// modeOf returns the mode of the request, else of the base (spec 03, 7.2).
func modeOf(c *ao.Call) (string, error) {
	for _, m := range []*message.Message{c.Request(), c.Base} {
		v, ok, err := c.Lookup(m, keyMode)
		if err != nil {
			return "", err
		}
		if ok {
			s, _ := message.Text(v)
			return s, nil
		}
	}
	return "", nil
}
