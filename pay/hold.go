package pay

import (
	"hash/maphash"
	"math/big"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Hold is an amount that is reserved for a request. It must not be changed.
type Hold struct {
	Number  uint64
	Ledger  string   // where the account is
	Account string   // of the payer
	Ref     string   // of the request, see [Claim]
	Amount  *big.Int // reserved
	Prepaid *big.Int // paid by a voucher
	Bill    string   // ID of the message that charges another ledger, "" when there is none yet
	at      uint64

	elsewhere bool // it is on another ledger than it says
}

// paid returns what a hold stands for: what is reserved, and the voucher.
func (h *Hold) paid() *big.Int { return new(big.Int).Add(h.Amount, h.Prepaid) }

// Claim asks for a hold.
type Claim struct {
	Ledger  string
	Account string
	// Ref is the same for the same signed request and for no other: what a
	// voucher is for. "" gives none.
	Ref   string
	Price *big.Int
	// Balance is what the ledger says, for other ledgers than [Own]; nil is
	// without limit.
	Balance *big.Int
	Moment  Moment // before Balance was asked for
}

// Moment is a point in the life of an account.
type Moment uint64

// Stale is the error of a claim whose balance was read before another charge of
// the account: read it again.
const Stale = "the balance is not up to date"

var seed = maphash.MakeSeed()

func stripe(p place) byte {
	return byte(maphash.String(seed, p.ledger) ^ 3*maphash.String(seed, p.account))
}

// Moment returns the present moment of an account. A balance that is asked for
// after it serves for a [Claim] as long as no hold on the account has ended
// since.
func (l *Ledger) Moment(ledger, account string) Moment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Moment(l.settled[stripe(place{ledger, account})])
}

// available returns what is left of a balance without the holds on it.
func (l *Ledger) available(p place, balance *big.Int) *big.Int {
	return new(big.Int).Sub(balance, l.state.reserved(p))
}

// Hold reserves the price of a request. When it returns, the death of the
// process does not lose the hold.
//
// # Errors
//
// [fail.Payment] when less than the price is available, [fail.Conflict] (the
// sentence is [Stale]) when the balance may not hold any longer,
// [fail.Unavailable] when the ledger cannot be written.
func (l *Ledger) Hold(c Claim) (*Hold, error) {
	const op = "pay.Hold"
	l.mu.Lock()
	defer l.mu.Unlock()
	p := place{c.Ledger, c.Account}
	balance := c.Balance
	if c.Ledger == Own {
		balance = l.state.balance(c.Account)
	} else if balance != nil && c.Moment != Moment(l.settled[stripe(p)]) {
		return nil, fail.New(fail.Conflict, op, Stale)
	}
	need, prepaid := new(big.Int).Set(c.Price), new(big.Int)
	if v, ok := l.state.vouchers[c.Ref]; ok && c.Ref != "" && v.place == p && v.good(l.now()) {
		if prepaid = v.amount; prepaid.Cmp(need) > 0 {
			prepaid = new(big.Int).Set(need)
		}
		need.Sub(need, prepaid)
	}
	if balance != nil && need.Sign() > 0 && l.available(p, balance).Cmp(need) < 0 {
		return nil, fail.New(fail.Payment, op, "Insufficient funds")
	}
	n := l.state.next
	r := record{kind: kindHold, seq: n, at: l.now(), ledger: c.Ledger, account: c.Account, ref: c.Ref, amount: need, prepaid: prepaid}
	if err := l.commit(r); err != nil {
		return nil, err
	}
	return l.state.holds[n], nil
}

