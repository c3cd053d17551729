package wasm

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// maxArgs bounds the parameters of a call.
const maxArgs = 1000

// numbers returns parameters, a list or a numbered message, as arguments.
func numbers(c *ao.Call, v message.Value) ([]vm.Value, error) {
	const op = Name + "/compute"
	if m, ok := v.(*message.Message); ok {
		l, err := m.List()
		if err != nil {
			return nil, fail.New(fail.Invalid, op, "invalid arguments: the parameters are not a list: %w", err)
		}
		v = l
	}
	if v == nil {
		return nil, nil
	}
	l, ok := v.(*message.List)
	if !ok {
		l = message.NewList(v)
	}
	if l.Len() > maxArgs {
		return nil, fail.New(fail.TooLarge, op, "more than %d parameters", maxArgs)
	}
	out := make([]vm.Value, l.Len())
	for i, p := range l.All() {
		p, err := message.Loaded(c.Ctx, c.Cache, p)
		if err != nil {
			return nil, err
		}
		if out[i], ok = number(p); !ok {
			return nil, fail.New(fail.Invalid, op, "invalid argument: parameter %d is not a number", i+1)
		}
	}
	return out, nil
}

// number returns a number, or a text that is one, as it is passed to programs.
func number(v message.Value) (vm.Value, bool) {
	switch x := v.(type) {
	case message.Int:
		return vm.I64(int64(x)), true
	case message.Float:
		return vm.F64(float64(x)), true
	case *message.Big:
		if n := x.Int(); n.IsUint64() {
			return vm.I64(int64(n.Uint64())), true
		}
	case message.Binary:
		if n, ok := message.AsInt(x); ok {
			return vm.I64(n), true
		}
		if f, err := strconv.ParseFloat(string(x), 64); err == nil {
			return vm.F64(f), true
		}
	}
	return vm.Value{}, false
}

// valueOf returns a result of a program as a value: integers are signed.
func valueOf(v vm.Value) message.Value {
	if v.IsInt() {
		return message.Int(v.Int())
	}
	return message.Float(v.Float())
}
