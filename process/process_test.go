package process_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

// number returns the integer under a key, -1 when there is none.
func number(m *Message, key string) int64 {
	v, _ := m.Get(key)
	if n, ok := AsInt(v); ok {
		return n
	}
	return -1
}

// pureDevice sums the "n" of the messages it sees, in public state.
func pureDevice(computed *counter) *ao.Device {
	sum := func(call *ao.Call) (Value, error) {
		computed.add(call.Base)
		a := call.Request()
		body := a.Message("body")
		if err := misbehave(call, body); err != nil {
			return nil, err
		}
		n := max(number(body, "n"), 0)
		return call.Base.Set("sum", Int(number(call.Base, "sum")+n)).
			Set("last", Of(P("body", Of(P("n", Int(n)))))).
			Set("results", Of(P("assignment-slot", Int(number(a, "slot"))), P("key", Binary(call.Key)))), nil
	}
	return &ao.Device{Name: "pure@1.0", Keys: []ao.Key{
		{Name: "init", Run: func(call *ao.Call) (Value, error) { return call.Base.Set("sum", Int(0)), nil }},
		{Name: "compute", Run: sum},
		{Name: "inc", Run: sum},
	}}
}

// misbehave does what a message asks for.
func misbehave(call *ao.Call, body *Message) error {
	switch body.Text("action") {
	case "fail":
		return ao.Refuse(422, "the author asked for it")
	case "fault":
		return fail.New(fail.Exhausted, "test", "out of fuel")
	case "panic":
		panic("a device has a bug")
	case "sleep":
		<-call.Ctx.Done()
		return fail.Wrap(fail.Timeout, "test", call.Ctx.Err())
	case "reenter":
		_, err := call.Resolve(call.Ctx, call.Base.Set("device", Binary("asks@1.0")), Binary("ask"))
		return err
	}
	return nil
}

// machine is what privateDevice keeps in memory: it changes in place.
type machine struct{ sum int64 }

var machineSlot = NewSlot[*machine]("machine")

// privateDevice is pureDevice with the sum in a machine.
func privateDevice(computed *counter) *ao.Device {
	return &ao.Device{Name: "private@1.0", Keys: []ao.Key{
		{Name: "init", Run: func(call *ao.Call) (Value, error) { return machineSlot.Set(call.Base, &machine{}), nil }},
		{Name: "compute", Run: func(call *ao.Call) (Value, error) {
			computed.add(call.Base)
			m, ok := machineSlot.In(call.Base)
			if !ok {
				return nil, fail.New(fail.Internal, "test", "the machine is gone")
			}
			body := call.Request().Message("body")
			m.sum += max(number(body, "n"), 0)
			if err := misbehave(call, body); err != nil {
				return nil, err
			}
			return call.Base.Set("results", Of(P("sum", Int(m.sum)))), nil
		}},
		{Name: "snapshot", Run: func(call *ao.Call) (Value, error) {
			m, _ := machineSlot.In(call.Base)
			return Of(P("machine", Int(m.sum))), nil
		}},
		{Name: "normalize", Run: func(call *ao.Call) (Value, error) {
			n, ok := AsInt(DeepGet(call.Base, []string{"snapshot", "machine"}))
			if !ok {
				return nil, errors.New("no snapshot")
			}
			return machineSlot.Set(call.Base, &machine{n}), nil
		}},
	}}
}

// counter counts computed slots.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add(*Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *counter) get() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// node is a scheduler, a computer and an engine on one store.
type node struct {
	t        testing.TB
	key      *keys.PrivateKey
	order    *schedule.Service
	svc      *process.Service
	env      *ao.Env
	cache    *cache.Cache
	computed *counter
	clock    *clock.Manual
}

