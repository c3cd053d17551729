package remote_test

import (
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// liar is a scheduler device that shows another schedule than the real one.
type liar struct {
	on    atomic.Bool
	twist func(a map[int]*Message)
	slot  func(n int64) int64
}

// device returns the device, which asks the real one and changes its answers.
func (l *liar) device() *ao.Device {
	ask := func(call *ao.Call) (Value, error) {
		return call.Internal().Resolve(call.Ctx, Of(P("device", Binary("scheduler@1.0")), P("process", call.Base.Message("process"))), call.Request())
	}
	return &ao.Device{Name: "liar@1.0", Keys: []ao.Key{
		{Name: "slot", Run: func(call *ao.Call) (Value, error) {
			v, err := ask(call)
			m, ok := v.(*Message)
			if err != nil || !ok || !l.on.Load() || l.slot == nil {
				return v, err
			}
			n, _ := m.Get("current")
			current, _ := AsInt(n)
			return m.Set("current", Int(l.slot(current))), nil
		}},
		{Name: "schedule", Run: func(call *ao.Call) (Value, error) {
			v, err := ask(call)
			m, ok := v.(*Message)
			if err != nil || !ok || !l.on.Load() || l.twist == nil || m.Text("type") != "schedule" {
				return v, err
			}
			whole, err := LoadAll(call.Ctx, call.Cache, m)
			if err != nil {
				return nil, err
			}
			all := map[int]*Message{}
			for k, v := range whole.(*Message).Message("assignments").All() {
				if n, err := strconv.Atoi(k); err == nil {
					all[n] = v.(*Message)
				}
			}
			l.twist(all)
			b := NewBuilder(len(all))
			for n, a := range all {
				b.Set(strconv.Itoa(n), a)
			}
			return m.Set("assignments", b.Message()), nil
		}},
	}}
}

// again signs an assignment of a scheduler again, after a change.
func again(t testing.TB, key *keys.PrivateKey, a *Message, change func(*Message) *Message) *Message {
	return sign(t, key, change(a.Without(CommitmentsKey)))
}

// A scheduler that lies is refused with an error that names it, the slot, and
// what is wrong; what was right before is computed, and nothing of the lie is
// kept.
func TestLiars(t *testing.T) {
	user, stranger := must.Key(t), must.Key(t)
	set := func(key string, v Value) func(*Message) *Message {
		return func(m *Message) *Message { return m.Set(key, v) }
	}
	other := idOf(t, definition(t, stranger.Address()))
	for name, x := range map[string]struct {
		twist func(s *keys.PrivateKey, a map[int]*Message)
		slot  func(int64) int64
		at    int
		says  string
	}{
		"reordered":            {twist: func(_ *keys.PrivateKey, a map[int]*Message) { a[3], a[4] = a[4], a[3] }, at: 3, says: "in its place is the assignment of slot 4"},
		"dropped":              {twist: func(_ *keys.PrivateKey, a map[int]*Message) { delete(a, 3) }, at: 3, says: "left out"},
		"dropped at the end":   {twist: func(_ *keys.PrivateKey, a map[int]*Message) { delete(a, 5) }, at: 5, says: "says that slot 5 is the newest"},
		"renumbered":           {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[4], set("slot", Int(3))) }, at: 3, says: "hash chain does not continue"},
		"forged by a stranger": {twist: func(_ *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, stranger, a[3], set("slot", Int(3))) }, at: 3, says: "not a scheduler of the process"},
		"changed":              {twist: func(_ *keys.PrivateKey, a map[int]*Message) { a[3] = a[3].Set("timestamp", Int(1)) }, at: 3, says: "answer cannot be used"},
		"message replaced": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			a[3] = again(t, k, a[3], set("body", letter(t, user, a[3].Text("process"), 99)))
		}, at: 3, says: "hash chain does not continue"},
		"message forged": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			a[3] = again(t, k, a[3], set("body", a[3].Message("body").Set("n", Int(99))))
		}, at: 3, says: "answer cannot be used"},
		"message unsigned": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			a[3] = again(t, k, a[3], set("body", Of(P("n", Int(99)))))
		}, at: 3, says: "the message is not signed"},
		"no message":          {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[3], set("body", Int(99))) }, at: 3, says: "not a message"},
		"of another process":  {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[3], set("process", Binary(other))) }, at: 3, says: "is of process " + other},
		"of another epoch":    {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[3], set("epoch", Binary("1"))) }, at: 3, says: "of epoch 1"},
		"asks for other keys": {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[3], set("path", Binary("restore"))) }, at: 3, says: "which its message does not"},
		"not an assignment":   {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[3], set("type", Binary("x"))) }, at: 3, says: "not assignment"},
		"chain ends": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			a[3] = again(t, k, a[3], func(m *Message) *Message { return m.Without("hash-chain") })
		}, at: 3, says: "hash chain ends"},
		"chain is no ID": {twist: func(k *keys.PrivateKey, a map[int]*Message) { a[3] = again(t, k, a[3], set("hash-chain", Binary("x"))) }, at: 3, says: "not an ID"},
		"unsigned":       {twist: func(_ *keys.PrivateKey, a map[int]*Message) { a[3] = a[3].Without(CommitmentsKey) }, at: 3, says: "signed by nobody"},
		"partly signed": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			m := must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), a[3].Without(CommitmentsKey), k, commit.Spec{Committed: []string{"process", "slot", "epoch", "type"}}))
			a[3] = m
		}, at: 3, says: `do not cover its "body"`},
		"first slot": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			a[0] = again(t, k, a[0], set("hash-chain", Binary(id.Hash([]byte("x")).String())))
		}, at: 0, says: "hash chain does not continue"},
		"base-hashpath": {twist: func(k *keys.PrivateKey, a map[int]*Message) {
			a[3] = again(t, k, a[3], set("base-hashpath", Binary(other)))
		}, at: 3, says: "base-hashpath is not that"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &liar{slot: x.slot}
			a := start(t, settings{devices: []*ao.Device{l.device()}})
			l.twist = func(m map[int]*Message) { x.twist(a.key, m) }
			b := fresh(t)
			b.meet(a)
			m := definition(t, a.key.Address(), P("scheduler-device", Binary("liar@1.0")))
			process := a.spawn(m)
			for i := range 5 {
				a.post(process, letter(t, user, process, i))
			}
			l.on.Store(true)
			b.knowsProcess(m)
			r := b.ask("/" + process + "~process@1.0/now")
			text := explain(r)
			if r.Status < 400 || !strings.Contains(text, x.says) {
				t.Fatalf("status %d: %s", r.Status, text)
			}
			for _, want := range []string{"scheduler " + a.key.Address() + " at " + a.url, "slot " + strconv.Itoa(x.at) + " of process " + process} {
				if !strings.Contains(text, want) {
					t.Errorf("the error does not say %q: %s", want, text)
				}
			}
			if x.at > 0 {
				b.want("/"+process+"~process@1.0/compute&slot="+strconv.Itoa(x.at-1)+"/results/assignment-slot", strconv.Itoa(x.at-1))
			}
			if x.at == 3 {
				if r := b.ask("/~scheduler@1.0/schedule?target=" + process + "&from=3"); r.Status < 400 {
					t.Errorf("the schedule was passed on: %s", explain(r))
				}
			}
			l.on.Store(false) // it has thought better of it
			b.want("/~scheduler@1.0/slot/current?target="+process, "5")
			eventually(t, "computing after the truth was told", func() bool {
				status, body := b.get("/" + process + "~process@1.0/now/results/assignment-slot")
				return status == 200 && body == "5"
			})
		})
	}
}

