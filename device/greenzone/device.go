// Package greenzone is the device greenzone@1.0: nodes that let each other in
// because their processors vouch for what they run.
package greenzone

import (
	"crypto/rand"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/volume"
)

// Name is the name of the device.
const Name = "greenzone@1.0"

const doc = `A group of nodes in confidential machines that share a secret: each is let in because its processor says what it runs.

The operator of the first node founds the zone with "init". Operators of others set "green_zone_peer_location" (a URL) and
"green_zone_peer_id" (the address of that node) and "join": the node attests itself (snp@1.0) to its peer, which checks the
attestation, and that the node has the options that the zone requires and always had them; then it answers with the key of the zone,
encrypted to the wallet of the new node. A member may "become" its peer: it gets the wallet of the peer, encrypted with the key of the
zone, as its identity green-zone, and from then on schedules and sends for processes that name this address too.

    hyperbeam call --sign /~greenzone@1.0/init
    hyperbeam call --sign /~greenzone@1.0/join
    hyperbeam call --sign /~greenzone@1.0/become

Anybody may ask what a node thinks of a zone. "info" shows the members with the attestations that let them in; "is_trusted" answers
"true" to requests that a member has signed.

    curl http://localhost:8734/~greenzone@1.0/info/initialized
    curl http://localhost:8734/~greenzone@1.0/is_trusted
    curl http://localhost:8734/~green-zone@1.0/challenge

Secrets are in memory and nowhere else: a node that has been started anew joins again. "init", "join" of one's own and "become" are for
the operator, "key" is for members. A joining node answers a fresh "challenge" of its peer, inside of what its processor signs, so
that an old attestation opens nothing. Nodes of the reference know no challenges, do not sign when they ask for the key, and pad the
key of the zone otherwise: "green_zone_legacy" takes them in all the same. Wallets have to be of the kind rsa.`

var (
	optRequired = ao.Option{Name: "green_zone_required_config", Default: message.Empty(), Doc: `Options that members must have and always have had, with their values; "self" stands for this node's own value.`}
	optPeer     = ao.Option{Name: "green_zone_peer_location", Default: message.Binary(""), Doc: "URL of the node by which this one joins a zone."}
	optPeerID   = ao.Option{Name: "green_zone_peer_id", Default: message.Binary(""), Doc: "Address of that node."}
	optLegacy   = ao.Option{Name: "green_zone_legacy", Default: message.False, Doc: "Form zones with nodes of the reference: attestations may be old ones, and replies of the peer may be what somebody asked it to say."}
)

// IdentityName is the name of the identity that "become" adopts.
const IdentityName = "green-zone"

// Node is what the device asks of the node.
type Node interface {
	// Publish shows options in the node message until the node stops.
	Publish(options *message.Message)
	// Identify has the node sign as k too.
	Identify(name string, k *keys.PrivateKey)
}

// Parts are what the device works with.
type Parts struct {
	Node   Node
	Attest *evidence.Service
	Volume *volume.Volume
}

// New returns the device.
func New(p Parts) *ao.Device {
	d := &device{Parts: p, zone: &zone{members: message.Empty()}}
	return &ao.Device{
		Name:    Name,
		Aliases: []string{"green-zone@1.0"},
		Doc:     doc,
		Keys: []ao.Key{
			{Name: "info", Doc: "The zone as this node sees it: members and their attestations.", Run: d.info},
			{Name: "init", Doc: "Founds a zone; for the operator.", Reads: "option green_zone_required_config", Run: d.init},
			{Name: "challenge", Doc: "A challenge for a node that wants to join; it runs out after two minutes.", Run: d.challenge},
			{Name: "join", Doc: "With an attestation: lets its node in. Without: has this node join its peer; for the operator.", Reads: "request: those of an attestation, public_key, zone-key-padding", Run: d.join},
			{Name: "key", Doc: "The wallet of this node, encrypted with the key of the zone; for members.", Run: d.key},
			{Name: "become", Doc: "Adopts the wallet of the peer as an identity; for the operator.", Run: d.become},
			{Name: "is_trusted", Doc: `"true" when a node that was let in has signed the request.`, Run: d.isTrusted},
		},
		Options:  append([]ao.Option{ao.OptOperator, optRequired, optPeer, optPeerID, optLegacy}, evidence.NodeOptions()...),
		Examples: []ao.Example{{Path: "/~greenzone@1.0/is_trusted", Answer: "false"}, {Path: "/~green-zone@1.0/info/initialized", Answer: "false"}},
	}
}

