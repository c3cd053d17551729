package pebble

import (
	"context"
	"hash/maphash"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Commit implements [store.Engine]. The paths are locked while the batch is
// checked and made visible. Waiting for the fsync comes after, so that
// batches on the same paths, too, share one.
func (e *engine) Commit(_ context.Context, ops []store.Op, d store.Durability) error {
	const op = "pebble.Commit"
	done, err := e.enter(op)
	if err != nil {
		return err
	}
	defer done()
	if err := e.writable(op); err != nil {
		return err
	}
	durable := d == store.Durable || e.policy == SyncAlways
	b := e.db.NewBatch()
	empty, err := e.applyLocked(b, ops, durable)
	if err == nil && durable {
		if empty {
			// What the batch would have written is there, but perhaps only in
			// memory: wait until it is on disk.
			err = e.db.LogData(nil, pebble.Sync)
		} else {
			err = b.SyncWait()
		}
	}
	if cerr := b.Close(); err == nil {
		err = cerr
	}
	if err != nil && fail.KindOf(err) == fail.Internal {
		return writeError(op, err)
	}
	return err
}

// writable reports whether writes are possible at all.
func (e *engine) writable(op string) error {
	if e.readOnly {
		return writeError(op, pebble.ErrReadOnly)
	}
	if bad := e.damage.Load(); bad != nil {
		return writeError(op, *bad)
	}
	if e.full.Load() {
		return writeError(op, syscall.ENOSPC)
	}
	return nil
}

// applyLocked checks ops, writes them to b and makes b visible. Empty means
// that nothing had to be written.
func (e *engine) applyLocked(b *pebble.Batch, ops []store.Op, durable bool) (empty bool, err error) {
	defer e.lock(ops)()
	v, err := e.view()
	if err != nil {
		return true, err
	}
	writes, err := store.Plan(ops, v.look)
	v.close()
	if err != nil || len(writes) == 0 {
		return true, err
	}
	for i := range writes {
		if err := put(b, writes[i].Path, &writes[i].Entry); err != nil {
			return false, err
		}
	}
	if durable {
		return false, e.db.ApplyNoSyncWait(b, pebble.Sync)
	}
	e.dirty.Store(true)
	return false, e.db.Apply(b, pebble.NoSync)
}

// put adds one entry to b, without a copy of its content in between.
func put(b *pebble.Batch, path string, entry *store.Entry) error {
	var buf [128]byte
	key := appendKey(buf[:0], path)
	if entry.Kind == store.None {
		return b.Delete(key, nil)
	}
	tag, data, text := tagged(entry)
	w := b.SetDeferred(len(key), 1+len(data)+len(text))
	copy(w.Key, key)
	w.Value[0] = tag
	copy(w.Value[1:], data)
	copy(w.Value[1:], text)
	return w.Finish()
}

// lock locks the stripes of all paths of ops in ascending order, and returns
// the function that unlocks them.
func (e *engine) lock(ops []store.Op) (unlock func()) {
	if len(ops) == 1 {
		mu := &e.locks[e.stripe(ops[0].Path)]
		mu.Lock()
		return mu.Unlock
	}
	var used [stripes]bool
	for i := range ops {
		used[e.stripe(ops[i].Path)] = true
	}
	for i, u := range used {
		if u {
			e.locks[i].Lock()
		}
	}
	return func() {
		for i, u := range used {
			if u {
				e.locks[i].Unlock()
			}
		}
	}
}

func (e *engine) stripe(path string) int {
	return int(maphash.String(e.seed, path) % stripes)
}
