// Package push is the device push@1.0: it takes messages to processes, and to
// other processes what they lead to (spec 03, 6).
package push

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

const doc = `Delivers what processes send.

"push" with a signed message schedules it, computes its slot, and delivers what the process then has in its outbox: each message is signed by the node,
scheduled for its target, and the slot that it gets there is pushed in turn. With a slot it does the same for a slot that is scheduled already; with a
signed process it only schedules that.

The answer has the results of the slot and, under the key of each outbox entry, where it went and what it resulted in, down to "result-depth" levels.
With "push-mode" async the answer comes as soon as it is certain that the slot will be pushed: what has been taken on is finished even if the node dies,
and no message is delivered twice.

An entry of an outbox goes to its "target": the ID of a process, with "?hint=URL" behind it when only another node knows it, or a local name. An entry with
the type Process is a new process; its parent gets a message with the action Spawned. One with the type Assignment gives the stored message that its
"message" names to the target as it is.

    hyperbeam process spawn --module counter.lua
    hyperbeam process send PROCESS --action Inc
    curl 'http://localhost:8734/PROCESS~process@1.0/push&slot+integer=1'`

// device answers the key of push@1.0.
type device struct{ svc *push.Service }

// New returns the device on top of the service that pushes.
func New(svc *push.Service) *ao.Device {
	d := device{svc}
	return &ao.Device{
		Name: "push@1.0",
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "push", Doc: "Schedules a message and delivers what it leads to; with a slot, delivers what that led to.",
				Reads: "request: slot, body, subject, push-mode, result-depth, push-hops; base: process, push-mode", Run: d.push},
		},
		Options: []ao.Option{push.OptAlwaysSign, push.OptDepth, push.OptHops, push.OptResolve},
	}
}

const op = "push.Push"

// push answers "push" (spec 03, 6.1).
func (d device) push(call *ao.Call) (message.Value, error) {
	v, _, err := call.Lookup(call.Base, "process")
	if err != nil {
		return nil, err
	}
	definition, _ := v.(*message.Message)
	mode, err := modeOf(call, definition)
	if err != nil {
		return nil, err
	}
	slot, err := number(call, "slot", -1)
	if err != nil {
		return nil, err
	}
	if slot >= 0 {
		p, err := d.process(call, definition)
		if err != nil {
			return nil, err
		}
		return answer(d.svc.Slot(call.Ctx, &call.Env, p, slot, mode))
	}
	msg, err := call.Subject()
	if err != nil {
		return nil, err
	}
	p, err := d.target(call, msg, definition)
	if err != nil {
		return nil, err
	}
	return answer(d.svc.Message(call.Ctx, &call.Env, p, msg, mode))
}

func answer(m *message.Message, err error) (message.Value, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

// process returns the process with a definition.
func (d device) process(call *ao.Call, definition *message.Message) (schedule.Process, error) {
	if definition == nil {
		return schedule.Process{}, &ao.Outcome{Status: ao.Failed, Value: message.Binary("No scheduler information provided.")}
	}
	i, err := commit.SignedID(call.Ctx, definition.OnlyCommitted())
	if err != nil {
		return schedule.Process{}, err
	}
	return d.svc.Order.Find(call.Ctx, i.String(), definition)
}

// target returns the process that a message is for: itself, its target, or that
// of the base (spec 03, 3.2.2).
func (d device) target(call *ao.Call, msg, definition *message.Message) (schedule.Process, error) {
	signed := msg.OnlyCommitted()
	if signed.Text("type") == "Process" {
		return d.process(call, signed)
	}
	name, _, _ := strings.Cut(signed.Text("target"), "?")
	if name == "" {
		return d.process(call, definition)
	}
	procID, err := id.Human(name)
	if err != nil {
		return schedule.Process{}, fail.New(fail.Invalid, op, "the target %.64q is not the ID of a process", name)
	}
	return d.svc.Order.Find(call.Ctx, procID, definition)
}

// modeOf reads how to push (spec 03, 6.2).
func modeOf(call *ao.Call, definition *message.Message) (push.Mode, error) {
	depth, err := number(call, "result-depth", 1)
	if err != nil {
		return push.Mode{}, err
	}
	hops, err := number(call, "push-hops", 0)
	if err != nil {
		return push.Mode{}, err
	}
	m := push.Mode{Depth: depth, Hops: hops}
	for _, from := range []*message.Message{call.Request(), call.Base, definition} {
		switch how := from.Text("push-mode"); how {
		case "":
		case "sync", "async":
			m.Async = how == "async"
			return m, nil
		default:
			return m, fail.New(fail.Invalid, op, "the push-mode is sync or async, not %.32q", how)
		}
	}
	return m, nil
}

// number reads a number of the request that is not negative, as text or integer.
func number(call *ao.Call, key string, otherwise int64) (int64, error) {
	v, err := call.Arg(key)
	if err != nil || v == nil || v == message.Value(message.Binary("")) {
		return otherwise, err
	}
	n, ok := message.AsInt(v)
	if !ok || n < 0 {
		return 0, fail.New(fail.Invalid, op, "%q must be a number from 0 on", key)
	}
	return n, nil
}
