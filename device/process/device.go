// Package process is the device process@1.0: what processes answer (spec 03,
// 2).
package process

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
)

const doc = `A process: a signed definition, the messages scheduled for it, and the states that they lead to.

The definition names the devices it is made of: "scheduler-device" orders its messages (schedule, slot), "execution-device" computes them
(compute, now), "push-device" delivers what it sends (push). Each slot of the schedule is one call of the execution device, with the assignment as
request and the state so far as base; what it returns is the next state, and "results" in it is what the message brought about.

"compute" with a slot gives the state after that slot, "now" the state after the newest one. Both can be followed by keys of the state:
/PROCESS/compute=5/results/output, /PROCESS/now/balances. Every key that is not listed here is read from the definition or state as it stands.

A slot whose message the program refuses (an error, a function that is not there) stops the process, as on every node: each later slot answers with the same
error. With "failed-slots: pass" in its definition such a slot changes nothing but "results", which say why, and the process goes on: right for ledgers and
whatever else strangers send messages to. Nodes that do not know the key stop there.

    hyperbeam process spawn --module aos.wasm
    hyperbeam process send PROCESS --action Eval --data 'return 1+1'
    curl http://localhost:8734/PROCESS~process@1.0/compute=1/at-slot    # 1`

var optFromCache = ao.Option{
	Name: "process_now_from_cache", Default: message.False,
	Doc: "What now answers: false, the newest scheduled slot; true, the newest computed one; always, that and never computes.",
}

// device answers the keys of process@1.0.
type device struct{ svc *process.Service }

// New returns the device on top of the service that computes.
func New(svc *process.Service) *ao.Device {
	d := device{svc}
	return &ao.Device{
		Name: process.Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "compute", Doc: "The state after a slot; without one, the newest state that has been computed.", Reads: "request: compute, slot", Run: d.compute},
			{Name: "now", Doc: "The state after the newest slot.", Reads: "option: process_now_from_cache", Run: d.now},
			{Name: "results", Doc: "The results in the state, or those of the slot named here.", Reads: "request: results", Run: d.results},
			{Name: "slot", Doc: "The newest slot, by the scheduler device.", Run: d.runAs(process.Scheduler)},
			{Name: "schedule", Doc: "The schedule, by the scheduler device.", Run: d.runAs(process.Scheduler)},
			{Name: "push", Doc: "Schedules a message and delivers what it leads to, by the push device.", Run: d.runAs(process.Push)},
			{Name: "snapshot", Doc: "The newest state with a snapshot of its machine.", Run: d.snapshot},
			{Name: "as", Doc: "The newest state seen through one of its devices, for calls that leave the process as it is.", Reads: "request: as, as-device", Run: d.as},
		},
		Options: []ao.Option{optFromCache, process.OptSnapshotSlots, process.OptSnapshotTime, process.OptSlotTime, process.OptAsync},
	}
}