func start(t testing.TB, s store.Store, key *keys.PrivateKey, config *Message) *node {
	n := &node{t: t, key: key, cache: cache.New(s, cache.Options{}), computed: &counter{}, clock: &clock.Manual{}}
	n.clock.Set(time.UnixMilli(1795333234609))
	n.order = schedule.New(schedule.Options{Store: s, Cache: n.cache, Identities: []*keys.PrivateKey{key}, Clock: n.clock})
	n.svc = process.New(process.Options{Order: n.order, Cache: n.cache, Clock: n.clock})
	asks := &ao.Device{Name: "asks@1.0", Keys: []ao.Key{{Name: "ask", Run: func(call *ao.Call) (Value, error) {
		p, err := n.svc.Of(call.Ctx, call.Base)
		if err != nil {
			return nil, err
		}
		m, err := n.svc.Now(call.Ctx, &call.Env, p)
		if err != nil {
			return nil, err
		}
		return m, nil
	}}}}
	r := must.Have[*ao.Registry](t)(ao.NewRegistry(devmessage.New(), pureDevice(n.computed), privateDevice(n.computed), asks))
	n.env = ao.New(r, ao.Services{Cache: n.cache, Clock: n.clock, Key: key}, ao.Limits{}).Env(config)
	t.Cleanup(n.stop)
	return n
}

// stop closes the node in an orderly way; twice is fine.
func (n *node) stop() {
	_ = n.svc.Close()
	_ = n.order.Close()
}

func (n *node) sign(m *Message) *Message {
	return must.Have[*Message](n.t)(commit.Commit(ctx, n.cache.Env(), m, n.key, commit.Spec{}))
}

// spawn schedules a process with the given execution device.
func (n *node) spawn(device string, seed int) schedule.Process {
	n.t.Helper()
	m := n.sign(Of(P("device", Binary("process@1.0")), P("type", Binary("Process")), P("seed", Int(seed)),
		P("scheduler", Binary(n.key.Address())), P("execution-device", Binary(device))))
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		n.t.Fatal(err)
	}
	p := schedule.Process{ID: i.String(), Definition: m}
	must.Have[*Message](n.t)(n.order.Schedule(ctx, p, m))
	return p
}

// send schedules a message with the given number.
func (n *node) send(p schedule.Process, num int, more ...Pair) *Message {
	n.t.Helper()
	m := n.sign(Of(append(more, P("n", Int(num)), P("target", Binary(p.ID)))...))
	return must.Have[*Message](n.t)(n.order.Schedule(ctx, p, m))
}

func (n *node) compute(p schedule.Process, slot int64) *Message {
	n.t.Helper()
	return must.Have[*Message](n.t)(n.svc.Compute(ctx, n.env, p, slot))
}

// sum returns the sum at a state of either device.
func (n *node) sum(m *Message) int64 {
	n.t.Helper()
	if m.Has("sum") {
		return number(m, "sum")
	}
	v, _ := m.Get("results")
	results, err := Loaded(ctx, n.cache, v)
	if err != nil {
		n.t.Fatal(err)
	}
	return number(results.(*Message), "sum")
}

var devices = []string{"pure@1.0", "private@1.0"}

func TestState(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	n.send(p, 5)
	m := n.compute(p, 1)
	v, ok := m.Get("process")
	if !ok || !Equal(v, p.Definition) {
		t.Fatal(v)
	}
	want := p.Definition.Without(CommitmentsKey).Merge(Of(
		P("process", p.Definition), P("at-slot", Int(1)), P("initialized", Binary("true")), P("input-prefix", Binary("process")),
		P("sum", Int(5)), P("last", Of(P("body", Of(P("n", Int(5)))))), P("results", Of(P("assignment-slot", Int(1)), P("key", Binary("compute"))))))
	if !Equal(m, want) {
		t.Fatalf("got  %v\nwant %v", m.Keys(), want.Keys())
	}
	if m.Private() != nil {
		t.Fatal("private state leaves the process")
	}
}

