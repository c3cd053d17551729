// Package commit decides what is signed, by whom, and under which ID: it
// selects, makes and checks the commitments of messages.
//
// A commitment is an entry of a message's "commitments" map: the ID of a
// signature to the fields that describe it (spec 01, 9). A message may carry
// any number of them, by any keys; each says which keys of the message it
// covers.
//
// # IDs
//
// The ID of a message is the sum of the IDs of the commitments that a
// [Selection] picks; without any, it is calculated as the HMAC that an unsigned
// commitment would have. Selected IDs are read, not recomputed, so an ID
// is only as good as the commitments: messages from outside must pass [Verify]
// before their IDs are used. The server does that for every request.
//
//	[UnsignedID]  over commitments without a committer, or calculated
//	[SignedID]    over commitments with a committer, else as UnsignedID
//	[EveryID]     over all commitments: the start of a hashpath
//
// All three are kept in the memo of the message.
//
// # Making and checking
//
// [Commit] adds a commitment with a [keys.Signer] or with key material of the
// HMAC types, or makes the message an ANS-104 item; [Verify] checks a
// selection. Both depend only on the message and the keys: links are signed as
// links, and bundles load what they embed. [OpenItem] verifies the bytes of an
// item and returns its message.
package commit
