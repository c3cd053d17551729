package pay

import (
	"context"
	"strconv"
	"sync"
)

// Tab is what one request owes while it runs. It is in the context of the
// request, so that requests that share a result, or are equal, have each their
// own. It is safe for concurrent use.
type Tab struct {
	mu    sync.Mutex
	stage Stage
	dues  []Due
	later []func()
}

// Stage is how far a request has come.
type Stage uint8

// The stages. What may be prepared and taken depends on them: a request that
// runs can name any device, also one that is meant as a hook.
const (
	Before  Stage = iota // the request hook decides about it
	Running              // it runs, and is to be paid
	After                // the response hook decides about its result
)

// Due is a payment that has been prepared.
type Due struct {
	// Of names what prepared it.
	Of string
	// End ends the payment when nobody else did: as a charge when the request
	// has run, else without one.
	End func(ctx context.Context, ran bool)
	// Value is what the preparer keeps for itself.
	Value any
}

type tabKey struct{}

// NewTab returns the context of a request with a tab. Whoever makes it calls
// [Tab.Run] before the request runs, [Tab.Settle] after it, [Tab.Close] in the
// end and [Tab.Answered] when the answer is out, come what may.
func NewTab(ctx context.Context) (context.Context, *Tab) {
	t := &Tab{}
	return context.WithValue(ctx, tabKey{}, t), t
}

// TabOf returns the tab of a context, nil when it has none.
func TabOf(ctx context.Context) *Tab {
	t, _ := ctx.Value(tabKey{}).(*Tab)
	return t
}

// Add puts a payment on the tab.
func (t *Tab) Add(d Due) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dues = append(t.dues, d)
}

// Take removes the first payment of that name from the tab, and reports whether
// there was one.
func (t *Tab) Take(of string) (Due, bool) {
	if t == nil {
		return Due{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, d := range t.dues {
		if d.Of == of {
			t.dues = append(t.dues[:i:i], t.dues[i+1:]...)
			return d, true
		}
	}
	return Due{}, false
}

// Stage returns how far the request has come.
func (t *Tab) Stage() Stage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stage
}

// Run notes that the request begins to run: from here on it is to be paid.
func (t *Tab) Run() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage = Running
}

// Settle notes that the request has run, and reports whether it had been
// running.
func (t *Tab) Settle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	ran := t.stage == Running
	if ran {
		t.stage = After
	}
	return ran
}

// Close ends the payments that are left.
func (t *Tab) Close(ctx context.Context) {
	t.mu.Lock()
	dues, ran := t.dues, t.stage != Before
	t.dues = nil
	t.mu.Unlock()
	for _, d := range dues {
		d.End(ctx, ran)
	}
}

// OnAnswered has a function called when the answer of the request has been sent,
// or could not be.
func (t *Tab) OnAnswered(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.later = append(t.later, f)
}

// Answered notes that the answer has been sent. send is called before, when
// anything depends on it, to send what is still under way.
func (t *Tab) Answered(send func()) {
	t.mu.Lock()
	later := t.later
	t.later = nil
	t.mu.Unlock()
	if len(later) > 0 {
		send()
	}
	for _, f := range later {
		f()
	}
}

// authority is the hold that a resolution may charge.
type authority struct{}

// WithHold returns a context in which the ledger of this node charges for a
// hold without being shown a signature: only who has the hold can make it.
func WithHold(ctx context.Context, h *Hold) context.Context {
	return context.WithValue(ctx, authority{}, h)
}

// HoldOf returns the hold that a context authorises to charge for, or nil.
func HoldOf(ctx context.Context) *Hold {
	h, _ := ctx.Value(authority{}).(*Hold)
	return h
}

// WithHoldOn returns a context in which another ledger of this node charges for
// a hold: one that steps in for the ledger that the hold is on.
func WithHoldOn(ctx context.Context, h *Hold, ledger string) context.Context {
	c := *h
	c.Ledger, c.elsewhere = ledger, true
	return WithHold(ctx, &c)
}

// Elsewhere reports whether a hold is on another ledger than the one that is
// asked to charge for it, and returns the order under which that charges once.
func (h *Hold) Elsewhere() (order string, ok bool) {
	return "hold " + strconv.FormatUint(h.Number, 10), h.elsewhere
}
