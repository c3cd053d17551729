package commit

import (
	"bytes"
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// ways are the routes by which a message reaches a verifier.
func ways() map[string]way {
	return map[string]way{
		"as it is": func(_ context.Context, _ codec.Env, m *message.Message) (message.Value, error) { return forget(m), nil },
		"over HTTP": func(ctx context.Context, env codec.Env, m *message.Message) (message.Value, error) {
			return through(ctx, env, httpsig.Codec{}, m, codec.Options{})
		},
		"over HTTP, bundled": func(ctx context.Context, env codec.Env, m *message.Message) (message.Value, error) {
			return through(ctx, env, httpsig.Codec{}, m, codec.Options{Bundle: true})
		},
		"as JSON": func(ctx context.Context, env codec.Env, m *message.Message) (message.Value, error) {
			return through(ctx, env, json.Codec{}, m, codec.Options{Bundle: true})
		},
		"as an item": func(ctx context.Context, env codec.Env, m *message.Message) (message.Value, error) {
			return through(ctx, env, ans104.Codec{}, m, codec.Options{})
		},
	}
}

// way sends a message and returns what arrives.
type way func(context.Context, codec.Env, *message.Message) (message.Value, error)

// through encodes and decodes m with a codec.
func through(ctx context.Context, env codec.Env, c codec.Codec, m *message.Message, opt codec.Options) (message.Value, error) {
	convert := structured.ToTABM
	if opt.Bundle {
		convert, opt.Inlined = structured.Bundle, true
	}
	tabm, err := convert(ctx, env, m)
	if err != nil {
		return nil, err
	}
	enc, err := c.Encode(ctx, env, tabm, opt)
	if err != nil {
		return nil, err
	}
	if tabm, err = c.Decode(ctx, env, enc, codec.Options{}); err != nil {
		return nil, err
	}
	return structured.FromTABM(tabm)
}

// shelf is a loader of a few messages.
type shelf map[string]message.Value

// Load returns a message of the shelf.
func (s shelf) Load(ctx context.Context, id string) (message.Value, error) {
	if v, ok := s[id]; ok {
		return v, nil
	}
	return message.NoLoader{}.Load(ctx, id)
}

// storing returns an environment that can load what is nested in v.
func storing(v message.Value) codec.Env {
	s := shelf{}
	s.put(v)
	return Env(s)
}

func (s shelf) put(v message.Value) {
	switch x := v.(type) {
	case *message.Message:
		for _, e := range x.All() {
			s.put(e)
		}
	case *message.List:
		for _, e := range x.All() {
			s.put(e)
		}
	default:
		return
	}
	if i, err := LinkID(context.Background(), v); err == nil {
		s[i.String()] = v
	}
}

// forget returns a copy of m without what is remembered about it.
func forget(m *message.Message) *message.Message {
	b := message.NewBuilder(m.Len())
	for k, v := range m.All() {
		b.Set(k, v)
	}
	return b.Message()
}

func generate(t testing.TB, k keys.Kind) *keys.PrivateKey {
	t.Helper()
	key, err := keys.Generate(k)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func itemTags(t testing.TB, pairs ...string) arweave.Tags {
	t.Helper()
	var list []arweave.Tag
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, arweave.Tag{Name: pairs[i], Value: pairs[i+1]})
	}
	out, err := arweave.NewTags(list...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// foreign returns an item that another program signed, as a message.
func foreign(t testing.TB, it arweave.Item) *message.Message {
	t.Helper()
	s, err := generate(t, keys.Curve25519).Signer(keys.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	if err := it.Sign(s); err != nil {
		t.Fatal(err)
	}
	b, err := it.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := OpenItem(message.Binary(b))
	if err != nil {
		t.Fatal(err)
	}
	return v.(*message.Message)
}

// TestItemsVerifyEverywhere sends signed items along every way.
// CONF-MSG-98, 99, 105
func TestItemsVerifyEverywhere(t *testing.T) {
	target := bytes.Repeat([]byte{0xf1}, 32)
	member := arweave.Item{Tags: itemTags(t, "a", "1"), Data: []byte("x")}
	bundle, err := (&arweave.Item{Tags: itemTags(t, "Type", "X")}).WithMembers(arweave.MapShape, []arweave.Member{{Name: "k", Item: member}})
	if err != nil {
		t.Fatal(err)
	}
	for name, it := range map[string]arweave.Item{
		"plain":      {Tags: itemTags(t, "z", "1", "a", "2"), Data: []byte("x")},
		"no data":    {Tags: itemTags(t, "b", "1", "a", "2")},
		"fields":     {Target: target, Anchor: bytes.Repeat([]byte("a"), 32), Tags: itemTags(t, "Action", "Eval, now", "x", "a:b:c")},
		"raw anchor": {Anchor: target, Tags: itemTags(t, "a", "1")},
		"repeated":   {Tags: itemTags(t, "a", "1", "a", "2", "b", "3")},
		"types":      {Tags: itemTags(t, "ao-types", `n="integer", m="atom"`, "n", "5", "m", "true")},
		"old types":  {Tags: itemTags(t, "N", "5", "ao-types", `N="integer"`)},
		"bundle":     bundle,
	} {
		m := foreign(t, it)
		for way, send := range ways() {
			t.Run(name+" "+way, func(t *testing.T) {
				got, err := send(t.Context(), storing(m), m)
				if err != nil {
					t.Fatal(err)
				}
				r := got.(*message.Message)
				if i, err := SignedID(t.Context(), r); err != nil || !m.Commitments().Has(i.String()) {
					t.Fatalf("ID %s, %v", i, err)
				}
				if err := Verify(t.Context(), storing(m), r, Signed(), ""); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// TestItemsCannotBeChanged changes a message under its commitment, or the
// commitment itself.
func TestItemsCannotBeChanged(t *testing.T) {
	target := bytes.Repeat([]byte{0xf1}, 32)
	m := foreign(t, arweave.Item{Target: target, Anchor: target, Tags: itemTags(t, "Action", "Eval", "n", "5", "ao-types", `n="integer"`), Data: []byte("x")})
	key := m.Commitments().Keys()[0]
	c := m.Commitments().Message(key)
	other := foreign(t, arweave.Item{Data: []byte("y")})
	otherC := other.Commitments().Message(other.Commitments().Keys()[0])
	with := func(field string, v message.Value) *message.Message {
		return m.Set("commitments", message.Of(message.P(key, c.Set(field, v))))
	}
	for name, changed := range map[string]*message.Message{
		"value":               m.Set("action", message.Binary("Transfer")),
		"data":                m.Set("data", message.Binary("z")),
		"target":              m.Set("target", message.Binary(id.Encode(bytes.Repeat([]byte{2}, 32)))),
		"type of a value":     m.Set("n", message.Binary("5")),
		"missing key":         m.Without("action"),
		"anchor":              with("field-anchor", message.Binary(bytes.Repeat([]byte{2}, 32))),
		"target field":        with("field-target", message.Binary(id.Encode(bytes.Repeat([]byte{2}, 32)))),
		"committer":           with("committer", message.Binary(otherC.Text("committer"))),
		"key":                 with("keyid", message.Binary(otherC.Text("keyid"))),
		"signature":           with("signature", message.Binary(otherC.Text("signature"))),
		"type":                with("type", message.Binary(ans104.TypeSolana)),
		"unknown type":        with("type", message.Binary("x")),
		"unsigned with owner": with("type", message.Binary(ans104.TypeUnsigned)),
		"covers more":         with("committed", message.Strings([]string{"data", "action", "n", "ao-types", "target", "extra"})).Set("extra", message.Binary("1")),
		"covers commitments":  with("committed", message.Strings([]string{"commitments"})),
		"no original tags":    m.Set("commitments", message.Of(message.P(key, c.Without("original-tags")))),
		"broken tags":         with("original-tags", message.Binary("x")),
		"other ID":            m.Set("commitments", message.Of(message.P(other.Commitments().Keys()[0], c))),
	} {
		t.Run(name, func(t *testing.T) {
			if err := VerifyAll(t.Context(), pure(), changed); !fail.Is(err, fail.Unauthorized) {
				t.Fatalf("accepted: %v", err)
			}
			if got := VerifiedSigners(t.Context(), pure(), changed); got != nil {
				t.Fatalf("signed by %v", got)
			}
		})
	}
	more := m.Set("extra", message.Binary("not covered"))
	if err := VerifyAll(t.Context(), pure(), more); err != nil {
		t.Fatalf("a key beside the covered ones: %v", err)
	}
}

// CONF-MSG-98
func TestCommitItem(t *testing.T) {
	ctx := t.Context()
	in := message.Of(
		message.P("B", message.Binary("2")), message.P("a", message.Int(1)), message.P("body", message.Binary("x")),
		message.P("n", message.Of(message.P("x", message.NewList(message.Int(1), message.Binary("2"))))))
	for _, c := range []struct {
		kind keys.Kind
		ask  string
		typ  string
	}{
		{keys.Curve25519, "", ans104.TypeEd25519}, {keys.Curve25519, "signed", ans104.TypeEd25519},
		{keys.Curve25519, ans104.TypeSolana, ans104.TypeSolana},
		{keys.Secp256k1, "", ans104.TypeEthereum}, {keys.Secp256k1, ans104.TypeTypedEthereum, ans104.TypeTypedEthereum},
	} {
		for _, bundle := range []bool{false, true} {
			m, err := Commit(ctx, pure(), in, generate(t, c.kind), Spec{Device: ans104.Name, Type: c.ask, Bundle: bundle})
			if err != nil {
				t.Fatal(c.typ, err)
			}
			key := m.Commitments().Keys()[0]
			if got := m.Commitments().Message(key).Text("type"); got != c.typ || !m.Has("b") || m.Has("B") {
				t.Errorf("type %s, keys %v", got, m.Keys())
			}
			for way, send := range ways() {
				got, err := send(ctx, storing(in), m)
				if err == nil {
					err = VerifyAll(ctx, storing(in), got.(*message.Message))
				}
				if err != nil {
					t.Errorf("%s, bundle %v, %s: %v", c.typ, bundle, way, err)
				}
			}
		}
	}
}

// TestNewerTags verifies an item whose original tags a newer node has sent.
// CONF-MSG-92
func TestNewerTags(t *testing.T) {
	m := foreign(t, arweave.Item{Tags: itemTags(t, "Action", "Eval", "B", "")})
	key, c := first(m.Commitments())
	tags := c.Message("original-tags")
	for k, v := range tags.All() {
		tag := v.(*message.Message)
		tags = tags.Set(k, tag.Set("value", message.Binary(id.Encode([]byte(tag.Text("value"))))))
	}
	newer := m.Set("commitments", message.Of(message.P(key, c.Set("original-tags", tags))))
	if err := VerifyAll(t.Context(), pure(), newer); err != nil {
		t.Fatal(err)
	}
	if err := VerifyAll(t.Context(), pure(), newer.Set("action", message.Binary("x"))); !fail.Is(err, fail.Unauthorized) {
		t.Fatal(err)
	}
}

// TestDeepItems verifies an item, a bundle and what is in it as a server does.
func TestDeepItems(t *testing.T) {
	member := arweave.Item{Tags: itemTags(t, "A", "1", "l+link", "TWaabU6nSWpn7zPaiWSd9gQkfNwa1t3onrDRNB-bFiI"), Data: []byte("x")}
	lower := arweave.Item{Tags: itemTags(t, "l+link", "TWaabU6nSWpn7zPaiWSd9gQkfNwa1t3onrDRNB-bFiI")}
	s, err := generate(t, keys.Curve25519).Signer(keys.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range []*arweave.Item{&member, &lower} {
		if err := it.Sign(s); err != nil {
			t.Fatal(err)
		}
	}
	unsigned := arweave.Item{Tags: itemTags(t, "B", "1")}
	bundle, err := (&arweave.Item{Tags: itemTags(t, "Type", "X")}).WithMembers(arweave.MapShape, []arweave.Member{{Name: "k", Item: member}, {Name: "l", Item: lower}, {Name: "u", Item: unsigned}})
	if err != nil {
		t.Fatal(err)
	}
	m := foreign(t, bundle)
	for _, m := range []*message.Message{m, forget(m)} {
		env := storing(m)
		env.Load.(shelf)["TWaabU6nSWpn7zPaiWSd9gQkfNwa1t3onrDRNB-bFiI"] = message.Empty()
		if who, err := VerifyDeep(t.Context(), env, m, 10); err != nil || len(who) != 1 {
			t.Fatal(who, err)
		}
	}
	bad := m.Set("k", m.Message("k").Set("a", message.Binary("2")))
	if who, err := VerifyDeep(t.Context(), storing(bad), bad, 10); err == nil {
		t.Fatalf("accepted from %v", who)
	}
}

func TestCommitItemAgain(t *testing.T) {
	ctx := t.Context()
	m := foreign(t, arweave.Item{Tags: itemTags(t, "Z", "1", "a", "2"), Data: []byte("x")})
	again, err := Commit(ctx, pure(), m, generate(t, keys.Secp256k1), Spec{Device: ans104.Name})
	if err != nil {
		t.Fatal(err)
	}
	if again.Commitments().Len() != 1 || again.Commitments().Has(m.Commitments().Keys()[0]) {
		t.Fatal("the old commitment is still there")
	}
	_, c := first(again.Commitments())
	if c.Message("original-tags").Message("1").Text("name") != "Z" {
		t.Fatal("the tags lost their spelling")
	}
	changed, err := Commit(ctx, pure(), m.Set("z", message.Binary("3")), generate(t, keys.Secp256k1), Spec{Device: ans104.Name})
	if err != nil || changed.Text("z") != "3" {
		t.Fatal(changed, err)
	}
}

func first(m *message.Message) (string, *message.Message) {
	for k, v := range m.All() {
		return k, v.(*message.Message)
	}
	return "", nil
}

func TestUnsignedItem(t *testing.T) {
	ctx := t.Context()
	for _, in := range []*message.Message{message.Of(message.P("a", message.Binary("1"))), message.Of(message.P("A", message.Binary("1")))} {
		m, err := Commit(ctx, pure(), in, nil, Spec{Device: ans104.Name, Type: "unsigned"})
		if err != nil {
			t.Fatal(err)
		}
		if m.Commitments().Len() != 1 {
			t.Fatal("no commitment")
		}
		if err := VerifyAll(ctx, pure(), m); err != nil {
			t.Fatal(err)
		}
		if err := VerifyAll(ctx, pure(), m.Set("a", message.Binary("2"))); !fail.Is(err, fail.Unauthorized) {
			t.Fatalf("accepted: %v", err)
		}
	}
}

func TestCommitItemRefusals(t *testing.T) {
	m := message.Of(message.P("a", message.Binary("1")))
	rsaType, ed := Spec{Device: ans104.Name, Type: ans104.TypeRSA}, generate(t, keys.Curve25519)
	if _, err := Commit(t.Context(), pure(), m, nil, Spec{Device: ans104.Name}); !fail.Is(err, fail.Unauthorized) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := Commit(t.Context(), pure(), m, ed, rsaType); !fail.Is(err, fail.Unsupported) {
		t.Errorf("type of another key: %v", err)
	}
	if _, err := Commit(t.Context(), pure(), m.Set("ao-type", message.Binary("binary")), ed, Spec{Device: ans104.Name}); !fail.Is(err, fail.Invalid) {
		t.Errorf("bytes: %v", err)
	}
}
