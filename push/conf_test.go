package push_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// The items CONF-PUSH-nn of spec 03, 16.3. 01 is in push_test.go; 04 and 06 need
// a legacynet scheduler.

// sender puts into its outbox what the message says.
const sender = `
function compute(base, req)
  local m = req.body or {}
  base.results = { data = m.action or "" }
  if m.action == "Send" then
    m.out.action = "Sent"
    base.results.outbox = { ["1"] = m.out }
  elseif m.action == "Answer" then
    base.results.outbox = { ["1"] = { target = m["from-process"], action = "Answered" } }
  elseif m.action then
    base.last = m.action
    base.process_of_child = m.process
    base.reference = m.reference
    base.reason = m.reason
  end
  return base
end`

// send makes a sender put a message into its outbox.
func send(out ...Pair) []Pair { return action("Send", P("out", Of(out...))) }

// CONF-PUSH-02
func TestPUSH02Authority(t *testing.T) {
	scheduler, authority := must.Key(t), must.Key(t)
	n := start(t, mem.New(mem.Options{}), settings{keys: []*keys.PrivateKey{scheduler, authority}})
	both := []Pair{P("scheduler", NewList(Binary(scheduler.Address()), Binary(authority.Address()))), P("authority", Binary(authority.Address()))}
	id := n.spawn(sender, both...)
	n.say(id, send(P("target", Binary(id))))
	a := schedules(t, n, id)[2]
	got := commit.Committers(a)
	slices.Sort(got)
	want := []string{scheduler.Address(), authority.Address()}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the assignment is by %v", got)
	}
	body := a.Message("body")
	if got := commit.Committers(body); !slices.Equal(got, []string{authority.Address()}) {
		t.Errorf("the letter is by %v", got)
	}
	if err := commit.VerifyAll(ctx, n.env.Codec(), body); err != nil {
		t.Error(err)
	}
}

// CONF-PUSH-03
func TestPUSH03Reply(t *testing.T) {
	n := fresh(t)
	a := n.spawn(player, P("limit", Int(100)))
	b := n.spawn(strings.ReplaceAll(player, `action = answer`, `action = "Stop"`), P("limit", Int(100)), P("peer", Binary(a)))
	n.say(b, action("Start"))
	n.want("/"+b+"/now/results/data", Binary("GOT PONG"))
}

// CONF-PUSH-05: with a path that asks no other node
func TestPUSH05Resolve(t *testing.T) {
	out := []Pair{P("resolve", Binary("/~message@1.0&x=1/keys")), P("data", Binary("d"))}
	for name, permitted := range map[string]bool{"permitted": true, "refused": false} {
		t.Run(name, func(t *testing.T) {
			var config []Pair
			if permitted {
				config = append(config, P("push_resolve", NewList(Binary("/~message@1.0&x=1"))))
			}
			n := fresh(t, config...)
			to := n.spawn(sender)
			id := n.spawn(sender)
			m := n.say(id, send(append(out, P("target", Binary(to)))...))
			if got := n.at(m, "1/slot"); got == nil {
				t.Fatal(show(m))
			}
			if permitted {
				n.want("/"+to+"/slot/current", Int(1))
				return
			}
			n.want("/"+to+"/slot/current", Int(0))
			if got, _ := Text(n.at(schedules(t, n, id)[2], "body/resolve")); got != "error" {
				t.Fatal(got)
			}
			n.get("/" + id + "/now")
		})
	}
}

