// Package whois is the device whois@1.0: addresses on the network.
package whois

import (
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "whois@1.0"

const doc = `Tells network addresses: "echo" that of who asks, "node" that of this node.

A node that has not been told its own address asks another node for it, once.

    curl http://localhost:8734/~whois@1.0/echo
    # unknown`

var (
	optHost      = ao.Option{Name: "host", Default: message.Binary(""), Doc: "Address under which other nodes reach this one."}
	optBootstrap = ao.Option{Name: "host_bootstrap_node", Default: message.Binary(""), Doc: "URL of the node that is asked for the own address."}
)

// New returns the device. It remembers the address that it was told.
func New() *ao.Device {
	d := &device{}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "echo", Doc: "The address that the request came from.", Reads: "request: ao-peer", Run: echo},
			{Name: "node", Doc: "The address of this node.", Run: d.node},
		},
		Options: []ao.Option{optHost, optBootstrap},
		Examples: []ao.Example{
			{Path: `/~whois@1.0/echo`, Answer: "unknown"},
		},
	}
}

type device struct{ told atomic.Pointer[message.Value] }

// echo returns where the request came from (spec 04, 5.4).
func echo(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("ao-peer")
	if v == nil && err == nil {
		return message.Binary("unknown"), nil
	}
	return v, err
}

func (d *device) node(c *ao.Call) (message.Value, error) {
	if host := optHost.Text(&c.Env); host != "" && host != "unknown" {
		return message.Binary(host), nil
	}
	if v := d.told.Load(); v != nil {
		return *v, nil
	}
	from := optBootstrap.Text(&c.Env)
	if from == "" || from == "false" {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("No bootstrap node configured.")}
	}
	if c.Transport == nil {
		return nil, fail.New(fail.Unavailable, Name+"/node", "this node has no network to ask %.80s", from)
	}
	v, err := c.Transport.Send(c.Ctx, from, message.Of(
		message.P(path.Key, message.Binary("/~whois@1.0/echo")),
		message.P("method", message.Binary("GET"))))
	if err != nil {
		return nil, fail.Wrap(fail.Upstream, Name+"/node", err)
	}
	if m, ok := v.(*message.Message); ok {
		if v, ok = m.Get("body"); !ok {
			return nil, fail.New(fail.Upstream, Name+"/node", "%.80s does not say what this node's address is", from)
		}
	}
	d.told.Store(&v)
	return v, nil
}
