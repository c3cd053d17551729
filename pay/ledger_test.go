package pay

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
)

func n(i int64) *big.Int { return big.NewInt(i) }

func open(t testing.TB, disk fs.Disk, o Options) *Ledger {
	t.Helper()
	l, err := Open(disk, "ledger", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func exact(t testing.TB, l *Ledger) Totals {
	t.Helper()
	s := l.Totals()
	if new(big.Int).Add(s.Balances, s.Charged).Cmp(s.Credited) != 0 {
		t.Fatalf("balances %s and charges %s are not the %s that were paid in", s.Balances, s.Charged, s.Credited)
	}
	if s.Held.Cmp(s.Balances) > 0 {
		t.Fatalf("%s is held of %s", s.Held, s.Balances)
	}
	return s
}

func TestHoldSettle(t *testing.T) {
	l := open(t, vfs.NewMem(), Options{})
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	if got := must.Have[*big.Int](t)(l.Credit([]string{"a"}, "alice", huge)); got.Cmp(huge) != 0 {
		t.Fatal(got)
	}
	h := must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Price: huge}))
	if _, err := l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(1)}); !fail.Is(err, fail.Payment) {
		t.Fatal("overdrawn:", err)
	}
	if got := must.Have[*big.Int](t)(l.Settle(h, n(7))); got.Cmp(n(7)) != 0 {
		t.Fatal(got)
	}
	if _, err := l.Settle(h, n(7)); !fail.Is(err, fail.NotFound) {
		t.Fatal("charged twice:", err)
	}
	if err := l.Release(h); err != nil {
		t.Fatal(err)
	}
	if got := new(big.Int).Sub(huge, l.Balance("alice")); got.Cmp(n(7)) != 0 {
		t.Fatal(got)
	}
	exact(t, l)
}

// A price that is known only later takes what is there, and no more.
func TestSettleAboveHold(t *testing.T) {
	l := open(t, vfs.NewMem(), Options{})
	must.Have[*big.Int](t)(l.Credit([]string{"a"}, "alice", n(10)))
	first := must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(2)}))
	other := must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(3)}))
	got, err := l.Settle(first, n(100))
	if !fail.Is(err, fail.Payment) || got.Cmp(n(7)) != 0 {
		t.Fatal(got, err)
	}
	must.Have[*big.Int](t)(l.Settle(other, n(3)))
	if l.Balance("alice").Sign() != 0 {
		t.Fatal(l.Balance("alice"))
	}
	exact(t, l)
}

// Negative quantities, orders without a signature and orders that come
// again change nothing.
//
// SEC-05
func TestOrders(t *testing.T) {
	l := open(t, vfs.NewMem(), Options{})
	must.Have[*big.Int](t)(l.Credit([]string{"a", "b"}, "alice", n(10)))
	for _, c := range []struct {
		orders []string
		amount int64
		kind   fail.Kind
	}{
		{[]string{"a"}, 10, fail.Conflict}, {[]string{"b"}, 10, fail.Conflict}, {[]string{"x", "b"}, 10, fail.Conflict},
		{nil, 10, fail.Unauthorized}, {[]string{"c"}, -1, fail.Invalid},
	} {
		if _, err := l.Credit(c.orders, "alice", n(c.amount)); !fail.Is(err, c.kind) {
			t.Errorf("credit %v %d: %v", c.orders, c.amount, err)
		}
	}
	if _, err := l.Charge([]string{"d"}, "alice", n(11)); !fail.Is(err, fail.Payment) {
		t.Error(err)
	}
	if got := must.Have[*big.Int](t)(l.Charge([]string{"d"}, "alice", n(4))); got.Cmp(n(6)) != 0 {
		t.Error(got)
	}
	exact(t, l)
}

