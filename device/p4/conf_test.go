package p4_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// CONF-PAY-01, SEC-06
func TestFriendsAndFamily(t *testing.T) {
	friend, stranger := must.Key(t), must.Key(t)
	n := start(t, "", must.Key(t), both(p4("faff@1.0", "faff@1.0")), P("faff_allow_list", list(friend.Address())))
	n.ok(friend, "/greeting", "Hello", text("greeting", "Hello"))
	for _, who := range []*keys.PrivateKey{stranger, nil} {
		n.refused(400, "Node will not service this request under any circumstances.", who, "/greeting", text("greeting", "Hello"))
	}
	n.ok(nil, "/~meta@1.0/info/faff_allow_list/1", friend.Address())
}

// CONF-PAY-02
func TestNonChargableRoutes(t *testing.T) {
	operator, stranger := must.Key(t), must.Key(t)
	n := start(t, "", operator, simplePay(), free("/~p4@1.0/balance", "/~meta@1.0/*/*"), text("operator", operator.Address()))
	n.ok(stranger, "/~p4@1.0/balance", "0")
	n.ok(stranger, "/~meta@1.0/info/operator", operator.Address())
	n.refused(402, "Insufficient funds", stranger, "/~scheduler@1.0/status")
	if rep := n.get(stranger, "/~scheduler@1.0"); rep.Status < 400 {
		t.Error(rep.Status)
	}
}

// CONF-PAY-04
func TestTopupAndBalance(t *testing.T) {
	operator, alice := must.Key(t), must.Key(t)
	n := start(t, "", operator, simplePay(), number("simple_pay_price", 10), ledger(alice, 100))
	n.ok(alice, "/~simple-pay@1.0/balance", "100")
	n.ok(operator, "/~simple-pay@1.0/topup", "180", number("amount", 100), text("recipient", alice.Address()))
	n.has(alice, "180")
	n.has(alice, "180")
}

// CONF-PAY-05
func TestAppliedRequestsCost(t *testing.T) {
	alice := must.Key(t)
	n := start(t, "", must.Key(t), simplePay(), number("simple_pay_price", 10), ledger(alice, 100))
	n.get(alice, "/~apply@1.0/user-path", text("user-path", "/~scheduler@1.0/status/keys/1"))
	n.has(alice, "60")
}

// A paid node that relays to another; unsigned requests first, then
// after a top-up a signed answer that verifies.
//
// CONF-PAY-06
func TestRelayThroughPaidNode(t *testing.T) {
	operator, alice := must.Key(t), must.Key(t)
	far := start(t, "", must.Key(t))
	n := start(t, "", operator, simplePay(), P("relay_private", list("127.0.0.0/8", "::1")))
	ask := func() (int, string, []string) {
		rep := n.get(alice, "/~relay@1.0/call", text("relay-path", far.url+"/~message@1.0&a=far/a"), text("relay-method", "GET"))
		return rep.Status, body(rep), rep.Signers
	}
	if status, text, _ := ask(); status != 402 || text != "Insufficient funds" {
		t.Fatal(status, text)
	}
	n.ok(operator, "/~simple-pay@1.0/topup", "100", number("amount", 100), text("recipient", alice.Address()))
	if status, text, signers := ask(); status != 200 || text != "far" || len(signers) == 0 {
		t.Fatal(status, text, signers)
	}
	n.has(alice, "98")
}

// CONF-PAY-07
func TestPaidWASM(t *testing.T) {
	module, err := os.ReadFile(filepath.Join(sharedtest.Dir(t, "testdata"), "test-64.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	operator, alice := must.Key(t), must.Key(t)
	n := start(t, "", operator, simplePay(), number("simple_pay_price", 10), ledger(alice, 100))
	rep := n.send(sign(t, alice, "/~wasm-64@1.0/init/compute/results", text("function", "fac"),
		P("parameters", NewList(Float(3))), P("body", Binary(module))).Set("accept-bundle", True))
	if got, _ := Text(DeepGet(rep.Message, []string{"output", "1"})); got != "6.0" && got != "6" {
		t.Error("fac(3) is", got)
	}
	if rep.Status != 200 || len(rep.Signers) != 1 || rep.Signers[0] != operator.Address() {
		t.Fatal(rep.Status, rep.Signers, rep.Body)
	}
	n.has(alice, "60")
}

// CONF-PAY-08
func TestOfferedRoutes(t *testing.T) {
	alice := must.Key(t)
	far := start(t, "", must.Key(t))
	route := func(template string, price int) Value { return Of(text("template", template), number("price", price)) }
	pays, routes := p4("simple-pay@1.0", "simple-pay@1.0"), Of(text("device", "router@1.0"), text("path", "preprocess"))
	n := start(t, "", must.Key(t),
		P("on", Of(P("request", NewList(pays, routes)), P("response", pays))),
		P("router_opts", Of(P("offered", NewList(route("/c", 0), route("/b", 1))))),
		P("routes", NewList(Of(text("template", "/c"), P("node", Of(text("prefix", far.url)))))))
	n.ok(alice, "/c", "1", text("c", "1"))
	n.refused(402, "Insufficient funds", alice, "/b")
}

// CONF-NEW-13
func TestInTheMiddleOfAHookList(t *testing.T) {
	alice := must.Key(t)
	pays, limit := p4("simple-pay@1.0", "simple-pay@1.0"), Of(text("device", "rate-limit@1.0"))
	n := start(t, "", must.Key(t), P("on", Of(P("request", NewList(limit, pays, limit)), P("response", NewList(pays)))), ledger(alice, 10))
	n.ok(alice, "/greeting", "Hello", text("greeting", "Hello"))
	n.has(alice, "8")
}
