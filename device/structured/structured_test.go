package structured_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/structured"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestBothWays(t *testing.T) {
	b := aotest.New(t, structured.New())
	content := Of(P("a", Int(5)), P("l", NewList(True, Binary("x"))))
	base := content.Set("device", Binary(structured.Name))
	wire := b.Message(b.Path(base, "serialize"))
	if wire.Text("a") != "5" || wire.Text("ao-types") != `a="integer"` || !wire.Has("l+link") {
		t.Fatal(wire.Keys())
	}
	back := b.Message(b.Path(wire.Set("device", Binary(structured.Name)), "deserialize"))
	if v, err := LoadAll(t.Context(), b.Cache, back); err != nil || !Equal(v, content) {
		t.Fatal(v, err)
	}
	bundled := b.Message(b.Ask(base, "serialize", P("bundle", Binary("true"))))
	b.Want(b.Path(bundled.Set("device", Binary(structured.Name)), "deserialize"), content)
	if r := b.Path(Of(P("device", Binary(structured.Name)), P("ao-types", Binary("((("))), "deserialize"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
