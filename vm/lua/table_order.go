package lua

import (
	"sort"
	"strings"
)

// keyOrder keeps the live entries of a hash part sorted as the Luerl dialect
// iterates them: positive integers ascending, then other numbers, booleans,
// functions and tables, and strings bytewise (spec 03, 14.5.5). It exists once
// a table has been iterated and is kept up to date from then on.
//
// Positions are held in chunks of bounded size, so that an insertion moves at
// most one chunk.
type keyOrder struct {
	chunks [][]uint32
}

const orderChunk = 512

// orderClass ranks the kinds of keys.
func orderClass(k Value) int {
	switch k.Kind() {
	case KindInt:
		if int64(k.n) > 0 {
			return 0
		}
		return 1
	case KindBig:
		if k.big().Sign() > 0 {
			return 0
		}
		return 1
	case KindFloat:
		return 1
	case KindBool:
		return 2
	case KindHost:
		return 3
	case KindFunction:
		return 4
	case KindTable:
		return 5
	case KindThread:
		return 6
	case KindString:
		return 7
	}
	return 8
}

// compareKeys orders two keys.
func compareKeys(a, b Value) int {
	ca, cb := orderClass(a), orderClass(b)
	if ca != cb {
		return ca - cb
	}
	switch ca {
	case 0, 1:
		return compareNumbers(a, b)
	case 2:
		return int(a.n) - int(b.n)
	case 3:
		return strings.Compare(a.host().name, b.host().name)
	case 4:
		return compareUint(a.fn().id, b.fn().id)
	case 5:
		return compareUint(a.table().id, b.table().id)
	case 6:
		return compareUint(a.thread().id, b.thread().id)
	case 7:
		return strings.Compare(a.str(), b.str())
	}
	return 0
}

func compareUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// ordered returns the order of the hash part, which it builds on first use.
func (h *hashPart) ordered() *keyOrder {
	if h.order != nil {
		return h.order
	}
	all := make([]uint32, 0, h.live)
	for i := range h.entries {
		if !h.entries[i].val.isNil() {
			all = append(all, uint32(i))
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return compareKeys(h.entries[all[i]].key, h.entries[all[j]].key) < 0
	})
	o := &keyOrder{}
	for len(all) > 0 {
		n := min(orderChunk/2, len(all))
		o.chunks = append(o.chunks, append(make([]uint32, 0, n+8), all[:n]...))
		all = all[n:]
	}
	h.order = o
	return o
}

// search returns the place of the first key that is not below k (or, with
// after, the first above it).
func (o *keyOrder) search(h *hashPart, k Value, after bool) (chunk, at int) {
	limit := 0
	if after {
		limit = 1
	}
	chunk = sort.Search(len(o.chunks), func(i int) bool {
		c := o.chunks[i]
		return compareKeys(h.entries[c[len(c)-1]].key, k) >= limit
	})
	if chunk == len(o.chunks) {
		return chunk, 0
	}
	c := o.chunks[chunk]
	at = sort.Search(len(c), func(i int) bool { return compareKeys(h.entries[c[i]].key, k) >= limit })
	return chunk, at
}

func (o *keyOrder) insert(h *hashPart, pos uint32) {
	ci, at := o.search(h, h.entries[pos].key, false)
	if ci == len(o.chunks) {
		if ci == 0 {
			o.chunks = append(o.chunks, []uint32{pos})
			return
		}
		ci--
		at = len(o.chunks[ci])
	}
	c := append(o.chunks[ci], 0)
	copy(c[at+1:], c[at:])
	c[at] = pos
	o.chunks[ci] = c
	if len(c) >= orderChunk {
		half := len(c) / 2
		right := append(make([]uint32, 0, orderChunk), c[half:]...)
		o.chunks[ci] = c[:half:half]
		o.chunks = append(o.chunks, nil)
		copy(o.chunks[ci+2:], o.chunks[ci+1:])
		o.chunks[ci+1] = right
	}
}

func (o *keyOrder) remove(h *hashPart, pos uint32) {
	ci, at := o.search(h, h.entries[pos].key, false)
	c := o.chunks[ci]
	c = append(c[:at], c[at+1:]...)
	if len(c) == 0 {
		o.chunks = append(o.chunks[:ci], o.chunks[ci+1:]...)
		return
	}
	o.chunks[ci] = c
}
