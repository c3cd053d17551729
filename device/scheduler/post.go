package scheduler

import (
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// schedule answers "schedule" by the method of the request.
func (d device) schedule(call *ao.Call) (message.Value, error) {
	method := call.Request().Text("method")
	switch strings.ToUpper(method) {
	case "POST":
		return d.post(call)
	case "", "GET", "HEAD":
		return d.get(call)
	}
	return nil, fail.New(fail.NotAllowed, "scheduler.Schedule", "the schedule of a process is read by GET and extended by POST, not by %.16s", method)
}

// post schedules a message (spec 03, 3.2).
func (d device) post(call *ao.Call) (message.Value, error) {
	given, err := call.Subject()
	if err != nil {
		return nil, err
	}
	msg := given.OnlyCommitted()
	to, noTarget := d.target(call, msg)
	if noTarget == nil {
		if m, err := d.redirect(call, to); m != nil || err != nil {
			return answer(m, err)
		}
	}
	if err := verify(call, given, msg); err != nil {
		return nil, err
	}
	if noTarget != nil {
		return nil, noTarget
	}
	if !to.local {
		return answer(d.pass(call, to, msg))
	}
	switch mode := optMode.Text(&call.Env); mode {
	case modeFast, modeLocal, modeRemote:
	case modeDisabled:
		return nil, fail.New(fail.Unavailable, "scheduler.Schedule", "this node does not schedule messages (option scheduling_mode)")
	default:
		return nil, fail.New(fail.Unavailable, "scheduler.Schedule", "the option scheduling_mode of this node is %.32q, which is none of disabled, aggressive, local_confirmation and remote_confirmation", mode)
	}
	origin, err := push.Origin(call.Ctx, &call.Env, to.Process, msg)
	if err != nil {
		return nil, err
	}
	return answer(d.svc.ScheduleOnce(call.Ctx, to.Process, msg, origin))
}

// pass gives a verified message to the scheduler of its process. The definition
// of a process is kept, since whoever spawns it here will ask for it here.
func (d device) pass(call *ao.Call, to subject, msg *message.Message) (*message.Message, error) {
	at, err := d.place(call, to)
	if err != nil {
		return nil, err
	}
	a, err := d.remote.Post(call.Ctx, &call.Env, to.Process, at, msg)
	if err == nil && msg.Text("type") == typeProcess {
		_, err = d.svc.Cache.Write(call.Ctx, msg, store.Lazy)
	}
	return a, err
}

// answer turns a message or an error into the result of a key.
func answer(m *message.Message, err error) (message.Value, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

// verify returns nil when the commitments of msg, the committed part of given,
// hold and are as many as the node asks for (spec 03, 3.2.6).
func verify(call *ao.Call, given, msg *message.Message) error {
	mode := remote.OptVerify.Text(&call.Env)
	if mode == "false" {
		return nil
	}
	claimed := commit.Committers(msg)
	if len(claimed) == 0 && mode != "accept_unsigned" {
		return invalid("The message has no signature.")
	}
	// What the edge has verified need not be verified again, except when the
	// path was signed: the one here may be another.
	if slices.Contains(msg.Committed(msg.Commitments().Keys(), false), path.Key) {
		if err := commit.VerifyAll(call.Ctx, call.Codec(), msg); err != nil {
			return invalid(fail.Sentence(err))
		}
		return nil
	}
	if who := missing(claimed, call.Signers(call.Ctx, given)); who != "" {
		// Uncommitted keys may have changed "ao-types", which is signed.
		if who = missing(claimed, commit.VerifiedSigners(call.Ctx, call.Codec(), msg)); who != "" {
			return invalid("The signature by " + who + " does not hold.")
		}
	}
	if err := commit.Verify(call.Ctx, call.Codec(), msg, commit.Selection{}, ""); err != nil {
		return invalid(fail.Sentence(err))
	}
	return nil
}

// missing returns the first claimed signer who is not a verified one, or "".
func missing(claimed, verified []string) string {
	for _, who := range claimed {
		if !slices.Contains(verified, who) {
			return who
		}
	}
	return ""
}

// invalid returns the refusal of a message, with the details beside what the
// reference says.
func invalid(why string) error {
	return &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("status", message.Int(400)),
		message.P("body", message.Binary("Message is not valid.")),
		message.P("reason", message.Binary("Given message is invalid.")),
		message.P("details", message.Binary(why)))}
}
