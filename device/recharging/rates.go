package recharging

import (
	"math/big"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// How long, and of how many accounts, rates are kept.
const (
	ratesTime = 10 * time.Minute
	maxRates  = 1 << 16
)

// kept are the rates of an account.
type kept struct {
	terms
	until time.Time
}

// terms returns the rates of an account: those of the node, over which the
// message asked for them lays its own.
func (d *device) terms(c *ao.Call, who string) (terms, error) {
	rates := optRates.In(&c.Env)
	if m, ok := rates.(*message.Message); ok && m.Len() == 0 {
		return read(c, message.Empty())
	}
	d.mu.Lock()
	k, ok := d.rates[who]
	d.mu.Unlock()
	if ok && c.Now().Before(k.until) {
		return k.terms, nil
	}
	own, err := ask(c, rates, who)
	if err != nil {
		return terms{}, err
	}
	t, err := read(c, own)
	if err != nil {
		return t, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.rates) >= maxRates {
		clear(d.rates)
	}
	d.rates[who] = kept{t, c.Now().Add(ratesTime)}
	return t, nil
}

// ask resolves what gives the rates of an account.
func ask(c *ao.Call, rates message.Value, who string) (*message.Message, error) {
	req := message.Of(message.P("target", message.Binary(who)))
	switch x := rates.(type) {
	case *message.Message:
		req = x.Merge(req)
	default:
		text, ok := message.Text(rates)
		if !ok {
			return nil, fail.New(fail.Invalid, Name, "the option %s is not a request", optRates.Name)
		}
		req = req.Set(path.Key, message.Binary(text))
	}
	v, err := c.Internal().ResolveRequest(c.Ctx, req)
	if ao.AsMissing(err) {
		return message.Empty(), nil
	}
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the rates of an account are not a message")
	}
	return m, nil
}

// read returns the rates of the node with those of a message over them.
func read(c *ao.Call, own *message.Message) (t terms, err error) {
	number := func(name string, o ao.Option) *big.Int {
		v, ok := own.Get(name)
		if !ok {
			v = o.In(&c.Env)
		}
		n, e := pay.AmountOf(o.Name, v)
		if e != nil && err == nil {
			err = e
		}
		return n
	}
	t.max, t.recharge, t.grace = number("max", optMax), number("recharge", optRecharge), number("grace", optGrace)
	if period := number("period", optPeriod); err == nil && period.IsInt64() && period.Int64() < 1<<40 {
		t.period = time.Duration(period.Int64()) * time.Millisecond
	}
	return t, err
}

// best returns the largest of a balance and those on the fallbacks.
func (d *device) best(c *ao.Call, who string, has *big.Int) (message.Value, error) {
	for _, ledger := range texts(c.Ctx, c, optFallbacks.In(&c.Env)) {
		v, err := fallback(c, ledger, "balance", message.P("target", message.Binary(who)))
		if err != nil {
			continue // it has nothing for us
		}
		if pay.Endless(v) {
			return message.Binary(pay.Infinity), nil
		}
		if n, ok := pay.Amount(v); ok && n.Cmp(has) > 0 {
			has = n
		}
	}
	return message.Integer(has), nil
}

// elsewhere charges the first fallback that can pay.
func (d *device) elsewhere(c *ao.Call, who string, quantity *big.Int) (message.Value, error) {
	for _, ledger := range texts(c.Ctx, c, optFallbacks.In(&c.Env)) {
		v, err := fallback(c, ledger, "charge", message.P("account", message.Binary(who)), message.P("quantity", message.Integer(quantity)))
		if err == nil && !message.Equal(v, message.False) {
			return message.True, nil
		}
	}
	return nil, short()
}

// fallback asks another ledger device.
func fallback(c *ao.Call, ledger, key string, keys ...message.Pair) (message.Value, error) {
	if ledger == Name {
		return nil, fail.New(fail.Invalid, Name, "a ledger is not its own fallback")
	}
	req := message.Of(append(keys, message.P(path.Key, message.Binary(key)))...)
	if user, err := c.Arg("request"); err == nil && user != nil {
		req = req.Set("request", user)
	}
	ctx := c.Ctx
	if h := pay.HoldOf(ctx); h != nil {
		ctx = pay.WithHoldOn(ctx, h, ledger)
	}
	return c.Internal().Resolve(ctx, message.Of(message.P("device", message.Binary(ledger))), req)
}
