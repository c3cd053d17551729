// Package push delivers what processes send to each other (spec 03, 6).
//
// A computed slot of a process may have an outbox: messages for other
// processes, new processes, messages to assign. Pushing the slot signs each of
// them, gives it to the scheduler of its target, and then pushes the slot that
// it got there, until the outboxes are empty.
//
//	outbox entry -> letter -> schedule of the target -> its slot -> its outbox ...
//
// # Nothing is lost
//
// What still has to be done is an [errand], a link in the store:
//
//	~push@1.0/pending/<process>.s.<slot>.<hops>           push this slot
//	~push@1.0/pending/<process>.m.<message>.<after>       push the slot of this message, which comes after a slot
//
// An errand is written before anybody is told that something will be pushed, and
// removed in the same batch that writes the errands that follow from it. A node
// that starts takes up the errands it finds.
//
// # Nothing is doubled
//
// The state of each outbox entry is a link too:
//
//	~push@1.0/sent/<process>/<slot>/<entry> -> L.<message>.<target>.<after>   signed, on its way
//	                                        -> S.<message>.<target>.<slot>    scheduled in this slot
//	                                        -> F.<status>.<reason>            cannot be delivered
//
// A letter is signed once. Its signature covers where it comes from (process,
// slot, entry), so that its ID is its own even when two letters say the same.
// It and its state L are stored before it is given away, and L names the newest
// slot that the target had then. After a crash the schedule of the target is
// searched from there for the ID: the schedule is what says whether the letter
// has arrived, and a letter that is in it is not given away again. So pushing a
// slot twice, in a row or at once or around a crash, does what pushing it once
// does.
//
// Local schedules are kept in the store of the errands, and a schedule is forced
// to the disk with everything before it, so letters to local processes need no
// fsync of their own. Letters to other nodes are forced to the disk before they
// leave.
//
// Two nodes may push the same slot: both schedule the process, or one has been
// asked while the other was away. Each signs letters of its own, with other IDs.
// So the target's scheduler looks at where a letter comes from ([Origin]), and
// answers with the assignment of the first that came from there
// ([schedule.Service.ScheduleOnce]):
//
//	P1  The origin of a letter is covered by its signature, and counts when the
//	    signer is one that the target accepts, or a scheduler of the sender.
//	P2  Of the letters with one origin, the target has one.
//	P3  A letter with an origin that does not count is one by its ID: it is not
//	    scheduled twice itself, and takes no other letter's place.
//
// Letters that were signed again as ANS-104 items have no origin, since items
// have no place for it; nor has a spawned process, which is another one for each
// node that spawns it.
//
// # Who pushes on
//
// The node that a process is scheduled on pushes its slots. A letter to a
// process that is scheduled elsewhere is given to that node ([Locator] knows its
// URL), which is then asked to push the slot.
package push
