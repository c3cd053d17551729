// Package schedule gives the messages of a process their order on this node.
//
// Every message that is scheduled gets a slot: 0, 1, 2 and so on without gaps.
// The node says so in an assignment, a message that names process, slot, time
// and the hash chain over all messages so far, holds the message as its "body",
// and is signed by the node (spec 03, 3.4).
//
// # How a message is scheduled
//
//	caller -> sequencer -> signers -> disk -> caller
//
// The sequencer of a process is one goroutine, started when the process is
// needed and stopped when it is idle. It alone hands out slots and rolls the
// hash chain, which costs a microsecond. Signing costs thousands of them, so
// assignments are signed by as many workers as there are cores, those of one
// process too, and processes take turns ([signing]). When the assignments of a
// process up to some slot are all signed, they go to disk: one batch and one
// fsync for everything that is ready, whatever process it is of ([disk]). Then
// the callers are answered, in the order of the slots.
//
// # Invariants
//
//	S1  Slots have no gaps: slot n is stored in the batch of slot n-1 or later.
//	S2  A slot is written once. Stores keep values, so even two nodes on one
//	    store cannot put two messages into one slot.
//	S3  A caller is answered after its slot, all slots before it and everything
//	    they refer to have reached the disk.
//	S4  A message is not scheduled after its caller has gone.
//	S5  Of the messages with one origin ([Service.ScheduleOnce]) one has a slot.
//	    The sequencer holds the others back while that one is under way, and its
//	    slot is noted under the origin in the batch that writes the slot.
//
// When signing or writing fails, the callers of that slot and of those after it
// get the error, and the sequencer starts again from what is stored, as it does
// after a restart of the node.
//
// # In the store
//
//	~scheduler@1.0/assignments/<process>/<slot>   the ID of the assignment
//	~scheduler@1.0/origins/<process>/<origin>     the slot of the message with that origin
//
// The assignment and its body are messages of the cache. The cache must keep
// them in the same store, because one fsync covers both.
//
// # Scope
//
// The package orders processes that name an identity of this node as their
// scheduler. It knows no other node. Package schedule/remote reads the schedules
// of other nodes, verifies them, and has them kept here ([Service.Adopt]), in
// the same place: a slot that is stored is a slot that somebody with the right
// to has given.
package schedule