// CONF-PUSH-07: what the answer looks like at depths 0, 1 and 2.
func TestPUSH07Depths(t *testing.T) {
	n := fresh(t)
	b := n.spawn(sender)
	a := n.spawn(sender)
	slot := n.at(n.say(a, send(P("target", Binary(b)))), "slot")
	if !Equal(slot, Int(1)) {
		t.Fatal(slot)
	}
	for depth, want := range map[string][]string{
		"0": {"1", "process", "slot"},
		"1": {"1", "data", "outbox", "process", "slot"},
		"2": {"1", "data", "outbox", "process", "slot"},
	} {
		m := n.get("/" + a + "/push&slot=1&result-depth=" + depth).(*Message)
		if got := m.Keys(); !slices.Equal(got, want) {
			t.Errorf("depth %s: %v", depth, got)
		}
		entry := n.at(m, "1").(*Message)
		if got := entry.Keys(); !slices.Equal(got, []string{"id", "resulted-in", "slot", "target"}) {
			t.Errorf("depth %s: entry %v", depth, got)
		}
		inner := []string{"process", "slot"}
		if depth == "2" {
			inner = []string{"data", "process", "slot"}
		}
		if got := entry.Message("resulted-in").Keys(); !slices.Equal(got, inner) {
			t.Errorf("depth %s: resulted-in %v", depth, got)
		}
		letter := schedules(t, n, b)[1].Message("body")
		i, err := commit.SignedID(ctx, letter)
		if err != nil || entry.Text("id") != i.String() {
			t.Errorf("depth %s: id %s, want %s", depth, entry.Text("id"), i)
		}
	}
}

