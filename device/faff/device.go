// Package faff is the device faff@1.0: a node for friends and family.
package faff

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// Name is the name of the device.
const Name = pay.Faff

const doc = `Serves friends and family for nothing, and nobody else: pricing device and ledger device of p4@1.0.

A request costs nothing when everyone who has signed it is on the list "faff_allow_list", and at least one has. All others are
refused, whatever they would pay:

    "faff_allow_list": ["ADDRESS", ...],
    "on": {"request":  {"device": "p4@1.0", "pricing-device": "faff@1.0", "ledger-device": "faff@1.0"},
           "response": {"device": "p4@1.0", "pricing-device": "faff@1.0", "ledger-device": "faff@1.0"}}

      curl -i http://localhost:8734/~message@1.0\&a=1/a     # 400: Node will not service this request under any circumstances.`

var optAllowed = ao.Option{Name: "faff_allow_list", Default: message.NewList(), Doc: "Addresses that the node serves."}

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "estimate", Doc: "0 for those on the list, infinity for all others.", Reads: "request: request", Run: estimate},
			{Name: "charge", Doc: "Charges nobody.", Run: func(*ao.Call) (message.Value, error) { return message.True, nil }},
		},
		Options: []ao.Option{optAllowed},
	}
}

// estimate returns the price of a request (spec 04, 3.3.1). A request that
// nobody has signed is nobody's (SEC-06).
func estimate(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	user, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/estimate", "there is no request to estimate")
	}
	allowed, err := list(c)
	if err != nil {
		return nil, err
	}
	signers := pay.Payers(c.Ctx, &c.Env, user)
	stranger := func(who string) bool { return !slices.Contains(allowed, who) }
	if len(signers) == 0 || slices.ContainsFunc(signers, stranger) {
		return message.Binary(pay.Infinity), nil
	}
	return message.Int(0), nil
}

// list returns the addresses on the list.
func list(c *ao.Call) ([]string, error) {
	v, err := message.LoadAll(c.Ctx, c.Cache, optAllowed.In(&c.Env))
	if err != nil {
		return nil, err
	}
	if m, ok := v.(*message.Message); ok {
		if v, err = m.List(); err != nil {
			return nil, fail.New(fail.Invalid, Name, "the option %s is not a list", optAllowed.Name)
		}
	}
	l, _ := v.(*message.List)
	if l == nil {
		return nil, nil
	}
	var out []string
	for _, e := range l.All() {
		if s, ok := message.Text(e); ok {
			out = append(out, s)
		}
	}
	return out, nil
}
