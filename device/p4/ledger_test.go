package p4_test

import (
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// Ledgers that are processes: programs of the reference, read from a mirror of
// its repository.

func script(t testing.TB, name string) Value {
	return Of(text("content-type", "text/x-lua"), text("name", name), P("body", Binary(sharedtest.Mirror(t, "scripts/"+name))))
}

// rsaKey is a wallet whose signatures differ each time, so that equal processes
// are different ones.
func rsaKey(t testing.TB) *keys.PrivateKey {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(sharedtest.Dir(t, "testdata"), "ref-wallet.json"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.ParseJWK(raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// processLedger are the options of a node whose ledger is a process.
func processLedger(t testing.TB, host *keys.PrivateKey, balances ...any) []Pair {
	b := NewBuilder(len(balances) / 2)
	for i := 0; i < len(balances); i += 2 {
		b.Set(balances[i].(*keys.PrivateKey).Address(), Int(balances[i+1].(int)))
	}
	return []Pair{
		both(p4("simple-pay@1.0", "lua@5.3a", P("module", script(t, "hyper-token-p4-client.lua")), text("ledger-path", "/ledger~node-process@1.0"))),
		free("/*~node-process@1.0/*"),
		P("node_processes", Of(P("ledger", Of(
			text("device", "process@1.0"), text("execution-device", "lua@5.3a"), text("scheduler-device", "scheduler@1.0"),
			P("module", NewList(script(t, "hyper-token.lua"), script(t, "hyper-token-p4.lua"))),
			P("balance", b.Message()), text("admin", host.Address()))))),
	}
}

// transferOnNode moves tokens on the ledger of a node.
func (p *paid) transferOnNode(from, to *keys.PrivateKey, n int) {
	p.t.Helper()
	inner := sign(p.t, from, "transfer", number("quantity", n), text("recipient", to.Address()))
	if rep := p.send(sign(p.t, p.operator, "/ledger~node-process@1.0/schedule", P("body", inner))); rep.Status != 200 {
		p.t.Fatal(rep.Status, rep.Body)
	}
}

// CONF-PAY-03
func TestProcessAsLedger(t *testing.T) {
	host, operator, alice, bob := must.Key(t), must.Key(t), must.Key(t), must.Key(t)
	n := start(t, "", host, append(processLedger(t, host, alice, 100), text("operator", operator.Address()))...)
	greeting := sign(t, bob, "/greeting", text("greeting", "Hello, world!")).Set("method", Binary("GET"))
	if rep := n.send(greeting); rep.Status != 402 || rep.Message.Text("ledger-path") != "/ledger~node-process@1.0" {
		t.Fatal(rep.Status, rep.Body)
	}
	n.transferOnNode(alice, bob, 50)
	if rep := n.send(greeting); rep.Status != 200 || body(rep) != "Hello, world!" {
		t.Fatal(rep.Status, rep.Body)
	}
	for who, want := range map[*keys.PrivateKey]string{bob: "48", operator: "2", alice: "50"} {
		n.ok(nil, "/ledger~node-process@1.0/now/balance/"+who.Address(), want)
	}
	n.has(bob, "48")
	rep := n.get(bob, "/~p4@1.0/estimate", text("estimate-path", "/a/b/c"))
	price, _ := rep.Message.Get("price")
	if enough, _ := rep.Message.Get("sufficient"); price != Value(Int(4)) || enough != Value(True) {
		t.Error(rep.Status, rep.Body, price)
	}
}

// Charges of a process ledger that a crash has left behind are delivered, once,
// before anything else is charged there; their requests have been paid for.
func TestStaleChargesAreDelivered(t *testing.T) {
	host, alice, bob := must.Key(t), must.Key(t), must.Key(t)
	dir, options := t.TempDir(), processLedger(t, host, alice, 100, bob, 50)
	n := start(t, dir, host, options...)
	n.ok(nil, "/ledger~node-process@1.0/now/balance/"+bob.Address(), "50")
	n.stop()

	lost := sign(t, bob, "/greeting", text("greeting", "Hello"), number("nonce", 1)).Set("method", Binary("GET"))
	book, err := pay.Open(fs.OS(), filepath.Join(dir, "ledger"), pay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	claim := pay.Claim{
		Ledger: "lua@5.3a /ledger~node-process@1.0", Account: bob.Address(), Ref: pay.Ref(ctx, lost), Price: big.NewInt(2),
		Balance: big.NewInt(50), Moment: book.Moment("lua@5.3a /ledger~node-process@1.0", bob.Address())}
	if _, err := book.Hold(claim); err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}

	n = start(t, dir, host, options...)
	n.ok(alice, "/greeting", "Hello", text("greeting", "Hello"))
	n.ok(nil, "/ledger~node-process@1.0/now/balance/"+bob.Address(), "48")
	if rep := n.send(lost); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	n.ok(nil, "/ledger~node-process@1.0/now/balance/"+bob.Address(), "48")
	if rep := n.send(lost); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	n.ok(nil, "/ledger~node-process@1.0/now/balance/"+bob.Address(), "46")
	n.ok(nil, "/ledger~node-process@1.0/now/balance/"+alice.Address(), "98")
}

// ledgers is a node with token processes.
type ledgers struct {
	*paid
	root  *Message
	procs []*Message
}

func newLedgers(t testing.TB, alice *keys.PrivateKey, subs int, more ...Pair) *ledgers {
	host := rsaKey(t)
	l := &ledgers{paid: start(t, "", host)}
	definition := Of(append([]Pair{
		text("device", "process@1.0"), text("type", "Process"), text("scheduler-device", "scheduler@1.0"), text("scheduler", host.Address()),
		text("execution-device", "lua@5.3a"), text("authority", host.Address()), P("module", script(t, "hyper-token.lua"))}, more...)...)
	l.root = l.spawn(definition.Set("balance", Of(P(alice.Address(), Int(100)))))
	for range subs {
		l.procs = append(l.procs, l.spawn(definition.Set("token", Binary(l.id(l.root)))))
	}
	return l
}

func (l *ledgers) id(m *Message) string {
	l.t.Helper()
	id, err := commit.SignedID(ctx, m)
	if err != nil {
		l.t.Fatal(err)
	}
	return id.String()
}

func (l *ledgers) spawn(definition *Message) *Message {
	l.t.Helper()
	signed, err := commit.Commit(ctx, commit.Env(NoLoader{}), definition, l.operator, commit.Spec{})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.node.Env().Internal().Resolve(ctx, signed, Of(text("path", "schedule"), text("method", "POST"), P("body", signed))); err != nil {
		l.t.Fatal(err)
	}
	return signed
}

// push has a signed message delivered and waits for all that comes of it.
func (l *ledgers) push(proc *Message, from *keys.PrivateKey, keys ...Pair) {
	l.t.Helper()
	inner, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(append(keys, text("target", l.id(proc)))...), from, commit.Spec{})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.node.Env().Internal().Resolve(ctx, proc, Of(text("path", "push"), text("method", "POST"), P("body", inner))); err != nil {
		l.t.Fatal(err)
	}
}

func (l *ledgers) transfer(proc *Message, from, to *keys.PrivateKey, n Value, route *Message) {
	l.t.Helper()
	pairs := []Pair{text("action", "Transfer"), text("recipient", to.Address()), P("quantity", n)}
	if route != nil {
		pairs = append(pairs, text("route", l.id(route)))
	}
	l.push(proc, from, pairs...)
}

// now returns a map of numbers in the state of a ledger.
func (l *ledgers) now(proc *Message, key string) map[string]*big.Float {
	l.t.Helper()
	v, _, err := l.node.Env().Get(ctx, proc, "now/"+key)
	if err != nil {
		l.t.Fatal(err)
	}
	if v, err = LoadAll(ctx, l.node.Engine().Cache, v); err != nil {
		l.t.Fatal(err)
	}
	out := map[string]*big.Float{}
	m, _ := v.(*Message)
	for k, v := range m.All() {
		s, ok := Text(v)
		n, _, err := big.ParseFloat(s, 10, 256, big.ToNearestEven)
		if !ok || err != nil {
			continue // commitments and the like
		}
		out[k] = n
	}
	return out
}

// want compares balances with what ledgers say; accounts that are not given
// have nothing.
func (l *ledgers) want(proc *Message, balances map[string]float64) {
	l.t.Helper()
	got := l.now(proc, "balance")
	for who, n := range balances {
		have := got[who]
		if have == nil {
			have = new(big.Float)
		}
		if have.Cmp(big.NewFloat(n)) != 0 {
			l.t.Errorf("%s has %s, want %v", who, have, n)
		}
		delete(got, who)
	}
	for who, n := range got {
		if n.Sign() != 0 {
			l.t.Errorf("%s has %s, want nothing", who, n)
		}
	}
}

func sum(m map[string]*big.Float, without ...string) *big.Float {
	total := new(big.Float)
	for k, n := range m {
		total.Add(total, n)
		for _, w := range without {
			if k == w {
				total.Sub(total, n)
			}
		}
	}
	return total
}

// verify checks the invariants of a network of ledgers.
func (l *ledgers) verify() {
	l.t.Helper()
	root := l.now(l.root, "balance")
	supply := sum(root)
	supply.Add(supply, sum(l.now(l.root, "ledgers")))
	if supply.Cmp(big.NewFloat(100)) != 0 {
		l.t.Errorf("the supply of the root is %s", supply)
	}
	var ids []string
	held := new(big.Float)
	for _, p := range l.procs {
		ids = append(ids, l.id(p))
		held.Add(held, sum(l.now(p, "balance")))
	}
	if users := sum(root, ids...); held.Add(held, users).Cmp(big.NewFloat(100)) != 0 {
		l.t.Errorf("users and sub-ledgers have %s", held)
	}
}

func (l *ledgers) at(balances ...any) map[string]float64 {
	out := map[string]float64{}
	for i := 0; i < len(balances); i += 2 {
		who, _ := balances[i].(string)
		switch x := balances[i].(type) {
		case *keys.PrivateKey:
			who = x.Address()
		case *Message:
			who = l.id(x)
		}
		out[who] = float64(balances[i+1].(int))
	}
	return out
}

// CONF-PAY-09, CONF-LEDGER-01
func TestLedgerTransfer(t *testing.T) {
	alice, bob := must.Key(t), must.Key(t)
	l := newLedgers(t, alice, 0)
	l.transfer(l.root, alice, bob, Int(1), nil)
	l.want(l.root, l.at(alice, 99, bob, 1))
	l.verify()
}

// CONF-PAY-10, CONF-LEDGER-01, SEC-07
func TestLedgerTransferUnauthorized(t *testing.T) {
	alice, bob := must.Key(t), must.Key(t)
	l := newLedgers(t, alice, 0)
	l.transfer(l.root, bob, alice, Int(1), nil)
	for _, n := range []Value{Int(101), Binary("101"), Int(-5), Float(0.5), Binary("1.5"), Binary("lots")} {
		l.transfer(l.root, alice, bob, n, nil)
	}
	l.want(l.root, l.at(alice, 100))
}

// CONF-PAY-11, CONF-PAY-18
func TestLedgerDeposit(t *testing.T) {
	alice := must.Key(t)
	l := newLedgers(t, alice, 1)
	l.transfer(l.root, alice, alice, Int(10), l.procs[0])
	l.want(l.root, l.at(alice, 90, l.procs[0], 10))
	l.want(l.procs[0], l.at(alice, 10))
	l.verify()
}

// CONF-PAY-12, CONF-LEDGER-02
func TestLedgerThereAndBack(t *testing.T) {
	alice, bob := must.Key(t), must.Key(t)
	l := newLedgers(t, alice, 1)
	sub := l.procs[0]
	l.transfer(l.root, alice, alice, Int(10), sub)
	l.transfer(sub, alice, bob, Int(8), nil)
	l.transfer(sub, bob, bob, Int(7), l.root)
	l.want(l.root, l.at(alice, 90, bob, 7, sub, 3))
	l.want(sub, l.at(alice, 2, bob, 1))
	for _, p := range []*Message{l.root, sub} {
		if got := l.now(p, "ledgers"); len(got) != 0 {
			t.Error(got)
		}
	}
	l.verify()
}

// CONF-PAY-13, CONF-PAY-18, CONF-LEDGER-03
func TestLedgerToLedger(t *testing.T) {
	alice, bob := must.Key(t), must.Key(t)
	l := newLedgers(t, alice, 2)
	one, two := l.procs[0], l.procs[1]
	l.transfer(l.root, alice, alice, Int(90), one)
	l.transfer(one, alice, bob, Int(80), two)
	l.want(one, l.at(alice, 10))
	l.want(two, l.at(bob, 80))
	l.verify()
}

// CONF-PAY-14, CONF-PAY-17, CONF-PAY-18, CONF-LEDGER-03
func TestLedgersBothWays(t *testing.T) {
	alice, bob := must.Key(t), must.Key(t)
	l := newLedgers(t, alice, 2)
	one, two := l.procs[0], l.procs[1]
	l.push(one, l.operator, text("action", "register-remote"), text("peer", l.id(two)))
	for _, step := range []struct {
		at       *Message
		from, to *keys.PrivateKey
		n        int
		route    *Message
	}{{l.root, alice, alice, 90, one}, {one, alice, bob, 10, two}, {two, bob, bob, 5, one}, {two, bob, alice, 4, one}} {
		l.transfer(step.at, step.from, step.to, Int(step.n), step.route)
		l.verify()
	}
	l.want(l.root, l.at(alice, 10, one, 90))
	l.want(one, l.at(bob, 5, alice, 84))
	l.want(two, l.at(bob, 1))
}

// CONF-PAY-15, CONF-LEDGER-03
func TestLedgersThatDoNotKnowEachOther(t *testing.T) {
	alice, bob := must.Key(t), must.Key(t)
	l := newLedgers(t, alice, 3)
	one, two, three := l.procs[0], l.procs[1], l.procs[2]
	l.transfer(l.root, alice, alice, Int(90), one)
	l.transfer(l.root, alice, bob, Int(10), two)
	l.transfer(one, alice, bob, Int(50), three)
	l.want(l.root, l.at(one, 90, two, 10))
	l.want(one, l.at(alice, 40))
	l.want(two, l.at(bob, 10))
	l.want(three, l.at(bob, 50))
	l.verify()
}
