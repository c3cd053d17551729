package lua

import (
	"errors"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// faultOf turns an error of a machine into the answer of the device (spec 03,
// 14.1.5):
//
//	status    500, as in the reference; 422 for limits
//	body      the text of the dialect
//	position  where it happened: "module:line"
//	trace     the active functions, innermost first: {"1": {function, line}}
//	function  the function that was called
//	limit     the option that bounds what was used up
//
// What the node is to blame for, and the limit of time, which depends on the
// node, are errors of their own kind.
func (s *session) faultOf(err error, doing string) error {
	if s.fault != nil {
		return s.fault
	}
	var e *vm.Error
	if !errors.As(err, &e) {
		return fail.Wrap(fail.Internal, Name, err)
	}
	if e.Limit == "cancelled" {
		return s.timeout(e, doing)
	}
	m := message.NewBuilder(8)
	m.Set("status", message.Int(500))
	m.Set("error", message.Binary(fail.Failed.String()))
	m.Set("body", message.Binary(s.text(e)))
	m.Set("function", message.Binary(doing))
	if e.Line > 0 {
		m.Set("position", message.Binary(place(e.Chunk, e.Line)))
	}
	if len(e.Trace) > 0 {
		m.Set("trace", traceOf(e.Trace))
	}
	if e.Reason == "undefined_function" && e.Line == 0 {
		m.Set("hint", message.Binary("the program has no global function of this name"))
	}
	if option, ok := limitOptions(e.Limit); ok {
		m.Set("status", message.Int(fail.Exhausted.HTTPStatus()))
		m.Set("error", message.Binary(fail.Exhausted.String()))
		m.Set("limit", message.Binary(option))
	}
	return &ao.Outcome{Status: ao.Failed, Value: m.Message()}
}

func place(chunk string, line int) string { return chunk + ":" + strconv.Itoa(line) }

func traceOf(points []vm.TracePoint) *message.Message {
	items := make([]message.Value, len(points))
	for i, p := range points {
		t := message.Of(message.P("function", message.Binary(p.Function)))
		if p.Line > 0 {
			t = t.Set("line", message.Binary(place(p.Chunk, p.Line)))
		}
		items[i] = t
	}
	return message.NewList(items...).Numbered()
}

// limitOptions returns the option behind a limit of the machine.
func limitOptions(limit string) (string, bool) {
	switch limit {
	case "fuel":
		return optFuel.Name, true
	case "memory", "size":
		return optMemory.Name, true
	case "depth":
		return "depth", true
	}
	return "", false
}

// text words an error; limits are named with their options.
func (s *session) text(e *vm.Error) string {
	text, ok := e.Value.AsString()
	if !ok {
		text = e.Error()
	}
	switch e.Limit {
	case "fuel":
		return text + ": the call took more than " + strconv.FormatInt(s.fuel, 10) + " instructions (option " + optFuel.Name + ")"
	case "memory", "size":
		return text + " (option " + optMemory.Name + ")"
	case "depth":
		return text + ": functions call each other too deep"
	}
	if e.Reason == "host" {
		return "Erlang error while running Lua: " + e.Where
	}
	return text
}

// timeout says that time ran out, by the limit of the device or that of the
// request.
func (s *session) timeout(e *vm.Error, doing string) error {
	where := ""
	if e.Line > 0 {
		where = " at " + place(e.Chunk, e.Line)
	}
	return fail.New(fail.Timeout, Name, "%.64s%s was stopped: it ran out of time (at most %d ms, option %s) or the request was given up", doing, where, optTimeout.Int(s.env), optTimeout.Name)
}
