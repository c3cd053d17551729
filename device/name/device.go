// Package name is the device name@1.0: names that resolvers know.
package name

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "name@1.0"

const doc = `Finds what a name stands for: every key is a name.

The messages in the option "name_resolvers" are asked in order, each with {path: lookup, key: NAME}, until one knows the name. The
message that its answer leads to is the result, or the answer itself when the request has load=false.`

var optResolvers = ao.Option{Name: "name_resolvers", Default: message.NewList(), Doc: "Messages that are asked for names, in order."}

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name:     Name,
		Doc:      doc,
		Default:  find,
		Excludes: []string{"keys", "set"},
		Options:  []ao.Option{optResolvers},
		Examples: []ao.Example{
			{Path: `/~name@1.0/nobody`, Answer: "not_found"},
		},
	}
}

// find asks the resolvers for a name (spec 04, 5.1).
func find(c *ao.Call) (message.Value, error) {
	resolvers, _ := optResolvers.In(&c.Env).(*message.List)
	if m, ok := optResolvers.In(&c.Env).(*message.Message); ok {
		l, err := m.List()
		if err != nil {
			return nil, fail.New(fail.Invalid, Name, "option name_resolvers: %w", err)
		}
		resolvers = l
	}
	if resolvers == nil {
		resolvers = message.NewList()
	}
	req := message.Of(message.P(path.Key, message.Binary("lookup")), message.P("key", message.Binary(c.Key)))
	for _, r := range resolvers.All() {
		v, err := c.Internal().Resolve(c.Ctx, r, req)
		var o *ao.Outcome
		switch {
		case errors.As(err, &o):
		case err != nil:
			return nil, err
		case v != message.Value(message.NotFound):
			return load(c, v)
		}
	}
	return message.NotFound, nil
}

// load returns what the answer of a resolver leads to.
func load(c *ao.Call, v message.Value) (message.Value, error) {
	want, err := c.Arg("load")
	if err != nil {
		return nil, err
	}
	if s, ok := message.Text(want); want != nil && ok && s == "false" {
		return v, nil
	}
	p, ok := v.(message.Binary)
	if !ok {
		return v, nil
	}
	v, err = c.Cache.Read(c.Ctx, string(p))
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.TooLarge) {
		return message.NotFound, nil
	}
	return v, err
}
