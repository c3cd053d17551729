package process

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Phases of a failure (spec 03, 2.5.3).
const (
	phaseSchedule = "get-schedule"
	phaseCompute  = "compute"
	phaseInit     = "init"
)

// unscheduled is the answer to a slot that does not exist yet (spec 03, 2.5.4).
func unscheduled(slot int64) error {
	return &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("status", message.Int(404)),
		message.P("reason", message.Binary("Requested slot not yet available in schedule.")),
		message.P("phase", message.Binary(phaseSchedule)),
		message.P("attempted-slot", message.Int(slot)))}
}

// mismatch is the failure of a schedule that gives another slot than the next
// one (spec 03, 3.8.2).
func mismatch(a *message.Message, want int64) error {
	got, _ := a.Get("slot")
	if _, ok := message.AsInt(got); !ok {
		return atSlot(ao.Refuse(500, "Unprocessable slot value received in assignment."), phaseSchedule, want)
	}
	return atSlot(&ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("status", message.Int(404)),
		message.P("reason", message.Binary("Received assignment slot does not match expected slot.")),
		message.P("unexpected-slot", got),
		message.P("expected-slot", message.Int(want)))}, phaseSchedule, want)
}

// atSlot returns an error as the outcome that also says in which phase and at
// which slot it happened. A message keeps its keys, anything else is under
// "error".
func atSlot(err error, phase string, slot int64) *ao.Outcome {
	r := ao.ResultOf(nil, err)
	m, ok := r.Value.(*message.Message)
	if !ok {
		m = message.Of(message.P("error", r.Value))
	}
	status := r.Status
	if status != ao.Failure {
		status = ao.Failed
	}
	return &ao.Outcome{Status: status, Value: m.
		Set("phase", message.Binary(phase)).
		Set("attempted-slot", message.Int(slot))}
}

// slotError is what is answered when the execution device fails: the device's
// own message, and where it happened.
func slotError(ctx context.Context, m *machine, a *message.Message, err error) error {
	o := atSlot(err, phaseCompute, m.slot+1)
	v := o.Value.(*message.Message)
	set := func(key string, x message.Value) {
		if x != nil && !v.Has(key) {
			v = v.Set(key, x)
		}
	}
	device, ok := m.proc.Definition.Get("execution-device")
	if !ok {
		device = Execution.otherwise()
	}
	key, _ := a.Get(path.Key)
	if text, ok := message.NormalizeKey(key); ok {
		set("key", message.Binary(text))
	}
	set("process", message.Binary(m.proc.ID))
	set("execution-device", device)
	if i := messageID(context.WithoutCancel(ctx), a); i != "" {
		set("message", message.Binary(i))
	}
	return &ao.Outcome{Status: o.Status, Value: v}
}

// Waits between attempts at a slot that fails.
const (
	firstWait = time.Second
	longWait  = 5 * time.Minute
)

// failure remembers a slot that failed, so that it is not tried again with
// every request.
type failure struct {
	slot  int64
	err   error
	wait  time.Duration
	until time.Time
}

// note remembers that a slot failed at the given time. Failing again doubles
// the wait.
func (f *failure) note(slot int64, err error, now time.Time) {
	wait := firstWait
	if f.err != nil && f.slot == slot {
		wait = min(2*f.wait, longWait)
	}
	*f = failure{slot, err, wait, now.Add(wait)}
}

// blocks returns the error of the failed slot as long as it should not be tried
// again by someone who wants the given slot, or nil.
func (f *failure) blocks(slot int64, now time.Time) error {
	if f.err != nil && slot >= f.slot && now.Before(f.until) {
		return f.err
	}
	return nil
}
