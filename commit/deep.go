package commit

import (
	"context"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// VerifyDeep checks every commitment of a message that came from outside, and
// of every message nested in it, at most limit of them, and returns the
// committers of m itself. Each commitment is checked on the keys it covers:
// what it does not cover, such as headers that a transport added, is not its
// business. A committer must be the owner of the key, because the field by
// itself is only a claim (SEC-02).
//
// # Errors
//
// [fail.Invalid] names the first commitment that does not hold and why,
// [fail.TooLarge] more than limit of them; [fail.Unavailable], [fail.Timeout]
// and [fail.Busy] when a link that a bundled commitment embeds cannot be read
// now.
func VerifyDeep(ctx context.Context, env codec.Env, m *message.Message, limit int) ([]string, error) {
	v := deepVerifier{ctx: ctx, env: env, left: limit}
	if err := v.nested(m, "", message.MaxDepth); err != nil {
		return nil, err
	}
	return v.all(m, "")
}

type deepVerifier struct {
	ctx  context.Context
	env  codec.Env
	left int
}

const opDeep = "commit.VerifyDeep"

// nested checks the messages inside a value.
func (v *deepVerifier) nested(x message.Value, at string, depth int) error {
	if depth == 0 {
		return fail.New(fail.TooLarge, opDeep, "message nests deeper than %d levels", message.MaxDepth)
	}
	switch x := x.(type) {
	case *message.Message:
		for k, e := range x.All() {
			if err := v.inside(k, e, at, depth); err != nil {
				return err
			}
		}
	case *message.List:
		for i, e := range x.All() {
			if err := v.inside(message.Int(i+1).String(), e, at, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *deepVerifier) inside(key string, x message.Value, at string, depth int) error {
	switch x := x.(type) {
	case *message.Message:
		if key == message.CommitmentsKey {
			return nil
		}
		at += "/" + key
		if _, err := v.all(x, at); err != nil {
			return err
		}
		return v.nested(x, at, depth-1)
	case *message.List:
		return v.nested(x, at+"/"+key, depth-1)
	}
	return nil
}

// all checks every commitment of one message and returns its committers.
func (v *deepVerifier) all(m *message.Message, at string) ([]string, error) {
	given, ok := m.Get(message.CommitmentsKey)
	if !ok {
		return nil, nil
	}
	all, ok := given.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, opDeep, "commitments must be a message").At(at)
	}
	var signers []string
	for k, e := range all.All() {
		c, ok := e.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Invalid, opDeep, "commitment %.64q is not a message", k).At(at)
		}
		if v.left--; v.left < 0 {
			return nil, fail.New(fail.TooLarge, opDeep, "more commitments than are verified in one message")
		}
		if at != "" && isSecret(c) {
			continue
		}
		if err := Holds(v.ctx, v.env, m, k); err != nil {
			return nil, fail.New(refusal(err), opDeep, "commitment %.64s%s does not hold: %s", k, place(at), fail.Sentence(err)).At(at)
		}
		if who := c.Text(FieldCommitter); who != "" && !slices.Contains(signers, who) {
			signers = append(signers, who)
		}
	}
	return signers, nil
}

// isSecret reports whether only who knows a secret can check a commitment. Inside
// another message, as in the records of secret@1.0, such a one is data: it makes
// nobody a signer, and the cache does not take it.
func isSecret(c *message.Message) bool {
	who, ok := strings.CutPrefix(c.Text(FieldKeyID), httpsig.SchemeSecret+":")
	return ok && c.Text(FieldType) == TypeHMAC && c.Text(FieldCommitter) == who
}

// refusal returns the kind of a verification error: a bad signature is a bad
// message, whatever the cause.
func refusal(err error) fail.Kind {
	switch k := fail.KindOf(err); k {
	case fail.Unavailable, fail.Timeout, fail.Busy:
		return k
	}
	return fail.Invalid
}

func place(at string) string {
	if at == "" {
		return ""
	}
	return " of " + strings.TrimPrefix(at, "/")
}
