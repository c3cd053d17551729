package machine

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// ImportFunc answers a call of an import. args have the types of the import's
// parameters; results hold zeros and may be set to any number that converts.
// g may be used until the function returns, the slices too. An error stops the
// call of the instance, and is what that call returns.
//
// The answer, and what it does to memory, must follow from its arguments and
// from the state that the call started with.
type ImportFunc func(ctx context.Context, g *Guest, im wasm.Import, args, results []wasm.Value) error

// Guest is an instance in the middle of a call, as the functions see it that it
// imports. It implements [wasm.Memory].
type Guest struct {
	memory  wasm.Memory // nil when the call is over
	effects []effect
}

var _ wasm.Memory = (*Guest)(nil)

func (g *Guest) live(op string) error {
	if g.memory == nil {
		return fail.New(fail.Conflict, op, "the call that the memory belonged to is over")
	}
	return nil
}

// Size returns the size of memory in bytes.
func (g *Guest) Size() uint64 {
	if g.memory == nil {
		return 0
	}
	return g.memory.Size()
}

// Grow adds pages of 64 KiB. Errors are those of [wasm.Memory].
func (g *Guest) Grow(pages uint64) error {
	if err := g.live("machine.Grow"); err != nil {
		return err
	}
	if err := g.memory.Grow(pages); err != nil {
		return err
	}
	g.effects = append(g.effects, effect{addr: pages})
	return nil
}

// Read returns a copy of n bytes at addr. Errors are those of [wasm.Memory].
func (g *Guest) Read(addr, n uint64) ([]byte, error) {
	if err := g.live("machine.Read"); err != nil {
		return nil, err
	}
	return g.memory.Read(addr, n)
}

// Write stores b at addr. Errors are those of [wasm.Memory].
func (g *Guest) Write(addr uint64, b []byte) error {
	if err := g.live("machine.Write"); err != nil {
		return err
	}
	if err := g.memory.Write(addr, b); err != nil {
		return err
	}
	g.effects = append(g.effects, effect{addr, append([]byte{}, b...)})
	return nil
}

// ReadString returns the bytes at addr up to a NUL. Errors are those of
// [wasm.Memory].
func (g *Guest) ReadString(addr uint64) ([]byte, error) {
	if err := g.live("machine.ReadString"); err != nil {
		return nil, err
	}
	return g.memory.ReadString(addr)
}

var guestSlot = message.NewSlot[*Guest]("calling instance")

// WithGuest returns a state whose instance is waiting for an answer.
func WithGuest(state *message.Message, g *Guest) *message.Message { return guestSlot.Set(state, g) }

// WithoutGuest returns the state when the answer has been given.
func WithoutGuest(state *message.Message) *message.Message { return guestSlot.Clear(state) }

// GuestOf returns the instance that is waiting for an answer.
//
// # Errors
//
// [fail.Conflict] when there is none: the device was not called by a module.
func GuestOf(state *message.Message) (*Guest, error) {
	g, ok := guestSlot.In(state)
	if !ok {
		return nil, fail.New(fail.Conflict, "machine.GuestOf", "this key is for modules that are being run")
	}
	return g, nil
}
