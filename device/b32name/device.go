// Package b32name is the device b32-name@1.0: IDs as names of hosts.
package b32name

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "b32-name@1.0"

const doc = `Knows every ID by a name that a host can have: its 32 bytes in base32, 52 letters and digits in lower case.

Host names do not tell capitals from small letters and are at most 63 characters a label, so an ID in base64url cannot be one. As a
resolver of name@1.0 the device makes each message of the node a host of its own, such as
4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya.example.org. "lookup" takes the name under "key"; any other key is a name. "encode"
gives the name of the ID under "key".`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "lookup", Doc: "The ID with a name.", Reads: "request: key", Run: func(c *ao.Call) (message.Value, error) { return find(c.Request().Text("key")) }},
			{Name: "encode", Doc: "The name of an ID.", Reads: "request: key", Run: encode},
		},
		Default:  func(c *ao.Call) (message.Value, error) { return find(c.Key) },
		Excludes: []string{"keys", "set"},
		Examples: []ao.Example{
			{Path: `/~b32-name@1.0/4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya`, Answer: "42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA"},
			{Path: `/~b32-name@1.0/encode&key=42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA`, Answer: "4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya"},
		},
	}
}

func find(name string) (message.Value, error) {
	if i, ok := id.ParseBase32(name); ok {
		return message.Binary(i.String()), nil
	}
	return nil, ao.Missing
}

func encode(c *ao.Call) (message.Value, error) {
	i, err := id.Parse(c.Request().Text("key"))
	if err != nil {
		return nil, fail.New(fail.Invalid, Name+"/encode", "the request has no ID under key")
	}
	return message.Binary(i.Base32()), nil
}
