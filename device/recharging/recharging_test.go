package recharging_test

import (
	"context"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/recharging"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func signed(t *testing.T, who ...*keys.PrivateKey) *Message {
	t.Helper()
	m := Of(P("path", Binary("/greeting")))
	for _, k := range who {
		var err error
		if m, err = commit.Commit(context.Background(), commit.Env(NoLoader{}), m, k, commit.Spec{Committed: []string{"path"}}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

var base = Of(P("device", Binary(recharging.Name)))

type bench struct {
	aotest.Bench
	t   *testing.T
	now *clock.Manual
}

func newBench(t *testing.T, devices []*ao.Device, options ...Pair) bench {
	now := &clock.Manual{}
	now.Set(time.Unix(1_700_000_000, 0))
	config := Of(append([]Pair{P("recharging_ledger_max", Int(100)), P("recharging_ledger_grace", Int(10)), P("recharging_ledger_recharge", Int(2))}, options...)...)
	return bench{aotest.With(t, ao.Services{Clock: now}, config, append(devices, recharging.New())...), t, now}
}

func (b bench) has(who *Message, want Value) {
	b.t.Helper()
	b.Want(b.Ask(base, "balance", P("request", who)), want)
}

func (b bench) charge(who *Message, n Value, status int) {
	b.t.Helper()
	r := b.Ask(base, "charge", P("request", who), P("quantity", n))
	got := 200
	if m, ok := r.Value.(*Message); ok {
		v, _ := m.Get("status")
		n, _ := AsInt(v)
		got = int(n)
	}
	if got != status {
		b.t.Errorf("charge of %v: %d, want %d", n, got, status)
	}
}

// CONF-NEW-12
func TestAccounts(t *testing.T) {
	alice, boss := must.Key(t), must.Key(t)
	b := newBench(t, nil, P("recharging_ledger_exempt", NewList(Binary(boss.Address()))))
	a := signed(t, alice)
	b.has(a, Int(100)) // never seen
	b.charge(a, Int(60), 200)
	b.has(a, Int(40))
	b.charge(a, Int(50), 200) // within the grace
	b.has(a, Int(-10))
	b.charge(a, Int(1), 402)
	for _, n := range []Value{Int(-5), Binary("1e3"), Binary("much"), Float(0.5)} {
		b.charge(a, n, 400)
	}
	b.charge(signed(t, alice, boss), Int(1), 400)
	b.charge(signed(t), Int(1), 400)
	b.has(signed(t, boss), Binary("infinity"))
	b.charge(signed(t, boss), Int(1_000_000), 200)

	b.now.Advance(1500 * time.Millisecond)
	b.has(a, Int(-8))
	b.charge(a, Int(2), 200) // the period that has begun goes on
	b.now.Advance(500 * time.Millisecond)
	b.has(a, Int(-8))
	b.now.Advance(24 * time.Hour)
	b.has(a, Int(100))
}

// CONF-NEW-12
func TestFallback(t *testing.T) {
	alice := must.Key(t)
	charged := 0
	other := &ao.Device{Name: "other-ledger@1.0", Doc: "Has a thousand.", Keys: []ao.Key{
		{Name: "balance", Run: func(*ao.Call) (Value, error) { return Int(1000), nil }},
		{Name: "charge", Run: func(c *ao.Call) (Value, error) { charged++; return True, nil }},
	}}
	b := newBench(t, []*ao.Device{other}, P("recharging_ledger_fallbacks", NewList(Binary("none@1.0"), Binary("other-ledger@1.0"))))
	a := signed(t, alice)
	b.has(a, Int(1000))
	b.charge(a, Int(50), 200)
	if charged != 0 {
		t.Error("the fallback was charged although the account could pay")
	}
	b.charge(a, Int(500), 200)
	if charged != 1 {
		t.Error("the fallback was not charged")
	}
}

func TestRatesOfAccounts(t *testing.T) {
	rich, poor := must.Key(t), must.Key(t)
	asked := 0
	tariff := &ao.Device{Name: "tariff@1.0", Doc: "Favours one.", Keys: []ao.Key{{Name: "rates", Run: func(c *ao.Call) (Value, error) {
		asked++
		if c.Text("target") == rich.Address() {
			return Of(P("max", Int(5000))), nil
		}
		return nil, ao.Missing
	}}}}
	b := newBench(t, []*ao.Device{tariff}, P("recharging_ledger_rates", Binary("/~tariff@1.0/rates")))
	for range 3 {
		b.has(signed(t, rich), Int(5000))
	}
	b.has(signed(t, poor), Int(100))
	if asked != 2 {
		t.Errorf("asked %d times for the rates of two", asked)
	}
}
