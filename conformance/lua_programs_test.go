package conformance

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// Programs that run on the reference, read from a mirror of its repository when
// there is one beside this checkout. They are not part of this project.

// reference returns a module of the reference's repository.
func reference(t testing.TB, path string) *Message {
	t.Helper()
	src := sharedtest.Mirror(t, path)
	return Of(P("content-type", Binary("application/lua")), P("name", Binary(path)), P("body", Binary(src)))
}

// luaBench resolves requests with all devices.
type luaBench struct {
	testing.TB
	env *ao.Env
}

func newLuaBench(t testing.TB, more ...*ao.Device) luaBench {
	known := map[string]bool{}
	for _, d := range more {
		known[d.Name] = true
	}
	devices := more
	for _, d := range all.Devices(all.Deps{}) {
		if !known[d.Name] {
			devices = append(devices, d)
		}
	}
	r, err := ao.NewRegistry(devices...)
	if err != nil {
		t.Fatal(err)
	}
	return luaBench{t, ao.New(r, ao.Services{}, ao.Limits{}).Env(Empty()).Internal()}
}

func (b luaBench) ask(base Value, req *Message) *Message {
	b.Helper()
	v, err := b.env.Resolve(context.Background(), base, req)
	m, ok := v.(*Message)
	if err != nil || !ok {
		b.Fatalf("%v: %v %s", err, show(v), fail.Sentence(err))
	}
	return m
}

func luaProgram(modules ...Value) *Message {
	return Of(P("device", Binary("lua@5.3a")), P("module", NewList(modules...)))
}

// signedBy returns a message with what looks like a signature to a program.
func signedBy(m *Message, who string) *Message {
	var keys []string
	for k := range m.All() {
		keys = append(keys, k)
	}
	unsigned, err := commit.UnsignedID(context.Background(), m)
	if err != nil {
		panic(err)
	}
	return m.Set("commitments", Of(P(unsigned.String(), Of(
		P("type", Binary("rsa-pss-sha512")), P("alg", Binary("rsa-pss-sha512")), P("commitment-device", Binary("httpsig@1.0")),
		P("committer", Binary(who)), P("committed", Strings(keys))))))
}

func eval(slot int, who, code string) *Message {
	return Of(P("path", Binary("compute")), P("slot", Int(slot)), P("block-timestamp", Int(1700000000)),
		P("body", signedBy(Of(P("action", Binary("Eval")), P("data", Binary(code)), P("id", Binary(fmt.Sprint(slot)))), who)))
}

func hyperAOS(t testing.TB) *Message {
	return luaProgram(reference(t, "test/hyper-aos.lua")).
		Set("process", signedBy(Of(P("type", Binary("Process")), P("authority", Binary("auth"))), "owner"))
}

// CONF-LUA-09
func TestHyperAOS(t *testing.T) {
	b := newLuaBench(t)
	s := b.ask(hyperAOS(t), Of(P("path", Binary("init"))))
	for i, c := range []struct{ code, want string }{
		{"return 1 + 1", "2"},
		{"X = (X or 40) + 2 return X", "42"},
		{"X = X + 2 return X", "44"},
		{"Handlers.add('ping', 'Ping', function(m) m.reply({data = 'pong'}) end) return #Handlers.list", "3"},
	} {
		s = b.ask(s, eval(i, "owner", c.code))
		out := DeepGet(s, []string{"results", "output", "data"})
		if text, _ := Text(out); !strings.Contains(text, c.want) {
			t.Fatalf("%s: %s", c.code, show(DeepGet(s, []string{"results"})))
		}
	}
	forged := eval(9, "stranger", "return 1")
	forged = forged.Set("body", forged.Message("body").Set("from-process", Binary("somewhere")))
	other := b.ask(s, forged)
	if v, _ := Text(DeepGet(other, []string{"results", "output", "data"})); v != "Message is not trusted." {
		t.Fatal(show(DeepGet(other, []string{"results"})))
	}
	saved := b.ask(s, Of(P("path", Binary("snapshot"))))
	s = b.ask(s.WithPrivate(nil).Set("snapshot", saved), Of(P("path", Binary("normalize"))))
	s = b.ask(s, eval(10, "owner", "return X"))
	if v, _ := Text(DeepGet(s, []string{"results", "output", "data"})); !strings.Contains(v, "44") {
		t.Fatal(v)
	}
}