func TestSlotsInAnyOrder(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
			p := n.spawn(device, 1)
			for i := 1; i <= 9; i++ {
				n.send(p, i)
			}
			for _, slot := range []int64{3, 1, 9, 0, 5, 9} {
				if got := n.sum(n.compute(p, slot)); got != slot*(slot+1)/2 {
					t.Fatalf("slot %d: %d", slot, got)
				}
			}
			if n.computed.get() != 10 {
				t.Fatalf("%d slots computed, want 10", n.computed.get())
			}
		})
	}
}

func TestBeforeTheFirstSlot(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	if m := n.compute(p, -1); number(m, "at-slot") != -1 || number(m, "sum") != 0 {
		t.Fatal(m)
	}
	if _, err := n.svc.Compute(ctx, n.env, p, -2); !fail.Is(err, fail.Invalid) {
		t.Fatal(err)
	}
}

// outcome returns the message of an outcome.
func outcome(t *testing.T, err error) *Message {
	t.Helper()
	var o *ao.Outcome
	if !errors.As(err, &o) {
		t.Fatalf("not an outcome: %v", err)
	}
	m, ok := o.Value.(*Message)
	if !ok {
		t.Fatalf("not a message: %v", o.Value)
	}
	return m
}

// CONF-PROC-24
func TestUnscheduledSlot(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	n.send(p, 1)
	_, err := n.svc.Compute(ctx, n.env, p, 8)
	want := Of(P("status", Int(404)), P("phase", Binary("get-schedule")), P("attempted-slot", Int(2)),
		P("reason", Binary("Requested slot not yet available in schedule.")))
	if m := outcome(t, err); !Equal(m, want) {
		t.Fatal(m)
	}
	before := n.computed.get()
	n.compute(p, 1)
	if n.computed.get() != before {
		t.Fatal("slots computed on the way are computed again")
	}
}

// CONF-PROC-26
func TestSignedPathIsTheKey(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	n.send(p, 4, P("path", Binary("inc")))
	if m := n.compute(p, 1); m.Message("results").Text("key") != "inc" {
		t.Fatal(m.Message("results"))
	}
}

func TestFailingSlot(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
			p := n.spawn(device, 1)
			n.send(p, 1)
			bad := n.send(p, 100, P("action", Binary("fail")))
			n.send(p, 2)
			badID, _ := commit.LinkID(ctx, bad.Message("body"))
			for range 3 {
				_, err := n.svc.Compute(ctx, n.env, p, 3)
				m := outcome(t, err)
				want := Of(P("status", Int(422)), P("body", Binary("the author asked for it")), P("phase", Binary("compute")), P("attempted-slot", Int(2)),
					P("process", Binary(p.ID)), P("execution-device", Binary(device)), P("key", Binary("compute")), P("message", Binary(badID.String())))
				if !Equal(m, want) {
					t.Fatal(m)
				}
			}
			if n.computed.get() != 3 {
				t.Fatalf("the slot was tried again at once: %d", n.computed.get())
			}
			if got := n.sum(n.compute(p, 1)); got != 1 {
				t.Fatal(got)
			}
			n.clock.Advance(time.Minute)
			if _, err := n.svc.Compute(ctx, n.env, p, 2); outcome(t, err).Text("body") != "the author asked for it" {
				t.Fatal(err)
			}
			if n.computed.get() == 3 {
				t.Fatal("the slot was not tried again after a while")
			}
			// The machine went on when it failed; nobody may see that.
			if got := n.sum(must.Have[*Message](t)(n.svc.Fork(ctx, n.env, p))); got != 1 {
				t.Fatal(got)
			}
		})
	}
}

func TestFaultNamesItsPlace(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	n.send(p, 1, P("action", Binary("fault")))
	_, err := n.svc.Now(ctx, n.env, p)
	m := outcome(t, err)
	if number(m, "status") != 422 || m.Text("body") != "out of fuel" || m.Text("error") != "limit-exceeded" || number(m, "attempted-slot") != 1 {
		t.Fatal(m)
	}
}

