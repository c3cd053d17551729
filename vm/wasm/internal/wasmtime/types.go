package wasmtime

import "github.com/hyperbeam-go/hyperbeam/fail"

// Version names the library and the settings that change compiled code. It is
// part of the key of cached modules.
const Version = "wasmtime-44.0.0/fuel+epoch+nan+eh"

// Slots is how many values fit the argument buffer of an instance, those of
// nested calls included. The C side has the same number.
const Slots = 2048

// Value is a number or vector in the engine's representation, little-endian.
type Value struct{ Lo, Hi uint64 }

// Host answers imported functions. values holds the arguments and then takes
// the results, from index 0, in the low words; there are as many as the larger
// of the two numbers. Returning false raises a trap.
type Host interface {
	HostCall(index uint32, values *[1 << 16]Value) bool
}

// Func is a function of an instance.
type Func struct {
	store uint64
	priv  uintptr
}

// Failure is why an operation did not succeed.
type Failure struct {
	Code        int    // Wasmtime's trap code, or -1
	Interrupted bool   // stopped by Cancel
	Exception   bool   // an exception nobody caught
	Text        string // Wasmtime's message
}

func (f *Failure) err(op string, kind fail.Kind) error {
	if f == nil {
		return nil
	}
	return fail.New(kind, op, "%s", f.Text)
}