// However many spend at once, nobody spends what is not there.
//
// SEC-09
func TestConcurrentSpending(t *testing.T) {
	l := open(t, vfs.NewMem(), Options{})
	must.Have[*big.Int](t)(l.Credit([]string{"a"}, "alice", n(100)))
	var wg sync.WaitGroup
	var mu sync.Mutex
	paid := 0
	for range 16 {
		wg.Go(func() {
			for range 50 {
				h, err := l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(3)})
				if err != nil {
					continue
				}
				if _, err := l.Settle(h, n(3)); err == nil {
					mu.Lock()
					paid++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if paid != 33 || l.Balance("alice").Cmp(n(1)) != 0 {
		t.Fatal(paid, l.Balance("alice"))
	}
	exact(t, l)
}

// A balance that was read before another charge is not believed.
func TestMoments(t *testing.T) {
	l := open(t, vfs.NewMem(), Options{})
	at := l.Moment("far", "alice")
	h := must.Have[*Hold](t)(l.Hold(Claim{Ledger: "far", Account: "alice", Price: n(5), Balance: n(5), Moment: at}))
	if _, err := l.Hold(Claim{Ledger: "far", Account: "alice", Price: n(1), Balance: n(5), Moment: at}); !fail.Is(err, fail.Payment) {
		t.Fatal(err)
	}
	must.Have[*big.Int](t)(l.Settle(h, n(5)))
	if _, err := l.Hold(Claim{Ledger: "far", Account: "alice", Price: n(1), Balance: n(5), Moment: at}); !fail.Is(err, fail.Conflict) {
		t.Fatal("an old balance was believed:", err)
	}
}

// What was open when the node died is charged, and the same request does not
// pay again, once.
func TestCrashSettlesAndGivesVouchers(t *testing.T) {
	disk, now := vfs.NewMem(), &clock.Manual{}
	now.Set(time.Unix(1_700_000_000, 0))
	l := open(t, disk, Options{Clock: now})
	must.Have[*big.Int](t)(l.Credit([]string{"a"}, "alice", n(100)))
	must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Ref: "request", Price: n(20)}))
	must.Have[*Hold](t)(l.Hold(Claim{Ledger: "far", Account: "bob", Ref: "other", Price: n(3), Balance: n(9), Moment: l.Moment("far", "bob")}))
	l = reopen(t, l, disk, Options{Clock: now})
	if r := l.Report(); r.Settled != 1 || r.Stale != 1 {
		t.Fatalf("%+v", r)
	}
	if l.Balance("alice").Cmp(n(80)) != 0 {
		t.Fatal(l.Balance("alice"))
	}
	for i, want := range []int64{80, 60} { // the voucher pays once
		h := must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Ref: "request", Price: n(20)}))
		must.Have[*big.Int](t)(l.Settle(h, n(20)))
		if l.Balance("alice").Cmp(n(want)) != 0 {
			t.Fatal(i, l.Balance("alice"))
		}
	}
	stale := l.Stale("far")
	if len(stale) != 1 || stale[0].Amount.Cmp(n(3)) != 0 || len(l.Stale("far")) != 0 {
		t.Fatal(stale)
	}
	if err := l.Delivered(stale[0]); err != nil {
		t.Fatal(err)
	}
	h := must.Have[*Hold](t)(l.Hold(Claim{Ledger: "far", Account: "bob", Ref: "other", Price: n(3), Balance: n(0), Moment: l.Moment("far", "bob")}))
	if h.Amount.Sign() != 0 || h.Prepaid.Cmp(n(3)) != 0 {
		t.Fatal("the voucher of another ledger was not taken", h)
	}
	exact(t, l)
}

// reopen opens the ledger again as after the death of its process.
func reopen(t testing.TB, l *Ledger, disk fs.Disk, o Options) *Ledger {
	t.Helper()
	close(l.stop)
	<-l.done
	if err := l.file.close(); err != nil {
		t.Fatal(err)
	}
	l.stop = make(chan struct{})
	l.done = make(chan struct{})
	close(l.stop)
	return open(t, disk, o)
}

