// Package multipass is the device multipass@1.0: several passes of a stack.
package multipass

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "multipass@1.0"

const doc = `Makes a stack run several times for one key.

As the last device of a stack it answers every key with the base: with the status "pass", which begins the next pass, while "pass"
is below "passes", and as the result in the last one. Both count from 1, and 1 is what they are when missing. All keys of the stack
are repeated, also "init" and "snapshot".`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name:     Name,
		Doc:      doc,
		Handler:  handle,
		Excludes: []string{"set", "keys"},
		Examples: []ao.Example{
			{Path: `/~multipass@1.0&passes+integer=2&pass+integer=2/compute`, Answer: "{\"device\":\"multipass@1.0\",\"pass\":2,\"passes\":2}"},
		},
	}
}

// handle answers every key (spec 03, 7.9).
func handle(c *ao.Call) (message.Value, error) {
	pass, err := count(c, "pass")
	if err != nil {
		return nil, err
	}
	passes, err := count(c, "passes")
	if err != nil {
		return nil, err
	}
	if pass < passes {
		return nil, &ao.Outcome{Status: "pass", Value: c.Base}
	}
	return c.Base, nil
}

// count returns a number of the base, 1 when it is missing.
func count(c *ao.Call, key string) (int64, error) {
	v, ok, err := c.Lookup(c.Base, key)
	if err != nil || !ok {
		return 1, err
	}
	n, ok := message.AsInt(v)
	if !ok {
		return 0, ao.Refuse(400, Name+": "+key+" must be an integer.")
	}
	return n, nil
}
