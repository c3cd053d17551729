package push_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// meet tells a node of a process on another node, and of that node's location.
func (n *node) meet(other *node, id string) {
	n.t.Helper()
	p := must.Have[schedule.Process](n.t)(other.order.Find(ctx, id))
	whole := must.Have[Value](n.t)(LoadAll(ctx, other.env.Cache, p.Definition))
	must.Have[string](n.t)(n.env.Cache.Write(ctx, whole, store.Lazy))
	location := n.sign(other.key, Of(P("type", Binary("scheduler-location")), P("url", Binary(other.url))))
	must.Have[string](n.t)(n.env.Cache.Write(ctx, location, store.Lazy, "~scheduler@1.0/locations/"+other.key.Address()))
}

// CONF-PUSH-03: each process is scheduled, computed and pushed by
// its own node, over HTTP.
func TestPUSH03TwoNodes(t *testing.T) {
	one, two := fresh(t), fresh(t)
	b := two.spawn(player, P("limit", Int(8)))
	a := one.spawn(player, P("limit", Int(8)), P("peer", Binary(b)))
	one.meet(two, b)
	two.meet(one, a)
	m := one.say(a, action("Start"), P("result-depth", Int(3)))
	for path, want := range map[string]Value{
		"1/target": Binary(b), "1/slot": Int(1), "1/resulted-in/data": Binary("GOT PING"),
		"1/resulted-in/1/resulted-in/process": Binary(a), "1/resulted-in/1/resulted-in/data": Binary("GOT PONG"),
	} {
		if got := one.at(m, path); !Equal(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	assertIdle(t, one)
	assertIdle(t, two)
	one.want("/"+a+"/now/results/data", Binary("Done."))
	one.want("/"+a+"/now/count", Int(4))
	two.want("/"+b+"/now/count", Int(4))
}

// A target of another node that nothing is known of but the hint in it.
func TestHintedTarget(t *testing.T) {
	one, two := fresh(t), fresh(t)
	b := two.spawn(sink)
	a := one.spawn(fan, P("peer", Binary(b+"?hint="+two.url)))
	m := one.say(a, fanOut(), P("push-mode", Binary("sync")))
	if got := one.at(m, "1/reason"); got != nil {
		t.Fatal(show(m))
	}
	assertIdle(t, one)
	if got := two.slot(b); got != 3 {
		t.Fatalf("slot %d, want 3", got)
	}
	for i, letter := range schedules(t, two, b)[1:] {
		body := letter.Message("body")
		if body.Text("target") != b || body.Text("from-process") != a || body.Text("note") == "" {
			t.Errorf("letter %d: %s", i+1, show(body))
		}
	}
}

// A message by a user for a process that another node schedules is passed on.
func TestPassedOn(t *testing.T) {
	one, two := fresh(t), fresh(t)
	b := two.spawn(player, P("limit", Int(1)))
	one.meet(two, b)
	m := one.say(b, action("Ping", P("n", Binary("1"))))
	if got := one.at(m, "slot"); !Equal(got, Int(1)) {
		t.Fatal(show(m))
	}
	if two.slot(b) != 1 {
		t.Fatal("the message did not arrive")
	}
	assertIdle(t, one)
}

// broken is a network that loses answers, or requests, of one kind.
type broken struct {
	ao.Transport
	mu    sync.Mutex
	left  int
	lose  func(path string) bool
	after bool // the request arrives, the answer does not
}

func (b *broken) Send(ctx context.Context, node string, req *Message) (Value, error) {
	b.mu.Lock()
	hit := b.left > 0 && b.lose(req.Text("path"))
	if hit {
		b.left--
	}
	b.mu.Unlock()
	if !hit {
		return b.Transport.Send(ctx, node, req)
	}
	if b.after {
		if _, err := b.Transport.Send(ctx, node, req); err != nil {
			return nil, err
		}
	}
	return nil, fail.New(fail.Timeout, "test", "the network is down")
}

// Letters whose requests or answers get lost arrive once, later.
func TestNetworkFails(t *testing.T) {
	for name, x := range map[string]*broken{
		"requests":       {left: 2, lose: func(p string) bool { return strings.HasSuffix(p, "/schedule") }},
		"answers":        {left: 2, after: true, lose: func(p string) bool { return strings.HasSuffix(p, "/schedule") }},
		"pushes":         {left: 2, lose: func(p string) bool { return strings.Contains(p, "/push&") }},
		"pushes answers": {left: 2, after: true, lose: func(p string) bool { return strings.Contains(p, "/push&") }},
		"everything":     {left: 4, lose: func(string) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			two := fresh(t)
			one := start(t, mem.New(mem.Options{}), settings{transport: func(real ao.Transport) ao.Transport {
				x.Transport = real
				return x
			}})
			b := two.spawn(sink)
			a := one.spawn(fan, P("peer", Binary(b)))
			one.meet(two, b)
			two.meet(one, a)
			one.say(a, fanOut(), P("push-mode", Binary("async")))
			assertIdle(t, one)
			assertIdle(t, two)
			two.want("/"+b+"/now/count", Int(3))
			one.want("/"+a+"/now/receipts", Int(3))
		})
	}
}

// An answer to a push in which a letter is late says so.
func TestLateLetter(t *testing.T) {
	net := &broken{left: 1, lose: func(p string) bool { return strings.HasSuffix(p, "/schedule") }}
	two := fresh(t)
	one := start(t, mem.New(mem.Options{}), settings{transport: func(real ao.Transport) ao.Transport {
		net.Transport = real
		return net
	}})
	b := two.spawn(sink)
	a := one.spawn(fan, P("peer", Binary(b)))
	one.meet(two, b)
	two.meet(one, a)
	m := one.say(a, fanOut())
	if got, _ := Text(one.at(m, "1/reason")); got != "the network is down" || one.at(m, "2/slot") == nil {
		t.Fatal(show(m))
	}
	assertIdle(t, one)
	two.want("/"+b+"/now/count", Int(3))
}

// A slot that does not exist yet is not taken on.
func TestUnscheduledSlot(t *testing.T) {
	n := fresh(t)
	a := n.spawn(sink)
	for _, mode := range []string{"sync", "async"} {
		_, err := n.env.ResolveRequest(ctx, Of(P("path", Binary("/"+a+"/push&slot=7&push-mode="+mode))))
		var o *ao.Outcome
		if !errors.As(err, &o) || !Equal(n.at(o.Value.(*Message), "status"), Int(404)) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	assertIdle(t, n)
}
