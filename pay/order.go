package pay

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Credit adds an amount to an account of [Own], and returns its balance when
// that is on disk. orders name what asked for it, e.g. the IDs of the signatures
// on a request; each counts once.
//
// # Errors
//
// [fail.Conflict] when the order has been carried out before, [fail.Unavailable]
// when the ledger cannot be written.
func (l *Ledger) Credit(orders []string, account string, amount *big.Int) (*big.Int, error) {
	return l.order(orders, record{kind: kindCredit, account: account, amount: amount})
}

// Charge takes an amount from an account of [Own] without a hold, and returns
// its balance when that is on disk. orders are as in [Ledger.Credit].
//
// # Errors
//
// [fail.Payment] when less is available; those of [Ledger.Credit].
func (l *Ledger) Charge(orders []string, account string, amount *big.Int) (*big.Int, error) {
	return l.order(orders, record{kind: kindCharge, account: account, amount: amount})
}

func (l *Ledger) order(orders []string, r record) (*big.Int, error) {
	balance, err := l.carryOut(orders, r)
	if err != nil {
		return nil, err
	}
	return balance, l.flush()
}

func (l *Ledger) carryOut(orders []string, r record) (*big.Int, error) {
	const op = "pay.Order"
	if len(orders) == 0 {
		return nil, fail.New(fail.Unauthorized, op, "nobody has signed this order")
	}
	if r.amount.Sign() < 0 {
		return nil, fail.New(fail.Invalid, op, "an amount cannot be negative")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range orders {
		if _, done := l.state.applied[o]; done {
			return nil, fail.New(fail.Conflict, op, "this signed order has been carried out before; sign a new one")
		}
	}
	if r.kind == kindCharge && l.available(place{Own, r.account}, l.state.balance(r.account)).Cmp(r.amount) < 0 {
		return nil, fail.New(fail.Payment, op, "the account has less than %s available", r.amount)
	}
	for _, o := range orders[1:] {
		if err := l.commit(record{kind: kindApplied, ref: o}); err != nil {
			return nil, err
		}
	}
	r.ref = orders[0]
	if err := l.commit(r); err != nil {
		return nil, err
	}
	return new(big.Int).Set(l.state.balance(r.account)), nil
}

// Opening gives accounts of [Own] that do not exist yet the balance they begin
// with, and leaves the others alone. It returns when that is on disk.
func (l *Ledger) Opening(balances map[string]*big.Int) error {
	opened, err := l.openAll(balances)
	if err != nil || !opened {
		return err
	}
	return l.flush()
}

func (l *Ledger) openAll(balances map[string]*big.Int) (opened bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for account, n := range balances {
		if _, known := l.state.balances[account]; known || n.Sign() < 0 {
			continue
		}
		if err := l.commit(record{kind: kindOpen, account: account, amount: n}); err != nil {
			return opened, err
		}
		opened = true
	}
	return opened, nil
}
