package wasm

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Size implements [Memory].
func (in *Instance) Size() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.Size()
}

// Grow implements [Memory].
func (in *Instance) Grow(pages uint64) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.Grow(pages)
}

// Read implements [Memory].
func (in *Instance) Read(addr, n uint64) ([]byte, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.Read(addr, n)
}

// Write implements [Memory].
func (in *Instance) Write(addr uint64, b []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.Write(addr, b)
}

// ReadString implements [Memory].
func (in *Instance) ReadString(addr uint64) ([]byte, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.g.ReadString(addr)
}

// WriteString allocates len(b)+1 bytes with the module's malloc, stores b and a
// NUL there, and returns the address (spec 03, 12.10). Nothing is freed.
//
// # Errors
//
// [fail.Exhausted] "malloc_failed" when malloc returns 0, and those of
// [Instance.Call].
func (in *Instance) WriteString(ctx context.Context, b []byte) (uint64, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.g.dead != nil {
		return 0, in.g.dead
	}
	return in.g.writeString(ctx, b, true)
}

// WriteString is as [Instance.WriteString], on the fuel of the running call.
func (c *Caller) WriteString(b []byte) (uint64, error) {
	return c.guest.writeString(c.ctx, b, false)
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
