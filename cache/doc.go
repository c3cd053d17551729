// Package cache keeps messages by their IDs, in any store.
//
//	c := cache.New(s, cache.Options{})
//	u, err := c.Write(ctx, msg, store.Durable)
//	v, err := c.Read(ctx, u+"/sub/key")
//
// # What is written
//
// A message is first reduced to its committed keys. Its content, without
// commitments, has one ID, U: the unsigned ID that commit.CalculatedID computes.
// The record of a content holds the commitments it was first written with;
// a signature that arrives later has a record of its own, so it is added
// without touching the content. Nested messages and lists are messages of
// their own, referred to by the ID they have as links (commit.LinkID), so
// states that share parts share their records. Everything one call writes is
// one atomic batch.
//
// The cache trusts its caller: commitments must have been verified (package
// commit) before they are written, because anyone who reads the message will
// believe them. Private state is not part of the content and never written.
//
// # Layout
//
// All names are store paths; IDs in them are in human form.
//
//	m/<L>           value: the record of the content (docs/formats/message-record.md);
//	                L is the link ID of the message first written with it
//	m/<U>           link to m/<L>, unless L is U
//	m/<other ID>    link to m/<L>: every commitment ID, and the signed IDs
//	c/<U>/<ID>      value: the record of a later commitment; the first one written stays
//	k/<U>           link to c/<U>, present when there are later commitments
//	s/<ID>          value: the commitments of the message first written under a later link ID
//	data/<hash>     value: bytes of more than 1 KiB, by their SHA-256
//	h/<name>        link to any of these: names of computed results (hashpaths) and others
//	x/<pair>/<U>    mark: the message has this key and value (with Options.Index)
//
// A new message is thus one value and, when it is signed, one link; reading it by
// the ID that others refer to it by is one look-up. A write does not look first:
// it asks the store for a batch that applies only if all of it is new or the
// same, and looks at what is there when the store refuses.
//
// # Reading by ID
//
// A message may be known by U, by each of its commitment IDs and by the sums of
// the IDs of several signatures. Reading by U gives all commitments there are;
// reading by another ID those of the message that was first written under it,
// or the one commitment of that ID. [Cache.Load], which follows links, does so
// for U as well. It therefore always returns a message whose link ID is the one
// asked for, and a parent keeps its IDs when its parts are loaded, even if they
// have been signed by others since.
//
// # Memory
//
// Decoded messages are kept in memory up to [Options.MemoryBytes], with their
// IDs, so a repeated read neither decodes nor hashes. The store must not lose
// values that it has acknowledged (a bounded store in memory does); call
// [Cache.Forget] after emptying it.
package cache
