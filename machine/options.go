package machine

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// Options of the node that bound programs.
var (
	OptFuel   = ao.Option{Name: "wasm_fuel_limit", Default: message.Int(100_000_000_000), Doc: "Instructions that one call of a program may take; 0 is unlimited."}
	OptMemory = ao.Option{Name: "wasm_memory_limit", Default: message.Int(4 << 30), Doc: "Bytes of memory that one program may have."}
	OptTime   = ao.Option{Name: "wasm_time_limit", Default: message.Int(60_000), Doc: "Milliseconds that one call of a program may take; 0 is unlimited."}
)

// NodeOptions returns the options, for the devices that run programs.
func NodeOptions() []ao.Option { return []ao.Option{OptFuel, OptMemory, OptTime} }

// LimitsOf returns the limits of a call. Time is not among them: it is a matter
// of the context ([Timed]).
func LimitsOf(env *ao.Env) wasm.Limits {
	return wasm.Limits{
		Fuel:        uint64(max(0, OptFuel.Int(env))),
		MemoryBytes: uint64(max(0, OptMemory.Int(env))),
	}
}

// Timed returns the context of a call of a program, which ends when its time is
// over, with [fail.Exhausted] as its cause.
func Timed(ctx context.Context, env *ao.Env) (context.Context, context.CancelFunc) {
	limit := OptTime.Milliseconds(env)
	if limit <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, limit, fail.New(fail.Exhausted, "machine.Call", "time limit of %s reached", limit))
}
