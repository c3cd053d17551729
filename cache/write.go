package cache

import (
	"context"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// Write stores a message, a list or a binary and everything nested in it, and
// sets names that lead to it, as one atomic batch. It returns the path to read
// it by: the ID U of a message or list (spec 02, 19.1), "data/HASH" for a
// binary. The write is acknowledged as d says.
//
// A message with commitments is reduced to the keys that all of them cover. Each
// commitment must hold, because messages are found by the IDs of their
// commitments; what has been verified before is not verified again. A
// commitment that covers more than was left is kept, but the message is not
// found by its ID.
//
// # Errors
//
// [fail.Unauthorized] for commitments that do not hold, [fail.Invalid] for values of other types, damaged commitments and lists with
// unresolved paths; [fail.Exhausted] when values nest deeper than
// [message.MaxDepth]; those of the store.
func (c *Cache) Write(ctx context.Context, v message.Value, d store.Durability, names ...string) (string, error) {
	if data, ok := v.(message.Binary); ok {
		return c.WriteBinary(ctx, data, d, names...)
	}
	// What is new is written without looking, and the store refuses the batch
	// when something of it is there in another form. Then, or when others write
	// the same at the same time, the batch is made again with what is there in
	// view.
	for attempt := 0; ; attempt++ {
		var room [4]stored
		w := writer{c: c, ctx: ctx, b: store.NewBatch(), stored: room[:0]}
		if attempt > 0 {
			w.placed = make(map[id.ID]*content)
		}
		p, err := w.part(v, message.MaxDepth)
		if err != nil {
			return "", err
		}
		for _, n := range names {
			w.b.Link(dirName+n, idPath(dirMessage, p.link))
		}
		err = c.apply(ctx, w.b, d)
		if fail.Is(err, fail.Conflict) && attempt < 4 {
			continue
		}
		if err != nil {
			return "", err
		}
		w.remember()
		return p.u.String(), nil
	}
}

// WriteBinary stores bytes and sets names that lead to them. It returns their
// path, "data/HASH".
//
// # Errors
//
// Those of the store.
func (c *Cache) WriteBinary(ctx context.Context, data message.Binary, d store.Durability, names ...string) (string, error) {
	h := id.Hash([]byte(data))
	path := idPath(dirData, h)
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

// apply performs a batch.
func (c *Cache) apply(ctx context.Context, b *store.Batch, d store.Durability) error {
	if b.Len() == 0 && d == store.Lazy {
		return nil
	}
	usage.Add(ctx, usage.StoredBytes, uint64(b.Size()))
	return c.store.Apply(ctx, b, d)
}

// writer collects what one call writes.
type writer struct {
	c   *Cache
	ctx context.Context
	b   *store.Batch

	stored  []stored // to remember as known
	changed []string // IDs whose commitments grow

	// Contents of the batch; not nil when the writer has to look at what is
	// stored before it adds one.
	placed map[id.ID]*content
	taken  map[string]bool // paths that the batch writes, where it has looked
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
