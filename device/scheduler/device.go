// Package scheduler is the device scheduler@1.0: it takes messages into the
// schedules of processes and shows them (spec 03, 3).
package scheduler

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/location"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
)

const doc = `The order of the messages of processes: each gets a slot, and a signed assignment that says so.

A process names its schedulers in the key "scheduler": one of them must be an identity of this node. POST to "schedule" the signed process itself first,
then signed messages with the process as "target". The answer is the assignment, and it comes when the assignment is safely stored. GET "schedule" returns
the assignments from one slot to another; with accept=application/aos-2 as the JSON page that legacynet reads.

Only what a message's signatures cover is scheduled, and only if all of them hold.

Requests about processes that another node schedules are passed on to it, or with scheduler_follow_redirects=false answered with 307 and its location. What it
answers to GET is verified: each assignment must be signed by a scheduler of the process and continue the schedule, and the answer says so when one does
not. Where schedulers are is known from hints (ID?hint=URL) and from location records: signed messages with a "url" and a "nonce" that rises, which are read
with GET location&address=ADDRESS and told with POST. A node publishes its own with a handler of the hook "start":
{device: scheduler@1.0, path: location, method: POST, target: self, url: URL, hook: {result: ignore, commit-request: true}}.`

// Modes of the option scheduling_mode. All but the first say when the reference
// answers; here the answer comes when the assignment is on the disk.
const (
	modeDisabled = "disabled"
	modeFast     = "aggressive"
	modeLocal    = "local_confirmation"
	modeRemote   = "remote_confirmation"
)

var optMode = ao.Option{
	Name: "scheduling_mode", Default: message.Atom(modeLocal),
	Doc: "disabled refuses to schedule; in every other mode (aggressive, local_confirmation, remote_confirmation) the caller is answered when the assignment is safely stored.",
}

// device answers the keys of scheduler@1.0.
type device struct {
	svc     *schedule.Service
	remote  *remote.Service
	records *location.Service
}

// New returns the device on top of the schedules of this node and others.
func New(r *remote.Service) *ao.Device {
	var d device
	if r != nil {
		d = device{r.Local, r, r.Locations}
	}
	return &ao.Device{
		Name: "scheduler@1.0",
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "schedule", Doc: "POST: the message in the next slot of its process. GET: the assignments of a process.", Reads: "request: method, subject, body, target, from, to, accept; base: process", Run: d.schedule},
			{Name: "slot", Doc: "The newest slot of a process.", Reads: "request: target; base: process", Run: d.slot},
			{Name: "status", Doc: "The address of the node and the processes scheduled here since it started.", Run: d.status},
			{Name: "next", Doc: "The assignment that follows the slot of a process state.", Reads: "base: process, at-slot", Run: d.next},
			{Name: "location", Doc: "GET: the location record of an address, of this node by default. POST: a record that others have signed, or an order of this node's key to make one.", Reads: "request: method, address, target, url, nonce, time-to-live, require-codec; base: target, require-codec", Run: d.location},
			{Name: "checkpoint", Doc: "The base as it is.", Reads: "base", Run: checkpoint},
		},
		Examples: []ao.Example{
			{Path: `/~scheduler@1.0/location&address=` + schedule.NoBlock + `/body`, Answer: "No location found for address: " + schedule.NoBlock},
		},
		Options: slices.Concat([]ao.Option{optMode}, remote.NodeOptions(), location.NodeOptions()),
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
