// Package poda is the device poda@1.0, decentralised proof of authority: a
// process executes what another process sends when a quorum of authorities
// attests it (spec 03, 8.7).
package poda

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/push"
)

// Name is the name of the device.
const Name = "poda@1.0"

const doc = `Executes messages of other processes only when a quorum of authorities attests them.

Usually a process believes the node that delivers a message: its signature says that another process has sent it. With this device a process believes
nobody alone. Its definition lists addresses in "authority" and a number in "quorum". A message that says it comes from a process must have the form

    from-process   ID of the sender
    body           the message as it is in the outbox of the sender
    attestations   attestations of compute@1.0 that "body" is in the results of a slot of the sender

and is executed when at least "quorum" different authorities have signed the same attestation. Signatures by others, by one authority again, or about something
else do not count, and what has been executed once is not executed again. Anything less is refused: the slot changes nothing but "results", which say why.
Messages by users, which name no sender, pass.

As the execution device of a process it hands the body of what passes, with its "from-process", to the device that "gated-device" names:

    execution-device: poda@1.0    gated-device: lua@5.3a    authority: A, B, C    quorum: 2

As a member of a stack, before the one that executes, it ends the pass of what is refused, and the others see the message with its attestations.

When a node delivers a message to such a process, it collects the attestations by itself: it asks the nodes of the authorities, whose URLs are behind
"?hint=" of the address or in their location records, and keeps the message until enough of them attest it ("push").

A process must name its authorities:

    curl http://localhost:8734/~poda@1.0/init    # 400`

// device answers the keys of poda@1.0.
type device struct{ locate push.Locator }

// New returns the device. locate finds the nodes of authorities, by their
// addresses as the schedulers of a process.
func New(locate push.Locator) *ao.Device {
	d := device{locate}
	const reads = "base: process (authority, quorum), gated-device, attested, pass; request: body"
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "Refuses a process without authorities or quorum; else what the gated device answers.", Reads: "base: process, gated-device", Run: start},
			{Name: "compute", Doc: "Executes the message in the body, when it may be.", Reads: reads, Run: gate},
			{Name: "execute", Doc: "The same, under the name of its key.", Reads: reads, Run: gate},
			{Name: "snapshot", Doc: "What the gated device answers.", Reads: "base: gated-device", Run: pass},
			{Name: "normalize", Doc: "What the gated device answers.", Reads: "base: gated-device", Run: pass},
			{Name: "push", Doc: "A message of an outbox with the attestations that a process asks for.",
				Reads: "base: process (authority, quorum) of the receiver; request: process, slot, body", Run: d.collect},
		},
		// A scheduled message may name another key than compute.
		Default:  gate,
		Excludes: []string{"set", "keys", "get", "id", "remove", "verify", "commit", "committed", "committers", "device", "info"},
	}
}

// start answers "init".
func start(c *ao.Call) (message.Value, error) {
	if _, err := rulesOf(c.Ctx, &c.Env, definition(c)); err != nil {
		return nil, err
	}
	return pass(c)
}

// pass answers a key as the gated device does, and with the base when there is
// none.
func pass(c *ao.Call) (message.Value, error) {
	if !c.Base.Has(gatedKey) {
		return c.Base, nil
	}
	return delegate(c, c.Request())
}

const (
	gatedKey    = "gated-device" // names the device that executes what passes
	attestedKey = "attested"     // what has been executed, by [markOf]
)

// delegate resolves a request through the gated device. A result that has this
// device gets that of the base back; what was executed is not forgotten.
func delegate(c *ao.Call, req *message.Message) (message.Value, error) {
	own, _ := c.Base.Get("device")
	gated, _ := c.Base.Get(gatedKey)
	v, err := c.Resolve(c.Ctx, c.Base.Set("device", gated), req)
	if err != nil {
		return nil, err
	}
	out, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	if seen, ok := c.Base.Get(attestedKey); ok {
		out = out.Set(attestedKey, seen)
	}
	if dev, _ := out.Get("device"); dev != nil && message.Equal(dev, gated) {
		out = out.Set("device", own)
	}
	return out, nil
}
