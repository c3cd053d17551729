package scheduler

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// typeProcess is the "type" of a process definition.
const typeProcess = "Process"

// targetID reads a "target": an ID, of which a hint behind "?" is cut off.
func targetID(m *message.Message) (string, error) {
	text := m.Text("target")
	if text == "" {
		return "", nil
	}
	text, _, _ = strings.Cut(text, "?")
	human, err := id.Human(text)
	if err != nil {
		return "", fail.New(fail.Invalid, "scheduler.Target", "the target %.64q is not the ID of a process", text)
	}
	return human, nil
}

// signedID returns the ID of m over its commitments with a committer.
func signedID(call *ao.Call, m *message.Message) (string, error) {
	i, err := commit.SignedID(call.Ctx, m)
	return i.String(), err
}

// processOf returns the definition under "process" of the base, or nil.
func processOf(call *ao.Call) (*message.Message, error) {
	v, _, err := call.Lookup(call.Base, "process")
	if err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	return m, nil
}

// target returns the process that a request is about (spec 03, 3.2.3).
func (d device) target(call *ao.Call, req *message.Message) (schedule.Process, error) {
	definition, err := processOf(call)
	if err != nil {
		return schedule.Process{}, err
	}
	procID, err := targetID(req)
	if err != nil {
		return schedule.Process{}, err
	}
	if procID == "" {
		named := req
		switch {
		case req.Text("type") == typeProcess:
		case definition != nil:
			named = definition
		case call.Base.Text("type") == typeProcess:
			named = call.Base
		}
		if procID, err = signedID(call, named); err != nil {
			return schedule.Process{}, err
		}
	}
	return d.svc.Find(call.Ctx, procID, definition, req, call.Base)
}

// local returns the target of a request when this node is one of its
// schedulers.
func (d device) local(call *ao.Call) (schedule.Process, error) {
	p, err := d.target(call, call.Request())
	if err != nil {
		return p, err
	}
	return p, ownerless(d.svc.Local(p))
}

// ownerless turns the error of a process that names no scheduler into the
// answer that clients know: the bare sentence.
func ownerless(err error) error {
	if fail.Is(err, fail.Invalid) {
		return &ao.Outcome{Status: ao.Failed, Value: message.Binary(fail.Sentence(err))}
	}
	return err
}
