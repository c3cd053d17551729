package commit

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// OpenItem reads the bytes of an ANS-104 item, verifies its signature, and
// returns the rich message (or, for an item with the tag ao-type: binary, the
// binary). The outcome is kept in the memo of the message. Members of a bundle
// have commitments of their own, which are not looked at. Large data shares the
// memory of item.
//
// # Errors
//
// [fail.Unauthorized] when the item is unsigned or its signature wrong, else
// those of [ans104.Parse], [ans104.FromItem] and [structured.FromTABM].
func OpenItem(item message.Binary) (message.Value, error) {
	it, err := ans104.Parse(item)
	if err != nil {
		return nil, err
	}
	if err := it.Verify(); err != nil {
		return nil, err
	}
	return richItem(&it)
}

// richItem returns the message of an item whose signature holds.
func richItem(it *arweave.Item) (message.Value, error) {
	tabm, err := ans104.FromItem(it)
	if err != nil {
		return nil, err
	}
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	if m, ok := rich.(*message.Message); ok && it.Signed() {
		i, _ := it.ID()
		m.Memo().Verified.Store(&map[string]error{i.String(): nil})
	}
	return rich, nil
}

// commitItem makes m an ANS-104 item and returns the item as a message: names
// are lower-cased, other commitments are gone, and all keys are covered (spec
// 01, 13.8).
func commitItem(ctx context.Context, env codec.Env, m *message.Message, key *keys.PrivateKey, spec Spec) (*message.Message, error) {
	const op = "commit.Commit"
	it, err := itemToSign(ctx, env, m, spec.Bundle)
	if err != nil {
		return nil, err
	}
	it.Owner, it.Signature, it.Type = nil, nil, arweave.Arweave
	if spec.Type == "unsigned" || spec.Type == ans104.TypeUnsigned {
		// An item without capitals needs no commitment to be read again, but
		// one was asked for.
		tabm, err := ans104.FromUnsigned(&it)
		if err != nil {
			return nil, err
		}
		return richOf(tabm, m)
	}
	if key == nil {
		return nil, fail.New(fail.Unauthorized, op, "signing needs a key")
	}
	alg, ok := itemAlgorithm(spec.Type, key.Kind())
	if !ok {
		return nil, fail.New(fail.Unsupported, op, "a key of kind %s makes no ANS-104 commitment of type %.64q", key.Kind(), spec.Type)
	}
	signer, err := key.Signer(alg)
	if err != nil {
		return nil, err
	}
	if err := it.Sign(signer); err != nil {
		return nil, err
	}
	rich, err := richItem(&it)
	if err != nil {
		return nil, err
	}
	out, ok := rich.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, op, "an item with ao-type=binary stands for bytes, it cannot carry a commitment")
	}
	return out.WithPrivate(m.Private()), nil
}

// richOf returns a TABM as a rich message with the private state of m.
func richOf(tabm message.Value, m *message.Message) (*message.Message, error) {
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	out, ok := rich.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, "commit.Commit", "a list cannot carry a commitment")
	}
	return out.WithPrivate(m.Private()), nil
}

// itemToSign lays m out as an item. An ANS-104 commitment that agrees with m
// decides about tags and their order.
func itemToSign(ctx context.Context, env codec.Env, m *message.Message, bundle bool) (arweave.Item, error) {
	for k, v := range m.Commitments().All() {
		c, ok := v.(*message.Message)
		if !ok || device(c) != ans104.Name || len(message.CommittedBy(c)) != m.Len()-1 {
			continue
		}
		if it, err := itemOf(ctx, env, m, k, c); err == nil {
			return *it, nil
		}
	}
	tabm, err := tabmOf(ctx, env, m.Without(message.CommitmentsKey), bundle)
	if err != nil {
		return arweave.Item{}, err
	}
	return ans104.ToItem(ctx, env, tabm, codec.Options{Bundle: bundle, Inlined: true})
}

// itemAlgorithm returns the algorithm that makes commitments of a type with a
// kind of key. The type may be "" or "signed".
func itemAlgorithm(typ string, k keys.Kind) (keys.Algorithm, bool) {
	if typ == "" || typ == "signed" {
		switch k {
		case keys.RSA:
			return keys.RSAPSSSHA256, true
		case keys.Curve25519:
			return keys.Ed25519, true
		case keys.Secp256k1:
			return keys.Ethereum, true
		}
		return 0, false
	}
	t, ok := ans104.SignatureType(typ)
	if !ok {
		return 0, false
	}
	alg, ok := t.Algorithm()
	return alg, ok && alg.Kind() == k
}