func TestVoucherOfARequestThatCrashesAgain(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, disk, Options{})
	must.Have[*big.Int](t)(l.Credit([]string{"a"}, "alice", n(100)))
	for range 3 {
		must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Ref: "request", Price: n(20)}))
		l = reopen(t, l, disk, Options{})
	}
	if l.Balance("alice").Cmp(n(80)) != 0 {
		t.Fatal("paid more than once:", l.Balance("alice"))
	}
	if _, err := l.Hold(Claim{Ledger: Own, Account: "bob", Ref: "request", Price: n(20)}); !fail.Is(err, fail.Payment) {
		t.Fatal("somebody else's voucher:", err)
	}
}

// Random work over many crashes: what was acknowledged is there, and sums are
// exact after each record.
func TestRandomCrashes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	disk := vfs.NewMem()
	l := open(t, disk, Options{Compact: 4 << 10, SyncEvery: time.Millisecond})
	credited, order := new(big.Int), 0
	for range 20 {
		var holds []*Hold
		for range 200 {
			who := fmt.Sprint("account-", r.IntN(20))
			switch r.IntN(4) {
			case 0:
				order++
				amount := n(r.Int64N(1000))
				must.Have[*big.Int](t)(l.Credit([]string{fmt.Sprint(order)}, who, amount))
				credited.Add(credited, amount)
			case 1, 2:
				if h, err := l.Hold(Claim{Ledger: Own, Account: who, Ref: fmt.Sprint(r.IntN(50)), Price: n(r.Int64N(300))}); err == nil {
					holds = append(holds, h)
				} else if !fail.Is(err, fail.Payment) {
					t.Fatal(err)
				}
			default:
				if len(holds) == 0 {
					continue
				}
				h := holds[len(holds)-1]
				holds = holds[:len(holds)-1]
				if r.IntN(3) == 0 {
					if err := l.Release(h); err != nil {
						t.Fatal(err)
					}
				} else if _, err := l.Settle(h, n(r.Int64N(500))); err != nil && !fail.Is(err, fail.Payment) {
					t.Fatal(err)
				}
			}
		}
		exact(t, l)
		before := l.Totals()
		open := new(big.Int).Set(before.Held)
		l = reopen(t, l, disk, Options{Compact: 4 << 10, SyncEvery: time.Millisecond})
		after := exact(t, l)
		if after.Credited.Cmp(credited) != 0 || after.Held.Sign() != 0 {
			t.Fatalf("credited %s of %s, held %s", after.Credited, credited, after.Held)
		}
		if got := new(big.Int).Sub(after.Charged, before.Charged); got.Cmp(open) != 0 {
			t.Fatalf("a crash charged %s of the %s that were held", got, open)
		}
	}
}

// A power failure at any moment leaves every acknowledged top-up, and sums that
// are exact.
func TestPowerFailure(t *testing.T) {
	disk := vfs.NewCrashableMem()
	l := open(t, disk, Options{SyncEvery: time.Hour})
	for i := range 50 {
		who := fmt.Sprint("account-", i%7)
		must.Have[*big.Int](t)(l.Credit([]string{fmt.Sprint(i)}, who, n(10)))
		h := must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: who, Price: n(5)}))
		must.Have[*big.Int](t)(l.Settle(h, n(4)))
		for _, part := range []int{0, 50, 100} { // percent of what was not synced
			left := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: part, RNG: rand.New(rand.NewPCG(uint64(i), 1))})
			again, err := Open(left, "ledger", Options{SyncEvery: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			if got := exact(t, again).Credited; got.Cmp(n(int64(i+1)*10)) != 0 {
				t.Fatalf("%s of %d were left", got, (i+1)*10)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A disk that fails at any change: nothing is acknowledged that is not there,
// and what cannot be written is not served.
func TestFailingDisk(t *testing.T) {
	full := errors.New("disk full")
	for after := range 60 {
		disk := vfs.NewMem()
		broken := fs.FailAfter(disk, after, full)
		credited := new(big.Int)
		l, err := Open(broken, "ledger", Options{SyncEvery: time.Hour})
		if err != nil {
			continue
		}
		for i := range 20 {
			if _, err := l.Credit([]string{fmt.Sprint(i)}, "alice", n(10)); err == nil {
				credited.Add(credited, n(10))
			}
			if h, err := l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(5)}); err == nil {
				_, _ = l.Settle(h, n(5))
			}
		}
		if broken.Failed() {
			if _, err := l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(0)}); !fail.Is(err, fail.Unavailable) {
				t.Fatalf("after %d: %v", after, err)
			}
		}
		_ = l.Close()
		again := open(t, disk, Options{})
		if s := exact(t, again); s.Credited.Cmp(credited) < 0 {
			t.Fatalf("after %d: %s of %s acknowledged are left", after, s.Credited, credited)
		}
		_ = again.Close()
	}
}

