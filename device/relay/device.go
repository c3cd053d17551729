// Package relay is the device relay@1.0: requests that this node sends for
// others.
package relay

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// Name is the name of the device.
const Name = "relay@1.0"

const doc = `Sends requests to other nodes and returns what they answer.

"call" sends the base, or the message that the request names by "target", and returns the whole answer. "relay-path" is where to: a
URL, or a path, which the route table of the node leads somewhere (router@1.0), or which is asked of the node "peer". "relay-method",
"relay-body" and "relay-device" say what is sent. "cast" sends likewise, but does not wait.

A relay is a way into the networks that a node is part of, so what requests may have it contact is bounded. Addresses that are not
public are refused, at the moment of connecting and so whatever a name resolves to, except for those in "relay_private".
When "relay_hosts" lists hosts, no others are contacted. Where the operator's own routes lead is open to all. "relay_signed" asks
for signed requests.

With "relay_allow_commit_request", a request hook of the operator may have what it relays signed by a key of its own, which is not
the wallet of the node: whoever gets such a request could otherwise be the node elsewhere. Requests cannot ask for it themselves.

    curl 'http://localhost:8734/~relay@1.0/call?relay-path=http://127.0.0.1:22/'
    # 403`

var (
	optSigned = ao.Option{Name: "relay_signed", Default: message.False, Doc: "Relay only requests over the network that somebody has signed."}
	optCommit = ao.Option{Name: "relay_allow_commit_request", Default: message.False, Doc: "Hooks of the operator may have relayed requests signed, with the key of the relay."}
)

// New returns the device.
func New(routes *route.Service) *ao.Device {
	d := device{routes}
	const reads = "base, request: path, relay-path, peer, method, relay-method, body, relay-body, relay-device; request: target"
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "call", Doc: "What another node answers.", Reads: reads, Run: d.call},
			{Name: "cast", Doc: "Sends without waiting for the answer.", Reads: reads, Run: d.cast},
			{Name: "request", Doc: "As a request hook: has every request relayed.", Reads: "request: request", Run: d.request},
		},
		Options: append([]ao.Option{optSigned, optCommit}, route.NodeOptions()...),
	}
}

type device struct{ routes *route.Service }

// call sends a request and returns the answer (spec 04, 4.10).
func (d device) call(c *ao.Call) (message.Value, error) {
	out, err := d.build(c)
	if err != nil {
		return nil, err
	}
	replies, err := d.send(c.Ctx, &c.Env, out)
	if err != nil {
		return nil, err
	}
	if len(replies) == 1 {
		return clean(replies[0]).Result()
	}
	all := make([]message.Value, len(replies))
	for i, r := range replies {
		all[i] = clean(r).Message
	}
	return message.NewList(all...), nil
}

// clean removes from an answer what is between its node and this one.
func clean(r route.Reply) route.Reply {
	r.Message = r.Message.Without("set-cookie").WithPrivate(nil)
	return r
}

// cast sends a request in the background (spec 04, 4.10.5).
func (d device) cast(c *ao.Call) (message.Value, error) {
	out, err := d.build(c)
	if err != nil {
		return nil, err
	}
	env := c.Env
	if !d.routes.Go(c.Ctx, func(ctx context.Context) {
		if _, err := d.send(ctx, &env, out); err != nil {
			env.Log.Info("a cast got no answer", "path", out.message.Text(path.Key), "error", err)
		}
	}) {
		return nil, fail.New(fail.Busy, Name+"/cast", "too many requests are under way in the background")
	}
	return message.Binary("OK"), nil
}

func (d device) send(ctx context.Context, env *ao.Env, out outgoing) ([]route.Reply, error) {
	if out.peer == "" {
		return d.routes.Send(ctx, env, out.message)
	}
	send := d.routes.SendTo
	if out.trusted {
		send = d.routes.SendToPeer
	}
	r, err := send(ctx, env, out.peer, out.message)
	if err != nil {
		return nil, err
	}
	return []route.Reply{r}, nil
}

// request makes a request hook that has everything relayed by the route table
// (spec 04, 4.10.6).
func (d device) request(c *ao.Call) (message.Value, error) {
	original, _, err := c.Lookup(c.Request(), "request")
	if err != nil {
		return nil, err
	}
	m, ok := original.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/request", "the hook has no request")
	}
	return message.Of(message.P("request", m), message.P("body", message.NewList(
		message.Of(message.P("device", message.Binary(Name))),
		message.Of(message.P(path.Key, message.Binary("call")), message.P("target", message.Binary("body")),
			message.P("body", m))))), nil
}
