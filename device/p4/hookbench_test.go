package p4_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// BenchmarkHooks is what the two hooks of a paid request cost, without HTTP.
func BenchmarkHooks(b *testing.B) {
	alice := must.Key(b)
	n := start(b, b.TempDir(), must.Key(b), simplePay(), P("simple_pay_ledger", Of(P(alice.Address(), Int(1<<62)))))
	m := sign(b, alice, "/greeting", text("greeting", "Hello")).Set("method", Binary("GET"))
	m = ao.WithSigners(m, alice.Address())
	seq, err := path.Parse(m)
	if err != nil {
		b.Fatal(err)
	}
	env, result := n.node.Env().WithRemote(), Of(text("body", "Hello"))
	b.ReportAllocs()
	for b.Loop() {
		ctx, tab := pay.NewTab(ctx)
		if _, err := env.Hook(ctx, ao.HookRequest, Of(P("request", m), P("body", NewList(seq...)))); err != nil {
			b.Fatal(err)
		}
		tab.Run()
		tab.Settle()
		if _, err := env.Hook(ctx, ao.HookResponse, Of(P("request", m), P("body", result))); err != nil {
			b.Fatal(err)
		}
		tab.Close(ctx)
		tab.Answered(func() {})
	}
}