func TestOpeningOnce(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, disk, Options{})
	for range 2 {
		if err := l.Opening(map[string]*big.Int{"alice": n(100), "bob": n(0)}); err != nil {
			t.Fatal(err)
		}
		h := must.Have[*Hold](t)(l.Hold(Claim{Ledger: Own, Account: "alice", Price: n(10)}))
		must.Have[*big.Int](t)(l.Settle(h, n(10)))
		l = reopen(t, l, disk, Options{})
	}
	if l.Balance("alice").Cmp(n(80)) != 0 {
		t.Fatal(l.Balance("alice"))
	}
	exact(t, l)
}

func TestSecondProcessIsRefused(t *testing.T) {
	disk := vfs.NewMem()
	open(t, disk, Options{})
	if _, err := Open(disk, "ledger", Options{}); err == nil {
		t.Fatal("two processes have the same ledger")
	}
}

// Every cut of a journal is read up to its last whole record.
func TestTornJournal(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, disk, Options{SyncEvery: time.Hour})
	for i := range 5 {
		must.Have[*big.Int](t)(l.Credit([]string{fmt.Sprint(i)}, "alice", n(1)))
	}
	whole := must.Have[[]byte](t)(fs.ReadFile(disk, l.file.path(l.file.number)))
	for end := int(l.file.head); end <= len(whole); end++ {
		s := newState()
		rest, _ := replay(s, whole[len(magic):end])
		if got := s.balance("alice").Int64(); got < 0 || got > 5 || new(big.Int).Add(n(got), s.charged).Cmp(s.credited) != 0 {
			t.Fatal(end, got)
		}
		if end == len(whole) && len(rest) != 0 {
			t.Fatal("the whole journal was not read")
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(record{kind: kindCredit, ref: "a", account: "b", amount: n(1)}.append(nil))
	f.Add(record{kind: kindHold, seq: 3, at: 9, ledger: Own, account: "b", ref: "r", amount: n(1 << 40), prepaid: n(2)}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, err := cut(b)
		if err != nil {
			return
		}
		again, tail, err := cut(r.append(nil))
		if err != nil || len(tail) != 0 || again.kind != r.kind || again.ref != r.ref || again.amount.Cmp(r.amount) != 0 || len(rest) > len(b) {
			t.Fatalf("%+v is %+v when it is written and read again: %v", r, again, err)
		}
		_ = newState().apply(r)
	})
}

func BenchmarkHoldSettle(b *testing.B) {
	l, err := Open(fs.OS(), b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	must.Have[*big.Int](b)(l.Credit([]string{"a"}, "alice", n(1<<62)))
	b.ReportAllocs()
	for b.Loop() {
		h, err := l.Hold(Claim{Ledger: Own, Account: "alice", Ref: "0123456789012345678901234567890123456789012", Price: n(1)})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Settle(h, h.Amount); err != nil {
			b.Fatal(err)
		}
	}
}
