package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

var ctx = context.Background()

func signed(t testing.TB, key *keys.PrivateKey, m *Message) *Message {
	t.Helper()
	return must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), m, key, commit.Spec{}))
}

func idOf(t testing.TB, m *Message) string {
	t.Helper()
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	return i.String()
}

// newProcess returns a process that the given key schedules.
func newProcess(t testing.TB, scheduler *keys.PrivateKey, seed int) schedule.Process {
	m := signed(t, scheduler, Of(
		P("device", Binary("process@1.0")), P("type", Binary("Process")), P("seed", Int(seed)),
		P("scheduler", Binary(scheduler.Address()))))
	return schedule.Process{ID: idOf(t, m), Definition: m}
}

func newMessage(t testing.TB, key *keys.PrivateKey, p schedule.Process, n int) *Message {
	return signed(t, key, Of(P("target", Binary(p.ID)), P("type", Binary("Message")), P("n", Int(n))))
}

// open returns a scheduler on a store.
func open(t testing.TB, s store.Store, o schedule.Options) *schedule.Service {
	o.Store, o.Cache = s, cache.New(s, cache.Options{})
	svc := schedule.New(o)
	t.Cleanup(func() { _ = svc.Close() })
	return svc
}

func memStore(t testing.TB) store.Store { return mem.New(mem.Options{}) }

func pebbleStore(t testing.TB, dir string) store.Store {
	t.Helper()
	s, err := pebble.Open(dir, pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkSchedule checks that the process has exactly n assignments, in order,
// chained, signed by the scheduler, and returns them.
func checkSchedule(t testing.TB, svc *schedule.Service, p schedule.Process, n int) []*Message {
	t.Helper()
	got := must.Have[[]*Message](t)(svc.Read(ctx, p, 0, n+10))
	if len(got) != n {
		t.Fatalf("%d assignments, want %d", len(got), n)
	}
	if cur := must.Have[int64](t)(svc.Current(ctx, p)); cur != int64(n-1) {
		t.Fatalf("current is %d, want %d", cur, n-1)
	}
	if err := schedule.VerifyChain(ctx, p.ID, got); err != nil {
		t.Fatal(err)
	}
	for i, a := range got {
		if slot, err := schedule.Slot(a); err != nil || slot != int64(i) {
			t.Fatalf("slot %d, want %d (%v)", slot, i, err)
		}
		if err := commit.VerifyAll(ctx, svc.Cache.Env(), a); err != nil {
			t.Fatalf("slot %d: %v", i, err)
		}
	}
	return got
}

func TestAssignment(t *testing.T) {
	key, now := must.Key(t), &clock.Manual{}
	now.Set(time.UnixMilli(1795333234609))
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}, Clock: now})
	p := newProcess(t, key, 1)
	if cur := must.Have[int64](t)(svc.Current(ctx, p)); cur != -1 {
		t.Fatal(cur)
	}
	a := must.Have[*Message](t)(svc.Schedule(ctx, p, p.Definition))
	want := Of(
		P("block-hash", Binary("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), P("block-height", Int(0)), P("block-timestamp", Int(0)),
		P("body", p.Definition), P("data-protocol", Binary("ao")), P("epoch", Binary("0")), P("path", Binary("compute")),
		P("process", Binary(p.ID)), P("slot", Int(0)), P("timestamp", Int(1795333234609)), P("type", Binary("assignment")), P("variant", Binary("ao.N.1")))
	if !Equal(a.Without("commitments", "hash-chain"), want) {
		t.Fatal(a)
	}
	if who := commit.VerifiedSigners(ctx, svc.Cache.Env(), a); len(who) != 1 || who[0] != key.Address() {
		t.Fatal(who)
	}
	checkSchedule(t, svc, p, 1)
}

// The hash chains of slots recorded from the reference (vectors/process.json,
// lua-counter).
//
// CONF-SCHED-26
func TestHashChainVector(t *testing.T) {
	slots := [][2]string{
		{"nFgPnWB3FegLdyUxzGX__QNAxO81Y7ws_0bCZzcAwvw", "XET-hkv7GSdm7kSGWtMQ35CNHxeYchajqAs1v32fm-8"},
		{"dxcatVsyL6IycugbefrbkYqUpFYKp8MWfhqlRvZgFaM", "eZHXH42BXaiN6S4PeKB21qH5dsxz0Ayoot8Odq_VATg"},
		{"Bd-scM1rOr1lR-TNsKk2PSDgeNgxJ5n1li6Q1Idj6nU", "tSP-6SvIjEXQACdcOXUX1wXtQe-FLE3Jexq1qR_Ty3I"},
		{"Yee2YfBEJLSR9cMTGsJw_BVNygFAdAOA8cFU2WetDu0", "dmPPPp_Ucv61PwgbATL0JndecBs0FOUyYHQhgKE9FlA"},
	}
	var chain []*Message
	for i, s := range slots {
		chain = append(chain, Of(P("process", Binary("p")), P("slot", Int(i)), P("body", Link{ID: s[0]}), P("hash-chain", Binary(s[1]))))
	}
	if err := schedule.VerifyChain(ctx, "p", chain); err != nil {
		t.Fatal(err)
	}
	chain[2] = chain[2].Set("body", Link{ID: slots[1][0]})
	if err := schedule.VerifyChain(ctx, "p", chain); !fail.Is(err, fail.Unauthorized) {
		t.Fatal(err)
	}
}

func TestSignedPathIsAssignedAsList(t *testing.T) {
	key := must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	a := must.Have[*Message](t)(svc.Schedule(ctx, p, signed(t, key, Of(P("path", Binary("inc")), P("target", Binary(p.ID))))))
	if v, _ := a.Get("path"); !Equal(v, NewList(Binary("inc"))) {
		t.Fatal(v)
	}
}

// CONF-SCHED-26
func TestEveryLocalSchedulerSigns(t *testing.T) {
	a, b, stranger := must.Key(t), must.Key(t), must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{a, b}})
	def := signed(t, stranger, Of(P("type", Binary("Process")), P("scheduler", Binary(fmt.Sprintf(`"%s", "%s"`, b.Address(), a.Address())))))
	p := schedule.Process{ID: idOf(t, def), Definition: def}
	out := must.Have[*Message](t)(svc.Schedule(ctx, p, def))
	if got := commit.Committers(out); len(got) != 2 {
		t.Fatal(got)
	}
	checkSchedule(t, svc, p, 1)
	other := signed(t, stranger, Of(P("type", Binary("Process")), P("scheduler", Binary(stranger.Address()))))
	if _, err := svc.Schedule(ctx, schedule.Process{ID: idOf(t, other), Definition: other}, other); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
}

