package p4

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// terms returns the terms of the node: those of the request hook that names a
// ledger (spec 05, 9.1).
func (d *device) terms(c *ao.Call) (*terms, error) {
	hs, err := c.Handlers(c.Ctx, ao.HookRequest)
	if err != nil {
		return nil, err
	}
	for _, h := range hs {
		if t := d.termsOf(h); t.ledger != "" {
			return t, nil
		}
	}
	return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("No request hook found.")}
}

// balance returns what somebody has on the ledger of the node (spec 04, 3.1.6).
func (d *device) balance(c *ao.Call) (message.Value, error) {
	t, err := d.terms(c)
	if err != nil {
		return nil, err
	}
	keys := []message.Pair{message.P("request", c.Request())}
	if who := d.asker(c); who != "" {
		keys = append(keys, message.P("target", message.Binary(who)))
	}
	return ask(c, t.ledgerBase, "balance", keys...)
}

// asker returns the account that a question is about: that of its signer, else
// the one under "target", "" when there is neither.
func (d *device) asker(c *ao.Call) string {
	if payers := pay.Payers(c.Ctx, &c.Env, c.Request()); len(payers) == 1 {
		return payers[0]
	}
	return c.Request().Text("target")
}

// estimate quotes the price of the request under "estimate-path", as if the
// signer of the question made it.
func (d *device) estimate(c *ao.Call) (message.Value, error) {
	const op = Name + "/estimate"
	t, err := d.terms(c)
	if err != nil {
		return nil, err
	}
	text := c.Request().Text("estimate-path")
	if text == "" {
		return nil, fail.New(fail.Invalid, op, "say what is to be estimated: estimate-path=/PATH")
	}
	user := c.Request().Without("estimate-path").Set(path.Key, message.Binary(text))
	seq, err := path.Parse(user)
	if err != nil {
		return nil, err
	}
	body := message.NewList(seq...)
	free, err := d.free(c, user, body)
	if err != nil {
		return nil, err
	}
	price := new(big.Int)
	if !free {
		if !t.complete() {
			return nil, incomplete()
		}
		call := *c
		call.Ctx, _ = usage.With(c.Ctx, nil) // pricing by use counts from here on, and nothing comes of it
		if price, err = t.estimated(&call, user, body); err != nil {
			return nil, err
		}
	}
	return d.quote(c, t, user, price, free)
}

// quote says what a price means for who asks.
func (d *device) quote(c *ao.Call, t *terms, user *message.Message, price *big.Int, free bool) (message.Value, error) {
	m := message.Of(
		message.P("body", message.Integer(price)), message.P("price", message.Integer(price)),
		message.P("free", message.Bool(free || price.Sign() == 0)))
	who := d.asker(c)
	if who == "" || free {
		return m, nil
	}
	balance, endless, err := t.balanceOf(c, user, who)
	if err != nil {
		return nil, err
	}
	enough := endless
	if endless {
		m = m.Set("balance", message.Binary(pay.Infinity))
	} else {
		left := new(big.Int).Sub(balance, d.book.Held(t.account, who))
		enough = left.Cmp(price) >= 0
		m = m.Set("balance", message.Integer(balance))
	}
	m = m.Set("sufficient", message.Bool(enough)).Set("account", message.Binary(who))
	if !enough {
		m = d.howToPay(c, t, who, price, m)
	}
	return m, nil
}
