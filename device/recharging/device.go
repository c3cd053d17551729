// Package recharging is the device recharging-ledger@1.0: accounts that fill up
// by themselves.
package recharging

import (
	"context"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// Name is the name of the device.
const Name = pay.Recharging

const doc = `A ledger that needs no deposits: a ledger device of p4@1.0 whose accounts fill up by themselves.

An account begins with "recharging_ledger_max" and regains "recharging_ledger_recharge" each "recharging_ledger_period" milliseconds
up to that again. A charge may take it "recharging_ledger_grace" below zero. Accounts in "recharging_ledger_exempt" are never charged.
"recharging_ledger_rates" is a path or message that is asked for the rates of an account ("target"): a message with max, recharge,
period and grace, kept for 10 minutes. "recharging_ledger_fallbacks" are ledger devices that are asked when an account is short; the
largest balance counts. Accounts are in memory: a node that starts again has full ones.

    "on": {"request":  {"device": "p4@1.0", "pricing-device": "simple-pay@1.0", "ledger-device": "recharging-ledger@1.0"},
           "response": {"device": "p4@1.0", "pricing-device": "simple-pay@1.0", "ledger-device": "recharging-ledger@1.0"}}

    curl 'http://localhost:8734/~recharging-ledger@1.0/balance?target=ADDRESS'`

var (
	optMax       = ao.Option{Name: "recharging_ledger_max", Default: message.Int(86_400), Doc: "What an account has at most, and begins with."}
	optRecharge  = ao.Option{Name: "recharging_ledger_recharge", Default: message.Int(1), Doc: "What it regains in a period."}
	optPeriod    = ao.Option{Name: "recharging_ledger_period", Default: message.Int(1000), Doc: "Milliseconds of a period."}
	optGrace     = ao.Option{Name: "recharging_ledger_grace", Default: message.Int(3600), Doc: "How far below zero a charge may take it."}
	optExempt    = ao.Option{Name: "recharging_ledger_exempt", Default: message.NewList(), Doc: "Accounts that are never charged."}
	optRates     = ao.Option{Name: "recharging_ledger_rates", Default: message.Empty(), Doc: "A path or message that is asked for the rates of an account."}
	optFallbacks = ao.Option{Name: "recharging_ledger_fallbacks", Default: message.NewList(), Doc: "Ledger devices that are asked when an account is short."}
)

// maxAccounts bounds the accounts in memory. Full ones need none.
const maxAccounts = 1 << 20

// New returns the device.
func New() *ao.Device {
	d := &device{accounts: map[string]*account{}, rates: map[string]kept{}}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "balance", Doc: "What an account has: that of the signer, or target.", Reads: "request: target, request", Run: d.balance},
			{Name: "charge", Doc: "Takes an amount from an account; for p4@1.0.", Reads: "request: quantity, request", Run: d.charge},
			{Name: "estimate", Doc: "What a request costs here: nothing.", Run: func(*ao.Call) (message.Value, error) { return message.Int(0), nil }},
		},
		Options: []ao.Option{optMax, optRecharge, optPeriod, optGrace, optExempt, optRates, optFallbacks},
	}
}

type device struct {
	mu       sync.Mutex
	accounts map[string]*account
	rates    map[string]kept
}

// account is what somebody had at a moment.
type account struct {
	has *big.Int
	at  time.Time
}

// terms are the rates of an account.
type terms struct {
	max, recharge, grace *big.Int
	period               time.Duration
}

// now returns what an account has at a time.
func (a *account) now(t terms, at time.Time) *big.Int {
	periods := int64(0)
	if passed := at.Sub(a.at); passed > 0 && t.period > 0 {
		periods = int64(passed / t.period)
	}
	has := new(big.Int).Mul(t.recharge, big.NewInt(periods))
	if has.Add(has, a.has); has.Cmp(t.max) > 0 {
		has.Set(t.max)
	}
	return has
}

// has returns the balance of an account. The lock must be held.
func (d *device) has(who string, t terms, at time.Time) *big.Int {
	if a := d.accounts[who]; a != nil {
		return a.now(t, at)
	}
	return new(big.Int).Set(t.max)
}

