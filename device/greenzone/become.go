package greenzone

import (
	"encoding/base64"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// key answers with the wallet of the node, or the identity that it has adopted,
// encrypted with the key of the zone (spec 04, 7.7.4).
func (d *device) key(c *ao.Call) (message.Value, error) {
	secret, err := d.zone.secret()
	if err != nil {
		return nil, err
	}
	if c.Remote() && !optLegacy.Bool(&c.Env) && !d.byMember(c, "zone-member", "peer-id") && !c.FromOperator(path.Key) {
		return nil, fail.New(fail.Forbidden, Name+"/key", "only nodes that this one has let into its zone may have its key, with a signed request")
	}
	k, _ := d.zone.speaksAs(c.Env.Key())
	if k == nil {
		return nil, evidence.Refuse("no_wallet_available", "the node has no wallet (option priv_key_location)")
	}
	modulus, exponent, ok := k.RSAParts()
	if !ok {
		return nil, notRSA(k)
	}
	sealed, iv, err := seal(secret, writeKey(exponent, modulus))
	if err != nil {
		return nil, err
	}
	return reply(c, message.Of(
		message.P("encrypted_key", message.Binary(base64.StdEncoding.EncodeToString(sealed))),
		message.P("iv", message.Binary(base64.StdEncoding.EncodeToString(iv)))))
}

// byMember reports whether a node that was let in has signed the request, as one
// and not as an answer: nodes sign what anybody has them answer. The given keys
// are covered, and a "peer-id" is this node.
func (d *device) byMember(c *ao.Call, keys ...string) bool {
	req := c.Request()
	if id := req.Text("peer-id"); id != "" && id != c.Address() {
		return false
	}
	for _, k := range keys {
		if !req.Has(k) {
			return false
		}
	}
	return c.Approved(c.Ctx, req, d.zone.all().Keys(), keys...)
}

// become adopts the wallet of the peer as an identity (spec 04, 7.7.5).
func (d *device) become(c *ao.Call) (message.Value, error) {
	if err := operatorOnly(c, "become"); err != nil {
		return nil, err
	}
	secret, err := d.zone.secret()
	if err != nil {
		return nil, err
	}
	url, peerID, err := peer(c)
	if err != nil {
		return nil, err
	}
	req, err := commit.Commit(c.Ctx, c.Codec(), message.Of(
		message.P("zone-member", message.Binary(c.Address())), message.P("peer-id", message.Binary(peerID))), c.Env.Key(), commit.Spec{})
	if err != nil {
		return nil, err
	}
	v, err := c.Transport.Send(c.Ctx, url, req.Set(path.Key, message.Binary("/~"+Name+"/key")).Set("method", message.Binary("GET")))
	if err != nil {
		return unreachable(err)
	}
	m, ok := v.(*message.Message)
	if !ok || !fromPeer(c, m, peerID) {
		return nil, evidence.Refuse("Received incorrect response from peer!", "the reply is not signed as one by the peer "+peerID)
	}
	sealed, err := base64.StdEncoding.DecodeString(m.Text("encrypted_key"))
	if err != nil {
		return nil, fail.New(fail.Upstream, Name+"/become", "the peer sent no encrypted key")
	}
	iv, err := base64.StdEncoding.DecodeString(m.Text("iv"))
	if err != nil {
		return nil, fail.New(fail.Upstream, Name+"/become", "the peer sent no initialisation vector")
	}
	term, err := unseal(secret, sealed, iv)
	if err != nil {
		return nil, err
	}
	k, err := privateKey(term)
	if err != nil {
		return nil, err
	}
	d.zone.adopt(k)
	d.Node.Identify(IdentityName, k)
	return d.withVolume(c, secret, message.Of(
		message.P("status", message.Int(200)),
		message.P("body", message.Of(
			message.P("message", message.Binary("Successfully adopted target node identity")),
			message.P("peer-location", message.Binary(url)),
			message.P("peer-id", message.Binary(peerID)))))), nil
}