// checkItem verifies an ANS-104 commitment: the item rebuilt from the message
// must have the ID, be signed by the committer, and read as the same content.
// The last matters because original-tags and field-target are what is signed,
// not the keys they stand for.
func checkItem(ctx context.Context, env codec.Env, m *message.Message, commitmentID string, c *message.Message) error {
	v, err := message.LoadAll(ctx, env.Load, c)
	if err != nil {
		return err
	}
	c = v.(*message.Message)
	err = checkItemAs(ctx, env, m, commitmentID, c)
	if fail.Is(err, fail.Unauthorized) {
		if newer, ok := ans104.WithDecodedTags(c); ok && checkItemAs(ctx, env, m, commitmentID, newer) == nil {
			return nil
		}
	}
	return err
}

// checkItemAs verifies a commitment in one reading of its fields.
func checkItemAs(ctx context.Context, env codec.Env, m *message.Message, commitmentID string, c *message.Message) error {
	const op = "commit.Verify"
	it, err := itemOf(ctx, env, m, commitmentID, c)
	if err != nil {
		if fail.Is(err, fail.NotFound) {
			return err
		}
		return fail.New(fail.Unauthorized, op, "%w", err)
	}
	if !it.Signed() {
		if who := c.Text(FieldCommitter); who != "" {
			return fail.New(fail.Unauthorized, op, "the item is not signed, but names the committer %.64q", who)
		}
		return nil // its ID is that of the content
	}
	if c.Text(FieldCommitter) != httpsig.Address(it.Owner) {
		return fail.New(fail.Unauthorized, op, "the committer %.64q is not the owner of the item", c.Text(FieldCommitter))
	}
	if err := it.Verify(); err != nil {
		return fail.New(fail.Unauthorized, op, "%w", err)
	}
	return nil
}

// itemOf rebuilds the item of a commitment of m and checks that it has the ID
// of the commitment and the content of m. Its signature is not checked.
func itemOf(ctx context.Context, env codec.Env, m *message.Message, commitmentID string, c *message.Message) (*arweave.Item, error) {
	const op = "commit.Verify"
	committed := message.CommittedBy(c)
	only := message.NewBuilder(len(committed) + 1)
	for _, k := range committed {
		k = strings.TrimSuffix(k, message.LinkSuffix)
		if v, ok := m.Get(k); ok {
			only.Set(k, v)
		}
	}
	only.Set(message.CommitmentsKey, message.Of(message.P(commitmentID, c)))
	tabm, err := tabmOf(ctx, env, only.Message(), ans104.Embeds(c))
	if err != nil {
		return nil, err
	}
	it, err := ans104.ToItem(ctx, env, tabm, codec.Options{Inlined: true})
	if err != nil {
		return nil, err
	}
	i, signed := it.ID()
	if !signed {
		i = it.UnsignedID()
	}
	if i.String() != commitmentID {
		return nil, fail.New(fail.Unauthorized, op, "the commitment is not under the ID of its item")
	}
	back, err := ans104.FromItem(&it)
	if err != nil {
		return nil, err
	}
	return &it, agree(ctx, env, tabm, back, committed)
}

// agree returns nil when two TABMs have the same content under the given keys.
func agree(ctx context.Context, env codec.Env, a, b message.Value, committed []string) error {
	const op = "commit.Verify"
	ra, err := structured.FromTABM(a)
	if err != nil {
		return err
	}
	rb, err := structured.FromTABM(b)
	if err != nil {
		return err
	}
	ma, okA := ra.(*message.Message)
	mb, okB := rb.(*message.Message)
	if !okA || !okB {
		return fail.New(fail.Unauthorized, op, "the item does not stand for a message")
	}
	for _, k := range committed {
		if k == structured.TypesKey {
			continue // the types are in the values
		}
		k = strings.TrimSuffix(k, message.LinkSuffix)
		va, _ := ma.Get(k)
		vb, ok := mb.Get(k)
		if !ok || !sameContent(ctx, env, va, vb, message.MaxDepth) {
			return fail.New(fail.Unauthorized, op, "the key %.64q is not what the item says", k)
		}
	}
	return nil
}

// sameContent reports whether two values are equal but for the commitments of
// nested messages. A link equals what it links.
func sameContent(ctx context.Context, env codec.Env, a, b message.Value, depth int) bool {
	if depth == 0 {
		return false
	}
	_, linkA := a.(message.Link)
	_, linkB := b.(message.Link)
	if linkA != linkB {
		i, errA := env.LinkID(ctx, a)
		j, errB := env.LinkID(ctx, b)
		return errA == nil && errB == nil && i == j
	}
	x, okA := a.(*message.Message)
	y, okB := b.(*message.Message)
	if !okA || !okB {
		return message.Equal(a, b)
	}
	x, y = x.Without(message.CommitmentsKey), y.Without(message.CommitmentsKey)
	if x.Len() != y.Len() {
		return false
	}
	for k, v := range x.All() {
		w, ok := y.Get(k)
		if !ok || !sameContent(ctx, env, v, w, depth-1) {
			return false
		}
	}
	return true
}
