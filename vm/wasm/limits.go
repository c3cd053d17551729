package wasm

import (
	"math"
	"time"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
)

// PageBytes is the size of a page of WebAssembly memory.
const PageBytes = 65536

const (
	maxTable     = 1 << 20 // elements of a table
	defaultBytes = 4 << 30 // of memory
	guestStack   = 1 << 20 // bytes of native stack
)

// Limits bound what an instance may use. A zero field is the default.
type Limits struct {
	// Fuel is how many units one call may burn, about one per instruction.
	// Default: unlimited.
	Fuel uint64
	// MemoryBytes is how large the linear memory may get; growth beyond it fails
	// inside the guest (memory.grow returns -1). Default: 4 GiB.
	MemoryBytes uint64
	// Timeout is the wall-clock limit of one call. Default: none. Where it
	// strikes depends on the machine, so it protects the node and is no part of
	// a process's result; fuel is. A host function that runs meanwhile is not
	// interrupted: the guest stops when it returns.
	Timeout time.Duration
	// RawNumbers passes arguments by their bits as the reference does
	// ([Value.Reinterpret]) where the default is [Value.Convert].
	RawNumbers bool
}

func (l Limits) withDefaults() Limits {
	if l.Fuel == 0 {
		l.Fuel = math.MaxUint64
	}
	if l.MemoryBytes == 0 {
		l.MemoryBytes = defaultBytes
	}
	l.MemoryBytes = min(l.MemoryBytes, math.MaxInt64)
	return l
}

// Import is a function that a module asks for.
type Import = rewrite.Import

// Export is something that a module offers.
type Export = rewrite.Export