func BenchmarkHyperAOSEval(b *testing.B) {
	l := newLuaBench(b)
	s := l.ask(hyperAOS(b), Of(P("path", Binary("init"))))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s = l.ask(s, eval(i, "owner", "X = (X or 0) + 1 return X"))
	}
}

func transferRequest(slot int, from, to string, n Value) *Message {
	return Of(P("path", Binary("compute")), P("slot", Int(slot)),
		P("commitments", Of(P(fmt.Sprintf("%043d", 2), Of(P("type", Binary("rsa-pss-sha512")), P("commitment-device", Binary("httpsig@1.0")), P("committer", Binary("sched")),
			P("committed", Strings([]string{"slot"})))))),
		P("body", signedBy(Of(P("action", Binary("Transfer")), P("recipient", Binary(to)), P("quantity", n), P("nonce", Int(slot))), from)))
}

func hyperToken(t testing.TB, accounts int) *Message {
	balance := NewBuilder(accounts + 1)
	for i := range accounts {
		balance.Set(fmt.Sprintf("account-%036d", i), Int(1000))
	}
	balance.Set("alice", Integer(bigOf("100000000000000000000")))
	return luaProgram(reference(t, "scripts/hyper-token.lua"), reference(t, "scripts/hyper-token-p4.lua")).
		Set("scheduler", Binary("sched")).Set("authority", Binary("auth")).Set("admin", Binary("boss")).
		Set("balance", balance.Message())
}

func TestHyperToken(t *testing.T) {
	b := newLuaBench(t)
	s := b.ask(hyperToken(t, 10), Of(P("path", Binary("init"))))
	s = b.ask(s, Of(P("path", Binary("compute")), P("slot", Int(0)), P("body", Of(P("type", Binary("Process"))))))
	s = b.ask(s.Set("device", Binary("lua@5.3a")), transferRequest(1, "alice", "bob", Integer(bigOf("9223372036854775809"))))
	want := map[string]string{"alice": "90776627963145224191", "bob": "9223372036854775809"}
	for who, n := range want {
		if v, _ := Text(DeepGet(s, []string{"balance", who})); v != n {
			t.Fatalf("%s has %s, want %s: %s", who, v, n, show(DeepGet(s, []string{"results"})))
		}
	}
	s = b.ask(s.Set("device", Binary("lua@5.3a")), transferRequest(2, "eve", "bob", Int(5)))
	if v, _ := Text(DeepGet(s, []string{"balance", "bob"})); v != want["bob"] {
		t.Fatal("tokens out of nothing")
	}
	charge := transferRequest(3, "boss", "node", Int(7)).Set("path", Binary("charge"))
	body := charge.Message("body")
	charge = charge.Set("body", body.Set("account", Binary("bob")))
	s = b.ask(s.Set("device", Binary("lua@5.3a")), charge)
	if v, _ := Text(DeepGet(s, []string{"balance", "node"})); v != "7" {
		t.Fatal(show(DeepGet(s, []string{"results"})))
	}
}

