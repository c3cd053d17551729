package ao

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Call is one key being resolved: what a device function gets.
type Call struct {
	Env
	Ctx     context.Context
	Key     string           // the key, as the request spells it
	Base    *message.Message // never nil
	request *message.Message // nil for a bare key, until someone asks
}

// Request returns the request message, which has the key as its "path".
func (c *Call) Request() *message.Message {
	if c.request == nil {
		c.request = message.Of(message.P(path.Key, message.Binary(c.Key)))
	}
	return c.request
}

// With returns the call with another base and request, for handing it on.
func (c *Call) With(base, req *message.Message) *Call {
	return &Call{Env: c.Env, Ctx: c.Ctx, Key: c.Key, Base: base, request: req}
}

// Lookup returns the value of a key of m and whether it is there. A link is
// loaded, and what stands for its result in a path is resolved.
func (c *Call) Lookup(m *message.Message, key string) (message.Value, bool, error) {
	v, ok := m.Get(key)
	if !ok {
		return nil, false, nil
	}
	var err error
	switch v.(type) {
	case message.Link:
		v, err = message.Loaded(c.Ctx, c.Cache, v)
	case *message.Resolve, *message.As:
		v, err = c.Run(c.Ctx, []message.Value{v})
	}
	return v, err == nil, err
}

// Arg returns the value of a key of the request, loaded, or nil.
func (c *Call) Arg(key string) (message.Value, error) {
	v, _, err := c.Lookup(c.Request(), key)
	return v, err
}

// Text returns the text of a key of the request, or of the base when the
// request does not have it, or "".
func (c *Call) Text(key string) string {
	for _, m := range []*message.Message{c.Request(), c.Base} {
		if v, ok := m.Get(key); ok {
			if s, ok := message.Text(v); ok {
				return s
			}
		}
	}
	return ""
}

// LookupPath returns what lies at the keys of a path in m, each read as it
// stands whatever the devices of the messages are, and whether it is there.
// Lists count from "1"; links are loaded.
func (c *Call) LookupPath(m *message.Message, keys []string) (message.Value, bool, error) {
	var v message.Value = m
	for _, k := range keys {
		if l, ok := v.(*message.List); ok {
			v = l.Numbered()
		}
		in, _ := v.(*message.Message)
		var ok bool
		var err error
		if v, ok, err = c.Lookup(in, k); err != nil || !ok {
			return nil, false, err
		}
	}
	return v, true, nil
}