func TestSlotTimeLimit(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Of(P("process_slot_time", Int(20))))
	p := n.spawn("pure@1.0", 1)
	n.send(p, 1, P("action", Binary("sleep")))
	_, err := n.svc.Now(ctx, n.env, p)
	if m := outcome(t, err); number(m, "status") != 504 {
		t.Fatal(m)
	}
}

func TestProcessCannotWaitForItself(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	n.send(p, 1, P("action", Binary("reenter")))
	_, err := n.svc.Now(ctx, n.env, p)
	if m := outcome(t, err); number(m, "status") != 409 {
		t.Fatal(m)
	}
}

// A process that hangs does not delay another, and who leaves does not stop the
// computation for who stays.
func TestProcessesDoNotWaitForEachOther(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Of(P("process_slot_time", Int(300))))
	slow, fast := n.spawn("pure@1.0", 1), n.spawn("pure@1.0", 2)
	n.send(slow, 1, P("action", Binary("sleep")))
	n.send(fast, 7)
	left, leave := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := n.svc.Now(left, n.env, slow); !fail.Is(err, fail.Timeout) {
			t.Error(err)
		}
	})
	wg.Go(func() {
		_, err := n.svc.Now(ctx, n.env, slow)
		if m := outcome(t, err); number(m, "status") != 504 {
			t.Error(m)
		}
	})
	time.Sleep(20 * time.Millisecond)
	leave()
	if m := must.Have[*Message](t)(n.svc.Now(ctx, n.env, fast)); number(m, "sum") != 7 {
		t.Fatal(m)
	}
	wg.Wait()
}

// CONF-PROC-19: those who want slots of one process share its worker
func TestCallersShareTheComputation(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
			p := n.spawn(device, 1)
			const slots = 40
			for i := 1; i < slots; i++ {
				n.send(p, i)
			}
			var wg sync.WaitGroup
			for i := range 120 {
				wg.Go(func() {
					slot := int64(i*7) % slots
					m, err := n.svc.Compute(ctx, n.env, p, slot)
					if err != nil {
						t.Error(err)
						return
					}
					if got := n.sum(m); got != slot*(slot+1)/2 {
						t.Errorf("slot %d: %d", slot, got)
					}
				})
			}
			wg.Wait()
			if n.computed.get() != slots {
				t.Fatalf("%d slots computed, want %d", n.computed.get(), slots)
			}
		})
	}
}

// CONF-PROC-12: state after N slots is the state after a restart in the middle.
// CONF-PROC-15: counted, not timed
func TestRestart(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			s, key := mem.New(mem.Options{}), must.Key(t)
			n := start(t, s, key, Empty())
			p := n.spawn(device, 1)
			sent := 0
			for round := range 4 {
				if round > 0 {
					n.stop()
					n = start(t, s, key, Empty())
				}
				for range 10 {
					sent++
					n.send(p, sent)
				}
				m := must.Have[*Message](t)(n.svc.Now(ctx, n.env, p))
				if got := n.sum(m); got != int64(sent*(sent+1)/2) {
					t.Fatalf("round %d: %d", round, got)
				}
				if got := n.computed.get(); round > 0 && got != 10 {
					t.Fatalf("round %d computed %d slots, want 10", round, got)
				}
			}
			// A node that has never stopped comes to the same.
			other := start(t, s, key, Empty())
			other.svc = process.New(process.Options{Order: other.order, Cache: cache.New(mem.New(mem.Options{}), cache.Options{}), Clock: other.clock})
			defer func() { _ = other.svc.Close() }()
			a, _ := commit.UnsignedID(ctx, n.compute(p, int64(sent)))
			b, _ := commit.UnsignedID(ctx, must.Have[*Message](t)(other.svc.Compute(ctx, other.env, p, int64(sent))))
			if a != b {
				t.Fatal("the states differ")
			}
		})
	}
}

