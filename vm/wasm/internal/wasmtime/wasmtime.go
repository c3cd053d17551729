//go:build cgo

// Package wasmtime is the thinnest layer over Wasmtime's C API that the engine
// of package wasm needs.
//
// The Go module wasmtime-go supplies the library itself. Its own wrapper costs
// 4 to 7 microseconds a call (values are boxed, callbacks go through reflection)
// and has no setters for exceptions and canonical NaNs, so the calls are made by
// a C shim (shim.c): one crossing an operation, arguments in a buffer of the
// instance, and the address of the guest's memory left where Go can read it.
//
// Nothing here checks types or concurrency; package wasm does.
package wasmtime

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"

	_ "github.com/bytecodealliance/wasmtime-go/v44" // the static library

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Engine compiles modules.
type Engine struct{ p *C.wasm_engine_t }

// NewEngine returns an engine whose guests have stack bytes of stack.
//
// # Errors
//
// [fail.Unavailable] when the linked library lacks a function.
func NewEngine(stack uint64) (*Engine, error) {
	if missing := C.hb_linked(); missing != nil {
		return nil, fail.New(fail.Unavailable, "wasmtime.NewEngine", "the linked Wasmtime library has no %s", C.GoString(missing))
	}
	return &Engine{C.hb_engine(C.uint64_t(stack))}, nil
}

// Close frees the engine. Modules and instances keep what they need of it.
func (e *Engine) Close() { C.wasm_engine_delete(e.p) }

// Validate returns why wasm is not a valid module, or nil.
func (e *Engine) Validate(wasm []byte) error {
	var f C.hb_failure
	C.hb_validate(e.p, bytePtr(wasm), C.size_t(len(wasm)), &f)
	return take(&f).err("wasmtime.Validate", fail.Invalid)
}

// Compile translates a module into native code.
func (e *Engine) Compile(wasm []byte) (*Module, error) {
	var m *C.hb_module
	var f C.hb_failure
	if C.hb_compile(e.p, bytePtr(wasm), C.size_t(len(wasm)), &m, &f) != C.HB_OK {
		return nil, take(&f).err("wasmtime.Compile", fail.Invalid)
	}
	return &Module{m}, nil
}

// Deserialize loads what [Module.Serialize] returned. code is trusted: it is
// native code.
func (e *Engine) Deserialize(code []byte) (*Module, error) {
	var m *C.hb_module
	var f C.hb_failure
	if C.hb_deserialize(e.p, bytePtr(code), C.size_t(len(code)), &m, &f) != C.HB_OK {
		return nil, take(&f).err("wasmtime.Deserialize", fail.Invalid)
	}
	return &Module{m}, nil
}

func bytePtr(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }

// Module is compiled code.
type Module struct{ p *C.hb_module }

// Serialize returns the module for [Engine.Deserialize].
func (m *Module) Serialize() ([]byte, error) {
	var v C.wasm_byte_vec_t
	var f C.hb_failure
	if C.hb_serialize(m.p, &v, &f) != C.HB_OK {
		return nil, take(&f).err("wasmtime.Serialize", fail.Internal)
	}
	out := C.GoBytes(unsafe.Pointer(v.data), C.int(v.size))
	C.wasm_byte_vec_delete(&v)
	return out, nil
}

// SetImports declares the imported functions: for each the kinds of its
// parameters and of its results (0 i32, 1 i64, 2 f32, 3 f64). Call it once.
func (m *Module) SetImports(params, results [][]byte) {
	var sigs []byte
	for i := range params {
		for _, list := range [][]byte{params[i], results[i]} {
			sigs = append(sigs, byte(len(list)), byte(len(list)>>8))
			sigs = append(sigs, list...)
		}
	}
	C.hb_module_imports(m.p, bytePtr(sigs), C.size_t(len(params)))
}

// Close frees the module. Instances keep what they need of it.
func (m *Module) Close() { C.hb_module_free(m.p) }

// take converts and frees a failure; nil when it holds none.
func take(f *C.hb_failure) *Failure {
	if f.status == C.HB_OK {
		return nil
	}
	out := &Failure{Code: int(f.code), Interrupted: bool(f.interrupted), Exception: bool(f.exception),
		Text: C.GoStringN(f.text, C.int(f.len))}
	C.free(unsafe.Pointer(f.text))
	f.text, f.status = nil, C.HB_OK
	return out
}

//export hbWasmtimeHostCall
func hbWasmtimeHostCall(handle C.uintptr_t, index C.uint32_t, values *C.wasmtime_val_raw_t) C.int {
	host := cgo.Handle(handle).Value().(Host)
	if host.HostCall(uint32(index), (*[1 << 16]Value)(unsafe.Pointer(values))) {
		return 0
	}
	return 1
}
