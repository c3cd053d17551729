package wasm

import (
	"bytes"
	"context"

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

// bytes returns memory itself, valid while the guest stays locked and does not
// run or grow.
func (g *guest) bytes() []byte {
	if g.native == nil {
		return nil
	}
	return g.native.Memory()
}

// Size implements [Memory].
func (g *guest) Size() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return uint64(len(g.bytes()))
}

// Grow implements [Memory].
func (g *guest) Grow(pages uint64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.grow(pages)
}

func (g *guest) grow(pages uint64) error {
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
	m := g.bytes()
	size := uint64(len(m))
	if g.native == nil || addr > size || n > size-addr {
		return nil, false
	}
	return m[addr : addr+n : addr+n], true
}

// Read implements [Memory].
func (g *guest) Read(addr, n uint64) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.span(addr, n)
	if !ok {
		return nil, fail.New(fail.Invalid, "wasm.Read", "Read request out of bounds")
	}
	return bytes.Clone(b), nil
}

// Write implements [Memory].
func (g *guest) Write(addr uint64, b []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	to, ok := g.span(addr, uint64(len(b)))
	if !ok {
		return fail.New(fail.Invalid, "wasm.Write", "Write request out of bounds")
	}
	copy(to, b)
	return nil
}

// ReadString implements [Memory].
func (g *guest) ReadString(addr uint64) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := g.bytes(); addr < uint64(len(m)) {
		b := m[addr:]
		if n := bytes.IndexByte(b, 0); n >= 0 {
			return bytes.Clone(b[:n]), nil
		}
	}
	return nil, fail.New(fail.Invalid, "wasm.ReadString", "Read request out of bounds")
}

// WriteString allocates len(b)+1 bytes with the module's malloc, stores b and a
// NUL there, and returns the address (spec 03, 12.10). Nothing is freed.
//
// # Errors
//
// [fail.Exhausted] "malloc_failed" when malloc returns 0, and those of
// [Instance.Call].
func (in *Instance) WriteString(ctx context.Context, b []byte) (uint64, error) {
	in.enter()
	defer in.leave()
	if in.dead != nil {
		return 0, in.dead
	}
	return in.writeString(ctx, b, true)
}

// WriteString is as [Instance.WriteString], on the fuel of the running call.
func (c *Caller) WriteString(b []byte) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writeString(c.ctx, b, false)
}

func (g *guest) writeString(ctx context.Context, b []byte, outer bool) (uint64, error) {
	const op = "wasm.WriteString"
	res, err := g.call(ctx, "malloc", []Value{I64(int64(len(b)) + 1)}, outer)
	if err != nil {
		return 0, err
	}
	if len(res) != 1 || res[0].Uint() == 0 {
		return 0, fail.New(fail.Exhausted, op, "malloc_failed")
	}
	addr := res[0].Uint()
	to, ok := g.span(addr, uint64(len(b))+1)
	if !ok {
		return 0, fail.New(fail.Invalid, op, "Write request out of bounds")
	}
	copy(to, b)
	to[len(b)] = 0
	return addr, nil
}
