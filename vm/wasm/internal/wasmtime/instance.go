//go:build cgo

package wasmtime

/*
#cgo noescape hb_func
#cgo nocallback hb_func
#cgo noescape hb_global_get
#cgo nocallback hb_global_get
#include "shim.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Instance is a module with memory of its own. It is not for concurrent use,
// except for Cancel.
type Instance struct {
	p      *C.hb_instance
	m      *Module
	handle cgo.Handle
}

// NewInstance prepares an instance whose imports host answers. memory is the
// export name of its memory ("" without), which cannot grow over memoryBytes.
// The guest does not run before [Instance.Start].
func NewInstance(m *Module, host Host, memory string, memoryBytes, tableElements uint64) *Instance {
	in := &Instance{m: m, handle: cgo.NewHandle(host)}
	in.p = C.hb_instance_new(m.p, C.uintptr_t(in.handle), strPtr(memory), C.size_t(len(memory)),
		C.uint64_t(memoryBytes), C.uint64_t(tableElements))
	return in
}

func strPtr(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }

// Start instantiates: segments are copied and the start function runs.
func (in *Instance) Start(fuel uint64) *Failure {
	C.hb_start(in.p, in.m.p, C.uint64_t(fuel))
	return take(&in.p.failure)
}

// Close frees the instance and its memory.
func (in *Instance) Close() {
	C.hb_instance_free(in.p)
	in.handle.Delete()
	in.p = nil
}

// Func looks up an exported function.
func (in *Instance) Func(name string) (Func, bool) {
	var f C.wasmtime_func_t
	ok := C.hb_func(in.p, strPtr(name), C.size_t(len(name)), &f)
	return Func{uint64(f.store_id), uintptr(f.priv)}, bool(ok)
}

// Values returns the argument buffer.
func (in *Instance) Values() *[Slots]Value { return (*[Slots]Value)(unsafe.Pointer(&in.p.slots)) }

// Call calls f with the n values at slot, where the results are left; n is the
// larger of the numbers of parameters and results. An outer call gets fuel; a
// nested one, made by a host function, uses what is left.
func (in *Instance) Call(f Func, slot, n uint32, outer bool, fuel uint64) *Failure {
	if C.hb_call(in.p, C.uint64_t(f.store), C.uintptr_t(f.priv), C.uint32_t(slot), C.uint32_t(n), C.bool(outer), C.uint64_t(fuel)) == C.HB_OK {
		return nil
	}
	return take(&in.p.failure)
}

// Fuel returns what was left after the last outer call.
func (in *Instance) Fuel() uint64 { return uint64(in.p.fuel) }

// Cancel stops the running call, or the next one if none runs, until Clear.
// It may be called from any goroutine before Close.
func (in *Instance) Cancel(e *Engine) { C.hb_cancel(in.p, e.p) }

// Clear withdraws Cancel.
func (in *Instance) Clear() { C.hb_clear(in.p) }

// Memory returns the guest's memory itself. It is valid until the guest runs or
// the memory grows.
func (in *Instance) Memory() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(in.p.base)), int(in.p.size))
}

// Grow adds pages of 64 KiB.
func (in *Instance) Grow(pages uint64) *Failure {
	C.hb_grow(in.p, C.uint64_t(pages))
	return take(&in.p.failure)
}

// Global returns the bits of an exported global.
func (in *Instance) Global(name string) (Value, bool) {
	var bits [2]C.uint64_t
	ok := C.hb_global_get(in.p, strPtr(name), C.size_t(len(name)), &bits[0])
	return Value{uint64(bits[0]), uint64(bits[1])}, bool(ok)
}

// SetGlobal sets an exported mutable global of kind 0 i32 to 4 v128.
func (in *Instance) SetGlobal(name string, kind byte, v Value) bool {
	return bool(C.hb_global_set(in.p, strPtr(name), C.size_t(len(name)), C.uint8_t(kind), C.uint64_t(v.Lo), C.uint64_t(v.Hi)))
}
