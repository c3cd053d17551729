// Package router is the device router@1.0: where requests to other nodes go.
package router

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// Name is the name of the device.
const Name = "router@1.0"

const doc = `Finds the nodes that a request goes to.

A route has a "template", "node" or "nodes", and a "strategy" with which "choose" of them are chosen. The first route that matches
counts. A template that is a message matches requests that have its keys with equal values; one that is text is a regular expression
(RE2 syntax) that is searched in the path, to which "/" is prepended unless the expression begins with "^". A node is a URL, or a
message with "prefix", "suffix", or "match" and "with", which make a URL of the path.

Strategies: All (default), Random, By-Weight ("weight" of nodes), By-Base (the ID at the beginning of the path picks), Nearest (by the
distance of that ID and the "wallet" of nodes), Shuffled, Range, Shuffled-Range ("min", "max" of nodes and "route-by" of the request)
and Nearest-Integer ("center"). A request to several nodes asks one after the other until "responses" of them have answered as
"admissible-status" and "admissible" want it, or with "parallel" all at once; "stop-after" cancels what is then still under way. A node that
fails or is late is passed over for the next one. With "hedge" the next node is asked too when there is no answer after so many
milliseconds. "retries" is how many more rounds there are with the nodes that failed for the moment, the first after "backoff"
milliseconds (100), each further one after twice as long. Nodes that failed three times in a row are tried last for a while; "peers" shows
how nodes have done.

The table is the option "routes", or the result of the request under "provider" of "router_opts". Who the option "route_owners"
lists (the operator when it lists none) adds a route with a signed POST to "routes".

As a request hook, "preprocess" sends what has a route to the node it leads to, which runs the path of the request.

    curl 'http://localhost:8734/~router@1.0/route/uri?route-path=/raw/x'
    # https://arweave.net/raw/x`

var (
	optOwners     = ao.Option{Name: "route_owners", Default: message.NewList(), Doc: "Addresses that may add routes; the operator when empty."}
	optPreprocess = ao.Option{Name: "router_preprocess_default", Default: message.Binary("local"), Doc: "What the hook preprocess does without a route: local runs the request here, error refuses it."}
)

// New returns the device.
func New(routes *route.Service) *ao.Device {
	d := device{routes}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "info", Doc: "What the keys of the device do.", Run: info},
			{Name: "routes", Doc: "GET: the table. POST: adds a route; for the owners of routes.", Reads: "request: method, keys of a route", Run: d.table},
			{Name: "route", Doc: "Where a request goes: a URL, a node with its uri, or a route with nodes.", Reads: "request: route-path, path", Run: d.route},
			{Name: "match", Doc: "The first of the routes of the base that matches.", Reads: "base: routes; request: route-path, path", Run: d.match},
			{Name: "register", Doc: "Registers the offered routes with other nodes; for the operator.", Reads: "option router_opts", Run: d.register},
			{Name: "preprocess", Doc: "As a request hook: runs requests where their route leads.", Reads: "base: commit-request; request: request, body", Run: d.preprocess},
			{Name: "peers", Doc: "Health and latency of the nodes that were asked; for the operator.", Run: d.peers},
		},
		Options: append([]ao.Option{optOwners, optPreprocess}, route.NodeOptions()...),
		Examples: []ao.Example{
			{Path: `/~router@1.0/route&route-path="/raw/x"/uri`, Answer: "https://arweave.net/raw/x"},
		},
	}
}

type device struct{ routes *route.Service }

// info describes the device (spec 04, 4.7.1).
func info(*ao.Call) (message.Value, error) {
	text := func(k, v string) message.Pair { return message.P(k, message.Binary(v)) }
	api := message.Of(
		text("info", "What the keys of the device do."),
		text("routes", "GET: the route table. POST: add a route."),
		text("route", "Find the node or nodes a message goes to."),
		text("match", "Find the first of the given routes that matches a message."),
		text("register", "Register the offered routes of this node with its peers."),
		text("preprocess", "Request hook that runs requests where their route leads."))
	return message.Of(message.P("status", message.Int(200)), message.P("body", message.Of(
		text("description", "Finds the nodes that a request goes to."), text("version", "1.0"), message.P("api", api)))), nil
}

// route answers where the request goes (spec 04, 4.7.3).
func (d device) route(c *ao.Call) (message.Value, error) {
	f, err := d.routes.Find(c.Ctx, &c.Env, c.Request())
	if err != nil {
		return nil, err
	}
	return f.Value, nil
}

// match answers with a route of the base (spec 04, 4.7.4).
func (d device) match(c *ao.Call) (message.Value, error) {
	v, ok, err := c.Lookup(c.Base, "routes")
	if err == nil && !ok {
		v, ok, err = c.Lookup(c.Request(), "routes")
	}
	if err != nil {
		return nil, err
	}
	var t route.Table
	if ok {
		if v, err = message.LoadAll(c.Ctx, c.Cache, v); err != nil {
			return nil, err
		}
		if t, err = route.ReadTable(v); err != nil {
			return nil, err
		}
	}
	if r := d.routes.Match(t, c.Request()); r != nil {
		return r, nil
	}
	return nil, ao.Refuse(404, "no_matching_route")
}

// peers shows what is known of other nodes.
func (d device) peers(c *ao.Call) (message.Value, error) {
	if c.Remote() && !c.FromOperator() {
		return nil, fail.New(fail.Forbidden, Name+"/peers", "only the operator may see whom this node has asked")
	}
	now := c.Now()
	var out []message.Value
	for _, p := range d.routes.Health() {
		m := message.Of(
			message.P("node", message.Binary(p.URL)),
			message.P("requests", message.Int(p.Requests)),
			message.P("failures", message.Int(p.Failures)),
			message.P("failures-in-a-row", message.Int(p.Streak)),
			message.P("latency-ms", message.Float(float64(p.Latency.Microseconds())/1000)),
			message.P("last-request", message.Int(p.Last.UnixMilli())),
			message.P("tried-last", message.Bool(p.Down(now))))
		if p.Error != "" {
			m = m.Set("last-error", message.Binary(p.Error))
		}
		out = append(out, m)
	}
	return message.NewList(out...), nil
}

// register tells other nodes of the routes that this one offers (spec 04,
// 4.7.5).
func (d device) register(c *ao.Call) (message.Value, error) {
	if c.Remote() && !c.FromOperator() {
		return nil, fail.New(fail.Forbidden, Name+"/register", "only the operator may register routes with other nodes")
	}
	offered, err := d.offered(c)
	if err != nil {
		return nil, err
	}
	for _, o := range offered {
		if err := d.registerOne(c, o); err != nil {
			return nil, err
		}
	}
	return message.Binary("Routes registered."), nil
}

// offered returns the routes that the node offers to others.
func (d device) offered(c *ao.Call) ([]*message.Message, error) {
	opts, _ := route.OptRouter.In(&c.Env).(*message.Message)
	v, _ := opts.Get("offered")
	if v == nil {
		return nil, nil
	}
	v, err := message.LoadAll(c.Ctx, c.Cache, v)
	if err != nil {
		return nil, err
	}
	return message.Messages(v), nil
}
