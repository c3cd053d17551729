package conformance

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// luaNode schedules and computes processes on one store.
type luaNode struct {
	t     testing.TB
	key   *keys.PrivateKey
	cache *cache.Cache
	order *schedule.Service
	svc   *process.Service
	env   *ao.Env
	clock *clock.Manual
}

func startLuaNode(t testing.TB, s store.Store, key *keys.PrivateKey, config *Message) *luaNode {
	n := &luaNode{t: t, key: key, cache: cache.New(s, cache.Options{}), clock: &clock.Manual{}}
	n.clock.Set(time.UnixMilli(1795333234609))
	n.order = schedule.New(schedule.Options{Store: s, Cache: n.cache, Identities: []*keys.PrivateKey{key}, Clock: n.clock})
	n.svc = process.New(process.Options{Order: n.order, Cache: n.cache, Clock: n.clock})
	r, err := ao.NewRegistry(all.Devices(all.Deps{})...)
	if err != nil {
		t.Fatal(err)
	}
	n.env = ao.New(r, ao.Services{Cache: n.cache, Clock: n.clock, Key: key}, ao.Limits{}).Env(config)
	t.Cleanup(n.stop)
	return n
}

func (n *luaNode) stop() {
	_ = n.svc.Close()
	_ = n.order.Close()
}

func (n *luaNode) sign(m *Message) *Message {
	m, err := commit.Commit(context.Background(), n.cache.Env(), m, n.key, commit.Spec{})
	if err != nil {
		n.t.Fatal(err)
	}
	return m
}

// spawn schedules a Lua process with modules by ID.
func (n *luaNode) spawn(modules ...Value) schedule.Process {
	return n.spawnWith(Empty(), modules...)
}

// spawnWith schedules a Lua process with further keys in its definition.
func (n *luaNode) spawnWith(keys *Message, modules ...Value) schedule.Process {
	ids := make([]string, len(modules))
	for i, m := range modules {
		id, err := n.cache.Write(context.Background(), m, store.Durable)
		if err != nil {
			n.t.Fatal(err)
		}
		ids[i] = id
	}
	m := n.sign(Of(P("device", Binary("process@1.0")), P("type", Binary("Process")), P("module", Strings(ids)),
		P("scheduler", Binary(n.key.Address())), P("execution-device", Binary("lua@5.3a"))).Merge(keys))
	id, err := commit.SignedID(context.Background(), m)
	if err != nil {
		n.t.Fatal(err)
	}
	p := schedule.Process{ID: id.String(), Definition: m}
	if _, err := n.order.Schedule(context.Background(), p, m); err != nil {
		n.t.Fatal(err)
	}
	return p
}

func (n *luaNode) send(p schedule.Process, m *Message) {
	if _, err := n.order.Schedule(context.Background(), p, n.sign(m.Set("target", Binary(p.ID)))); err != nil {
		n.t.Error(err)
	}
}

func (n *luaNode) compute(p schedule.Process, slot int64) *Message {
	n.t.Helper()
	m, err := n.svc.Compute(context.Background(), n.env, p, slot)
	if err != nil {
		n.t.Fatal(err)
	}
	v, err := LoadAll(context.Background(), n.cache, m)
	if err != nil {
		n.t.Fatal(err)
	}
	return v.(*Message)
}

