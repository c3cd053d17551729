// Package cache is the device cache@1.0: the message cache of a node.
package cache

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Name is the name of the device.
const Name = "cache@1.0"

const doc = `Reads and writes the message cache of the node.

Anyone may read: messages by any of their IDs, values inside them, bytes under "data/HASH" and named results. Writing and linking is
for the signers that the option "cache_writers" lists; when it lists none, for the node itself.`

var optWriters = ao.Option{Name: "cache_writers", Default: message.NewList(), Doc: "Addresses that may write to the cache; the node's own when empty."}

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "read", Doc: "What lies at a path of the cache.", Reads: "request: target", Run: read},
			{Name: "write", Doc: "Stores bytes; the answer has their path.", Reads: "request: type (single, batch), body", Run: write},
			{Name: "link", Doc: "Makes a name lead to what is stored.", Reads: "request: source, destination", Run: link},
		},
		Options: []ao.Option{optWriters},
		Examples: []ao.Example{
			{Path: `/~cache@1.0/read&target=nothing`, Answer: "not_found"},
		},
	}
}

// read returns what is stored (spec 02, 22).
func read(c *ao.Call) (message.Value, error) {
	target := c.Request().Text("target")
	if target == "" {
		return nil, fail.New(fail.Invalid, Name+"/read", "the request has no target")
	}
	v, err := c.Cache.Read(c.Ctx, target)
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.TooLarge) {
		return message.NotFound, nil
	}
	if err == nil && c.Request().Text("accept") == aos.ContentType {
		return aos.Document(c.Ctx, c.Codec(), v)
	}
	return v, err
}

// trusted reports whether somebody who may write has signed the given keys of
// the request.
func trusted(c *ao.Call, keys ...string) bool {
	var writers []string
	switch v := optWriters.In(&c.Env).(type) {
	case *message.List:
		writers = texts(v)
	case *message.Message:
		if l, err := v.List(); err == nil {
			writers = texts(l)
		}
	case message.Binary:
		writers = []string{string(v)}
	}
	if len(writers) == 0 && c.Env.Key() != nil {
		writers = []string{c.Address()}
	}
	return c.Approved(c.Ctx, c.Request(), writers, keys...)
}

func texts(l *message.List) []string {
	var out []string
	for _, v := range l.All() {
		if s, ok := v.(message.Binary); ok {
			out = append(out, string(s))
		}
	}
	return out
}

func write(c *ao.Call) (message.Value, error) {
	if !trusted(c, "body", "type") {
		return nil, ao.Refuse(403, "Not authorized to write to the cache.")
	}
	switch c.Request().Text("type") {
	case "", "single":
		return single(c, c.Request())
	case "batch":
		return batch(c)
	}
	return nil, ao.Refuse(400, "Invalid write type.")
}

// single stores the body of one write.
func single(c *ao.Call, w *message.Message) (message.Value, error) {
	v, ok, err := c.Lookup(w, "body")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ao.Refuse(400, "No body to write.")
	}
	data, ok := v.(message.Binary)
	if !ok {
		return nil, ao.Refuse(400, "Invalid write type.")
	}
	p, err := c.Cache.Write(c.Ctx, data, store.Durable)
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("status", message.Int(200)), message.P("path", message.Binary(p))), nil
}

// batch stores the bodies of several writes and returns their answers by the
// same keys. What is refused does not keep the others from being stored.
func batch(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	writes, ok := v.(*message.Message)
	if !ok {
		return nil, ao.Refuse(400, "No body to write.")
	}
	b := message.NewBuilder(writes.Len())
	for k := range writes.All() {
		v, _, err := c.Lookup(writes, k)
		if err != nil {
			return nil, err
		}
		w, ok := v.(*message.Message)
		if !ok {
			w = message.Of(message.P("body", v))
		}
		r := ao.ResultOf(single(c, w))
		if r.Err != nil {
			return nil, fail.Wrap(fail.Internal, Name+"/write "+k, r.Err)
		}
		b.Set(k, r.Value)
	}
	return b.Message(), nil
}

func link(c *ao.Call) (message.Value, error) {
	if !trusted(c, "source", "destination") {
		return nil, ao.Refuse(403, "Not authorized to link in the cache.")
	}
	source, destination := c.Request().Text("source"), c.Request().Text("destination")
	if source == "" || destination == "" {
		return nil, ao.Refuse(400, "A link needs source and destination.")
	}
	if err := c.Cache.Link(c.Ctx, source, destination, store.Durable); err != nil {
		return nil, err
	}
	return message.Of(message.P("status", message.Int(200))), nil
}
