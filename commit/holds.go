package commit

import (
	"context"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Holds returns nil when one commitment of m is valid on the keys it covers,
// whatever else m has, and its committer is the owner of the key: the field by
// itself is only a claim (SEC-02). That it holds is kept in the memo of m.
//
// # Errors
//
// [fail.Unauthorized] says why it does not hold; [fail.NotFound] when m has no
// such commitment, or a link that it embeds is missing; those of reading links.
func Holds(ctx context.Context, env codec.Env, m *message.Message, commitmentID string) error {
	c := m.Commitments().Message(commitmentID)
	if c == nil {
		return fail.New(fail.NotFound, "commit.Holds", "the message has no commitment %.64s", commitmentID)
	}
	if who := c.Text(FieldCommitter); device(c) != ans104.Name && who != httpsig.Committer(c.Text(FieldKeyID)) {
		return fail.New(fail.Unauthorized, "commit.Holds", "the committer %.64q is not who the key ID names", who)
	}
	if known := m.Memo().Verified.Load(); known != nil {
		if err, ok := (*known)[commitmentID]; ok && err == nil {
			return nil
		}
	}
	alone := m.With(covered(c)...).Set(message.CommitmentsKey, message.Of(message.P(commitmentID, c)))
	if err := VerifyAll(ctx, env, alone); err != nil {
		return err
	}
	attest(m, commitmentID)
	return nil
}

// Reduce returns m with its committed keys only ([message.Message.OnlyCommitted]).
// What is known to hold is known of the result as well.
func Reduce(m *message.Message) *message.Message {
	out := m.OnlyCommitted()
	known := m.Memo().Verified.Load()
	if out == m || known == nil {
		return out
	}
	for name, err := range *known {
		c := m.Commitments().Message(name)
		if err == nil && c != nil && !slices.ContainsFunc(covered(c), func(k string) bool { return m.Has(k) != out.Has(k) }) {
			attest(out, name)
		}
	}
	return out
}

// covered returns the keys that a commitment covers, under the names they have
// in a rich message.
func covered(c *message.Message) []string {
	keys := message.CommittedBy(c)
	for i, k := range keys {
		keys[i] = strings.TrimSuffix(k, message.LinkSuffix)
	}
	return keys
}

// attest notes in the memo of m that a commitment holds.
func attest(m *message.Message, commitmentID string) {
	found := map[string]error{commitmentID: nil}
	if known := m.Memo().Verified.Load(); known != nil {
		for name, err := range *known {
			if name != commitmentID {
				found[name] = err
			}
		}
	}
	m.Memo().Verified.Store(&found)
}
