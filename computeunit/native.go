package computeunit

import (
	"context"
	"errors"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/emscripten"
)

// Start returns a machine for a module as it is before the first message.
//
// # Errors
//
// Those of [machine.Start], and [fail.Unsupported] for a program that does not
// have the function "handle" of legacynet.
func Start(ctx context.Context, module *wasm.Module, limits wasm.Limits) (*machine.Machine, error) {
	if _, ok := module.Function("handle"); !ok {
		return nil, fail.New(fail.Unsupported, "computeunit.Start", "the module has no function \"handle\": it is no program for legacynet")
	}
	run := runOf(module, limits)
	m, err := machine.Start(ctx, module, run)
	if err != nil {
		return nil, err
	}
	return m.Do(ctx, run, 0, emscripten.Start)
}

// runOf returns how a module is run: in a new world.
func runOf(module *wasm.Module, limits wasm.Limits) machine.Run {
	host := emscripten.New(emscripten.Options{Memory64: module.Memory64()})
	return machine.Run{Limits: limits, Imports: func(_ context.Context, g *machine.Guest, im wasm.Import, args, results []wasm.Value) error {
		return host.Answer(g, im, args, results)
	}}
}

// Evaluate has a program handle a message, and returns the machine after it with
// the result. A result with an error comes with m itself. m must be one that
// [Start] made, or what followed from it.
//
// # Errors
//
// Those that are not the program's own doing: the context's, and those of the
// node.
func Evaluate(ctx context.Context, m *machine.Machine, limits wasm.Limits, msg, environment string) (*machine.Machine, *message.Message, error) {
	var text string
	next, err := m.Do(ctx, runOf(m.Module(), limits), len(msg)+len(environment), func(ctx context.Context, in *wasm.Instance) error {
		var err error
		text, err = emscripten.CallText(ctx, in, "handle", msg, environment)
		return err
	})
	switch {
	case err == nil:
	case ctx.Err() == nil && own(err):
		return m, result(failure(message.Binary(reason(err)))), nil
	default:
		return nil, nil, err
	}
	response := respond(text)
	if keepsMemory(response) {
		next = m
	}
	return next, result(response), nil
}

// own reports whether an error is the program's doing, and the same on every
// node: a trap, a limit, an exit.
func own(err error) bool {
	var exit *emscripten.Exit
	if errors.As(err, &exit) {
		return true
	}
	switch fail.KindOf(err) {
	case fail.Failed, fail.Exhausted, fail.Invalid:
		return true
	}
	return false
}

// reason returns what a program was ended by.
func reason(err error) string {
	var exit *emscripten.Exit
	if errors.As(err, &exit) {
		return exit.Error()
	}
	return fail.Sentence(err)
}

// failure returns the response of a program that gave none.
func failure(why message.Value) *message.Message { return message.Of(message.P(keyError, why)) }

// respond reads the answer of a program.
func respond(text string) *message.Message {
	v, err := json.Parse(text)
	if err != nil {
		return failure(message.Binary("The module did not answer with JSON."))
	}
	answer, _ := v.(*message.Message)
	response := field(answer, "response")
	if !truthy(field(answer, "ok")) {
		return failure(or(response, message.Binary("The module did not say what failed.")))
	}
	m, ok := response.(*message.Message)
	if !ok {
		return failure(message.Binary("The module answered without a response."))
	}
	return m
}

// The keys of a result.
const (
	keyError       = "Error"
	keyOutput      = "Output"
	keyMessages    = "Messages"
	keySpawns      = "Spawns"
	keyAssignments = "Assignments"
	keyPatches     = "Patches"
	keyGas         = "GasUsed"
)

// result returns a response with what every result has.
func result(response *message.Message) *message.Message {
	b := message.NewBuilder(8)
	for _, k := range [...]string{keyMessages, keyAssignments, keySpawns, keyPatches} {
		b.Set(k, list(field(response, k)))
	}
	output := field(response, keyOutput)
	if n, ok := message.Text(output); ok && isNumber(output) {
		output = message.Binary(n)
	}
	if output == nil {
		output = message.Binary("")
	}
	b.Set(keyOutput, output)
	b.Set(keyGas, message.Int(0))
	if e := field(response, keyError); e != nil {
		b.Set(keyError, e)
	}
	return b.Message()
}

// list returns a list; the encoder of Lua cannot tell an empty one from an empty
// table.
func list(v message.Value) message.Value {
	if l, ok := v.(*message.List); ok {
		return l
	}
	if m, ok := v.(*message.Message); ok && m.Len() > 0 {
		return m
	}
	return message.NewList()
}

func isNumber(v message.Value) bool {
	switch v.(type) {
	case message.Int, message.Float:
		return true
	}
	_, big := message.AsBig(v)
	return big
}

// noMemory is how the output of old modules ends that ran out of memory without
// an error.
const noMemory = "not enough memory for buffer allocation"

// keepsMemory reports whether memory stays what it was before a response.
func keepsMemory(response *message.Message) bool {
	if truthy(field(response, keyError)) {
		return true
	}
	output := field(response, keyOutput)
	if m, ok := output.(*message.Message); ok {
		output = field(m.Message("data"), "output")
	}
	text, _ := output.(message.Binary)
	return strings.HasSuffix(string(text), noMemory)
}

// truthy reports whether JavaScript takes a value for true.
func truthy(v message.Value) bool {
	switch x := v.(type) {
	case nil:
		return false
	case message.Binary:
		return x != ""
	case message.Int:
		return x != 0
	case message.Float:
		return x != 0
	case message.Atom:
		return x != message.False && x != message.Null
	}
	return true
}
