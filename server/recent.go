package server

import "sync"

// recent is a bounded memory of values by a hash of what they answer. It has
// two generations: when the younger is full, the older is forgotten and the
// younger takes its place, so what is used stays.
type recent[V any] struct {
	mu         sync.Mutex
	young, old map[uint64]V
	bytes, max int // of the young generation
}

func newRecent[V any](bytes int) *recent[V] {
	return &recent[V]{young: map[uint64]V{}, max: bytes / 2}
}

// get returns the value of a hash.
func (r *recent[V]) get(hash uint64) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.young[hash]
	if !ok {
		if v, ok = r.old[hash]; ok {
			r.young[hash] = v
		}
	}
	return v, ok
}

// add keeps a value, which replaces another of the same hash.
func (r *recent[V]) add(hash uint64, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.young[hash] = v
}

// weigh counts bytes that a kept value takes.
func (r *recent[V]) weigh(bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bytes += bytes; r.bytes > r.max {
		r.old, r.young, r.bytes = r.young, map[uint64]V{}, 0
	}
}

// getOrAdd returns the value of a hash, made by fresh when there is none, and
// whether it was there.
func (r *recent[V]) getOrAdd(hash uint64, fresh func() V) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.young[hash]
	if !ok {
		if v, ok = r.old[hash]; !ok {
			v = fresh()
		}
		r.young[hash] = v
	}
	return v, ok
}

// drop forgets a hash.
func (r *recent[V]) drop(hash uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.young, hash)
	delete(r.old, hash)
}
