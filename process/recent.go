package process

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// keepRecent is how many written states a worker keeps at hand.
const keepRecent = 32

// recent holds the states of a process that were computed last, and all that
// are not written yet. It is safe for concurrent use.
type recent struct {
	mu      sync.Mutex
	states  map[int64]*recentState
	order   []int64 // slots by when they were added
	last    int64   // the highest slot
	waiting int     // states that are not written yet
}

type recentState struct {
	state   *message.Message
	waiting int // writes under way
}

func newRecent() *recent { return &recent{states: map[int64]*recentState{}, last: -2} }

// add keeps a state that is about to be written.
func (r *recent) add(slot int64, state *message.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.states[slot]
	if e == nil {
		e = &recentState{}
		r.states[slot] = e
		r.order = append(r.order, slot)
	}
	e.state = state
	e.waiting++
	r.waiting++
	r.last = max(r.last, slot)
}

// wrote notes that a state has been written, or never will be.
func (r *recent) wrote(slot int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting--
	if e := r.states[slot]; e != nil {
		e.waiting--
	}
	for len(r.order) > keepRecent && r.states[r.order[0]].waiting == 0 {
		delete(r.states, r.order[0])
		r.order = r.order[1:]
	}
}

// get returns the state after a slot, or nil.
func (r *recent) get(slot int64) *message.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.states[slot]; e != nil {
		return e.state
	}
	return nil
}

// newest returns the state after the highest slot, or nil.
func (r *recent) newest() *message.Message {
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	return r.get(last)
}

// settled reports whether everything is written.
func (r *recent) settled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting == 0
}
