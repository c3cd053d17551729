package wasm

import (
	"context"
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// maxUndefined is how many calls of undefined functions a state remembers.
const maxUndefined = 100

// library answers what a program imports from the messages under "stdlib"
// (spec 03, 11.8). The state goes from call to call.
type library struct {
	call   *ao.Call
	env    *ao.Env
	prefix string
	state  *message.Message
	failed bool // a library failed
}

func newLibrary(c *ao.Call, state *message.Message) *library {
	return &library{call: c, env: c.Internal(), prefix: machine.Prefix(state), state: state}
}

// answer implements [machine.ImportFunc].
func (l *library) answer(ctx context.Context, g *machine.Guest, im vm.Import, args, results []vm.Value) error {
	list := make([]message.Value, len(args))
	for i, a := range args {
		list[i] = valueOf(a)
	}
	sig := im.Type.String()
	req := message.Of(
		message.P("module", message.Binary(im.Module)),
		message.P("func", message.Binary(im.Name)),
		message.P("args", message.NewList(list...)),
		message.P("func-sig", message.Binary(sig[:len(sig)-1])))
	out, err := l.ask(ctx, machine.WithGuest(l.state, g), req)
	if err == nil {
		err = l.accept(out, im, results)
	}
	var exit *machine.Exit
	if err == nil || errors.As(err, &exit) {
		return err
	}
	l.failed = true
	text := fail.Sentence(err)
	if o := (*ao.Outcome)(nil); errors.As(err, &o) {
		text = o.Error()
	}
	return fail.New(fail.KindOf(err), Name+"/import", "library function %.64s.%.64s: %s", im.Module, im.Name, text)
}

// accept takes over the state and the result that a library answered with.
// Without a number the result is 0.
func (l *library) accept(out *message.Message, im vm.Import, results []vm.Value) error {
	v, _, err := l.call.Lookup(out, "state")
	if err != nil {
		return err
	}
	if next, ok := v.(*message.Message); ok {
		l.state = machine.WithoutGuest(next)
	}
	if len(results) == 0 {
		return nil
	}
	if v, err = at(l.call, out, []string{"results", "1"}); err != nil || v == nil {
		return err
	}
	n, ok := number(v)
	if !ok {
		return fail.New(fail.Invalid, Name+"/import", "the result of a library function is not a number")
	}
	results[0], err = n.Convert(results[0].Type())
	return err
}

// ask resolves a library function: {state, results}.
func (l *library) ask(ctx context.Context, state, req *message.Message) (*message.Message, error) {
	module, function := req.Text("module"), req.Text("func")
	v, err := at(l.call, state, append(message.Parts(l.prefix), "stdlib", module))
	if err != nil {
		return nil, err
	}
	lib, ok := v.(*message.Message)
	if !ok || len(message.Parts(function)) == 0 {
		return l.undefined(state, req)
	}
	v, err = l.env.Resolve(ctx, lib.Set("state", state), req.Set("path", message.Binary(function)))
	if err != nil && ao.AsMissing(err) {
		return l.undefined(state, req)
	}
	if err != nil {
		return nil, err
	}
	out, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/import", "a library function must answer with state and results")
	}
	return out, nil
}

// undefined is the answer of a function that no library has: 0, and a note in
// the state.
func (l *library) undefined(state, req *message.Message) (*message.Message, error) {
	if optRecord.Bool(&l.call.Env) {
		path := append(append([]string{"state", "results"}, message.Parts(l.prefix)...), "undefined-calls")
		v, err := at(l.call, state, path)
		if err != nil {
			return nil, err
		}
		calls := []message.Value{req.Set("path", message.Binary("import"))}
		if old, ok := v.(*message.List); ok {
			for i, e := range old.All() {
				if i+1 < maxUndefined {
					calls = append(calls, e)
				}
			}
		}
		if state, err = deep(l.call).Set(state, path, message.NewList(calls...)); err != nil {
			return nil, err
		}
	}
	return message.Of(
		message.P("state", state),
		message.P("results", message.NewList(message.Int(0)))), nil
}

// importKey answers a library function for others than the program.
func (d device) importKey(c *ao.Call) (message.Value, error) {
	out, err := newLibrary(c, c.Base).ask(c.Ctx, c.Base, c.Request())
	if err != nil {
		return nil, err
	}
	return out, nil
}
