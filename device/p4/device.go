// Package p4 is the device p4@1.0: the hooks that have requests paid.
package p4

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// Name is the name of the device.
const Name = "p4@1.0"

const doc = `Has requests paid, as a request hook and a response hook of the node.

A hook message names a "pricing-device", which says what a request costs, and a "ledger-device", which knows who has how much; what
these need (ledger-path, module, how-to-pay, ...) is in the hook message too:

    "on": {"request":  {"device": "p4@1.0", "pricing-device": "simple-pay@1.0", "ledger-device": "simple-pay@1.0"},
           "response": {"device": "p4@1.0", "pricing-device": "simple-pay@1.0", "ledger-device": "simple-pay@1.0"}}

Before a request runs, its price is held on the account of its signer: what is left must cover it, so requests that run at the same
time cannot spend the same money. After it has run, also when it failed or its client has gone, the hold becomes a charge; when another
hook refuses the request, the hold ends. Who cannot pay is answered 402, with "price", "balance" and "how-to-pay" as keys of the answer,
which are header fields over HTTP. A request without a signature, or with several signers, cannot pay. When a device is missing from
the hook, or does not answer, nothing that costs is served.

A node that is killed finds the holds of the requests that were running. They are charged, since these may have run; and their payers
get a voucher: when the very same signed request comes again within a day, it has been paid for. On a ledger that is a process, the
signed charge is sent again, which counts once.

Free are requests whose whole path, as it will run, matches a template of "p4_non_chargable_routes": "*" stands for anything
within a part that casts no device, a "*" at the end for any number of such parts; a template that begins with "^" is a regular
expression for the whole path. What a request says of itself ("route-path", its query) has no part in it, and a path with sub-paths
is never free.

Ask before paying; the second line, with a wallet that the node knows nothing of, prints 0:

      curl 'http://localhost:8734/~p4@1.0/estimate?estimate-path=/greeting'
      hyperbeam call --sign -X GET '/~p4@1.0/balance'`

var (
	optFree = ao.Option{Name: "p4_non_chargable_routes", Default: freeRoutes(),
		Doc: "Templates of requests that cost nothing: a list of {template}. Quotes and balances of p4@1.0 never cost anything."}
	optSign = ao.Option{Name: "p4_commit_charge", Default: message.True,
		Doc: "Sign the charge with the wallet of the node. Ledgers of this node need no signature and get none."}
)

func freeRoutes() *message.List {
	template := func(s string) message.Value { return message.Of(message.P("template", message.Binary(s))) }
	return message.NewList(template("/~p4@1.0/balance"), template("/~p4@1.0/topup"), template("/~meta@1.0/*"))
}

// New returns the device, whose holds are in a ledger.
func New(book *pay.Ledger) *ao.Device {
	d := &device{book: book}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "request", Doc: "As a request hook: holds the price of the request, or refuses it.", Reads: "base: pricing-device, ledger-device; request: request, body", Run: d.request},
			{Name: "response", Doc: "As a response hook: charges for the request.", Reads: "base: pricing-device, ledger-device; request: request, body", Run: d.response},
			{Name: "balance", Doc: "What the signer of the request, or target, has on the ledger of the node.", Reads: "request: target", Run: d.balance},
			{Name: "estimate", Doc: "What a request would cost, and whether its signer can pay that.", Reads: "request: estimate-path", Run: d.estimate},
		},
		Options: []ao.Option{optFree, optSign, pay.OptRecipient, pay.OptSignedPath, ao.OptOperator},
	}
}

type device struct {
	book      *pay.Ledger
	templates pay.Templates

	mu    sync.Mutex
	known map[*message.Message]*terms // by hook message
}
