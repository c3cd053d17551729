// Package compute is the device compute@1.0: it attests what state a process has
// after a slot, and challenges what others attest (spec 03, 8.7).
package compute

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
)

// Name is the name of the device.
const Name = "compute@1.0"

const doc = `Attests the states of processes under the signature of this node, and challenges attestations.

"compute" computes a process up to a slot and returns a signed attestation: a message of the type Attestation that names the process, the slot, the
hashpath of the state (the ID of the process, and every assignment up to the slot rolled onto it), the ID of the state, and the ID of its results. With
"commit-to" it speaks of one message in the outbox of the results, by its ID under "commitment-for".

    curl 'http://localhost:8734/~compute@1.0/compute?process=PROCESS&slot=5'

"challenge" takes such an attestation, as the body or by its ID under "attestation", computes the same slot here, and answers with the verdict "agree" or
"disagree", both IDs of the state ("attested", "computed"), both hashpaths, and who has signed. Under "attestation" is what this node stands for: where it agrees, the
attestation with its own signature added, otherwise one of its own. Attestations say nothing about who signs or when, so that nodes which agree sign the
same message, and any number of them can. With "peer", the URL of another node, and "process" and "slot", it is that node's attestation which is challenged.

    curl 'http://localhost:8734/~compute@1.0/challenge?process=PROCESS&slot=5&peer=https://other.example'

To compute a slot a node needs the definition and the schedule of the process.`

// device answers the keys of compute@1.0.
type device struct {
	svc   *process.Service
	paths *hashpaths
}

// New returns the device on top of the service that computes.
func New(svc *process.Service) *ao.Device {
	d := device{svc, newHashpaths()}
	const subject = "request: process, slot, commit-to, body (an assignment)"
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "compute", Doc: "A signed attestation of the state after a slot.", Reads: subject, Run: d.compute},
			{Name: "execute", Doc: "The same.", Reads: subject, Run: d.compute},
			{Name: "challenge", Doc: "Whether this node comes to the state that an attestation names.",
				Reads: "request: body, attestation, or peer, process, slot, commit-to; base: the attestation", Run: d.challenge},
		},
	}
}

// compute answers "compute".
func (d device) compute(c *ao.Call) (message.Value, error) {
	q, err := question(c)
	if err != nil {
		return nil, err
	}
	claim, err := d.recompute(c.Ctx, &c.Env, q)
	if err != nil {
		return nil, err
	}
	if q.Item != "" && claim.Item == "" {
		return nil, &ao.Outcome{Status: ao.NotFound, Value: message.Of(
			message.P("status", message.Int(404)),
			message.P("body", message.Binary("Requested message to commit to not in results bundle.")))}
	}
	return sign(c, claim.Message())
}
