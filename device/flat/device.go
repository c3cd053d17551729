// Package flat is the device flat@1.0: messages as lines of paths and values.
package flat

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const doc = `Writes messages as lines "path: value" and reads such lines as messages.

It is the form of simple configuration files: "a/b: v" is the value v under b in the message a. Values are texts; types stand in
"ao-types" lines.`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: flat.Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "serialize", Doc: "The base as lines of text, nested messages included.", Reads: "base", Run: serialize},
			{Name: "deserialize", Doc: "The message that a text of the base describes.", Reads: "request: target, default body", Run: deserialize},
		},
		Examples: []ao.Example{
			{Path: `/~flat@1.0&a=1/serialize`, Answer: "a: 1\n"},
		},
	}
}

// serialize writes the base (spec 01, 11).
func serialize(c *ao.Call) (message.Value, error) {
	tabm, err := structured.Bundle(c.Ctx, c.Codec(), c.Base.Without("device", message.CommitmentsKey))
	if err != nil {
		return nil, err
	}
	v, err := flat.Codec{}.Encode(c.Ctx, c.Codec(), tabm, codec.Options{})
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	text, err := flat.Format(m)
	return message.Binary(text), err
}

// deserialize reads a text of the base.
func deserialize(c *ao.Call) (message.Value, error) {
	target := c.Request().Text("target")
	if target == "" {
		target = "body"
	}
	v, _, err := c.LookupPath(c.Base, message.Parts(target))
	if err != nil {
		return nil, err
	}
	text, ok := v.(message.Binary)
	if !ok {
		return nil, fail.New(fail.NotFound, flat.Name+"/deserialize", "the base has no text under %.64q", target)
	}
	return flat.Parse(string(text))
}
