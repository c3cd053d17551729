package computeunit

import (
	"context"
	"errors"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// ProcessOf returns the process of the base of a call.
//
// # Errors
//
// [fail.Invalid] when the base has none.
func ProcessOf(c *ao.Call) (schedule.Process, error) {
	v, _, err := c.Lookup(c.Base, "process")
	if err != nil {
		return schedule.Process{}, err
	}
	definition, ok := v.(*message.Message)
	if !ok {
		return schedule.Process{}, fail.New(fail.Invalid, "computeunit.Process", "the base is no state of a process: it has no \"process\"")
	}
	i, err := commit.SignedID(c.Ctx, definition)
	return schedule.Process{ID: i.String(), Definition: definition}, err
}

// Scheduling reports whether the request of a call is an assignment, rather than
// a message to be tried.
func Scheduling(c *ao.Call) bool {
	return strings.EqualFold(c.Request().Text("type"), "assignment")
}

// loadedRequest returns the request with everything in it.
func loadedRequest(c *ao.Call) (*message.Message, error) {
	v, err := message.LoadAll(c.Ctx, c.Cache, c.Request())
	m, _ := v.(*message.Message)
	return m, err
}

// Compute asks the unit for the result of the request of a call: an assignment,
// or a message to be tried. Errors are those of [Remote.Result].
func (r Remote) Compute(c *ao.Call, p schedule.Process) (*message.Message, error) {
	req, err := loadedRequest(c)
	if err != nil {
		return nil, err
	}
	if Scheduling(c) {
		return r.Result(c.Ctx, &c.Env, p.ID, req)
	}
	fields, err := DryFields(c.Ctx, c.Cache, req)
	if err != nil {
		return nil, err
	}
	return r.Dry(c.Ctx, &c.Env, p.ID, fields)
}

// Kept asks the unit to keep the state of a process, and returns what it says:
// that it has not is no error of the process (spec 03, 10.1).
func (r Remote) Kept(c *ao.Call, p schedule.Process) *message.Message {
	m, err := r.Snapshot(c.Ctx, &c.Env, p.ID)
	if err != nil {
		return message.Of(
			message.P("error", message.Binary("No checkpoint produced.")),
			message.P("error-details", message.Binary(fail.Sentence(err))))
	}
	return m
}

// Noted returns a state with a result under "results" below its output prefix.
// A message that was only tried is answered with the result itself under "raw"
// as well, where clients look for it (spec 06, 3.6). A result that is not of the
// right form is noted as an error, so that it does not stop the process.
//
// # Errors
//
// Those of reading the state.
func Noted(c *ao.Call, p schedule.Process, state, raw *message.Message) (*message.Message, error) {
	results, err := Results(c.Ctx, p.Definition, raw)
	if fail.Is(err, fail.Invalid) {
		results, err = Results(c.Ctx, p.Definition, raw.Without(keyMessages).Set(keyError, message.Binary(fail.Sentence(err))))
	}
	if err != nil {
		return nil, err
	}
	if !Scheduling(c) {
		state = state.Set(KeyRaw, raw)
	}
	prefix := machine.Prefix(state)
	if prefix == "" {
		return state.Set("results", results), nil
	}
	deep := message.Deep{Load: func(v message.Value) (message.Value, error) { return message.Loaded(c.Ctx, c.Cache, v) }}
	return deep.Set(state, append(message.Parts(prefix), "results"), results)
}

// Patched returns a state after patch@1.0 has applied the patches in its outbox
// (spec 03, 10.2). Patches that cannot be applied are left where they are.
//
// # Errors
//
// The context's.
func Patched(ctx context.Context, env *ao.Env, state *message.Message) (*message.Message, error) {
	if !state.Message("results").Has("outbox") {
		return state, nil
	}
	device, _ := state.Get("device")
	v, err := env.Internal().Resolve(ctx, state.Set("device", message.Binary("patch@1.0")), message.Of(
		message.P("path", message.Binary("compute")),
		message.P("patch-from", message.Binary("/results/outbox"))))
	m, ok := v.(*message.Message)
	var o *ao.Outcome
	switch {
	case ctx.Err() != nil:
		return nil, fail.Wrap(fail.Timeout, "computeunit.Patched", context.Cause(ctx))
	case errors.As(err, &o), fail.Is(err, fail.Invalid), err == nil && !ok:
		return state, nil
	case err != nil:
		return nil, err
	}
	if device == nil {
		return m.Without("device"), nil
	}
	return m.Set("device", device), nil
}
