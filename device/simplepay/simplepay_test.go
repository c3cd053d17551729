package simplepay_test

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/simplepay"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

func newBench(t *testing.T, operator *keys.PrivateKey, options ...Pair) aotest.Bench {
	t.Helper()
	book, err := pay.InMemory(pay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	return aotest.With(t, ao.Services{Key: operator}, Of(append([]Pair{P("simple_pay_price", Int(10))}, options...)...), simplepay.New(book))
}

var base = Of(P("device", Binary(simplepay.Name)))

func signed(t *testing.T, k *keys.PrivateKey, pairs ...Pair) *Message {
	t.Helper()
	m, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(pairs...), k, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEstimate(t *testing.T) {
	operator := must.Key(t)
	b := newBench(t, operator,
		P("simple_pay_device_prices", Of(P("lua@5.3a", Int(1000)), P("free@1.0", Int(0)))),
		P("simple_pay_routes", NewList(Of(P("template", Binary("/flat/*")), P("price", Int(3))))),
		P("router_opts", Of(P("offered", Of(P("1", Of(P("template", Binary("/offered")))))))))
	for path, want := range map[string]int{
		"/greeting": 20, "/~wasm-64@1.0/init/compute/results": 40, "/~p4@1.0/balance": 20, "/a/b/c": 40,
		"/~lua@5.3a/f/g": 3000, "/x/y~lua@5.3a/z": 2020, "/~free@1.0/a": 0,
		"/flat/x/y": 3, "/offered": 0, "/offered/not": 30,
		"/(a/b)/c": 40, "/~message@1.0&x=(~lua@5.3a/f)/x": 2020,
	} {
		b.Want(b.Ask(base, "estimate", P("request", Of(P("path", Binary(path))))), Int(want))
	}
	own := signed(t, operator, P("path", Binary("/a/b/c")))
	b.Want(b.Ask(base, "estimate", P("request", own)), Int(0))
	elsewhere := own.Set("path", Binary("/~lua@5.3a/f")) // the operator did not sign this path
	b.Want(b.Ask(base, "estimate", P("request", elsewhere)), Int(2000))
}

// CONF-PAY-05
func TestEstimateOfApplied(t *testing.T) {
	b := newBench(t, must.Key(t))
	text := func(k, v string) Pair { return P(k, Binary(v)) }
	for _, c := range []struct {
		request *Message
		want    int
	}{
		{Of(text("path", "/~apply@1.0/user-path"), text("user-path", "/~scheduler@1.0/status/keys/1")), 40},
		{Of(text("path", "/~apply@1.0/user-path/more"), text("user-path", "/a")), 30},
		{Of(text("path", "/~apply@1.0/none")), 0},
		{Of(text("path", "/~apply@1.0/user-path"), text("source", "m"), text("user-path", "/x/y"), P("m", Of(text("a", "b")))), 30},
	} {
		b.Want(b.Ask(base, "estimate", P("request", c.request)), Int(c.want))
	}
	loop := Of(text("path", "/~apply@1.0/p"), text("p", "/~apply@1.0/p"))
	if r := b.Ask(base, "estimate", P("request", loop)); r.Status == ao.OK {
		b.Want(r, Int(20)) // what is applied has no path of its own
	}
}

// Amounts are integers of any size.
//
// SEC-07
func TestHugeAmounts(t *testing.T) {
	operator, alice := must.Key(t), must.Key(t)
	b := newBench(t, operator)
	huge, _ := new(big.Int).SetString(strings.Repeat("9", 60), 10)
	ask := func(key string, m *Message) ao.Result {
		return ao.ResultOf(b.Resolve(context.Background(), base, m.Set("path", Binary(key))))
	}
	order := func(nonce int, pairs ...Pair) *Message {
		return signed(t, operator, append(pairs, P("nonce", Int(nonce)))...)
	}
	to := P("recipient", Binary(alice.Address()))
	b.Want(ask("topup", order(1, P("amount", Integer(huge)), to)), Integer(huge))
	b.Want(ask("topup", order(2, P("amount", Binary("1")), to)), Integer(new(big.Int).Add(huge, big.NewInt(1))))
	b.Want(ask("charge", order(3, P("quantity", Integer(huge)), P("account", Binary(alice.Address())))), True)
	b.Want(b.Ask(base, "balance", P("target", Binary(alice.Address()))), Int(1))
	if r := ask("charge", order(4, P("quantity", Int(2)), P("account", Binary(alice.Address())))); r.Status == ao.OK {
		t.Error("overdrawn")
	}
	totals := b.Message(b.Ask(base, "totals"))
	for k, want := range map[string]Value{"balances": Int(1), "charged": Integer(huge), "credited": Integer(new(big.Int).Add(huge, big.NewInt(1)))} {
		if got, _ := totals.Get(k); !Equal(got, want) {
			t.Errorf("%s is %v", k, got)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for name, option := range map[string]Pair{
		"ledger of texts":  P("simple_pay_ledger", Of(P(strings.Repeat("a", 43), Binary("lots")))),
		"ledger of nobody": P("simple_pay_ledger", Of(P("alice", Int(1)))),
		"no ledger":        P("simple_pay_ledger", Int(1)),
	} {
		b := newBench(t, must.Key(t), option)
		if r := b.Ask(base, "balance", P("target", Binary(strings.Repeat("a", 43)))); r.Status == ao.OK {
			t.Errorf("%s: %v", name, r.Value)
		}
	}
	b := newBench(t, must.Key(t), P("simple_pay_price", Int(-1)))
	if r := b.Ask(base, "estimate", P("request", Of(P("path", Binary("/a"))))); r.Status == ao.OK {
		t.Error("a negative price:", r.Value)
	}
}
