package testnet

import (
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Role is what a node is for. Every node can do everything; roles say who is
// asked to.
type Role string

// The roles.
const (
	Scheduler Role = "scheduler" // gives the messages of processes their order
	Pusher    Role = "push"      // takes messages of users, and delivers
	Computer  Role = "compute"   // computes processes that others schedule
)

// Roles returns n nodes with a role each: a scheduler, one that pushes, and
// others that compute.
func Roles(n int) []Spec {
	out := make([]Spec, n)
	for i := range out {
		out[i].Role = Computer
		if i < 2 {
			out[i].Role = []Role{Scheduler, Pusher}[i]
		}
	}
	return out
}

// config returns the configuration of a node.
func (x *Node) config() (node.Config, error) {
	c := node.DefaultConfig()
	c.Host, c.Port, c.DataDir = loopback, x.port, x.Dir
	text := func(key, value string) message.Pair { return message.P(key, message.Binary(value)) }
	record := message.Of( // it is made when the node starts
		text("device", "scheduler@1.0"), text("path", "location"), text("method", "POST"), text("target", "self"), text("url", x.URL()),
		message.P("hook", message.Of(text("result", "ignore"), message.P("commit-request", message.True))))
	more := message.Of(
		// Nodes of the testnet are strangers to each other, at private
		// addresses.
		message.P("relay_private", message.NewList(message.Binary(loopback))),
		text("gateway", ""),
		message.P("routes", x.routes()),
		message.P("on", message.Of(message.P("start", record))))
	err := c.Apply(more.Merge(x.Config))
	return c, err
}

// routes returns the routes of a node: /node-2/PATH leads to PATH on that node,
// and nothing leads out of the testnet.
func (x *Node) routes() *message.List {
	text := func(key, value string) message.Pair { return message.P(key, message.Binary(value)) }
	var all []message.Value
	for _, y := range x.net.nodes {
		if y != x {
			all = append(all, message.Of(text("template", "/"+y.Name+"/.*"),
				message.P("node", message.Of(text("match", "^/"+y.Name), text("with", y.URL())))))
		}
	}
	return message.NewList(all...)
}
