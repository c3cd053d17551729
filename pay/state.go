package pay

import (
	"math/big"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// VoucherTime is how long a voucher is good for.
const VoucherTime = 24 * time.Hour

// state is what the records of a journal come to.
type state struct {
	next              uint64              // number of the next hold
	balances          map[string]*big.Int // of the accounts of [Own], holds included
	credited, charged *big.Int
	applied           map[string]struct{} // signed orders
	holds             map[uint64]*Hold
	held              map[place]*big.Int
	vouchers          map[string]voucher // by request
	unanswered        map[uint64]settled // by hold
}

// settled is a request that has been paid and is about to be answered.
type settled struct {
	voucher
	ref string
}

// place is an account of a ledger.
type place struct{ ledger, account string }

// voucher is an amount that has been paid for a request.
type voucher struct {
	place
	amount *big.Int
	at     uint64 // Unix seconds
}

func newState() *state {
	return &state{
		next: 1, balances: map[string]*big.Int{}, credited: new(big.Int), charged: new(big.Int),
		applied: map[string]struct{}{}, holds: map[uint64]*Hold{}, held: map[place]*big.Int{}, vouchers: map[string]voucher{},
		unanswered: map[uint64]settled{},
	}
}

// balance returns the balance of an account of [Own], never nil. It must not be
// changed.
func (s *state) balance(account string) *big.Int {
	if n := s.balances[account]; n != nil {
		return n
	}
	return new(big.Int)
}

// reserved returns the sum of the holds on an account, never nil.
func (s *state) reserved(p place) *big.Int {
	if n := s.held[p]; n != nil {
		return n
	}
	return new(big.Int)
}

// apply carries out a record. A record that does not fit the state changes
// nothing.
//
// Errors: [fail.Invalid] says what does not fit.
func (s *state) apply(r record) error {
	misfit := func(why string) error { return fail.New(fail.Invalid, "pay.Apply", "%s", why) }
	switch r.kind {
	case kindCredit, kindCharge:
		if _, done := s.applied[r.ref]; done {
			return misfit("an order is in the journal twice")
		}
		if r.kind == kindCharge && s.balance(r.account).Cmp(r.amount) < 0 {
			return misfit("a charge is greater than the balance")
		}
		s.applied[r.ref] = struct{}{}
		if r.kind == kindCredit {
			s.credit(r.account, r.amount)
		} else {
			s.take(r.account, r.amount)
		}
	case kindOpen:
		if _, known := s.balances[r.account]; known {
			return misfit("an account is opened twice")
		}
		s.credit(r.account, r.amount)
	case kindHold:
		s.hold(r)
	case kindAnswered:
		delete(s.unanswered, r.seq)
	case kindSettle, kindRelease, kindBill, kindLost:
		h := s.holds[r.seq]
		if h == nil {
			return misfit("the journal settles a hold that is not there")
		}
		return s.end(h, r)
	default:
		s.dumped(r)
	}
	return nil
}

func (s *state) credit(account string, amount *big.Int) {
	s.balances[account] = new(big.Int).Add(s.balance(account), amount)
	s.credited.Add(s.credited, amount)
}

func (s *state) take(account string, amount *big.Int) {
	s.balances[account] = new(big.Int).Sub(s.balance(account), amount)
	s.charged.Add(s.charged, amount)
}

func (s *state) hold(r record) {
	h := &Hold{Number: r.seq, Ledger: r.ledger, Account: r.account, Ref: r.ref, Amount: r.amount, Prepaid: r.prepaid, at: r.at}
	s.holds[h.Number] = h
	s.next = max(s.next, h.Number+1)
	if v, ok := s.vouchers[h.Ref]; ok && h.Prepaid.Sign() > 0 {
		if v.amount = new(big.Int).Sub(v.amount, h.Prepaid); v.amount.Sign() > 0 {
			s.vouchers[h.Ref] = v
		} else {
			delete(s.vouchers, h.Ref)
		}
	}
	p := place{h.Ledger, h.Account}
	s.held[p] = new(big.Int).Add(s.reserved(p), h.Amount)
}

// end carries out what becomes of a hold.
func (s *state) end(h *Hold, r record) error {
	amount := new(big.Int)
	switch r.kind {
	case kindBill:
		h.Bill = r.ref
		return nil
	case kindSettle:
		amount = r.amount
	case kindLost:
		amount = h.Amount
	}
	if h.Ledger == Own {
		if s.balance(h.Account).Cmp(amount) < 0 {
			return fail.New(fail.Invalid, "pay.Apply", "a charge is greater than the balance")
		}
		if amount.Sign() > 0 {
			s.take(h.Account, amount)
		}
	}
	delete(s.holds, h.Number)
	p := place{h.Ledger, h.Account}
	if left := new(big.Int).Sub(s.reserved(p), h.Amount); left.Sign() > 0 {
		s.held[p] = left
	} else {
		delete(s.held, p)
	}
	if h.Ref == "" {
		return nil
	}
	switch paid := (voucher{p, h.Prepaid, max(r.at, h.at)}); r.kind {
	case kindSettle:
		paid.amount = new(big.Int).Add(h.Prepaid, amount)
		s.unanswered[h.Number] = settled{paid, h.Ref}
	case kindLost:
		paid.amount = h.paid()
		s.give(h.Ref, paid)
	default: // a request that did not run leaves what a voucher had paid
		s.give(h.Ref, paid)
	}
	return nil
}

// give gives a request a voucher, beside one that it has.
func (s *state) give(ref string, v voucher) {
	if was, ok := s.vouchers[ref]; ok && was.place == v.place {
		v.amount = new(big.Int).Add(v.amount, was.amount)
	}
	if v.amount.Sign() > 0 {
		s.vouchers[ref] = v
	}
}

// lost gives vouchers to the requests that were paid and, as far as anybody
// knows, not answered.
func (s *state) lost() {
	for n, u := range s.unanswered {
		s.give(u.ref, u.voucher)
		delete(s.unanswered, n)
	}
}

// dumped carries out a record of the head of a journal.
func (s *state) dumped(r record) {
	switch r.kind {
	case kindBalance:
		s.balances[r.account] = r.amount
	case kindTotals:
		s.next, s.credited, s.charged = max(s.next, r.seq), r.amount, r.prepaid
	case kindApplied:
		s.applied[r.ref] = struct{}{}
	case kindVoucher:
		s.vouchers[r.ref] = voucher{place{r.ledger, r.account}, r.amount, r.at}
	case kindSettled:
		s.unanswered[r.seq] = settled{voucher{place{r.ledger, r.account}, r.amount, r.at}, r.ref}
	}
}

// dump calls yield for records that give the state, all vouchers that are good
// at a time included.
func (s *state) dump(now uint64, yield func(record)) {
	yield(record{kind: kindTotals, seq: s.next, amount: s.credited, prepaid: s.charged})
	for account, n := range s.balances {
		yield(record{kind: kindBalance, account: account, amount: n})
	}
	for ref := range s.applied {
		yield(record{kind: kindApplied, ref: ref})
	}
	for ref, v := range s.vouchers {
		if v.good(now) {
			yield(record{kind: kindVoucher, ref: ref, ledger: v.ledger, account: v.account, amount: v.amount, at: v.at})
		}
	}
	for n, u := range s.unanswered {
		yield(record{kind: kindSettled, seq: n, at: u.at, ledger: u.ledger, account: u.account, ref: u.ref, amount: u.amount})
	}
	for _, h := range s.holds {
		yield(record{kind: kindHold, seq: h.Number, at: h.at, ledger: h.Ledger, account: h.Account, ref: h.Ref, amount: h.Amount, prepaid: h.Prepaid})
		if h.Bill != "" {
			yield(record{kind: kindBill, seq: h.Number, ref: h.Bill})
		}
	}
}

func (v voucher) good(now uint64) bool { return now < v.at+uint64(VoucherTime/time.Second) }
