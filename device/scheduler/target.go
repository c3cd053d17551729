package scheduler

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
)

// typeProcess is the "type" of a process definition.
const typeProcess = "Process"

// targetID reads a "target": an ID, and the hint behind "?" if there is one.
func targetID(m *message.Message) (procID, hint string, err error) {
	text := m.Text("target")
	if text == "" {
		return "", "", nil
	}
	name, hint := schedule.CutHint(text)
	if procID, err = id.Human(name); err != nil {
		return "", "", fail.New(fail.Invalid, "scheduler.Target", "the target %.64q is not the ID of a process", name)
	}
	return procID, hint, nil
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

// subject is the process that a request is about.
type subject struct {
	schedule.Process        // Definition is nil when only the hint is known
	hint             string // URL behind the ID, or ""
	local            bool   // this node schedules it
}

// target returns the process that a request is about (spec 03, 3.2.3).
func (d device) target(call *ao.Call, req *message.Message) (subject, error) {
	var s subject
	definition, err := processOf(call)
	if err != nil {
		return s, err
	}
	if s.ID, s.hint, err = targetID(req); err != nil {
		return s, err
	}
	if s.ID == "" {
		named := req
		switch {
		case req.Text("type") == typeProcess:
		case definition != nil:
			named = definition
		case call.Base.Text("type") == typeProcess:
			named = call.Base
		}
		if s.ID, err = signedID(call, named); err != nil {
			return s, err
		}
	}
	p, err := d.svc.Find(call.Ctx, s.ID, definition, req, call.Base)
	if fail.Is(err, fail.NotFound) {
		if _, ok, err := remote.Hinted(&call.Env, s.hint); ok || err != nil {
			return s, err
		}
	}
	if err != nil {
		return s, err
	}
	s.Process = p
	err = d.svc.Local(p)
	if s.local = err == nil; s.local || fail.Is(err, fail.NotFound) {
		return s, nil
	}
	return s, ownerless(err)
}

// whole returns the subject with its definition, which is asked for where the
// hint leads if need be.
func (d device) whole(call *ao.Call, s subject) (subject, error) {
	if s.Definition != nil {
		return s, nil
	}
	at, _, err := remote.Hinted(&call.Env, s.hint)
	if err != nil {
		return s, err
	}
	s.Process, err = d.remote.Definition(call.Ctx, &call.Env, s.ID, at)
	return s, err
}

// redirect returns the answer that sends the client to the scheduler of a
// process, nil when this node is it or asks it for the client (spec 03, 3.2.5).
func (d device) redirect(call *ao.Call, s subject) (*message.Message, error) {
	if s.local || remote.OptFollowRedirects.Bool(&call.Env) {
		return nil, nil
	}
	at, err := d.place(call, s)
	if err != nil {
		return nil, err
	}
	return at.Redirect(), nil
}

// place returns where the scheduler of a process that is not this node is.
func (d device) place(call *ao.Call, s subject) (remote.Place, error) {
	if s.Definition == nil {
		at, _, err := remote.Hinted(&call.Env, s.hint)
		return at, err
	}
	return d.remote.Place(call.Ctx, &call.Env, s.Process, s.hint)
}

// ownerless turns the error of a process that names no scheduler into the
// answer that clients know: the bare sentence.
func ownerless(err error) error {
	if fail.Is(err, fail.Invalid) {
		return &ao.Outcome{Status: ao.Failed, Value: message.Binary(fail.Sentence(err))}
	}
	return err
}
