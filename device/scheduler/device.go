// Package scheduler is the device scheduler@1.0: it takes messages into the
// schedules of processes and shows them (spec 03, 3).
package scheduler

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

const doc = `The order of the messages of processes: each gets a slot, and a signed assignment that says so.

A process names its schedulers in the key "scheduler": one of them must be an identity of this node. POST to "schedule" the signed process itself first,
then signed messages with the process as "target". The answer is the assignment, and it comes when the assignment is safely stored. GET "schedule" returns
the assignments from one slot to another; with accept=application/aos-2 as the JSON page that legacynet reads.

Only what a message's signatures cover is scheduled, and only if all of them hold.`

var optVerify = ao.Option{
	Name: "verify_assignments", Default: message.True,
	Doc: "Which messages are scheduled: true, those with valid signatures; accept_unsigned, also those without any; false, all.",
}

var optMode = ao.Option{
	Name: "scheduling_mode", Default: message.Atom("local_confirmation"),
	Doc: "disabled refuses to schedule; in every other mode the caller is answered when the assignment is safely stored.",
}

// device answers the keys of scheduler@1.0.
type device struct{ svc *schedule.Service }

// New returns the device on top of a scheduler.
func New(svc *schedule.Service) *ao.Device {
	d := device{svc}
	return &ao.Device{
		Name: "scheduler@1.0",
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "schedule", Doc: "POST: the message in the next slot of its process. GET: the assignments of a process.", Reads: "request: method, subject, body, target, from, to, accept; base: process", Run: d.schedule},
			{Name: "slot", Doc: "The newest slot of a process.", Reads: "request: target; base: process", Run: d.slot},
			{Name: "status", Doc: "The address of the node and the processes scheduled here since it started.", Run: d.status},
			{Name: "next", Doc: "The assignment that follows the slot of a process state.", Reads: "base: process, at-slot", Run: d.next},
			{Name: "checkpoint", Doc: "The base as it is.", Reads: "base", Run: checkpoint},
		},
		Options: []ao.Option{optVerify, optMode},
	}
}

func checkpoint(call *ao.Call) (message.Value, error) { return call.Base, nil }

// status answers "status" (spec 03, 3.1.2).
func (d device) status(*ao.Call) (message.Value, error) {
	return message.Of(
		message.P("address", message.Binary(d.svc.Address())),
		message.P("processes", message.Strings(d.svc.Processes())),
		message.P("cache-control", message.Binary("no-store"))), nil
}
