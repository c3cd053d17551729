package p4

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// poor refuses a request that its signer cannot pay, and says how to.
func (d *device) poor(c *ao.Call, t *terms, account string, price, balance *big.Int) error {
	m := message.Of(
		message.P("status", message.Int(402)),
		message.P("body", message.Binary("Insufficient funds")),
		message.P("price", message.Integer(price)),
		message.P("balance", message.Integer(balance)))
	return &ao.Outcome{Status: ao.Failed, Value: d.howToPay(c, t, account, price, m)}
}

// howToPay adds to a message who is to pay, where, and how.
func (d *device) howToPay(c *ao.Call, t *terms, account string, price *big.Int, m *message.Message) *message.Message {
	m = m.Set("ledger-device", message.Binary(t.ledger)).Set("recipient", message.Binary(pay.Recipient(&c.Env)))
	if p := t.hook.Text("ledger-path"); p != "" {
		m = m.Set("ledger-path", message.Binary(p))
	}
	if account != "" {
		m = m.Set("account", message.Binary(account))
		if held := d.book.Held(t.account, account); held.Sign() > 0 {
			m = m.Set("held", message.Integer(held))
		}
	}
	return m.Set("how-to-pay", message.Binary(t.instructions(c, account, price)))
}

// instructions say how an account gets what a request costs: in the words of the
// operator when there are any.
func (t *terms) instructions(c *ao.Call, account string, price *big.Int) string {
	if own := t.hook.Text("how-to-pay"); own != "" {
		return own
	}
	if account == "" {
		return "Sign the request with the key of one account that has at least " + price.String() +
			"; GET /~p4@1.0/balance, signed with it, says what it has."
	}
	operator := pay.Operator(&c.Env)
	if operator == "" {
		operator = "(none yet)"
	}
	switch {
	case t.hook.Text("ledger-path") != "":
		return "Transfer at least " + price.String() + " to " + account + " on the ledger " + t.hook.Text("ledger-path") + " of this node."
	case t.ledger == pay.Own:
		return "Ask the operator " + operator + " of this node for a top-up: GET /~simple-pay@1.0/topup?amount=N&recipient=" + account +
			" signed by the operator. Other prices: GET /~p4@1.0/estimate?estimate-path=PATH."
	case t.ledger == pay.Recharging:
		return "Wait: the account recharges by itself. GET /~p4@1.0/balance, signed with its key, says how far it has."
	}
	return "Ask the operator " + operator + " of this node how to pay into " + t.ledger + "."
}
