package ao

import (
	"context"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Approved reports whether one of the given addresses has signed a request as
// an order: with a verified commitment that covers each of the keys that the
// request has. Keys that a URL adds to a signed message are not covered, and
// would else let anyone who has seen a signature put words into its signer's
// mouth.
//
// An answer of a node is signed too, and what it says may be up to whoever
// asked. Commitments that cover "status" or carry a hashpath are those of
// answers, and approve of nothing.
func (e *Env) Approved(ctx context.Context, req *message.Message, addresses []string, keys ...string) bool {
	all := req.Commitments()
	noted, ok := verifiedSlot.In(req)
	atEdge := ok && noted.covers(req)
	for id := range all.All() {
		c := all.Message(id)
		who := c.Text(commit.FieldCommitter)
		if !slices.Contains(addresses, who) || !orders(req, c, keys) {
			continue
		}
		if atEdge && slices.Contains(noted.signers, who) || !atEdge && e.holds(ctx, req, id) {
			return true
		}
	}
	return false
}

// orders reports whether a commitment covers the keys of a request and is not
// that of an answer.
func orders(req, commitment *message.Message, keys []string) bool {
	covered := message.CommittedBy(commitment)
	for i, k := range covered {
		covered[i] = strings.TrimSuffix(k, message.LinkSuffix)
	}
	if commitment.Has("tag") || slices.Contains(covered, "status") {
		return false
	}
	for _, k := range keys {
		if req.Has(k) && !slices.Contains(covered, k) {
			return false
		}
	}
	return true
}

// holds verifies one commitment.
func (e *Env) holds(ctx context.Context, m *message.Message, id string) bool {
	s, err := commit.SelectionOf(message.Of(message.P(message.CommitmentsKey, message.Binary(id))))
	return err == nil && commit.Verify(ctx, e.Codec(), m, s, "") == nil
}