// A token with several schedulers takes assignments that enough of them, and all
// that are required, have signed: a list, or a text with commas.
//
// CONF-PAY-16, CONF-PAY-17
func TestHyperTokenSchedulers(t *testing.T) {
	assigned := func(slot int, by ...string) *Message {
		b := NewBuilder(len(by))
		for i, who := range by {
			b.Set(fmt.Sprintf("%043d", i+1), Of(P("type", Binary("rsa-pss-sha512")), P("commitment-device", Binary("httpsig@1.0")),
				P("committer", Binary(who)), P("committed", Strings([]string{"slot"}))))
		}
		return transferRequest(slot, "alice", "bob", Int(1)).Set("commitments", b.Message())
	}
	for _, c := range []struct {
		schedulers Value
		more       []Pair
		by         []string
		moved      bool
	}{
		{Binary(`"one", "two"`), []Pair{P("scheduler-required", NewList(Binary("one")))}, []string{"one", "two"}, true},
		{Binary("one,two"), nil, []string{"one", "two"}, true},
		{NewList(Binary("one"), Binary("two")), nil, []string{"one"}, false},
		{NewList(Binary("one"), Binary("two")), []Pair{P("scheduler-match", Int(1))}, []string{"two"}, true},
		{Binary(`"one", "two"`), []Pair{P("scheduler-match", Int(1)), P("scheduler-required", NewList(Binary("one")))}, []string{"two"}, false},
		{Binary("one"), nil, []string{"three"}, false},
	} {
		b := newLuaBench(t)
		token := hyperToken(t, 1).Set("scheduler", c.schedulers).Merge(Of(c.more...))
		s := b.ask(token, Of(P("path", Binary("init"))))
		s = b.ask(s, Of(P("path", Binary("compute")), P("slot", Int(0)), P("body", Of(P("type", Binary("Process"))))))
		s = b.ask(s.Set("device", Binary("lua@5.3a")), assigned(1, c.by...))
		v, _ := Text(DeepGet(s, []string{"balance", "bob"}))
		if (v == "1") != c.moved {
			t.Errorf("%v %v by %v: bob has %q: %s", show(c.schedulers), c.more, c.by, v, show(DeepGet(s, []string{"results"})))
		}
	}
}

func BenchmarkHyperToken(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := newLuaBench(b)
			s := l.ask(hyperToken(b, n), Of(P("path", Binary("init"))))
			s = l.ask(s, Of(P("path", Binary("compute")), P("slot", Int(0)), P("body", Of(P("type", Binary("Process"))))))
			b.ReportAllocs()
			for i := 1; b.Loop(); i++ {
				s = l.ask(s.Set("device", Binary("lua@5.3a")).Without("dedup", "results"), transferRequest(i, "alice", "bob", Int(1)))
			}
			if _, ok := DeepGet(s, []string{"balance", "bob"}).(Int); !ok {
				b.Fatal(show(DeepGet(s, []string{"results"})))
			}
		})
	}
}

// TestDynamicRouter runs the tests that the program has of itself, with a
// device that matches routes by their template.
func TestDynamicRouter(t *testing.T) {
	match := func(c *ao.Call) (Value, error) {
		v, err := c.Arg("routes")
		if err != nil {
			return nil, err
		}
		routes, _ := v.(*List)
		for i := 0; routes != nil && i < routes.Len(); i++ {
			if r := routes.At(i).(*Message); r.Text("template") == c.Text("route-path") {
				return r.Set("reference", Binary(fmt.Sprintf("routes/%d", i+1))), nil
			}
		}
		return nil, ao.Missing
	}
	b := newLuaBench(t, &ao.Device{Name: "router@1.0", Doc: "Matches routes.", Keys: []ao.Key{{Name: "match", Run: match}}})
	s := b.ask(luaProgram(reference(t, "scripts/dynamic-router.lua")), Of(P("path", Binary("init"))))
	for _, name := range []string{"register_test", "performance_test"} {
		v, err := b.env.Resolve(context.Background(), s, Of(P("path", Binary(name)), P("parameters", NewList())))
		if err != nil || v != Value(Binary("ok")) {
			r := ao.ResultOf(v, err)
			t.Errorf("%s: %s %s", name, r.Status, show(r.Value))
		}
	}
}

func bigOf(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}
