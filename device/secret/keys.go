package secret

import (
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// generate tells who the caller is (spec 04, 6.6.5). The key stays in the node
// (SEC-15).
func (d device) generate(c *ao.Call) (message.Value, error) {
	w, cookies, err := d.Identity(c)
	if err != nil {
		return nil, err
	}
	return cookie.With(w.Public(), cookies), nil
}

// importKey makes the caller the owner of keys (spec 04, 6.6.8).
func (d device) importKey(c *ao.Call) (message.Value, error) {
	wallets, cookies, err := d.Import(c)
	if err != nil {
		return nil, err
	}
	addresses := make([]string, len(wallets))
	for i, w := range wallets {
		addresses[i] = w.Key.Address()
	}
	slices.Reverse(addresses) // newest first
	return cookie.With(imported(addresses), cookies), nil
}

// imported returns the answer to a request that may hold keys, and so is not to
// be stored with it.
func imported(names []string) *message.Message {
	return ao.Confidential(message.Of(
		message.P("imported", message.Strings(names)),
		message.P("body", message.Binary(strings.Join(names, ", ")))))
}

// list returns key IDs. The reference tells all of them to everybody (spec 04,
// 6.6.9).
func (d device) list(c *ao.Call) (message.Value, error) {
	names, err := d.List(c, optList.Bool(&c.Env))
	if err != nil {
		return nil, err
	}
	return message.Strings(names), nil
}

// unsigned are keys that come with a request for a signature and are no part of
// what is signed.
var unsigned = []string{"secret", "keyids", "authorization", "cookie", "set-cookie", "method", "path", "accept", "accept-bundle"}

// commit signs the base (spec 04, 6.6.9).
func (d device) commit(c *ao.Call) (message.Value, error) {
	wallets, err := d.Usable(c)
	if err != nil {
		return nil, err
	}
	base := c.Base.Without(unsigned...)
	if base.Text("device") == Name {
		base = base.Without("device")
	}
	return hosted.Sign(c, base, commit.Spec{Device: c.Request().Text(commit.FieldDevice)}, wallets...)
}

// export returns records (spec 04, 6.6.9).
func (d device) export(c *ao.Call) (message.Value, error) { return d.Export(c) }

// sync takes over the wallets of another node (spec 04, 6.6.10). The order is
// signed by this node, and useless to whoever else gets hold of it.
func (d device) sync(c *ao.Call) (message.Value, error) {
	const op = Name + "/sync"
	node := c.Text("node")
	if node == "" {
		return nil, ao.Refuse(400, "Node not specified.")
	}
	if c.Remote() && !c.FromOperator("path", "node", "keyids") {
		return nil, fail.New(fail.Forbidden, op, "only the operator may have this node take wallets of another one")
	}
	if c.Transport == nil || c.Env.Key() == nil {
		return nil, fail.New(fail.Unsupported, op, "this node has no network or no wallet to ask other nodes with")
	}
	names, err := c.Arg("keyids")
	if err != nil {
		return nil, err
	}
	if names == nil {
		names = message.Binary("all")
	}
	order, err := hosted.NewOrder(names)
	if err != nil {
		return nil, err
	}
	signed, err := commit.Commit(c.Ctx, c.Codec(), order.Request, c.Env.Key(), commit.Spec{})
	if err != nil {
		return nil, err
	}
	answer, err := c.Transport.Send(c.Ctx, node, signed)
	if err != nil {
		return nil, err
	}
	m, ok := answer.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Upstream, op, "%.200s did not answer with wallets", node)
	}
	records, err := order.Open(c.Ctx, m)
	if err != nil {
		return nil, err
	}
	taken, err := d.Adopt(c.Ctx, &c.Env, records)
	if err != nil {
		return nil, err
	}
	return imported(taken), nil
}
