package schedule

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// keepHot is how many assignments are kept in memory: what has just been
// scheduled is usually computed next.
const keepHot = 1024

// hot is the newest assignments of all processes.
type hot struct {
	mu    sync.RWMutex
	by    map[hotKey]*message.Message
	order [keepHot]hotKey
	next  int
}

type hotKey struct {
	process string
	slot    int64
}

func newHot() *hot { return &hot{by: make(map[hotKey]*message.Message, keepHot)} }

// add keeps the assignments of some jobs in the place of the oldest.
func (h *hot) add(process string, jobs []*job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, j := range jobs {
		k := hotKey{process, j.at.slot}
		if old := h.order[h.next]; old != k {
			delete(h.by, old)
		}
		h.order[h.next] = k
		h.next = (h.next + 1) % keepHot
		h.by[k] = j.out
	}
}

// get returns the assignment of a slot, or nil.
func (h *hot) get(process string, slot int64) *message.Message {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.by[hotKey{process, slot}]
}
