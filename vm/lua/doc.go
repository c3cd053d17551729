// Package lua is a Lua 5.3 machine: compiler, register virtual machine,
// libraries, and a state that can be saved as data and restored elsewhere.
//
// # Two dialects
//
// [Luerl] is the language of the device lua@5.3a: the reference's engine to
// the byte, also in what it lacks, because two nodes must compute equal states
// (spec 03, 14.5). Integers have no bound, there are no infinities, pairs
// visits keys in a sorted order, errors have texts of their own. [Standard] is
// Lua 5.3 complete, as PUC-Lua runs it, with coroutines, goto, utf8 and
// string.pack; processes ask for it with lua-dialect "5.3".
//
// # Use
//
//	vm, err := lua.New(lua.Options{Limits: lua.Limits{Fuel: 1e8, Memory: 64 << 20}})
//	f, err := vm.Load(source, "=process")
//	_, err = vm.Call(ctx, f)                       // run the chunk
//	f = vm.Global("compute")
//	results, err := vm.Call(ctx, f, vm.String("hi"))
//
// Host functions are registered by name ([VM.Register]) and get a [Call], by
// which they read arguments, give results, raise errors and call back into Lua.
//
// # Limits and determinism
//
// Fuel is counted exactly: one unit an instruction, and library functions
// charge for the work they do. Memory is accounted at allocation and measured
// again (live objects only) when the account is full. Clock, random seed and
// table numbers come from [Options] or the order of events, never from the
// host. A limit that is hit ends the call with an error of kind
// [fail.Exhausted] that a program cannot catch.
//
// # State
//
// [VM.Save] writes everything reachable from the globals as canonical bytes;
// [VM.Checkpoint] writes only what changed since the last checkpoint, as chunks
// for a content-addressed store. See docs/formats/lua-state.md.
package lua
