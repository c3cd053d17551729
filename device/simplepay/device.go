// Package simplepay is the device simple-pay@1.0: fixed prices, and a ledger
// that the node keeps itself.
package simplepay

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// Name is the name of the device.
const Name = pay.Own

const doc = `Fixed prices for requests, and a ledger that the node keeps itself: pricing device and ledger device of p4@1.0.

A request costs its route's price when an offered route of "router_opts" or of "simple_pay_routes" matches its whole path (templates
as those of p4@1.0). Otherwise each message of its path costs "simple_pay_price", the base included: /greeting is two messages. A
message that runs on a device with a price of its own in "simple_pay_device_prices" costs that instead. The messages of sub-paths
count too, and apply@1.0 costs what it applies. What the operator has signed, with its path, costs nothing.

Balances are integers of any size. They begin with what "simple_pay_ledger" says when an account is first seen, and change by
charges and top-ups only; both survive the death of the node, a top-up also a power failure once it is acknowledged. No balance ever
falls below zero. A top-up is a request that the operator has signed with its amount and recipient, and counts once:

    hyperbeam call --key operator.json --sign -X GET '/~simple-pay@1.0/topup' amount+integer=100 recipient=ADDRESS
    curl 'http://localhost:8734/~simple-pay@1.0/balance?target=ADDRESS'`

var (
	optPrice   = ao.Option{Name: "simple_pay_price", Default: message.Int(1), Doc: "Price of one message of a request."}
	optDevices = ao.Option{Name: "simple_pay_device_prices", Default: message.Empty(), Doc: "Prices of messages by the device that they run on."}
	optRoutes  = ao.Option{Name: "simple_pay_routes", Default: message.NewList(), Doc: "Prices of whole requests: a list of {template, price}."}
	optLedger  = ao.Option{Name: "simple_pay_ledger", Default: message.Empty(), Doc: "Balances that accounts begin with. Existing accounts do not change with it."}
	optRouter  = ao.Option{Name: "router_opts", Default: message.Empty(), Doc: "offered: routes with a price, which is 0 without one."}
)

// New returns the device, whose accounts are in a ledger.
func New(book *pay.Ledger) *ao.Device {
	d := &device{book: book}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "estimate", Doc: "What a request costs.", Reads: "request: request", Run: d.estimate},
			{Name: "charge", Doc: "Takes an amount from an account; for p4@1.0, the node and the operator.", Reads: "request: quantity, account, request", Run: d.charge},
			{Name: "balance", Doc: "What an account has: that of the signer, or target.", Reads: "request: target, request", Run: d.balance},
			{Name: "topup", Doc: "Adds an amount to an account and returns its balance; for the operator.", Reads: "request: amount, recipient", Run: d.topup},
			{Name: "totals", Doc: "Sums over all accounts; for the operator.", Run: d.totals},
		},
		Options: []ao.Option{optPrice, optDevices, optRoutes, optRouter, optLedger, ao.OptOperator},
	}
}

type device struct {
	book      *pay.Ledger
	templates pay.Templates

	mu     sync.Mutex
	opened message.Value // the option whose balances are in the book
}
