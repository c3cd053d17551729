package server

import (
	"context"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const opVerify = "server.Verify"

// verified checks every commitment of a message and of what is nested in it,
// reduces the message to the keys that all its commitments cover, and notes who
// signed it (spec 02, 11.3; SEC-01, SEC-02).
//
// # Errors
//
// [fail.Invalid] names the commitment that does not hold and why.
func (s *Server) verified(ctx context.Context, m *message.Message, set *settings) (*message.Message, error) {
	v := verifier{ctx: ctx, server: s, left: set.maxCommitments}
	if err := v.nested(m, "", message.MaxDepth); err != nil {
		return nil, err
	}
	signers, err := v.all(m, "")
	if err != nil || m.Commitments().Len() == 0 {
		return m, err
	}
	return ao.WithSigners(m.OnlyCommitted(), signers...), nil
}

// verifier checks the commitments of one request, at most left of them.
type verifier struct {
	ctx    context.Context
	server *Server
	left   int
}

// nested checks the messages inside a value.
func (v *verifier) nested(x message.Value, at string, depth int) error {
	if depth == 0 {
		return fail.New(fail.Exhausted, opVerify, "message nests deeper than %d levels", message.MaxDepth)
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

func (v *verifier) inside(key string, x message.Value, at string, depth int) error {
	switch x := x.(type) {
	case *message.Message:
		if key == message.CommitmentsKey {
			return nil
		}
		if _, err := v.all(x, at+"/"+key); err != nil {
			return err
		}
		return v.nested(x, at+"/"+key, depth-1)
	case *message.List:
		return v.nested(x, at+"/"+key, depth-1)
	}
	return nil
}

// all checks every commitment of one message and returns its signers. Each is
// checked on the keys it covers: what it does not cover, such as headers that
// the client's transport added, is not its business.
func (v *verifier) all(m *message.Message, at string) ([]string, error) {
	given, ok := m.Get(message.CommitmentsKey)
	if !ok {
		return nil, nil
	}
	all, ok := given.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, opVerify, "commitments must be a message").At(at)
	}
	var signers []string
	for k, e := range all.All() {
		c, ok := e.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Invalid, opVerify, "commitment %.64q is not a message", k).At(at)
		}
		if v.left--; v.left < 0 {
			return nil, fail.New(fail.TooLarge, opVerify, "more commitments than this node verifies in one request")
		}
		if err := v.one(m, k, c); err != nil {
			return nil, fail.New(kindOfRefusal(err), opVerify, "commitment %.64s%s does not hold: %s", k, place(at), fail.Sentence(err)).At(at)
		}
		if who := c.Text(commit.FieldCommitter); who != "" && !slices.Contains(signers, who) {
			signers = append(signers, who)
		}
	}
	return signers, nil
}

// kindOfRefusal returns the kind of an error of verification: a bad signature
// is a bad request, whatever the cause.
func kindOfRefusal(err error) fail.Kind {
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

// one checks one commitment of a message. The committer must be the owner of
// the key: the field by itself is only a claim (SEC-02).
func (v *verifier) one(m *message.Message, name string, c *message.Message) error {
	dev := c.Text(commit.FieldDevice)
	if who := c.Text(commit.FieldCommitter); (dev == "" || dev == httpsig.Name) && who != httpsig.Committer(c.Text(commit.FieldKeyID)) {
		return fail.New(fail.Unauthorized, opVerify, "the committer %.64q is not who the key ID names", who)
	}
	alone := m.With(message.CommittedBy(c)...).
		Set(message.CommitmentsKey, message.Of(message.P(name, c)))
	return commit.VerifyAll(v.ctx, commit.Env(v.server.engine.Cache), alone)
}

// vet refuses a sequence with commitments that are not those of the request: a
// path or query cannot commit to anything.
func vet(seq []message.Value, commitments message.Value) error {
	for _, v := range seq {
		if err := vetOne(v, commitments, message.MaxDepth); err != nil {
			return err
		}
	}
	return nil
}

func vetOne(v, commitments message.Value, depth int) error {
	if depth == 0 {
		return nil
	}
	switch x := v.(type) {
	case *message.Message:
		if c, ok := x.Get(message.CommitmentsKey); ok && c != commitments {
			return fail.New(fail.Invalid, opVerify, "commitments cannot be given in a path, a query or a header")
		}
		for _, e := range x.All() {
			switch e.(type) {
			case *message.As, *message.Resolve:
				if err := vetOne(e, nil, depth-1); err != nil {
					return err
				}
			}
		}
	case *message.As:
		if err := vetOne(x.Device, nil, depth-1); err != nil {
			return err
		}
		return vetOne(x.Message, commitments, depth-1)
	case *message.Resolve:
		for _, e := range x.Steps {
			if err := vetOne(e, nil, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}
