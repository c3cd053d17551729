package pay

import (
	"errors"
	"math/big"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
)

// Ledgers that are devices of this node, by name.
const (
	Own        = "simple-pay@1.0" // its accounts are kept here
	Recharging = "recharging-ledger@1.0"
	Faff       = "faff@1.0"
)

// Options configure a ledger. The zero value is usable.
type Options struct {
	Clock     clock.Clock
	SyncEvery time.Duration // at most so long holds and charges wait for the disk; 0 means 100 ms
	Compact   int64         // bytes of records after which the journal is written anew; 0 means 64 MiB
}

// Ledger is the money of a node. It is safe for concurrent use.
type Ledger struct {
	opt Options

	mu      sync.Mutex
	state   *state
	file    *journal
	broken  error // why nothing can be changed any longer
	stale   map[uint64]bool
	settled [256]uint64 // how many holds on the accounts of a stripe have ended
	buf     []byte

	syncing sync.Mutex // one at a time; taken before mu
	stop    chan struct{}
	done    chan struct{}
	report  Report
}

// Report says what was found when a ledger was opened.
type Report struct {
	Settled    int    // holds of requests that a crash had ended, settled in full
	Unanswered int    // requests that had been paid and may not have been answered
	Stale      int    // holds on other ledgers that are still to be charged there
	Discarded  int64  // bytes at the end of the journal that were no whole record
	Kept       string // file with the damaged journal, "" when only its last record was torn
}

// Totals are sums over all accounts of [Own]. Credited is always Balances plus
// Charged.
type Totals struct {
	Accounts                          int
	Balances, Held, Charged, Credited *big.Int
}

// Open opens the ledger in a folder, which is made when it does not exist. Holds
// that a crash left open are settled (see the package).
//
// # Errors
//
// [fail.Unavailable] when another process has the ledger open or the disk is
// full, [fail.Invalid] when the folder holds something else, [fail.Internal] for
// a fault of the disk. Each says what to do.
func Open(disk fs.Disk, folder string, o Options) (*Ledger, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.SyncEvery <= 0 {
		o.SyncEvery = 100 * time.Millisecond
	}
	if o.Compact <= 0 {
		o.Compact = 64 << 20
	}
	l := &Ledger{opt: o, stale: map[uint64]bool{}, stop: make(chan struct{}), done: make(chan struct{})}
	j, s, report, err := openJournal(disk, folder)
	if err != nil {
		return nil, err
	}
	l.file, l.state, l.report = j, s, report
	if err := l.recover(); err != nil {
		return nil, errors.Join(err, j.close())
	}
	go l.background()
	return l, nil
}

// InMemory opens a ledger that nothing is left of when it is closed.
//
// # Errors
//
// None that a memory could cause; those of [Open].
func InMemory(o Options) (*Ledger, error) { return Open(vfs.NewMem(), "ledger", o) }

// recover settles what a crash left open, and writes the journal anew.
func (l *Ledger) recover() error {
	for n, h := range l.state.holds {
		if h.Ledger != Own {
			l.stale[n] = true
			l.report.Stale++
			continue
		}
		if err := l.state.apply(record{kind: kindLost, seq: n, at: l.now()}); err != nil {
			return err
		}
		l.report.Settled++
	}
	l.report.Unanswered = len(l.state.unanswered)
	l.state.lost()
	return l.file.rewrite(l.state, l.now())
}

// Report returns what was found when the ledger was opened.
func (l *Ledger) Report() Report { return l.report }

func (l *Ledger) now() uint64 { return uint64(max(0, l.opt.Clock.Now().Unix())) }

// commit writes a record and carries it out. The lock must be held.
func (l *Ledger) commit(r record) error {
	if l.broken != nil {
		return l.broken
	}
	l.buf = r.append(l.buf[:0])
	if len(l.buf) > maxRecord {
		return fail.New(fail.TooLarge, "pay.Commit", "names and amounts of this payment are too large")
	}
	if err := l.file.write(l.buf); err != nil {
		// How much of the record is in the file is not known.
		l.broken = fail.New(fail.Unavailable, "pay.Commit", "this node cannot write its ledger, and serves nothing that costs until it is started again: %w", err)
		return l.broken
	}
	return l.state.apply(r)
}

// flush returns when every record written so far is on disk.
func (l *Ledger) flush() error {
	l.mu.Lock()
	upTo := l.file.written
	l.mu.Unlock()
	l.syncing.Lock()
	defer l.syncing.Unlock()
	if l.file.synced >= upTo {
		return nil // by someone else meanwhile
	}
	l.mu.Lock()
	upTo = l.file.written
	l.mu.Unlock()
	if err := l.file.sync(upTo); err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.broken = fail.New(fail.Unavailable, "pay.Flush", "this node cannot force its ledger to the disk, and serves nothing that costs until it is started again: %w", err)
		return l.broken
	}
	return nil
}

// background forces records to the disk, and writes the journal anew when it
// has grown.
func (l *Ledger) background() {
	defer close(l.done)
	tick := time.NewTicker(l.opt.SyncEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		if l.flush() == nil {
			l.compact()
		}
	}
}

// compact writes the journal anew when it has grown. A journal that cannot be
// written anew goes on.
func (l *Ledger) compact() {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil && l.file.grown() >= max(l.opt.Compact, 2*l.file.head) {
		if err := l.file.rewrite(l.state, l.now()); err != nil && l.file.lost() {
			l.broken = err
		}
	}
}

// Close forces everything to the disk and ends the ledger. Closing twice is no
// error.
func (l *Ledger) Close() error {
	select {
	case <-l.stop:
		return nil
	default:
	}
	close(l.stop)
	<-l.done
	err := l.flush()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = fail.New(fail.Unavailable, "pay.Commit", "the ledger of this node is closed")
	}
	return errors.Join(err, l.file.close())
}

// Balance returns the balance of an account of [Own], holds included: 0 when
// there is no such account.
func (l *Ledger) Balance(account string) *big.Int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return new(big.Int).Set(l.state.balance(account))
}

// Held returns the sum of the holds on an account of a ledger.
func (l *Ledger) Held(ledger, account string) *big.Int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return new(big.Int).Set(l.state.reserved(place{ledger, account}))
}

// Totals returns the sums over all accounts, of one moment.
func (l *Ledger) Totals() Totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := Totals{
		Accounts: len(l.state.balances), Balances: new(big.Int), Held: new(big.Int),
		Charged: new(big.Int).Set(l.state.charged), Credited: new(big.Int).Set(l.state.credited),
	}
	for _, n := range l.state.balances {
		t.Balances.Add(t.Balances, n)
	}
	for p, n := range l.state.held {
		if p.ledger == Own {
			t.Held.Add(t.Held, n)
		}
	}
	return t
}
