package ans104_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	codec "github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/device/ans104"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

var base = P("device", Binary("ans104@1.0"))

func TestBothWays(t *testing.T) {
	b := aotest.New(t, ans104.New())
	out := b.OK(b.Path(Of(P("a", Binary("1")), P("body", Binary("x")), base), "serialize")).(*Message)
	if out.Text("content-type") != "application/ans104" {
		t.Fatal(out.Text("content-type"))
	}
	it, err := codec.Parse(Binary(out.Text("body")))
	if err != nil || string(it.Data) != "x" || it.Tags.Len() != 3 {
		t.Fatal(it, err)
	}
	b.Want(b.Path(out.Set("device", Binary("ans104@1.0")), "deserialize"), Of(P("a", Binary("1")), P("body", Binary("x")), base))
	if r := b.Ask(Of(base), "deserialize"); r.Status != ao.Failed {
		t.Fatal(r)
	}
	if r := b.Ask(Of(base, P("body", Binary("junk"))), "deserialize"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}

func TestCommitAndVerify(t *testing.T) {
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	b := aotest.With(t, ao.Services{Key: key}, Empty(), ans104.New())
	m := b.Message(b.Path(Of(P("A", Binary("1")), P("body", Binary("x")), base), "commit"))
	if m.Commitments().Len() != 1 || m.Text("a") != "1" {
		t.Fatal(m.Keys())
	}
	b.Want(b.Path(m, "verify"), True)
	b.Want(b.Path(m.Set("a", Binary("2")), "verify"), False)
	item := b.Message(b.Path(m, "serialize"))
	again := b.Message(b.Path(Of(base, P("body", Binary(item.Text("body")))), "deserialize"))
	b.Want(b.Path(again, "verify"), True)
}
