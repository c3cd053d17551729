package p4

import (
	"context"
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// due is a payment between the two hooks.
type due struct {
	free  bool
	price *big.Int
	hold  *pay.Hold // nil when nothing is to be charged
}

// hooked returns the request that a hook is about. Only a hook is answered: a
// request that runs can name this device too, and would have others pay.
func hooked(c *ao.Call, stage pay.Stage) (*message.Message, error) {
	tab := pay.TabOf(c.Ctx)
	if tab == nil && c.Remote() || tab != nil && tab.Stage() != stage {
		return nil, fail.New(fail.Forbidden, Name, "this key is for hooks of the node")
	}
	v, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	user, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the hook has no request")
	}
	return user, nil
}

// passed returns the hook message for the next handler, which finds all that
// was there (spec 05, 9.1) and gets a path and a method of its own.
func passed(c *ao.Call) message.Value { return c.Request() }

// request holds the price of a request before it runs (spec 04, 3.1.4).
func (d *device) request(c *ao.Call) (message.Value, error) {
	user, err := hooked(c, pay.Before)
	if err != nil {
		return nil, err
	}
	body, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	t, tab := d.termsOf(c.Base), pay.TabOf(c.Ctx)
	free, err := d.free(c, user, body)
	if err != nil {
		return nil, err
	}
	if free {
		if tab != nil {
			tab.Add(pay.Due{Of: t.name, Value: due{free: true}, End: func(context.Context, bool) {}})
		}
		return passed(c), nil
	}
	if !t.complete() {
		return nil, incomplete()
	}
	price, err := t.estimated(c, user, body)
	if err != nil {
		return nil, err
	}
	metered := usage.Of(c.Ctx) != nil
	if price.Sign() == 0 && !metered {
		if tab != nil {
			tab.Add(pay.Due{Of: t.name, Value: due{price: price}, End: func(context.Context, bool) {}})
		}
		return passed(c), nil
	}
	hold, err := d.claim(c, t, user, price, metered)
	if err != nil {
		return nil, err
	}
	if tab == nil { // nobody to settle it: it was a check only
		return passed(c), d.book.Release(hold)
	}
	tab.Add(pay.Due{Of: t.name, Value: due{price: price, hold: hold}, End: func(ctx context.Context, ran bool) {
		d.abandoned(ctx, c, t, user, hold, price, ran)
	}})
	return passed(c), nil
}

// incomplete is the refusal of a node whose hook lacks a device (SEC-04).
func incomplete() error {
	return ao.Refuse(503, "This node has requests paid, but its hook names no pricing-device or no ledger-device: nothing that costs is served until its operator has set both.")
}

// abandoned ends a hold that the response hook has not seen: the request was
// refused by another hook, or the node has no response hook.
func (d *device) abandoned(ctx context.Context, c *ao.Call, t *terms, user *message.Message, hold *pay.Hold, price *big.Int, ran bool) {
	var err error
	if ran {
		call := *c
		call.Ctx = ctx
		err = d.charge(&call, t, user, hold, price)
	} else {
		err = d.book.Release(hold)
	}
	if err != nil {
		c.Log.Warn("a payment could not be brought to its end", "account", hold.Account, "error", err)
	}
}

// mostClaims bounds how often a balance is read again because another request of
// the same account was charged meanwhile.
const mostClaims = 64

// claim holds the price on the account of who signed the request. A metered
// request needs an account with something on it, even when its price is not
// known yet.
func (d *device) claim(c *ao.Call, t *terms, user *message.Message, price *big.Int, metered bool) (*pay.Hold, error) {
	payers := pay.Payers(c.Ctx, &c.Env, user)
	if len(payers) > 1 {
		return nil, severalSigners()
	}
	if err := d.deliverStale(c, t); err != nil {
		return nil, err
	}
	if len(payers) == 0 {
		return nil, d.poor(c, t, "", price, new(big.Int))
	}
	claim := pay.Claim{Ledger: t.account, Account: payers[0], Ref: pay.Ref(c.Ctx, user), Price: price}
	if t.account == pay.Own && !metered {
		// The book has the balance; it is asked for only to open an account that
		// is not there yet, and to refuse.
		if hold, err := d.book.Hold(claim); !fail.Is(err, fail.Payment) {
			return hold, err
		}
	}
	for range mostClaims {
		claim.Moment = d.book.Moment(t.account, claim.Account)
		balance, endless, err := t.balanceOf(c, user, claim.Account)
		if err != nil {
			return nil, err
		}
		if claim.Balance = balance; endless {
			claim.Balance = nil
		} else if metered && balance.Sign() == 0 {
			return nil, d.poor(c, t, claim.Account, price, balance)
		}
		hold, err := d.book.Hold(claim)
		switch {
		case fail.Is(err, fail.Conflict):
			continue
		case fail.Is(err, fail.Payment):
			return nil, d.poor(c, t, claim.Account, price, balance)
		}
		return hold, err
	}
	return nil, fail.New(fail.Busy, Name+"/request", "too many requests of the same account at once; try again")
}

// severalSigners is the refusal of a request that more than one has signed (spec
// 04, 3.2.4), before it runs.
func severalSigners() error {
	return ao.Refuse(400, "Multiple signers in charge.")
}

// balanceOf asks the ledger for a balance (spec 04, 3.1.4). What is no amount
// counts as nothing (SEC-04).
func (t *terms) balanceOf(c *ao.Call, user *message.Message, account string) (n *big.Int, endless bool, err error) {
	v, err := ask(c, t.ledgerBase, "balance", message.P("target", message.Binary(account)), message.P("request", user))
	if err != nil {
		c.Log.Warn("a balance cannot be read", "ledger-device", t.ledger, "account", account, "error", err)
		return nil, false, ao.Refuse(500, "Error checking ledger balance.")
	}
	if pay.Endless(v) {
		return nil, true, nil
	}
	n, ok := pay.Amount(v)
	if !ok {
		n = new(big.Int)
	}
	return n, false, nil
}
