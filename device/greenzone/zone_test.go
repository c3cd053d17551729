package greenzone_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/greenzone"
	"github.com/hyperbeam-go/hyperbeam/internal/curltest"
	"github.com/hyperbeam-go/hyperbeam/internal/sevtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
)

var ctx = context.Background()

func text(s string) Value { return Binary(s) }

// member is a node in a confidential machine, behind a real HTTP server.
type member struct {
	t *testing.T
	*node.Node
	url    string
	wallet *keys.PrivateKey
	peer   *client.Client
}

// maker makes nodes whose machines are on chips of one root.
type maker struct {
	t    *testing.T
	root *snptest.Root
}

func newMaker(t *testing.T) maker { return maker{t, snptest.NewRoot(t)} }

func (f maker) start(change func(*snptest.Machine), options ...Pair) member {
	f.t.Helper()
	machine := sevtest.Machine(f.t, f.root)
	if change != nil {
		change(machine)
	}
	m := member{t: f.t, wallet: snptest.Wallet(f.t), peer: client.New(client.Options{})}
	f.t.Cleanup(m.peer.Close)
	m.Node, m.url = sevtest.Start(f.t, machine, f.root, m.wallet, options...)
	return m
}

// of returns the options of a node that joins by m.
func of(m member) []Pair {
	return []Pair{P("green_zone_peer_location", text(m.url)), P("green_zone_peer_id", text(m.wallet.Address()))}
}

// publicOf returns what a node sends of its wallet.
func publicOf(t *testing.T, k *keys.PrivateKey) Value {
	s, err := greenzone.PublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return text(s)
}

