package greenzone

import (
	"encoding/base64"
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// joined is what a join is answered with, on both sides.
const joined = "Node joined green zone successfully."

// join lets a node in that attests itself, or has this node join its peer (spec
// 04, 7.7.2 and 7.7.3). Which one is up to whether the request has an
// attestation.
func (d *device) join(c *ao.Call) (message.Value, error) {
	if c.Request().Has("report") {
		return d.letIn(c, c.Request())
	}
	if err := operatorOnly(c, "join"); err != nil {
		return nil, err
	}
	if d.zone.inside() {
		return nil, fail.New(fail.Conflict, Name+"/join", "Node already part of green zone.")
	}
	return d.joinPeer(c)
}

// peer returns URL and address of the peer.
func peer(c *ao.Call) (url, address string, err error) {
	url, address = optPeer.Text(&c.Env), optPeerID.Text(&c.Env)
	if url == "" || address == "" {
		return "", "", fail.New(fail.Invalid, Name, "the options %s and %s say by which node to join", optPeer.Name, optPeerID.Name)
	}
	return url, address, nil
}

// joinPeer asks the peer to be let in.
func (d *device) joinPeer(c *ao.Call) (message.Value, error) {
	url, peerID, err := peer(c)
	if err != nil {
		return nil, err
	}
	challenge, err := challengeOf(c, url)
	if err != nil {
		return unreachable(err)
	}
	m, err := d.Attest.Generate(c.Ctx, &c.Env, challenge)
	if err != nil {
		return nil, err
	}
	public, err := publicKey(c.Env.Key())
	if err != nil {
		return nil, err
	}
	m = m.Set("public_key", message.Binary(public)).Set("zone-key-padding", message.Binary(keys.OAEP.String()))
	signed, err := commit.Commit(c.Ctx, c.Codec(), m, c.Env.Key(), commit.Spec{})
	if err != nil {
		return nil, err
	}
	v, err := c.Transport.Send(c.Ctx, url, signed.Set(path.Key, message.Binary("/~"+Name+"/join")).Set("method", message.Binary("POST")))
	if err != nil {
		return unreachable(err)
	}
	reply, ok := v.(*message.Message)
	if !ok || !fromPeer(c, reply, peerID) {
		return nil, evidence.Refuse("Received incorrect response from peer!", "the reply is not signed as one by the peer "+peerID)
	}
	if reply.Text("nonce") != m.Text("nonce") && !optLegacy.Bool(&c.Env) {
		return nil, evidence.Refuse("Received incorrect response from peer!", "the reply is one to another request")
	}
	key, err := zoneKey(c, reply)
	if err != nil {
		return nil, err
	}
	if err := d.zone.enter(key); err != nil {
		return nil, err
	}
	return message.Of(message.P("status", message.Int(200)), message.P("body", message.Binary(joined))), nil
}

// challengeOf asks the peer for a challenge. Nodes of the reference have none.
func challengeOf(c *ao.Call, url string) (string, error) {
	v, err := c.Transport.Send(c.Ctx, url, message.Of(
		message.P(path.Key, message.Binary("/~"+Name+"/challenge")), message.P("method", message.Binary("GET"))))
	var refused *ao.Outcome
	if errors.As(err, &refused) && optLegacy.Bool(&c.Env) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	m, _ := v.(*message.Message)
	return m.Text("challenge"), nil
}

// unreachable answers for a peer that gave no answer, or refused.
func unreachable(err error) (message.Value, error) {
	var refused *ao.Outcome
	if !errors.As(err, &refused) {
		return nil, &ao.Outcome{Status: ao.Unavailable, Value: message.Of(
			message.P("status", message.Int(503)), message.P("body", message.Binary("Peer node is unreachable.")),
			message.P("reason", message.Binary(fail.Sentence(err))))}
	}
	m, _ := refused.Value.(*message.Message)
	reason := m.Text("body")
	if more := m.Text("reason"); more != "" {
		reason += ": " + more
	}
	return nil, evidence.Refuse("The peer refused.", reason)
}

// fromPeer reports whether the peer has signed a reply as such. Its node signs
// every answer that it gives, to questions of anybody's choice; only a commitment
// that is not that of an answer was made by this device.
func fromPeer(c *ao.Call, reply *message.Message, peerID string) bool {
	if optLegacy.Bool(&c.Env) {
		return c.SignedBy(c.Ctx, reply, peerID)
	}
	return c.Approved(c.Ctx, reply, []string{peerID}, "body", "node-address", "zone-key", "zone-key-padding", "nonce", "encrypted_key", "iv")
}

// zoneKey decrypts the key of the zone.
func zoneKey(c *ao.Call, reply *message.Message) ([]byte, error) {
	wrapped, err := base64.StdEncoding.DecodeString(reply.Text("zone-key"))
	if err != nil {
		return nil, fail.New(fail.Upstream, Name+"/join", "the peer sent no key of a zone")
	}
	p := keys.PKCS1
	if reply.Text("zone-key-padding") == keys.OAEP.String() {
		p = keys.OAEP
	}
	key, err := c.Env.Key().Unwrap(p, wrapped)
	if err != nil {
		return nil, err
	}
	if len(key) != zoneKeySize {
		return nil, fail.New(fail.Upstream, Name+"/join", "the key of a zone has %d bytes, the peer sent %d", zoneKeySize, len(key))
	}
	return key, nil
}

// letIn lets a node in whose attestation holds (spec 04, 7.7.3).
func (d *device) letIn(c *ao.Call, req *message.Message) (message.Value, error) {
	key, err := d.zone.secret()
	if err != nil {
		return nil, err
	}
	who, err := d.judge(c, req)
	if err != nil {
		return nil, err
	}
	// The key of the zone goes to the key that the processor vouched for. The
	// node signs the answers to anybody's questions, so that its signature on
	// another key says nothing.
	public := who.Signed.Text("public_key")
	n, err := modulus(public)
	if err != nil {
		return nil, err
	}
	if keys.AddressOf(n).String() != who.Address {
		return nil, evidence.Refuse("invalid_join_request", "public_key is not that of the attested address")
	}
	padding := keys.PKCS1
	if who.Signed.Text("zone-key-padding") == keys.OAEP.String() {
		padding = keys.OAEP
	}
	wrapped, err := keys.Wrap(n, padding, key)
	if err != nil {
		return nil, err
	}
	members, err := d.zone.admit(who.Address, message.Of(
		message.P("report", message.Binary(who.Report.JSON())), message.P("public_key", message.Binary(public))))
	if err != nil {
		return nil, err
	}
	d.Node.Publish(message.Of(message.P("trusted_nodes", members)))
	return reply(c, message.Of(
		message.P("body", message.Binary(joined)),
		message.P("node-address", message.Binary(c.Address())),
		message.P("zone-key", message.Binary(base64.StdEncoding.EncodeToString(wrapped))),
		message.P("zone-key-padding", message.Binary(padding.String())),
		message.P("nonce", message.Binary(who.Signed.Text("nonce")))))
}

// judge decides whether a node may come in.
func (d *device) judge(c *ao.Call, req *message.Message) (*evidence.Machine, error) {
	v, err := message.LoadAll(c.Ctx, c.Cache, req)
	if err != nil {
		return nil, fail.New(fail.Invalid, Name+"/join", "a part of the attestation is not to be found; send it whole: %w", err)
	}
	node := v.(*message.Message).Message("node-message")
	challenge := node.Text(evidence.ChallengeKey)
	if !optLegacy.Bool(&c.Env) {
		if err := d.challenges.check(challenge, c.Now()); err != nil {
			return nil, evidence.Refuse("challenge_mismatch", fail.Sentence(err))
		}
		if !c.Approved(c.Ctx, req, []string{req.Text("address")}, "report", "nonce", "address", "node-message", "local-hashes", "public_key", "zone-key-padding") {
			return nil, evidence.Refuse("signature_or_address_invalid", "the request is not signed by the address that it names, as a request")
		}
	}
	if err := satisfies(node, d.zone.wants()); err != nil {
		return nil, err
	}
	return d.Attest.Verify(c.Ctx, &c.Env, req, evidence.Want{Challenge: challenge})
}

// reply signs what the device answers to another node, as [fromPeer] wants it.
func reply(c *ao.Call, m *message.Message) (message.Value, error) {
	return commit.Commit(c.Ctx, c.Codec(), m, c.Env.Key(), commit.Spec{})
}
