package poda_test

import (
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// teller is a device of processes that sends what it is told to "peer", and more
// on a node that lies.
func teller(lie int64) *ao.Device {
	return &ao.Device{Name: "teller@test", Doc: "Tells.", Keys: []ao.Key{
		{Name: "init", Run: func(c *ao.Call) (Value, error) { return c.Base, nil }},
		{Name: "compute", Run: func(c *ao.Call) (Value, error) {
			v, ok := c.Request().Message("body").Get("n")
			if !ok {
				return c.Base.Without("results"), nil
			}
			n, _ := AsInt(v)
			return c.Base.Set("told", Int(n+lie)).Set("results", Of(P("outbox", Of(P("1", Of(
				P("Target", Binary(c.Base.Text("peer"))), P("Action", Binary("Credit")), P("N", Int(n+lie)))))))), nil
		}},
	}}
}

// three starts three nodes of which the last lies, and two processes that the
// first schedules: one that tells, and one that believes a quorum of the three.
func three(t *testing.T, quorum int) (nodes [3]nodetest.Server, from, to string) {
	var authorities []Value
	for i := range nodes {
		nodes[i] = nodetest.Open(t, nil, teller(int64(i/2)), sink())
		authorities = append(authorities, Binary(nodes[i].Address()+"?hint="+nodes[i].URL))
	}
	one := nodes[0]
	to = one.Spawn(P("execution-device", Binary("poda@1.0")), P("gated-device", Binary("sink@test")),
		P("authority", NewList(authorities...)), P("quorum", Int(quorum)))
	from = one.Spawn(P("execution-device", Binary("teller@test")), P("peer", Binary(to)))
	one.Send(from, P("n", Int(7)))
	for _, other := range nodes[1:] {
		other.Meet(one, from)
	}
	return nodes, from, to
}

// Two nodes that have computed the sender vouch for its message, over HTTP, and
// the receiver executes it.
func TestPushCollectsAttestations(t *testing.T) {
	nodes, from, to := three(t, 2)
	one := nodes[0]
	m := one.Path("/" + from + "/push&slot=1").(*Message)
	if slot, _ := m.Message("1").Get("slot"); slot != Value(Int(1)) {
		t.Fatalf("the message was not delivered: %v", m.Message("1"))
	}
	list := one.Path("/" + to + "/schedule/assignments/1/body/attestations").(*Message)
	if list.Len() != 2 {
		t.Fatalf("%d attestations", list.Len())
	}
	for _, v := range nodetest.Must[Value](t)(LoadAll(t.Context(), one.Engine().Cache, list)).(*Message).All() {
		c := nodetest.Must[attest.Claim](t)(attest.Read(v.(*Message)))
		by := nodetest.Must[[]string](t)(attest.Witnesses(t.Context(), one.Env().Codec(), v.(*Message)))
		if c.Process != from || c.Slot != 1 || len(by) != 1 || by[0] != nodes[0].Address() && by[0] != nodes[1].Address() {
			t.Errorf("%+v by %v", c, by)
		}
	}
	for path, want := range map[string]string{"last/n": "7", "last/action": "Credit", "last/from-process": from, "results/data": "Credit"} {
		if got := one.Get("/" + to + "~process@1.0/now/" + path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// Without a quorum nothing is delivered, and the receiver believes nobody who
// says that something was.
func TestPushWithoutQuorum(t *testing.T) {
	nodes, from, to := three(t, 3)
	one := nodes[0]
	m := one.Path("/" + from + "/push&slot=1").(*Message)
	if got := m.Message("1"); got.Has("slot") || got.Text("reason") != "2 of 3 authorities attest the message, and 3 are needed" {
		t.Fatalf("%v", got)
	}
	time.Sleep(50 * time.Millisecond)
	if got := one.Get("/" + to + "/slot/current"); got != "0" {
		t.Errorf("slot %s", got)
	}
	one.Send(to, P("from-process", Binary(from)), P("action", Binary("Credit")), P("n", Int(7)))
	if got := one.Get("/" + to + "~process@1.0/now/results/body"); got != "Required PoDA messages missing" {
		t.Error(got)
	}
	one.Send(to, P("action", Binary("Hello")))
	if got := one.Get("/" + to + "~process@1.0/now/results/data"); got != "Hello" {
		t.Error(got)
	}
}
