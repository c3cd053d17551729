package p4

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// deliverStale delivers the charges that a crash or an unreachable ledger has
// left behind, before anything new is charged there: their holds would else
// count against balances that may or may not have been charged.
func (d *device) deliverStale(c *ao.Call, t *terms) error {
	if t.account == pay.Own {
		return nil
	}
	holds := d.book.Stale(t.account)
	for i, h := range holds {
		if err := d.again(c, t, h); err != nil {
			for _, rest := range holds[i:] {
				d.book.Owe(rest)
			}
			c.Log.Warn("a charge cannot be delivered", "ledger", t.account, "account", h.Account, "error", err)
			return ao.Refuse(503, "This node cannot reach the ledger that its requests are paid on; try again later.")
		}
	}
	return nil
}

// again delivers the charge of a hold, the one that was noted when there is one.
func (d *device) again(c *ao.Call, t *terms, h *pay.Hold) error {
	call := *c
	call.Ctx = context.WithoutCancel(c.Ctx) // not a matter of who happened to come next
	if t.local() {
		if err := d.localCharge(&call, t, nil, h, h.Amount); err != nil {
			c.Log.Info("a request that a crash ended is not paid", "account", h.Account, "error", err)
			return d.book.Release(h)
		}
		return d.book.Delivered(h)
	}
	if h.Amount.Sign() == 0 {
		return d.book.Delivered(h)
	}
	bill, err := d.noted(&call, h)
	if err != nil {
		return err
	}
	if bill == nil {
		if bill, err = d.bill(&call, nil, h, h.Amount); err != nil {
			return err
		}
	}
	if err := d.deliver(&call, t, bill); err != nil {
		return err
	}
	return d.book.Delivered(h)
}

// noted returns the bill of a hold as it was, nil when there is none.
func (d *device) noted(c *ao.Call, h *pay.Hold) (*message.Message, error) {
	if h.Bill == "" {
		return nil, nil
	}
	v, err := c.Cache.Read(c.Ctx, h.Bill)
	if fail.Is(err, fail.NotFound) {
		return nil, nil // a power failure lost it before it was delivered
	}
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, nil
	}
	return ao.WithSigners(m, commit.VerifiedSigners(c.Ctx, c.Codec(), m)...), nil
}
