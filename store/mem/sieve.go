package mem

import (
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/store"
)

// overhead is what an entry weighs beside its path and bytes: the structures
// that hold it.
const overhead = 160

// item is an entry with its place in a [sieve].
type item struct {
	path       string
	entry      store.Entry
	used       atomic.Bool // read since the hand last passed
	prev, next *item       // towards newer, towards older
}

func (i *item) weight() int64 {
	return int64(len(i.path) + len(i.entry.Data) + len(i.entry.Target) + overhead)
}

// sieve chooses what to evict: items in order of insertion, and a hand that
// moves from the oldest to the newest, sparing (once) those that were read
// since it last passed. It keeps what is read like LRU does, but a read only
// sets a flag, so readers need no exclusive lock.
type sieve struct {
	newest, oldest, hand *item
	weight               int64
}

// add puts i in as the newest.
func (s *sieve) add(i *item) {
	i.prev, i.next = nil, s.newest
	if s.newest != nil {
		s.newest.prev = i
	}
	s.newest = i
	if s.oldest == nil {
		s.oldest = i
	}
	s.weight += i.weight()
}

// remove takes i out.
func (s *sieve) remove(i *item) {
	if s.hand == i {
		s.hand = i.prev
	}
	if i.prev != nil {
		i.prev.next = i.next
	} else {
		s.newest = i.next
	}
	if i.next != nil {
		i.next.prev = i.prev
	} else {
		s.oldest = i.prev
	}
	i.prev, i.next = nil, nil
	s.weight -= i.weight()
}

// victim returns the item to evict next, nil when there is none. It does not
// remove it.
func (s *sieve) victim() *item {
	i := s.hand
	if i == nil {
		i = s.oldest
	}
	for i != nil && i.used.Swap(false) {
		if i = i.prev; i == nil {
			i = s.oldest
		}
	}
	s.hand = i
	return i
}
