package mem

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/store"
)

// shards is the number of independent parts of a [Front].
const shards = 16

// Backed is a store that shows its engine, as every [store.Tree] does.
type Backed interface{ Engine() store.Engine }

// Front returns under with a cache of at most maxBytes in front of it.
//
// Reads fill the cache, also with the knowledge that nothing is there; writes
// go through to under, and values are kept on the way. All writes must go
// through the front, otherwise moved links are seen late. Closing the front
// closes under.
func Front(under Backed, maxBytes int64) *store.Tree {
	f := &front{under: under.Engine(), seed: maphash.MakeSeed()}
	for i := range f.shards {
		f.shards[i].max = maxBytes / shards
		f.shards[i].items = make(map[string]*item)
	}
	return store.New(f)
}

// front implements [store.Engine].
type front struct {
	under  store.Engine
	seed   maphash.Seed
	shards [shards]shard
	resets atomic.Uint64 // completed calls of Reset on under
	closed atomic.Bool
}

// shard caches the entries of some paths.
type shard struct {
	max     int64
	mu      sync.RWMutex
	items   map[string]*item
	order   sieve
	version uint64 // counts invalidations: what was read before one is not filled in after it
}

func (f *front) shard(path string) *shard {
	return &f.shards[maphash.String(f.seed, path)%shards]
}

// Look implements [store.Engine].
func (f *front) Look(ctx context.Context, path string) (store.Entry, error) {
	if f.closed.Load() {
		return store.Entry{}, store.Closed("mem.Look")
	}
	s := f.shard(path)
	s.mu.RLock()
	version := s.version
	if i := s.items[path]; i != nil {
		if !i.used.Load() {
			i.used.Store(true)
		}
		s.mu.RUnlock()
		return i.entry, nil
	}
	s.mu.RUnlock()
	e, err := f.under.Look(ctx, path)
	if err == nil {
		s.mu.Lock()
		if s.version == version {
			s.keep(path, e)
		}
		s.mu.Unlock()
	}
	return e, err
}

// keep puts e into the cache and evicts what exceeds the bound. An entry over
// an eighth of the bound is not kept. The caller holds mu.
func (s *shard) keep(path string, e store.Entry) {
	i := &item{path: path, entry: e}
	if i.weight() > s.max/8 {
		return
	}
	s.drop(path)
	s.items[path] = i
	s.order.add(i)
	for s.order.weight > s.max {
		s.drop(s.order.victim().path)
	}
}

// drop forgets path. The caller holds mu.
func (s *shard) drop(path string) {
	if i := s.items[path]; i != nil {
		s.order.remove(i)
		delete(s.items, path)
	}
}

// Commit implements [store.Engine]. The cache is changed whether the commit
// succeeds or not: a failed one may have become visible.
func (f *front) Commit(ctx context.Context, ops []store.Op, d store.Durability) error {
	resets := f.resets.Load()
	err := f.under.Commit(ctx, ops, d)
	for i := range ops {
		op := &ops[i]
		s := f.shard(op.Path)
		s.mu.Lock()
		s.version++
		if op.Verb == store.OpPut && err == nil && f.resets.Load() == resets {
			s.keep(op.Path, store.Entry{Kind: store.Value, Data: op.Value})
		} else {
			// Links may have been moved again by someone else meanwhile.
			s.drop(op.Path)
		}
		s.mu.Unlock()
	}
	return err
}

// Reset implements [store.Engine].
func (f *front) Reset(ctx context.Context) error {
	err := f.under.Reset(ctx)
	f.resets.Add(1)
	f.clear()
	return err
}

func (f *front) clear() {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		s.version++
		clear(s.items)
		s.order = sieve{}
		s.mu.Unlock()
	}
}

// Names implements [store.Engine]; listings are not cached.
func (f *front) Names(ctx context.Context, path string, page store.Page) ([]string, error) {
	return f.under.Names(ctx, path, page)
}

// Sync implements [store.Engine].
func (f *front) Sync(ctx context.Context) error { return f.under.Sync(ctx) }

// Close implements [store.Engine].
func (f *front) Close() error {
	f.closed.Store(true)
	f.clear()
	return f.under.Close()
}