// CONF-PROC-25
func TestCachedResultNeedsNoSchedule(t *testing.T) {
	s, key := mem.New(mem.Options{}), must.Key(t)
	n := start(t, s, key, Empty())
	p := n.spawn("pure@1.0", 1)
	n.send(p, 3)
	n.compute(p, 1)
	n.stop()
	svc := process.New(process.Options{Order: noOrder{}, Cache: n.cache})
	defer func() { _ = svc.Close() }()
	m := must.Have[*Message](t)(svc.Compute(ctx, n.env, p, 1))
	if number(m, "sum") != 3 || svc.Workers() != 0 {
		t.Fatal(m)
	}
}

// noOrder is a schedule that is out of reach.
type noOrder struct{}

func (noOrder) Current(context.Context, schedule.Process) (int64, error) {
	return 0, fail.New(fail.Unavailable, "test", "no schedule")
}

func (noOrder) Read(context.Context, schedule.Process, int64, int) ([]*Message, error) {
	return nil, fail.New(fail.Unavailable, "test", "no schedule")
}

func TestSnapshotPolicy(t *testing.T) {
	s, key := mem.New(mem.Options{}), must.Key(t)
	n := start(t, s, key, Of(P("process_snapshot_slots", Int(4)), P("process_snapshot_time", Binary("false"))))
	p := n.spawn("private@1.0", 1)
	for i := 1; i <= 10; i++ {
		n.send(p, i)
	}
	n.compute(p, 10)
	eventually(t, func() bool {
		names, err := n.cache.List(ctx, "computed/"+p.ID+"/snapshot", store.Page{})
		return err == nil && len(names) == 3
	})
	// A node that dies now goes on from slot 8.
	other := start(t, s, key, Empty())
	n2 := other.send(p, 11)
	if number(n2, "slot") != 11 {
		t.Fatal(n2)
	}
	if got := other.sum(other.compute(p, 11)); got != 66 {
		t.Fatal(got)
	}
	if other.computed.get() != 3 {
		t.Fatalf("computed %d slots, want those after 8", other.computed.get())
	}
}

func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("it did not happen")
}

// A historic state that the store has lost is computed from the newest snapshot
// before it, while the live machine stays where it is.
func TestLostResult(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			s, key := mem.New(mem.Options{}), must.Key(t)
			n := start(t, s, key, Empty())
			p := n.spawn(device, 1)
			for i := 1; i <= 50; i++ {
				n.send(p, i)
			}
			n.compute(p, 50)
			n.stop()
			if err := s.SwapLink(ctx, "h/computed/"+p.ID+"/slot/7", target(t, s, "h/computed/"+p.ID+"/slot/7"), ""); err != nil {
				t.Fatal(err)
			}
			n = start(t, s, key, Empty())
			n.send(p, 51)
			if got := n.sum(n.compute(p, 51)); got != 51*52/2 || n.computed.get() != 1 {
				t.Fatal(got, n.computed.get())
			}
			if got := n.sum(n.compute(p, 7)); got != 28 {
				t.Fatal(got)
			}
			n.send(p, 52)
			if got := n.sum(n.compute(p, 52)); got != 52*53/2 {
				t.Fatal(got)
			}
		})
	}
}

func target(t *testing.T, s store.Store, name string) string {
	t.Helper()
	return must.Have[string](t)(s.Target(ctx, name))
}

func TestForkLeavesTheProcessAsItIs(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
			p := n.spawn(device, 1)
			n.send(p, 10)
			m := must.Have[*Message](t)(n.svc.Fork(ctx, n.env, p))
			as := must.Have[*Message](t)(process.Swap(process.Execution, m))
			dry := Of(P("path", Binary("compute")), P("slot", Int(77)), P("body", Of(P("n", Int(1000)))))
			v := must.Have[Value](t)(n.env.Resolve(ctx, as, dry))
			if got := n.sum(v.(*Message)); got != 1010 {
				t.Fatal(got)
			}
			n.send(p, 1)
			if got := n.sum(n.compute(p, 2)); got != 11 {
				t.Fatal(got)
			}
		})
	}
}

