package lua

import (
	"hash/maphash"
	"unsafe"
)

// hashPart holds keys in the order of insertion, with an open addressing index
// over them. A removed key stays as an entry without value until the next
// rehash, so that a traversal can go on from it. Where entries lie depends on
// the history of insertions and removals only; the seeded hash decides only
// where the index points, which nothing can observe.
type hashPart struct {
	entries []entry
	index   []int32 // positions in entries plus one; 0 is free
	live    int     // entries with a value
	ints    int     // live entries with a positive integer key
	order   *keyOrder
}

type entry struct {
	key, val Value
	hash     uint64
}

func newHashPart(n int) *hashPart {
	size := 4
	for size*3/4 < n {
		size *= 2
	}
	return &hashPart{entries: make([]entry, 0, n), index: make([]int32, size)}
}

const hashMix = 0x9E3779B97F4A7C15

func (vm *VM) hashString(k Value) uint64 {
	o := (*stringObject)(k.p)
	if o.hash == 0 {
		o.hash = maphash.String(vm.seed, o.s) | 1
	}
	return o.hash
}

func (vm *VM) hashValue(k Value) uint64 {
	switch k.Kind() {
	case KindString:
		return vm.hashString(k)
	case KindBig:
		return maphash.Bytes(vm.seed, k.big().Append(nil, 62))
	case KindInt, KindFloat:
		h := (k.n ^ vm.mix) * hashMix
		return h ^ h>>32
	case KindBool:
		return k.n + 7
	case KindTable:
		h := (k.table().id ^ vm.mix) * hashMix
		return h ^ h>>29
	}
	h := uint64(uintptr(k.p)) * hashMix // objects do not move
	return h ^ h>>32
}

// sameKey compares two normalised keys.
func sameKey(a, b Value) bool {
	if a.p == b.p {
		return a.n == b.n
	}
	if a.p == nil || b.p == nil {
		return false
	}
	switch (*object)(a.p).kind {
	case KindString:
		return (*object)(b.p).kind == KindString && a.str() == b.str()
	case KindBig:
		return (*object)(b.p).kind == KindBig && a.big().Cmp(b.big()) == 0
	}
	return false
}

// find returns the position of a key, or -1.
func (h *hashPart) find(k Value, hash uint64) int {
	mask := uint64(len(h.index) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		at := h.index[i]
		if at == 0 {
			return -1
		}
		e := &h.entries[at-1]
		if e.hash == hash && sameKey(e.key, k) {
			return int(at - 1)
		}
	}
}

// findString is find for a string key.
func (h *hashPart) findString(k *stringObject, hash uint64) int {
	mask := uint64(len(h.index) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		at := h.index[i]
		if at == 0 {
			return -1
		}
		e := &h.entries[at-1]
		if e.key.p == unsafe.Pointer(k) {
			return int(at - 1)
		}
		if e.hash == hash && (*object)(e.key.p).kind == KindString && (*stringObject)(e.key.p).s == k.s {
			return int(at - 1)
		}
	}
}

// setHash stores a normalised key in the hash part.
func (vm *VM) setHash(t *Table, k, v Value) {
	hash := vm.hashValue(k)
	h := t.hash
	if h != nil {
		if at := h.find(k, hash); at >= 0 {
			vm.setEntry(t, at, v)
			return
		}
	}
	if v.isNil() {
		return
	}
	if h == nil {
		h = newHashPart(2)
		t.hash = h
	}
	if len(h.entries)+1 > len(h.index)*3/4 {
		vm.rehash(t)
	}
	vm.addEntry(t, k, v, hash)
}

func (vm *VM) addEntry(t *Table, k, v Value, hash uint64) {
	h := t.hash
	h.entries = append(h.entries, entry{k, v, hash})
	mask := uint64(len(h.index) - 1)
	i := hash & mask
	for h.index[i] != 0 {
		i = (i + 1) & mask
	}
	h.index[i] = int32(len(h.entries))
	h.live++
	if k.isInt() && int64(k.n) > 0 {
		h.ints++
		vm.stretch(t, int64(k.n))
	}
	t.absent = 0
	vm.mem += costEntry
	if h.order != nil {
		h.order.insert(h, uint32(len(h.entries)-1))
	}
	if t.track != nil {
		vm.touchEntry(t, len(h.entries)-1)
		vm.touchTable(t)
	}
}

// setEntry replaces the value of an existing key; nil removes it.
func (vm *VM) setEntry(t *Table, at int, v Value) {
	if v.isNil() {
		vm.removeEntry(t, at)
		return
	}
	h := t.hash
	e := &h.entries[at]
	if e.val.isNil() {
		h.live++
		if e.key.isInt() && int64(e.key.n) > 0 {
			h.ints++
		}
		t.absent = 0
		if h.order != nil {
			h.order.insert(h, uint32(at))
		}
	}
	e.val = v
	if t.track != nil {
		vm.touchEntry(t, at)
	}
}

func (vm *VM) removeEntry(t *Table, at int) {
	h := t.hash
	e := &h.entries[at]
	if e.val.isNil() {
		return
	}
	if h.order != nil {
		h.order.remove(h, uint32(at))
	}
	e.val = Value{}
	h.live--
	if e.key.isInt() && int64(e.key.n) > 0 {
		h.ints--
	}
	if t.track != nil {
		vm.touchEntry(t, at)
	}
}

// rehash drops removed keys and makes room for twice the live ones.
func (vm *VM) rehash(t *Table) {
	h := t.hash
	size := 4
	for size*3/8 < h.live+1 {
		size *= 2
	}
	if h.live != len(h.entries) {
		kept := make([]entry, 0, h.live+h.live/2+1)
		for _, e := range h.entries {
			if !e.val.isNil() {
				kept = append(kept, e)
			}
		}
		h.entries = kept
		h.order = nil
		if t.track != nil {
			vm.touchAllEntries(t)
		}
	}
	h.reindex(size)
}

// reindex rebuilds the index with the given size, a power of two.
func (h *hashPart) reindex(size int) {
	if size != len(h.index) {
		h.index = make([]int32, size)
	} else {
		clear(h.index)
	}
	mask := uint64(size - 1)
	for at := range h.entries {
		i := h.entries[at].hash & mask
		for h.index[i] != 0 {
			i = (i + 1) & mask
		}
		h.index[i] = int32(at + 1)
	}
}
