// Package structured is the device structured@1.0: values in their wire form
// and back.
package structured

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "structured@1.0"

const doc = `Turns typed values into texts with a note of their types, and back.

The wire form of a message has texts only: the types of numbers, atoms and lists stand in "ao-types", and nested messages are links,
or embedded when the request has "bundle". It is what signatures cover and other codecs write.`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "serialize", Doc: "The wire form of the base.", Reads: "request: bundle", Run: serialize},
			{Name: "deserialize", Doc: "The message that the base is the wire form of.", Reads: "base", Run: deserialize},
		},
		Examples: []ao.Example{
			{Path: `/~structured@1.0&a+integer=1/serialize`, Answer: "{\"a\":\"1\",\"ao-types\":\"a=\\\"integer\\\"\"}"},
		},
	}
}

// serialize types the values of the base (spec 01, 4.1). What becomes a link is
// stored, so that the link can be followed.
func serialize(c *ao.Call) (message.Value, error) {
	bundle, err := c.Arg("bundle")
	if err != nil {
		return nil, err
	}
	base := c.Base.Without("device")
	if message.IsTrue(bundle) {
		return structured.Bundle(c.Ctx, c.Codec(), base)
	}
	return c.Offload(base)
}

// deserialize applies the types that the base notes (spec 01, 4.4).
func deserialize(c *ao.Call) (message.Value, error) {
	v, err := structured.FromTABM(c.Base.Without("device"))
	if err != nil {
		return nil, fail.New(fail.KindOf(err), Name+"/deserialize", "the base is not the wire form of a message: %w", err)
	}
	return v, nil
}
