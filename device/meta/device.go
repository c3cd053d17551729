// Package meta is the device meta@1.0: the node itself as a message.
package meta

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

const doc = `The node as a message: its configuration, and how it was built.

GET info returns the node message: every public option, the address of the node and its identities.
POST info changes options. The request must be signed by the operator, with every option covered; an unclaimed node
takes its operator from the first request that sets one. A node whose option initialized is permanent cannot be changed.
Every change is kept in the node's history, with the signed request that made it: everybody can read and verify who has changed what,
under info/node_history/1 and so on.

    curl http://localhost:8734/~meta@1.0/info/port
    # 8734
    curl http://localhost:8734/~meta@1.0/info/node_history/1
    # 404
    curl http://localhost:8734/~meta@1.0/build/node
    # HyperBEAM
    curl -d 'x' -H 'operator: me' http://localhost:8734/~meta@1.0/info
    # 400`

// Node is what the device asks of the node.
type Node interface {
	// Adopt applies changes to the node message on behalf of signed, the
	// request that asked for them, and returns the length of the history.
	Adopt(changes, signed *message.Message) (int, error)
	// Build describes the running binary.
	Build() *message.Message
}

// optInitialized says whether the configuration may still change.
var optInitialized = ao.Option{Name: "initialized", Default: message.Binary("true"), Doc: "permanent freezes the configuration."}

// New returns the device for a node.
func New(n Node) *ao.Device {
	d := device{n}
	return &ao.Device{
		Name: "meta@1.0",
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "info", Doc: "The node message; a signed POST changes it.", Reads: "request: method, any options", Run: d.info},
			{Name: "build", Doc: "Name, version and source of the running node.", Run: d.build},
		},
	}
}

type device struct{ node Node }

func (d device) build(*ao.Call) (message.Value, error) { return d.node.Build(), nil }

func (d device) info(c *ao.Call) (message.Value, error) {
	if c.Request().Text("method") == "POST" {
		return d.change(c)
	}
	return Public(c.Config(), c.Address()).Set("status", message.Int(200)), nil
}

// Public returns the node message as everybody may read it, with the address
// of the node.
func Public(config *message.Message, address string) *message.Message {
	self := message.Of(message.P("address", message.Binary(address)))
	identities := message.Of(message.P("default", self))
	if ids := config.Message("identities"); ids != nil {
		identities = ids.Merge(identities)
	}
	return config.Set("address", message.Binary(address)).Set("identities", identities)
}

func (d device) change(c *ao.Call) (message.Value, error) {
	if optInitialized.Text(&c.Env) == "permanent" {
		return refusal("The node message of this machine is already permanent. It cannot be changed."), nil
	}
	req := c.Request()
	changes := Changes(req)
	if !c.FromOperator(changes.Keys()...) {
		return refusal("Unauthorized"), nil
	}
	n, err := d.node.Adopt(changes, ao.AsSigned(req))
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "meta@1.0/info", err)
	}
	return message.Of(
		message.P("body", message.Binary("Node message updated. History: "+message.Int(n).String()+"updates.")),
		message.P("history-length", message.Int(n))), nil
}

// refusal is an answer that says no. Its status is in the message and not that
// of the resolution, as in the reference (spec 02, 16.2).
func refusal(why string) *message.Message {
	return message.Of(message.P("status", message.Int(400)), message.P("body", message.Binary(why)))
}

// Changes returns the options of a request: what it says about itself and its
// transport is not configuration.
func Changes(req *message.Message) *message.Message {
	return req.Without(message.CommitmentsKey, path.Key, "method", "accept", "accept-bundle", "accept-encoding",
		"accept-language", "host", "user-agent", "connection", "content-type", "content-length", "content-digest",
		"ao-peer", "ao-peer-port", "codec-device", "require-codec", "origin", "referer", "body", "status", "address", "identities", "node_history")
}
