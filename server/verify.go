package server

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const opVerify = "server.Verify"

// verified checks every commitment of a message and of what is nested in it,
// reduces the message to the keys that all its commitments cover, and notes who
// signed it (spec 02, 11.3; SEC-01, SEC-02).
//
// Errors are those of [commit.VerifyDeep].
func (s *Server) verified(ctx context.Context, m *message.Message, set *settings) (*message.Message, error) {
	signers, err := commit.VerifyDeep(ctx, commit.Env(s.engine.Cache), m, set.maxCommitments)
	if err != nil || m.Commitments().Len() == 0 {
		return m, err
	}
	return ao.WithSigners(commit.Reduce(m), signers...), nil
}

// carriesSecret reports whether a request brings a secret of its sender, such as
// a private key to import. It is not kept.
func carriesSecret(m *message.Message) bool {
	return m.Has("secret") || m.Has("authorization") || strings.Contains(m.Text("key"), `"kty`)
}

// vet refuses a sequence with commitments that are not those of the request,
// since a path or query cannot commit to anything, and one with empty
// sub-paths.
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
		if len(x.Steps) == 0 {
			return fail.New(fail.Invalid, "server.Path", "a sub-path in parentheses names nothing")
		}
		for _, e := range x.Steps {
			if err := vetOne(e, nil, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}