// CONF-PROC-18: the newest, and after a restart; results are looked for by nothing else
func TestLatest(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			s, key := mem.New(mem.Options{}), must.Key(t)
			n := start(t, s, key, Empty())
			p := n.spawn(device, 1)
			if m := must.Have[*Message](t)(n.svc.Latest(ctx, p)); m != nil {
				t.Fatal(m)
			}
			for i := 1; i <= 30; i++ {
				n.send(p, i)
			}
			n.compute(p, 21)
			if m := must.Have[*Message](t)(n.svc.Latest(ctx, p)); number(m, "at-slot") != 21 {
				t.Fatal(m)
			}
			n.stop()
			n = start(t, s, key, Empty())
			if m := must.Have[*Message](t)(n.svc.Latest(ctx, p)); number(m, "at-slot") != 21 {
				t.Fatal(m)
			}
		})
	}
}

func TestIdleWorkerSleeps(t *testing.T) {
	for _, device := range devices {
		t.Run(device, func(t *testing.T) {
			n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
			n.svc = process.New(process.Options{Order: n.order, Cache: n.cache, Clock: n.clock, Idle: 10 * time.Millisecond})
			p := n.spawn(device, 1)
			for i := 1; i <= 3; i++ {
				n.send(p, i)
				if got := n.sum(n.compute(p, int64(i))); got != int64(i*(i+1)/2) {
					t.Fatal(got)
				}
				eventually(t, func() bool { return n.svc.Workers() == 0 })
			}
			if n.computed.get() != 4 {
				t.Fatalf("%d slots computed, want 4: sleeping must keep the state", n.computed.get())
			}
		})
	}
}

// CONF-PROC-17
func TestResultByMessageID(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	a := n.send(p, 3)
	n.compute(p, 1)
	n.stop()
	i, _ := commit.LinkID(ctx, a.Message("body"))
	v := must.Have[Value](t)(n.cache.Read(ctx, "computed/"+p.ID+"/"+i.String()+"/at-slot"))
	if v != Value(Int(1)) {
		t.Fatal(v)
	}
}

func TestClosed(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("pure@1.0", 1)
	n.stop()
	if _, err := n.svc.Compute(ctx, n.env, p, 0); !fail.Is(err, fail.Unavailable) {
		t.Fatal(err)
	}
}

// A device with a bug fails its slot, not the node.
func TestPanic(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	p := n.spawn("private@1.0", 1)
	n.send(p, 1, P("action", Binary("panic")))
	_, err := n.svc.Now(ctx, n.env, p)
	if m := outcome(t, err); number(m, "status") != 500 || number(m, "attempted-slot") != 1 {
		t.Fatal(m)
	}
	if got := n.sum(n.compute(p, 0)); got != 0 {
		t.Fatal(got)
	}
}

// When many processes are awake, those that have been idle for longest go to
// sleep before their time.
func TestRoomForWorkers(t *testing.T) {
	n := start(t, mem.New(mem.Options{}), must.Key(t), Empty())
	n.svc = process.New(process.Options{Order: n.order, Cache: n.cache, Clock: n.clock, Awake: 3})
	var ps []schedule.Process
	for i := range 12 {
		p := n.spawn("private@1.0", i)
		n.send(p, i)
		n.compute(p, 1)
		ps = append(ps, p)
	}
	eventually(t, func() bool { return n.svc.Workers() <= 3 })
	for i, p := range ps {
		n.send(p, 1)
		if got := n.sum(n.compute(p, 2)); got != int64(i+1) {
			t.Fatalf("process %d: %d", i, got)
		}
	}
	if n.computed.get() != 36 {
		t.Fatalf("%d slots computed, want 36", n.computed.get())
	}
}
