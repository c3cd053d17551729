package pebble

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// stripes is the number of locks that serialise check and write of a path.
const stripes = 256

// format is the version of the key layout, kept under formatKey.
const format = "hyperbeam-store 1"

func formatKey() []byte { return []byte{keyMeta, 'f'} }

// engine implements [store.Engine] on a database.
//
// Lock order: gate, then stripes in ascending order. No lock of a stripe is
// held while waiting for the disk.
type engine struct {
	db       *pebble.DB
	policy   SyncPolicy
	readOnly bool

	gate   sync.RWMutex // held shared by every operation, exclusively by Close and Reset
	closed bool

	seed  maphash.Seed
	locks [stripes]sync.Mutex

	dirty  atomic.Bool           // lazy writes since the last sync
	full   atomic.Bool           // the disk is nearly full
	damage atomic.Pointer[error] // found in the background; nil while all is well
	care   care
}

// enter begins an operation; the caller calls done at its end.
func (e *engine) enter(op string) (done func(), err error) {
	e.gate.RLock()
	if e.closed {
		e.gate.RUnlock()
		return nil, store.Closed(op)
	}
	return e.gate.RUnlock, nil
}

// checkFormat writes the version into a new store and refuses others.
func (e *engine) checkFormat(readOnly bool) error {
	e.seed = maphash.MakeSeed()
	v, closer, err := e.db.Get(formatKey())
	if errors.Is(err, pebble.ErrNotFound) {
		it, err := e.db.NewIter(nil)
		if err != nil {
			return writeError(opOpen, err)
		}
		used := it.First()
		if err := it.Close(); err != nil {
			return writeError(opOpen, err)
		}
		if used {
			return fail.New(fail.Invalid, opOpen, "the folder holds a database of another program; choose another folder")
		}
		if readOnly {
			return nil
		}
		return e.db.Set(formatKey(), []byte(format), pebble.Sync)
	}
	if err != nil {
		return writeError(opOpen, err)
	}
	found := string(v)
	if err := closer.Close(); err != nil {
		return writeError(opOpen, err)
	}
	if found != format {
		return fail.New(fail.Unsupported, opOpen, "the store has the format %q, this program knows %q; use the version that wrote it", found, format)
	}
	return nil
}

// Look implements [store.Engine].
func (e *engine) Look(_ context.Context, path string) (store.Entry, error) {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closed {
		return store.Entry{}, store.Closed("pebble.Look")
	}
	v, err := e.view()
	if err != nil {
		return store.Entry{}, err
	}
	defer v.close()
	return v.look(path)
}

// Names implements [store.Engine].
func (e *engine) Names(ctx context.Context, path string, page store.Page) ([]string, error) {
	const op = "pebble.Names"
	done, err := e.enter(op)
	if err != nil {
		return nil, err
	}
	defer done()
	prefix := []byte{keyEntry}
	if path != "" {
		prefix = append(appendKey(nil, path), separate)
	}
	upper := slices.Clone(prefix)
	upper[len(upper)-1]++
	lower := prefix
	if page.After != "" {
		lower = past(appendKey(nil, page.After)[1:], prefix)
	}
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, writeError(op, err)
	}
	names, err := collect(ctx, it, prefix, page.Limit)
	return names, errors.Join(err, it.Close())
}

// past returns the smallest key after prefix + name and all its descendants.
func past(name, prefix []byte) []byte {
	k := make([]byte, 0, len(prefix)+len(name)+1)
	return append(append(append(k, prefix...), name...), separate+1)
}

// collect returns the names of children from the keys that begin with prefix.
func collect(ctx context.Context, it *pebble.Iterator, prefix []byte, limit int) ([]string, error) {
	names := []string{}
	var last []byte // encoded name of the last child found
	for valid := it.First(); valid; {
		rest := it.Key()[len(prefix):]
		name, n := firstComponent(rest)
		if last != nil && string(rest[:n]) == string(last) {
			valid = it.SeekGE(past(last, prefix)) // a descendant: skip them all
			continue
		}
		names = append(names, name)
		if len(names) == limit {
			break
		}
		last = append(last[:0], rest[:n]...)
		if len(names)%1024 == 0 && ctx.Err() != nil {
			return nil, fail.Wrap(fail.Timeout, "pebble.Names", ctx.Err())
		}
		valid = it.Next()
	}
	if err := it.Error(); err != nil {
		return nil, writeError("pebble.Names", err)
	}
	return names, nil
}

// Sync implements [store.Engine].
func (e *engine) Sync(context.Context) error {
	const op = "pebble.Sync"
	done, err := e.enter(op)
	if err != nil {
		return err
	}
	defer done()
	if e.readOnly {
		return nil
	}
	if err := e.db.LogData(nil, pebble.Sync); err != nil {
		return writeError(op, err)
	}
	return nil
}

// Reset implements [store.Engine].
func (e *engine) Reset(context.Context) error {
	const op = "pebble.Reset"
	e.gate.Lock()
	defer e.gate.Unlock()
	if e.closed {
		return store.Closed(op)
	}
	if err := e.db.DeleteRange([]byte{keyEntry}, []byte{keyEntry + 1}, pebble.Sync); err != nil {
		return writeError(op, err)
	}
	return nil
}

// Close implements [store.Engine]: it waits for running operations, forces
// everything to the disk and frees the folder.
func (e *engine) Close() error {
	const op = "pebble.Close"
	e.gate.Lock()
	if e.closed {
		e.gate.Unlock()
		return nil
	}
	e.closed = true
	e.gate.Unlock()
	e.care.end()
	if err := e.db.Close(); err != nil { // forces the log to the disk
		return writeError(op, err)
	}
	return nil
}