// The keys of a letter (spec 03, 6.6).
func TestLetter(t *testing.T) {
	n := fresh(t)
	b := n.spawn(sender)
	a := n.spawn(sender)
	n.say(a, send(P("Target", Binary(b)), P("Type", Binary("Other")), P("X-Y", Of(P("Deep", Int(1)))), P("From-Process", Binary("forged"))))
	m := schedules(t, n, b)[1].Message("body")
	p := must.Have[schedule.Process](t)(n.order.Find(ctx, a))
	unsigned := must.Have[string](t)(idText(commit.UnsignedID(ctx, p.Definition)))
	for path, want := range map[string]Value{
		"data-protocol": Binary("ao"), "variant": Binary("ao.N.1"), "type": Binary("Message"), "target": Binary(b), "action": Binary("Sent"),
		"from-process": Binary(a), "from-uncommitted": Binary(unsigned), "from-scheduler": Binary(n.key.Address()),
		"from-authority": NotFound, "x-y/deep": Int(1),
	} {
		if got := n.at(m, path); !Equal(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if len(m.Text("from-base")) != 43 {
		t.Errorf("from-base is %q", m.Text("from-base"))
	}
	if got := commit.Committers(m); !slices.Equal(got, []string{n.key.Address()}) {
		t.Errorf("by %v", got)
	}
}

// Entries that cannot be delivered are reported and hold up nothing.
func TestUndeliverable(t *testing.T) {
	n := fresh(t, P("push_always_sign", False))
	strict := n.spawn(sender, P("authority", Binary("somebody-else")))
	for name, x := range map[string]struct {
		out    []Pair
		status int64
		reason string
	}{
		"no target":       {nil, 404, "Target process not available."},
		"unknown ID":      {[]Pair{P("target", Binary(strings.Repeat("A", 43)))}, 404, "Could not access target process!"},
		"unknown name":    {[]Pair{P("target", Binary("nobody"))}, 404, "Could not access target process!"},
		"a wallet":        {[]Pair{P("target", Binary(n.user.Address()))}, 404, "Could not access target process!"},
		"path":            {[]Pair{P("target", Binary("a/b"))}, 404, "Could not access target process!"},
		"other authority": {[]Pair{P("target", Binary(strict))}, 403, "Application of security policy failed: No identities matching authority were found."},
	} {
		a := n.spawn(sender, P("name", Binary(name)))
		m := n.say(a, send(x.out...))
		if got := n.at(m, "1/response"); !Equal(got, Binary("error")) {
			t.Errorf("%s: %s", name, show(m))
		}
		if status, reason := n.at(m, "1/status"), n.at(m, "1/reason"); !Equal(status, Int(x.status)) || !Equal(reason, Binary(x.reason)) {
			t.Errorf("%s: %v %v", name, status, reason)
		}
		assertIdle(t, n)
		again := n.get("/" + a + "/push&slot=1").(*Message)
		if !Equal(n.at(again, "1/reason"), Binary(x.reason)) {
			t.Errorf("%s, again: %s", name, show(again))
		}
	}
}

func TestPolicy(t *testing.T) {
	first, second := must.Key(t), must.Key(t)
	n := start(t, mem.New(mem.Options{}), settings{keys: []*keys.PrivateKey{first, second}})
	b := n.spawn(sender, P("policy", Of(P("accept-committers", NewList(Binary(second.Address()), Binary("x"))))), P("authority", Binary(first.Address())))
	a := n.spawn(sender)
	n.say(a, send(P("target", Binary(b))))
	if got := commit.Committers(schedules(t, n, b)[1].Message("body")); !slices.Equal(got, []string{second.Address()}) {
		t.Fatal(got)
	}
}

func TestLocalNames(t *testing.T) {
	var n *node
	s := mem.New(mem.Options{})
	n = start(t, s, settings{})
	b := n.spawn(sender)
	must.Have[string](t)(n.env.Cache.Write(ctx, Binary(b), store.Lazy, "local-name@1.0/ledger"))
	a := n.spawn(sender)
	m := n.say(a, send(P("target", Binary("ledger"))))
	if got := n.at(m, "1/resulted-in/process"); !Equal(got, Binary(b)) {
		t.Fatal(show(m))
	}
	if got := schedules(t, n, b)[1].Message("body").Text("target"); got != b {
		t.Fatalf("target %q", got)
	}
}

// A process spawns a process, learns its ID, and the child is in its schedule.
func TestSpawn(t *testing.T) {
	n := fresh(t)
	a := n.spawn(sender)
	module := must.Have[schedule.Process](t)(n.order.Find(ctx, a)).Definition.Text("module")
	m := n.say(a, send(P("type", Binary("Process")), P("execution-device", Binary("lua@5.3a")), P("module", Binary(module)), P("reference", Binary("7"))))
	child, _ := Text(n.at(m, "1/process"))
	n.want("/"+a+"/now/process_of_child", Binary(child))
	n.want("/"+a+"/now/reference", Binary("7"))
	n.want("/"+child+"/slot/current", Int(0))
	n.say(child, action("Hello"))
	n.want("/"+child+"/now/last", Binary("Hello"))
	before := n.slot(a)
	n.get("/" + a + "/push&slot=1")
	if n.slot(a) != before {
		t.Fatal("pushing again sent another receipt")
	}
	if p := must.Have[schedule.Process](t)(n.order.Find(ctx, child)); p.Definition.Text("from-process") != a {
		t.Fatal(show(p.Definition))
	}
	assertIdle(t, n)
}

// A stored message is assigned to a process as it is.
func TestAssign(t *testing.T) {
	n := fresh(t)
	a, b, c := n.spawn(sender), n.spawn(sender, P("n", Int(1))), n.spawn(sender, P("n", Int(2)))
	n.say(b, action("Hello"))
	letter := schedules(t, n, b)[1].Message("body")
	i := must.Have[string](t)(idText(commit.SignedID(ctx, letter)))
	m := n.say(a, send(P("type", Binary("Assignment")), P("message", Binary(i)), P("target", Binary(c))))
	if got := n.at(m, "1/id"); !Equal(got, Binary(i)) {
		t.Fatal(show(m))
	}
	n.want("/"+c+"/now/last", Binary("Hello"))
	n.get("/" + a + "/push&slot=1")
	n.want("/"+c+"/slot/current", Int(1))
}

// A chain without an end is pushed on in the background, and ended.
func TestEndless(t *testing.T) {
	n := fresh(t, P("push_depth", Int(3)), P("push_hops", Int(20)))
	a := n.spawn(sender)
	b := n.spawn(strings.ReplaceAll(sender, `action = "Answered"`, `action = "Answer"`))
	n.say(b, action("Answer", P("from-process", Binary(b))))
	n.say(a, send(P("target", Binary(b))))
	assertIdle(t, n)
	if got := n.slot(b); got < 20 || got > 23 {
		t.Fatalf("%d messages", got)
	}
}
