package router

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// routeKeys are the keys of a request that make it a route (spec 04, 4.1.2).
var routeKeys = []string{
	"template", "node", "nodes", "strategy", "choose", "priority", "prefix", "suffix", "match", "with", "opts", "price", "weight", "wallet",
	"registration-peer", "topup", "responses", "stop-after", "admissible", "admissible-status", "parallel",
	"retries", "backoff", "hedge",
}

// table answers "routes": shows the table, or adds to it (spec 04, 4.7.2).
func (d device) table(c *ao.Call) (message.Value, error) {
	if !strings.EqualFold(c.Request().Text("method"), "POST") {
		t, err := d.routes.Table(c.Ctx, &c.Env)
		if err != nil {
			return nil, err
		}
		return t.Value(), nil
	}
	opts, _ := route.OptRouter.In(&c.Env).(*message.Message)
	if registrar, ok := opts.Get("registrar"); ok {
		return d.askRegistrar(c, opts, registrar)
	}
	return d.add(c)
}

// askRegistrar lets the registrar of the node decide about a new route.
func (d device) askRegistrar(c *ao.Call, opts *message.Message, registrar message.Value) (message.Value, error) {
	m, ok := registrar.(*message.Message)
	if !ok {
		p, isText := message.Text(registrar)
		if !isText {
			return nil, fail.New(fail.Invalid, Name+"/routes", "the registrar of routes is not a request")
		}
		m = message.Of(message.P(path.Key, message.Binary(p)))
	}
	seq, err := path.Parse(m)
	if err != nil {
		return nil, err
	}
	req := c.Request()
	if p := opts.Text("registrar-path"); p != "" {
		req = req.Set(path.Key, message.Binary(p))
	}
	if _, err := c.Internal().Run(c.Ctx, append(seq, req)); err != nil {
		return nil, err
	}
	return message.Binary("Route added."), nil
}

// add makes the request a route.
func (d device) add(c *ao.Call) (message.Value, error) {
	req := c.Request()
	r := req.With(routeKeys...).WithPrivate(nil)
	if !d.owns(c, r.Keys()) {
		return nil, ao.Refuse(403, "not_authorized")
	}
	if !r.Has("node") && !r.Has("nodes") {
		return nil, fail.New(fail.Invalid, Name+"/routes", "the request has no node or nodes")
	}
	v, err := message.LoadAll(c.Ctx, c.Cache, r)
	if err != nil {
		return nil, err
	}
	if err := d.routes.Add(c.Ctx, &c.Env, v.(*message.Message), req); err != nil {
		return nil, err
	}
	return message.Binary("Route added."), nil
}

// owns reports whether an owner of the routes has signed the route.
func (d device) owns(c *ao.Call, keys []string) bool {
	var owners []string
	if l, ok := optOwners.In(&c.Env).(*message.List); ok {
		for _, v := range l.All() {
			if s, ok := message.Text(v); ok {
				owners = append(owners, s)
			}
		}
	}
	if len(owners) == 0 {
		return c.FromOperator(keys...)
	}
	return c.Approved(c.Ctx, c.Request(), owners, keys...)
}

// registerOne tells one node of a route that this node offers.
func (d device) registerOne(c *ao.Call, offer *message.Message) error {
	const op = Name + "/register"
	peer := offer.Text("registration-peer")
	if peer == "" {
		return fail.New(fail.Invalid, op, "an offered route has no registration-peer")
	}
	if c.Env.Key() == nil {
		return fail.New(fail.Unauthorized, op, "this node has no wallet to sign with")
	}
	// What is signed does not say where it is posted: a registrar may be a
	// process, which reads a path as what to do with the message.
	signed, err := commit.Commit(c.Ctx, c.Codec(), message.Of(
		message.P("subject", message.Binary("self")), message.P("action", message.Binary("register")),
		message.P("route", offer)), c.Env.Key(), commit.Spec{})
	if err != nil {
		return err
	}
	req := signed.Set(path.Key, message.Binary("/~router@1.0/routes")).Set("method", message.Binary("POST"))
	reply, err := d.routes.SendToPeer(c.Ctx, &c.Env, peer, req)
	if err != nil {
		return err
	}
	if _, err = reply.Result(); err != nil {
		return fail.New(fail.Upstream, op, "%s did not take the route (status %d)", peer, reply.Status)
	}
	return nil
}
