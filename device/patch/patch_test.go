package patch_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/patch"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func outbox(entries ...Value) *Message {
	return Of(P("outbox", NewList(entries...).Numbered()))
}

func base(pairs ...Pair) *Message {
	return Of(append(pairs, P("device", Binary(patch.Name)), P("patch-from", Binary("/results/outbox")))...)
}

var (
	apple = Of(P("method", Binary("PATCH")), P("prices", Of(P("apple", Int(100)))))
	pear  = Of(P("device", Binary(patch.Name)), P("prices", Of(P("pear", Int(2)))))
	other = Of(P("target", Binary("someone")))
)

// CONF-PATCH-01
func TestPatchesToTheRoot(t *testing.T) {
	b := aotest.New(t, patch.New())
	m := b.Message(b.Path(base(P("prices", Of(P("apple", Int(1)), P("fig", Int(3)))), P("results", outbox(apple, other))), "compute"))
	if got, want := m.Message("prices"), Of(P("apple", Int(100)), P("fig", Int(3))); !Equal(got, want) {
		t.Fatal(got)
	}
	if got := DeepGet(m, []string{"results", "outbox"}).(*Message); got.Has("1") || !Equal(got.Message("2"), other) {
		t.Fatal("what is not a patch must stay", got.Keys())
	}
}

// CONF-PATCH-02
func TestPatchesToAPlace(t *testing.T) {
	b := aotest.New(t, patch.New())
	signed := apple.Set(CommitmentsKey, Of(P("id", Of(P("committer", Binary("c"))))))
	state := Of(P("prices", Of(P("apple", Int(1)))))
	m := b.Message(b.Path(base(P("patch-to", Binary("/state")), P("state", state), P("results", outbox(signed))), "patches"))
	if got, want := m.Message("state"), Of(P("prices", Of(P("apple", Int(100))))); !Equal(got, want) {
		t.Fatal("the commitments of a patch do not hold for the target", got.Keys())
	}
}

func TestLaterPatchesWin(t *testing.T) {
	b := aotest.New(t, patch.New())
	m := b.Message(b.Path(base(P("results", outbox(apple, pear))), "compute"))
	if got, want := m.Message("prices"), Of(P("pear", Int(2))); !Equal(got, want) {
		t.Fatal(got.Keys())
	}
}

// CONF-PATCH-03
func TestAll(t *testing.T) {
	b := aotest.New(t, patch.New())
	m := b.Message(b.Path(base(P("patch-to", Binary("/moved")), P("results", outbox(apple, other))), "all"))
	if got := m.Message("moved"); got.Len() != 2 {
		t.Fatal(got.Keys())
	}
	if m.Message("results").Has("outbox") {
		t.Fatal("the source must disappear")
	}
}

// CONF-PATCH-04
func TestSourceInTheRequest(t *testing.T) {
	b := aotest.New(t, patch.New())
	m := b.Message(b.Ask(Of(P("device", Binary(patch.Name))), "all",
		P("patch-from", Binary("req:/data")), P("patch-to", Binary("/state")), P("data", Of(P("v", Int(2))))))
	if m.Has("data") || !Equal(m.Message("state"), Of(P("v", Int(2)))) {
		t.Fatal(m.Keys())
	}
}

func TestNothingToDo(t *testing.T) {
	b := aotest.New(t, patch.New())
	if r := b.Path(base(), "compute"); r.Status != ao.Failed || r.Value != Value(NotFound) {
		t.Fatal("a missing source must be not_found, so that a stack goes on", r)
	}
	m := base(P("results", outbox(other)))
	b.Want(b.Path(m, "compute"), m)
	for _, k := range []string{"init", "normalize", "snapshot"} {
		b.Want(b.Path(m, k), m)
	}
	if r := b.Path(base(P("results", Of(P("outbox", Binary("text"))))), "compute"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
