package fs

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Commit implements [store.Engine].
func (e *engine) Commit(_ context.Context, ops []store.Op, d store.Durability) error {
	const op = "fs.Commit"
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return store.Closed(op)
	}
	if err := e.redo(); err != nil {
		return err
	}
	writes, err := store.Plan(ops, e.look)
	if err != nil {
		return err
	}
	if len(writes) == 1 && oneStep(&writes[0]) {
		err = e.write(&writes[0])
	} else if len(writes) > 0 {
		err = e.commitJournal(writes)
	}
	if err == nil && d == store.Durable {
		err = e.syncDirs()
	}
	if err != nil {
		return fs.Explain(op, "", err)
	}
	return nil
}

// oneStep reports whether w is a single rename or removal.
func oneStep(w *store.Write) bool {
	return w.Old == store.None || w.Entry.Kind == store.None || w.Old == w.Entry.Kind
}

// write makes w so. It may be repeated. The caller holds mu.
func (e *engine) write(w *store.Write) error {
	if w.Entry.Kind != store.None {
		name := e.at(file(w.Path, w.Entry.Kind))
		dir := e.disk.PathDir(name)
		if err := e.disk.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := fs.Replace(e.disk, e.at(tempFile), name, content(&w.Entry), e.sync); err != nil {
			return err
		}
		e.touch(dir)
	}
	if w.Old == store.None || w.Old == w.Entry.Kind {
		return nil
	}
	name := e.at(file(w.Path, w.Old))
	if err := e.disk.Remove(name); err != nil && !fs.Missing(err) {
		return err
	}
	e.touch(e.disk.PathDir(name))
	e.prune(e.disk.PathDir(name))
	return nil
}

// touch notes that the names in dir, and those of the folders above it, have
// to be forced to the disk.
func (e *engine) touch(dir string) {
	for ; len(dir) > len(e.dir); dir = e.disk.PathDir(dir) {
		e.dirty[dir] = struct{}{}
	}
	e.dirty[e.dir] = struct{}{}
}

// prune removes dir and the folders above it as far as they are empty. Folders
// that stay are harmless: empty ones are not listed.
func (e *engine) prune(dir string) {
	for len(dir) > len(e.dir) && e.disk.Remove(dir) == nil {
		delete(e.dirty, dir)
		dir = e.disk.PathDir(dir)
	}
}

// syncDirs forces the names in all touched folders to the disk.
func (e *engine) syncDirs() error {
	for dir := range e.dirty {
		if e.sync {
			if err := fs.SyncDir(e.disk, dir); err != nil && !fs.Missing(err) {
				return err
			}
		}
		delete(e.dirty, dir)
	}
	return nil
}
