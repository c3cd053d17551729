package relay

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// outgoing is a request that is ready to be sent.
type outgoing struct {
	message *message.Message
	peer    string // URL of the node, "" to go by the route table
	trusted bool   // the peer is the operator's choice
}

// place is a message with a key of it.
type place struct {
	m   *message.Message
	key string
}

// first returns the first value that is there.
func first(c *ao.Call, places ...place) (message.Value, error) {
	for _, p := range places {
		if v, ok, err := c.Lookup(p.m, p.key); ok || err != nil {
			return v, err
		}
	}
	return nil, nil
}

// ofConnection are keys of a request that are between the client and this node:
// they are not sent on, unless somebody signed them.
var ofConnection = []string{
	"accept-encoding", "authorization", "ao-peer", "ao-peer-port", "connection", "content-length", "cookie", "host", "keep-alive",
	"proxy-authorization", "relay-body", "relay-commit-request", "relay-device", "relay-method", "relay-path", "te", "trailer",
	"transfer-encoding", "upgrade", "x-real-ip",
}

// build returns the request that a call is about (spec 04, 4.10.1-4.10.2).
func (d device) build(c *ao.Call) (outgoing, error) {
	const op = Name + "/call"
	if optSigned.Bool(&c.Env) && c.Remote() && len(c.Signers(c.Ctx, c.Request())) == 0 && len(c.Signers(c.Ctx, c.Base)) == 0 {
		return outgoing{}, fail.New(fail.Unauthorized, op, "this node relays signed requests only")
	}
	t, err := target(c)
	if err != nil {
		return outgoing{}, err
	}
	base, req := c.Base, c.Request()
	values := map[string]message.Value{}
	for name, places := range map[string][]place{
		path.Key: {{base, path.Key}, {t, path.Key}, {req, "relay-path"}, {base, "relay-path"}},
		"device": {{base, "relay-device"}, {t, "relay-device"}, {req, "relay-device"}},
		"peer":   {{base, "peer"}, {t, "peer"}, {req, "peer"}},
		"method": {{req, "relay-method"}, {base, "relay-method"}, {base, "method"}, {t, "method"}, {req, "method"}},
		"body":   {{req, "relay-body"}, {base, "relay-body"}, {base, "body"}, {t, "body"}, {req, "body"}},
	} {
		if values[name], err = first(c, places...); err != nil {
			return outgoing{}, err
		}
	}
	where, ok := message.NormalizeKey(values[path.Key])
	if values[path.Key] == nil || !ok {
		return outgoing{}, fail.New(fail.Invalid, op, "the request has no relay-path")
	}
	values[path.Key] = message.Binary(where)
	peer, _ := message.Text(values["peer"])
	delete(values, "peer")
	m := bare(t)
	for _, k := range []string{"body", "device", "method", path.Key} {
		if v := values[k]; v != nil || k == "device" {
			m = ao.Assign(m, k, v)
		}
	}
	if m, err = d.sign(c, t, m); err != nil {
		return outgoing{}, err
	}
	if err := commit.VerifyAll(c.Ctx, c.Codec(), m); err != nil {
		return outgoing{}, fail.New(fail.Invalid, op, "the request to relay is not what was signed: %s", fail.Sentence(err))
	}
	_, trusted := route.Ordered(base)
	return outgoing{m, peer, trusted}, nil
}

// target returns the message that is sent.
func target(c *ao.Call) (*message.Message, error) {
	name := c.Request().Text("target")
	if name == "" || name == "self" {
		return c.Base, nil
	}
	v, ok, err := c.Lookup(c.Request(), name)
	if err == nil && !ok {
		v, _, err = c.Lookup(c.Request(), "body")
	}
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/call", "the request has no message under %.64q", name)
	}
	return m, nil
}

// bare returns a message without what belongs to the connection it came by.
func bare(m *message.Message) *message.Message {
	signed := m.Committed(m.Commitments().Keys(), false)
	for _, k := range append([]string{"peer"}, ofConnection...) {
		if m.Has(k) && !slices.Contains(signed, k) {
			m = m.Without(k)
		}
	}
	return m
}

// sign has the relay sign a request, if a hook of the operator asks for it.
func (d device) sign(c *ao.Call, t, m *message.Message) (*message.Message, error) {
	const op = Name + "/call"
	asked, err := first(c, place{t, "commit-request"}, place{c.Request(), "relay-commit-request"}, place{c.Base, "relay-commit-request"},
		place{c.Request(), "commit-request"}, place{c.Base, "commit-request"})
	if err != nil || !message.IsTrue(asked) {
		return m, err
	}
	ordered, _ := route.Ordered(c.Base)
	switch {
	case !optCommit.Bool(&c.Env):
		return nil, fail.New(fail.Forbidden, op, "this node signs no requests that it relays (option %s)", optCommit.Name)
	case !ordered:
		return nil, fail.New(fail.Forbidden, op, "only a hook of the operator can have relayed requests signed")
	case d.routes.Key == nil:
		return nil, fail.New(fail.Unavailable, op, "this node has no key for the requests that it relays")
	}
	return commit.Commit(c.Ctx, c.Codec(), m.Without("commit-request", "relay-commit-request"), d.routes.Key, commit.Spec{})
}
