// Package must has what tests of many packages begin with: values that cannot
// be missing, keys, signed messages. Failures end the test.
package must

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Have returns a function that returns its first argument, and ends the test
// when the second is an error.
func Have[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Key returns a new Ed25519 key.
func Key(t testing.TB) *keys.PrivateKey {
	t.Helper()
	return Have[*keys.PrivateKey](t)(keys.Generate(keys.Curve25519))
}

// Sign returns a message with the signature of a key over all of it. Nothing in
// it is behind links.
func Sign(t testing.TB, key *keys.PrivateKey, m *message.Message) *message.Message {
	t.Helper()
	return Have[*message.Message](t)(commit.Commit(context.Background(), commit.Env(message.NoLoader{}), m, key, commit.Spec{}))
}
