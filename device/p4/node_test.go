package p4_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

var ctx = context.Background()

// paid is a node that has requests paid, behind real HTTP.
type paid struct {
	t        testing.TB
	url      string
	node     *node.Node
	operator *keys.PrivateKey
	peer     *client.Client
	stop     func()
}

func text(k, v string) Pair { return P(k, Binary(v)) }

// p4 is a hook message of p4@1.0.
func p4(pricing, ledger string, more ...Pair) *Message {
	return Of(append([]Pair{text("device", "p4@1.0"), text("pricing-device", pricing), text("ledger-device", ledger)}, more...)...)
}

// both sets one handler as request and response hook.
func both(handler Value) Pair {
	return P("on", Of(P("request", handler), P("response", handler)))
}

func simplePay() Pair { return both(p4("simple-pay@1.0", "simple-pay@1.0")) }

// start runs a node with options; its wallet is the operator's.
func start(t testing.TB, dir string, operator *keys.PrivateKey, options ...Pair) *paid {
	t.Helper()
	return startWith(t, dir, operator, nil, options...)
}

// startWith is start with more devices.
func startWith(t testing.TB, dir string, operator *keys.PrivateKey, devices []*ao.Device, options ...Pair) *paid {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir = dir
	if err := c.Apply(Of(options...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c, node.WithKey(operator), node.WithDevices(devices...))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	p := &paid{t: t, url: srv.URL, node: n, operator: operator, peer: client.New(client.Options{})}
	stopped := false
	p.stop = func() {
		if stopped {
			return
		}
		stopped = true
		srv.Close()
		p.peer.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(p.stop)
	return p
}

// sign commits to a request with its path.
func sign(t testing.TB, key *keys.PrivateKey, path string, more ...Pair) *Message {
	t.Helper()
	m, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(append(more, text("path", path))...), key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (p *paid) send(m *Message) *client.Reply {
	p.t.Helper()
	rep, err := p.peer.Do(ctx, p.url, m)
	if err != nil {
		p.t.Fatal(err)
	}
	return rep
}

// get asks as somebody, or as nobody.
func (p *paid) get(key *keys.PrivateKey, path string, more ...Pair) *client.Reply {
	p.t.Helper()
	if key == nil {
		return p.send(Of(append(more, text("path", path))...))
	}
	return p.send(sign(p.t, key, path, more...).Set("method", Binary("GET")))
}

// ok is get for an answer that must be 200 with a body.
func (p *paid) ok(key *keys.PrivateKey, path, want string, more ...Pair) {
	p.t.Helper()
	if rep := p.get(key, path, more...); rep.Status != 200 || body(rep) != want {
		p.t.Errorf("%s: %d %q, want %q", path, rep.Status, body(rep), want)
	}
}

// refused is get for an answer that must be an error.
func (p *paid) refused(status int, want string, key *keys.PrivateKey, path string, more ...Pair) *client.Reply {
	p.t.Helper()
	rep := p.get(key, path, more...)
	if rep.Status != status || body(rep) != want {
		p.t.Errorf("%s: %d %q, want %d %q", path, rep.Status, body(rep), status, want)
	}
	return rep
}

func body(rep *client.Reply) string {
	v, _ := rep.Message.Get("body")
	s, _ := Text(v)
	return s
}

// has compares a balance with what the ledger says of it.
func (p *paid) has(key *keys.PrivateKey, want string) {
	p.t.Helper()
	p.ok(key, "/~p4@1.0/balance", want)
}

func ledger(pairs ...any) Pair {
	b := NewBuilder(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		b.Set(pairs[i].(*keys.PrivateKey).Address(), Int(pairs[i+1].(int)))
	}
	return P("simple_pay_ledger", b.Message())
}

func number(k string, n int) Pair { return P(k, Int(n)) }

func list(texts ...string) Value { return Strings(texts) }

func free(templates ...string) Pair {
	var out []Value
	for _, s := range templates {
		out = append(out, Of(text("template", s)))
	}
	return P("p4_non_chargable_routes", NewList(out...))
}

// commitAlso adds the signature of somebody else to a request.
func commitAlso(t testing.TB, m *Message, key *keys.PrivateKey) *Message {
	t.Helper()
	committed := m.Committed(m.Commitments().Keys(), false)
	both, err := commit.Commit(ctx, commit.Env(NoLoader{}), m, key, commit.Spec{Committed: committed})
	if err != nil {
		t.Fatal(err)
	}
	return both
}
