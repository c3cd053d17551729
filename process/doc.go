// Package process computes the states of processes, slot by slot.
//
// A process is a signed definition and the messages that were scheduled for it.
// Its state after slot n is what the execution device of the definition makes of
// the state after slot n-1 and the assignment in slot n (spec 03, 2):
//
//	state(-1) = init(definition)
//	state(n)  = compute(state(n-1), assignment(n))
//
// # How a slot is computed
//
// Each process that is in use has one goroutine, its worker, which alone holds
// the state and whatever machine the execution device keeps in its private
// part. Whoever wants a slot asks the worker and waits; all who wait for a slot
// share its computation, and each gets the state as soon as its slot is
// reached. Workers do not wait for each other. A worker stops when it has been
// idle for a while, and takes its machine with it: a sleeping process costs no
// memory at all.
//
// The schedule is behind the interface [Order]; the execution device is reached
// through the engine, with the device of the state swapped ([RunAs]).
//
// # What is stored
//
//	computed/<process>/slot/<n>       name of the state after slot n
//	computed/<process>/<message ID>   the same, by the message in slot n
//	computed/<process>/latest         newest state that is complete by itself
//	computed/<process>/snapshot/<n>   state after slot n, with its machine
//
// All are names in the message cache, written behind the computation. States
// share what did not change. A machine that runs is not part of a state, so the
// execution device is asked for a "snapshot" now and then ([Policy]), when the
// worker stops and when the node does. A worker that starts takes the newest
// snapshot that is not beyond the slot asked for, has the device "normalize" it,
// and goes on from there. A state without private parts is its own snapshot.
//
// # A slot that fails
//
// is not passed: every later slot of the process is refused with the same
// error, which names process, slot, device, key and message ([slotError]). It is
// tried again after a while that doubles with each failure. States before it
// stay readable.
//
// A definition with the key "failed-slots" and the value "pass" has it otherwise:
// a message that the program itself refuses leaves the state as it was, with the
// refusal as its "results". What a machine did in between is undone by going back
// to a snapshot. Faults and limits of the node are never passed.
package process
