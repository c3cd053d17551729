// Package json is the device json@1.0: messages as JSON text and back.
package json

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const doc = `Writes messages as JSON and reads JSON as messages.

Atoms, also true, false and null, are written as strings that "ao-types" marks; nested messages are written as links, or embedded
when the request has "bundle". Reading gives the message in its wire form: numbers and literals as texts with "ao-types", nested
objects and arrays as links to what is stored in the cache.`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: json.Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "serialize", Doc: "The base as JSON: content-type and body.", Reads: "request: bundle", Run: serialize},
			{Name: "deserialize", Doc: "The message that a JSON text of the base describes.", Reads: "request: target, default body", Run: deserialize},
			{Name: "content_type", Doc: "The media type of JSON.", Run: contentType},
		},
		Examples: []ao.Example{
			{Path: `/~json@1.0&a+integer=1/serialize/body`, Answer: "{\"a\":1,\"device\":\"json@1.0\"}"},
			{Path: `/~json@1.0&body="{}"/deserialize`, Answer: "{}"},
		},
	}
}

func contentType(*ao.Call) (message.Value, error) { return message.Binary(json.ContentType), nil }

// serialize writes the base (spec 01, 12.1).
func serialize(c *ao.Call) (message.Value, error) {
	bundle, err := c.Arg("bundle")
	if err != nil {
		return nil, err
	}
	text, err := json.Encode(c.Ctx, c.Codec(), c.Base, codec.Options{Bundle: message.IsTrue(bundle)})
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("content-type", message.Binary(json.ContentType)),
		message.P("body", message.Binary(text))), nil
}

// deserialize reads a text of the base (spec 01, 12.2).
func deserialize(c *ao.Call) (message.Value, error) {
	target := "body"
	if v, err := c.Arg("target"); err != nil {
		return nil, err
	} else if s, ok := message.NormalizeKey(v); v != nil && ok {
		target = s
	}
	v, ok, err := c.LookupPath(c.Base, message.Parts(target))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ao.Refuse(404, "JSON payload not found in the base message.Searched for: "+target)
	}
	if m, ok := v.(*message.Message); ok {
		return m, nil
	}
	text, ok := v.(message.Binary)
	if !ok {
		return nil, ao.Refuse(400, json.Name+": "+target+" is not a text.")
	}
	rich, err := json.Decode(string(text))
	if err != nil {
		return nil, err
	}
	switch rich.(type) {
	case *message.Message, *message.List, message.Binary:
		return c.Offload(rich)
	}
	return nil, ao.Refuse(400, json.Name+": a message is an object, an array or a string, not a bare number or literal.")
}
