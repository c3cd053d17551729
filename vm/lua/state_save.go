package lua

import (
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Save returns the whole state of the machine as bytes: globals and all that
// they reach, with shared variables, metatables, cycles and suspended
// coroutines. Equal states give equal bytes. Objects are numbered in the order
// in which they are reached. It fails with kind Conflict while a call is under
// way. See docs/formats/lua-state.md.
func (vm *VM) Save() ([]byte, error) {
	if vm.running {
		return nil, fail.New(fail.Conflict, "lua.Save", "the machine is running")
	}
	numbers := map[unsafe.Pointer]uint32{}
	var queue []savedObject
	e := &encoder{ref: func(o savedObject) uint32 {
		p := o.v.p
		if o.ch != nil {
			p = unsafe.Pointer(o.ch)
		}
		n, ok := numbers[p]
		if !ok {
			queue = append(queue, o)
			n = uint32(len(queue))
			numbers[p] = n
		}
		return n
	}}
	e.head(vm)
	for i := 0; i < len(queue); i++ {
		e.byte(1)
		if err := e.record(queue[i], nil); err != nil {
			return nil, err
		}
	}
	e.byte(0)
	return e.b, nil
}
