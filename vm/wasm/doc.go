// Package wasm runs WebAssembly modules with deterministic results, bounded
// resources, and state that can be saved.
//
//	engine, err := wasm.New(wasm.Options{CacheDir: dir})
//	module, err := engine.Compile(ctx, image)
//	instance, err := module.Instantiate(ctx, host, wasm.Limits{Fuel: 1e9, Timeout: 5 * time.Second})
//	results, err := instance.Call(ctx, "fac", wasm.F64(10))
//
// A [Module] is compiled code and serves any number of instances at once. An
// [Instance] has memory and globals of its own; it takes one call at a time and
// makes other callers wait.
//
// # Imports
//
// A [Host] gives a function for each import; every function import is bound and
// nothing needs to exist (spec 03, 12.3). The function gets a [Caller], through
// which it reads and writes the guest's memory and calls exports of the same
// instance. The results are zero unless it sets them, so an empty function is
// the stub that unresolved imports get. Emscripten's invoke_*,
// longjmp, memcpy and heap growth are answered inside the module (package
// rewrite) and never reach the host.
//
// # Limits
//
// [Limits] bound one call: fuel (instructions, the same on every machine), wall
// clock, memory. The error that reports one is of kind [fail.Exhausted] and
// names it. A trap is [fail.Failed] with the text of spec 03, 12.1. After any
// of these the instance is dead, since its stack pointer and data are in an
// unknown state: it refuses calls, and is to be made anew from a snapshot.
//
// # Determinism
//
// NaNs are canonical, threads are off, relaxed SIMD is deterministic, there is
// no clock and no randomness except through imports. Fuel used is the same on
// every node of the same version, so it can be what users pay for.
//
// # State
//
// [Instance.Snapshot] saves memory and all mutable globals in the form of
// package snapshot: pages of 4 KiB addressed by their hash, of which only those
// are written that changed. [Module.Restore] makes an instance from it that is
// byte-identical. Modules whose state is more than that are refused
// ([Module.SnapshotBlocker]).
//
// # Builds without cgo
//
// The engine is a C library. In a program built with CGO_ENABLED=0 [New]
// returns [fail.Unsupported].
package wasm
