package commit

import (
	"context"
	"crypto/subtle"
	"maps"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Verify returns nil when every selected commitment of m is valid. An empty
// selection is valid, so callers that need a signer must also ask for
// one ([VerifiedSigners]). secret is the key of commitments with the secret
// scheme, and may be "".
//
// Outcomes that do not depend on a secret are kept in the memo of m.
//
// # Errors
//
// [fail.Unauthorized] names the first commitment that does not hold and why;
// [fail.NotFound] when a selected committer, or a link that a bundled commitment
// embeds, is missing.
func Verify(ctx context.Context, env codec.Env, m *message.Message, s Selection, secret string) error {
	ids, err := s.Of(m)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return nil
	}
	v := verdicts{m: m, known: m.Memo().Verified.Load()}
	defer v.keep()
	for _, i := range ids {
		if err := v.of(ctx, env, i, secret); err != nil {
			return err
		}
	}
	return nil
}

// VerifyAll returns nil when every commitment of m is valid, whatever its type.
// Commitments by a secret that is not known here are not valid. Errors are
// those of [Verify].
func VerifyAll(ctx context.Context, env codec.Env, m *message.Message) error {
	return Verify(ctx, env, m, every, "")
}

// VerifiedSigners returns the committers of m whose commitments are valid on the
// keys that they cover, without repetition. Claims that do not hold are left
// out.
func VerifiedSigners(ctx context.Context, env codec.Env, m *message.Message) []string {
	all := m.Commitments()
	if all.Len() == 0 {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, k := range all.WireKeys() {
		who := all.Message(k).Text(FieldCommitter)
		if who == "" || seen[who] || Holds(ctx, env, m, k) != nil {
			continue
		}
		seen[who] = true
		out = append(out, who)
	}
	return out
}

// verdicts are the outcomes for the commitments of one message: those in its
// memo, and those found since.
type verdicts struct {
	m     *message.Message
	known *map[string]error
	found map[string]error
}

// of returns the outcome for one commitment.
func (v *verdicts) of(ctx context.Context, env codec.Env, commitmentID, secret string) error {
	if secret != "" {
		return check(ctx, env, v.m, commitmentID, secret)
	}
	if v.known != nil {
		if err, ok := (*v.known)[commitmentID]; ok {
			return err
		}
	}
	if err, ok := v.found[commitmentID]; ok {
		return err
	}
	err := check(ctx, env, v.m, commitmentID, "")
	if err != nil && !fail.Is(err, fail.Unauthorized) {
		return err
	}
	if v.found == nil {
		v.found = make(map[string]error, 2)
	}
	v.found[commitmentID] = err
	return err
}

// keep puts what was found into the memo.
func (v *verdicts) keep() {
	if v.found == nil {
		return
	}
	if v.known != nil {
		maps.Copy(v.found, *v.known)
	}
	v.m.Memo().Verified.Store(&v.found)
}

func check(ctx context.Context, env codec.Env, m *message.Message, commitmentID, secret string) error {
	const op = "commit.Verify"
	c := m.Commitments().Message(commitmentID)
	if c == nil {
		return fail.New(fail.NotFound, op, "the message has no commitment %.64s", commitmentID)
	}
	var err error
	switch device(c) {
	case httpsig.Name, "structured@1.0", "json@1.0", "flat@1.0", "cookie@1.0", "http-auth@1.0":
		err = checkHTTPSig(ctx, env, m, commitmentID, c, secret)
	case ans104.Name:
		err = checkItem(ctx, env, m, commitmentID, c)
	default:
		err = fail.New(fail.Unauthorized, op, "commitments by the device %.64q cannot be verified", device(c))
	}
	if e, ok := err.(*fail.Error); ok {
		return e.At(commitmentID)
	}
	return err
}

func checkHTTPSig(ctx context.Context, env codec.Env, m *message.Message, commitmentID string, c *message.Message, secret string) error {
	const op = "commit.Verify"
	s, err := surfaceOf(ctx, env, m, c)
	if err != nil {
		return err
	}
	sig, err := id.Decode(c.Text(FieldSignature))
	if err != nil {
		return fail.New(fail.Unauthorized, op, "the signature is not base64url: %w", err)
	}
	if httpsig.CommitmentID(sig) != commitmentID {
		return fail.New(fail.Unauthorized, op, "the commitment is not under the ID of its signature")
	}
	if alg, ok := algorithmOf(c.Text(FieldType)); ok {
		k, err := verifyingKey(c, alg)
		if err != nil {
			return err
		}
		return k.Verify(s.Base(c), sig)
	}
	if c.Text(FieldType) != TypeHMAC {
		return fail.New(fail.Unauthorized, op, "unknown commitment type %.64q", c.Text(FieldType))
	}
	mat, err := hmacMaterial(c.Text(FieldKeyID), "", secret)
	if err != nil {
		return fail.New(fail.Unauthorized, op, "%w", err)
	}
	if who := c.Text(FieldCommitter); who != "" && who != mat.committer {
		return fail.New(fail.Unauthorized, op, "the committer %.64s is not who the key stands for", who)
	}
	mac := macOf(mat.key, s, c)
	if subtle.ConstantTimeCompare(mac[:], sig) != 1 {
		return fail.New(fail.Unauthorized, op, "the HMAC does not match the content")
	}
	return nil
}

// SignatureBase returns the exact bytes that a commitment of m signs (spec 01,
// 10.8).
//
// # Errors
//
// [fail.NotFound] when m has no such commitment or a bundle lacks a link,
// [fail.Unsupported] for commitments that are not of httpsig@1.0.
func SignatureBase(ctx context.Context, env codec.Env, m *message.Message, commitmentID string) ([]byte, error) {
	const op = "commit.SignatureBase"
	c := m.Commitments().Message(commitmentID)
	if c == nil {
		return nil, fail.New(fail.NotFound, op, "the message has no commitment %.64s", commitmentID)
	}
	if device(c) != httpsig.Name {
		return nil, fail.New(fail.Unsupported, op, "commitments by %.64q have no signature base", device(c))
	}
	s, err := surfaceOf(ctx, env, m, c)
	if err != nil {
		return nil, err
	}
	return s.Base(c), nil
}

// surfaceOf returns what the commitment c of m signs.
func surfaceOf(ctx context.Context, env codec.Env, m, c *message.Message) (*httpsig.Surface, error) {
	bundle, _ := c.Get(FieldBundle)
	opt := codec.Options{Bundle: message.IsTrue(bundle), Inlined: true}
	tabm, err := tabmOf(ctx, env, m, opt.Bundle)
	if err != nil {
		return nil, err
	}
	return httpsig.NewSurface(ctx, env, tabm, message.CommittedBy(c), opt)
}
