package lua

import (
	"context"
	"hash/maphash"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// VM is one machine. It is not safe for concurrent use; different machines
// share nothing.
type VM struct {
	dialect Dialect
	limits  Limits
	clock   func() time.Time
	print   func(string)
	ctx     context.Context

	slice int64 // fuel left before the next check
	fuel  int64 // fuel left beyond the slice
	work  int64 // skipped removed keys: bounded, but not part of the fuel
	mem   int64 // bytes allocated since the last measurement, plus the live then

	globals  *Table
	registry map[string]HostFunction
	hosts    map[string]*hostFunction
	typeMeta [KindThread + 1]*Table
	mmNames  [eventCount]Value
	strings  map[string]*stringObject // interned constants
	chars    [256]Value

	main    *thread
	cur     *thread
	depth   int // nested Go activations
	running bool
	calls   []*Call

	tables, functions, protos, threads uint64 // next numbers

	random   generator
	seed     maphash.Seed
	mix      uint64
	patterns patternCache
	persist  *persistence
}

// New returns a machine with its libraries installed.
func New(o Options) (*VM, error) {
	if o.Dialect > Standard {
		return nil, fail.New(fail.Invalid, "lua.New", "unknown dialect %d", o.Dialect)
	}
	vm := newVM(o)
	vm.installLibraries(o.NoLoad)
	return vm, nil
}

// newVM returns a machine without globals.
func newVM(o Options) *VM {
	vm := &VM{
		dialect:  o.Dialect,
		limits:   o.Limits.withDefaults(),
		clock:    o.Clock,
		print:    o.Print,
		ctx:      context.Background(),
		registry: map[string]HostFunction{},
		hosts:    map[string]*hostFunction{},
		strings:  map[string]*stringObject{},
		seed:     maphash.MakeSeed(),
	}
	if vm.clock == nil {
		vm.clock = func() time.Time { return time.Unix(0, 0) }
	}
	if vm.print == nil {
		vm.print = func(string) {}
	}
	vm.mix = maphash.String(vm.seed, "mix")
	for i := range vm.chars {
		vm.chars[i] = vm.intern(string([]byte{byte(i)}))
	}
	for i, name := range eventNames {
		vm.mmNames[i] = vm.intern(name)
	}
	for name, fn := range o.Functions {
		vm.registry[name] = fn
	}
	vm.main = vm.newThread()
	vm.main.status = running
	vm.cur = vm.main
	vm.random.seed(vm.dialect, float64(o.Seed))
	return vm
}

// intern returns the shared string object for s.
func (vm *VM) intern(s string) Value {
	if o, ok := vm.strings[s]; ok {
		return stringValue(o)
	}
	if len(vm.strings) > 1<<16 {
		clear(vm.strings)
	}
	v := String(strings.Clone(s))
	vm.strings[v.str()] = (*stringObject)(v.p)
	return v
}

// String returns a string value, charged to the machine's memory.
func (vm *VM) String(s string) Value {
	if len(s) == 1 {
		return vm.chars[s[0]]
	}
	vm.mem += costString + int64(len(s))
	return String(s)
}

// Dialect returns the dialect of the machine.
func (vm *VM) Dialect() Dialect { return vm.dialect }

// Globals returns the table of global variables.
func (vm *VM) Globals() *Table { return vm.globals }

// Global returns a global variable.
func (vm *VM) Global(name string) Value { return vm.getStr(vm.globals, vm.intern(name)) }

// SetGlobal assigns a global variable.
func (vm *VM) SetGlobal(name string, v Value) { vm.set(vm.globals, vm.intern(name), v) }

// FuelUsed returns the fuel that the last or current call has used.
func (vm *VM) FuelUsed() int64 { return vm.limits.Fuel - vm.fuel - vm.slice }

// MemoryUsed returns the bytes on the machine's account: live objects and
// those allocated since they were last measured.
func (vm *VM) MemoryUsed() int64 { return vm.mem }

// SetFuel changes the fuel limit of following calls.
func (vm *VM) SetFuel(fuel int64) {
	if fuel > 0 {
		vm.limits.Fuel = fuel
	}
}

// SetClock changes the clock; nil stands still at the Unix epoch.
func (vm *VM) SetClock(clock func() time.Time) {
	if clock == nil {
		clock = func() time.Time { return time.Unix(0, 0) }
	}
	vm.clock = clock
}

// SetSeed seeds math.random anew, as math.randomseed(seed) does.
func (vm *VM) SetSeed(seed uint64) { vm.random.seed(vm.dialect, float64(seed)) }
