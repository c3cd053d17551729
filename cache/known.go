package cache

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/id"
)

// known remembers IDs that are stored. It is a set of bounded size: each shard
// has a young and an old generation, and when the young one is full it becomes
// the old one, whose IDs are forgotten.
type known struct {
	shards [16]knownShard
}

type knownShard struct {
	mu         sync.Mutex
	young, old map[id.ID]extent
	max        int
}

// extent says how much of a message is stored.
type extent uint8

const (
	part extent = 1 // its own record
	tree extent = 2 // its record and those of everything below it
)

func (k *known) init(max int) {
	for i := range k.shards {
		k.shards[i].max = max/(2*len(k.shards)) + 1
	}
}

func (k *known) shard(i id.ID) *knownShard { return &k.shards[int(i[3])%len(k.shards)] }

// get returns how much is known to be stored under i, 0 when nothing is.
func (k *known) get(i id.ID) extent {
	s := k.shard(i)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.young[i]; ok {
		return e
	}
	e, ok := s.old[i]
	if ok {
		s.add(i, e)
	}
	return e
}

// all reports whether the commitments of the content u are known to be stored,
// as those of a message with the given link ID.
func (k *known) all(u, link id.ID, cs commitments) bool {
	for i := range cs {
		if k.get(pairID(u, cs[i].id)) == 0 {
			return false
		}
	}
	return len(cs) == 0 || k.get(selectionID(u, link)) != 0
}

// add remembers that i is stored. It never lowers an extent.
func (k *known) add(i id.ID, e extent) {
	s := k.shard(i)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e > max(s.young[i], s.old[i]) || s.young[i] == 0 {
		s.add(i, max(e, s.old[i]))
	}
}

func (s *knownShard) add(i id.ID, e extent) {
	if len(s.young) >= s.max {
		s.old, s.young = s.young, nil
	}
	if s.young == nil {
		s.young = make(map[id.ID]extent)
	}
	s.young[i] = e
}

func (k *known) clear() {
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		s.young, s.old = nil, nil
		s.mu.Unlock()
	}
}
