package wasm

import (
	"bytes"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Memory is the guest's linear memory, as [Instance] and [Caller] offer it.
// Addresses and lengths are bytes.
type Memory interface {
	// Size returns the size in bytes, 0 without memory.
	Size() uint64
	// Grow adds pages of 64 KiB; [fail.Exhausted] when the module's maximum or
	// the limit forbids it.
	Grow(pages uint64) error
	// Read returns a copy of n bytes at addr; [fail.Invalid] "Read request out
	// of bounds" unless all are inside (spec 03, 12.10).
	Read(addr, n uint64) ([]byte, error)
	// Write stores b at addr; [fail.Invalid] "Write request out of bounds"
	// unless all of it fits, and then nothing is written.
	Write(addr uint64, b []byte) error
	// ReadString returns the bytes at addr up to a NUL; [fail.Invalid] when
	// there is none.
	ReadString(addr uint64) ([]byte, error)
}

var (
	_ Memory = (*Instance)(nil)
	_ Memory = (*Caller)(nil)
)

// Size implements [Memory].
func (g *guest) Size() uint64 {
	if g.native == nil {
		return 0
	}
	return uint64(len(g.native.Memory()))
}

// Grow implements [Memory].
func (g *guest) Grow(pages uint64) error {
	if g.native == nil {
		return g.dead
	}
	if pages == 0 {
		return nil
	}
	if f := g.native.Grow(pages); f != nil {
		return fail.New(fail.Exhausted, "wasm.Grow", "memory cannot grow by %d pages (limit %d bytes)", pages, g.limits.MemoryBytes)
	}
	return nil
}

// span returns a part of memory itself, or nil when it is not inside.
func (g *guest) span(addr, n uint64) ([]byte, bool) {
	if g.native == nil {
		return nil, false
	}
	m := g.native.Memory()
	size := uint64(len(m))
	if addr > size || n > size-addr {
		return nil, false
	}
	return m[addr : addr+n : addr+n], true
}

// Read implements [Memory].
func (g *guest) Read(addr, n uint64) ([]byte, error) {
	b, ok := g.span(addr, n)
	if !ok {
		return nil, fail.New(fail.Invalid, "wasm.Read", "Read request out of bounds")
	}
	return bytes.Clone(b), nil
}

// Write implements [Memory].
func (g *guest) Write(addr uint64, b []byte) error {
	to, ok := g.span(addr, uint64(len(b)))
	if !ok {
		return fail.New(fail.Invalid, "wasm.Write", "Write request out of bounds")
	}
	copy(to, b)
	return nil
}

// ReadString implements [Memory].
func (g *guest) ReadString(addr uint64) ([]byte, error) {
	if size := g.Size(); addr < size {
		b, _ := g.span(addr, size-addr)
		if n := bytes.IndexByte(b, 0); n >= 0 {
			return bytes.Clone(b[:n]), nil
		}
	}
	return nil, fail.New(fail.Invalid, "wasm.ReadString", "Read request out of bounds")
}