// Signatures of others on an assignment change nothing: it is kept under the ID
// that its scheduler gave it.
func TestAddedSignature(t *testing.T) {
	l := &liar{twist: func(a map[int]*Message) {
		if a[2] != nil {
			a[2] = must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), a[2], must.Key(t), commit.Spec{}))
		}
	}}
	a := start(t, settings{devices: []*ao.Device{l.device()}})
	b := fresh(t)
	b.meet(a)
	m := definition(t, a.key.Address(), P("scheduler-device", Binary("liar@1.0")))
	process := a.spawn(m)
	a.fill(process, 3)
	l.on.Store(true)
	b.knowsProcess(m)
	real := a.ok(a.ask("/~scheduler@1.0/schedule?target=" + process)).Message("assignments")
	kept := b.ok(b.ask("/~scheduler@1.0/schedule?target=" + process)).Message("assignments")
	for slot := range 4 {
		k := strconv.Itoa(slot)
		if x, y := idOf(t, real.Message(k)), idOf(t, kept.Message(k)); x != y || len(commit.Committers(kept.Message(k))) != 1 {
			t.Errorf("slot %d is kept as %s, not %s", slot, y, x)
		}
	}
}

// A scheduler that forgets what it has signed is found out by who has seen it.
func TestForgetfulScheduler(t *testing.T) {
	l := &liar{slot: func(int64) int64 { return 1 }}
	a := start(t, settings{devices: []*ao.Device{l.device()}})
	b := fresh(t)
	b.meet(a)
	m := definition(t, a.key.Address(), P("scheduler-device", Binary("liar@1.0")))
	process := a.spawn(m)
	a.fill(process, 3)
	b.knowsProcess(m)
	b.want("/"+process+"~process@1.0/now/results/assignment-slot", "3")
	l.on.Store(true)
	r := b.ask("/" + process + "~process@1.0/now")
	if text := explain(r); r.Status != 502 || !strings.Contains(text, "says that slot 1 is the newest") || !strings.Contains(text, "slot 3 of process") {
		t.Fatalf("status %d: %s", r.Status, text)
	}
}

// A scheduler that signs two assignments for one slot is found out when the
// second is seen: two nodes with one key order different messages.
func TestEquivocation(t *testing.T) {
	key := must.Key(t)
	one, two := start(t, settings{key: key}), start(t, settings{key: key})
	m := definition(t, key.Address())
	id, same := one.spawn(m), two.spawn(m)
	if id != same {
		t.Fatal("not the same process")
	}
	one.fill(id, 2)
	two.fill(id, 4)
	b := fresh(t)
	b.knows(key, P("url", Binary(one.url)))
	b.knowsProcess(m)
	b.want("/"+id+"~process@1.0/now/results/assignment-slot", "2")
	b.knows(key, P("url", Binary(two.url)), P("nonce", Int(1)))
	r := b.ask("/" + id + "~process@1.0/now")
	text := explain(r)
	if r.Status != 502 || !strings.Contains(text, "slot 2 of process "+id+": there are two assignments of it") || !strings.Contains(text, key.Address()) {
		t.Fatalf("status %d: %s", r.Status, text)
	}
	b.want("/"+id+"~process@1.0/compute&slot=2/results/assignment-slot", "2")
}
