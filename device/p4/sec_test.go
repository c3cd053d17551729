package p4_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// What a request says beside its path does not make it free, nor cheap.
//
// SEC-03
func TestNobodyTalksThePriceDown(t *testing.T) {
	poor := must.Key(t)
	cheap := Of(text("template", "/cheap"), number("price", 0))
	n := start(t, "", must.Key(t), simplePay(), P("router_opts", Of(P("offered", NewList(cheap)))))
	for _, c := range []struct {
		path string
		more []Pair
	}{
		{"/greeting?x=/~meta@1.0/", nil},
		{"/greeting?x=/cheap", nil},
		{"/greeting", []Pair{text("route-path", "/~meta@1.0/info")}},
		{"/greeting", []Pair{text("route-path", "/cheap")}},
		{"/greeting", []Pair{text("route-path", "http://elsewhere/~meta@1.0/info")}},
		{"/greeting/~meta@1.0/info", nil},
		{"/~meta@1.0/info/address~message@1.0", nil},
		{"/~meta@1.0/info/~lua@5.3a&module=x/f", nil},
		{"/~meta@1.0&x=(~message@1.0/a/b)/info", nil},
		{"/~meta@1.0/(~message@1.0&a=1/a)", nil},
		{"/~meta@1.0&device=message@1.0/info", nil},
		{"/~p4@1.0/balance/x", nil},
		{"/x~p4@1.0/balance", nil},
		{"/cheap/and/more", nil},
		{"/dear/cheap", nil},
		{"/~p4@1%2E0/topup/x", nil},
	} {
		if rep := n.get(poor, c.path, c.more...); rep.Status != 402 {
			t.Errorf("%s %v: %d %.80q", c.path, c.more, rep.Status, rep.Body)
		}
	}
	for _, path := range []string{"/~meta@1.0/info", "/~meta@1.0/info/port", "/~p4@1.0/balance", "//~meta@1.0//info", "/~p4@1.0/estimate?estimate-path=/a"} {
		if rep := n.get(poor, path); rep.Status != 200 {
			t.Errorf("%s: %d %.80q", path, rep.Status, rep.Body)
		}
	}
}

// answering is a ledger that says one thing.
func answering(balance, charge Value) *ao.Device {
	say := func(v Value) ao.Func { return func(*ao.Call) (Value, error) { return v, nil } }
	return &ao.Device{Name: "odd-ledger@1.0", Doc: "Answers one thing.", Keys: []ao.Key{{Name: "balance", Run: say(balance)}, {Name: "charge", Run: say(charge)}}}
}

// Only numbers are balances, false is no charge, and a hook without
// devices serves nothing.
//
// SEC-04
func TestOddLedgers(t *testing.T) {
	alice := must.Key(t)
	for _, c := range []struct {
		balance, charge Value
		status          int
	}{
		{Int(2), True, 200}, {Binary("2"), True, 200}, {Float(2), True, 200}, {True, True, 200}, {Binary("infinity"), True, 200},
		{Int(1), True, 402}, {Binary("lots"), True, 402}, {Of(text("a", "b")), True, 402}, {NewList(Int(100)), True, 402},
		{Float(2.5), True, 402}, {Binary("1e9"), True, 402}, {Binary("0x99"), True, 402}, {Int(-5), True, 402}, {Binary("true"), True, 402},
		{Atom("ok"), True, 402}, {Int(2), False, 402},
	} {
		n := startWith(t, "", must.Key(t), []*ao.Device{answering(c.balance, c.charge)}, both(p4("simple-pay@1.0", "odd-ledger@1.0")))
		if rep := n.get(alice, "/greeting", text("greeting", "Hello")); rep.Status != c.status {
			t.Errorf("balance %v, charge %v: %d %.80q", c.balance, c.charge, rep.Status, rep.Body)
		}
	}
	for name, hook := range map[string]*Message{
		"no devices": Of(text("device", "p4@1.0")),
		"no ledger":  Of(text("device", "p4@1.0"), text("pricing-device", "simple-pay@1.0")),
		"no pricing": Of(text("device", "p4@1.0"), text("ledger-device", "simple-pay@1.0")),
		"unknown":    p4("simple-pay@1.0", "none@1.0"),
		"no prices":  p4("none@1.0", "simple-pay@1.0"),
	} {
		n := start(t, "", must.Key(t), both(hook), ledger(alice, 100))
		if rep := n.get(alice, "/greeting", text("greeting", "Hello")); rep.Status < 400 || strings.Contains(rep.Body, "Hello") {
			t.Errorf("%s: %d %.80q", name, rep.Status, rep.Body)
		}
		if rep := n.get(nil, "/~meta@1.0/info/port"); rep.Status != 200 {
			t.Errorf("%s: the operator cannot look: %d", name, rep.Status)
		}
	}
}