// payer returns the account that a call is about: the signer of the request
// under "request", else the target.
func payer(c *ao.Call) (string, error) {
	v, err := c.Arg("request")
	if err != nil {
		return "", err
	}
	user, ok := v.(*message.Message)
	if !ok {
		user = c.Request()
	}
	switch signers := pay.Payers(c.Ctx, &c.Env, user); {
	case len(signers) == 1:
		return signers[0], nil
	case len(signers) > 1:
		return "", ao.Refuse(400, "Multiple signers in charge.")
	}
	if who := c.Request().Text("target"); who != "" {
		return who, nil
	}
	return "", ao.Refuse(400, "Nobody has signed the request: there is no account to look at.")
}

// balance returns what can be charged (spec 05, 5.12), the grace not included.
func (d *device) balance(c *ao.Call) (message.Value, error) {
	who, err := payer(c)
	if err != nil {
		return nil, err
	}
	if exempt(c, who) {
		return message.Binary(pay.Infinity), nil
	}
	t, err := d.terms(c, who)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	has := d.has(who, t, c.Now())
	d.mu.Unlock()
	if has.Add(has, t.grace); has.Sign() < 0 || pay.TabOf(c.Ctx) == nil || pay.TabOf(c.Ctx).Stage() == pay.Running {
		has.Sub(has, t.grace) // only p4 looks at what is left with the grace
	}
	return d.best(c, who, has)
}

// charge takes an amount from an account.
func (d *device) charge(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("quantity")
	if err != nil {
		return nil, err
	}
	quantity, ok := pay.Amount(v)
	if !ok {
		return nil, ao.Refuse(400, "The quantity of a charge is an integer that is not negative.")
	}
	who := ""
	if h := pay.HoldOf(c.Ctx); h != nil && h.Ledger == Name {
		who = h.Account
	} else if c.Remote() && !c.FromOperator("quantity", "request", "target") {
		return nil, fail.New(fail.Forbidden, Name+"/charge", "only this node and its operator charge accounts")
	} else if who, err = payer(c); err != nil {
		return nil, err
	}
	if exempt(c, who) {
		return message.True, nil
	}
	t, err := d.terms(c, who)
	if err != nil {
		return nil, err
	}
	if d.take(who, t, quantity, c.Now()) {
		return message.True, nil
	}
	return d.elsewhere(c, who, quantity)
}

// take charges an account and reports whether it could pay.
func (d *device) take(who string, t terms, quantity *big.Int, at time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.has(who, t, at)
	left.Sub(left, quantity)
	if new(big.Int).Add(left, t.grace).Sign() < 0 {
		return false
	}
	next := &account{has: left, at: at}
	if a := d.accounts[who]; a != nil && t.period > 0 && at.After(a.at) {
		next.at = at.Add(-(at.Sub(a.at) % t.period)) // the period that has begun goes on
	}
	if d.accounts[who] = next; len(d.accounts) > maxAccounts {
		d.forget(at)
	}
	return true
}

// forget drops accounts that were not charged for long, which are those nearest
// to full.
func (d *device) forget(at time.Time) {
	var ages []time.Duration
	for _, a := range d.accounts {
		ages = append(ages, at.Sub(a.at))
	}
	slices.Sort(ages)
	limit := ages[len(ages)/2]
	for who, a := range d.accounts {
		if at.Sub(a.at) > limit {
			delete(d.accounts, who)
		}
	}
}

// short is the refusal of a charge.
func short() error { return ao.Refuse(402, "Insufficient recharging ledger balance.") }

// exempt reports whether an account is never charged.
func exempt(c *ao.Call, who string) bool {
	return slices.Contains(texts(c.Ctx, c, optExempt.In(&c.Env)), who)
}

// texts returns the texts of a list, or the one text that there is.
func texts(ctx context.Context, c *ao.Call, v message.Value) []string {
	v, err := message.LoadAll(ctx, c.Cache, v)
	if err != nil {
		return nil
	}
	if m, ok := v.(*message.Message); ok {
		l, err := m.List()
		if err != nil {
			return nil
		}
		v = l
	}
	l, ok := v.(*message.List)
	if !ok {
		l = message.NewList(v)
	}
	var out []string
	for _, e := range l.All() {
		if s, ok := message.Text(e); ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}
