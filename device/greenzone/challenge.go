package greenzone

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// challenges hands out challenges, and knows its own again without remembering
// them: each is the second it runs out, a random number, and a code over both
// that only this node can make.
// The zero value is ready.
type challenges struct {
	once sync.Once
	key  [32]byte
	err  error
}

// challengeTime is how long a joining node may take to have its processor asked.
const challengeTime = 2 * time.Minute

const (
	challengeBody = 8 + 16
	challengeCode = 16
)

// ready makes the key, which lasts as long as the node runs.
func (c *challenges) ready() error {
	c.once.Do(func() {
		if _, err := rand.Read(c.key[:]); err != nil {
			c.err = fail.Wrap(fail.Internal, "greenzone.Challenge", err)
		}
	})
	return c.err
}

// issue returns a new challenge.
func (c *challenges) issue(now time.Time) (string, error) {
	if err := c.ready(); err != nil {
		return "", err
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, challengeBody+challengeCode), uint64(now.Add(challengeTime).Unix()))
	b = b[:challengeBody]
	if _, err := rand.Read(b[8:]); err != nil {
		return "", fail.Wrap(fail.Internal, "greenzone.Challenge", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, c.code(b)...)), nil
}

func (c *challenges) code(body []byte) []byte {
	h := hmac.New(sha256.New, c.key[:])
	h.Write(body)
	return h.Sum(nil)[:challengeCode]
}

// check returns nil when a challenge is one of this node's and has not run out.
func (c *challenges) check(text string, now time.Time) error {
	if err := c.ready(); err != nil {
		return err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != challengeBody+challengeCode || !hmac.Equal(b[challengeBody:], c.code(b[:challengeBody])) {
		return fail.New(fail.Unauthorized, "greenzone.Challenge", "the attestation does not answer a challenge of this node; ask for one with ~greenzone@1.0/challenge")
	}
	if until := time.Unix(int64(binary.BigEndian.Uint64(b)), 0); now.After(until) {
		return fail.New(fail.Unauthorized, "greenzone.Challenge", "the challenge has run out; ask for another one")
	}
	return nil
}
