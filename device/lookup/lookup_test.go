package lookup_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/lookup"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

func TestRead(t *testing.T) {
	b := aotest.New(t, lookup.New())
	base := Of(P("device", Binary(lookup.Name)))
	stored := Of(P("a", Int(1)))
	name, err := b.Cache.Write(t.Context(), stored, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	b.Want(b.Ask(base, "read", P("target", Binary(name))), stored)
	if r := b.Ask(base, "read", P("target", Binary("abc"))); r.Status != ao.Failed || r.Value != Value(NotFound) {
		t.Fatal(r)
	}
	if r := b.Ask(base, "read"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
