package attest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

var (
	ctx   = context.Background()
	env   = commit.Env(NoLoader{})
	claim = attest.Claim{Process: strings.Repeat("P", 42) + "A", Slot: 3, Hashpath: "a/b", State: strings.Repeat("S", 42) + "A",
		Results: strings.Repeat("R", 42) + "A", Item: strings.Repeat("I", 42) + "A"}
)

func sign(t *testing.T, m *Message, committed ...string) (*Message, string) {
	t.Helper()
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	m, err = commit.Commit(ctx, env, m, k, commit.Spec{Committed: committed})
	if err != nil {
		t.Fatal(err)
	}
	return m, k.Address()
}

// What is written is read, whoever signs, and any number sign the same.
func TestReadIsTheInverseOfMessage(t *testing.T) {
	whole := claim
	whole.Results, whole.Item = "", ""
	for _, c := range []attest.Claim{claim, whole} {
		m, one := sign(t, c.Message())
		m, two := sign(t, m)
		if got, err := attest.Read(m); err != nil || got != c {
			t.Errorf("%+v, %v", got, err)
		}
		by, err := attest.Witnesses(ctx, env, m)
		if err != nil || len(by) != 2 || !slices.Contains(by, one) || !slices.Contains(by, two) {
			t.Errorf("by %v, %v", by, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	m := claim.Message()
	for name, c := range map[string]*Message{
		"another type":     m.Set("type", Binary("Message")),
		"no slot":          m.Without("slot"),
		"a slot before 0":  m.Set("slot", Int(-1)),
		"no hashpath":      m.Without("hashpath"),
		"no ID of a state": m.Set("state", Binary("state")),
		"no process":       m.Without("process"),
	} {
		c, _ = sign(t, c)
		if got, err := attest.Read(c); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	partly, _ := sign(t, m, "type", "process", "slot", "hashpath")
	if got, err := attest.Read(partly); !fail.Is(err, fail.Invalid) {
		t.Errorf("a state that nobody has signed: %+v, %v", got, err)
	}
	changed, _ := sign(t, m)
	if by, err := attest.Witnesses(ctx, env, changed.Set("slot", Int(4))); err == nil {
		t.Errorf("what was changed is by %v", by)
	}
}

// A message has one ID in an outbox and on its way.
func TestItems(t *testing.T) {
	signed, _ := sign(t, Of(P("Key", Int(1))))
	m := Of(P("Target", Binary("T")), P("list", NewList(Of(P("Deep", Int(1))))), P("signed", signed))
	got, err := attest.Item(m)
	if want := Of(P("target", Binary("T")), P("list", NewList(Of(P("deep", Int(1))))), P("signed", signed)); err != nil || !Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	a, err := attest.ItemID(ctx, m)
	b, err2 := attest.ItemID(ctx, got)
	if err != nil || err2 != nil || a != b || len(a) != 43 {
		t.Error(a, b, err, err2)
	}
	deep := Value(Empty())
	for range MaxDepth + 1 {
		deep = NewList(deep)
	}
	if _, err := attest.Item(Of(P("x", deep))); !fail.Is(err, fail.TooLarge) {
		t.Error(err)
	}
}
