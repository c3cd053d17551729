package wasm

import (
	"context"
	"errors"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// compute calls the program (spec 03, 11.3).
func (d device) compute(c *ao.Call) (message.Value, error) {
	base, m, err := d.normalized(c)
	if err != nil {
		return nil, err
	}
	if pass, ok := base.Get("pass"); ok {
		if n, isInt := message.AsInt(pass); !isInt || n != 1 {
			return base, nil
		}
	}
	v, err := first(c, base, "function")
	if err != nil {
		return nil, err
	}
	function, ok := message.Text(v)
	if !ok {
		return base, nil
	}
	params, err := first(c, base, "parameters")
	if err != nil {
		return nil, err
	}
	args, err := numbers(c, params)
	if err != nil {
		return noted(c, base, failed(err))
	}
	lib := newLibrary(c, base)
	ctx, cancel := machine.Timed(c.Ctx, &c.Env)
	defer cancel()
	next, out, err := m.Call(ctx, machine.Run{Limits: limits(c), Imports: lib.answer}, function, args...)
	if err != nil {
		if !lib.result(err) {
			return nil, stopped(ctx, c, function, err)
		}
		return noted(c, base, failedAt(c, function, err))
	}
	return noted(c, machine.With(lib.state, lib.prefix, next), succeeded(out))
}

// first returns the value of a key of the request's body, of the request, or of
// the base, or nil.
func first(c *ao.Call, base *message.Message, key string) (message.Value, error) {
	body, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	for _, v := range [...]message.Value{body, c.Request(), base} {
		m, ok := v.(*message.Message)
		if !ok {
			continue
		}
		if v, found, err := c.Lookup(m, key); found || err != nil {
			return v, err
		}
	}
	return nil, nil
}

// result reports whether an error is the program's own doing, and so a result,
// and not a failure of the request: a trap, a limit that is the same
// everywhere, an exit, a function that does not exist. Errors of libraries are
// not.
func (l *library) result(err error) bool {
	var exit *machine.Exit
	if errors.As(err, &exit) {
		return true
	}
	if l.failed {
		return false
	}
	switch fail.KindOf(err) {
	case fail.Failed, fail.Exhausted, fail.NotFound, fail.Invalid:
		return true
	}
	return false
}

// stopped returns the error of a request whose call was stopped from outside, or
// by a library.
func stopped(ctx context.Context, c *ao.Call, function string, err error) error {
	kind := fail.KindOf(err)
	if c.Ctx.Err() == nil && ctx.Err() != nil {
		kind, err = fail.Exhausted, context.Cause(ctx)
	}
	return fail.New(kind, Name+"/compute", "%s, in %s", fail.Sentence(err), where(c, function))
}

// succeeded returns what is noted of results.
func succeeded(out []vm.Value) *message.Message {
	values := make([]message.Value, len(out))
	for i, v := range out {
		values[i] = valueOf(v)
	}
	return message.Of(message.P("type", message.Atom("ok")), message.P("output", message.NewList(values...)))
}

// failed returns what is noted of an error.
func failed(err error) *message.Message {
	return message.Of(message.P("type", message.Atom("error")), message.P("output", message.Binary(fail.Sentence(err))))
}

// failedAt is failed for an error of the running program. That a limit was
// reached, and an exit, are said with the place.
func failedAt(c *ao.Call, function string, err error) *message.Message {
	var exit *machine.Exit
	switch {
	case errors.As(err, &exit):
		return failed(fail.New(fail.Failed, Name, "%s, in %s", exit.Error(), where(c, function)))
	case fail.Is(err, fail.Exhausted):
		return failed(fail.New(fail.Exhausted, Name, "%s, in %s", fail.Sentence(err), where(c, function)))
	}
	return failed(err)
}

// where names the call.
func where(c *ao.Call, function string) string {
	text := "function " + function
	if v, err := c.Arg("slot"); err == nil && v != nil {
		if slot, ok := message.Text(v); ok {
			text += " at slot " + slot
		}
	}
	return text
}

// noted returns the state with the result of the call.
func noted(c *ao.Call, state *message.Message, result *message.Message) (message.Value, error) {
	prefix := machine.Prefix(state)
	if results := state.Message("results"); prefix != "" && !strings.Contains(prefix, "/") && (results != nil || !state.Has("results")) {
		if old := results.Message(prefix); old != nil {
			result = old.Merge(result)
		}
		return state.Set("results", results.Set(prefix, result)), nil
	}
	return deep(c).Set(state, append([]string{"results"}, message.Parts(prefix)...), result)
}

// deep sets values inside messages, loading links.
func deep(c *ao.Call) message.Deep {
	return message.Deep{Load: func(v message.Value) (message.Value, error) { return message.Loaded(c.Ctx, c.Cache, v) }}
}
