package cache

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/maypok86/otter/v2"
)

// entry is what memory holds under an ID: a message or list whose nested values
// are links.
type entry struct {
	all   message.Value // with every commitment that the ID stands for
	plain message.Value // with those that make its link ID the ID
	links bool          // it has links in it
}

// memory is a bounded map of IDs to entries.
//
// An entry under U becomes stale when a commitment is added. Whoever adds one
// raises the generation of the ID and then removes the entry; whoever fills an
// entry from the store checks after filling it that the generation is the one
// from before reading, and else removes it. Whatever the order, no stale entry
// stays.
type memory struct {
	entries     *otter.Cache[string, *entry]
	seed        maphash.Seed
	generations *[256]atomic.Uint64
	limit       uint32 // weight of one entry above which it is not kept
}

func newMemory(bytes int64) memory {
	entries := otter.Must(&otter.Options[string, *entry]{
		MaximumWeight: uint64(bytes),
		Weigher:       weight,
	})
	return memory{entries, maphash.MakeSeed(), new([256]atomic.Uint64), uint32(min(bytes/8, 1<<30))}
}

func (m *memory) get(key string) (*entry, bool) { return m.entries.GetIfPresent(key) }

func (m *memory) generation(key string) *atomic.Uint64 {
	return &m.generations[maphash.String(m.seed, key)%256]
}

// fill keeps e, which was read from the store while the generation was since.
func (m *memory) fill(key string, e *entry, since uint64) {
	if weight(key, e) > m.limit {
		return
	}
	m.entries.Set(key, e)
	if m.generation(key).Load() != since {
		m.entries.Invalidate(key)
	}
}

// changed removes what has been read before now under key.
func (m *memory) changed(key string) {
	m.generation(key).Add(1)
	m.entries.Invalidate(key)
}

func (m *memory) clear() {
	for i := range m.generations {
		m.generations[i].Add(1)
	}
	m.entries.InvalidateAll()
}

// weight estimates the memory that an entry takes, in bytes.
func weight(key string, e *entry) uint32 {
	return uint32(min(int64(len(key))+200+valueWeight(e.all), 1<<31))
}

func valueWeight(v message.Value) int64 {
	switch x := v.(type) {
	case message.Binary:
		return 16 + int64(len(x))
	case message.Link:
		return 64
	case *message.Message:
		w := int64(96)
		for k, e := range x.All() {
			w += 32 + int64(len(k)) + valueWeight(e)
		}
		return w
	case *message.List:
		w := int64(48)
		for _, e := range x.All() {
			w += 16 + valueWeight(e)
		}
		return w
	}
	return 16
}
