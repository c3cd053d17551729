package p4

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// never is the answer to a request that the node serves nobody.
var never = &ao.Outcome{Status: ao.Failed, Value: message.Binary("Node will not service this request under any circumstances.")}

// estimated returns the price of a request before it runs (spec 04, 3.1.4).
func (t *terms) estimated(c *ao.Call, user *message.Message, body message.Value) (*big.Int, error) {
	v, err := ask(c, t.pricingBase, "estimate", message.P("request", user), message.P("body", body))
	if err == nil {
		if text, ok := message.Text(v); ok && text == pay.Infinity {
			return nil, never
		}
		if n, ok := pay.Amount(v); ok {
			return n, nil
		}
	}
	c.Log.Warn("the price of a request cannot be estimated", "pricing-device", t.pricing, "error", err)
	return nil, &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("type", message.Binary(ao.ResultOf(v, err).Status)),
		message.P("body", message.Binary("Could not estimate price of request.")))}
}

// final returns the price of a request that has run (spec 04, 3.1.5): what the
// pricing device or the hook message says under "price", else the estimate.
func (t *terms) final(c *ao.Call, user *message.Message, result message.Value, estimate *big.Int) (*big.Int, error) {
	v, err := ask(c, t.pricingBase, "price", message.P("request", user), message.P("body", result))
	if err == nil {
		if n, ok := pay.Amount(v); ok {
			return n, nil
		}
	}
	if estimate != nil {
		return estimate, nil
	}
	return t.estimated(c, user, result)
}

// free reports whether a request costs nothing: what will run matches a
// template. That is the body of the hook, which a hook before this one may have
// changed; where there is none, what the request names.
func (d *device) free(c *ao.Call, user *message.Message, body message.Value) (bool, error) {
	seq, ok := listOf(body)
	if !ok {
		var err error
		if seq, err = path.Parse(user); err != nil {
			return false, err
		}
	}
	words := pay.WordsOf(seq)
	for _, own := range [...]string{"/~p4@1.0/estimate", "/~p4@1.0/balance"} {
		if d.templates.Match(message.Binary(own), user, words) {
			return true, nil
		}
	}
	v, err := message.LoadAll(c.Ctx, c.Cache, optFree.In(&c.Env))
	if err != nil {
		return false, err
	}
	routes, _ := listOf(v)
	for _, r := range routes {
		if m, ok := r.(*message.Message); ok {
			if template, ok := m.Get("template"); ok && d.templates.Match(template, user, words) {
				return true, nil
			}
		}
	}
	return false, nil
}

// listOf returns the elements of a list, or of a message with numbered keys.
func listOf(v message.Value) ([]message.Value, bool) {
	if m, ok := v.(*message.Message); ok {
		l, err := m.List()
		if err != nil {
			return nil, false
		}
		v = l
	}
	l, ok := v.(*message.List)
	if !ok {
		return nil, false
	}
	out := make([]message.Value, 0, l.Len())
	for _, e := range l.All() {
		out = append(out, e)
	}
	return out, true
}
