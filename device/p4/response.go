package p4

import (
	"crypto/rand"
	"errors"
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// response charges for a request that has run (spec 04, 3.1.5). When that
// fails, the result is withheld.
func (d *device) response(c *ao.Call) (message.Value, error) {
	user, err := hooked(c, pay.After)
	if err != nil {
		return nil, err
	}
	result, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	t := d.termsOf(c.Base)
	owed, prepared, err := d.owed(c, t, user)
	if err != nil {
		return nil, err
	}
	if owed.free {
		return passed(c), nil
	}
	price, err := t.final(c, user, result, owed.price)
	if err != nil {
		price = owed.price // what was held is what was agreed to
	}
	if price == nil {
		return nil, err
	}
	if owed.hold == nil {
		if price.Sign() == 0 {
			return passed(c), nil
		}
		if owed.hold, err = d.late(c, t, user, price, prepared); err != nil {
			return nil, err
		}
	}
	if err := d.charge(c, t, user, owed.hold, price); err != nil {
		return nil, err
	}
	return passed(c), nil
}

// owed returns what the request hook has prepared. On a node that has p4 as a
// response hook only, nothing has been.
func (d *device) owed(c *ao.Call, t *terms, user *message.Message) (due, bool, error) {
	if entry, ok := pay.TabOf(c.Ctx).Take(t.name); ok {
		owed, _ := entry.Value.(due)
		return owed, true, nil
	}
	free, err := d.free(c, user, nil)
	if err == nil && !free && !t.complete() {
		err = incomplete()
	}
	return due{free: free}, false, err
}

// late makes the hold of a request that has run without one: its price is known
// only now.
func (d *device) late(c *ao.Call, t *terms, user *message.Message, price *big.Int, prepared bool) (*pay.Hold, error) {
	if prepared {
		c.Log.Debug("a request that was free before it ran has a price after it", "price", price)
	}
	return d.claim(c, t, user, price, usage.Of(c.Ctx) != nil)
}

// charge makes a hold a charge on its ledger.
func (d *device) charge(c *ao.Call, t *terms, user *message.Message, hold *pay.Hold, price *big.Int) error {
	charge := d.chargeElsewhere
	switch {
	case t.account == pay.Own:
		charge = d.settle
	case t.local():
		charge = d.chargeHere
	}
	err := charge(c, t, user, hold, price)
	answered := func() {
		if err := d.book.Answered(hold); err != nil {
			c.Log.Warn("an answer could not be noted in the ledger", "error", err)
		}
	}
	if tab := pay.TabOf(c.Ctx); tab != nil {
		tab.OnAnswered(answered)
	} else {
		answered()
	}
	return err
}

// settle charges on the ledger whose accounts are in the book: charge and end of
// the hold are one.
func (d *device) settle(c *ao.Call, t *terms, _ *message.Message, hold *pay.Hold, price *big.Int) error {
	_, err := d.book.Settle(hold, price)
	if fail.Is(err, fail.Payment) {
		return d.poor(c, t, hold.Account, price, d.book.Balance(hold.Account))
	}
	return err
}

// localCharge asks another ledger of this node to charge for a hold.
func (d *device) localCharge(c *ao.Call, t *terms, user *message.Message, hold *pay.Hold, amount *big.Int) error {
	call := *c
	call.Ctx = pay.WithHold(c.Ctx, hold)
	keys := []message.Pair{
		message.P("quantity", message.Integer(amount)), message.P("account", message.Binary(hold.Account)),
		message.P("recipient", message.Binary(pay.Recipient(&c.Env)))}
	if user != nil {
		keys = append(keys, message.P("request", user))
	}
	return taken(ask(&call, t.ledgerBase, "charge", keys...))
}

// taken returns why a ledger has not taken a charge. The answer false is no
// charge either (SEC-04).
func taken(v message.Value, err error) error {
	if text, ok := message.Text(v); err == nil && ok && text == "false" {
		return ao.Refuse(402, "The ledger did not charge for this request.")
	}
	return err
}

// remaining returns what is left of a price that a voucher has paid a part of.
func remaining(price *big.Int, hold *pay.Hold) *big.Int {
	due := new(big.Int).Sub(price, hold.Prepaid)
	if due.Sign() < 0 {
		due.SetInt64(0)
	}
	return due
}

// chargeHere charges on another ledger of this node. What cannot be charged
// there now never will be.
func (d *device) chargeHere(c *ao.Call, t *terms, user *message.Message, hold *pay.Hold, price *big.Int) error {
	if err := d.localCharge(c, t, user, hold, remaining(price, hold)); err != nil {
		return errors.Join(err, d.book.Release(hold))
	}
	_, err := d.book.Settle(hold, price)
	return err
}

// chargeElsewhere charges on a ledger that is a process or a device of the
// operator's. A charge that could not be delivered is delivered with one of the
// next requests.
func (d *device) chargeElsewhere(c *ao.Call, t *terms, user *message.Message, hold *pay.Hold, price *big.Int) error {
	due := remaining(price, hold)
	if due.Sign() > 0 {
		bill, err := d.bill(c, user, hold, due)
		if err == nil {
			err = d.deliver(c, t, bill)
		}
		if err != nil {
			d.book.Owe(hold)
			return err
		}
	}
	_, err := d.book.Settle(hold, price)
	return err
}

// bill makes the message that charges another ledger, and notes it: after a
// crash this one is delivered again and no other. Two bills are never equal, so
// that a ledger which takes each message once takes both.
func (d *device) bill(c *ao.Call, user *message.Message, hold *pay.Hold, due *big.Int) (*message.Message, error) {
	m := message.Of(
		message.P(path.Key, message.Binary("charge")),
		message.P("quantity", message.Integer(due)), message.P("account", message.Binary(hold.Account)),
		message.P("recipient", message.Binary(pay.Recipient(&c.Env))),
		message.P("charge-id", message.Binary(rand.Text())))
	if user != nil {
		m = m.Set("request", user.WithPrivate(nil))
	}
	if optSign.Bool(&c.Env) {
		if c.Env.Key() == nil {
			return nil, fail.New(fail.Unauthorized, Name, "this node has no wallet to sign charges with")
		}
		var err error
		if m, err = commit.Commit(c.Ctx, c.Codec(), m, c.Env.Key(), commit.Spec{}); err != nil {
			return nil, err
		}
		m = ao.WithSigners(m, c.Address())
	}
	stored, err := c.Cache.Write(c.Ctx, m, store.Lazy)
	if err != nil {
		return nil, err
	}
	return m, d.book.Billed(hold, stored)
}

// deliver has a ledger take a bill.
func (d *device) deliver(c *ao.Call, t *terms, bill *message.Message) error {
	return taken(c.Internal().Resolve(c.Ctx, t.ledgerBase, bill))
}