// Settle ends a hold and returns what was charged: the price without what a
// voucher had paid. On [Own], a price above the hold is taken from the account
// as far as it has that much available. On other ledgers it only notes that the
// charge has been delivered.
//
// # Errors
//
// [fail.Payment] when the account could not pay all of it; what it could has
// been charged. [fail.NotFound] when the hold has ended before;
// [fail.Unavailable] when the ledger cannot be written.
func (l *Ledger) Settle(h *Hold, price *big.Int) (*big.Int, error) {
	const op = "pay.Settle"
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.holds[h.Number] == nil {
		return nil, fail.New(fail.NotFound, op, "this request has been paid for before")
	}
	due := new(big.Int).Sub(price, h.Prepaid)
	if due.Sign() < 0 {
		due.SetInt64(0)
	}
	p, short := place{h.Ledger, h.Account}, false
	if h.Ledger == Own {
		most := l.available(p, l.state.balance(h.Account)) // beside this hold
		if most.Add(most, h.Amount); due.Cmp(most) > 0 {
			due, short = most, true
		}
	}
	if err := l.commit(record{kind: kindSettle, seq: h.Number, amount: due}); err != nil {
		return nil, err
	}
	l.ended(h)
	if short {
		return due, fail.New(fail.Payment, op, "the account could pay %s of %s only", due, price)
	}
	return due, nil
}

// Answered notes that the answer of a request whose hold was settled has been
// sent, as far as that was possible. Until then a crash leaves its payer a
// voucher for it.
//
// # Errors
//
// [fail.Unavailable] when the ledger cannot be written.
func (l *Ledger) Answered(h *Hold) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.state.unanswered[h.Number]; !ok {
		return nil
	}
	return l.commit(record{kind: kindAnswered, seq: h.Number})
}

// Delivered ends a hold of [Ledger.Stale] whose charge another ledger has taken.
// Its payer gets a voucher for the request, of which he had no answer.
//
// # Errors
//
// [fail.NotFound] when the hold has ended before; [fail.Unavailable].
func (l *Ledger) Delivered(h *Hold) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.holds[h.Number] == nil || h.Ledger == Own {
		return fail.New(fail.NotFound, "pay.Delivered", "this request has been paid for before")
	}
	if err := l.commit(record{kind: kindLost, seq: h.Number, at: l.now()}); err != nil {
		return err
	}
	l.ended(h)
	return nil
}

// Release ends a hold without a charge: the request did not run. A hold that has
// ended before stays so.
//
// # Errors
//
// [fail.Unavailable] when the ledger cannot be written.
func (l *Ledger) Release(h *Hold) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.holds[h.Number] == nil {
		return nil
	}
	if err := l.commit(record{kind: kindRelease, seq: h.Number, at: l.now()}); err != nil {
		return err
	}
	l.ended(h)
	return nil
}

func (l *Ledger) ended(h *Hold) {
	delete(l.stale, h.Number)
	l.settled[stripe(place{h.Ledger, h.Account})]++
}

// Billed notes the ID of the message that charges another ledger for a hold,
// before it is delivered: after a crash it is delivered again, and no other.
//
// # Errors
//
// [fail.NotFound] when the hold has ended; [fail.Unavailable].
func (l *Ledger) Billed(h *Hold, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.holds[h.Number] == nil {
		return fail.New(fail.NotFound, "pay.Billed", "this request has been paid for before")
	}
	return l.commit(record{kind: kindBill, seq: h.Number, ref: id})
}

// Owe makes a hold one of [Ledger.Stale]: its charge could not be delivered and
// is to be tried again.
func (l *Ledger) Owe(h *Hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.holds[h.Number] != nil {
		l.stale[h.Number] = true
	}
}

// Stale takes the holds on another ledger whose charge is still to be delivered
// there, oldest first: those of requests that a crash ended, and of charges that
// failed. Who takes them delivers, and settles them or gives them back with
// [Ledger.Owe].
func (l *Ledger) Stale(ledger string) []*Hold {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*Hold
	for n := range l.stale {
		if h := l.state.holds[n]; h != nil && h.Ledger == ledger {
			c := *h
			out = append(out, &c)
			delete(l.stale, n)
		}
	}
	slices.SortFunc(out, func(a, b *Hold) int { return int(int64(a.Number) - int64(b.Number)) })
	return out
}
