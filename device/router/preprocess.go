package router

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// preprocess makes a request that has a route one that is relayed there (spec
// 04, 4.7.6).
func (d device) preprocess(c *ao.Call) (message.Value, error) {
	original, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	user, ok := original.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/preprocess", "the hook has no request")
	}
	// Where the operator's table leads is decided by the path that would run.
	f, err := d.routes.Find(c.Ctx, &c.Env, user.Without("route-path"))
	var none *ao.Outcome
	switch {
	case errors.As(err, &none) && none == route.NoMatch:
		return unrouted(c, user)
	case err != nil:
		return nil, err
	}
	if f.Reference == "explicit" {
		return nil, fail.New(fail.Invalid, Name+"/preprocess", "the path of a request to this node is not a URL")
	}
	node := f.Targets[0]
	original = user
	if user.Commitments().Len() == 0 {
		if user, err = commit.Commit(c.Ctx, c.Codec(), user, nil, commit.Spec{Type: "unsigned"}); err != nil {
			return nil, err
		}
	}
	text := func(k, v string) message.Pair { return message.P(k, message.Binary(v)) }
	base := message.Of(text("device", "relay@1.0"), text("relay-device", "apply@1.0"), text("method", "POST"), text("peer", node.Peer))
	if v, _ := c.Base.Get("commit-request"); message.IsTrue(v) {
		base = base.Set("commit-request", message.True)
	}
	proxy := message.Of(
		text("device", "apply@1.0"), text(path.Key, "user-path"), text("source", "user-message"),
		text("user-path", user.Text(path.Key)), message.P("user-message", user))
	return message.Of(message.P("request", original), message.P("body", message.NewList(
		route.Order(base, node.Trusted),
		message.Of(text(path.Key, "call"), text("target", "proxy-message"), message.P("proxy-message", proxy))))), nil
}

// unrouted returns what becomes of a request without a route.
func unrouted(c *ao.Call, user *message.Message) (message.Value, error) {
	if optPreprocess.Text(&c.Env) == "error" {
		return message.Of(message.P("request", user), message.P("body", message.NewList(message.Of(
			message.P("status", message.Int(404)),
			message.P("message", message.Binary("No matching template found in the given routes.")))))), nil
	}
	body, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("request", user), message.P("body", body)), nil
}