type device struct {
	Parts
	zone       *zone
	challenges challenges
}

// operatorOnly refuses whoever is not the operator, or a hook of his.
func operatorOnly(c *ao.Call, key string) error {
	if c.Remote() && !c.FromOperator(path.Key) {
		return fail.New(fail.Forbidden, Name+"/"+key, "only the operator may do this, with a signed request")
	}
	return nil
}

// info tells what the node knows of its zone.
func (d *device) info(c *ao.Call) (message.Value, error) {
	required := d.zone.wants()
	if required == nil {
		required = message.Empty()
	}
	_, adopted := d.zone.speaksAs(nil)
	return message.Of(
		message.P("status", message.Int(200)),
		message.P("initialized", message.Bool(d.zone.inside())),
		message.P("members", d.zone.all()),
		message.P("required", required),
		message.P("peer-location", message.Binary(optPeer.Text(&c.Env))),
		message.P("peer-id", message.Binary(optPeerID.Text(&c.Env))),
		message.P("identity-adopted", message.Bool(adopted))), nil
}

// init founds a zone (spec 04, 7.7.1).
func (d *device) init(c *ao.Call) (message.Value, error) {
	if err := operatorOnly(c, "init"); err != nil {
		return nil, err
	}
	if d.zone.inside() {
		return nil, fail.New(fail.Conflict, Name+"/init", "Green zone already initialized.")
	}
	k := c.Env.Key()
	if k == nil {
		return nil, evidence.Refuse("no_wallet_available", "the node has no wallet (option priv_key_location)")
	}
	if _, _, ok := k.RSAParts(); !ok {
		return nil, notRSA(k)
	}
	required, err := requiredOptions(c)
	if err != nil {
		return nil, err
	}
	key := make([]byte, zoneKeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/init", err)
	}
	if err := d.zone.found(key, required); err != nil {
		return nil, err
	}
	d.Node.Publish(message.Of(
		message.P("green_zone_initialized", message.True),
		message.P("green_zone_required_opts", required),
		message.P("trusted_nodes", message.Empty())))
	return d.withVolume(c, key, message.Of(
		message.P("status", message.Int(200)), message.P("body", message.Binary("Green zone initialized successfully.")))), nil
}

// withVolume mounts the encrypted disk of the node, if it has one, with the key
// of the zone, and adds to an answer how that went. A zone is one without a disk
// too.
func (d *device) withVolume(c *ao.Call, key []byte, answer *message.Message) *message.Message {
	if !volume.Configured(&c.Env) {
		return answer
	}
	dir, _, err := d.Volume.Mount(c.Ctx, &c.Env, key)
	if err != nil {
		return answer.Set("volume", message.Binary(fail.Sentence(err)))
	}
	return answer.Set("volume", message.Binary("mounted")).Set("data-dir", message.Binary(dir))
}

// challenge answers with a challenge to join by.
func (d *device) challenge(c *ao.Call) (message.Value, error) {
	text, err := d.challenges.issue(c.Now())
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("status", message.Int(200)),
		message.P("challenge", message.Binary(text)),
		message.P("cache-control", message.Binary("no-store"))), nil
}

// isTrusted reports whether a node that was let in has signed the request (spec
// 04, 7.7.6).
func (d *device) isTrusted(c *ao.Call) (message.Value, error) {
	if d.byMember(c) {
		return message.Binary("true"), nil
	}
	return message.Binary("false"), nil
}
