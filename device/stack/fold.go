package stack

import (
	"errors"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Statuses that only devices in a stack answer with.
const (
	statusSkip ao.Status = "skip" // end the pass with this message
	statusPass ao.Status = "pass" // begin another pass with this message
)

// maxSteps bounds how many devices one fold asks, over all passes: whoever
// writes the message says how many passes there are.
const maxSteps = 100_000

// fold sends the base through the devices, each on the result of the one before
// (spec 03, 7.4).
func fold(c *ao.Call) (message.Value, error) {
	s, err := newStack(c)
	if err != nil {
		return nil, err
	}
	m := ao.Assign(c.Base, keyPass, message.Int(1))
	for n, steps := 1, 0; ; n++ {
		if steps++; steps > maxSteps {
			return nil, fail.New(fail.Exhausted, Name, "%.64q took more than %d steps, over all devices and passes of the stack", c.Key, maxSteps)
		}
		place := strconv.Itoa(n)
		seen, err := s.transform(m, place)
		if err != nil {
			return nil, err
		}
		if seen == nil {
			return s.finish(m), nil
		}
		v, err := s.ask(c.Ctx, seen)
		if err == nil {
			next, ok := v.(*message.Message)
			if !ok {
				return v, nil
			}
			m = next
			continue
		}
		switch next, status := asked(err); {
		case unknown(err):
			m = seen
		case status == statusSkip && next != nil:
			return s.finish(next), nil
		case status == statusPass && next != nil:
			m = nextPass(next)
			n = 0
		default:
			return nil, s.blame(seen, place, err)
		}
	}
}

// asked returns the message and status of an outcome.
func asked(err error) (*message.Message, ao.Status) {
	var o *ao.Outcome
	if !errors.As(err, &o) {
		return nil, ""
	}
	m, _ := o.Value.(*message.Message)
	return m, o.Status
}

func nextPass(m *message.Message) *message.Message {
	pass := int64(1)
	if v, ok := m.Get(keyPass); ok {
		pass, _ = message.AsInt(v)
	}
	return ao.Assign(m, keyPass, message.Int(pass+1))
}

// finish removes the traces of the devices from a result: what the base says
// about device, pass and prefixes holds again.
func (s *stack) finish(m *message.Message) *message.Message {
	for _, k := range [...]string{keyDevice, keyPass} {
		v, _ := s.Base.Get(k)
		m = ao.Assign(m, k, v)
	}
	for _, p := range prefixes {
		if old, ok := m.Get(p.previous); ok {
			m = ao.Assign(m, p.current, old)
		}
	}
	return ao.Assign(ao.Assign(m, keyPlace, nil), "device-stack-previous", nil)
}
