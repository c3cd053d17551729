package cache_test

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// TestForgedCommitments: nobody can put content under the ID of what somebody
// else has signed, whether as a message, nested in one, in a list, or with an
// own commitment beside theirs.
func TestForgedCommitments(t *testing.T) {
	ctx := context.Background()
	key := signers(t, 1)[0]
	theirs := sign(t, message.Of(message.P("pay", message.Int(1)), message.P("to", message.Binary("ada"))), key)
	name := linkID(t, theirs)

	forged := message.Of(message.P("pay", message.Int(1)), message.P("to", message.Binary("eve")),
		message.P("commitments", theirs.Commitments()))
	for at, v := range map[string]message.Value{
		"itself":  forged,
		"nested":  message.Of(message.P("a", message.Of(message.P("b", forged)))),
		"listed":  message.NewList(forged),
		"unknown": message.Of(message.P("x", message.Int(1)), message.P("commitments", message.Of(message.P(name, message.Of(message.P("commitment-device", message.Binary("eve@1.0"))))))),
	} {
		c := cache.New(mem.New(mem.Options{}), cache.Options{})
		if _, err := c.Write(ctx, v, store.Lazy); !fail.Is(err, fail.Unauthorized) {
			t.Errorf("%s: written with %v", at, err)
		}
		if has, err := c.Has(ctx, name); has || err != nil {
			t.Errorf("%s: there is something under the ID of the message: %v", at, err)
		}
	}
}

// TestCutMessage: a message that its signature covers as a whole, and another
// commitment only in part, is reduced to that part, which does not get the ID of
// the signature. The whole message, stored later, does.
func TestCutMessage(t *testing.T) {
	ctx := context.Background()
	key := signers(t, 1)[0]
	whole := sign(t, message.Of(message.P("pay", message.Int(1)), message.P("limit", message.Int(5))), key)
	name := linkID(t, whole)
	signedOnly := whole.Set(message.CommitmentsKey, whole.Commitments().With(name))
	cut, err := commit.Commit(ctx, commit.Env(nil), signedOnly, nil, commit.Spec{Type: "unsigned", Committed: []string{"pay"}})
	ok(t, err)

	c := cache.New(mem.New(mem.Options{}), cache.Options{})
	for _, v := range []message.Value{cut, message.Of(message.P("nested", cut))} {
		write(t, c, v)
		if has, err := c.Has(ctx, name); has || err != nil {
			t.Fatalf("a part of a message is stored under the ID of the whole: %v", err)
		}
	}
	write(t, c, whole)
	if got := read(t, c, name); !message.Equal(got, whole) {
		t.Fatal(diff("", got, whole))
	}
}
