// Package hook is the device hook@1.0: what is called when.
package hook

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "hook@1.0"

const doc = `Tells which handlers a hook of the node has.

The option "on" has a handler, or a list of them, for each hook: "start" when the node starts, "request" before a request is
executed, "step" after every step of a resolution, "response" before the answer is sent; devices may raise others. A handler is a
message with a device. It is asked with the input of the hook, its "path" (the name of the hook when it has none) being the key. Its
answer is the input of the next handler, and any status but "ok" ends the hook. Under "hook" a handler may have "result" ("return",
"ignore" or "error") and "commit-request", which has the node sign what it asks. docs/hooks.md has the order of all positions.

    curl -H 'accept: application/json' 'http://localhost:8734/~hook@1.0/find?body=request'
    # 200`

var optOn = ao.Option{Name: "on", Default: message.Empty(), Doc: "Handlers of the hooks."}

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "find", Doc: "The handlers of a hook.", Reads: "request: target, and the key it names, default body", Run: find},
		},
		Options: []ao.Option{optOn},
		Examples: []ao.Example{
			{Path: `/~hook@1.0/find&body=start`, Answer: "[]"},
		},
	}
}

// find lists handlers (spec 02, 9.5).
func find(c *ao.Call) (message.Value, error) {
	target := c.Request().Text("target")
	if target == "" {
		target = "body"
	}
	v, err := c.Arg(target)
	if err != nil {
		return nil, err
	}
	name, ok := message.NormalizeKey(v)
	if v == nil || !ok {
		return nil, fail.New(fail.Invalid, Name+"/find", "the request has no name of a hook under %.64q", target)
	}
	hs, err := c.Handlers(c.Ctx, name)
	if err != nil {
		return nil, err
	}
	out := make([]message.Value, len(hs))
	for i, h := range hs {
		out[i] = h
	}
	return message.NewList(out...), nil
}
