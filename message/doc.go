// Package message is the value of AO-Core: the one kind of thing that states,
// inputs, outputs and configurations are made of.
//
// # Values
//
// A [Value] is one of a closed set of types:
//
//	Binary    bytes; text is bytes too
//	Int, *Big an integer of any size (Int when it fits 64 bits, *Big otherwise)
//	Float     an IEEE-754 double
//	Atom      a symbol; true and false are atoms
//	*List     an ordered sequence of values
//	*Message  a map of keys to values
//	Link      the ID of a message that is kept elsewhere
//	*As       a message seen through another device (path language)
//	*Resolve  a sequence that has not been resolved yet (path language)
//
// # Messages
//
// A [Message] is immutable. A change makes a new message that shares structure
// with the old one: up to [SmallSize] keys are one sorted array, above that a
// persistent tree, so setting one key of a million costs O(log n). What is
// derived from a message (its TABM form, its IDs, checked signatures) is kept
// in its [Memo] and so computed once.
//
// Keys are byte strings and keep their case (spec 01, 2.2). Iteration with
// [Message.All] is bytewise; the order that reaches wires and signatures is
// [Message.WireKeys] (spec 01, 2.3).
//
// # Private state
//
// Keys that begin with "priv" are not data: they cannot be set, are never
// listed and never encoded. State that belongs to a message but must stay in
// this node (a hashpath in progress, a running machine, cookies) lives in
// [Private], a separate field whose type no codec accepts.
//
// # Labelled invariants
//
//	M1  A message never changes after it has been returned.
//	M2  No key of a message begins with "priv".
//	M3  A stored value is never nil.
//	M4  Two messages with equal entries have equal memos, whatever their
//	    private state is.
package message
