package simplepay

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// maxApplied bounds requests within requests that are priced.
const maxApplied = 16

// estimate returns the price of a request (spec 04, 3.2.1).
func (d *device) estimate(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	user, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/estimate", "there is no request to estimate")
	}
	if pay.FromOperator(c.Ctx, &c.Env, user) {
		return message.Int(0), nil
	}
	seq, err := path.Parse(user)
	if err != nil {
		return nil, err
	}
	price, ok, err := d.routed(c, user, pay.WordsOf(seq))
	if err == nil && !ok {
		price, err = d.counted(c, seq, maxApplied)
	}
	if err != nil {
		return nil, err
	}
	return message.Integer(price), nil
}

// routed returns the price of the route that a request takes, when it is priced.
func (d *device) routed(c *ao.Call, user *message.Message, words pay.Words) (*big.Int, bool, error) {
	opts, _ := optRouter.In(&c.Env).(*message.Message)
	offered, _ := opts.Get("offered")
	for _, v := range [...]message.Value{offered, optRoutes.In(&c.Env)} {
		if v == nil {
			continue
		}
		v, err := message.LoadAll(c.Ctx, c.Cache, v)
		if err != nil {
			return nil, false, err
		}
		for _, r := range message.Messages(v) {
			template, ok := r.Get("template")
			if !ok || !d.templates.Match(template, user, words) {
				continue
			}
			p, ok := r.Get("price")
			if !ok {
				return new(big.Int), true, nil
			}
			n, err := pay.AmountOf("the price of a route", p)
			return n, true, err
		}
	}
	return nil, false, nil
}

// counted returns the price of a sequence by its messages (spec 04, 3.2.2).
func (d *device) counted(c *ao.Call, seq []message.Value, depth int) (*big.Int, error) {
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, Name+"/estimate", "requests are applied within requests more than %d deep", maxApplied)
	}
	each, err := pay.AmountOf("the option "+optPrice.Name, optPrice.In(&c.Env))
	if err != nil {
		return nil, err
	}
	total := new(big.Int)
	if inner := applied(seq); inner != nil {
		within, err := path.Parse(inner)
		if err != nil {
			return nil, err
		}
		surcharge, err := d.counted(c, within, depth-1)
		if err != nil {
			return nil, err
		}
		total.Add(total, surcharge)
		seq = seq[2:]
	}
	t := tariff{each: each, prices: optDevices.In(&c.Env), total: total}
	return total, t.sequence(c, seq, "")
}

// tariff adds up the prices of messages.
type tariff struct {
	each   *big.Int
	prices message.Value
	total  *big.Int
}

// sequence adds the prices of the elements of a sequence, the first of which
// runs on the given device, "" when nothing is known of it.
func (t *tariff) sequence(c *ao.Call, seq []message.Value, device string) error {
	for _, v := range seq {
		var err error
		if device, err = t.element(c, v, device); err != nil {
			return err
		}
	}
	return nil
}

// element adds the price of one element and returns the device of what follows.
func (t *tariff) element(c *ao.Call, v message.Value, device string) (string, error) {
	m, _ := v.(*message.Message)
	switch x := v.(type) {
	case *message.Resolve: // all that it runs, instead of one message
		return "", t.sequence(c, x.Steps, "")
	case *message.As:
		device, _ = message.Text(x.Device)
		m, _ = x.Message.(*message.Message)
	}
	if m != nil {
		if p, _ := m.Get(path.Key); p == nil && m.Has("device") {
			device = m.Text("device")
		} else if as, ok := p.(*message.As); ok {
			device, _ = message.Text(as.Device)
		}
		if err := t.arguments(c, m, message.MaxDepth); err != nil {
			return device, err
		}
	}
	price := t.each
	if prices, ok := t.prices.(*message.Message); ok && device != "" {
		if own, ok := prices.Get(device); ok {
			var err error
			if price, err = pay.AmountOf("the price of "+device, own); err != nil {
				return device, err
			}
		}
	}
	t.total.Add(t.total, price)
	return device, nil
}

// arguments adds the prices of sub-paths among the keys of a message.
func (t *tariff) arguments(c *ao.Call, m *message.Message, depth int) error {
	if depth == 0 {
		return nil
	}
	for k, v := range m.All() {
		if k == message.CommitmentsKey || k == path.Key {
			continue
		}
		var err error
		switch x := v.(type) {
		case *message.Resolve:
			err = t.sequence(c, x.Steps, "")
		case *message.Message:
			err = t.arguments(c, x, depth-1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applied returns the request that apply@1.0 will run when a sequence begins
// with it, else nil (spec 04, 3.2.3).
func applied(seq []message.Value) *message.Message {
	if len(seq) < 2 {
		return nil
	}
	first, _ := seq[0].(*message.Message)
	device := first.Text("device")
	if as, ok := seq[0].(*message.As); ok {
		device, _ = message.Text(as.Device)
		first, _ = as.Message.(*message.Message)
	}
	second, ok := seq[1].(*message.Message)
	if !ok || first == nil || device != "apply@1.0" || !second.Has(path.Key) {
		return nil
	}
	inner := first
	if source := first.Text("source"); source != "" {
		if m := first.Message(source); m != nil {
			inner = m
		}
	}
	return inner.Without("device").Set(path.Key, message.Binary(first.Text(second.Text(path.Key))))
}