func testProgram(t testing.TB, name string) *Message {
	t.Helper()
	text, err := os.ReadFile("../device/lua/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return Of(P("content-type", Binary("application/lua")), P("name", Binary(name)), P("body", Binary(text)))
}

// TestLuaProcessRestarts: a process that goes on from a snapshot on a new node
// comes to the state of one that was never interrupted.
func TestLuaProcessRestarts(t *testing.T) {
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	config := Of(P("process_snapshot_slots", Int(50)))
	n := startLuaNode(t, s, key, config)
	p := n.spawn(testProgram(t, "handlers.lua"), testProgram(t, "chat.lua"))
	for i := range 300 {
		who := Binary(fmt.Sprintf("user-%d", i%20))
		m := Of(P("action", Binary("Say")), P("data", Binary(fmt.Sprint("message ", i))), P("from", who))
		if i < 20 {
			m = Of(P("action", Binary("Join")), P("from", who))
		}
		n.send(p, m)
	}
	n.compute(p, 120)
	n.stop()
	n = startLuaNode(t, s, key, config)
	interrupted := n.compute(p, 300)
	n.stop()

	fresh, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	other := startLuaNode(t, fresh, key, Empty())
	again := process.New(process.Options{Order: n.order, Cache: other.cache, Clock: other.clock})
	defer func() { _ = again.Close() }()
	order := schedule.New(schedule.Options{Store: s, Cache: n.cache, Identities: []*keys.PrivateKey{key}, Clock: n.clock})
	defer func() { _ = order.Close() }()
	other.svc = process.New(process.Options{Order: order, Cache: other.cache, Clock: other.clock})
	for _, m := range []*Message{testProgram(t, "handlers.lua"), testProgram(t, "chat.lua")} {
		if _, err := other.cache.Write(context.Background(), m, store.Durable); err != nil {
			t.Fatal(err)
		}
	}
	straight := other.compute(p, 300)
	if v, _ := interrupted.Get("said"); v != Value(Int(50)) {
		t.Fatalf("said %v: %s", v, show(DeepGet(interrupted, []string{"results"})))
	}
	if err := same("state", interrupted.Without("snapshot"), straight.Without("snapshot")); err != nil {
		t.Fatal(err)
	}
}

// TestLuaProcessFailures: a slot that fails says why and where, and the process
// stays where it was.
func TestLuaProcessFailures(t *testing.T) {
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	key, _ := keys.Generate(keys.Curve25519)
	n := startLuaNode(t, s, key, Empty())
	p := n.spawn(testProgram(t, "counter.lua"))
	n.send(p, Of(P("by", Int(3))))
	n.send(p, Of(P("action", Binary("Fail"))))
	if v, _ := n.compute(p, 1).Get("count"); v != Value(Int(4)) { // slot 0 counts 1
		t.Fatal(v)
	}
	for range 2 {
		v, err := n.svc.Compute(context.Background(), n.env, p, 2)
		r := ao.ResultOf(v, err)
		m, ok := r.Value.(*Message)
		if err == nil || !ok || m.Text("body") != "asked to fail" || m.Text("position") != "counter.lua:11" {
			t.Fatal(r.Status, show(r.Value))
		}
		if v, _ := m.Get("attempted-slot"); v != Value(Int(2)) {
			t.Fatal(show(m))
		}
	}
	if v, _ := n.compute(p, 1).Get("count"); v != Value(Int(4)) {
		t.Fatal(v)
	}
}

// SEC-08: of a process that asks for it, messages that the program cannot take are
// passed, whatever they name, and leave nothing behind but why; a node that
// computes it again comes to the same state.
func TestRefusedMessagesArePassed(t *testing.T) {
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	key, _ := keys.Generate(keys.Curve25519)
	n := startLuaNode(t, s, key, Empty())
	p := n.spawnWith(Of(P("failed-slots", Binary("pass"))), testProgram(t, "counter.lua"))
	n.send(p, Of(P("by", Int(3))))
	n.send(p, Of(P("action", Binary("Fail")))) // changes a variable before it fails
	n.send(p, Of(P("path", Binary("no-such-function"))))
	n.send(p, Of(P("action", Binary("Fail"))))
	n.send(p, Of(P("by", Int(2))))
	refused := n.compute(p, 2)
	if results := refused.Message("results"); results.Text("body") != "asked to fail" || results.Has("output") {
		t.Error(show(results))
	}
	if v, _ := refused.Get("count"); v != Value(Int(4)) { // slot 0 counts 1
		t.Error(v)
	}
	last := n.compute(p, 5)
	output := last.Message("results").Message("output")
	if v, _ := output.Get("total"); output.Text("body") != "count 6" || v != Value(Int(6)) {
		t.Error(show(last.Message("results")))
	}

	other := startLuaNode(t, mem.New(mem.Options{}), key, Empty())
	order := schedule.New(schedule.Options{Store: s, Cache: n.cache, Identities: []*keys.PrivateKey{key}, Clock: n.clock})
	defer func() { _ = order.Close() }()
	other.svc = process.New(process.Options{Order: order, Cache: other.cache, Clock: other.clock})
	if _, err := other.cache.Write(t.Context(), testProgram(t, "counter.lua"), store.Durable); err != nil {
		t.Fatal(err)
	}
	for slot, want := range map[int64]*Message{2: refused, 5: last} {
		if err := same("state", want, other.compute(p, slot)); err != nil {
			t.Error(slot, err)
		}
	}
}

// BenchmarkLuaProcess computes b.N scheduled messages, results stored.
func BenchmarkLuaProcess(b *testing.B) {
	for _, name := range []string{"counter.lua", "token.lua"} {
		b.Run(name, func(b *testing.B) {
			s, err := pebble.Open(b.TempDir(), pebble.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			key, _ := keys.Generate(keys.Curve25519)
			n := startLuaNode(b, s, key, Empty())
			p := n.spawn(testProgram(b, name))
			var wg sync.WaitGroup
			for w := range 16 {
				wg.Go(func() {
					for i := w; i < b.N; i += 16 {
						n.send(p, Of(P("n", Int(i)), P("action", Binary("Transfer")), P("from", Binary("a")), P("recipient", Binary("b")), P("quantity", Int(1))))
					}
				})
			}
			wg.Wait()
			n.svc = process.New(process.Options{Order: n.order, Cache: n.cache, Clock: n.clock})
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := n.svc.Compute(context.Background(), n.env, p, int64(b.N)); err != nil {
				b.Fatal(err)
			}
			if err := n.svc.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
		})
	}
}
