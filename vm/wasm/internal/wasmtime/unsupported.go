//go:build !cgo

// Package wasmtime is empty in programs built without cgo: there is no engine.
package wasmtime

import "github.com/hyperbeam-go/hyperbeam/fail"

// Engine cannot be made without cgo, so no method below is ever called.
type Engine struct{}

// Module is never made without cgo.
type Module struct{}

// Instance is never made without cgo.
type Instance struct{}

var errNoEngine = fail.New(fail.Unsupported, "wasmtime", "this node was built without cgo, so it cannot run WebAssembly")

// NewEngine returns [fail.Unsupported].
func NewEngine(uint64) (*Engine, error) { return nil, errNoEngine }

// Close does nothing.
func (*Engine) Close() {}

// Validate returns [fail.Unsupported].
func (*Engine) Validate([]byte) error { return errNoEngine }

// Compile returns [fail.Unsupported].
func (*Engine) Compile([]byte) (*Module, error) { return nil, errNoEngine }

// Deserialize returns [fail.Unsupported].
func (*Engine) Deserialize([]byte) (*Module, error) { return nil, errNoEngine }

// Serialize returns [fail.Unsupported].
func (*Module) Serialize() ([]byte, error) { return nil, errNoEngine }

// SetImports does nothing.
func (*Module) SetImports(_, _ [][]byte) {}

// Close does nothing.
func (*Module) Close() {}

// NewInstance returns nil.
func NewInstance(*Module, Host, string, uint64, uint64) *Instance { return nil }

func failure() *Failure { return &Failure{Code: -1, Text: errNoEngine.Text} }

// Start fails.
func (*Instance) Start(uint64) *Failure { return failure() }

// Close does nothing.
func (*Instance) Close() {}

// Func finds nothing.
func (*Instance) Func(string) (Func, bool) { return Func{}, false }

// Values returns nil.
func (*Instance) Values() *[Slots]Value { return nil }

// Call fails.
func (*Instance) Call(Func, uint32, uint32, bool, uint64) *Failure { return failure() }

// Fuel returns 0.
func (*Instance) Fuel() uint64 { return 0 }

// Cancel does nothing.
func (*Instance) Cancel(*Engine) {}

// Clear does nothing.
func (*Instance) Clear() {}

// Memory returns nil.
func (*Instance) Memory() []byte { return nil }

// Grow fails.
func (*Instance) Grow(uint64) *Failure { return failure() }

// Global finds nothing.
func (*Instance) Global(string) (Value, bool) { return Value{}, false }

// SetGlobal fails.
func (*Instance) SetGlobal(string, byte, Value) bool { return false }
