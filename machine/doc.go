// Package machine makes running WebAssembly instances behave like values, so
// that states, which never change, can hold them.
//
//	m0, err := machine.Start(ctx, module, run)
//	m1, out, err := m0.Call(ctx, run, "handle", args...)   // m0 is still what it was
//
// A [Machine] is a point in the life of an instance: what its memory and
// globals were after certain calls. A call gives another point and leaves the
// first as it is. Only one real instance exists for all points of one life, and
// it is at the newest of them, so computing forward costs nothing beyond the
// call itself. Asking an older point for something moves the instance back: it
// is restored from the nearest checkpoint before the point, and the calls from
// there are done again. A failed call (a trap, a limit) gives no new point, and
// the instance, whose memory is in an unknown state, is not used again. A slot
// that fails can therefore never poison the next.
//
// # Replay
//
// Between checkpoints a point remembers the call that led to it, with
// everything that imported functions answered and wrote into memory (a trace).
// Doing calls again asks no library a second time: it has no effects, and
// cannot come out differently. A checkpoint is made whenever the calls since
// the last one took twenty times as long as it did, which bounds both what
// checkpoints cost (5 %) and how long moving back takes.
//
// # Snapshots
//
// [Machine.Snapshot] gives the state as a message, in which memory is cut into
// pages of 4 KiB; pages and parts that did not change since the snapshot before
// are the same messages again, so a cache neither hashes nor writes them twice.
// [Restore] is the inverse, on any node. The form is in
// docs/formats/wasm-state.md.
//
// # Libraries
//
// What an instance imports is answered by an [ImportFunc], which gets the
// instance as a [Guest]. Devices of one stack find each other's machines and
// guests in the private state of the message they work on: [Of], [With],
// [GuestOf].
package machine
