package cache

import (
	"context"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Write stores a message, a list or a binary and everything nested in it, and
// sets names that lead to it, as one atomic batch. It returns the path to read
// it by: the ID U of a message or list (spec 02, 19.1), "data/HASH" for a
// binary. The write is acknowledged as d says.
//
// A message with commitments is reduced to its committed keys. The commitments
// must have been verified: the cache does not check them.
//
// # Errors
//
// [fail.Invalid] for values of other types, damaged commitments and lists with
// unresolved paths; [fail.Exhausted] when values nest deeper than
// [message.MaxDepth]; those of the store.
func (c *Cache) Write(ctx context.Context, v message.Value, d store.Durability, names ...string) (string, error) {
	if data, ok := v.(message.Binary); ok {
		return c.WriteBinary(ctx, data, d, names...)
	}
	var room [4]stored
	w := writer{c: c, ctx: ctx, b: store.NewBatch(), stored: room[:0]}
	p, err := w.part(v, message.MaxDepth)
	if err != nil {
		return "", err
	}
	for _, n := range names {
		w.b.Link(dirName+n, dirMessage+p.link.String())
	}
	if err := c.apply(ctx, w.b, d); err != nil {
		return "", err
	}
	w.remember()
	return p.u.String(), nil
}

// WriteBinary stores bytes and sets names that lead to them. It returns their
// path, "data/HASH".
//
// # Errors
//
// Those of the store.
func (c *Cache) WriteBinary(ctx context.Context, data message.Binary, d store.Durability, names ...string) (string, error) {
	h := id.Hash([]byte(data))
	path := dirData + h.String()
	b := store.NewBatch()
	known := c.known.get(h) != 0
	if !known {
		b.Put(path, raw(string(data)))
	}
	for _, n := range names {
		b.Link(dirName+n, path)
	}
	if err := c.apply(ctx, b, d); err != nil {
		return "", err
	}
	if !known {
		c.known.add(h, tree)
	}
	return path, nil
}

// raw returns the bytes of s without a copy. Stores never change values.
func raw(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// apply performs a batch. Values are written once, so when something lies
// where the batch writes, that is kept and the rest of the batch is written.
func (c *Cache) apply(ctx context.Context, b *store.Batch, d store.Durability) error {
	if b.Len() == 0 && d == store.Lazy {
		return nil
	}
	err := c.store.Apply(ctx, b, d)
	for range 3 { // others may write at the same time
		if !fail.Is(err, fail.Conflict) {
			return err
		}
		if b, err = c.withoutConflicts(ctx, b); err != nil {
			return err
		}
		err = c.store.Apply(ctx, b, d)
	}
	return err
}

// withoutConflicts returns b without the operations whose place is taken.
func (c *Cache) withoutConflicts(ctx context.Context, b *store.Batch) (*store.Batch, error) {
	out := store.NewBatch()
	for _, op := range b.Ops() {
		there, err := c.store.Get(ctx, op.Path)
		if err != nil && !fail.Is(err, fail.NotFound) {
			return nil, err
		}
		switch op.Verb {
		case store.OpPut:
			if err == nil {
				if err := sameContent(op, there); err != nil {
					return nil, err
				}
				continue
			}
			out.Put(op.Path, op.Value)
		case store.OpLink:
			if _, notLink := c.store.Target(ctx, op.Path); notLink != nil && err == nil {
				continue // a value
			}
			out.Link(op.Path, op.Target)
		default:
			out.MakeGroup(op.Path)
		}
	}
	return out, nil
}

// sameContent checks that what lies at the place of a content has the same ID.
func sameContent(op store.Op, there []byte) error {
	const head = 2 + id.Size
	if len(op.Path) < len(dirMessage) || op.Path[:len(dirMessage)] != dirMessage {
		return nil
	}
	if len(there) < head || string(there[2:head]) != string(op.Value[2:head]) {
		return fail.New(fail.Conflict, opEncode, "another message is stored under the ID").At(op.Path[len(dirMessage):])
	}
	return nil
}

// writer collects what one call writes.
type writer struct {
	c   *Cache
	ctx context.Context
	b   *store.Batch

	stored  []stored // to remember as known
	changed []string // IDs whose commitments grow
}

type stored struct {
	id  id.ID
	ext extent
}

// remember notes in memory what has been written.
func (w *writer) remember() {
	for _, s := range w.stored {
		w.c.known.add(s.id, s.ext)
	}
	for _, u := range w.changed {
		w.c.memory.changed(u)
	}
}

// partIDs are the IDs of a message or list.
type partIDs struct {
	u    id.ID  // of its content
	link id.ID  // under which others refer to it
	ext  extent // how much is stored once the batch has been applied
}

func (w *writer) part(v message.Value, depth int) (partIDs, error) {
	if depth == 0 {
		return partIDs{}, fail.New(fail.Exhausted, opEncode, "values nest deeper than %d levels", message.MaxDepth)
	}
	switch x := v.(type) {
	case *message.Message:
		return w.message(x, depth)
	case *message.List:
		return w.list(x, depth)
	}
	return partIDs{}, fail.New(fail.Invalid, opEncode, "only messages, lists and binaries can be stored")
}
