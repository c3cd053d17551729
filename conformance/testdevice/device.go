// Package testdevice is test-device@1.0, the device that the reference's tests
// and vectors use (spec 03, 15.6). It is registered in tests only.
package testdevice

import (
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const doc = `A device for tests: its keys show what reached it.

"compute" notes the slot of the request, "mul" is a function that WebAssembly programs import, "delay" and "increment_counter"
let tests watch concurrency and schedules.`

// New returns the device. The counter of "increment_counter" belongs to it.
func New() *ao.Device {
	var counter atomic.Int64
	return &ao.Device{
		Name: "test-device@1.0",
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "test_func", Doc: "The text GOOD_FUNCTION.", Run: text("GOOD_FUNCTION")},
			{Name: "init", Doc: "The base with nothing seen.", Run: initialise},
			{Name: "compute", Doc: "The base with the slot noted.", Reads: "request: slot; base: already-seen", Run: compute},
			{Name: "restore", Doc: "The base, if it has seen anything.", Reads: "base: already-seen", Run: restore},
			{Name: "snapshot", Doc: "An empty message.", Run: snapshot},
			{Name: "mul", Doc: "The product of two arguments, as an imported function answers.", Reads: "request: args", Run: mul},
			{Name: "index", Doc: "A page that says what is liked.", Reads: "base: name", Run: index},
			{Name: "load", Doc: "The base.", Run: base},
			{Name: "postprocess", Doc: "The body of the request.", Reads: "request: body", Run: postprocess},
			{Name: "delay", Doc: "The request's value \"return\" after a while.", Reads: "request: duration (milliseconds), return", Run: delay},
			{Name: "increment_counter", Doc: "How often this key has been asked for.", Run: func(*ao.Call) (message.Value, error) {
				return message.Int(counter.Add(1)), nil
			}},
			{Name: "update_state", Doc: "The base overlaid by the request.", Run: update},
		},
	}
}

func text(s string) ao.Func {
	return func(*ao.Call) (message.Value, error) { return message.Binary(s), nil }
}

func base(c *ao.Call) (message.Value, error) { return c.Base, nil }

func snapshot(*ao.Call) (message.Value, error) { return message.Empty(), nil }

func initialise(c *ao.Call) (message.Value, error) {
	return c.Base.Set("already-seen", message.NewList()), nil
}

func compute(c *ao.Call) (message.Value, error) {
	slot, err := c.Arg("slot")
	if err != nil {
		return nil, err
	}
	if slot == nil {
		return nil, fail.New(fail.Invalid, "test-device@1.0/compute", "the request has no slot")
	}
	v, _, err := c.Lookup(c.Base, "already-seen")
	if err != nil {
		return nil, err
	}
	seen, ok := v.(*message.List)
	if !ok {
		seen = message.NewList()
	}
	return c.Base.
		Set("random-key", message.Binary("random-value")).
		Set("results", message.Of(message.P("assignment-slot", slot))).
		Set("already-seen", message.NewList(slot).Append(items(seen)...)), nil
}

func items(l *message.List) []message.Value {
	out := make([]message.Value, 0, l.Len())
	for _, v := range l.All() {
		out = append(out, v)
	}
	return out
}

func restore(c *ao.Call) (message.Value, error) {
	if !c.Base.Has("already-seen") {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("No viable state to restore.")}
	}
	return c.Base, nil
}

func mul(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("args")
	if err != nil {
		return nil, err
	}
	args, ok := v.(*message.List)
	if !ok || args.Len() != 2 {
		return nil, fail.New(fail.Invalid, "test-device@1.0/mul", "args must be a list of two numbers")
	}
	a, okA := message.AsInt(args.At(0))
	b, okB := message.AsInt(args.At(1))
	if !okA || !okB {
		return nil, fail.New(fail.Invalid, "test-device@1.0/mul", "args must be integers")
	}
	state, err := c.Arg("state")
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("state", state),
		message.P("results", message.NewList(message.Int(a*b)))), nil
}

func index(c *ao.Call) (message.Value, error) {
	name := c.Base.Text("name")
	if name == "" {
		name = "turtles"
	}
	return message.Of(
		message.P("content-type", message.Binary("text/html")),
		message.P("body", message.Binary("i like "+name+"!"))), nil
}

func postprocess(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("body")
	if v == nil && err == nil {
		return nil, ao.Missing
	}
	return v, err
}

func delay(c *ao.Call) (message.Value, error) {
	ms := int64(750)
	v, err := c.Arg("duration")
	if err != nil {
		return nil, err
	}
	if n, ok := message.AsInt(v); ok {
		ms = n
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.Ctx.Done():
		return nil, fail.Wrap(fail.Timeout, "test-device@1.0/delay", c.Ctx.Err())
	}
	if v, err = c.Arg("return"); v == nil && err == nil {
		return c.Base, nil
	}
	return v, err
}

func update(c *ao.Call) (message.Value, error) {
	return c.Base.Merge(c.Request().Without("path")), nil
}
