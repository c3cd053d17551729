// Package metering is the device metering@1.0: prices by what requests use.
package metering

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// Name is the name of the device.
const Name = "metering@1.0"

const doc = `Prices requests by what they use: a pricing device of p4@1.0.

The price is the sum of each resource times its rate in "metering_rates"; a resource without a rate costs nothing. Resources are
request-bytes (request line, headers and body), response-bytes (keys and values of the answer, nested ones included), wasm-fuel and
lua-fuel (instructions of programs), cpu-time (microseconds of a processor) and stored-bytes (values put into the store). What several
requests share is counted for the one that it is done for.

    "metering_rates": {"request-bytes": 1, "response-bytes": 1, "wasm-fuel": 0, "cpu-time": 20}, "metering_deposit": 100000,
    "on": {"request":  {"device": "p4@1.0", "pricing-device": "metering@1.0", "ledger-device": "simple-pay@1.0"},
           "response": {"device": "p4@1.0", "pricing-device": "metering@1.0", "ledger-device": "simple-pay@1.0"}}

The estimate of a request is "metering_deposit", which p4@1.0 holds while it runs, and a request that has used it up is stopped
with 402. Without a deposit nothing is known before a request has run: its account must have something, and when that turns out not
to be enough, the rest is charged and the answer withheld.

What the node asks for each unit:

    curl -H 'accept: application/json' http://localhost:8734/~metering@1.0/rates`

var (
	optRates   = ao.Option{Name: "metering_rates", Default: message.Empty(), Doc: "Price of one unit of each resource, an integer."}
	optDeposit = ao.Option{Name: "metering_deposit", Default: message.Int(0), Doc: "Held while a request runs, and the most that it may cost; 0 is no limit."}
)

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "estimate", Doc: "Begins to count what the request uses, and answers the deposit.", Run: estimate},
			{Name: "price", Doc: "What the request costs, with its answer.", Reads: "request: body", Run: price},
			{Name: "rates", Doc: "The price of one unit of each resource.", Run: func(c *ao.Call) (message.Value, error) { return optRates.In(&c.Env), nil }},
		},
		Options: []ao.Option{optRates, optDeposit},
	}
}

// hook reports whether the call is made by a hook: a request that runs must not
// end or restart its own bill.
func hook(c *ao.Call, stage pay.Stage) bool {
	tab := pay.TabOf(c.Ctx)
	return tab == nil || tab.Stage() == stage
}

// estimate begins to count (spec 05, 5.11).
func estimate(c *ao.Call) (message.Value, error) {
	deposit, err := pay.AmountOf("the option "+optDeposit.Name, optDeposit.In(&c.Env))
	if err != nil {
		return nil, err
	}
	rates, err := ratesOf(c)
	if err != nil {
		return nil, err
	}
	var over func(map[usage.Resource]uint64) error
	if deposit.Sign() > 0 {
		over = func(used map[usage.Resource]uint64) error {
			if rates.cost(used).Cmp(deposit) <= 0 {
				return nil
			}
			return fail.New(fail.Payment, Name, "the request was stopped: it has used more than the %s that were held for it (option %s)", deposit, optDeposit.Name)
		}
	}
	if hook(c, pay.Before) || usage.Of(c.Ctx) == nil && !c.Remote() {
		usage.Start(c.Ctx, over)
	}
	return message.Integer(deposit), nil
}

// price returns what has been used, with the answer. No more than the deposit is
// asked for: what a request used beyond it until it was stopped is its luck.
func price(c *ao.Call) (message.Value, error) {
	rates, err := ratesOf(c)
	if err != nil {
		return nil, err
	}
	used := usage.Of(c.Ctx).Amounts()
	if used == nil {
		return message.Int(0), nil
	}
	if used[usage.ResponseBytes] == 0 {
		v, err := c.Arg("body")
		if err != nil {
			return nil, err
		}
		n := size(v, message.MaxDepth)
		used[usage.ResponseBytes] = n
		if hook(c, pay.After) {
			usage.Of(c.Ctx).Note(usage.ResponseBytes, n)
		}
	}
	total := rates.cost(used)
	if deposit, ok := pay.Amount(optDeposit.In(&c.Env)); ok && deposit.Sign() > 0 && total.Cmp(deposit) > 0 {
		total = deposit
	}
	return message.Integer(total), nil
}

// rates are prices of resources.
type rates map[usage.Resource]*big.Int

func ratesOf(c *ao.Call) (rates, error) {
	v, err := message.LoadAll(c.Ctx, c.Cache, optRates.In(&c.Env))
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the option %s is not a message", optRates.Name)
	}
	out := make(rates, m.Len())
	for k, v := range m.All() {
		n, err := pay.AmountOf("the rate of "+k, v)
		if err != nil {
			return nil, err
		}
		out[usage.Resource(k)] = n
	}
	return out, nil
}

// cost returns the price of what has been used.
func (r rates) cost(used map[usage.Resource]uint64) *big.Int {
	total, n := new(big.Int), new(big.Int)
	for resource, amount := range used {
		if each := r[resource]; each != nil {
			total.Add(total, n.Mul(each, n.SetUint64(amount)))
		}
	}
	return total
}

// size returns the bytes of keys and values.
func size(v message.Value, depth int) uint64 {
	if depth == 0 {
		return 0
	}
	var n uint64
	switch x := v.(type) {
	case *message.Message:
		for k, e := range x.All() {
			n += uint64(len(k)) + size(e, depth-1)
		}
	case *message.List:
		for _, e := range x.All() {
			n += size(e, depth-1)
		}
	case message.Link:
		n = uint64(len(x.ID))
	default:
		text, _ := message.Text(v)
		n = uint64(len(text))
	}
	return n
}
