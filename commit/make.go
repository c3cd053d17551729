package commit

import (
	"context"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Spec says how to commit (spec 01, 8.4 and 10.10). The zero value signs all
// keys with httpsig@1.0.
type Spec struct {
	Device    string   // httpsig@1.0 (also for codecs that borrow it) or ans104@1.0
	Type      string   // "signed" (default), "unsigned", or a commitment type
	Committed []string // keys to cover; nil for the default of 10.10
	Bundle    bool     // cover the content of nested messages, not their IDs
	KeyID     string   // of an HMAC
	Scheme    string   // of an HMAC
	Secret    string   // of an HMAC
}

// Commit returns m with one more commitment; a signature comes with the HMAC
// over the same keys. key may be nil for HMACs. Stacked signatures cover the
// keys of the commitments that are there. With the device ans104@1.0 the
// result is the signed item as a message: all keys are covered, their names in
// lower case, and other commitments are gone.
//
// # Errors
//
// [fail.Unauthorized] without the needed key, [fail.Unsupported] for an unknown
// device or type, [fail.NotFound] when a bundle needs a link that is missing.
func Commit(ctx context.Context, env codec.Env, m *message.Message, key *keys.PrivateKey, spec Spec) (*message.Message, error) {
	const op = "commit.Commit"
	switch spec.Device {
	case ans104.Name:
		return commitItem(ctx, env, m, key, spec)
	case "", httpsig.Name, "structured@1.0", "json@1.0", "flat@1.0":
	default:
		return nil, fail.New(fail.Unsupported, op, "device %q makes no commitments; use httpsig@1.0 or ans104@1.0", spec.Device)
	}
	typ := spec.Type
	switch typ {
	case "", "signed":
		if key == nil {
			return nil, fail.New(fail.Unauthorized, op, "signing needs a key")
		}
		typ = typeOf(key.Kind())
	case "unsigned":
		typ = TypeHMAC
	}
	c := committer{ctx: ctx, env: env, spec: spec}
	if typ == TypeHMAC {
		return c.hmac(m)
	}
	alg, ok := algorithmOf(typ)
	if !ok {
		return nil, fail.New(fail.Unsupported, op, "unknown commitment type %q", typ)
	}
	if key == nil {
		return nil, fail.New(fail.Unauthorized, op, "signing needs a key")
	}
	signer, err := key.Signer(alg)
	if err != nil {
		return nil, err
	}
	if m, err = c.sign(m, signer, typ); err != nil {
		return nil, err
	}
	return c.hmac(m)
}

// committer makes the commitments of one call. The signature and its HMAC
// usually cover the same keys, so the last surface is kept.
type committer struct {
	ctx     context.Context
	env     codec.Env
	spec    Spec
	keys    []string
	surface *httpsig.Surface
	listed  *message.Message // the keys that the surface covers
	whole   bool             // these are all there are
}

func (c *committer) sign(m *message.Message, signer keys.Signer, typ string) (*message.Message, error) {
	s, err := c.cover(m)
	if err != nil {
		return nil, err
	}
	mat := publicMaterial(signer.Public())
	fields := c.fields(typ, mat, m.Hashpath())
	sig, err := signer.Sign(s.Base(fields))
	if err != nil {
		return nil, err
	}
	name := httpsig.CommitmentID(sig)
	out := add(m, name, fields.Set(FieldSignature, message.Binary(id.Encode(sig))))
	attest(out, name)
	return out, nil
}

func (c *committer) hmac(m *message.Message) (*message.Message, error) {
	mat, err := hmacMaterial(c.spec.KeyID, c.spec.Scheme, c.spec.Secret)
	if err != nil {
		return nil, err
	}
	s, err := c.cover(m)
	if err != nil {
		return nil, err
	}
	for k, v := range m.Commitments().All() {
		if old, ok := v.(*message.Message); ok && device(old) == httpsig.Name && old.Text(FieldType) == TypeHMAC && old.Text(FieldKeyID) == mat.keyID {
			known := m.Memo().Verified.Load()
			m = m.Set(message.CommitmentsKey, m.Commitments().Without(k))
			m.Memo().Verified.Store(known)
		}
	}
	fields := c.fields(TypeHMAC, mat, "")
	i := macOf(mat.key, s, fields)
	human := i.String()
	out := add(m, human, fields.Set(FieldSignature, message.Binary(human)))
	if mat.keyID != constantKey {
		return out, nil // whether it holds is for those to say who know the secret
	}
	attest(out, human)
	if c.whole && !c.spec.Bundle {
		out.Memo().CalculatedID.Store(&i)
	}
	return out, nil
}

// cover returns the surface of the keys to commit on m.
func (c *committer) cover(m *message.Message) (*httpsig.Surface, error) {
	opt := codec.Options{Bundle: c.spec.Bundle, Inlined: c.spec.Bundle}
	tabm, err := tabmOf(c.ctx, c.env, m, opt.Bundle)
	if err != nil {
		return nil, err
	}
	covered := c.spec.Committed
	if covered == nil {
		if ids, err := allCommitters.Of(m); err == nil {
			covered = m.Committed(ids, false)
		}
	}
	whole := len(covered) == 0 && c.spec.Committed == nil
	if whole {
		for k := range tabm.All() {
			if k != message.CommitmentsKey {
				covered = append(covered, strings.TrimSuffix(k, message.LinkSuffix))
			}
		}
	}
	if c.surface != nil && slices.Equal(covered, c.keys) {
		return c.surface, nil
	}
	s, err := httpsig.NewSurface(c.ctx, c.env, tabm, covered, opt)
	if err != nil {
		return nil, err
	}
	if c.spec.Committed == nil {
		covered = s.Committed
	}
	c.keys, c.surface, c.whole = covered, s, whole
	c.listed = message.Strings(s.Committed).Numbered()
	return s, nil
}

// fields returns a commitment without its signature. The fields are in order,
// so that they need no sorting.
func (c *committer) fields(typ string, mat material, tag string) *message.Message {
	b := message.NewBuilder(9)
	if c.spec.Bundle {
		b.Set(FieldBundle, message.Binary("true"))
	}
	b.Set(FieldDevice, message.Binary(httpsig.Name))
	b.Set(FieldCommitted, c.listed)
	if mat.committer != "" {
		b.Set(FieldCommitter, message.Binary(mat.committer))
	}
	b.Set(FieldKeyID, message.Binary(mat.keyID))
	if tag != "" {
		b.Set(FieldTag, message.Binary(tag))
	}
	b.Set(FieldType, message.Binary(typ))
	return b.Message()
}

// add puts a commitment on m. The TABM of m, when it is known, gets it too.
func add(m *message.Message, commitmentID string, c *message.Message) *message.Message {
	all := m.Commitments().Set(commitmentID, c)
	out := m.Set(message.CommitmentsKey, all)
	if tabm := m.Memo().TABM.Load(); tabm != nil && tabm != m {
		out.Memo().TABM.Store(tabm.Set(message.CommitmentsKey, all))
	}
	out.Memo().Verified.Store(m.Memo().Verified.Load())
	return out
}

// tabmOf returns the linked TABM of m, or the embedded one.
func tabmOf(ctx context.Context, env codec.Env, m *message.Message, bundle bool) (*message.Message, error) {
	convert := structured.ToTABM
	if bundle {
		convert = structured.Bundle
	}
	v, err := convert(ctx, env, m)
	if err != nil {
		return nil, err
	}
	return v.(*message.Message), nil
}
