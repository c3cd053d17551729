package hosted

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// What a sealed export is encrypted with: RFC 9180 with these algorithms.
var (
	sealKDF  = hpke.HKDFSHA256()
	sealAEAD = hpke.AES256GCM()
)

const (
	keyRecipient = "recipient"
	keySealed    = "sealed"
	sealInfo     = "hyperbeam-go secret@1.0 export 1"
)

// Export returns the records of the wallets that a call may use, as a numbered
// message (spec 04, 6.6.9). A request with a "recipient", an X25519 public key in
// base64url, gets {sealed: ...} that only its secret key opens, so that an order
// which is replayed by someone else is of no use to them.
//
// # Errors
//
// [fail.NotFound] when there is none, [fail.Forbidden] for pages of other
// origins, [fail.Invalid] for a recipient that is no key.
func (s *Service) Export(c *ao.Call) (*message.Message, error) {
	const op = "hosted.Export"
	if err := RefuseForeign(&c.Env, c.Request()); err != nil {
		return nil, err
	}
	usable, err := s.Usable(c)
	if err != nil {
		return nil, err
	}
	if len(usable) == 0 {
		return nil, fail.New(fail.NotFound, op, "No wallets found to export.")
	}
	records := make([]message.Value, len(usable))
	for i, w := range usable {
		records[i] = w.Record()
	}
	out := ao.Confidential(message.NewList(records...).Numbered())
	to := c.Request().Text(keyRecipient)
	if to == "" {
		return out, nil
	}
	raw, err := id.Decode(to)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "recipient is no base64url")
	}
	public, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "recipient is no X25519 public key")
	}
	key, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "recipient is unusable: %w", err)
	}
	text, err := textOf(c.Ctx, commit.Env(message.NoLoader{}), out)
	if err != nil {
		return nil, err
	}
	sealed, err := hpke.Seal(key, sealKDF, sealAEAD, []byte(sealInfo), []byte(text))
	if err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	return message.Of(message.P(keySealed, message.Binary(id.Encode(sealed)))), nil
}

// Order is a request for an export that only its maker can read.
type Order struct {
	Request *message.Message // to be signed and sent
	key     hpke.PrivateKey
}

// NewOrder returns the order of an export of wallets by key ID; "all" are all.
//
// # Errors
//
// [fail.Internal] when the system has no randomness.
func NewOrder(keyIDs message.Value) (*Order, error) {
	key, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "hosted.Order", err)
	}
	return &Order{key: key, Request: message.Of(
		message.P("path", message.Binary("/~secret@1.0/export")),
		message.P("method", message.Binary("GET")),
		message.P(keyIDsKey, keyIDs),
		message.P(keyRecipient, message.Binary(id.Encode(key.PublicKey().Bytes()))))}, nil
}

// Open returns the records in the answer to an order. Answers in clear, which
// nodes give that know no recipients, are read too.
//
// # Errors
//
// [fail.Upstream] when the answer is neither.
func (o *Order) Open(ctx context.Context, answer *message.Message) ([]*message.Message, error) {
	const op = "hosted.Order"
	if text := answer.Text(keySealed); text != "" {
		raw, err := id.Decode(text)
		if err != nil {
			return nil, fail.New(fail.Upstream, op, "the sealed answer is no base64url")
		}
		clear, err := hpke.Open(o.key, sealKDF, sealAEAD, []byte(sealInfo), raw)
		if err != nil {
			return nil, fail.New(fail.Upstream, op, "the sealed answer is not for this order")
		}
		if answer, err = messageOf(ctx, string(clear)); err != nil {
			return nil, fail.New(fail.Upstream, op, "the answer holds no records: %s", fail.Sentence(err))
		}
	}
	var out []*message.Message
	for _, v := range answer.All() {
		if m, ok := v.(*message.Message); ok && m.Has(keyWallet) {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, fail.New(fail.Upstream, op, "the answer holds no wallets")
	}
	return out, nil
}

// Adopt keeps the records of another node, and returns the key IDs of those that
// are new. A record whose parts do not belong together, or whose committer has a
// wallet here, is left out (H2); of the others only who knows the secret, or
// controls the wallet, can do anything with them.
//
// # Errors
//
// [fail.Busy] when there are too many; those of the store.
func (s *Service) Adopt(ctx context.Context, e *ao.Env, records []*message.Message) ([]string, error) {
	var out []string
	for _, m := range records {
		w, err := ReadRecord(m)
		if err != nil {
			s.Log.Warn("a wallet of another node is not taken", "error", err)
			continue
		}
		if w.Persist == Client {
			continue
		}
		switch err := s.add(ctx, e, w); {
		case fail.Is(err, fail.Conflict):
			continue
		case err != nil:
			return out, err
		}
		out = append(out, w.KeyID())
	}
	return out, nil
}
