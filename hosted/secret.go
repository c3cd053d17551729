package hosted

import (
	"context"
	"crypto/rand"
	"crypto/subtle"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// MaxSecret bounds a secret in bytes.
const MaxSecret = 4096

// NewSecret returns a random secret: 64 bytes in base64url.
func NewSecret() string {
	b := make([]byte, 64)
	_, _ = rand.Read(b) // never fails
	return id.Encode(b)
}

// Committer returns whom a secret stands for: base64url of the SHA-256 of its
// text (spec 04, 6.3.1).
func Committer(secret string) string { return id.Hash([]byte(secret)).String() }

// KeyID returns the key ID of a committer's secret.
func KeyID(committer string) string { return httpsig.SchemeSecret + ":" + committer }

// CommitSecret returns m with a commitment by a secret, in the name of a device,
// and its committer (spec 04, 6.3.1). A message that has commitments is reduced
// to the keys that they cover, and keeps them.
//
// # Errors
//
// [fail.Invalid] for a secret that is empty or too long, else those of
// [commit.Commit].
func CommitSecret(ctx context.Context, e *ao.Env, device, secret string, m *message.Message) (*message.Message, string, error) {
	if secret == "" || len(secret) > MaxSecret {
		return nil, "", fail.New(fail.Invalid, "hosted.CommitSecret", "a secret has 1 to %d bytes", MaxSecret)
	}
	who := Committer(secret)
	before := message.Empty()
	if had := m.Commitments(); had.Len() > 0 {
		m, before = m.OnlyCommitted().Without(message.CommitmentsKey), had
	}
	out, err := commit.Commit(ctx, e.Codec(), m, nil, commit.Spec{Type: commit.TypeHMAC, Scheme: httpsig.SchemeSecret, Secret: secret})
	if err != nil {
		return nil, "", err
	}
	for k, v := range out.Commitments().All() {
		if c, ok := v.(*message.Message); ok && c.Text(commit.FieldCommitter) == who {
			before = before.Set(k, c.Set(commit.FieldDevice, message.Binary(device)))
		}
	}
	return out.Set(message.CommitmentsKey, before), who, nil
}

// VerifySecret returns nil when m has a commitment by a committer, the secret is
// that committer's, and the HMAC holds (SEC-15: recomputed, compared in constant
// time).
//
// # Errors
//
// [fail.Unauthorized] when one of these is not so.
func VerifySecret(ctx context.Context, e *ao.Env, m *message.Message, committer, secret string) error {
	const op = "hosted.VerifySecret"
	if secret == "" || len(secret) > MaxSecret || subtle.ConstantTimeCompare([]byte(Committer(secret)), []byte(committer)) != 1 {
		return fail.New(fail.Unauthorized, op, "the secret is not that of %.64s", committer)
	}
	err := commit.Verify(ctx, e.Codec(), m, commit.Selection{Committers: []string{committer}}, secret)
	if fail.Is(err, fail.NotFound) {
		return fail.New(fail.Unauthorized, op, "%s has not committed to this message", committer)
	}
	return err
}
