// Package remote reads and extends the schedules of processes that other nodes
// order, and verifies them before anybody computes them (spec 03, 4 and 5).
//
//	process -> its schedulers -> places (URL, variant) -> pages of assignments
//	        -> verified -> kept with the local schedules -> computed
//
// # Who is asked
//
// A process names its schedulers by their addresses, one or several. Where they
// are is found, in this order, by what the operator has set ([Options.Known]),
// by hints (ID?hint=URL) if the operator follows them, and by location records
// (package location). The first place of the first scheduler is where messages
// go: to give a message to a second scheduler because the first is silent would
// give it two slots. Reading goes on with the next place when one cannot be
// reached.
//
// # What is believed
//
//	R1  An assignment counts only with a signature by an address that the process
//	    names as scheduler, over every key that is read, and only if all
//	    signatures on it and on its message hold.
//	R2  It is of this process, epoch 0, and the slot that was asked for. Slots
//	    follow each other without gaps.
//	R3  Its hash chain continues that of the slot before (or its base-hashpath
//	    does, as newer nodes write it). A schedule that has begun with a chain
//	    goes on with one.
//	R4  Of what is stored, nothing is ever replaced: a scheduler that signs two
//	    assignments for one slot is found out as soon as both are seen.
//	R5  The path that the execution device is asked for is the one its message
//	    was signed with, or "compute".
//
// Whoever breaks a rule is refused with an error that names the scheduler, the
// slot and what is wrong. Where an answer comes from does not matter: a place
// that shows what the scheduler has signed is as good as the scheduler.
//
// Assignments of legacynet are ANS-104 items. They are verified as items, and
// only then read as assignments, because the result says other things than what
// was signed. Their hash chain is another one: SHA-256 over the ID of the item
// before and its chain; it is checked from block [ChainHeight] on, where
// legacynet began to keep it.
//
// # What is stored
//
// Verified assignments that follow those that are stored are kept in the place
// of local ones ([schedule.Service.Adopt]). So a restarted node asks for what is
// new only, and slots that are known can be computed while the scheduler is down.
package remote
