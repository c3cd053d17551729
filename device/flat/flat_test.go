package flat_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/flat"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestBothWays(t *testing.T) {
	b := aotest.New(t, flat.New())
	content := Of(P("a", Of(P("b", Binary("v")))), P("port", Int(8734)))
	text := b.OK(b.Path(content.Set("device", Binary("flat@1.0")), "serialize"))
	if text != Value(Binary("a/b: v\nao-types: port=\"integer\"\nport: 8734\n")) {
		t.Fatalf("%q", text)
	}
	b.Want(b.Path(Of(P("device", Binary("flat@1.0")), P("body", text)), "deserialize"), content)
	if r := b.Ask(Of(P("device", Binary("flat@1.0"))), "deserialize", P("target", Binary("x"))); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
