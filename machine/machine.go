package machine

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// Machine is a point in the life of an instance. It does not change and may be
// used by any goroutine; uses of one life wait for each other.
type Machine struct {
	life *life

	// Under the lock of life:
	check *checkpoint   // the state at this point, if it has been saved
	from  *Machine      // the point before; nil at a checkpoint and at the start
	op    op            // what led here
	spent time.Duration // how long the calls since the last checkpoint took
	bytes int           // what is remembered of them
	lost  bool          // there is no way back to this point
}

// Run is how a machine is run.
type Run struct {
	Limits  wasm.Limits
	Imports ImportFunc // nil stubs all imports
}

// Start makes an instance of a module.
//
// # Errors
//
// Those of [wasm.Module.Instantiate].
func Start(ctx context.Context, module *wasm.Module, run Run) (*Machine, error) {
	l := newLife(module)
	if err := l.lock(ctx); err != nil {
		return nil, err
	}
	defer l.unlock()
	m, _, err := l.step(ctx, nil, run, op{kind: opStart, memory: run.Limits.MemoryBytes})
	return m, err
}

// Call calls an export and returns the machine after it, with the results.
//
// # Errors
//
// Those of [wasm.Instance.Call]; [fail.Conflict] when there is no way back to m,
// or when a library calls the machine that is waiting for its answer.
func (m *Machine) Call(ctx context.Context, run Run, export string, args ...wasm.Value) (*Machine, []wasm.Value, error) {
	if err := m.life.lock(ctx); err != nil {
		return nil, nil, err
	}
	defer m.life.unlock()
	return m.do(ctx, run, op{kind: opCall, export: export, args: args, memory: run.Limits.MemoryBytes})
}

// WriteString stores a text with a NUL in memory that the module's malloc gives,
// and returns the machine after that, with the address. The limits are those of
// the call before, and imports are stubs.
//
// # Errors
//
// Those of [wasm.Instance.WriteString] and [Machine.Call].
func (m *Machine) WriteString(ctx context.Context, text string) (*Machine, uint64, error) {
	l := m.life
	if err := l.lock(ctx); err != nil {
		return nil, 0, err
	}
	defer l.unlock()
	run := Run{Limits: l.limits}
	next, out, err := m.do(ctx, run, op{kind: opWrite, export: text, memory: run.Limits.MemoryBytes})
	if err != nil {
		return nil, 0, err
	}
	return next, out[0].Uint(), nil
}

// Action is a sequence of calls and writes. It must do the same whenever it is
// run on an instance in the same state whose imports answer the same.
type Action func(ctx context.Context, in *wasm.Instance) error

// Do runs an action and returns the machine after it. size is about how many
// bytes the action holds on to. When it fails there is no new machine.
//
// # Errors
//
// Those of the action; [fail.Conflict] as [Machine.Call].
func (m *Machine) Do(ctx context.Context, run Run, size int, action Action) (*Machine, error) {
	if err := m.life.lock(ctx); err != nil {
		return nil, err
	}
	defer m.life.unlock()
	next, _, err := m.do(ctx, run, op{kind: opDo, do: action, size: size, memory: run.Limits.MemoryBytes})
	return next, err
}

// do does something to the machine; its life is locked.
func (m *Machine) do(ctx context.Context, run Run, o op) (*Machine, []wasm.Value, error) {
	if err := m.life.moveTo(ctx, m, run.Limits); err != nil {
		return nil, nil, err
	}
	return m.life.step(ctx, m, run, o)
}

// look runs f on an instance that is at m and that f does not change.
func (m *Machine) look(ctx context.Context, f func(in *wasm.Instance) error) error {
	l := m.life
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	if err := l.moveTo(ctx, m, l.limits); err != nil {
		return err
	}
	return f(l.in)
}

// ReadString returns the bytes at addr up to a NUL.
//
// # Errors
//
// [fail.Invalid] when memory ends before a NUL; [fail.Conflict] as [Machine.Call].
func (m *Machine) ReadString(ctx context.Context, addr uint64) (text []byte, err error) {
	err = m.look(ctx, func(in *wasm.Instance) error {
		text, err = in.ReadString(addr)
		return err
	})
	return text, err
}

// Memory returns a copy of the whole memory.
//
// # Errors
//
// [fail.Conflict] as [Machine.Call].
func (m *Machine) Memory(ctx context.Context) (mem []byte, err error) {
	err = m.look(ctx, func(in *wasm.Instance) error {
		mem, err = in.Read(0, in.Size())
		return err
	})
	return mem, err
}

// Module returns the module of the machine.
func (m *Machine) Module() *wasm.Module { return m.life.module }

// Stop frees the instance behind m. Nothing is lost: whoever uses m again, or
// another point of its life, gets an instance made anew.
//
// # Errors
//
// [fail.Timeout] when ctx ends while the instance is in use.
func (m *Machine) Stop(ctx context.Context) error {
	if err := m.life.lock(ctx); err != nil {
		return err
	}
	defer m.life.unlock()
	l := m.life
	if l.in != nil && l.at != nil && l.blocked() == nil {
		if err := l.save(l.at); err != nil {
			return fail.Wrap(fail.Internal, "machine.Stop", err)
		}
	}
	l.stop()
	return nil
}
