package p4_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

const loop = `function f(base, req) local x = 0 for i = 1, 20000 do x = x + i end return x end`

// Requests are charged for what they use: Lua instructions here, and nothing
// that has no rate. Who has nothing is not served; a budget ends a request.
//
// CONF-NEW-11
func TestMeteredRequests(t *testing.T) {
	alice, poor := must.Key(t), must.Key(t)
	program := P("module", Of(text("content-type", "application/lua"), text("body", loop)))
	options := func(more ...Pair) []Pair {
		return append([]Pair{both(p4("metering@1.0", "simple-pay@1.0")), ledger(alice, 1_000_000),
			P("metering_rates", Of(number("lua-fuel", 1)))}, more...)
	}
	charged := func(n *paid) int64 {
		v, _ := n.get(alice, "/~p4@1.0/balance").Message.Get("body")
		left, ok := AsInt(v)
		if !ok {
			t.Fatal(v)
		}
		return 1_000_000 - left
	}
	n := start(t, "", must.Key(t), options()...)
	if rep := n.get(alice, "/~lua@5.3a/f", program); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	loops := charged(n)
	if loops < 20_000 {
		t.Error("20,000 rounds cost", loops)
	}
	n.ok(alice, "/greeting", "Hello", text("greeting", "Hello"))
	if got := charged(n); got != loops {
		t.Error("what has no rate cost", got-loops)
	}
	n.refused(402, "Insufficient funds", poor, "/greeting")
	n.refused(402, "Insufficient funds", nil, "/greeting")

	n = start(t, "", must.Key(t), options(number("metering_deposit", 1000))...)
	if rep := n.get(alice, "/~lua@5.3a/f", program); rep.Status != 402 {
		t.Error("beyond its budget:", rep.Status, rep.Body)
	}
	if got := charged(n); got != 1000 {
		t.Error("the budget of 1000 cost", got)
	}
	n = start(t, "", must.Key(t), options(P("metering_rates", Of(number("request-bytes", 1), number("response-bytes", 1), number("cpu-time", 1))))...)
	n.ok(alice, "/greeting", "Hello", text("greeting", "Hello"))
	if got := charged(n); got < 200 || got > 100_000 {
		t.Error("bytes and time cost", got)
	}
}
