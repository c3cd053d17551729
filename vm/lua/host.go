package lua

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// HostFunction is a function implemented in Go. It reads its arguments from c,
// gives results with [Call.Push] and raises an error by returning one: the
// result of [Call.Raise], or any error, whose text becomes the message.
type HostFunction func(c *Call) error

// Call is one call of a host function. It is valid until the function returns.
type Call struct {
	vm   *VM
	th   *thread
	fn   *hostFunction
	args []Value
	ret  []Value
	hold []Value // values that must count as live meanwhile
}

// acquire returns the Call of the next depth.
func (vm *VM) acquire(th *thread, h *hostFunction, at, n int) *Call {
	for vm.depth >= len(vm.calls) {
		vm.calls = append(vm.calls, &Call{vm: vm})
	}
	c := vm.calls[vm.depth]
	vm.depth++
	c.th, c.fn = th, h
	c.args = th.stack[at+1 : at+1+n]
	c.ret = c.ret[:0]
	if c.hold != nil {
		c.hold = c.hold[:0]
	}
	return c
}

// VM returns the machine.
func (c *Call) VM() *VM { return c.vm }

// Args returns the arguments. The slice is valid until the function calls back
// into Lua; do not keep it.
func (c *Call) Args() []Value { return c.args }

// Arg returns argument i, counted from 0; nil when there are fewer.
func (c *Call) Arg(i int) Value {
	if i < len(c.args) {
		return c.args[i]
	}
	return Value{}
}

// Push adds results.
func (c *Call) Push(vs ...Value) { c.ret = append(c.ret, vs...) }

func (c *Call) push(v Value) error {
	c.ret = append(c.ret, v)
	return nil
}

// PushString adds a string as a result.
func (c *Call) PushString(s string) { c.ret = append(c.ret, c.vm.String(s)) }

// Call calls a Lua or host function and returns its results, which are a copy.
// An error of the program has the type [*Error] and may be returned as it is.
func (c *Call) Call(f Value, args ...Value) ([]Value, error) {
	res, err := c.vm.callNested(f, args...)
	return append([]Value(nil), res...), err
}

// Raise returns an error with any Lua value, as the function error does.
func (c *Call) Raise(v Value) error { return c.vm.raise(v) }

func (vm *VM) raise(v Value) error {
	if vm.dialect == Luerl {
		return vm.luerlErr("error_call", "", v)
	}
	e := &Error{Reason: "error_call", Args: []Value{v}, Value: v, set: true}
	return vm.located(e)
}

// Raisef returns an error with a message; standard Lua prefixes the position.
func (c *Call) Raisef(format string, args ...any) error { return c.vm.errorf(format, args...) }

// Spend charges fuel for the work of a host function. The error must be
// returned.
func (c *Call) Spend(units int64) error { return c.vm.spend(units) }

// Register makes a host function known by a name and returns it as a value. A
// saved state refers to the function by this name, so it must be registered in
// the machine that restores it ([Options.Functions]). Registering a name again
// replaces the function everywhere, also inside a restored state. The names of
// the library ("print", "string.rep") are taken.
func (vm *VM) Register(name string, fn HostFunction) Value {
	vm.registry[name] = fn
	if h, ok := vm.hosts[name]; ok {
		h.fn = fn
		return h.value()
	}
	h := &hostFunction{kind: KindHost, name: name, fn: fn}
	vm.hosts[name] = h
	return h.value()
}

// Load compiles a source text and returns the chunk as a function. Names that
// begin with '=' or '@' are shown in positions without that character.
func (vm *VM) Load(source, name string) (Value, error) {
	p, err := vm.compile(source, name)
	if err != nil {
		return Value{}, fail.Wrap(fail.Invalid, "lua.Load", vm.compileError(err))
	}
	return vm.mainFunction(p, vm.globals.Value()).value(), nil
}

// mainFunction makes the closure of a chunk, with its environment.
func (vm *VM) mainFunction(p *proto, env Value) *function {
	f := vm.newFunction(p)
	for i := range f.up {
		f.up[i] = &cell{kind: kindCell}
	}
	if len(f.up) > 0 {
		f.up[0].v = env
	}
	return f
}

func (vm *VM) newFunction(p *proto) *function {
	f := &function{kind: KindFunction, proto: p, id: vm.functions}
	vm.functions++
	if n := len(p.up); n > 0 {
		f.up = make([]*cell, n)
	}
	vm.mem += costFunction + int64(len(p.up))*8
	return f
}

// Call calls a function and returns its results. It begins a new account of
// fuel when no other call is under way. The error is a [*fail.Error] that
// wraps an [*Error].
func (vm *VM) Call(ctx context.Context, f Value, args ...Value) ([]Value, error) {
	if vm.running {
		res, err := vm.callNested(f, args...)
		return append([]Value(nil), res...), err
	}
	vm.running = true
	vm.ctx = ctx
	vm.fuel, vm.slice, vm.work = vm.limits.Fuel, 0, 0
	defer vm.finish()
	if err := vm.tick(); err != nil {
		return nil, export("lua.Call", err)
	}
	res, err := vm.callNested(f, args...)
	if err == nil && vm.slice+vm.fuel < 0 {
		err = vm.tick()
	}
	if err != nil {
		if e, ok := err.(*Error); ok {
			vm.errorValue(e)
		}
		return nil, export("lua.Call", err)
	}
	return append([]Value(nil), res...), nil
}

// finish leaves the main thread empty, whatever happened.
func (vm *VM) finish() {
	vm.running = false
	vm.ctx = context.Background()
	vm.cur = vm.main
	vm.depth = 0
	vm.main.frames = vm.main.frames[:0]
	vm.main.free, vm.main.top, vm.main.nested = 0, 0, 0
	if len(vm.main.stack) > baseStack {
		vm.main.stack = nil
	}
	clear(vm.main.stack)
}