// Nobody but the node and its operator moves money.
//
// SEC-05
func TestStrangersMoveNothing(t *testing.T) {
	operator, alice, eve := must.Key(t), must.Key(t), must.Key(t)
	n := start(t, "", operator, simplePay(), number("simple_pay_price", 0), ledger(alice, 100))
	victim := sign(t, alice, "/greeting")
	to := func(who *keys.PrivateKey, amount Value) []Pair {
		return []Pair{P("quantity", amount), P("amount", amount), text("account", who.Address()), text("recipient", who.Address())}
	}
	for _, path := range []string{"/~simple-pay@1.0/charge", "/~simple-pay@1.0/topup"} {
		for _, amount := range []Value{Int(50), Int(-50), Binary("1e3"), Float(0.5)} {
			for _, who := range []*keys.PrivateKey{eve, alice, nil} {
				if rep := n.get(who, path, append(to(alice, amount), P("request", victim))...); rep.Status < 400 {
					t.Errorf("%s %v: %d", path, amount, rep.Status)
				}
			}
			// What the operator signs is not what a URL adds to it.
			bare := sign(t, operator, path).Merge(Of(to(eve, amount)...))
			if rep := n.send(bare.Set("method", Binary("GET"))); rep.Status < 400 {
				t.Errorf("%s with unsigned keys: %d", path, rep.Status)
			}
		}
	}
	for _, amount := range []Value{Int(-1), Float(1.5), Binary("0x10"), Binary("")} {
		if rep := n.get(operator, "/~simple-pay@1.0/topup", P("amount", amount), text("recipient", alice.Address())); rep.Status < 400 {
			t.Errorf("top-up of %v: %d", amount, rep.Status)
		}
	}
	if rep := n.get(operator, "/~simple-pay@1.0/topup", number("amount", 1), text("recipient", "alice")); rep.Status != 400 {
		t.Error("top-up of nobody:", rep.Status)
	}
	n.has(alice, "100")
}

// An order of the operator counts once, whoever sends it again, with
// whatever signatures beside.
//
// SEC-05
func TestOrdersComeOnce(t *testing.T) {
	operator, alice := must.Key(t), must.Key(t)
	dir := t.TempDir()
	options := []Pair{simplePay(), number("simple_pay_price", 0)}
	n := start(t, dir, operator, options...)
	top := sign(t, operator, "/~simple-pay@1.0/topup", number("amount", 7), text("recipient", alice.Address())).Set("method", Binary("GET"))
	charge := sign(t, operator, "/~simple-pay@1.0/charge", number("quantity", 2), text("account", alice.Address())).Set("method", Binary("GET"))
	for i, m := range []*Message{top, charge, top, charge} {
		want := 200
		if i > 1 {
			want = 409
		}
		if rep := n.send(m); rep.Status != want {
			t.Fatal(i, rep.Status, rep.Body)
		}
	}
	n.stop()
	n = start(t, dir, operator, options...)
	if rep := n.send(top); rep.Status != 409 {
		t.Fatal("again after a restart:", rep.Status)
	}
	n.has(alice, "5")
	for range 2 { // beside the signature of somebody else
		both := commitAlso(t, top, must.Key(t))
		if rep := n.send(both); rep.Status != 409 {
			t.Fatal(rep.Status, rep.Body)
		}
	}
	n.has(alice, "5")
}

// A running request cannot play the hook, to have others pay.
//
// SEC-05
func TestHooksAreForTheNode(t *testing.T) {
	alice, eve := must.Key(t), must.Key(t)
	n := start(t, "", must.Key(t), simplePay(), ledger(alice, 100, eve, 100))
	victim := sign(t, alice, "/greeting", text("greeting", "Hello"))
	for _, key := range []string{"request", "response"} {
		rep := n.get(eve, "/~p4@1.0/"+key, P("request", victim), P("body", NewList(victim)),
			text("pricing-device", "simple-pay@1.0"), text("ledger-device", "simple-pay@1.0"))
		if rep.Status != 403 {
			t.Errorf("%s: %d %s", key, rep.Status, rep.Body)
		}
	}
	n.has(alice, "100")
	n.has(eve, "96")
}

