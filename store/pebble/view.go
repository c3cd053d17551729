package pebble

import (
	"github.com/cockroachdb/pebble/v2"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// view is the database at one moment. It must be closed. An iterator finds a
// key faster than the database's Get does, above all one that is not there:
// Get does not consult the Bloom filters of the lowest level, where most keys
// are, and what is written is mostly new.
type view struct{ it *pebble.Iterator }

// view returns the database as it is.
func (e *engine) view() (view, error) {
	it, err := e.db.NewIter(&pebble.IterOptions{UseL6Filters: true})
	if err != nil {
		return view{}, writeError(opLook, err)
	}
	return view{it}, nil
}

const opLook = "pebble.Look"

// look returns the entry at exactly path.
func (v view) look(path string) (store.Entry, error) {
	var buf [128]byte
	if !v.it.SeekPrefixGE(appendKey(buf[:0], path)) { // a prefix is a whole key
		if err := v.it.Error(); err != nil {
			return store.Entry{}, writeError(opLook, err)
		}
		return store.Entry{}, nil
	}
	raw, err := v.it.ValueAndErr()
	if err != nil {
		return store.Entry{}, writeError(opLook, err)
	}
	entry, ok := parseEntry(raw)
	if !ok {
		return store.Entry{}, fail.New(fail.Internal, opLook, "the store holds an entry of an unknown kind; was it written by a newer version?").At(path)
	}
	return entry, nil
}

// close frees the view. Its errors are those that look has returned.
func (v view) close() { _ = v.it.Close() }
