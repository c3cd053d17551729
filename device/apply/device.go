// Package apply is the device apply@1.0: computations named by data.
package apply

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "apply@1.0"

const doc = `Executes paths that are found in messages.

A key is the place of a path: its value, in the request or else the base, is resolved on the base. So a message
{device: apply@1.0, body: "/~meta@1.0/info"} answers "body" with the information of the node. With "source" the path is resolved on
what that names instead. Instead of a path there may be a whole request, {path: "/test-key", test-key: "DATA"}, or a sequence of messages.

"pair" resolves one message on another: "base" and "request" name where they are. A request that has both of these keys makes any
other key such a pair, and the key is what is asked for.

Names are paths: "base:x" in the base, "request:x" or "req:x" in the request, "base:" and "request:" the whole of them, and any other
in the request first, then in the base.`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "pair", Doc: "The result of one message resolved on another.", Reads: "request, base: base, request", Run: pairKey},
		},
		Default:  other,
		Excludes: []string{"keys", "set", "set-path", "remove"},
		Examples: []ao.Example{
			{Path: `/~apply@1.0&body="/~message@1.0&v=7/v"/body`, Answer: "7"},
		},
	}
}

func pairKey(c *ao.Call) (message.Value, error) { return pair(c, "") }

// other answers every key that is not in the table (spec 03, 8.3).
func other(c *ao.Call) (message.Value, error) {
	if c.Request().Has("base") && c.Request().Has("request") {
		return pair(c, c.Key)
	}
	return eval(c)
}

// eval resolves the path that lies under the key. What lies there may also be a
// whole request, a message with a path of its own, or a sequence of messages.
func eval(c *ao.Call) (message.Value, error) {
	on := c.Base.Without("device")
	source, ok, err := named(c, "source")
	if err != nil {
		return nil, err
	}
	if ok {
		v, found, err := find(c, source, on)
		if err != nil {
			return nil, err
		}
		m, isMsg := v.(*message.Message)
		if !found || !isMsg {
			return nil, refuse("Source path `" + source + "` to apply not found.")
		}
		on = m
	}
	p, ok, err := find(c, c.Key, on)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("Path `" + c.Key + "` to execute not found.")}
	}
	switch x := p.(type) {
	case *message.Message:
		return c.ResolveRequest(c.Ctx, x.WithPrivate(nil))
	case *message.List:
		seq := make([]message.Value, 0, x.Len())
		for _, e := range x.All() {
			seq = append(seq, e)
		}
		return c.Run(c.Ctx, seq)
	}
	return c.ResolveRequest(c.Ctx, on.Set(path.Key, p))
}

// pair resolves the message that "request" names on that which "base" names. A
// key that is not empty is what is asked for.
func pair(c *ao.Call, key string) (message.Value, error) {
	base, err := side(c, "base")
	if err != nil {
		return nil, err
	}
	req, err := side(c, "request")
	if err != nil {
		return nil, err
	}
	if key != "" {
		m, ok := req.(*message.Message)
		if !ok {
			return nil, refuse("Path `request` is invalid.")
		}
		req = m.Set(path.Key, message.Binary(key))
	}
	return c.Resolve(c.Ctx, base, req)
}

// side returns what the name under a key leads to.
func side(c *ao.Call, key string) (message.Value, error) {
	name, ok, err := named(c, key)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, refuse("Path `" + key + "` to apply not found.")
	}
	v, ok, err := find(c, name, c.Base)
	if err == nil && !ok {
		err = refuse("Path `" + name + "` to apply not found.")
	}
	return v, err
}

func refuse(body string) error { return ao.Refuse(400, body) }