// ask sends a request, signed by k unless it is nil.
func (m member) ask(k *keys.PrivateKey, path string, more ...Pair) *client.Reply {
	m.t.Helper()
	req := Of(append(more, P("path", text(path)), P("method", text("POST")))...)
	var rep *client.Reply
	var err error
	if k == nil {
		rep, err = m.peer.Do(ctx, m.url, req.Set("method", text("GET")))
	} else {
		rep, err = m.peer.SignAndDo(ctx, m.url, req, k, commit.Spec{})
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return rep
}

// must is ask of the operator, which has to go well.
func (m member) must(path string) *Message {
	m.t.Helper()
	rep := m.ask(m.wallet, path)
	if rep.Status != 200 {
		m.t.Fatalf("%s: %d %s", path, rep.Status, rep.Body)
	}
	return rep.Message
}

// Three nodes over HTTP: one founds a zone, the second joins, becomes the first,
// and the third joins by the second.
func TestZone(t *testing.T) {
	f := newMaker(t)
	a := f.start(nil, P("green_zone_required_config", Of(P("mode", text("self")))))
	if body := a.must("/~greenzone@1.0/init").Text("body"); body != "Green zone initialized successfully." {
		t.Error(body)
	}
	if rep := a.ask(a.wallet, "/~green-zone@1.0/init"); rep.Status != 409 || !strings.Contains(rep.Body, "Green zone already initialized.") {
		t.Error("twice:", rep.Status, rep.Body)
	}
	b := f.start(nil, of(a)...)
	if rep := b.ask(b.wallet, "/~greenzone@1.0/become"); rep.Status != 400 || !strings.Contains(rep.Body, "Node not part of a green zone.") {
		t.Error("too early:", rep.Status, rep.Body)
	}
	if body := b.must("/~greenzone@1.0/join").Text("body"); body != "Node joined green zone successfully." {
		t.Error(body)
	}
	if rep := b.ask(b.wallet, "/~greenzone@1.0/join"); rep.Status != 409 || !strings.Contains(rep.Body, "Node already part of green zone.") {
		t.Error("twice:", rep.Status, rep.Body)
	}
	// A knows B, with the attestation that let it in.
	trusted := a.Message().Message("trusted_nodes").Message(b.wallet.Address())
	if _, err := snp.ParseJSON([]byte(trusted.Text("report"))); err != nil || trusted.Text("public_key") == "" {
		t.Error(trusted, err)
	}
	for k, want := range map[*keys.PrivateKey]string{b.wallet: "true", a.wallet: "false", snptest.Wallet(t): "false"} {
		if rep := a.ask(k, "/~greenzone@1.0/is_trusted"); rep.Body != want {
			t.Errorf("is_trusted: %s, want %s", rep.Body, want)
		}
	}
	became := b.must("/~greenzone@1.0/become")
	if v, err := b.Resolve(ctx, Of(P("path", text("/~meta@1.0/info/identities/green-zone/address")))); err != nil || v != Value(text(a.wallet.Address())) {
		t.Error("the identity that was adopted:", v, err, became)
	}
	if b.Address() != b.wallet.Address() {
		t.Error("the wallet is still the node's own")
	}
	c := f.start(nil, of(b)...)
	c.must("/~greenzone@1.0/join")
	c.must("/~greenzone@1.0/become")
	if v, err := c.Resolve(ctx, Of(P("path", text("/~meta@1.0/info/identities/green-zone/address")))); err != nil || v != Value(text(a.wallet.Address())) {
		t.Error("the identity of the zone is handed on:", v, err)
	}
	// Which schedules for processes that name it.
	process := Of(P("device", text("process@1.0")), P("type", text("Process")), P("scheduler", text(a.wallet.Address())))
	signed, err := commit.Commit(ctx, commit.Env(NoLoader{}), process, c.wallet, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := c.peer.Do(ctx, c.url, signed.Set("path", text("/~scheduler@1.0/schedule")).Set("method", text("POST")))
	if err != nil || rep.Status != 200 || len(rep.Signers) != 1 || rep.Signers[0] != a.wallet.Address() {
		t.Errorf("%v, %+v", err, rep)
	}
}

// SEC-18: what is for the operator is not for others; keys are for members.
func TestOnlyTheOperator(t *testing.T) {
	f := newMaker(t)
	a := f.start(nil)
	stranger := snptest.Wallet(t)
	for _, key := range []string{"init", "join", "become"} {
		for _, k := range []*keys.PrivateKey{nil, stranger} {
			if rep := a.ask(k, "/~greenzone@1.0/"+key); rep.Status != 403 && rep.Status != 401 {
				t.Errorf("%s: %d %s", key, rep.Status, rep.Body)
			}
		}
	}
	a.must("/~greenzone@1.0/init")
	for _, k := range []*keys.PrivateKey{nil, stranger} {
		if rep := a.ask(k, "/~greenzone@1.0/key"); rep.Status != 403 || strings.Contains(rep.Body, "encrypted_key") {
			t.Errorf("key: %d %s", rep.Status, rep.Body)
		}
	}
	b := f.start(nil, of(a)...)
	b.must("/~greenzone@1.0/join")
	order := []Pair{P("zone-member", text(b.wallet.Address())), P("peer-id", text(a.wallet.Address()))}
	if rep := a.ask(b.wallet, "/~greenzone@1.0/key", order...); rep.Status != 200 || !rep.Message.Has("encrypted_key") {
		t.Errorf("key: %d %s", rep.Status, rep.Body)
	}
	if rep := a.ask(b.wallet, "/~greenzone@1.0/key", order[0], P("peer-id", text("another"))); rep.Status != 403 {
		t.Errorf("a request to another node: %d %s", rep.Status, rep.Body)
	}
	// An answer of a member is no request of it: anyone may have it say these words.
	said, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(append(order, P("status", Int(200)))...), b.wallet, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := a.peer.Do(ctx, a.url, said.Set("path", text("/~greenzone@1.0/key")).Set("method", text("POST")))
	if err != nil || rep.Status != 403 {
		t.Errorf("an answer as request: %v %+v", err, rep)
	}
}

// SEC-18, SEC-16: joins that must not get the key of the zone.
func TestJoinsThatAreRefused(t *testing.T) {
	f := newMaker(t)
	a := f.start(nil, P("green_zone_required_config", Of(P("x_rule", text("strict")))))
	a.must("/~greenzone@1.0/init")
	rule := P("x_rule", text("strict"))
	foreign := newMaker(t)
	for name, c := range map[string]struct {
		node member
		want string
	}{
		"another maker of processors": {foreign.start(nil, append(of(a), rule)...), "report_signature_invalid"},
		"debugging":                   {f.start(func(m *snptest.Machine) { m.Policy |= 1 << 19 }, append(of(a), rule)...), "debug_enabled"},
		"other software":              {f.start(func(m *snptest.Machine) { m.Measurement[0]++ }, append(of(a), rule)...), "measurement_invalid"},
		"without the rule":            {f.start(nil, of(a)...), "invalid_values"},
		"with another rule":           {f.start(nil, append(of(a), P("x_rule", text("lax")))...), "invalid_values"},
	} {
		rep := c.node.ask(c.node.wallet, "/~greenzone@1.0/join")
		if rep.Status != 400 || !strings.Contains(rep.Message.Text("reason"), c.want) {
			t.Errorf("%s: %d %s", name, rep.Status, rep.Body)
		}
		if a.Message().Message("trusted_nodes").Len() != 0 {
			t.Fatalf("%s was let in", name)
		}
	}
	// A node that had the rule lax for a while is not let in either.
	b := f.start(nil, append(of(a), rule)...)
	for _, v := range []string{"lax", "strict"} {
		if rep := b.ask(b.wallet, "/~meta@1.0/info", P("x_rule", text(v))); rep.Status != 200 {
			t.Fatal(rep.Status, rep.Body)
		}
	}
	if rep := b.ask(b.wallet, "/~greenzone@1.0/join"); rep.Status != 400 || !strings.Contains(rep.Message.Text("reason"), "modified_required_key") {
		t.Errorf("a modified rule: %d %s (%s)", rep.Status, rep.Body, rep.Message.Text("reason"))
	}
	// And the honest one is.
	c := f.start(nil, append(of(a), rule)...)
	c.must("/~greenzone@1.0/join")
}

// SEC-18, SEC-16: an attestation that was seen on the wire opens nothing, neither as
// it is, nor with another key, nor when the wallet is stolen but not the machine.
func TestReplayedAttestation(t *testing.T) {
	f := newMaker(t)
	a, b := f.start(nil), f.start(nil)
	a.must("/~greenzone@1.0/init")
	thief := snptest.Wallet(t)
	join := func(m *Message) *client.Reply {
		t.Helper()
		rep, err := a.peer.Do(ctx, a.url, m.Set("path", text("/~greenzone@1.0/join")).Set("method", text("POST")))
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	sign := func(m *Message, k *keys.PrivateKey) *Message {
		t.Helper()
		m, err := commit.Commit(ctx, commit.Env(NoLoader{}), m.Without("commitments", "status"), k, commit.Spec{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	generate := func(challenge string) *Message {
		t.Helper()
		return b.ask(nil, "/~snp@1.0/generate", P("accept-bundle", True), P("challenge", text(challenge))).Message
	}
	challenge := a.ask(nil, "/~greenzone@1.0/challenge").Message.Text("challenge")
	fresh, old := generate(challenge), generate("")
	forged := strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return r
	}, challenge) // a later end: it begins with zeros
	for name, m := range map[string]*Message{
		"the answer of generate":               fresh,
		"with the thief's key":                 sign(fresh.Set("public_key", publicOf(t, thief)), b.wallet),
		"signed by the thief":                  sign(fresh.Set("public_key", publicOf(t, thief)), thief),
		"with the thief's address":             sign(fresh.Set("public_key", publicOf(t, thief)).Set("address", text(thief.Address())), thief),
		"an old one":                           sign(old.Set("public_key", publicOf(t, b.wallet)), b.wallet),
		"an old one with a new challenge":      sign(old.Set("node-message", fresh.Message("node-message")).Set("public_key", publicOf(t, b.wallet)), b.wallet),
		"a challenge of its own":               sign(generate(forged).Set("public_key", publicOf(t, b.wallet)), b.wallet),
		"a challenge that the node never gave": sign(generate("hello").Set("public_key", publicOf(t, b.wallet)), b.wallet),
	} {
		if rep := join(m); rep.Status == 200 || strings.Contains(rep.Body, "zone-key") || rep.Message.Has("zone-key") {
			t.Errorf("%s: %d %s", name, rep.Status, rep.Body)
		}
	}
	honest := sign(fresh.Set("public_key", publicOf(t, b.wallet)).Set("zone-key-padding", text("rsa-oaep-sha256")), b.wallet)
	rep := join(honest)
	if rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	// Words that a URL adds to the signed request change nothing.
	if rep := join(sign(generate(a.ask(nil, "/~greenzone@1.0/challenge").Message.Text("challenge")), b.wallet).Set("public_key", publicOf(t, thief))); rep.Status == 200 {
		t.Error("a key that was added:", rep.Body)
	}
}

// SEC-18: a reply that the peer was made to say by somebody else is not taken for
// its own, nor one by another node.
func TestRepliesThatAreRefused(t *testing.T) {
	f := newMaker(t)
	a := f.start(nil)
	a.must("/~greenzone@1.0/init")
	other := f.start(nil)
	other.must("/~greenzone@1.0/init")
	wrong := f.start(nil, P("green_zone_peer_location", text(other.url)), P("green_zone_peer_id", text(a.wallet.Address())))
	if rep := wrong.ask(wrong.wallet, "/~greenzone@1.0/join"); rep.Status != 400 || !strings.Contains(rep.Body, "Received incorrect response from peer!") {
		t.Errorf("another node: %d %s", rep.Status, rep.Body)
	}
	gone := f.start(nil, P("green_zone_peer_location", text("http://127.0.0.1:1")), P("green_zone_peer_id", text("x")))
	if rep := gone.ask(gone.wallet, "/~greenzone@1.0/join"); rep.Status != 503 || !strings.Contains(rep.Body, "Peer node is unreachable.") {
		t.Errorf("nobody: %d %s", rep.Status, rep.Body)
	}
	none := f.start(nil)
	if rep := none.ask(none.wallet, "/~greenzone@1.0/join"); rep.Status != 400 || !strings.Contains(rep.Body, "green_zone_peer_location") {
		t.Errorf("no peer: %d %s", rep.Status, rep.Body)
	}
}

// Secrets are in no answer and in no node message.
func TestSecretsStayInside(t *testing.T) {
	f := newMaker(t)
	a := f.start(nil)
	a.must("/~greenzone@1.0/init")
	b := f.start(nil, of(a)...)
	b.must("/~greenzone@1.0/join")
	b.must("/~greenzone@1.0/become")
	_, d, _ := a.wallet.RSAParts()
	for _, path := range []string{"/~meta@1.0/info", "/~greenzone@1.0/info", "/~snp@1.0/generate"} {
		for _, n := range []member{a, b} {
			body := n.ask(nil, path, P("accept", text("application/json")), P("accept-bundle", True)).Body
			if strings.Contains(body, string(d)) || strings.Contains(body, "priv") && strings.Contains(body, "aes") {
				t.Errorf("%s tells a secret", path)
			}
		}
	}
}

// The lines that the documentation shows.
func TestDocumentedLines(t *testing.T) {
	f := newMaker(t)
	a := f.start(nil)
	answers := curltest.Run(t, greenzone.New(greenzone.Parts{}).Doc, a.url)
	for i, want := range []string{"false", "false"} {
		if i < len(answers) && answers[i].Body != want {
			t.Errorf("curl %s: %s", answers[i].Line, answers[i].Body)
		}
	}
}

// Nodes of the reference give no challenge, send no padding, and answer where
// nothing says so but their signature. A zone takes them in when its operator
// wants that, and only then.
func TestZoneWithTheReference(t *testing.T) {
	f := newMaker(t)
	strict, lax := f.start(nil), f.start(nil, P("green_zone_legacy", True))
	strict.must("/~greenzone@1.0/init")
	lax.must("/~greenzone@1.0/init")
	b := f.start(nil)
	old := b.ask(nil, "/~snp@1.0/generate", P("accept-bundle", True)).Message
	join, err := commit.Commit(ctx, commit.Env(NoLoader{}), old.Without("commitments", "status").Set("public_key", publicOf(t, b.wallet)), b.wallet, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	join = join.Set("path", text("/~greenzone@1.0/join")).Set("method", text("POST"))
	if rep, err := strict.peer.Do(ctx, strict.url, join); err != nil || rep.Status != 400 || rep.Message.Text("body") != "challenge_mismatch" {
		t.Errorf("%v %+v", err, rep)
	}
	rep, err := lax.peer.Do(ctx, lax.url, join)
	if err != nil || rep.Status != 200 {
		t.Fatalf("%v %+v", err, rep)
	}
	wrapped, err := base64.StdEncoding.DecodeString(rep.Message.Text("zone-key"))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := b.wallet.Unwrap(keys.PKCS1, wrapped)
	if err != nil || len(zone) != 32 {
		t.Fatal("the key of the zone:", err)
	}
	// It asks for the wallet without a signature, and decrypts it.
	rep = lax.ask(nil, "/~greenzone@1.0/key")
	if rep.Status != 200 || rep.Signers[0] != lax.wallet.Address() {
		t.Fatalf("%+v", rep)
	}
	k, err := greenzone.OpenKey(zone, rep.Message.Text("encrypted_key"), rep.Message.Text("iv"))
	if err != nil || k.Address() != lax.wallet.Address() {
		t.Error("the wallet:", err)
	}
}
