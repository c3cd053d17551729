// Package store keeps bytes under hierarchical names.
//
// A path is a sequence of components joined by "/": "data/SQ-HOytw...", or
// "0aw3Ja0.../y". Under a path lies at most one entry, and there are three
// kinds of them (spec 02, section 20):
//
//   - a value, bytes that are written once and never change. Storing the same
//     bytes again is no work; storing other bytes is a conflict.
//   - a link, a name that stands for another path. Links may be moved, also by
//     compare-and-set, and are the only thing in a store that changes.
//   - a group, a mark that the path may be listed. A path below which anything
//     lies is a group without being marked: parents need not be created.
//
// The split is deliberate. Values can be copied, cached and replicated by
// anyone without coordination; only links need agreement.
//
// # How links are followed
//
// Writing never follows links: it acts on exactly the path given. Reading
// does, by these rules, repeated until none applies ([MaxHops] at most):
//
//  1. If an entry lies at exactly this path: a link is replaced by its target,
//     anything else is the answer.
//  2. Otherwise, if a proper prefix of the path is a link, the shortest such
//     prefix is replaced by its target, and the rest of the path is kept.
//
// An entry at the exact path therefore wins over a link on the way to it,
// which makes the usual read one look-up.
//
// # Verbs
//
// There is one interface a verb ([Reader], [Typer], [Lister], [Resolver],
// [Writer], [Linker], [Grouper], [Batcher], [Syncer], [Resetter]); functions
// should ask for the verbs they use. [Source] is the sum of those that read
// and [Store] the sum of all. A driver implements the far smaller [Engine],
// which knows nothing of following links, and [New] makes a Store of it:
//
//	s, err := pebble.Open(dir, pebble.Options{})
//	...
//	b := store.NewBatch()
//	b.Put("data/"+hash, value)
//	b.Link(id+"/key", "data/"+hash)
//	err = s.Apply(ctx, b, store.Durable)   // returns after fsync
//	v, err := s.Get(ctx, id+"/key")        // follows the link
//
// # Drivers
//
// store/pebble is the default, store/fs keeps a folder of readable files,
// store/mem keeps everything in memory or sits as a cache in front of another
// store, store/chain asks several stores in order. Package storetest is the
// specification all of them pass.
//
// # Errors
//
// Errors are of package fail: NotFound (nothing there to read), Invalid (a bad
// path), TooLarge (a path or value over a limit), Conflict (the entry there
// does not permit the write), Exhausted (links that never end), Unavailable
// (the store is closed). Internal is a fault of the disk or the driver.
package store
