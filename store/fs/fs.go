// Package fs keeps a store in a folder of readable files, for looking into it
// with ordinary tools, for small stores and for tests.
//
// The value at a/b is the file a/b=, the link a/b is the file a/b@ with the
// target as its content, and a group is the folder of its children. Letters,
// digits and -_+~,! stand for themselves, a dot too unless it comes first; all
// other bytes are written %XX. A component over 200 encoded bytes goes on in a
// folder whose name ends in %. So no name can lead out of the folder, whatever
// its bytes are. Files whose names begin with a dot belong to the store.
//
// Every file is written beside its place, forced to the disk and renamed. A
// batch that needs more than one such step is first written to .journal as a
// whole; a journal that is found when the store is opened is carried out
// again. One process at a time can have the folder open. Writes do not share
// fsyncs: where speed matters use store/pebble. A durable batch does not vouch
// for lazy writes of an earlier process that was killed: those survive the
// kill, but the operating system alone decides when their names are on disk.
package fs

import (
	"errors"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Options configure a store. The zero value is usable.
type Options struct {
	Disk   fs.Disk // nil means the real disk
	NoSync bool    // never fsync: for tests and throw-away copies
}

// Store is an open folder. It embeds the methods of [store.Store].
type Store struct{ *store.Tree }

// Files of the store itself.
const (
	formatFile  = ".format"
	lockFile    = ".lock"
	tempFile    = ".new"
	journalFile = ".journal"
	format      = "hyperbeam-files 1\n"
)

const opOpen = "fs.Open"

// Open opens the store in the folder dir, which is created with its parents
// when it does not exist.
//
// # Errors
//
// The sentence says what to do about it: Unavailable when another process has
// the folder open or the disk is full, Forbidden when permissions are missing,
// Invalid when dir holds something else, Internal when its files are damaged.
func Open(dir string, o Options) (*Store, error) {
	if o.Disk == nil {
		o.Disk = fs.OS()
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fs.Explain(opOpen, dir, err)
		}
		dir = abs
	}
	e := &engine{disk: o.Disk, dir: dir, sync: !o.NoSync, dirty: map[string]struct{}{}}
	if err := e.checkFolder(); err != nil {
		return nil, err
	}
	if err := e.disk.MkdirAll(dir, 0o755); err != nil {
		return nil, fs.Explain(opOpen, dir, err)
	}
	lock, err := e.disk.Lock(e.at(lockFile))
	if err != nil {
		return nil, fs.Explain(opOpen, dir, err)
	}
	e.lock = lock
	if err := e.prepare(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Store{store.New(e)}, nil
}

// checkFolder refuses a folder that holds other files than a store's.
func (e *engine) checkFolder() error {
	info, err := e.disk.Stat(e.dir)
	if fs.Missing(err) {
		return nil
	}
	if err != nil {
		return fs.Explain(opOpen, e.dir, err)
	}
	if !info.IsDir() {
		return fail.New(fail.Invalid, opOpen, "a store is a folder, but this is a file; choose another place").At(e.dir)
	}
	names, err := e.disk.List(e.dir)
	if err != nil {
		return fs.Explain(opOpen, e.dir, err)
	}
	foreign := ""
	for _, n := range names {
		switch n {
		case formatFile:
			return nil
		case lockFile, tempFile, "lost+found":
		default:
			foreign = n
		}
	}
	if foreign != "" {
		return fail.New(fail.Invalid, opOpen, "the folder holds other files (such as %q) and no store; choose an empty folder", foreign).At(e.dir)
	}
	return nil
}

// prepare writes or checks the format and carries out a journal.
func (e *engine) prepare() error {
	found, err := fs.ReadFile(e.disk, e.at(formatFile))
	switch {
	case fs.Missing(err):
		if err := e.create(); err != nil {
			return fs.Explain(opOpen, e.dir, err)
		}
	case err != nil:
		return fs.Explain(opOpen, e.dir, err)
	case string(found) != format:
		return fail.New(fail.Unsupported, opOpen, "the store has the format %q, this program knows %q; use the version that wrote it", found, format).At(e.dir)
	}
	if _, err := e.disk.Stat(e.at(".FORMAT")); err == nil {
		return fail.New(fail.Unsupported, opOpen, "this disk does not tell upper from lower case, but IDs do; use a store of type pebble").At(e.dir)
	}
	return e.redo()
}

// create makes the folder a store, and makes it last.
func (e *engine) create() error {
	if err := fs.Replace(e.disk, e.at(tempFile), e.at(formatFile), []byte(format), e.sync); err != nil {
		return err
	}
	if !e.sync {
		return nil
	}
	if err := fs.SyncDir(e.disk, e.dir); err != nil {
		return err
	}
	return fs.SyncDir(e.disk, e.disk.PathDir(e.dir))
}