// Requests that run at the same time do not spend the same money.
//
// SEC-09
func TestParallelRequestsDoNotOverdraw(t *testing.T) {
	alice := must.Key(t)
	n := start(t, "", must.Key(t), simplePay(), ledger(alice, 21))
	var paid atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				rep := n.get(alice, "/greeting", text("greeting", "Hello"), number("nonce", 100*i+j))
				switch rep.Status {
				case 200:
					paid.Add(1)
				case 402:
				default:
					t.Error(rep.Status, rep.Body)
				}
			}
		})
	}
	wg.Wait()
	n.has(alice, "1")
	if paid.Load() != 10 {
		t.Error(paid.Load(), "requests were served for 20")
	}
}

// Who has not signed does not pay, and nobody pays for another.
//
// SEC-01, SEC-02
func TestForgedPayers(t *testing.T) {
	alice, eve := must.Key(t), must.Key(t)
	n := start(t, "", must.Key(t), simplePay(), ledger(alice, 100, eve, 100))
	m := sign(t, alice, "/greeting", text("greeting", "Hello")).Set("method", Binary("GET"))
	rep := n.send(m.Set("greeting", Binary("Bye")))
	if rep.Status < 400 {
		t.Error("a changed request was served:", rep.Status)
	}
	both := commitAlso(t, m, eve)
	if rep := n.send(both); rep.Status != 400 || body(rep) != "Multiple signers in charge." {
		t.Error(rep.Status, rep.Body)
	}
	n.has(alice, "100")
	n.has(eve, "100")
}

// What failed, and what its client did not wait for, is paid too; what a hook
// after p4 refuses is not.
func TestOutcomes(t *testing.T) {
	alice := must.Key(t)
	begun := make(chan struct{}, 1)
	slow := &ao.Device{Name: "slow@1.0", Doc: "Waits.", Keys: []ao.Key{
		{Name: "wait", Run: func(c *ao.Call) (Value, error) { begun <- struct{}{}; <-c.Ctx.Done(); return nil, c.Ctx.Err() }},
		{Name: "panic", Run: func(*ao.Call) (Value, error) { panic("on purpose") }},
		{Name: "refuse", Run: func(*ao.Call) (Value, error) { return nil, ao.Refuse(451, "no") }},
	}}
	hook := p4("simple-pay@1.0", "simple-pay@1.0")
	n := startWith(t, "", must.Key(t), []*ao.Device{slow}, both(hook), ledger(alice, 100))
	if rep := n.get(alice, "/none"); rep.Status < 400 {
		t.Error(rep.Status)
	}
	n.has(alice, "98")
	if rep := n.get(alice, "/~slow@1.0/panic"); rep.Status != 500 {
		t.Error(rep.Status)
	}
	n.has(alice, "96")
	gone, cancel := context.WithCancel(ctx)
	go func() { <-begun; cancel() }()
	if _, err := n.peer.Do(gone, n.url, sign(t, alice, "/~slow@1.0/wait").Set("method", Binary("GET"))); err == nil {
		t.Error("it was answered")
	}
	for range 500 { // the node notices in its own time
		if rep := n.get(alice, "/~p4@1.0/balance"); body(rep) == "94" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	n.has(alice, "94")
	n = startWith(t, "", must.Key(t), []*ao.Device{slow}, ledger(alice, 100), P("on", Of(
		P("request", NewList(hook, Of(text("device", "slow@1.0"), text("path", "refuse")))), P("response", hook))))
	if rep := n.get(alice, "/greeting"); rep.Status != 451 {
		t.Error(rep.Status)
	}
	if got := total(t, n, "held") + " " + total(t, n, "charged"); got != "0 0" {
		t.Error("held and charged:", got)
	}
	n = start(t, "", must.Key(t), ledger(alice, 100), P("on", Of(P("request", hook)))) // nothing settles but the end
	n.ok(alice, "/greeting", "Hello", text("greeting", "Hello"))
	n.has(alice, "98")
	n = start(t, "", must.Key(t), ledger(alice, 100), P("on", Of(P("response", hook), P("request", Of(text("device", "rate-limit@1.0"))))))
	n.ok(alice, "/greeting", "Hello", text("greeting", "Hello"))
	if rep := n.get(nil, "/greeting", text("greeting", "Hello")); rep.Status != 402 {
		t.Error("answered for nothing:", rep.Status)
	}
}

func total(t testing.TB, n *paid, key string) string {
	t.Helper()
	v, err := n.node.Env().Internal().ResolveRequest(ctx, Of(text("path", "/~simple-pay@1.0/totals/"+key)))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := Text(v)
	return s
}

// Requests that are equal, or share a result, are paid one by one.
func TestEqualRequestsPayEach(t *testing.T) {
	alice := must.Key(t)
	gate := make(chan struct{})
	shared := &ao.Device{Name: "shared@1.0", Doc: "Shares its results.",
		Group: func(*ao.Call) string { return "all" },
		Keys:  []ao.Key{{Name: "go", Run: func(*ao.Call) (Value, error) { <-gate; return Binary("done"), nil }}}}
	n := startWith(t, "", must.Key(t), []*ao.Device{shared}, simplePay(), ledger(alice, 100))
	m := sign(t, alice, "/~shared@1.0/go").Set("method", Binary("GET"))
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if rep := n.send(m); rep.Status != 200 {
				t.Error(rep.Status, rep.Body)
			}
		})
	}
	for total(t, n, "held") != "10" {
		time.Sleep(time.Millisecond)
	}
	close(gate)
	wg.Wait()
	n.has(alice, "90")
}

