// Package attest is the form of attestations: signed statements about the state
// that a process has at a hashpath.
//
// A process is deterministic, so whoever has its definition and its schedule can
// compute what state it has after a slot, and say so under a signature:
//
//	type      Attestation
//	process   ID of the process
//	slot      the slot
//	hashpath  how the state came about: the ID of the process, and the IDs of
//	          the assignments up to the slot rolled onto it (spec 02, 5.3)
//	state     ID of the state that is found there
//	results   ID of the results in that state, if it has any
//	commitment-for   ID of one message in the results, when that is what counts
//	status    200
//
// Nothing in it depends on who signs or when. Nodes that agree sign the same
// message, which so gathers commitments by any number of keys; whoever doubts it
// computes the slot and compares the two IDs.
//
// The commitments of an attestation cover its status, as those of answers do, so
// that nobody can use one as an order of its signer ([ao.Env.Approved]).
//
// The devices compute@1.0 (makes and challenges attestations) and poda@1.0
// (executes what a quorum has attested) share this package.
package attest
