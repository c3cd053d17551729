package ao

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// verified is the private note of the edge on a request whose commitments have
// been checked: who signed, and what.
type verified struct {
	original *message.Message
	signers  []string
}

var verifiedSlot = message.NewSlot[verified]("verified")

// WithSigners notes on m that its commitments have been verified to be by the
// given signers. Only code that has done so may call it.
func WithSigners(m *message.Message, signers ...string) *message.Message {
	return verifiedSlot.Set(m, verified{m, signers})
}

// Signers returns the verified signers of a message (A4). A message that came
// through the edge remembers them, as long as it has every committed key
// unchanged ("path" excepted, which the path language rewrites); any other has
// its commitments checked, once.
func (e *Env) Signers(ctx context.Context, m *message.Message) []string {
	if m.Commitments().Len() == 0 {
		return nil
	}
	if v, ok := verifiedSlot.In(m); ok && v.covers(m) {
		return v.signers
	}
	return commit.VerifiedSigners(ctx, e.Codec(), m)
}

// AsSigned returns a message that came through the edge as its signers signed it:
// with the "path" that the path language has since cut off. Others are returned as
// they are.
func AsSigned(m *message.Message) *message.Message {
	if v, ok := verifiedSlot.In(m); ok && v.covers(m) {
		return v.original
	}
	return m
}

func (v verified) covers(m *message.Message) bool {
	was, is := v.original.Commitments(), m.Commitments()
	if was != is && !message.Equal(was, is) {
		return false
	}
	for _, k := range v.original.Committed(was.Keys(), false) {
		a, _ := v.original.Get(k)
		if a == nil || k == path.Key {
			continue
		}
		if b, ok := m.Get(k); !ok || !message.Equal(a, b) {
			return false
		}
	}
	return true
}

// SignedBy reports whether address is a verified signer of m.
func (e *Env) SignedBy(ctx context.Context, m *message.Message, address string) bool {
	for _, s := range e.Signers(ctx, m) {
		if s == address {
			return true
		}
	}
	return false
}