// Many callers and processes at once, through restarts: no gaps, one message a
// slot, every acknowledged message exactly once.
//
// CONF-SCHED-17
func TestConcurrentAndRestarted(t *testing.T) {
	for name, s := range map[string]store.Store{"mem": memStore(t), "pebble": pebbleStore(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			defer func() { _ = s.Close() }()
			key := must.Key(t)
			const processes, callers, rounds, each = 3, 8, 3, 5
			var ps []schedule.Process
			for i := range processes {
				ps = append(ps, newProcess(t, key, i))
			}
			seen := map[string]bool{}
			for round := range rounds {
				svc := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
				var mu sync.Mutex
				var wg sync.WaitGroup
				for c := range callers {
					wg.Go(func() {
						for i := range each {
							p := ps[(c+i)%processes]
							msg := newMessage(t, key, p, round*1000+c*100+i)
							a, err := svc.Schedule(ctx, p, msg)
							if err != nil {
								t.Error(err)
								return
							}
							v, _ := a.Get("slot")
							mu.Lock()
							at := fmt.Sprint(p.ID, "/", v)
							if seen[at] {
								t.Errorf("%s was given twice", at)
							}
							seen[at] = true
							mu.Unlock()
						}
					})
				}
				wg.Wait()
				total := 0
				for _, p := range ps {
					n := must.Have[int64](t)(svc.Current(ctx, p)) + 1
					total += len(checkSchedule(t, svc, p, int(n)))
				}
				if want := (round + 1) * callers * each; total != want || len(seen) != want {
					t.Fatalf("%d assignments, %d acknowledged, want %d", total, len(seen), want)
				}
				if err := svc.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// brokenStore refuses durable batches while it is broken.
type brokenStore struct {
	store.Store
	mu     sync.Mutex
	broken bool
}

func (b *brokenStore) set(broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = broken
}

func (b *brokenStore) Apply(ctx context.Context, batch *store.Batch, d store.Durability) error {
	b.mu.Lock()
	broken := b.broken
	b.mu.Unlock()
	if broken && d == store.Durable {
		return fail.New(fail.Unavailable, "test", "the disk is full")
	}
	return b.Store.Apply(ctx, batch, d)
}

// A disk that fails and recovers leaves a schedule without gaps.
func TestDiskFailure(t *testing.T) {
	key := must.Key(t)
	s := &brokenStore{Store: memStore(t)}
	svc := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	acked := 0
	for round := range 3 {
		s.set(round == 1)
		var wg sync.WaitGroup
		var mu sync.Mutex
		for i := range 20 {
			wg.Go(func() {
				_, err := svc.Schedule(ctx, p, newMessage(t, key, p, round*100+i))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					acked++
				} else if round != 1 && !fail.Is(err, fail.Unavailable) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if acked < 20 {
		t.Fatal(acked)
	}
	checkSchedule(t, svc, p, acked)
}

// Two nodes on one store cannot put two messages into one slot (S2).
func TestTwoNodesOnOneStore(t *testing.T) {
	key, s := must.Key(t), memStore(t)
	a := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	b := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	must.Have[*Message](t)(a.Schedule(ctx, p, newMessage(t, key, p, 0)))
	must.Have[*Message](t)(b.Schedule(ctx, p, newMessage(t, key, p, 1)))
	if _, err := a.Schedule(ctx, p, newMessage(t, key, p, 2)); !fail.Is(err, fail.Conflict) {
		t.Fatal(err)
	}
	must.Have[*Message](t)(a.Schedule(ctx, p, newMessage(t, key, p, 3)))
	checkSchedule(t, a, p, 3)
}

func TestCallerThatLeftIsNotScheduled(t *testing.T) {
	key := must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := svc.Schedule(gone, p, p.Definition); !fail.Is(err, fail.Timeout) {
		t.Fatal(err)
	}
	must.Have[*Message](t)(svc.Schedule(ctx, p, newMessage(t, key, p, 1)))
	got := checkSchedule(t, svc, p, 1)
	if v := got[0].Message("body"); !v.Has("n") {
		t.Fatal(v)
	}
}

func TestIdleSequencerStops(t *testing.T) {
	key := must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}, Idle: time.Millisecond})
	p := newProcess(t, key, 1)
	for i := range 5 {
		must.Have[*Message](t)(svc.Schedule(ctx, p, newMessage(t, key, p, i)))
		time.Sleep(5 * time.Millisecond)
	}
	checkSchedule(t, svc, p, 5)
	if got := svc.Processes(); len(got) != 1 || got[0] != p.ID {
		t.Fatal(got)
	}
}

func TestClosed(t *testing.T) {
	key := must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	if err := errors.Join(svc.Close(), svc.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Schedule(ctx, p, p.Definition); !fail.Is(err, fail.Unavailable) {
		t.Fatal(err)
	}
}

// CONF-SCHED-27
func TestRange(t *testing.T) {
	key := must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	var wg sync.WaitGroup
	for i := range 1010 {
		wg.Go(func() { must.Have[*Message](t)(svc.Schedule(ctx, p, newMessage(t, key, p, i))) })
	}
	wg.Wait()
	for _, c := range []struct {
		from, to  int64
		n         int
		more      bool
		firstSlot int64
	}{
		{0, -1, 1001, true, 0}, {5, 7, 3, false, 5}, {-4, 0, 1, false, 0}, {1000, 5000, 10, true, 1000},
		{1009, -1, 1, false, 1009}, {2000, -1, 0, false, 2000}, {7, 5, 0, false, 7}, {9, 1009, 1001, false, 9},
	} {
		page := must.Have[schedule.Page](t)(svc.Range(ctx, p, c.from, c.to))
		if len(page.IDs) != c.n || page.More != c.more || page.From != c.firstSlot {
			t.Errorf("%d..%d: %d from %d, more %v", c.from, c.to, len(page.IDs), page.From, page.More)
		}
	}
}

func TestFindBelievesNoForgery(t *testing.T) {
	key, stranger := must.Key(t), must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	forged := p.Definition.Set("scheduler", Binary(stranger.Address()))
	if _, err := svc.Find(ctx, p.ID, forged); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	if got := must.Have[schedule.Process](t)(svc.Find(ctx, p.ID, nil, forged, p.Definition.Set("x", Int(1)))); got.Definition.Has("x") {
		t.Fatal(got)
	}
}

func TestScheduledElsewhere(t *testing.T) {
	key, stranger := must.Key(t), must.Key(t)
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, stranger, 1)
	if _, err := svc.Current(ctx, p); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	if _, err := svc.Read(ctx, p, 0, 1); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	none := signed(t, stranger, Of(P("type", Binary("Process"))))
	if err := svc.Local(schedule.Process{ID: idOf(t, none), Definition: none}); !fail.Is(err, fail.Invalid) {
		t.Fatal(err)
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Binary("A"), "[A]"}, {Binary("A,B"), "[A B]"}, {Binary(`"A", "B"`), "[A B]"}, {Binary(" , "), "[]"}, {Int(7), "[7]"},
		{NewList(Binary("A"), Binary("B,C")), "[A B C]"}, {NewList(Binary("A"), Binary("B")).Numbered(), "[A B]"}, {Of(P("x", Int(1))), "[]"},
	} {
		if got := fmt.Sprint(schedule.Addresses(c.v)); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	f.Add(`"A", "B"`)
	f.Add("A,,B ")
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range schedule.Addresses(Binary(s)) {
			if a == "" || strings.ContainsAny(a, `,"`) {
				t.Fatalf("%q gives the address %q", s, a)
			}
		}
	})
}

func TestSchedulingBlocks(t *testing.T) {
	key := must.Key(t)
	at := block{Height: 1_500_000, Timestamp: 1_795_333_234, Hash: strings.Repeat("h", 64)}
	svc := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}, Blocks: at})
	p := newProcess(t, key, 1)
	a := must.Have[*Message](t)(svc.Schedule(ctx, p, p.Definition))
	want := Of(P("block-hash", Binary(at.Hash)), P("block-height", Int(at.Height)), P("block-timestamp", Int(at.Timestamp)))
	if got := a.With("block-hash", "block-height", "block-timestamp"); !Equal(got, want) {
		t.Fatal(got)
	}
}

type block schedule.Block

func (b block) Current(context.Context) (schedule.Block, error) { return schedule.Block(b), nil }

// What is read from the store is what was answered, also when others have signed
// the same content (spec 06, 12.15).
func TestStoredIsWhatWasAnswered(t *testing.T) {
	key, a, b := must.Key(t), must.Key(t), must.Key(t)
	s := memStore(t)
	svc := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	content := Of(P("target", Binary(p.ID)), P("nested", Of(P("list", NewList(Int(1), Float(1.5), True)))), P("data", Binary(strings.Repeat("long", 1000))))
	var answered []*Message
	for _, m := range []*Message{p.Definition, signed(t, a, content), signed(t, b, content), signed(t, b, signed(t, a, content)), signed(t, a, content)} {
		answered = append(answered, must.Have[*Message](t)(svc.Schedule(ctx, p, m)))
	}
	hot := checkSchedule(t, svc, p, len(answered))
	cold := checkSchedule(t, open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}}), p, len(answered))
	for i := range answered {
		if !Equal(hot[i], answered[i]) || !Equal(cold[i], answered[i]) {
			t.Errorf("slot %d: what is stored differs from what was answered", i)
		}
	}
}
