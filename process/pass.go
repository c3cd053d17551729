package process

import (
	"context"
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// passKey is the key of a definition that says what becomes of a slot whose
// message the program refuses. "pass" leaves the state as it was, but for
// "results", which say why: nobody can stop such a process with a message that
// it cannot take (SEC-08). Otherwise the slot is not passed, as in the reference.
const passKey = "failed-slots"

// byProgram reports whether an error is the program's answer, which every node
// gets, and not a fault or limit of this one.
func byProgram(err error) bool {
	var o *ao.Outcome
	if errors.As(err, &o) {
		return o.Status != ao.Failure && o.Status != ao.Unavailable
	}
	switch fail.KindOf(err) {
	case fail.Invalid, fail.Failed, fail.Unsupported:
		return true
	}
	return false
}

// step computes the next slot with m, or passes it. The machine that is then at
// the slot may be another one.
func (w *worker) step(ctx context.Context, m *machine, a *message.Message) (at *machine, passed bool, err error) {
	refused, err := m.step(ctx, w.env, a, OptSlotTime.Milliseconds(w.env))
	if !refused || m.proc.Definition.OnlyCommitted().Text(passKey) != "pass" {
		return m, false, err
	}
	if m.state == nil {
		back, lost := w.rewound(ctx, m.slot)
		if lost != nil {
			return m, false, lost
		}
		m = back
	}
	m.pass(err)
	return m, true, nil
}

// rewound returns a machine at a slot that has been computed before.
func (w *worker) rewound(ctx context.Context, slot int64) (*machine, error) {
	m, err := w.machineFor(ctx, slot)
	if err != nil {
		return nil, err
	}
	for m.slot < slot {
		found, err := w.s.Order.Read(ctx, w.proc, m.slot+1, 1)
		if err != nil {
			return nil, atSlot(err, phaseSchedule, m.slot+1)
		}
		if len(found) == 0 {
			return nil, unscheduled(m.slot + 1)
		}
		if m, _, err = w.step(ctx, m, found[0]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// pass leaves the state of a slot as it was, with the refusal as its results.
func (m *machine) pass(refusal error) {
	r := ao.ResultOf(nil, refusal)
	why, _ := r.Value.(*message.Message)
	results := message.Of(message.P("error", message.Binary("The message was refused.")))
	for _, key := range [...]string{"body", "error", "status"} {
		v, ok := why.Get(key)
		if text, isText := message.Text(v); ok && isText {
			results = results.Set(key, message.Binary(text))
		}
	}
	m.slot++
	m.state = m.state.Set("results", results).Set("at-slot", message.Int(m.slot))
}
