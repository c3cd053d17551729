package simplepay

import (
	"math/big"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// open makes sure that the accounts of the option simple_pay_ledger exist.
func (d *device) open(c *ao.Call) error {
	v := optLedger.In(&c.Env)
	d.mu.Lock()
	defer d.mu.Unlock()
	if v == d.opened {
		return nil
	}
	loaded, err := message.LoadAll(c.Ctx, c.Cache, v)
	if err != nil {
		return err
	}
	m, ok := loaded.(*message.Message)
	if !ok {
		return fail.New(fail.Invalid, Name, "the option %s is not a message of balances", optLedger.Name)
	}
	balances := make(map[string]*big.Int, m.Len())
	for account, v := range m.All() {
		n, err := pay.AmountOf("the balance of "+account+" in the option "+optLedger.Name, v)
		if err != nil {
			return err
		}
		if balances[address(account)] = n; address(account) == "" {
			return fail.New(fail.Invalid, Name, "%.80q in the option %s is not an address", account, optLedger.Name)
		}
	}
	if err := d.book.Opening(balances); err != nil {
		return err
	}
	d.opened = v
	return nil
}

// address returns the text of an address in its usual form, "" when it is none.
func address(s string) string {
	if len(s) == 42 && strings.HasPrefix(s, "0x") {
		return s
	}
	if !id.Is(s) {
		return ""
	}
	human, err := id.Human(s)
	if err != nil {
		return ""
	}
	return human
}

// balance returns what an account has (spec 04, 3.2.5).
func (d *device) balance(c *ao.Call) (message.Value, error) {
	if err := d.open(c); err != nil {
		return nil, err
	}
	who, err := d.subject(c)
	if err != nil {
		return nil, err
	}
	return message.Integer(d.book.Balance(who)), nil
}

// subject returns the account that a question is about.
func (d *device) subject(c *ao.Call) (string, error) {
	v, err := c.Arg("request")
	if err != nil {
		return "", err
	}
	if user, ok := v.(*message.Message); ok {
		if payers := pay.Payers(c.Ctx, &c.Env, user); len(payers) > 0 {
			return payers[0], nil
		}
	}
	if payers := pay.Payers(c.Ctx, &c.Env, c.Request()); len(payers) == 1 {
		return payers[0], nil
	}
	who := address(c.Request().Text("target"))
	if who == "" {
		return "", fail.New(fail.Invalid, Name+"/balance", "say whose balance: sign the request, or give an address as target")
	}
	return who, nil
}

// charge takes an amount from an account (spec 04, 3.2.4). p4@1.0 settles its
// holds in the book; a ledger that this one stands in for shows the hold it has;
// everyone else a signature of the node or of its operator over account and
// quantity. Each counts once (SEC-05).
func (d *device) charge(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("quantity")
	if err != nil {
		return nil, err
	}
	quantity, err := pay.AmountOf("quantity", v)
	if err != nil {
		return nil, err
	}
	if err := d.open(c); err != nil {
		return nil, err
	}
	if h := pay.HoldOf(c.Ctx); h != nil && h.Ledger == Name {
		order, _ := h.Elsewhere()
		return d.chargeOnce([]string{order}, h.Account, quantity)
	}
	who := []string{c.Address(), pay.Operator(&c.Env)}
	orders := d.orders(c, who, "quantity", "account", "request")
	if orders == nil {
		return nil, ao.Refuse(403, "Unauthorized")
	}
	account := address(c.Request().Text("account"))
	if account == "" {
		return nil, fail.New(fail.Invalid, Name+"/charge", "the account is not an address")
	}
	return d.chargeOnce(orders, account, quantity)
}

// chargeOnce charges for orders that have not been carried out.
func (d *device) chargeOnce(orders []string, account string, quantity *big.Int) (message.Value, error) {
	before := d.book.Balance(account)
	if _, err := d.book.Charge(orders, account, quantity); err != nil {
		return nil, short(err, before, quantity)
	}
	return message.True, nil
}

// short is the refusal of a charge that an account could not pay.
func short(err error, before, price *big.Int) error {
	if !fail.Is(err, fail.Payment) {
		return err
	}
	return ao.Refuse(402, "Insufficient funds. User balance before charge: "+before.String()+
		". Price of request: "+price.String()+". New balance: "+before.String()+".")
}

// maxOrders bounds the signatures on one order.
const maxOrders = 16

// orders returns the IDs of the signatures with which one of the given addresses
// orders what the keys of a request say, nil when none does. What else has been
// signed onto the request does not make it another order: any of these IDs that
// has been carried out before is enough to refuse it.
func (d *device) orders(c *ao.Call, who []string, keys ...string) []string {
	req := c.Request()
	who = slices.DeleteFunc(who, func(address string) bool { return address == "" })
	if !c.Approved(c.Ctx, req, who, keys...) {
		return nil
	}
	var out []string
	all := req.Commitments()
	for commitment := range all.All() {
		if slices.Contains(who, all.Message(commitment).Text(commit.FieldCommitter)) {
			out = append(out, commitment)
		}
	}
	if len(out) > maxOrders {
		return nil
	}
	return out
}

// topup adds to a balance for the operator, and returns it (spec 04, 3.2.6).
func (d *device) topup(c *ao.Call) (message.Value, error) {
	const op = Name + "/topup"
	orders := d.orders(c, []string{pay.Operator(&c.Env)}, "amount", "recipient")
	if orders == nil || !c.FromOperator("amount", "recipient") {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("Unauthorized")}
	}
	v, err := c.Arg("amount")
	if err != nil {
		return nil, err
	}
	amount, err := pay.AmountOf("amount", v)
	if err != nil {
		return nil, err
	}
	who := address(c.Request().Text("recipient"))
	if who == "" {
		return nil, fail.New(fail.Invalid, op, "the recipient is not an address")
	}
	if err := d.open(c); err != nil {
		return nil, err
	}
	balance, err := d.book.Credit(orders, who, amount)
	if err != nil {
		return nil, err
	}
	return message.Integer(balance), nil
}

// totals returns sums over all accounts: what has been paid in is what is there
// plus what was charged.
func (d *device) totals(c *ao.Call) (message.Value, error) {
	if c.Remote() && !c.FromOperator() {
		return nil, ao.Refuse(403, "Unauthorized")
	}
	if err := d.open(c); err != nil {
		return nil, err
	}
	t := d.book.Totals()
	return message.Of(
		message.P("accounts", message.Int(t.Accounts)),
		message.P("balances", message.Integer(t.Balances)), message.P("held", message.Integer(t.Held)),
		message.P("charged", message.Integer(t.Charged)), message.P("credited", message.Integer(t.Credited))), nil
}
