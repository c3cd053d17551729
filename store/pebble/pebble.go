// Package pebble keeps a store in a folder, in a log-structured merge tree
// (github.com/cockroachdb/pebble). It is the default store of a node.
//
// Writes are appended to a log and acknowledged according to [Options.Sync];
// a batch that asks for [store.Durable] is acknowledged after an fsync of the
// log under every policy, and batches that wait at the same time share one
// fsync. The death of the process loses nothing that was acknowledged. One
// process at a time can have a folder open.
package pebble

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/hyperbeam-go/hyperbeam/fail"
	disks "github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// SyncPolicy says when lazy writes are forced to the disk. Durable batches are
// under every policy before they are acknowledged.
type SyncPolicy uint8

const (
	// SyncInterval forces lazy writes to the disk every [Options.Interval]: a
	// power failure loses at most that much of what nobody asked to be
	// durable.
	SyncInterval SyncPolicy = iota
	// SyncAlways treats every write as durable.
	SyncAlways
	// SyncNever leaves lazy writes to the operating system, until a durable
	// batch, Sync or Close. For bulk imports and tests.
	SyncNever
)

// Options configure a store. The zero value is usable.
type Options struct {
	Sync       SyncPolicy
	Interval   time.Duration // of SyncInterval; 0 means 100 ms
	CacheBytes int64         // memory for blocks read from disk; 0 means 64 MiB
	// MemTableBytes is the memory for writes that are not yet in tables. There
	// may be several. 0 means 16 MiB.
	MemTableBytes int
	MaxOpenFiles  int // 0 means 1000
	// MinFreeBytes is the free space on the disk below which writes are
	// refused with Unavailable, so that the store never runs into the end of
	// the disk. 0 means 64 MiB. Space is looked at once a second.
	MinFreeBytes uint64
	Disk         disks.Disk // nil means the real disk
	ReadOnly     bool       // refuse all writes, and do not create a store
}

// Store is an open folder. It embeds the methods of [store.Store].
type Store struct {
	*store.Tree
	engine *engine
}

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
		o.Disk = disks.OS()
	}
	e := &engine{policy: o.Sync, readOnly: o.ReadOnly}
	if err := checkFolder(o.Disk, dir, o.ReadOnly); err != nil {
		return nil, err
	}
	cache := pebble.NewCache(orDefault(o.CacheBytes, 64<<20))
	defer cache.Unref()
	db, err := pebble.Open(dir, settings(&o, cache, &e.damage))
	if err != nil {
		return nil, openError(dir, err)
	}
	e.db = db
	if err := e.checkFormat(o.ReadOnly); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if !o.ReadOnly {
		e.startCare(&o, dir)
	}
	return &Store{store.New(e), e}, nil
}

// settings translates o into the options of the database.
func settings(o *Options, cache *pebble.Cache, damage *atomic.Pointer[error]) *pebble.Options {
	p := &pebble.Options{
		FS:                          o.Disk,
		Cache:                       cache,
		MemTableSize:                uint64(orDefault(o.MemTableBytes, 16<<20)),
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       24,
		MaxOpenFiles:                orDefault(o.MaxOpenFiles, 1000),
		FormatMajorVersion:          pebble.FormatNewest,
		ReadOnly:                    o.ReadOnly,
		ErrorIfNotExists:            o.ReadOnly,
		Logger:                      quiet{},
		EventListener: &pebble.EventListener{BackgroundError: func(err error) {
			if pebble.IsCorruptionError(err) { // others are retried
				damage.Store(&err)
			}
		}},
	}
	for i := range p.Levels {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return p
}

func orDefault[T int | int64 | uint64 | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// Metrics returns a readable table of the state of the database: sizes and
// files a level, caches, compactions.
func (s *Store) Metrics() string {
	done, err := s.engine.enter("pebble.Metrics")
	if err != nil {
		return ""
	}
	defer done()
	return s.engine.db.Metrics().String()
}

// Checkpoint writes a consistent copy of the store to the folder dest, which
// must not exist. On the same disk files are shared, so it is fast and small.
// The copy is a store that [Open] opens.
func (s *Store) Checkpoint(dest string) error {
	const op = "pebble.Checkpoint"
	done, err := s.engine.enter(op)
	if err != nil {
		return err
	}
	defer done()
	if err := s.engine.db.Checkpoint(dest, pebble.WithFlushedWAL()); err != nil {
		return writeError(op, err)
	}
	return nil
}

// quiet drops the database's progress messages. What fails is returned by the
// call that fails, or by the next write.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

// Fatalf is called when the database can no longer guarantee what it has
// acknowledged, e.g. after a failed fsync of its log. Going on would lie to
// those who wait for durability; the contract of the logger is not to return.
func (quiet) Fatalf(format string, args ...any) {
	panic(fail.New(fail.Internal, "pebble", "the disk failed under the store: "+format, args...))
}