// A refusal says the price and how to pay: as keys of the message, and so in
// header fields, and in the body of an answer in JSON.
func TestRefusalsSayHowToPay(t *testing.T) {
	operator, alice := must.Key(t), must.Key(t)
	n := start(t, "", operator, simplePay(), number("simple_pay_price", 10))
	rep := n.get(alice, "/greeting")
	for k, want := range map[string]string{
		"Price": "20", "Balance": "0", "Account": alice.Address(), "Ledger-Device": "simple-pay@1.0", "Recipient": operator.Address(),
		"How-To-Pay": "/~simple-pay@1.0/topup",
	} {
		if got := rep.Header.Get(k); rep.Status != 402 || !strings.Contains(got, want) {
			t.Errorf("%d, %s: %q", rep.Status, k, got)
		}
	}
	req, err := http.NewRequest("GET", n.url+"/greeting", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := io.Copy(&b, resp.Body); err != nil || resp.StatusCode != 402 {
		t.Fatal(resp.StatusCode, err)
	}
	for _, want := range []string{`"price":20`, `"how-to-pay"`, "Insufficient funds", "Sign the request"} {
		if !strings.Contains(strings.ReplaceAll(b.String(), " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("the body has no %s: %s", want, b.String())
		}
	}
	own := start(t, "", operator, both(p4("simple-pay@1.0", "simple-pay@1.0", text("how-to-pay", "Send AR to me."))))
	if rep := own.get(alice, "/greeting"); rep.Message.Text("how-to-pay") != "Send AR to me." {
		t.Error(rep.Body)
	}
}

func TestQuotes(t *testing.T) {
	alice := must.Key(t)
	n := start(t, "", must.Key(t), simplePay(), number("simple_pay_price", 10), ledger(alice, 30),
		P("simple_pay_device_prices", Of(number("lua@5.3a", 1000))),
		P("simple_pay_routes", NewList(Of(text("template", "/flat/*"), number("price", 3)))))
	for path, want := range map[string]string{
		"/greeting": "20", "/a/b": "30", "/~lua@5.3a/f": "2000", "/flat/x": "3", "/flat": "3", "/~meta@1.0/info": "0",
		"/~message@1.0&x=(a/b/c)/x": "60", "/~p4@1.0/balance": "0",
	} {
		rep := n.get(nil, "/~p4@1.0/estimate?estimate-path="+url.QueryEscape(url.QueryEscape(path)))
		if rep.Status != 200 || body(rep) != want {
			t.Errorf("%s: %d %q, want %s", path, rep.Status, body(rep), want)
		}
	}
	rep := n.get(alice, "/~p4@1.0/estimate", text("estimate-path", "/a/b/c/d"))
	if enough, _ := rep.Message.Get("sufficient"); enough != Value(False) || rep.Message.Text("how-to-pay") == "" {
		t.Error(rep.Body, enough)
	}
	free := start(t, "", must.Key(t))
	free.refused(400, "No request hook found.", alice, "/~p4@1.0/balance")
}
