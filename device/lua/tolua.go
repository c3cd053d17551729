package lua

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// internKeys is up to how many keys the keys of a message are shared with the
// names in the program.
const internKeys = 64

// encoder makes Lua values of messages (spec 03, 14.4.1).
type encoder struct {
	ctx    context.Context
	loader message.Loader
	vm     *vm.VM
	memory int64 // bytes that messages may take
	before int64 // bytes on the account of the machine when the session began
	loads  int

	// origin is what tables were made from. A table that comes back as it was
	// is the same message again, with all that is known about it.
	origin map[*vm.Table]message.Value
}

// encode returns a value as Lua sees it.
func (e *encoder) encode(v message.Value, depth int) (vm.Value, error) {
	const op = Name
	switch x := v.(type) {
	case message.Binary:
		return e.vm.String(string(x)), nil
	case message.Int:
		return vm.Int(int64(x)), nil
	case message.Float:
		return vm.Float(float64(x)), nil
	case message.Atom:
		switch x {
		case message.True:
			return vm.Bool(true), nil
		case message.False:
			return vm.Bool(false), nil
		}
		return e.vm.String(string(x)), nil
	case *message.Big:
		if e.vm.Dialect() == vm.Standard {
			return vm.Nil, fail.New(fail.Invalid, op, "the integer %.40s is beyond 64 bits, which standard Lua does not have", x)
		}
		return vm.BigInt(x.Int()), nil
	}
	if depth >= message.MaxDepth {
		return vm.Nil, fail.New(fail.Exhausted, op, "a message nests deeper than %d levels", message.MaxDepth)
	}
	if e.vm.MemoryUsed()-e.before > e.memory {
		return vm.Nil, fail.New(fail.Exhausted, op, "the messages that the program works on do not fit into its memory of %d bytes (option %s)", e.memory, optMemory.Name)
	}
	switch x := v.(type) {
	case message.Link:
		if e.loads++; e.loads > message.MaxLoads {
			return vm.Nil, fail.New(fail.Exhausted, op, "a message has more than %d links", message.MaxLoads)
		}
		loaded, err := message.Loaded(e.ctx, e.loader, x)
		if err != nil {
			return vm.Nil, fail.New(fail.KindOf(err), op, "cannot load link %.64s: %w", x.ID, err)
		}
		return e.encode(loaded, depth+1)
	case *message.List:
		return e.list(x, depth)
	case *message.Message:
		return e.message(x, depth)
	}
	return vm.Nil, fail.New(fail.Invalid, op, "a path that has not been resolved cannot be passed to a program")
}

func (e *encoder) list(l *message.List, depth int) (vm.Value, error) {
	t := e.vm.NewTable(l.Len(), 0)
	for i, item := range l.All() {
		v, err := e.encode(item, depth+1)
		if err != nil {
			return vm.Nil, err
		}
		e.vm.SetIndex(t, int64(i)+1, v)
	}
	e.origin[t] = l
	return t.Value(), nil
}

func (e *encoder) message(m *message.Message, depth int) (vm.Value, error) {
	n := m.Len()
	if n > 0 && m.Has("1") && m.IsNumbered() {
		return e.numbered(m, depth)
	}
	t := e.vm.NewTable(0, n)
	for k, item := range m.All() {
		v, err := e.encode(item, depth+1)
		if err != nil {
			return vm.Nil, err
		}
		if n <= internKeys {
			e.vm.SetField(t, k, v)
		} else if err := e.vm.Set(t, e.vm.String(k), v); err != nil {
			return vm.Nil, err
		}
	}
	e.origin[t] = m
	return t.Value(), nil
}

// numbered returns a message with the keys 1 to n as an array.
func (e *encoder) numbered(m *message.Message, depth int) (vm.Value, error) {
	t := e.vm.NewTable(m.Len(), 0)
	for i := 1; i <= m.Len(); i++ {
		item, _ := m.Get(strconv.Itoa(i))
		v, err := e.encode(item, depth+1)
		if err != nil {
			return vm.Nil, err
		}
		e.vm.SetIndex(t, int64(i), v)
	}
	return t.Value(), nil
}
