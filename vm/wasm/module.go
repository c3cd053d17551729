package wasm

import (
	"runtime"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

// Module is a compiled image. It is safe for concurrent use.
type Module struct {
	image   id.ID
	engine  *Engine
	native  *wasmtime.Module
	info    *rewrite.Info
	exports map[string]int // of functions, into info.Exports
	blocker string

	dataPages map[int]bool // pages of a snapshot that hold data from the start
}

func newModule(e *Engine, image id.ID, native *wasmtime.Module, info *rewrite.Info, blocker string) *Module {
	m := &Module{image: image, engine: e, native: native, info: info, blocker: blocker, exports: map[string]int{}}
	params, results := make([][]byte, len(info.Imports)), make([][]byte, len(info.Imports))
	for i, im := range info.Imports {
		params[i], results[i] = kinds(im.Type.Params), kinds(im.Type.Results)
	}
	native.SetImports(params, results)
	for i, e := range info.Exports {
		if e.Kind == rewrite.Func {
			m.exports[e.Name] = i
		}
	}
	m.dataPages = map[int]bool{}
	for _, r := range info.Data {
		for a := r.Start / snapshot.PageSize; a*snapshot.PageSize < r.Start+r.Len; a++ {
			m.dataPages[int(a)] = true
		}
	}
	runtime.AddCleanup(m, (*wasmtime.Module).Close, native)
	return m
}

// kinds returns types in the numbering of the engine, which is the same.
func kinds(ts []ValType) []byte {
	out := make([]byte, len(ts))
	for i, t := range ts {
		out[i] = byte(t)
	}
	return out
}

// Image returns the ID of the module: the SHA-256 of its original bytes.
func (m *Module) Image() id.ID { return m.image }

// Imports lists the functions that the module asks for, in its order.
func (m *Module) Imports() []Import { return m.info.Imports }

// Exports lists what the module offers, in its order.
func (m *Module) Exports() []Export { return m.info.Exports }

// Function returns the type of an exported function.
func (m *Module) Function(export string) (Signature, bool) {
	i, ok := m.exports[export]
	if !ok {
		return Signature{}, false
	}
	return m.info.Exports[i].Type, true
}

// Memory64 reports whether addresses in the module's memory have 64 bits.
func (m *Module) Memory64() bool { return m.info.Memory64 }

// SnapshotBlocker returns why instances of the module cannot be saved, of kind
// [fail.Unsupported], or nil when they can.
func (m *Module) SnapshotBlocker() error {
	if m.blocker == "" {
		return nil
	}
	return fail.New(fail.Unsupported, "wasm.Snapshot", "the state of this module cannot be saved: %s", m.blocker)
}
