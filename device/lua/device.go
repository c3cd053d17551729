// Package lua is the device lua@5.3a: messages whose keys are functions of a Lua
// program (spec 03, 14).
//
// # Parts
//
// A call of a key goes through these steps: the [point] of the base is taken
// from its private state, or made from its modules (module.go); function and
// arguments are chosen (call.go) and become Lua values (tolua.go); the function
// runs under limits (budget.go) and may ask the engine through the table ao
// (library.go); its results become a message (fromlua.go), or its error an
// answer that says where it happened (fault.go).
//
// # State
//
// What a program has done to its globals is a point of its history: a value,
// as the message is that it belongs to. See [point].
package lua

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// Name is the name of the device.
const Name = "lua@5.3a"

const doc = `Runs Lua programs: a key of the message is a function of the program.

The program is under "module": the ID of a stored module, a message with "content-type" application/lua and the source as its
"body", or a list or message of several of these, which run in order in one machine. Its chunks run once, when the message is first
used; after that every key that is not in the message calls the global function of that name with (base, request, {}).

"function" and "parameters" of the request's body, of the request or of the base override the name and the arguments. A function
returns one value, or a status and a value: "return base", "return 'error', 'no such account'". When the value is a message, what
the call did to the program's variables goes with it; otherwise it is forgotten.

Messages become tables and back. Integers keep their size and differ from floats, a message with the keys 1 to n is an array, links
are loaded, an empty table is an empty message.

Programs reach other devices through ao.resolve(request), ao.resolve(base, path), ao.resolve(base, request, ...), ao.get(key, base),
ao.set(base, key, value), ao.set(base, table) and ao.event(x). {"as", device, message} is a message seen through a device.
"device-sandbox" lists the devices that a program may use.

"sandbox" is true, a list of names such as "os.time", or a message of names to values: these globals are replaced once the modules
have run. Programs have no access to files, processes or the environment in any case.

The language is that of the reference, to the byte. "lua-dialect": "5.3" asks for standard Lua 5.3, with coroutines, goto and all
libraries.

os.time is the time of the assignment that is being computed, and math.random is seeded from the process, so that every node comes to
the same result.

    hyperbeam process spawn --module counter.lua
    hyperbeam process send PROCESS --action Inc
    curl http://localhost:8734/PROCESS~process@1.0/now/count    # 2`

// Options of the node that the device reads.
var (
	optFuel    = ao.Option{Name: "lua_fuel", Default: message.Int(1_000_000_000), Doc: "Instructions that one call of a Lua program may take, with everything it asks for."}
	optMemory  = ao.Option{Name: "lua_memory_bytes", Default: message.Int(256 << 20), Doc: "Bytes that the variables of a Lua program may take."}
	optOutput  = ao.Option{Name: "lua_output_bytes", Default: message.Int(64 << 20), Doc: "Bytes that one call of a Lua program may add to its message, or pass to other devices at once."}
	optTimeout = ao.Option{Name: "lua_timeout", Default: message.Int(60_000), Doc: "Milliseconds that one call of a Lua program may take; 0 is unlimited."}
	optNesting = ao.Option{Name: "lua_nesting", Default: message.Int(16), Doc: "How deep Lua programs may call each other through the engine."}
	optRepeat  = ao.Option{Name: "lua_deterministic_host", Default: message.True, Doc: "Whether clock and randomness of Lua programs follow from what they compute; false gives them those of the node."}
	options    = []ao.Option{optFuel, optMemory, optOutput, optTimeout, optNesting, optRepeat}
)

// New returns the device.
func New() *ao.Device {
	d := &device{idle: newIdle()}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The message with its program loaded.", Reads: "base: module, sandbox, device-sandbox, lua-dialect, process", Run: native(d.init)},
			{Name: "functions", Doc: "The names of the program's global functions.", Run: native(d.functions)},
			{Name: "snapshot", Doc: "The variables of the program.", Reads: "request: format (parts, or body for one piece)", Run: native(d.snapshot)},
			{Name: "normalize", Doc: "The message with its program as its snapshot has it.", Reads: "base: snapshot, device-key", Run: native(d.normalize)},
		},
		Default:  native(d.call),
		Excludes: []string{"keys", "set", "encode", "decode"},
		Options:  options,
	}
}

type device struct{ idle *idle }

// native lets a key that the base has win over what the device does under that
// name (spec 03, 14.1.1).
func native(f ao.Func) ao.Func {
	return func(c *ao.Call) (message.Value, error) {
		if c.Base.Has(c.Key) {
			return ao.AsMessage(c)
		}
		return f(c)
	}
}

// init returns the base with its program loaded (spec 03, 14.1.3).
func (d *device) init(c *ao.Call) (message.Value, error) {
	if _, ok := pointSlot.In(c.Base); ok {
		return c.Base, nil
	}
	p, err := d.pointOf(c)
	if err != nil {
		return nil, err
	}
	s, err := newSession(c)
	if err != nil {
		return nil, err
	}
	in, err := p.acquire(s)
	if err != nil {
		return nil, err
	}
	p.leave(in)
	return pointSlot.Set(c.Base, p), nil
}

// functions returns the names of the global functions (spec 03, 14.1.6).
func (d *device) functions(c *ao.Call) (message.Value, error) {
	p, ok := pointSlot.In(c.Base)
	if !ok {
		return nil, ao.Missing
	}
	s, err := newSession(c)
	if err != nil {
		return nil, err
	}
	in, err := p.acquire(s)
	if err != nil {
		return nil, err
	}
	defer p.leave(in)
	names := []string{}
	in.vm.Each(in.vm.Globals(), func(k, v vm.Value) bool {
		if name, ok := k.AsString(); ok && v.IsFunction() {
			names = append(names, name)
		}
		return true
	})
	return message.Strings(names), nil
}
